import { useState } from 'preact/hooks'

import type { ResetsView, ResetView } from '../../functions/api-types-days.ts'
import { fullMoment, kwh } from '../format.ts'
import { words } from '../language.ts'
import { Empty } from '../parts/answer.tsx'
import { resetWords } from '../reset-words.ts'
import { send } from '../send.ts'
import { ReasonForm } from '../parts/reason-form.tsx'

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
  const withdraw = async (reason: string): Promise<string | undefined> => {
    const sent = await send('/api/resets/withdraw', { stationId, deviceId, atMs, reason })
    if (!('view' in sent)) return 'refused' in sent ? text.nothing : words.value.problems[sent.failure]
    shown.onDone(text.doneWithdrawn)
    return undefined
  }
  return (
    <ReasonForm
      title={text.withdrawTitle(deviceId, fullMoment(atMs))}
      hint={text.withdrawText}
      label={text.reason}
      name="withdrawal"
      buttons={{ sending: text.sending, confirm: text.withdrawConfirm, cancel: text.cancel }}
      lacking={text.bad.reason}
      send={withdraw}
      onCancel={shown.onCancel}
    />
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
