import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Fraction, fraction, plus, sum } from '../../domain/fraction.ts'
import { shareByLargestRemainder } from '../../domain/money.ts'
import { changeVillages, partsOf, setOn, shareRows, type VillageShare, weigh } from '../../domain/share-set.ts'
import { dayNamed as day } from './sunny.ts'
import { aShare } from '../settlement.ts'

const of = (numerator: number, denominator: number): Fraction => ({
  numerator: BigInt(numerator),
  denominator: BigInt(denominator),
})
const code = (at: number): string => String(341623105200 + at)
const times = <Of>(count: number, value: Of): Of[] => Array.from({ length: count }, () => value)
const villages = (shares: readonly Fraction[]): VillageShare[] => shares.map((share, at) => ({ villageCode: code(at), share }))
const ONE = fraction(1n, 1n)

describe('parts', () => {
  test('of 58 villages at 1.5625 % are 90.625 %: 9.375 % is missing, and named', () => {
    expect(weigh(times(58, of(15_625, 1_000_000)))).toEqual({ kind: 'gap', detail: '90.625 %: 9.375 % is missing' })
  })

  test('of 64 villages at 1.5625 % are the whole', () => {
    expect(weigh(times(64, of(15_625, 1_000_000)))).toEqual({
      kind: 'weighed',
      weights: times(64, 15_625),
      weightTotal: 1_000_000,
    })
  })

  test.each([
    ['0.5714 % of 175 villages', times(175, of(5714, 1_000_000)), '99.995 %: 0.005 % is missing'],
    ['0.5715 % of 175 villages', times(175, of(5715, 1_000_000)), '100.0125 %: 0.0125 % is too much'],
    ['a third and a half', [of(1, 3), of(1, 2)], '5/6: 1/6 is missing'],
    ['two thirds and a half', [of(2, 3), of(1, 2)], '7/6: 1/6 is too much'],
    ['nobody', [], '0 %: 100 % is missing'],
    ['weights of nothing', [of(0, 5)], '0 %: 100 % is missing'],
  ])('of %s are refused with the exact gap', (_, shares, detail) => {
    expect(weigh(shares)).toEqual({ kind: 'gap', detail })
  })

  test('of different denominators get one total, the least there is', () => {
    expect(weigh([of(1, 2), of(1, 3), of(1, 6)])).toEqual({ kind: 'weighed', weights: [3, 2, 1], weightTotal: 6 })
  })

  test('too fine for a total of whole weights say so, also when there are very many', () => {
    expect(weigh([of(1, 2 ** 52), of(1, 3)])).toEqual({ kind: 'too_fine' })
    expect(weigh([of(1, Number.MAX_SAFE_INTEGER), of(Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER)])).toMatchObject({
      kind: 'weighed',
    })
    expect(weigh(Array.from({ length: 50_000 }, (_, at) => of(1, 1_000_003 + at)))).toEqual({ kind: 'too_fine' })
  })

  test('are weighed exactly when they sum to one, and the weights then sum to the total', () => {
    const parts = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(parts, fc.integer({ min: -1, max: 1 }), (weights, off) => {
        const total = weights.reduce((all, weight) => all + weight, 0) + off
        if (total <= 0) return
        const weighed = weigh(weights.map((weight) => of(weight, total)))
        expect(weighed.kind).toBe(off === 0 ? 'weighed' : 'gap')
        if (weighed.kind !== 'weighed') return
        expect(weighed.weights.reduce((all, weight) => all + weight, 0)).toBe(weighed.weightTotal)
      }),
    )
  })
})

test('175 equal villages divide 3,000,000.00 yuan into 125 x 17,142.86 and 50 x 17,142.85, lowest codes first', () => {
  const rows = shareRows(villages(times(175, of(1, 175))), { stationId: 'KT', validFrom: day('2017-01-15'), document: '示范' })
  if ('refused' in rows) throw new Error(rows.refused)
  const divided = shareByLargestRemainder({
    total: 300_000_000,
    shares: rows.map(({ villageCode: id, weight }) => ({ id, weight })),
  })
  if (divided.kind !== 'shared') throw new Error(divided.kind)
  expect(divided.parts.map(({ part }) => part)).toEqual([...times(125, 1_714_286), ...times(50, 1_714_285)])
  expect(rows[0]).toEqual({
    stationId: 'KT',
    villageCode: code(0),
    validFrom: '2017-01-15',
    weight: 1,
    weightTotal: 175,
    document: '示范',
  })
})

test('parts that are no whole make no rows', () => {
  const from = { stationId: 'KT', validFrom: day('2017-01-15'), document: '示范' }
  expect(shareRows(villages([of(1, 2)]), from)).toEqual({ refused: '50 %: 50 % is missing' })
  expect(shareRows(villages([of(1, 2 ** 52), of(1, 3)]), from)).toEqual({ refused: expect.stringContaining('no common whole') })
})

