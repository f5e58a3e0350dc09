import { afterEach, beforeEach, expect, test } from 'vitest'
import { markDays } from '../../cloud/backfill.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { aStation, COUNTY, day, someRegions } from '../registry.ts'

const NOW_MS = Date.parse('2026-11-03T12:00:00+08:00')
const span = { from: day('2026-11-01'), to: day('2026-11-02'), stationId: 'ZL1' }

let tables: SqliteTables
beforeEach(async () => {
  tables = openTables(':memory:')
  await tables.regions.putBatch(someRegions)
  await tables.stations.put(aStation())
})
afterEach(() => tables.close())
const pending = async () => (await tables.staleDays.queryIndex('pending', { partition: COUNTY })).rows.map(({ row }) => row.day)
const mark = (write: boolean, over: object = {}) =>
  markDays({ tables }, { ...span, ...over }, { write, onProgress: () => undefined, now: () => NOW_MS })

test('the days of a span are marked on the deployment for its own schedule, when told to', async () => {
  expect(await mark(false)).toBe(2)
  expect(await pending()).toEqual([])
  expect(await mark(true)).toBe(2)
  expect(await pending()).toEqual(['2026-11-01', '2026-11-02'])
})

test('a station that is not there is refused', async () => {
  await expect(mark(true, { stationId: 'NONE' })).rejects.toThrow(RangeError)
})
