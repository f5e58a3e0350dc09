import { describe, expect, test } from 'vitest'
import { labourShare, wageCover } from '../../domain/policy.ts'
import { aDueRule } from '../settlement.ts'

describe('the labour share', () => {
  test.each([
    ['holds at the minimum', 10_000, 6_000, { minimumFen: 6_000, shareBp: 6_000, holds: true }],
    ['fails a fen below it', 10_000, 5_999, { minimumFen: 6_000, shareBp: 5_999, holds: false }],
    ['fails below it also where it shows as reached', 1_000_000, 599_999, { minimumFen: 600_000, shareBp: 6_000, holds: false }],
    ['demands nothing of nothing', 0, 0, { minimumFen: 0, shareBp: null, holds: true }],
    ['demands nothing of a loss', -10_000, 0, { minimumFen: 0, shareBp: null, holds: true }],
  ])('%s', (_, baseFen, labourFen, found) => {
    expect(labourShare({ baseFen, labourFen, minimumBp: 6_000 })).toEqual(found)
  })

  test('is never of a fraction of a fen', () => {
    expect(() => labourShare({ baseFen: 0.5, labourFen: 0, minimumBp: 6_000 })).toThrow(RangeError)
  })
})

describe('the wages', () => {
  const lines = [
    { kind: 'benchmark', energyWh: 1_000, amountFen: 700 },
    { kind: 'other', energyWh: 1_000, amountFen: 100 },
    { kind: 'subsidy', energyWh: 1_000, amountFen: 900 },
    { kind: 'land_rent', amountFen: -50 },
    // Both an income and a deduction can be of this kind.
    { kind: 'other', amountFen: -30 },
  ] as const

  test.each([
    [800, { arrivesFen: 800, shortFen: 0, holds: true }],
    [801, { arrivesFen: 800, shortFen: 1, holds: false }],
    [0, { arrivesFen: 800, shortFen: 0, holds: true }],
  ])('of %i fen are met by what arrives within the year, the subsidy not counted', (wagesFen, found) => {
    expect(wageCover({ lines, year: 2026, rules: [aDueRule()], wagesFen })).toEqual(found)
  })

  test.each([
    ['all of it without a rule', [], 1_700],
    ['the subsidy too, where it is due within its own year', [aDueRule({ yearsLater: 0 })], 1_700],
    ['the subsidy too in a year before the rule', [aDueRule({ fromYear: 2027 })], 1_700],
    ['by the rule that began last', [aDueRule({ yearsLater: 0 }), aDueRule({ fromYear: 2026 })], 800],
    ['farming rent as well, which carries no energy', [aDueRule()], 850, { kind: 'farming', amountFen: 50 }],
  ] as const)('are met by %s', (_, rules, arrivesFen, more?: { kind: 'farming'; amountFen: number }) => {
    expect(wageCover({ lines: more ? [...lines, more] : lines, year: 2026, rules, wagesFen: 0 }).arrivesFen).toBe(arrivesFen)
  })

  test('are short of all without income', () => {
    expect(wageCover({ lines: [], year: 2026, rules: [], wagesFen: 5 })).toEqual({ arrivesFen: 0, shortFen: 5, holds: false })
  })
})
