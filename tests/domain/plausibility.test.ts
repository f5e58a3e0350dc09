import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../domain/calendar.ts'
import type { DeviceColumns } from '../../domain/plausibility.ts'
import { frozenSince, highLow, nightOutputSince } from '../../domain/plausibility.ts'
import { at, bozhou, dayNamed } from './sunny.ts'

const june1 = dayNamed('2026-06-01')
const noon = at('2026-06-01', 12)
const device = { ratedPowerW: 60_000, ctMultiplier: 1 }

type Shown = [hour: number, powerW: number | null][]
const columns = (shown: Shown): DeviceColumns => ({
  atMs: shown.map(([hour]) => noon + hour * HOUR_MS),
  counterWh: shown.map(() => 1_000),
  acPowerW: shown.map(([, powerW]) => powerW),
})
const measuredFrom = (energyWh: number, fromHour = 0, toHour = 4) => [
  { fromMs: noon + fromHour * HOUR_MS, toMs: noon + toHour * HOUR_MS, energyWh },
]
const judge = (shown: Shown, measured: ReturnType<typeof measuredFrom>, about: Partial<typeof device> = {}) =>
  highLow(columns(shown), { ...device, ...about }, { day: june1, stepWh: 1_000, measured, refusedMs: [] })
/** Ten kilowatts for four hours. */
const steady: Shown = [0, 1, 2, 3, 4].map((hour) => [hour, 10_000])

describe('energy less than a fifth of what the power adds up to', () => {
  test('is told with both figures', () => {
    expect(judge(steady, measuredFrom(40))).toBe(
      'the counter shows 40 Wh where the reported power adds up to 40000 Wh: a unit too small?',
    )
  })

  test('is so from five times the energy and a step on', () => {
    expect(judge(steady, measuredFrom(7_000))).toBeUndefined()
    expect(judge(steady, measuredFrom(6_999))).toBeDefined()
  })

  test('has its step behind the current transformer', () => {
    expect(judge(steady, measuredFrom(40), { ctMultiplier: 8 })).toBeUndefined()
    expect(judge(steady, measuredFrom(40), { ctMultiplier: 7 })).toBeDefined()
  })

  test('is no matter of a counter that stands still', () => {
    expect(judge(steady, measuredFrom(0))).toBeUndefined()
  })

  test('adds up trapezoids in order of time', () => {
    const ramp: Shown = [
      [2, 40_000],
      [0, 0],
      [1, 20_000],
    ]
    expect(judge(ramp, measuredFrom(1))).toContain('40000 Wh')
  })

  test.each<[string, Shown]>([
    ['power more than rated and a fifth', steady.map(([hour]) => [hour, 72_001])],
    ['power over more than an hour of silence', [0, 1.01, 2.02, 3.03].map((hour) => [hour, 50_000])],
    ['power that is not known', steady.map(([hour]) => [hour, null])],
    ['what is taken from the grid', steady.map(([hour]) => [hour, -10_000])],
    ['power of another day', steady.map(([hour]) => [hour + 24, 10_000])],
  ])('counts no %s', (_, shown) => {
    expect(judge(shown, measuredFrom(1, 0, 30))).toBeUndefined()
  })

  test('counts power up to rated and a fifth', () => {
    expect(
      judge(
        steady.map(([hour]) => [hour, 72_000]),
        measuredFrom(1),
      ),
    ).toContain('288000 Wh')
  })

  test('counts power only where energy was measured', () => {
    expect(judge(steady, measuredFrom(1, 0, 3))).toContain('30000 Wh')
    expect(judge(steady, measuredFrom(1, 1, 4))).toContain('30000 Wh')
    expect(judge(steady, measuredFrom(1, 0.5, 3.5))).toContain('20000 Wh')
    expect(judge(steady, [...measuredFrom(1, 0, 1), ...measuredFrom(1, 3, 4)])).toContain('20000 Wh')
    expect(judge(steady, [])).toBeUndefined()
  })

  test('leaves a figure too high out between two that are not', () => {
    const spiked: Shown = [...steady.slice(0, 3), [2.5, 9_000_000], ...steady.slice(3)]
    expect(judge(spiked, measuredFrom(1))).toContain('40000 Wh')
  })
})

describe('readings under power that rise faster than the device can', () => {
  const refusing = (refused: number, of: number, powerW = 10_000) =>
    highLow(columns(Array.from({ length: of }, (_, index) => [index / 12, powerW])), device, {
      day: june1,
      stepWh: 1_000,
      measured: [],
      refusedMs: Array.from({ length: refused }, (_, index) => noon + (index / 12) * HOUR_MS),
    })

  test('are told when they are six and more than half', () => {
    expect(refusing(6, 11)).toBe('6 of 11 readings under power rise faster than the device can: a unit too large?')
    expect(refusing(6, 12)).toBeUndefined()
    expect(refusing(5, 5)).toBeUndefined()
    expect(refusing(7, 13)).toBeDefined()
  })

  test('are none without power', () => {
    expect(refusing(6, 6, 1_200)).toBeUndefined()
    expect(refusing(6, 6, 1_201)).toBeDefined()
  })
})

