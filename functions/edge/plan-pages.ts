import { type ChinaDay, type ChinaMonth, dayOf, monthsOfYear } from '../../domain/calendar.ts'
import { paidByKind, planInForce } from '../../domain/allocation.ts'
import type { Allocation } from '../../domain/allocation-run.ts'
import type { VillageStatement } from '../../domain/village-statement.ts'
import { maskName } from '../../domain/mask.ts'
import { newestVersions } from '../../domain/overview.ts'
import type { PlanEvent } from '../../domain/plan-events.ts'
import { actsOpenTo, type Duty, lastAct, noticeDays, openObjections, wholeLife } from '../../domain/plan-life.ts'
import { cashCheck } from '../../domain/policy.ts'
import type { PolicyRule } from '../../domain/policy-rules.ts'
import { cashIn, receivedFen } from '../../domain/receipt-account.ts'
import { ledgerOf } from '../../domain/receipt-ledger.ts'
import { booksOf, judgeVillage, type PolicyVerdict } from '../../domain/policy-verdicts.ts'
import type { Plan, RegionCode } from '../../domain/registry.ts'
import { dueRulesOf, moneyOfVillage } from '../../stores/money-records.ts'
import { beginningWith } from '../../stores/months.ts'
import { linesOfRun } from '../../stores/runs.ts'
import { allRows } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { PlanDetail, PlanItem, PlanMonth, PlanView } from '../api-types-plans.ts'
import type { Ambient } from '../entry.ts'

/** A village's year as its plan has it: what was decided, what was paid, and how that stands to the county's rules. */

type Read =
  | 'plans'
  | 'planEvents'
  | 'villageStatements'
  | 'allocations'
  | 'allocationLines'
  | 'persons'
  | 'policyRules'
  | 'dueRules'
type ReadForCash = 'moneyRecords' | 'stations' | 'shares' | 'stationStatements'
export type PlanPageDeps = Ambient & { [Name in Read | ReadForCash]: TableReaderOf<Name> }

type VillageYear = {
  plans: Plan[]
  inForce: Plan | undefined
  allocations: Allocation[]
  statements: VillageStatement[]
  verdicts: PolicyVerdict[]
}

export const plansOfYear = (deps: Pick<PlanPageDeps, 'plans'>, villageCode: RegionCode, year: number): Promise<Plan[]> =>
  allRows((cursor) => deps.plans.query({ partition: villageCode, ...beginningWith(`${year}#`), cursor }))

/** Every entry of a plan's life, in order. */
export const lifeOf = async (deps: Pick<PlanPageDeps, 'planEvents'>, plan: Plan): Promise<PlanEvent[]> => {
  const range = beginningWith(`${plan.year}#${String(plan.version).padStart(8, '0')}#`)
  return wholeLife(plan, await allRows((cursor) => deps.planEvents.query({ partition: plan.villageCode, ...range, cursor })))
}

export const rulesOf = (deps: Pick<PlanPageDeps, 'policyRules'>, countyCode: RegionCode): Promise<PolicyRule[]> =>
  allRows((cursor) => deps.policyRules.query({ partition: countyCode, cursor }))

/** Rows of before they said what was paid by kind get it from their lines. */
const withKinds = async (deps: PlanPageDeps, allocation: Allocation): Promise<Allocation> => {
  if (allocation.byKindFen) return allocation
  return { ...allocation, byKindFen: paidByKind(await linesOfRun(deps, allocation, allocation.runId)) }
}

/** The last day of what is looked at: today, or the end of a year that is over. */
const lastDayOf = (deps: PlanPageDeps, year: number): ChinaDay => {
  const today = dayOf(deps.now())
  const end = `${year}-12-31` as ChinaDay
  return today < end ? today : end
}

