import * as z from 'zod'
import { type ChinaDay, dayEndMs, HOUR_MS, MINUTE_MS, parseDay } from './calendar.ts'
import type { Assessment } from './assessment.ts'
import type { CountyDay } from './county-assessment.ts'

/** Which days of a county are to be assessed, and how the queue says so. */

const day = z.custom<ChinaDay>((value) => typeof value === 'string' && parseDay(value) !== undefined, 'not a day')

export const countyDayWork = z.object({ countyCode: z.string().regex(/^\d{12}$/), day })
export type CountyDayWork = z.infer<typeof countyDayWork>

/** The stations of a county close their day one after another: assessed is it once none has for so long, */
const QUIET_MS = 15 * MINUTE_MS
/** or this long after its end, whatever still trickles in. */
const WAIT_MS = 6 * HOUR_MS

/** Whether a county's day that was marked is to be assessed at an instant. */
export const isDue = (mark: { day: ChinaDay; markedAtMs: number }, atMs: number): boolean =>
  dayEndMs(mark.day) <= atMs && (atMs - mark.markedAtMs >= QUIET_MS || atMs - dayEndMs(mark.day) >= WAIT_MS)

/** How far back days that tell a station's clock are looked for. */
export const CLOCK_BACK_DAYS = 30

/** Each station's share of a day: below the limit, above it, or not known. */
const standing = (rows: readonly CountyDay[], degradedBp: number): Map<string, 'below' | 'above' | 'unknown'> =>
  new Map(
    rows
      .flatMap(({ digests }) => digests)
      .map(({ stationId, shareBp }) => [stationId, shareBp === null ? 'unknown' : shareBp < degradedBp ? 'below' : 'above']),
  )

/**
 * Which of the days after one must be judged again, now that its rows have changed: those on which a station is below the limit that
 * was not where it is now. `later` are rows of the days after it, of any number of them.
 */
export const daysTouched = (
  { before, after, later }: Record<'before' | 'after' | 'later', readonly CountyDay[]>,
  degradedBp: number,
): ChinaDay[] => {
  const [was, is] = [standing(before, degradedBp), standing(after, degradedBp)]
  const moved = [...is].flatMap(([stationId, state]) => ((was.get(stationId) ?? 'unknown') === state ? [] : [stationId]))
  const touched = later.filter((row) => {
    const then = standing([row], degradedBp)
    return moved.some((stationId) => then.get(stationId) === 'below')
  })
  return [...new Set(touched.map(({ day: on }) => on))].sort()
}

/**
 * Which of a station's days after one say something of its clock that stands on what that one says of it, now that it says another
 * thing. `later` are the station's days within `CLOCK_BACK_DAYS` after it, in order; one on which it is in step tells of no shift.
 */
export const daysToldBy = (later: readonly Pick<Assessment, 'day' | 'lagQuarters'>[], clockDays: number): ChinaDay[] =>
  later
    .filter(({ lagQuarters }) => lagQuarters !== undefined)
    .slice(0, clockDays - 1)
    .filter(({ lagQuarters }) => lagQuarters !== 0)
    .map(({ day: on }) => on)

/** When each of the days before one was judged: another answer than before says that it was meanwhile. */
export const judgedBefore = (rows: readonly CountyDay[], on: ChinaDay): string =>
  rows
    .filter(({ day: other, part }) => other < on && part === 0)
    .map(({ day: other, assessedAtMs }) => `${other} ${assessedAtMs}`)
    .join()
