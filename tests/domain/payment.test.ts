import { describe, expect, test } from 'vitest'
import { linesPaid, paidByLine, refusalToPay, refusalToReturn } from '../../domain/payment.ts'
import { aPayment, aReturn, aReversal, aTransfer } from '../receipts.ts'
import { month } from '../settlement.ts'

const MARCH = month('2026-03')
const list = [
  { lineId: 'L1', amountFen: 5_000 },
  { lineId: 'L2', amountFen: 3_000 },
]
const openAfter = (...records: Parameters<typeof paidByLine>[0][number][]) => linesPaid(list, paidByLine(records, MARCH))

describe('what was paid of a line', () => {
  test('is every payment of the month less what came back, whichever list it was paid by', () => {
    const records = [
      aPayment({
        lines: [
          { lineId: 'L1', amountFen: 2_000 },
          { lineId: 'L2', amountFen: 3_000 },
        ],
      }),
      aPayment({ recordId: 'P2', runId: 'an older list', lines: [{ lineId: 'L1', amountFen: 1_000 }] }),
      aReturn({ lines: [{ lineId: 'L2', amountFen: 3_000 }] }),
      aPayment({ recordId: 'P3', month: '2026-02', lines: [{ lineId: 'L1', amountFen: 9 }] }),
      aReturn({ recordId: 'B2', month: '2026-02', lines: [{ lineId: 'L1', amountFen: 9 }] }),
      aTransfer(),
    ]
    expect(openAfter(...records)).toEqual([
      { lineId: 'L1', amountFen: 5_000, paidFen: 3_000, openFen: 2_000 },
      { lineId: 'L2', amountFen: 3_000, paidFen: 0, openFen: 3_000 },
    ])
  })

  test('is nothing once the payment is reversed, and what came back of it then counts for nothing either', () => {
    const payment = aPayment()
    expect(openAfter(payment, aReturn(), aReversal(payment))[0]).toMatchObject({ paidFen: 0, openFen: 5_000 })
  })

  test('beyond what a corrected list gives is shown as a debt, never forgotten', () => {
    expect(openAfter(aPayment({ lines: [{ lineId: 'L1', amountFen: 6_000 }] }))[0]).toMatchObject({ openFen: -1_000 })
  })
})

describe('a batch', () => {
  const pay = (lineId: string, amountFen: number) => ({ lineId, amountFen })

  test('of what is open on each line may be paid', () => {
    expect(refusalToPay([pay('L1', 5_000), pay('L2', 1)], openAfter())).toBeUndefined()
  })

  test.each([
    ['a line twice', [pay('L1', 1), pay('L1', 1)], 'A line appears twice in this batch; give each line once.'],
    ['a line that is not of the list', [pay('L9', 1)], "Line L9 is not in the month's list; load the list again."],
    [
      'a fen more than is open',
      [pay('L2', 3_000), pay('L1', 3_001)],
      'Line L1 has only 3000 fen left to pay; it may have been paid already.',
    ],
  ])('with %s is refused', (_, lines, detail) => {
    const paid = openAfter(aPayment({ lines: [{ lineId: 'L1', amountFen: 2_000 }] }))
    expect(refusalToPay(lines, paid)).toEqual({ kind: 'rejected', code: 'conflict', detail })
  })

  test('sent twice is refused the second time, and again when a line is a debt', () => {
    expect(refusalToPay([pay('L1', 5_000)], openAfter(aPayment()))?.detail).toContain('only 0 fen left')
    expect(refusalToPay([pay('L1', 1)], openAfter(aPayment({ lines: [pay('L1', 6_000)] })))?.detail).toContain('only 0 fen left')
  })

  test('comes back by at most what it paid, over all that came back of it', () => {
    const batch = [pay('L1', 5_000), pay('L2', 3_000)]
    expect(refusalToReturn([pay('L1', 5_000)], batch, [])).toBeUndefined()
    expect(refusalToReturn([pay('L1', 3_000)], batch, [pay('L1', 2_000)])).toBeUndefined()
    expect(refusalToReturn([pay('L1', 3_001)], batch, [pay('L1', 2_000)])).toEqual({
      kind: 'rejected',
      code: 'conflict',
      detail: 'Of line L1 this batch has 3000 fen that can come back.',
    })
    expect(refusalToReturn([pay('L9', 1)], batch, [])?.detail).toBe('Of line L9 this batch has 0 fen that can come back.')
    expect(refusalToReturn([pay('L1', 1), pay('L1', 1)], batch, [])?.detail).toContain('twice')
  })
})
