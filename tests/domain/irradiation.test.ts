import { describe, expect, test } from 'vitest'
import { dayStartMs, MINUTE_MS } from '../../domain/calendar.ts'
import type { Samples } from '../../domain/curve.ts'
import { irradiationOf, performanceOf } from '../../domain/irradiation.ts'
import { DEFAULT_LIMITS } from '../../domain/performance-limits.ts'
import { atHour, ON, sunnySensor } from '../performance.ts'
import { aStation } from '../registry.ts'

const span = { site: aStation(), day: ON, limits: DEFAULT_LIMITS }
const cut = ({ atMs, values }: Samples, keep: (minute: number) => boolean): Samples => {
  const kept = atMs.map((at) => keep((at - dayStartMs(ON)) / MINUTE_MS))
  return { atMs: atMs.filter((_, at) => kept[at]), values: values.filter((_, at) => kept[at]) }
}
/** Constant light all day long, every `everyMinutes`. */
const steady = (wPerM2: number, everyMinutes: number): Samples => {
  const atMs = Array.from({ length: 1_440 / everyMinutes }, (_, at) => dayStartMs(ON) + at * everyMinutes * MINUTE_MS)
  return { atMs, values: atMs.map(() => wPerM2) }
}

describe('irradiation', () => {
  test('is the trapezoid under the readings of the day', () => {
    expect(irradiationOf(steady(500, 10), span)).toEqual({ whPerM2: Math.round((500 * 1_430) / 60), coveragePermille: 1_000 })
    const ramp = { atMs: [600, 620].map((minute) => dayStartMs(ON) + minute * MINUTE_MS), values: [0, 600] }
    expect(irradiationOf(ramp, span).whPerM2).toBe(100)
  })

  test('is the same whatever the order, and knows no other day and no reading without light', () => {
    const sensor = sunnySensor()
    const reversed = { atMs: sensor.atMs.toReversed(), values: sensor.values.toReversed() }
    expect(irradiationOf(reversed, span)).toEqual(irradiationOf(sensor, span))
    const others = { atMs: [dayStartMs(ON) - 1, ...sensor.atMs, dayStartMs(ON) + 1_440 * MINUTE_MS, sensor.atMs[100] ?? 0] }
    const more = { ...others, values: [9_000, ...sensor.values, 9_000, null] }
    expect(irradiationOf(more, span)).toEqual(irradiationOf(sensor, span))
  })

  test('counts a sensor’s offset at night as dark', () => {
    expect(irradiationOf(steady(-20, 10), span).whPerM2).toBe(0)
  })

  test('says nothing of a time between readings further apart than the limit', () => {
    expect(irradiationOf(steady(500, 30), span).coveragePermille).toBe(1_000)
    expect(irradiationOf(steady(500, 31), span)).toEqual({ whPerM2: 0, coveragePermille: 0 })
    const broken = cut(sunnySensor(), (minute) => minute < 600 || minute >= 720)
    const whole = irradiationOf(sunnySensor(), span)
    expect(irradiationOf(broken, span).coveragePermille).toBeLessThan(880)
    expect(irradiationOf(broken, span).whPerM2).toBeLessThan(0.85 * whole.whPerM2)
  })

  test('covers by the sun-up time alone: a silent night is nothing missed', () => {
    const byDay = cut(sunnySensor(), (minute) => minute > 300 && minute < 1_180)
    expect(irradiationOf(byDay, span)).toEqual(irradiationOf(sunnySensor(), span))
  })

  test('leaves out the quarters it is told to, on both sides', () => {
    const without = new Set([atHour(12), atHour(12) + 1])
    const left = irradiationOf(sunnySensor(), { ...span, without })
    expect(left.coveragePermille).toBe(1_000)
    expect(irradiationOf(sunnySensor(), span).whPerM2 - left.whPerM2).toBeGreaterThan(450)
  })

  test('of no readings is nothing', () => {
    expect(irradiationOf({ atMs: [], values: [] }, span)).toEqual({ whPerM2: 0, coveragePermille: 0 })
  })
})

describe('the performance ratio', () => {
  const { whPerM2 } = irradiationOf(sunnySensor(), span)
  const ratioOf = (over: Partial<Parameters<typeof performanceOf>[0]> = {}) =>
    performanceOf({ samples: sunnySensor(), madeWh: Math.round(0.8 * whPerM2 * 187.2), dcCapacityW: 187_200, ...span, ...over })

  test('[18] of four equivalent hours under five hours of full sun is 0.80', () => {
    const five = { atMs: Array.from({ length: 288 }, (_, at) => dayStartMs(ON) + at * 5 * MINUTE_MS), values: [] as number[] }
    five.values = five.atMs.map((at) => {
      const minute = (at - dayStartMs(ON)) / MINUTE_MS
      return minute >= 600 && minute <= 900 ? 1_000 : 0
    })
    const told = performanceOf({ samples: five, madeWh: 748_800, dcCapacityW: 187_200, ...span })
    expect(told.whPerM2).toBe(5_083)
    expect(told.ratioBp).toBe(7_869)
    expect(ratioOf()).toEqual({ whPerM2, coveragePermille: 1_000, excludedMinutes: 0, ratioBp: 8_000 })
  })

  test.each<[string, Partial<Parameters<typeof performanceOf>[0]>, string]>([
    ['the energy is not known', { madeWh: null }, 'energy'],
    ['there is no capacity', { dcCapacityW: 0 }, 'energy'],
    [
      'the sensor missed more than a tenth',
      { samples: cut(sunnySensor(), (minute) => minute < 600 || minute > 700) },
      'coverage',
    ],
    ['the sensor never reported', { samples: { atMs: [], values: [] } }, 'coverage'],
    ['the sensor saw no light', { samples: steady(0, 5) }, 'coverage'],
    ['more came out than the sun gave', { madeWh: Math.round(1.11 * whPerM2 * 187.2) }, 'sensor'],
    [
      'there was an outage most of the day',
      { without: new Set(Array.from({ length: 28 }, (_, at) => atHour(9) + at)) },
      'outage',
    ],
  ])('is left out when %s', (_when, over, reason) => {
    expect(ratioOf(over)).toMatchObject({ ratioBp: null, reason })
  })

  test('is left out below the limit of coverage and told at it', () => {
    const limits = { ...DEFAULT_LIMITS, irradiationCoveragePermille: 887 }
    const samples = cut(sunnySensor(), (minute) => minute < 600 || minute >= 690)
    const covered = irradiationOf(samples, span).coveragePermille
    expect(ratioOf({ samples, limits: { ...limits, irradiationCoveragePermille: covered } }).ratioBp).not.toBeNull()
    expect(ratioOf({ samples, limits: { ...limits, irradiationCoveragePermille: covered + 1 } }).ratioBp).toBeNull()
  })

  test('leaves out the time of an outage and says how long that was', () => {
    const without = new Set([48, 49, 50, 51])
    const partly = irradiationOf(sunnySensor(), { ...span, without })
    const told = ratioOf({ without, madeWh: Math.round(0.8 * partly.whPerM2 * 187.2) })
    expect(told).toEqual({ ...partly, excludedMinutes: 60, ratioBp: 8_000 })
  })

  test('may be up to a tenth above the sun: sensors are no better', () => {
    expect(ratioOf({ madeWh: Math.floor(1.0999 * whPerM2 * 187.2) }).ratioBp).toBe(10_999)
  })

  test('of an outage of half the day is still told', () => {
    const half = new Set(Array.from({ length: 26 }, (_, at) => atHour(9) + at))
    expect(ratioOf({ without: half, madeWh: 100_000 }).ratioBp).not.toBeNull()
  })
})
