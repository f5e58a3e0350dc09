import { paidByKind } from './allocation.ts'
import type { Allocation, AllocationLine } from './allocation-run.ts'
import type { ChinaMonth } from './calendar.ts'
import { canonicalJson, quickFingerprint } from './canonical.ts'

/**
 * The allocation of the month in which closed months are settled. What it divides of its own goes by its own plan; what a closed
 * month was short of, or had too much of, goes to whom that month's plan would have given it: each payee's line of that month as it
 * would be today, less what the closed one gave. So what a person gets over the months is the same as if all had been known at once.
 * A line may be negative. Then the person has had too much, and it is taken from what the person gets in this month or later: what is
 * paid out is never less than nothing.
 */

/** What of an allocation comes from one closed month. Sums as in `Allocation`, which has them in its own; any may be negative. */
export type AllocationAdjustment = {
  ofMonth: ChinaMonth
  potFen: number
  reserveFen: number
  distributedFen: number
  undistributedFen: number
  /** What it adds to that which months carry on to the next. */
  carriedFen: number
}

/** An allocation with its lines; of a month that was never divided neither. */
export type Run = { allocation: Allocation; lines: readonly AllocationLine[] }

/** What is carried on of a month by itself. */
const carriedBy = ({ carriedInFen, carriedOutFen }: Pick<Allocation, 'carriedInFen' | 'carriedOutFen'>): number =>
  carriedOutFen === undefined ? 0 : carriedOutFen - (carriedInFen ?? 0)

const NOTHING = { potFen: 0, reserveFen: 0, distributedFen: 0, undistributedFen: 0, carriedFen: 0 }
type Sums = typeof NOTHING

const plus = (one: Sums, other: Sums, times: 1 | -1): Sums => ({
  potFen: one.potFen + times * other.potFen,
  reserveFen: one.reserveFen + times * other.reserveFen,
  distributedFen: one.distributedFen + times * other.distributedFen,
  undistributedFen: one.undistributedFen + times * other.undistributedFen,
  carriedFen: one.carriedFen + times * other.carriedFen,
})

const sumsOf = (allocation: Allocation): Sums => ({ ...allocation, carriedFen: carriedBy(allocation) })

/** What a run says of its own month: without what it settles of closed ones. */
const ownSums = ({ allocation }: Run): Sums =>
  (allocation.adjustments ?? []).reduce((sums, each) => plus(sums, each, -1), plus(NOTHING, sumsOf(allocation), 1))
const ownLines = ({ lines }: Run): AllocationLine[] => lines.filter(({ ofMonth }) => ofMonth === undefined)

/** What an allocation divides of its own month, reserve included; fen. */
export const dividedBy = (allocation: Allocation): number => {
  const { reserveFen, distributedFen } = ownSums({ allocation, lines: [] })
  return reserveFen + distributedFen
}

const linesAbout = ({ lines }: Run, month: ChinaMonth): AllocationLine[] => lines.filter(({ ofMonth }) => ofMonth === month)
const sumsAbout = ({ allocation }: Run, month: ChinaMonth): Sums =>
  (allocation.adjustments ?? []).filter(({ ofMonth }) => ofMonth === month).reduce((sums, each) => plus(sums, each, 1), NOTHING)

/** One closed month: as it was closed, as it would be divided today, and the runs of closed months that settled some of it already. */
export type ChangedAllocation = { month: ChinaMonth; closed: Run | undefined; restated: Run; earlier: readonly Run[] }

/** Who gets it, and for what: the line of the plan, so that work is told from work. */
const payeeKey = ({ planLineId, lineId, personId, householdId, kind, post }: AllocationLine): string =>
  JSON.stringify([planLineId ?? lineId, personId, householdId, kind, post])

/** Line ids of plans hold no such sign, so no adjustment is taken for a line of the plan. */
const adjustmentLineId = (lineId: string, month: ChinaMonth, nth: number): string =>
  `${lineId}@${month}${nth > 0 ? `.${nth}` : ''}`

type Line = Omit<AllocationLine, 'runId' | 'month'>

