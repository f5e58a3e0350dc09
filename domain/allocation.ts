import { type Parted, paidLines, receivedParts, reserveOf } from './allocation-parts.ts'
import type { AttendanceSheet } from './attendance.ts'
import { type Allocation, type AllocationLine, TIES_GO_ROUND } from './allocation-run.ts'
import { canonicalJson, fingerprint, quickFingerprint } from './canonical.ts'
import type { VillageStatement } from './village-statement.ts'
import { payeesOf } from './payees.ts'
import type { ReceivedPool } from './receipt-pool.ts'
import { BENEFIT_KINDS, type BenefitKind, type Membership, type Plan, type PlanState } from './registry.ts'
import { turnOf } from './turn.ts'

/** Plans divide money only once the county has filed them. */
const STATES_IN_FORCE: readonly PlanState[] = ['filed', 'executing', 'announced']

/** The one of a year's plans that divides money: the highest version in force. */
export const planInForce = (plans: readonly Plan[]): Plan | undefined =>
  plans.filter(({ state }) => STATES_IN_FORCE.includes(state)).toSorted((a, b) => b.version - a.version)[0]

/** What dividing one month comes to; `computedAtMs` is the store's to give. */
type AllocatedMonth = { allocation: Omit<Allocation, 'computedAtMs'>; lines: AllocationLine[] }

/** Everything a village's month is divided by. */
export type VillageMonth = {
  statement: Pick<VillageStatement, 'villageCode' | 'countyCode' | 'month' | 'version' | 'netFen'>
  /** Every version of the village's plans for the year of the month. */
  plans: readonly Plan[]
  /** Of the persons of the village. */
  memberships?: readonly Membership[]
  sheet?: AttendanceSheet | undefined
  /** The allocation of the month before; absent when there is none. */
  previous?: Pick<Allocation, 'carriedOutFen'> | undefined
  /** What a plan of received money may divide; absent where nobody looked. */
  received?: ReceivedPool | undefined
  /** The allocation of this month that counts so far. */
  counted?: Pick<Allocation, 'runId' | 'rule'> | undefined
}

type Decided = 'planVersion' | 'reserveFen' | 'distributedFen' | 'undistributedFen' | 'undistributed'
export type Divided = Pick<Allocation, Decided | 'claimedFen' | 'carriedInFen' | 'carriedOutFen' | 'received' | 'findings'> & {
  lines: Omit<AllocationLine, 'runId'>[]
}

/**
 * Divides a village's month by the highest version of the year's plan that is in force: first the collective's reserve, then
 * the rest among the lines of the plan whose persons are there, all by largest remainder. A plan by weights divides everything; one
 * by wages pays each line what it claims, together at most what there is with what earlier months left, and carries the rest on.
 * What cannot be divided stays undistributed with its reason, so nothing of the pot, which is the statement's net, is ever lost.
 * Ties go round from month to month. A month that was divided when they did not keeps its run as long as nothing else changes.
 * The run id is a function of everything decided here: the same input gives the same run, and other lines another one.
 * Throws RangeError for two lines with one id, and for a weight or a reserve out of range.
 */
export const allocateVillageMonth = (input: VillageMonth): AllocatedMonth => {
  const { counted } = input
  const asBefore = counted !== undefined && counted.rule === undefined ? allocated(input) : undefined
  return asBefore?.allocation.runId === counted?.runId && asBefore ? asBefore : allocated(input, TIES_GO_ROUND)
}

const allocated = (input: VillageMonth, rule?: typeof TIES_GO_ROUND): AllocatedMonth => {
  const { villageCode, countyCode, month, version: statementVersion, netFen: potFen } = input.statement
  const { lines, ...sums } = divide(input, rule ? turnOf(month) : 0)
  const payees = new Set(lines.filter(({ amountFen }) => amountFen > 0).map(({ personId }) => personId)).size
  const ruled = rule && { rule, byKindFen: paidByKind(lines) }
  const decided = { villageCode, countyCode, month, statementVersion, potFen, ...sums, payees, ...ruled }
  const mark = rule
    ? quickFingerprint(canonicalJson(decided) + JSON.stringify(lines.map(contentOf)))
    : fingerprint(JSON.stringify([decided, lines.map(inFirstOrder)]))
  const runId = `s${statementVersion}-p${sums.planVersion ?? 0}-${mark}`
  return { allocation: { ...decided, runId }, lines: lines.map((line) => ({ ...line, runId })) }
}

/** A line in the order in which the first rule took its fingerprint. */
const inFirstOrder = ({ villageCode, month, ...line }: Divided['lines'][number]) => ({ villageCode, month, ...line })

