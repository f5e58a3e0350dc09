import type { ImportError } from '../../domain/registry-files.ts'
import { IMPORT_ERRORS_MAX, parseRegistry, type RegistryImport } from '../../domain/registry-import.ts'
import { readRegistryWorkbook } from '../../papers/registry-workbook.ts'

/** A registry as it arrives: CSV files, or one workbook in base64. Both are judged by the same rules. */
export type RegistryBody = { files?: Record<string, string> | undefined; workbook?: string | undefined }

/** Errors of a workbook name its sheets and rows; a cell that could not be read is told once. */
const ofWorkbook = async (base64: string): Promise<RegistryImport | { kind: 'rejected'; detail: string }> => {
  const workbook = await readRegistryWorkbook(Buffer.from(base64, 'base64'))
  if ('kind' in workbook) return workbook
  const { rows, errors, errorCount } = parseRegistry(workbook.files)
  const placeOf = ({ file, line, column }: ImportError): string => `${file}#${line}#${column}`
  const unread = new Set(workbook.errors.map(placeOf))
  const told = errors.filter((error) => !unread.has(placeOf(error)))
  const all = [...workbook.errors, ...told].map((error) => ({ ...error, file: workbook.sheetOf.get(error.file) ?? error.file }))
  const count = workbook.errors.length + errorCount - (errors.length - told.length)
  return { rows, errors: all.slice(0, IMPORT_ERRORS_MAX), errorCount: count }
}

/** Reads either; rejected when a workbook cannot be read at all. */
export const readRegistryBody = async ({
  files,
  workbook,
}: RegistryBody): Promise<RegistryImport | { kind: 'rejected'; detail: string }> =>
  workbook === undefined ? parseRegistry(files ?? {}) : ofWorkbook(workbook)
