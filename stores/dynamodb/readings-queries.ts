import { type ChinaDay, dayEndMs, dayOf, dayStartMs } from '../../domain/calendar.ts'
import { ID_PATTERN } from '../../domain/limits.ts'
import type { Quantity, Reading } from '../../domain/reading.ts'
import { byDeviceId, type Point, type ReadingReader, type Span } from '../readings.ts'
import { summariesFrom } from '../summaries.ts'
import { pointsOf, seriesOf, settle } from '../undisputed.ts'
import type { Days, IndexedDay } from './readings-days.ts'
import { READINGS_KEY } from './readings-definition.ts'
import type { Directory } from './readings-directory.ts'
import { firstMsOf, ITEM_SPAN_MS, partitionOf, readingsOf, sortAt } from './readings-items.ts'
import { eachOf, type Requests } from './readings-requests.ts'

export type Sources = { requests: Requests; directory: Directory; days: Days }

/** Of a span the devices of one group. */
type Share = { group: string; deviceIds: ReadonlySet<string> }
/** A day of a group on which some of those devices have readings. */
type DayShare = { day: IndexedDay; deviceIds: ReadonlySet<string> }
type Bounds = Pick<Span, 'fromMs' | 'toMs'>
type Nearest = { quantity: Quantity; side: 'first' | 'last' }

const EARLIEST_MS = dayStartMs('1992-01-01' as ChinaDay)
const LATEST_MS = dayEndMs('2199-12-31' as ChinaDay)
/** The nearest reading of a device is seldom further from the edge of its day than this. */
const NEAREST_PAGE_ITEMS = 25

/** Nothing is stored outside the days of the books. */
const boundsOf = ({ fromMs, toMs }: Bounds): Bounds => {
  if (Number.isNaN(fromMs) || Number.isNaN(toMs)) throw new RangeError('a bound of a span must be a number')
  return { fromMs: Math.max(Math.ceil(fromMs), EARLIEST_MS), toMs: Math.min(Math.ceil(toMs), LATEST_MS) }
}

const sharesOf = async ({ directory }: Sources, deviceIds: readonly string[]): Promise<Share[]> => {
  const stranger = deviceIds.find((deviceId) => !ID_PATTERN.test(deviceId))
  if (stranger !== undefined) throw new RangeError('a device id has 1 to 64 letters, digits, underscores and hyphens')
  if (deviceIds.length === 0) return []
  const byGroup = Map.groupBy(await directory.find(deviceIds), ([, group]) => group)
  return [...byGroup].map(([group, entries]) => ({ group, deviceIds: new Set(entries.map(([deviceId]) => deviceId)) }))
}

/** The days within the bounds on which any device of the share has readings, the earliest first. */
const daysOf = async ({ days }: Sources, { group, deviceIds }: Share, { fromMs, toMs }: Bounds): Promise<DayShare[]> => {
  if (fromMs >= toMs) return []
  const found = await days.find(group, dayOf(fromMs), dayOf(toMs - 1))
  return found
    .map((day) => ({ day, deviceIds: deviceIds.intersection(day.devices) }))
    .filter(({ deviceIds }) => deviceIds.size > 0)
}

const rangeOf = ({ day }: DayShare, { fromMs, toMs }: Bounds) => ({
  partition: partitionOf(day),
  from: sortAt(day.day, fromMs - ITEM_SPAN_MS),
  to: sortAt(day.day, toMs),
})

const isIn = ({ deviceId, atMs }: Reading, { deviceIds }: DayShare, { fromMs, toMs }: Bounds): boolean =>
  atMs >= fromMs && atMs < toMs && deviceIds.has(deviceId)

const readDay = async ({ requests }: Sources, share: DayShare, bounds: Bounds): Promise<Reading[]> => {
  const items = await requests.query(rangeOf(share, bounds))
  return items.flatMap((item) => readingsOf(item, share.day.day).filter((reading) => isIn(reading, share, bounds)))
}

/** Every reading of the span, in no order, with repeats. */
const readSpan = async (sources: Sources, span: Span): Promise<Reading[]> => {
  const bounds = boundsOf(span)
  const shares = await sharesOf(sources, span.deviceIds)
  const days = (await eachOf(shares, (share) => daysOf(sources, share, bounds))).flat()
  return (await eachOf(days, (day) => readDay(sources, day, bounds))).flat()
}

/**
 * Reads of the same devices that are asked for in one turn of the event loop are one, when a span covers the other. It is sent
 * after both were asked for, so neither answer is older than its question.
 */
const shared = (read: (span: Span) => Promise<Reading[]>): ((span: Span) => Promise<Reading[]>) => {
  type Joint = { span: Span; readings: Promise<Reading[]> }
  const waiting = new Map<string, Joint>()
  const begin = (key: string, span: Span): Joint => {
    const begun: Joint = {
      span,
      readings: new Promise((resolve) => {
        setImmediate(() => {
          waiting.delete(key)
          resolve(read(begun.span))
        })
      }),
    }
    waiting.set(key, begun)
    return begun
  }
  return async (span) => {
    const key = JSON.stringify(span.deviceIds)
    const before = waiting.get(key)
    const isWider = before !== undefined && covers(span, before.span)
    const joint = before && (isWider || covers(before.span, span)) ? before : begin(key, span)
    if (isWider) joint.span = span
    return (await joint.readings).filter(({ atMs }) => atMs >= span.fromMs && atMs < span.toMs)
  }
}

