import type { Allocation, AllocationLine } from './allocation-run.ts'
import { type StatementLine, type StationStatement, streamWh, sumFen } from './income.ts'
import { incomeFen, shareByLargestRemainder, type Weighted } from './money.ts'
import { turnOf } from './turn.ts'
import type { VillageStatement } from './village-statement.ts'

/**
 * 溯源: from a payee's fen back to what it was made of, each joint worked out again by the rule that made it. Figures that do not come
 * out again are shown as they are stored, beside what comes out.
 */

/** Largest remainder, as one part of a division sees it. `restOf` over `weightSum` is what is left of its quota. */
export type Quota = {
  totalFen: number
  weight: number
  weightSum: number
  floorFen: number
  restOf: number
  gotRest: boolean
  partFen: number
}

/** The quota of one of several parts; undefined when it is none of them, or nothing can be divided. */
export const quotaOf = (
  shares: readonly Weighted[],
  id: string,
  { total, turn = 0 }: { total: number; turn?: number },
): Quota | undefined => {
  const own = shares.find((share) => share.id === id)
  const divided = shareByLargestRemainder({ total, shares, turn })
  if (!own || divided.kind === 'no_weight') return undefined
  const weightSum = shares.reduce((sum, { weight }) => sum + weight, 0)
  const sign = total < 0 ? -1 : 1
  const whole = BigInt(Math.abs(total)) * BigInt(own.weight)
  const floorFen = sign * Number(whole / BigInt(weightSum))
  const partFen = divided.parts.find((part) => part.id === id)?.part ?? 0
  const restOf = Number(whole % BigInt(weightSum))
  return { totalFen: total, weight: own.weight, weightSum, floorFen, restOf, gotRest: partFen !== floorFen, partFen }
}

/** A payee's line among those of its run, which were divided together; those that settle closed months were not. */
export const payeeQuota = (
  { month, rule }: Pick<Allocation, 'month' | 'rule'>,
  lines: readonly AllocationLine[],
  lineId: string,
): Quota | undefined => {
  const own = lines.filter(({ ofMonth }) => ofMonth === undefined)
  const shares = own.map(({ lineId: id, weight, claimFen = weight }) => ({ id, weight: claimFen }))
  return quotaOf(shares, lineId, { total: sumFen(own), turn: rule === undefined ? 0 : turnOf(month) })
}

/** Whether the parts of a pot add up to it, and its lines to what was distributed. */
export const potAddsUp = (
  { potFen, reserveFen, distributedFen, undistributedFen }: Allocation,
  lines: readonly AllocationLine[],
): boolean => potFen === reserveFen + distributedFen + undistributedFen && distributedFen === sumFen(lines)

/** What a village's statement adds up to, whatever it says. */
export const netOf = ({ stations, deductions = [], adjustments = [] }: VillageStatement): number =>
  stations.reduce((sum, { lines }) => sum + sumFen(lines), 0) + sumFen(deductions) + sumFen(adjustments)

/** An income line worked out again: energy of its days times price. */
export const incomeAgain = ({ energyWh = 0, priceE4YuanPerKwh = 0 }: StatementLine): number =>
  incomeFen({ energyWh, priceE4YuanPerKwh })

/** The energy of the days of a line, as its statement counts them, less what has no subsidy any more. */
export const energyOfLine = (
  { days }: Pick<StationStatement, 'days'>,
  { kind, from, to, beyondCapWh = 0 }: StatementLine,
): number => days.reduce((sum, day) => sum + (day.day >= from && day.day <= to ? streamWh(kind, day) : 0), 0 - beyondCapWh)
