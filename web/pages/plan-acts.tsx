import { useState } from 'preact/hooks'

import type { PlanActed, PlanDetail } from '../../functions/api-types-plans.ts'
import { words } from '../language.ts'
import { planRefusal, planWords } from '../plan-words.ts'
import { send } from '../send.ts'
import { Complaint, ConfirmActions } from '../parts/form-parts.tsx'

/** Acting on a plan: what the reader may do now, filled in, looked at once more, then sent. */

type ActKind = PlanDetail['acts'][number]
type Field = keyof ReturnType<typeof fieldWords>
const fieldWords = () => planWords.value.fields

const FIELDS: Record<ActKind, readonly Field[]> = {
  pass: ['meetingOn', 'entitled', 'present', 'inFavour', 'against', 'document'],
  notice: ['from', 'to', 'place', 'document'],
  object: ['receivedOn', 'text'],
  answer: ['objection', 'text'],
  review: ['remark'],
  file: ['document'],
  execute: ['remark'],
  announce: ['announcedOn', 'document'],
  return: ['reason'],
}
const DAYS: readonly Field[] = ['meetingOn', 'from', 'to', 'receivedOn', 'announcedOn']
const NUMBERS: readonly Field[] = ['entitled', 'present', 'inFavour', 'against', 'objection']
const DANGEROUS: readonly ActKind[] = ['return']

type Draft = Partial<Record<Field, string>>
type ActBody = { kind: ActKind } & Partial<Record<Field, string | number>>

/** What to send; undefined while a field is empty or no number. */
const actOf = (kind: ActKind, draft: Draft): ActBody | undefined => {
  const act: ActBody = { kind }
  for (const field of FIELDS[kind]) {
    const value = (draft[field] ?? '').trim()
    if (value === '' || (NUMBERS.includes(field) && !/^\d{1,6}$/.test(value))) return undefined
    act[field] = NUMBERS.includes(field) ? Number(value) : value
  }
  return act
}

const FieldInput = ({ field, draft, onChange }: { field: Field; draft: Draft; onChange: (draft: Draft) => void }) => {
  const given = {
    name: field,
    value: draft[field] ?? '',
    onInput: (event: { currentTarget: HTMLInputElement }) => onChange({ ...draft, [field]: event.currentTarget.value }),
  }
  return (
    <label>
      {planWords.value.fields[field]}
      {DAYS.includes(field) ? (
        <input type="date" {...given} />
      ) : (
        <input
          inputMode={NUMBERS.includes(field) ? 'numeric' : 'text'}
          maxLength={field === 'document' ? 200 : 500}
          autocomplete="off"
          {...given}
        />
      )}
    </label>
  )
}

const Confirm = ({
  act,
  busy,
  onConfirm,
  onEdit,
}: {
  act: ActBody
  busy: boolean
  onConfirm: () => void
  onEdit: () => void
}) => {
  const text = planWords.value
  return (
    <div class="confirm">
      <h3>{text.confirmTitle(text.acts[act.kind])}</h3>
      {FIELDS[act.kind].map((field) => (
        <p key={field}>
          {text.fields[field]}：<bdi>{act[field]}</bdi>
        </p>
      ))}
      <p>{text.confirmText}</p>
      <ConfirmActions text={text} busy={busy} onConfirm={onConfirm} onEdit={onEdit} />
    </div>
  )
}

type Shown = { path: string; year: number; plan: PlanDetail; onDone: (note: string) => void }

const ActForm = ({ kind, path, year, plan, onDone, onCancel }: Shown & { kind: ActKind; onCancel: () => void }) => {
  const text = planWords.value
  const first: Draft = kind === 'answer' ? { objection: String(plan.openObjections[0] ?? '') } : {}
  const [draft, setDraft] = useState<Draft>(first)
  const [asked, setAsked] = useState<ActBody | undefined>(undefined)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const check = (event: SubmitEvent): void => {
    event.preventDefault()
    const act = actOf(kind, draft)
    setAsked(act)
    setComplaint(act ? undefined : text.incomplete)
  }
  const confirm = async (act: ActBody): Promise<void> => {
    setBusy(true)
    const sent = await send<PlanActed>(`${path}/acts`, { year, version: plan.version, seq: plan.seq, act })
    setBusy(false)
    setAsked(undefined)
    if ('view' in sent) {
      const { state, settledAgain } = sent.view
      onDone(text.done(text.states[state]) + (settledAgain > 0 ? text.settledAgain(settledAgain) : ''))
    } else setComplaint('refused' in sent ? planRefusal(sent.refused) : words.value.problems[sent.failure])
  }
  return (
    <form class="slip-form" onSubmit={check}>
      <h3>{text.acts[kind]}</h3>
      <p class="statement-what">{text.hints[kind]}</p>
      <Complaint>{complaint}</Complaint>
      {asked ? (
        <Confirm act={asked} busy={busy} onConfirm={() => void confirm(asked)} onEdit={() => setAsked(undefined)} />
      ) : (
        <>
          <div class="fields">
            {FIELDS[kind].map((field) => (
              <FieldInput key={field} field={field} draft={draft} onChange={setDraft} />
            ))}
          </div>
          <div class="actions">
            <button type="submit" class="primary">
              {text.check}
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

export const PlanActs = (shown: Shown) => {
  const text = planWords.value
  const [kind, setKind] = useState<ActKind | undefined>(undefined)
  const acts = shown.plan.acts.filter((each) => each !== 'answer' || shown.plan.openObjections.length > 0)
  if (acts.length === 0) return <p class="empty">{text.noActions}</p>
  return (
    <>
      <div class="actions">
        {acts.map((each) => (
          <button
            key={each}
            type="button"
            class={DANGEROUS.includes(each) ? '' : 'primary'}
            aria-pressed={each === kind}
            onClick={() => setKind(each)}
          >
            {text.acts[each]}
          </button>
        ))}
      </div>
      {kind && acts.includes(kind) && <ActForm key={kind} kind={kind} {...shown} onCancel={() => setKind(undefined)} />}
      <p class="note">{text.second}</p>
    </>
  )
}
