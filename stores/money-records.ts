import { addMonths, type ChinaDay, type ChinaMonth, monthOfDay } from '../domain/calendar.ts'
import type { DueRule } from '../domain/due-rule.ts'
import type { StationStatement } from '../domain/income.ts'
import type { VillageStatement } from '../domain/village-statement.ts'
import { type Item, itemsOfStation, itemsOfStatements } from '../domain/receipt-items.ts'
import type { MoneyRecord } from '../domain/receipt.ts'
import type { RegionCode, Station } from '../domain/registry.ts'
import { allRows } from './table.ts'
import { statementsOfCountyMonth } from './months.ts'
import type { TableReaderOf } from './tables.ts'

/** Everything the life of amounts is computed from: statements by their newest versions, and every record there is. */

type Statements = { villageStatements: TableReaderOf<'villageStatements'> }
type Readers = Statements & {
  moneyRecords: TableReaderOf<'moneyRecords'>
  stations: TableReaderOf<'stations'>
  shares: TableReaderOf<'shares'>
  stationStatements: TableReaderOf<'stationStatements'>
}

/** Items and records a ledger is made of. */
export type MoneySource = { items: Item[]; records: MoneyRecord[]; statements: VillageStatement[] }

const QUERIES_AT_ONCE = 8

const newestOf = <Row extends { version: number }>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] => {
  const newest = new Map<string, Row>()
  for (const row of rows) if (row.version > (newest.get(keyOf(row))?.version ?? 0)) newest.set(keyOf(row), row)
  return [...newest.values()]
}

const inTurns = async <Of, Result>(all: readonly Of[], load: (one: Of) => Promise<Result>): Promise<Result[]> => {
  const results: Result[] = []
  for (let at = 0; at < all.length; at += QUERIES_AT_ONCE) {
    results.push(...(await Promise.all(all.slice(at, at + QUERIES_AT_ONCE).map(load))))
  }
  return results
}

/** By when a county's money has to arrive. */
export const dueRulesOf = ({ dueRules }: { dueRules: TableReaderOf<'dueRules'> }, countyCode: RegionCode): Promise<DueRule[]> =>
  allRows((cursor) => dueRules.query({ partition: countyCode, cursor }))

export const recordsFiledUnder = ({ moneyRecords }: Pick<Readers, 'moneyRecords'>, partition: string): Promise<MoneyRecord[]> =>
  allRows((cursor) => moneyRecords.query({ partition, cursor }))

const monthsBetween = (first: ChinaMonth, last: ChinaMonth): ChinaMonth[] => {
  const months: ChinaMonth[] = []
  for (let month = first; month <= last; month = addMonths(month, 1)) months.push(month)
  return months
}

/** The newest statements of a county's villages, of the months some station of it has been in service until `asOf`. */
const statementsOfCounty = async (
  readers: Readers,
  countyCode: RegionCode,
  asOf: ChinaDay,
): Promise<{ statements: VillageStatement[]; stations: Station[] }> => {
  const stations = await allRows((cursor) => readers.stations.queryIndex('byCounty', { partition: countyCode, cursor }))
  const [first] = stations.map(({ commissionedOn }) => commissionedOn).toSorted()
  if (first === undefined) return { statements: [], stations }
  const pages = await inTurns(monthsBetween(monthOfDay(first), monthOfDay(asOf)), (month) =>
    statementsOfCountyMonth(readers.villageStatements, countyCode, month),
  )
  const statements = pages.flatMap((rows) => newestOf(rows, ({ villageCode }) => villageCode))
  return { statements, stations }
}

/**
 * A whole county's, with its stations. Its receipts are read by key, for the next one is divided by what they left; of the rest the
 * index may lag.
 */
export const moneyOfCounty = async (
  readers: Readers,
  countyCode: RegionCode,
  asOf: ChinaDay,
): Promise<MoneySource & { stations: Station[] }> => {
  const [{ statements, stations }, receipts, indexed] = await Promise.all([
    statementsOfCounty(readers, countyCode, asOf),
    recordsFiledUnder(readers, countyCode),
    allRows((cursor) => readers.moneyRecords.queryIndex('byCounty', { partition: countyCode, cursor })),
  ])
  const records = [...receipts, ...indexed.filter(({ placeCode }) => placeCode !== countyCode)]
  return { items: itemsOfStatements(statements), records, statements, stations }
}

/** Stations a village has, or ever had, a part in; by id. */
const stationsOfVillage = async (
  readers: Readers,
  villageCode: RegionCode,
  statements: readonly VillageStatement[],
): Promise<Station[]> => {
  const [own, shares] = await Promise.all([
    allRows((cursor) => readers.stations.queryIndex('byVillage', { partition: villageCode, cursor })),
    allRows((cursor) => readers.shares.queryIndex('byVillage', { partition: villageCode, cursor })),
  ])
  const ids = new Set([...own, ...shares, ...statements.flatMap(({ stations }) => stations)].map(({ stationId }) => stationId))
  const found = await inTurns([...ids].toSorted(), async (stationId) => (await readers.stations.get({ stationId }))?.row)
  return found.filter((station) => station !== undefined)
}

/** What is due to the others who share a station. */
const dueToOthers = async (readers: Readers, { stationId, kind }: Station, villageCode: RegionCode): Promise<Item[]> => {
  if (kind === 'village') return []
  const statements = await allRows((cursor) => readers.stationStatements.query({ partition: stationId, cursor }))
  const items = newestOf<StationStatement>(statements, ({ month }) => month).flatMap(itemsOfStation)
  return items.filter((item) => item.villageCode !== villageCode)
}

/**
 * What one village's ledger is made of, without the rest of its county: of a station that several villages share also what is due to
 * the others, for what is received for it is divided among all.
 */
export const moneyOfVillage = async (
  readers: Readers,
  { villageCode, countyCode }: { villageCode: RegionCode; countyCode: RegionCode },
): Promise<MoneySource & { stations: Station[] }> => {
  const [own, ofCounty, ofVillage] = await Promise.all([
    allRows((cursor) => readers.villageStatements.query({ partition: villageCode, cursor })),
    recordsFiledUnder(readers, countyCode),
    recordsFiledUnder(readers, villageCode),
  ])
  const statements = newestOf(own, ({ month }) => month)
  const stations = await stationsOfVillage(readers, villageCode, statements)
  const ofStations = await inTurns(stations, async (station) => ({
    items: await dueToOthers(readers, station, villageCode),
    records: await recordsFiledUnder(readers, station.stationId),
  }))
  const items = [...itemsOfStatements(statements), ...ofStations.flatMap((station) => station.items)]
  return { items, records: [...ofCounty, ...ofVillage, ...ofStations.flatMap(({ records }) => records)], statements, stations }
}
