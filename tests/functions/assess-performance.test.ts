import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addDays } from '../../domain/calendar.ts'
import { DEFAULT_LIMITS } from '../../domain/performance-limits.ts'
import { quarterStartMs } from '../../domain/quarter-curve.ts'
import { atHour, ON, sunnySensor } from '../performance.ts'
import { aDevice, aStation, COUNTY, day } from '../registry.ts'
import {
  assess,
  assessmentOf,
  countyDay,
  countyDigests,
  curveReadings,
  finalOf,
  markCounty,
  NIGHT_MS,
  seedStations,
  stationIds,
  waiting,
} from './assessing.ts'
import { aGenerating, type Generating } from './generating.ts'
import { delivered } from './settling.ts'
import { create } from '../../functions/assess-performance.ts'
import { depsOf } from './generating.ts'

let world: Generating
beforeEach(async () => {
  world = await aGenerating()
  world.nowMs = NIGHT_MS
  await seedStations(world, 8)
})
afterEach(async () => {
  await world.close()
})

/** The day as it is computed: a share of four hours for some, four for the others, and the readings behind them. */
const played = async (shares: Record<string, number> = {}, on = ON): Promise<void> => {
  for (const stationId of stationIds(8)) {
    await world.tables.generation.put(finalOf(stationId, { day: on, share: shares[stationId] ?? 1 }))
    await world.readings.append(curveReadings(stationId, on))
  }
  await markCounty(world, on)
}
/** Counts what is asked of the readings. */
const counting = () => {
  const asked = { series: 0, list: 0, devices: new Set<string>() }
  const readings = {
    ...world.readings,
    series: (span: Parameters<typeof world.readings.series>[0], quantities: Parameters<typeof world.readings.series>[1]) => {
      asked.series += 1
      for (const id of span.deviceIds) asked.devices.add(id)
      return world.readings.series(span, quantities)
    },
  }
  return { asked, readings }
}

