import { beforeEach, describe, expect, test } from 'vitest'
import { create as settleStation } from '../../functions/settle-station.ts'
import { create } from '../../functions/sweep-settlement.ts'
import { aStation, COUNTY, day, someRegions } from '../registry.ts'
import { aPrice, aStationDay, someStationDays } from '../settlement.ts'
import { aSlip, aWithdrawal } from '../slips.ts'
import { aMonthMark, aSettling, computed, delivered, NOW_MS, type Settling, stationWork } from './settling.ts'

let settling: Settling

/** An instance of the function, whose memory lasts as long as the test keeps it; answers what a run of it sends. */
const instance = () => {
  const queued: object[] = []
  const queues = { 'settle-station': { send: async (bodies: readonly object[]) => void queued.push(...bodies) } }
  const run = create({ ...settling.tables, ...settling.ambient, queues })
  return async (atMs = NOW_MS): Promise<object[]> => {
    const outcome = await run({ atMs })
    const sent = queued.splice(0)
    expect(outcome).toEqual({ kind: 'done', did: sent.length })
    return sent
  }
}
const sweep = (atMs = NOW_MS) => instance()(atMs)
const settle = (...work: object[]) => settleStation({ ...settling.tables, ...settling.ambient })(delivered(...work))

beforeEach(async () => {
  settling = aSettling()
  const { tables } = settling
  await tables.regions.putBatch(someRegions)
  await tables.stations.putBatch([aStation()])
  await tables.prices.putBatch([aPrice()])
  await computed(tables, someStationDays('2026-10', 700_000))
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
    await computed(settling.tables, [aStationDay({ day: day('2026-10-09'), version: 2, energyWh: 700_001 })])
    expect(await sweep()).toEqual([stationWork()])
    await settle(stationWork())
    expect(await sweep()).toEqual([])
  })

  test('waits while one of its days is stale; other months do not', async () => {
    await computed(settling.tables, someStationDays('2026-09', 600_000))
    const mark = { countyCode: COUNTY, stationId: 'ZL1', day: day('2026-10-31'), markedAtMs: NOW_MS }
    await settling.tables.staleDays.put(mark)
    expect(await sweep()).toEqual([stationWork('ZL1', '2026-09')])
    await settling.tables.staleDays.put({ ...mark, settledAtMs: NOW_MS })
    expect(await sweep()).toEqual([stationWork(), stationWork('ZL1', '2026-09')])
  })

  test('of which nothing is known is sent no more once that was seen, until something is', async () => {
    await settling.tables.stations.putBatch([aStation({ stationId: 'ZL2' }), aStation({ stationId: 'ZL3' })])
    await settling.tables.prices.put(aPrice({ stationId: 'ZL3' }))
    const unknown = aStationDay({ stationId: 'ZL3', energyWh: null, quality: 'missing', basis: 'none' })
    await computed(settling.tables, [unknown])
    expect(await sweep()).toEqual([stationWork('ZL3'), stationWork()])
    await settle(stationWork('ZL3'), stationWork())
    expect(await sweep()).toEqual([])
    expect((await settling.tables.stationStatements.query({ partition: 'ZL3' })).rows).toEqual([])
    await computed(settling.tables, [{ ...unknown, version: 2, energyWh: 700_000 }])
    expect(await sweep()).toEqual([stationWork('ZL3')])
  })

  test('that has no price stays due, and is settled once it has one', async () => {
    await settling.tables.prices.delete(aPrice())
    await settle(stationWork())
    expect(await sweep()).toEqual([stationWork()])
    await settle(stationWork())
    await settling.tables.prices.put(aPrice())
    expect(await sweep()).toEqual([stationWork()])
    await settle(stationWork())
    expect(await sweep()).toEqual([])
  })

  test('that is still running waits, marked as it is', async () => {
    await settle(stationWork())
    await computed(settling.tables, [aStationDay({ day: day('2026-11-01') })])
    expect(await sweep(Date.parse('2026-12-01T02:59:00+08:00'))).toEqual([])
    expect(await sweep(Date.parse('2026-12-01T03:00:00+08:00'))).toEqual([stationWork('ZL1', '2026-11')])
  })

  test('is found and settled although its station has come to another county since', async () => {
    const other = { code: '341621000000', name: '示范二县', level: 'county' } as const
    await settling.tables.regions.put(other)
    await settling.tables.stations.put(aStation({ countyCode: other.code }))
    expect(await sweep()).toEqual([stationWork()])
    await settle(stationWork())
    expect(await sweep()).toEqual([])
  })

  test('is sent for the stations of every county', async () => {
    const other = { code: '341621000000', name: '示范二县', level: 'county' } as const
    await settling.tables.regions.put(other)
    await settling.tables.stations.put(aStation({ stationId: 'GY1', countyCode: other.code }))
    await computed(settling.tables, [aStationDay({ stationId: 'GY1', countyCode: other.code })])
    expect(await sweep()).toEqual([stationWork('GY1'), stationWork()])
  })
})

