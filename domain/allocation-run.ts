import type { AllocationAdjustment } from './adjusted-allocation.ts'
import type { ChinaMonth } from './calendar.ts'
import type { PayeeFinding } from './payees.ts'
import type { ReceivedPool } from './receipt-pool.ts'
import type { BenefitKind, RegionCode } from './registry.ts'

/** What dividing a village's month comes to, as it is kept: the lines of a run, and the row that says which run counts. */

/** The rule by which ties go round, see `turnOf`. */
export const TIES_GO_ROUND = 2

/** A payee's part of one month's pot. */
export type AllocationLine = {
  villageCode: RegionCode
  month: ChinaMonth
  /** Rows of one run are written first; they count from the moment the village's `Allocation` names their run. */
  runId: string
  lineId: string
  /** Of a line that settles a closed month: the line of that month's plan, and the month. `amountFen` may be negative then. */
  planLineId?: string
  ofMonth?: ChinaMonth
  personId: string
  householdId: string
  kind: BenefitKind
  post: string
  weight: number
  /** Of a plan by wages: what the line is owed for the month; more than `amountFen` when there was not enough. */
  claimFen?: number
  /** What a post's claim stands on, where an attendance sheet says it: days (or hundredths of a percent) of those due. */
  attended?: number
  due?: number
  amountFen: number
}

/**
 * `carried_on`: a plan by wages claims no more. `drawn`: more was divided than the month earned, out of what was carried on.
 * `not_arrived`: a plan of received money divides no more than has arrived.
 * `adjusted`: what closed months turned out to leave over, or to have left over too much.
 */
export type Undistributed =
  | 'no_plan'
  | 'plan_not_in_force'
  | 'no_beneficiaries'
  | 'nothing_to_divide'
  | 'received_pool_unknown'
  | 'not_arrived'
  | 'carried_on'
  | 'drawn'
  | 'adjusted'

/**
 * The allocation that counts for a village's month: `potFen` = `reserveFen` + `distributedFen` + `undistributedFen`, always, the
 * last negative where it was drawn from what earlier months had left.
 */
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
  /** Absent in rows of the first rule, by which ties always went to the smallest line id. */
  rule?: typeof TIES_GO_ROUND
  /** What was distributed, by kind; absent in rows of the first rule. */
  byKindFen?: Record<BenefitKind, number>
  /** Of a plan by wages: all that its lines claim for the month. */
  claimedFen?: number
  /**
   * What earlier months have left, and what is left after this one: `carriedInFen` + `undistributedFen` = `carriedOutFen`. From the
   * first month of a plan by wages on.
   */
  carriedInFen?: number
  carriedOutFen?: number
  /** Of a plan that divides received money: what there was to divide. */
  received?: ReceivedPool
  /** Where the month differs from the plan; absent when it does not. */
  findings?: PayeeFinding[]
  /** What of all this settles closed months; absent where nothing does. */
  adjustments?: AllocationAdjustment[]
  /** When the month was closed; its run never changes again. */
  closedAtMs?: number
}
