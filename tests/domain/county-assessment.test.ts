import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assessStationDay, type Look } from '../../domain/assessment.ts'
import { addDays } from '../../domain/calendar.ts'
import { countyDayRows, DIGESTS_PER_PART, digestOf, referenceOf, stationsToLookAt } from '../../domain/county-assessment.ts'
import { peersOf } from '../../domain/peers.ts'
import { DEFAULT_LIMITS } from '../../domain/performance-limits.ts'
import { stationProfile } from '../../domain/quarter-curve.ts'
import { aCounty, aDeviceDay, aDigest, aFinalDay, anInverterCurve, ON, sunnyQuarters } from '../performance.ts'
import { aStation, COUNTY, day } from '../registry.ts'

const limits = DEFAULT_LIMITS
const equal = (count: number) => aCounty(Array.from({ length: count }, () => 748_800))
type County = ReturnType<typeof aCounty>
const looked = (county: County, over: { on?: string; byName?: string[]; lookEveryDays?: number } = {}) =>
  stationsToLookAt(county, {
    peers: peersOf(county, limits),
    byName: new Set(over.byName),
    day: day(over.on ?? ON),
    limits: { ...limits, lookEveryDays: over.lookEveryDays ?? 3 },
  })
const withFigure = (county: County, at: number, over: Parameters<typeof aFinalDay>[0]): County =>
  county.map((each, place) =>
    place === at ? { ...each, figure: aFinalDay({ ...over, stationId: each.station.stationId }) } : each,
  )

describe('the stations of a county whose readings are read', () => {
  test('are one in three on an ordinary day, and in three days every one', () => {
    const county = equal(90)
    const seen = [0, 1, 2].map((ago) => looked(county, { on: addDays(ON, ago) }))
    expect(seen.map(({ size }) => size)).toEqual([30, 30, 30])
    expect(new Set(seen.flatMap((ids) => [...ids])).size).toBe(90)
    expect(looked(county, { lookEveryDays: 1 }).size).toBe(90)
  })

  test('are enough for a common curve, in a small county all of them', () => {
    expect(looked(equal(12)).size).toBe(10)
    expect(looked(equal(8)).size).toBe(8)
    expect(looked([]).size).toBe(0)
  })

  test.each<[string, Parameters<typeof aFinalDay>[0]]>([
    ['made less than 95 % of its peers', { energyWh: 711_000 }],
    ['was booked across a gap', { quality: 'estimated' }],
    ['was not heard of all day', { coveragePermille: 949 }],
    ['has a finding that asks somebody to act', { findings: [{ code: 'stuck_value', detail: '' }] }],
    ['has one at a device', { devices: [aDeviceDay({ findings: [{ code: 'clock_shift', detail: '' }] })] }],
  ])('are besides every one that %s', (_what, over) => {
    const county = equal(90)
    const resting = county.findIndex(({ station }) => !looked(county).has(station.stationId))
    const id = county[resting]?.station.stationId ?? ''
    expect(looked(withFigure(county, resting, over ?? {})).has(id)).toBe(true)
    expect(looked(withFigure(county, resting, { energyWh: 712_000, coveragePermille: 950 })).has(id)).toBe(false)
    expect(looked(withFigure(county, resting, { findings: [{ code: 'counter_dip', detail: '' }] })).has(id)).toBe(false)
  })

  test('are those asked for by name every day', () => {
    const county = equal(90)
    const ids = county.map(({ station }) => station.stationId)
    expect(looked(county, { byName: ids }).size).toBe(90)
  })

  test('are all of them where peers are not known', () => {
    expect(looked(equal(4)).size).toBe(4)
  })

  test('are none that reported nothing', () => {
    const silent = { devices: [aDeviceDay({ readings: 0 })], quality: 'missing' as const, energyWh: null, coveragePermille: 0 }
    expect(looked(withFigure(equal(9), 4, silent)).has('S05')).toBe(false)
    expect(looked(withFigure(equal(9), 4, { ...silent, devices: [] })).has('S05')).toBe(false)
  })

  test('do not depend on the order of the stations', () => {
    const county = equal(20)
    fc.assert(
      fc.property(fc.shuffledSubarray(county, { minLength: 20 }), (shuffled) => {
        expect(looked(shuffled)).toEqual(looked(county))
      }),
      { numRuns: 20 },
    )
  })
})

