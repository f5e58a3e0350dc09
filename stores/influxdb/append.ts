import type { Reading } from '../../domain/reading.ts'
import { assertExact, readingValues } from '../../domain/reading-values.ts'
import { type Fate, identityOf } from '../readings.ts'
import type { Database } from './database.ts'
import { lookUp } from './look-ups.ts'
import { lineOf, PLACES, placeOf, READING_COLUMNS, valuesOf } from './points.ts'
import { checkedId, END_MS, FIRST_MS } from './statements.ts'

/** Readings looked up and written before the next ones are. */
const READINGS_PER_ROUND = 10_000

/** What stands at one identity, or will once this batch is written: sets of values by their place in the millisecond. */
type Claims = Map<number, string>

const assertStorable = (reading: Reading): void => {
  assertExact(reading)
  checkedId(reading.deviceId)
  if (reading.atMs < FIRST_MS || reading.atMs >= END_MS)
    throw new RangeError(`${reading.atMs} of ${reading.deviceId} is a time InfluxDB cannot hold`)
}

/** The place of its own that a further set of values takes: the next free one where its hash is taken, one time in a million. */
const freePlace = (claims: Claims, values: string): number => {
  let place = placeOf(values)
  while (claims.has(place)) place = (place + 1) % PLACES
  return place
}

const appendRound = async (database: Database, readings: readonly Reading[]): Promise<Fate[]> => {
  const stored = await lookUp(database, readings, READING_COLUMNS)
  const claimed = new Map<string, Claims>()
  const lines: string[] = []
  const fates = readings.map((reading): Fate => {
    const identity = identityOf(reading)
    const { deviceId } = reading
    const claims: Claims =
      claimed.get(identity) ?? new Map((stored.get(identity) ?? []).map((row) => [row.place, valuesOf(deviceId, row)]))
    claimed.set(identity, claims)
    const values = readingValues(reading)
    if ([...claims.values()].includes(values)) return 'duplicate'
    const fate = claims.size === 0 ? 'stored' : 'conflict'
    const place = freePlace(claims, values)
    claims.set(place, values)
    lines.push(lineOf(reading, place))
    return fate
  })
  await database.write(lines)
  return fates
}

/**
 * Writes what a batch has that InfluxDB does not hold yet and answers one fate per reading. Of two processes that append equal
 * readings at the same moment both may say 'stored', and of rivals neither 'conflict': what stands there afterwards is the same. Only
 * rivals at the same moment from two processes that also share one of a million places would be mixed into one.
 */
export const appendReadings = async (database: Database, readings: readonly Reading[]): Promise<Fate[]> => {
  for (const reading of readings) assertStorable(reading)
  const fates: Fate[] = []
  for (let from = 0; from < readings.length; from += READINGS_PER_ROUND)
    fates.push(...(await appendRound(database, readings.slice(from, from + READINGS_PER_ROUND))))
  return fates
}
