import { allocationAdjustments, type Run } from '../../domain/adjusted-allocation.ts'
import { addMonths, type ChinaMonth } from '../../domain/calendar.ts'
import {
  adjustmentsOf,
  causesBetween,
  type Closing,
  openMonthAfter,
  type RestatedStatement,
  type Restatement,
} from '../../domain/closing.ts'
import { newestVersions } from '../../domain/overview.ts'
import type { RegionCode } from '../../domain/registry.ts'
import type { AdjustmentLine, VillageStatement } from '../../domain/village-statement.ts'
import { latestStatement } from '../../stores/months.ts'
import { countedRun, linesOfRun } from '../../stores/runs.ts'
import { allRows } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'

/** What a village's closed months are today, and what of it is to be settled in the month that is open. */

export type ClosedReaders = {
  closings: TableReaderOf<'closings'>
  restatements: TableReaderOf<'restatements'>
  stationStatements: TableReaderOf<'stationStatements'>
  villageStatements: TableReaderOf<'villageStatements'>
  allocations: TableReaderOf<'allocations'>
  allocationLines: TableReaderOf<'allocationLines'>
}
type VillageMonth = { villageCode: RegionCode; month: ChinaMonth }

export const closingsOf = ({ closings }: Pick<ClosedReaders, 'closings'>, countyCode: RegionCode): Promise<Closing[]> =>
  allRows((cursor) => closings.query({ partition: countyCode, cursor }))

/** The first month of a county that is not closed, behind those that are. */
export const openMonthOf = async (
  deps: Pick<ClosedReaders, 'closings'>,
  countyCode: RegionCode,
): Promise<ChinaMonth | undefined> => openMonthAfter(await closingsOf(deps, countyCode))

/** The newest restatement of every closed month of a village that has changed since, the oldest month first. */
export const restatementsOf = async (
  { restatements }: Pick<ClosedReaders, 'restatements'>,
  villageCode: RegionCode,
): Promise<Restatement[]> => {
  const rows = await allRows((cursor) => restatements.query({ partition: villageCode, cursor }))
  return newestVersions(rows, ({ month }) => month)
}

/** What a closed statement says of its own month; a village that had none then had nothing. */
export const ownOf = (statement: VillageStatement | undefined): RestatedStatement =>
  statement
    ? { stations: statement.stations, ...(statement.deductions && { deductions: statement.deductions }) }
    : { stations: [] }

/** The closed statements of months before `open`, from the first that has changed on. */
const closedStatements = async (
  { villageStatements }: ClosedReaders,
  villageCode: RegionCode,
  { from, open }: { from: ChinaMonth; open: ChinaMonth },
): Promise<Map<ChinaMonth, VillageStatement>> => {
  const found = new Map<ChinaMonth, VillageStatement>()
  for (let month = from; month < open; month = addMonths(month, 1)) {
    const statement = await latestStatement(villageStatements, villageCode, month)
    if (statement?.closing) found.set(month, statement)
  }
  return found
}

/** Why a station's part of a closed month has changed: by its statement that the closed one stands on, and the one of today. */
const causesFor = async ({ stationStatements }: ClosedReaders, { villageCode, month }: VillageMonth, line: AdjustmentLine) => {
  const { stationId, fromVersion, toVersion } = line
  if (stationId === undefined) return ['deduction' as const]
  const versionOf = async (version: number | null) =>
    version === null
      ? latestStatement(stationStatements, stationId, month)
      : (await stationStatements.get({ stationId, month, version }))?.row
  return causesBetween(await versionOf(fromVersion), await versionOf(toVersion), villageCode)
}

/** Closed months before `open` that have changed, and from which one on closed months may hold some of the difference. */
const changedBefore = async (deps: ClosedReaders, { villageCode, month: open }: VillageMonth) => {
  const changed = (await restatementsOf(deps, villageCode)).filter(({ month }) => month < open)
  return { changed, since: changed[0]?.month ?? open }
}

/** The lines by which the open month settles what closed ones turned out to be. */
export const adjustmentLines = async (
  deps: ClosedReaders,
  { villageCode, month: open }: VillageMonth,
): Promise<AdjustmentLine[]> => {
  const { changed, since } = await changedBefore(deps, { villageCode, month: open })
  const closed = await closedStatements(deps, villageCode, { from: since, open })
  const settled = [...closed.values()].flatMap(({ adjustments = [] }) => adjustments)
  const lines: AdjustmentLine[] = []
  for (const { month, statement } of changed) {
    const earlier = settled.filter(({ ofMonth }) => ofMonth === month)
    const of = { month, closed: ownOf(closed.get(month)), restated: statement, earlier }
    for (const line of adjustmentsOf(of, () => [])) {
      lines.push({ ...line, causes: await causesFor(deps, { villageCode, month }, line) })
    }
  }
  return lines
}

/** The same of the division: sums and lines of payees, month by month. */
export const allocationChanges = async (
  deps: ClosedReaders,
  { villageCode, month: open }: VillageMonth,
): Promise<ReturnType<typeof allocationAdjustments>[]> => {
  const { changed, since } = await changedBefore(deps, { villageCode, month: open })
  const closed = new Map<ChinaMonth, Run>()
  for (let month = since; month < open; month = addMonths(month, 1)) {
    const run = await countedRun(deps, { villageCode, month })
    if (run?.allocation.closedAtMs !== undefined) closed.set(month, run)
  }
  const runs = [...closed.values()]
  return Promise.all(
    changed.map(async ({ month, allocation }) => {
      const lines = await linesOfRun(deps, { villageCode, month }, allocation.runId)
      const earlier = runs.filter(({ allocation: { adjustments = [] } }) => adjustments.some(({ ofMonth }) => ofMonth === month))
      return allocationAdjustments({ month, closed: closed.get(month), restated: { allocation, lines }, earlier })
    }),
  )
}
