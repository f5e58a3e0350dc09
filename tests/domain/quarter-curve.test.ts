import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dayStartMs, MINUTE_MS } from '../../domain/calendar.ts'
import { quarterMeans, QUARTERS_PER_DAY, quarterStartMs, referenceProfile, stationProfile } from '../../domain/quarter-curve.ts'
import { anInverterCurve, ON, sunnyQuarters } from '../performance.ts'

const samples = (rows: [minute: number, value: number | null][]) => ({
  atMs: rows.map(([minute]) => dayStartMs(ON) + minute * MINUTE_MS),
  values: rows.map(([, value]) => value),
})
const all = <Value>(value: Value): Value[] => Array.from({ length: QUARTERS_PER_DAY }, () => value)

describe('power by the quarter hour', () => {
  test('is the mean of what was reported in it, from its first instant on and before its last', () => {
    const means = quarterMeans(
      samples([
        [0, 10],
        [5, 20],
        [14.99, 60],
        [15, 100],
        [1_439, 7],
      ]),
      ON,
    )
    expect(means.slice(0, 2)).toEqual([30, 100])
    expect(means.at(-1)).toBe(7)
    expect(means).toHaveLength(96)
  })

  test('stands for one quarter more, and no longer', () => {
    expect(quarterMeans(samples([[20, 50]]), ON).slice(0, 5)).toEqual([null, 50, 50, null, null])
  })

  test('knows nothing of other days, nor of readings without a power', () => {
    expect(
      quarterMeans(
        samples([
          [-1, 50],
          [1_440, 50],
          [600, null],
        ]),
        ON,
      ),
    ).toEqual(all(null))
    expect(
      quarterMeans(
        samples([
          [600, null],
          [601, 40],
        ]),
        ON,
      )[40],
    ).toBe(40)
  })

  test('does not depend on the order of the readings', () => {
    const row = fc.tuple(fc.integer({ min: 0, max: 1_439 }), fc.option(fc.integer({ min: -50, max: 60_000 })))
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        expect(quarterMeans(samples(rows.toReversed()), ON)).toEqual(quarterMeans(samples(rows), ON))
      }),
    )
  })

  test('begins at midnight in China', () => {
    expect(new Date(quarterStartMs(ON, 50)).toISOString()).toBe('2026-06-02T04:30:00.000Z')
  })
})

describe('the profile of a station', () => {
  test('is its power per kW of the DC array', () => {
    const inverters = [1, 2, 3].map(() => anInverterCurve({ powerW: all(30_000) }))
    expect(stationProfile(inverters, 180_000)).toEqual(all(500))
    expect(stationProfile(inverters, 187_200)[0]).toBe(481)
  })

  test('takes an inverter that is not known to do as the others, while they are half of the station', () => {
    const known = anInverterCurve({ powerW: all(30_000) })
    const silent = anInverterCurve({ powerW: all(null) })
    expect(stationProfile([known, known, silent], 180_000)[50]).toBe(500)
    expect(stationProfile([known, silent], 120_000)[50]).toBe(500)
    expect(stationProfile([known, silent, silent], 180_000)[50]).toBeNull()
    expect(stationProfile([silent], 60_000)).toEqual(all(null))
  })

  test('weighs inverters by their rating', () => {
    const large = anInverterCurve({ ratedPowerW: 100_000, powerW: all(80_000) })
    const small = anInverterCurve({ ratedPowerW: 20_000, powerW: all(null) })
    expect(stationProfile([large, small], 120_000)[0]).toBe(800)
  })

  test('is nothing without inverters or without a capacity, and never below 0', () => {
    expect(stationProfile([], 60_000)).toEqual(all(null))
    expect(stationProfile([anInverterCurve()], 0)).toEqual(all(null))
    expect(stationProfile([anInverterCurve({ powerW: all(-25) })], 60_000)).toEqual(all(0))
  })
})

describe('the curve of a county', () => {
  test('is the median of those that know, and nothing where they are too few', () => {
    const curves = [100, 200, 300, 400, 9_000].map((peakW) => sunnyQuarters(peakW))
    expect(referenceProfile(curves, 5)).toEqual(sunnyQuarters(300))
    expect(referenceProfile([...curves.slice(1), all(null)], 5)).toEqual(all(null))
    expect(referenceProfile(curves.slice(0, 4), 5)).toEqual(all(null))
    expect(referenceProfile([], 1)).toEqual(all(null))
  })
})
