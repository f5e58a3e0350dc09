import { useState } from 'preact/hooks'

import type { AcknowledgeAnswer, OpenItemView } from '../../functions/api-types-days.ts'
import { words } from '../language.ts'
import { Complaint } from '../parts/form-parts.tsx'
import { resetWords } from '../reset-words.ts'
import { send } from '../send.ts'

/** Saying what a finding was that no record settles. */
export const AcknowledgeForm = (shown: { item: OpenItemView; onDone: (note: string) => void; onCancel: () => void }) => {
  const { stationId, stationName, day, deviceId, code, atMs: findingAtMs } = shown.item
  const text = resetWords.value
  const [reason, setReason] = useState(shown.item.acknowledged?.reason ?? '')
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (reason.trim() === '') return setComplaint(text.bad.found)
    setBusy(true)
    const said = { stationId, day, deviceId, code, findingAtMs, reason: reason.trim() }
    const sent = await send<AcknowledgeAnswer>('/api/resets/acknowledge', said)
    setBusy(false)
    if ('view' in sent) return shown.onDone(text.doneAcknowledged)
    return setComplaint('refused' in sent ? text.noLonger : words.value.problems[sent.failure])
  }
  return (
    <form class="slip-form confirm" onSubmit={(event) => void submit(event)}>
      <h3>{text.acknowledgeTitle(`${stationName} ${deviceId}`, day, words.value.station.findings[code])}</h3>
      <p>{text.acknowledgeText}</p>
      <Complaint>{complaint}</Complaint>
      <label>
        {text.found}
        <input
          name="found"
          value={reason}
          maxLength={200}
          autocomplete="off"
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <div class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? text.sending : text.acknowledgeConfirm}
        </button>
        <button type="button" disabled={busy} onClick={shown.onCancel}>
          {text.cancel}
        </button>
      </div>
    </form>
  )
}
