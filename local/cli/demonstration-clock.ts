import { addDays, dayOf, dayStartMs, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { solarElevationDeg } from '../../domain/sun.ts'

/**
 * The clock of the demonstration: the real one by day. Someone who starts it at night would see a county of sleeping inverters, so
 * its clock is then put forward to the next morning, once and for all: everything in that data folder lives by it, and it never
 * goes back.
 */

const COUNTY = { latitudeDeg: 33.1, longitudeDeg: 116.2 }
/** Below this inverters hardly move; in midwinter the county's sun stands higher from about 8:15 to 16:00. */
const BRIGHT_DEG = 10
const MORNING_MS = 9 * HOUR_MS + 30 * MINUTE_MS

const isBright = (atMs: number): boolean => solarElevationDeg({ ...COUNTY, atMs }) >= BRIGHT_DEG

/** How far the demonstration's clock is ahead of the real one, given how far it already is. */
export const demonstrationShiftMs = ({ nowMs, shiftMs }: { nowMs: number; shiftMs: number }): number => {
  const atMs = nowMs + shiftMs
  if (isBright(atMs) && isBright(atMs + HOUR_MS)) return shiftMs
  const today = dayOf(atMs)
  const morningMs = [today, addDays(today, 1)].map((day) => dayStartMs(day) + MORNING_MS).find((startMs) => startMs > atMs)
  return (morningMs ?? atMs) - nowMs
}
