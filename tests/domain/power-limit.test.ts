import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../domain/performance-limits.ts'
import { powerLimitOf } from '../../domain/power-limit.ts'
import { quarterStartMs } from '../../domain/quarter-curve.ts'
import { atHour, changed, ON, sunnyQuarters } from '../performance.ts'

const limits = DEFAULT_LIMITS
/** 120 kW of panels before 100 kW of inverters: they pass on 833 W of each kW. */
const station = { dcCapacityW: 120_000, acCapacityW: 100_000 }
const peers = sunnyQuarters(1_000)
const none: ReadonlySet<number> = new Set()
const held = (profile: readonly (number | null)[], over: Partial<Parameters<typeof powerLimitOf>[0]> = {}) =>
  powerLimitOf({ day: ON, station, profile, reference: peers, throttled: none, limits, ...over })
const capped = (wPerKw: number) => peers.map((value) => Math.min(value, wPerKw))

describe('power that something holds', () => {
  test('is none on a day that follows its peers, nor on one well below them', () => {
    for (const peakW of [400, 600, 780, 833, 845, 860])
      expect(held(sunnyQuarters(peakW), { reference: sunnyQuarters(peakW) }), String(peakW)).toBeUndefined()
    expect(held(sunnyQuarters(600))).toBeUndefined()
    expect(held(peers.map(() => null))).toBeUndefined()
    expect(held([])).toBeUndefined()
  })

  test('at the rating is clipping, while the array gives more', () => {
    const profile = capped(833)
    const from = profile.indexOf(833)
    const to = profile.lastIndexOf(833) + 1
    const told = held(profile)
    expect(told).toMatchObject({ kind: 'clipped', levelW: 99_960 })
    expect(told?.fromMs).toBeGreaterThanOrEqual(quarterStartMs(ON, from - 1))
    expect(told?.fromMs).toBeLessThanOrEqual(quarterStartMs(ON, from))
    expect(told?.toMs).toBeGreaterThanOrEqual(quarterStartMs(ON, to))
    const lostWh = peers.reduce((sum, value, at) => sum + Math.max(0, value - (profile[at] ?? 0)), 0) * 120 * 0.25
    expect(told?.lostWh).toBe(Math.round(lostWh))
  })

  test('at the rating is clipping too when the peers are built alike and clipped alike', () => {
    expect(held(capped(833), { reference: capped(833) })).toMatchObject({ kind: 'clipped', lostWh: 0 })
  })

  test('at the rating of an array no larger than its inverters is the sky’s', () => {
    const equal = { dcCapacityW: 100_000, acCapacityW: 100_000 }
    expect(held(capped(975), { station: equal, reference: sunnyQuarters(1_100) })).toBeUndefined()
  })

  test('at the rating while the peers did much less is not explained by them', () => {
    expect(held(capped(833), { reference: sunnyQuarters(600) })).toBeUndefined()
  })

  test('well below the rating while the peers rise is curtailment, with what it held back', () => {
    const told = held(capped(500))
    expect(told).toMatchObject({ kind: 'curtailed', levelW: 60_000 })
    expect(told?.lostWh).toBeGreaterThan(200_000)
    expect(new Date(told?.fromMs ?? 0).toISOString()).toBe('2026-06-01T23:45:00.000Z')
  })

  test('is none while the peers are as flat or hardly higher', () => {
    expect(held(capped(500), { reference: capped(520) })).toBeUndefined()
    expect(held(capped(500), { reference: capped(570) })).toBeUndefined()
    const flatPeers = changed(peers, 0, 96, () => 800)
    expect(held(capped(500), { reference: flatPeers })).toBeUndefined()
  })

  test('between the two is none: a rating is rounded, and so is an order', () => {
    expect(held(capped(780))).toBeUndefined()
    expect(held(capped(750))).toMatchObject({ kind: 'curtailed' })
  })

  test('is not told from shape where the peers are not known, wholly or in part', () => {
    expect(held(capped(500), { reference: null })).toBeUndefined()
    expect(held(capped(500), { reference: changed(peers, 48, 49, () => null) })).toBeUndefined()
  })

  test('takes an hour and a half, within one percent', () => {
    const clear = sunnyQuarters(780)
    const flat = (quarters: number) => held(changed(clear, atHour(8), atHour(8) + quarters, () => 500))
    expect(flat(6)).toMatchObject({ kind: 'curtailed' })
    expect(flat(5)).toBeUndefined()
    const withOne = (odd: number) => changed(clear, 32, 40, () => 500).map((value, at) => (at === 33 ? odd : value))
    expect(held(withOne(494))).toMatchObject({ fromMs: quarterStartMs(ON, 34) })
    expect(held(withOne(495))).toMatchObject({
      fromMs: quarterStartMs(ON, 32),
      toMs: quarterStartMs(ON, 40),
      levelW: 60_000,
    })
  })

  test('is none at the little power of a dull sky', () => {
    expect(held(capped(160))).toBeUndefined()
    expect(held(capped(170))).toMatchObject({ kind: 'curtailed' })
  })

  test('is broken by what is not known', () => {
    const gap = changed(capped(500), 46, 48, () => null)
    const told = held(gap)
    expect(told?.fromMs).toBe(quarterStartMs(ON, 48))
  })

  test('is what inverters say of themselves for that long, however the curve looks', () => {
    const long = new Set([48, 49, 50, 51, 52, 53])
    const low = sunnyQuarters(600)
    const span = { fromMs: quarterStartMs(ON, 48), toMs: quarterStartMs(ON, 54) }
    expect(held(low, { throttled: long })).toMatchObject({ kind: 'curtailed', ...span })
    expect(held(low, { throttled: new Set([48, 49, 50, 51, 52]) })).toBeUndefined()
    expect(held(low, { throttled: long, reference: null })).toMatchObject({ kind: 'curtailed', lostWh: null })
    const unknown = low.map(() => null)
    expect(held(unknown, { throttled: long, reference: null })).toMatchObject({ levelW: 0 })
  })

  test('at the rating is clipping, whatever inverters call it', () => {
    const high = changed(sunnyQuarters(600), 48, 54, () => 830)
    const throttled = new Set([48, 49, 50, 51, 52, 53])
    expect(held(high, { throttled, reference: null })).toMatchObject({ kind: 'clipped' })
  })

  test('is not told of a station without capacities', () => {
    expect(held(capped(500), { station: { dcCapacityW: 0, acCapacityW: 1 } })).toBeUndefined()
    expect(held(capped(500), { station: { dcCapacityW: 1, acCapacityW: 0 } })).toBeUndefined()
  })
})
