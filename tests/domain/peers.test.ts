import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { equivalentHours } from '../../domain/overview.ts'
import { expectedWh, isBelow, isDegraded, medianOf, peerShareBp, peersOf, whPerKwAc, whPerKwDc } from '../../domain/peers.ts'
import { DEFAULT_LIMITS } from '../../domain/performance-limits.ts'
import { aCounty, aFinalDay } from '../performance.ts'
import { aStation } from '../registry.ts'

const kwh = (value: number): number => value * 1_000
const figure = (county: ReturnType<typeof aCounty>, stationId: string, limits = DEFAULT_LIMITS) =>
  peersOf(county, limits)(stationId)

describe('the specific yield', () => {
  test('is by the DC array and by the AC rating two figures: 748.8 kWh of 187.2 kWp and 180 kW', () => {
    expect(whPerKwDc(748_800, aStation())).toBe(4_000)
    expect(whPerKwAc(748_800, aStation())).toBe(4_160)
  })

  test('is not known where the energy or the capacity is not, and zero where nothing was made', () => {
    expect([whPerKwDc(null, aStation()), whPerKwAc(null, aStation())]).toEqual([null, null])
    expect([whPerKwDc(1, { dcCapacityW: 0 }), whPerKwAc(1, { acCapacityW: 0 })]).toEqual([null, null])
    expect([whPerKwDc(0, aStation()), whPerKwAc(0, aStation())]).toEqual([0, 0])
  })

  test('is a thousand times the equivalent hours, to the nearest', () => {
    fc.assert(
      fc.property(fc.nat(1e12), fc.integer({ min: 1, max: 1e9 }), (energyWh, dcCapacityW) => {
        const hours = equivalentHours(energyWh, dcCapacityW) ?? Number.NaN
        expect(Math.abs((whPerKwDc(energyWh, { dcCapacityW }) ?? 0) - hours * 1_000)).toBeLessThanOrEqual(0.5 + hours * 1e-9)
      }),
    )
  })
})

describe('a median', () => {
  test.each<[number[], number | null]>([
    [[], null],
    [[7], 7],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 3],
    [[4, 1, 2, 2], 2],
    [[1, 4], 3],
  ])('of %j is %s', (values, median) => expect(medianOf(values)).toBe(median))
})

describe('the peers of a station', () => {
  const county = aCounty([1, 600, 700, 748.8, 800, 900].map(kwh))

  test('are the other stations of its county, by the median of their yields', () => {
    expect(figure(county, 'S01')).toEqual({ count: 5, medianWhPerKwDc: 4_000, spreadBp: 1_382 })
    expect(figure(county, 'S06')).toMatchObject({ count: 5, medianWhPerKwDc: 3_739 })
    expect(figure(county, 'S04')).toMatchObject({ count: 5, medianWhPerKwDc: 3_739 })
    expect(figure(county, 'S03')).toMatchObject({ count: 5, medianWhPerKwDc: 4_000 })
  })

  test('are not known when they are too few', () => {
    expect(figure(county.slice(0, 5), 'S01')).toMatchObject({ count: 4, medianWhPerKwDc: null })
    expect(figure(county.slice(0, 5), 'elsewhere')).toMatchObject({ count: 5, medianWhPerKwDc: 3_739 })
    expect(figure([], 'S01')).toMatchObject({ count: 0, medianWhPerKwDc: null })
  })

  test.each([
    ['nothing is known of', { quality: 'missing' as const, energyWh: null }],
    ['was booked across a gap', { quality: 'estimated' as const }],
    ['half of was never heard of', { coveragePermille: 849 }],
  ])('are none whose day %s', (_what, over) => {
    const [first, ...others] = county
    if (!first) expect.unreachable()
    const odd = { station: aStation({ stationId: 'ODD' }), figure: aFinalDay({ stationId: 'ODD', energyWh: kwh(990), ...over }) }
    expect(figure([odd, ...county], 'S01')).toEqual(figure(county, 'S01'))
    const itself = [{ ...first, figure: { ...first.figure, ...over } }, ...others]
    expect(figure(itself, 'S01')).toMatchObject({ count: 5, medianWhPerKwDc: 4_000 })
  })

  test('count from 85 % of a day on', () => {
    const seen = { station: aStation({ stationId: 'T' }), figure: aFinalDay({ stationId: 'T', coveragePermille: 850 }) }
    expect(figure([seen, ...county], 'S01').count).toBe(6)
  })

  test('say nothing on a day that gave them less than half an hour', () => {
    const dull = (wh: number) => aCounty(Array.from({ length: 6 }, () => wh))
    expect(figure(dull(93_500), 'S01')).toMatchObject({ count: 5, medianWhPerKwDc: null })
    expect(figure(dull(93_600), 'S01')).toMatchObject({ count: 5, medianWhPerKwDc: 500 })
  })

  test('have the median of all others, by a reckoning that sorts them for each', () => {
    const energies = fc.array(fc.option(fc.nat(2_000_000)), { minLength: 1, maxLength: 14 })
    fc.assert(
      fc.property(energies, (energiesWh) => {
        const all = aCounty(energiesWh)
        const limits = { ...DEFAULT_LIMITS, peerYieldMinWhPerKw: 0 }
        for (const { station } of all) {
          const others = all.filter((each) => each.station !== station)
          const yields = others.flatMap((each) => whPerKwDc(each.figure.energyWh, each.station) ?? [])
          const { medianWhPerKwDc, count } = figure(all, station.stationId, limits)
          expect(count).toBe(yields.length)
          expect(medianWhPerKwDc).toBe(yields.length < 5 ? null : medianOf(yields))
        }
      }),
    )
  })

  test('do not depend on the order in which they are named', () => {
    expect(figure(county.toReversed(), 'S03')).toEqual(figure(county, 'S03'))
  })
})

