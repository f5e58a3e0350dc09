import { type ChinaDay, dayEndMs, dayStartMs, HOUR_MS, MINUTE_MS } from './calendar.ts'
import type { Samples } from './curve.ts'
import { performanceRatio } from './energy.ts'
import { WHOLE_BP } from './money.ts'
import type { PerformanceLimits } from './performance-limits.ts'
import { QUARTER_MS } from './quarter-curve.ts'
import { daylightMs, type Site } from './sun.ts'

/** What the sun gave by a station's own sensor, and what the station made of it. Where no sensor reports, nothing is said. */

export type Irradiation = {
  /** In the plane of the panels, over the time that was measured. */
  whPerM2: number
  /** Sun-up time that was measured, per mille of all of it that counts. */
  coveragePermille: number
}

type Span = {
  site: Site
  day: ChinaDay
  limits: PerformanceLimits /** Quarters that do not count. */
  without?: ReadonlySet<number>
}

/** By the trapezoid over readings, in any order. Below 0 W/m² is a sensor's offset at night and counts 0. */
export const irradiationOf = ({ atMs, values }: Samples, { site, day, limits, without }: Span): Irradiation => {
  const [startMs, endMs] = [dayStartMs(day), dayEndMs(day)]
  const known = atMs
    .flatMap((at, index) => {
      const value = values[index] ?? null
      return value === null || at < startMs || at >= endMs ? [] : [{ at, wPerM2: Math.max(0, value) }]
    })
    .sort((a, b) => a.at - b.at)
  const isLeftOut = (at: number): boolean => without?.has(Math.floor((at - startMs) / QUARTER_MS)) ?? false
  let sum = 0
  let coveredMs = 0
  for (const [index, { at, wPerM2 }] of known.entries()) {
    const before = known[index - 1]
    if (!before || at - before.at > limits.irradiationGapMinutes * MINUTE_MS || isLeftOut(before.at)) continue
    sum += ((before.wPerM2 + wPerM2) / 2) * (at - before.at)
    coveredMs += daylightMs(site, before.at, at)
  }
  const countedMs = daylightMs(site, startMs, endMs) - leftOutMs(site, startMs, without)
  const coveragePermille = countedMs <= 0 ? 0 : Math.min(1_000, Math.round((1_000 * coveredMs) / countedMs))
  return { whPerM2: Math.round(sum / HOUR_MS), coveragePermille }
}

const leftOutMs = (site: Site, startMs: number, quarters: ReadonlySet<number> = new Set()): number => {
  let sum = 0
  for (const quarter of quarters) sum += daylightMs(site, startMs + quarter * QUARTER_MS, startMs + (quarter + 1) * QUARTER_MS)
  return sum
}

/** Why there is no ratio: too little measured, too long an outage, no energy, or more than the sun gives. */
export const NO_RATIO_REASONS = ['coverage', 'outage', 'energy', 'sensor'] as const
export type NoRatioReason = (typeof NO_RATIO_REASONS)[number]

/** `ratioBp`: the performance ratio (PR) by the DC array, hundredths of a percent. Outages of `excludedMinutes` are left out of it. */
export type Performance = Irradiation & { excludedMinutes: number } & (
    | { ratioBp: number; reason?: undefined }
    | { ratioBp: null; reason: NoRatioReason }
  )

/** No plant turns more than this of what falls on it into energy at the meter: then the sensor is dirty, shaded or askew. */
const RATIO_MAX = 1.1

/**
 * The performance ratio of a day: energy over what the DC array would make of the sun that fell on it (IEC 61724), from the time in
 * which every inverter produced. `madeWh` is the energy of that time.
 */
export const performanceOf = ({
  samples,
  madeWh,
  dcCapacityW,
  ...span
}: Span & { samples: Samples; madeWh: number | null; dcCapacityW: number }): Performance => {
  const irradiation = irradiationOf(samples, span)
  const excludedMinutes = ((span.without?.size ?? 0) * QUARTER_MS) / MINUTE_MS
  const none = (reason: NoRatioReason): Performance => ({ ...irradiation, excludedMinutes, ratioBp: null, reason })
  const sunUpMs = daylightMs(span.site, dayStartMs(span.day), dayEndMs(span.day))
  if (madeWh === null || dcCapacityW <= 0) return none('energy')
  if (excludedMinutes * MINUTE_MS * 2 > sunUpMs) return none('outage')
  if (irradiation.coveragePermille < span.limits.irradiationCoveragePermille || irradiation.whPerM2 <= 0) return none('coverage')
  const ratio = performanceRatio(madeWh / dcCapacityW, irradiation.whPerM2)
  if (ratio > RATIO_MAX) return none('sensor')
  return { ...irradiation, excludedMinutes, ratioBp: Math.round(ratio * WHOLE_BP) }
}
