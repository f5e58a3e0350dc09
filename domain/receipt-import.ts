import * as z from 'zod'

import { parseMonth } from './calendar.ts'
import { choiceCell, dayCell, decimalCell, idCell, regionCell, textCell } from './cells.ts'
import { type ImportError, readTable, type TableFile } from './registry-files.ts'
import { INCOME_STREAMS } from './registry.ts'

/** Opening balances and old arrears from a CSV file: what was earned in months before the books began, and what of it had come by then. */

const FEN_MAX = 1e13
const yuan = decimalCell(2, 0, FEN_MAX)

const monthCell = z.string({ error: 'Fill this in.' }).transform((text, context) => {
  const month = parseMonth(text)
  if (month) return month
  context.addIssue('Write a month as YYYY-MM, for example 2019-12.')
  return z.NEVER
})

const openingSchema = z.strictObject({
  village_code: regionCell,
  station_id: idCell,
  stream: choiceCell(INCOME_STREAMS),
  month: monthCell,
  accrued_yuan: decimalCell(2, 1, FEN_MAX),
  county_received_yuan: yuan,
  village_received_yuan: yuan,
  received_on: dayCell.optional(),
  document: textCell(200),
})

/** Amounts in fen. */
export type OpeningRow = z.output<typeof openingSchema>
export const OPENING_FILE = 'openings.csv'
export const OPENING_COLUMNS = Object.keys(openingSchema.shape)
/** Years of a county; more is to be divided, for it is read and answered at once. */
const LINES_MAX = 5_000

const keyOf = (cells: Readonly<Record<string, unknown>>): string =>
  ['village_code', 'station_id', 'stream', 'month'].map((column) => String(cells[column])).join('#')

const FILE: TableFile<OpeningRow> = { file: OPENING_FILE, columns: OPENING_COLUMNS, schema: openingSchema, keyOf }

export type OpeningLine = { line: number; row: OpeningRow }

const mistakesOf = ({ line, row }: OpeningLine): ImportError[] => {
  const tell = (column: string, message: string): ImportError => ({ file: OPENING_FILE, line, column, message })
  const { accrued_yuan: accrued, county_received_yuan: county, village_received_yuan: village, received_on: on } = row
  return [
    ...(county > accrued ? [tell('county_received_yuan', 'More than was earned; enter what is over as a receipt.')] : []),
    ...(village > county ? [tell('village_received_yuan', 'More than the county received.')] : []),
    ...(county > 0 && on === undefined
      ? [tell('received_on', 'Say when it was received, or the last day before the books began.')]
      : []),
  ]
}

/** Every line that is right by itself, and what is wrong with the others; never throws on what is in the file. */
export const parseOpenings = (text: string): { lines: OpeningLine[]; errors: ImportError[] } => {
  const errors: ImportError[] = []
  const { lines } = readTable(FILE, text, (error) => void errors.push(error))
  const firsts = new Map<string, number>()
  for (const line of lines) {
    const earlier = firsts.get(keyOf(line.row))
    errors.push(...mistakesOf(line))
    if (earlier === undefined) firsts.set(keyOf(line.row), line.line)
    else {
      const message = `Line ${earlier} already speaks of this village, station, stream and month; keep one of the two.`
      errors.push({ file: OPENING_FILE, line: line.line, column: 'village_code', message })
    }
  }
  if (lines.length > LINES_MAX) {
    errors.push({ file: OPENING_FILE, line: 0, column: '', message: `Split the file at ${LINES_MAX} lines.` })
  }
  return { lines, errors: errors.toSorted((a, b) => a.line - b.line) }
}
