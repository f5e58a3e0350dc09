import type { ChinaDay } from './calendar.ts'
import { shareByLargestRemainder } from './money.ts'
import type { PerformanceLimits } from './performance-limits.ts'
import { type InverterCurve, QUARTER_MS, QUARTERS_PER_DAY, type Quarters, quarterStartMs } from './quarter-curve.ts'
import { type Site, solarElevationDeg } from './sun.ts'

/**
 * Of the time a station could have produced: how much of it did, how much stood still while it told us so, and of how much nothing
 * is known. The three are never mixed: an inverter whose link is down may well be producing, and whose fault either is, the
 * figures do not say.
 */

/** Per mille of the whole, together 1,000. */
export type Parts = { producing: number; idle: number; noData: number }

export type Availability = {
  /** From power by the quarter hour; or of a day nobody looked into, from the hours with readings alone, where idle is not told. */
  basis: 'curve' | 'summary'
  /** Time-based, inverters weighed by rating; null when there was no time to produce in. */
  time: Parts | null
  /** Energy-based: each quarter weighed by what the peers made in it; null where that is not known. */
  energy: Parts | null
}

/** The quarters in which a station is expected to produce: the sun is up, and its peers do not say that nobody can. */
export const expectedQuarters = (
  site: Site,
  day: ChinaDay,
  { reference, limits }: { reference: Quarters | null; limits: PerformanceLimits },
): number[] =>
  Array.from({ length: QUARTERS_PER_DAY }, (_, quarter) => quarter).filter((quarter) => {
    const { latitudeDeg, longitudeDeg } = site
    const middleMs = quarterStartMs(day, quarter) + QUARTER_MS / 2
    const peersW = reference?.[quarter] ?? null
    if (peersW !== null && peersW < limits.darkWPerKw) return false
    return solarElevationDeg({ latitudeDeg, longitudeDeg, atMs: middleMs }) > limits.sunUpDeg
  })

type State = keyof Parts

export const stateOf = ({ ratedPowerW, powerW }: InverterCurve, quarter: number, limits: PerformanceLimits): State => {
  const value = powerW[quarter] ?? null
  if (value === null) return 'noData'
  return value * 1_000 >= ratedPowerW * limits.producingPermille ? 'producing' : 'idle'
}

const partsOf = (weights: Parts): Parts | null => {
  const shares = (['producing', 'idle', 'noData'] as const).map((id) => ({ id, weight: weights[id] }))
  const shared = shareByLargestRemainder({ total: 1_000, shares })
  if (shared.kind === 'no_weight') return null
  const [producing = 0, idle = 0, noData = 0] = shared.parts.map(({ part }) => part)
  return { producing, idle, noData }
}

export const availabilityOf = (
  inverters: readonly InverterCurve[],
  quarters: readonly number[],
  { reference, limits }: { reference: Quarters | null; limits: PerformanceLimits },
): Availability => {
  const time: Parts = { producing: 0, idle: 0, noData: 0 }
  const energy: Parts = { producing: 0, idle: 0, noData: 0 }
  for (const quarter of quarters) {
    for (const inverter of inverters) {
      const state = stateOf(inverter, quarter, limits)
      time[state] += inverter.ratedPowerW
      energy[state] += inverter.ratedPowerW * (reference?.[quarter] ?? 0)
    }
  }
  return { basis: 'curve', time: partsOf(time), energy: partsOf(energy) }
}

/** Of a day nobody looked into: by the share of sun-up hours with readings. */
export const availabilityOfSummary = (coveragePermille: number): Availability => ({
  basis: 'summary',
  time: { producing: coveragePermille, idle: 0, noData: 1_000 - coveragePermille },
  energy: null,
})

/** Quarters in which not every inverter produced: they are left out of a performance ratio. */
export const outageQuarters = (
  inverters: readonly InverterCurve[],
  quarters: readonly number[],
  limits: PerformanceLimits,
): Set<number> =>
  new Set(quarters.filter((quarter) => inverters.some((inverter) => stateOf(inverter, quarter, limits) !== 'producing')))
