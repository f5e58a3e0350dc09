import type { Quantity, Reading } from '../domain/reading.ts'
import { readingValues } from '../domain/reading-values.ts'
import {
  byDeviceId,
  type Fate,
  identityOf,
  type Point,
  type ReadingReader,
  type ReadingStore,
  type Series,
  type Span,
} from './readings.ts'
import { summariesFrom } from './summaries.ts'
import { type Settled, seriesOf, settle } from './undisputed.ts'

/**
 * One ReadingStore of two: a main one that refuses some readings for good, because they are too old for it or too large, and a
 * late one that takes what was refused. Nothing is lost, and what is late is readable as soon as it is stored.
 *
 * Values are exact: a reading that both hold counts once, and different values for one identity are a conflict wherever they lie.
 * The fate is exact too but in one corner: a reading that the main store takes although the late one holds the identity already
 * (its window has grown since, or it did not show yet what it had just taken) answers 'stored' and not 'duplicate' or 'conflict'.
 */

/** A store of readings with limits of its own. */
export type LimitedStore = ReadingReader & {
  /** As a ReadingStore answers; or 'refused': this reading, with these values, was not stored and never will be. */
  append: (readings: readonly Reading[]) => Promise<(Fate | 'refused')[]>
  /** Every set of values there is for these identities, the disputed ones too, in any order. */
  claims: (identities: readonly { deviceId: string; atMs: number }[]) => Promise<Reading[]>
}

/** Late readings one answer may have to settle. A gateway that was silent for 20 days brings 6,000 for each device. */
const LATE_MAX = 100_000

type Side = 'first' | 'last'
/** What the identities that the late store knows come to, both stores heard. */
type Heard = Settled & { identities: ReadonlySet<string> }

const byDeviceAndTime = (one: { deviceId: string; atMs: number }, other: { deviceId: string; atMs: number }): number =>
  byDeviceId(one, other) || one.atMs - other.atMs

/** The rows of a series whose instants stand in `keeps`. */
const rowsOf = ({ deviceId, atMs, values }: Series, rows: readonly number[]): Series => ({
  deviceId,
  atMs: rows.flatMap((row) => atMs[row] ?? []),
  values: Object.fromEntries(Object.entries(values).map(([name, column]) => [name, rows.map((row) => column[row] ?? null)])),
})

/** Two series of one device, no instant in both, as one. */
const joined = (one: Series, other: Series): Series => {
  const atMs = [...one.atMs, ...other.atMs]
  const values = Object.fromEntries(
    Object.entries(one.values).map(([name, column]) => [name, [...column, ...(other.values[name as Quantity] ?? [])]]),
  )
  const inTime = atMs
    .map((at, row) => ({ at, row }))
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row)
  return rowsOf({ deviceId: one.deviceId, atMs, values }, inTime)
}

/** The main store's series without the identities that were settled apart, and with what those came to. */
const merged = (main: readonly Series[], heard: Heard, quantities: readonly Quantity[]): Series[] => {
  const byDevice = new Map(seriesOf(heard.undisputed, quantities).map((series) => [series.deviceId, series]))
  for (const series of main) {
    const { deviceId, atMs } = series
    const others = rowsOf(
      series,
      [...atMs.keys()].filter((row) => !heard.identities.has(identityOf({ deviceId, atMs: atMs[row] ?? 0 }))),
    )
    const settled = byDevice.get(deviceId)
    if (others.atMs.length > 0) byDevice.set(deviceId, settled ? joined(others, settled) : others)
  }
  return [...byDevice.values()].sort(byDeviceId)
}

const pointsIn = (found: readonly Series[], quantity: Quantity, side: Side): Point[] =>
  found.flatMap(({ deviceId, atMs, values }) => {
    const present = atMs.flatMap((at, row) => {
      const value = values[quantity]?.[row] ?? null
      return value === null ? [] : [{ deviceId, atMs: at, value }]
    })
    return present.at(side === 'last' ? -1 : 0) ?? []
  })

/** The part of a span, for the devices that have a point, in which a late reading could be nearer. */
const nearerThan = (points: readonly Point[], span: Span, side: Side): Span => {
  const instants = points.map(({ atMs }) => atMs)
  const deviceIds = points.map(({ deviceId }) => deviceId)
  return side === 'last'
    ? { ...span, deviceIds, fromMs: Math.min(...instants) }
    : { ...span, deviceIds, toMs: Math.max(...instants) + 1 }
}

