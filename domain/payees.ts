import { type AttendanceSheet, wageByAttendance } from './attendance.ts'
import { type ChinaDay, type ChinaMonth, daysOfMonth } from './calendar.ts'
import type { Membership, Plan, PlanLine } from './registry.ts'

/** Whom a plan pays in a month: the persons who belong to a household of the village then, and what each line claims. */

/** A line in force. `claimFen`, `attended` and `due` only in plans by wages, the latter two of posts with a sheet. */
export type PayeeLine = PlanLine & { claimFen?: number; attended?: number; due?: number }

export const PAYEE_FINDINGS = ['person_left', 'person_not_yet', 'household_changed', 'attendance_assumed'] as const
/** What was not as the plan says, by line: never a silent change. */
export type PayeeFinding = { code: (typeof PAYEE_FINDINGS)[number]; lineIds: string[] }

type Present = { kind: 'present'; householdId: string } | { kind: 'left' } | { kind: 'not_yet' }

/**
 * Where a person of a plan's line belongs in a month: to the last household with at least a day in it. Somebody of whom nothing is
 * written has always belonged to the household of the line.
 */
const presenceOf = (
  line: PlanLine,
  rows: readonly Membership[] | undefined,
  { first, last }: { first: ChinaDay; last: ChinaDay },
): Present => {
  if (!rows) return { kind: 'present', householdId: line.householdId }
  const begun = rows.filter(({ validFrom }) => validFrom <= last)
  if (begun.length === 0) return { kind: 'not_yet' }
  const during = begun.filter(({ validTo }) => validTo === undefined || validTo > first)
  const latest = during.toSorted((a, b) => (a.validFrom < b.validFrom ? -1 : 1)).at(-1)
  return latest ? { kind: 'present', householdId: latest.householdId } : { kind: 'left' }
}

/** Adds to a line of a plan by wages what it claims: posts by their attendance, everything else its whole amount. */
const withClaim = (line: PlanLine, sheet: AttendanceSheet | undefined): PayeeLine => ({
  ...line,
  claimFen: line.weight,
  ...(line.kind === 'post' && wageByAttendance(line, sheet)),
})

/**
 * The lines of a plan that are in force in a month, in the order of the plan. A line stops with its person: one who has left, or
 * not come yet, is a finding and no line. A post that no sheet speaks of claims its full wage, and that is a finding too: that
 * nothing was written down does not mean that nobody came.
 */
export const payeesOf = ({
  plan,
  month,
  memberships,
  sheet,
}: {
  plan: Pick<Plan, 'lines' | 'basis'>
  month: ChinaMonth
  memberships: readonly Membership[]
  sheet: AttendanceSheet | undefined
}): { lines: PayeeLine[]; findings: PayeeFinding[] } => {
  const days = daysOfMonth(month)
  const span = { first: days[0] as ChinaDay, last: days.at(-1) as ChinaDay }
  const byPerson = Map.groupBy(memberships, ({ personId }) => personId)
  const told = new Map<PayeeFinding['code'], string[]>()
  const tell = (code: PayeeFinding['code'], { lineId }: PlanLine): void =>
    void told.set(code, [...(told.get(code) ?? []), lineId])

  const lines = plan.lines.flatMap((line): PayeeLine[] => {
    const presence = presenceOf(line, byPerson.get(line.personId), span)
    if (presence.kind !== 'present') {
      tell(presence.kind === 'left' ? 'person_left' : 'person_not_yet', line)
      return []
    }
    const hasMoved = presence.householdId !== line.householdId
    if (hasMoved) tell('household_changed', line)
    const there = hasMoved ? { ...line, householdId: presence.householdId } : line
    if (plan.basis !== 'wages') return [there]
    const claiming = withClaim(there, sheet)
    if (line.kind === 'post' && claiming.due === undefined) tell('attendance_assumed', line)
    return [claiming]
  })
  const findings = PAYEE_FINDINGS.flatMap((code) => {
    const lineIds = told.get(code)?.toSorted()
    return lineIds ? [{ code, lineIds }] : []
  })
  return { lines, findings }
}
