import { type ChinaMonth, monthOf, monthsOfYear } from '../../domain/calendar.ts'
import type { Allocation } from '../../domain/allocation-run.ts'
import { daysInService, type StationStatement } from '../../domain/income.ts'
import type { VillageStatement } from '../../domain/village-statement.ts'
import { newestVersions } from '../../domain/overview.ts'
import type { RegionCode, Station } from '../../domain/registry.ts'
import { statementSums } from '../../domain/village-account.ts'
import type { ListedStation } from '../../papers/county-lists.ts'
import type { CountyMonth, StationMonthFigures, VillageMonthFigures } from '../../papers/county-month.ts'
import type { VillageYear } from '../../papers/village-year.ts'
import { eachOf } from '../../stores/at-once.ts'
import { latestStatement, statementsOfCountyMonth } from '../../stores/months.ts'
import { allRows } from '../../stores/table.ts'
import { placeOf } from './fleet.ts'
import type { OpenRegion } from './region.ts'
import type { VillagesDeps } from './village-pages.ts'

/** What papers of a whole region or a whole year need, beyond the village's month that pages show too. No names of persons. */

const sumsOf = (statement: VillageStatement) => {
  const { grossFen, deductionFen, netFen } = statementSums(statement)
  return { grossFen, deductionFen, netFen, provisional: statement.provisional }
}

const partsOf = ({ reserveFen, distributedFen, undistributedFen }: Allocation) => ({
  reserveFen,
  distributedFen,
  undistributedFen,
})

/** Every month of a year that has begun. */
export const villageYearOf = async (deps: VillagesDeps, opened: OpenRegion, year: number): Promise<VillageYear> => {
  const { region } = opened
  const range = { partition: region.code, from: `${year}-01`, to: `${year}-12#~` }
  const [versions, allocations] = await Promise.all([
    allRows((cursor) => deps.villageStatements.query({ ...range, ...(cursor && { cursor }) })),
    allRows((cursor) => deps.allocations.query({ ...range, ...(cursor && { cursor }) })),
  ])
  const statements = new Map(newestVersions(versions, ({ month }) => month).map((row) => [row.month, row]))
  const allocated = new Map(allocations.map((row) => [row.month, row]))
  const current = monthOf(deps.now())
  return {
    village: { code: region.code, name: region.name },
    townName: opened.nameOf(region.parentCode),
    countyName: opened.nameOf(opened.countyCode),
    asOfMs: deps.now(),
    year,
    months: monthsOfYear(year)
      .filter((month) => month <= current)
      .map((month) => {
        const statement = statements.get(month)
        const allocation = allocated.get(month)
        return { month, statement: statement ? sumsOf(statement) : null, allocation: allocation ? partsOf(allocation) : null }
      }),
  }
}

/** The stations of a region, those out of service included, by id. */
export const stationsIn = async (deps: Pick<VillagesDeps, 'stations'>, opened: OpenRegion): Promise<Station[]> => {
  const all = await allRows((cursor) =>
    deps.stations.queryIndex('byCounty', { partition: opened.countyCode, ...(cursor && { cursor }) }),
  )
  const held = await Promise.all(all.map((station) => opened.holds(placeOf(station))))
  return all.filter((_, at) => held[at])
}

type Naming = Pick<OpenRegion, 'nameOf'>
const placeNames = ({ villageCode, townCode }: Station, opened: Naming) => ({
  townName: opened.nameOf(townCode),
  villageName: opened.nameOf(villageCode),
})

export const listedStation = (station: Station, opened: Naming): ListedStation => ({
  ...placeNames(station, opened),
  stationId: station.stationId,
  name: station.name,
  kind: station.kind,
  dcCapacityW: station.dcCapacityW,
  acCapacityW: station.acCapacityW,
  commissionedOn: station.commissionedOn,
  decommissionedOn: station.decommissionedOn ?? null,
  billingAccount: station.billingAccount,
  omOrganisation: station.omOrganisation,
})

const stationFigures = ({ energyWh, grossFen, deductionFen, netFen, provisional, days }: StationStatement) => {
  const of = (quality: StationStatement['days'][number]['quality']) => days.filter((day) => day.quality === quality).length
  const counted = { measured: of('measured'), estimated: of('estimated'), missing: of('missing') }
  return { energyWh, grossFen, deductionFen, netFen, provisional, days: counted }
}

/** The newest statement of an open month; of one that villages have closed, what they closed it with (`closed`, by station). */
const stationMonth =
  (deps: VillagesDeps, opened: OpenRegion, month: ChinaMonth, closed: ReadonlyMap<string, number>) =>
  async (station: Station): Promise<StationMonthFigures> => {
    const { stationId, name, kind, dcCapacityW } = station
    const newest = await latestStatement(deps.stationStatements, stationId, month)
    const version = closed.get(stationId) ?? newest?.version
    const isNewest = version === newest?.version
    const counts =
      isNewest || version === undefined ? newest : (await deps.stationStatements.get({ stationId, month, version }))?.row
    return {
      stationId,
      name,
      kind,
      dcCapacityW,
      ...placeNames(station, opened),
      statement: counts ? stationFigures(counts) : null,
      ...(!isNewest && { changedSince: true }),
    }
  }

const closedVersions = (statements: Iterable<VillageStatement>): Map<string, number> =>
  new Map(
    [...statements].flatMap(({ closing, stations }) =>
      closing ? stations.map(({ stationId, version }) => [stationId, version] as const) : [],
    ),
  )

const statementsIn = async (deps: VillagesDeps, countyCode: RegionCode, month: ChinaMonth) => {
  const rows = await statementsOfCountyMonth(deps.villageStatements, countyCode, month)
  return new Map(rows.map((row) => [row.villageCode, row]))
}

/** Every station of a region that was in service in the month, and every village. */
export const countyMonthOf = async (deps: VillagesDeps, opened: OpenRegion, month: ChinaMonth): Promise<CountyMonth> => {
  const stations = (await stationsIn(deps, opened)).filter((station) => daysInService(station, month).length > 0)
  const statements = await statementsIn(deps, opened.countyCode, month)
  const villages = await eachOf(opened.villages, async ({ code, name, parentCode }): Promise<VillageMonthFigures> => {
    const statement = statements.get(code)
    const allocation = (await deps.allocations.get({ villageCode: code, month }))?.row
    return {
      code,
      name,
      townName: opened.nameOf(parentCode),
      stations: statement?.stations.length ?? 0,
      statement: statement ? sumsOf(statement) : null,
      allocation: allocation ? partsOf(allocation) : null,
    }
  })
  return {
    asOfMs: deps.now(),
    regionName: opened.region.name,
    month,
    stations: await eachOf(stations, stationMonth(deps, opened, month, closedVersions(statements.values()))),
    villages,
  }
}
