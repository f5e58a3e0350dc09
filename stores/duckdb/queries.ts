import type { DuckDBConnection } from '@duckdb/node-api'
import type { Quantity, Reading } from '../../domain/reading.ts'
import { byDeviceId, type Conflict, conflictsOf, type Point, type ReadingReader, type Series, type Span } from '../readings.ts'
import { ask, askInParts } from './answer.ts'
import { quantitySql, READING_SQL, readingsOf } from './columns.ts'
import type { Devices } from './devices.ts'
import type { KeptSummaries } from './kept-summaries.ts'
import { readSummaries } from './summaries.ts'
import { disputedIn, UNDISPUTED_SQL, wholeMs } from './undisputed.ts'

/** So many instants are worth a list in a query: parts of the file without any are not read. */
const LISTED_INSTANTS_MAX = 1_000

/** The readings `r` of these devices in [fromMs, toMs); undefined when none of them has ever reported. */
const spanSql = (devices: Devices, { deviceIds, fromMs, toMs }: Span): string | undefined => {
  const numbers = deviceIds.map(devices.numberOf).filter((number) => number !== undefined)
  if (numbers.length === 0) return undefined
  return `r.device_number IN (${numbers.join(', ')}) AND r.at_ms >= ${wholeMs(fromMs)} AND r.at_ms < ${wholeMs(toMs)}`
}

const series = async (
  connection: DuckDBConnection,
  devices: Devices,
  span: Span,
  quantities: readonly Quantity[],
): Promise<Series[]> => {
  const inSpan = spanSql(devices, span)
  if (!inSpan) return []
  const columns = ['r.device_number', 'r.at_ms::DOUBLE', ...quantities.map(quantitySql)].join(', ')
  const sql = `SELECT ${columns} FROM readings r WHERE ${inSpan} AND ${UNDISPUTED_SQL} ORDER BY r.device_number, r.at_ms`
  const found: Series[] = []
  let last: { number: number; atMs: number[]; values: (number | null)[][] } | undefined
  const open = (number: number): NonNullable<typeof last> => {
    const opened = { number, atMs: [], values: quantities.map(() => []) }
    const values = Object.fromEntries(quantities.map((quantity, index) => [quantity, opened.values[index]]))
    found.push({ deviceId: devices.idOf(number), atMs: opened.atMs, values })
    return opened
  }
  await askInParts(connection, sql, {
    isLarge: false,
    take: ([numbers, atMs, ...cells], count) => {
      for (let row = 0; row < count; row += 1) {
        const number = numbers?.[row] ?? 0
        if (last?.number !== number) last = open(number)
        last.atMs.push(atMs?.[row] ?? 0)
        for (let index = 0; index < cells.length; index += 1) {
          const value = cells[index]?.[row] ?? Number.NaN
          last.values[index]?.push(Number.isNaN(value) ? null : value)
        }
      }
    },
  })
  return found.sort(byDeviceId)
}

const nearest = async (
  connection: DuckDBConnection,
  devices: Devices,
  span: Span,
  which: { quantity: Quantity; side: 'min' | 'max' },
): Promise<Point[]> => {
  const inSpan = spanSql(devices, span)
  if (!inSpan) return []
  const answer = await ask(
    connection,
    `SELECT r.device_number, ${which.side}(r.at_ms)::DOUBLE, arg_${which.side}(r."${which.quantity}", r.at_ms)::DOUBLE
     FROM readings r WHERE ${inSpan} AND r."${which.quantity}" IS NOT NULL AND ${UNDISPUTED_SQL} GROUP BY r.device_number`,
  )
  const atMs = answer.numbers(1)
  const values = answer.numbers(2)
  return answer
    .numbers(0)
    .map((number, row) => ({ deviceId: devices.idOf(number), atMs: atMs[row] ?? 0, value: values[row] ?? 0 }))
    .sort(byDeviceId)
}

const list = async (connection: DuckDBConnection, devices: Devices, span: Span, limit: number): Promise<Reading[]> => {
  const inSpan = spanSql(devices, span)
  if (!Number.isSafeInteger(limit) || limit < 0) throw new RangeError('a limit is a whole number from 0')
  if (!inSpan) return []
  const answer = await ask(
    connection,
    `SELECT ${READING_SQL} FROM readings r JOIN devices d USING (device_number) WHERE ${inSpan} AND ${UNDISPUTED_SQL}
     ORDER BY d.device_id, r.at_ms LIMIT ${limit}`,
  )
  return readingsOf(answer, devices.idOf).map(({ reading }) => reading)
}

const conflicts = async (connection: DuckDBConnection, devices: Devices, span: Span): Promise<Conflict[]> => {
  // Nearly always none: the devices asked for may be many. One that has just been stored for the first time is not named yet.
  const found = (await disputedIn(connection, span)).filter(({ deviceNumber }) => deviceNumber < devices.count())
  const byDevice = Map.groupBy(found, ({ deviceNumber }) => devices.idOf(deviceNumber))
  const disputed = byDevice.size === 0 ? [] : span.deviceIds.flatMap((deviceId) => byDevice.get(deviceId) ?? [])
  if (disputed.length === 0) return []
  const devicesSql = `r.device_number IN (${[...new Set(disputed.map(({ deviceNumber }) => deviceNumber))].join(', ')})`
  const instants = new Set(disputed.map(({ atMs }) => atMs))
  const instantsSql =
    instants.size <= LISTED_INSTANTS_MAX
      ? `r.at_ms IN (${[...instants].join(', ')})`
      : `r.at_ms >= ${wholeMs(span.fromMs)} AND r.at_ms < ${wholeMs(span.toMs)}`
  const sql = `${devicesSql} AND ${instantsSql}`
  const answer = await ask(
    connection,
    `SELECT ${READING_SQL} FROM conflicts r WHERE ${sql}
     UNION ALL SELECT ${READING_SQL} FROM readings r WHERE ${sql} AND NOT ${UNDISPUTED_SQL}`,
  )
  return conflictsOf(readingsOf(answer, devices.idOf).map(({ reading }) => reading))
}

/** The reading half of the port on one connection. */
export const createReader = (connection: DuckDBConnection, devices: Devices, kept: KeptSummaries): ReadingReader => ({
  series: (span, quantities) => series(connection, devices, span, quantities),
  lastBefore: ({ deviceIds, beforeMs, notBeforeMs }, quantity) =>
    nearest(connection, devices, { deviceIds, fromMs: notBeforeMs, toMs: beforeMs }, { quantity, side: 'max' }),
  firstAfter: ({ deviceIds, fromMs, beforeMs }, quantity) =>
    nearest(connection, devices, { deviceIds, fromMs, toMs: beforeMs }, { quantity, side: 'min' }),
  list: (span, limit) => list(connection, devices, span, limit),
  conflicts: (span) => conflicts(connection, devices, span),
  summaries: (asked) =>
    readSummaries(
      { connection, devices, kept, series: (again) => series(connection, devices, again, [again.register, 'acPowerW']) },
      asked,
    ),
  sparesReadings: true,
})
