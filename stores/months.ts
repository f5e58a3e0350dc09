import type { ChinaDay, ChinaMonth } from '../domain/calendar.ts'
import type { StationDay } from '../domain/energy.ts'
import { newestVersions } from '../domain/overview.ts'
import type { RegionCode } from '../domain/registry.ts'
import type { VillageStatement } from '../domain/village-statement.ts'
import { allRows, type Page, type Range } from './table.ts'

/** Reading what belongs to a month from tables whose sort keys begin with a day, a month or a year. */

type Queried<Row> = { query: (range: Range) => Promise<Page<Row>> }

/** The sort keys that begin with a prefix and go on with digits. */
export const beginningWith = (prefix: string): { from: string; to: string } => ({ from: prefix, to: `${prefix}~` })

/** The latest version of a statement of one month; its `version` field is the one that counts, not the table's. */
export const latestStatement = async <Row extends object>(
  statements: Queried<Row>,
  partition: string,
  month: ChinaMonth,
): Promise<Row | undefined> =>
  (await statements.query({ partition, ...beginningWith(`${month}#`), reverse: true, limit: 1 })).rows[0]?.row

/** A county's month in the index of villages' statements; the versions of one village follow one another. */
const countyMonth = (countyCode: RegionCode, month: ChinaMonth): string => `${countyCode}#${month}`
type ByCountyMonth = { queryIndex: (index: 'byCountyMonth', range: Range) => Promise<Page<VillageStatement>> }

/** The newest version of every village's statement of a county's month, by code. */
export const statementsOfCountyMonth = async (
  villageStatements: ByCountyMonth,
  countyCode: RegionCode,
  month: ChinaMonth,
): Promise<VillageStatement[]> => {
  const partition = countyMonth(countyCode, month)
  const rows = await allRows((cursor) => villageStatements.queryIndex('byCountyMonth', { partition, cursor }))
  return newestVersions(rows, ({ villageCode }) => villageCode)
}

/** Whether any village of the county has a statement of the month. */
export const hasStatements = async (
  villageStatements: ByCountyMonth,
  countyCode: RegionCode,
  month: ChinaMonth,
): Promise<boolean> => {
  const partition = countyMonth(countyCode, month)
  return (await villageStatements.queryIndex('byCountyMonth', { partition, limit: 1 })).rows.length > 0
}

/** Every version of every day of a station's month. */
export const daysOfStationMonth = (
  generation: Queried<StationDay>,
  stationId: string,
  month: ChinaMonth,
): Promise<StationDay[]> => allRows((cursor) => generation.query({ partition: stationId, ...beginningWith(`${month}-`), cursor }))

/** Every version of every day of a station from one day to another, both included. */
export const daysOfStationSpan = (
  generation: Queried<StationDay>,
  stationId: string,
  { from, to }: { from: ChinaDay; to: ChinaDay },
): Promise<StationDay[]> =>
  allRows((cursor) => generation.query({ partition: stationId, from: `${from}#`, to: beginningWith(`${to}#`).to, cursor }))

/** Those of some months that have a statement, in order; read as one range, whatever lies between. */
export const settledMonths = async <Row extends { month: ChinaMonth }>(
  statements: Queried<Row>,
  partition: string,
  months: readonly ChinaMonth[],
): Promise<ChinaMonth[]> => {
  const inOrder = months.toSorted()
  const [first] = inOrder
  const last = inOrder.at(-1)
  if (first === undefined || last === undefined) return []
  const range = { partition, from: `${first}#`, to: beginningWith(`${last}#`).to }
  const settled = new Set((await allRows((cursor) => statements.query({ ...range, cursor }))).map(({ month }) => month))
  return inOrder.filter((month) => settled.has(month))
}
