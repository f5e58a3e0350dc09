import type { StationDay } from './energy.ts'
import { ratioBp, timesRatio, WHOLE_BP } from './money.ts'
import type { PerformanceLimits } from './performance-limits.ts'
import type { Station } from './registry.ts'

/**
 * A station's day beside those of its county. What is compared is the specific yield: Wh per kW of the DC array, thousandths of an
 * equivalent hour (等效利用小时); stations of one county have one sky. The median, so that half of them may have trouble of their own.
 */

const W_PER_KW = 1_000

/** The middle one, between two of them the mean, half up; null of nothing. Whole numbers in, a whole number out. */
export const medianOf = (values: readonly number[]): number | null => {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  return upper === undefined || lower === undefined ? null : Math.floor((lower + upper + 1) / 2)
}

/** Specific yield by the DC array, Wh per kW, half up: 4,000 are four equivalent hours. Null when either is not known. */
export const whPerKwDc = (energyWh: number | null, { dcCapacityW }: Pick<Station, 'dcCapacityW'>): number | null =>
  energyWh === null || dcCapacityW <= 0 ? null : timesRatio(energyWh, { times: W_PER_KW, per: dcCapacityW })

/** The same by the AC rating: what a contract or a meter's owner may count by, and never what peers are compared by. */
export const whPerKwAc = (energyWh: number | null, { acCapacityW }: Pick<Station, 'acCapacityW'>): number | null =>
  energyWh === null || acCapacityW <= 0 ? null : timesRatio(energyWh, { times: W_PER_KW, per: acCapacityW })

/**
 * What the peers of a station say of a day: their median, of so many. Null when they are too few or had too little sun. `spreadBp` is
 * how far one of them in the middle is from it (the median of their distances), hundredths of a percent: under passing clouds much.
 */
export type PeerFigure = { medianWhPerKwDc: number | null; count: number; spreadBp: number }

/** Whether a day's figure can be held against others: read off counters, and of the whole day. */
const isComparable = ({ quality, coveragePermille, energyWh }: StationDay, limits: PerformanceLimits): boolean =>
  quality === 'measured' && energyWh !== null && coveragePermille >= (limits.coveragePermille[1] ?? 0)

type Compared = { station: Pick<Station, 'stationId' | 'dcCapacityW'>; figure: StationDay }

/** The comparable yields of a county's day, the least first, with whose each is. */
const comparableYields = (days: readonly Compared[], limits: PerformanceLimits): { stationId: string; yieldWh: number }[] =>
  days
    .flatMap(({ station, figure }) => {
      const yieldWh = isComparable(figure, limits) ? whPerKwDc(figure.energyWh, station) : null
      return yieldWh === null ? [] : [{ stationId: station.stationId, yieldWh }]
    })
    .sort((a, b) => a.yieldWh - b.yieldWh || (a.stationId < b.stationId ? -1 : 1))

/** The county's own, with every station in it: one station changes it by next to nothing. */
const spreadOf = (yieldsWh: readonly number[]): number => {
  const median = medianOf(yieldsWh) ?? 0
  const distance = medianOf(yieldsWh.map((yieldWh) => Math.abs(yieldWh - median))) ?? 0
  return ratioBp({ part: distance, of: median }) ?? 0
}

/** For each station of a county the figure of its peers, itself left out; one sort for all of them. */
export const peersOf = (days: readonly Compared[], limits: PerformanceLimits): ((stationId: string) => PeerFigure) => {
  const yields = comparableYields(days, limits)
  const spreadBp = spreadOf(yields.map(({ yieldWh }) => yieldWh))
  const placeOf = new Map(yields.map(({ stationId }, place) => [stationId, place]))
  return (stationId) => {
    const own = placeOf.get(stationId) ?? Number.POSITIVE_INFINITY
    const count = yields.length - (Number.isFinite(own) ? 1 : 0)
    const others = [Math.ceil(count / 2) - 1, Math.floor(count / 2)]
      .map((place) => yields[place < own ? place : place + 1]?.yieldWh)
      .filter((yieldWh) => yieldWh !== undefined)
    const median = count < limits.peersMin ? null : medianOf(others)
    const isTold = median !== null && median >= limits.peerYieldMinWhPerKw
    return { count, medianWhPerKwDc: isTold ? median : null, spreadBp: isTold ? spreadBp : 0 }
  }
}

/** A day's yield in hundredths of a percent of the peers' median; null while either is not known. */
export const peerShareBp = (yieldWhPerKw: number | null, { medianWhPerKwDc }: PeerFigure): number | null =>
  yieldWhPerKw === null || medianWhPerKwDc === null ? null : ratioBp({ part: yieldWhPerKw, of: medianWhPerKwDc })

/**
 * Whether a share is below a limit, and further from the peers than so many times their spread: on a day of passing clouds half of
 * them are far from each other, and none of that is anybody's fault. False while the share is not known.
 */
export const isBelow = (
  shareBp: number | null,
  { spreadBp }: PeerFigure,
  { limitBp, spreads }: { limitBp: number; spreads: number },
): boolean => shareBp !== null && shareBp < Math.min(limitBp, WHOLE_BP - spreads * spreadBp)

/** What the station would have made as its peers did, Wh; null without peers. Never what a plan says. */
export const expectedWh = ({ medianWhPerKwDc }: PeerFigure, { dcCapacityW }: Pick<Station, 'dcCapacityW'>): number | null =>
  medianWhPerKwDc === null ? null : timesRatio(medianWhPerKwDc, { times: dcCapacityW, per: W_PER_KW })

/**
 * Whether a station has been below the limit on each of its last so many days that could be compared, none of them too long ago.
 * `sharesBp` is this day's first and then those of the days before it, null where a day could not be compared.
 */
export const isDegraded = (sharesBp: readonly (number | null)[], limits: PerformanceLimits): boolean => {
  if ((sharesBp[0] ?? null) === null) return false
  const known = sharesBp.slice(0, limits.degradedWithinDays).filter((share) => share !== null)
  const latest = known.slice(0, limits.degradedDays)
  return latest.length === limits.degradedDays && latest.every((share) => share < limits.degradedBp)
}
