import type { DuckDBConnection } from '@duckdb/node-api'
import { assertSummarySpan } from '../../domain/reading-summary.ts'
import {
  copySlot,
  type DeviceSummaries,
  isDisordered,
  openSummaries,
  pickSummaries,
  summariesMade,
} from '../../domain/summary-columns.ts'
import { addRows } from '../../domain/summary-rows.ts'
import type { Series, SummaryAsk } from '../readings.ts'
import { type SpanAsk, summariesOf } from '../summaries.ts'
import { askInParts } from './answer.ts'
import type { Devices } from './devices.ts'
import type { KeptSummaries } from './kept-summaries.ts'
import { summaryRows, summaryRowsSql } from './summary-rows.ts'
import { disputedIn } from './undisputed.ts'

/**
 * Of the newest half-days what was kept as readings came in. Of any other span one pass over the rows as they lie in the file, which
 * is the order they came in, with a few numbers kept for each device: nothing is sorted or grouped. Devices whose rows turn out not
 * to lie in order of time, or with an instant in dispute, are read again in order.
 */

/** So many device numbers are worth a list in the query; beyond, rows of others are passed over here. */
const LISTED_MAX = 200_000
/** Where the devices asked for are at least this part of their range of numbers, a list would cost more than it spares. */
const DENSE_SHARE = 0.25

/** Of so many devices a day's rows, seven hundred thousand, are kept in memory until they are taken. */
const KEPT_MAX = 2_500

type Means = {
  connection: DuckDBConnection
  devices: Devices
  kept: KeptSummaries
  series: (span: SpanAsk) => Promise<Series[]>
}

/** The devices asked for, by their places: their numbers, -1 for one that has none. */
type Numbers = Int32Array

const rowsSql = ({ fromMs, toMs, register }: SpanAsk, numbers: Numbers): string => {
  const known = numbers.filter((number) => number !== -1)
  let first = Number.POSITIVE_INFINITY
  let last = 0
  for (const number of known) {
    first = Math.min(first, number)
    last = Math.max(last, number)
  }
  const isListed = known.length <= LISTED_MAX && known.length < (last - first + 1) * DENSE_SHARE
  return `SELECT ${summaryRowsSql(fromMs, [register])} FROM readings r
    WHERE r.at_ms >= ${fromMs} AND r.at_ms < ${toMs} AND r.device_number BETWEEN ${first} AND ${last}
    ${isListed ? `AND r.device_number IN (${known.join(', ')})` : ''}`
}

/** By the number of a device the place it was asked for at: -1 for all others. */
const placesOf = (numbers: Numbers, devices: number): Int32Array => {
  const places = new Int32Array(devices).fill(-1)
  for (let place = 0; place < numbers.length; place += 1) {
    const number = numbers[place] ?? -1
    if (number !== -1) places[number] = place
  }
  return places
}

const passOver = async ({ connection, devices }: Means, ask: SpanAsk, numbers: Numbers): Promise<DeviceSummaries> => {
  const summaries = openSummaries(numbers.length, ask)
  if (ask.fromMs >= ask.toMs || numbers.every((number) => number === -1)) return summariesMade(summaries)
  // A device that was stored for the first time after its number was looked for has no place.
  const places = placesOf(numbers, devices.count())
  await askInParts(connection, rowsSql(ask, numbers), {
    isLarge: numbers.length > KEPT_MAX,
    take: (cells, count) => addRows(summaries, summaryRows(cells, count), places),
  })
  return summariesMade(summaries)
}

const readSpan = async (means: Means, ask: SpanAsk, numbers: Numbers): Promise<DeviceSummaries> => {
  const disputed = new Set((await disputedIn(means.connection, ask)).map(({ deviceNumber }) => deviceNumber))
  const kept = means.kept.of(ask)
  const found = kept ? pickSummaries(kept.summaries, kept.register, numbers) : await passOver(means, ask, numbers)
  const again: number[] = []
  for (let place = 0; place < numbers.length; place += 1)
    if (isDisordered(found, place) || disputed.has(numbers[place] ?? -1)) again.push(place)
  if (again.length === 0) return found
  const inOrder = { ...ask, deviceIds: again.flatMap((place) => ask.deviceIds[place] ?? []) }
  const read = summariesOf(await means.series(inOrder), inOrder)
  for (const [slot, place] of again.entries()) copySlot(read, slot, found, place)
  return found
}

export const readSummaries = async (means: Means, { spans, ...ask }: SummaryAsk): Promise<DeviceSummaries[]> => {
  for (const span of spans) assertSummarySpan(span)
  const numbers = Int32Array.from(ask.deviceIds, (deviceId) => means.devices.numberOf(deviceId) ?? -1)
  const found: DeviceSummaries[] = []
  for (const span of spans) found.push(await readSpan(means, { ...ask, ...span }, numbers))
  return found
}
