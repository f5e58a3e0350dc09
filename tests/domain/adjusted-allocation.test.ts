import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocationAdjustments, dividedBy, dividesTheSame, type Run, withAdjustments } from '../../domain/adjusted-allocation.ts'
import type { Allocation, AllocationLine } from '../../domain/allocation-run.ts'
import { COUNTY, VILLAGE } from '../registry.ts'
import { month } from '../settlement.ts'

const [SEPTEMBER, OCTOBER, NOVEMBER] = [month('2026-09'), month('2026-10'), month('2026-11')]

const aLine = (person: string, amountFen: number, over: Partial<AllocationLine> = {}): AllocationLine => ({
  villageCode: VILLAGE,
  month: SEPTEMBER,
  runId: 'R',
  lineId: `L-${person}`,
  personId: person,
  householdId: `H-${person}`,
  kind: 'post',
  post: '保洁员',
  weight: 100,
  amountFen,
  ...over,
})
const sumOf = (lines: readonly { amountFen: number }[]): number => lines.reduce((sum, { amountFen }) => sum + amountFen, 0)
const aRun = (lines: AllocationLine[], over: Partial<Allocation> = {}): Run => {
  const distributedFen = sumOf(lines)
  const { reserveFen = 10, undistributedFen = 5 } = over
  return {
    lines,
    allocation: {
      villageCode: VILLAGE,
      countyCode: COUNTY,
      month: SEPTEMBER,
      runId: 'R',
      computedAtMs: 1,
      statementVersion: 1,
      planVersion: 1,
      potFen: reserveFen + distributedFen + undistributedFen,
      reserveFen,
      distributedFen,
      undistributedFen,
      payees: lines.length,
      ...over,
    },
  }
}

describe('what is to be settled of a closed month', () => {
  test('is for every payee what the month would give today less what it gave, and the same of every sum', () => {
    const closed = aRun([aLine('A', 50), aLine('B', 30)])
    const restated = aRun([aLine('A', 60), aLine('C', 40)], { reserveFen: 12, undistributedFen: 0 })
    const { sums, lines } = allocationAdjustments({ month: SEPTEMBER, closed, restated, earlier: [] })
    expect(sums).toEqual({
      ofMonth: SEPTEMBER,
      potFen: 17,
      reserveFen: 2,
      distributedFen: 20,
      undistributedFen: -5,
      carriedFen: 0,
    })
    expect(lines).toEqual([
      {
        villageCode: VILLAGE,
        lineId: 'L-A@2026-09',
        planLineId: 'L-A',
        ofMonth: SEPTEMBER,
        personId: 'A',
        householdId: 'H-A',
        kind: 'post',
        post: '保洁员',
        weight: 100,
        amountFen: 10,
      },
      expect.objectContaining({ lineId: 'L-B@2026-09', personId: 'B', amountFen: -30 }),
      expect.objectContaining({ lineId: 'L-C@2026-09', personId: 'C', amountFen: 40 }),
    ])
  })

  test('is all of it for a month that was never divided', () => {
    const { sums, lines } = allocationAdjustments({
      month: SEPTEMBER,
      closed: undefined,
      restated: aRun([aLine('A', 7)]),
      earlier: [],
    })
    expect([sums.potFen, sums.distributedFen, lines.map(({ amountFen }) => amountFen)]).toEqual([22, 7, [7]])
  })

  test('is less by what closed months have settled of it, and of no other month', () => {
    const closed = aRun([aLine('A', 50)])
    const about = (ofMonth: typeof SEPTEMBER, fen: number) => ({
      ofMonth,
      potFen: fen,
      reserveFen: 0,
      distributedFen: fen,
      undistributedFen: 0,
      carriedFen: 0,
    })
    const settling = aRun(
      [
        aLine('A', 900, { month: OCTOBER }),
        aLine('A', 4, { month: OCTOBER, lineId: 'L-A@2026-09', planLineId: 'L-A', ofMonth: SEPTEMBER }),
        aLine('A', 100, { month: OCTOBER, lineId: 'L-A@2026-08', planLineId: 'L-A', ofMonth: month('2026-08') }),
      ],
      { month: OCTOBER, adjustments: [about(SEPTEMBER, 4), about(month('2026-08'), 100)] },
    )
    const { sums, lines } = allocationAdjustments({
      month: SEPTEMBER,
      closed,
      restated: aRun([aLine('A', 60)]),
      earlier: [settling],
    })
    expect(lines.map(({ amountFen }) => amountFen)).toEqual([6])
    expect(sums).toMatchObject({ potFen: 6, distributedFen: 6, reserveFen: 0 })
  })

  test('leaves out what a closed month settled itself: its own money alone is compared', () => {
    const adjustment = {
      ofMonth: month('2026-08'),
      potFen: 9,
      reserveFen: 1,
      distributedFen: 8,
      undistributedFen: 0,
      carriedFen: 0,
    }
    const closed = aRun(
      [aLine('A', 50), aLine('A', 8, { lineId: 'L-A@2026-08', planLineId: 'L-A', ofMonth: month('2026-08') })],
      {
        reserveFen: 11,
        adjustments: [adjustment],
      },
    )
    const { sums, lines } = allocationAdjustments({ month: SEPTEMBER, closed, restated: aRun([aLine('A', 50)]), earlier: [] })
    expect(lines).toEqual([])
    expect(sums).toMatchObject({ potFen: 0, reserveFen: 0, distributedFen: 0, undistributedFen: 0 })
    expect(dividedBy(closed.allocation)).toBe(60)
  })

  test.each<[string, Partial<AllocationLine>]>([
    ['another household', { householdId: 'H-other' }],
    ['other work', { post: '护林员' }],
    ['another kind', { kind: 'reward' }],
  ])('tells %s of one plan line apart, each with an id of its own', (_, over) => {
    const closed = aRun([aLine('A', 50)])
    const { lines } = allocationAdjustments({ month: SEPTEMBER, closed, restated: aRun([aLine('A', 50, over)]), earlier: [] })
    expect(lines.map(({ amountFen }) => amountFen).toSorted((a, b) => a - b)).toEqual([-50, 50])
    expect(lines.map(({ lineId }) => lineId).toSorted()).toEqual(['L-A@2026-09', 'L-A@2026-09.1'])
  })

  test('counts what is carried on only where months carry on', () => {
    const carrying = aRun([aLine('A', 60)], { carriedInFen: 100, carriedOutFen: 105 })
    const of = (closed: Run, restated: Run) =>
      allocationAdjustments({ month: SEPTEMBER, closed, restated, earlier: [] }).sums.carriedFen
    expect(of(aRun([aLine('A', 60)]), carrying)).toBe(5)
    expect(of(carrying, aRun([aLine('A', 60)]))).toBe(-5)
    expect(of(carrying, aRun([aLine('A', 60)], { carriedInFen: 90, carriedOutFen: 95 }))).toBe(0)
    expect(of(carrying, aRun([aLine('A', 60)], { carriedOutFen: 9 }))).toBe(4)
  })
})

