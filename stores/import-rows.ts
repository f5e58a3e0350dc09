import type { User } from '../domain/access.ts'
import { type ChinaDay, monthOfDay } from '../domain/calendar.ts'
import type { StationDay } from '../domain/energy.ts'
import type { Archive } from './archive.ts'
import type { ReadingStore } from './readings.ts'
import type { Table } from './table.ts'
import type { TableOf } from './tables.ts'
import type { StaleDay, StaleMonth } from './rows.ts'
import { markDays } from './stale-days.ts'
import { fewAtOnce, TransferRefused } from './transfer-files.ts'
import { judgeRow, type Verdict } from './transfer-merge.ts'
import type { TravellingTable } from './transfer-scope.ts'

/** How the rows of an export find their place among those that are there. */

export type ImportInto = {
  tables: { [Name in TravellingTable | 'staleMonths']: TableOf<Name> }
  readings: Pick<ReadingStore, 'append' | 'list' | 'conflicts' | 'wholeSinceMs'>
  /** Gets the station-days that are old enough for it at once; absent when the system has none. */
  archive?: Archive
  now: () => number
}

/** An import under way: the last day it puts into the archive is one from its beginning to its end, whatever the clock says. */
export type ImportRun = ImportInto & { lastArchivedDay: ChinaDay }

export type RowCounts = Record<Verdict, number>
export const noRows = (): RowCounts => ({ new: 0, same: 0, replaced: 0, kept: 0, refused: 0 })

const ROWS_AT_ONCE = 16
const TRIES_MAX = 5

/** A row of an unknown table is its own id: every key is made of fields of the row. */
type AnyTable = Table<object, never>
const tableOf = ({ tables }: ImportInto, table: TravellingTable): AnyTable => tables[table] as object as AnyTable

/** What would become of rows, without writing any. */
export const compareRows = async (into: ImportInto, table: TravellingTable, rows: readonly object[]): Promise<RowCounts> => {
  const counts = noRows()
  await fewAtOnce(rows, ROWS_AT_ONCE, async (row) => {
    counts[judgeRow(table, row, (await tableOf(into, table).get(row))?.row)] += 1
  })
  return counts
}

/** Writes rows where that is their verdict. Again it changes nothing but marks on months, which are then settled without a change. */
export const writeRows = async (into: ImportRun, table: TravellingTable, rows: readonly object[]): Promise<RowCounts> => {
  const counts = noRows()
  await fewAtOnce(rows, ROWS_AT_ONCE, async (coming) => {
    const row = table === 'staleDays' ? asArrived(into, coming as StaleDay) : coming
    counts[await writeRow(into, table, row)] += 1
  })
  if (table === 'generation') await markMonths(into, rows as readonly StationDay[])
  return counts
}

const writeRow = async (into: ImportInto, table: TravellingTable, coming: object): Promise<Verdict> => {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const here = await tableOf(into, table).get(coming)
    const verdict = judgeRow(table, coming, here?.row)
    if (verdict === 'refused') throw new TransferRefused(`a row of ${table} was settled differently here`)
    if (verdict === 'kept' && table === 'generation') await markAnew(into, coming as StationDay)
    if (verdict === 'same' || verdict === 'kept') return verdict
    const condition = here === undefined ? 'absent' : { version: here.version }
    if ((await tableOf(into, table).put(coming, condition)) === 'written') return verdict
  }
  throw new Error(`a row of ${table} kept changing while it was imported`)
}

/** Whoever oversaw more than a county of the other system is not to oversee this one, which may hold others, until it says so. */
export const shutOut = (overseer: object): User => ({ ...(overseer as User), disabled: true })

/** A day that is old enough for the archive was put there with its readings; any other is archived here in its time. */
const asArrived = ({ archive, lastArchivedDay, now }: ImportRun, mark: StaleDay): StaleDay => {
  const { countyCode, stationId, day, markedAtMs, settledAtMs } = mark
  const isArchived = archive !== undefined && settledAtMs !== undefined && day <= lastArchivedDay
  return {
    countyCode,
    stationId,
    day,
    markedAtMs,
    ...(settledAtMs !== undefined && { settledAtMs }),
    ...(isArchived && { archivedAtMs: now() }),
  }
}

/**
 * Marks the months of final station-days, after they are written and also when they were there before: the try that wrote them may
 * have ended before it came so far.
 */
const markMonths = async ({ tables, now }: ImportInto, rows: readonly StationDay[]): Promise<void> => {
  const marks = rows
    .filter(({ version }) => version > 0)
    .map(({ stationId, countyCode, day }): StaleMonth => {
      return { stationId, countyCode, month: monthOfDay(day), markedAtMs: now() }
    })
  await tables.staleMonths.putBatch([...new Map(marks.map((mark) => [`${mark.stationId}#${mark.month}`, mark])).values()])
}

/** A pending mark beside whatever was there. */
export const markAnew = async (
  { tables, now }: ImportInto,
  { countyCode, stationId, day }: Pick<StaleDay, 'countyCode' | 'stationId' | 'day'>,
): Promise<void> => {
  const atMs = now()
  await markDays(tables.staleDays, [{ countyCode, stationId, day, markedAtMs: atMs, causes: [{ code: 'moved', atMs }] }])
}