describe('a counter that stands still', () => {
  /** Half-hourly readings from the hour on, of a counter that shows the same all the time. */
  const still = (fromHour: number, hours: number, powerW: number, wh: number | null = 5_000): DeviceColumns => {
    const rounds = Array.from({ length: hours * 2 + 1 }, (_, index) => at('2026-06-01', fromHour + index / 2))
    return { atMs: rounds, counterWh: rounds.map(() => wh), acPowerW: rounds.map(() => powerW) }
  }
  const since = (columns: DeviceColumns) => frozenSince(columns, device, bozhou, june1)

  test('is stuck after three hours of high sun under power', () => {
    expect(since(still(9, 3, 10_000))).toBe(at('2026-06-01', 9))
    expect(since(still(9, 2.5, 10_000))).toBeUndefined()
  })

  test('is not without a register to stand still', () => {
    expect(since(still(9, 6, 10_000, null))).toBeUndefined()
  })

  test('is not at two percent of rated power, and is above', () => {
    expect(since(still(9, 6, 1_200))).toBeUndefined()
    expect(since(still(9, 6, 1_201))).toBe(at('2026-06-01', 9))
  })

  test('is not under a low sun', () => {
    // The sun stands 15 degrees high at about 06:30.
    expect(since(still(3.5, 3, 10_000))).toBeUndefined()
    expect(since(still(3.5, 7, 10_000))).toBe(at('2026-06-01', 6.5))
  })

  test('is so only when two steps of a coarse counter are missing, behind its current transformer', () => {
    const after = (hours: number, ctMultiplier: number) =>
      frozenSince(still(9, hours, 2_000), { ...device, ctMultiplier }, bozhou, june1)
    expect(after(3, 3)).toBe(at('2026-06-01', 9))
    expect(after(3.5, 4)).toBeUndefined()
    expect(after(4, 4)).toBe(at('2026-06-01', 9))
  })

  test('begins where the figure was shown first', () => {
    const late = still(9, 4, 10_000)
    const from = (index: number) => since({ ...late, counterWh: late.counterWh.map((wh, at) => (at < index ? 4_000 : wh)) })
    expect(from(2)).toBe(at('2026-06-01', 10))
    expect(from(3)).toBeUndefined()
    expect(from(7)).toBe(at('2026-06-01', 9))
  })

  test('begins anew where power was gone, or the register was not sent', () => {
    const paused = still(9, 4, 10_000)
    const without = (quantity: 'acPowerW' | 'counterWh', value: number | null): DeviceColumns => ({
      ...paused,
      [quantity]: paused[quantity].map((each, index) => (index === 4 ? value : each)),
    })
    expect(since(without('acPowerW', 0))).toBeUndefined()
    expect(since(without('counterWh', null))).toBeUndefined()
  })
})

test('output at night is more than one percent of rated power, on the day itself', () => {
  const seen = (hour: number, powerW: number) =>
    nightOutputSince({ atMs: [at('2026-06-01', hour)], counterWh: [null], acPowerW: [powerW] }, device, bozhou, june1)
  expect(seen(1, 601)).toBe(at('2026-06-01', 1))
  expect(seen(1, 600)).toBeUndefined()
  expect(seen(0, 601)).toBe(at('2026-06-01', 0))
  expect(seen(24, 601)).toBeUndefined()
})

describe('output at night is found', () => {
  const since = (hours: number[], site = bozhou) =>
    nightOutputSince(
      {
        atMs: hours.map((hour) => at('2026-06-01', hour)),
        counterWh: hours.map(() => null),
        acPowerW: hours.map(() => 10_000),
      },
      device,
      site,
      june1,
    )

  test('before the day and after it, the first of it', () => {
    expect(since([8, 12, 17])).toBeUndefined()
    expect(since([3, 8, 12])).toBe(at('2026-06-01', 3))
    expect(since([8, 12, 21, 23])).toBe(at('2026-06-01', 21))
    expect(since([3, 23])).toBe(at('2026-06-01', 3))
  })

  test('between two days, where the sun has not set at midnight in China', () => {
    const beyondTheWest = { latitudeDeg: 60, longitudeDeg: 75 }
    expect(since([0, 3, 15], beyondTheWest)).toBe(at('2026-06-01', 3))
    expect(since([0, 15], beyondTheWest)).toBeUndefined()
    const beyondTheEast = { latitudeDeg: 60, longitudeDeg: 165 }
    expect(since([9, 21, 23.9], beyondTheEast)).toBe(at('2026-06-01', 21))
    expect(since([9, 23.9], beyondTheEast)).toBeUndefined()
  })
})
