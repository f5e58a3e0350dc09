import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AGE_LIMITS_DAYS, ageing, leftOf } from '../../domain/receipt-ageing.ts'
import { cashIn, earnedOn, overdueOf, paidFen, receivedFen, villageAccount } from '../../domain/receipt-account.ts'
import type { Item } from '../../domain/receipt-items.ts'
import { ledgerOf } from '../../domain/receipt-ledger.ts'
import type { MoneyRecord } from '../../domain/receipt.ts'
import { aPayment, aReceipt, aReturn, aReversal, aTransfer, anItem, anOpening } from '../receipts.ts'
import { VILLAGE } from '../registry.ts'
import { month, aDueRule } from '../settlement.ts'
import { dayNamed as day } from './sunny.ts'

const OTHER = '341623105221'
const accountOf = (
  items: readonly Item[],
  records: readonly MoneyRecord[],
  asOf = '2026-12-31',
  limitsDays?: readonly number[],
) => {
  const on = day(asOf)
  return villageAccount(VILLAGE, { ledger: ledgerOf(items, records, on), records, asOf: on, ...(limitsDays && { limitsDays }) })
}

describe('money the grid company paid a village itself', () => {
  test('stays the village’s beside a transfer or an opening of the same id', () => {
    const direct = aReceipt({ recordId: 'X1', direct: true, amountFen: 7_000 })
    const transfer = aTransfer({ recordId: 'X1', amountFen: 2_000 })
    const opening = anOpening({ recordId: 'X1', villageFen: 500 })
    expect(accountOf([anItem()], [direct, transfer]).cashFen).toBe(9_000)
    expect(accountOf([anItem()], [direct, opening]).cashFen).toBe(7_500)
  })
})

describe('a village’s row of figures', () => {
  const items = [
    anItem(),
    anItem({ stream: 'subsidy', accruedFen: 12_000 }),
    anItem({ villageCode: OTHER, stationId: 'ZL2', accruedFen: 77_777 }),
  ]
  const records = [
    aReceipt({ amountFen: 9_000 }),
    aTransfer({ kind: 'withholding', recordId: 'A-kept', amountFen: 500 }),
    aTransfer({ amountFen: 8_000 }),
    aTransfer({ placeCode: OTHER, amountFen: 70 }),
    aPayment({
      lines: [
        { lineId: 'L1', amountFen: 5_000 },
        { lineId: 'L2', amountFen: 1_000 },
      ],
    }),
    aReturn({ lines: [{ lineId: 'L2', amountFen: 400 }] }),
  ]

  test('says what was earned, received by the county, passed on, kept, and paid out, the subsidy beside it', () => {
    expect(accountOf(items, records)).toEqual({
      villageCode: VILLAGE,
      accruedFen: 22_000,
      countyFen: 9_000,
      awaitedFen: 13_000,
      withheldFen: 500,
      heldFen: 500,
      villageFen: 8_000,
      cashFen: 8_000,
      advancedFen: 0,
      paidFen: 5_600,
      balanceFen: 2_400,
      subsidy: { accruedFen: 12_000, countyFen: 0, awaitedFen: 12_000, withheldFen: 0, heldFen: 0, villageFen: 0 },
      ages: { awaited: [0, 0, 0, 13_000, 0], held: [0, 0, 0, 500, 0], balance: [0, 0, 0, 2_400, 0] },
    })
  })

  test('as of a day knows nothing later', () => {
    expect(accountOf(items, records, '2026-05-09')).toMatchObject({ cashFen: 8_000, paidFen: 0, balanceFen: 8_000 })
    expect(accountOf(items, records, '2026-05-10')).toMatchObject({ paidFen: 6_000 })
    expect(accountOf(items, records, '2026-04-19')).toMatchObject({ cashFen: 0, countyFen: 9_000, heldFen: 9_000 })
    expect(accountOf(items, records, '2026-01-30')).toMatchObject({ accruedFen: 0, awaitedFen: 0 })
  })

  test('counts an advance as money that arrived, but not as anything due', () => {
    expect(accountOf(items, [aTransfer({ amountFen: 3_000 })])).toMatchObject({
      countyFen: 0,
      villageFen: 0,
      cashFen: 3_000,
      advancedFen: 3_000,
      balanceFen: 3_000,
    })
  })

  test('counts what the grid company paid the village itself, and what it had before the books began', () => {
    const account = accountOf(items, [aReceipt({ direct: true, amountFen: 7_000 }), anOpening()])
    expect(account).toMatchObject({ cashFen: 11_000, villageFen: 11_000, advancedFen: 0 })
    const none = accountOf([], [anOpening({ countyFen: 3_000, villageFen: 0 })])
    expect(none).toMatchObject({ cashFen: 0, countyFen: 3_000, heldFen: 3_000 })
  })

  test('counts whole what it had received before the books began, also where a statement says less was due', () => {
    const stated = anItem({ month: '2019-12', stream: 'subsidy', accruedFen: 3_000 })
    expect(accountOf([stated], [anOpening()])).toMatchObject({ villageFen: 3_000, cashFen: 4_000, advancedFen: 1_000 })
    expect(accountOf([], [anOpening({ on: '2027-01-01' })])).toMatchObject({ accruedFen: 10_000, cashFen: 0 })
  })

  test('leaves out what was reversed', () => {
    const [transfer, payment] = [aTransfer({ amountFen: 8_000 }), aPayment()]
    const all = [aReceipt(), transfer, payment, aReturn()]
    expect(accountOf(items, [...all, aReversal(transfer)])).toMatchObject({ cashFen: 0, villageFen: 0, heldFen: 10_000 })
    expect(accountOf(items, [...all, aReversal(payment)])).toMatchObject({ paidFen: 0, balanceFen: 8_000 })
    expect(accountOf(items, [...all, aReversal(aReturn())])).toMatchObject({ paidFen: 5_000 })
  })

  test('always adds up', () => {
    const fen = fc.integer({ min: 1, max: 50_000 })
    fc.assert(
      fc.property(fen, fen, fen, fen, fc.boolean(), (received, passed, kept, paid, direct) => {
        const account = accountOf(items, [
          aReceipt({ amountFen: received, direct }),
          aTransfer({ amountFen: passed }),
          aTransfer({ kind: 'withholding', recordId: 'A', amountFen: kept }),
          aPayment({ lines: [{ lineId: 'L1', amountFen: paid }] }),
        ])
        const sum = (ages: readonly number[]) => ages.reduce((all, one) => all + one, 0)
        expect(account.accruedFen).toBe(account.countyFen + account.awaitedFen)
        expect(account.countyFen).toBe(account.villageFen + account.withheldFen + account.heldFen)
        expect(account.cashFen).toBe(account.villageFen + account.advancedFen)
        expect(account.cashFen).toBe(account.paidFen + account.balanceFen)
        expect(sum(account.ages.awaited)).toBe(account.awaitedFen)
        expect(sum(account.ages.held)).toBe(account.heldFen)
        expect(sum(account.ages.balance)).toBe(Math.max(0, account.balanceFen))
      }),
    )
  })
})

