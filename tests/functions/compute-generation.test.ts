import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dayEndMs, dayOf, HOUR_MS } from '../../domain/calendar.ts'
import type { DayCause } from '../../domain/day-cause.ts'
import { create } from '../../functions/compute-generation.ts'
import type { Row } from '../domain/sunny.ts'
import { at, dayNamed, sunnyRows } from '../domain/sunny.ts'
import { aDevice, aStation, day } from '../registry.ts'
import { month } from '../settlement.ts'
import type { Generating } from './generating.ts'
import { aGenerating, aMark, compute, dayWork, depsOf, markStale, readingsFrom, staleDaysOf, versionsOf } from './generating.ts'
import { aMonthMark, delivered, staleMonthsOf } from './settling.ts'

const DONE = { kind: 'done', failed: [] }
const rows = sunnyRows(dayNamed('2026-05-30'), dayNamed('2026-06-04'))
const lastOf = (text: string) => rows.findLast(({ atMs }) => dayOf(atMs) === text)?.counterWh ?? 0
const trueWh = (text: string, before: string) => lastOf(text) - lastOf(before)
const between = (fromMs: number, toMs: number): Row[] => rows.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
const outside = (fromMs: number, toMs: number): Row[] => rows.filter(({ atMs }) => atMs < fromMs || atMs >= toMs)
const append = (given: readonly Row[]) => world.readings.append(readingsFrom(given))

let world: Generating

beforeEach(async () => {
  world = await aGenerating()
  world.nowMs = at('2026-06-05', 2)
  await world.tables.stations.put(aStation({ latitudeDeg: 33.84, longitudeDeg: 115.78 }))
  await world.tables.devices.put(aDevice())
})
afterEach(() => world.close())