/** All that a line says beside its village and month, in an order that no database changes. */
const contentOf = (line: Divided['lines'][number]) => {
  const { lineId, personId, householdId, kind, post, weight, claimFen, attended, due, amountFen } = line
  return [lineId, personId, householdId, kind, post, weight, claimFen, attended, due, amountFen]
}

/** What was distributed, by kind. */
export const paidByKind = (lines: readonly Pick<AllocationLine, 'kind' | 'amountFen'>[]): Record<BenefitKind, number> => {
  const sums = Object.fromEntries(BENEFIT_KINDS.map((kind) => [kind, 0])) as Record<BenefitKind, number>
  for (const { kind, amountFen } of lines) sums[kind] += amountFen
  return sums
}

const sumOf = (amounts: readonly number[]): number => amounts.reduce((sum, amountFen) => sum + amountFen, 0)

/** Whatever nobody gets stays undistributed, and what earlier months have left comes on top of it. */
const close = (
  { netFen, carriedInFen }: { netFen: number; carriedInFen: number | undefined },
  { plan, reserveFen = 0, undistributed, claimedFen, received, findings = [], lines = [] }: Parted,
): Divided => {
  const distributedFen = sumOf(lines.map(({ amountFen }) => amountFen))
  const undistributedFen = netFen - reserveFen - distributedFen
  const kept = received && distributedFen + reserveFen === received.availableFen ? 'not_arrived' : 'carried_on'
  const drawn = undistributedFen < 0 ? 'drawn' : undistributedFen > 0 ? kept : undefined
  const why = undistributed ?? drawn
  return {
    planVersion: plan?.version ?? null,
    reserveFen,
    distributedFen,
    undistributedFen,
    ...(why && { undistributed: why }),
    ...(claimedFen !== undefined && { claimedFen }),
    ...(carriedInFen !== undefined && { carriedInFen, carriedOutFen: carriedInFen + undistributedFen }),
    ...(received && { received }),
    ...(findings.length > 0 && { findings }),
    lines,
  }
}

const divide = (input: VillageMonth, turn: number): Divided => {
  const { statement, plans, previous } = input
  const { month, netFen } = statement
  const carried = { netFen, carriedInFen: previous?.carriedOutFen }
  const ofYear = plans.filter(({ year }) => year === Number(month.slice(0, 4)))
  const plan = planInForce(ofYear)
  if (!plan) return close(carried, { undistributed: ofYear.length === 0 ? 'no_plan' : 'plan_not_in_force' })
  // Unknown is not zero.
  if (plan.pool === 'received' && !input.received) return close(carried, { plan, undistributed: 'received_pool_unknown' })
  const payees = payeesOf({ plan, month, memberships: input.memberships ?? [], sheet: input.sheet })
  if (plan.pool === 'received' && input.received) {
    const all = { netFen, carriedInFen: previous?.carriedOutFen ?? 0 }
    return close(all, receivedParts(statement, plan, payees, { received: input.received, turn }))
  }
  return plan.basis === 'wages' ? byWages(input, plan, payees, turn) : byWeights(input, plan, payees, turn)
}

type Payees = ReturnType<typeof payeesOf>

/** Everything the reserve leaves, by weight. */
const byWeights = ({ statement, previous }: VillageMonth, plan: Plan, { lines, findings }: Payees, turn: number): Divided => {
  const { netFen } = statement
  const carried = { netFen, carriedInFen: previous?.carriedOutFen }
  if (netFen <= 0) return close(carried, { plan, findings, undistributed: 'nothing_to_divide' })
  const reserveFen = reserveOf(netFen, plan.collectiveReserveBp)
  const paid = paidLines(statement, lines, { total: netFen - reserveFen, turn })
  if (!paid) return close(carried, { plan, reserveFen, findings, undistributed: 'no_beneficiaries' })
  return close(carried, { plan, reserveFen, findings, lines: paid })
}

/** What each line claims, or as much of it as there is: the month after the reserve, and what earlier months have left. */
const byWages = ({ statement, previous }: VillageMonth, plan: Plan, { lines, findings }: Payees, turn: number): Divided => {
  const { netFen } = statement
  const carriedInFen = previous?.carriedOutFen ?? 0
  const reserveFen = netFen > 0 ? reserveOf(netFen, plan.collectiveReserveBp) : 0
  const thereFen = netFen - reserveFen + carriedInFen
  const claimedFen = sumOf(lines.map(({ claimFen = 0 }) => claimFen))
  const known = { plan, reserveFen, findings, claimedFen }
  const carried = { netFen, carriedInFen }
  if (claimedFen === 0) return close(carried, { ...known, undistributed: 'no_beneficiaries' })
  if (thereFen <= 0) return close(carried, { ...known, undistributed: 'nothing_to_divide' })
  return close(carried, {
    ...known,
    lines: paidLines(statement, lines, { total: Math.min(claimedFen, thereFen), turn }) ?? [],
  })
}
