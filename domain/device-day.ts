import type { Interval } from './booking.ts'
import { belongsTo, bookedWh, GAP_DAYLIGHT_MS, isGap, uncovered } from './booking.ts'
import type { ChinaDay } from './calendar.ts'
import { addDays, DAY_MS, dayEndMs, daysBetween, dayOf, dayStartMs, formatInstant, HOUR_MS } from './calendar.ts'
import type { CounterReadout } from './counter-terms.ts'
import type { CounterReset } from './counter-reset.ts'
import { inForce, readAcrossResets } from './counter-reset.ts'
import { readDayRegister } from './day-register.ts'
import type { DeviceDay, Finding, FindingCode } from './energy.ts'
import { ENERGY_FINDINGS } from './energy.ts'
import { REACH_DAYS } from './generation-work.ts'
import type { DeviceColumns } from './plausibility.ts'
import type { Device } from './registry.ts'
import type { Site } from './sun.ts'
import { daylightMs, isDaylight } from './sun.ts'
import { mismatch, standingAlone, suspicions } from './suspicions.ts'

/**
 * Energy of one device on one day. What is known decides, and nothing else: not when readings arrived, how often, or in what
 * order. Columns may be in any order and should reach half a day beyond the day on both sides, or as far as the nearest figure.
 */

export type DeviceReadings = DeviceColumns & {
  device: Pick<Device, 'deviceId' | 'kind' | 'ratedPowerW' | 'counter' | 'counterModulusWh' | 'ctMultiplier'>
  /** The device's first day at the station: what it had counted before is not the station's. */
  installedOn: ChinaDay
  /** The first day on which it is no more there, if it was removed. */
  removedOn?: ChinaDay
  /** Instants of the day at which differing readings were received; they count for nothing. */
  conflicts: number
  /** The device's recorded resets and replacements, in any order; withdrawn ones count for nothing. */
  resets: readonly CounterReset[]
}

/** The day being computed; `untilMs` is now on a day that is not over, and its end on any other. */
export type DayFrame = { site: Site; day: ChinaDay; untilMs: number }

/** A finding that another day of the same device should show too; if its stored figure does not, that figure is out of date. */
export type Echo = { day: ChinaDay; finding: Finding }

/** Lifetime counters are kept in whole kWh by the coarsest makers, day registers in tenths. */
export const LIFETIME_STEP_WH = 1_000
const DAY_REGISTER_STEP_WH = 100
/** Findings that put the energy of their day in doubt. A break of the counter does too, whatever its code. */
const DOUBTFUL: readonly FindingCode[] = ['gap', 'night_output', 'clock_shift', 'stuck_value', 'high_low']

/** A day of one device; never throws on any figures. `energyWh` is null when no two readings prove anything about the day. */
export const computeDeviceDay = (readings: DeviceReadings, asked: DayFrame): { deviceDay: DeviceDay; echoes: Echo[] } => {
  const { device } = readings
  const { site, day } = asked
  const readout = readRegister(readings, asked)
  const frame = { ...asked, untilMs: Math.min(asked.untilMs, serviceEndMs(readings, readout, day)) }
  const intervals = intervalsOf(readout, device.ctMultiplier)
  const [startMs, endMs] = [dayStartMs(day), dayEndMs(day)]
  const ofDay = intervals
    .filter(({ fromMs, toMs }) => toMs >= startMs && fromMs < endMs)
    .map((interval) => ({ interval, gap: isGap(interval, site) }))
    .filter(({ interval, gap }) => belongsTo(interval, day, gap))
  const energyWh = ofDay.length === 0 ? null : ofDay.reduce((sum, { interval, gap }) => sum + bookedWh(interval, day, gap), 0)

  const gaps = ofDay.flatMap(({ interval, gap }) => (gap ? [interval] : []))
  const measured = ofDay.flatMap(({ interval, gap }) => (gap ? [] : [interval]))
  const events = readout.events.filter(({ atMs }) => atMs >= startMs && atMs < endMs)
  const findings = [
    ...gaps.map(bridged),
    ...(energyWh === null ? nothingKnown(frame) : unbridged(intervals, readings, frame)),
    ...oncePerCode(events),
    ...suspicions(readings, frame),
    ...mismatch(readings, { day, stepWh: stepOf(device), measured, events }),
    ...(energyWh === null ? [] : standingAlone(readings, asked)),
  ]
  const doubtful = findings.some(({ code }) => DOUBTFUL.includes(code)) || events.some(({ breaks }) => breaks)
  const deviceDay: DeviceDay = {
    deviceId: device.deviceId,
    kind: device.kind,
    energyWh,
    quality: energyWh === null ? 'missing' : doubtful ? 'estimated' : 'measured',
    ...coverage(readings.atMs, frame),
    findings: findings
      .map((finding) => ({ ...finding, deviceId: device.deviceId }))
      .sort((a, b) => ENERGY_FINDINGS.indexOf(a.code) - ENERGY_FINDINGS.indexOf(b.code) || (a.atMs ?? 0) - (b.atMs ?? 0)),
  }
  return { deviceDay, echoes: [...gapEchoes(gaps, device.deviceId, day), ...eventEchoes(readout, device.deviceId, day)] }
}

/** The coarsest step of the register that the energy is taken from. */
const stepOf = ({ counter }: DeviceReadings['device']): number =>
  counter === 'lifetime' ? LIFETIME_STEP_WH : DAY_REGISTER_STEP_WH