describe('a day that is over', () => {
  test('gets version 1, and no second while nothing changes', async () => {
    await append(rows)
    expect(await compute(world, ['2026-06-01'])).toEqual(DONE)
    expect(await compute(world, ['2026-06-01', '2026-06-01'])).toEqual(DONE)
    expect(await versionsOf(world, '2026-06-01')).toMatchObject([
      {
        version: 1,
        computedAtMs: world.nowMs,
        energyWh: trueWh('2026-06-01', '2026-05-31'),
        basis: 'inverters',
        quality: 'measured',
        coveragePermille: 1_000,
        devices: [{ deviceId: 'ZL1-INV-1', findings: [] }],
      },
    ])
  })

  test('E5: gets a new version from a late reading, and the old one stays as it was', async () => {
    await append(outside(at('2026-06-01', 10), at('2026-06-01', 14)))
    await compute(world, ['2026-06-01'])
    const [before] = await versionsOf(world, '2026-06-01')
    expect(before).toMatchObject({ quality: 'estimated' })
    await append(between(at('2026-06-01', 10), at('2026-06-01', 14)))
    await compute(world, ['2026-06-01'])
    const [old, late] = await versionsOf(world, '2026-06-01')
    expect(old).toEqual(before)
    expect(late).toMatchObject({ version: 2, quality: 'measured', energyWh: before?.energyWh })
  })

  test('says why its versions were written, and a running figure does not', async () => {
    const causes: DayCause[] = [{ code: 'late_readings', atMs: at('2026-06-03', 9) }]
    world.nowMs = at('2026-06-01', 13)
    await append(between(0, at('2026-06-01', 13)))
    await compute(world, ['2026-06-01'])
    expect((await versionsOf(world, '2026-06-01')).map((row) => row.causes)).toEqual([undefined])
    world.nowMs = at('2026-06-02', 2)
    await compute(world, ['2026-06-01'])
    await append(between(at('2026-06-01', 13), at('2026-06-02', 0)))
    await world.tables.staleDays.put({ ...aMark('2026-06-01', at('2026-06-03', 9)), causes })
    world.nowMs = at('2026-06-03', 10)
    await compute(world, ['2026-06-01', '2026-06-01'])
    const [, first, second, ...others] = await versionsOf(world, '2026-06-01')
    expect(first).toMatchObject({ version: 1, computedAtMs: at('2026-06-02', 2) })
    expect(first).not.toHaveProperty('causes')
    expect(second?.causes).toEqual(causes)
    expect(others).toEqual([])
  })

  test('E4: is missing without a reading, not zero', async () => {
    await compute(world, ['2026-06-01'])
    expect(await versionsOf(world, '2026-06-01')).toMatchObject([
      { version: 1, energyWh: null, basis: 'none', quality: 'missing' },
    ])
  })

  test('E6: comes out the same five times and from scratch, in whatever order the readings came', async () => {
    await append(rows.toReversed())
    for (let run = 0; run < 5; run += 1) await compute(world, ['2026-06-01'])
    const [first, ...more] = await versionsOf(world, '2026-06-01')
    expect(more).toEqual([])
    const other = await aGenerating()
    other.nowMs = world.nowMs
    await other.tables.stations.put(aStation({ latitudeDeg: 33.84, longitudeDeg: 115.78 }))
    await other.tables.devices.put(aDevice())
    for (const some of [rows.slice(500), rows.slice(0, 700), rows.slice(300, 400)])
      await other.readings.append(readingsFrom(some))
    await compute(other, ['2026-06-01'])
    expect(await versionsOf(other, '2026-06-01')).toEqual([first])
    await other.close()
  })

  test('E8: computed five times at once has one version', async () => {
    await append(rows)
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => compute(world, ['2026-06-01'])))
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => DONE))
    expect(await versionsOf(world, '2026-06-01')).toHaveLength(1)
  })

  test('a reading that comes while it is computed is in the version that stays', async () => {
    await append(outside(at('2026-06-01', 10), at('2026-06-01', 14)))
    let overtaken = false
    const generation = {
      ...world.tables.generation,
      put: async (...args: Parameters<typeof world.tables.generation.put>) => {
        if (!overtaken) {
          overtaken = true
          await append(between(at('2026-06-01', 10), at('2026-06-01', 14)))
          await compute(world, ['2026-06-01'])
        }
        return world.tables.generation.put(...args)
      },
    }
    expect(await compute(world, ['2026-06-01'], { generation })).toEqual(DONE)
    expect(await versionsOf(world, '2026-06-01')).toMatchObject([{ version: 1, quality: 'measured' }])
  })

  test('counts the conflicts of the day and leaves those instants out', async () => {
    await append(rows)
    const [disputed] = readingsFrom(between(at('2026-06-01', 12), at('2026-06-01', 12.05)))
    if (!disputed) throw new Error('no reading at noon')
    await world.readings.append([{ ...disputed, energyTotalWh: 1 }])
    await compute(world, ['2026-06-01'])
    expect(await versionsOf(world, '2026-06-01')).toMatchObject([
      {
        energyWh: trueWh('2026-06-01', '2026-05-31'),
        devices: [{ findings: [{ code: 'conflict', detail: '1 instants with differing readings, left out' }] }],
      },
    ])
  })
})

describe('a running day', () => {
  test('has version 0, replaced as readings come, and version 1 once it is over', async () => {
    const noonMs = at('2026-06-01', 12)
    world.nowMs = noonMs
    await append(between(0, noonMs))
    await compute(world, ['2026-06-01'])
    const [first] = await versionsOf(world, '2026-06-01')
    world.nowMs = noonMs + HOUR_MS
    await append(between(noonMs, world.nowMs))
    await compute(world, ['2026-06-01'])
    const [second, ...none] = await versionsOf(world, '2026-06-01')
    expect(none).toEqual([])
    expect(second).toMatchObject({ version: 0, quality: 'measured' })
    expect(second?.energyWh).toBeGreaterThan(first?.energyWh ?? 0)

    await append(between(world.nowMs, dayEndMs(day('2026-06-01'))))
    await compute(world, ['2026-06-01'])
    const [running] = await versionsOf(world, '2026-06-01')
    world.nowMs = dayEndMs(day('2026-06-01'))
    await compute(world, ['2026-06-01'])
    const versions = await versionsOf(world, '2026-06-01')
    expect(versions.map(({ version }) => version)).toEqual([0, 1])
    expect(versions[1]?.energyWh).toBe(running?.energyWh)
  })

  test('is left alone before it has begun', async () => {
    await markStale(world, '2026-06-06', world.nowMs)
    expect(await compute(world, ['2026-06-06'])).toEqual(DONE)
    expect(await versionsOf(world, '2026-06-06')).toEqual([])
    expect(await staleDaysOf(world)).toEqual(['2026-06-06'])
  })
})

