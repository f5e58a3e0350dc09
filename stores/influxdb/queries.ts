import type { Quantity, Reading } from '../../domain/reading.ts'
import {
  byDeviceId,
  type Conflict,
  conflictsOf,
  identityOf,
  type Point,
  type ReadingReader,
  type Series,
  type Span,
} from '../readings.ts'
import { summariesFrom } from '../summaries.ts'
import type { Block, Database } from './database.ts'
import { DEVICES_PER_STATEMENT, type Identity, lookUp } from './look-ups.ts'
import { READING_COLUMNS, RECEIVED, readingOf, type Row } from './points.ts'
import type { Select } from './statements.ts'

/** All rows that claim one identity: one where it is undisputed. */
type Claim = { deviceId: string; atMs: number; rows: Row[] }

/** A span's statements one after another, in the order of device ids. */
async function* blocksOf(database: Database, { deviceIds, ...rest }: Select): AsyncGenerator<Block> {
  const inOrder = [...new Set(deviceIds)].sort()
  for (let from = 0; from < inOrder.length; from += DEVICES_PER_STATEMENT)
    yield* database.select({ ...rest, deviceIds: inOrder.slice(from, from + DEVICES_PER_STATEMENT) })
}

/** Blocks in order of device and time as the claims they hold; the last is held back until it is clear that no rival follows. */
async function* claimsOf(blocks: AsyncIterable<Block>): AsyncGenerator<Claim[]> {
  let last: Claim | undefined
  for await (const { deviceId, rows } of blocks) {
    const whole: Claim[] = []
    for (const row of rows) {
      if (last?.deviceId === deviceId && last.atMs === row.atMs) last.rows.push(row)
      else {
        if (last) whole.push(last)
        last = { deviceId, atMs: row.atMs, rows: [row] }
      }
    }
    yield whole
  }
  if (last) yield [last]
}

const claims = (database: Database, span: Span, columns: readonly string[]): AsyncGenerator<Claim[]> =>
  claimsOf(blocksOf(database, { ...span, columns }))

const series = async (database: Database, span: Span, quantities: readonly Quantity[]): Promise<Series[]> => {
  const found = new Map<string, { atMs: number[]; cells: Row['cells'][] }>()
  // A point without any of the quantities has the time it was received, so it is answered too.
  for await (const whole of claims(database, span, [RECEIVED, ...quantities])) {
    for (const { deviceId, atMs, rows } of whole) {
      const [row] = rows
      if (!row || rows.length > 1) continue
      const one = found.get(deviceId) ?? { atMs: [], cells: [] }
      one.atMs.push(atMs)
      one.cells.push(row.cells)
      found.set(deviceId, one)
    }
  }
  const column = (cells: Row['cells'][], index: number): (number | null)[] =>
    cells.map((row) => (typeof row[index] === 'number' ? row[index] : null))
  return [...found]
    .map(([deviceId, { atMs, cells }]) => ({
      deviceId,
      atMs,
      values: Object.fromEntries(quantities.map((quantity, index) => [quantity, column(cells, 1 + index)])),
    }))
    .sort(byDeviceId)
}

const list = async (database: Database, span: Span, limit: number): Promise<Reading[]> => {
  if (!Number.isSafeInteger(limit) || limit < 0) throw new RangeError('a limit is a whole number from 0')
  const readings: Reading[] = []
  if (limit === 0) return readings
  for await (const whole of claims(database, span, READING_COLUMNS)) {
    for (const { deviceId, rows } of whole) {
      if (rows[0] && rows.length === 1) readings.push(readingOf(deviceId, rows[0]))
      if (readings.length === limit) return readings
    }
  }
  return readings
}

/** The slimmest column finds the disputed identities; only those are read whole. */
const conflicts = async (database: Database, span: Span): Promise<Conflict[]> => {
  const disputed: Identity[] = []
  for await (const whole of claims(database, span, [RECEIVED]))
    for (const { deviceId, atMs, rows } of whole) if (rows.length > 1) disputed.push({ deviceId, atMs })
  const standing = await lookUp(database, disputed, READING_COLUMNS)
  return conflictsOf(
    disputed.flatMap(({ deviceId, atMs }) =>
      (standing.get(identityOf({ deviceId, atMs })) ?? []).map((row) => readingOf(deviceId, row)),
    ),
  )
}

/** More than enough for a device whose last readings are disputed; the next look takes this many times as many. */
const WIDER = 16

/** Per device the nearest undisputed reading with the quantity: the very nearest is asked for, and more where that is disputed. */
const nearest = async (database: Database, span: Span, quantity: Quantity, latestFirst: boolean): Promise<Point[]> => {
  const points: Point[] = []
  let pending = span.deviceIds
  for (let limit = 1; pending.length > 0; limit *= WIDER) {
    const candidates = new Map<string, Row[]>()
    for await (const { deviceId, rows } of blocksOf(database, {
      ...span,
      deviceIds: pending,
      columns: [quantity],
      latestFirst,
      limit,
    }))
      candidates.set(deviceId, [...(candidates.get(deviceId) ?? []), ...rows])
    const identities = [...candidates].flatMap(([deviceId, rows]) => rows.map(({ atMs }) => ({ deviceId, atMs })))
    const standing = await lookUp(database, identities, [RECEIVED])
    pending = []
    for (const [deviceId, rows] of candidates) {
      const row = rows.find(({ atMs }) => standing.get(identityOf({ deviceId, atMs }))?.length === 1)
      if (row) points.push({ deviceId, atMs: row.atMs, value: Number(row.cells[0]) })
      else if (rows.length === limit) pending = [...pending, deviceId]
    }
  }
  return points.sort(byDeviceId)
}

/** The reading half of the port in InfluxQL. */
export const createReader = (database: Database): ReadingReader => ({
  series: (span, quantities) => series(database, span, quantities),
  lastBefore: ({ deviceIds, beforeMs, notBeforeMs }, quantity) =>
    nearest(database, { deviceIds, fromMs: notBeforeMs, toMs: beforeMs }, quantity, true),
  firstAfter: ({ deviceIds, fromMs, beforeMs }, quantity) =>
    nearest(database, { deviceIds, fromMs, toMs: beforeMs }, quantity, false),
  list: (span, limit) => list(database, span, limit),
  conflicts: (span) => conflicts(database, span),
  summaries: summariesFrom((span, quantities) => series(database, span, quantities)),
})
