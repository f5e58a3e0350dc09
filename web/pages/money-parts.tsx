import { useState } from 'preact/hooks'

import type { Account, OverdueView, RecordView } from '../../functions/api-types-receipts.ts'
import { monthName, yuan } from '../format.ts'
import { complaintOf, mayCarryOver, mayPay, moneyWords } from '../money.ts'
import { Empty } from '../parts/answer.tsx'
import { Figure } from '../parts/figure.tsx'
import { send } from '../send.ts'
import { Complaint } from '../parts/form-parts.tsx'

/** What a county's and a village's page of money have in common: figures, ages, overdue subsidies, records. */

type Figured = { account: Account & { deductionFen: number }; received?: { receivedFen: number; unappliedFen: number } }

export const MoneyFigures = ({ account, received }: Figured) => {
  const { figures, notes } = moneyWords.value
  const { subsidy } = account
  const receivable = subsidy.awaitedFen + subsidy.heldFen
  const kept = account.withheldFen === 0 ? '' : ` · ${notes.withheld(yuan(account.withheldFen))}`
  const over = received && received.unappliedFen > 0 ? ` · ${notes.unapplied(yuan(received.unappliedFen))}` : ''
  const advanced = account.advancedFen > 0 ? notes.advanced(yuan(account.advancedFen)) : notes.held(yuan(account.heldFen))
  return (
    <dl class="figures">
      <Figure label={figures.accrued} value={yuan(account.accruedFen)} note={notes.gross(yuan(-account.deductionFen))} />
      <Figure
        label={figures.county}
        value={yuan(received?.receivedFen ?? account.countyFen)}
        note={`${notes.awaited(yuan(account.awaitedFen))}${over}`}
      />
      <Figure label={figures.cash} value={yuan(account.cashFen)} note={`${advanced}${kept}`} tone="sun" />
      <Figure label={figures.paid} value={yuan(account.paidFen)} note={`${figures.balance} ${yuan(account.balanceFen)}`} />
      <Figure label={figures.subsidy} value={yuan(receivable)} note={notes.ofSubsidy(yuan(subsidy.accruedFen))} />
    </dl>
  )
}