describe('gaps over several days', () => {
  const gapFromMs = at('2026-05-31', 12)
  const gapToMs = at('2026-06-03', 10)
  const days = ['2026-05-30', '2026-05-31', '2026-06-01', '2026-06-02', '2026-06-03', '2026-06-04']
  const totalWh = async () => {
    let sum = 0
    for (const each of days) sum += (await versionsOf(world, each)).at(-1)?.energyWh ?? 0
    return sum
  }
  const computeUntilFresh = async () => {
    for (let run = 0; run < 10; run += 1) {
      const stale = await staleDaysOf(world)
      if (stale.length === 0) return run
      await compute(world, stale)
    }
    throw new Error('days keep marking one another stale')
  }

  test('are divided over the days they touch once the device is back, and all days sum to the counter', async () => {
    await append(between(0, gapFromMs))
    world.nowMs = at('2026-06-02', 2)
    await compute(world, ['2026-05-30', '2026-05-31', '2026-06-01'])
    expect(await versionsOf(world, '2026-06-01')).toMatchObject([{ energyWh: null, quality: 'missing' }])

    world.nowMs = at('2026-06-05', 2)
    await append(rows.filter(({ atMs }) => atMs >= gapToMs))
    await compute(world, ['2026-06-02', '2026-06-03', '2026-06-04'])
    expect(await staleDaysOf(world)).toEqual(['2026-05-31', '2026-06-01'])
    expect(await computeUntilFresh()).toBe(1)
    expect((await versionsOf(world, '2026-06-01')).map(({ quality }) => quality)).toEqual(['missing', 'estimated'])
    expect(await totalWh()).toBe((rows.at(-1)?.counterWh ?? 0) - (rows[0]?.counterWh ?? 0))
  })

  test('are told to both sides when a late reading falls into the middle', async () => {
    await append(outside(gapFromMs, gapToMs))
    await compute(world, days)
    await append(between(at('2026-06-02', 11), at('2026-06-02', 13)))
    await markStale(world, '2026-06-02', world.nowMs)
    await compute(world, ['2026-06-02'])
    expect(await staleDaysOf(world)).toEqual(['2026-05-31', '2026-06-01', '2026-06-03'])
    await computeUntilFresh()
    expect(await totalWh()).toBe((rows.at(-1)?.counterWh ?? 0) - (rows[0]?.counterWh ?? 0))
  })

  test('that end in zeros reach behind them', async () => {
    const asleep = [1, 2, 3].flatMap((hour) =>
      ['2026-06-01', '2026-06-02', '2026-06-03'].map((text) => ({ atMs: at(text, hour), counterWh: 0, acPowerW: 0 })),
    )
    await append([...outside(gapFromMs, gapToMs), ...asleep])
    await compute(world, days)
    await computeUntilFresh()
    expect(await totalWh()).toBe((rows.at(-1)?.counterWh ?? 0) - (rows[0]?.counterWh ?? 0))
  })

  test('too short to be one are taken back from the day after when the evening comes late', async () => {
    const eveningMs = at('2026-06-01', 17)
    const nightMs = at('2026-06-02', 0)
    await append(outside(eveningMs, nightMs))
    await compute(world, days)
    await append(between(eveningMs, nightMs))
    // As ingest does: what was earned over the night is booked to the day after.
    for (const each of ['2026-06-01', '2026-06-02']) await markStale(world, each, world.nowMs)
    await computeUntilFresh()
    expect((await versionsOf(world, '2026-06-02')).at(-1)?.energyWh).toBe(trueWh('2026-06-02', '2026-06-01'))
    expect(await totalWh()).toBe((rows.at(-1)?.counterWh ?? 0) - (rows[0]?.counterWh ?? 0))
  })

  test('over a night are taken back from the day before when the morning comes late', async () => {
    const eveningMs = at('2026-05-31', 19)
    const noonMs = at('2026-06-01', 11.5)
    await append(outside(eveningMs, noonMs))
    await compute(world, days)
    await computeUntilFresh()
    expect((await versionsOf(world, '2026-05-31')).at(-1)).toMatchObject({ quality: 'estimated' })
    await append(between(eveningMs, noonMs))
    // As ingest does: a morning marks its own day alone.
    await markStale(world, '2026-06-01', world.nowMs)
    await computeUntilFresh()
    expect((await versionsOf(world, '2026-05-31')).at(-1)).toMatchObject({
      quality: 'measured',
      energyWh: trueWh('2026-05-31', '2026-05-30'),
    })
    expect(await totalWh()).toBe((rows.at(-1)?.counterWh ?? 0) - (rows[0]?.counterWh ?? 0))
  })

  test("what a device counts before it came to the station and after it left is not the station's", async () => {
    await append(outside(gapFromMs, gapToMs))
    await world.tables.devices.put(aDevice({ validTo: day('2026-06-01') }))
    await world.tables.devices.put(
      aDevice({ gatewayId: 'GW-2', stationId: 'ZL2', validTo: day('2026-06-03'), validFrom: day('2026-06-01') }),
    )
    await world.tables.devices.put(aDevice({ gatewayId: 'GW-3', validFrom: day('2026-06-03') }))
    await compute(world, ['2026-05-31', '2026-06-02', '2026-06-03'])
    const untilThenWh = rows.findLast(({ atMs }) => atMs < gapFromMs)?.counterWh ?? 0
    expect(await versionsOf(world, '2026-05-31')).toMatchObject([
      { energyWh: untilThenWh - lastOf('2026-05-30'), quality: 'estimated' },
    ])
    expect(await versionsOf(world, '2026-06-02')).toMatchObject([{ devices: [], basis: 'none', quality: 'missing' }])
    const since = rows.find(({ atMs }) => atMs >= gapToMs)?.counterWh ?? 0
    expect(await versionsOf(world, '2026-06-03')).toMatchObject([{ energyWh: lastOf('2026-06-03') - since, quality: 'measured' }])
  })

  test('a new gateway in front of the same counter changes nothing', async () => {
    await append(outside(gapFromMs, gapToMs))
    await world.tables.devices.put(aDevice({ validTo: day('2026-06-02') }))
    await world.tables.devices.put(aDevice({ gatewayId: 'GW-2', validFrom: day('2026-06-02') }))
    await compute(world, days)
    await computeUntilFresh()
    expect(await totalWh()).toBe((rows.at(-1)?.counterWh ?? 0) - (rows[0]?.counterWh ?? 0))
  })
})

