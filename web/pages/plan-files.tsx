import { useState } from 'preact/hooks'

import type { PlanView, PlanWritten } from '../../functions/api-types-plans.ts'
import { dayOf } from '../format.ts'
import { words } from '../language.ts'
import { MonthPicker } from '../parts/month-picker.tsx'
import { planRefusal, planWords } from '../plan-words.ts'
import { send } from '../send.ts'
import { FileErrors } from '../parts/file-errors.tsx'
import { Complaint } from '../parts/form-parts.tsx'

/** Handing in the lines of a plan, or a month's attendance, as a file: checked first, written when the reader says so. */

type Shown = { path: string; view: PlanView; onDone: (note: string) => void }

const ERRORS_SHOWN = 20

const Errors = ({ errors }: Pick<PlanWritten, 'errors'>) => {
  const text = planWords.value
  return (
    <FileErrors
      title={text.errors(errors.length)}
      errors={errors.slice(0, ERRORS_SHOWN)}
      at={text.errorAt}
      say={({ column, message }) => text.cellErrors[column] ?? message}
    />
  )
}

type FileShown = {
  name: 'lines' | 'attendance'
  url: string
  /** What to send of the file's text; undefined when a field beside it is not filled in. */
  body: (text: string, dryRun: boolean) => object | undefined
  children: preact.ComponentChildren
  onDone: (note: string) => void
}

/** A file from its choice to its writing. One that had errors is to be chosen again, corrected: `round` counts them. */
const useFile = ({ url, body, onDone }: FileShown) => {
  const text = planWords.value
  const [content, setContent] = useState<string | undefined>(undefined)
  const [round, setRound] = useState(0)
  const [checked, setChecked] = useState<PlanWritten | undefined>(undefined)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const choose = (file: File | undefined): void => {
    setChecked(undefined)
    setContent(undefined)
    void file?.text().then(setContent, () => setComplaint(text.unreadable))
  }
  const ask = async (dryRun: boolean): Promise<void> => {
    const asked = content === undefined ? undefined : body(content, dryRun)
    setComplaint(asked ? undefined : text.incomplete)
    setChecked(undefined)
    if (!asked) return
    setBusy(true)
    const sent = await send<PlanWritten>(url, asked)
    setBusy(false)
    if (!('view' in sent)) {
      setComplaint('refused' in sent ? planRefusal(sent.refused) : words.value.problems[sent.failure])
    } else if (sent.view.written) onDone(text.written(sent.view.version ?? 1))
    else {
      setChecked(sent.view)
      if (sent.view.errors.length === 0) return
      setContent(undefined)
      setRound(round + 1)
    }
  }
  const isGood = checked !== undefined && checked.errors.length === 0
  return {
    round,
    checked,
    complaint,
    isGood,
    choose,
    ask,
    forget: () => setChecked(undefined),
    isOff: busy || content === undefined,
  }
}

const FileForm = (shown: FileShown) => {
  const text = planWords.value
  const { round, checked, complaint, isGood, choose, ask, forget, isOff } = useFile(shown)
  return (
    <form
      class="slip-form"
      onSubmit={(event) => {
        event.preventDefault()
        void ask(!isGood)
      }}
    >
      <p class="statement-what">{text.uploadHint[shown.name]}</p>
      <Complaint>{complaint}</Complaint>
      {checked && checked.errors.length > 0 && <Errors errors={checked.errors} />}
      <div class="fields">
        {shown.children}
        <label>
          {text.file}
          <input
            key={round}
            name={shown.name}
            type="file"
            accept=".csv,text/csv"
            onChange={(event) => choose(event.currentTarget.files?.[0])}
          />
        </label>
      </div>
      {isGood && <p class="form-note">{text.checked(checked?.lines ?? 0, checked?.version ?? 1)}</p>}
      <div class="actions">
        <button type="submit" class="primary" disabled={isOff}>
          {isGood ? text.write : text.checkFile}
        </button>
        {isGood && (
          <button type="button" onClick={forget}>
            {text.cancel}
          </button>
        )}
      </div>
    </form>
  )
}

export const LinesFile = ({ path, view, onDone }: Shown) => {
  const text = planWords.value
  const { plan } = view
  const [document, setDocument] = useState('')
  const [reserve, setReserve] = useState(plan ? String(plan.collectiveReserveBp / 100) : '0')
  const [basis, setBasis] = useState<'weights' | 'wages'>(plan?.basis ?? 'wages')
  const body = (lines: string, dryRun: boolean) => {
    const [, whole, cents = ''] = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(reserve.trim()) ?? []
    const collectiveReserveBp = whole === undefined ? undefined : Number(whole) * 100 + Number(cents.padEnd(2, '0'))
    if (document.trim() === '' || collectiveReserveBp === undefined || collectiveReserveBp > 10_000) return undefined
    const pool = plan?.pool ?? 'accrued'
    const { version, seq } = view.versions.at(-1) ?? { version: 0, seq: 0 }
    return { year: view.year, version, seq, pool, basis, collectiveReserveBp, document: document.trim(), lines, dryRun }
  }
  return (
    <FileForm name="lines" url={`${path}/drafts`} body={body} onDone={onDone}>
      <label>
        {text.fields.document}
        <input
          name="planDocument"
          value={document}
          maxLength={200}
          autocomplete="off"
          onInput={(event) => setDocument(event.currentTarget.value)}
        />
      </label>
      <label>
        {text.facts.basis}
        <select value={basis} onChange={(event) => setBasis(event.currentTarget.value === 'wages' ? 'wages' : 'weights')}>
          <option value="wages">{text.basis.wages}</option>
          <option value="weights">{text.basis.weights}</option>
        </select>
      </label>
      <label>
        {text.reservePercent}
        <input inputMode="decimal" value={reserve} maxLength={6} onInput={(event) => setReserve(event.currentTarget.value)} />
      </label>
    </FileForm>
  )
}

export const AttendanceFile = ({ path, view, onDone }: Shown) => {
  const text = planWords.value
  const current = dayOf(view.asOfMs).slice(0, 7)
  const last = current < `${view.year}-12` ? current : `${view.year}-12`
  const [month, setMonth] = useState(last)
  const [document, setDocument] = useState('')
  const body = (entries: string, dryRun: boolean) =>
    document.trim() === '' ? undefined : { month, document: document.trim(), entries, dryRun }
  return (
    <FileForm name="attendance" url={`${path}/attendance`} body={body} onDone={onDone}>
      <MonthPicker label={text.month} month={month} first={`${view.year}-01`} last={last} onPick={setMonth} />
      <label>
        {text.fields.document}
        <input
          name="sheetDocument"
          value={document}
          maxLength={200}
          autocomplete="off"
          onInput={(event) => setDocument(event.currentTarget.value)}
        />
      </label>
    </FileForm>
  )
}
