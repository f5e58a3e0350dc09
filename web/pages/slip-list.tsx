import { useState } from 'preact/hooks'

import type { SlipView, SlipWithdrawn, StationSlips } from '../../functions/api-types-slips.ts'
import { fullMoment, kwh, monthName } from '../format.ts'
import { words } from '../language.ts'
import { Empty } from '../parts/answer.tsx'
import { send } from '../send.ts'
import { refusalText, slipWords } from '../slip-words.ts'
import { ReasonForm } from '../parts/reason-form.tsx'

/** Every slip of a station with what has become of it, and withdrawing one. */

const REASON_CHARS_MIN = 2

const History = ({ slip }: { slip: SlipView }) => {
  const text = slipWords.value
  const { withdrawn, correctedBy } = slip
  return (
    <>
      <span class="below">{text.recorded(slip.recordedBy, fullMoment(slip.recordedAtMs))}</span>
      {correctedBy !== null && <span class="below">{text.correctedBy(correctedBy)}</span>}
      {withdrawn && (
        <span class="below">
          {text.withdrawnWith(withdrawn.reason, withdrawn.recordedBy, fullMoment(withdrawn.recordedAtMs))}
        </span>
      )}
    </>
  )
}

type RowShown = { slip: SlipView; mayRecord: boolean; onCorrect: (slip: SlipView) => void; onWithdraw: (slip: SlipView) => void }

const Row = ({ slip, mayRecord, onCorrect, onWithdraw }: RowShown) => {
  const text = slipWords.value
  return (
    <tr class={slip.state === 'in_force' ? '' : 'ended'}>
      <th scope="row">
        <bdi>{slip.document}</bdi>
        <History slip={slip} />
      </th>
      <td data-label={text.columns.period}>{text.period(slip.from, slip.to)}</td>
      <td class="number" data-label={text.columns.energy}>
        {kwh(slip.energyWh, 3)}
      </td>
      <td data-label={text.columns.state}>{text.states[slip.state]}</td>
      {mayRecord && (
        <td>
          {slip.state === 'in_force' && (
            <div class="row-actions">
              <button type="button" onClick={() => onCorrect(slip)}>
                {text.correct}
              </button>
              <button type="button" onClick={() => onWithdraw(slip)}>
                {text.withdraw}
              </button>
            </div>
          )}
        </td>
      )}
    </tr>
  )
}

const WithdrawForm = (shown: { path: string; slip: SlipView; onDone: (note: string) => void; onCancel: () => void }) => {
  const text = slipWords.value
  const withdraw = async (reason: string): Promise<string | undefined> => {
    const sent = await send<SlipWithdrawn>(`${shown.path}/withdrawals`, { withdraws: shown.slip.entry, reason })
    if (!('view' in sent)) return 'refused' in sent ? refusalText(sent.refused) : words.value.problems[sent.failure]
    shown.onDone(text.done(sent.view.months.map(monthName).join(text.listComma)))
    return undefined
  }
  return (
    <ReasonForm
      title={text.withdrawTitle(shown.slip.document)}
      hint={text.withdrawText}
      label={text.fields.reason}
      name="reason"
      buttons={{ sending: text.sending, confirm: text.withdrawConfirm, cancel: text.cancel }}
      charsMin={REASON_CHARS_MIN}
      lacking={text.bad.reason}
      send={withdraw}
      onCancel={shown.onCancel}
    />
  )
}

export const SlipList = (shown: {
  view: StationSlips
  path: string
  onCorrect: (slip: SlipView) => void
  onDone: (note: string) => void
}) => {
  const { view, path, onCorrect, onDone } = shown
  const text = slipWords.value
  const [withdrawing, setWithdrawing] = useState<SlipView | undefined>(undefined)
  if (view.slips.length === 0) return <Empty>{view.mayRecord ? text.none : text.noneToRead}</Empty>
  const done = (note: string): void => {
    setWithdrawing(undefined)
    onDone(note)
  }
  return (
    <>
      {withdrawing && <WithdrawForm path={path} slip={withdrawing} onDone={done} onCancel={() => setWithdrawing(undefined)} />}
      <table class="stacked">
        <caption class="visually-hidden">{text.list}</caption>
        <thead>
          <tr>
            <th scope="col">{text.columns.document}</th>
            <th scope="col">{text.columns.period}</th>
            <th scope="col" class="number">
              {text.columns.energy}
            </th>
            <th scope="col">{text.columns.state}</th>
            {view.mayRecord && (
              <th scope="col">
                <span class="visually-hidden">{text.columns.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {view.slips.map((slip) => (
            <Row key={slip.entry} slip={slip} mayRecord={view.mayRecord} onCorrect={onCorrect} onWithdraw={setWithdrawing} />
          ))}
        </tbody>
      </table>
      {view.gaps.map(({ from, to }) => (
        <p class="form-note" key={from}>
          {text.gap(from, to)}
        </p>
      ))}
    </>
  )
}