describe('a reset of the day before that only now came in', () => {
  const resetMs = at('2026-06-01', 15)
  const late = rows
    .filter(({ atMs }) => atMs >= resetMs && atMs < at('2026-06-03', 0))
    .map((row) => ({ ...row, counterWh: (row.counterWh ?? 0) - 39_000_000 }))

  test('has that day recomputed once the day that found it is over, and not before', async () => {
    world.nowMs = at('2026-06-02', 2)
    await append(between(0, resetMs))
    await compute(world, ['2026-06-01'])
    await append(late.filter(({ atMs }) => atMs < at('2026-06-02', 12)))
    world.nowMs = at('2026-06-02', 12)
    await compute(world, ['2026-06-02'])
    expect(await staleDaysOf(world)).toEqual([])
    await append(late)
    world.nowMs = at('2026-06-03', 2)
    await compute(world, ['2026-06-02'])
    expect(await staleDaysOf(world)).toEqual(['2026-06-01'])
    await compute(world, ['2026-06-01'])
    expect(await staleDaysOf(world)).toEqual([])
    const [, second] = await versionsOf(world, '2026-06-01')
    expect(second?.devices[0]?.findings.map(({ code }) => code)).toEqual(['counter_reset_unconfirmed'])
    expect(second?.causes).toEqual([{ code: 'neighbour_day', atMs: at('2026-06-03', 2), about: '2026-06-02' }])
  })
})

