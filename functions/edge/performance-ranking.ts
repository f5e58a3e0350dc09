import type { Cause } from '../../domain/assessment.ts'
import { type ChinaDay, type ChinaMonth, dayEndMs, daysOfMonth, spanOfMonth } from '../../domain/calendar.ts'
import type { CountyDay, Digest } from '../../domain/county-assessment.ts'
import { type Grade, GRADES } from '../../domain/grade.ts'
import { daysInService } from '../../domain/income.ts'
import { sumKnown } from '../../domain/overview.ts'
import { whPerKwDc } from '../../domain/peers.ts'
import { DEFAULT_LIMITS, type PerformanceLimits } from '../../domain/performance-limits.ts'
import { type PerformanceSum, performanceSum } from '../../domain/performance-month.ts'
import type { Station } from '../../domain/registry.ts'
import { countyDaysOf } from '../../stores/performance.ts'
import { allRows } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { RankedStation, RankingPage, RankingSort, SumView } from '../api-types-performance.ts'
import { placeOf } from './fleet.ts'
import type { OpenRegion } from './region.ts'

/** The stations of a region by what they made of a day or a month, from the county's rows of its days: one query. */

export type RankingDeps = {
  stations: TableReaderOf<'stations'>
  countyDays: TableReaderOf<'countyDays'>
  performanceLimits: TableReaderOf<'performanceLimits'>
}

const PER_PAGE = 50

export const limitsOf = async (deps: Pick<RankingDeps, 'performanceLimits'>, countyCode: string): Promise<PerformanceLimits> =>
  (await deps.performanceLimits.get({ countyCode }))?.row.limits ?? DEFAULT_LIMITS

/** Yuan are left out for who may not see money. */
export const withoutFen = <Told extends { lostFen?: unknown }>(told: Told): Omit<Told, 'lostFen'> => {
  const { lostFen: _, ...rest } = told
  return rest
}

export type Period = { month: ChinaMonth; day: ChinaDay | undefined }

/** Days of a period that are over at an instant. */
const daysOver = ({ month, day }: Period, nowMs: number): ChinaDay[] =>
  (day === undefined ? daysOfMonth(month) : [day]).filter((each) => dayEndMs(each) <= nowMs)

/** One station over a period; a single day has no grade. */
export const sumOf = (
  station: Station,
  digests: readonly Digest[],
  { period, limits, nowMs }: { period: Period; limits: PerformanceLimits; nowMs: number },
): PerformanceSum => {
  const served = new Set(daysInService(station, period.month))
  return performanceSum(station, digests, daysOver(period, nowMs).filter((each) => served.has(each)).length, limits)
}

export type Ranked = {
  stations: RankedStation[]
  days: RankingPage['days']
  limits: PerformanceLimits
}

/** Every station of the region that was in service on a day of the period. */
export const rankingOf = async (
  deps: RankingDeps,
  opened: OpenRegion,
  { period, nowMs, mayReadMoney }: { period: Period; nowMs: number; mayReadMoney: boolean },
): Promise<Ranked> => {
  const { countyCode } = opened
  const { from, to } = period.day === undefined ? spanOfMonth(period.month) : { from: period.day, to: period.day }
  const [stations, rows, limits] = await Promise.all([
    allRows((cursor) => deps.stations.queryIndex('byCounty', { partition: countyCode, ...(cursor && { cursor }) })),
    countyDaysOf(deps.countyDays, countyCode, from, to),
    limitsOf(deps, countyCode),
  ])
  const held = await Promise.all(stations.map((station) => opened.holds(placeOf(station))))
  const over = daysOver(period, nowMs)
  const inService = stations.filter((station, at) => {
    const served = new Set(daysInService(station, period.month))
    return held[at] && (over.length === 0 || over.some((day) => served.has(day)))
  })
  const digestsOf = digestsByStation(rows)
  const ranked = inService.map((station): RankedStation => {
    const sum = sumOf(station, digestsOf.get(station.stationId) ?? [], { period, limits, nowMs })
    return {
      stationId: station.stationId,
      name: station.name,
      kind: station.kind,
      dcCapacityW: station.dcCapacityW,
      acCapacityW: station.acCapacityW,
      villageName: opened.nameOf(station.villageCode),
      townName: opened.nameOf(station.townCode),
      sum: mayReadMoney ? sum : withoutFen(sum),
    }
  })
  return { stations: ranked, limits, days: { known: new Set(rows.map(({ day }) => day)).size, of: over.length } }
}

