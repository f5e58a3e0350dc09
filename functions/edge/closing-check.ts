import { addMonths, type ChinaMonth, spanOfMonth } from '../../domain/calendar.ts'
import { canonicalJson } from '../../domain/canonical.ts'
import type { Blocker, BlockerCode } from '../../domain/closing.ts'
import { daysInService, type StationStatement } from '../../domain/income.ts'
import { energyDifferences, type LedgerFinding } from '../../domain/ledger-audit.ts'
import type { RegionCode } from '../../domain/registry.ts'
import { isOver } from '../../domain/settlement-work.ts'
import type { VillageStatement } from '../../domain/village-statement.ts'
import { eachOf } from '../../stores/at-once.ts'
import { beginningWith, latestStatement, statementsOfCountyMonth, hasStatements } from '../../stores/months.ts'
import { allRows } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import { adjustmentLines, type ClosedReaders, closingsOf } from './closed-months.ts'

/** What stands in the way of closing a county's month. */

export type CheckReaders = ClosedReaders & {
  stations: TableReaderOf<'stations'>
  staleDays: TableReaderOf<'staleDays'>
  staleMonths: TableReaderOf<'staleMonths'>
  quarantine: TableReaderOf<'quarantine'>
  audits: TableReaderOf<'audits'>
}
type CountyMonth = { countyCode: RegionCode; month: ChinaMonth }

const EXAMPLES_MAX = 5
/** So many months before one are looked at for statements that nobody closed. */
const MONTHS_BEFORE = 36
/** So many days' audits are looked at for the newest that went through a month. */
const AUDITS_BEFORE = 7

const blocker = (code: BlockerCode, found: readonly string[]): Blocker[] =>
  found.length === 0 ? [] : [{ code, count: found.length, examples: found.slice(0, EXAMPLES_MAX) }]

/** Earlier months that have statements and are not closed: they are closed first. */
const earlierOpen = async (readers: CheckReaders, { countyCode, month }: CountyMonth): Promise<ChinaMonth[]> => {
  const closed = new Set(
    (await closingsOf(readers, countyCode)).filter(({ state }) => state === 'closed').map((row) => row.month),
  )
  const months = Array.from({ length: MONTHS_BEFORE }, (_, ago) => addMonths(month, -1 - ago)).filter((each) => !closed.has(each))
  const found = await eachOf(months, (each) => hasStatements(readers.villageStatements, countyCode, each))
  return months.filter((_, at) => found[at]).toSorted()
}

type OfStations = { missing: string[]; differing: string[]; versions: Map<string, number> }

/** Stations in service without a statement, of the others the version that counts, and whose energy was counted too differently. */
const statementsOfStations = async (readers: CheckReaders, { countyCode, month }: CountyMonth): Promise<OfStations> => {
  const all = await allRows((cursor) => readers.stations.queryIndex('byCounty', { partition: countyCode, cursor }))
  const served = all.filter((station) => daysInService(station, month).length > 0)
  const found = await eachOf(
    served,
    ({ stationId }): Promise<StationStatement | undefined> => latestStatement(readers.stationStatements, stationId, month),
  )
  const missing = served.filter((_, at) => found[at] === undefined).map(({ stationId }) => stationId)
  const differing = found
    .flatMap((row) => (row ? energyDifferences(row) : []))
    .map(({ stationId, code, ofWh, toWh }) => `${stationId} ${code} ${ofWh} ≠ ${toWh} Wh`)
  return { missing, differing, versions: new Map(found.flatMap((row) => (row ? [[row.stationId, row.version]] : []))) }
}

/** Villages whose statement stands on older ones of stations, or whose money is not divided by it yet. */
const outdated = async (
  readers: CheckReaders,
  statements: readonly VillageStatement[],
  versions: ReadonlyMap<string, number>,
): Promise<string[]> => {
  const isBehind = await eachOf(statements, async ({ villageCode, month, version, stations, closing }) => {
    if (closing) return false
    const allocation = (await readers.allocations.get({ villageCode, month }))?.row
    const isOld = stations.some(({ stationId, version: of }) => of !== (versions.get(stationId) ?? of))
    return isOld || allocation?.statementVersion !== version
  })
  return statements.filter((_, at) => isBehind[at]).map(({ villageCode }) => villageCode)
}

