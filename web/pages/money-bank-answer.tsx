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

/** What becomes of every payment of the batch, with the bank's reasons; it adds up to the batch. */
const Became = ({ checked }: { checked: BankAnswerView }) => {
  const { bank } = moneyWords.value
  const { succeeded, failed, returnedFen, became } = checked
  if (!became) return null
  const { succeededFen, unknown, unknownFen, reasons } = became
  const rows: [string, number, number][] = [
    [bank.answerRows.succeeded, succeeded, succeededFen],
    [bank.answerRows.failed, failed, returnedFen],
    [bank.answerRows.unknown, unknown, unknownFen],
    [bank.answerRows.total, succeeded + failed + unknown, succeededFen + returnedFen + unknownFen],
  ]
  return (
    <table>
      <caption class="visually-hidden">{bank.answerTitle}</caption>
      <thead>
        <tr>
          <th scope="col">{bank.answerColumns.result}</th>
          <th scope="col" class="number">
            {bank.answerColumns.rows}
          </th>
          <th scope="col" class="number">
            {bank.answerColumns.amount}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, count, fen]) => (
          <tr key={name}>
            <th scope="row">
              {name}
              {name === bank.answerRows.failed &&
                reasons.map((each) => (
                  <span class="below" key={each.reason}>
                    <bdi>{bank.answerReason(each.reason)}</bdi> {each.rows} · {yuan(each.amountFen)}
                  </span>
                ))}
            </th>
            <td class="number">{count}</td>
            <td class="number">{yuan(fen)}</td>
          </tr>
        ))}
      </tbody>
    </table>
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
          <Became checked={checked} />
          <p>{bank.answerMeans}</p>
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