describe('a county’s day', () => {
  test('has every station judged beside the others, the county summed up, and its mark settled', async () => {
    await played({ S01: 0.5 })
    await assess(world)
    expect(await assessmentOf(world, 'S01')).toMatchObject({
      generationVersion: 1,
      assessedAtMs: NIGHT_MS,
      dcWhPerKw: 2_000,
      shareBp: 5_000,
      causes: ['unexplained'],
      loss: { expectedWh: 499_200, lostWh: 249_600, lostFen: 21_216 },
    })
    expect(await assessmentOf(world, 'S02')).toMatchObject({ shareBp: 10_000, causes: [], loss: null })
    expect(await countyDay(world)).toMatchObject({ stations: 8, final: 8, looked: 8, medianWhPerKwDc: 4_000, parts: 2 })
    expect((await countyDigests(world)).map(({ stationId }) => stationId)).toEqual(stationIds(8))
    expect(await waiting(world)).toEqual([])
  })

  test('finds an inverter that stood still from its curve, and one that was only silent', async () => {
    await played({ S01: 0.6 })
    const standing = (powerW: number, quarter: number) => (quarter >= atHour(9) && quarter < atHour(16) ? 0 : powerW)
    const silent = (powerW: number, quarter: number) => (quarter >= atHour(9) && quarter < atHour(16) ? null : powerW)
    await world.close()
    world = await aGenerating()
    world.nowMs = NIGHT_MS
    await seedStations(world, 8)
    for (const stationId of stationIds(8)) {
      const powerOf = stationId === 'S01' ? standing : stationId === 'S02' ? silent : undefined
      await world.tables.generation.put(finalOf(stationId, { share: stationId === 'S01' ? 0.5 : 1 }))
      await world.readings.append(curveReadings(stationId, ON, powerOf))
    }
    await assess(world)
    expect(await assessmentOf(world, 'S01')).toMatchObject({ causes: ['stopped'], loss: { lostWh: 249_600 } })
    const told = await assessmentOf(world, 'S02')
    expect(told).toMatchObject({ causes: ['no_data'], loss: null, availability: { time: { idle: 0 } } })
    expect(told?.availability.time?.noData).toBeGreaterThan(400)
  })

  test('judged again writes nothing, whenever that is', async () => {
    await played({ S01: 0.5 })
    await assess(world)
    const before = [await world.tables.assessments.get({ stationId: 'S01', day: ON }), await countyDay(world)]
    world.nowMs += 3_600_000
    await markCounty(world)
    await assess(world)
    expect([await world.tables.assessments.get({ stationId: 'S01', day: ON }), await countyDay(world)]).toEqual(before)
    expect(await waiting(world)).toEqual([])
  })

  test('changes with a new version of a station’s day, for that station alone', async () => {
    await played({ S01: 0.5 })
    await assess(world)
    world.nowMs += 3_600_000
    await world.tables.generation.put(finalOf('S01', { version: 2 }))
    await assess(world)
    expect(await assessmentOf(world, 'S01')).toMatchObject({ generationVersion: 2, shareBp: 10_000, assessedAtMs: world.nowMs })
    expect(await assessmentOf(world, 'S02')).toMatchObject({ assessedAtMs: NIGHT_MS })
  })

  test('leaves out a running figure and a station that is not in service, and says how many there are', async () => {
    await played()
    await world.tables.generation.put(finalOf('S09', { version: 0 }))
    await world.tables.stations.put(aStation({ stationId: 'S09' }))
    await world.tables.stations.put(aStation({ stationId: 'S08', decommissionedOn: ON }))
    await assess(world)
    expect(await countyDay(world)).toMatchObject({ stations: 8, final: 7 })
    expect(await assessmentOf(world, 'S09')).toBeUndefined()
    expect(await assessmentOf(world, 'S08')).toBeUndefined()
  })

  test('of which no figure is final has no row, and its mark is settled', async () => {
    await markCounty(world)
    await assess(world)
    expect(await countyDay(world)).toBeUndefined()
    expect(await waiting(world)).toEqual([])
  })

  test('of a county nobody knows, and work nobody can read, are done with', async () => {
    const run = create(depsOf(world, {}))
    const { failed } = await run(delivered({ countyCode: '999999000000', day: ON }, { countyCode: COUNTY, day: 'yesterday' }, 7))
    expect(failed).toEqual([])
    expect(world.said.filter(({ message }) => message === 'bad work is dropped')).toHaveLength(2)
  })

  test('keeps the mark that came while it was judged', async () => {
    await played()
    const { generation } = world.tables
    const queryIndex: typeof generation.queryIndex = async (...given) => {
      const page = await generation.queryIndex(...given)
      await markCounty(world)
      return page
    }
    await assess(world, ON, { generation: { ...generation, queryIndex } })
    expect(await waiting(world)).toEqual([ON])
  })

  test('judged by two at once says what the later figures say', async () => {
    await played({ S01: 0.5 })
    const { countyDays } = world.tables
    let others = 0
    const put: typeof countyDays.put = async (...given) => {
      others += 1
      if (others === 1) {
        await world.tables.generation.put(finalOf('S01', { version: 2 }))
        await assess(world)
      }
      return countyDays.put(...given)
    }
    await assess(world, ON, { countyDays: { ...countyDays, put } })
    expect(others).toBe(1)
    expect(await assessmentOf(world, 'S01')).toMatchObject({ generationVersion: 2, shareBp: 10_000 })
    expect((await countyDigests(world))[0]).toMatchObject({ shareBp: 10_000 })
  })
})

