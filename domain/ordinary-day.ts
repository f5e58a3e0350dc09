import { GAP_DAYLIGHT_MS, isGap } from './booking.ts'
import { addDays, type ChinaDay, dayEndMs, dayStartMs, HOUR_MS } from './calendar.ts'
import type { CounterReset } from './counter-reset.ts'
import { follow, POWER_MARGIN } from './counter-terms.ts'
import { type DeviceReadings, LIFETIME_STEP_WH } from './device-day.ts'
import type { DeviceDay } from './energy.ts'
import { CONTEXT_MS } from './generation-work.ts'
import { FUTURE_TOLERANCE_MS } from './limits.ts'
import { FROZEN_MS, FROZEN_POWER_SHARE, MISMATCH_FACTOR, NIGHT_BELOW_DEG, NIGHT_OUTPUT_SHARE } from './plausibility.ts'
import type { ReadingSummary, RegisterSummary, SummaryTerms } from './reading-summary.ts'
import { daylightMs, elevationDeg, type Site, SUN_UP_DEG, type Sun, sunAt } from './sun.ts'

/**
 * The short way to an ordinary day of a device: without its readings, from a summary of them (reading-summary.ts).
 *
 * A day is ordinary when, by the summaries of the half-day before, of its own two and of the one after, computeDeviceDay would accept
 * every figure, find nothing to say and look no further:
 * - the register never falls and nowhere rises faster than the device can make, within the four and from one to the next, and it
 *   stood above 0 the evening before;
 * - there is no gap from the last figure of the evening on, and after the day's last figure either the next morning's or so little
 *   daylight that none is missed;
 * - nothing is reported at night, nowhere for three hours of production does the register stand still, and the reported power adds up
 *   to no multiple of the energy; no instant is disputed;
 * - it is a lifetime register with a whole multiplier, at the station from the day before to the day after, with no reset on record.
 *
 * Then the energy is the day's last figure less the evening's, because counters telescope, and everything else follows from which
 * hours have readings. This is no second rule but a sufficient condition of the one there is: what it settles, computeDeviceDay
 * answers to the byte, and what it does not, computeDeviceDay is asked about.
 */

/** The device as computeDeviceDay knows it, and of its readings what can be known from afar. */
export type OrdinarySubject = Pick<DeviceReadings, 'device' | 'installedOn' | 'removedOn' | 'conflicts'> & {
  resets: readonly CounterReset[]
  /** Of the half-days from the one before the day to the one after it; asked with `summaryTerms`. */
  evening: ReadingSummary | undefined
  forenoon: ReadingSummary | undefined
  afternoon: ReadingSummary | undefined
  morning: ReadingSummary | undefined
  quietPowerW: number
}

/**
 * With what summaries are asked for wherever they can be: more power than this is reported at night by no inverter of 2 kW or more
 * that sleeps. So a store can keep them up as readings come in, knowing nothing of the devices.
 */
export const SUMMARY_TERMS: SummaryTerms = { stepWh: LIFETIME_STEP_WH, quietPowerW: 20 }

/** Whether summaries of the device may be asked for with SUMMARY_TERMS. */
export const isOfSummaryTerms = ({ ratedPowerW }: { ratedPowerW: number }): boolean =>
  quietPowerOf(ratedPowerW) >= SUMMARY_TERMS.quietPowerW

/** With what the summaries of these devices are to be asked for together. */
export const summaryTerms = (devices: readonly { ratedPowerW: number }[]): SummaryTerms => {
  let { quietPowerW } = SUMMARY_TERMS
  for (const { ratedPowerW } of devices) quietPowerW = Math.min(quietPowerW, quietPowerOf(ratedPowerW))
  return { ...SUMMARY_TERMS, quietPowerW }
}

/** What is no output at night is no production under which a register ought to move. */
const quietPowerOf = (ratedPowerW: number): number => ratedPowerW * Math.min(NIGHT_OUTPUT_SHARE, FROZEN_POWER_SHARE)

const HOURS_BEFORE_NOON = 12

/** A day and its sun, worked out once for all places. */
export type DaySky = {
  day: ChinaDay
  startMs: number
  endMs: number
  /** As in DayFrame. */
  untilMs: number
  /** Readings later than CONTEXT_MS after the day may exist, and would count where there are none before. */
  reachesOn: boolean
  lastDay: ChinaDay
  edges: readonly Sun[]
  /** In the middle of every hour. */
  hours: readonly Sun[]
}

