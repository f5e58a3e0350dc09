import { describe, expect, test } from 'vitest'
import { minimumFenOf, incomeFen, formatYuan, fenOfMonth, shareByLargestRemainder } from '../../domain/money.ts'
import { overdueOf, villageAccount } from '../../domain/receipt-account.ts'
import { ledgerOf } from '../../domain/receipt-ledger.ts'
import { labourShare } from '../../domain/policy.ts'
import type { MoneyRecord } from '../../domain/receipt.ts'
import { type VatRule, vatOf } from '../../domain/vat.ts'
import { fenPerKw } from '../../domain/yield.ts'
import { aPayment, aReceipt, aTransfer, anItem } from '../receipts.ts'
import { VILLAGE } from '../registry.ts'
import { dayNamed as day } from './sunny.ts'
import { aDueRule, aVatRule } from '../settlement.ts'

/** What was published about money that arrived and money that had not yet, and tax, computed by hand beforehand. */

const monthsOf = (year: number): string[] => Array.from({ length: 12 }, (_, at) => `${year}-${String(at + 1).padStart(2, '0')}`)

describe('worked example 9: the cash trap of a village station', () => {
  const BENCHMARK_FEN = 7_915_565
  const SUBSIDY_FEN = 9_587_635
  const WAGES_FEN = 10_200_000
  const items = monthsOf(2025).flatMap((of, at) => [
    anItem({ month: of, accruedFen: fenOfMonth({ amountFenPerYear: BENCHMARK_FEN, month: at + 1 }) }),
    anItem({ month: of, stream: 'subsidy', accruedFen: fenOfMonth({ amountFenPerYear: SUBSIDY_FEN, month: at + 1 }) }),
  ])
  const quarterly = [3, 6, 9, 12].flatMap((last, at) => {
    const amountFen = [1, 2, 3].reduce(
      (sum, back) => sum + fenOfMonth({ amountFenPerYear: BENCHMARK_FEN, month: last - back + 1 }),
      0,
    )
    const on = `2025-${String(last).padStart(2, '0')}-28`
    const toMonth = on.slice(0, 7)
    return [aReceipt({ recordId: `R${at}`, on, amountFen, toMonth }), aTransfer({ recordId: `T${at}`, on, amountFen, toMonth })]
  })
  const asOf = (text: string, records: readonly MoneyRecord[] = quarterly) =>
    villageAccount(VILLAGE, { ledger: ledgerOf(items, records, day(text)), records, asOf: day(text) })

  test('of 175,032.00 earned in the year 79,155.65 arrives in it: 22,844.35 short of 17 posts’ wages', () => {
    const account = asOf('2025-12-31')
    expect([account.accruedFen, account.cashFen, account.subsidy.awaitedFen].map(formatYuan)).toEqual([
      '175,032.00',
      '79,155.65',
      '95,876.35',
    ])
    expect(formatYuan(WAGES_FEN - account.cashFen)).toBe('22,844.35')
  })

  test('the subsidy is overdue from 1 April, and not before', () => {
    const late = (text: string) =>
      overdueOf(ledgerOf(items, quarterly, day(text)).items, day(text), [aDueRule()]).map(({ awaitedFen }) =>
        formatYuan(awaitedFen),
      )
    expect(late('2026-03-31')).toEqual([])
    expect(late('2026-04-01')).toEqual(['95,876.35'])
  })

  test('once the lump is passed on in full the wages are covered and everything is settled', () => {
    const lump = aReceipt({ recordId: 'S', on: '2026-03-20', stream: 'subsidy', amountFen: SUBSIDY_FEN, toMonth: '2025-12' })
    const passed = aTransfer({ recordId: 'U', on: '2026-03-25', amountFen: SUBSIDY_FEN, toMonth: '2025-12' })
    const wages = aPayment({ on: '2026-03-31', lines: [{ lineId: 'L1', amountFen: WAGES_FEN }] })
    const account = asOf('2026-04-01', [...quarterly, lump, passed, wages])
    expect(account).toMatchObject({ awaitedFen: 0, heldFen: 0, cashFen: BENCHMARK_FEN + SUBSIDY_FEN, advancedFen: 0 })
    expect(formatYuan(account.balanceFen)).toBe('73,032.00')
  })
})

