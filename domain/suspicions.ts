import { dayEndMs, dayStartMs } from './calendar.ts'
import { clockShiftHours } from './clock-shift.ts'
import type { CounterReadout } from './counter-terms.ts'
import type { DayFrame, DeviceReadings } from './device-day.ts'
import type { Finding } from './energy.ts'
import { frozenSince, highLow, nightOutputSince } from './plausibility.ts'

/** Findings of a device-day that stand beside what its counter proves. */

/** What the readings of a day say against themselves, whatever the counter proves. */
export const suspicions = (readings: DeviceReadings, { site, day }: DayFrame): Finding[] => {
  const { device, conflicts } = readings
  const frozenAtMs = frozenSince(readings, device, site, day)
  const nightOutputAtMs = nightOutputSince(readings, device, site, day)
  const findings: Finding[] = []
  if (nightOutputAtMs !== undefined) {
    const hours = clockShiftHours(readings, device, site, day)
    const detail = 'power reported while the sun was down'
    findings.push(
      hours === undefined
        ? { code: 'night_output', atMs: nightOutputAtMs, detail }
        : { code: 'clock_shift', atMs: nightOutputAtMs, detail: `${detail}: the clock is ${hoursOff(hours)}` },
    )
  }
  if (frozenAtMs !== undefined)
    findings.push({ code: 'stuck_value', atMs: frozenAtMs, detail: 'the counter stood still while power was reported' })
  if (conflicts > 0) findings.push({ code: 'conflict', detail: `${conflicts} instants with differing readings, left out` })
  return findings
}

type Measure = Omit<Parameters<typeof highLow>[2], 'refusedMs'> & { events: CounterReadout['events'] }

const hoursOff = (hours: number): string => `${Math.abs(hours)} h ${hours > 0 ? 'ahead of' : 'behind'} the sun`

/** Whether the energy measured, or refused, and the power reported are of one scale. */
export const mismatch = (readings: DeviceReadings, { events, ...measure }: Measure): Finding[] => {
  const refusedMs = events.filter(({ code }) => code === 'rate_implausible').map(({ atMs }) => atMs)
  const detail = highLow(readings, readings.device, { ...measure, refusedMs })
  return detail === undefined ? [] : [{ code: 'high_low', detail }]
}

/** What a day register shows is checked by nothing but the figures it had the evening before and has the morning after. */
export const standingAlone = ({ device, atMs, counterWh }: DeviceReadings, { day, untilMs }: DayFrame): Finding[] => {
  const endMs = dayEndMs(day)
  if (device.counter !== 'day' || untilMs !== endMs) return []
  const startMs = dayStartMs(day)
  const isAlone = atMs.every((at, index) => (at >= startMs && at < endMs) || (counterWh[index] ?? null) === null)
  return isAlone ? [{ code: 'stands_alone', detail: 'no reading of the day register on the day before or after' }] : []
}
