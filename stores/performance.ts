import type { ChinaDay } from '../domain/calendar.ts'
import type { CountyDay } from '../domain/county-assessment.ts'
import type { StationDay } from '../domain/energy.ts'
import { eachOf } from './at-once.ts'
import { allRows } from './table.ts'
import type { TableReaderOf } from './tables.ts'

/** What was made of days: how the rows of a county's days are found and put together. */

/** The latest final version of every station's day. */
export const finalsOfCountyDay = async (
  generation: Pick<TableReaderOf<'generation'>, 'queryIndex'>,
  countyCode: string,
  day: ChinaDay,
): Promise<Map<string, StationDay>> => {
  const partition = `${countyCode}#${day}`
  const finals = new Map<string, StationDay>()
  for (const row of await allRows((cursor) => generation.queryIndex('byCountyDay', { partition, cursor }))) {
    if (row.version > (finals.get(row.stationId)?.version ?? 0)) finals.set(row.stationId, row)
  }
  return finals
}

/** The rows of a county's days from `from` to `to`, both included, in order; parts a day has no more are left out. */
export const countyDaysOf = async (
  countyDays: Pick<TableReaderOf<'countyDays'>, 'query'>,
  countyCode: string,
  from: ChinaDay,
  to: ChinaDay,
): Promise<CountyDay[]> => {
  const range = { partition: countyCode, from: `${from}#`, to: `${to}#~` }
  const rows = await allRows((cursor) => countyDays.query({ ...range, cursor }))
  const parts = new Map(rows.filter(({ part }) => part === 0).map(({ day, parts: count }) => [day, count]))
  return rows.filter(({ day, part }) => part < (parts.get(day) ?? 0))
}

/** The heads of a county's days that are known, in order: what they say of the whole, without a station's figures. */
export const countyHeadsOf = async (
  countyDays: Pick<TableReaderOf<'countyDays'>, 'get'>,
  countyCode: string,
  days: readonly ChinaDay[],
): Promise<Omit<CountyDay, 'digests'>[]> => {
  const found = await eachOf(days, (day) => countyDays.get({ countyCode, day, part: 0 }))
  return found.flatMap((head) => (head ? [head.row] : []))
}
