import { useState } from 'preact/hooks'

import type { SlipImport } from '../../functions/api-types-slips.ts'
import { kwh } from '../format.ts'
import { words } from '../language.ts'
import { chosenRegion } from '../region.ts'
import { send } from '../send.ts'
import { refusalText, slipWords } from '../slip-words.ts'
import { CsvFile } from '../parts/csv-file.tsx'

/** Importing a file of slips: checked and shown line by line, and written when the reader says so. */

type ImportError = SlipImport['errors'][number]

const errorText = ({ line, column, reason, about, message }: ImportError): string => {
  const text = slipWords.value
  const what =
    reason === undefined
      ? text.cellErrors[column]
      : refusalText({ reason, detail: message, ...(about !== undefined && { about }) })
  return text.errorAt(line, text.columnNames[column]) + what
}

const Preview = ({ checked }: { checked: SlipImport }) => {
  const text = slipWords.value
  return (
    <div class="wide" role="region" aria-label={text.import} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{text.previewColumns.line}</th>
            <th scope="col">{text.previewColumns.station}</th>
            <th scope="col">{text.columns.document}</th>
            <th scope="col">{text.columns.period}</th>
            <th scope="col" class="number">
              {text.columns.energy}
            </th>
            <th scope="col">{text.previewColumns.isNew}</th>
          </tr>
        </thead>
        <tbody>
          {checked.slips.map((slip) => (
            <tr key={slip.line}>
              <td>{slip.line}</td>
              <th scope="row">{slip.stationId}</th>
              <td>
                <bdi>{slip.document}</bdi>
              </td>
              <td>{text.period(slip.from, slip.to)}</td>
              <td class="number">{kwh(slip.energyWh, 3)}</td>
              <td>{slip.isNew ? text.isNew : text.isThere}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const Errors = ({ checked }: { checked: SlipImport }) => (
  <div class="form-error" role="alert">
    <p>{slipWords.value.errors(checked.errorCount)}</p>
    <ul>
      {checked.errors.map((error) => (
        <li key={`${error.line}${error.column}${error.message}`}>{errorText(error)}</li>
      ))}
    </ul>
  </div>
)

const template = (): string => `data:text/csv;charset=utf-8,${encodeURIComponent(`\uFEFF${slipWords.value.templateHeader}\r\n`)}`

export const SlipFile = ({ onDone }: { onDone: (note: string) => void }) => {
  const text = slipWords.value
  // Empty for whoever has one region, which the API takes then.
  const county = chosenRegion.value
  const [file, setFile] = useState<string | undefined>(undefined)
  const [checked, setChecked] = useState<SlipImport | undefined>(undefined)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)

  const ask = async (content: string, dryRun: boolean): Promise<void> => {
    setBusy(true)
    const sent = await send<SlipImport>('/api/slips/import', { dryRun, text: content, ...(county !== '' && { county }) })
    setBusy(false)
    setComplaint('view' in sent ? undefined : 'refused' in sent ? refusalText(sent.refused) : words.value.problems[sent.failure])
    if (!('view' in sent)) return setChecked(undefined)
    setChecked(sent.view)
    if (!sent.view.written) return undefined
    setFile(undefined)
    setChecked(undefined)
    return onDone(text.written(sent.view.slips.length))
  }
  const choose = async (content: string): Promise<void> => {
    setFile(content)
    setChecked(undefined)
    await ask(content, true)
  }
  const fresh = checked?.slips.filter(({ isNew }) => isNew).length ?? 0
  return (
    <>
      <h2>{text.import}</h2>
      <CsvFile
        text={text}
        hint={text.importHint}
        template={template()}
        name="slips"
        busy={busy}
        complaint={complaint}
        onChosen={choose}
      />
      {checked && checked.errorCount > 0 && <Errors checked={checked} />}
      {checked && checked.slips.length > 0 && <Preview checked={checked} />}
      {checked && file !== undefined && checked.errorCount === 0 && checked.slips.length > 0 && (
        <div class="actions">
          <p>{text.preview(checked.slips.length, fresh)}</p>
          <button type="button" class="primary" disabled={busy} onClick={() => void ask(file, false)}>
            {text.write(checked.slips.length)}
          </button>
        </div>
      )}
    </>
  )
}
