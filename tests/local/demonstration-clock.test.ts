import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, formatInstant } from '../../domain/calendar.ts'
import { demonstrationShiftMs } from '../../local/cli/demonstration-clock.ts'

const clockAt = (text: string, shiftMs = 0): string => {
  const nowMs = Date.parse(`${text}+08:00`)
  return formatInstant(nowMs + demonstrationShiftMs({ nowMs, shiftMs }))
}

describe("the demonstration's clock", () => {
  test.each<[name: string, real: string, shown: string]>([
    ['is the real one at noon', '2026-11-22T12:00', '2026-11-22 12:00:00'],
    ['is put forward to the morning before dawn', '2026-11-22T03:00', '2026-11-22 09:30:00'],
    ['is put forward to the next morning in the evening', '2026-11-22T19:05', '2026-11-23 09:30:00'],
    ['does not begin in the last hour of daylight', '2026-11-22T15:40', '2026-11-23 09:30:00'],
    ['is the real one late on a summer afternoon', '2026-06-21T17:00', '2026-06-21 17:00:00'],
  ])('%s', (_name, real, shown) => {
    expect(clockAt(real)).toBe(shown)
  })

  test('goes on where it stood when it is still day there', () => {
    expect(clockAt('2026-11-22T23:00', 14 * 3_600_000)).toBe('2026-11-23 13:00:00')
  })

  test('never goes back, and never more than a day forward at once', () => {
    const instant = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2028, 0, 1) })
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: 30 * DAY_MS }), (nowMs, shiftMs) => {
        const ahead = demonstrationShiftMs({ nowMs, shiftMs }) - shiftMs
        expect(ahead).toBeGreaterThanOrEqual(0)
        expect(ahead).toBeLessThanOrEqual(DAY_MS)
      }),
    )
  })
})
