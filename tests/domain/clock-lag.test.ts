import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clockShiftOf, dayLag } from '../../domain/clock-lag.ts'
import { DEFAULT_LIMITS } from '../../domain/performance-limits.ts'
import { QUARTERS_PER_DAY, type Quarters } from '../../domain/quarter-curve.ts'
import { atHour, changed, sunnyQuarters } from '../performance.ts'

const peers = sunnyQuarters(900)
/** As a clock that is so many quarters ahead would stamp it: a day later, the same sun. */
const shifted = (quarters: number, curve: Quarters = peers): (number | null)[] =>
  Array.from({ length: QUARTERS_PER_DAY }, (_, at) => curve[(at - quarters + 2 * QUARTERS_PER_DAY) % QUARTERS_PER_DAY] ?? null)

describe('what a day says of a clock', () => {
  test('is that it agrees with its peers’, when their curves do, whatever its size', () => {
    for (const share of [1, 0.3, 0.01])
      expect(
        dayLag(
          peers.map((value) => value * share),
          peers,
        ),
      ).toBe(0)
    expect(
      dayLag(
        changed(peers, atHour(0), atHour(6), () => null),
        peers,
      ),
    ).toBe(0)
  })

  test('is for every shift of up to half a day by how many quarters it is ahead', () => {
    fc.assert(
      fc.property(fc.integer({ min: -47, max: 47 }), fc.integer({ min: 20, max: 100 }), (quarters, percent) => {
        const profile = shifted(quarters).map((value) => ((value ?? 0) * percent) / 100)
        expect(dayLag(profile, peers)).toBe(quarters)
      }),
    )
  })

  test('is nothing when the curves are not alike, shifted or not', () => {
    expect(
      dayLag(
        changed(peers, atHour(12), atHour(14), () => 0),
        peers,
      ),
    ).toBeUndefined()
    const clouds = peers.map((value, at) => (at % 3 === 0 ? value * 0.3 : value))
    expect(dayLag(clouds, peers)).toBeUndefined()
    expect(dayLag(shifted(4, clouds), peers)).toBeUndefined()
  })

  test('is nothing when a shift gains less than it ought to: a morning of haze moves no clock', () => {
    const hazy = peers.map((value, at) => (at < atHour(10) ? value * 0.86 : value))
    expect([undefined, 0]).toContain(dayLag(hazy, peers))
    const hardly = peers.map((value, at) => ((value + (shifted(1)[at] ?? 0)) / 2) * (at < atHour(12) ? 0.97 : 1))
    expect([undefined, 0, 1]).toContain(dayLag(hardly, peers))
  })

  test('is nothing on a day without power, on either side', () => {
    const dark = peers.map(() => 0)
    const unknown = peers.map(() => null)
    expect([dayLag(dark, peers), dayLag(unknown, peers), dayLag(peers, dark), dayLag(peers, unknown)]).toEqual(
      Array.from({ length: 4 }, () => undefined),
    )
  })
})

describe('a clock is off', () => {
  test.each<[string, number[], { minutes: number; kind: string } | undefined]>([
    ['by an hour: a zone', [4, 4, 4], { minutes: 60, kind: 'zone' }],
    ['by an hour the other way', [-4, -4, -4], { minutes: -60, kind: 'zone' }],
    ['by eight hours', [32, 32, 32], { minutes: 480, kind: 'zone' }],
    ['by a quarter: it drifts', [1, 1, 1], { minutes: 15, kind: 'drift' }],
    ['by an hour and a half', [-6, -6, -6], { minutes: -90, kind: 'drift' }],
    ['by what its days agree on to a quarter', [2, 3, 2], { minutes: 30, kind: 'drift' }],
    ['by the one in the middle', [3, 4, 4], { minutes: 60, kind: 'zone' }],
    ['not when they differ by more', [2, 4, 3], undefined],
    ['not when one says that it is right', [4, 0, 4], undefined],
    ['not when it was off before and is right', [0, 4, 4, 4], undefined],
    ['not by one quarter to either side', [1, -1, 1], undefined],
    ['not by a quarter and none', [1, 0, 1], undefined],
    ['not by two days', [4, 4], undefined],
    ['not by none', [], undefined],
    ['by the latest days alone', [4, 4, 4, 0, 0], { minutes: 60, kind: 'zone' }],
  ])('%s', (_how, lags, shift) => {
    expect(clockShiftOf(lags, DEFAULT_LIMITS)).toEqual(shift && { ...shift, days: 3 })
  })

  test('by the limits a county sets', () => {
    expect(clockShiftOf([1, 1, 1], { ...DEFAULT_LIMITS, clockMinutes: 30 })).toBeUndefined()
    expect(clockShiftOf([2, 2, 2], { ...DEFAULT_LIMITS, clockMinutes: 30 })).toMatchObject({ minutes: 30 })
    expect(clockShiftOf([4, 4], { ...DEFAULT_LIMITS, clockDays: 2 })).toMatchObject({ days: 2 })
  })
})
