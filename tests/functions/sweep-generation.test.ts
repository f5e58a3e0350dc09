import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addDays, DAY_MS, dayOf } from '../../domain/calendar.ts'
import { create as computing } from '../../functions/compute-generation.ts'
import { create } from '../../functions/sweep-generation.ts'
import { at, dayNamed } from '../domain/sunny.ts'
import { aStation, COUNTY, day, someRegions } from '../registry.ts'
import { aStationDay } from '../settlement.ts'
import type { Generating } from './generating.ts'
import { aGenerating, aMark, compute, dayWork, depsOf, markStale } from './generating.ts'
import { delivered } from './settling.ts'

const NOW_MS = at('2026-06-05', 12)
const lastForty = Array.from({ length: 40 }, (_, ago) => addDays(dayNamed('2026-06-04'), -ago))

let world: Generating
let sent: object[][]

/** An instance of the function, whose memory lasts as long as the test keeps it. */
const instance = () =>
  create(
    depsOf(world, {
      queues: { 'compute-generation': { send: async (bodies: readonly object[]) => void sent.push([...bodies]) } },
    }),
  )
const sweepWith = async (run: ReturnType<typeof create>, atMs = NOW_MS) => {
  sent = []
  const outcome = await run({ atMs })
  expect(outcome).toEqual({ kind: 'done', did: sent.flat().length })
  return sent.flat()
}
const sweep = (atMs = NOW_MS) => sweepWith(instance(), atMs)
const closeAll = (stationId: string, days = lastForty) =>
  world.tables.generation.putBatch(days.map((each) => aStationDay({ stationId, day: each })))

beforeEach(async () => {
  world = await aGenerating()
  world.nowMs = NOW_MS
  await world.tables.regions.putBatch(someRegions)
  await world.tables.stations.put(aStation())
  await closeAll('ZL1')
})
afterEach(() => world.close())

describe('days that are over', () => {
  test('and have a final version are left alone', async () => {
    expect(await sweep()).toEqual([])
  })

  test('and have none are sent, the newest first', async () => {
    await world.tables.stations.put(aStation({ stationId: 'ZL2' }))
    expect(await sweep()).toEqual(lastForty.map((each) => ({ stationId: 'ZL2', day: each })))
  })

  test('and have but a running figure are sent', async () => {
    await world.tables.stations.put(aStation({ stationId: 'ZL2' }))
    await closeAll('ZL2', lastForty.slice(1))
    await world.tables.generation.put(aStationDay({ stationId: 'ZL2', day: day('2026-06-04'), version: 0 }))
    expect(await sweep()).toEqual([dayWork('2026-06-04', 'ZL2')])
  })

  test('are sent from an hour after midnight on', async () => {
    expect(await sweep(at('2026-06-06', 0.99))).toEqual([])
    expect(await sweep(at('2026-06-06', 1))).toEqual([dayWork('2026-06-05')])
  })

  test('are sent only for the days a station was in service', async () => {
    await world.tables.stations.put(
      aStation({ stationId: 'ZL2', commissionedOn: day('2026-06-02'), decommissionedOn: day('2026-06-04') }),
    )
    expect(await sweep()).toEqual([dayWork('2026-06-03', 'ZL2'), dayWork('2026-06-02', 'ZL2')])
  })

  test('E8: are caught up with after runs were skipped, each once', async () => {
    const run = instance()
    expect(await sweepWith(run, NOW_MS + 3 * DAY_MS)).toEqual(
      ['2026-06-07', '2026-06-06', '2026-06-05'].map((each) => dayWork(each)),
    )
    expect(await sweepWith(run, NOW_MS + 3 * DAY_MS + 60_000)).toEqual([])
    expect(await sweepWith(run, NOW_MS + 3 * DAY_MS + 3_600_000)).toHaveLength(3)
  })

  test('are no longer sent once they were computed', async () => {
    const run = instance()
    world.nowMs = at('2026-06-06', 2)
    expect(await sweepWith(run, world.nowMs)).toEqual([dayWork('2026-06-05')])
    await compute(world, ['2026-06-05'])
    expect(await sweepWith(run, world.nowMs + 3_600_000)).toEqual([])
    expect(await sweep(world.nowMs)).toEqual([])
  })

  test('are sent in portions, and the log says that more are due', async () => {
    const many = Array.from({ length: 60 }, (_, index) => aStation({ stationId: `ST-${String(index).padStart(2, '0')}` }))
    await world.tables.stations.putBatch(many)
    const run = instance()
    expect(await sweepWith(run)).toHaveLength(2_000)
    expect(Math.max(...sent.map((bodies) => bodies.length))).toBe(1_000)
    expect(world.said).toMatchObject([{ level: 'warn', fields: { countyCode: COUNTY } }])
    expect(await sweepWith(run)).toHaveLength(400)
    expect(world.said).toHaveLength(1)
    expect(await sweepWith(run)).toEqual([])
  })
})

