import { type ChinaDay, DAY_MS, dayStartMs, MINUTE_MS } from './calendar.ts'
import type { Samples } from './curve.ts'
import { medianOf } from './peers.ts'

/** A day's power by quarter hours: of an inverter, of a station for its size, and of a county as its stations' median. */

export const QUARTER_MS = 15 * MINUTE_MS
export const QUARTERS_PER_DAY = DAY_MS / QUARTER_MS

/** One value per quarter hour of a China day; null where nothing is known. */
export type Quarters = readonly (number | null)[]

/** First instant of a quarter, epoch ms. */
export const quarterStartMs = (day: ChinaDay, quarter: number): number => dayStartMs(day) + quarter * QUARTER_MS

/**
 * Mean of what was reported in each quarter. One without any takes that of the quarter before, once: loggers that sample every
 * quarter of an hour drift across its edges.
 */
export const quarterMeans = ({ atMs, values }: Samples, day: ChinaDay): (number | null)[] => {
  const startMs = dayStartMs(day)
  const sums = new Float64Array(QUARTERS_PER_DAY)
  const counts = new Int32Array(QUARTERS_PER_DAY)
  for (const [index, at] of atMs.entries()) {
    const value = values[index] ?? null
    const quarter = Math.floor((at - startMs) / QUARTER_MS)
    if (value === null || quarter < 0 || quarter >= QUARTERS_PER_DAY) continue
    sums[quarter] = (sums[quarter] ?? 0) + value
    counts[quarter] = (counts[quarter] ?? 0) + 1
  }
  const meanAt = (quarter: number): number | null => {
    const count = counts[quarter] ?? 0
    return count === 0 ? null : (sums[quarter] ?? 0) / count
  }
  return Array.from({ length: QUARTERS_PER_DAY }, (_, quarter) => meanAt(quarter) ?? meanAt(quarter - 1))
}

export type InverterCurve = { deviceId: string; ratedPowerW: number; powerW: Quarters }

/** Less of a station's rating known, and its sum is anybody's guess. */
const KNOWN_SHARE_MIN = 0.5

/**
 * Power of a station in whole W per kW of its DC array. Inverters that are not known are taken to do as the rest, as long as
 * those are half of the station.
 */
export const stationProfile = (inverters: readonly InverterCurve[], dcCapacityW: number): (number | null)[] => {
  const ratedW = inverters.reduce((sum, inverter) => sum + inverter.ratedPowerW, 0)
  return Array.from({ length: QUARTERS_PER_DAY }, (_, quarter) => {
    let sumW = 0
    let knownW = 0
    for (const { ratedPowerW, powerW } of inverters) {
      const value = powerW[quarter] ?? null
      if (value === null) continue
      sumW += value
      knownW += ratedPowerW
    }
    if (knownW === 0 || knownW < ratedW * KNOWN_SHARE_MIN || dcCapacityW <= 0) return null
    return Math.max(0, Math.round((sumW * (ratedW / knownW) * 1_000) / dcCapacityW))
  })
}

/** The median of stations' profiles, quarter by quarter; null where fewer than `peersMin` of them know. */
export const referenceProfile = (profiles: readonly Quarters[], peersMin: number): (number | null)[] =>
  Array.from({ length: QUARTERS_PER_DAY }, (_, quarter) => {
    const known = profiles.map((profile) => profile[quarter] ?? null).filter((value) => value !== null)
    return known.length < peersMin ? null : medianOf(known)
  })
