import { planInForce } from '../../domain/allocation.ts'
import type { AttendanceSheet } from '../../domain/attendance.ts'
import { type ChinaMonth, dayOf, monthOf } from '../../domain/calendar.ts'
import { canonicalJson } from '../../domain/canonical.ts'
import type { PlanAct, PlanEvent } from '../../domain/plan-events.ts'
import { parseAttendance, parsePlanLines } from '../../domain/plan-files.ts'
import { decideAct, draftVersion, type Duty, entered, type PlanRejected } from '../../domain/plan-life.ts'
import type { Rejected } from '../../domain/problems.ts'
import type { Plan, RegionCode } from '../../domain/registry.ts'
import { monthsToSettle } from '../../domain/settlement-work.ts'
import { beginningWith, settledMonths } from '../../stores/months.ts'
import { allRows } from '../../stores/table.ts'
import type { PlanActed, PlanWritten } from '../api-types-plans.ts'
import type { Deps } from '../entry.ts'
import { told } from './told.ts'
import { lifeOf, monthsBegun, plansOfYear } from './plan-pages.ts'

/** Where plans are written and acted on: every change is an entry, and the plan's row carries the last one of them. */

export type DeskDeps = Deps<'villageStatements' | 'persons', 'plans' | 'planEvents' | 'attendance', 'settle-village'>
/** Who asks, and what for. */
export type Asking = { by: string; duties: readonly Duty[] }

const rejected = (code: Rejected['code'], detail: string): Rejected => ({ kind: 'rejected', code, detail })
const MEANWHILE: PlanRejected = {
  kind: 'rejected',
  code: 'conflict',
  reason: 'meanwhile',
  detail: 'Somebody has acted on this plan meanwhile: look at it again.',
}

/**
 * Puts an entry and the plan that carries it into the tables. The entry before goes into its table first, should it not be there yet;
 * then the plan's row, which is what counts, on condition that nobody was faster; then the new entry. Whatever ends in between, the
 * row holds the last entry and the table all others.
 */
const putEntry = async (
  deps: DeskDeps,
  found: { row: Plan; version: number } | undefined,
  next: Plan & { last: PlanEvent },
): Promise<'written' | 'conflict'> => {
  if (found?.row.last) await deps.planEvents.put(found.row.last)
  const written = await deps.plans.put(next, found ? { version: found.version } : 'absent')
  if (written === 'written') await deps.planEvents.put(next.last)
  return written
}

/** Sends the settled months of a village to be divided again: of a year, or one of it and then those that follow from it. */
const divideAgain = async (deps: DeskDeps, villageCode: RegionCode, months: readonly ChinaMonth[]): Promise<number> => {
  const settled = await settledMonths(deps.villageStatements, villageCode, months)
  if (settled.length > 0) await deps.queues['settle-village'].send(settled.map((month) => ({ villageCode, month })))
  return settled.length
}

/** What is asked about one version of a village's plan. `seq` is the last entry the person has seen. */
export type ActAsked = { villageCode: RegionCode; year: number; version: number; seq: number; act: PlanAct }

export const actOnPlan = async (
  deps: DeskDeps,
  { villageCode, year, version, seq, act }: ActAsked,
  asking: Asking,
): Promise<{ kind: 'done'; acted: PlanActed } | Rejected | PlanRejected> => {
  const found = await deps.plans.get({ villageCode, year, version })
  if (!found) return rejected('not_found', 'There is no such version of the plan.')
  if ((found.row.last?.seq ?? 0) !== seq) return MEANWHILE
  const atMs = deps.now()
  const events = await lifeOf(deps, found.row)
  const decided = decideAct({ plan: found.row, events, today: dayOf(atMs) }, act, asking)
  if (decided.kind === 'rejected') return decided
  const next = entered(found.row, { act, after: decided.after, by: asking.by, atMs })
  if ((await putEntry(deps, found, next)) === 'conflict') return MEANWHILE
  deps.log.info({ villageCode, year, version, act: act.kind, state: next.state }, 'a plan was acted on')
  const settledAgain = act.kind === 'file' ? await divideAgain(deps, villageCode, yearsMonths(deps, year)) : 0
  return { kind: 'done', acted: { version, state: next.state, seq: next.last.seq, settledAgain } }
}

