import { monthOf, monthsOfYear } from '../../domain/calendar.ts'
import { daysInService, type StandingBasis, type StationStatement } from '../../domain/income.ts'
import { maskName } from '../../domain/mask.ts'
import { newestVersions } from '../../domain/overview.ts'
import type { Station } from '../../domain/registry.ts'
import type { HouseholdLine, HouseholdYear } from '../../papers/household-ledger.ts'
import type { StationMonthBooks, StationYear } from '../../papers/station-ledger.ts'
import { eachOf } from '../../stores/at-once.ts'
import { linesOfRun } from '../../stores/runs.ts'
import { allRows } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import { listedStation } from './paper-pages.ts'
import type { OpenRegion } from './region.ts'
import type { VillagesDeps } from './village-pages.ts'

/** 台账 of a year: a village's households and what they got, a station and what it brought. Names are masked here. */

type HouseholdDeps = VillagesDeps & { households: TableReaderOf<'households'> }

/** Every line of the runs that count, by household in the order of their ids, each household's by month. */
export const householdYearOf = async (deps: HouseholdDeps, opened: OpenRegion, year: number): Promise<HouseholdYear> => {
  const { region } = opened
  const partition = region.code
  const [statements, allocations, households, persons] = await Promise.all([
    allRows((cursor) => deps.villageStatements.query({ partition, from: `${year}-01#`, to: `${year}-12#~`, cursor })),
    allRows((cursor) => deps.allocations.query({ partition, from: `${year}-01`, to: `${year}-12~`, cursor })),
    allRows((cursor) => deps.households.query({ partition, cursor })),
    allRows((cursor) => deps.persons.query({ partition, cursor })),
  ])
  const runs = await eachOf(allocations, ({ month, runId }) => linesOfRun(deps, { villageCode: partition, month }, runId))
  const unsettled = newestVersions(statements, ({ month }) => month).filter(({ provisional }) => provisional)
  const provisional = new Set(unsettled.map(({ month }) => month))
  const heads = new Map(households.map(({ householdId, headName }) => [householdId, headName]))
  const names = new Map(persons.map(({ personId, name }) => [personId, name]))
  const byHousehold = Map.groupBy(runs.flat(), ({ householdId }) => householdId)
  return {
    village: { code: region.code, name: region.name },
    townName: opened.nameOf(region.parentCode),
    countyName: opened.nameOf(opened.countyCode),
    asOfMs: deps.now(),
    year,
    distributedFen: allocations.reduce((sum, { distributedFen }) => sum + distributedFen, 0),
    months: allocations.map(({ month }) => month),
    provisional: allocations.some(({ month }) => provisional.has(month)),
    households: [...byHousehold]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([householdId, lines]) => ({
        householdId,
        head: maskName(heads.get(householdId) ?? ''),
        lines: lines.map(({ month, ofMonth, personId, kind, post, amountFen }): HouseholdLine => {
          const payee = maskName(names.get(personId) ?? '')
          return { month, ...(ofMonth !== undefined && { ofMonth }), payee, kind, post, amountFen }
        }),
      })),
  }
}

const booksOf = (statement: StationStatement): StationMonthBooks['statement'] => {
  const { energyWh, grossFen, deductionFen, netFen, provisional, lines, days } = statement
  const on = (basis: StandingBasis): number => days.filter((day) => (day.basis ?? 'meter') === basis).length
  const of = (quality: StationStatement['days'][number]['quality']): number =>
    days.filter((day) => day.quality === quality).length
  return {
    energyWh,
    grossFen,
    deductionFen,
    netFen,
    provisional,
    lines,
    standsOn: { slip: on('slip'), meter: on('meter'), inverters: on('inverters'), none: on('none') },
    days: { measured: of('measured'), estimated: of('estimated'), missing: of('missing') },
  }
}

type StationDeps = VillagesDeps & { closings: TableReaderOf<'closings'> }

/** Which of its statements a station's closed month was closed with: the one that a village's closed statement names. */
const closedVersion = async (deps: StationDeps, versions: readonly StationStatement[]): Promise<number | undefined> => {
  const villages = new Set(versions.flatMap((statement) => statement.villages.map(({ villageCode }) => villageCode)))
  for (const partition of villages) {
    const { stationId = '', month = '' } = versions[0] ?? {}
    const range = { partition, from: `${month}#`, to: `${month}#~`, reverse: true, limit: 1 }
    const [found] = (await deps.villageStatements.query(range)).rows
    const named = found?.row.closing && found.row.stations.find((station) => station.stationId === stationId)
    if (named) return named.version
  }
  return undefined
}

/** A station's month: the newest statement of an open one, of a closed one what it was closed with. */
const monthBooks = async (
  deps: StationDeps,
  versions: readonly StationStatement[],
  closed: boolean,
): Promise<Omit<StationMonthBooks, 'month'>> => {
  const newest = versions.toSorted((a, b) => b.version - a.version)[0]
  const version = closed ? await closedVersion(deps, versions) : undefined
  const counts = versions.find((statement) => statement.version === version) ?? newest
  return {
    closed,
    ...(counts !== newest && { changedSince: true }),
    statement: counts ? booksOf(counts) : null,
  }
}

/** The months of a year in which the station was in service, as far as they have begun. */
export const stationYearOf = async (deps: StationDeps, station: Station, year: number): Promise<StationYear> => {
  const { stationId } = station
  const range = { partition: stationId, from: `${year}-01#`, to: `${year}-12#~` }
  const [versions, closings] = await Promise.all([
    allRows((cursor) => deps.stationStatements.query({ ...range, cursor })),
    allRows((cursor) => deps.closings.query({ partition: station.countyCode, from: `${year}-01`, to: `${year}-12~`, cursor })),
  ])
  const byMonth = Map.groupBy(versions, ({ month }) => month)
  const closed = new Set(closings.filter(({ state }) => state === 'closed').map(({ month }) => month))
  const current = monthOf(deps.now())
  const places = [station.townCode, station.villageCode].filter((code) => code !== undefined)
  const names = new Map(await eachOf(places, async (code) => [code, (await deps.regions.get({ code }))?.row.name] as const))
  const months = monthsOfYear(year).filter((month) => month <= current && daysInService(station, month).length > 0)
  const nameOf = (code: string | undefined): string | null => (code === undefined ? undefined : names.get(code)) ?? null
  return {
    asOfMs: deps.now(),
    year,
    station: listedStation(station, { nameOf }),
    months: await eachOf(months, async (month) => ({
      month,
      ...(await monthBooks(deps, byMonth.get(month) ?? [], closed.has(month))),
    })),
  }
}
