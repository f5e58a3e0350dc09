import type { PerformanceLimits } from './performance-limits.ts'
import { QUARTERS_PER_DAY, type Quarters } from './quarter-curve.ts'

/**
 * How a station's clock stands to its county's: the shift in quarter hours that lays its curve best on the peers' median, day by day.
 * The sun is the same for all of them, so a whole hour is a wrong zone or daylight saving, and anything else a clock that drifts (or
 * panels that face far from south, which the curve cannot tell from it).
 */

/** `minutes` ahead of the peers (behind when negative): noon stands that much later in its readings than it was. */
export type ClockShift = { minutes: number; kind: 'zone' | 'drift'; days: number }

const MINUTES = 15
const QUARTERS_PER_HOUR = 4
/** Up to half a day either way; beyond it a shift would be one the other way. */
const LAG_MAX = QUARTERS_PER_DAY / 2
/**
 * How alike the curves must be once shifted (cosine), and how much of what the shift would have cost the peers' own curve it must have
 * gained. Clouds that pass by make most days say nothing: of forty simulated days of forty stations two in five did, and no three
 * of those in a row agreed on a shift that was not there.
 */
const LIKENESS_MIN = 0.98
const GAIN_SHARE_MIN = 0.5

/** The night is silent: unknown is no power. */
const powers = (quarters: Quarters): number[] => quarters.map((value) => value ?? 0)

/** Likeness of a curve to the peers' when it is shifted back by a lag; the day goes round. */
const likeness = (own: readonly number[], peers: readonly number[], lag: number): number => {
  let product = 0
  for (const [quarter, value] of peers.entries())
    product += value * (own[(quarter + lag + QUARTERS_PER_DAY) % QUARTERS_PER_DAY] ?? 0)
  return product / (Math.hypot(...own) * Math.hypot(...peers))
}

/**
 * What one day says of a station's clock: by how many quarters it is ahead, 0 included; undefined for a day that says nothing.
 * Both curves are W per kW DC.
 */
export const dayLag = (profile: Quarters, reference: Quarters): number | undefined => {
  const [own, peers] = [powers(profile), powers(reference)]
  let [best, most] = [0, likeness(own, peers, 0)]
  const unshifted = most
  for (let lag = -LAG_MAX; lag < LAG_MAX; lag += 1) {
    const is = likeness(own, peers, lag)
    if (is > most) [best, most] = [lag, is]
  }
  // A day without any power is like nothing.
  if (!(most >= LIKENESS_MIN)) return undefined
  const cost = 1 - likeness(peers, peers, best)
  return best === 0 || most - unshifted >= GAIN_SHARE_MIN * cost ? best : undefined
}

/**
 * The shift on which the latest days agree, to a quarter; undefined when they do not or are too few. `lags` are those of days that
 * said something, the newest first.
 */
export const clockShiftOf = (lags: readonly number[], limits: PerformanceLimits): ClockShift | undefined => {
  const latest = lags.slice(0, limits.clockDays).toSorted((a, b) => a - b)
  const [least = 0, most = 0] = [latest[0], latest.at(-1)]
  if (latest.length < limits.clockDays || least * most <= 0 || most - least > 1) return undefined
  const lag = latest[Math.floor(latest.length / 2)] ?? 0
  const minutes = lag * MINUTES
  if (Math.abs(minutes) < limits.clockMinutes) return undefined
  return { minutes, kind: lag % QUARTERS_PER_HOUR === 0 ? 'zone' : 'drift', days: latest.length }
}
