import { HOUR_MS } from './calendar.ts'

/**
 * The words of the energy rule, wherever it stands (counter.ts, counter-reset.ts, day-register.ts, booking.ts, device-day.ts):
 * - *reading* or *point*: what a register showed at one instant, in its own Wh, before a CT multiplier;
 * - *baseline*: the last reading that was accepted, with which the next one is compared;
 * - *segment*: accepted readings of which each follows the one before, so that they prove last minus first;
 * - *dip*: a fall that the counter takes back, to 0 or to anything; it proves nothing and costs nothing;
 * - *reset*: a fall that it does not take back. Recorded by an officer, with what the old register showed last and the new one first,
 *   it joins two segments to the Wh; unconfirmed, it is a *break*, and its day is provisional;
 * - *rollover*: a fall that the declared modulus explains;
 * - *stray*: a reading that turned out not to be this counter's;
 * - *gap*: time without an accepted reading, too long to take the counter's word for when the energy was made (booking.ts);
 * - *estimate*: a figure that a gap, a break or a doubt makes provisional; any other that is known is *measured*;
 * - *finding*: something about a day that an officer should look at, with its instant and figures. Some put the day in doubt, some
 *   only tell what was seen.
 */

/** A register as read at one instant, in its own Wh (before a CT multiplier). */
export type CounterPoint = { atMs: number; wh: number }

export type CounterRule = {
  /** The most the register can show per hour, without the margin. */
  ratedPowerW: number
  /** The coarsest step the register is known to take. */
  stepWh: number
  /** The register returns to 0 after this many Wh, if declared. */
  modulusWh?: number | undefined
  /** After a reset the register counts from 0, so its first figure was earned since the last good one: true of day registers. */
  restartsAtZero?: boolean
}

/** `deltaWh` was earned since `sinceMs`; a reading that opens a segment has null there and has earned nothing. */
export type AcceptedReading = CounterPoint & { sinceMs: number | null; deltaWh: number }

export type CounterEventCode =
  | 'counter_dip'
  | 'counter_reset'
  | 'counter_reset_unconfirmed'
  | 'counter_reset_contradicted'
  | 'counter_rollover'
  | 'rate_implausible'
  | 'two_counters'
/** `breaks`: some energy around this instant is not known, so the day is provisional until an officer has looked. */
export type CounterEvent = { code: CounterEventCode; atMs: number; detail: string; breaks: boolean }

export type CounterReadout = { accepted: AcceptedReading[]; events: CounterEvent[] }

/** Measured over rated power, with room for short overload and for clocks that jitter. */
export const POWER_MARGIN = 1.2

/** In order of time, each instant once; instants with differing figures count for nothing. */
export const distinctPoints = (points: readonly CounterPoint[]): CounterPoint[] => {
  const sorted = [...points].sort((a, b) => a.atMs - b.atMs || a.wh - b.wh)
  const firstOfInstant = sorted.filter((point, index) => sorted[index - 1]?.atMs !== point.atMs)
  const lastOfInstant = sorted.filter((point, index) => sorted[index + 1]?.atMs !== point.atMs)
  return firstOfInstant.filter((point, index) => lastOfInstant[index]?.wh === point.wh)
}

const possibleWh = (elapsedMs: number, rule: CounterRule): number =>
  (rule.ratedPowerW * POWER_MARGIN * elapsedMs) / HOUR_MS + rule.stepWh

/** The reading accepted after `last`, or undefined when it does not follow. */
export const follow = (last: CounterPoint, point: CounterPoint, rule: CounterRule): AcceptedReading | undefined => {
  const riseWh = point.wh - last.wh
  const reached = (wh: number, deltaWh: number): AcceptedReading | undefined =>
    deltaWh <= possibleWh(point.atMs - last.atMs, rule) ? { atMs: point.atMs, wh, sinceMs: last.atMs, deltaWh } : undefined
  if (riseWh >= 0) return reached(point.wh, riseWh)
  if (-riseWh <= rule.stepWh) return reached(last.wh, 0)
  return rule.modulusWh !== undefined && riseWh + rule.modulusWh >= 0 ? reached(point.wh, riseWh + rule.modulusWh) : undefined
}

/** The reading with which a segment begins. */
export const opening = ({ atMs, wh }: CounterPoint): AcceptedReading => ({ atMs, wh, sinceMs: null, deltaWh: 0 })
