import * as z from 'zod'
import { parseInstant } from './calendar.ts'
import { choiceCell, decimalCell, idCell, textCell } from './cells.ts'
import { readCsv } from './csv.ts'
import { RESET_KINDS, type ResetAsk, saysTheSame } from './reset-record.ts'

/** Records of resets and replacements in a CSV file, for whoever has many: one line each, figures in kWh as registers show them. */

const instantCell = z.string({ error: 'Fill this in.' }).transform((text, context) => {
  const atMs = parseInstant(text.replace(' ', 'T'))
  if (atMs !== undefined && text.length > 10) return atMs
  context.addIssue('Write day and time in China as YYYY-MM-DD HH:MM.')
  return z.NEVER
})
const registerKwh = decimalCell(3, 0, Number.MAX_SAFE_INTEGER)
const saidCell = textCell(200)

const lineSchema = z.strictObject({
  station_id: idCell,
  device_id: idCell,
  at: instantCell,
  kind: choiceCell(RESET_KINDS),
  final_kwh: registerKwh,
  start_kwh: registerKwh,
  reason: saidCell,
  document: saidCell,
})

export const RESET_COLUMNS: readonly string[] = Object.keys(lineSchema.shape)

export type ResetLine = { line: number; ask: ResetAsk }
/** Never holds what a cell said. */
export type ResetLineError = { line: number; column: string; message: string }

const askOf = (row: z.output<typeof lineSchema>): ResetAsk => ({
  stationId: row.station_id,
  deviceId: row.device_id,
  atMs: row.at,
  kind: row.kind,
  finalWh: row.final_kwh,
  startWh: row.start_kwh,
  reason: row.reason,
  document: row.document,
})

/** Lines that say something else than an earlier one about its device and instant: only one of them can be recorded. */
const contradictions = (lines: readonly ResetLine[]): ResetLineError[] => {
  const first = new Map<string, ResetLine>()
  return lines.flatMap((each) => {
    const { stationId, deviceId, atMs } = each.ask
    const instant = `${stationId}#${deviceId}#${atMs}`
    const before = first.get(instant)
    first.set(instant, before ?? each)
    if (!before || saysTheSame(before.ask, each.ask)) return []
    const message = `Line ${before.line} says something else about this device and instant; keep one of them.`
    return [{ line: each.line, column: 'at', message }]
  })
}

/** Every line that can be read, and what is wrong with the others; a line that contradicts another is read and is wrong. Never throws on what is in the text. */
export const readResetFile = (text: string): { lines: ResetLine[]; errors: ResetLineError[] } => {
  const { records, error } = readCsv(text)
  const [header, ...rest] = records
  const columns = header?.fields.map((column) => column.trim()) ?? []
  if (columns.join() !== RESET_COLUMNS.join()) {
    return { lines: [], errors: [{ line: 1, column: '', message: `The first line must be: ${RESET_COLUMNS.join(',')}.` }] }
  }
  const lines: ResetLine[] = []
  const errors: ResetLineError[] = []
  for (const { line, fields } of rest) {
    if (fields.length !== columns.length) {
      errors.push({ line, column: '', message: `This line has ${fields.length} fields, the first has ${columns.length}.` })
      continue
    }
    const cells = columns.map((column, at) => [column, (fields[at] ?? '').trim()]).filter(([, cell]) => cell !== '')
    const parsed = lineSchema.safeParse(Object.fromEntries(cells))
    if (parsed.success) lines.push({ line, ask: askOf(parsed.data) })
    else errors.push(...parsed.error.issues.map(({ path, message }) => ({ line, column: String(path[0] ?? ''), message })))
  }
  errors.push(...contradictions(lines))
  errors.sort((a, b) => a.line - b.line)
  return { lines, errors: error ? [...errors, { line: error.line, column: '', message: error.message }] : errors }
}