describe('what a village received', () => {
  const records = [
    aTransfer({ recordId: 'T1', on: '2026-03-31', amountFen: 100 }),
    aTransfer({ recordId: 'T2', on: '2026-04-01', amountFen: 20 }),
    aTransfer({ recordId: 'T3', on: '2026-04-30', amountFen: 3 }),
    aTransfer({ recordId: 'T4', on: '2026-05-01', amountFen: 4_000 }),
    aTransfer({ recordId: 'T5', on: '2026-04-15', amountFen: 50_000, placeCode: OTHER }),
    aTransfer({ recordId: 'T6', on: '2026-04-15', amountFen: 60_000, kind: 'withholding' }),
  ]
  const asOf = day('2026-12-31')
  const cash = cashIn(VILLAGE, records, ledgerOf([], records, asOf), asOf)

  test.each([
    ['2026-04-01', '2026-04-30', 23],
    ['2026-01-01', '2026-12-31', 4_123],
    ['2027-01-01', '2027-12-31', 0],
  ])('from %s to %s is %i fen', (from, to, fen) => {
    expect(receivedFen(cash, { from: day(from), to: day(to) })).toBe(fen)
  })

  test('does not count what arrives after the day asked as of', () => {
    const by = day('2026-04-01')
    expect(cashIn(VILLAGE, records, ledgerOf([], records, by), by).map(({ recordId }) => recordId)).toEqual(['T1', 'T2'])
  })
})

test('what was paid is payments less returns, of the village alone and by the day', () => {
  const records = [
    aPayment(),
    aPayment({ recordId: 'P2', on: '2026-05-11' }),
    aReturn(),
    aPayment({ recordId: 'P3', placeCode: OTHER }),
  ]
  expect(paidFen(VILLAGE, records, day('2026-05-31'))).toBe(5_000)
  expect(paidFen(VILLAGE, records, day('2026-05-10'))).toBe(5_000)
  expect(paidFen(VILLAGE, records, day('2026-05-11'))).toBe(10_000)
  expect(paidFen(VILLAGE, records, day('2026-05-09'))).toBe(0)
})