describe('the days around it', () => {
  test('make a station degraded on the third', async () => {
    for (const ago of [2, 1, 0]) {
      await played({ S01: 0.5 }, addDays(ON, -ago))
      await assess(world, addDays(ON, -ago))
    }
    const degraded = await Promise.all([2, 1, 0].map((ago) => assessmentOf(world, 'S01', addDays(ON, -ago))))
    expect(degraded.map((row) => row?.degraded)).toEqual([false, false, true])
  })

  test('are judged again when an earlier one is known only later', async () => {
    const days = [2, 1, 0].map((ago) => addDays(ON, -ago))
    for (const on of days) await played({ S01: 0.5 }, on)
    for (const on of days.toReversed()) await assess(world, on)
    expect((await assessmentOf(world, 'S01'))?.degraded).toBe(false)
    expect(await waiting(world)).toEqual(days.slice(1))
    for (const on of days.slice(1)) await assess(world, on)
    expect((await assessmentOf(world, 'S01'))?.degraded).toBe(true)
    expect(await waiting(world)).toEqual([])
  })

  test('are judged again although the work stopped once the county’s row was written', async () => {
    const earlier = addDays(ON, -1)
    for (const on of [earlier, ON]) await played({ S01: 0.5 }, on)
    await assess(world, ON)
    const { countyDays } = world.tables
    const put: typeof countyDays.put = async (...given) => {
      await countyDays.put(...given)
      throw new Error('stopped')
    }
    expect(await assess(world, earlier, { countyDays: { ...countyDays, put } })).toMatchObject({ failed: [expect.any(String)] })
    await assess(world, earlier)
    expect(await waiting(world)).toEqual([ON])
  })

  test.each([
    ['later', addDays(ON, -1), ON],
    ['earlier', ON, addDays(ON, -1)],
  ])('are judged again when the %s of two is judged while the other is', async (_which, on, meanwhile) => {
    for (const each of [on, meanwhile]) await played({ S01: 0.5 }, each)
    const { countyDays } = world.tables
    const put: typeof countyDays.put = async (...given) => {
      world.nowMs += 1_000
      await assess(world, meanwhile)
      return countyDays.put(...given)
    }
    await assess(world, on, { countyDays: { ...countyDays, put } })
    expect(await waiting(world)).toEqual([ON])
    await assess(world, ON)
    expect(await waiting(world)).toEqual([])
  })

  /** S03’s clock is an hour ahead. */
  const playedShifted = async (on = ON): Promise<void> => {
    for (const stationId of stationIds(8)) {
      await world.tables.generation.put(finalOf(stationId, { day: on }))
      const shiftMs = stationId === 'S03' ? 3_600_000 : 0
      await world.readings.append(curveReadings(stationId, on).map((each) => ({ ...each, atMs: each.atMs + shiftMs })))
    }
  }

  test('tell of a clock once an earlier one is known only later', async () => {
    const days = [2, 1, 0].map((ago) => addDays(ON, -ago))
    for (const on of days) await playedShifted(on)
    for (const on of days.toReversed()) await assess(world, on)
    expect((await assessmentOf(world, 'S03'))?.clockShift).toBeUndefined()
    expect(await waiting(world)).toEqual(days.slice(1))
    await assess(world, ON)
    expect(await assessmentOf(world, 'S03')).toMatchObject({ clockShift: { minutes: 60, days: 3 } })
  })

  test('tell a clock that is an hour ahead, by the third curve', async () => {
    for (const ago of [2, 1, 0]) {
      const on = addDays(ON, -ago)
      await playedShifted(on)
      await assess(world, on)
    }
    expect((await assessmentOf(world, 'S03', addDays(ON, -1)))?.clockShift).toBeUndefined()
    expect(await assessmentOf(world, 'S03')).toMatchObject({
      clockShift: { minutes: 60, kind: 'zone', days: 3 },
      causes: expect.arrayContaining(['clock']),
    })
    expect((await assessmentOf(world, 'S04'))?.clockShift).toBeUndefined()
  })
})

