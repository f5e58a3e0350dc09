import { isGap } from './booking.ts'
import { HOUR_MS, MINUTE_MS } from './calendar.ts'
import type { AcceptedReading, CounterEvent, CounterPoint, CounterReadout, CounterRule } from './counter-terms.ts'
import { readCounter } from './counter.ts'
import { distinctPoints, POWER_MARGIN } from './counter-terms.ts'
import type { Site } from './sun.ts'
import { daylightMs } from './sun.ts'

/**
 * The day register of a device that has no lifetime counter.
 *
 * Such a register goes back to 0 when the device wakes or its clock says so, rarely at midnight, and now and then not at all. What
 * it showed before the day is not this day's energy, so its first figures above 0 are judged in turn:
 * - a figure is *possible* when the sun of this day can have made it: at most rated power x 1.2 x hours of daylight, plus what the
 *   first light makes and one step of the register, and no more than can have come since a 0 shown before it;
 * - it *continues* the day before when it repeats that day's last figure, or is above it by no more than could be made in between,
 *   over a night without a gap (booking.ts). After a gap nothing follows from the two being near;
 * - a possible figure counts from 0, whenever it came, unless it continues the day before and either repeats its last figure or
 *   is more than a step and nearer to that figure than to 0;
 * - any other is *carried over*. If a lower one comes next, the register had not been reset yet: it counts for nothing. If the next
 *   one goes on from it, the register was not reset: the day counts from the last figure of the day before if it continues that,
 *   else from itself, as a finding that makes the day an estimate. If neither, it was a glitch.
 *
 * A fall later in the day opens a segment that counts from 0 too, and the segments add up.
 */

type RegisterDay = { site: Site; startMs: number; endMs: number }

/** Below 3 degrees the sun makes less than a tenth of rated power, for less than three quarters of an hour. */
const FIRST_LIGHT_SHARE = 0.1
const FIRST_LIGHT_MS = 45 * MINUTE_MS

/** Reads the register over one day; points outside [startMs, endMs) serve to recognise what was carried over. */
export const readDayRegister = (points: readonly CounterPoint[], rule: CounterRule, day: RegisterDay): CounterReadout => {
  const sorted = distinctPoints(points)
  const before = sorted.findLast(({ atMs }) => atMs < day.startMs)
  const ofDay = sorted.filter(({ atMs }) => atMs >= day.startMs && atMs < day.endMs)
  const beginning = beginningOf(ofDay, before, rule, day)
  if (beginning === undefined) return { accepted: [], events: [] }

  const { fromWh, notReset } = beginning
  const shown = ofDay.slice(beginning.index)
  const start = fromWh === undefined || shown[0]?.atMs === day.startMs ? [] : [{ atMs: day.startMs, wh: fromWh }]
  const { accepted, events } = readCounter([...start, ...shown], { ...rule, restartsAtZero: true })
  const readout = withoutCarried(
    accepted,
    events.filter(({ code }) => code !== 'counter_dip'),
  )
  return notReset === undefined ? readout : { ...readout, events: [notReset, ...readout.events] }
}

/** Where the day's energy begins: with which point, from what figure (the point's own if undefined), and the finding if it is not 0. */
type Beginning = { index: number; fromWh: number | undefined; notReset?: CounterEvent | undefined }

/** Undefined when there is no figure that says anything about this day. */
const beginningOf = (
  ofDay: readonly CounterPoint[],
  before: CounterPoint | undefined,
  rule: CounterRule,
  day: RegisterDay,
): Beginning | undefined => {
  const figures = ofDay
    .map((point, index) => ({ ...point, index }))
    .filter(({ wh }) => wh > 0)
    .filter(({ wh }, at, all) => wh !== all[at - 1]?.wh)
  if (figures.length === 0) return ofDay.length === 0 ? undefined : { index: 0, fromWh: 0 }

  for (const [at, figure] of figures.entries()) {
    const { index, wh } = figure
    const next = figures[at + 1]
    const lastWh = before !== undefined && continues(before, figure, rule, day) ? before.wh : undefined
    if (isPossible(figure, ofDay[index - 1], rule, day) && (lastWh === undefined || !isNearer(wh, lastWh, rule))) {
      return { index: at === 0 ? 0 : index, fromWh: 0 }
    }
    const fell = next !== undefined && next.wh < wh - rule.stepWh
    const goesOn = next !== undefined && next.wh <= wh + possibleWh(figure.atMs, next.atMs, rule, day)
    if (!fell && (lastWh !== undefined || goesOn)) {
      return { index, fromWh: lastWh, notReset: next && notResetEvent(figure, lastWh ?? wh) }
    }
  }
  return undefined
}

/** The most the sun can have made between two instants, first light included. */
const possibleWh = (fromMs: number, toMs: number, rule: CounterRule, { site }: RegisterDay): number =>
  (rule.ratedPowerW * (POWER_MARGIN * daylightMs(site, fromMs, toMs) + FIRST_LIGHT_SHARE * FIRST_LIGHT_MS)) / HOUR_MS +
  rule.stepWh

/** `previous` is the point before the figure, if the day has one: a 0, or a figure that was carried over. */
const isPossible = (
  { atMs, wh }: CounterPoint,
  previous: CounterPoint | undefined,
  rule: CounterRule,
  day: RegisterDay,
): boolean => {
  if (wh > possibleWh(day.startMs, atMs, rule, day)) return false
  return previous?.wh !== 0 || wh <= (rule.ratedPowerW * POWER_MARGIN * (atMs - previous.atMs)) / HOUR_MS + rule.stepWh
}

const continues = (before: CounterPoint, { atMs, wh }: CounterPoint, rule: CounterRule, day: RegisterDay): boolean =>
  before.wh > 0 &&
  (wh === before.wh ||
    (wh > before.wh &&
      wh - before.wh <= possibleWh(before.atMs, atMs, rule, day) &&
      !isGap({ fromMs: before.atMs, toMs: atMs }, day.site)))

const isNearer = (wh: number, lastWh: number, { stepWh }: CounterRule): boolean =>
  wh === lastWh || (wh > stepWh && wh - lastWh < lastWh)

const notResetEvent = ({ atMs, wh }: CounterPoint, carriedWh: number): CounterEvent => ({
  code: 'counter_reset_unconfirmed',
  atMs,
  detail: `the register did not begin at 0: ${carriedWh} Wh of the first ${wh} Wh are left out`,
  breaks: true,
})

/** Takes back what was credited to a first segment that never grew and then fell: it was yesterday's, and its reset expected. */
const withoutCarried = (accepted: readonly AcceptedReading[], events: readonly CounterEvent[]): CounterReadout => {
  const fellAt = accepted.findIndex(({ wh }, index) => index > 0 && wh < (accepted[index - 1]?.wh ?? 0))
  const shown = accepted.slice(0, Math.max(0, fellAt)).filter(({ wh }) => wh > 0)
  const isCarried = fellAt > 0 && shown.every(({ wh }) => wh === shown[0]?.wh)
  if (!isCarried) return { accepted: [...accepted], events: [...events] }
  const fellAtMs = accepted[fellAt]?.atMs
  return {
    accepted: accepted.map((reading, index) => (index < fellAt ? { ...reading, deltaWh: 0 } : reading)),
    events: events.filter(({ code, atMs }) => !(code === 'counter_reset_unconfirmed' && atMs === fellAtMs)),
  }
}
