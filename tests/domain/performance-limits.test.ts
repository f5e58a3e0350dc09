import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS, performanceLimitsSchema } from '../../domain/performance-limits.ts'

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