describe('what is read', () => {
  test('is little: some stations in their turn, and those something is odd about', async () => {
    await seedStations(world, 40)
    for (const stationId of stationIds(40))
      await world.tables.generation.put(finalOf(stationId, { share: stationId === 'S02' ? 0.5 : 1 }))
    const { asked, readings } = counting()
    await assess(world, ON, { readings })
    const stations = new Set([...asked.devices].map((id) => id.slice(0, 3)))
    expect(stations.size).toBeGreaterThanOrEqual(13)
    expect(stations.size).toBeLessThanOrEqual(15)
    expect(stations.has('S02')).toBe(true)
    expect(asked.series).toBe(1)
    expect(await countyDay(world)).toMatchObject({ looked: stations.size })
  })

  test('is nothing that has expired: then a day is judged by its figures alone', async () => {
    await played({ S01: 0.5 })
    const { asked, readings } = counting()
    await assess(world, ON, { readings: { ...readings, wholeSinceMs: () => quarterStartMs(ON, 1) } })
    expect(asked.series).toBe(0)
    expect(await assessmentOf(world, 'S01')).toMatchObject({ availability: { basis: 'summary' }, causes: ['unexplained'] })
    expect(await countyDay(world)).toMatchObject({ looked: 0 })
  })

  test('are the strings around noon, with the one that is dead', async () => {
    await played({ S01: 0.85 })
    await world.close()
    world = await aGenerating()
    world.nowMs = NIGHT_MS
    await seedStations(world, 8)
    for (const stationId of stationIds(8)) {
      await world.tables.generation.put(finalOf(stationId, { share: stationId === 'S01' ? 0.85 : 1 }))
      const strings = (dead: boolean) => [8, 8.1, 7.9, dead ? 0 : 8].map((currentA) => ({ voltageV: 600, currentA }))
      await world.readings.append(
        curveReadings(stationId, ON).map((each) => ({ ...each, strings: strings(each.deviceId === 'S01-INV-2') })),
      )
    }
    await assess(world)
    expect(await assessmentOf(world, 'S01')).toMatchObject({
      causes: ['strings'],
      stringsSeen: true,
      strings: [{ deviceId: 'S01-INV-2', string: 4, kind: 'dead', percent: 0 }],
    })
    expect(await assessmentOf(world, 'S02')).toMatchObject({ strings: [], stringsSeen: true })
  })

  test('is what inverters say of themselves: throttled is an order to hold back', async () => {
    for (const stationId of stationIds(8)) {
      await world.tables.generation.put(finalOf(stationId, { share: stationId === 'S01' ? 0.8 : 1 }))
      const state = stationId === 'S01' ? ('throttled' as const) : ('running' as const)
      await world.readings.append(curveReadings(stationId, ON).map((each) => ({ ...each, state })))
    }
    await assess(world)
    expect(await assessmentOf(world, 'S01')).toMatchObject({ causes: ['curtailed'], powerLimit: { kind: 'curtailed' } })
  })

  test('is a sensor, where one is installed, and it is nobody’s inverter', async () => {
    await played()
    await world.tables.devices.put(
      aDevice({ stationId: 'S05', deviceId: 'S05-SUN', gatewayId: 'GW-S05', kind: 'irradiance', ratedPowerW: 0 }),
    )
    const { atMs, values } = sunnySensor(1_000, 15)
    await world.readings.append(
      atMs.map((at, index) => ({ deviceId: 'S05-SUN', atMs: at, receivedAtMs: at, irradianceWPerM2: values[index] ?? 0 })),
    )
    await assess(world)
    const told = await assessmentOf(world, 'S05')
    expect(told).toMatchObject({ performance: { coveragePermille: 1_000 }, availability: { time: { producing: 1_000 } } })
    expect(told?.performance?.ratioBp).toBeGreaterThan(4_000)
    expect(await assessmentOf(world, 'S06')).not.toHaveProperty('performance')
  })

  test('are some inverters of a large station at a time, others the next day', async () => {
    await played()
    const many = Array.from({ length: 30 }, (_, at) =>
      aDevice({ stationId: 'S01', deviceId: `S01-INV-${at + 1}`, gatewayId: 'GW-S01' }),
    )
    await world.tables.devices.putBatch(many)
    const listed: string[][] = []
    const list: typeof world.readings.list = (span, limit) => {
      listed.push(span.deviceIds.filter((id) => id.startsWith('S01')))
      return world.readings.list(span, limit)
    }
    for (const on of [ON, addDays(ON, 1)]) {
      await world.tables.generation.put(finalOf('S01', { day: on }))
      await assess(world, on, { readings: { ...world.readings, list } })
    }
    const asked = listed.filter((ids) => ids.length > 0)
    expect(asked.map(({ length }) => length)).toEqual([12, 12])
    expect(asked[0]).not.toEqual(asked[1])
  })
})

describe('the limits of a county', () => {
  test('are its own where it has set them', async () => {
    await played({ S01: 0.86 })
    const limits = { ...DEFAULT_LIMITS, ordinaryBp: 8_500 }
    await world.tables.performanceLimits.put({ countyCode: COUNTY, limits, setBy: 'an-officer', setAtMs: 1 })
    await assess(world)
    expect(await assessmentOf(world, 'S01')).toMatchObject({ shareBp: 8_600, loss: null, causes: [] })
  })

  test('say how many peers are needed: fewer, and nothing is compared', async () => {
    for (const stationId of ['S01', 'S02', 'S03'])
      await world.tables.generation.put(finalOf(stationId, { day: day('2026-06-03') }))
    await assess(world, day('2026-06-03'))
    expect(await assessmentOf(world, 'S01', day('2026-06-03'))).toMatchObject({
      dcWhPerKw: 4_000,
      shareBp: null,
      peers: { count: 2, medianWhPerKwDc: null },
      loss: null,
    })
    expect(await countyDay(world, day('2026-06-03'))).toMatchObject({ medianWhPerKwDc: null })
  })
})
