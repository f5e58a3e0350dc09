import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dayEndMs, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { create } from '../../functions/sweep-performance.ts'
import { create as computeGeneration } from '../../functions/compute-generation.ts'
import { ON } from '../performance.ts'
import { COUNTY, day } from '../registry.ts'
import { assess, countyDay, markCounty, seedStations, waiting } from './assessing.ts'
import { aGenerating, depsOf, type Generating } from './generating.ts'
import { delivered } from './settling.ts'

const END_MS = dayEndMs(ON)

let world: Generating
beforeEach(async () => {
  world = await aGenerating()
  await seedStations(world, 6)
})
afterEach(async () => {
  await world.close()
})

/** An instance of the function, whose memory lasts as long as the test keeps it; answers what a run of it sends. */
const instance = () => {
  const queued: object[] = []
  const queues = { 'assess-performance': { send: async (bodies: readonly object[]) => void queued.push(...bodies) } }
  const run = create(depsOf(world, { queues }))
  return async (atMs: number): Promise<object[]> => {
    const outcome = await run({ atMs })
    const sent = queued.splice(0)
    expect(outcome).toEqual({ kind: 'done', did: sent.length })
    return sent
  }
}
const work = { countyCode: COUNTY, day: ON }

describe('a county-day', () => {
  test('that was marked and has gone quiet is sent, and by another instance again until it is settled', async () => {
    await markCounty(world, ON, END_MS + HOUR_MS)
    expect(await instance()(END_MS + HOUR_MS + 14 * MINUTE_MS)).toEqual([])
    expect(await instance()(END_MS + HOUR_MS + 15 * MINUTE_MS)).toEqual([work])
    expect(await instance()(END_MS + HOUR_MS + 15 * MINUTE_MS)).toEqual([work])
    await assess(world)
    expect(await instance()(END_MS + HOUR_MS + 15 * MINUTE_MS)).toEqual([])
  })

  test('is not sent while it lasts, nor before anybody marked it', async () => {
    expect(await instance()(END_MS + HOUR_MS)).toEqual([])
    await markCounty(world, ON, END_MS - HOUR_MS)
    expect(await instance()(END_MS - 1)).toEqual([])
  })

  test('is sent once an hour by one instance, however often it is marked', async () => {
    const sweep = instance()
    const fromMs = END_MS + 7 * HOUR_MS
    const sent: object[] = []
    for (let minutes = 0; minutes < 120; minutes += 10) {
      await markCounty(world, ON, fromMs + minutes * MINUTE_MS)
      sent.push(...(await sweep(fromMs + minutes * MINUTE_MS)))
    }
    expect(sent).toEqual([work, work])
  })

  test('is sent with every other one that waits, the oldest first', async () => {
    for (const each of ['2026-06-02', '2025-03-01', '2026-05-31']) await markCounty(world, day(each), END_MS)
    expect(await instance()(END_MS + HOUR_MS)).toEqual(
      ['2025-03-01', '2026-05-31', '2026-06-02'].map((each) => ({ countyCode: COUNTY, day: each })),
    )
  })
})

describe('a station’s day that becomes final', () => {
  test('marks its county-day, and one that is still running does not', async () => {
    const compute = (nowMs: number) => {
      world.nowMs = nowMs
      return computeGeneration(depsOf(world, {}))(delivered({ stationId: 'S01', day: ON }))
    }
    await compute(END_MS - HOUR_MS)
    expect(await waiting(world)).toEqual([])
    await compute(END_MS + HOUR_MS)
    expect(await waiting(world)).toEqual([ON])
    await assess(world)
    expect(await countyDay(world)).toMatchObject({ stations: 6, final: 1 })
    expect(await waiting(world)).toEqual([])
  })
})
