import { HOUR_MS, MINUTE_MS } from './calendar.ts'
import type { CounterEvent, CounterEventCode, CounterPoint, CounterReadout, CounterRule } from './counter-terms.ts'
import { distinctPoints, follow, opening } from './counter-terms.ts'

/**
 * From what a counter showed to the energy it proves (words: counter-terms.ts).
 *
 * Readings are taken in order of device time. Each is compared with the *baseline*:
 * - it *follows* when it rose by no more than the device can make: rated power x 1.2 x hours elapsed, plus one step of the counter.
 *   A fall of at most one step is rounding; the higher figure is held. A fall that a declared modulus explains is a *rollover*;
 * - a leap too high for that, but possible since the counter last rose, ends a *freeze*: it is credited, as a finding;
 * - 0 after anything else is a *dip*: inverters show 0 when asleep or waking. It is ignored and the baseline kept;
 * - anything else is a *rival*. Rivals that follow one another form a run. When a later reading follows the baseline again, they
 *   were *strays*. When three in a row agree (two, if the data end there), they stand for the counter, by the first of these that
 *   holds: leaving out fewer accepted readings than there are rivals, or the rows of a burst after a silence, joins the two: those
 *   left out were the glitch; the run goes on from the last reading of the segment before: what was read in between were strays;
 *   else it is a *break*, a *reset* if the counter fell, and a new *segment* begins. Nothing is credited across a break.
 *
 * Strays that go on from one another over several runs are a second counter behind the same id, and put the day in doubt.
 *
 * So the energy of a segment is its last figure minus its first, whichever readings in between arrived.
 */

const RIVALS_CONFIRM = 3
const RIVALS_CONFIRM_AT_END = 2
/** A freeze, or a segment to return to, is looked back on for so long, which every computation of a day can see. */
const LOOK_BACK_MS = 12 * HOUR_MS
/** A gateway that stamps what it had kept with the time of sending sends it all within minutes, after a silence. */
const SILENCE_MS = HOUR_MS
const BURST_MS = 5 * MINUTE_MS
const STRAYS_OF_A_COUNTER = 3

type State = CounterReadout & {
  readonly rule: CounterRule
  rivals: CounterPoint[]
  /** Runs of readings that were found not to be this counter's. */
  strays: CounterPoint[][]
  /** Where in `accepted` a new segment begins. */
  segments: number[]
}

const eventOf = (code: CounterEventCode, point: CounterPoint, last: CounterPoint, breaks = false): CounterEvent => ({
  code,
  atMs: point.atMs,
  detail: `${point.wh} Wh after ${last.wh} Wh`,
  breaks,
})

/** Reads one counter over any span of time. Neither the order nor the repetition of the points matters. */
export const readCounter = (points: readonly CounterPoint[], rule: CounterRule): CounterReadout => {
  const state: State = { rule, accepted: [], events: [], rivals: [], strays: [], segments: [] }
  let dipping = false
  for (const point of distinctPoints(points)) {
    const last = state.accepted.at(-1)
    if (last === undefined) {
      state.accepted.push(opening(point))
      continue
    }
    const isDip = point.wh === 0 && last.wh > 0
    if (isDip && !dipping) state.events.push(eventOf('counter_dip', point, last))
    dipping = isDip
    if (!isDip) read(state, point, last)
  }
  readEnd(state)
  markSecondCounter(state)
  return { accepted: state.accepted, events: state.events.sort((a, b) => a.atMs - b.atMs) }
}

const read = (state: State, point: CounterPoint, last: CounterPoint): void => {
  const { rule, accepted, events, rivals } = state
  const next = follow(last, point, rule)
  const thawed = next === undefined && last.wh > 0 ? thaw(state, point) : undefined
  const previousRival = rivals.at(-1)
  if (next !== undefined) {
    dismissRivals(state, last)
    accept(state, next, last)
  } else if (thawed !== undefined) {
    dismissRivals(state, last)
    events.push(eventOf('rate_implausible', point, last, true))
    accepted.push(thawed)
  } else if (last.wh === 0) {
    // Data that begin with zeros begin in a dip.
    events.push({ ...eventOf('counter_dip', last, last), detail: `0 Wh before ${point.wh} Wh` })
    accepted.splice(0, accepted.length, opening(point))
  } else {
    if (previousRival !== undefined && follow(previousRival, point, rule) === undefined) dismissRivals(state, last)
    state.rivals.push(point)
    if (state.rivals.length >= RIVALS_CONFIRM) trustRivals(state, last)
  }
}

const readEnd = (state: State): void => {
  const last = state.accepted.at(-1)
  const [leftOver] = state.rivals
  if (last === undefined || leftOver === undefined) return
  if (state.rivals.length >= RIVALS_CONFIRM_AT_END) return trustRivals(state, last)
  state.events.push(eventOf(leftOver.wh < last.wh ? 'counter_reset_unconfirmed' : 'rate_implausible', leftOver, last, true))
  state.strays.push([leftOver])
}

const accept = ({ accepted, events }: State, reading: CounterReadout['accepted'][number], last: CounterPoint): void => {
  if (reading.wh < last.wh && reading.sinceMs !== null) events.push(eventOf('counter_rollover', reading, last))
  accepted.push(reading)
}

