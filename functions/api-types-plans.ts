import type { PayeeFinding } from '../domain/payees.ts'
import type { PlanActKind, PlanEvent } from '../domain/plan-events.ts'
import type { WageCover } from '../domain/policy.ts'
import type { PolicyRule } from '../domain/policy-rules.ts'
import type { PolicyVerdict } from '../domain/policy-verdicts.ts'
import type { ChinaDay, ChinaMonth } from '../domain/calendar.ts'
import type { Plan, PlanBasis, PlanLine, PlanState, RegionCode } from '../domain/registry.ts'
import type { RegionRef, ToldError } from './api-types.ts'

/** What `/api/plans` answers, as JSON; instants, money and null as in api-types.ts. */

export type PlanItem = {
  code: RegionCode
  name: string
  townName: string | null
  /** The newest version of the year; null without a plan. */
  version: number | null
  state: PlanState | null
  /** The version that divides money; null when none does. */
  versionInForce: number | null
  /** Kinds of the county's rules that are broken, of the year so far. */
  broken: PolicyVerdict['kind'][]
  /** Kinds of which nothing is written down. */
  unknown: PolicyVerdict['kind'][]
}
/** GET /api/plans?county=&year=&cursor= : villages by code, 50 a page; this year unless told. */
export type PlansPage = {
  asOfMs: number
  region: RegionRef
  year: number
  total: number
  villages: PlanItem[]
  nextCursor: string | null
}

/** `payee` is a masked name. */
export type PlanLineView = Pick<PlanLine, 'lineId' | 'kind' | 'post' | 'weight'> & { payee: string }
export type PlanEntry = Pick<PlanEvent, 'seq' | 'atMs' | 'by' | 'before' | 'after' | 'act'>

export type PlanMonth = {
  month: ChinaMonth
  potFen: number
  reserveFen: number
  distributedFen: number
  undistributedFen: number
  carriedOutFen: number | null
  planVersion: number | null
  findings: PayeeFinding[]
}

export type PlanDetail = Pick<Plan, 'version' | 'state' | 'pool' | 'collectiveReserveBp' | 'document'> & {
  basis: PlanBasis
  lines: PlanLineView[]
  /** Number of the last entry of its life, 0 when there is none: to be named by whoever acts next. */
  seq: number
  /** Entries in order; empty for a plan that was there before lives were recorded. */
  entries: PlanEntry[]
  /** Numbers of the entries with objections nobody has answered. */
  openObjections: number[]
  /** Both days included; null before the notice. */
  notice: { from: ChinaDay; to: ChinaDay; days: number } | null
  /** What the person asking may do about it now. */
  acts: PlanActKind[]
}

/** GET /api/plans/{code}?year=&version= : the newest version of this year unless told. */
export type PlanView = {
  asOfMs: number
  village: RegionRef
  townName: string | null
  countyName: string | null
  year: number
  /** `seq` is the last entry of a version, 0 without any; whoever drafts names that of the newest. */
  versions: { version: number; state: PlanState; seq: number }[]
  versionInForce: number | null
  plan: PlanDetail | null
  /** Whether the person asking may write lines or attendance. */
  mayWrite: boolean
  /** Of the county's rules, on the months of the year settled so far. */
  verdicts: PolicyVerdict[]
  /** The wages of the settled months against what they bring within the year; null without a plan in force. */
  cash: (WageCover & { wagesFen: number; source: 'receipts' | 'accrued' }) | null
  months: PlanMonth[]
}

/** POST /api/plans/{code}/acts */
export type PlanActed = { version: number; state: PlanState; seq: number; settledAgain: number }

/** POST /api/plans/{code}/drafts and POST /api/plans/{code}/attendance: written only without errors and when it is no dry run. */
export type PlanWritten = { written: boolean; version: number | null; lines: number; errors: ToldError[] }

/** GET /api/plans/rules?county= : every rule of the county, past and to come, by kind and day. */
export type PolicyRulesView = { asOfMs: number; county: RegionRef; mayWrite: boolean; rules: PolicyRule[] }
