import { createHash } from 'node:crypto'
import type { _Record, MeasureValue, MeasureValueType } from '@aws-sdk/client-timestream-write'
import { DEVICE_STATES, QUANTITIES, type Reading } from '../../domain/reading.ts'
import { type Extras, extrasText, isCounter, readingValues } from '../../domain/reading-values.ts'

/**
 * How a reading is a multi-measure record: dimension `deviceId`, its device time, measure name 'reading'. Every further set of
 * values that claims the identity is a record of its own beside it, measure name 'conflict', with the hash of the values as second
 * dimension: nothing is overwritten, writing one again changes nothing, and an identity is undisputed while it has one record.
 * (A measure name for each conflict would exhaust the 8,192 names a table may have.)
 */
export const READING = 'reading'
export const CONFLICT = 'conflict'

/** Every column a whole reading is read from, besides its identity. */
export const READING_COLUMNS = ['receivedAtMs', ...QUANTITIES, 'state', 'extras', 'receipt']

/** A row as a query answers it; undefined where the record has no such measure. */
export type Row = Readonly<Record<string, string | undefined>>

const measure = (name: string, type: MeasureValueType, value: number | string | undefined): MeasureValue[] =>
  value === undefined ? [] : [{ Name: name, Type: type, Value: String(value) }]

/**
 * `receipt` is one text per append. Whether Timestream accepts or rejects a record it holds already, to the letter, is documented
 * both ways; with a receipt no two writes are the same, so a repeat is always rejected and never taken for new.
 */
const measuresOf = (reading: Reading, receipt: string): MeasureValue[] => [
  ...measure('receivedAtMs', 'BIGINT', reading.receivedAtMs),
  ...QUANTITIES.flatMap((quantity) => measure(quantity, isCounter(quantity) ? 'BIGINT' : 'DOUBLE', reading[quantity])),
  ...measure('state', 'VARCHAR', reading.state),
  ...measure('extras', 'VARCHAR', extrasText(reading)),
  ...measure('receipt', 'VARCHAR', receipt),
]

/** The record of the values that came first. */
export const readingRecord = (reading: Reading, receipt: string): _Record => ({
  Dimensions: [{ Name: 'deviceId', Value: reading.deviceId }],
  Time: String(reading.atMs),
  MeasureValues: measuresOf(reading, receipt),
})

/** The record of other values for the same identity. */
export const conflictRecord = (reading: Reading, receipt: string): _Record => ({
  Dimensions: [
    { Name: 'deviceId', Value: reading.deviceId },
    { Name: 'variant', Value: createHash('sha256').update(readingValues(reading)).digest('hex').slice(0, 32) },
  ],
  Time: String(reading.atMs),
  MeasureValues: measuresOf(reading, receipt),
})

/** What all records of a request have in common; billed once. Version 1 for ever: nothing stored is ever updated. */
export const commonOf = (measureName: typeof READING | typeof CONFLICT): _Record => ({
  MeasureName: measureName,
  MeasureValueType: 'MULTI',
  TimeUnit: 'MILLISECONDS',
  Version: 1,
})

/** Timestream takes 2 KB and does not say what it counts; so a little less, counted as its bill counts and with every name. */
const RECORD_BYTES_MAX = 2_000
const NUMBER_BYTES = 8
const bytesOf = (text: string | undefined): number => Buffer.byteLength(text ?? '')

export const isTooLarge = ({ Dimensions = [], MeasureValues = [] }: _Record): boolean => {
  let bytes = NUMBER_BYTES + CONFLICT.length
  for (const { Name, Value } of Dimensions) bytes += bytesOf(Name) + bytesOf(Value)
  for (const { Name, Type, Value } of MeasureValues) bytes += bytesOf(Name) + (Type === 'VARCHAR' ? bytesOf(Value) : NUMBER_BYTES)
  return bytes > RECORD_BYTES_MAX
}

/** The reading of a row that has `deviceId`, `atMs` and READING_COLUMNS. */
export const readingOfRow = (row: Row): Reading => {
  const reading: Reading = { deviceId: row.deviceId ?? '', atMs: Number(row.atMs), receivedAtMs: Number(row.receivedAtMs) }
  for (const quantity of QUANTITIES) {
    const value = row[quantity]
    if (value !== undefined) reading[quantity] = Number(value)
  }
  const state = DEVICE_STATES.find((known) => known === row.state)
  if (state !== undefined) reading.state = state
  return row.extras === undefined ? reading : { ...reading, ...(JSON.parse(row.extras) as Extras) }
}
