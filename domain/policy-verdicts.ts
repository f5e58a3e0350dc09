import type { Allocation } from './allocation-run.ts'
import type { ChinaDay } from './calendar.ts'
import { isIncome } from './income.ts'
import type { VillageStatement } from './village-statement.ts'
import { minimumFenOf, ratioBp } from './money.ts'
import { lastAct, noticeDays } from './plan-life.ts'
import type { PlanEvent } from './plan-events.ts'
import { labourShare } from './policy.ts'
import { POLICY_KINDS, type PolicyKind, type PolicyRule, ruleOn } from './policy-rules.ts'
import type { BenefitKind, Plan } from './registry.ts'

/** How a village stands to its county's rules, each verdict with the clause, the document and the figures behind it. */

/** What a village earned and paid in the months looked at. */
export type VillageBooks = {
  /** Income lines, operation costs (a positive amount), what was left, all in fen. */
  grossFen: number
  operationFen: number
  netFen: number
  /** What was distributed. */
  paidFen: Record<BenefitKind, number>
}

export type Verdict = 'holds' | 'broken' | 'unknown'
/** Figures by name, their unit at the end of it; null is unknown. `lineIds` are the lines of the plan a verdict is about. */
export type PolicyVerdict = Pick<PolicyRule, 'kind' | 'validFrom' | 'clause' | 'document'> & {
  verdict: Verdict
  figures: Record<string, number | string | null>
  lineIds?: string[]
}

type BookedLine = { kind: string; energyWh?: number; amountFen: number }

/** Months without an allocation by kind pay nobody anything here: see `paidByKind`. */
export const booksOf = (
  statements: readonly Pick<VillageStatement, 'stations' | 'deductions' | 'adjustments' | 'netFen'>[],
  allocations: readonly Pick<Allocation, 'byKindFen'>[],
): VillageBooks => {
  const lines = statements.flatMap(({ stations, deductions = [], adjustments = [] }) => {
    const own: BookedLine[] = stations.flatMap((station) => station.lines)
    return own.concat(deductions, adjustments)
  })
  const sum = (amounts: readonly number[]): number => amounts.reduce((total, amountFen) => total + amountFen, 0)
  const paid = (kind: BenefitKind): number => sum(allocations.map(({ byKindFen }) => byKindFen?.[kind] ?? 0))
  return {
    grossFen: sum(lines.filter(isIncome).map(({ amountFen }) => amountFen)),
    operationFen: 0 - sum(lines.filter(({ kind }) => kind === 'operation').map(({ amountFen }) => amountFen)),
    netFen: sum(statements.map(({ netFen }) => netFen)),
    paidFen: { post: paid('post'), works: paid('works'), reward: paid('reward') },
  }
}

export type Judged = {
  books: VillageBooks
  /** The plan the money is divided by; undefined when there is none. */
  plan?: Plan | undefined
  events: readonly PlanEvent[]
  /** The rules in force on this day are the ones that count: the last one of the months looked at. */
  on: ChinaDay
}

type Finding = { verdict: Verdict; figures: PolicyVerdict['figures']; lineIds?: string[] }
const UNKNOWN: Verdict = 'unknown'
const held = (holds: boolean): Verdict => (holds ? 'holds' : 'broken')

const labour = ({ rateBp = 0, base, numerator }: PolicyRule, { books }: Judged): Finding => {
  const baseFen = base === 'gross' ? books.grossFen : books.netFen
  const labourFen = books.paidFen.post + (numerator === 'posts_and_works' ? books.paidFen.works : 0)
  const { holds, ...found } = labourShare({ baseFen, labourFen, minimumBp: rateBp })
  return { verdict: held(holds), figures: { rateBp, baseFen, labourFen, ...found } }
}

/** A ceiling is rounded down, as a minimum is rounded up: never to the good of whom it binds. */
const operation = ({ rateBp = 0, base }: PolicyRule, { books }: Judged): Finding => {
  const baseFen = Math.max(0, base === 'gross' ? books.grossFen : books.netFen)
  const ceilingFen = baseFen - minimumFenOf({ amountFen: baseFen, rateBp: Math.max(0, 10_000 - rateBp) })
  const shareBp = ratioBp({ part: books.operationFen, of: baseFen })
  const figures = { rateBp, baseFen, operationFen: books.operationFen, ceilingFen, shareBp }
  return { verdict: held(books.operationFen <= ceilingFen), figures }
}

const presence = ({ rateBp = 0 }: PolicyRule, { events }: Judged): Finding => {
  const meeting = lastAct(events, 'pass')
  if (!meeting) return { verdict: UNKNOWN, figures: { rateBp, present: null, entitled: null } }
  const { present, entitled } = meeting
  return { verdict: held(present * 10_000 >= entitled * rateBp), figures: { rateBp, present, entitled } }
}

const notice = ({ count = 0 }: PolicyRule, { events }: Judged): Finding => {
  const hung = lastAct(events, 'notice')
  if (!hung) return { verdict: UNKNOWN, figures: { minimumDays: count, days: null } }
  const days = noticeDays(hung)
  return { verdict: held(days >= count), figures: { minimumDays: count, days, from: hung.from, to: hung.to } }
}

const monthsFrom = (from: ChinaDay, to: ChinaDay): number => {
  const [earlier, later] = [from, to].map((day) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)))
  return (later ?? 0) - (earlier ?? 0) - (to.slice(8) < from.slice(8) ? 1 : 0)
}

/** Whoever benefits is looked at anew when the village meeting passes a plan. */
const review = ({ count = 0 }: PolicyRule, { events, on }: Judged): Finding => {
  const meetingOn = lastAct(events, 'pass')?.meetingOn
  if (meetingOn === undefined) return { verdict: UNKNOWN, figures: { maximumMonths: count, months: null } }
  const months = monthsFrom(meetingOn, on)
  return { verdict: held(months < count), figures: { maximumMonths: count, months, meetingOn } }
}

/** Lines that weigh nothing are no benefit. */
const benefits = ({ count = 0 }: PolicyRule, { plan }: Judged): Finding => {
  if (!plan) return { verdict: UNKNOWN, figures: { maximum: count, persons: null } }
  const byPerson = Map.groupBy(
    plan.lines.filter(({ weight }) => weight > 0),
    ({ personId }) => personId,
  )
  const over = [...byPerson.values()].filter((lines) => lines.length > count)
  const lineIds = over.flatMap((lines) => lines.map(({ lineId }) => lineId)).toSorted()
  const figures = { maximum: count, persons: over.length }
  return { verdict: held(over.length === 0), figures, ...(lineIds.length > 0 && { lineIds }) }
}

const JUDGES: Record<PolicyKind, (rule: PolicyRule, judged: Judged) => Finding> = {
  minimum_labour_share: labour,
  operation_ceiling: operation,
  meeting_presence: presence,
  notice_days: notice,
  review_months: review,
  benefits_per_person: benefits,
}

/** One verdict per kind of rule that is in force on the day; a kind without a rule demands nothing and has none. */
export const judgeVillage = (rules: readonly PolicyRule[], judged: Judged): PolicyVerdict[] =>
  POLICY_KINDS.flatMap((kind) => {
    const rule = ruleOn(rules, kind, judged.on)
    if (!rule) return []
    const { validFrom, clause, document } = rule
    return [{ kind, validFrom, clause, document, ...JUDGES[kind](rule, judged) }]
  })