const readRegister = (
  { device, atMs, counterWh, resets, installedOn }: DeviceReadings,
  { site, day }: DayFrame,
): CounterReadout => {
  const points = atMs.flatMap((at, index) => {
    const wh = counterWh[index] ?? null
    return wh === null ? [] : [{ atMs: at, wh }]
  })
  const [startMs, endMs] = [dayStartMs(day), dayEndMs(day)]
  const rule = { ratedPowerW: device.ratedPowerW / device.ctMultiplier, stepWh: stepOf(device) }
  if (device.counter === 'lifetime') {
    const fromMs = Math.max(dayStartMs(installedOn), startMs - REACH_DAYS * DAY_MS)
    const records = inForce(resets, fromMs, endMs + REACH_DAYS * DAY_MS)
    return readAcrossResets(points, { ...rule, modulusWh: device.counterModulusWh }, records)
  }
  return readAcrossResets(
    points.filter((point) => point.atMs < endMs),
    { ...rule, restartsAtZero: true },
    inForce(resets, startMs, endMs),
    (shown) => readDayRegister(shown, rule, { site, startMs, endMs }),
  )
}

/** When there was no more to come of this day: a device taken away on it says no more once its last figure is on record. */
const serviceEndMs = ({ atMs, removedOn }: DeviceReadings, { events }: CounterReadout, day: ChinaDay): number => {
  if (removedOn !== addDays(day, 1)) return dayEndMs(day)
  const record = events.findLast(({ code }) => code === 'counter_reset')
  return record && atMs.every((at) => at < record.atMs) ? record.atMs : dayEndMs(day)
}

const intervalsOf = ({ accepted }: CounterReadout, ctMultiplier: number): Interval[] =>
  accepted.flatMap(({ sinceMs, atMs, deltaWh }) =>
    sinceMs === null ? [] : [{ fromMs: sinceMs, toMs: atMs, energyWh: Math.round(deltaWh * ctMultiplier) }],
  )

const bridged = ({ fromMs, toMs, energyWh }: Interval): Finding => ({
  code: 'gap',
  atMs: fromMs,
  detail: `no reading from ${formatInstant(fromMs)} to ${formatInstant(toMs)}: ${energyWh} Wh booked in proportion to time`,
})

/** What no two readings enclose is in no figure: daylight of the day, or all that a counter has counted before its first reading. */
const unbridged = (intervals: readonly Interval[], { device, installedOn }: DeviceReadings, frame: DayFrame): Finding[] => {
  const { site, day, untilMs } = frame
  const firstMs = intervals[0]?.fromMs ?? untilMs
  const beginsHere = device.counter === 'lifetime' && firstMs > dayStartMs(day)
  const begins: Finding[] =
    beginsHere && installedOn !== day
      ? [
          {
            code: 'gap',
            atMs: firstMs,
            detail: `no earlier reading within reach: nothing booked before ${formatInstant(firstMs)}`,
          },
        ]
      : []
  const spans = uncovered(beginsHere ? firstMs : dayStartMs(day), untilMs, intervals)
  return begins.concat(
    spans
      .filter(({ fromMs, toMs }) => daylightMs(site, fromMs, toMs) > GAP_DAYLIGHT_MS)
      .map(({ fromMs, toMs }) => ({
        code: 'gap',
        atMs: fromMs,
        detail: `nothing known from ${formatInstant(fromMs)} to ${formatInstant(toMs)}: no energy booked`,
      })),
  )
}

const nothingKnown = ({ site, day, untilMs }: DayFrame): Finding[] =>
  daylightMs(site, dayStartMs(day), untilMs) > 0
    ? [{ code: 'no_data', detail: 'no two readings enclose any part of the day' }]
    : []

/** One finding for all events of a code, so that a device gone wild cannot grow a row without bound. */
const oncePerCode = (events: CounterReadout['events']): Finding[] =>
  [...Map.groupBy(events, ({ code }) => code).values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [
          {
            code: first.code,
            atMs: first.atMs,
            detail: others.length > 0 ? `${first.detail}; ${others.length} more` : first.detail,
          },
        ],
  )

/** Clock hours are judged by their middle. On a day not over yet, only hours whose middle has passed are asked for. */
const coverage = (
  atMs: readonly number[],
  { site, day, untilMs }: DayFrame,
): Pick<DeviceDay, 'coveragePermille' | 'readings'> => {
  const startMs = dayStartMs(day)
  const endMs = dayEndMs(day)
  const instants = new Set(atMs.filter((at) => at >= startMs && at < endMs))
  const hoursSeen = new Set([...instants].map((at) => Math.floor((at - startMs) / HOUR_MS)))
  const hoursAsked = [...Array(24).keys()].filter((hour) => {
    const middleMs = startMs + (hour + 0.5) * HOUR_MS
    return middleMs < untilMs && isDaylight(site, middleMs)
  })
  const covered = hoursAsked.filter((hour) => hoursSeen.has(hour)).length
  const coveragePermille = hoursAsked.length === 0 ? 1_000 : Math.floor((covered * 1_000) / hoursAsked.length)
  return { coveragePermille, readings: instants.size }
}

const gapEchoes = (gaps: readonly Interval[], deviceId: string, day: ChinaDay): Echo[] =>
  gaps.flatMap((gap) =>
    daysBetween(dayOf(gap.fromMs), dayOf(gap.toMs - 1))
      .filter((other) => other !== day)
      .map((other) => ({ day: other, finding: { ...bridged(gap), deviceId } })),
  )

const eventEchoes = ({ events }: CounterReadout, deviceId: string, day: ChinaDay): Echo[] =>
  events
    .filter(({ code, atMs }) => (code === 'rate_implausible' || code === 'counter_reset_unconfirmed') && dayOf(atMs) !== day)
    .map(({ code, atMs, detail }) => ({ day: dayOf(atMs), finding: { code, deviceId, atMs, detail } }))