describe('two divisions of one month', () => {
  const run = aRun([aLine('A', 50)])
  test.each<[string, Run | undefined, Run, boolean]>([
    ['are the same when everybody gets the same', run, aRun([aLine('A', 50)], { runId: 'other', statementVersion: 9 }), true],
    ['are not when somebody gets more', run, aRun([aLine('A', 51)]), false],
    ['are not when somebody else gets it', run, aRun([aLine('B', 50)]), false],
    ['are not when more is reserved', run, aRun([aLine('A', 50)], { reserveFen: 11, undistributedFen: 4 }), false],
    ['are not when more is carried on', run, aRun([aLine('A', 50)], { carriedInFen: 0, carriedOutFen: 5 }), false],
    ['are not when there was none', undefined, run, false],
  ])('%s', (_, one, other, isSame) => expect(dividesTheSame(SEPTEMBER, one, other)).toBe(isSame))
})

describe('the open month', () => {
  const own = (over: Partial<Allocation> = {}): Run =>
    aRun([aLine('A', 40, { month: NOVEMBER }), aLine('B', 20, { month: NOVEMBER })], {
      month: NOVEMBER,
      runId: 's1-p1-x',
      undistributedFen: 0,
      ...over,
    })
  const changed = allocationAdjustments({
    month: SEPTEMBER,
    closed: aRun([aLine('A', 50), aLine('B', 30)]),
    restated: aRun([aLine('A', 60), aLine('B', 5)], { undistributedFen: 9, carriedInFen: 2, carriedOutFen: 11 }),
    earlier: [],
  })

  test('with nothing to settle is as it was divided', () => {
    const { allocation, lines } = own()
    const nothing = allocationAdjustments({ month: SEPTEMBER, closed: own(), restated: own(), earlier: [] })
    expect(withAdjustments({ allocation, lines }, [], 3)).toEqual({ allocation, lines })
    expect(withAdjustments({ allocation, lines }, [nothing], 3)).toEqual({ allocation, lines })
  })

  test('adds every sum and every line, says why money is left, and what is carried on', () => {
    const { allocation, lines } = withAdjustments(own(), [changed], 100)
    expect(allocation).toMatchObject({
      potFen: 70 - 11,
      reserveFen: 10,
      distributedFen: 60 - 15,
      undistributedFen: 4,
      undistributed: 'adjusted',
      carriedInFen: 100,
      carriedOutFen: 109,
      payees: 1,
      byKindFen: { post: 45, works: 0, reward: 0 },
      adjustments: [{ ofMonth: SEPTEMBER, distributedFen: -15 }],
    })
    expect(allocation.runId).toMatch(/^s1-p1-x-a[0-9a-f]{16}$/)
    expect(lines.map(({ lineId, amountFen, month: of, runId }) => [lineId, amountFen, of, runId])).toEqual([
      ['L-A', 40, NOVEMBER, allocation.runId],
      ['L-B', 20, NOVEMBER, allocation.runId],
      ['L-A@2026-09', 10, NOVEMBER, allocation.runId],
      ['L-B@2026-09', -25, NOVEMBER, allocation.runId],
    ])
  })

  test('keeps its own reason, carries its own on, and is another run for other adjustments', () => {
    const carrying = own({ undistributed: 'carried_on', undistributedFen: 7, carriedInFen: 1, carriedOutFen: 8 })
    const { allocation } = withAdjustments(carrying, [changed], undefined)
    expect(allocation).toMatchObject({ undistributed: 'carried_on', carriedInFen: 0, carriedOutFen: 16 })
    const { sums, lines } = changed
    const more = { sums, lines: lines.map((line) => ({ ...line, weight: 7 })) }
    expect(withAdjustments(carrying, [more], undefined).allocation.runId).not.toBe(allocation.runId)
    expect(withAdjustments(carrying, [changed], undefined).allocation.runId).toBe(allocation.runId)
  })

  test('carries on where it does so itself, or any of the closed months does', () => {
    const plain = allocationAdjustments({
      month: OCTOBER,
      closed: aRun([aLine('A', 50)]),
      restated: aRun([aLine('A', 60)]),
      earlier: [],
    })
    const carriedBy = (run: Run, changes: (typeof plain)[]) => {
      const { carriedInFen, carriedOutFen } = withAdjustments(run, changes, 100).allocation
      return [carriedInFen, carriedOutFen]
    }
    expect(carriedBy(own({ carriedInFen: 90, carriedOutFen: 90 }), [plain])).toEqual([100, 100])
    expect(carriedBy(own(), [plain, changed])).toEqual([100, 109])
    expect(carriedBy(own(), [plain])).toEqual([undefined, undefined])
  })

  test('that carries nothing on says nothing of it, nor of money where none is left', () => {
    const plain = allocationAdjustments({
      month: SEPTEMBER,
      closed: aRun([aLine('A', 50)]),
      restated: aRun([aLine('A', 60)]),
      earlier: [],
    })
    const { allocation } = withAdjustments(own(), [plain], 100)
    expect(allocation).not.toHaveProperty('carriedOutFen')
    expect(allocation).not.toHaveProperty('undistributed')
  })
})

