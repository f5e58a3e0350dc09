import { HOUR_MS } from './calendar.ts'

/**
 * From what a counter showed to the energy it proves.
 *
 * Readings are taken in order of device time. Each is compared with the last one accepted, the *baseline*:
 * - it *follows* when it rose by no more than the device can make: rated power x 1.2 x hours elapsed, plus one step of the counter.
 *   A fall of at most one step is rounding; the higher figure is held. A fall that a declared modulus explains is a *rollover*;
 * - a leap too high for that, but possible since the counter last rose, ends a *freeze*: it is credited, as a finding;
 * - 0 after anything else is a *dip*: inverters show 0 when asleep or waking. It is ignored and the baseline kept;
 * - anything else is a *rival*. Rivals that follow one another form a run. When a later reading follows the baseline again, they
 *   were glitches. When three in a row agree (two, if the data end there), they stand for the counter: if leaving out
 *   fewer accepted readings than there are rivals joins the two, those accepted were the glitch; otherwise it is a *break*, a
 *   *reset* if the counter fell, and a new *segment* begins. Nothing is credited across a break.
 *
 * So the energy of a segment is its last figure minus its first, whichever readings in between arrived.
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

type CounterEventCode = 'counter_dip' | 'counter_reset_unconfirmed' | 'counter_rollover' | 'rate_implausible'
/** `breaks`: some energy around this instant is not known, so the day is provisional until an officer has looked. */
export type CounterEvent = { code: CounterEventCode; atMs: number; detail: string; breaks: boolean }

export type CounterReadout = { accepted: AcceptedReading[]; events: CounterEvent[] }

/** Measured over rated power, with room for short overload and for clocks that jitter. */
export const POWER_MARGIN = 1.2
const RIVALS_CONFIRM = 3
const RIVALS_CONFIRM_AT_END = 2
/** A freeze is looked back on for so long, which every computation of a day can see. */
const FREEZE_MS_MAX = 12 * HOUR_MS

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
const follow = (last: CounterPoint, point: CounterPoint, rule: CounterRule): AcceptedReading | undefined => {
  const riseWh = point.wh - last.wh
  const reached = (wh: number, deltaWh: number): AcceptedReading | undefined =>
    deltaWh <= possibleWh(point.atMs - last.atMs, rule) ? { atMs: point.atMs, wh, sinceMs: last.atMs, deltaWh } : undefined
  if (riseWh >= 0) return reached(point.wh, riseWh)
  if (-riseWh <= rule.stepWh) return reached(last.wh, 0)
  return rule.modulusWh !== undefined && riseWh + rule.modulusWh >= 0 ? reached(point.wh, riseWh + rule.modulusWh) : undefined
}

/** The reading accepted after a counter that stood still: what it shows must have been possible since it last rose. */
const thaw = (accepted: readonly AcceptedReading[], point: CounterPoint, rule: CounterRule): AcceptedReading | undefined => {
  const last = accepted.at(-1)
  if (last === undefined || point.wh < last.wh) return undefined
  const still = accepted.slice(accepted.findLastIndex(({ wh }) => wh !== last.wh) + 1)
  const since = still.find(({ atMs }) => atMs >= point.atMs - FREEZE_MS_MAX)
  const next = since && follow(since, point, rule)
  return next && { ...next, sinceMs: last.atMs }
}

const opening = ({ atMs, wh }: CounterPoint): AcceptedReading => ({ atMs, wh, sinceMs: null, deltaWh: 0 })

const event = (code: CounterEventCode, point: CounterPoint, last: CounterPoint, breaks = false): CounterEvent => ({
  code,
  atMs: point.atMs,
  detail: `${point.wh} Wh after ${last.wh} Wh`,
  breaks,
})

