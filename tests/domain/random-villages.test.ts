import { describe, expect, test } from 'vitest'
import { allocateVillageMonth } from '../../domain/allocation.ts'
import { addMonths, type ChinaMonth } from '../../domain/calendar.ts'
import type { Plan } from '../../domain/registry.ts'
import { COUNTY, VILLAGE } from '../registry.ts'
import { aPlan, month, somePlanLines } from '../settlement.ts'

/** So many villages that no rule of dividing is left untried. */

const of = (netFen: number, over: Partial<Plan>, each: ChinaMonth) => ({
  statement: { villageCode: VILLAGE, countyCode: COUNTY, month: each, version: 1, netFen },
  plans: [aPlan({ year: Number(each.slice(0, 4)), ...over })],
})

describe('of 50,000 random villages', () => {
  /** A small generator of its own: fifty thousand shrinkable villages take minutes. */
  const random = (seed: number) => () => {
    let x = (seed += 0x6d2b79f5)
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }

  test('none breaks invariants 11, 12 and 13', () => {
    const next = random(20_261_126)
    const upTo = (most: number) => Math.floor(next() * (most + 1))
    let broken = 0
    for (let village = 0; village < 50_000; village += 1) {
      const few = upTo(3)
      const lines = somePlanLines(upTo(30)).map((line) => ({ ...line, weight: few === 0 ? upTo(2) : upTo(60_000) }))
      const collectiveReserveBp = upTo(1) * upTo(10_000)
      const netFen = upTo(10) === 0 ? -upTo(1_000_000) : upTo(few === 1 ? 20 : 30_000_000)
      const basis = upTo(2) === 0 ? ('wages' as const) : ('weights' as const)
      const previous = upTo(1) === 0 ? {} : { carriedOutFen: upTo(2_000_000) - 500_000 }
      const each = addMonths(month('2026-01'), upTo(11))
      const input = { ...of(netFen, { lines, collectiveReserveBp, basis }, each), previous }
      const { allocation, lines: paid } = allocateVillageMonth(input)
      if (!isSound(allocation, paid, basis === 'wages' ? (previous.carriedOutFen ?? 0) : 0)) broken += 1
    }
    expect(broken).toBe(0)
  }, 60_000)

  type Outcome = ReturnType<typeof allocateVillageMonth>
  const isSound = (allocation: Outcome['allocation'], lines: Outcome['lines'], carriedFen: number): boolean => {
    const { potFen, reserveFen, distributedFen, undistributedFen, carriedInFen, carriedOutFen } = allocation
    const sum = lines.reduce((total, { amountFen }) => total + amountFen, 0)
    const conserved = sum === distributedFen && reserveFen + distributedFen + undistributedFen === potFen
    const carriedOn = carriedInFen === undefined || carriedInFen + undistributedFen === carriedOutFen
    const within = distributedFen <= Math.max(0, potFen - reserveFen + carriedFen)
    const weightOf = ({ weight, claimFen = weight }: Outcome['lines'][number]) => claimFen
    const whole = lines.reduce((total, line) => total + weightOf(line), 0)
    const inQuota = lines.every((line) => {
      const quota = (distributedFen * weightOf(line)) / whole
      const isWithin = line.amountFen >= Math.floor(quota) && line.amountFen <= Math.ceil(quota)
      return weightOf(line) === 0 ? line.amountFen === 0 : isWithin && line.amountFen >= 0
    })
    const byWeight = lines.toSorted((a, b) => weightOf(a) - weightOf(b))
    const inOrder = byWeight.every((line, at) => {
      const before = byWeight[at - 1]
      if (!before) return true
      const isEqual = weightOf(before) === weightOf(line)
      return isEqual ? Math.abs(before.amountFen - line.amountFen) <= 1 : before.amountFen <= line.amountFen
    })
    return conserved && carriedOn && within && inQuota && inOrder
  }
})
