import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocateVillageMonth } from '../../domain/allocation.ts'
import type { MoneyRecord } from '../../domain/receipt.ts'
import { receivedPool } from '../../domain/receipt-pool.ts'
import { aReceipt, aReversal, aTransfer, anItem, anOpening } from '../receipts.ts'
import { COUNTY, VILLAGE } from '../registry.ts'
import { aPlan, month, somePlanLines } from '../settlement.ts'

const poolOf = (records: readonly MoneyRecord[], of = '2026-04', dividedFen = 0, statements: never[] | object[] = []) =>
  receivedPool(VILLAGE, { items: [anItem()], records, statements: statements as never[] }, { month: month(of), dividedFen })

const transfer = (on: string, amountFen: number, over: object = {}) => aTransfer({ recordId: `T${on}`, on, amountFen, ...over })

describe('what a plan of received money may divide', () => {
  test('is what has arrived by the last day of the month', () => {
    const records = [transfer('2026-03-31', 100), transfer('2026-04-30', 20), transfer('2026-05-01', 4_000)]
    expect(poolOf(records)).toEqual({ arrivedFen: 120, owedFen: 0, dividedFen: 0, availableFen: 120, newFen: 20 })
  })

  test('is never what was divided before, however much that was', () => {
    expect(poolOf([transfer('2026-04-02', 120)], '2026-04', 100)).toMatchObject({ availableFen: 20, newFen: 20 })
    expect(poolOf([transfer('2026-04-02', 120)], '2026-04', 500)).toMatchObject({ availableFen: 0, newFen: 0 })
  })

  test('leaves out what was taken back, another village’s, and what had come before the books began', () => {
    const back = transfer('2026-04-02', 120)
    const records = [
      back,
      aReversal(back),
      transfer('2026-04-03', 7, { placeCode: '341623105221' }),
      anOpening({ villageFen: 500 }),
    ]
    expect(poolOf(records)).toMatchObject({ arrivedFen: 0, availableFen: 0 })
  })

  test('counts what the grid company paid the village itself', () => {
    expect(poolOf([aReceipt({ direct: true, amountFen: 70, on: '2026-04-05' })])).toMatchObject({ arrivedFen: 70 })
  })

  test('keeps back what is deducted and not withheld by the county', () => {
    const reserve = { kind: 'reserve', amountFen: -300 }
    const statements = [
      { month: '2026-03', stations: [{ lines: [reserve] }], deductions: [{ kind: 'operation', amountFen: -50 }] },
      { month: '2026-05', stations: [{ lines: [reserve] }] },
    ]
    const records = [transfer('2026-04-02', 1_000), transfer('2026-04-03', 100, { kind: 'withholding' })]
    expect(poolOf(records, '2026-04', 0, statements)).toMatchObject({ owedFen: 250, availableFen: 750 })
    expect(
      poolOf([records[0] as MoneyRecord, transfer('2026-04-03', 900, { kind: 'withholding' })], '2026-04', 0, statements),
    ).toMatchObject({
      owedFen: 0,
      availableFen: 1_000,
    })
  })
})

describe('what is taken from it before', () => {
  const deducting = (of: string, amountFen: number) => ({
    month: of,
    stations: [],
    deductions: [{ kind: 'operation', amountFen }],
  })
  const withheld = (on: string, over: object = {}) => transfer(on, 30, { kind: 'withholding', ...over })

  test('is what statements deduct up to the month itself', () => {
    const statements = [deducting('2026-03', -50), deducting('2026-04', -20), deducting('2026-05', -900)]
    expect(poolOf([transfer('2026-04-02', 1_000)], '2026-04', 0, statements)).toMatchObject({ owedFen: 70, availableFen: 930 })
  })

  test('is less by what the county withheld of this village, and by the last day of the month', () => {
    const owedBy = (record: MoneyRecord) => poolOf([record], '2026-04', 0, [deducting('2026-03', -50)]).owedFen
    expect(owedBy(withheld('2026-04-30'))).toBe(20)
    expect(owedBy(withheld('2026-05-01'))).toBe(50)
    expect(owedBy(withheld('2026-04-02', { placeCode: '341623105221' }))).toBe(50)
  })

  test('counts against the month that it is of, in what a month brought', () => {
    const statements = [deducting('2026-03', -50), deducting('2026-04', -30)]
    const records = [transfer('2026-03-02', 1_000), transfer('2026-04-02', 200)]
    expect(poolOf(records, '2026-04', 900, statements)).toEqual({
      arrivedFen: 1_200,
      owedFen: 80,
      dividedFen: 900,
      availableFen: 220,
      newFen: 170,
    })
  })

  test('never another village’s opening balance, whatever its record is called', () => {
    const records = [
      transfer('2026-04-02', 120),
      anOpening({ recordId: 'T2026-04-02', villageCode: '341623105221', villageFen: 9 }),
    ]
    expect(poolOf(records)).toMatchObject({ arrivedFen: 120 })
  })
})

