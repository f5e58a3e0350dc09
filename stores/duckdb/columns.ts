import {
  type DuckDBAppender,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  DOUBLE,
  INTEGER,
  SQLNULL,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api'
import {
  type DeviceState,
  FIRST_QUANTITIES,
  LATER_QUANTITIES,
  QUANTITIES,
  type Quantity,
  type Reading,
} from '../../domain/reading.ts'
import { type Extras, extrasText } from '../../domain/reading-values.ts'
import type { Answer } from './answer.ts'

/** A reading with the number of its device in this file. */
export type NumberedReading = { deviceNumber: number; reading: Reading }

const CHUNK_ROWS_MAX = 2048

/** Stored for ever: a state keeps its number, a new one takes the next. */
const STATE_NUMBERS: Record<DeviceState, number> = { running: 1, starting: 2, standby: 3, throttled: 4, fault: 5, off: 6 }
const STATES = new Map(Object.entries(STATE_NUMBERS).map(([state, number]) => [number, state as DeviceState]))

/** Adding zero turns minus zero into zero. */
const numberOrNull = (value: number | undefined): number | null => (value === undefined ? null : value + 0)

type Column = { type: DuckDBType; valueOf: (row: NumberedReading) => DuckDBValue }

const quantityColumn = (quantity: Quantity): Column => ({
  type: DOUBLE,
  valueOf: (row) => numberOrNull(row.reading[quantity]),
})

/**
 * In the order of the table, where quantities that came later stand behind everything else. Whole numbers travel as doubles and DuckDB casts them to BIGINT: exact up to 2^53, and
 * cheaper than a BigInt for each.
 */
const COLUMNS: readonly Column[] = [
  { type: INTEGER, valueOf: (row) => row.deviceNumber },
  { type: DOUBLE, valueOf: (row) => row.reading.atMs },
  { type: DOUBLE, valueOf: (row) => row.reading.receivedAtMs },
  ...FIRST_QUANTITIES.map(quantityColumn),
  { type: UTINYINT, valueOf: (row) => (row.reading.state === undefined ? null : STATE_NUMBERS[row.reading.state]) },
  { type: VARCHAR, valueOf: (row) => extrasText(row.reading) ?? null },
  ...LATER_QUANTITIES.map(quantityColumn),
]

/** A column without any value is written as SQLNULL: setting a bit of the validity mask costs more than storing a number. */
const chunkOf = (rows: readonly NumberedReading[]): DuckDBDataChunk => {
  const columns = COLUMNS.map(({ type, valueOf }) => {
    const values = rows.map(valueOf)
    return { type: values.every((value) => value === null) ? SQLNULL : type, values }
  })
  const chunk = DuckDBDataChunk.create(
    columns.map(({ type }) => type),
    rows.length,
  )
  for (const [index, { type, values }] of columns.entries()) if (type !== SQLNULL) chunk.setColumnValues(index, values)
  return chunk
}

/** Appends rows to a table of reading columns; they are in the transaction once the appender is closed. */
export const appendRows = (appender: DuckDBAppender, rows: readonly NumberedReading[]): void => {
  for (let from = 0; from < rows.length; from += CHUNK_ROWS_MAX)
    appender.appendDataChunk(chunkOf(rows.slice(from, from + CHUNK_ROWS_MAX)))
}

/** Appends (device number, second column) pairs: devices with their ids, or the identities asked for. */
export const appendPairs = (
  appender: DuckDBAppender,
  pairs: readonly (readonly [number, number | string])[],
  secondType: DuckDBType,
): void => {
  for (let from = 0; from < pairs.length; from += CHUNK_ROWS_MAX) {
    const part = pairs.slice(from, from + CHUNK_ROWS_MAX)
    const chunk = DuckDBDataChunk.create([INTEGER, secondType], part.length)
    chunk.setColumnValues(
      0,
      part.map(([deviceNumber]) => deviceNumber),
    )
    chunk.setColumnValues(
      1,
      part.map(([, second]) => second),
    )
    appender.appendDataChunk(chunk)
  }
}

/** Null travels as NaN, which no reading holds. */
export const quantitySql = (quantity: Quantity): string => `coalesce(r."${quantity}"::DOUBLE, 'nan'::DOUBLE)`

/** The whole reading `r`, in the order `readingsOf` takes it apart. */
export const READING_SQL = [
  'r.device_number',
  'r.at_ms::DOUBLE',
  'r.received_at_ms::DOUBLE',
  ...QUANTITIES.map(quantitySql),
  'coalesce(r.state, 0)',
  `coalesce(r.extras, '')`,
].join(', ')

/** The rows of a query for READING_SQL, as they were given to `append`. */
export const readingsOf = (answer: Answer, deviceId: (deviceNumber: number) => string): NumberedReading[] => {
  const atMs = answer.numbers(1)
  const receivedAtMs = answer.numbers(2)
  const quantities = QUANTITIES.map((quantity, index) => ({ quantity, values: answer.numbers(3 + index) }))
  const states = answer.numbers(3 + QUANTITIES.length)
  const extras = answer.texts(4 + QUANTITIES.length)
  return answer.numbers(0).map((deviceNumber, row) => {
    const reading: Reading = {
      deviceId: deviceId(deviceNumber),
      atMs: atMs[row] ?? Number.NaN,
      receivedAtMs: receivedAtMs[row] ?? Number.NaN,
    }
    for (const { quantity, values } of quantities) {
      const value = values[row]
      if (value !== undefined && !Number.isNaN(value)) reading[quantity] = value
    }
    const state = STATES.get(states[row] ?? 0)
    if (state !== undefined) reading.state = state
    return { deviceNumber, reading: extras[row] ? { ...reading, ...(JSON.parse(extras[row]) as Extras) } : reading }
  })
}
