import * as z from 'zod'

import { handles } from '../domain/access.ts'
import { addMonths, type ChinaMonth, dayOf, daysOfMonth, monthOf } from '../domain/calendar.ts'
import type { VillageStatement } from '../domain/income.ts'
import { newestVersions, sumKnown } from '../domain/overview.ts'
import type { RegionCode, Station } from '../domain/registry.ts'
import { maskedLines, monthOfDays, shareOf, statementSums } from '../domain/village-account.ts'
import { allRows } from '../stores/table.ts'
import { onAws } from './edge/aws.ts'
import type { AllocationView, StatementView, VillageStation, VillagesView, VillageView } from './api-types.ts'
import { api, type ApiContext, notFound, parseQuery, problem } from './edge/http.ts'
import { monthParam, openRegion, type OpenRegion, regionCodeParam, regionRef } from './edge/region.ts'
import type { Deps } from './entry.ts'

/**
 * Villages' months: generation, income statement and allocation, for those who may see money and households. Names are masked
 * here, before anything leaves. Another region's village and none at all get one answer; a village in scope without the right
 * to households is forbidden.
 */

type VillagesDeps = Deps<
  | 'verifyKeys'
  | 'regions'
  | 'stations'
  | 'shares'
  | 'generation'
  | 'stationStatements'
  | 'villageStatements'
  | 'allocations'
  | 'allocationLines'
  | 'households'
  | 'persons'
>

const listQuery = z.strictObject({ county: regionCodeParam.optional(), month: monthParam.optional() })
const villageQuery = z.strictObject({ month: monthParam.optional() })

const opening = async (context: ApiContext, deps: VillagesDeps, code: RegionCode | undefined): Promise<OpenRegion | Response> => {
  const opened = await openRegion(context, deps, { code, resource: 'region' })
  if (opened instanceof Response) return opened
  const { role } = context.get('principal')
  if (handles(role, 'income') && handles(role, 'household')) return opened
  return problem(context, 'forbidden', 'Income and households are for village accountants and officers.')
}

/** The month asked for, last month without one; a month that has not begun is refused. */
const monthAsked = (context: ApiContext, deps: VillagesDeps, month: ChinaMonth | undefined): ChinaMonth | Response => {
  const current = monthOf(deps.now())
  if (month !== undefined && month > current) return problem(context, 'bad_request', 'month: not later than this month')
  return month ?? addMonths(current, -1)
}

const listed = async (deps: VillagesDeps, opened: OpenRegion, month: ChinaMonth): Promise<Omit<VillagesView, 'asOfMs'>> => {
  const partition = `${opened.countyCode}#${month}`
  const rows = await allRows((cursor) =>
    deps.villageStatements.queryIndex('byCountyMonth', { partition, ...(cursor && { cursor }) }),
  )
  const statements = new Map(newestVersions(rows, ({ villageCode }) => villageCode).map((row) => [row.villageCode, row]))
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
  return { stationId, name, kind, share: part.share, ...monthOfDays(days, begun) }
}

const statementView = (statement: VillageStatement, names: ReadonlyMap<string, string>): StatementView => {
  const { stations, ...sums } = statementSums(statement)
  return {
    version: statement.version,
    computedAtMs: statement.computedAtMs,
    provisional: statement.provisional,
    stations: stations.map((station) => ({ ...station, name: names.get(station.stationId) ?? station.stationId })),
    ...sums,
  }
}

const allocationView = async (deps: VillagesDeps, villageCode: RegionCode, month: ChinaMonth): Promise<AllocationView | null> => {
  const allocation = (await deps.allocations.get({ villageCode, month }))?.row
  if (!allocation) return null
  const range = { partition: `${villageCode}#${month}`, from: `${allocation.runId}#`, to: `${allocation.runId}#~` }
  const [lines, persons] = await Promise.all([
    allRows((cursor) => deps.allocationLines.query({ ...range, ...(cursor && { cursor }) })),
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
    lines: maskedLines(allocation, lines, persons),
  }
}

const villageOf = async (deps: VillagesDeps, opened: OpenRegion, month: ChinaMonth): Promise<VillageView> => {
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

export const create = (deps: VillagesDeps) => {
  const app = api(deps)

  app.get('/api/villages', async (context) => {
    const query = parseQuery(context, listQuery)
    if (query instanceof Response) return query
    const opened = await opening(context, deps, query.county)
    if (opened instanceof Response) return opened
    const month = monthAsked(context, deps, query.month)
    if (month instanceof Response) return month
    return context.json({ asOfMs: deps.now(), ...(await listed(deps, opened, month)) } satisfies VillagesView)
  })

  app.get('/api/villages/:code', async (context) => {
    const query = parseQuery(context, villageQuery)
    if (query instanceof Response) return query
    const code = regionCodeParam.safeParse(context.req.param('code')).data
    const opened = await opening(context, deps, code ?? 'none')
    if (opened instanceof Response) return opened
    if (opened.region.level !== 'village') return notFound(context)
    const month = monthAsked(context, deps, query.month)
    if (month instanceof Response) return month
    return context.json((await villageOf(deps, opened, month)) satisfies VillageView)
  })

  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
