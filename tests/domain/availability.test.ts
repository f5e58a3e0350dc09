import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { availabilityOf, availabilityOfSummary, expectedQuarters, outageQuarters, stateOf } from '../../domain/availability.ts'
import { DEFAULT_LIMITS } from '../../domain/performance-limits.ts'
import { QUARTERS_PER_DAY, type Quarters } from '../../domain/quarter-curve.ts'
import { anInverterCurve, atHour, changed, ON, sunnyQuarters } from '../performance.ts'
import { aStation, day } from '../registry.ts'

const limits = DEFAULT_LIMITS
const reference: Quarters = sunnyQuarters(900)
const quarters = expectedQuarters(aStation(), ON, { reference, limits })
const of = (powers: Quarters[], given: { reference: Quarters | null } = { reference }) =>
  availabilityOf(
    powers.map((powerW) => anInverterCurve({ powerW })),
    quarters,
    { ...given, limits },
  )
const sunny = sunnyQuarters(54_000)

describe('the quarters in which a station is expected to produce', () => {
  test('are those with the sun up, wherever in China that is by the clock', () => {
    expect([quarters[0], quarters.at(-1)].map((quarter) => (quarter ?? 0) / 4)).toEqual([5.75, 18.5])
    const kashgar = { latitudeDeg: 39.5, longitudeDeg: 76 }
    const western = expectedQuarters(kashgar, day('2026-12-21'), { reference: null, limits })
    expect([western[0], western.at(-1)].map((quarter) => (quarter ?? 0) / 4)).toEqual([10.75, 18.75])
  })

  test('leave out those in which the peers say that nobody can', () => {
    const storm = changed(reference, atHour(10), atHour(11), () => 9)
    const left = expectedQuarters(aStation(), ON, { reference: storm, limits })
    expect(quarters.filter((quarter) => !left.includes(quarter))).toEqual([40, 41, 42, 43])
    expect(expectedQuarters(aStation(), ON, { reference: changed(reference, 40, 44, () => 10), limits })).toEqual(quarters)
    expect(expectedQuarters(aStation(), ON, { reference: changed(reference, 40, 44, () => null), limits })).toEqual(quarters)
  })
})

describe('an inverter in a quarter', () => {
  test.each([
    [300, 'producing'],
    [299, 'idle'],
    [0, 'idle'],
    [-25, 'idle'],
    [null, 'noData'],
  ])('with %s W of 60 kW is %s', (value, state) => {
    expect(stateOf(anInverterCurve({ powerW: changed(sunny, 40, 41, () => value) }), 40, limits)).toBe(state)
  })
})

describe('availability', () => {
  test('is whole when every inverter produces', () => {
    const whole = { producing: 1_000, idle: 0, noData: 0 }
    expect(of([sunny, sunny])).toEqual({ basis: 'curve', time: whole, energy: whole })
  })

  test('tells standing still from not being heard of', () => {
    const stopped = changed(sunny, 0, 96, () => 0)
    const silent = changed(sunny, 0, 96, () => null)
    expect(of([stopped]).time).toEqual({ producing: 0, idle: 1_000, noData: 0 })
    expect(of([silent]).time).toEqual({ producing: 0, idle: 0, noData: 1_000 })
    expect(of([sunny, stopped, silent]).time).toEqual({ producing: 333, idle: 334, noData: 333 })
  })

  test('weighs an hour at noon more by energy, and the same by time', () => {
    const noon = of([changed(sunny, atHour(12), atHour(13), () => 0)])
    const morning = of([changed(sunny, atHour(6), atHour(7), () => 0)])
    expect(noon.time).toEqual(morning.time)
    expect(noon.time?.idle).toBe(Math.round(1_000 / (quarters.length / 4)))
    expect(noon.energy?.idle).toBeGreaterThan(110)
    expect(morning.energy?.idle).toBeLessThan(35)
  })

  test('weighs inverters by rating', () => {
    const inverters = [
      anInverterCurve({ ratedPowerW: 90_000 }),
      anInverterCurve({ ratedPowerW: 10_000, powerW: changed(sunny, 0, 96, () => 0) }),
    ]
    expect(availabilityOf(inverters, quarters, { reference, limits }).time).toEqual({ producing: 900, idle: 100, noData: 0 })
  })

  test('says nothing by energy where the peers are not known, nor by time where there was none', () => {
    expect(of([sunny], { reference: null }).energy).toBeNull()
    expect(of([sunny], { reference: null }).time?.producing).toBe(1_000)
    expect(of([], { reference })).toEqual({ basis: 'curve', time: null, energy: null })
    expect(availabilityOf([anInverterCurve()], [], { reference, limits }).time).toBeNull()
  })

  test('of a day nobody looked into is by hours with readings, and says so', () => {
    expect(availabilityOfSummary(1_000)).toEqual({
      basis: 'summary',
      time: { producing: 1_000, idle: 0, noData: 0 },
      energy: null,
    })
    expect(availabilityOfSummary(930).time).toEqual({ producing: 930, idle: 0, noData: 70 })
  })

  test('has three parts that are the whole, whatever is reported', () => {
    const value = fc.option(fc.integer({ min: -100, max: 60_000 }))
    const curve = fc.array(value, { minLength: QUARTERS_PER_DAY, maxLength: QUARTERS_PER_DAY })
    fc.assert(
      fc.property(fc.array(curve, { minLength: 1, maxLength: 3 }), (curves) => {
        const { time, energy } = of(curves)
        for (const parts of [time, energy]) {
          if (!parts) expect.unreachable()
          expect(parts.producing + parts.idle + parts.noData).toBe(1_000)
          expect(Math.min(parts.producing, parts.idle, parts.noData)).toBeGreaterThanOrEqual(0)
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('an outage', () => {
  test('is every expected quarter in which not every inverter produced', () => {
    const one = anInverterCurve({ powerW: changed(sunny, 40, 42, () => 0) })
    const other = anInverterCurve({ powerW: changed(sunny, 41, 44, () => null) })
    expect([...outageQuarters([one, other], quarters, limits)]).toEqual([40, 41, 42, 43])
    expect(outageQuarters([one], [50], limits).size).toBe(0)
  })
})
