import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DayCause } from '../../domain/day-cause.ts'
import type { StaleDay } from '../../stores/rows.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { markDays } from '../../stores/stale-days.ts'
import { COUNTY, day } from '../registry.ts'

const late: DayCause = { code: 'late_readings', atMs: 1 }
const reset: DayCause = { code: 'reset_recorded', atMs: 2, about: 'ZL1-METER', by: 'demo-officer' }
const aMark = (over: Partial<StaleDay> = {}): StaleDay => ({
  countyCode: COUNTY,
  stationId: 'ZL1',
  day: day('2026-11-01'),
  markedAtMs: 10,
  ...over,
})

let tables: SqliteTables
beforeEach(() => {
  tables = openTables(':memory:')
})
afterEach(() => tables.close())
const stored = async (mark = aMark()) => await tables.staleDays.get(mark)

describe('a mark on a station-day', () => {
  test('joins what waits there already', async () => {
    await markDays(tables.staleDays, [aMark({ causes: [reset] })])
    await markDays(tables.staleDays, [aMark({ markedAtMs: 11, causes: [late] })])
    await markDays(tables.staleDays, [aMark({ markedAtMs: 12 })])
    expect(await stored()).toEqual({ row: aMark({ markedAtMs: 12, causes: [reset, late] }), version: 3 })
  })

  test('begins anew where all was done with, and has it archived anew', async () => {
    await tables.staleDays.put(aMark({ causes: [reset], settledAtMs: 11, archivedAtMs: 12 }))
    await markDays(tables.staleDays, [aMark({ causes: [late] })])
    expect((await stored())?.row).toEqual(aMark({ causes: [late] }))
  })

  test('needs no cause', async () => {
    await markDays(tables.staleDays, [aMark()])
    expect((await stored())?.row).toEqual(aMark())
  })

  test('is one of many', async () => {
    const marks = Array.from({ length: 120 }, (_, at) => aMark({ stationId: `S${at}`, causes: [late] }))
    await markDays(tables.staleDays, marks)
    expect((await tables.staleDays.queryIndex('pending', { partition: COUNTY })).rows).toHaveLength(120)
    expect((await stored(aMark({ stationId: 'S119' })))?.row.causes).toEqual([late])
  })
})
