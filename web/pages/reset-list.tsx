import { useState } from 'preact/hooks'

import type { ResetsView, ResetView } from '../../functions/api-types-days.ts'
import { fullMoment, kwh } from '../format.ts'
import { words } from '../language.ts'
import { Empty } from '../parts/answer.tsx'
import { resetWords } from '../reset-words.ts'
import { send } from '../send.ts'
import { Complaint } from '../parts/form-parts.tsx'

/** Every record of a station with what became of it, and withdrawing one. */

const Row = ({ reset, onWithdraw }: { reset: ResetView; onWithdraw: ((reset: ResetView) => void) | undefined }) => {
  const text = resetWords.value
  const columns = text.recordColumns
  return (
    <tr class={reset.withdrawnAtMs === null ? '' : 'ended'}>
      <th scope="row">
        {fullMoment(reset.atMs)}
        <span class="below">{text.kinds[reset.kind]}</span>
      </th>
      <td data-label={columns.device}>
        <bdi>{reset.deviceId}</bdi>
      </td>
      <td class="number" data-label={columns.figures}>
        {kwh(reset.finalWh, 3)} → {kwh(reset.startWh, 3)}
      </td>
      <td data-label={columns.document}>
        <bdi>{reset.document}</bdi>
        <span class="below">
          <bdi>{reset.reason}</bdi>
        </span>
      </td>
      <td class="whole-row" data-label={columns.state}>
        {reset.withdrawnAtMs === null
          ? text.inForce
          : text.withdrawnBy(reset.withdrawnBy ?? '', fullMoment(reset.withdrawnAtMs), reset.withdrawalReason ?? '')}
        <span class="below">{text.recordedBy(reset.recordedBy, fullMoment(reset.recordedAtMs))}</span>
        {onWithdraw && reset.withdrawnAtMs === null && (
          <button type="button" onClick={() => onWithdraw(reset)}>
            {text.withdraw}
          </button>
        )}
      </td>
    </tr>
  )
}

const WithdrawForm = (shown: { reset: ResetView; onDone: (note: string) => void; onCancel: () => void }) => {
  const { stationId, deviceId, atMs } = shown.reset
  const text = resetWords.value
  const [reason, setReason] = useState('')
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (reason.trim() === '') return setComplaint(text.bad.reason)
    setBusy(true)
    const sent = await send('/api/resets/withdraw', { stationId, deviceId, atMs, reason: reason.trim() })
    setBusy(false)
    if ('view' in sent) return shown.onDone(text.doneWithdrawn)
    return setComplaint('refused' in sent ? text.nothing : words.value.problems[sent.failure])
  }
  return (
    <form class="slip-form confirm" onSubmit={(event) => void submit(event)}>
      <h3>{text.withdrawTitle(deviceId, fullMoment(atMs))}</h3>
      <p>{text.withdrawText}</p>
      <Complaint>{complaint}</Complaint>
      <label>
        {text.reason}
        <input
          name="withdrawal"
          value={reason}
          maxLength={200}
          autocomplete="off"
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <div class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? text.sending : text.withdrawConfirm}
        </button>
        <button type="button" disabled={busy} onClick={shown.onCancel}>
          {text.cancel}
        </button>
      </div>
    </form>
  )
}

export const ResetList = ({
  view,
  mayRecord,
  onDone,
}: {
  view: ResetsView
  mayRecord: boolean
  onDone: (note: string) => void
}) => {
  const text = resetWords.value
  const columns = text.recordColumns
  const [withdrawing, setWithdrawing] = useState<ResetView | undefined>(undefined)
  if (view.resets.length === 0) return <Empty>{text.noRecords}</Empty>
  const done = (note: string): void => {
    setWithdrawing(undefined)
    onDone(note)
  }
  return (
    <>
      {withdrawing && <WithdrawForm reset={withdrawing} onDone={done} onCancel={() => setWithdrawing(undefined)} />}
      <table class="stacked">
        <caption class="visually-hidden">{text.records}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.at}</th>
            <th scope="col">{columns.device}</th>
            <th scope="col" class="number">
              {columns.figures}
            </th>
            <th scope="col">{columns.document}</th>
            <th scope="col">{columns.state}</th>
          </tr>
        </thead>
        <tbody>
          {view.resets.map((reset) => (
            <Row
              key={`${reset.deviceId}${reset.atMs}${reset.recordedAtMs}`}
              reset={reset}
              onWithdraw={mayRecord ? setWithdrawing : undefined}
            />
          ))}
        </tbody>
      </table>
    </>
  )
}
