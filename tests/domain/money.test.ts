import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  fenOfMonth,
  formatYuan,
  incomeFen,
  minimumFenOf,
  rateFen,
  ratioBp,
  shareByLargestRemainder,
  sliceFen,
  timesRatio,
  type Weighted,
} from '../../domain/money.ts'
import { checkDivision } from '../villages/arithmetic.ts'

const MAX = Number.MAX_SAFE_INTEGER
const named = (weights: readonly number[]): Weighted[] => weights.map((weight, at) => ({ id: `h${at + 1}`, weight }))
const partsOf = (total: number, shares: readonly Weighted[]): number[] => {
  const divided = shareByLargestRemainder({ total, shares })
  return divided.kind === 'shared' ? divided.parts.map(({ part }) => part) : []
}

describe('income', () => {
  test.each([
    ['worked example 11: Lingtai, the benchmark part alone', 236_000_000, 3_078, '72,640.80'],
    ['worked example 11: Lingtai, the whole claim', 236_000_000, 7_500, '177,000.00'],
    ['worked example 21: an inverter offline for three days', 756_000, 8_500, '642.60'],
    ['the rounding of 1,200,656.75548 fen', 31_234_567, 3_844, '12,006.57'],
    ['a half, which goes up', 50_000, 1, '0.01'],
    ['just under a half, which goes down', 49_999, 1, '0.00'],
    ['no energy', 0, 3_844, '0.00'],
    ['a reversal, the exact negative', -50_000, 1, '-0.01'],
    ['a price below zero', 50_000, -1, '-0.01'],
  ])('of %s', (_, energyWh, priceE4YuanPerKwh, yuan) => {
    expect(formatYuan(incomeFen({ energyWh, priceE4YuanPerKwh }))).toBe(yuan)
  })

  test('is exact where a double is not', () => {
    expect(incomeFen({ energyWh: MAX, priceE4YuanPerKwh: 99_999 })).toBe(9_007_109_182_748_444)
  })

  test.each([
    ['a fraction of a Wh', { energyWh: 0.5, priceE4YuanPerKwh: 1 }, 'not a safe integer: 0.5'],
    ['a price that is no number', { energyWh: 1, priceE4YuanPerKwh: Number.NaN }, 'not a safe integer: NaN'],
    ['energy beyond the safe integers', { energyWh: MAX + 1, priceE4YuanPerKwh: 1 }, `not a safe integer: ${MAX + 1}`],
    [
      'a result beyond the safe integers',
      { energyWh: MAX, priceE4YuanPerKwh: 100_001 },
      'beyond the safe integers: 9007289326733538',
    ],
  ])('refuses %s, and names it', (_, input, detail) => {
    expect(() => incomeFen(input)).toThrow(new RangeError(detail))
  })
})

describe('a rate', () => {
  test.each([
    ['a part of a fen, which is rounded', 123_456, 290, '35.80'],
    ['nothing', 0, 290, '0.00'],
    ['half a fen, which goes up', 50, 100, '0.01'],
    ['a negative amount, mirrored', -50, 100, '-0.01'],
  ])('takes %s', (_, amountFen, rateBp, yuan) => {
    expect(formatYuan(rateFen({ amountFen, rateBp }))).toBe(yuan)
  })
})

describe('a minimum', () => {
  test.each([
    ['nothing', 0, 6_000, 0],
    ['a whole number of fen', 10_000, 6_000, 6_000],
    ['a part of a fen, however small', 10_001, 6_000, 6_001],
    ['all of it', 10_001, 10_000, 10_001],
  ])('of %s is rounded up', (_, amountFen, rateBp, fen) => {
    expect(minimumFenOf({ amountFen, rateBp })).toBe(fen)
  })

  test.each([
    ['a loss', -1, 6_000, 'a minimum of less than nothing'],
    ['a negative rate', 1, -1, 'a minimum of less than nothing'],
    ['a fraction', 0.5, 6_000, 'not a safe integer: 0.5'],
  ])('never is of %s', (_, amountFen, rateBp, detail) => {
    expect(() => minimumFenOf({ amountFen, rateBp })).toThrow(new RangeError(detail))
  })

  test('is the least that reaches the rate', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 10_000 }), (amountFen, rateBp) => {
        const fen = BigInt(minimumFenOf({ amountFen, rateBp })) * 10_000n
        const exact = BigInt(amountFen) * BigInt(rateBp)
        expect(fen >= exact && fen - 10_000n < exact).toBe(true)
      }),
    )
  })
})