describe('a stale mark', () => {
  test('goes with the computation that saw it', async () => {
    await append(rows)
    await markStale(world, '2026-06-01', world.nowMs)
    await compute(world, ['2026-06-01'])
    expect(await staleDaysOf(world)).toEqual([])
  })

  test('goes although the figure stays', async () => {
    await append(rows)
    await compute(world, ['2026-06-01'])
    await markStale(world, '2026-06-01', world.nowMs)
    await compute(world, ['2026-06-01'])
    expect(await staleDaysOf(world)).toEqual([])
    expect(await versionsOf(world, '2026-06-01')).toHaveLength(1)
  })

  test('is settled and kept, so that its versions only grow', async () => {
    await append(rows)
    await markStale(world, '2026-06-01', world.nowMs)
    await compute(world, ['2026-06-01', '2026-06-01'])
    const settled = { ...aMark('2026-06-01', world.nowMs), settledAtMs: world.nowMs }
    expect(await world.tables.staleDays.get(settled)).toEqual({ row: settled, version: 2 })
    await markStale(world, '2026-06-01', world.nowMs)
    expect(await staleDaysOf(world)).toEqual(['2026-06-01'])
    expect((await world.tables.staleDays.get(settled))?.version).toBe(3)
  })

  const lateFromMs = at('2026-06-01', 10)
  const lateToMs = at('2026-06-01', 14)
  /** What ingest does in the same millisecond in which the first mark was made. */
  const ingestLate = async () => {
    await append(between(lateFromMs, lateToMs))
    await markStale(world, '2026-06-01', world.nowMs)
  }
  const interleavings: [string, () => Promise<unknown>][] = [
    ['while readings were loaded', ingestLate],
    [
      'after another computation settled the one that was seen',
      async () => {
        await compute(world, ['2026-06-01'])
        await ingestLate()
      },
    ],
    [
      'and settled and made anew again',
      async () => {
        await ingestLate()
        await compute(world, ['2026-06-01'])
        await ingestLate()
      },
    ],
  ]
  test.each(interleavings)('made anew %s stays, though the clock shows the same', async (_, meanwhile) => {
    await append(outside(lateFromMs, lateToMs))
    // A figure that stays the same is not written, so no conflict of versions makes this computation look again.
    await compute(world, ['2026-06-01'])
    await markStale(world, '2026-06-01', world.nowMs)
    let overtaken = false
    const readings = {
      ...world.readings,
      series: async (...args: Parameters<typeof world.readings.series>) => {
        const loaded = await world.readings.series(...args)
        if (!overtaken) {
          overtaken = true
          await meanwhile()
        }
        return loaded
      },
    }
    expect(await compute(world, ['2026-06-01'], { readings })).toEqual(DONE)
    expect(await staleDaysOf(world)).toEqual(['2026-06-01'])
    await compute(world, ['2026-06-01'])
    expect((await versionsOf(world, '2026-06-01')).at(-1)).toMatchObject({ quality: 'measured' })
    expect(await staleDaysOf(world)).toEqual([])
  })

  test('made anew at the very moment of settling stays', async () => {
    await append(outside(lateFromMs, lateToMs))
    await markStale(world, '2026-06-01', world.nowMs)
    const settlings: string[] = []
    const staleDays = {
      ...world.tables.staleDays,
      put: async (...args: Parameters<typeof world.tables.staleDays.put>) => {
        await ingestLate()
        const outcome = await world.tables.staleDays.put(...args)
        settlings.push(outcome)
        return outcome
      },
    }
    expect(await compute(world, ['2026-06-01'], { staleDays })).toEqual(DONE)
    expect(settlings).toEqual(['conflict'])
    expect(await staleDaysOf(world)).toEqual(['2026-06-01'])
  })
})

