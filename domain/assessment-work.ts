import * as z from 'zod'
import { type ChinaDay, dayEndMs, HOUR_MS, MINUTE_MS, parseDay } from './calendar.ts'
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
