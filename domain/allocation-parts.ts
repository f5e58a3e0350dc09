import type { Divided, VillageMonth } from './allocation.ts'
import type { Undistributed } from './allocation-run.ts'
import { shareByLargestRemainder, WHOLE_BP } from './money.ts'
import type { PayeeFinding, PayeeLine } from './payees.ts'
import type { ReceivedPool } from './receipt-pool.ts'
import type { Plan } from './registry.ts'

/** The parts a month's money is divided into: the collective's reserve, and what each line gets. */

/** What one way of dividing comes to, before it is closed. */
export type Parted = {
  plan?: Plan
  reserveFen?: number
  undistributed?: Undistributed
  claimedFen?: number
  received?: ReceivedPool
  findings?: PayeeFinding[]
  lines?: Divided['lines']
}

/** Lines with their parts of a total, by what they claim or else by their weight; undefined when none has any. */
export const paidLines = (
  { villageCode, month }: VillageMonth['statement'],
  lines: readonly PayeeLine[],
  { total, turn }: { total: number; turn: number },
): Divided['lines'] | undefined => {
  const shares = lines.map(({ lineId, weight, claimFen = weight }) => ({ id: lineId, weight: claimFen }))
  const divided = shareByLargestRemainder({ total, shares, turn })
  if (divided.kind === 'no_weight') return undefined
  const { parts } = divided
  return lines
    .map((line, at) => ({ ...line, villageCode, month, amountFen: parts[at]?.part ?? 0 }))
    .toSorted((a, b) => (a.lineId < b.lineId ? -1 : 1))
}

/** The collective's part of the pot; half a fen goes to the payees, whose id sorts first. */
export const reserveOf = (potFen: number, reserveBp: number): number => {
  const shares = [
    { id: 'payees', weight: WHOLE_BP - reserveBp },
    { id: 'reserve', weight: reserveBp },
  ]
  const divided = shareByLargestRemainder({ total: potFen, shares })
  return divided.kind === 'shared' ? (divided.parts[1]?.part ?? 0) : 0
}

/**
 * Of what has arrived and no month has divided: by weight all of it, by wages what is claimed. The rest waits for the next month. A
 * plan by wages reserves of what the month brought, for what it left before was reserved of then.
 */
export const receivedParts = (
  statement: VillageMonth['statement'],
  plan: Plan,
  { lines, findings }: { lines: PayeeLine[]; findings: PayeeFinding[] },
  { received, turn }: { received: ReceivedPool; turn: number },
): Parted => {
  const isByWages = plan.basis === 'wages'
  const reserveFen = reserveOf(isByWages ? received.newFen : received.availableFen, plan.collectiveReserveBp)
  const thereFen = received.availableFen - reserveFen
  const claimedFen = lines.reduce((sum, { claimFen = 0 }) => sum + claimFen, 0)
  const known = { plan, findings, received, ...(isByWages && { claimedFen }) }
  if (received.availableFen === 0) return { ...known, undistributed: 'nothing_to_divide' }
  const paid = paidLines(statement, lines, { total: isByWages ? Math.min(claimedFen, thereFen) : thereFen, turn })
  return paid ? { ...known, reserveFen, lines: paid } : { ...known, reserveFen, undistributed: 'no_beneficiaries' }
}
