import { createHash } from 'node:crypto'
import { type ChinaDay, DAY_MS, dayOf, dayStartMs, HOUR_MS } from '../../domain/calendar.ts'
import { ROW_BYTES_MAX } from '../../domain/limits.ts'
import type { Reading } from '../../domain/reading.ts'
import { readingValues } from '../../domain/reading-values.ts'
import { BODY } from './readings-definition.ts'
import { packReadings, unpackReadings } from './readings-pack.ts'
import type { Item } from './readings-requests.ts'

/** How readings are divided into items and where the items are filed: a pure function of the readings. */

/** A group of devices on a day: what one partition holds. */
export type GroupDay = { group: string; day: ChinaDay }
/** A reading to be filed, and where. */
export type Filing = GroupDay & { reading: Reading }
/** An item, and the filings it is made of. */
export type Packed<Of> = { partition: string; sort: string; body: Buffer; receivedAtMs: number; filings: Of[] }

/**
 * No item holds a reading this long after its first: so whatever falls into an hour is in the items of that hour and the one
 * before it, and looking for repeats of a message stays a matter of one read unit.
 */
export const ITEM_SPAN_MS = HOUR_MS
/** What key, names, receipt and expiry of an item may take beside its body. */
const FRAME_BYTES = 1024
const HASH_CHARACTERS = 12
const MS_DIGITS = 8

export const partitionOf = ({ group, day }: GroupDay): string => `${group}#${day}`

/** Where the sort keys of items begin whose first reading is at or after an instant; the day's bounds are theirs. */
export const sortAt = (day: ChinaDay, atMs: number): string =>
  String(Math.min(Math.max(Math.ceil(atMs - dayStartMs(day)), 0), DAY_MS)).padStart(MS_DIGITS, '0')

/** The instant of an item's first reading. */
export const firstMsOf = (day: ChinaDay, sort: string): number => dayStartMs(day) + Number(sort.slice(0, MS_DIGITS))

/** RangeError for an instant that the books have no day for. */
export const groupDayOf = (group: string, { atMs }: Reading): GroupDay => ({ group, day: dayOf(atMs) })

const inOrder = <Of extends Filing>(filings: readonly Of[]): Of[] =>
  filings
    .map((filing) => ({ filing, values: readingValues(filing.reading) }))
    .sort((one, other) => compare(one.filing.reading, other.filing.reading) || (one.values < other.values ? -1 : 1))
    .map(({ filing }) => filing)

const compare = (one: Reading, other: Reading): number =>
  one.deviceId === other.deviceId ? one.atMs - other.atMs : one.deviceId < other.deviceId ? -1 : 1

/** Of what makes readings equal: when they were received does not count, so a message sent again has the same hash. */
const hashOf = (readings: readonly Reading[]): string => {
  const hash = createHash('sha256')
  for (const reading of readings) hash.update(`${reading.deviceId} ${reading.atMs} ${readingValues(reading)}\n`)
  return hash.digest('base64url').slice(0, HASH_CHARACTERS)
}

/**
 * The items of readings that differ from each other. Those of one group and day that were received at the same instant are taken
 * for one message, and are one item unless they span more than ITEM_SPAN_MS or more bytes than DynamoDB takes.
 */
export const itemsOf = <Of extends Filing>(filings: readonly Of[]): Packed<Of>[] =>
  [...Map.groupBy(filings, (filing) => `${partitionOf(filing)} ${filing.reading.receivedAtMs}`).values()].flatMap((message) =>
    spansOf(message).flatMap((span) => packedOf(inOrder(span))),
  )

const spansOf = <Of extends Filing>(message: readonly Of[]): Of[][] => {
  const spans: Of[][] = []
  let firstMs = Number.NEGATIVE_INFINITY
  for (const filing of message.toSorted((one, other) => one.reading.atMs - other.reading.atMs)) {
    if (filing.reading.atMs - firstMs >= ITEM_SPAN_MS) {
      firstMs = filing.reading.atMs
      spans.push([])
    }
    spans.at(-1)?.push(filing)
  }
  return spans
}

const packedOf = <Of extends Filing>(filings: Of[]): Packed<Of>[] => {
  const [first] = filings
  if (!first) return []
  const readings = filings.map(({ reading }) => reading)
  const body = packReadings(readings, dayStartMs(first.day))
  if (body.length > ROW_BYTES_MAX - FRAME_BYTES) {
    if (filings.length === 1) throw new RangeError(`the reading of ${first.reading.deviceId} does not fit an item`)
    const half = filings.length >> 1
    return [...packedOf(filings.slice(0, half)), ...packedOf(filings.slice(half))]
  }
  const firstMs = readings.reduce((earliest, { atMs }) => Math.min(earliest, atMs), Number.POSITIVE_INFINITY)
  const sort = `${sortAt(first.day, firstMs)}#${hashOf(readings)}`
  return [{ partition: partitionOf(first), sort, body, receivedAtMs: first.reading.receivedAtMs, filings }]
}

/** The readings of an item of that day, as `itemsOf` packed them. */
export const readingsOf = (item: Item, day: ChinaDay): Reading[] => unpackReadings(item[BODY] as Uint8Array, dayStartMs(day))