const covers = (one: Bounds, other: Bounds): boolean => one.fromMs <= other.fromMs && one.toMs >= other.toMs

/** Pages from the edge of the day inwards, until nothing further in could be nearer, or dispute what was found. */
const nearestOfDay = async (
  { requests }: Sources,
  share: DayShare,
  bounds: Bounds,
  { quantity, side }: Nearest,
): Promise<Point[]> => {
  const readings: Reading[] = []
  const seen = new Set<string>()
  const range = { ...rangeOf(share, bounds), isReverse: side === 'last', pageItems: NEAREST_PAGE_ITEMS }
  for await (const items of requests.pages(range)) {
    const read = items.flatMap((item) => readingsOf(item, share.day.day).filter((each) => isIn(each, share, bounds)))
    readings.push(...read)
    for (const { deviceId, [quantity]: value } of read) if (value !== undefined) seen.add(deviceId)
    const innermost = items.at(-1)
    if (!innermost || seen.size < share.deviceIds.size) continue
    const points = pointsOf(settle(readings).undisputed, quantity, side)
    const firstMs = firstMsOf(share.day.day, String(innermost[READINGS_KEY.sort]))
    const isNearest = ({ atMs }: Point) => (side === 'last' ? firstMs + ITEM_SPAN_MS <= atMs : firstMs > atMs)
    if (points.length === share.deviceIds.size && points.every(isNearest)) return points
  }
  return pointsOf(settle(readings).undisputed, quantity, side)
}

const nearest = async (sources: Sources, span: Span, what: Nearest): Promise<Point[]> => {
  const bounds = boundsOf(span)
  const shares = await sharesOf(sources, span.deviceIds)
  const found = await eachOf(shares, async (share) => {
    const points: Point[] = []
    const left = new Set(share.deviceIds)
    const days = await daysOf(sources, share, bounds)
    for (const { day } of what.side === 'last' ? days.toReversed() : days) {
      const deviceIds = left.intersection(day.devices)
      if (deviceIds.size === 0) continue
      points.push(...(await nearestOfDay(sources, { day, deviceIds }, bounds, what)))
      for (const { deviceId } of points) left.delete(deviceId)
    }
    return points
  })
  return found.flat().sort(byDeviceId)
}

/** Device after device and day after day, so that no more is read than the limit needs; a day is read once for all its devices. */
const list = async (sources: Sources, span: Span, limit: number): Promise<Reading[]> => {
  if (!Number.isSafeInteger(limit) || limit < 0) throw new RangeError('a limit is a whole number from 0')
  const bounds = boundsOf(span)
  const listed: Reading[] = []
  const ofDevice = new Map<string, Share>()
  for (const share of await sharesOf(sources, span.deviceIds))
    for (const deviceId of share.deviceIds) ofDevice.set(deviceId, share)
  const daysOfShare = remembered((share: Share) => daysOf(sources, share, bounds))
  const readingsOfDay = remembered(async (share: DayShare) => settle(await readDay(sources, share, bounds)).undisputed)
  for (const [deviceId, share] of [...ofDevice].sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (listed.length >= limit) break
    for (const day of await daysOfShare(share)) {
      if (listed.length >= limit) break
      if (day.deviceIds.has(deviceId)) listed.push(...(await readingsOfDay(day)).filter((each) => each.deviceId === deviceId))
    }
  }
  return listed.slice(0, limit)
}

const remembered = <Of, Result>(make: (of: Of) => Promise<Result>): ((of: Of) => Promise<Result>) => {
  const made = new Map<Of, Promise<Result>>()
  return (of) => {
    const result = made.get(of) ?? make(of)
    made.set(of, result)
    return result
  }
}

/** The reading half of the port. */
export const createReader = (sources: Sources): ReadingReader => {
  const read = shared((span) => readSpan(sources, span))
  const series: ReadingReader['series'] = async (span, quantities) => seriesOf(settle(await read(span)).undisputed, quantities)
  return {
    series,
    lastBefore: ({ deviceIds, beforeMs, notBeforeMs }, quantity) =>
      nearest(sources, { deviceIds, fromMs: notBeforeMs, toMs: beforeMs }, { quantity, side: 'last' }),
    firstAfter: ({ deviceIds, fromMs, beforeMs }, quantity) =>
      nearest(sources, { deviceIds, fromMs, toMs: beforeMs }, { quantity, side: 'first' }),
    list: (span, limit) => list(sources, span, limit),
    conflicts: async (span) => settle(await read(span)).conflicts,
    summaries: summariesFrom(series),
  }
}
