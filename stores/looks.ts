import type { Look } from '../domain/assessment.ts'
import { type ChinaDay, dayEndMs, dayNumberOf, dayStartMs } from '../domain/calendar.ts'
import type { PerformanceLimits } from '../domain/performance-limits.ts'
import { QUARTER_MS, QUARTERS_PER_DAY, quarterMeans, quarterStartMs } from '../domain/quarter-curve.ts'
import type { Reading } from '../domain/reading.ts'
import type { Device, Station } from '../domain/registry.ts'
import { stringFindings } from '../domain/string-currents.ts'
import { solarElevationDeg } from '../domain/sun.ts'
import type { ReadingReader, Series } from './readings.ts'

/**
 * What an assessment reads of stations' days: power and irradiance as columns, and around noon the whole readings of some inverters,
 * for their strings and what they say of themselves. A few stations at a time, and of each only its quarter hours are kept.
 */

export type Looked = { station: Station /** Installed on the day. */; devices: readonly Device[] }

/** So many devices are asked for at once: three hundred rows each. */
const DEVICES_AT_ONCE = 100
/** Of a station's inverters so many have their strings compared on a day, the next ones on the next. */
const STRING_INVERTERS_MAX = 12
/** Either side of the highest sun. */
const NOON_QUARTERS = 4
const READINGS_PER_DEVICE_MAX = 150

/** The quarter of a day in which the sun stands highest over a station. */
const noonQuarter = ({ latitudeDeg, longitudeDeg }: Station, day: ChinaDay): number => {
  const elevations = Array.from({ length: QUARTERS_PER_DAY }, (_, quarter) =>
    solarElevationDeg({ latitudeDeg, longitudeDeg, atMs: quarterStartMs(day, quarter) }),
  )
  return elevations.indexOf(Math.max(...elevations))
}

/** Some of the inverters, others every day. */
const inTurn = (inverters: readonly Device[], day: ChinaDay): Device[] => {
  const sorted = inverters.toSorted((a, b) => (a.deviceId < b.deviceId ? -1 : 1))
  const from = (dayNumberOf(dayStartMs(day)) * STRING_INVERTERS_MAX) % Math.max(1, sorted.length)
  return [...sorted.slice(from), ...sorted.slice(0, from)].slice(0, STRING_INVERTERS_MAX)
}

/** Stations together until they have as many devices as are asked for at once; a larger one is a group of its own. */
const groupsOf = (looked: readonly Looked[]): Looked[][] => {
  const groups: Looked[][] = []
  let devices = DEVICES_AT_ONCE
  for (const each of looked) {
    if (devices + each.devices.length > DEVICES_AT_ONCE) {
      groups.push([])
      devices = 0
    }
    groups.at(-1)?.push(each)
    devices += each.devices.length
  }
  return groups
}

const throttledQuarters = (readings: readonly Reading[], day: ChinaDay): Set<number> => {
  const told = readings.filter(({ state }) => state !== undefined)
  const byQuarter = Map.groupBy(told, ({ atMs }) => Math.floor((atMs - dayStartMs(day)) / QUARTER_MS))
  const isThrottled = (group: readonly Reading[]): boolean =>
    group.filter(({ state }) => state === 'throttled').length * 2 > group.length
  return new Set([...byQuarter].flatMap(([quarter, group]) => (isThrottled(group) ? [quarter] : [])))
}

/** The whole readings around noon of inverters whose turn it is, by device. */
const readingsAtNoon = async (
  reader: ReadingReader,
  group: readonly Looked[],
  day: ChinaDay,
): Promise<Map<string, Reading[]>> => {
  const [first] = group
  const asked = group.flatMap(({ devices }) =>
    inTurn(
      devices.filter(({ kind }) => kind === 'inverter'),
      day,
    ),
  )
  if (!first || asked.length === 0) return new Map()
  // Stations of one county have one noon, to a few minutes.
  const noon = noonQuarter(first.station, day)
  const span = {
    deviceIds: asked.map(({ deviceId }) => deviceId),
    fromMs: quarterStartMs(day, noon - NOON_QUARTERS),
    toMs: quarterStartMs(day, noon + NOON_QUARTERS),
  }
  const readings = await reader.list(span, asked.length * READINGS_PER_DEVICE_MAX)
  return Map.groupBy(readings, ({ deviceId }) => deviceId)
}

const samplesOf = ({ atMs, values }: Series, quantity: 'acPowerW' | 'irradianceWPerM2') => ({
  atMs,
  values: values[quantity] ?? [],
})

/** The looks at stations on a day, by station. */
export const looksAt = async (
  reader: ReadingReader,
  looked: readonly Looked[],
  day: ChinaDay,
  limits: PerformanceLimits,
): Promise<Map<string, Look>> => {
  const looks = new Map<string, Look>()
  for (const group of groupsOf(looked)) {
    const deviceIds = group.flatMap(({ devices }) => devices.map(({ deviceId }) => deviceId))
    const span = { deviceIds, fromMs: dayStartMs(day), toMs: dayEndMs(day) }
    const found = await reader.series(span, ['acPowerW', 'irradianceWPerM2'])
    const seriesOf = new Map(found.map((series) => [series.deviceId, series]))
    const atNoon = await readingsAtNoon(reader, group, day)
    for (const { station, devices } of group) {
      const inverters = devices.filter(({ kind }) => kind === 'inverter')
      const sensors = devices.filter(({ kind }) => kind === 'irradiance')
      const own = inverters.flatMap(({ deviceId }) => atNoon.get(deviceId) ?? [])
      looks.set(station.stationId, {
        inverters: inverters.map(({ deviceId, ratedPowerW }) => {
          const series = seriesOf.get(deviceId)
          return { deviceId, ratedPowerW, powerW: quarterMeans(series ? samplesOf(series, 'acPowerW') : NOTHING, day) }
        }),
        sensors: sensors.map(({ deviceId }) => {
          const series = seriesOf.get(deviceId)
          return series ? samplesOf(series, 'irradianceWPerM2') : NOTHING
        }),
        strings: inverters.flatMap(({ deviceId }) => stringFindings(deviceId, atNoon.get(deviceId) ?? [], limits)),
        stringsSeen: own.some(({ strings = [] }) => strings.length > 0),
        throttled: throttledQuarters(own, day),
      })
    }
  }
  return looks
}

const NOTHING = { atMs: [], values: [] }