describe('the month', () => {
  const JUNE = ['ZL1 2026-06']
  const pending = () => staleMonthsOf(world.tables)
  const answered = async () => {
    const mark = await world.tables.staleMonths.get(aMonthMark({ month: month('2026-06') }))
    if (mark) await world.tables.staleMonths.put({ ...mark.row, settledAtMs: world.nowMs }, { version: mark.version })
  }

  test('of a final version is marked, that of a running one is not', async () => {
    await append(rows)
    world.nowMs = at('2026-06-01', 12)
    await compute(world, ['2026-06-01'])
    expect(await pending()).toEqual([])
    await compute(world, ['2026-05-31'])
    expect(await pending()).toEqual(['ZL1 2026-05'])
    world.nowMs = dayEndMs(day('2026-06-01'))
    await compute(world, ['2026-06-01'])
    expect(await pending()).toEqual(['ZL1 2026-05', ...JUNE])
  })

  test('is marked once the version is there, so that whoever answers the mark sees it', async () => {
    await append(rows)
    const seen: number[] = []
    const staleMonths = {
      ...world.tables.staleMonths,
      put: async (...args: Parameters<typeof world.tables.staleMonths.put>) => {
        seen.push((await versionsOf(world, '2026-06-01')).length)
        return world.tables.staleMonths.put(...args)
      },
    }
    expect(await compute(world, ['2026-06-01'], { staleMonths })).toEqual(DONE)
    expect(seen).toEqual([1])
    await answered()
    await append([{ atMs: at('2026-06-01', 20.5), counterWh: 1, acPowerW: 0 }])
    await compute(world, ['2026-06-01'], { staleMonths })
    expect(seen).toEqual([1, 2])
    expect(await pending()).toEqual(JUNE)
  })

  test('is marked by the next try when a crash came between version and mark', async () => {
    await append(rows)
    await markStale(world, '2026-06-01', world.nowMs)
    const staleMonths = { ...world.tables.staleMonths, put: () => Promise.reject(new Error('killed')) }
    expect(await compute(world, ['2026-06-01'], { staleMonths })).toEqual({ kind: 'done', failed: ['m1'] })
    expect(await versionsOf(world, '2026-06-01')).toHaveLength(1)
    expect(await pending()).toEqual([])
    // Also the day is still stale, should the work itself be lost.
    expect(await staleDaysOf(world)).toEqual(['2026-06-01'])
    expect(await compute(world, ['2026-06-01'])).toEqual(DONE)
    expect(await versionsOf(world, '2026-06-01')).toHaveLength(1)
    expect(await pending()).toEqual(JUNE)
    expect(await staleDaysOf(world)).toEqual([])
  })

  test('is marked by a later computation of the same day, too, when the first came to its end no more', async () => {
    await append(rows)
    const staleMonths = { ...world.tables.staleMonths, put: () => Promise.reject(new Error('killed')) }
    await compute(world, ['2026-06-01'], { staleMonths })
    await compute(world, ['2026-06-02'])
    await answered()
    await compute(world, ['2026-06-01'])
    expect(await pending()).toEqual(JUNE)
  })
})

describe('a day whose readings have begun to expire', () => {
  const REACH_MS = 40 * 24 * HOUR_MS
  /** What is left of the readings once all but an hour of the day have expired. */
  const remains = async () => {
    await append(rows)
    await compute(world, ['2026-06-01'])
    await markStale(world, '2026-06-01', world.nowMs)
    const left = await aGenerating()
    await left.readings.append(readingsFrom(between(at('2026-06-01', 12), at('2026-06-01', 13))))
    return left
  }

  test('keeps its figure when a late reading marks it, and the mark is settled', async () => {
    const left = await remains()
    const wholeSinceMs = () => at('2026-06-01', 0) - REACH_MS + 1
    expect(await compute(world, ['2026-06-01'], { readings: { ...left.readings, wholeSinceMs } })).toEqual(DONE)
    expect(await versionsOf(world, '2026-06-01')).toMatchObject([{ version: 1, quality: 'measured' }])
    expect(await staleDaysOf(world)).toEqual([])
    expect(world.said).toMatchObject([{ level: 'warn', fields: { stationId: 'ZL1', day: '2026-06-01' } }])
    await left.close()
  })

  test('would be computed from what is left when everything it stands on were there', async () => {
    const left = await remains()
    const wholeSinceMs = () => at('2026-06-01', 0) - REACH_MS
    await compute(world, ['2026-06-01'], { readings: { ...left.readings, wholeSinceMs } })
    expect(await versionsOf(world, '2026-06-01')).toMatchObject([{ version: 1 }, { version: 2, quality: 'estimated' }])
    await left.close()
  })
})

