import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS, LIMIT_RANGES, performanceLimitsSchema } from '../../domain/performance-limits.ts'

describe('limits of a county', () => {
  test('are the platform’s own where it sets none', () => {
    expect(performanceLimitsSchema.parse({ degradedBp: 6_500 })).toEqual({ ...DEFAULT_LIMITS, degradedBp: 6_500 })
    expect(DEFAULT_LIMITS).toMatchObject({ peersMin: 5, degradedBp: 7_000, degradedDays: 3, yieldBp: [9_000, 8_000, 6_000] })
  })

  test.each<[string, object]>([
    ['a name nobody knows', { peers: 5 }],
    ['two peers', { peersMin: 2 }],
    ['a fraction', { degradedBp: 6_500.5 }],
    ['a grade easier to get than the one below it', { yieldBp: [8_000, 9_000, 6_000] }],
    ['a C easier than D', { yieldBp: [9_000, 8_000, 8_001] }],
    ['more findings for a better grade', { findingDaysPercent: [20, 10, 30] }],
    ['fewer findings for the last', { findingDaysPercent: [5, 10, 9] }],
    ['two limits for three grades', { coveragePermille: [950, 850] }],
    ['more than all the time', { availabilityPermille: [1_001, 950, 900] }],
  ])('are refused with %s', (_what, limits) => expect(performanceLimitsSchema.safeParse(limits).success).toBe(false))
})

describe('what a limit may be', () => {
  test('is said of every one of them', () => {
    expect(Object.keys(LIMIT_RANGES)).toEqual(Object.keys(DEFAULT_LIMITS))
    expect(LIMIT_RANGES).toMatchObject({ peersMin: { min: 3, max: 50 }, yieldBp: { min: 0, max: 10_000 } })
  })

  test.each(Object.entries(LIMIT_RANGES))('of %s is taken at both ends and not beyond', (name, { min, max }) => {
    const isGrade = typeof DEFAULT_LIMITS[name as keyof typeof DEFAULT_LIMITS] !== 'number'
    const takes = (value: number) =>
      performanceLimitsSchema.safeParse({ [name]: isGrade ? [value, value, value] : value }).success
    expect([min - 1, min, max, max + 1].map(takes)).toEqual([false, true, true, false])
  })
})
