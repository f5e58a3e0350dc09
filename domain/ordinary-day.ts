import { GAP_DAYLIGHT_MS, isGap } from './booking.ts'
import { addDays, type ChinaDay, dayEndMs, dayStartMs, HOUR_MS } from './calendar.ts'
import type { CounterReset } from './counter-reset.ts'
import { follow, POWER_MARGIN } from './counter-terms.ts'
import { type DeviceReadings, LIFETIME_STEP_WH } from './device-day.ts'
import type { DeviceDay } from './energy.ts'
import { CONTEXT_MS } from './generation-work.ts'
import { FUTURE_TOLERANCE_MS } from './limits.ts'
import { FROZEN_MS, FROZEN_POWER_SHARE, MISMATCH_FACTOR, NIGHT_BELOW_DEG, NIGHT_OUTPUT_SHARE } from './plausibility.ts'
import type { ReadingSummary, RegisterSummary } from './reading-summary.ts'
import { daylightMs, elevationDeg, type Site, SUN_UP_DEG, type Sun, sunAt } from './sun.ts'

/**
 * The short way to an ordinary day of a device: without its readings, from a summary of them (reading-summary.ts).
 *
 * A day is ordinary when, by the summaries of the evening before, the day and the morning after, computeDeviceDay would accept every
 * figure, find nothing to say and look no further:
 * - the register never falls and nowhere rises faster than the device can make, within the three and from one to the next, and it
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
  /** Of [start - CONTEXT_MS, start), of the day, and of [end, end + CONTEXT_MS); asked with `summaryTerms`. */
  evening: ReadingSummary | undefined
  ofDay: ReadingSummary | undefined
  morning: ReadingSummary | undefined
  quietPowerW: number
}

/** With what the summaries of these devices are to be asked for. */
export const summaryTerms = (devices: readonly { ratedPowerW: number }[]): { stepWh: number; quietPowerW: number } => {
  let leastW = Number.POSITIVE_INFINITY
  for (const { ratedPowerW } of devices) leastW = Math.min(leastW, ratedPowerW)
  return { stepWh: LIFETIME_STEP_WH, quietPowerW: devices.length === 0 ? 0 : quietPowerOf(leastW) }
}

/** What is no output at night is no production under which a register ought to move. */
const quietPowerOf = (ratedPowerW: number): number => ratedPowerW * Math.min(NIGHT_OUTPUT_SHARE, FROZEN_POWER_SHARE)

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
  const { device, ofDay, quietPowerW } = subject
  const before = subject.evening?.register
  const shown = ofDay?.register
  const after = subject.morning?.register
  if (!ofDay || !shown || !before || before.lastWh <= 0 || !isSimple(subject, light.sky)) return undefined
  if (!runsOn([before, shown, ...(after ? [after] : [])], device)) return undefined
  if (hasGap(before, shown, after, light)) return undefined

  const energyWh = (shown.lastWh - before.lastWh) * device.ctMultiplier
  const reportsTooMuch = ofDay.reportedWh + 1 > MISMATCH_FACTOR * (energyWh + LIFETIME_STEP_WH * device.ctMultiplier)
  const isFrozen = shown.stillMs >= FROZEN_MS || quietPowerW > quietPowerOf(device.ratedPowerW)
  if (!Number.isSafeInteger(energyWh) || reportsTooMuch || isFrozen || !isOutOfNight(ofDay.producing, light)) return undefined
  return {
    deviceId: device.deviceId,
    kind: device.kind,
    energyWh,
    quality: 'measured',
    coveragePermille: coveragePermille(ofDay.hoursSeen, light.hoursAsked),
    readings: ofDay.readings,
    findings: [],
  }
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

/** Whether every figure follows the one before without a fall, so that every one is accepted. */
const runsOn = (registers: readonly RegisterSummary[], device: OrdinarySubject['device']): boolean => {
  const ratedPowerW = device.ratedPowerW / device.ctMultiplier
  const rule = { ratedPowerW, stepWh: LIFETIME_STEP_WH }
  return registers.every((register, index) => {
    const previous = registers[index - 1]
    const isEven = register.falls === 0 && register.steepestW * (1 + ROUNDING) <= ratedPowerW * POWER_MARGIN
    if (!isEven || !previous) return isEven
    const last = { atMs: previous.lastAtMs, wh: previous.lastWh }
    const next = { atMs: register.firstAtMs, wh: register.firstWh }
    return next.wh >= last.wh && follow(last, next, rule) !== undefined
  })
}

/** Whether anything from the evening's last figure on is a gap, or may be: a silence within the day is not looked into. */
const hasGap = (
  before: RegisterSummary,
  shown: RegisterSummary,
  after: RegisterSummary | undefined,
  { sky, site }: DayLight,
): boolean => {
  if (shown.silenceMs > GAP_DAYLIGHT_MS || isGap({ fromMs: before.lastAtMs, toMs: shown.firstAtMs }, site)) return true
  if (after) return isGap({ fromMs: shown.lastAtMs, toMs: after.firstAtMs }, site)
  if (sky.reachesOn) return true
  const restMs = sky.untilMs - shown.lastAtMs
  return restMs > GAP_DAYLIGHT_MS && daylightMs(site, shown.lastAtMs, sky.untilMs) > GAP_DAYLIGHT_MS
}

const isOutOfNight = (producing: ReadingSummary['producing'], light: DayLight): boolean => {
  if (!producing) return true
  const isLit = (atMs: number): boolean =>
    (atMs >= light.litFromMs && atMs <= light.litUntilMs) || elevationDeg(sunAt(atMs), light.site) >= NIGHT_BELOW_DEG
  return light.isDarkAtMidnight && isLit(producing.fromMs) && isLit(producing.untilMs)
}

const coveragePermille = (hoursSeen: number, hoursAsked: number): number =>
  hoursAsked === 0 ? 1_000 : Math.floor((ones(hoursSeen & hoursAsked) * 1_000) / ones(hoursAsked))

/** How many bits are set. */
const ones = (mask: number): number => {
  let count = 0
  for (let left = mask; left !== 0; left &= left - 1) count += 1
  return count
}
