import type { ChinaDay } from '../../domain/calendar.ts'
import { DAY_MS, dayEndMs, dayStartMs, HOUR_MS, MINUTE_MS, parseDay } from '../../domain/calendar.ts'
import type { DeviceReadings } from '../../domain/device-day.ts'
import type { Site } from '../../domain/sun.ts'
import { solarElevationDeg } from '../../domain/sun.ts'

/** An invented 60 kW inverter under a cloudless sky: power follows the sine of the sun's elevation. */

export const bozhou: Site = { latitudeDeg: 33.84, longitudeDeg: 115.78 }
export const ROUND_MS = 5 * MINUTE_MS

export const dayNamed = (text: string): ChinaDay => {
  const day = parseDay(text)
  if (day === undefined) throw new Error(`not a day: ${text}`)
  return day
}

export type Row = { atMs: number; counterWh: number | null; acPowerW: number | null }

const powerAt = (atMs: number): number => {
  const elevationDeg = solarElevationDeg({ ...bozhou, atMs })
  return elevationDeg <= 0 ? 0 : Math.round(50_000 * Math.sin((elevationDeg * Math.PI) / 180))
}

/** Every five minutes of the days from `from` to `to`, both included, while the sun is up. */
export const sunnyRows = (from: ChinaDay, to: ChinaDay, startWh = 40_000_000): Row[] => {
  const rows: Row[] = []
  let counterWh = startWh
  for (let atMs = dayStartMs(from); atMs < dayEndMs(to); atMs += ROUND_MS) {
    const acPowerW = powerAt(atMs)
    counterWh += Math.round((acPowerW * ROUND_MS) / HOUR_MS)
    if (acPowerW > 0) rows.push({ atMs, counterWh, acPowerW })
  }
  return rows
}

const anInverter: DeviceReadings['device'] = {
  deviceId: 'INV-1',
  kind: 'inverter',
  ratedPowerW: 60_000,
  counter: 'lifetime',
  ctMultiplier: 1,
}

/** The columns a computation of `day` is given: half a day of context on both sides, and the nearest rows beyond it. */
export const readingsFor = (
  day: ChinaDay,
  rows: readonly Row[],
  about: Partial<Omit<DeviceReadings, 'device'>> & { device?: Partial<DeviceReadings['device']> } = {},
): DeviceReadings => {
  const fromMs = dayStartMs(day) - DAY_MS / 2
  const toMs = dayEndMs(day) + DAY_MS / 2
  const earlier = rows.filter(({ atMs }) => atMs < fromMs).slice(-1)
  const later = rows.filter(({ atMs }) => atMs >= toMs).slice(0, 1)
  const given = [...earlier, ...rows.filter(({ atMs }) => atMs >= fromMs && atMs < toMs), ...later]
  return {
    installedOn: dayNamed('2020-01-01'),
    conflicts: 0,
    resets: [],
    atMs: given.map(({ atMs }) => atMs),
    counterWh: given.map(({ counterWh }) => counterWh),
    acPowerW: given.map(({ acPowerW }) => acPowerW),
    ...about,
    device: { ...anInverter, ...about.device },
  }
}

/** Instant on a day by its local clock, `at('2026-06-01', 13.5)` being half past one in the afternoon. */
export const at = (day: string, hour: number): number => dayStartMs(dayNamed(day)) + hour * HOUR_MS