/** The reading accepted after a counter that stood still: what it shows must have been possible since it last rose. */
const thaw = ({ accepted, rule }: State, point: CounterPoint): CounterReadout['accepted'][number] | undefined => {
  const last = accepted.at(-1)
  if (last === undefined || point.wh < last.wh) return undefined
  const still = accepted.slice(accepted.findLastIndex(({ wh }) => wh !== last.wh) + 1)
  const since = still.find(({ atMs }) => atMs >= point.atMs - LOOK_BACK_MS)
  const next = since && follow(since, point, rule)
  return next && { ...next, sinceMs: last.atMs }
}

const leaveOut = (state: State, run: readonly CounterPoint[], last: CounterPoint): void => {
  if (run.length === 0) return
  for (const stray of run) state.events.push(eventOf(stray.wh < last.wh ? 'counter_dip' : 'rate_implausible', stray, last))
  state.strays.push([...run])
}

const dismissRivals = (state: State, last: CounterPoint): void => {
  leaveOut(state, state.rivals, last)
  state.rivals = []
}

const trustRivals = (state: State, last: CounterPoint): void => {
  const [first, ...others] = state.rivals
  state.rivals = []
  if (first === undefined) return
  if (!outvote(state, first, others.length) && !rejoin(state, first)) beginSegment(state, first, last)
  for (const rival of others) {
    const previous = state.accepted.at(-1) ?? first
    accept(state, follow(previous, rival, state.rule) ?? opening(rival), previous)
  }
}

const beginSegment = ({ accepted, events, segments, rule }: State, first: CounterPoint, last: CounterPoint): void => {
  const fell = first.wh < last.wh
  events.push(eventOf(fell ? 'counter_reset_unconfirmed' : 'rate_implausible', first, last, true))
  segments.push(accepted.length)
  const fromZero = fell && rule.restartsAtZero ? follow({ atMs: last.atMs, wh: 0 }, first, rule) : undefined
  accepted.push(fromZero ?? opening(first))
}

/** Drops the doubts cast since an instant, which a better explanation has resolved. */
const withdrawDoubts = ({ events }: State, sinceMs: number): void => {
  events.splice(0, events.length, ...events.filter(({ atMs, breaks }) => !(breaks && atMs >= sinceMs)))
}

/**
 * Replaces the newest accepted readings, at most `outvotedMax` of them or the rows of a burst, by the rival if it follows what came
 * before them. This is how a leap that a long night made look possible is found out once the true figures return, and how rows
 * stamped late all at once are told from what the counter did in those minutes.
 */
const outvote = (state: State, rival: CounterPoint, outvotedMax: number): boolean => {
  const { accepted, events, segments, rule } = state
  const openingAt = segments.at(-1) ?? 0
  for (let index = accepted.length - 1; index > openingAt; index -= 1) {
    const outvoted = accepted[index]
    const before = accepted[index - 1]
    // Anything follows 0, so that the rival does says nothing.
    if (outvoted === undefined || before === undefined || before.wh === 0) return false
    const isFew = accepted.length - index <= outvotedMax
    if (!isFew && rival.atMs - outvoted.atMs > BURST_MS) return false
    const endsSilence = outvoted.atMs - before.atMs >= SILENCE_MS
    const joined = isFew || endsSilence ? follow(before, rival, rule) : undefined
    if (joined !== undefined) {
      withdrawDoubts(state, outvoted.atMs)
      events.push(eventOf('rate_implausible', outvoted, before, !isFew))
      accepted.splice(index, accepted.length - index, joined)
      return true
    }
  }
  return false
}

/** Goes back to the segment before this one when the rival goes on from its end: what was read since then was not this counter. */
const rejoin = (state: State, rival: CounterPoint): boolean => {
  const { accepted, segments, rule } = state
  const from = segments.at(-1) ?? 0
  const former = accepted[from - 1]
  const first = accepted[from]
  if (former === undefined || first === undefined || rival.wh < former.wh || rival.atMs - former.atMs > LOOK_BACK_MS) return false
  const joined = follow(former, rival, rule)
  if (joined === undefined) return false
  withdrawDoubts(state, first.atMs)
  leaveOut(state, accepted.splice(from), former)
  segments.pop()
  accepted.push(joined)
  return true
}

/** Strays of several runs that go on from one another and rise are a counter of their own: which of the two is meant is open. */
const markSecondCounter = ({ strays, events, rule }: State): void => {
  const points = strays.flatMap((run, index) => run.map((point) => ({ ...point, run: index }))).sort((a, b) => a.atMs - b.atMs)
  let chain: typeof points = []
  const close = (): void => {
    const [first, last] = [chain[0], chain.at(-1)]
    if (!first || !last || chain.length < STRAYS_OF_A_COUNTER || first.run === last.run || last.wh <= first.wh) return
    const instants = new Set(chain.map(({ atMs }) => atMs))
    for (const [index, event] of events.entries()) {
      if (instants.has(event.atMs)) events[index] = { ...event, code: 'two_counters', breaks: true }
    }
  }
  for (const point of points) {
    const previous = chain.at(-1)
    if (previous !== undefined && follow(previous, point, rule) === undefined) {
      close()
      chain = []
    }
    chain.push(point)
  }
  close()
}