/** Of the months that late changes still reach, those of a year; the newest first, as they are looked up. */
const yearsMonths = (deps: DeskDeps, year: number): ChinaMonth[] => {
  const begun = new Set(monthsBegun(year, monthOf(deps.now())))
  return monthsToSettle(deps.now()).filter((month) => begun.has(month))
}

export type DraftAsked = Pick<Plan, 'villageCode' | 'year' | 'pool' | 'collectiveReserveBp' | 'document'> & {
  basis: NonNullable<Plan['basis']>
  lines: string
  dryRun: boolean
  /** The newest version and its last entry as the person has seen them; 0 and 0 where there was none. */
  version: number
  seq: number
}

/**
 * Writes the lines of a draft: into the newest version when that is a draft, otherwise as a new one. Refused when somebody has
 * written or acted since the person looked, so that nobody's lines are written over unseen.
 */
export const writeDraft = async (
  deps: DeskDeps,
  { lines: text, dryRun, version: seenVersion, seq, ...draft }: DraftAsked,
  { by }: Asking,
): Promise<{ kind: 'done'; written: PlanWritten } | Rejected> => {
  const { villageCode, year, document } = draft
  const plans = await plansOfYear(deps, villageCode, year)
  const newest = plans.at(-1)
  if ((newest?.version ?? 0) !== seenVersion || (newest?.last?.seq ?? 0) !== seq) return MEANWHILE
  const persons = await allRows((cursor) => deps.persons.query({ partition: villageCode, cursor }))
  const { lines, errors } = parsePlanLines(text, persons)
  const { version, isNew } = draftVersion(plans)
  const outcome = { written: false, version, lines: lines.length, errors: told(errors) }
  if (dryRun || errors.length > 0) return { kind: 'done', written: outcome }
  const found = isNew ? undefined : await deps.plans.get({ villageCode, year, version })
  const plan: Plan = { ...draft, version, state: 'drafted', lines, ...(found?.row.last && { last: found.row.last }) }
  const next = entered(plan, { act: { kind: 'draft', document }, after: 'drafted', by, atMs: deps.now() })
  if (found && (found.row.last?.seq ?? 0) !== seq) return MEANWHILE
  if ((await putEntry(deps, found, next)) === 'conflict') return MEANWHILE
  deps.log.info({ villageCode, year, version, lines: lines.length }, 'a plan was drafted')
  return { kind: 'done', written: { ...outcome, written: true } }
}

export type SheetAsked = Pick<AttendanceSheet, 'villageCode' | 'month' | 'document'> & { entries: string; dryRun: boolean }

/**
 * Writes a new version of a month's attendance sheet, unless the latest says the same, and has the month divided again when it was
 * settled.
 */
export const writeSheet = async (
  deps: DeskDeps,
  { villageCode, month, document, entries: text, dryRun }: SheetAsked,
  { by }: Asking,
): Promise<{ kind: 'done'; written: PlanWritten } | Rejected> => {
  const plan = planInForce(await plansOfYear(deps, villageCode, Number(month.slice(0, 4))))
  if (!plan) return rejected('conflict', 'The village has no plan in force for this month: file one first.')
  if (plan.basis !== 'wages') return rejected('conflict', 'The plan in force divides by weights: attendance has no part in it.')
  const { entries, errors } = parseAttendance(text, plan.lines)
  const range = { partition: villageCode, ...beginningWith(`${month}#`), reverse: true, limit: 1 }
  const latest = (await deps.attendance.query(range)).rows[0]?.row
  const isThere = latest?.document === document && canonicalJson(latest.entries) === canonicalJson(entries)
  const version = (latest?.version ?? 0) + (isThere ? 0 : 1)
  const outcome = { written: false, version, lines: entries.length, errors: told(errors) }
  if (dryRun || errors.length > 0) return { kind: 'done', written: outcome }
  const sheet = { villageCode, month, version, entries, document, recordedBy: by, recordedAtMs: deps.now() }
  if (!isThere && (await deps.attendance.put(sheet, 'absent')) === 'conflict') return MEANWHILE
  deps.log.info({ villageCode, month, version, entries: entries.length }, 'attendance was recorded')
  await divideAgain(deps, villageCode, [month])
  return { kind: 'done', written: { ...outcome, written: true } }
}
