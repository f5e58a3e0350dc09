import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, test } from 'vitest'
import {
  addDays,
  addMonths,
  type ChinaDay,
  type ChinaMonth,
  DAY_MS,
  dayEndMs,
  dayNumberOf,
  dayOf,
  daysBetween,
  daysOfMonth,
  dayStartMs,
  formatInstant,
  monthEndMs,
  monthOf,
  monthStartMs,
  parseDay,
  parseDuration,
  parseInstant,
  parseMonth,
} from '../../domain/calendar.ts'

const day = (text: string) => text as ChinaDay
const month = (text: string) => text as ChinaMonth
const anInstant = fc.integer({ min: Date.UTC(1992, 0, 2), max: Date.UTC(2199, 11, 30) })

describe('a day in China', () => {
  test.each<[name: string, atMs: number, expected: string]>([
    ['ends at 15:59:59.999Z', Date.UTC(2026, 10, 2, 15, 59, 59, 999), '2026-11-02'],
    ['begins at 16:00:00.000Z', Date.UTC(2026, 10, 2, 16), '2026-11-03'],
    ['has a 29th of February in a leap year', Date.UTC(2028, 1, 28, 16), '2028-02-29'],
    ['turns the year eight hours before UTC', Date.UTC(2026, 11, 31, 16), '2027-01-01'],
  ])('%s', (_name, atMs, expected) => {
    expect(dayOf(atMs)).toBe(expected)
  })

  test('is what the Temporal polyfill says for Asia/Shanghai, and in Urumqi the same', () => {
    fc.assert(
      fc.property(anInstant, (atMs) => {
        const zoned = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO('Asia/Shanghai')
        expect(dayOf(atMs)).toBe(zoned.toPlainDate().toString())
        expect(dayStartMs(dayOf(atMs))).toBe(zoned.startOfDay().epochMilliseconds)
      }),
    )
  })

  test('holds every instant exactly once: days, months and years cover time without a gap', () => {
    fc.assert(
      fc.property(anInstant, (atMs) => {
        const of = dayOf(atMs)
        expect(atMs).toBeGreaterThanOrEqual(dayStartMs(of))
        expect(atMs).toBeLessThan(dayEndMs(of))
        expect(dayStartMs(addDays(of, 1))).toBe(dayEndMs(of))
        expect(dayNumberOf(dayEndMs(of)) - dayNumberOf(atMs)).toBe(1)
        expect(dayNumberOf(dayStartMs(of))).toBe(dayNumberOf(atMs))
        const days = daysOfMonth(monthOf(atMs))
        expect(days).toContain(of)
        expect(monthEndMs(monthOf(atMs)) - monthStartMs(monthOf(atMs))).toBe(days.length * DAY_MS)
        expect(monthEndMs(monthOf(atMs))).toBe(monthStartMs(addMonths(monthOf(atMs), 1)))
      }),
    )
  })

  test.each(['1991-12-31', '2200-01-02'])('%s lies outside the books', (text) => {
    expect(() => dayOf(Date.parse(`${text}T12:00:00+08:00`))).toThrow(RangeError)
    expect(parseDay(text)).toBeUndefined()
  })

  test('cannot be asked of what is no instant', () => {
    expect(() => dayOf(Number.NaN)).toThrow(RangeError)
  })
})

describe('reading dates people write', () => {
  test.each(['2026-02-29', '2008-01-32', '2026-13-01', '2026-1-1', '', '2026-11-02 '])('%j is no day', (text) => {
    expect(parseDay(text)).toBeUndefined()
  })

  test.each(['2026-00', '2026-13', '2026-1', '202611', '1991-12'])('%j is no month', (text) => {
    expect(parseMonth(text)).toBeUndefined()
  })

  test('a real day and a real month are taken as they are', () => {
    expect([parseDay('2028-02-29'), parseMonth('2026-11')]).toEqual(['2028-02-29', '2026-11'])
  })

  test.each<[text: string, atMs: number | undefined]>([
    ['2026-11-02', Date.UTC(2026, 10, 1, 16)],
    ['2026-11-02T12:00', Date.UTC(2026, 10, 2, 4)],
    ['2026-11-02T12:00:05', Date.UTC(2026, 10, 2, 4, 0, 5)],
    ['2026-11-02T12:00:05+08:00', Date.UTC(2026, 10, 2, 4, 0, 5)],
    ['2026-11-02T04:00:05.250Z', Date.UTC(2026, 10, 2, 4, 0, 5, 250)],
    ['2026-02-29T12:00', undefined],
    ['2026-11-02T23:59:60Z', undefined],
    ['yesterday', undefined],
  ])('[D5] the instant %j', (text, atMs) => {
    expect(parseInstant(text)).toBe(atMs)
  })

  test('an instant is printed as China reads it, and read back', () => {
    expect(formatInstant(Date.UTC(2026, 10, 2, 16))).toBe('2026-11-03 00:00:00')
    fc.assert(
      fc.property(anInstant, (atMs) => {
        expect(parseInstant(formatInstant(atMs).replace(' ', 'T'))).toBe(Math.floor(atMs / 1_000) * 1_000)
      }),
    )
  })

  test.each<[text: string, ms: number | undefined]>([
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
    ['0m', undefined],
    ['5', undefined],
    ['5 m', undefined],
  ])('the duration %j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })
})

describe('counting in the calendar', () => {
  test.each<[from: string, count: number, to: string]>([
    ['2026-01', -1, '2025-12'],
    ['2026-11', 2, '2027-01'],
    ['2026-11', 0, '2026-11'],
    ['2026-11', -23, '2024-12'],
  ])('%s and %i months is %s', (from, count, to) => {
    expect(addMonths(month(from), count)).toBe(to)
  })

  test('between a day and an earlier one there is none', () => {
    expect(daysBetween(day('2026-11-02'), day('2026-11-01'))).toEqual([])
    expect(daysBetween(day('2026-10-31'), day('2026-11-01'))).toEqual(['2026-10-31', '2026-11-01'])
  })
})