describe('once a day, in its turn, a station', () => {
  const EVERY_MS = 10 * 60_000
  const runsOfADay = Array.from({ length: 144 }, (_, run) => NOW_MS + run * EVERY_MS)
  const sentInADay = async () => {
    const all: object[] = []
    for (const atMs of runsOfADay) all.push(...(await sweep(atMs)))
    return all
  }

  test('has its settled months settled again, so that no lost message is lost for ever', async () => {
    await settle(stationWork())
    expect(await sentInADay()).toEqual([stationWork()])
  })

  test('does so in another run than its neighbour', async () => {
    await settling.tables.stations.put(aStation({ stationId: 'ZL2' }))
    await settling.tables.prices.put(aPrice({ stationId: 'ZL2' }))
    await computed(settling.tables, someStationDays('2026-10', 700_000, { stationId: 'ZL2' }))
    await settle(stationWork(), stationWork('ZL2'))
    const perRun = await Promise.all(runsOfADay.map(async (atMs) => (await sweep(atMs)).length))
    expect(perRun.filter((count) => count > 0)).toEqual([1, 1])
  })

  test('is sent for a month that is known by a slip alone, whose mark was lost', async () => {
    await settle(stationWork())
    await settling.tables.slips.putBatch([aSlip({ from: day('2026-08-01'), to: day('2026-08-31') })])
    expect(await sentInADay()).toEqual([stationWork(), stationWork('ZL1', '2026-08')])
    await settling.tables.slips.put(aWithdrawal())
    expect(await sentInADay()).toEqual([stationWork()])
  })

  test('does not wait for a day that is stale again and again', async () => {
    const mark = { countyCode: COUNTY, stationId: 'ZL1', day: day('2026-10-31'), markedAtMs: NOW_MS }
    await settling.tables.staleDays.put(mark)
    expect(await sentInADay()).toEqual([stationWork()])
  })

  test('is not sent for months that nothing is known of', async () => {
    await settling.tables.stations.putBatch([aStation({ stationId: 'ZL2' }), aStation({ stationId: 'ZL3' })])
    const unknown = aStationDay({ stationId: 'ZL3', energyWh: null, quality: 'missing', basis: 'none' })
    await settling.tables.generation.put(unknown)
    await settle(stationWork())
    expect(await sentInADay()).toEqual([stationWork()])
  })

  test('of a data folder without any mark has its months settled', async () => {
    await settling.tables.staleMonths.delete(aMonthMark())
    await settling.tables.generation.putBatch(someStationDays('2025-09', 600_000))
    expect(await sentInADay()).toEqual([stationWork(), stationWork('ZL1', '2025-09')])
  })

  test('is sent once with what else is due', async () => {
    const counts = new Set<number>()
    for (const atMs of runsOfADay) counts.add((await sweep(atMs)).length)
    expect(counts).toEqual(new Set([1]))
  })

  test('has it whatever the number of counties and stations', async () => {
    const counties = Array.from({ length: 13 }, (_, nth) => `34${1700 + nth}000000`)
    const stations = counties.flatMap((countyCode) =>
      Array.from({ length: 14 }, (_, nth) => aStation({ stationId: `S${countyCode}-${nth}`, countyCode })),
    )
    await settling.tables.regions.putBatch(counties.map((code) => ({ code, name: '示范县', level: 'county' as const })))
    await settling.tables.stations.putBatch(stations)
    await settling.tables.generation.putBatch(stations.map(({ stationId, countyCode }) => aStationDay({ stationId, countyCode })))
    await settle(stationWork())
    const all = [...stations.map(({ stationId }) => stationWork(stationId)), stationWork()]
    const inOrder = (work: readonly object[]) => work.map((each) => JSON.stringify(each)).toSorted()
    expect(inOrder(await sentInADay())).toEqual(inOrder(all))
  })
})

describe('an instance', () => {
  const MINUTE_MS = 60_000

  test('does not send a month again within the hour', async () => {
    const run = instance()
    expect(await run()).toEqual([stationWork()])
    expect(await run(NOW_MS + 50 * MINUTE_MS)).toEqual([])
    expect(await run(NOW_MS + 60 * MINUTE_MS)).toEqual([stationWork()])
  })

  test('sends a month again that has changed meanwhile', async () => {
    const run = instance()
    expect(await run()).toEqual([stationWork()])
    await computed(settling.tables, [aStationDay({ version: 2 })])
    expect(await run(NOW_MS + 10 * MINUTE_MS)).toEqual([stationWork()])
  })

  test('sends what had to wait for a stale day as soon as that is computed', async () => {
    const run = instance()
    const mark = { countyCode: COUNTY, stationId: 'ZL1', day: day('2026-10-31'), markedAtMs: NOW_MS }
    await settling.tables.staleDays.put(mark)
    expect(await run()).toEqual([])
    await settling.tables.staleDays.put({ ...mark, settledAtMs: NOW_MS })
    expect(await run()).toEqual([stationWork()])
  })

  test('goes on in the next run where one was cut, and says so', async () => {
    const marks = Array.from({ length: 20_400 }, (_, nth) => aMonthMark({ stationId: `S${nth}` }))
    await settling.tables.staleMonths.putBatch(marks)
    const run = instance()
    const first = await run()
    expect(first).toHaveLength(20_000)
    expect(settling.said).toMatchObject([{ level: 'warn', fields: { countyCode: COUNTY } }])
    const all = new Set([...first, ...(await run(NOW_MS + 10 * MINUTE_MS))].map((work) => JSON.stringify(work)))
    expect(all.size).toBe(20_401)
  })
})
