import type { AcknowledgeAnswer, OpenItemView } from '../../functions/api-types-days.ts'
import { words } from '../language.ts'
import { ReasonForm } from '../parts/reason-form.tsx'
import { resetWords } from '../reset-words.ts'
import { send } from '../send.ts'

/** Saying what a finding was that no record settles. */
export const AcknowledgeForm = (shown: { item: OpenItemView; onDone: (note: string) => void; onCancel: () => void }) => {
  const { stationId, stationName, day, deviceId, code, atMs: findingAtMs } = shown.item
  const text = resetWords.value
  const acknowledge = async (reason: string): Promise<string | undefined> => {
    const said = { stationId, day, deviceId, code, findingAtMs, reason }
    const sent = await send<AcknowledgeAnswer>('/api/resets/acknowledge', said)
    if (!('view' in sent)) return 'refused' in sent ? text.noLonger : words.value.problems[sent.failure]
    shown.onDone(text.doneAcknowledged)
    return undefined
  }
  return (
    <ReasonForm
      title={text.acknowledgeTitle(`${stationName} ${deviceId}`, day, words.value.station.findings[code])}
      hint={text.acknowledgeText}
      label={text.found}
      name="found"
      buttons={{ sending: text.sending, confirm: text.acknowledgeConfirm, cancel: text.cancel }}
      reason={shown.item.acknowledged?.reason ?? ''}
      lacking={text.bad.found}
      send={acknowledge}
      onCancel={shown.onCancel}
    />
  )
}