/** What is to be settled of a closed month whose division has changed: sums, and a line for every payee who gets more or less. */
export const allocationAdjustments = ({
  month,
  closed,
  restated,
  earlier,
}: ChangedAllocation): { sums: AllocationAdjustment; lines: Line[] } => {
  const had = [...(closed ? ownLines(closed) : []), ...earlier.flatMap((run) => linesAbout(run, month))]
  const differences = new Map<string, { line: AllocationLine; amountFen: number }>()
  const add = (line: AllocationLine, amountFen: number): void => {
    const known = differences.get(payeeKey(line))
    differences.set(payeeKey(line), { line: known?.line ?? line, amountFen: (known?.amountFen ?? 0) + amountFen })
  }
  for (const line of ownLines(restated)) add(line, line.amountFen)
  for (const line of had) add(line, 0 - line.amountFen)
  const ids = new Map<string, number>()
  const lines = [...differences.entries()]
    .filter(([, { amountFen }]) => amountFen !== 0)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { line, amountFen }]): Line => {
      const { villageCode, personId, householdId, kind, post, weight } = line
      const planLineId = line.planLineId ?? line.lineId
      const nth = ids.get(planLineId) ?? 0
      ids.set(planLineId, nth + 1)
      const lineId = adjustmentLineId(planLineId, month, nth)
      return { villageCode, lineId, planLineId, ofMonth: month, personId, householdId, kind, post, weight, amountFen }
    })
  const known = [...(closed ? [ownSums(closed)] : []), ...earlier.map((run) => sumsAbout(run, month))]
  return { sums: { ofMonth: month, ...known.reduce((sums, each) => plus(sums, each, -1), ownSums(restated)) }, lines }
}

/** Whether two divisions of one month give everybody the same. */
export const dividesTheSame = (month: ChinaMonth, one: Run | undefined, other: Run): boolean => {
  const { sums, lines } = allocationAdjustments({ month, closed: one, restated: other, earlier: [] })
  return lines.length === 0 && Object.values(plus(NOTHING, sums, 1)).every((fen) => fen === 0)
}

/**
 * A month's own division together with what it settles of closed months. `own` was divided with what closed months would carry on
 * today; `carriedInFen` is what they do.
 */
export const withAdjustments = (
  own: { allocation: Omit<Allocation, 'computedAtMs'>; lines: readonly AllocationLine[] },
  changed: readonly ReturnType<typeof allocationAdjustments>[],
  carriedInFen: number | undefined,
): { allocation: Omit<Allocation, 'computedAtMs'>; lines: AllocationLine[] } => {
  const told = changed.filter(
    ({ sums, lines }) => lines.length > 0 || Object.values(plus(NOTHING, sums, 1)).some((fen) => fen !== 0),
  )
  if (told.length === 0) return { allocation: own.allocation, lines: [...own.lines] }
  const { allocation } = own
  const adjustments = told.map(({ sums }) => sums)
  const start: Sums = plus(NOTHING, { ...allocation, carriedFen: carriedBy(allocation) }, 1)
  const total = adjustments.reduce((sums, each) => plus(sums, each, 1), start)
  const { month } = allocation
  const added = told.flatMap(({ lines }) => lines)
  const isCarried = allocation.carriedOutFen !== undefined || adjustments.some(({ carriedFen }) => carriedFen !== 0)
  const unsigned = [...own.lines, ...added.map((line) => ({ ...line, month, runId: '' }))]
  const decided = {
    ...allocation,
    potFen: total.potFen,
    reserveFen: total.reserveFen,
    distributedFen: total.distributedFen,
    undistributedFen: total.undistributedFen,
    ...(total.undistributedFen !== 0 && { undistributed: allocation.undistributed ?? ('adjusted' as const) }),
    ...(isCarried && { carriedInFen: carriedInFen ?? 0, carriedOutFen: (carriedInFen ?? 0) + total.carriedFen }),
    payees: payeesOf(unsigned),
    byKindFen: paidByKind(unsigned),
    adjustments,
  }
  const runId = `${allocation.runId}-a${quickFingerprint(canonicalJson([decided, added]))}`
  return { allocation: { ...decided, runId }, lines: unsigned.map((line) => ({ ...line, runId })) }
}

/** Persons who get more than nothing, adjustments included. */
const payeesOf = (lines: readonly AllocationLine[]): number => {
  const byPerson = new Map<string, number>()
  for (const { personId, amountFen } of lines) byPerson.set(personId, (byPerson.get(personId) ?? 0) + amountFen)
  return [...byPerson.values()].filter((fen) => fen > 0).length
}