/** Villages whose closed months have changed, and whose statement of this month does not settle that yet. */
const adjustmentsPending = async (
  readers: CheckReaders,
  { countyCode, month }: CountyMonth,
  statements: readonly VillageStatement[],
): Promise<string[]> => {
  const range = { partition: countyCode, to: beginningWith(`${addMonths(month, -1)}#`).to }
  const rows = await allRows((cursor) => readers.restatements.queryIndex('byCounty', { ...range, cursor }))
  const changed = [...new Set(rows.map(({ villageCode }) => villageCode))]
  const settled = new Map(statements.map((statement) => [statement.villageCode, statement]))
  const isPending = await eachOf(changed, async (villageCode) => {
    const statement = settled.get(villageCode)
    if (statement?.closing) return false
    const due = await adjustmentLines(readers, { villageCode, month })
    return canonicalJson(due) !== canonicalJson(statement?.adjustments ?? [])
  })
  return changed.filter((_, at) => isPending[at])
}

const staleOf = async (
  readers: CheckReaders,
  { countyCode, month }: CountyMonth,
): Promise<{ days: string[]; months: string[] }> => {
  const { from, to } = spanOfMonth(month)
  const ofDays = { partition: countyCode, from: `${from}#`, to: beginningWith(`${to}#`).to }
  const ofMonth = { partition: countyCode, ...beginningWith(`${month}#`) }
  const [days, months] = await Promise.all([
    allRows((cursor) => readers.staleDays.queryIndex('pending', { ...ofDays, cursor })),
    allRows((cursor) => readers.staleMonths.queryIndex('pending', { ...ofMonth, cursor })),
  ])
  return { days: days.map(({ stationId, day }) => `${stationId} ${day}`), months: months.map(({ stationId }) => stationId) }
}

/** Rows that do not add up, by the newest audit that went through their month: one under way has not seen all of them yet. */
const auditFindings = async ({ audits }: CheckReaders, { countyCode, month }: CountyMonth): Promise<string[]> => {
  const { rows } = await audits.query({ partition: countyCode, reverse: true, limit: AUDITS_BEFORE })
  const audited = new Set<ChinaMonth>()
  const found: LedgerFinding[] = []
  for (const { row } of rows) {
    found.push(...row.findings.filter((each) => each.month <= month && !audited.has(each.month)))
    for (const of of row.months) audited.add(of.month)
  }
  return found.map(({ rule, row, says, ought }) => `${rule}: ${row}, ${says} ≠ ${ought}`)
}

/** Everything that stands in the way, in the order in which it is best dealt with. */
export const blockersOf = async (readers: CheckReaders, of: CountyMonth, nowMs: number): Promise<Blocker[]> => {
  if (!isOver(of.month, nowMs)) return blocker('month_not_over', [of.month])
  const statements = await statementsOfCountyMonth(readers.villageStatements, of.countyCode, of.month)
  const [earlier, stations, stale, waiting] = await Promise.all([
    earlierOpen(readers, of),
    statementsOfStations(readers, of),
    staleOf(readers, of),
    allRows((cursor) => readers.quarantine.queryIndex('waiting', { partition: of.countyCode, cursor })),
  ])
  const provisional = statements.filter(({ provisional: is }) => is).map(({ villageCode }) => villageCode)
  return [
    ...blocker('earlier_month_open', earlier),
    ...blocker('days_stale', stale.days),
    ...blocker('months_stale', stale.months),
    ...blocker(
      'messages_waiting',
      waiting.map(({ messageId }) => messageId),
    ),
    ...blocker('statement_missing', stations.missing),
    ...blocker('statement_outdated', await outdated(readers, statements, stations.versions)),
    ...blocker('adjustments_pending', await adjustmentsPending(readers, of, statements)),
    ...blocker('audit_findings', await auditFindings(readers, of)),
    ...blocker('energy_differs', stations.differing),
    ...blocker('provisional', provisional),
  ]
}
