import { createHash } from 'node:crypto'
import { DEVICE_STATES, QUANTITIES, type Quantity, type Reading } from '../../domain/reading.ts'
import { type Extras, extrasText, isCounter, readingValues } from '../../domain/reading-values.ts'
import { checkedId, DEVICE_TAG, MEASUREMENT, nanoseconds } from './statements.ts'

/**
 * How a reading is a point. InfluxDB overwrites on equal measurement, tags and time, and nothing may be overwritten: so the time
 * of a point is its device time plus a place within that millisecond, taken from the hash of its values. Rivals for an identity
 * stand beside each other whoever writes first, a repeat falls on itself, and there is still one series per device.
 */

/** Nanoseconds in a millisecond. */
export const PLACES = 1_000_000

/** In every point; the columns of a whole reading besides its identity. */
export const RECEIVED = 'receivedAtMs'
export const READING_COLUMNS = [RECEIVED, ...QUANTITIES, 'state', 'extras']

/** A value as a query answers it; null where the point has no such field. */
export type Cell = number | string | null
/** A point as a query answers it, its cells in the order of the columns asked for. */
export type Row = { atMs: number; place: number; cells: Cell[] }

/** Where a set of values belongs within its millisecond, the same for ever. */
export const placeOf = (values: string): number => createHash('sha256').update(values).digest().readUIntBE(0, 6) % PLACES

const numberField = (quantity: Quantity, value: number | undefined): string[] =>
  value === undefined ? [] : [`${quantity}=${value}${isCounter(quantity) ? 'i' : ''}`]

/** Inside quotes a quote and a backslash are escaped; JSON has no other character that would end a line. */
const textField = (name: string, text: string | undefined): string[] =>
  text === undefined ? [] : [`${name}="${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`]

/** One line of line protocol, its time in nanoseconds. A number's shortest text is read back as the same number. */
export const lineOf = (reading: Reading, place: number): string => {
  const fields = [
    `${RECEIVED}=${reading.receivedAtMs}i`,
    ...QUANTITIES.flatMap((quantity) => numberField(quantity, reading[quantity])),
    ...textField('state', reading.state),
    ...textField('extras', extrasText(reading)),
  ]
  return `${MEASUREMENT},${DEVICE_TAG}=${checkedId(reading.deviceId)} ${fields.join(',')} ${nanoseconds(reading.atMs, place)}`
}

const STATE_CELL = 1 + QUANTITIES.length

/** The reading of a row of READING_COLUMNS. */
export const readingOf = (deviceId: string, { atMs, cells }: Row): Reading => {
  const reading: Reading = { deviceId, atMs, receivedAtMs: Number(cells[0]) }
  for (const [index, quantity] of QUANTITIES.entries()) {
    const value = cells[1 + index]
    if (typeof value === 'number') reading[quantity] = value
  }
  const state = DEVICE_STATES.find((known) => known === cells[STATE_CELL])
  if (state !== undefined) reading.state = state
  const extras = cells[STATE_CELL + 1]
  return typeof extras === 'string' ? { ...reading, ...(JSON.parse(extras) as Extras) } : reading
}

/** What the reading of a row of READING_COLUMNS says. */
export const valuesOf = (deviceId: string, row: Row): string => readingValues(readingOf(deviceId, row))

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z?$/

/** A time as InfluxDB writes it: RFC 3339, trailing zeros of the nanoseconds left out. */
export const instantOf = (text: Cell | undefined): { atMs: number; place: number } => {
  const [, seconds = '', fraction = ''] = TIME.exec(String(text)) ?? []
  const withinSecondNs = Number(fraction.padEnd(9, '0'))
  const atMs = Date.parse(`${seconds}Z`) + Math.floor(withinSecondNs / PLACES)
  if (Number.isNaN(atMs)) throw new Error(`InfluxDB answered ${String(text)} where a time belongs`)
  return { atMs, place: withinSecondNs % PLACES }
}
