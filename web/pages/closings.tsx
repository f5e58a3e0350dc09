import { useState } from 'preact/hooks'

import type { BlockerView, ClosingAnswer, ClosingsView, ClosingView } from '../../functions/api-types-closings.ts'
import { closingsWords } from '../closings-words.ts'
import { fullMoment, monthName } from '../format.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer, Empty, Freshness } from '../parts/answer.tsx'
import { Complaint, ConfirmActions, DoneNote, useDone } from '../parts/form-parts.tsx'
import { ReasonForm } from '../parts/reason-form.tsx'
import { regional } from '../region.ts'
import { send } from '../send.ts'

/** 结账: the months of a county, what stands in the way of the next one, and closing it. */

const CLOSINGS_MS = 30_000

type Act = 'close' | 'force' | 'approve' | 'withdraw'
type Acting = { busy: boolean; complaint: string | undefined; act: (act: Act, more?: object) => Promise<void> }

/** Sends one act about a month, and tells what became of it. */
const useActs = (view: ClosingsView, month: string, onDone: (note: string) => void): Acting => {
  const [busy, setBusy] = useState(false)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const act = async (kind: Act, more: object = {}): Promise<void> => {
    const text = closingsWords.value
    setBusy(true)
    const sent = await send<ClosingAnswer>(`/api/closings/${kind}`, { county: view.county.code, month, ...more })
    setBusy(false)
    if (!('view' in sent)) return setComplaint('refused' in sent ? text.refused : words.value.problems[sent.failure])
    const { state } = sent.view.closing
    if (kind === 'withdraw') return onDone(text.withdrawn)
    return onDone(state === 'requested' ? text.asked : state === 'closed' ? text.closedNow : text.closingNow)
  }
  return { busy, complaint, act }
}

const Blockers = ({ blockers }: { blockers: readonly BlockerView[] }) => {
  const text = closingsWords.value
  return (
    <ul class="verdicts">
      {blockers.map(({ code, count, examples }) => (
        <li key={code}>
          <strong class="verdict verdict-broken">{text.count(count)}</strong>
          <div>
            {text.blockers[code].name}
            <span class="below">{text.blockers[code].hint}</span>
            <span class="below">
              <bdi>{text.examples(examples.join(text.comma), count > examples.length)}</bdi>
            </span>
          </div>
        </li>
      ))}
    </ul>
  )
}

const ForceForm = ({ acting, onCancel }: { acting: Acting; onCancel: () => void }) => {
  const text = closingsWords.value
  return (
    <ReasonForm
      title={text.forceTitle}
      hint={text.forceText}
      label={text.reason}
      name="reason"
      buttons={{ sending: text.sending, confirm: text.ask, cancel: text.edit }}
      lacking={text.noReason}
      send={async (reason) => {
        await acting.act('force', { reason })
        return undefined
      }}
      onCancel={onCancel}
    />
  )
}

/** What a second officer decides, and whoever asked may take back. */
const Requested = ({ view, closing, acting }: { view: ClosingsView; closing: ClosingView; acting: Acting }) => {
  const text = closingsWords.value
  const isOwn = closing.requestedBy === view.userName
  return (
    <div class="confirm">
      <p>{text.requested(closing.requestedBy ?? '', fullMoment(closing.requestedAtMs ?? 0), closing.reason ?? '')}</p>
      {isOwn && <p class="statement-what">{text.ownRequest}</p>}
      <div class="actions">
        {!isOwn && (
          <button type="button" class="primary" disabled={acting.busy} onClick={() => void acting.act('approve')}>
            {text.approve}
          </button>
        )}
        <button type="button" disabled={acting.busy} onClick={() => void acting.act('withdraw')}>
          {text.withdraw}
        </button>
      </div>
    </div>
  )
}

type Next = NonNullable<ClosingsView['next']>

/** From the button to the question whether it is meant. */
const CloseActs = ({ next, acting }: { next: Next; acting: Acting }) => {
  const text = closingsWords.value
  const [asking, setAsking] = useState<'close' | 'force' | undefined>(undefined)
  const name = monthName(next.month)
  const back = (): void => setAsking(undefined)
  if (asking === 'force') return <ForceForm acting={acting} onCancel={back} />
  if (asking === 'close') {
    return (
      <div class="confirm">
        <h3>{text.closeTitle(name)}</h3>
        <p>{text.closeText}</p>
        <ConfirmActions text={text} busy={acting.busy} onConfirm={() => void acting.act('close')} onEdit={back} />
      </div>
    )
  }
  if (next.blockers.length === 0) {
    return (
      <button type="button" class="primary" onClick={() => setAsking('close')}>
        {text.close(name)}
      </button>
    )
  }
  return next.blockers.every(({ isForceable }) => isForceable) ? (
    <button type="button" onClick={() => setAsking('force')}>
      {text.force}
    </button>
  ) : null
}

