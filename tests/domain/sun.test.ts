import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, dayStartMs, HOUR_MS, MINUTE_MS, parseDay } from '../../domain/calendar.ts'
import type { Site } from '../../domain/sun.ts'
import { daylightMs, isDaylight, solarElevationDeg } from '../../domain/sun.ts'

const bozhou: Site = { latitudeDeg: 33.84, longitudeDeg: 115.78 }
const kashgar: Site = { latitudeDeg: 39.47, longitudeDeg: 75.99 }
const mohe: Site = { latitudeDeg: 52.97, longitudeDeg: 122.54 }
const sanya: Site = { latitudeDeg: 18.25, longitudeDeg: 109.51 }

const startOf = (text: string): number => {
  const day = parseDay(text)
  if (day === undefined) throw new Error(text)
  return dayStartMs(day)
}

const minutesOf = (text: string): number[] => [...Array(1_440).keys()].map((minute) => startOf(text) + minute * MINUTE_MS)

const noonOf = (site: Site, text: string): { atMs: number; elevationDeg: number } =>
  minutesOf(text)
    .map((atMs) => ({ atMs, elevationDeg: solarElevationDeg({ ...site, atMs }) }))
    .reduce((best, each) => (each.elevationDeg > best.elevationDeg ? each : best))

/** Minutes after local midnight at which the sun's centre crosses an elevation, upwards and downwards. */
const crossings = (site: Site, text: string, deg: number): number[] =>
  minutesOf(text).flatMap((atMs, minute) => {
    const before = solarElevationDeg({ ...site, atMs: atMs - MINUTE_MS }) > deg
    return before === solarElevationDeg({ ...site, atMs }) > deg ? [] : [minute]
  })

describe('at noon the sun stands at 90 degrees less the distance between latitude and declination', () => {
  const cases: [string, Site, string, number][] = [
    ['summer solstice, Bozhou', bozhou, '2026-06-21', 23.44],
    ['winter solstice, Bozhou', bozhou, '2025-12-22', -23.44],
    ['winter solstice, Mohe', mohe, '2025-12-22', -23.44],
    ['summer solstice, Sanya, where it stands north of the zenith', sanya, '2026-06-21', 23.44],
    ['winter solstice, Kashgar', kashgar, '2025-12-22', -23.44],
  ]
  test.each(cases)('%s', (_, site, day, declinationDeg) => {
    const expectedDeg = 90 - Math.abs(site.latitudeDeg - declinationDeg)
    expect(Math.abs(noonOf(site, day).elevationDeg - expectedDeg)).toBeLessThan(0.02)
  })

  test('at the March equinox of 2026 (20 March, 14:46 UTC) the declination crosses zero', () => {
    const pole = { latitudeDeg: 90, longitudeDeg: 0 }
    expect(Math.abs(solarElevationDeg({ ...pole, atMs: Date.parse('2026-03-20T14:46:00Z') }))).toBeLessThan(0.005)
    expect(solarElevationDeg({ ...pole, atMs: Date.parse('2026-03-21T14:46:00Z') })).toBeGreaterThan(0.3)
  })
})

describe('true noon follows the longitude, whatever the clock says', () => {
  test('Kashgar is about three hours behind the clock, Bozhou a quarter of an hour', () => {
    const minutesAfterNoon = (site: Site) => (noonOf(site, '2026-04-15').atMs - startOf('2026-04-15')) / MINUTE_MS - 720
    expect(minutesAfterNoon(kashgar)).toBe(176)
    expect(minutesAfterNoon(bozhou)).toBe(17)
  })

  test.each([
    ['2026-02-11', 14.2],
    ['2026-05-14', -3.7],
    ['2026-07-26', 6.5],
    ['2026-11-03', -16.4],
  ])('the equation of time on %s is about %f minutes', (day, minutes) => {
    const meridian = { latitudeDeg: 30, longitudeDeg: 120 }
    const lateMinutes = (noonOf(meridian, day).atMs - startOf(day)) / MINUTE_MS - 720
    expect(Math.abs(lateMinutes - minutes)).toBeLessThanOrEqual(1)
  })
})

describe('sunrise and sunset agree with the sunrise equation', () => {
  test.each([
    ['Bozhou in June', bozhou, '2026-06-21', 23.44],
    ['Bozhou in December', bozhou, '2025-12-22', -23.44],
    ['Mohe in June', mohe, '2026-06-21', 23.44],
    ['Kashgar in December', kashgar, '2025-12-22', -23.44],
  ] as const)('%s', (_, site, day, declinationDeg) => {
    const tan = (deg: number) => Math.tan((deg * Math.PI) / 180)
    const halfDayMinutes = (Math.acos(-tan(site.latitudeDeg) * tan(declinationDeg)) * 180) / Math.PI / 0.25
    const [rise = Number.NaN, set = Number.NaN] = crossings(site, day, 0)
    expect(Math.abs(set - rise - 2 * halfDayMinutes)).toBeLessThanOrEqual(3)
  })
})

describe('properties', () => {
  const site = fc.record({
    latitudeDeg: fc.double({ min: -60, max: 60, noNaN: true }),
    longitudeDeg: fc.double({ min: -180, max: 180, noNaN: true }),
  })
  const instant = fc.integer({ min: startOf('2015-01-01'), max: startOf('2060-01-01') })

  test('fifteen degrees west is one hour later', () => {
    fc.assert(
      fc.property(site, instant, (at, atMs) => {
        const here = solarElevationDeg({ ...at, atMs })
        const there = solarElevationDeg({ ...at, longitudeDeg: at.longitudeDeg - 15, atMs: atMs + HOUR_MS })
        expect(Math.abs(here - there)).toBeLessThan(0.03)
      }),
    )
  })

  test('the sun stands as high here as it stands low at the antipode', () => {
    fc.assert(
      fc.property(site, instant, (at, atMs) => {
        const antipode = { latitudeDeg: -at.latitudeDeg, longitudeDeg: at.longitudeDeg + 180 }
        expect(solarElevationDeg({ ...at, atMs }) + solarElevationDeg({ ...antipode, atMs })).toBeCloseTo(0, 6)
      }),
    )
  })

  test('daylight of a span is the sum of its parts', () => {
    fc.assert(
      fc.property(site, instant, fc.nat(DAY_MS), fc.nat(DAY_MS), (at, fromMs, first, second) => {
        const parts = daylightMs(at, fromMs, fromMs + first) + daylightMs(at, fromMs + first, fromMs + first + second)
        expect(parts).toBe(daylightMs(at, fromMs, fromMs + first + second))
      }),
      { numRuns: 50 },
    )
  })
})

test('a village in Anhui has daylight at noon and none at midnight', () => {
  expect(isDaylight(bozhou, startOf('2026-01-15') + 12 * HOUR_MS)).toBe(true)
  expect(isDaylight(bozhou, startOf('2026-01-15'))).toBe(false)
})

test('at eight in the morning of a winter day Bozhou has daylight and Kashgar has none', () => {
  const atMs = startOf('2026-01-15') + 8 * HOUR_MS
  expect([isDaylight(bozhou, atMs), isDaylight(kashgar, atMs)]).toEqual([true, false])
})