describe('work', () => {
  test.each([
    ['nothing', undefined],
    ['a day that is none', { stationId: 'ZL1', day: '2026-02-29' }],
    ['no day', { stationId: 'ZL1' }],
    ['an id that is none', { stationId: '../ZL1', day: '2026-06-01' }],
  ])('that is %s is dropped and logged, and the rest is done', async (_, body) => {
    await append(rows)
    expect(await create(depsOf(world, {}))(delivered(body, dayWork('2026-06-01')))).toEqual(DONE)
    expect(world.said.map(({ level, message }) => [level, message])).toEqual([['warn', 'bad work is dropped']])
    expect(await versionsOf(world, '2026-06-01')).toHaveLength(1)
  })

  test('for a station nobody knows is logged and done', async () => {
    expect(await create(depsOf(world, {}))(delivered(dayWork('2026-06-01', 'ZL9')))).toEqual(DONE)
    expect(world.said).toMatchObject([{ level: 'warn', message: 'no such station' }])
  })

  test('that meets an outage fails alone and says why', async () => {
    await append(rows)
    let calls = 0
    const summaries = async (...args: Parameters<typeof world.readings.summaries>) => {
      calls += 1
      if (calls === 1) throw new Error('the disk is gone')
      return world.readings.summaries(...args)
    }
    const outcome = await compute(world, ['2026-06-01', '2026-06-02'], { readings: { ...world.readings, summaries } })
    expect(outcome).toEqual({ kind: 'done', failed: ['m1'] })
    expect(world.said).toMatchObject([{ level: 'error', fields: { error: 'Error: the disk is gone', messageId: 'm1' } }])
    expect(await versionsOf(world, '2026-06-02')).toHaveLength(1)
  })
})

