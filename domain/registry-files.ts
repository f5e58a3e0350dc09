import type * as z from 'zod'

import { type Csv, readCsv } from './csv.ts'
import { columnsOf, type FileRow, NEWER_COLUMNS, REGISTRY_FILES, type RegistryFile } from './registry-rows.ts'

/** Reads registry files line by line, so that one bad cell costs one line and is found by file, line and column. */

/** What is wrong and what to do about it. `column` is empty when it is about the whole line. Never holds what a cell said. */
export type ImportError = { file: string; line: number; column: string; message: string }
export type Report = (error: ImportError) => void

export type Line<File extends RegistryFile> = { line: number; row: FileRow<File> }
export type FileContent<File extends RegistryFile> = {
  lines: Line<File>[]
  /** Keys of lines that have an error of their own: whoever refers to them is not to blame. */
  brokenKeys: ReadonlySet<string>
  /** False when the file could not be read to its end. */
  whole: boolean
}
export type RegistryContent = { [File in RegistryFile]: FileContent<File> }

/** The columns that together name one line of a file. */
const KEYS: { [File in RegistryFile]: readonly (keyof FileRow<File> & string)[] } = {
  'regions.csv': ['code'],
  'stations.csv': ['station_id'],
  'gateways.csv': ['gateway_id'],
  'devices.csv': ['device_id', 'valid_from'],
  'prices.csv': ['station_id', 'stream', 'valid_from'],
  'incomes.csv': ['station_id', 'stream', 'valid_from'],
  'shares.csv': ['station_id', 'village_code', 'valid_from'],
  'deductions.csv': ['station_id', 'kind', 'valid_from'],
  'region-deductions.csv': ['region_code', 'kind', 'valid_from'],
  'vat-rules.csv': ['county_code', 'station_kind', 'valid_from'],
  'due-rules.csv': ['county_code', 'stream', 'from_year'],
  'households.csv': ['household_id'],
  'persons.csv': ['person_id'],
  'memberships.csv': ['person_id', 'valid_from'],
  'plans.csv': ['village_code', 'year', 'version'],
  'plan-lines.csv': ['village_code', 'year', 'version', 'line_id'],
  'policy-rules.csv': ['county_code', 'kind', 'valid_from'],
}

/** What names a line among the lines of its file. */
export const keyOf = (file: RegistryFile, row: Readonly<Record<string, unknown>>): string =>
  KEYS[file].map((column) => String(row[column])).join('#')

const checkHeader = (
  { columns: expected, newer = [] }: Pick<TableFile<unknown>, 'columns' | 'newer'>,
  header: readonly string[],
): string | undefined => {
  const missing = expected.filter((column) => !header.includes(column) && !newer.includes(column))
  const unknown = header.some((column) => !expected.includes(column))
  const repeated = header.some((column, at) => header.indexOf(column) !== at)
  if (missing.length === 0 && !unknown && !repeated) return undefined
  const lack = missing.length > 0 ? ` Missing: ${missing.join(', ')}.` : ''
  return `The first line must hold exactly these columns: ${expected.join(',')}.${lack}`
}

/** Spreadsheets leave spaces around cells, of both widths; an empty cell is an absent one. */
const cellsOf = (header: readonly string[], fields: readonly string[]): Record<string, string> =>
  Object.fromEntries(header.map((column, at) => [column, (fields[at] ?? '').trim()]).filter(([, field]) => field !== ''))

/** The schemas by the row each gives, so that one file's schema has a type of its own in generic code. */
const SCHEMAS: { [File in RegistryFile]: z.ZodType<FileRow<File>> } = REGISTRY_FILES

const NOTHING = { lines: [], brokenKeys: new Set<string>() }

/** What a file of lines is: its name in messages, its columns, what a line is parsed by, and what names a line by its cells. */
export type TableFile<Row> = {
  file: string
  columns: readonly string[]
  /** Columns that files of before they came may leave out. */
  newer?: readonly string[] | undefined
  schema: z.ZodType<Row>
  keyOf: (cells: Readonly<Record<string, unknown>>) => string
}
type TableContent<Row> = { lines: { line: number; row: Row }[]; brokenKeys: ReadonlySet<string>; whole: boolean }

