import type { ChinaDay } from './calendar.ts'
import { dayEndMs, dayNumberOf, dayStartMs, HOUR_MS } from './calendar.ts'
import type { Site } from './sun.ts'
import { daylightMs } from './sun.ts'

/**
 * Which day energy belongs to.
 *
 * What was earned between two readings is booked to the day of the later one; that includes an ordinary night, whose first
 * reading shows what the evening before left unreported. A *gap* (more than three hours of daylight without a reading, or more
 * than eighteen hours) is divided over the days it touches in proportion to time, and what it books is an estimate.
 * Either way the days sum to the whole, to the Wh.
 */

/** Energy earned between two readings, `fromMs` < `toMs`. */
export type Interval = { fromMs: number; toMs: number; energyWh: number }

export const GAP_DAYLIGHT_MS = 3 * HOUR_MS
const NIGHT_MS_MAX = 18 * HOUR_MS

/** Whether a span without a reading is too long to take the counter's word for when the energy was made. */
export const isGap = ({ fromMs, toMs }: { fromMs: number; toMs: number }, site: Site): boolean => {
  const lengthMs = toMs - fromMs
  if (lengthMs <= GAP_DAYLIGHT_MS) return false
  return lengthMs > NIGHT_MS_MAX || daylightMs(site, fromMs, toMs) > GAP_DAYLIGHT_MS
}

const touches = ({ fromMs, toMs }: Interval, day: ChinaDay): boolean => fromMs < dayEndMs(day) && toMs > dayStartMs(day)

/** Whether the interval has a say in the day. */
export const belongsTo = (interval: Interval, day: ChinaDay, gap: boolean): boolean =>
  gap ? touches(interval, day) : dayNumberOf(interval.toMs) === dayNumberOf(dayStartMs(day))

/** Energy of the interval up to an instant, in proportion to time, rounded down: differences of it telescope exactly. */
const energyUntilWh = ({ fromMs, toMs, energyWh }: Interval, atMs: number): number => {
  const elapsedMs = Math.min(toMs, Math.max(fromMs, atMs)) - fromMs
  return Number((BigInt(energyWh) * BigInt(elapsedMs)) / BigInt(toMs - fromMs))
}

/** The day's part of the interval in Wh. Over all days the parts sum to `energyWh`. */
export const bookedWh = (interval: Interval, day: ChinaDay, gap: boolean): number => {
  if (!belongsTo(interval, day, gap)) return 0
  return gap ? energyUntilWh(interval, dayEndMs(day)) - energyUntilWh(interval, dayStartMs(day)) : interval.energyWh
}

/** The parts of [fromMs, toMs) that no interval covers. Intervals in order of time. */
export const uncovered = (fromMs: number, toMs: number, intervals: readonly Interval[]): { fromMs: number; toMs: number }[] => {
  const spans: { fromMs: number; toMs: number }[] = []
  let coveredUntilMs = fromMs
  for (const interval of intervals) {
    if (interval.fromMs >= toMs) break
    if (interval.fromMs > coveredUntilMs) spans.push({ fromMs: coveredUntilMs, toMs: interval.fromMs })
    coveredUntilMs = Math.max(coveredUntilMs, interval.toMs)
  }
  if (coveredUntilMs < toMs) spans.push({ fromMs: coveredUntilMs, toMs })
  return spans
}
