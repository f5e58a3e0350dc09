import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DAY_MS, daysBetween } from '../../../domain/calendar.ts'
import { announce, correctionsOf, daysIn, markAnnounced, setGoing } from '../../../functions/edge/recompute.ts'
import { openTables, type SqliteTables } from '../../../stores/sqlite/table.ts'
import { aDevice, aStation, COUNTY, day } from '../../registry.ts'
import { aStationDay } from '../../settlement.ts'

const NOW_MS = Date.parse('2026-11-03T12:00:00+08:00')
const meter = aDevice({ deviceId: 'ZL1-METER', kind: 'meter', ctMultiplier: 60, validFrom: day('2026-10-20') })
const other = aDevice({ deviceId: 'ZL2-INV-1', stationId: 'ZL2' })
const DAYS = daysBetween(day('2026-10-01'), day('2026-11-04'))
const stations = [aStation(), aStation({ stationId: 'ZL2' })]

let tables: SqliteTables
beforeEach(async () => {
  tables = openTables(':memory:')
  await tables.stations.putBatch(stations)
  await tables.devices.putBatch([aDevice(), meter, other])
  await tables.generation.putBatch(DAYS.map((on) => aStationDay({ day: on })))
})
afterEach(() => tables.close())

const by = 'demo-admin'
const corrected = { ...meter, ctMultiplier: 30 }
const spansOf = (devices = [aDevice(), corrected, other]) => correctionsOf(tables, { stations, devices }, NOW_MS)
const announced = async (nowMs = NOW_MS) => announce(tables, await spansOf(), { by, nowMs })
const mark = (max = 10_000, nowMs = NOW_MS) => markAnnounced(tables, { countyCode: COUNTY, max, nowMs })
const marks = async () => (await tables.staleDays.queryIndex('pending', { partition: COUNTY })).rows.map(({ row }) => row)
const row = async () => (await tables.recomputations.get({ countyCode: COUNTY, stationId: 'ZL1' }))?.row

describe('a correction of the registry', () => {
  test('is found by comparison with what is stored, and says how many days it is about', async () => {
    const spans = await spansOf()
    expect(spans).toEqual([
      { countyCode: COUNTY, stationId: 'ZL1', from: '2026-10-20', to: '2026-11-03', about: ['ZL1-METER ctMultiplier'] },
    ])
    expect(daysIn(spans)).toBe(15)
    expect(await spansOf([aDevice(), meter, other])).toEqual([])
  })

  test('that moves a device to another county is about the days of the station it was filed under, too', async () => {
    await tables.stations.put(aStation({ stationId: 'ZL9', countyCode: '341699000000' }))
    const moved = { ...meter, stationId: 'ZL9', countyCode: '341699000000' }
    const spans = await correctionsOf(tables, { stations: [], devices: [moved] }, NOW_MS)
    const span = { from: '2026-10-20', to: '2026-11-03', about: ['ZL1-METER stationId'] }
    expect(spans).toEqual([
      { countyCode: COUNTY, stationId: 'ZL1', ...span },
      { countyCode: '341699000000', stationId: 'ZL9', ...span },
    ])
  })

  test('of a station that is moved to another county and begins elsewhen is found there', async () => {
    const moved = aStation({ countyCode: '341699000000', commissionedOn: day('2026-10-30') })
    const spans = await correctionsOf(tables, { stations: [moved], devices: [] }, NOW_MS)
    expect(spans).toMatchObject([{ stationId: 'ZL1', to: '2026-10-29', about: ['commissionedOn'] }])
  })

  test('of a station the registry did not have is none', async () => {
    const device = aDevice({ deviceId: 'NEW-INV-1', stationId: 'NEW', gatewayId: 'GW-NEW' })
    const given = { stations: [aStation({ stationId: 'NEW' })], devices: [device] }
    expect(await correctionsOf(tables, given, NOW_MS)).toEqual([])
  })
})