export const AgeTable = ({ account, limitsDays }: { account: Account; limitsDays: readonly number[] }) => {
  const text = moneyWords.value
  const classes = [
    ...limitsDays.map((limit, at) => text.ageClass((limitsDays[at - 1] ?? -1) + 1, limit)),
    text.ageClass((limitsDays.at(-1) ?? 0) + 1, undefined),
  ]
  const rows = (['awaited', 'held', 'balance'] as const).map((place) => ({ place, ages: account.ages[place] }))
  return (
    <table class="stacked">
      <caption class="visually-hidden">{text.ages}</caption>
      <thead>
        <tr>
          <th scope="col">{text.ageColumns.where}</th>
          {classes.map((name) => (
            <th scope="col" class="number" key={name}>
              {name}
            </th>
          ))}
          <th scope="col" class="number">
            {text.ageColumns.total}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ place, ages }) => (
          <tr key={place}>
            <th scope="row">{text.places[place]}</th>
            {ages.map((fen, at) => (
              <td class="number" data-label={classes[at]} key={classes[at]}>
                {yuan(fen)}
              </td>
            ))}
            <td class="number" data-label={text.ageColumns.total}>
              {yuan(ages.reduce((sum, fen) => sum + fen, 0))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

export const OverdueList = ({ overdue }: { overdue: readonly OverdueView[] }) => {
  const text = moneyWords.value
  if (overdue.length === 0) return <p class="note">{text.noOverdue}</p>
  return (
    <ul class="form-note">
      {overdue.map(({ villageCode, villageName, year, stream, dueOn, awaitedFen, heldFen, document }) => (
        <li key={`${villageCode}${year}${stream}`}>
          <bdi>{text.overdueLine(villageName ?? villageCode, year, dueOn)}</bdi>：
          {text.overdueFen(yuan(awaitedFen), yuan(heldFen))}
          <span class="below">{document}</span>
        </li>
      ))}
    </ul>
  )
}

const TakeBack = ({ record, onDone, onCancel }: { record: RecordView; onDone: (note: string) => void; onCancel: () => void }) => {
  const text = moneyWords.value
  const [document, setDocument] = useState('')
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const what = text.reverseTitle(text.kinds[record.kind], yuan(record.amountFen))
  const confirm = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (document.trim() === '') return setComplaint(text.bad.document)
    setBusy(true)
    const { placeCode, recordId } = record
    const sent = await send<object>('/api/receipts/reversals', { dryRun: false, placeCode, recordId, document: document.trim() })
    setBusy(false)
    setComplaint(complaintOf(sent))
    return 'view' in sent ? onDone(what) : undefined
  }
  return (
    <form class="confirm slip-form" onSubmit={(event) => void confirm(event)}>
      <h3>{what}</h3>
      <p>{text.reverseHint}</p>
      <Complaint>{complaint}</Complaint>
      <label>
        {text.reverseDocument}
        <input
          name="reverseDocument"
          value={document}
          maxLength={200}
          onInput={(event) => setDocument(event.currentTarget.value)}
        />
      </label>
      <div class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {text.reverse}
        </button>
        <button type="button" disabled={busy} onClick={onCancel}>
          {text.cancel}
        </button>
      </div>
    </form>
  )
}

const mayReverse = ({ kind, reversedAtMs }: RecordView): boolean =>
  reversedAtMs === null && (kind === 'payment' || kind === 'return' ? mayPay() : mayCarryOver())

const RecordRow = ({ record, onReverse }: { record: RecordView; onReverse: () => void }) => {
  const text = moneyWords.value
  const { on, kind, stream, fromMonth, toMonth, amountFen, unappliedFen, document, recordedBy, reversedAtMs, direct } = record
  const months = toMonth === null ? '' : text.span(fromMonth === null ? '' : monthName(fromMonth), monthName(toMonth))
  const about = [stream === null ? '' : text.streams[stream], months, direct ? text.direct : ''].filter((word) => word !== '')
  return (
    <tr>
      <th scope="row">{on}</th>
      <td data-label={text.recordColumns.what}>
        {text.kinds[kind]}
        <span class="below">{about.join(' · ')}</span>
      </td>
      <td class="number" data-label={text.recordColumns.amount}>
        {reversedAtMs === null ? yuan(amountFen) : <del>{yuan(amountFen)}</del>}
        {unappliedFen > 0 && <span class="below">{text.unapplied(yuan(unappliedFen))}</span>}
      </td>
      <td data-label={text.recordColumns.document}>
        <bdi>{document}</bdi>
        <span class="below">
          {text.by(recordedBy)}
          {reversedAtMs !== null && ` · ${text.reversed}`}
        </span>
        {mayReverse(record) && (
          <button type="button" class="screen-only" onClick={onReverse}>
            {text.reverse}
          </button>
        )}
      </td>
    </tr>
  )
}

export const RecordTable = ({ records, onDone }: { records: readonly RecordView[]; onDone: (note: string) => void }) => {
  const text = moneyWords.value
  const [taking, setTaking] = useState<RecordView | undefined>(undefined)
  if (records.length === 0) return <Empty>{text.noRecords}</Empty>
  const done = (note: string): void => {
    setTaking(undefined)
    onDone(note)
  }
  return (
    <>
      {taking && <TakeBack record={taking} onDone={done} onCancel={() => setTaking(undefined)} />}
      <table class="stacked">
        <thead>
          <tr>
            <th scope="col">{text.recordColumns.on}</th>
            <th scope="col">{text.recordColumns.what}</th>
            <th scope="col" class="number">
              {text.recordColumns.amount}
            </th>
            <th scope="col">{text.recordColumns.document}</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <RecordRow key={`${record.placeCode}${record.recordId}`} record={record} onReverse={() => setTaking(record)} />
          ))}
        </tbody>
      </table>
    </>
  )
}
