import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocateVillageMonth } from '../../domain/allocation.ts'
import { addMonths, type ChinaMonth } from '../../domain/calendar.ts'
import { shareByLargestRemainder, TURN_WHOLE, type Weighted } from '../../domain/money.ts'
import type { Plan } from '../../domain/registry.ts'
import { COUNTY, VILLAGE } from '../registry.ts'
import { aPlan, month, somePlanLines } from '../settlement.ts'

/** Who gets the odd fen when several have the same claim to it. */

const equal = (count: number): Weighted[] => Array.from({ length: count }, (_, at) => ({ id: `h${at}`, weight: 1 }))
const partsOf = (total: number, shares: readonly Weighted[], turn: number): number[] => {
  const divided = shareByLargestRemainder({ total, shares, turn })
  return divided.kind === 'shared' ? divided.parts.map(({ part }) => part) : []
}

describe('ties', () => {
  test.each([
    [0, [1, 1, 0, 0, 0]],
    [TURN_WHOLE / 5 - 1, [1, 1, 0, 0, 0]],
    [TURN_WHOLE / 5 + 1, [0, 1, 1, 0, 0]],
    [TURN_WHOLE / 2, [0, 0, 1, 1, 0]],
    [TURN_WHOLE - 1, [1, 0, 0, 0, 1]],
  ])('begin at the place %i of the circle and go round', (turn, parts) => {
    expect(partsOf(2, equal(5), turn)).toEqual(parts)
  })

  test('stand in the order of their ids, in whatever order they come', () => {
    const divided = shareByLargestRemainder({ total: 1, shares: equal(3).toReversed(), turn: TURN_WHOLE / 2 })
    expect(divided).toEqual({
      kind: 'shared',
      parts: [
        { id: 'h2', part: 0 },
        { id: 'h1', part: 1 },
        { id: 'h0', part: 0 },
      ],
    })
  })

  test('are of the last places only: a larger remainder comes first at any turn', () => {
    const shares = [...equal(4), { id: 'z', weight: 4 }]
    for (const turn of [0, TURN_WHOLE / 2, TURN_WHOLE - 1]) expect(partsOf(1, shares, turn)).toEqual([0, 0, 0, 0, 1])
  })

  test('without anything left over change nothing', () => {
    expect(partsOf(10, equal(5), TURN_WHOLE / 2)).toEqual([2, 2, 2, 2, 2])
  })

  test.each([-1, TURN_WHOLE, Number.NaN])('begin nowhere but on the circle: not at %d', (turn) => {
    expect(() => partsOf(1, equal(2), turn)).toThrow(new RangeError(`not a place on the circle: ${turn}`))
  })
})

const of = (netFen: number, over: Partial<Plan>, each: ChinaMonth) => ({
  statement: { villageCode: VILLAGE, countyCode: COUNTY, month: each, version: 1, netFen },
  plans: [aPlan({ year: Number(each.slice(0, 4)), ...over })],
})

/** Odd fen by line of the twelve months from one on. */
const oddFenOfYear = (count: number, odd: number, first: ChinaMonth): number[] => {
  const sums = Array<number>(count).fill(0)
  for (let at = 0; at < 12; at += 1) {
    const { lines } = allocateVillageMonth(of(count * 1_000 + odd, { lines: somePlanLines(count) }, addMonths(first, at)))
    for (const [line, { amountFen }] of lines.entries()) sums[line] = (sums[line] ?? 0) + amountFen - 1_000
  }
  return sums
}

describe('over any twelve months', () => {
  test.each([
    [2, 1],
    [7, 3],
    [16, 5],
    [61, 30],
    [120, 60],
    [175, 125],
    [812, 68],
  ])('each of %i equal lines gets its part of %i odd fen a month, give or take two', (count, odd) => {
    for (const first of ['2025-04', '2026-01', '2031-11'].map(month)) {
      const sums = oddFenOfYear(count, odd, first)
      const fair = (12 * odd) / count
      expect(Math.max(...sums.map((sum) => Math.abs(sum - fair)))).toBeLessThan(2)
      expect(Math.max(...sums) - Math.min(...sums)).toBeLessThanOrEqual(3)
    }
  })

  test('the first line of a village does not always come out ahead', () => {
    const ahead = Array.from({ length: 12 }, (_, at) => {
      const { lines } = allocateVillageMonth(of(10_001, { lines: somePlanLines(4) }, addMonths(month('2026-01'), at)))
      return lines.findIndex(({ amountFen }) => amountFen === 2_501)
    })
    expect(Math.max(...ahead.map((line) => ahead.filter((each) => each === line).length))).toBeLessThanOrEqual(4)
    expect(new Set(ahead)).toEqual(new Set([0, 1, 2, 3]))
  })
})