describe('a ratio', () => {
  test.each([
    ['half up', 1, 8, 1_250],
    ['half a hundredth up', 1, 20_000, 1],
    ['more than the whole', 3, 2, 15_000],
    ['of a loss', -1, 4, -2_500],
    ['of nothing', 1, 0, null],
    ['of less than nothing', 1, -5, null],
  ])('is given in hundredths of a percent: %s', (_, part, of, bp) => {
    expect(ratioBp({ part, of })).toBe(bp)
  })

  test.each([0, -3])('is never applied per %i', (per) => {
    expect(() => timesRatio(1, { times: 1, per })).toThrow(new RangeError(`divided by ${per}`))
  })
})

describe('a yearly amount', () => {
  test('is taken a twelfth a month', () => {
    const taken = [1, 2, 3].map((month) => fenOfMonth({ amountFenPerYear: 100, month }))
    expect(taken).toEqual([8, 8, 9])
  })

  test('sums to itself over twelve months', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (amountFenPerYear) => {
        const months = Array.from({ length: 12 }, (_, at) => BigInt(fenOfMonth({ amountFenPerYear, month: at + 1 })))
        expect(months.reduce((sum, fen) => sum + fen, 0n)).toBe(BigInt(amountFenPerYear))
      }),
    )
  })

  test('sums to itself over any slices that meet', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 31 }), fc.integer({ min: 0, max: 31 }), (amountFen, a, b) => {
        const [first, second] = a < b ? [a, b] : [b, a]
        const cuts = [0, first, second, 31]
        const slices = cuts.slice(1).map((to, at) => BigInt(sliceFen(amountFen, { from: cuts[at] ?? 0, to, of: 31 })))
        expect(slices.reduce((sum, fen) => sum + fen, 0n)).toBe(BigInt(amountFen))
      }),
    )
  })
})

