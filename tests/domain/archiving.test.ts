import { expect, test } from 'vitest'
import { isArchivedLate, lastDayToArchive } from '../../domain/archiving.ts'
import type { ChinaDay } from '../../domain/calendar.ts'

const at = (instant: string): number => Date.parse(`${instant}+08:00`)

test.each([
  ['2026-11-15T23:59', '2026-09-30'],
  ['2026-11-16T00:00', '2026-10-01'],
  ['2026-01-10T12:00', '2025-11-25'],
])('at %s in China the last day to be archived is %s: 45 days lie between', (instant, day) => {
  expect(lastDayToArchive(at(instant))).toBe(day)
})

test.each([
  ['2026-08-31', true],
  ['2026-09-01', false],
  ['2026-09-02', false],
])('on 30 November the day %s is archived late: %s', (day, late) => {
  expect(isArchivedLate(day as ChinaDay, at('2026-11-30T00:00'))).toBe(late)
  expect(isArchivedLate(day as ChinaDay, at('2026-11-30T23:59'))).toBe(late)
})
