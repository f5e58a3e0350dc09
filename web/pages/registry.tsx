import { useState } from 'preact/hooks'

import type { RegistryError, RegistryImportView } from '../../functions/api-types-registry.ts'
import { base64Of } from '../base64.ts'
import { download, type DownloadFailure } from '../download.ts'
import { detailOf, language, words } from '../language.ts'
import { registryWords } from '../registry-words.ts'
import { send } from '../send.ts'
import { session } from '../session.ts'
import { Complaint, ConfirmActions, DoneNote } from '../parts/form-parts.tsx'

/** The registry from a workbook or CSV files: checked and counted, and written when the reader says so. */

/** As the API takes it. */
type Chosen = { workbook: string } | { files: Record<string, string> }
type Kind = keyof RegistryImportView['rows']

/** What a function on AWS takes is smaller, and says so itself. */
const BYTES_MAX = 24 * 1024 * 1024
const MB = 1024 * 1024

/** The chosen files as the API takes them, or what is wrong with the choice. */
const chosenOf = async (files: readonly File[]): Promise<Chosen | string> => {
  const text = registryWords.value
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  if (bytes > BYTES_MAX) return text.tooLarge(Math.ceil(bytes / MB))
  const [first] = files
  const are = (extension: string): boolean => files.every(({ name }) => name.toLowerCase().endsWith(extension))
  try {
    if (first && files.length === 1 && are('.xlsx')) return { workbook: await base64Of(first) }
    if (!are('.csv')) return text.mixed
    const read = await Promise.all(files.map(async (file): Promise<[string, string]> => [file.name, await file.text()]))
    return { files: Object.fromEntries(read) }
  } catch {
    return text.unread
  }
}

const Template = () => {
  const text = registryWords.value
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<DownloadFailure | undefined>(undefined)
  const fetchIt = async (): Promise<void> => {
    setBusy(true)
    setFailure(await download('/api/registry/template'))
    setBusy(false)
  }
  return (
    <>
      <p class="actions">
        <button type="button" disabled={busy} onClick={() => void fetchIt()}>
          {busy ? text.making : text.template}
        </button>
      </p>
      <Complaint>{failure === undefined ? undefined : words.value.papers.failures[failure]}</Complaint>
    </>
  )
}

const Errors = ({ errors, errorCount }: Pick<RegistryImportView, 'errors' | 'errorCount'>) => {
  const text = registryWords.value
  const isZh = language.value === 'zh'
  const say = (error: RegistryError): string =>
    isZh
      ? `${text.errorAt(error.sheetZh, error.line, error.headingZh)}${error.messageZh}`
      : `${text.errorAt(error.file, error.line, error.column)}${error.message}`
  return (
    <div class="form-error" role="alert">
      <p>{text.errors(errorCount)}</p>
      <ul>
        {errors.map((error) => (
          <li key={`${error.file} ${error.line} ${error.column} ${error.message}`}>{say(error)}</li>
        ))}
      </ul>
      {errorCount > errors.length && <p>{text.more(errors.length)}</p>}
    </div>
  )
}

const rowsIn = ({ rows }: RegistryImportView): number => Object.values(rows).reduce((sum, count) => sum + count, 0)

type Shown = { checked: RegistryImportView; busy: boolean; onConfirm: () => void; onEdit: () => void }

const Preview = ({ checked, busy, onConfirm, onEdit }: Shown) => {
  const text = registryWords.value
  const there = (Object.keys(text.kinds) as Kind[]).filter((kind) => checked.rows[kind] > 0)
  if (there.length === 0) return <p class="empty">{text.nothing}</p>
  return (
    <div class="confirm">
      <h2>{text.checked}</h2>
      <table>
        <caption class="visually-hidden">{text.checked}</caption>
        <thead>
          <tr>
            <th scope="col">{text.columns.kind}</th>
            <th scope="col" class="number">
              {text.columns.rows}
            </th>
          </tr>
        </thead>
        <tbody>
          {there.map((kind) => (
            <tr key={kind}>
              <th scope="row">{text.kinds[kind]}</th>
              <td class="number">{checked.rows[kind]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {checked.stationDays !== undefined && <p>{text.stationDays(checked.stationDays)}</p>}
      <p>{text.resettles}</p>
      <ConfirmActions text={text} busy={busy} onConfirm={onConfirm} onEdit={onEdit} />
    </div>
  )
}

const RegistryFiles = ({ onDone }: { onDone: (note: string | undefined) => void }) => {
  const text = registryWords.value
  const [chosen, setChosen] = useState<Chosen | undefined>(undefined)
  const [checked, setChecked] = useState<RegistryImportView | undefined>(undefined)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)

  const ask = async (content: Chosen, dryRun: boolean): Promise<void> => {
    setBusy(true)
    const sent = await send<RegistryImportView>('/api/registry/import', { dryRun, ...content })
    setBusy(false)
    setComplaint('view' in sent ? undefined : 'refused' in sent ? detailOf(sent.refused) : words.value.problems[sent.failure])
    setChecked('view' in sent ? sent.view : undefined)
    if (!('view' in sent) || !sent.view.written) return
    setChosen(undefined)
    setChecked(undefined)
    const { plansKept = 0 } = sent.view
    onDone([text.done(rowsIn(sent.view)), ...(plansKept > 0 ? [text.plansKept(plansKept)] : [])].join(' '))
  }
  const choose = async (input: HTMLInputElement): Promise<void> => {
    const files = [...(input.files ?? [])]
    if (files.length === 0) return
    onDone(undefined)
    setChecked(undefined)
    const content = await chosenOf(files)
    // The same files may be chosen again once they are mended.
    input.value = ''
    setChosen(typeof content === 'string' ? undefined : content)
    if (typeof content === 'string') return setComplaint(content)
    await ask(content, true)
  }
  return (
    <>
      <label class="file">
        {text.file}
        <input
          type="file"
          name="registry"
          multiple
          accept=".xlsx,.csv,text/csv"
          disabled={busy}
          onChange={(event) => void choose(event.currentTarget)}
        />
      </label>
      {busy && !checked && <p role="status">{text.checking}</p>}
      <Complaint>{complaint}</Complaint>
      {checked && checked.errorCount > 0 && <Errors errors={checked.errors} errorCount={checked.errorCount} />}
      {checked && chosen && checked.errorCount === 0 && (
        <Preview
          checked={checked}
          busy={busy}
          onConfirm={() => void ask(chosen, false)}
          onEdit={() => {
            setChosen(undefined)
            setChecked(undefined)
          }}
        />
      )}
    </>
  )
}

export const RegistryPage = () => {
  const text = registryWords.value
  const [note, setNote] = useState<string | undefined>(undefined)
  const isAdministrator = session.value?.principal.role === 'administrator'
  return (
    <>
      <div class="page-head">
        <h1>{text.title}</h1>
      </div>
      <section class="card">
        <DoneNote>{note}</DoneNote>
        {isAdministrator ? (
          <>
            <p class="note">{text.intro}</p>
            <Template />
            <RegistryFiles onDone={setNote} />
          </>
        ) : (
          <p class="empty">{text.onlyAdministrators}</p>
        )}
      </section>
    </>
  )
}