describe('a total is shared', () => {
  test.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [15, [80, 8, 12], [12, 1, 2]],
    [5, [0, 7, 3], [0, 4, 1]],
    [-5, [3, 7], [-2, -3]],
    [0, [3, 7], [0, 0]],
    [2, [1, 1, 1, 1, 1], [1, 1, 0, 0, 0]],
  ])('as the golden vector %j by %j says', (total, weights, expected) => {
    expect(partsOf(total, named(weights))).toEqual(expected)
  })

  test('with ties to the smallest id by code units, whatever the order given', () => {
    const shares = ['b', 'a', 'B', '10', '9'].map((id) => ({ id, weight: 1 }))
    expect(partsOf(2, shares)).toEqual([0, 0, 0, 1, 1])
    expect(partsOf(3, shares)).toEqual([0, 0, 1, 1, 1])
  })

  test.each([
    ['there are no shares', []],
    ['every weight is zero', named([0, 0])],
  ])('with nobody when %s', (_, shares) => {
    expect(shareByLargestRemainder({ total: 100, shares })).toEqual({ kind: 'no_weight' })
  })

  test.each([
    ['a total with a fraction', 0.5, named([1]), 'not a safe integer: 0.5'],
    ['a total beyond the safe integers', MAX + 1, named([1]), `not a safe integer: ${MAX + 1}`],
    ['a negative weight', 1, named([2, -1]), 'negative weight of h2'],
    ['a weight with a fraction', 1, named([187.2]), 'not a safe integer: 187.2'],
    ['two shares with one id', 1, [...named([1]), ...named([1])], 'two shares with one id'],
  ])('never for %s', (_, total, shares, detail) => {
    expect(() => shareByLargestRemainder({ total, shares })).toThrow(new RangeError(detail))
  })

  const weights = fc
    .array(fc.oneof(fc.nat(20), fc.maxSafeNat()), { minLength: 1, maxLength: 40 })
    .filter((each) => each.some((weight) => weight > 0))
  const totals = fc.oneof(fc.integer({ min: -100, max: 100 }), fc.maxSafeInteger())
  const exact = (total: number, each: readonly number[]) => partsOf(total, named(each)).map(BigInt)

  test('invariant 11: so that the parts sum to it', () => {
    fc.assert(
      fc.property(totals, weights, (total, each) => {
        expect(exact(total, each).reduce((sum, part) => sum + part, 0n)).toBe(BigInt(total))
      }),
    )
  })

  test('invariant 12: so that each part is its quota rounded down or up, and a zero weight has none', () => {
    fc.assert(
      fc.property(totals, weights, (total, each) => {
        const weightSum = each.reduce((sum, weight) => sum + BigInt(weight), 0n)
        for (const [at, part] of exact(total, each).entries()) {
          const size = part < 0n ? -part : part
          const product = BigInt(Math.abs(total)) * BigInt(each[at] ?? 0)
          expect(size === product / weightSum || (size === product / weightSum + 1n && product % weightSum > 0n)).toBe(true)
        }
      }),
    )
  })

  test('invariant 12: so that the odd ones go to the largest remainders, however large the numbers are', () => {
    const large = fc.array(fc.oneof(fc.nat(9), fc.maxSafeNat()), { minLength: 2, maxLength: 9 })
    fc.assert(
      fc.property(totals, large, (total, each) => {
        fc.pre(each.some((weight) => weight > 0))
        const broken: string[] = []
        const parts = partsOf(total, named(each)).map((part, at) => ({ weight: each[at] ?? 0, part }))
        checkDivision((what) => void broken.push(what), total, parts)
        expect(broken).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('invariant 12: so that a negative total mirrors the positive one', () => {
    fc.assert(
      fc.property(totals, weights, (total, each) => {
        expect(exact(-total, each)).toEqual(exact(total, each).map((part) => -part))
      }),
    )
  })

  test('invariant 13: whatever the order of the shares', () => {
    fc.assert(
      fc.property(totals, weights, fc.infiniteStream(fc.nat()), (total, each, noise) => {
        const shares = named(each)
        const shuffled = shares
          .map((share) => ({ share, rank: Number(noise.next().value) }))
          .toSorted((a, b) => a.rank - b.rank)
          .map(({ share }) => share)
        const byId = (order: readonly Weighted[]) => new Map(order.map(({ id }, at) => [id, partsOf(total, order)[at]]))
        expect(byId(shuffled)).toEqual(byId(shares))
      }),
    )
  })

  test('invariant 13: alike for equal weights to a fen, never less for a greater one, the same for scaled ones', () => {
    const small = fc.array(fc.nat(1_000), { minLength: 2, maxLength: 20 }).filter((each) => each.some((weight) => weight > 0))
    fc.assert(
      fc.property(fc.nat(1_000_000), small, fc.integer({ min: 1, max: 9 }), (total, each, scale) => {
        const parts = partsOf(total, named(each))
        const ascending = each.map((weight, at) => ({ weight, part: parts[at] ?? 0 })).toSorted((a, b) => a.weight - b.weight)
        for (const [at, { weight, part }] of ascending.slice(1).entries()) {
          const lighter = ascending[at] ?? { weight: 0, part: 0 }
          if (weight > lighter.weight) expect(part).toBeGreaterThanOrEqual(lighter.part)
          else expect(Math.abs(part - lighter.part)).toBeLessThanOrEqual(1)
        }
        expect(partsOf(total, named(each.map((weight) => weight * scale)))).toEqual(parts)
      }),
    )
  })
})

describe('yuan', () => {
  test.each([
    [9_827_000, '98,270.00'],
    [0, '0.00'],
    [5, '0.05'],
    [-5, '-0.05'],
    [99_999, '999.99'],
    [100_000, '1,000.00'],
    [-123_456_789, '-1,234,567.89'],
    [MAX, '90,071,992,547,409.91'],
  ])('are written with two decimals and thousands apart: %i', (fen, text) => {
    expect(formatYuan(fen)).toBe(text)
  })

  test('are never written of a fraction of a fen', () => {
    expect(() => formatYuan(0.1)).toThrow(RangeError)
  })
})
