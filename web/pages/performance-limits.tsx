import { useState } from 'preact/hooks'

import type { LimitsSet, LimitsView } from '../../functions/api-types-performance.ts'
import { fullMoment } from '../format.ts'
import { words } from '../language.ts'
import { changesOf, draftOf, GROUPS, KINDS, type LimitName, type LimitsDraft, limitsOf, limitText, rangeText } from '../limits.ts'
import { limitsWords } from '../limits-words.ts'
import { useLive } from '../live.ts'
import { Answer } from '../parts/answer.tsx'
import { Complaint, ConfirmActions, DoneNote, useDone } from '../parts/form-parts.tsx'
import { regional } from '../region.ts'
import { send } from '../send.ts'

/** Where performance begins to be worth a word: what holds in the county, and setting it otherwise. */

type Limits = LimitsView['limits']
type FieldsShown = { view: LimitsView; draft: LimitsDraft; onChange: (draft: LimitsDraft) => void }

const Fields = ({ view, name, draft, onChange }: FieldsShown & { name: LimitName }) => {
  const text = limitsWords.value
  const written = draft[name]
  const write = (at: number, value: string): void =>
    onChange({ ...draft, [name]: written.map((old, nth) => (nth === at ? value : old)) })
  if (!view.maySet) return <>{limitText(view.limits, name)}</>
  return (
    <span class="limit-fields">
      {written.map((value, at) => (
        <input
          // biome-ignore lint/suspicious/noArrayIndexKey: the three grades have no other name
          key={at}
          name={`${name}${at}`}
          value={value}
          inputMode="decimal"
          autocomplete="off"
          aria-label={written.length > 1 ? `${text.names[name]} ${text.grades[at]}` : text.names[name]}
          onInput={(event) => write(at, event.currentTarget.value)}
        />
      ))}
      {text.units[KINDS[name].unit]}
    </span>
  )
}

const Group = (shown: FieldsShown & { title: string; names: readonly LimitName[] }) => {
  const text = limitsWords.value
  const { columns } = text
  return (
    <>
      <h2>{shown.title}</h2>
      <table class="stacked">
        <caption class="visually-hidden">{shown.title}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.limit}</th>
            <th scope="col">{columns.value}</th>
            <th scope="col">{columns.proposed}</th>
            <th scope="col">{columns.range}</th>
          </tr>
        </thead>
        <tbody>
          {shown.names.map((name) => (
            <tr key={name}>
              <th scope="row">{text.names[name]}</th>
              <td data-label={columns.value}>
                <Fields {...shown} name={name} />
              </td>
              <td data-label={columns.proposed}>{limitText(shown.view.proposed, name)}</td>
              <td data-label={columns.range}>{rangeText(shown.view, name)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

const Confirm = (shown: { view: LimitsView; limits: Limits; busy: boolean; onConfirm: () => void; onEdit: () => void }) => {
  const text = limitsWords.value
  const { limits, view } = shown
  return (
    <div class="confirm">
      <h3>{text.confirmTitle}</h3>
      <ul>
        {changesOf(view.limits, limits).map((name) => (
          <li key={name}>{text.change(text.names[name], limitText(view.limits, name), limitText(limits, name))}</li>
        ))}
      </ul>
      <p>{text.confirmText}</p>
      <ConfirmActions text={text} busy={shown.busy} onConfirm={shown.onConfirm} onEdit={shown.onEdit} />
    </div>
  )
}

const LimitsForm = ({ view, onDone }: { view: LimitsView; onDone: (note: string) => void }) => {
  const text = limitsWords.value
  const [draft, setDraft] = useState(() => draftOf(view.limits))
  const [checked, setChecked] = useState<Limits | undefined>(undefined)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const check = (event: SubmitEvent): void => {
    event.preventDefault()
    const limits = limitsOf(draft, view)
    if (typeof limits === 'string') return setComplaint(limits)
    const isChanged = changesOf(view.limits, limits).length > 0
    setComplaint(isChanged ? undefined : text.noChange)
    if (isChanged) setChecked(limits)
  }
  const confirm = async (limits: Limits): Promise<void> => {
    setBusy(true)
    const sent = await send<LimitsSet>('/api/performance/limits', { county: view.county.code, limits })
    setBusy(false)
    if ('view' in sent) return onDone(text.done)
    setChecked(undefined)
    return setComplaint('refused' in sent ? text.refused : words.value.problems[sent.failure])
  }
  if (checked) {
    const ok = (): void => void confirm(checked)
    return <Confirm view={view} limits={checked} busy={busy} onConfirm={ok} onEdit={() => setChecked(undefined)} />
  }
  return (
    <form onSubmit={check}>
      {(Object.keys(GROUPS) as (keyof typeof GROUPS)[]).map((group) => (
        <Group key={group} title={text.groups[group]} names={GROUPS[group]} view={view} draft={draft} onChange={setDraft} />
      ))}
      <Complaint>{complaint}</Complaint>
      {view.maySet ? (
        <div class="actions">
          <button type="submit" class="primary">
            {text.check}
          </button>
          <button type="button" onClick={() => setDraft(draftOf(view.proposed))}>
            {text.reset}
          </button>
        </div>
      ) : (
        <p class="empty">{text.onlyOfficers}</p>
      )}
    </form>
  )
}

export const PerformanceLimitsPage = () => {
  const text = limitsWords.value
  const live = useLive<LimitsView>(regional('/api/performance/limits', 'county'))
  const { note, done } = useDone(live.retry)
  const { view } = live
  return (
    <>
      <div class="page-head">
        <h1>{text.title(view?.county.name ?? '')}</h1>
        <a href="/performance">{text.back}</a>
      </div>
      <p class="lead">{text.intro}</p>
      <DoneNote>{note}</DoneNote>
      <section class="card">
        <Answer live={live} lines={10}>
          {(shown) => (
            <>
              <p class="statement-what">{shown.set ? text.setBy(shown.set.setBy, fullMoment(shown.set.setAtMs)) : text.nobody}</p>
              <LimitsForm key={`${shown.county.code}${shown.set?.setAtMs}`} view={shown} onDone={done} />
            </>
          )}
        </Answer>
      </section>
    </>
  )
}
