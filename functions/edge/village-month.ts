import { allocateVillageMonth } from '../../domain/allocation.ts'
import type { Allocation, AllocationLine } from '../../domain/allocation-run.ts'
import { addMonths, type ChinaMonth } from '../../domain/calendar.ts'
import { type Content, daysInService, type StationStatement } from '../../domain/income.ts'
import type { ReceivedPool } from '../../domain/receipt-pool.ts'
import type { RegionCode, Station } from '../../domain/registry.ts'
import { type CountyVatRule, monthTaxedWith } from '../../domain/vat.ts'
import { type Brought, broughtOf, villageDeductions } from '../../domain/village-deductions.ts'
import {
  type AdjustmentLine,
  composeVillageMonth,
  type VillageDeduction,
  type VillageStatement,
} from '../../domain/village-statement.ts'
import { beginningWith, latestStatement } from '../../stores/months.ts'
import { allRows } from '../../stores/table.ts'
import type { Deps } from '../entry.ts'
import { earlierSales } from './station-month.ts'

/** What a village's month is composed of and divided by, read for it. */

export type ComposeDeps = Deps<'stations' | 'shares' | 'stationStatements' | 'regionDeductions' | 'vatRules'>
export type DivideDeps = Deps<'plans' | 'memberships' | 'attendance' | 'allocations'>
export type VillageMonthOf = { villageCode: RegionCode; month: ChinaMonth }

/** The village's own stations and the joint ones it has or had a share in, if in service in the month. */
const stationsOf = async (deps: ComposeDeps, { villageCode: partition, month }: VillageMonthOf): Promise<Station[]> => {
  const own = await allRows((cursor) => deps.stations.queryIndex('byVillage', { partition, cursor }))
  const shares = await allRows((cursor) => deps.shares.queryIndex('byVillage', { partition, cursor }))
  const jointIds = new Set(shares.filter(({ validFrom }) => validFrom.slice(0, 7) <= month).map(({ stationId }) => stationId))
  const joint = await Promise.all([...jointIds].map((stationId) => deps.stations.get({ stationId })))
  // By id, because a joint station may also be filed under the village it stands in.
  const stations = new Map([...own, ...joint.flatMap((found) => (found ? [found.row] : []))].map((row) => [row.stationId, row]))
  return [...stations.values()].filter((station) => daysInService(station, month).length > 0)
}

/** What the stations of the village brought it, as their newest statements say, and what is taken of it. */
export type VillageIncome = {
  statements: StationStatement[]
  complete: boolean
  countyCode: RegionCode | undefined
  deductions: VillageDeduction[]
  /** The month with which the tax on what the village sold is due: this one, or the last of its quarter. */
  taxedWith: ChinaMonth
}

type Stated = { stations: Station[]; statements: StationStatement[] }
const statedBy = async (deps: ComposeDeps, work: VillageMonthOf): Promise<Stated> => {
  const stations = await stationsOf(deps, work)
  const found = await Promise.all(stations.map(({ stationId }) => latestStatement(deps.stationStatements, stationId, work.month)))
  return { stations, statements: found.filter((statement): statement is StationStatement => statement !== undefined) }
}

const broughtBy = ({ villageCode }: VillageMonthOf, { stations, statements }: Stated): Brought => {
  const kinds = new Map(stations.map(({ stationId, kind }) => [stationId, kind]))
  return broughtOf(villageCode, statements, (stationId) => kinds.get(stationId))
}

const vatRulesOf = async (deps: ComposeDeps, countyCode: RegionCode): Promise<CountyVatRule[]> => {
  const rules = await allRows((cursor) => deps.vatRules.query({ partition: countyCode, cursor }))
  return rules.filter(({ stationKind }) => stationKind === 'village')
}

export const incomeOfVillage = async (deps: ComposeDeps, work: VillageMonthOf): Promise<VillageIncome> => {
  const { villageCode: partition, month } = work
  const stated = await statedBy(deps, work)
  const { stations, statements } = stated
  const countyCode = statements[0]?.countyCode
  const income = { statements, complete: statements.length === stations.length, countyCode }
  if (countyCode === undefined) return { ...income, deductions: [], taxedWith: month }
  const vat = await vatRulesOf(deps, countyCode)
  const terms = {
    vat,
    deductions: await allRows((cursor) => deps.regionDeductions.query({ partition, cursor })),
    brought: broughtBy(work, stated),
    earlierSalesFen: await earlierSales(vat, month, async (of) => {
      const earlier = { ...work, month: of }
      return broughtBy(earlier, await statedBy(deps, earlier)).salesFen
    }),
  }
  return { ...income, deductions: villageDeductions(month, terms), taxedWith: monthTaxedWith(month, vat) }
}

export const composed = (
  { villageCode, month }: VillageMonthOf,
  { statements, complete, deductions }: VillageIncome,
  { countyCode, adjustments }: { countyCode: RegionCode; adjustments: readonly AdjustmentLine[] },
): Content<VillageStatement> =>
  composeVillageMonth({ villageCode, month, countyCode, statements, complete, deductions, adjustments })

const plansOfYear = (deps: DivideDeps, { villageCode, month }: VillageMonthOf) =>
  allRows((cursor) => deps.plans.query({ partition: villageCode, ...beginningWith(`${month.slice(0, 4)}#`), cursor }))

const sheetOf = async (deps: DivideDeps, { villageCode, month }: VillageMonthOf) =>
  (await deps.attendance.query({ partition: villageCode, ...beginningWith(`${month}#`), reverse: true, limit: 1 })).rows[0]?.row

const membershipsOf = (deps: DivideDeps, { villageCode }: VillageMonthOf) =>
  allRows((cursor) => deps.memberships.query({ partition: villageCode, cursor }))

/** The latest allocation before a month, whatever months lie between that have none: what those before have left stands in it. */
export const allocationBefore = async (
  deps: Pick<DivideDeps, 'allocations'>,
  { villageCode, month }: VillageMonthOf,
): Promise<Allocation | undefined> =>
  (await deps.allocations.query({ partition: villageCode, to: addMonths(month, -1), reverse: true, limit: 1 })).rows[0]?.row

/** Divides what a month brought by the plan in force; `previous` says what the months before it have left. */
export const divided = async (
  deps: DivideDeps,
  statement: Pick<VillageStatement, 'villageCode' | 'countyCode' | 'month' | 'version' | 'netFen'>,
  {
    previous,
    counted,
    received,
  }: {
    previous: Pick<Allocation, 'carriedOutFen'> | undefined
    counted: Allocation | undefined
    /** Asked only where a plan of the year divides what was received. */
    received: () => Promise<ReceivedPool>
  },
): Promise<{ allocation: Omit<Allocation, 'computedAtMs'>; lines: AllocationLine[] }> => {
  const plans = await plansOfYear(deps, statement)
  const isByWages = plans.some(({ basis }) => basis === 'wages')
  return allocateVillageMonth({
    statement,
    plans,
    memberships: plans.length > 0 ? await membershipsOf(deps, statement) : [],
    sheet: isByWages ? await sheetOf(deps, statement) : undefined,
    previous,
    received: plans.some(({ pool }) => pool === 'received') ? await received() : undefined,
    counted,
  })
}
