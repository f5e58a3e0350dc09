import type { ChinaDay } from './calendar.ts'
import { dayOf, HOUR_MS } from './calendar.ts'
import type { DeviceColumns } from './plausibility.ts'
import { NIGHT_BELOW_DEG, NIGHT_OUTPUT_SHARE } from './plausibility.ts'
import type { Device } from './registry.ts'
import type { Site } from './sun.ts'
import { solarElevationDeg } from './sun.ts'

/**
 * A clock that is wrong by whole hours: a logger left on daylight saving, on UTC, or on another country's time.
 *
 * It is told from plain output at night by both ends of a day's production: taken as stamped, the device produces while the sun is
 * down, at one end at least; taken some whole number of hours earlier or later, no end does. A cloudy morning, a hill, or panels that
 * look east shorten production and never reach into the night, so they are never mistaken for it. What this cannot see is a shift
 * that keeps production within daylight: one hour where hills hide the sun for one.
 */

/** Production pauses for clouds; a longer pause ends it. */
const PAUSE_MS_MAX = 2 * HOUR_MS
/** Shorter production fits under the sun at too many hours. */
const PRODUCTION_MS_MIN = 4 * HOUR_MS
/** One reading at night is a slip, two in a row are not. */
const NIGHT_READINGS_MIN = 2
/** An hour moves the sun by ten degrees and more, so production that an hour explains reaches deep into twilight. */
const REACHES_BELOW_DEG = -5
const SHIFT_HOURS_MAX = 12

/** By how many whole hours the clock runs ahead of the sun (negative: behind), or undefined when no such shift explains the day. */
export const clockShiftHours = (
  columns: DeviceColumns,
  { ratedPowerW }: Pick<Device, 'ratedPowerW'>,
  site: Site,
  day: ChinaDay,
): number | undefined => {
  const sunDegAt = (atMs: number): number => solarElevationDeg({ ...site, atMs })
  const isDown = (atMs: number): boolean => sunDegAt(atMs) < NIGHT_BELOW_DEG
  const shifts = productions(columns, ratedPowerW)
    .filter((instants) => instants.some((atMs) => dayOf(atMs) === day && isDown(atMs)))
    .map((instants) => shiftOf(instants, sunDegAt))
  return new Set(shifts).size === 1 ? shifts[0] : undefined
}

/** Instants at which the device clearly produced, divided where it paused. */
const productions = ({ atMs, acPowerW }: DeviceColumns, ratedPowerW: number): number[][] => {
  const producing = atMs.filter((_, index) => (acPowerW[index] ?? 0) > ratedPowerW * NIGHT_OUTPUT_SHARE).sort((a, b) => a - b)
  const all: number[][] = []
  let lastMs = Number.NEGATIVE_INFINITY
  for (const at of producing) {
    if (at - lastMs > PAUSE_MS_MAX) all.push([])
    if (at !== lastMs) all.at(-1)?.push(at)
    lastMs = at
  }
  return all
}

/** The smallest shift under which the sun is up at both ends; undefined for none, or when too little speaks for it. */
const shiftOf = (instants: readonly number[], sunDegAt: (atMs: number) => number): number | undefined => {
  const [firstMs = 0] = instants
  const lastMs = instants.at(-1) ?? firstMs
  if (lastMs - firstMs < PRODUCTION_MS_MIN) return undefined
  const atNightDeg = instants.map(sunDegAt).filter((deg) => deg < NIGHT_BELOW_DEG)
  if (atNightDeg.length < NIGHT_READINGS_MIN || !atNightDeg.some((deg) => deg < REACHES_BELOW_DEG)) return undefined
  for (let hours = 1; hours <= SHIFT_HOURS_MAX; hours += 1) {
    for (const shift of [hours, -hours]) {
      const isUpAt = (atMs: number): boolean => sunDegAt(atMs - shift * HOUR_MS) >= NIGHT_BELOW_DEG
      if (isUpAt(firstMs) && isUpAt(lastMs) && isUpAt((firstMs + lastMs) / 2)) return shift
    }
  }
  return undefined
}