const createReader = (main: LimitedStore, late: ReadingStore): ReadingReader => {
  const lateClaims = async (span: Span): Promise<Reading[]> => {
    // Nearly always there is nothing, and then this is all that is asked; at once, because a store may answer both from one read.
    const [series, conflicts] = await Promise.all([late.series(span, []), late.conflicts(span)])
    const undisputed = series.length > 0 ? await late.list(span, LATE_MAX + 1) : []
    const claims = [...undisputed, ...conflicts.flatMap(({ readings }) => readings)]
    if (claims.length > LATE_MAX) throw new RangeError(`more than ${LATE_MAX} late readings in one span`)
    return claims
  }

  const hear = async (span: Span): Promise<Heard | undefined> => {
    const claims = await lateClaims(span)
    if (claims.length === 0) return undefined
    const settled = settle([...claims, ...(await main.claims(claims))])
    return { ...settled, identities: new Set(claims.map(identityOf)) }
  }

  const series = async (span: Span, quantities: readonly Quantity[]): Promise<Series[]> => {
    const [found, heard] = await Promise.all([main.series(span, quantities), hear(span)])
    return heard ? merged(found, heard, quantities) : found
  }

  /** The nearest points of those devices of which the late store knows anything in the span, and which those are. */
  const settledPoints = async (span: Span, quantity: Quantity, side: Side) => {
    const touched = new Set(span.deviceIds.length > 0 ? (await lateClaims(span)).map(({ deviceId }) => deviceId) : [])
    const found = touched.size > 0 ? await series({ ...span, deviceIds: [...touched] }, [quantity]) : []
    return { touched, points: pointsIn(found, quantity, side) }
  }

  const nearest = async (span: Span, quantity: Quantity, side: Side): Promise<Point[]> => {
    const { deviceIds, fromMs, toMs } = span
    const points =
      side === 'last'
        ? await main.lastBefore({ deviceIds, beforeMs: toMs, notBeforeMs: fromMs }, quantity)
        : await main.firstAfter({ deviceIds, fromMs, beforeMs: toMs }, quantity)
    const known = new Set(points.map(({ deviceId }) => deviceId))
    const unknown = { ...span, deviceIds: deviceIds.filter((deviceId) => !known.has(deviceId)) }
    const near = nearerThan(points, span, side)
    const [nearer, only] = await Promise.all([settledPoints(near, quantity, side), settledPoints(unknown, quantity, side)])
    // Where the point known turned out disputed and nothing else is that near, the next one lies further on.
    const settled = new Set(nearer.points.map(({ deviceId }) => deviceId))
    const disputed = [...nearer.touched].filter((deviceId) => !settled.has(deviceId))
    const beyond = side === 'last' ? { ...span, toMs: near.fromMs } : { ...span, fromMs: near.toMs }
    const further = disputed.length > 0 ? await series({ ...beyond, deviceIds: disputed }, [quantity]) : []
    const untouched = points.filter(({ deviceId }) => !nearer.touched.has(deviceId))
    const found = [...untouched, ...nearer.points, ...only.points, ...pointsIn(further, quantity, side)]
    return found.sort(byDeviceId)
  }

  return {
    series,
    lastBefore: ({ deviceIds, beforeMs, notBeforeMs }, quantity) =>
      nearest({ deviceIds, fromMs: notBeforeMs, toMs: beforeMs }, quantity, 'last'),
    firstAfter: ({ deviceIds, fromMs, beforeMs }, quantity) => nearest({ deviceIds, fromMs, toMs: beforeMs }, quantity, 'first'),
    list: async (span, limit) => {
      const heard = await hear(span)
      if (!heard) return main.list(span, limit)
      // Whatever of the main store's list is settled apart, so many more of it are still enough.
      const found = await main.list(span, limit + heard.identities.size)
      const others = found.filter((reading) => !heard.identities.has(identityOf(reading)))
      return [...others, ...heard.undisputed].sort(byDeviceAndTime).slice(0, limit)
    },
    summaries: summariesFrom(series),
    conflicts: async (span) => {
      const [found, heard] = await Promise.all([main.conflicts(span), hear(span)])
      if (!heard) return found
      return [...found.filter((conflict) => !heard.identities.has(identityOf(conflict))), ...heard.conflicts].sort(
        byDeviceAndTime,
      )
    },
  }
}

const claimOf = (reading: Reading): string => `${identityOf(reading)} ${readingValues(reading)}`

/** What the main store refuses is looked up there first: it may hold it from when it was young. Only then the late store keeps it. */
const append = async (main: LimitedStore, late: ReadingStore, readings: readonly Reading[]): Promise<Fate[]> => {
  const answers = await main.append(readings)
  const refused = readings.filter((_, index) => answers[index] === 'refused')
  if (refused.length === 0) return answers.filter((answer) => answer !== 'refused')
  const held = await main.claims(refused)
  const taken = readings.filter((_, index) => answers[index] !== 'refused')
  const identities = new Set([...held, ...taken].map(identityOf))
  const claims = new Set(held.map(claimOf))

  const unknown = refused.filter((reading) => !claims.has(claimOf(reading)))
  const kept = (await late.append(unknown)).values()
  return readings.map((reading, index): Fate => {
    const answer = answers[index] ?? 'refused'
    if (answer !== 'refused') return answer
    if (claims.has(claimOf(reading))) return 'duplicate'
    const fate = kept.next().value ?? 'duplicate'
    return fate === 'stored' && identities.has(identityOf(reading)) ? 'conflict' : fate
  })
}

export const withLateReadings = (main: LimitedStore, late: ReadingStore): ReadingStore => {
  const since = [main, late].flatMap(({ wholeSinceMs }) => wholeSinceMs ?? [])
  return {
    ...createReader(main, late),
    append: (readings) => append(main, late, readings),
    ...(since.length > 0 && { wholeSinceMs: (nowMs: number) => Math.max(...since.map((each) => each(nowMs))) }),
  }
}
