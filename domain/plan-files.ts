import * as z from 'zod'

import type { Attended } from './attendance.ts'
import { choiceCell, decimalCell, idCell, postCell, textCell, wholeCell } from './cells.ts'
import { WHOLE_BP } from './money.ts'
import type { ImportError } from './registry-files.ts'
import { BENEFIT_KINDS, type Person, type PlanLine } from './registry.ts'
import { readSheet, type SheetLine } from './sheet.ts'

/** What a village hands in as CSV: the lines of a plan, and the attendance sheet of a month. */

/** A plan is one row of its table: with more lines it would not fit. */
export const PLAN_LINES_MAX = 900

const planLine = z.strictObject({
  line_id: idCell,
  person_id: idCell,
  kind: choiceCell(BENEFIT_KINDS),
  post: postCell.optional(),
  weight_yuan: decimalCell(2, 0, 1e10),
})
export const PLAN_LINE_COLUMNS = Object.keys(planLine.shape)

const attendanceLine = z.strictObject({
  person_id: idCell,
  post: textCell(32),
  attended_days: wholeCell(0, 31).optional(),
  due_days: wholeCell(1, 31).optional(),
  percent: decimalCell(2, 0, WHOLE_BP).optional(),
})
export const ATTENDANCE_COLUMNS = Object.keys(attendanceLine.shape)

type Tell = (line: number, column: string, message: string) => void
const teller =
  (file: string, errors: ImportError[]): Tell =>
  (line, column, message) =>
    void errors.push({ file, line, column, message })

/** Says of every line but the first with a key that it is there already. */
const tellRepeats = <Row>(lines: readonly SheetLine<Row>[], keyOf: (row: Row) => string, column: string, tell: Tell): void => {
  const seen = new Map<string, number>()
  for (const { line, row } of lines) {
    const earlier = seen.get(keyOf(row))
    if (earlier === undefined) seen.set(keyOf(row), line)
    else tell(line, column, `Line ${earlier} is about the same; keep one of the two.`)
  }
}

const inOrder = (errors: readonly ImportError[]): ImportError[] => errors.toSorted((a, b) => a.line - b.line)

/** The lines of a plan for persons of its village, each paid by the household it belongs to. Only without errors are they complete. */
export const parsePlanLines = (
  text: string,
  persons: readonly Pick<Person, 'personId' | 'householdId'>[],
): { lines: PlanLine[]; errors: ImportError[] } => {
  const file = 'plan-lines.csv'
  const { lines: read, errors } = readSheet(file, text, planLine)
  const tell = teller(file, errors)
  const households = new Map(persons.map(({ personId, householdId }) => [personId, householdId]))
  tellRepeats(read, ({ line_id: id }) => id, 'line_id', tell)
  if (read.length > PLAN_LINES_MAX) tell(1, '', `A plan has at most ${PLAN_LINES_MAX} lines.`)
  const lines = read.flatMap(({ line, row }): PlanLine[] => {
    const householdId = households.get(row.person_id)
    if (householdId === undefined) tell(line, 'person_id', 'No person of this village has this id; see persons.csv.')
    if (row.kind === 'post' && row.post === undefined) tell(line, 'post', 'Name the post, for example 保洁员.')
    const { line_id: lineId, person_id: personId, kind, post = '', weight_yuan: weight } = row
    return householdId === undefined ? [] : [{ lineId, personId, householdId, kind, post, weight }]
  })
  return { lines, errors: inOrder(errors) }
}

/** The attendance of a month, for posts of the plan: days attended of days due, or a percentage. */
export const parseAttendance = (
  text: string,
  planLines: readonly Pick<PlanLine, 'kind' | 'personId' | 'post'>[],
): { entries: Attended[]; errors: ImportError[] } => {
  const file = 'attendance.csv'
  const { lines, errors } = readSheet(file, text, attendanceLine)
  const tell = teller(file, errors)
  const keyOf = (personId: string, post: string): string => `${personId}#${post}`
  const posts = new Set(planLines.filter(({ kind }) => kind === 'post').map(({ personId, post }) => keyOf(personId, post)))
  tellRepeats(lines, ({ person_id: personId, post }) => keyOf(personId, post), 'person_id', tell)
  const entries = lines.flatMap(({ line, row }): Attended[] => {
    const { person_id: personId, post, attended_days: attended, due_days: due, percent } = row
    if (!posts.has(keyOf(personId, post))) tell(line, 'person_id', 'The plan has no such post of this person.')
    const isInDays = attended !== undefined && due !== undefined
    const hasNeither = attended === undefined && due === undefined
    if (isInDays === (percent !== undefined) || (!isInDays && !hasNeither)) {
      tell(line, 'attended_days', 'Fill in either attended_days and due_days, or percent.')
      return []
    }
    if (isInDays && attended > due) tell(line, 'attended_days', 'More days were attended than were due.')
    return isInDays ? [{ personId, post, attended, due }] : [{ personId, post, attended: percent ?? 0, due: WHOLE_BP }]
  })
  return { entries, errors: inOrder(errors) }
}
