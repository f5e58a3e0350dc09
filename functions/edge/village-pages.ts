import { handles } from '../../domain/access.ts'
import { addMonths, type ChinaMonth, dayOf, daysOfMonth, monthOf } from '../../domain/calendar.ts'
import type { VillageStatement } from '../../domain/village-statement.ts'
import { newestVersions, sumKnown } from '../../domain/overview.ts'
import type { RegionCode, Station } from '../../domain/registry.ts'
import { maskedLines, monthOfDays, shareOf, statementSums } from '../../domain/village-account.ts'
import { linesOfRun } from '../../stores/runs.ts'
import { allRows } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { AllocationView, StatementView, VillageStation, VillagesView, VillageView } from '../api-types.ts'
import type { Ambient } from '../entry.ts'
import { type ApiContext, problem } from './http.ts'
import { statementsOfCountyMonth } from '../../stores/months.ts'
import { openRegion, type OpenRegion, regionRef } from './region.ts'

/** Villages' months as pages and papers show them. Names are masked here, before anything leaves. */

export type VillagesDeps = Ambient & {
  [Name in
    | 'regions'
    | 'stations'
    | 'shares'
    | 'generation'
    | 'stationStatements'
    | 'villageStatements'
    | 'allocations'
    | 'allocationLines'
    | 'persons']: TableReaderOf<Name>
}

/** The region asked for, opened to those who may see money and households; or the refusal to answer with. */
export const openVillages = async (
  context: ApiContext,
  deps: Pick<VillagesDeps, 'regions'>,
  code: RegionCode | undefined,
): Promise<OpenRegion | Response> => {
  const opened = await openRegion(context, deps, { code, resource: 'region' })
  if (opened instanceof Response) return opened
  const { role } = context.get('principal')
  if (handles(role, 'income') && handles(role, 'household')) return opened
  return problem(context, 'forbidden', 'Income and households are for village accountants and officers.')
}

/** The month asked for, last month without one; a month that has not begun is refused. */
export const monthAsked = (context: ApiContext, deps: VillagesDeps, month: ChinaMonth | undefined): ChinaMonth | Response => {
  const current = monthOf(deps.now())
  if (month !== undefined && month > current) return problem(context, 'bad_request', 'month: not later than this month')
  return month ?? addMonths(current, -1)
}

/** A month of every village of a region, without a name of a person. */
export const villagesOf = async (
  deps: VillagesDeps,
  opened: OpenRegion,
  month: ChinaMonth,
): Promise<Omit<VillagesView, 'asOfMs'>> => {
  const rows = await statementsOfCountyMonth(deps.villageStatements, opened.countyCode, month)
  const statements = new Map(rows.map((row) => [row.villageCode, row]))
  const villages = opened.villages.map(({ code, name, parentCode }) => {
    const statement = statements.get(code)
    return {
      code,
      name,
      townName: opened.nameOf(parentCode),
      stations: statement?.stations.length ?? 0,
      netFen: statement?.netFen ?? null,
      provisional: statement?.provisional ?? false,
    }
  })
  return { region: regionRef(opened.region), month, villages, netFen: sumKnown(villages.map(({ netFen }) => netFen)) }
}

const newestStatement = async (deps: VillagesDeps, villageCode: RegionCode, month: ChinaMonth) =>
  (
    await deps.villageStatements.query({
      partition: villageCode,
      from: `${month}#`,
      to: `${month}#~`,
      reverse: true,
      limit: 1,
    })
  ).rows[0]?.row

/** The village's own stations, and the joint ones it has a share in by the end of the month. */
const stationsOf = async (deps: VillagesDeps, villageCode: RegionCode, month: ChinaMonth) => {
  const [own, shares] = await Promise.all([
    allRows((cursor) => deps.stations.queryIndex('byVillage', { partition: villageCode, ...(cursor && { cursor }) })),
    allRows((cursor) => deps.shares.queryIndex('byVillage', { partition: villageCode, ...(cursor && { cursor }) })),
  ])
  const lastDay = daysOfMonth(month).at(-1)
  const jointIds = [...new Set(shares.map(({ stationId }) => stationId))]
  const joint = await Promise.all(
    jointIds.map(async (stationId) => {
      const station = (await deps.stations.get({ stationId }))?.row
      const all = await allRows((cursor) => deps.shares.query({ partition: stationId, ...(cursor && { cursor }) }))
      const share = lastDay && shareOf(all, villageCode, lastDay)
      return station && share ? [{ station, share }] : []
    }),
  )
  return [...own.map((station) => ({ station, share: null })), ...joint.flat()]
}

