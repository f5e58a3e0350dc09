import { useState } from 'preact/hooks'

import { Complaint } from './form-parts.tsx'

/** A confirmation that wants a reason in words: what is done, what that means, why, and the two buttons at the end. */

const REASON_CHARS_MAX = 200

export const ReasonForm = (shown: {
  title: string
  hint: string
  label: string
  /** Of the field, for what fills in forms. */
  name: string
  buttons: { sending: string; confirm: string; cancel: string }
  /** What stands in the field first. */
  reason?: string
  charsMin?: number
  /** Said when there is too little in the field. */
  lacking: string
  /** Sends the reason; answers what was wrong, or nothing when it is done. */
  send: (reason: string) => Promise<string | undefined>
  onCancel: () => void
}) => {
  const [reason, setReason] = useState(shown.reason ?? '')
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (reason.trim().length < (shown.charsMin ?? 1)) return setComplaint(shown.lacking)
    setBusy(true)
    const wrong = await shown.send(reason.trim())
    setBusy(false)
    return setComplaint(wrong)
  }
  return (
    <form class="slip-form confirm" onSubmit={(event) => void submit(event)}>
      <h3>{shown.title}</h3>
      <p>{shown.hint}</p>
      <Complaint>{complaint}</Complaint>
      <label>
        {shown.label}
        <input
          name={shown.name}
          value={reason}
          maxLength={REASON_CHARS_MAX}
          autocomplete="off"
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <div class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? shown.buttons.sending : shown.buttons.confirm}
        </button>
        <button type="button" disabled={busy} onClick={shown.onCancel}>
          {shown.buttons.cancel}
        </button>
      </div>
    </form>
  )
}
