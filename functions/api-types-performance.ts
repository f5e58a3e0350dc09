import type { Assessment } from '../domain/assessment.ts'
import type { ChinaDay, ChinaMonth } from '../domain/calendar.ts'
import type { Loss } from '../domain/outage-loss.ts'
import type { Grade } from '../domain/grade.ts'
import type { PerformanceLimits } from '../domain/performance-limits.ts'
import type { PerformanceSum } from '../domain/performance-month.ts'
import type { PlanProgress } from '../domain/plan-progress.ts'
import type { RegionCode, Station } from '../domain/registry.ts'
import type { RegionRef } from './api-types.ts'

/**
 * What the API answers about performance. Specific yields are Wh per kW, thousandths of an equivalent hour (等效利用小时); by the DC
 * array unless the name says AC. Shares are hundredths of a percent of the peers' median, parts of time per mille. Losses are
 * estimates. Who may not see money gets no yuan.
 */

export const RANKING_SORTS = ['share', 'lost', 'hours', 'availability', 'grade', 'name'] as const
export type RankingSort = (typeof RANKING_SORTS)[number]

type WithoutFen<Told extends { lostFen: unknown }> = Omit<Told, 'lostFen'> & Partial<Pick<Told, 'lostFen'>>
export type SumView = WithoutFen<PerformanceSum>
export type AssessedDay = Omit<Assessment, 'loss'> & { loss: WithoutFen<Loss> | null }

export type RankedStation = Pick<Station, 'stationId' | 'name' | 'kind' | 'dcCapacityW' | 'acCapacityW'> & {
  villageName: string | null
  townName: string | null
  sum: SumView
}

/** GET /api/performance?county=&month=|day=&sort=&q=&grade=&cause=&page= : the stations of a region, 50 a page; of this month. */
export type RankingPage = {
  asOfMs: number
  region: RegionRef
  /** The day asked for, else the month. */
  day: ChinaDay | null
  month: ChinaMonth
  /** Days of it that were assessed, of those that are over. */
  days: { known: number; of: number }
  mayReadMoney: boolean
  maySetLimits: boolean
  /** Over all stations of the region, whatever was searched for. */
  whole: {
    stations: number
    energyWh: number | null
    dcWhPerKw: number | null
    lostWh: number | null
    lostFen?: number | null
    /** Stations by grade; a single day has none. */
    grades: Record<Grade | 'none', number>
  }
  limits: PerformanceLimits
  total: number
  page: number
  pages: number
  stations: RankedStation[]
}

/** GET /api/performance/stations/{id}?month= : one station's month, day by day; this month unless told. */
export type StationPerformance = {
  asOfMs: number
  stationId: string
  name: string
  month: ChinaMonth
  mayReadMoney: boolean
  sum: SumView
  /** Days that were assessed, in order. */
  days: AssessedDay[]
  limits: PerformanceLimits
}

/** GET /api/performance/stations/{id}/plan?year= : settled months beside the plan; this year unless told. */
export type PlanView = { asOfMs: number; stationId: string; year: number; progress: PlanProgress }

/** What a limit may be, both included. */
export type LimitRange = { min: number; max: number }
/** GET /api/performance/limits?county= : what holds, what the platform proposes, what may be set; `set` is null where nobody has. */
export type LimitsView = {
  asOfMs: number
  county: RegionRef
  limits: PerformanceLimits
  proposed: PerformanceLimits
  ranges: Record<keyof PerformanceLimits, LimitRange>
  maySet: boolean
  set: Pick<LimitsSet, 'setBy' | 'setAtMs'> | null
}
/** POST /api/performance/limits */
export type LimitsSet = { countyCode: RegionCode; limits: PerformanceLimits; setBy: string; setAtMs: number }
