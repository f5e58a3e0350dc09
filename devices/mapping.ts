import * as z from 'zod'
import { readCsv } from '../domain/csv.ts'
import { ID_PATTERN } from '../domain/limits.ts'
import { QUANTITIES } from '../domain/reading.ts'
import type { Quantity, StringReading } from '../domain/reading.ts'
import { parseDay } from '../domain/calendar.ts'
import type { DeviceReading } from './plant.ts'

/** How the columns of a recorded CSV become readings, as data: see docs/replay.md. */

/** Factor to the unit the quantity's name ends in. */
const UNITS: Record<string, { suffix: string; factor: number }> = {
  W: { suffix: 'W', factor: 1 },
  kW: { suffix: 'W', factor: 1e3 },
  MW: { suffix: 'W', factor: 1e6 },
  Wh: { suffix: 'Wh', factor: 1 },
  kWh: { suffix: 'Wh', factor: 1e3 },
  MWh: { suffix: 'Wh', factor: 1e6 },
  V: { suffix: 'V', factor: 1 },
  A: { suffix: 'A', factor: 1 },
  mA: { suffix: 'A', factor: 1e-3 },
  Hz: { suffix: 'Hz', factor: 1 },
  degC: { suffix: 'C', factor: 1 },
  'W/m2': { suffix: 'WPerM2', factor: 1 },
}

const column = z.string().min(1)
const mappingSchema = z.strictObject({
  /** `YYYY-MM-DD HH:MM[:SS]`, a `T` between allowed: wall-clock time, read as China's. */
  timestamp: z.strictObject({ column }),
  /** One device per value of the column; a value that is not listed is skipped and counted. */
  device: z.strictObject({ column, ids: z.record(z.string(), z.string().regex(ID_PATTERN)) }),
  /** Several columns are summed, of those that are not empty. */
  quantities: z
    .array(z.strictObject({ quantity: z.enum(QUANTITIES), columns: z.array(column).min(1).max(64), unit: z.string() }))
    .min(1),
  strings: z
    .array(z.strictObject({ voltageV: column.optional(), currentA: column.optional() }))
    .max(64)
    .optional(),
})
export type Mapping = z.infer<typeof mappingSchema>

/** Checks a mapping as it came out of JSON. Throws an Error that names the place and what is expected there. */
export const parseMapping = (value: unknown): Mapping => {
  const parsed = mappingSchema.safeParse(value)
  if (!parsed.success) throw new Error(`the mapping is not usable:\n${z.prettifyError(parsed.error)}`)
  for (const { quantity, unit } of parsed.data.quantities) {
    const known = UNITS[unit]
    if (!known) throw new Error(`the mapping of ${quantity} has unit "${unit}"; known are ${Object.keys(UNITS).join(', ')}`)
    if (!new RegExp(`[a-z]${known.suffix}$`).test(quantity))
      throw new Error(`the mapping gives ${quantity} in ${unit}, which does not measure it`)
  }
  return parsed.data
}

const WALL_CLOCK = /^(\d{4}-\d{2}-\d{2})[ T]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?$/

/** Epoch ms of a recorded wall-clock time read in Asia/Shanghai; undefined when there is no such time. */
const wallClockMs = (text: string): number | undefined => {
  const [, date, hour, minute, second = '00'] = WALL_CLOCK.exec(text) ?? []
  if (date === undefined || !parseDay(date)) return undefined
  return Date.parse(`${date}T${hour}:${minute}:${second}+08:00`)
}

/** A row as a reading, or why it was left out. The reason is what gets counted, so it names no more than a date. */
type MappedRow = { reading: DeviceReading } | { skipped: string }

const factorOf = (unit: string): number => UNITS[unit]?.factor ?? Number.NaN

const numericColumns = (mapping: Mapping): string[] => [
  ...mapping.quantities.flatMap(({ columns }) => columns),
  ...(mapping.strings ?? []).flatMap(({ voltageV, currentA }) => [voltageV, currentA].filter((name) => name !== undefined)),
]

/** The cells of one row by column name, trimmed. */
type Cells = (name: string) => string

const numberIn = (cells: Cells, name: string): number | undefined => (cells(name) === '' ? undefined : Number(cells(name)))

const quantitiesIn = (cells: Cells, mapping: Mapping): Partial<Record<Quantity, number>> => {
  const values: Partial<Record<Quantity, number>> = {}
  for (const { quantity, columns, unit } of mapping.quantities) {
    const parts = columns.map((name) => numberIn(cells, name)).filter((part) => part !== undefined)
    if (parts.length > 0) values[quantity] = parts.reduce((sum, part) => sum + part, 0) * factorOf(unit)
  }
  return values
}

const stringsIn = (cells: Cells, mapping: Mapping): StringReading[] =>
  (mapping.strings ?? []).map(({ voltageV, currentA }) => {
    const volts = voltageV === undefined ? undefined : numberIn(cells, voltageV)
    const amperes = currentA === undefined ? undefined : numberIn(cells, currentA)
    return { ...(volts !== undefined && { voltageV: volts }), ...(amperes !== undefined && { currentA: amperes }) }
  })

/**
 * Prepares a mapping for the header line of a file; the function it returns takes one line at a time. Throws an Error naming the
 * columns the file lacks. An empty cell is absent, never zero.
 */
export const rowMapper = (mapping: Mapping, headerLine: string): ((line: string) => MappedRow) => {
  const header = readCsv(headerLine).records[0]?.fields.map((name) => name.trim()) ?? []
  const numeric = numericColumns(mapping)
  const missing = [mapping.timestamp.column, mapping.device.column, ...numeric].filter((name) => !header.includes(name))
  if (missing.length > 0)
    throw new Error(`the file has no column ${missing.join(', ')}; its first line names: ${header.join(', ')}`)
  const places = new Map(header.map((name, index) => [name, index]))

  return (line) => {
    const fields = readCsv(line).records[0]?.fields
    if (fields?.length !== header.length) return { skipped: `not ${header.length} columns` }
    const cells: Cells = (name) => fields[places.get(name) ?? -1]?.trim() ?? ''
    const stamp = cells(mapping.timestamp.column)
    const atMs = wallClockMs(stamp)
    if (atMs === undefined) return { skipped: `impossible time "${stamp.slice(0, 10)}"` }
    const named = cells(mapping.device.column)
    const deviceId = Object.hasOwn(mapping.device.ids, named) ? mapping.device.ids[named] : undefined
    if (deviceId === undefined) return { skipped: `device "${named.slice(0, 64)}" is not in the mapping` }
    const unreadable = numeric.find((name) => cells(name) !== '' && !NUMBER.test(cells(name)))
    if (unreadable !== undefined) return { skipped: `not a number in ${unreadable}` }
    if (numeric.every((name) => cells(name) === '')) return { skipped: 'no value in any mapped column' }
    const strings = stringsIn(cells, mapping)
    const known = strings.some((string) => Object.keys(string).length > 0)
    return { reading: { deviceId, atMs, ...quantitiesIn(cells, mapping), ...(known && { strings }) } }
  }
}