describe('the spread of peers', () => {
  test('is the median distance from their median, and none where they are not known', () => {
    const county = aCounty([600, 700, 748.8, 800, 900].map(kwh))
    expect(figure(county, 'elsewhere')).toEqual({ count: 5, medianWhPerKwDc: 4_000, spreadBp: 685 })
    expect(figure(aCounty(Array.from({ length: 7 }, () => 748_800)), 'S01').spreadBp).toBe(0)
    expect(figure(county.slice(0, 4), 'S01')).toEqual({ count: 3, medianWhPerKwDc: null, spreadBp: 0 })
  })

  test.each<[number | null, number, boolean]>([
    [8_999, 0, true],
    [9_000, 0, false],
    [8_999, 333, true],
    [8_999, 334, false],
    [6_999, 1_000, true],
    [7_000, 1_000, false],
    [0, 4_000, false],
    [null, 0, false],
  ])('has a share of %s with a spread of %i below 90 % and three spreads: %s', (shareBp, spreadBp, below) => {
    expect(isBelow(shareBp, { count: 9, medianWhPerKwDc: 1, spreadBp }, { limitBp: 9_000, spreads: 3 })).toBe(below)
  })
})

describe('a share of the peers', () => {
  test.each([
    [3_000, 4_000, 7_500],
    [0, 4_000, 0],
    [4_400, 4_000, 11_000],
    [null, 4_000, null],
    [3_000, null, null],
  ])('of %s by %s is %s', (own, medianWhPerKwDc, bp) =>
    expect(peerShareBp(own, { count: 9, medianWhPerKwDc, spreadBp: 0 })).toBe(bp),
  )

  test('[21] one 60 kW inverter stopped for three days at 4.2 kWh per kW and day is 756 kWh', () => {
    expect((expectedWh({ count: 9, medianWhPerKwDc: 4_200, spreadBp: 0 }, { dcCapacityW: 60_000 }) ?? 0) * 3).toBe(756_000)
    expect(expectedWh({ count: 4, medianWhPerKwDc: null, spreadBp: 0 }, { dcCapacityW: 60_000 })).toBeNull()
  })
})

describe('a station is degraded', () => {
  test.each<[string, (number | null)[], boolean]>([
    ['below 70 % on three days in a row', [6_999, 5_000, 0], true],
    ['not while one of them was at 70 %', [6_999, 7_000, 0], false],
    ['not by two days', [6_000, 6_000], false],
    ['also across a day that could not be compared', [6_000, null, 6_000, null, 6_000], true],
    ['not by days too long ago', [6_000, null, null, null, null, null, 6_000, 6_000], false],
    ['just within a week', [6_000, null, null, null, null, 6_000, 6_000], true],
    ['not on a day that could not be compared', [null, 6_000, 6_000, 6_000], false],
    ['not when only the days before were low', [9_000, 1_000, 1_000, 1_000], false],
    ['not by what lay before a good day', [6_000, 6_000, 9_000, 6_000], false],
    ['not by nothing', [], false],
  ])('%s', (_when, shares, degraded) => expect(isDegraded(shares, DEFAULT_LIMITS)).toBe(degraded))

  test('by the limits a county sets', () => {
    const limits = { ...DEFAULT_LIMITS, degradedBp: 8_000, degradedDays: 2, degradedWithinDays: 2 }
    expect(isDegraded([7_999, 7_999], limits)).toBe(true)
    expect(isDegraded([7_999, null, 7_999], limits)).toBe(false)
  })
})
