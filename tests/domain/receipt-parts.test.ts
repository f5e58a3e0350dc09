import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { partsByRule } from '../../domain/receipt-parts.ts'
import { awaitedFen, ledgerOf, sumOf } from '../../domain/receipt-ledger.ts'
import { aReceipt, anItem } from '../receipts.ts'
import { month } from '../settlement.ts'
import { dayNamed } from './sunny.ts'

const END = dayNamed('2026-12-31')
const items = ['2026-02', '2026-01'].flatMap((of) =>
  ['ZL1', 'ZL2', 'ZL3'].map((stationId, at) => anItem({ month: of, stationId, accruedFen: (at + 1) * 1_000 })),
)
const lump = (amountFen: number, over: Partial<Parameters<typeof partsByRule>[1]> = {}, due = items) =>
  partsByRule(ledgerOf(due, [], END).items, {
    amountFen,
    stationIds: ['ZL1', 'ZL2'],
    stream: 'benchmark',
    toMonth: month('2026-06'),
    ...over,
  })

describe('a lump that says nothing of stations', () => {
  test.each([
    [2, [0, 2], 0],
    [3, [1, 2], 0],
    [1_500, [500, 1_000], 0],
    [3_000, [1_000, 2_000], 0],
    [3_003, [1_001, 2_002], 0],
    [6_000, [2_000, 4_000], 0],
    [6_001, [2_000, 4_000], 1],
  ])('of %i fen settles the oldest month of those named first, by what each awaits', (amountFen, [one, two], leftFen) => {
    const parts = [
      { stationId: 'ZL1', amountFen: one ?? 0 },
      { stationId: 'ZL2', amountFen: two ?? 0 },
    ].filter((part) => part.amountFen > 0)
    if (amountFen === 2) expect(lump(2).parts.reduce((sum, part) => sum + part.amountFen, 0)).toBe(2)
    else expect(lump(amountFen)).toEqual({ parts, leftFen })
  })

  test('is for the named months and stream alone', () => {
    expect(lump(9_000, { toMonth: month('2026-01') })).toMatchObject({ leftFen: 6_000 })
    expect(lump(9_000, { fromMonth: month('2026-02') })).toMatchObject({ leftFen: 6_000 })
    expect(lump(9_000, { stream: 'subsidy' })).toEqual({ parts: [], leftFen: 9_000 })
    expect(lump(9_000, { stationIds: [] })).toEqual({ parts: [], leftFen: 9_000 })
  })

  test('leaves out what was received before, and what is negative', () => {
    const before = ledgerOf(items, [aReceipt({ amountFen: 1_200 })], END).items
    const parts = partsByRule(before, { amountFen: 100_000, stationIds: ['ZL1'], stream: 'benchmark', toMonth: month('2026-06') })
    expect(parts).toEqual({ parts: [{ stationId: 'ZL1', amountFen: 800 }], leftFen: 99_200 })
    expect(lump(5, {}, [anItem({ accruedFen: -9 })])).toEqual({ parts: [], leftFen: 5 })
  })

  test('settles, once recorded, exactly what the rule said it would', () => {
    const due = fc.array(fc.integer({ min: 1, max: 9_999 }), { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(due, fc.integer({ min: 1, max: 80_000 }), (fens, amountFen) => {
        const own = items.map((item, at) => ({ ...item, accruedFen: fens[at] ?? 1 }))
        const { parts, leftFen } = lump(amountFen, { stationIds: ['ZL1', 'ZL2', 'ZL3'] }, own)
        expect(sumOf(parts) + leftFen).toBe(amountFen)
        const settled = ledgerOf(own, [aReceipt({ amountFen, parts, toMonth: '2026-06' })], END)
        expect(sumOf(settled.unapplied)).toBe(leftFen)
        const open = settled.items.filter((item) => awaitedFen(item) > 0).map((item) => item.month)
        if (open.includes(month('2026-01')))
          expect(settled.items.filter(({ month: of }) => of === '2026-02').every(({ county }) => county.length === 0)).toBe(true)
      }),
    )
  })
})