describe('ageing', () => {
  const asOf = day('2027-01-01')
  test.each([
    ['2027-01-01', 0],
    ['2026-12-02', 0],
    ['2026-12-01', 1],
    ['2026-10-03', 1],
    ['2026-10-02', 2],
    ['2026-07-05', 2],
    ['2026-07-04', 3],
    ['2026-01-01', 3],
    ['2025-12-31', 4],
    ['2009-01-01', 4],
    ['2027-02-01', 0],
  ])('what waits since %s is in class %i', (since, at) => {
    expect(ageing([{ since: day(since), amountFen: 7 }], asOf)).toEqual([0, 1, 2, 3, 4].map((each) => (each === at ? 7 : 0)))
  })

  test('counts by the classes a county sets', () => {
    const waiting = ['2027-01-01', '2026-11-01', '2020-01-01'].map((since) => ({ since: day(since), amountFen: 1 }))
    expect(ageing(waiting, asOf, [60])).toEqual([1, 2])
    expect(ageing(waiting, asOf, [61])).toEqual([2, 1])
    expect(ageing(waiting, asOf, [])).toEqual([3])
    expect(AGE_LIMITS_DAYS).toEqual([30, 90, 180, 365])
    expect(accountOf([anItem()], [], '2026-12-31', [400]).ages.awaited).toEqual([10_000, 0])
  })

  test('of what is left: the first in went first', () => {
    const came = [
      { on: day('2026-03-01'), amountFen: 30 },
      { on: day('2026-01-01'), amountFen: 10 },
      { on: day('2026-02-01'), amountFen: 20 },
    ]
    expect(leftOf(came, 0)).toEqual([
      { since: '2026-01-01', amountFen: 10 },
      { since: '2026-02-01', amountFen: 20 },
      { since: '2026-03-01', amountFen: 30 },
    ])
    expect(leftOf(came, 10)).toHaveLength(2)
    expect(leftOf(came, 15)).toEqual([
      { since: '2026-02-01', amountFen: 15 },
      { since: '2026-03-01', amountFen: 30 },
    ])
    expect(leftOf(came, 60)).toEqual([])
    expect(leftOf(came, 99)).toEqual([])
    const sameDay = [1, 2, 3].map((amountFen) => ({ on: day('2026-01-01'), amountFen }))
    expect(leftOf([...sameDay, { on: day('2025-01-01'), amountFen: 9 }], 10).map(({ amountFen }) => amountFen)).toEqual([2, 3])
  })

  test('begins on the last day of the month an amount was earned in', () => {
    expect(earnedOn(month('2024-02'))).toBe('2024-02-29')
    expect(earnedOn(month('2026-12'))).toBe('2026-12-31')
  })
})

describe('a subsidy', () => {
  const subsidy = (over: Parameters<typeof anItem>[0]) => anItem({ stream: 'subsidy', ...over })
  const items = [
    subsidy({ month: '2025-02' }),
    subsidy({ month: '2025-11', accruedFen: 2_000 }),
    subsidy({ month: '2026-01', accruedFen: 400 }),
    subsidy({ month: '2025-02', villageCode: OTHER, stationId: 'ZL2', accruedFen: 5 }),
    anItem({ month: '2025-02', accruedFen: 90_000 }),
  ]
  const late = (records: readonly MoneyRecord[], asOf: string) =>
    overdueOf(ledgerOf(items, records, day(asOf)).items, day(asOf), [aDueRule()])

  test('that has not come by the end of the next first quarter is overdue, by village and year, with the paper that says so', () => {
    expect(late([], '2026-03-31')).toEqual([])
    const of = { stream: 'subsidy', document: '国开办发〔2017〕61号', year: 2025, dueOn: '2026-03-31', heldFen: 0 }
    expect(late([], '2026-04-01')).toEqual([
      { ...of, villageCode: VILLAGE, awaitedFen: 12_000 },
      { ...of, villageCode: OTHER, awaitedFen: 5 },
    ])
    expect(late([], '2027-04-01').map(({ year }) => year)).toEqual([2025, 2025, 2026])
  })

  test('that the county holds is overdue too, and one passed on in full is not', () => {
    const receipt = aReceipt({ stream: 'subsidy', amountFen: 12_000, on: '2026-03-01', toMonth: '2025-12' })
    expect(late([receipt], '2026-04-01')[0]).toMatchObject({ villageCode: VILLAGE, awaitedFen: 0, heldFen: 12_000 })
    const passed = aTransfer({ amountFen: 12_000, on: '2026-03-02', toMonth: '2025-12' })
    expect(late([receipt, passed], '2026-04-01').map(({ villageCode }) => villageCode)).toEqual([OTHER])
  })

  test('of before the rule is bound by no day of it', () => {
    const old = ledgerOf([subsidy({ month: '2016-12' }), subsidy({ month: '2017-01' })], [], day('2026-01-01')).items
    expect(overdueOf(old, day('2026-01-01'), [aDueRule()]).map(({ year, dueOn }) => [year, dueOn])).toEqual([
      [2017, '2018-03-31'],
    ])
    expect(overdueOf(old, day('2026-01-01'), [aDueRule({ fromYear: 2010, yearsLater: 2 })])[0]?.dueOn).toBe('2018-03-31')
    const changed = [aDueRule({ fromYear: 2010 }), aDueRule({ fromYear: 2017, yearsLater: 0, monthDay: '12-31' })]
    expect(overdueOf(old, day('2026-01-01'), changed).map(({ dueOn }) => dueOn)).toEqual(['2017-03-31', '2017-12-31'])
    expect(overdueOf(old, day('2026-01-01'), [])).toEqual([])
  })
})
