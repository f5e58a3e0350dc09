import { useState } from 'preact/hooks'

import { download, type DownloadFailure } from '../download.ts'
import { words } from '../language.ts'

type Format = 'xlsx' | 'pdf' | 'csv'

/** One button per file a paper can be had as; `path` is the paper's, with its query. `label` says which paper, to everybody when `named`. */
export const ExportButtons = (shown: { path: string; formats: readonly Format[]; label: string; named?: boolean }) => {
  const { path, formats, label, named } = shown
  const [busy, setBusy] = useState<Format | undefined>(undefined)
  const [failure, setFailure] = useState<DownloadFailure | undefined>(undefined)
  const text = words.value.papers
  const start = async (format: Format): Promise<void> => {
    setBusy(format)
    setFailure(undefined)
    setFailure(await download(`${path}${path.includes('?') ? '&' : '?'}format=${format}`))
    setBusy(undefined)
  }
  return (
    <div class="exports screen-only" role="group" aria-label={text.exportOf(label)}>
      {named && <span class="exports-what">{label}</span>}
      {formats.map((format) => (
        <button type="button" key={format} disabled={busy !== undefined} onClick={() => void start(format)}>
          {busy === format ? text.making : text.formats[format]}
        </button>
      ))}
      {failure !== undefined && (
        <p class="form-error" role="alert">
          {text.failures[failure]}
        </p>
      )}
    </div>
  )
}