/** A station's month: the days its statement stands on, or what is computed so far while there is none. */
const generationOf = async (
  deps: VillagesDeps,
  part: { station: Station; share: VillageStation['share'] },
  month: ChinaMonth,
  version: number | undefined,
): Promise<VillageStation> => {
  const { stationId, name, kind, commissionedOn } = part.station
  const statement = version === undefined ? undefined : await deps.stationStatements.get({ stationId, month, version })
  const range = { partition: stationId, from: `${month}-01#`, to: `${month}-31#~` }
  const days =
    statement?.row.days ??
    newestVersions(await allRows((cursor) => deps.generation.query({ ...range, ...(cursor && { cursor }) })), ({ day }) => day)
  const today = dayOf(deps.now())
  const begun = daysOfMonth(month).filter((day) => day <= today && day >= commissionedOn).length
  const findings = statement?.row.findings?.length ?? 0
  return { stationId, name, kind, share: part.share, findings, ...monthOfDays(days, begun) }
}

const statementView = (statement: VillageStatement, names: ReadonlyMap<string, string>): StatementView => {
  const { stations, ...sums } = statementSums(statement)
  const nameOf = (stationId: string): string => names.get(stationId) ?? stationId
  return {
    version: statement.version,
    computedAtMs: statement.computedAtMs,
    provisional: statement.provisional,
    stations: stations.map((station) => ({ ...station, name: nameOf(station.stationId) })),
    deductions: statement.deductions ?? [],
    adjustments: (statement.adjustments ?? []).map((line) => ({
      ...line,
      stationName: line.stationId === undefined ? null : nameOf(line.stationId),
    })),
    closed: statement.closing ? { closedAtMs: statement.closing.closedAtMs, sha256: statement.closing.sha256 } : null,
    ...sums,
  }
}

const allocationView = async (deps: VillagesDeps, villageCode: RegionCode, month: ChinaMonth): Promise<AllocationView | null> => {
  const allocation = (await deps.allocations.get({ villageCode, month }))?.row
  if (!allocation) return null
  const [lines, persons] = await Promise.all([
    linesOfRun(deps, allocation, allocation.runId),
    allRows((cursor) => deps.persons.query({ partition: villageCode, ...(cursor && { cursor }) })),
  ])
  return {
    computedAtMs: allocation.computedAtMs,
    statementVersion: allocation.statementVersion,
    planVersion: allocation.planVersion,
    potFen: allocation.potFen,
    reserveFen: allocation.reserveFen,
    distributedFen: allocation.distributedFen,
    undistributedFen: allocation.undistributedFen,
    undistributed: allocation.undistributed ?? null,
    ...(allocation.claimedFen !== undefined && { claimedFen: allocation.claimedFen }),
    ...(allocation.carriedInFen !== undefined && { carriedInFen: allocation.carriedInFen }),
    ...(allocation.carriedOutFen !== undefined && { carriedOutFen: allocation.carriedOutFen }),
    findings: allocation.findings ?? [],
    lines: maskedLines(allocation, lines, persons),
  }
}

/** One village's month: what was generated, earned and divided. */
export const villageOf = async (deps: VillagesDeps, opened: OpenRegion, month: ChinaMonth): Promise<VillageView> => {
  const { region } = opened
  const [statement, parts, allocation] = await Promise.all([
    newestStatement(deps, region.code, month),
    stationsOf(deps, region.code, month),
    allocationView(deps, region.code, month),
  ])
  const versions = new Map(statement?.stations.map(({ stationId, version }) => [stationId, version]))
  const names = new Map(parts.map(({ station }) => [station.stationId, station.name]))
  return {
    asOfMs: deps.now(),
    village: regionRef(region),
    townName: opened.nameOf(region.parentCode),
    countyName: opened.nameOf(opened.countyCode),
    month,
    generation: await Promise.all(parts.map((part) => generationOf(deps, part, month, versions.get(part.station.stationId)))),
    statement: statement ? statementView(statement, names) : null,
    allocation,
  }
}