export const skyOf = (day: ChinaDay, nowMs: number): DaySky => {
  const startMs = dayStartMs(day)
  const endMs = dayEndMs(day)
  return {
    day,
    startMs,
    endMs,
    untilMs: Math.min(endMs, nowMs),
    reachesOn: nowMs + FUTURE_TOLERANCE_MS > endMs + CONTEXT_MS,
    lastDay: addDays(day, 1),
    edges: [sunAt(startMs), sunAt(endMs)],
    hours: Array.from({ length: 24 }, (_, hour) => sunAt(startMs + (hour + 0.5) * HOUR_MS)),
  }
}

/** The day's sun over one place, worked out once for all devices there. */
export type DayLight = {
  sky: DaySky
  site: Site
  /** Bit n is set when the n-th hour of the day is asked for by coverage. */
  hoursAsked: number
  /** Whether it is night at both midnights: then whatever lies between two instants out of the night is out of it. */
  isDarkAtMidnight: boolean
  /** Two instants out of the night, the earliest and the latest of those that were looked at. */
  litFromMs: number
  litUntilMs: number
}

export const lightOf = (sky: DaySky, site: Site): DayLight => {
  let hoursAsked = 0
  let litFromMs = Number.POSITIVE_INFINITY
  let litUntilMs = Number.NEGATIVE_INFINITY
  for (const [hour, sun] of sky.hours.entries()) {
    const deg = elevationDeg(sun, site)
    if (deg > SUN_UP_DEG && sun.atMs < sky.untilMs) hoursAsked |= 1 << hour
    if (deg >= NIGHT_BELOW_DEG) {
      litFromMs = Math.min(litFromMs, sun.atMs)
      litUntilMs = sun.atMs
    }
  }
  const isDarkAtMidnight = sky.edges.every((sun) => elevationDeg(sun, site) < NIGHT_BELOW_DEG)
  return { sky, site, hoursAsked, isDarkAtMidnight, litFromMs, litUntilMs }
}

/** The day of a device as computeDeviceDay answers it, without an echo; undefined when only its readings can tell. */
export const ordinaryDay = (subject: OrdinarySubject, light: DayLight): DeviceDay | undefined => {
  const { device, forenoon, afternoon, quietPowerW } = subject
  const before = subject.evening?.register
  const after = subject.morning?.register
  const first = forenoon?.register ?? afternoon?.register
  const last = afternoon?.register ?? forenoon?.register
  if (!first || !last || !before || before.lastWh <= 0 || !isSimple(subject, light.sky)) return undefined
  if (!runsOn(before, first, device) || (last !== first && !runsOn(first, last, device))) return undefined
  if (!isEven(before, device) || (after && !runsOn(last, after, device))) return undefined
  if (hasGap({ before, first, last, after }, light)) return undefined

  const energyWh = (last.lastWh - before.lastWh) * device.ctMultiplier
  const reportsTooMuch = reportedWh(subject) + 1 > MISMATCH_FACTOR * (energyWh + LIFETIME_STEP_WH * device.ctMultiplier)
  const isFrozen = stillMs(subject) >= FROZEN_MS || quietPowerW > quietPowerOf(device.ratedPowerW)
  if (!Number.isSafeInteger(energyWh) || reportsTooMuch || isFrozen || !isOutOfNight(subject, light)) return undefined
  const hoursSeen = (forenoon?.hoursSeen ?? 0) | ((afternoon?.hoursSeen ?? 0) << HOURS_BEFORE_NOON)
  return {
    deviceId: device.deviceId,
    kind: device.kind,
    energyWh,
    quality: 'measured',
    coveragePermille: coveragePermille(hoursSeen, light.hoursAsked),
    readings: (forenoon?.readings ?? 0) + (afternoon?.readings ?? 0),
    findings: [],
  }
}

type Halves = Pick<OrdinarySubject, 'forenoon' | 'afternoon'>

/** What the day's reported power adds up to, over noon too. */
const reportedWh = ({ forenoon, afternoon }: Halves): number => {
  const sumWh = (forenoon?.reportedWh ?? 0) + (afternoon?.reportedWh ?? 0)
  const [from, to] = [forenoon?.power, afternoon?.power]
  if (!from || !to) return sumWh
  return sumWh + (Math.max(0, from.lastW + to.firstW) * (to.firstAtMs - from.lastAtMs)) / (2 * HOUR_MS)
}

