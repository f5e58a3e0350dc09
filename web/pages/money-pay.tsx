import { useState } from 'preact/hooks'

import type { PayList } from '../../functions/api-types-receipts.ts'
import { addDays, dayOf, yuan } from '../format.ts'
import { useLive } from '../live.ts'
import { complaintOf, moneyWords, newId } from '../money.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { MonthPicker } from '../parts/month-picker.tsx'
import { send } from '../send.ts'
import { Complaint, ConfirmActions } from '../parts/form-parts.tsx'
import { BankBatches } from './money-bank.tsx'

/** The month's allocation as it is paid out: who has got how much, and recording that all that is open was paid. */

const PayTable = ({ lines }: Pick<PayList, 'lines'>) => {
  const { payColumns: columns } = moneyWords.value
  return (
    <table class="stacked">
      <thead>
        <tr>
          <th scope="col">{columns.payee}</th>
          <th scope="col">{columns.post}</th>
          <th scope="col" class="number">
            {columns.amount}
          </th>
          <th scope="col" class="number">
            {columns.paid}
          </th>
          <th scope="col" class="number">
            {columns.open}
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ lineId, payee, post, amountFen, paidFen, openFen }) => (
          <tr key={lineId}>
            <th scope="row">{payee}</th>
            <td data-label={columns.post}>{post}</td>
            <td class="number" data-label={columns.amount}>
              {yuan(amountFen)}
            </td>
            <td class="number" data-label={columns.paid}>
              {yuan(paidFen)}
            </td>
            <td class="number" data-label={columns.open}>
              {yuan(openFen)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** What persons got whom the newest list does not have: shown until it is taken back or came back. */
const Unlisted = ({ unlisted }: Pick<PayList, 'unlisted'>) => {
  const text = moneyWords.value
  if (unlisted.length === 0) return null
  return (
    <div class="form-note" role="alert">
      <p>{text.payUnlisted}</p>
      <ul>
        {unlisted.map(({ batchId, lineId, payee, post, paidFen }) => (
          <li key={`${batchId}#${lineId}`}>
            {text.payUnlistedLine([payee, post, batchId].filter((part) => part !== '').join(' · '), yuan(paidFen))}
          </li>
        ))}
      </ul>
    </div>
  )
}

type Confirming = {
  lines: number
  openFen: number
  balanceFen: number
  about: string
  busy: boolean
  onConfirm: () => void
  onEdit: () => void
}

const PayConfirm = ({ lines, openFen, balanceFen, about, busy, onConfirm, onEdit }: Confirming) => {
  const text = moneyWords.value
  return (
    <div class="confirm">
      <h3>{text.payTitle(lines, yuan(openFen))}</h3>
      <p>
        <bdi>{about}</bdi>
      </p>
      <p>{text.payAfter(yuan(balanceFen - openFen))}</p>
      <ConfirmActions text={text} busy={busy} onConfirm={onConfirm} onEdit={onEdit} />
    </div>
  )
}

type Paying = { path: string; list: PayList; onDone: (note: string) => void }

const PayForm = ({ path, list, onDone }: Paying) => {
  const text = moneyWords.value
  const [on, setOn] = useState(dayOf(list.asOfMs))
  const [document, setDocument] = useState('')
  const [key] = useState(newId)
  const [asked, setAsked] = useState(false)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const open = list.lines.filter(({ openFen }) => openFen > 0)
  const openFen = open.reduce((sum, line) => sum + line.openFen, 0)
  if (open.length === 0) return <p class="form-done">{text.allPaid}</p>

  const check = (event: SubmitEvent): void => {
    event.preventDefault()
    const bad = on === '' ? text.bad.on : document.trim() === '' ? text.bad.document : undefined
    setComplaint(bad)
    setAsked(bad === undefined)
  }
  const confirm = async (): Promise<void> => {
    setBusy(true)
    const lines = open.map(({ lineId, openFen: amountFen }) => ({ lineId, amountFen }))
    const batch = { dryRun: false, key, on, document: document.trim(), month: list.month, runId: list.runId, lines }
    const sent = await send<object>(`${path}/payments`, batch)
    setBusy(false)
    setAsked(false)
    setComplaint(complaintOf(sent))
    if ('view' in sent) onDone(text.done(text.kinds.payment, yuan(openFen)))
  }
  return (
    <form class="slip-form" onSubmit={check}>
      <Complaint>{complaint}</Complaint>
      {list.balanceFen < openFen && <p class="form-note">{text.payShort}</p>}
      {asked ? (
        <PayConfirm
          lines={open.length}
          openFen={openFen}
          balanceFen={list.balanceFen}
          about={`${on} · ${document}`}
          busy={busy}
          onConfirm={() => void confirm()}
          onEdit={() => setAsked(false)}
        />
      ) : (
        <>
          <div class="fields">
            <label>
              {text.fields.on}
              <input name="payOn" type="date" value={on} onInput={(event) => setOn(event.currentTarget.value)} />
            </label>
            <label>
              {text.fields.document}
              <input
                name="payDocument"
                maxLength={200}
                value={document}
                onInput={(event) => setDocument(event.currentTarget.value)}
              />
            </label>
          </div>
          <div class="actions">
            <button type="submit" class="primary">
              {text.payAll(open.length, yuan(openFen))}
            </button>
          </div>
        </>
      )}
    </form>
  )
}

/** The last month's list, or another's. */
export const PayOut = ({ path, today, onDone }: { path: string; today: string; onDone: (note: string) => void }) => {
  const text = moneyWords.value
  const [month, setMonth] = useState(addDays(`${today.slice(0, 7)}-01`, -1).slice(0, 7))
  const live = useLive<PayList>(`${path}/list?month=${month}`)
  const done = (note: string): void => {
    live.retry()
    onDone(note)
  }
  return (
    <>
      <div class="card-head">
        <h2>{text.pay}</h2>
        <MonthPicker label={text.payMonth} month={month} first="2016-01" last={today.slice(0, 7)} onPick={setMonth} />
      </div>
      <Answer live={live} lines={4}>
        {(list) =>
          list.runId === null ? (
            <>
              <Empty>{text.noList}</Empty>
              <Unlisted unlisted={list.unlisted} />
            </>
          ) : (
            <>
              <Unlisted unlisted={list.unlisted} />
              <PayTable lines={list.lines} />
              <PayForm key={`${list.month}${list.runId}${list.batches.length}`} path={path} list={list} onDone={done} />
              <BankBatches path={path} list={list} onDone={done} />
            </>
          )
        }
      </Answer>
    </>
  )
}
