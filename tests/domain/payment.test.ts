import { describe, expect, test } from 'vitest'
import { linesPaid, paidOut, type Payee, refusalToPay, refusalToReturn } from '../../domain/payment.ts'
import { aPayment, aReturn, aReversal, aTransfer } from '../receipts.ts'
import { month } from '../settlement.ts'

const MARCH = month('2026-03')
const RUN = 's1-p1-x'
const aPayee = (over: Partial<Payee> = {}): Payee => ({ lineId: 'L1', personId: 'P1', kind: 'post', post: '保洁员', ...over })
const list = [
  { ...aPayee(), amountFen: 5_000 },
  { ...aPayee({ lineId: 'L2', personId: 'P2' }), amountFen: 3_000 },
]
type Runs = Record<string, Payee[]>
type Records = Parameters<typeof paidOut>[0]
const OLDER = 'an older list'
const paidAfter = (records: Records, { runs = {}, now = list }: { runs?: Runs; now?: typeof list } = {}) =>
  linesPaid(
    now,
    paidOut(records, MARCH, (runId, id) => ({ [RUN]: list, ...runs })[runId]?.find(({ lineId }) => lineId === id)),
  )
const openAfter = (...records: Records[number][]) => paidAfter(records, { runs: { [OLDER]: list } })

describe('what was paid of a line', () => {
  test('is every payment of the month less what came back, whichever list it was paid by', () => {
    const records = [
      aPayment({
        lines: [
          { lineId: 'L1', amountFen: 2_000 },
          { lineId: 'L2', amountFen: 3_000 },
        ],
      }),
      aPayment({ recordId: 'P2', runId: OLDER, lines: [{ lineId: 'L1', amountFen: 1_000 }] }),
      aReturn({ lines: [{ lineId: 'L2', amountFen: 2_000 }] }),
      aReturn({ recordId: 'B3', lines: [{ lineId: 'L2', amountFen: 500 }] }),
      aPayment({ recordId: 'P3', month: '2026-02', lines: [{ lineId: 'L1', amountFen: 9 }] }),
      aReturn({ recordId: 'B2', month: '2026-02', returns: 'P3', lines: [{ lineId: 'L1', amountFen: 4 }] }),
      aTransfer(),
    ]
    expect(openAfter(...records)).toEqual({
      lines: [
        { lineId: 'L1', amountFen: 5_000, paidFen: 3_000, openFen: 2_000 },
        { lineId: 'L2', amountFen: 3_000, paidFen: 500, openFen: 2_500 },
      ],
      unlisted: [],
    })
  })

  test('is nothing once the payment is reversed, and what came back of it then counts for nothing either', () => {
    const payment = aPayment()
    expect(openAfter(payment, aReturn(), aReversal(payment)).lines[0]).toMatchObject({ paidFen: 0, openFen: 5_000 })
  })

  test('beyond what a corrected list gives is shown as a debt, never forgotten', () => {
    expect(openAfter(aPayment({ lines: [{ lineId: 'L1', amountFen: 6_000 }] })).lines[0]).toMatchObject({ openFen: -1_000 })
  })
})

describe('a month divided again by another list', () => {
  const paidByOlder = (amountFen = 5_000) => [aPayment({ runId: OLDER, lines: [{ lineId: 'A1', amountFen }] })]
  const figures = (then: Payee, now: typeof list, amountFen?: number) =>
    paidAfter(paidByOlder(amountFen), { runs: { [OLDER]: [{ ...then, lineId: 'A1' }] }, now }).lines.map(({ paidFen }) => paidFen)

  test('counts what a person got on another line, for the same work before any other', () => {
    expect(figures(aPayee(), list)).toEqual([5_000, 0])
    const [cleaner, guard] = [aPayee({ lineId: 'N1' }), aPayee({ lineId: 'N2', post: '护林员' })]
    const both = [cleaner, guard].map((line) => ({ ...line, amountFen: 4_000 }))
    expect(figures(aPayee(), both)).toEqual([4_000, 1_000])
    expect(figures(aPayee({ post: '护林员' }), both)).toEqual([1_000, 4_000])
    expect(figures(aPayee({ kind: 'reward' }), both)).toEqual([4_000, 1_000])
    const reward = { ...guard, post: '保洁员', kind: 'reward' as const }
    expect(
      figures(
        reward,
        [cleaner, reward].map((line) => ({ ...line, amountFen: 4_000 })),
      ),
    ).toEqual([1_000, 4_000])
    expect(figures(aPayee({ post: '护林员' }), both, 9_000)).toEqual([4_000, 5_000])
    expect(figures(aPayee({ post: '邮递员' }), both, 9_000)).toEqual([5_000, 4_000])
  })

  test('of two lines for one work, the line that was paid counts first', () => {
    const twice = ['N1', 'A1'].map((lineId) => ({ ...aPayee({ lineId }), amountFen: 4_000 }))
    expect(figures(aPayee(), twice, 4_000)).toEqual([0, 4_000])
    expect(figures(aPayee(), twice, 9_000)).toEqual([4_000, 5_000])
  })

  test('does not take a line’s id for the person: another person on it is not paid, and who was paid stays to be seen', () => {
    const now = [{ ...aPayee({ lineId: 'A1', personId: 'P9' }), amountFen: 5_000 }]
    const { lines, unlisted } = paidAfter(paidByOlder(), { runs: { [OLDER]: [aPayee({ lineId: 'A1' })] }, now })
    expect(lines).toMatchObject([{ paidFen: 0, openFen: 5_000 }])
    expect(unlisted).toMatchObject([{ batchId: 'P1', lineId: 'A1', paidFen: 5_000, payee: { personId: 'P1' } }])
    expect(refusalToPay([{ lineId: 'A1', amountFen: 5_000 }], { lines, unlisted })).toBeUndefined()
  })

  test('is silent about who was paid and is on it no more once all of it came back', () => {
    const back = (amountFen: number) => aReturn({ lines: [{ lineId: 'A1', amountFen }] })
    const runs = { [OLDER]: [aPayee({ lineId: 'A1', personId: 'P9' })] }
    expect(paidAfter([...paidByOlder(), back(4_999)], { runs }).unlisted).toMatchObject([{ paidFen: 1 }])
    expect(paidAfter([...paidByOlder(), back(5_000)], { runs }).unlisted).toEqual([])
  })

  test('pays nobody while the lines of a standing batch are unknown, and says which batch', () => {
    const known = paidAfter(paidByOlder())
    expect(known.unlisted).toMatchObject([{ batchId: 'P1', paidFen: 5_000, payee: undefined }])
    expect(refusalToPay([{ lineId: 'L1', amountFen: 1 }], known)?.detail).toBe(
      'Who got line A1 of batch P1 is unknown; take that batch back first.',
    )
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
