import { useState } from 'preact/hooks'

/** What forms have in common: what is wrong, what was done, and the two buttons at the end. */

/** What is wrong with what was sent; nothing while nothing is. */
export const Complaint = ({ children }: { children: string | undefined }) =>
  children === undefined ? null : (
    <p class="form-error" role="alert">
      {children}
    </p>
  )

/** What was done; nothing while nothing was. */
export const DoneNote = ({ children }: { children: string | undefined }) =>
  children === undefined ? null : (
    <p class="form-done" role="status">
      {children}
    </p>
  )

type Labels = { sending: string; confirm: string; edit: string }

/** The end of a confirmation: do it, or go back and change it. */
export const ConfirmActions = (shown: { text: Labels; busy: boolean; onConfirm: () => void; onEdit: () => void }) => (
  <div class="actions">
    <button type="button" class="primary" disabled={shown.busy} onClick={shown.onConfirm}>
      {shown.busy ? shown.text.sending : shown.text.confirm}
    </button>
    <button type="button" disabled={shown.busy} onClick={shown.onEdit}>
      {shown.text.edit}
    </button>
  </div>
)

/** What a page tells after something was done on it: it says so at its top, and asks anew. */
export const useDone = (retry: () => void): { note: string | undefined; done: (told: string) => void } => {
  const [note, setNote] = useState<string | undefined>(undefined)
  const done = (told: string): void => {
    setNote(told)
    retry()
    window.scrollTo(0, 0)
  }
  return { note, done }
}
