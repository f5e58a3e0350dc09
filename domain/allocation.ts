import type { ChinaMonth } from './calendar.ts'
import type { BenefitKind, RegionCode } from './registry.ts'

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
  payees: number
}
