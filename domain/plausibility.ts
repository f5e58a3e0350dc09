import type { Interval } from './booking.ts'
import type { ChinaDay } from './calendar.ts'
import { dayEndMs, dayStartMs, HOUR_MS } from './calendar.ts'
import { POWER_MARGIN } from './counter-terms.ts'
import type { Device } from './registry.ts'
import type { Site } from './sun.ts'
import { solarElevationDeg } from './sun.ts'

/** What cannot be true of a photovoltaic device, whatever its counter says. */

/** Readings of one device: columns of equal length, null where a reading had no such quantity. */
export type DeviceColumns = {
  atMs: readonly number[]
  /** The register `Device.counter` names, before the CT multiplier. */
  counterWh: readonly (number | null)[]
  acPowerW: readonly (number | null)[]
}
type Sample = { atMs: number; counterWh: number | null; acPowerW: number }

export const NIGHT_BELOW_DEG = -3
export const NIGHT_OUTPUT_SHARE = 0.01
const FROZEN_ABOVE_DEG = 15
export const FROZEN_POWER_SHARE = 0.02
export const FROZEN_MS = 3 * HOUR_MS
/** A counter that shows whole kWh may stand still for one of them, and power is only sampled: two must be missing. */
const FROZEN_ENERGY_WH = 2_000

/** Readings of the day that report power, in order of time. */
const samplesOf = ({ atMs, counterWh, acPowerW }: DeviceColumns, day: ChinaDay): Sample[] => {
  const [startMs, endMs] = [dayStartMs(day), dayEndMs(day)]
  const samples: Sample[] = []
  for (const [index, at] of atMs.entries()) {
    const powerW = acPowerW[index] ?? null
    if (powerW !== null && at >= startMs && at < endMs)
      samples.push({ atMs: at, counterWh: counterWh[index] ?? null, acPowerW: powerW })
  }
  return samples.sort((a, b) => a.atMs - b.atMs)
}

/** First instant of the day at which the device reports more than 1 % of its rated power with the sun below -3 degrees. */
export const nightOutputSince = (
  columns: DeviceColumns,
  { ratedPowerW }: Pick<Device, 'ratedPowerW'>,
  site: Site,
  day: ChinaDay,
): number | undefined => {
  const isNight = (atMs: number): boolean => solarElevationDeg({ ...site, atMs }) < NIGHT_BELOW_DEG
  const reporting = samplesOf(columns, day).filter(({ acPowerW }) => acPowerW > ratedPowerW * NIGHT_OUTPUT_SHARE)
  const [first, last] = [reporting[0], reporting.at(-1)]
  if (!first || !last) return undefined
  // Between two nights the sun is up once: what lies between two instants out of the night is out of it.
  const isOneDay = isNight(dayStartMs(day)) && isNight(dayEndMs(day))
  if (isOneDay && !isNight(first.atMs) && !isNight(last.atMs)) return undefined
  return reporting.find(({ atMs }) => isNight(atMs))?.atMs
}

/** Readings in succession that show one figure and report more than that power. */
const stillStretches = (samples: readonly Sample[], powerW: number): Sample[][] => {
  const stretches: Sample[][] = []
  let stretch: Sample[] | undefined
  for (const sample of samples) {
    const { counterWh, acPowerW } = sample
    if (counterWh === null || acPowerW <= powerW) stretch = undefined
    else if (counterWh === stretch?.[0]?.counterWh) stretch.push(sample)
    else stretches.push((stretch = [sample]))
  }
  return stretches
}

const lengthMs = (stretch: readonly Sample[]): number => (stretch.at(-1)?.atMs ?? 0) - (stretch[0]?.atMs ?? 0)

/**
 * Where a stretch of the day begins in which the counter stands still for three hours of high sun (above 15 degrees) although
 * every reading reports more than 2 % of rated power, and no less energy than two steps of a coarse counter.
 */