describe('worked example 10: value-added tax on 175,032.00 yuan', () => {
  const GROSS_FEN = 17_503_200
  const always = (rateBp: number): VatRule => ({
    validFrom: day('2016-01-01'),
    per: 'month',
    exemptUpToFen: 0,
    rateBp,
    document: '示范',
  })
  const taxed = (rules: readonly VatRule[], salesFen = GROSS_FEN) => {
    const vat = vatOf(GROSS_FEN, { salesFen, day: day('2026-06-30'), rules })
    return vat.kind === 'no_rule' ? vat : [vat.kind, formatYuan(vat.taxFen), formatYuan(vat.netFen)]
  }

  test('a month’s 14,586.00 on average is exempt for a small-scale taxpayer', () => {
    expect(formatYuan(GROSS_FEN / 12)).toBe('14,586.00')
    expect(taxed([aVatRule()], GROSS_FEN / 12)).toEqual(['exempt', '0.00', '175,032.00'])
  })

  test('taxed at 1 % it is 1,732.99, net 173,299.01; at 13 % it is 20,136.42', () => {
    expect(taxed([always(100)])).toEqual(['taxed', '1,732.99', '173,299.01'])
    expect(taxed([aVatRule()])).toEqual(['taxed', '1,732.99', '173,299.01'])
    expect(taxed([always(1_300)])).toEqual(['taxed', '20,136.42', '154,895.58'])
  })
})

test('worked example 11: Lingtai earned 177,000.00 and had received 73,000.00: 0.3093 yuan a kWh, and 104,000.00 still receivable', () => {
  const ENERGY_WH = 236_000_000
  const [benchmarkFen, wholeFen] = [3_078, 7_500].map((priceE4YuanPerKwh) =>
    incomeFen({ energyWh: ENERGY_WH, priceE4YuanPerKwh }),
  )
  expect([benchmarkFen, wholeFen].map((fen) => formatYuan(fen ?? 0))).toEqual(['72,640.80', '177,000.00'])
  // What had come was 359.20 yuan more than the benchmark part at 0.3078: it stands as an advance until something is due for it.
  const items = [
    anItem({ month: '2019-12', accruedFen: benchmarkFen ?? 0 }),
    anItem({ month: '2019-12', stream: 'subsidy', accruedFen: (wholeFen ?? 0) - (benchmarkFen ?? 0) }),
  ]
  const records = [
    aReceipt({ on: '2020-01-10', amountFen: 7_300_000, toMonth: '2019-12' }),
    aTransfer({ on: '2020-01-15', amountFen: 7_300_000, toMonth: '2019-12' }),
  ]
  const asOf = day('2020-02-01')
  const account = villageAccount(VILLAGE, { ledger: ledgerOf(items, records, asOf), records, asOf })
  expect(formatYuan(account.accruedFen)).toBe('177,000.00')
  expect(formatYuan(account.cashFen)).toBe('73,000.00')
  expect(formatYuan(account.accruedFen - account.cashFen)).toBe('104,000.00')
  expect(formatYuan(account.subsidy.awaitedFen)).toBe('104,359.20')
  expect(formatYuan(account.advancedFen)).toBe('359.20')
  expect(Math.round((7_300_000 / 100 / 236_000) * 10_000)).toBe(3_093)
  // The split of what came, first by 70/20/10, and 45/55 of what was left from June 2019 on.
  expect([23_000, 41_000, 9_000].reduce((sum, part) => sum + part)).toBe(73_000)
  expect(
    shareByLargestRemainder({
      total: 6_400_000,
      shares: [
        { id: 'collective', weight: 45 },
        { id: 'work', weight: 55 },
      ],
    }),
  ).toMatchObject({ parts: [{ part: 2_880_000 }, { part: 3_520_000 }] })
})

test('worked example 16: Louxi, 154 kW, 124,700 yuan in ten months → 809.74 a kW, and 67,620.00 for posts of 112,700 net', () => {
  const received = monthsOf(2022).slice(0, 10)
  const records = received.map((of, at) => aTransfer({ recordId: `T${at}`, on: `${of}-28`, amountFen: 1_247_000, toMonth: of }))
  const asOf = day('2022-10-31')
  const { cashFen } = villageAccount(VILLAGE, { ledger: ledgerOf([], records, asOf), records, asOf })
  expect(formatYuan(cashFen)).toBe('124,700.00')
  expect(fenPerKw({ amountFen: cashFen, dcCapacityW: 154_000 })).toBe(80_974)
  expect(fenPerKw({ amountFen: (cashFen / 10) * 12, dcCapacityW: 154_000 })).toBe(97_169)
  const netFen = cashFen - 1_200_000
  expect(formatYuan(minimumFenOf({ amountFen: netFen, rateBp: 6_000 }))).toBe('67,620.00')
  expect(labourShare({ baseFen: netFen, labourFen: 6_762_000, minimumBp: 6_000 })).toMatchObject({ holds: true, shareBp: 6_000 })
  expect(labourShare({ baseFen: netFen, labourFen: 6_761_999, minimumBp: 6_000 }).holds).toBe(false)
})
