import { useState } from 'preact/hooks'

import type { OpeningImport } from '../../functions/api-types-receipts.ts'
import { yuan } from '../format.ts'
import { complaintOf, moneyWords } from '../money.ts'
import { send } from '../send.ts'
import { CsvFile } from '../parts/csv-file.tsx'
import { FileErrors } from '../parts/file-errors.tsx'

/** Importing opening balances and old arrears: checked and summed up, and written when the reader says so. */

const COLUMNS =
  'village_code,station_id,stream,month,accrued_yuan,county_received_yuan,village_received_yuan,received_on,document'
const TEMPLATE = `data:text/csv;charset=utf-8,${encodeURIComponent(`\uFEFF${COLUMNS}\r\n`)}`

export const OpeningsFile = ({ path, onDone }: { path: string; onDone: (note: string) => void }) => {
  const text = moneyWords.value
  const [file, setFile] = useState<string | undefined>(undefined)
  const [checked, setChecked] = useState<OpeningImport | undefined>(undefined)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)

  const ask = async (csv: string, dryRun: boolean): Promise<void> => {
    setBusy(true)
    const sent = await send<OpeningImport>(path, { dryRun, csv })
    setBusy(false)
    setComplaint(complaintOf(sent))
    setChecked('view' in sent ? sent.view : undefined)
    if (!('view' in sent) || !sent.view.written) return
    setFile(undefined)
    setChecked(undefined)
    onDone(text.written(sent.view.added))
  }
  const choose = async (content: string): Promise<void> => {
    setFile(content)
    await ask(content, true)
  }
  return (
    <>
      <h2>{text.openings}</h2>
      <CsvFile
        text={text}
        hint={text.openingsHint}
        template={TEMPLATE}
        name="openings"
        busy={busy}
        complaint={complaint}
        onChosen={choose}
      />
      {checked && checked.errorCount > 0 && (
        <FileErrors title={text.errors(checked.errorCount)} errors={checked.errors} at={text.errorAt} />
      )}
      {checked && file !== undefined && checked.errorCount === 0 && (
        <div class="actions">
          <p>{text.preview(checked.added, checked.unchanged, yuan(checked.accruedFen))}</p>
          <button type="button" class="primary" disabled={busy} onClick={() => void ask(file, false)}>
            {text.write}
          </button>
        </div>
      )}
    </>
  )
}
