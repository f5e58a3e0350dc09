import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dayStartMs, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { meterCurve, powerCurve, SLOT_MS, SLOTS_PER_DAY } from '../../domain/curve.ts'
import { day } from '../registry.ts'

const DAY = day('2026-11-02')
const START_MS = dayStartMs(DAY)
const LATER_MS = START_MS + 48 * HOUR_MS
/** Readings at minutes of the day. */
const samples = (...readings: [minute: number, value: number | null][]) => ({
  atMs: readings.map(([minute]) => START_MS + minute * MINUTE_MS),
  values: readings.map(([, value]) => value),
})
const slotAt = (minute: number) => (minute * MINUTE_MS) / SLOT_MS

describe('a power curve', () => {
  test('has 288 slots of five minutes, unknown where nothing was reported', () => {
    const { powerW, reporting } = powerCurve([], DAY, LATER_MS)
    expect(powerW).toHaveLength(SLOTS_PER_DAY)
    expect(powerW.every((value) => value === null)).toBe(true)
    expect(reporting.every((count) => count === 0)).toBe(true)
  })

  test('takes the mean of a slot and the sum over inverters, and says how many it covers', () => {
    const { powerW, reporting } = powerCurve([samples([600, 10], [602, 30]), samples([601, 100])], DAY, LATER_MS)
    expect(powerW[slotAt(600)]).toBe(120)
    expect(reporting[slotAt(600)]).toBe(2)
  })

  test('lets a value stand for fifteen minutes more, and no longer', () => {
    const { powerW } = powerCurve([samples([600, 50])], DAY, LATER_MS)
    expect(powerW.slice(slotAt(595), slotAt(630))).toEqual([null, 50, 50, 50, 50, null, null])
  })

  test('of a logger that samples every quarter of an hour has no holes, whatever its jitter', () => {
    const jittered = samples([600, 50], [615.2, 60], [629.9, 70], [645.1, 80])
    const { powerW } = powerCurve([jittered], DAY, LATER_MS)
    expect(powerW.slice(slotAt(600), slotAt(650)).includes(null)).toBe(false)
  })

  test('a reading without power is unknown, a reading of zero is zero', () => {
    const { powerW } = powerCurve([samples([600, null], [630, 0])], DAY, LATER_MS)
    expect(powerW[slotAt(600)]).toBeNull()
    expect(powerW[slotAt(630)]).toBe(0)
  })

  test('knows nothing of slots that have not begun', () => {
    const { powerW } = powerCurve([samples([600, 50])], DAY, START_MS + 601 * MINUTE_MS)
    expect(powerW[slotAt(600)]).toBe(50)
    expect(powerW[slotAt(605)]).toBeNull()
  })

  test('leaves out readings of other days', () => {
    const { powerW } = powerCurve([samples([-1, 7], [24 * 60, 7])], DAY, LATER_MS)
    expect(powerW.every((value) => value === null)).toBe(true)
  })

  test('does not depend on the order of inverters', () => {
    const inverter = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 1_439 }), fc.integer({ min: 0, max: 60_000 })), { maxLength: 20 })
      .map((readings) => samples(...readings.sort(([a], [b]) => a - b)))
    fc.assert(
      fc.property(fc.array(inverter, { maxLength: 4 }), (inverters) => {
        const there = powerCurve(inverters, DAY, LATER_MS)
        const back = powerCurve([...inverters].reverse(), DAY, LATER_MS)
        expect(back.reporting).toEqual(there.reporting)
        for (const [slot, value] of there.powerW.entries())
          expect(Math.abs((back.powerW[slot] ?? 0) - (value ?? 0))).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('a meter curve', () => {
  const meter = (...readings: [number, number | null][]) => ({ ...samples(...readings), ctMultiplier: 40, ratedPowerW: 200_000 })

  test('is the counter difference over time, times the CT multiplier', () => {
    const powerW = meterCurve(meter([600, 1_000], [605, 1_250]), DAY)
    expect(powerW[slotAt(600)]).toBe(120_000)
    expect(powerW.filter((value) => value !== null)).toHaveLength(1)
  })

  test.each([
    ['across a gap of more than half an hour', meter([600, 1_000], [631, 1_100])],
    ['where the counter goes backwards', meter([600, 1_000], [605, 900])],
    ['where it says more than can flow', meter([600, 1_000], [605, 2_000])],
    ['with a single reading', meter([600, 1_000])],
    ['with two readings of one instant', meter([600, 1_000], [600, 1_001])],
  ])('is unknown %s', (_, given) => {
    expect(meterCurve(given, DAY).every((value) => value === null)).toBe(true)
  })
})