describe('work for one day of several stations', () => {
  const stationIds = ['ZL1', 'ZL2', 'ZL3']
  const works = stationIds.map((stationId) => dayWork('2026-06-01', stationId))
  beforeEach(async () => {
    for (const stationId of stationIds.slice(1)) {
      await world.tables.stations.put(aStation({ stationId, latitudeDeg: 33.84, longitudeDeg: 115.78 }))
      await world.tables.devices.put(aDevice({ stationId, deviceId: `${stationId}-INV-1` }))
    }
    for (const stationId of stationIds) await world.readings.append(readingsFrom(rows, `${stationId}-INV-1`))
  })

  test('asks the store for all of them at once, and fetches no reading where their day is ordinary', async () => {
    const asked: string[] = []
    const watched =
      <Ask extends { deviceIds: readonly string[] }, Answer>(name: string, method: (ask: Ask) => Promise<Answer>) =>
      async (ask: Ask) => {
        asked.push(`${name} of ${ask.deviceIds.length}`)
        return method(ask)
      }
    const readings = {
      ...world.readings,
      summaries: watched('summaries', world.readings.summaries),
      conflicts: watched('conflicts', world.readings.conflicts),
      series: () => Promise.reject(new Error('no readings are needed')),
    }
    expect(await create(depsOf(world, { readings }))(delivered(...works))).toEqual(DONE)
    expect(asked).toEqual(['conflicts of 3', 'summaries of 3'])
    for (const stationId of stationIds)
      expect(await versionsOf(world, '2026-06-01', stationId)).toMatchObject([
        { version: 1, energyWh: trueWh('2026-06-01', '2026-05-31') },
      ])
  })

  test('asks for small devices apart, which are quiet at less than others', async () => {
    await world.tables.devices.put(aDevice({ stationId: 'ZL2', deviceId: 'ZL2-INV-1', ratedPowerW: 1_900 }))
    const asked: [number, number][] = []
    const summaries: typeof world.readings.summaries = (ask) => {
      asked.push([ask.deviceIds.length, ask.quietPowerW])
      return world.readings.summaries(ask)
    }
    await create(depsOf(world, { readings: { ...world.readings, summaries } }))(delivered(...works))
    expect(asked).toEqual([
      [2, 20],
      [1, 19],
    ])
  })

  test('gives each what it gets alone', async () => {
    await create(depsOf(world, {}))(
      delivered(...works, dayWork('2026-06-02'), dayWork('2026-06-01'), dayWork('2026-06-01', 'ZL9')),
    )
    const together = await Promise.all(stationIds.map((stationId) => versionsOf(world, '2026-06-01', stationId)))
    const { sparesReadings: _, ...reader } = world.readings
    for (const [index, work] of works.entries()) {
      await create(depsOf(world, { readings: reader }))(delivered(work))
      expect(await versionsOf(world, '2026-06-01', stationIds[index])).toEqual(together[index])
    }
    expect(world.said).toMatchObject([{ message: 'no such station' }])
  })

  test('of which one cannot be read fails for that one alone', async () => {
    const summaries: typeof world.readings.summaries = async (ask) => {
      if (ask.deviceIds.includes('ZL2-INV-1')) throw new Error('a bad block')
      return world.readings.summaries(ask)
    }
    const outcome = await create(depsOf(world, { readings: { ...world.readings, summaries } }))(delivered(...works))
    expect(outcome).toEqual({ kind: 'done', failed: ['m2'] })
    expect(await versionsOf(world, '2026-06-01', 'ZL1')).toHaveLength(1)
    expect(await versionsOf(world, '2026-06-01', 'ZL3')).toHaveLength(1)
  })

  test('that meets another writer looks again', async () => {
    let isFirst = true
    const summaries: typeof world.readings.summaries = async (ask) => {
      const answer = await world.readings.summaries(ask)
      if (isFirst) {
        isFirst = false
        await compute(world, ['2026-06-01'])
        await world.readings.append(readingsFrom([{ atMs: at('2026-06-01', 12) + 1, counterWh: 0, acPowerW: 1 }]))
      }
      return answer
    }
    await create(depsOf(world, { readings: { ...world.readings, summaries } }))(delivered(...works))
    const versions = await versionsOf(world, '2026-06-01')
    expect(versions.map(({ version, devices }) => [version, devices[0]?.findings.map(({ code }) => code)])).toEqual([
      [1, []],
      [2, ['counter_dip']],
    ])
  })
})

test('inverters are added up, each by its own counter, and the revenue meter decides', async () => {
  const ids = Array.from({ length: 8 }, (_, index) => `ZL1-INV-${index + 1}`)
  await world.tables.devices.putBatch(ids.map((deviceId) => aDevice({ deviceId })))
  await world.tables.devices.put(aDevice({ deviceId: 'ZL1-METER', kind: 'meter', ratedPowerW: 480_000, ctMultiplier: 8 }))
  for (const deviceId of ids) await world.readings.append(readingsFrom(rows, deviceId))
  const metered = rows.map(({ atMs, counterWh }) => ({
    deviceId: 'ZL1-METER',
    atMs,
    receivedAtMs: atMs,
    exportTotalWh: counterWh ?? 0,
  }))
  await world.readings.append(metered)
  await compute(world, ['2026-06-02'])
  const energyWh = 8 * trueWh('2026-06-02', '2026-06-01')
  expect(await versionsOf(world, '2026-06-02')).toMatchObject([
    { inverterWh: energyWh, meterWh: energyWh, energyWh, basis: 'meter', quality: 'measured', findings: [] },
  ])
})
