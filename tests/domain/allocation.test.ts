import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocateVillageMonth } from '../../domain/allocation.ts'
import { formatYuan } from '../../domain/money.ts'
import { PLAN_STATES, type Plan } from '../../domain/registry.ts'
import { COUNTY, VILLAGE } from '../registry.ts'
import { aPlan, aPlanLine, month, somePlanLines } from '../settlement.ts'

const allocate = (netFen: number, plans: readonly Plan[], version = 1) =>
  allocateVillageMonth({
    statement: { villageCode: VILLAGE, countyCode: COUNTY, month: month('2026-10'), version, netFen },
    plans,
  })
const amounts = (netFen: number, over: Partial<Plan>) => allocate(netFen, [aPlan(over)]).lines.map(({ amountFen }) => amountFen)

describe("a village's month", () => {
  test('is divided by the weights of the plan, every line carrying its run', () => {
    const { allocation, lines } = allocate(100, [aPlan()])
    expect(lines.map(({ lineId, personId, amountFen }) => [lineId, personId, amountFen])).toEqual([
      ['L001', 'P001', 33],
      ['L002', 'P002', 33],
      ['L003', 'P003', 34],
    ])
    expect(allocation).toMatchObject({ villageCode: VILLAGE, countyCode: COUNTY, statementVersion: 1, planVersion: 1 })
    expect(allocation).toMatchObject({ potFen: 100, reserveFen: 0, distributedFen: 100, undistributedFen: 0, payees: 3 })
    expect(allocation.undistributed).toBeUndefined()
    expect(new Set(lines.map(({ runId }) => runId))).toEqual(new Set([allocation.runId]))
  })

  test('worked example 12: 400,000.00 to 812 people, 68 of them with a fen more', () => {
    const yuan = amounts(40_000_000, { lines: somePlanLines(812, 1) }).map(formatYuan)
    expect(yuan.toSorted()).toEqual([...Array<string>(744).fill('492.61'), ...Array<string>(68).fill('492.62')])
  })

  test('gives the collective its reserve first, the half fen to the payees', () => {
    const { allocation } = allocate(10_001, [aPlan({ collectiveReserveBp: 5_000 })])
    expect(allocation).toMatchObject({ potFen: 10_001, reserveFen: 5_000, distributedFen: 5_001 })
  })

  test('gives the collective everything when the plan says so', () => {
    const { allocation, lines } = allocate(10_001, [aPlan({ collectiveReserveBp: 10_000 })])
    expect(allocation).toMatchObject({ reserveFen: 10_001, distributedFen: 0, undistributedFen: 0, payees: 0 })
    expect(lines.map(({ amountFen }) => amountFen)).toEqual([0, 0, 0])
  })

  test('counts a person with two lines as one payee, and a line that weighs nothing as none', () => {
    const lines = [aPlanLine(), aPlanLine({ lineId: 'L002', kind: 'reward', post: '' }), aPlanLine({ lineId: 'L003', weight: 0 })]
    const { allocation, lines: paid } = allocate(100, [aPlan({ lines })])
    expect(paid.map(({ amountFen }) => amountFen)).toEqual([50, 50, 0])
    expect(allocation.payees).toBe(1)
  })

  test.each([
    ['without a plan', 100, [], 'no_plan', null, 0],
    ['without a plan of its year', 100, [aPlan({ year: 2025 })], 'no_plan', null, 0],
    ['with a plan not filed yet', 100, [aPlan({ state: 'reviewed' })], 'plan_not_in_force', null, 0],
    ['with a plan for received money', 100, [aPlan({ pool: 'received' })], 'received_pool_unknown', 1, 0],
    ['with a plan without lines', 100, [aPlan({ lines: [] })], 'no_beneficiaries', 1, 0],
    [
      'with lines that weigh nothing',
      100,
      [aPlan({ lines: somePlanLines(2, 0), collectiveReserveBp: 1_000 })],
      'no_beneficiaries',
      1,
      10,
    ],
    ['without income', 0, [aPlan()], 'nothing_to_divide', 1, 0],
    ['with more deducted than earned', -100, [aPlan({ collectiveReserveBp: 1_000 })], 'nothing_to_divide', 1, 0],
  ] as const)('%s stays undistributed, shown and whole', (_, netFen, plans, undistributed, planVersion, reserveFen) => {
    const { allocation, lines } = allocate(netFen, plans)
    expect(lines).toEqual([])
    expect(allocation).toMatchObject({ undistributed, planVersion, payees: 0, potFen: netFen, reserveFen, distributedFen: 0 })
    expect(allocation.undistributedFen).toBe(netFen - reserveFen)
  })

  test('names findings and what was received only where there are any', () => {
    const names = ['findings', 'received', 'arrivedFen', 'claimedFen', 'carriedInFen', 'carriedOutFen', 'undistributed']
    const namesIn = (plans: Plan[]) => names.filter((name) => name in allocate(100, plans).allocation)
    expect(namesIn([aPlan()])).toEqual([])
    expect(namesIn([])).toEqual(['undistributed'])
  })

  test('is divided by plans in force alone', () => {
    const inForce = PLAN_STATES.filter((state) => allocate(100, [aPlan({ state })]).allocation.planVersion === 1)
    expect(inForce).toEqual(['filed', 'executing', 'announced'])
  })

  test('is divided by the highest version in force, not by a newer draft', () => {
    const plans = [aPlan(), aPlan({ version: 3, state: 'drafted' }), aPlan({ version: 2, state: 'executing' })]
    expect(allocate(100, plans).allocation.planVersion).toBe(2)
  })

  test.each([
    ['a reserve above the whole', { collectiveReserveBp: 10_001 }],
    ['two lines with one id', { lines: [aPlanLine(), aPlanLine()] }],
    ['a negative weight', { lines: [aPlanLine({ weight: -1 })] }],
  ])('is never divided by a plan with %s', (_, over) => {
    expect(() => allocate(100, [aPlan(over)])).toThrow(RangeError)
  })

  test('invariant 11: reserve, payees and what stays behind sum to the pot', () => {
    const weights = fc.array(fc.nat(100_000), { maxLength: 40 })
    fc.assert(
      fc.property(fc.maxSafeInteger(), weights, fc.integer({ min: 0, max: 10_000 }), (netFen, each, collectiveReserveBp) => {
        const planLines = each.map((weight, at) => aPlanLine({ lineId: `L${at}`, weight }))
        const { allocation, lines } = allocate(netFen, [aPlan({ lines: planLines, collectiveReserveBp })])
        const { potFen, reserveFen, distributedFen, undistributedFen } = allocation
        expect(potFen).toBe(netFen)
        expect(BigInt(reserveFen) + BigInt(distributedFen) + BigInt(undistributedFen)).toBe(BigInt(potFen))
        expect(lines.reduce((sum, { amountFen }) => sum + BigInt(amountFen), 0n)).toBe(BigInt(distributedFen))
      }),
    )
  })
})

describe('the run id', () => {
  const runOf = (netFen: number, over: Partial<Plan> = {}, version = 1) =>
    allocate(netFen, [aPlan(over)], version).allocation.runId

  test('is the same for the same input, in whatever order the lines of the plan come', () => {
    expect(runOf(100)).toBe(runOf(100))
    expect(runOf(100, { lines: somePlanLines(3).toReversed() })).toBe(runOf(100))
  })

  test('always has sixteen digits after the versions it stands on', () => {
    // Of a hundred fingerprints about six begin with a zero.
    const runs = Array.from({ length: 100 }, (_, at) => runOf(100 + at))
    expect(runs.filter((run) => !/^s1-p1-[0-9a-f]{16}$/.test(run))).toEqual([])
  })

  test('is another one for another statement version, plan version, amount or line', () => {
    const runs = [
      runOf(100),
      runOf(100, {}, 2),
      runOf(100, { version: 2 }),
      runOf(101),
      runOf(100, { lines: somePlanLines(4) }),
      runOf(100, { lines: [aPlanLine({ post: '护林员' }), ...somePlanLines(3).slice(1)] }),
      runOf(100, { collectiveReserveBp: 1_000 }),
    ]
    expect(new Set(runs).size).toBe(runs.length)
  })
})