const NextMonth = ({ view, next, onDone }: { view: ClosingsView; next: Next; onDone: (note: string) => void }) => {
  const text = closingsWords.value
  const acting = useActs(view, next.month, onDone)
  const closing = view.months.find(({ month }) => month === next.month)
  const isRequested = closing?.state === 'requested'
  return (
    <section class="card">
      <h2>{text.next(monthName(next.month))}</h2>
      <p class={next.blockers.length === 0 ? 'statement-what' : 'form-note'}>
        {next.blockers.length === 0 ? text.ready : text.blocked}
      </p>
      <Blockers blockers={next.blockers} />
      <Complaint>{acting.complaint}</Complaint>
      {!view.mayClose && <p class="empty">{text.onlyOfficers}</p>}
      {view.mayClose && isRequested && <Requested view={view} closing={closing} acting={acting} />}
      {view.mayClose && !isRequested && closing?.state !== 'closing' && <CloseActs next={next} acting={acting} />}
    </section>
  )
}

const Row = ({ closing }: { closing: ClosingView }) => {
  const text = closingsWords.value
  const { columns } = text
  const over = closing.closedOver.map(({ code, count }) => `${text.blockers[code].name} ${text.count(count)}`)
  return (
    <tr>
      <th scope="row">{monthName(closing.month)}</th>
      <td data-label={columns.state}>
        <span class={closing.state === 'closed' ? 'stamp' : ''}>{text.states[closing.state]}</span>
      </td>
      <td class="number" data-label={columns.villages}>
        {closing.villages}
      </td>
      <td data-label={columns.who}>
        {closing.requestedBy !== null &&
          text.closedBy(closing.requestedBy, fullMoment(closing.closedAtMs ?? closing.requestedAtMs ?? 0))}
        {closing.approvedBy !== null && <span class="below">{text.approvedBy(closing.approvedBy)}</span>}
        {over.length > 0 && <span class="below">{text.over(over.join(text.comma), closing.reason ?? '')}</span>}
      </td>
      <td class="whole-row" data-label={columns.hash}>
        {closing.sha256 !== null && <code class="hash">{closing.sha256}</code>}
      </td>
    </tr>
  )
}

const Months = ({ months }: Pick<ClosingsView, 'months'>) => {
  const { columns, title, none } = closingsWords.value
  if (months.length === 0) return <Empty>{none}</Empty>
  return (
    <table class="stacked">
      <caption class="visually-hidden">{title('')}</caption>
      <thead>
        <tr>
          <th scope="col">{columns.month}</th>
          <th scope="col">{columns.state}</th>
          <th scope="col" class="number">
            {columns.villages}
          </th>
          <th scope="col">{columns.who}</th>
          <th scope="col">{columns.hash}</th>
        </tr>
      </thead>
      <tbody>
        {months.map((closing) => (
          <Row key={closing.month} closing={closing} />
        ))}
      </tbody>
    </table>
  )
}

export const ClosingsPage = () => {
  const text = closingsWords.value
  const live = useLive<ClosingsView>(regional('/api/closings', 'county'), CLOSINGS_MS)
  const { note, done } = useDone(live.retry)
  return (
    <>
      <div class="page-head">
        <h1>{text.title(live.view?.county.name ?? '')}</h1>
        <div class="picker">
          <a class="button" href="/closings/audit">
            {text.audit}
          </a>
          <a class="button" href="/closings/deliveries">
            {text.inbox.deliveries}
          </a>
          <a class="button" href="/villages">
            {words.value.nav.villages}
          </a>
        </div>
      </div>
      <p class="lead">{text.intro}</p>
      <DoneNote>{note}</DoneNote>
      <Freshness live={live} />
      <Answer live={live} lines={8}>
        {(view) => (
          <>
            {view.next ? (
              <NextMonth key={view.next.month} view={view} next={view.next} onDone={done} />
            ) : (
              <p class="empty">{text.nothing}</p>
            )}
            <section class="card">
              <Months months={view.months} />
            </section>
          </>
        )}
      </Answer>
    </>
  )
}
