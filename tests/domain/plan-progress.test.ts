import { describe, expect, test } from 'vitest'
import { addDays, type ChinaMonth } from '../../domain/calendar.ts'
import { monthlyShape, planProgress } from '../../domain/plan-progress.ts'
import { day } from '../registry.ts'

const month = (of: number, year = 2026) => `${year}-${String(of).padStart(2, '0')}` as ChinaMonth
const settledMonths = (count: number, grossFen: number) =>
  Array.from({ length: count }, (_, at) => ({ month: month(at + 1), grossFen }))
const given = {
  year: 2026,
  plannedFenPerYear: 22_000_000,
  settled: settledMonths(12, 2_000_000),
  inServiceFrom: day('2016-11-20'),
  shape: null,
}
/** Every day of a year, each month with a yield of its own. */
const daysOf = (yieldOf: (monthNumber: number) => number | null, count = 365) =>
  Array.from({ length: count }, (_, at) => addDays(day('2025-01-01'), at)).map((on) => ({
    day: on,
    medianWhPerKwDc: yieldOf(Number(on.slice(5, 7))),
  }))

describe('the months of a county', () => {
  test('are the sums of its median days, a month with gaps filled up by its mean', () => {
    const shape = monthlyShape(
      daysOf((of) => of * 100),
      2026,
    )
    expect(shape).toEqual([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].map((days, at) => days * (at + 1) * 100))
    const gaps = daysOf((of) => of * 100).map((each) =>
      each.day > '2025-02-20' && each.day < '2025-03-01' ? { ...each, medianWhPerKwDc: null } : each,
    )
    expect(monthlyShape(gaps, 2026)).toEqual(shape)
  })

  test('are not known when one is not, well enough, or nothing was made', () => {
    expect(
      monthlyShape(
        daysOf((of) => (of === 6 ? null : 4_000)),
        2026,
      ),
    ).toBeNull()
    expect(
      monthlyShape(
        daysOf(() => 4_000, 334 + 19),
        2026,
      ),
    ).toBeNull()
    expect(
      monthlyShape(
        daysOf(() => 4_000, 334 + 20),
        2026,
      ),
    ).not.toBeNull()
    expect(
      monthlyShape(
        daysOf(() => 0),
        2026,
      ),
    ).toBeNull()
    expect(monthlyShape([], 2026)).toBeNull()
    expect(
      monthlyShape(
        daysOf(() => 4_000),
        2025,
      ),
    ).toBeNull()
  })
})

describe('a year beside its plan', () => {
  test('of twelve settled months is the whole plan', () => {
    expect(planProgress(given)).toEqual({
      plannedFenPerYear: 22_000_000,
      plannedFen: 22_000_000,
      actualFen: 24_000_000,
      fulfilmentBp: 10_909,
      by: 'days',
      months: 12,
    })
  })

  test('goes by days where the county’s months are not known: 31 of 365', () => {
    expect(planProgress({ ...given, settled: settledMonths(1, 1_000_000) })).toMatchObject({
      plannedFen: Math.round((22_000_000 * 31) / 365),
      actualFen: 1_000_000,
      by: 'days',
    })
    const leap = { ...given, year: 2024, settled: [{ month: month(2, 2024), grossFen: 0 }] }
    expect(planProgress(leap).plannedFen).toBe(Math.round((22_000_000 * 29) / 366))
  })

  test('goes by the county’s own months: a dark January is no shortfall', () => {
    const shape = [1, 1, 2, 3, 4, 4, 4, 4, 3, 2, 1, 1].map((part) => part * 1_000)
    const told = planProgress({ ...given, shape, settled: settledMonths(1, 733_333) })
    expect(told).toMatchObject({ plannedFen: 733_333, fulfilmentBp: 10_000, by: 'months', months: 1 })
    expect(planProgress({ ...given, shape }).plannedFen).toBe(22_000_000)
  })

  test('expects of a month only its days in service', () => {
    const begun = { ...given, inServiceFrom: day('2026-01-17'), settled: settledMonths(1, 0) }
    expect(planProgress(begun).plannedFen).toBe(Math.round((22_000_000 * 15) / 365))
    const shape = Array.from({ length: 12 }, () => 3_100)
    expect(planProgress({ ...begun, shape }).plannedFen).toBe(Math.round((22_000_000 * 1_500) / (12 * 3_100)))
  })

  test('says nothing of a ratio without a month or without a plan', () => {
    expect(planProgress({ ...given, settled: [] })).toMatchObject({ plannedFen: 0, actualFen: 0, fulfilmentBp: null, months: 0 })
    expect(planProgress({ ...given, plannedFenPerYear: 0 })).toMatchObject({ plannedFen: 0, fulfilmentBp: null })
  })
})