describe('its days', () => {
  test('are marked once the correction is written, with what was corrected and by whom', async () => {
    const rows = await announced()
    expect(await mark()).toBe(0)
    await setGoing(tables, rows, NOW_MS)
    expect(await mark()).toBe(15)
    const causes = [{ code: 'registry', atMs: NOW_MS, about: 'ZL1-METER ctMultiplier', by }]
    expect((await marks())[0]).toEqual({ countyCode: COUNTY, stationId: 'ZL1', day: '2026-10-20', markedAtMs: NOW_MS, causes })
    expect(await row()).toMatchObject({ markedThrough: '2026-11-03', doneAtMs: NOW_MS })
    expect(await mark()).toBe(0)
  })

  test('are marked so many a run, and the next run goes on where one stopped', async () => {
    await setGoing(tables, await announced(), NOW_MS)
    expect([await mark(6), await mark(6), await mark(6), await mark(6)]).toEqual([6, 6, 3, 0])
    expect(await marks()).toHaveLength(15)
    expect(await mark(0)).toBe(0)
  })

  test('are marked although the import that announced them never came to its end', async () => {
    await announced()
    expect(await mark(10, NOW_MS + 29 * 60_000)).toBe(0)
    expect(await mark(100, NOW_MS + 30 * 60_000)).toBe(15)
  })

  test('are those of an earlier correction, too, when that is not done yet', async () => {
    await setGoing(tables, await announced(), NOW_MS)
    await mark(6)
    const later = [
      { countyCode: COUNTY, stationId: 'ZL1', from: day('2026-11-01'), to: day('2026-11-04'), about: ['longitudeDeg'] },
    ]
    const rows = await announce(tables, later, { by, nowMs: NOW_MS + DAY_MS })
    expect(rows[0]?.row).toMatchObject({ from: '2026-10-20', to: '2026-11-04' })
    expect(rows[0]?.row.causes.map(({ about }) => about)).toEqual(['ZL1-METER ctMultiplier', 'longitudeDeg'])
    await setGoing(tables, rows, NOW_MS + DAY_MS)
    expect(await mark()).toBe(16)
    await announce(tables, later, { by, nowMs: NOW_MS + DAY_MS })
    expect(await row()).toMatchObject({ from: '2026-11-01' })
  })

  test('are marked again when another import had them marked before this one was written', async () => {
    const rows = await announced()
    const later = [
      { countyCode: COUNTY, stationId: 'ZL1', from: day('2026-11-01'), to: day('2026-11-02'), about: ['longitudeDeg'] },
    ]
    await setGoing(tables, await announce(tables, later, { by, nowMs: NOW_MS }), NOW_MS)
    expect(await mark()).toBe(15)
    expect(await row()).toHaveProperty('doneAtMs')
    await setGoing(tables, rows, NOW_MS + 1)
    expect(await row()).toMatchObject({ from: '2026-10-20', to: '2026-11-03', readyAtMs: NOW_MS + 1 })
    expect(await mark()).toBe(15)
  })

  test('are those of an import that is announced meanwhile, too, once that one is written', async () => {
    const rows = await announced()
    const later = [
      { countyCode: COUNTY, stationId: 'ZL1', from: day('2026-10-01'), to: day('2026-10-02'), about: ['longitudeDeg'] },
    ]
    const others = await announce(tables, later, { by, nowMs: NOW_MS })
    await setGoing(tables, rows, NOW_MS)
    expect(await row()).toMatchObject({ from: '2026-10-01', to: '2026-11-03' })
    expect((await row())?.causes).toHaveLength(2)
    expect(await mark()).toBe(0)
    await setGoing(tables, others, NOW_MS)
    expect(await mark()).toBe(34)
  })

  test('wait for an import that has joined them, and half an hour at most', async () => {
    const rows = await announced()
    await announced()
    await setGoing(tables, rows, NOW_MS)
    expect(await mark(100, NOW_MS + 29 * 60_000)).toBe(0)
    expect(await mark(100, NOW_MS + 30 * 60_000)).toBe(15)
  })

  test('are marked once more when another import took them up, and its own stay with them', async () => {
    const rows = await announced()
    const later = [
      { countyCode: COUNTY, stationId: 'ZL1', from: day('2026-10-01'), to: day('2026-10-02'), about: ['longitudeDeg'] },
    ]
    await setGoing(tables, await announce(tables, later, { by, nowMs: NOW_MS }), NOW_MS)
    expect(await mark(3)).toBe(3)
    await setGoing(tables, rows, NOW_MS)
    expect(await mark()).toBe(34)
  })

  test('of two announced at the same moment are all kept', async () => {
    const spans = ['2026-10-01', '2026-10-20'].map((on) => [
      { countyCode: COUNTY, stationId: 'ZL1', from: day(on), to: day(on), about: [`${on} longitudeDeg`] },
    ])
    await Promise.all(spans.map((each) => announce(tables, each, { by, nowMs: NOW_MS })))
    expect(await row()).toMatchObject({ from: '2026-10-01', to: '2026-10-20' })
  })

  test('are those that were computed: the others come by themselves', async () => {
    await setGoing(tables, await announced(), NOW_MS)
    for (const on of daysBetween(day('2026-10-20'), day('2026-10-29')))
      await tables.generation.delete({ stationId: 'ZL1', day: on, version: 1 })
    expect(await mark()).toBe(5)
    expect((await marks()).map((each) => each.day)).toEqual(daysBetween(day('2026-10-30'), day('2026-11-03')))
    expect(await row()).toHaveProperty('doneAtMs')
  })

  test('of which none was computed are done with', async () => {
    for (const on of DAYS) await tables.generation.delete({ stationId: 'ZL1', day: on, version: 1 })
    await setGoing(tables, await announced(), NOW_MS)
    expect(await mark()).toBe(0)
    expect(await row()).toHaveProperty('doneAtMs')
  })
})
