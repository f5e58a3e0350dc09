import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { announce, markAnnounced } from '../../functions/edge/recompute.ts'
import { changesBetween, figuresOf, markStationDays, stationDaysOf } from '../../stores/backfill.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { aStation, COUNTY, day, someRegions } from '../registry.ts'
import { aStationDay } from '../settlement.ts'

const NOW_MS = Date.parse('2026-11-03T12:00:00+08:00')
const OTHER = '341699000000'
const span = (over: object = {}) => ({ from: day('2026-11-01'), to: day('2026-11-02'), ...over })

let tables: SqliteTables
beforeEach(async () => {
  tables = openTables(':memory:')
  await tables.regions.putBatch([...someRegions, { code: OTHER, name: '邻示县', level: 'county' }])
  await tables.stations.putBatch([
    aStation(),
    aStation({ stationId: 'NEW', commissionedOn: day('2026-11-02') }),
    aStation({ stationId: 'OLD', decommissionedOn: day('2026-11-02') }),
    aStation({ stationId: 'FAR', countyCode: OTHER }),
  ])
})
afterEach(() => tables.close())

const placesOf = async (over: object = {}) =>
  (await stationDaysOf(tables, span(over), NOW_MS)).map(({ day: on, stationId }) => `${on.slice(8)} ${stationId}`).sort()

describe('the station-days of a span', () => {
  test('are those of every station in service, by county or all', async () => {
    expect(await placesOf()).toEqual(['01 FAR', '01 OLD', '01 ZL1', '02 FAR', '02 NEW', '02 ZL1'])
    expect(await placesOf({ county: COUNTY })).toEqual(['01 OLD', '01 ZL1', '02 NEW', '02 ZL1'])
    expect(await placesOf({ stationId: 'NEW' })).toEqual(['02 NEW'])
  })

  test('end with today', async () => {
    expect(await placesOf({ stationId: 'ZL1', to: day('2027-01-01') })).toEqual(['01 ZL1', '02 ZL1', '03 ZL1'])
  })

  test.each([
    [{ stationId: 'NONE' }, 'there is no station NONE'],
    [{ county: '999999000000' }, 'there is no county 999999000000'],
    [{ from: day('1992-01-02'), to: day('2026-11-02') }, undefined],
  ])('of %j are refused, or not', async (over, why) => {
    const asked = placesOf(over)
    if (why === undefined) expect((await asked).length).toBeGreaterThan(1_000)
    else await expect(asked).rejects.toThrow(why)
  })

  test('are refused when they are too many', async () => {
    await tables.stations.putBatch(Array.from({ length: 60 }, (_, at) => aStation({ stationId: `S${at}` })))
    await expect(placesOf({ from: day('1995-01-01') })).rejects.toThrow('more than 500000')
  })
})

describe('a backfill', () => {
  test('marks every station-day as pending, whatever was there, and tells how far it is', async () => {
    await tables.staleDays.put({
      countyCode: COUNTY,
      stationId: 'ZL1',
      day: day('2026-11-01'),
      markedAtMs: 1,
      settledAtMs: 2,
      archivedAtMs: 3,
    })
    const places = await stationDaysOf(tables, span({ stationId: 'ZL1' }), NOW_MS)
    const told: number[] = []
    await markStationDays(tables, places, NOW_MS, (done) => told.push(done))
    expect(told).toEqual([2])
    const { rows } = await tables.staleDays.queryIndex('pending', { partition: COUNTY })
    expect(rows.map(({ row }) => row)).toEqual(
      places.map((place) => ({ ...place, markedAtMs: NOW_MS, causes: [{ code: 'backfill', atMs: NOW_MS }] })),
    )
  })

  test('that stops while it marks is gone on with by the sweep, days that never were computed included', async () => {
    const places = await stationDaysOf(tables, span({ stationId: 'ZL1' }), NOW_MS)
    const stops = { ...tables.staleDays, putBatch: () => Promise.reject(new Error('the power is gone')) }
    await expect(markStationDays({ ...tables, staleDays: stops }, places, NOW_MS)).rejects.toThrow('power')
    const sweep = (nowMs: number) => markAnnounced(tables, { countyCode: COUNTY, max: 100, nowMs })
    expect(await sweep(NOW_MS + 29 * 60_000)).toBe(0)
    expect(await sweep(NOW_MS + 30 * 60_000)).toBe(2)
    expect(await sweep(NOW_MS + 31 * 60_000)).toBe(0)
    const { rows } = await tables.staleDays.queryIndex('pending', { partition: COUNTY })
    expect(rows.map(({ row }) => row.causes)).toEqual(places.map(() => [{ code: 'backfill', atMs: NOW_MS }]))
  })

  test('that came to its end leaves nothing to the sweep, but what an earlier correction still waits for', async () => {
    const places = await stationDaysOf(tables, span({ stationId: 'ZL1' }), NOW_MS)
    await markStationDays(tables, places, NOW_MS)
    expect((await tables.recomputations.queryIndex('waiting', { partition: COUNTY })).rows).toEqual([])
    const place = { countyCode: COUNTY, stationId: 'ZL1' }
    const asked = { ...place, from: day('2026-10-30'), to: day('2026-10-31'), causes: [], askedAtMs: 1, readyAtMs: 1 }
    await tables.recomputations.put(asked)
    await markStationDays(tables, places, NOW_MS)
    expect((await tables.recomputations.get(place))?.row).toMatchObject({ from: '2026-10-30', to: '2026-11-02', isWhole: true })
  })

  test('does not erase a correction that was announced while it marked', async () => {
    const places = await stationDaysOf(tables, span({ stationId: 'ZL1' }), NOW_MS)
    const corrected = {
      countyCode: COUNTY,
      stationId: 'ZL1',
      from: day('2026-10-30'),
      to: day('2026-10-31'),
      about: ['ctMultiplier'],
    }
    const putBatch: typeof tables.staleDays.putBatch = async (marks) => {
      await announce(tables, [corrected], { by: 'demo', nowMs: NOW_MS })
      await tables.staleDays.putBatch(marks)
    }
    await markStationDays({ ...tables, staleDays: { ...tables.staleDays, putBatch } }, places, NOW_MS)
    const row = (await tables.recomputations.get({ countyCode: COUNTY, stationId: 'ZL1' }))?.row
    expect(row).toMatchObject({ from: '2026-10-30', to: '2026-11-02' })
    expect(row).not.toHaveProperty('doneAtMs')
  })

  test('tells which figures are others than before, the versions that count compared', async () => {
    const places = await stationDaysOf(tables, span({ county: COUNTY }), NOW_MS)
    const figure = (on: string, version: number, energyWh: number | null, stationId = 'ZL1') =>
      aStationDay({ stationId, day: day(on), version, energyWh })
    await tables.generation.putBatch([figure('2026-11-01', 1, 9), figure('2026-11-01', 2, 10), figure('2026-11-02', 1, 20)])
    const before = await figuresOf(tables.generation, places)
    await tables.generation.putBatch([figure('2026-11-01', 3, 11), figure('2026-11-02', 1, null, 'NEW')])
    expect(changesBetween(before, await figuresOf(tables.generation, places))).toEqual([
      { stationId: 'ZL1', day: '2026-11-01', version: 3, beforeWh: 10, afterWh: 11 },
      { stationId: 'NEW', day: '2026-11-02', version: 1, beforeWh: null, afterWh: null },
    ])
  })
})
