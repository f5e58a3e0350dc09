import { addMonths, type ChinaMonth, dayOf, monthOf } from '../domain/calendar.ts'
import type { StationStatement } from '../domain/income.ts'
import {
  auditStation,
  auditVillage,
  energyDifferences,
  type LedgerAudit,
  type LedgerFinding,
  MONTHS_AUDITED,
} from '../domain/ledger-audit.ts'
import type { RegionCode } from '../domain/registry.ts'
import type { VillageStatement } from '../domain/village-statement.ts'
import { eachOf } from '../stores/at-once.ts'
import { daysOfStationMonth, statementsOfCountyMonth } from '../stores/months.ts'
import { linesOfRun } from '../stores/runs.ts'
import { allRows } from '../stores/table.ts'
import { onAws } from './edge/aws.ts'
import { closingHash } from './edge/close-month.ts'
import { allocationBefore } from './edge/village-month.ts'
import type { Deps, Handler, ScheduleTrigger } from './entry.ts'

/**
 * Triggered by the clock. Once a day every county's books are gone through, month by month: whatever does not add up is logged as an
 * error, kept with the row it is in, and stands in the way of closing. Energy that inverters, meter and slip count too differently is kept
 * beside, for somebody to look into. A month that was found right today is not audited again, so a run
 * that was cut goes on with the next, and a doubled one changes nothing.
 */

type AuditDeps = Deps<
  'regions' | 'generation' | 'stationStatements' | 'villageStatements' | 'allocations' | 'allocationLines',
  'audits'
>

const FINDINGS_KEPT = 50

const nameOf = ({ stationId, version }: Pick<StationStatement, 'stationId' | 'version'>): string => `${stationId} ${version}`

/** The books of one village's month, and what is wrong with them. */
const auditOne = async (
  deps: AuditDeps,
  statement: VillageStatement,
  stations: ReadonlyMap<string, StationStatement>,
): Promise<{ findings: LedgerFinding[]; lines: number }> => {
  const { villageCode, month, closing } = statement
  const allocation = (await deps.allocations.get({ villageCode, month }))?.row
  const lines = allocation ? await linesOfRun(deps, { villageCode, month }, allocation.runId) : []
  const before = await allocationBefore(deps, { villageCode, month })
  const findings = auditVillage({
    statement,
    stationOf: (stationId, version) => stations.get(nameOf({ stationId, version })),
    allocation,
    lines,
    carriedFen: before?.carriedOutFen,
    hash: closing && closingHash(statement, allocation, lines),
  })
  return { findings, lines: lines.length }
}

/** The versions of stations' statements that villages' statements of a month name. */
const stationsNamed = async (
  deps: AuditDeps,
  statements: readonly VillageStatement[],
  month: ChinaMonth,
): Promise<Map<string, StationStatement>> => {
  const named = new Map(statements.flatMap(({ stations }) => stations.map((station) => [nameOf(station), station])))
  const found = await eachOf([...named.values()], async ({ stationId, version }) => {
    return (await deps.stationStatements.get({ stationId, month, version }))?.row
  })
  return new Map(found.flatMap((row) => (row ? [[nameOf(row), row]] : [])))
}

const auditMonth = async (deps: AuditDeps, countyCode: RegionCode, month: ChinaMonth) => {
  const statements = await statementsOfCountyMonth(deps.villageStatements, countyCode, month)
  const stations = await stationsNamed(deps, statements, month)
  const ofStations = await eachOf([...stations.values()], async (statement) => {
    const days = await daysOfStationMonth(deps.generation, statement.stationId, month)
    const byVersion = new Map(days.map((row) => [`${row.day} ${row.version}`, row]))
    return auditStation(statement, (day, version) => byVersion.get(`${day} ${version}`))
  })
  const ofVillages = await eachOf(statements, (statement) => auditOne(deps, statement, stations))
  return {
    stations: stations.size,
    villages: statements.length,
    lines: ofVillages.reduce((sum, { lines }) => sum + lines, 0),
    findings: [...ofStations.flat(), ...ofVillages.flatMap(({ findings }) => findings)],
    differences: [...stations.values()].flatMap(energyDifferences),
  }
}

/** The months of a county that today's audit has not been through yet. */
const auditCounty = async (deps: AuditDeps, countyCode: RegionCode, atMs: number): Promise<number> => {
  const day = dayOf(atMs)
  const found = await deps.audits.get({ countyCode, day })
  let audit: LedgerAudit = found?.row ?? { countyCode, day, months: [], findings: [] }
  // A month with something wrong is gone through again until nothing is: what was mended need not wait for tomorrow.
  const done = new Set(audit.months.filter(({ findings }) => findings === 0).map(({ month }) => month))
  const months = Array.from({ length: MONTHS_AUDITED }, (_, ago) => addMonths(monthOf(atMs), 0 - ago)).filter(
    (month) => !done.has(month),
  )
  for (const month of months) {
    const { findings, differences, ...counts } = await auditMonth(deps, countyCode, month)
    for (const finding of findings.slice(0, FINDINGS_KEPT))
      deps.log.error({ countyCode, month, ...finding }, 'the books do not add up')
    const others = (audit.differences ?? []).filter((each) => each.month !== month)
    const kept = [...others, ...differences.slice(0, FINDINGS_KEPT)]
    const { differences: _, ...before } = audit
    audit = {
      ...before,
      months: [
        ...audit.months.filter((each) => each.month !== month),
        { month, auditedAtMs: deps.now(), ...counts, findings: findings.length },
      ],
      findings: [
        ...audit.findings.filter((each) => each.month !== month),
        ...findings.slice(0, FINDINGS_KEPT).map((finding) => ({ ...finding, month })),
      ],
      ...(kept.length > 0 && { differences: kept }),
    }
    await deps.audits.put(audit)
  }
  return months.length
}

export const create =
  (deps: AuditDeps): Handler<ScheduleTrigger> =>
  async ({ atMs }) => {
    const counties = await allRows((cursor) => deps.regions.queryIndex('byLevel', { partition: 'county', cursor }))
    let did = 0
    for (const { code } of counties) did += await auditCounty(deps, code, atMs)
    return { kind: 'done', did }
  }

export const handler = onAws('schedule', create)
