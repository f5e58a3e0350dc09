import type { PaperView } from '../../functions/api-types.ts'
import { words } from '../language.ts'
import { useLive } from '../live.ts'
import { Answer } from './answer.tsx'
import { ExportButtons } from './export-buttons.tsx'
import { PaperSheet } from './paper-sheet.tsx'

/** A paper as it will be printed, with the buttons that keep it as a file or print it. */
export const ShownPaper = ({ path, label }: { path: string; label: string }) => {
  const live = useLive<PaperView>(path)
  return (
    <>
      <div class="paper-tools screen-only">
        <ExportButtons path={path} formats={['pdf', 'xlsx', 'csv']} label={label} />
        <button type="button" onClick={() => window.print()} disabled={live.view === undefined}>
          {words.value.village.print}
        </button>
      </div>
      <Answer live={live} lines={12}>
        {(paper) => <PaperSheet paper={paper} />}
      </Answer>
    </>
  )
}