describe('the set of a day', () => {
  const shares = [
    aShare({ villageCode: code(2), validFrom: day('2020-01-01'), weight: 1 }),
    aShare({ villageCode: code(1), validFrom: day('2020-01-01'), weight: 2 }),
    aShare({ villageCode: code(3), validFrom: day('2020-01-01'), weight: 0 }),
    aShare({ villageCode: code(3), validFrom: day('2021-07-01'), weight: 5 }),
  ]
  test.each([
    ['2019-12-31', []],
    ['2020-01-01', [code(1), code(2)]],
    ['2021-06-30', [code(1), code(2)]],
    ['2021-07-01', [code(3)]],
    ['2030-01-01', [code(3)]],
  ])('%s is the newest that has begun, by code, without those that have no part', (text, codes) => {
    expect(setOn(shares, day(text)).map(({ villageCode }) => villageCode)).toEqual(codes)
  })

  test('has parts that are one', () => {
    expect(partsOf(setOn(shares, day('2020-05-01')))).toEqual([
      { villageCode: code(1), share: fraction(2n, 3n) },
      { villageCode: code(2), share: fraction(1n, 3n) },
    ])
    expect(partsOf([])).toEqual([])
  })
})

describe('villages', () => {
  const four = villages([of(1, 4), of(1, 4), of(1, 3), of(1, 6)])
  const whole = (villageCode: string): VillageShare[] => [{ villageCode, share: of(1, 1) }]

  test('that merge into one of them give it the sum of what they had', () => {
    expect(changeVillages(four, { from: [code(0), code(2)], to: whole(code(0)) })).toEqual({
      kind: 'changed',
      shares: [
        { villageCode: code(0), share: fraction(7n, 12n) },
        { villageCode: code(1), share: of(1, 4) },
        { villageCode: code(3), share: of(1, 6) },
      ],
    })
  })

  test('that merge into one that has a part already leave it its own', () => {
    expect(changeVillages(four, { from: [code(0)], to: whole(code(3)) })).toMatchObject({
      shares: [{ villageCode: code(1) }, { villageCode: code(2) }, { villageCode: code(3), share: fraction(5n, 12n) }],
    })
  })

  test('that divide give their successors exact parts of what they had', () => {
    const to = [
      { villageCode: code(9), share: of(1, 3) },
      { villageCode: code(8), share: of(2, 3) },
    ]
    expect(changeVillages(four, { from: [code(0)], to })).toEqual({
      kind: 'changed',
      shares: [
        { villageCode: code(1), share: of(1, 4) },
        { villageCode: code(2), share: of(1, 3) },
        { villageCode: code(3), share: of(1, 6) },
        { villageCode: code(8), share: of(1, 6) },
        { villageCode: code(9), share: of(1, 12) },
      ],
    })
  })

  test('without a part change nothing', () => {
    expect(changeVillages(four, { from: [code(7)], to: whole(code(0)) })).toEqual({ kind: 'unchanged' })
  })

  test('whose successors get nothing have no part left', () => {
    const to = [
      { villageCode: code(8), share: of(1, 1) },
      { villageCode: code(9), share: of(0, 1) },
    ]
    expect(changeVillages(four, { from: [code(0)], to })).toMatchObject({ shares: { length: 4 } })
  })

  test.each([
    [
      'successors short of one',
      { from: [code(0)], to: [{ villageCode: code(8), share: of(1, 3) }] },
      'The parts of the successors sum to 1/3: 2/3 is missing.',
    ],
    ['one that leaves twice', { from: [code(0), code(0)], to: whole(code(8)) }, 'Name each village once on either side.'],
    [
      'one that succeeds twice',
      {
        from: [code(0)],
        to: [
          { villageCode: code(8), share: of(1, 2) },
          { villageCode: code(8), share: of(1, 2) },
        ],
      },
      'Name each village once on either side.',
    ],
    [
      'parts too fine',
      {
        from: [code(0)],
        to: [
          { villageCode: code(8), share: of(1, 2 ** 52) },
          { villageCode: code(9), share: of(1, 3) },
        ],
      },
      expect.stringContaining('no common whole'),
    ],
  ])('are refused with %s', (_, change, detail) => {
    expect(changeVillages(four, change)).toEqual({ kind: 'refused', detail })
  })

  test('however they merge and divide, the parts stay one, and whoever is not named keeps its own', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 2, maxLength: 20 })
    const change = fc.tuple(
      fc.integer({ min: 1, max: 19 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      fc.nat(25),
    )
    fc.assert(
      fc.property(weights, change, (parts, [leaving, successors, first]) => {
        const total = parts.reduce((all, weight) => all + weight, 0)
        const set = villages(parts.map((weight) => fraction(BigInt(weight), BigInt(total))))
        const from = set.slice(0, leaving).map(({ villageCode }) => villageCode)
        const all = successors.reduce((sumOf, weight) => sumOf + weight, 0)
        const to = successors.map((weight, at) => ({ villageCode: code(first + at), share: of(weight, all) }))
        const changed = changeVillages(set, { from, to })
        if (changed.kind !== 'changed') throw new Error(changed.kind)
        expect(sum(changed.shares.map(({ share }) => share))).toEqual(ONE)
        const named = new Set([...from, ...to.map(({ villageCode }) => villageCode)])
        for (const held of set.filter(({ villageCode }) => !named.has(villageCode))) expect(changed.shares).toContainEqual(held)
        const gone = set
          .filter(({ villageCode }) => from.includes(villageCode))
          .map(({ share }) => share)
          .reduce(plus)
        const came = changed.shares.filter(
          ({ villageCode }) => !from.includes(villageCode) && !set.some((held) => held.villageCode === villageCode),
        )
        if (to.every(({ villageCode }) => !set.some((held) => held.villageCode === villageCode)))
          expect(sum(came.map(({ share }) => share))).toEqual(gone)
      }),
    )
  })
})