test('closed months and all adjustments give every payee what the last word gives, whatever came between', () => {
  const given = fc
    .array(fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.nat(99)), { maxLength: 3 })
    .map((all) => [...new Map(all)].map(([who, fen]) => aLine(who, fen)))
  fc.assert(
    fc.property(fc.array(given, { minLength: 2, maxLength: 5 }), (states) => {
      const [first = [], ...later] = states
      const closed = aRun(first)
      const earlier: Run[] = []
      for (const [at, state] of later.entries()) {
        const changed = allocationAdjustments({ month: SEPTEMBER, closed, restated: aRun(state), earlier })
        const of = { month: OCTOBER, runId: `O${at}` }
        const { allocation, lines } = withAdjustments(aRun([], of), [changed], undefined)
        earlier.push({ allocation: { ...allocation, computedAtMs: 1 }, lines })
      }
      const last = later.at(-1) ?? []
      for (const who of ['A', 'B', 'C']) {
        const of = (lines: readonly AllocationLine[]) => sumOf(lines.filter(({ personId }) => personId === who))
        expect(of([...first, ...earlier.flatMap(({ lines }) => lines)])).toBe(of(last))
      }
      for (const { allocation } of earlier) {
        expect(allocation.potFen).toBe(allocation.reserveFen + allocation.distributedFen + allocation.undistributedFen)
      }
    }),
  )
})
