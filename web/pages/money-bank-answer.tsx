import { useState } from 'preact/hooks'

import type { BankAnswerView } from '../../functions/api-types-receipts.ts'
import { base64Of } from '../base64.ts'
import { yuan } from '../format.ts'
import { complaintOf, moneyWords } from '../money.ts'
import { send } from '../send.ts'
import { Complaint, ConfirmActions } from '../parts/form-parts.tsx'

/** What a bank answers to a file of payments: shown first, recorded then. */

/** What of an answer does not fit. */
export const BankItems = ({ items }: Pick<BankAnswerView, 'items'>) => {
  const { bank } = moneyWords.value
  return (
    <>
      {items.map(({ code, line, lineIds }) => (
        <span class="below" key={`${code}${line}${lineIds.join()}`}>
          {bank.itemAt(bank.items[code], line, lineIds.join(', '))}
        </span>
      ))}
    </>
  )
}

type AnswerShown = { path: string; recordId: string; today: string; onDone: (note: string) => void; retry: () => void }

/** The bank's answer: what it says is shown first, and recorded when the reader says so. */
export const BankAnswer = ({ path, recordId, today, onDone, retry }: AnswerShown) => {
  const text = moneyWords.value
  const { bank } = text
  const [file, setFile] = useState('')
  const [checked, setChecked] = useState<BankAnswerView | undefined>(undefined)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const ask = async (content: string, dryRun: boolean): Promise<void> => {
    setBusy(true)
    const about = { dryRun, payment: recordId, on: today, document: bank.answerDocument, file: content }
    const sent = await send<BankAnswerView>(`${path}/bank-answers`, about)
    setBusy(false)
    setComplaint(complaintOf(sent))
    setChecked('view' in sent && dryRun && !sent.view.repeated ? sent.view : undefined)
    if (!('view' in sent)) return
    const { repeated, written, succeeded, failed, items } = sent.view
    if (repeated) return setComplaint(bank.answerRepeated)
    if (!written) return
    retry()
    onDone(bank.answerDone(succeeded, failed, items.length))
  }
  const choose = async (input: HTMLInputElement): Promise<void> => {
    const chosen = input.files?.[0]
    if (!chosen) return
    const content = await base64Of(chosen)
    input.value = ''
    setFile(content)
    await ask(content, true)
  }
  return (
    <>
      <label class="file">
        {bank.answer}
        <input
          type="file"
          name="bankAnswer"
          accept=".csv,.txt"
          disabled={busy}
          onChange={(event) => void choose(event.currentTarget)}
        />
      </label>
      <Complaint>{complaint}</Complaint>
      {checked && (
        <div class="confirm">
          <h3>{bank.answerTitle}</h3>
          <p>{bank.answerPreview(checked.succeeded, checked.failed, yuan(checked.returnedFen))}</p>
          {checked.items.length > 0 && (
            <p>
              {bank.answerUnclear(checked.items.length)}
              <BankItems items={checked.items} />
            </p>
          )}
          <ConfirmActions text={text} busy={busy} onConfirm={() => void ask(file, false)} onEdit={() => setChecked(undefined)} />
        </div>
      )}
    </>
  )
}