export const villageYear = async (
  deps: PlanPageDeps,
  { villageCode, year, rules }: { villageCode: RegionCode; year: number; rules: readonly PolicyRule[] },
): Promise<VillageYear> => {
  const range = { partition: villageCode, from: `${year}-01`, to: `${year}-12~` }
  const [plans, versions, rows] = await Promise.all([
    plansOfYear(deps, villageCode, year),
    allRows((cursor) => deps.villageStatements.query({ ...range, cursor })),
    allRows((cursor) => deps.allocations.query({ ...range, cursor })),
  ])
  const statements = newestVersions(versions, ({ month }) => month)
  const allocations = await Promise.all(rows.map((row) => withKinds(deps, row)))
  const inForce = planInForce(plans)
  const judged = inForce ?? plans.at(-1)
  const events = judged ? await lifeOf(deps, judged) : []
  const books = booksOf(statements, allocations)
  const verdicts = judgeVillage(rules, { books, plan: judged, events, on: lastDayOf(deps, year) })
  return { plans, inForce, statements, allocations, verdicts }
}

export const itemOf = ({ plans, inForce, verdicts }: VillageYear): Omit<PlanItem, 'code' | 'name' | 'townName'> => {
  const newest = plans.at(-1)
  const kindsOf = (verdict: PolicyVerdict['verdict']) =>
    verdicts.filter((each) => each.verdict === verdict).map(({ kind }) => kind)
  return {
    version: newest?.version ?? null,
    state: newest?.state ?? null,
    versionInForce: inForce?.version ?? null,
    broken: kindsOf('broken'),
    unknown: kindsOf('unknown'),
  }
}

export const planDetail = async (
  deps: PlanPageDeps,
  plan: Plan,
  asking: { by: string; duties: readonly Duty[] },
): Promise<PlanDetail> => {
  const { villageCode, version, state, pool, basis = 'weights', collectiveReserveBp, document, last } = plan
  const [events, persons] = await Promise.all([
    lifeOf(deps, plan),
    allRows((cursor) => deps.persons.query({ partition: villageCode, cursor })),
  ])
  const names = new Map(persons.map(({ personId, name }) => [personId, name]))
  const notice = lastAct(events, 'notice')
  return {
    version,
    state,
    pool,
    basis,
    collectiveReserveBp,
    document,
    lines: plan.lines.map(({ lineId, personId, kind, post, weight }) => {
      return { lineId, payee: maskName(names.get(personId) ?? ''), kind, post, weight }
    }),
    seq: last?.seq ?? 0,
    entries: events.map(({ seq, atMs, by, before, after, act }) => ({ seq, atMs, by, ...(before && { before }), after, act })),
    openObjections: openObjections(events),
    notice: notice ? { from: notice.from, to: notice.to, days: noticeDays(notice) } : null,
    acts: actsOpenTo(state, events, asking),
  }
}

/**
 * The wages of the months settled so far against what arrived at the village within the year. Where no money that arrived was ever
 * recorded, against what is accrued and arrives within the year by the county's rules.
 */
export const cashOf = async (
  deps: PlanPageDeps,
  place: { villageCode: RegionCode; countyCode: RegionCode },
  { year, asOf }: { year: number; asOf: ChinaDay },
  { inForce, statements }: VillageYear,
): Promise<PlanView['cash']> => {
  if (!inForce) return null
  const monthlyFen = inForce.lines.reduce((sum, { kind, weight }) => sum + (kind === 'post' ? weight : 0), 0)
  const wagesFen = monthlyFen * statements.length
  const { items, records } = await moneyOfVillage(deps, place)
  const cash = cashIn(place.villageCode, records, ledgerOf(items, records, asOf), asOf)
  if (cash.length > 0) {
    const span = { from: `${year}-01-01` as ChinaDay, to: `${year}-12-31` as ChinaDay }
    return { wagesFen, ...cashCheck({ source: 'receipts', receivedFen: receivedFen(cash, span) }, wagesFen) }
  }
  const lines = statements.flatMap(({ stations }) => stations.flatMap((station) => station.lines))
  const rules = await dueRulesOf(deps, place.countyCode)
  return { wagesFen, ...cashCheck({ source: 'accrued', lines, year, rules }, wagesFen) }
}

export const monthsOf = ({ allocations }: VillageYear): PlanMonth[] =>
  allocations.map((row) => {
    const { month, potFen, reserveFen, distributedFen, undistributedFen, planVersion, carriedOutFen = null, findings = [] } = row
    return { month, potFen, reserveFen, distributedFen, undistributedFen, carriedOutFen, planVersion, findings }
  })

/** The months of a year up to this one. */
export const monthsBegun = (year: number, current: ChinaMonth): ChinaMonth[] =>
  monthsOfYear(year).filter((month) => month <= current)