export const frozenSince = (
  columns: DeviceColumns,
  { ratedPowerW, ctMultiplier }: Pick<Device, 'ratedPowerW' | 'ctMultiplier'>,
  site: Site,
  day: ChinaDay,
): number | undefined => {
  const stretches = stillStretches(samplesOf(columns, day), ratedPowerW * FROZEN_POWER_SHARE)
  for (const stretch of stretches.filter((each) => lengthMs(each) >= FROZEN_MS)) {
    // The sun is high once a day, so what is left is in succession too.
    const shone = stretch.filter(({ atMs }) => solarElevationDeg({ ...site, atMs }) > FROZEN_ABOVE_DEG)
    let reportedWh = 0
    for (const [index, { atMs, acPowerW }] of shone.entries()) {
      const sinceMs = shone[0]?.atMs ?? atMs
      reportedWh += (acPowerW * (atMs - (shone[index - 1]?.atMs ?? atMs))) / HOUR_MS
      if (atMs - sinceMs >= FROZEN_MS && reportedWh >= FROZEN_ENERGY_WH * ctMultiplier) return sinceMs
    }
  }
  return undefined
}

/** A unit or scale that is wrong is wrong by ten at least; half of that leaves room for any cloud between two samples. */
export const MISMATCH_FACTOR = 5
/** A longer silence between two samples says nothing about the power within it. */
const POWER_SILENCE_MS = HOUR_MS
const REFUSED_FROM = 6

type Mismatch = {
  day: ChinaDay
  stepWh: number
  /** Where the day's energy was measured, in order of time. */
  measured: readonly Interval[]
  /** Instants of the day at which the counter showed more than the device can have made. */
  refusedMs: readonly number[]
}

/**
 * In words, why the energy that the counter shows and the power that the same readings report cannot both be right; undefined
 * when they can, or when too little is known. A unit that makes the energy too small shows as less than a fifth of what the power
 * adds up to; one that makes it too large shows as more than half of the readings under power refused as too fast.
 */
export const highLow = (
  columns: DeviceColumns,
  { ratedPowerW, ctMultiplier }: Pick<Device, 'ratedPowerW' | 'ctMultiplier'>,
  { day, stepWh, measured, refusedMs }: Mismatch,
): string | undefined => {
  const samples = samplesOf(columns, day)
  const refused = new Set(refusedMs)
  const producing = samples.filter(({ acPowerW, counterWh }) => counterWh !== null && acPowerW > ratedPowerW * FROZEN_POWER_SHARE)
  const tooFast = producing.filter(({ atMs }) => refused.has(atMs)).length
  if (tooFast >= REFUSED_FROM && tooFast * 2 > producing.length)
    return `${tooFast} of ${producing.length} readings under power rise faster than the device can: a unit too large?`
  const countedWh = measured.reduce((sum, { energyWh }) => sum + energyWh, 0)
  const reportedWh = Math.round(powerWithin(samples, measured, ratedPowerW))
  return countedWh > 0 && reportedWh > MISMATCH_FACTOR * (countedWh + stepWh * ctMultiplier)
    ? `the counter shows ${countedWh} Wh where the reported power adds up to ${reportedWh} Wh: a unit too small?`
    : undefined
}

/** What the power reported within the intervals adds up to, in Wh, by trapezoids. Figures above 1.2 times rated power are left out. */
const powerWithin = (samples: readonly Sample[], intervals: readonly Interval[], ratedPowerW: number): number => {
  let sumWh = 0
  let index = 0
  let previous: Sample | undefined
  for (const sample of samples) {
    if (sample.acPowerW > ratedPowerW * POWER_MARGIN) continue
    const from = previous
    previous = sample
    if (from === undefined || sample.atMs - from.atMs > POWER_SILENCE_MS) continue
    while ((intervals[index]?.toMs ?? Number.POSITIVE_INFINITY) <= from.atMs) index += 1
    const interval = intervals[index]
    if (interval === undefined || interval.fromMs > from.atMs || interval.toMs < sample.atMs) continue
    sumWh += (Math.max(0, from.acPowerW + sample.acPowerW) * (sample.atMs - from.atMs)) / (2 * HOUR_MS)
  }
  return sumWh
}
