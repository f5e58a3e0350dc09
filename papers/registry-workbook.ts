import { readXlsx } from 'hucre/xlsx'
import type { Csv } from '../domain/csv.ts'
import type { ImportError } from '../domain/registry-files.ts'
import { REGISTRY_FILES, type RegistryFile } from '../domain/registry-import.ts'
import { GUIDE_SHEET } from './registry-words.ts'
import { unpackedBytes } from './zip-size.ts'

/**
 * A registry in one workbook, a sheet for each file: read into the lines the CSV import takes, so that both are judged by the same
 * rules. Numbers become the digits a person typed, days become YYYY-MM-DD, and what a spreadsheet has spoiled is refused.
 */

export const WORKBOOK_BYTES_MAX = 2_900_000
/** What it may unpack to: a county's registry is a tenth of it. */
const UNPACKED_BYTES_MAX = 48 * 1024 * 1024
const ROWS_MAX = 100_000
/** Spreadsheets keep no more digits of a number. */
const DIGITS_MAX = 15

export type RegistryWorkbook = {
  files: Record<string, Csv>
  /** What the workbook calls the sheet of a file. */
  sheetOf: ReadonlyMap<string, string>
  errors: ImportError[]
}

type Refused = { kind: 'rejected'; detail: string }

const SHEET_ERROR = /^#(?:N\/A|REF!|VALUE!|DIV\/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)$/
const GROUNDS = {
  rounded:
    'This is a number of more than 15 digits, of which a spreadsheet keeps 15: format the column as text and type it again.',
  broken: 'A formula has failed here; write what it should say.',
} as const

/** A cell as it would stand in a CSV file, or why it cannot. */
const textOf = (value: unknown): { text: string } | { message: string } => {
  if (value === null || value === undefined) return { text: '' }
  if (typeof value === 'boolean') return { text: value ? 'yes' : 'no' }
  if (value instanceof Date) return { text: value.toISOString().replace('T00:00:00.000Z', '') }
  if (typeof value === 'string') return SHEET_ERROR.test(value.trim()) ? { message: GROUNDS.broken } : { text: value }
  if (typeof value !== 'number') return { text: '' }
  // 0.1 + 0.2 is shown as 0.3 there, and meant so.
  const text = String(Number(value.toPrecision(DIGITS_MAX)))
  return /e/.test(text) || Math.abs(value) >= 10 ** DIGITS_MAX ? { message: GROUNDS.rounded } : { text }
}

/** The file a sheet is for: the last word of its name, in whatever language the words before it are. */
const fileOf = (sheet: string): RegistryFile | undefined => {
  const [, stem = ''] = /([a-z-]+)(?:\.csv)?\s*$/i.exec(sheet) ?? []
  const file = `${stem.toLowerCase()}.csv`
  return Object.hasOwn(REGISTRY_FILES, file) ? (file as RegistryFile) : undefined
}

/** The column a heading is for: the last word of it. */
const columnOf = (heading: string): string => /(\w+)\s*$/.exec(heading)?.[1] ?? heading

const isBlank = (value: unknown): boolean => {
  const read = textOf(value)
  return 'text' in read && read.text.trim() === ''
}

const headingOf = (value: unknown): string => {
  const read = textOf(value)
  return 'text' in read ? columnOf(read.text) : ''
}

const linesOf = (file: string, rows: readonly (readonly unknown[])[], errors: ImportError[]): Csv => {
  const [headings = [], ...rest] = rows
  const header = headings.slice(0, headings.findLastIndex((value) => !isBlank(value)) + 1).map(headingOf)
  const records = rest.flatMap((row, at) => {
    const line = at + 2
    const fields = header.map((column, cell) => {
      const read = textOf(row[cell])
      if ('text' in read) return read.text
      errors.push({ file, line, column, message: read.message })
      return ''
    })
    if (row.slice(header.length).some((value) => !isBlank(value))) {
      errors.push({ file, line, column: '', message: 'A cell stands in a column without a heading; give it one, or clear it.' })
    }
    return row.every(isBlank) ? [] : [{ line, fields }]
  })
  return { records: [{ line: 1, fields: header }, ...records] }
}

const tooManyRows: Refused = { kind: 'rejected', detail: `A sheet has more than ${ROWS_MAX} rows; divide the workbook.` }

/** Reads a workbook; refused are what is none, what is protected, and what would unpack to more than a registry can be. */
export const readRegistryWorkbook = async (bytes: Uint8Array): Promise<RegistryWorkbook | Refused> => {
  const unpacked = bytes.byteLength > WORKBOOK_BYTES_MAX ? Number.POSITIVE_INFINITY : unpackedBytes(bytes)
  if (unpacked === undefined)
    return { kind: 'rejected', detail: 'This is no .xlsx workbook; save it as "Excel workbook (.xlsx)", without a password.' }
  if (unpacked > UNPACKED_BYTES_MAX)
    return { kind: 'rejected', detail: 'The workbook is too large; divide it, or import CSV files.' }
  const workbook = await readXlsx(bytes, { maxRows: ROWS_MAX + 2 }).catch(() => undefined)
  if (!workbook)
    return {
      kind: 'rejected',
      detail: 'The workbook cannot be read; open it, save it as .xlsx without a password and try again.',
    }

  const read: RegistryWorkbook & { sheetOf: Map<string, string> } = { files: {}, sheetOf: new Map(), errors: [] }
  for (const { name, rows } of workbook.sheets) {
    const file = fileOf(name)
    if (rows.length > ROWS_MAX) return tooManyRows
    if (file === undefined) {
      if (name === GUIDE_SHEET || rows.length === 0) continue
      const names = Object.keys(REGISTRY_FILES).map((of) => of.replace('.csv', ''))
      const message = `Not a sheet of the registry; end its name with one of: ${names.join(', ')}.`
      read.errors.push({ file: name.slice(0, 64), line: 0, column: '', message })
    } else if (read.sheetOf.has(file)) {
      const message = `The sheet "${read.sheetOf.get(file)}" is for the same; keep one of the two.`
      read.errors.push({ file: name.slice(0, 64), line: 0, column: '', message })
    } else {
      read.sheetOf.set(file, name)
      // A sheet of the template that was left empty says nothing, as a file that is left out.
      if (rows.length > 1) read.files[file] = linesOf(file, rows, read.errors)
    }
  }
  return read
}

/** The first sheet of a workbook as the lines of one CSV file. */
export const readOneSheet = async (bytes: Uint8Array, file: string): Promise<{ csv: Csv; errors: ImportError[] } | Refused> => {
  const unpacked = bytes.byteLength > WORKBOOK_BYTES_MAX ? Number.POSITIVE_INFINITY : unpackedBytes(bytes)
  const fits = unpacked !== undefined && unpacked <= UNPACKED_BYTES_MAX
  const workbook = fits ? await readXlsx(bytes, { maxRows: ROWS_MAX + 2 }).catch(() => undefined) : undefined
  if (!workbook)
    return { kind: 'rejected', detail: 'The workbook cannot be read; save it as .xlsx without a password, or as CSV.' }
  const errors: ImportError[] = []
  return { csv: linesOf(file, workbook.sheets[0]?.rows ?? [], errors), errors }
}
