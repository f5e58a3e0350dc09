import { addDays, dayEndMs, dayStartMs } from '../domain/calendar.ts'
import type { Reading } from '../domain/reading.ts'
import { readingValues } from '../domain/reading-values.ts'
import type { Archive } from './archive.ts'
import { archiveKey, packStationDay, type StationDayFile, unpackStationDay } from './archive-file.ts'
import { type ImportInto, type ImportRun, markAnew } from './import-rows.ts'
import { identityOf } from './readings.ts'
import { wholeReadings } from './whole-readings.ts'

/** How the readings of a station-day find their place among those that are there. */

const READINGS_PER_APPEND = 5_000

/**
 * The readings of a file that are not here, message by message, as they were received. One that is older than what the store keeps
 * whole is here when the archive holds it; any other belongs into the store, whatever the archive holds.
 */
export const missingOf = async (into: ImportInto, file: StationDayFile): Promise<Reading[]> => {
  const deviceIds = [...new Set(file.readings.map(({ deviceId }) => deviceId))]
  const stored = await wholeReadings(into.readings, { deviceIds, fromMs: dayStartMs(file.day), toMs: dayEndMs(file.day) })
  const left = without(file.readings, stored)
  const wholeSinceMs = into.readings.wholeSinceMs?.(into.now()) ?? Number.NEGATIVE_INFINITY
  const [kept, letGo] = [left.filter(({ atMs }) => atMs >= wholeSinceMs), left.filter(({ atMs }) => atMs < wholeSinceMs)]
  const missing = [...kept, ...(letGo.length === 0 ? [] : without(letGo, await archivedReadings(into, file)))]
  return missing.toSorted((one, other) => one.receivedAtMs - other.receivedAtMs)
}

/**
 * Stores what is missing of a station-day and answers how much that was. A day this system has figures of is marked stale, before
 * so that a crash leaves the mark, and after so that a computation in between is not taken for the last word.
 */
export const importStationDay = async (into: ImportRun, file: StationDayFile): Promise<number> => {
  const missing = await missingOf(into, file)
  if (missing.length > 0) await markKnownDays(into, file)
  for (let at = 0; at < missing.length; at += READINGS_PER_APPEND) {
    await into.readings.append(missing.slice(at, at + READINGS_PER_APPEND))
  }
  const isFiled = into.archive !== undefined && file.day <= into.lastArchivedDay && (await archive(into, into.archive, file))
  // The schedule may have archived the day between our reading of its file and our writing: marked, it does so again.
  if (missing.length > 0 || isFiled) await markKnownDays(into, file)
  return missing.length
}

const without = (readings: readonly Reading[], known: readonly Reading[]): Reading[] => {
  const there = new Set(known.map(claimOf))
  return readings.filter((reading) => !there.has(claimOf(reading)))
}
const claimOf = (reading: Reading): string => `${identityOf(reading)} ${readingValues(reading)}`

const archivedReadings = async (into: ImportInto, file: StationDayFile): Promise<Reading[]> => {
  const kept = await into.archive?.get(archiveKey(file))
  return kept === undefined ? [] : unpackStationDay(kept).readings
}

/** Answers whether the archive lacked any of it. */
const archive = async (into: ImportInto, to: Archive, file: StationDayFile): Promise<boolean> => {
  const kept = await archivedReadings(into, file)
  if (without(file.readings, kept).length === 0) return false
  await to.put(archiveKey(file), packStationDay({ ...file, readings: [...kept, ...file.readings] }))
  return true
}

/** The day and the one after, whose figure begins where this one ends. A day without a mark gets the one that travels. */
const markKnownDays = async (into: ImportInto, { countyCode, stationId, day }: StationDayFile): Promise<void> => {
  for (const each of [day, addDays(day, 1)]) {
    const place = { countyCode, stationId, day: each }
    if (await into.tables.staleDays.get(place)) await markAnew(into, place)
  }
}
