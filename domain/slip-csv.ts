import * as z from 'zod'

import { type ChinaDay, parseDay } from './calendar.ts'
import { decimalCell, idCell } from './cells.ts'
import { readCsv } from './csv.ts'
import { GRID_STREAMS, type GridStream } from './registry.ts'
import { AMOUNT_FEN_MAX, DOCUMENT_PATTERN, type SlipAsk } from './slip.ts'

/** Slips as a CSV file, one per line, as offices keep them in spreadsheets: headers in Chinese or English. */

/** Columns by their English name, with the Chinese one; the first five must be there. */
export const SLIP_COLUMNS = {
  billing_account: '户号',
  document: '结算单号',
  from: '起始日期',
  to: '截止日期',
  energy_kwh: '上网电量（kWh）',
  station_id: '电站编号',
  corrects: '更正单号',
  benchmark_yuan: '标杆电价部分（元）',
  subsidy_yuan: '财政补贴部分（元）',
  market_yuan: '市场化交易（元）',
  mechanism_yuan: '机制电价（元）',
  other_yuan: '其他（元）',
} as const
export type SlipColumn = keyof typeof SLIP_COLUMNS
const COLUMNS = Object.keys(SLIP_COLUMNS) as SlipColumn[]
const REQUIRED = COLUMNS.slice(0, 5)

const FILL_IN = 'Fill this in.'
const document = z.string({ error: FILL_IN }).regex(DOCUMENT_PATTERN, 'Write at most 64 letters and digits, one of them first.')

/** As registry files have days, or with the slashes of a spreadsheet. */
const day = z.string({ error: FILL_IN }).transform((text, context): ChinaDay => {
  const [, year = '', month = '', ofMonth = ''] = /^(\d{4})\/(\d{1,2})\/(\d{1,2})$/.exec(text) ?? []
  const parsed = parseDay(year === '' ? text : `${year}-${month.padStart(2, '0')}-${ofMonth.padStart(2, '0')}`)
  if (parsed) return parsed
  context.addIssue('Write a real day as YYYY-MM-DD, for example 2026-09-26.')
  return z.NEVER
})
/** A return is negative. */
const yuan = decimalCell(2, -AMOUNT_FEN_MAX, AMOUNT_FEN_MAX).optional()

const lineSchema = z.strictObject({
  billing_account: z
    .string({ error: FILL_IN })
    .regex(/^[\p{L}\p{N}-]{1,64}$/u, 'Write the account as it is printed; format the column as text.'),
  document,
  from: day,
  to: day,
  energy_kwh: decimalCell(3, 0, Number.MAX_SAFE_INTEGER),
  station_id: idCell.optional(),
  corrects: document.optional(),
  benchmark_yuan: yuan,
  subsidy_yuan: yuan,
  market_yuan: yuan,
  mechanism_yuan: yuan,
  other_yuan: yuan,
})
const columnOf = (stream: GridStream): `${GridStream}_yuan` => `${stream}_yuan`

/** What is wrong and what to do about it; `column` is empty when it is about the whole line. Never holds what a cell said. */
export type SlipLineError = { line: number; column: SlipColumn | ''; message: string }
/** A line that could be read; without a station the account says which it is. */
export type SlipLine = { line: number; stationId?: string; ask: SlipAsk }

const LINES_MAX = 5_000

/** A county's year of stations; more is to be divided, for it is read and answered at once. */
const tooMany = (line: number): SlipLineError => ({ line, column: '', message: `Split the file at ${LINES_MAX} lines.` })

const nameOf = (header: string): SlipColumn | undefined =>
  COLUMNS.find((column) => column === header.toLowerCase() || plain(SLIP_COLUMNS[column]) === plain(header))
/** Brackets and spaces of either width are one. */
const plain = (text: string): string => text.normalize('NFKC').replaceAll(/\s/g, '').toLowerCase()

const checkHeader = (names: readonly (SlipColumn | undefined)[]): string | undefined => {
  const missing = REQUIRED.filter((column) => !names.includes(column))
  const isRepeated = names.some((name, at) => names.indexOf(name) !== at)
  if (missing.length === 0 && !isRepeated && !names.includes(undefined)) return undefined
  const lack = missing.length > 0 ? ` Missing: ${missing.map((column) => `${column} (${SLIP_COLUMNS[column]})`).join(', ')}.` : ''
  return `The first line holds the columns, each once, none but these: ${COLUMNS.join(',')}.${lack}`
}

const askOf = (row: z.output<typeof lineSchema>): SlipAsk => ({
  billingAccount: row.billing_account,
  document: row.document,
  from: row.from,
  to: row.to,
  energyWh: row.energy_kwh,
  amounts: GRID_STREAMS.flatMap((stream) => {
    const amountFen = row[columnOf(stream)]
    return amountFen === undefined ? [] : [{ stream, amountFen }]
  }),
  ...(row.corrects !== undefined && { corrects: row.corrects }),
})

/** Reads a file line by line, so that one bad cell costs one line and is found by line and column. */
export const readSlipLines = (text: string): { lines: SlipLine[]; errors: SlipLineError[] } => {
  const whole = (line: number, message: string) => ({ lines: [], errors: [{ line, column: '' as const, message }] })
  if (text.includes('\uFFFD')) return whole(1, 'The file is not UTF-8 text; save it as "CSV UTF-8" and import it again.')
  const { records, error } = readCsv(text)
  if (error) return whole(error.line, error.message)
  const [first, ...rest] = records
  const names = first?.fields.map((header) => nameOf(header.trim())) ?? []
  const wrong = checkHeader(names)
  if (wrong !== undefined) return whole(first?.line ?? 1, wrong)
  if (rest.length > LINES_MAX) return { lines: [], errors: [tooMany(rest[LINES_MAX]?.line ?? 1)] }

  const lines: SlipLine[] = []
  const errors: SlipLineError[] = []
  for (const { line, fields } of rest) {
    if (fields.length !== names.length) {
      errors.push({ line, column: '', message: `This line has ${fields.length} fields, the first line has ${names.length}.` })
      continue
    }
    const cells = names.map((name, at) => [name, (fields[at] ?? '').trim()]).filter(([, cell]) => cell !== '')
    const parsed = lineSchema.safeParse(Object.fromEntries(cells))
    for (const { path, message } of parsed.error?.issues ?? []) errors.push({ line, column: path[0] as SlipColumn, message })
    if (!parsed.success) continue
    const { station_id: stationId } = parsed.data
    lines.push({ line, ask: askOf(parsed.data), ...(stationId !== undefined && { stationId }) })
  }
  return { lines, errors }
}
