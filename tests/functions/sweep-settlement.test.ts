import { beforeEach, describe, expect, test } from 'vitest'
import { create as settleStation } from '../../functions/settle-station.ts'
import { create } from '../../functions/sweep-settlement.ts'
import { aStation, COUNTY, day, someRegions } from '../registry.ts'
import { aPrice, aStationDay, someStationDays } from '../settlement.ts'
import { aSettling, delivered, NOW_MS, type Settling, stationWork } from './settling.ts'

let settling: Settling

const sweep = async (atMs = NOW_MS) => {
  const sent: object[] = []
  const queues = { 'settle-station': { send: async (bodies: readonly object[]) => void sent.push(...bodies) } }
  const outcome = await create({ ...settling.tables, ...settling.ambient, queues })({ atMs })
  expect(outcome).toEqual({ kind: 'done', did: sent.length })
  return sent
}
const settle = (...work: object[]) => settleStation({ ...settling.tables, ...settling.ambient })(delivered(...work))

beforeEach(async () => {
  settling = aSettling()
  const { tables } = settling
  await tables.regions.putBatch(someRegions)
  await tables.stations.putBatch([aStation()])
  await tables.prices.putBatch([aPrice()])
  await tables.generation.putBatch(someStationDays('2026-10', 700_000))
  return () => tables.close()
})

describe('a station-month', () => {
  test('that is over and has no statement is sent, and again until it has one', async () => {
    expect(await sweep()).toEqual([stationWork()])
    expect(await sweep()).toEqual([stationWork()])
    await settle(stationWork())
    expect(await sweep()).toEqual([])
  })

  test('is not sent before its last day is three hours past', async () => {
    expect(await sweep(Date.parse('2026-11-01T02:59:00+08:00'))).toEqual([])
    expect(await sweep(Date.parse('2026-11-01T03:00:00+08:00'))).toEqual([stationWork()])
  })

  test('is sent however late the first run is, up to fourteen months', async () => {
    expect(await sweep(Date.parse('2027-12-31T00:00:00+08:00'))).toEqual([stationWork()])
    expect(await sweep(Date.parse('2028-01-02T00:00:00+08:00'))).toEqual([])
  })

  test('is sent again when a late reading gave one of its days a new version', async () => {
    await settle(stationWork())
    await settling.tables.generation.put(aStationDay({ day: day('2026-10-09'), version: 2, energyWh: 700_001 }))
    expect(await sweep()).toEqual([stationWork()])
    await settle(stationWork())
    expect(await sweep()).toEqual([])
  })

  test('waits while one of its days is stale; other months do not', async () => {
    await settling.tables.generation.putBatch(someStationDays('2026-09', 600_000))
    const mark = { countyCode: COUNTY, stationId: 'ZL1', day: day('2026-10-31'), markedAtMs: NOW_MS }
    await settling.tables.staleDays.put(mark)
    expect(await sweep()).toEqual([stationWork('ZL1', '2026-09')])
    await settling.tables.staleDays.put({ ...mark, settledAtMs: NOW_MS })
    expect(await sweep()).toEqual([stationWork(), stationWork('ZL1', '2026-09')])
  })

  test('of which nothing is known is not sent', async () => {
    await settling.tables.stations.putBatch([aStation({ stationId: 'ZL2' }), aStation({ stationId: 'ZL3' })])
    const unknown = aStationDay({ stationId: 'ZL3', energyWh: null, quality: 'missing', basis: 'none' })
    await settling.tables.generation.put(unknown)
    expect(await sweep()).toEqual([stationWork()])
  })

  test('is sent for the stations of every county', async () => {
    const other = { code: '341621000000', name: '示范二县', level: 'county' } as const
    await settling.tables.regions.put(other)
    await settling.tables.stations.put(aStation({ stationId: 'GY1', countyCode: other.code }))
    await settling.tables.generation.put(aStationDay({ stationId: 'GY1', countyCode: other.code }))
    expect(await sweep()).toEqual([stationWork('GY1'), stationWork()])
  })
})

describe('once a day, in its turn, a station', () => {
  const EVERY_MS = 10 * 60_000
  const runsOfADay = Array.from({ length: 144 }, (_, run) => NOW_MS + run * EVERY_MS)
  const sentInADay = async () => {
    const sent: object[] = []
    for (const atMs of runsOfADay) sent.push(...(await sweep(atMs)))
    return sent
  }

  test('has its settled months settled again, so that no lost message is lost for ever', async () => {
    await settle(stationWork())
    expect(await sentInADay()).toEqual([stationWork()])
  })

  test('does so in another run than its neighbour', async () => {
    await settling.tables.stations.put(aStation({ stationId: 'ZL2' }))
    await settling.tables.prices.put(aPrice({ stationId: 'ZL2' }))
    await settling.tables.generation.putBatch(someStationDays('2026-10', 700_000, { stationId: 'ZL2' }))
    await settle(stationWork(), stationWork('ZL2'))
    const perRun = await Promise.all(runsOfADay.map(async (atMs) => (await sweep(atMs)).length))
    expect(perRun.filter((count) => count > 0)).toEqual([1, 1])
  })

  test('does not wait for a day that is stale again and again', async () => {
    const mark = { countyCode: COUNTY, stationId: 'ZL1', day: day('2026-10-31'), markedAtMs: NOW_MS }
    await settling.tables.staleDays.put(mark)
    expect(await sentInADay()).toEqual([stationWork()])
  })

  test('is not sent for months that nothing is known of', async () => {
    await settling.tables.stations.put(aStation({ stationId: 'ZL2' }))
    await settle(stationWork())
    expect(await sentInADay()).toEqual([stationWork()])
  })
})
