import { describe, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { clockShiftHours } from '../../domain/clock-shift.ts'
import type { Row } from './sunny.ts'
import { at, bozhou, dayNamed, readingsFor, sunnyRows } from './sunny.ts'

const june1 = dayNamed('2026-06-01')
const month = sunnyRows(dayNamed('2026-05-30'), dayNamed('2026-06-03'))
const device = { ratedPowerW: 60_000 }

const shifted = (rows: readonly Row[], hours: number): Row[] => rows.map((row) => ({ ...row, atMs: row.atMs + hours * HOUR_MS }))
const shiftOf = (rows: readonly Row[]) => clockShiftHours(readingsFor(june1, rows), device, bozhou, june1)

describe('a clock that is off by whole hours', () => {
  test.each([-12, -8, -5, -2, -1, 1, 2, 3, 5, 8])('of %i is told from the sun', (hours) => {
    // Twelve hours ahead and twelve behind are the same picture.
    expect(Math.abs(shiftOf(shifted(month, hours)) ?? 0)).toBe(Math.abs(hours))
    if (Math.abs(hours) < 12) expect(shiftOf(shifted(month, hours))).toBe(hours)
  })

  test('is told whatever the order of the readings', () => {
    expect(shiftOf(shifted(month, 1).toReversed())).toBe(1)
  })

  test('is told across a pause of two hours, and of no more', () => {
    const paused = (untilHour: number) =>
      shifted(month, 1).filter(({ atMs }) => atMs <= at('2026-06-01', 17) || atMs >= at('2026-06-01', untilHour))
    expect(shiftOf(paused(19))).toBe(1)
    expect(shiftOf(paused(19 + 1 / 12))).toBeUndefined()
  })

  test('is told of an evening although the morning was right', () => {
    const morning = month.filter(({ atMs }) => atMs < at('2026-06-01', 12))
    const evening = shifted(month, 3).filter(({ atMs }) => atMs >= at('2026-06-01', 15) && atMs < at('2026-06-02', 0))
    expect(shiftOf([...morning, ...evening])).toBe(3)
  })

  test('is not told when two stretches of the day are off by different hours', () => {
    const night = shifted(month, -5).filter(({ atMs }) => atMs >= at('2026-06-01', 0) && atMs < at('2026-06-01', 12))
    const evening = shifted(month, 3).filter(({ atMs }) => atMs >= at('2026-06-01', 15) && atMs < at('2026-06-02', 0))
    expect(shiftOf(night)).toBe(-5)
    expect(shiftOf(evening)).toBe(3)
    expect(shiftOf([...night, ...evening])).toBeUndefined()
  })

  test('is told from quarter hours too', () => {
    const quarters = month.filter(({ atMs }) => atMs % (15 * MINUTE_MS) === 0)
    expect(shiftOf(shifted(quarters, 1))).toBe(1)
    expect(shiftOf(shifted(quarters, -1))).toBe(-1)
  })
})

describe('what is no shift', () => {
  test('is a clock that is right', () => {
    expect(shiftOf(month)).toBeUndefined()
  })

  test.each([
    ['a cloudy morning', (hour: number) => hour >= 9],
    ['a cloudy evening', (hour: number) => hour < 16],
    ['a valley', (hour: number) => hour >= 8 && hour < 17],
  ])('is %s', (_, seen) => {
    const hourOf = ({ atMs }: Row) => ((atMs + 8 * HOUR_MS) % (24 * HOUR_MS)) / HOUR_MS
    expect(shiftOf(month.map((row) => (seen(hourOf(row)) ? row : { ...row, acPowerW: 0 })))).toBeUndefined()
  })

  const lit = (...hours: number[]): Row[] => [
    ...month,
    ...hours.map((hour) => ({ atMs: at('2026-06-01', hour), counterWh: null, acPowerW: 4_000 })),
  ]

  test('is light in the evening after a morning in time, or at one in the night', () => {
    expect(shiftOf(lit(19.8, 19.9, 20, 20.1))).toBeUndefined()
    expect(shiftOf(lit(1, 1.1))).toBeUndefined()
  })

  test('is a morning an hour late and one reading at night, while two would be one', () => {
    const late = (...hours: number[]) => lit(...hours).filter(({ atMs, acPowerW }) => atMs >= at('2026-06-01', 6.5) || !acPowerW)
    const evenings = (rows: Row[]) => rows.filter(({ atMs }) => atMs < at('2026-06-02', 0))
    expect(shiftOf(evenings(late(20)))).toBeUndefined()
    expect(shiftOf(evenings(late(19.9, 20)))).toBe(1)
  })

  test('is a morning an hour late and an evening that ends in twilight', () => {
    // The sun stands 3 degrees below the horizon from 19:35 on, and 5 degrees from 19:46.
    const late = lit(19.65, 19.7, 19.74)
      .filter(({ atMs, acPowerW }) => atMs >= at('2026-06-01', 6.5) || !acPowerW)
      .filter(({ atMs }) => atMs < at('2026-06-02', 0))
    expect(shiftOf(late)).toBeUndefined()
    expect(shiftOf([...late, { atMs: at('2026-06-01', 19.8), counterWh: null, acPowerW: 4_000 }])).toBe(1)
  })

  test('is one reading at night that is repeated', () => {
    const late = lit(20, 20)
      .filter(({ atMs, acPowerW }) => atMs >= at('2026-06-01', 6.5) || !acPowerW)
      .filter(({ atMs }) => atMs < at('2026-06-02', 0))
    expect(shiftOf(late)).toBeUndefined()
  })

  test('is production of a minute less than four hours', () => {
    const long = (minutes: number) => {
      const firstMs = at('2026-06-01', 16.5)
      const instants = [0, 60, 120, 180, 210, 225, minutes].map((minute) => firstMs + minute * MINUTE_MS)
      return instants.map((atMs) => ({ atMs, counterWh: null, acPowerW: 9_000 }))
    }
    expect(shiftOf(long(239))).toBeUndefined()
    expect(shiftOf(long(240))).toBe(1)
  })

  test('is production of less than four hours', () => {
    const brief = (fromHour: number) =>
      shifted(
        month.filter(({ atMs }) => atMs >= at('2026-06-01', fromHour) && atMs < at('2026-06-02', 0)),
        2,
      )
    expect(shiftOf(brief(14.5))).toBe(2)
    expect(shiftOf(brief(15.5))).toBeUndefined()
  })

  test('is output at night after a pause', () => {
    // The lamp burns for four hours, beginning three hours after dusk, on a day that began in time.
    const lamp = Array.from({ length: 50 }, (_, index) => ({
      atMs: at('2026-06-01', 22.5) + index * 5 * MINUTE_MS,
      counterWh: null,
      acPowerW: 4_000,
    }))
    expect(shiftOf([...shifted(month, 1).filter(({ atMs }) => atMs < at('2026-06-01', 21)), ...lamp])).toBeUndefined()
  })

  test('is power that is no more than own use, or not known', () => {
    const faint = shifted(month, 2).map((row) => ({ ...row, acPowerW: Math.min(600, row.acPowerW ?? 0) }))
    expect(shiftOf(faint)).toBeUndefined()
    expect(shiftOf(shifted(month, 2).map((row) => ({ ...row, acPowerW: null })))).toBeUndefined()
  })

  test('is nothing at all', () => {
    expect(shiftOf([])).toBeUndefined()
  })
})
