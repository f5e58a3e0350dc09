import { allocateVillageMonth } from '../../domain/allocation.ts'
import type { Allocation, AllocationLine } from '../../domain/allocation-run.ts'
import { addMonths, type ChinaMonth } from '../../domain/calendar.ts'
import { type Content, daysInService, type StationStatement } from '../../domain/income.ts'
import type { ReceivedPool } from '../../domain/receipt-pool.ts'
import type { RegionCode, Station } from '../../domain/registry.ts'
import { type AdjustmentLine, composeVillageMonth, type VillageStatement } from '../../domain/village-statement.ts'
import { beginningWith, latestStatement } from '../../stores/months.ts'
import { allRows } from '../../stores/table.ts'
import type { Deps } from '../entry.ts'

/** What a village's month is composed of and divided by, read for it. */

export type ComposeDeps = Deps<'stations' | 'shares' | 'stationStatements'>
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

/** What the stations of the village brought it, as their newest statements say. */
export type VillageIncome = { statements: StationStatement[]; complete: boolean; countyCode: RegionCode | undefined }

export const incomeOfVillage = async (deps: ComposeDeps, work: VillageMonthOf): Promise<VillageIncome> => {
  const stations = await stationsOf(deps, work)
  const found = await Promise.all(stations.map(({ stationId }) => latestStatement(deps.stationStatements, stationId, work.month)))
  const statements = found.filter((statement): statement is StationStatement => statement !== undefined)
  return { statements, complete: statements.length === stations.length, countyCode: statements[0]?.countyCode }
}

export const composed = (
  { villageCode, month }: VillageMonthOf,
  { statements, complete }: VillageIncome,
  { countyCode, adjustments }: { countyCode: RegionCode; adjustments: readonly AdjustmentLine[] },
): Content<VillageStatement> => composeVillageMonth({ villageCode, month, countyCode, statements, complete, adjustments })

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