/** Reads one counter over any span of time. Neither the order nor the repetition of the points matters. */
export const readCounter = (points: readonly CounterPoint[], rule: CounterRule): CounterReadout => {
  const accepted: AcceptedReading[] = []
  const events: CounterEvent[] = []
  let rivals: CounterPoint[] = []
  let dipping = false

  const accept = (reading: AcceptedReading, last: CounterPoint): void => {
    if (reading.wh < last.wh && reading.sinceMs !== null) events.push(event('counter_rollover', reading, last))
    accepted.push(reading)
  }
  const dismissRivals = (last: CounterPoint): void => {
    for (const rival of rivals) events.push(event(rival.wh < last.wh ? 'counter_dip' : 'rate_implausible', rival, last))
    rivals = []
  }
  const trustRivals = (last: CounterPoint): void => {
    const [first, ...others] = rivals
    if (first === undefined) return
    rivals = []
    if (!outvote(accepted, first, others.length, rule, events)) {
      const fell = first.wh < last.wh
      events.push(event(fell ? 'counter_reset_unconfirmed' : 'rate_implausible', first, last, true))
      const countedFromZero = fell && rule.restartsAtZero && first.wh <= possibleWh(first.atMs - last.atMs, rule)
      accepted.push(countedFromZero ? { ...first, sinceMs: last.atMs, deltaWh: first.wh } : opening(first))
    }
    for (const rival of others) {
      const previous = accepted.at(-1) ?? first
      accept(follow(previous, rival, rule) ?? opening(rival), previous)
    }
  }

  for (const point of distinctPoints(points)) {
    const last = accepted.at(-1)
    if (last === undefined) {
      accepted.push(opening(point))
      continue
    }
    const isDip = point.wh === 0 && last.wh > 0
    if (isDip && !dipping) events.push(event('counter_dip', point, last))
    dipping = isDip
    if (isDip) continue

    const next = follow(last, point, rule)
    const thawed = next === undefined && last.wh > 0 ? thaw(accepted, point, rule) : undefined
    const previousRival = rivals.at(-1)
    if (next !== undefined) {
      dismissRivals(last)
      accept(next, last)
    } else if (thawed !== undefined) {
      dismissRivals(last)
      events.push(event('rate_implausible', point, last, true))
      accepted.push(thawed)
    } else if (last.wh === 0) {
      // Data that begin with zeros begin in a dip.
      events.push({ ...event('counter_dip', last, last), detail: `0 Wh before ${point.wh} Wh` })
      accepted.splice(0, accepted.length, opening(point))
    } else {
      if (previousRival !== undefined && follow(previousRival, point, rule) === undefined) dismissRivals(last)
      rivals.push(point)
      if (rivals.length >= RIVALS_CONFIRM) trustRivals(last)
    }
  }

  const last = accepted.at(-1)
  const [leftOver] = rivals
  if (last && rivals.length >= RIVALS_CONFIRM_AT_END) trustRivals(last)
  else if (last && leftOver)
    events.push(event(leftOver.wh < last.wh ? 'counter_reset_unconfirmed' : 'rate_implausible', leftOver, last, true))
  return { accepted, events: events.sort((a, b) => a.atMs - b.atMs) }
}

/**
 * Replaces the newest accepted readings, at most `outvotedMax` of them, by the rival if it follows what came before them.
 * This is how a leap that a long night made look possible is found out once the true figures return.
 */
const outvote = (
  accepted: AcceptedReading[],
  rival: CounterPoint,
  outvotedMax: number,
  rule: CounterRule,
  events: CounterEvent[],
): boolean => {
  for (let count = 1; count <= outvotedMax; count += 1) {
    const outvoted = accepted.at(-count)
    const before = accepted.at(-count - 1)
    if (outvoted === undefined || before === undefined || outvoted.sinceMs === null) return false
    // Anything follows 0, so that the rivals do says nothing.
    if (before.wh === 0) return false
    const joined = follow(before, rival, rule)
    if (joined !== undefined) {
      const wrongFromMs = outvoted.atMs
      events.splice(0, events.length, ...events.filter(({ atMs, breaks }) => !(breaks && atMs >= wrongFromMs)))
      events.push(event('rate_implausible', outvoted, before))
      accepted.splice(accepted.length - count, count, joined)
      return true
    }
  }
  return false
}
