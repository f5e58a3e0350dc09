import type { Cause } from './assessment.ts'
import type { Parts } from './availability.ts'
import type { Digest } from './county-assessment.ts'
import { type Graded, gradeOf } from './grade.ts'
import { ratioBp } from './money.ts'
import { sumKnown } from './overview.ts'
import { whPerKwAc, whPerKwDc } from './peers.ts'
import type { PerformanceLimits } from './performance-limits.ts'
import type { Station } from './registry.ts'

/** A station's days added up: of a month, or of one day alone. What is not known of a day is left out on both sides. */

export type PerformanceSum = {
  energyWh: number | null
  /** Equivalent hours by the DC array and by the AC rating, Wh per kW: thousandths of an hour. */
  dcWhPerKw: number | null
  acWhPerKw: number | null
  /** The peers' median over the days both are known, Wh per kW DC, and the station's own yield of it. */
  peersWhPerKw: number | null
  shareBp: number | null
  /** Mean over the days, per mille. */
  time: Parts | null
  coveragePermille: number | null
  lostWh: number | null
  lostFen: number | null
  /** Days by cause, of days that have one. */
  causes: Partial<Record<Cause, number>>
  degradedDays: number
  findingDays: number
  graded: Graded
}

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : Math.round(values.reduce((sum, value) => sum + value, 0) / values.length)

const meanParts = (digests: readonly Digest[]): Parts | null => {
  const times = digests.map(({ time }) => time).filter((time) => time !== null)
  const producing = mean(times.map((time) => time.producing))
  const idle = mean(times.map((time) => time.idle))
  return producing === null || idle === null ? null : { producing, idle, noData: Math.max(0, 1_000 - producing - idle) }
}

const causeDays = (digests: readonly Digest[]): Partial<Record<Cause, number>> => {
  const days: Partial<Record<Cause, number>> = {}
  for (const cause of digests.flatMap(({ causes }) => causes)) days[cause] = (days[cause] ?? 0) + 1
  return days
}

/** `daysOf` are the days in service that are over; the digests are those of them that were assessed, one a day. */
export const performanceSum = (
  station: Pick<Station, 'dcCapacityW' | 'acCapacityW'>,
  digests: readonly Digest[],
  daysOf: number,
  limits: PerformanceLimits,
): PerformanceSum => {
  const compared = digests.filter(({ shareBp }) => shareBp !== null)
  const ownWh = sumKnown(compared.map(({ dcWhPerKw }) => dcWhPerKw))
  const peersWhPerKw = sumKnown(compared.map(({ peersWhPerKw: median }) => median))
  const shareBp = ownWh === null || peersWhPerKw === null ? null : ratioBp({ part: ownWh, of: peersWhPerKw })
  const energyWh = sumKnown(digests.map((digest) => digest.energyWh))
  const time = meanParts(digests)
  const coveragePermille = mean(digests.map((digest) => digest.coveragePermille))
  const findingDays = digests.filter(({ hasFinding }) => hasFinding).length
  const knownTime = time === null ? 0 : time.producing + time.idle
  const figures = {
    availabilityPermille: time === null || knownTime === 0 ? null : Math.round((1_000 * time.producing) / knownTime),
    yieldBp: shareBp,
    coveragePermille,
    findingDaysPercent: digests.length === 0 ? null : Math.round((100 * findingDays) / digests.length),
    days: { known: compared.length, of: daysOf },
  }
  return {
    energyWh,
    dcWhPerKw: whPerKwDc(energyWh, station),
    acWhPerKw: whPerKwAc(energyWh, station),
    peersWhPerKw,
    shareBp,
    time,
    coveragePermille,
    lostWh: sumKnown(digests.map(({ lostWh }) => lostWh)),
    lostFen: sumKnown(digests.map(({ lostFen }) => lostFen)),
    causes: causeDays(digests),
    degradedDays: digests.filter(({ degraded }) => degraded).length,
    findingDays,
    graded: gradeOf(figures, limits),
  }
}
