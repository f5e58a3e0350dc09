import { useState } from 'preact/hooks'

import type { ResetAnswer } from '../../functions/api-types-days.ts'
import { fullMoment, kwh } from '../format.ts'
import { words } from '../language.ts'
import type { ResetMessages } from '../messages/zh-resets.ts'
import { resetWords } from '../reset-words.ts'
import { send } from '../send.ts'
import { ResetEffectTable } from './reset-effect.tsx'
import { Complaint, ConfirmActions } from '../parts/form-parts.tsx'

/** Recording a reset or a replacement: filled in, computed on trial, looked at, then sent. */

const KINDS = ['reset', 'replacement', 'rollover'] as const
export type ResetDraft = {
  deviceId: string
  /** As the field has it: YYYY-MM-DDTHH:MM[:SS], China time. */
  at: string
  kind: (typeof KINDS)[number]
  finalKwh: string
  startKwh: string
  reason: string
  document: string
}
export const emptyDraft: ResetDraft = {
  deviceId: '',
  at: '',
  kind: 'reset',
  finalKwh: '',
  startKwh: '',
  reason: '',
  document: '',
}
type Ask = Omit<ResetDraft, 'at' | 'finalKwh' | 'startKwh'> & {
  stationId: string
  atMs: number
  finalWh: number
  startWh: number
}

/** kWh with at most three decimals as whole Wh, digit by digit; undefined when it is none. */
const whOf = (text: string): number | undefined => {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,3}))?$/.exec(text.trim()) ?? []
  return whole === undefined ? undefined : Number(whole + fraction.padEnd(3, '0'))
}
/** An instant as the field shows it, milliseconds only where there are some. */
export const localTime = (atMs: number): string => {
  const text = new Date(atMs + 8 * 3_600_000).toISOString().slice(0, 23)
  return text.replace(/\.000$/, '')
}
export const kwhText = (wh: number): string => `${Math.floor(wh / 1_000)}.${String(wh % 1_000).padStart(3, '0')}`

const askOf = (draft: ResetDraft, stationId: string): Ask | keyof ResetMessages['bad'] => {
  const atMs = Date.parse(`${draft.at}+08:00`)
  const [finalWh, startWh] = [whOf(draft.finalKwh), whOf(draft.startKwh)]
  const [deviceId, reason, document] = [draft.deviceId.trim(), draft.reason.trim(), draft.document.trim()]
  if (deviceId === '') return 'deviceId'
  if (Number.isNaN(atMs)) return 'at'
  if (finalWh === undefined || startWh === undefined) return 'figures'
  if (reason === '') return 'reason'
  if (document === '') return 'document'
  return { stationId, deviceId, atMs, kind: draft.kind, finalWh, startWh, reason, document }
}

type FieldsShown = { draft: ResetDraft; onChange: (draft: ResetDraft) => void }

const TextField = ({ name, draft, onChange }: FieldsShown & { name: Exclude<keyof ResetDraft, 'kind' | 'at'> }) => {
  const text = resetWords.value
  return (
    <label>
      {name === 'deviceId' ? text.chooseDevice : text[name]}
      <input
        name={name}
        value={draft[name]}
        maxLength={200}
        autocomplete="off"
        inputMode={name.endsWith('Kwh') ? 'decimal' : 'text'}
        onInput={(event) => onChange({ ...draft, [name]: event.currentTarget.value })}
      />
    </label>
  )
}

const Fields = (shown: FieldsShown) => {
  const { draft, onChange } = shown
  const text = resetWords.value
  return (
    <div class="fields">
      <TextField name="deviceId" {...shown} />
      <label>
        {text.at}
        <input
          name="at"
          type="datetime-local"
          step="any"
          value={draft.at}
          onInput={(event) => onChange({ ...draft, at: event.currentTarget.value })}
        />
      </label>
      <label>
        {text.kind}
        <select
          name="kind"
          value={draft.kind}
          onChange={(event) =>
            onChange({ ...draft, kind: KINDS.find((kind) => kind === event.currentTarget.value) ?? draft.kind })
          }
        >
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {text.kinds[kind]}
            </option>
          ))}
        </select>
      </label>
      <TextField name="finalKwh" {...shown} />
      <TextField name="startKwh" {...shown} />
      <TextField name="reason" {...shown} />
      <TextField name="document" {...shown} />
    </div>
  )
}

const Confirm = ({
  ask,
  trial,
  busy,
  onConfirm,
  onEdit,
}: {
  ask: Ask
  trial: ResetAnswer
  busy: boolean
  onConfirm: () => void
  onEdit: () => void
}) => {
  const text = resetWords.value
  return (
    <div class="confirm">
      <h3>{text.confirmTitle}</h3>
      <p>
        <bdi>{ask.deviceId}</bdi> · {text.kinds[ask.kind]} ·{' '}
        {text.confirmText(kwh(ask.finalWh, 3), kwh(ask.startWh, 3), fullMoment(ask.atMs))}
      </p>
      <ResetEffectTable answer={trial} />
      <ConfirmActions text={text} busy={busy} onConfirm={onConfirm} onEdit={onEdit} />
    </div>
  )
}

type Shown = { stationId: string; draft: ResetDraft; isFilledIn: boolean; onDone: (note: string) => void; onCancel: () => void }

export const ResetForm = ({ stationId, draft: given, isFilledIn, onDone, onCancel }: Shown) => {
  const text = resetWords.value
  const [draft, setDraft] = useState(given)
  const [trial, setTrial] = useState<{ ask: Ask; answer: ResetAnswer } | undefined>(undefined)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)

  const ask = async (asked: Ask, dryRun: boolean): Promise<ResetAnswer | undefined> => {
    setBusy(true)
    const sent = await send<ResetAnswer>('/api/resets', { ...asked, dryRun })
    setBusy(false)
    setComplaint('view' in sent ? undefined : 'refused' in sent ? text.refused : words.value.problems[sent.failure])
    return 'view' in sent ? sent.view : undefined
  }
  const check = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const asked = askOf(draft, stationId)
    if (typeof asked === 'string') return setComplaint(text.bad[asked])
    const answer = await ask(asked, true)
    return setTrial(answer && { ask: asked, answer })
  }
  const confirm = async (asked: Ask): Promise<void> => {
    const answer = await ask(asked, false)
    setTrial(undefined)
    if (answer) onDone(text.done)
  }
  return (
    <form class="slip-form" onSubmit={(event) => void check(event)}>
      <h2>{text.form(draft.deviceId)}</h2>
      <Complaint>{complaint}</Complaint>
      {trial ? (
        <Confirm
          ask={trial.ask}
          trial={trial.answer}
          busy={busy}
          onConfirm={() => void confirm(trial.ask)}
          onEdit={() => setTrial(undefined)}
        />
      ) : (
        <>
          {isFilledIn && <p class="form-note">{text.shownHint}</p>}
          <Fields draft={draft} onChange={setDraft} />
          <div class="actions">
            <button type="submit" class="primary" disabled={busy}>
              {busy ? text.checking : text.check}
            </button>
            <button type="button" onClick={onCancel}>
              {text.cancel}
            </button>
          </div>
        </>
      )}
    </form>
  )
}