const divided = (netFen: number, received: ReturnType<typeof poolOf> | undefined, over: object = {}) =>
  allocateVillageMonth({
    statement: { villageCode: VILLAGE, countyCode: COUNTY, month: month('2026-04'), version: 1, netFen },
    plans: [aPlan({ pool: 'received', ...over })],
    received,
  })

describe('a plan of received money', () => {
  test('divides what has arrived, by weight all of it, and names the rest', () => {
    const { allocation, lines } = divided(100_000, poolOf([transfer('2026-04-02', 30_001)]), { collectiveReserveBp: 1_000 })
    expect(allocation).toMatchObject({ potFen: 100_000, reserveFen: 3_000, distributedFen: 27_001, undistributedFen: 69_999 })
    expect(allocation).toMatchObject({ undistributed: 'not_arrived', carriedInFen: 0, carriedOutFen: 69_999 })
    expect(lines.reduce((sum, { amountFen }) => sum + amountFen, 0)).toBe(27_001)
  })

  test('says what there was to divide', () => {
    const pool = poolOf([transfer('2026-04-02', 30_001)])
    const { allocation } = divided(100_000, pool)
    expect(allocation.received).toEqual(pool)
    expect(allocation).not.toHaveProperty('arrivedFen')
  })

  test('with nobody to divide among leaves all but the reserve, and says why', () => {
    const over = { collectiveReserveBp: 1_000, lines: somePlanLines(2, 0) }
    const { allocation, lines } = divided(100_000, poolOf([transfer('2026-04-02', 30_000)]), over)
    expect(lines).toEqual([])
    expect(allocation).toMatchObject({ reserveFen: 3_000, distributedFen: 0, undistributed: 'no_beneficiaries' })
  })

  test('divides nothing where nothing has arrived, and arrears as they arrive', () => {
    expect(divided(100, poolOf([])).allocation).toMatchObject({ undistributed: 'nothing_to_divide', undistributedFen: 100 })
    const late = divided(100, poolOf([transfer('2026-04-02', 900)])).allocation
    expect(late).toMatchObject({ distributedFen: 900, undistributedFen: -800, undistributed: 'drawn' })
  })

  test('by wages pays what is claimed, and reserves of what the month brought alone', () => {
    const pool = { ...poolOf([transfer('2026-03-02', 40_000), transfer('2026-04-02', 10_000)]) }
    const over = { basis: 'wages', collectiveReserveBp: 1_000, lines: somePlanLines(2, 15_000) }
    expect(divided(100_000, pool, over).allocation).toMatchObject({
      reserveFen: 1_000,
      claimedFen: 30_000,
      distributedFen: 30_000,
      undistributed: 'carried_on',
    })
  })

  test('divides every fen once: over any months together what has arrived, less what is left', () => {
    const fen = fc.integer({ min: 0, max: 90_000 })
    const year = fc.array(fc.tuple(fen, fen), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(year, fc.integer({ min: 0, max: 10_000 }), fc.boolean(), (months, collectiveReserveBp, isByWages) => {
        const named = months.map((_, at) => `2026-${String(at + 1).padStart(2, '0')}`)
        const records = months.flatMap(([came], at) => (came > 0 ? [transfer(`${named[at]}-15`, came)] : []))
        const over = { collectiveReserveBp, lines: somePlanLines(3, 9_000), ...(isByWages && { basis: 'wages' }) }
        let [dividedFen, arrivedFen] = [0, 0]
        for (const [at, [came, netFen]] of months.entries()) {
          const { allocation } = divided(netFen, poolOf(records, named[at], dividedFen), over)
          const { potFen, reserveFen, distributedFen, undistributedFen } = allocation
          expect(reserveFen + distributedFen + undistributedFen).toBe(potFen)
          dividedFen += reserveFen + distributedFen
          arrivedFen += came
          expect(dividedFen).toBeLessThanOrEqual(arrivedFen)
          if (!isByWages) expect(dividedFen).toBe(arrivedFen)
        }
      }),
    )
  })
})
