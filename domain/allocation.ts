import type { ChinaMonth } from './calendar.ts'
import type { VillageStatement } from './income.ts'
import { shareByLargestRemainder, WHOLE_BP } from './money.ts'
import type { BenefitKind, Plan, PlanState, RegionCode } from './registry.ts'

/** A payee's part of one month's pot. */
export type AllocationLine = {
  villageCode: RegionCode
  month: ChinaMonth
  /** Rows of one run are written first; they count from the moment the village's `Allocation` names their run. */
  runId: string
  lineId: string
  personId: string
  householdId: string
  kind: BenefitKind
  post: string
  weight: number
  amountFen: number
}

export type Undistributed = 'no_plan' | 'plan_not_in_force' | 'no_beneficiaries' | 'nothing_to_divide' | 'received_pool_unknown'

/** The allocation that counts for a village's month: `potFen` = `reserveFen` + `distributedFen` + `undistributedFen`, always. */
export type Allocation = {
  villageCode: RegionCode
  countyCode: RegionCode
  month: ChinaMonth
  runId: string
  computedAtMs: number
  statementVersion: number
  planVersion: number | null
  potFen: number
  reserveFen: number
  distributedFen: number
  undistributedFen: number
  /** Why money stayed undistributed; absent when all of it was divided. */
  undistributed?: Undistributed
  /** Persons who get more than nothing. */
  payees: number
}

/** Plans divide money only once the county has filed them. */
const STATES_IN_FORCE: readonly PlanState[] = ['filed', 'executing', 'announced']

/** What dividing one month comes to; `computedAtMs` is the store's to give. */
type AllocatedMonth = { allocation: Omit<Allocation, 'computedAtMs'>; lines: AllocationLine[] }

type Divided = Pick<Allocation, 'planVersion' | 'reserveFen' | 'distributedFen' | 'undistributedFen' | 'undistributed'> & {
  lines: Omit<AllocationLine, 'runId'>[]
}

/**
 * Divides a village's month by the highest version of the year's plan that is in force: first the collective's reserve, then
 * the rest by the weights of the plan's lines, both by largest remainder, ties to the smallest line id. What cannot be divided
 * stays undistributed with its reason, so nothing of the pot, which is the statement's net, is ever lost.
 * The run id is a function of everything decided here: the same input gives the same run, and other lines another one.
 * Throws RangeError for two lines with one id, and for a weight or a reserve out of range.
 */
export const allocateVillageMonth = ({
  statement,
  plans,
}: {
  statement: Pick<VillageStatement, 'villageCode' | 'countyCode' | 'month' | 'version' | 'netFen'>
  /** Every version of the village's plans for the year of the month. */
  plans: readonly Plan[]
}): AllocatedMonth => {
  const { villageCode, countyCode, month, version: statementVersion, netFen: potFen } = statement
  const { lines, ...sums } = divide(statement, plans)
  const payees = new Set(lines.filter(({ amountFen }) => amountFen > 0).map(({ personId }) => personId)).size
  const decided = { villageCode, countyCode, month, statementVersion, potFen, ...sums, payees }
  const runId = `s${statementVersion}-p${sums.planVersion ?? 0}-${fingerprint(JSON.stringify([decided, lines]))}`
  return { allocation: { ...decided, runId }, lines: lines.map((line) => ({ ...line, runId })) }
}

const divide = (
  { villageCode, month, netFen }: Pick<VillageStatement, 'villageCode' | 'month' | 'netFen'>,
  plans: readonly Plan[],
): Divided => {
  const keep = (undistributed: Undistributed, planVersion: number | null, reserveFen = 0): Divided => ({
    planVersion,
    reserveFen,
    distributedFen: 0,
    undistributedFen: netFen - reserveFen,
    undistributed,
    lines: [],
  })
  const ofYear = plans.filter(({ year }) => year === Number(month.slice(0, 4)))
  const plan = ofYear.filter(({ state }) => STATES_IN_FORCE.includes(state)).toSorted((a, b) => b.version - a.version)[0]
  if (!plan) return keep(ofYear.length === 0 ? 'no_plan' : 'plan_not_in_force', null)
  // A plan for received money needs receipts; until those are kept, what has arrived is unknown, and unknown is not zero.
  if (plan.pool === 'received') return keep('received_pool_unknown', plan.version)
  if (netFen <= 0) return keep('nothing_to_divide', plan.version)

  const reserveFen = reserveOf(netFen, plan.collectiveReserveBp)
  const byLine = shareByLargestRemainder({
    total: netFen - reserveFen,
    shares: plan.lines.map(({ lineId, weight }) => ({ id: lineId, weight })),
  })
  if (byLine.kind === 'no_weight') return keep('no_beneficiaries', plan.version, reserveFen)
  const amounts = new Map(byLine.parts.map(({ id, part }) => [id, part]))
  const lines = plan.lines
    .map((line) => ({ villageCode, month, ...line, amountFen: amounts.get(line.lineId) ?? 0 }))
    .toSorted((a, b) => (a.lineId < b.lineId ? -1 : 1))
  return { planVersion: plan.version, reserveFen, distributedFen: netFen - reserveFen, undistributedFen: 0, lines }
}

/** The collective's part of the pot; half a fen goes to the payees, whose id sorts first. */
const reserveOf = (potFen: number, reserveBp: number): number => {
  const shares = [
    { id: 'payees', weight: WHOLE_BP - reserveBp },
    { id: 'reserve', weight: reserveBp },
  ]
  const divided = shareByLargestRemainder({ total: potFen, shares })
  return divided.kind === 'shared' ? (divided.parts[1]?.part ?? 0) : 0
}

/** FNV-1a over UTF-16 code units, 64 bits in hex: tells contents apart, and guards against nothing else. */
const fingerprint = (text: string): string => {
  let hash = 0xcbf29ce484222325n
  for (let at = 0; at < text.length; at += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(at))) * 0x100000001b3n)
  }
  return hash.toString(16).padStart(16, '0')
}
