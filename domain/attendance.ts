import type { ChinaMonth } from './calendar.ts'
import { timesRatio } from './money.ts'
import type { PlanLine, RegionCode } from './registry.ts'

/** Who was there: the attendance sheet of a village's month, by person and post. */

/** Days attended of days due, or hundredths of a percent of 10,000. `attended` is from 0 to `due`, `due` from 1. */
export type Attended = { personId: string; post: string; attended: number; due: number }

/** Versions of a month are kept; the highest counts. */
export type AttendanceSheet = {
  villageCode: RegionCode
  month: ChinaMonth
  version: number
  entries: Attended[]
  document: string
  /** User name. */
  recordedBy: string
  recordedAtMs: number
}

/** What a post's wage comes to, rounded half up once; undefined when the sheet does not say how often somebody was there. */
export const wageByAttendance = (
  { personId, post, weight }: Pick<PlanLine, 'personId' | 'post' | 'weight'>,
  sheet: Pick<AttendanceSheet, 'entries'> | undefined,
): { claimFen: number; attended: number; due: number } | undefined => {
  const found = sheet?.entries.find((entry) => entry.personId === personId && entry.post === post)
  if (!found) return undefined
  const { attended, due } = found
  return { claimFen: timesRatio(weight, { times: attended, per: due }), attended, due }
}