const digestsByStation = (rows: readonly CountyDay[]): Map<string, Digest[]> =>
  Map.groupBy(
    rows.flatMap(({ digests }) => digests),
    ({ stationId }) => stationId,
  )

/** Smallest first; what is not known comes last, and equals in the order of their names. */
const KEYS: Record<RankingSort, (sum: SumView) => number | null> = {
  share: ({ shareBp }) => shareBp,
  lost: ({ lostWh }) => (lostWh === null ? null : -lostWh),
  hours: ({ dcWhPerKw }) => dcWhPerKw,
  availability: ({ time }) => time && time.producing,
  grade: ({ graded }) => (graded.grade === null ? null : -GRADES.indexOf(graded.grade)),
  name: () => 0,
}
const byName = new Intl.Collator('zh-CN', { numeric: true })

export const sorted = (stations: readonly RankedStation[], sort: RankingSort): RankedStation[] =>
  stations.toSorted((a, b) => {
    const [one, other] = [KEYS[sort](a.sum) ?? Number.POSITIVE_INFINITY, KEYS[sort](b.sum) ?? Number.POSITIVE_INFINITY]
    return (one === other ? 0 : one - other) || byName.compare(a.name, b.name)
  })

export type Sought = { q: string; grade?: Grade | 'none' | undefined; cause?: Cause | undefined }

export const matching = (stations: readonly RankedStation[], { q, grade, cause }: Sought): RankedStation[] => {
  const text = q.trim().toLowerCase()
  return stations.filter(({ stationId, name, villageName, townName, sum }) => {
    const isNamed = [stationId, name, villageName, townName].some((part) => part?.toLowerCase().includes(text))
    const isGraded = grade === undefined || (sum.graded.grade ?? 'none') === grade
    return isNamed && isGraded && (cause === undefined || sum.causes[cause] !== undefined)
  })
}

/** The region as a whole. */
export const wholeOf = (
  stations: readonly RankedStation[],
  { isDay, mayReadMoney }: { isDay: boolean; mayReadMoney: boolean },
): RankingPage['whole'] => {
  const energyWh = sumKnown(stations.map(({ sum }) => sum.energyWh))
  const known = stations.filter(({ sum }) => sum.energyWh !== null)
  const grades: RankingPage['whole']['grades'] = { A: 0, B: 0, C: 0, D: 0, none: 0 }
  if (!isDay) for (const { sum } of stations) grades[sum.graded.grade ?? 'none'] += 1
  return {
    stations: stations.length,
    energyWh,
    dcWhPerKw: whPerKwDc(energyWh, { dcCapacityW: known.reduce((total, { dcCapacityW }) => total + dcCapacityW, 0) }),
    lostWh: sumKnown(stations.map(({ sum }) => sum.lostWh)),
    ...(mayReadMoney && { lostFen: sumKnown(stations.map(({ sum }) => sum.lostFen ?? null)) }),
    grades,
  }
}

/** A page of a list; one that lies behind its end is its last. */
export const pageOf = (stations: readonly RankedStation[], asked: number): Pick<RankingPage, 'page' | 'pages' | 'stations'> => {
  const pages = Math.max(1, Math.ceil(stations.length / PER_PAGE))
  const page = Math.min(asked, pages - 1)
  return { page, pages, stations: stations.slice(page * PER_PAGE, (page + 1) * PER_PAGE) }
}
