import type { Acknowledgement } from '../domain/acknowledgement.ts'
import type { Alert, Liveness } from '../domain/alert.ts'
import type { Allocation } from '../domain/allocation-run.ts'
import type { Assessment } from '../domain/assessment.ts'
import { canonicalJson } from '../domain/canonical.ts'
import type { CountyDay } from '../domain/county-assessment.ts'
import type { Delivery } from '../domain/delivery.ts'
import type { StationDay } from '../domain/energy.ts'
import type { PayeeAccount } from '../domain/payee-account.ts'
import type { Gateway } from '../domain/registry.ts'
import { inForce, type ResetRecord } from '../domain/reset-record.ts'
import type { CountyLimits, QuarantineRow, StaleDay } from './rows.ts'
import type { TravellingTable } from './transfer-scope.ts'

/**
 * What becomes of a row that arrives where a row with its key is already: `replaced` by the one that comes, `kept` as it is, or the
 * whole import `refused`, because both systems have settled the same thing differently and only people can say which one counts.
 */

export type Verdict = 'new' | 'same' | 'replaced' | 'kept' | 'refused'
type Judge = (coming: object, here: object) => Exclude<Verdict, 'new' | 'same'>

/** Rules are given the rows of their own table. */
const judge =
  <Row extends object>(rule: (coming: Row, here: Row) => ReturnType<Judge>): Judge =>
  (coming, here) =>
    rule(coming as Row, here as Row)
const replacedIf = (isNewer: boolean): 'replaced' | 'kept' => (isNewer ? 'replaced' : 'kept')
/** The registry is edited where the county comes from until the move is complete. */
const replaced: Judge = () => 'replaced'
const refused: Judge = () => 'refused'

const JUDGES: Record<TravellingTable, Judge> = {
  regions: replaced,
  stations: replaced,
  devices: replaced,
  prices: replaced,
  shares: replaced,
  deductions: replaced,
  incomes: replaced,
  regionDeductions: replaced,
  vatRules: replaced,
  dueRules: replaced,
  households: replaced,
  persons: replaced,
  memberships: replaced,
  plans: replaced,
  policyRules: replaced,
  /** A secret that was issued here is in a gateway by now. */
  gateways: judge<Gateway>((_, here) => replacedIf(here.secretHash === undefined)),
  /** A log-in is neither taken over nor given away. */
  users: () => 'kept',
  liveness: judge<Liveness>((coming, here) => replacedIf(coming.lastReceivedAtMs > here.lastReceivedAtMs)),
  alerts: judge<Alert>((coming, here) => replacedIf(coming.closedAtMs !== undefined && here.closedAtMs === undefined)),
  quarantine: judge<QuarantineRow>((coming, here) =>
    replacedIf(coming.releasedAtMs !== undefined && here.releasedAtMs === undefined),
  ),
  /** A mark that is settled there says nothing about what is stored here. */
  staleDays: judge<StaleDay>((coming) => replacedIf(coming.settledAtMs === undefined)),
  /** Of one record, the one that is withdrawn. Two that say different things are for people. */
  counterResets: judge<ResetRecord>((coming, here) =>
    isSameRecord(coming, here) ? replacedIf(!inForce(coming) && inForce(here)) : 'refused',
  ),
  acknowledgements: judge<Acknowledgement>((coming, here) => replacedIf(coming.acknowledgedAtMs > here.acknowledgedAtMs)),
  /** A running figure gives way to a newer one; a final one stays, and the day is computed anew from all the readings. */
  generation: judge<StationDay>((coming, here) => replacedIf(coming.version === 0 && coming.computedAtMs > here.computedAtMs)),
  /** Two systems that both took in slips of a station have numbered them differently. */
  slips: refused,
  /** What was judged later knew as much or more; what is recomputed here is judged here anew. */
  assessments: judge<Assessment>((coming, here) => replacedIf(coming.assessedAtMs > here.assessedAtMs)),
  countyDays: judge<CountyDay>((coming, here) => replacedIf(coming.assessedAtMs > here.assessedAtMs)),
  performanceLimits: judge<CountyLimits>((coming, here) => replacedIf(coming.setAtMs > here.setAtMs)),
  stationStatements: refused,
  villageStatements: refused,
  /** What is closed here stays as it is; two counties' words on one month are for people. */
  closings: refused,
  restatements: refused,
  allocationLines: refused,
  planEvents: refused,
  attendance: refused,
  /** Append-only: two that say different things under one id are for people. */
  moneyRecords: refused,
  bankFiles: refused,
  /** Named by its bytes: who kept it first, here, is who kept it. */
  noticePhotos: () => 'kept',
  deliveries: judge<Delivery>((coming, here) => replacedIf(coming.readAtMs !== undefined && here.readAtMs === undefined)),
  payeeAccounts: judge<PayeeAccount>((coming, here) => replacedIf(coming.recordedAtMs > here.recordedAtMs)),
  allocations: judge<Allocation>((coming, here) =>
    coming.statementVersion === here.statementVersion
      ? replacedIf(coming.computedAtMs > here.computedAtMs)
      : replacedIf(coming.statementVersion > here.statementVersion),
  ),
}

/** The same but for being withdrawn. */
const isSameRecord = (one: ResetRecord, other: ResetRecord): boolean => {
  const asRecorded = (row: ResetRecord) =>
    canonicalJson({ ...row, withdrawnBy: undefined, withdrawnAtMs: undefined, withdrawalReason: undefined })
  return asRecorded(one) === asRecorded(other)
}

/** Equal but for when and why it was computed, and when archived. */
const contentOf = (row: object): string =>
  canonicalJson({ ...row, computedAtMs: undefined, assessedAtMs: undefined, archivedAtMs: undefined, causes: undefined })

export const judgeRow = (table: TravellingTable, coming: object, here: object | undefined): Verdict => {
  if (here === undefined) return 'new'
  return contentOf(coming) === contentOf(here) ? 'same' : JUDGES[table](coming, here)
}