/** No less than the longest time for which the register stood still in production; over noon it may be more. */
const stillMs = ({ forenoon, afternoon }: Halves): number => {
  const [from, to] = [forenoon?.register, afternoon?.register]
  const longestMs = Math.max(from?.stillMs ?? 0, to?.stillMs ?? 0)
  if (!from || !to || from.lastWh !== to.firstWh || !forenoon?.producing || !afternoon?.producing) return longestMs
  const sinceMs = Math.max(from.lastSinceMs, forenoon.producing.fromMs)
  return Math.max(longestMs, Math.min(to.firstUntilMs, afternoon.producing.untilMs) - sinceMs)
}

/** Whether all there is to know of its register is what it showed. */
const isSimple = ({ device, installedOn, removedOn, conflicts, resets }: OrdinarySubject, { day, lastDay }: DaySky): boolean =>
  device.counter === 'lifetime' &&
  Number.isSafeInteger(device.ctMultiplier) &&
  conflicts === 0 &&
  resets.every(({ withdrawnAtMs }) => withdrawnAtMs !== undefined) &&
  installedOn < day &&
  (removedOn === undefined || removedOn > lastDay)

/** Rises that sums of rounded numbers put above the bound by less than this are settled by the readings. */
const ROUNDING = 1e-9

const ruleOf = ({ ratedPowerW, ctMultiplier }: OrdinarySubject['device']) => ({
  ratedPowerW: ratedPowerW / ctMultiplier,
  stepWh: LIFETIME_STEP_WH,
})

/** Whether every figure of a half-day follows the one before without a fall, so that every one is accepted. */
const isEven = ({ falls, steepestW }: RegisterSummary, device: OrdinarySubject['device']): boolean =>
  falls === 0 && steepestW * (1 + ROUNDING) <= ruleOf(device).ratedPowerW * POWER_MARGIN

/** Whether a half-day is even, and follows what was shown last before it. */
const runsOn = (before: RegisterSummary, register: RegisterSummary, device: OrdinarySubject['device']): boolean => {
  const last = { atMs: before.lastAtMs, wh: before.lastWh }
  const next = { atMs: register.firstAtMs, wh: register.firstWh }
  return isEven(register, device) && next.wh >= last.wh && follow(last, next, ruleOf(device)) !== undefined
}

type Shown = { before: RegisterSummary; first: RegisterSummary; last: RegisterSummary; after: RegisterSummary | undefined }

/** Whether anything from the evening's last figure on is a gap, or may be: a silence within the day is not looked into. */
const hasGap = ({ before, first, last, after }: Shown, { sky, site }: DayLight): boolean => {
  const overNoonMs = last === first ? 0 : last.firstAtMs - first.lastAtMs
  if (Math.max(first.silenceMs, last.silenceMs, overNoonMs) > GAP_DAYLIGHT_MS) return true
  if (isGap({ fromMs: before.lastAtMs, toMs: first.firstAtMs }, site)) return true
  if (after) return isGap({ fromMs: last.lastAtMs, toMs: after.firstAtMs }, site)
  if (sky.reachesOn) return true
  const restMs = sky.untilMs - last.lastAtMs
  return restMs > GAP_DAYLIGHT_MS && daylightMs(site, last.lastAtMs, sky.untilMs) > GAP_DAYLIGHT_MS
}

const isOutOfNight = ({ forenoon, afternoon }: Halves, light: DayLight): boolean => {
  const first = forenoon?.producing ?? afternoon?.producing
  const last = afternoon?.producing ?? forenoon?.producing
  if (!first || !last) return true
  const isLit = (atMs: number): boolean =>
    (atMs >= light.litFromMs && atMs <= light.litUntilMs) || elevationDeg(sunAt(atMs), light.site) >= NIGHT_BELOW_DEG
  return light.isDarkAtMidnight && isLit(first.fromMs) && isLit(last.untilMs)
}

const coveragePermille = (hoursSeen: number, hoursAsked: number): number =>
  hoursAsked === 0 ? 1_000 : Math.floor((ones(hoursSeen & hoursAsked) * 1_000) / ones(hoursAsked))

/** How many bits are set. */
const ones = (mask: number): number => {
  let count = 0
  for (let left = mask; left !== 0; left &= left - 1) count += 1
  return count
}
