import type { Fonts } from '../../papers/pdf.ts'
import type { Paper } from '../../papers/paper.ts'
import { type ApiContext, problem } from './http.ts'
import { type PaperFormat, paperBytes } from './paper-files.ts'

/** A paper as the file that was asked for. */

/** Lambda answers with at most 6 MB, base64 included. */
const BYTES_MAX = 4_400_000

const CONTENT_TYPES: Record<Exclude<PaperFormat, 'json'>, string> = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8',
  pdf: 'application/pdf',
}

/** By the rules of RFC 5987, which leave fewer characters as they are than a URL does. */
const encoded = (name: string): string =>
  encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** A file as a download with its Chinese name. */
export const answerFile = (
  context: ApiContext,
  { bytes, name, extension }: { bytes: Uint8Array; name: string; extension: Exclude<PaperFormat, 'json'> },
): Response =>
  // A copy in memory of its own: what a file library hands out may be a view of a larger one.
  context.body(new Uint8Array(bytes).buffer, 200, {
    'content-type': CONTENT_TYPES[extension],
    'content-disposition': `attachment; filename="paper.${extension}"; filename*=UTF-8''${encoded(`${name}.${extension}`)}`,
  })

/** The paper as a download, or as the figures themselves for the page that prints it. */
export const answerPaper = async (
  context: ApiContext,
  paper: Paper,
  format: PaperFormat,
  means: { fonts: () => Promise<Fonts>; nowMs: number },
): Promise<Response> => {
  if (format === 'json') return context.json(paper)
  const bytes = await paperBytes(paper, format, means)
  if (bytes.byteLength > BYTES_MAX) return problem(context, 'too_large', 'The paper is too large; ask for a part of the region.')
  return answerFile(context, { bytes, name: paper.fileName, extension: format })
}