/** Reads a file line by line: a bad cell costs its line and is reported by line and column. */
export const readTable = <Row>(
  { file, columns, newer, schema, keyOf: nameOf }: TableFile<Row>,
  content: string | Csv,
  report: Report,
): TableContent<Row> => {
  const fail = (line: number, message: string): void => report({ file, line, column: '', message })
  if (typeof content === 'string' && content.includes('\uFFFD')) {
    fail(1, 'The file is not UTF-8 text; save it as "CSV UTF-8" and import it again.')
    return { ...NOTHING, whole: false }
  }
  const { records, error } = typeof content === 'string' ? readCsv(content) : content
  const [first, ...rest] = records
  const header = first?.fields.map((column) => column.trim()) ?? []
  const wrongHeader = first || !error ? checkHeader({ columns, newer }, header) : undefined
  if (wrongHeader) fail(first?.line ?? 1, wrongHeader)
  if (error) fail(error.line, error.message)
  if (wrongHeader || !first) return { ...NOTHING, whole: false }

  const lines: TableContent<Row>['lines'] = []
  const brokenKeys = new Set<string>()
  for (const { line, fields } of rest) {
    const cells = cellsOf(header, fields)
    if (fields.length !== header.length) fail(line, `This line has ${fields.length} fields, the first line has ${header.length}.`)
    const parsed = fields.length === header.length ? schema.safeParse(cells) : undefined
    if (parsed?.success) lines.push({ line, row: parsed.data })
    else brokenKeys.add(nameOf(cells))
    for (const { path, message } of parsed?.error?.issues ?? []) report({ file, line, column: String(path[0] ?? ''), message })
  }
  return { lines, brokenKeys, whole: error === undefined }
}

const readFile = <File extends RegistryFile>(file: File, content: string | Csv, report: Report): FileContent<File> =>
  readTable(
    { file, columns: columnsOf(file), newer: NEWER_COLUMNS[file], schema: SCHEMAS[file], keyOf: (cells) => keyOf(file, cells) },
    content,
    report,
  )

/** The first line of each key; the others are reported and left out, so that many of them cost no more than one look each. */
const withoutRepeats = <File extends RegistryFile>(file: File, content: FileContent<File>, report: Report): FileContent<File> => {
  const firstLines = new Map<string, number>()
  const lines = content.lines.filter(({ line, row }) => {
    const earlier = firstLines.get(keyOf(file, row))
    const message = `Line ${earlier} already has the same ${KEYS[file].join(', ')}; keep one of the two.`
    if (earlier === undefined) firstLines.set(keyOf(file, row), line)
    else report({ file, line, column: KEYS[file][0] ?? '', message })
    return earlier === undefined
  })
  return { ...content, lines }
}

/** What the files hold, by name: CSV text, or lines read from it or from a sheet already. */
export type RegistryTexts = Readonly<Record<string, string | Csv>>

/** Reads every file that is there; an absent file has no lines, and a name that is none of ours is an error. */
export const readRegistryFiles = (files: RegistryTexts, report: Report): RegistryContent => {
  const names = Object.keys(REGISTRY_FILES) as RegistryFile[]
  for (const file of Object.keys(files)) {
    if (Object.hasOwn(REGISTRY_FILES, file)) continue
    report({
      file: file.slice(0, 64),
      line: 0,
      column: '',
      message: `Not a registry file; use these names: ${names.join(', ')}.`,
    })
  }
  const contents = names.map((file) => {
    const text = Object.hasOwn(files, file) ? files[file] : undefined
    return [file, text === undefined ? { ...NOTHING, whole: true } : withoutRepeats(file, readFile(file, text, report), report)]
  })
  return Object.fromEntries(contents) as RegistryContent
}
