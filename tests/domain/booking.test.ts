import { describe, expect, test } from 'vitest'
import { belongsTo, type Interval, isGap, uncovered } from '../../domain/booking.ts'
import { dayStartMs, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { at, bozhou, dayNamed } from './sunny.ts'

const may31 = dayNamed('2026-05-31')
const june1 = dayNamed('2026-06-01')
const june2 = dayNamed('2026-06-02')
const june3 = dayNamed('2026-06-03')

describe('a span without a reading', () => {
  const from10 = (lengthMs: number) => ({ fromMs: at('2026-06-01', 10), toMs: at('2026-06-01', 10) + lengthMs })

  test.each([
    ['of three hours at midday is no gap', from10(3 * HOUR_MS), false],
    ['of three hours and a minute at midday is one', from10(3 * HOUR_MS + MINUTE_MS), true],
    [
      'whose daylight is three hours to the ten minutes is none',
      { ...from10(3 * HOUR_MS + 4 * MINUTE_MS), fromMs: at('2026-06-01', 10) + MINUTE_MS },
      false,
    ],
    ['over a summer night is none', { fromMs: at('2026-06-01', 19), toMs: at('2026-06-02', 6) }, false],
    [
      'over a summer night and three hours and a half of the morning is one',
      { fromMs: at('2026-06-01', 19), toMs: at('2026-06-02', 9) },
      true,
    ],
  ])('%s', (_, span, gap) => {
    expect(isGap(span, bozhou)).toBe(gap)
  })
})

describe('an interval has a say', () => {
  const daysOf = (interval: Interval, gap: boolean) => [may31, june1, june2, june3].filter((day) => belongsTo(interval, day, gap))

  test.each([
    ['on every day it touches, if it is a gap', at('2026-06-01', 8), at('2026-06-02', 9), true, [june1, june2]],
    [
      'on the day that begins with it and not on the one that ends there, if it is a gap',
      dayStartMs(june1),
      at('2026-06-02', 9),
      true,
      [june1, june2],
    ],
    [
      'on the day that ends with it and not on the one that begins there, if it is a gap',
      at('2026-06-01', 8),
      dayStartMs(june3),
      true,
      [june1, june2],
    ],
    ['on the day of its later reading alone, if it is none', at('2026-06-01', 19), at('2026-06-02', 6), false, [june2]],
  ])('%s', (_, fromMs, toMs, gap, days) => {
    expect(daysOf({ fromMs, toMs, energyWh: 1_000 }, gap)).toEqual(days)
  })
})

describe('what no interval covers', () => {
  const interval = ([fromMs, toMs]: readonly [number, number]): Interval => ({ fromMs, toMs, energyWh: 0 })

  test.each<[string, [number, number][], [number, number][]]>([
    ['is everything without an interval', [], [[100, 200]]],
    ['is nothing under one that is longer', [[50, 250]], []],
    ['is nothing under one of the same length', [[100, 200]], []],
    [
      'is nothing between two that meet',
      [
        [50, 150],
        [150, 250],
      ],
      [],
    ],
    [
      'lies before, between and after',
      [
        [110, 120],
        [150, 190],
      ],
      [
        [100, 110],
        [120, 150],
        [190, 200],
      ],
    ],
    [
      'ends where the span does, though an interval begins there or later',
      [
        [100, 150],
        [200, 250],
        [300, 350],
      ],
      [[150, 200]],
    ],
    [
      'begins where the span does, though an interval ended before',
      [
        [10, 50],
        [150, 250],
      ],
      [[100, 150]],
    ],
    [
      'is no more for an interval within another',
      [
        [100, 180],
        [120, 130],
        [180, 200],
      ],
      [],
    ],
  ])('%s', (_, intervals, spans) => {
    expect(uncovered(100, 200, intervals.map(interval))).toEqual(spans.map(([fromMs, toMs]) => ({ fromMs, toMs })))
  })
})