describe('a month divided while ties went to the smallest id', () => {
  const october = month('2026-10')
  /** As they were written then. */
  const written = [
    [100, {}, 's1-p1-3a19cf289df402a1', [34, 33, 33]],
    [10_001, { collectiveReserveBp: 5_000 }, 's1-p1-5b6ed9239a5a47c1', [1_667, 1_667, 1_667]],
    [-100, {}, 's1-p1-58da8adaf2a178dd', []],
    [100, { lines: somePlanLines(7) }, 's1-p1-538ba9a5f337d27f', [15, 15, 14, 14, 14, 14, 14]],
  ] as const

  test.each(written)('of %i fen keeps its run while nothing else changes', (netFen, over, runId, amounts) => {
    const { allocation, lines } = allocateVillageMonth({ ...of(netFen, over, october), counted: { runId } })
    expect(allocation.runId).toBe(runId)
    expect('rule' in allocation || 'byKindFen' in allocation).toBe(false)
    expect(lines.map(({ amountFen }) => amountFen)).toEqual(amounts)
  })

  test('is divided as ties go now once anything else changes', () => {
    const input = { ...of(103, {}, october), counted: { runId: 's1-p1-3a19cf289df402a1' } }
    const { allocation } = allocateVillageMonth(input)
    expect(allocation).toMatchObject({ rule: 2, byKindFen: { post: 103, works: 0, reward: 0 } })
    expect(allocation).toEqual(allocateVillageMonth(of(103, {}, october)).allocation)
  })

  test('is divided anew when a payee has left since', () => {
    const gone = { villageCode: VILLAGE, personId: 'P001', householdId: 'H001', validFrom: '2016-01-01', validTo: '2026-10-01' }
    const input = { ...of(100, {}, october), counted: { runId: 's1-p1-3a19cf289df402a1' }, memberships: [gone as never] }
    expect(allocateVillageMonth(input).allocation).toMatchObject({ rule: 2, payees: 2 })
  })

  test('is no reason for a month divided as they go now to go back', () => {
    const now = allocateVillageMonth(of(100, {}, october)).allocation
    expect(allocateVillageMonth({ ...of(100, {}, october), counted: now }).allocation).toEqual(now)
    expect(now.runId).not.toBe('s1-p1-3a19cf289df402a1')
  })
})

test('invariant 13: neither the order of the lines nor their common factor changes who gets what, at any turn', () => {
  const shares = fc.uniqueArray(fc.record({ id: fc.string({ minLength: 1 }), weight: fc.nat(1_000) }), {
    selector: ({ id }) => id,
    minLength: 1,
    maxLength: 30,
  })
  fc.assert(
    fc.property(
      shares,
      fc.integer({ min: -1_000_000, max: 1_000_000 }),
      fc.integer({ min: 0, max: TURN_WHOLE - 1 }),
      fc.integer({ min: 1, max: 900 }),
      (all, total, turn, factor) => {
        const byId = (given: readonly Weighted[], of = total) => {
          const divided = shareByLargestRemainder({ total: of, shares: given, turn })
          return divided.kind === 'shared' ? new Map(divided.parts.map(({ id, part }) => [id, part + 0])) : new Map()
        }
        const found = byId(all)
        expect(byId(all.toReversed())).toEqual(found)
        expect(byId(all.map(({ id, weight }) => ({ id, weight: weight * factor })))).toEqual(found)
        expect(byId(all, -total)).toEqual(new Map([...found].map(([id, part]) => [id, 0 - part])))
      },
    ),
  )
})