describe('the curve a county has in common', () => {
  const lookOf = (peakW: number): Look => ({
    inverters: [anInverterCurve({ powerW: sunnyQuarters(peakW) })],
    sensors: [],
    strings: [],
    stringsSeen: false,
    throttled: new Set(),
  })
  const reference = (county: County, peaksW: number[]) => {
    const looks = new Map(peaksW.map((peakW, at) => [county[at]?.station.stationId ?? '', lookOf(peakW)]))
    return referenceOf(county, looks, { peers: peersOf(county, limits), limits })
  }
  const curve = (peakW: number) => stationProfile(lookOf(peakW).inverters, 187_200)

  test('is the median of the stations looked at', () => {
    expect(
      reference(
        equal(9),
        [1, 2, 3, 4, 5].map((part) => part * 10_000),
      ),
    ).toEqual(curve(30_000))
  })

  test('is not that of stations below their peers', () => {
    const county = withFigure(equal(9), 0, { energyWh: 600_000 })
    expect(reference(county, [1_000, 20_000, 30_000, 40_000, 50_000, 55_000])).toEqual(curve(40_000))
  })

  test('is nothing with fewer than five, or when none of them knows', () => {
    expect(reference(equal(9), [50_000, 50_000, 50_000, 50_000])).toBeNull()
    expect(reference(equal(9), [])).toBeNull()
  })

  test('is that of all stations where no peers are known', () => {
    const limitsOfFew = { ...limits, peersMin: 3 }
    const county = equal(3)
    const looks = new Map(county.map(({ station }) => [station.stationId, lookOf(30_000)]))
    expect(referenceOf(county, looks, { peers: peersOf(county, limitsOfFew), limits: limitsOfFew })).toEqual(curve(30_000))
  })
})

describe('a station-day in a few figures', () => {
  const assessed = assessStationDay({
    station: aStation(),
    figure: aFinalDay({ energyWh: 374_400 }),
    peers: { medianWhPerKwDc: 4_000, count: 9, spreadBp: 0 },
    sharesBefore: [],
    look: null,
    reference: null,
    lagsBefore: [],
    priceE4YuanPerKwh: 8_500,
    limits,
  })

  test('says what a ranking needs', () => {
    expect(digestOf(assessed)).toEqual({
      stationId: 'ZL1',
      energyWh: 374_400,
      dcWhPerKw: 2_000,
      shareBp: 5_000,
      coveragePermille: 1_000,
      causes: ['unexplained'],
      degraded: false,
      peersWhPerKw: 4_000,
      time: { producing: 1_000, idle: 0, noData: 0 },
      lostWh: 374_400,
      lostFen: 31_824,
      hasFinding: true,
    })
    expect(digestOf({ ...assessed, lagQuarters: 0 })).not.toHaveProperty('lagQuarters')
    expect(digestOf({ ...assessed, lagQuarters: -4 })).toMatchObject({ lagQuarters: -4 })
    expect(digestOf({ ...assessed, loss: null })).toMatchObject({ lostWh: null, lostFen: null })
  })

  test.each<[string, Partial<typeof assessed>, boolean]>([
    ['nothing odd', { causes: [] }, false],
    ['silence, which coverage tells', { causes: ['no_data'] }, false],
    ['an order to hold back', { causes: ['curtailed'] }, false],
    ['a large array', { causes: ['clipped'] }, false],
    ['a stop beside it', { causes: ['clipped', 'stopped'] }, true],
    ['a degraded station', { causes: [], degraded: true }, true],
    ['a finding of the energy rule', { causes: [], energyFindings: 1 }, true],
  ])('has a finding or none: %s', (_what, over, hasFinding) => {
    expect(digestOf({ ...assessed, ...over }).hasFinding).toBe(hasFinding)
  })
})

describe('the rows of a county’s day', () => {
  const whole = {
    countyCode: COUNTY,
    day: ON,
    assessedAtMs: 1,
    stations: 1_100,
    final: 1_001,
    looked: 10,
    medianWhPerKwDc: 4_000,
  }

  test('are a head without stations, and five hundred stations each', () => {
    const digests = Array.from({ length: 1_001 }, (_, at) => aDigest({ stationId: `S${at}` }))
    const rows = countyDayRows(whole, digests)
    expect(rows.map(({ part, parts, digests: own }) => [part, parts, own.length])).toEqual([
      [0, 4, 0],
      [1, 4, 500],
      [2, 4, 500],
      [3, 4, 1],
    ])
    expect(rows.flatMap((row) => row.digests)).toEqual(digests)
    expect(countyDayRows(whole, digests.slice(0, DIGESTS_PER_PART))).toHaveLength(2)
  })

  test('are one for a county without a figure', () => {
    expect(countyDayRows(whole, [])).toEqual([{ ...whole, part: 0, parts: 1, digests: [] }])
  })
})
