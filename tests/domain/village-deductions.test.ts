import { describe, expect, test } from 'vitest'
import type { ChinaMonth } from '../../domain/calendar.ts'
import { type StationStatement, sumFen } from '../../domain/income.ts'
import type { RegionDeduction } from '../../domain/registry.ts'
import { broughtOf, villageDeductions, type VillageTerms } from '../../domain/village-deductions.ts'
import { composeVillageMonth } from '../../domain/village-statement.ts'
import { COUNTY, day, VILLAGE } from '../registry.ts'
import { aRegionDeduction, aVatRule, month } from '../settlement.ts'

const OCTOBER = month('2026-10')

const aStatement = (
  stationId: string,
  amounts: readonly { kind: 'benchmark' | 'farming' | 'land_rent'; amountFen: number }[],
): StationStatement => ({
  stationId,
  countyCode: COUNTY,
  month: OCTOBER,
  version: 1,
  computedAtMs: 1,
  days: [],
  energyWh: 0,
  lines: amounts.map((of) => ({
    ...of,
    stationId,
    from: day('2026-10-01'),
    to: day('2026-10-31'),
    ...(of.kind === 'benchmark' && { energyWh: 1 }),
    document: 'D',
  })),
  grossFen: 0,
  deductionFen: 0,
  netFen: sumFen(amounts),
  provisional: false,
  villages: [
    {
      villageCode: VILLAGE,
      parts: amounts.map(({ amountFen, kind }, line) => ({ line, amountFen, ...(kind === 'benchmark' && { energyWh: 1 }) })),
      netFen: sumFen(amounts),
    },
  ],
})
const statements = [
  aStatement('ZL1', [
    { kind: 'benchmark', amountFen: 900_000 },
    { kind: 'farming', amountFen: 40_000 },
    { kind: 'land_rent', amountFen: -100_000 },
  ]),
  aStatement('KT', [{ kind: 'benchmark', amountFen: 160_000 }]),
]
const brought = broughtOf(VILLAGE, statements, (stationId) => (stationId === 'KT' ? 'joint' : 'village'))

const deducted = (deductions: readonly RegionDeduction[], over: Partial<VillageTerms> = {}, of = OCTOBER) =>
  villageDeductions(of, { deductions, vat: [], brought, earlierSalesFen: new Map<ChinaMonth, number>(), ...over })
const own = (over: Partial<RegionDeduction>) => aRegionDeduction({ regionCode: VILLAGE, ...over })

test('what stations bring a village is its parts, and what it sells is the energy of its own stations', () => {
  expect(brought).toEqual({ netFen: 1_000_000, salesFen: 900_000 })
  expect(broughtOf('341623105999', statements, () => 'village')).toEqual({ netFen: 0, salesFen: 0 })
})

describe('what a village deducts itself', () => {
  test('is a part of a yearly amount or a rate of what its stations bring, by the days it holds', () => {
    expect(
      deducted([own({ kind: 'other', amountFenPerYear: 12 * 31_000, validFrom: day('2026-10-11') }), own({ rateBp: 200 })]),
    ).toStrictEqual([
      {
        kind: 'insurance',
        from: day('2026-10-01'),
        to: day('2026-10-31'),
        rateBp: 200,
        amountFen: -20_000,
        document: '示范统筹〔2016〕1号',
      },
      { kind: 'other', from: day('2026-10-11'), to: day('2026-10-31'), amountFen: -21_000, document: '示范统筹〔2016〕1号' },
    ])
  })

  test.each([
    [
      'ends where the next of its kind begins',
      [own({ rateBp: 310 }), own({ rateBp: 620, validFrom: day('2026-10-31') })],
      [-30_000, -2_000],
    ],
    ['is over', [own({ rateBp: 200, validTo: day('2026-10-01') })], []],
    ['is yet to begin', [own({ rateBp: 200, validFrom: day('2026-11-01') })], []],
  ])('and %s', (_, rows, amounts) => {
    expect(deducted(rows).map(({ amountFen }) => amountFen)).toEqual(amounts)
  })

  test('of nothing is a plain zero, and of a loss gives back', () => {
    const zero = deducted([own({ rateBp: 200 })], { brought: { netFen: 0, salesFen: 0 } })[0]
    expect(Object.is(zero?.amountFen, 0)).toBe(true)
    expect(deducted([own({ rateBp: 200 })], { brought: { netFen: -1_000, salesFen: 0 } })[0]?.amountFen).toBe(20)
  })

  test('stands in its month, whose net is less by it', () => {
    const deductions = deducted([own({ rateBp: 200 })])
    const content = composeVillageMonth({
      villageCode: VILLAGE,
      countyCode: COUNTY,
      month: OCTOBER,
      statements,
      complete: true,
      deductions,
    })
    expect(content).toMatchObject({ netFen: 980_000, deductions })
    expect(
      composeVillageMonth({ villageCode: VILLAGE, countyCode: COUNTY, month: OCTOBER, statements, complete: true }),
    ).not.toHaveProperty('deductions')
  })
})

describe('value-added tax of a village', () => {
  test('is on what its own stations sold, taken after its deductions', () => {
    const found = deducted([own({ rateBp: 200 })], { vat: [aVatRule({ exemptUpToFen: 899_999 })] })
    // 9,000.00 - 9,000.00 / 1.01
    expect(found.at(-1)).toStrictEqual({
      kind: 'tax',
      from: day('2026-10-01'),
      to: day('2026-10-31'),
      vatBp: 100,
      amountFen: -8_911,
      document: '财政部 税务总局公告2023年第19号',
    })
    expect(found).toHaveLength(2)
  })

  test('is none up to the threshold, and none by the rules of joint stations', () => {
    expect(
      deducted([], { vat: [aVatRule({ exemptUpToFen: 900_000 }), aVatRule({ stationKind: 'joint', exemptUpToFen: 0 })] }),
    ).toEqual([])
  })

  test('by the quarter is due with its last month alone', () => {
    const vat = [aVatRule({ per: 'quarter', exemptUpToFen: 1_000_000 })]
    const earlierSalesFen = new Map([
      [month('2026-10'), 60_000],
      [month('2026-11'), 50_000],
    ])
    expect(deducted([], { vat, earlierSalesFen }, month('2026-11'))).toEqual([])
    // 10,100.00 at 1 %, tax included
    expect(deducted([], { vat, earlierSalesFen }, month('2026-12')).map(({ amountFen }) => amountFen)).toEqual([-10_000])
  })
})