describe('stale days', () => {
  test.each([
    ['this very millisecond', NOW_MS],
    ['an hour after the instant the run is for', NOW_MS + 3_600_000],
  ])('are sent although they were marked %s', async (_, markedAtMs) => {
    await markStale(world, '2026-06-01', markedAtMs)
    expect(await sweep()).toEqual([dayWork('2026-06-01')])
  })

  test('that have begun by the clock are sent by a run for any instant', async () => {
    await markStale(world, '2026-06-01', NOW_MS)
    await markStale(world, '2026-06-05', NOW_MS)
    const run = instance()
    for (const atMs of [NOW_MS, at('2026-06-03', 12), at('2020-01-01', 0)])
      expect((await sweepWith(run, atMs)).slice(0, 2)).toEqual([dayWork('2026-06-05'), dayWork('2026-06-01')])
  })

  test('are not sent when their marks are settled', async () => {
    await world.tables.staleDays.put({ ...aMark('2026-06-01', NOW_MS), settledAtMs: NOW_MS })
    expect(await sweep()).toEqual([])
  })

  test('of today are sent at once and first', async () => {
    await markStale(world, '2026-06-01', NOW_MS - 60_000)
    await markStale(world, '2026-06-05', NOW_MS)
    expect(await sweep()).toEqual([dayWork('2026-06-05'), dayWork('2026-06-01')])
  })

  test('are sent however old they are', async () => {
    await markStale(world, '2019-01-01', NOW_MS - 60_000)
    expect(await sweep()).toEqual([dayWork('2019-01-01')])
  })

  test('that have not begun wait', async () => {
    await markStale(world, addDays(dayOf(NOW_MS), 1), NOW_MS - 60_000)
    expect(await sweep()).toEqual([])
    expect(await sweep(NOW_MS + DAY_MS)).toContainEqual(dayWork('2026-06-06'))
  })

  test('of a station that was moved to another county are sent with the county of the mark, and are done with', async () => {
    const countyCode = '341699000000'
    const causes = [{ code: 'registry' as const, atMs: NOW_MS, about: 'latitudeDeg', by: 'demo-admin' }]
    await world.tables.staleDays.put({ ...aMark('2026-06-01', NOW_MS), causes })
    await world.tables.stations.put(aStation({ countyCode }))
    const work = { ...dayWork('2026-06-01'), countyCode: COUNTY }
    expect(await sweep()).toEqual([work])
    await computing(depsOf(world, {}))(delivered(work))
    expect(await sweep()).toEqual([])
    const mark = await world.tables.staleDays.get({ ...work, countyCode })
    expect(mark?.row).toMatchObject({ causes, markedAtMs: NOW_MS, settledAtMs: NOW_MS })
  })

  test('that have no final version either are sent once', async () => {
    await world.tables.stations.put(aStation({ stationId: 'ZL2' }))
    await closeAll('ZL2', lastForty.slice(1))
    await world.tables.staleDays.put(aMark('2026-06-04', NOW_MS - 60_000, 'ZL2'))
    expect(await sweep()).toEqual([dayWork('2026-06-04', 'ZL2')])
  })

  test('are sent again by the same instance when a new mark came or an hour went by', async () => {
    const run = instance()
    await markStale(world, '2026-06-01', NOW_MS)
    expect(await sweepWith(run)).toHaveLength(1)
    expect(await sweepWith(run, NOW_MS + 60_000)).toEqual([])
    await markStale(world, '2026-06-01', NOW_MS + 10_000)
    expect(await sweepWith(run, NOW_MS + 60_000)).toHaveLength(1)
    expect(await sweepWith(run, NOW_MS + 60_000 + 3_600_000)).toHaveLength(1)
  })

  test('are sent again by the same instance when a new mark came in the same millisecond', async () => {
    const run = instance()
    await markStale(world, '2026-06-01', NOW_MS)
    expect(await sweepWith(run)).toEqual([dayWork('2026-06-01')])
    await compute(world, ['2026-06-01'])
    await markStale(world, '2026-06-01', NOW_MS)
    expect(await sweepWith(run)).toEqual([dayWork('2026-06-01')])
  })
})

test('an outage of the queue is no success: the next run sends the same', async () => {
  await markStale(world, '2026-06-01', NOW_MS - 60_000)
  let down = true
  const send = async (bodies: readonly object[]) => {
    if (down) throw new Error('the queue is gone')
    sent.push([...bodies])
  }
  const run = create(depsOf(world, { queues: { 'compute-generation': { send } } }))
  await expect(run({ atMs: NOW_MS })).rejects.toThrow('the queue is gone')
  down = false
  expect(await sweepWith(run)).toEqual([dayWork('2026-06-01')])
})
