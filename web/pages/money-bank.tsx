import { useState } from 'preact/hooks'

import type { AccountImport, BankFiles, PayeeAccounts, PayList } from '../../functions/api-types-receipts.ts'
import { base64Of } from '../base64.ts'
import { downloadBy } from '../download.ts'
import { dayOf, yuan } from '../format.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { complaintOf, moneyWords } from '../money.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { FileErrors } from '../parts/file-errors.tsx'
import { Complaint } from '../parts/form-parts.tsx'
import { BankAnswer, BankItems } from './money-bank-answer.tsx'
import { send } from '../send.ts'

/** The bank's payment file of a batch, the bank's answer to it, and the accounts it goes to. */

type Done = (note: string) => void
const TEMPLATE = `data:text/csv;charset=utf-8,${encodeURIComponent('\uFEFFperson_id,account_number,account_name\r\n')}`

/** A chosen file as base64. */
const Checked = ({ checked }: { checked: AccountImport }) => {
  const text = moneyWords.value
  return (
    <>
      {checked.errorCount > 0 ? (
        <FileErrors title={text.errors(checked.errorCount)} errors={checked.errors} at={text.errorAt} />
      ) : (
        <p>{text.bank.checked(checked.changed, checked.unchanged)}</p>
      )}
      {checked.doubtfulLines.length > 0 && <p class="form-note">{text.bank.doubtful(checked.doubtfulLines.join(', '))}</p>}
    </>
  )
}

const Accounts = ({ path, onDone }: { path: string; onDone: Done }) => {
  const { bank, write } = moneyWords.value
  const live = useLive<PayeeAccounts>(`${path}/accounts`)
  const [body, setBody] = useState<object | undefined>(undefined)
  const [checked, setChecked] = useState<AccountImport | undefined>(undefined)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const ask = async (content: object, dryRun: boolean): Promise<void> => {
    const sent = await send<AccountImport>(`${path}/accounts`, { dryRun, ...content })
    setComplaint(complaintOf(sent))
    setChecked('view' in sent ? sent.view : undefined)
    if (!('view' in sent) || !sent.view.written) return
    setBody(undefined)
    setChecked(undefined)
    live.retry()
    onDone(bank.written(sent.view.changed))
  }
  const choose = async (input: HTMLInputElement): Promise<void> => {
    const file = input.files?.[0]
    if (!file) return
    const content = /\.xlsx$/i.test(file.name) ? { workbook: await base64Of(file) } : { csv: await file.text() }
    input.value = ''
    setBody(content)
    await ask(content, true)
  }
  return (
    <details>
      <summary>{bank.accounts}</summary>
      <Answer live={live} lines={1}>
        {(view) => <p>{bank.known(view.accounts.length)}</p>}
      </Answer>
      <p class="note">
        {bank.hint}{' '}
        <a href={TEMPLATE} download={bank.templateName}>
          {bank.template}
        </a>
      </p>
      <label class="file">
        {bank.file}
        <input type="file" name="payeeAccounts" accept=".csv,.xlsx" onChange={(event) => void choose(event.currentTarget)} />
      </label>
      <Complaint>{complaint}</Complaint>
      {checked && <Checked checked={checked} />}
      {checked && body && checked.errorCount === 0 && (
        <div class="actions">
          <button type="button" class="primary" onClick={() => void ask(body, false)}>
            {write}
          </button>
        </div>
      )}
    </details>
  )
}

const History = ({ files }: { files: BankFiles['files'] }) => {
  const { bank } = moneyWords.value
  if (files.length === 0) return null
  return (
    <ul class="plain">
      {files.map(({ fileId, kind, rows, amountFen, by, atMs, reason, succeeded = 0, failed = 0, items = [] }) => (
        <li key={fileId}>
          {kind === 'export' ? bank.exported(rows, yuan(amountFen)) : bank.answered(succeeded, failed)}
          <span class="below">
            <bdi>{[dayOf(atMs), by, reason].filter((part) => part !== undefined).join(' · ')}</bdi>
          </span>
          <BankItems items={items} />
        </li>
      ))}
    </ul>
  )
}

type Batch = { path: string; recordId: string; today: string; files: BankFiles['files']; onDone: Done; retry: () => void }

const BankBatch = ({ path, recordId, today, files, onDone, retry }: Batch) => {
  const { bank } = moneyWords.value
  const [reason, setReason] = useState('')
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const isTaken = files.some(({ kind }) => kind === 'export')
  const take = async (format: keyof typeof bank.formats): Promise<void> => {
    const why = isTaken && reason.trim() !== '' ? { repeatBecause: reason.trim() } : {}
    const failure = await downloadBy(`${path}/bank-files`, { payment: recordId, format, ...why })
    const said =
      typeof failure === 'object' ? failure.detail : failure && failure !== 'refused' ? words.value.problems[failure] : ''
    setComplaint(failure === undefined ? undefined : `${bank.notTaken} ${said}`)
    setReason('')
    retry()
  }
  return (
    <>
      <Complaint>{complaint}</Complaint>
      {isTaken && (
        <>
          <p class="form-note">{bank.takenBefore}</p>
          <div class="fields">
            <label>
              {bank.because}
              <input
                name="bankBecause"
                maxLength={200}
                value={reason}
                onInput={(event) => setReason(event.currentTarget.value)}
              />
            </label>
          </div>
        </>
      )}
      <div class="actions">
        {(Object.keys(bank.formats) as (keyof typeof bank.formats)[]).map((format) => (
          <button type="button" key={format} disabled={isTaken && reason.trim() === ''} onClick={() => void take(format)}>
            {bank.formats[format]}
          </button>
        ))}
      </div>
      {isTaken && <BankAnswer path={path} recordId={recordId} today={today} onDone={onDone} retry={retry} />}
      <History files={files} />
    </>
  )
}

/** The month's batches, each with its file for the bank. */
export const BankBatches = ({ path, list, onDone }: { path: string; list: PayList; onDone: Done }) => {
  const { bank } = moneyWords.value
  const live = useLive<BankFiles>(`${path}/bank-files`)
  return (
    <>
      <h3>{bank.title}</h3>
      <Accounts path={path} onDone={onDone} />
      {list.batches.length === 0 && <Empty>{bank.noBatches}</Empty>}
      <Answer live={live} lines={2}>
        {({ files }) => (
          <>
            {list.batches.map(({ recordId, on, amountFen }) => (
              <div key={recordId}>
                <h4>
                  {on} · {yuan(amountFen)}
                </h4>
                <BankBatch
                  path={path}
                  recordId={recordId}
                  today={dayOf(list.asOfMs)}
                  files={files.filter(({ paymentId }) => paymentId === recordId)}
                  onDone={onDone}
                  retry={live.retry}
                />
              </div>
            ))}
          </>
        )}
      </Answer>
    </>
  )
}
