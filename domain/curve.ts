import { type ChinaDay, DAY_MS, dayStartMs, HOUR_MS, MINUTE_MS } from './calendar.ts'

/** A day of power as people look at it: one value per five minutes, null where nothing is known. */

export const SLOT_MS = 5 * MINUTE_MS
export const SLOTS_PER_DAY = DAY_MS / SLOT_MS
/** Many loggers sample every quarter of an hour: a value stands until the next one, and at most for this many slots more. */
const CARRY_SLOTS = 3
/** A longer silence between two counter readings says nothing about the power within it. */
const METER_GAP_MS = 30 * MINUTE_MS

/** One device's readings of one quantity, in order of time; null where the reading did not have it. */
export type Samples = { atMs: readonly number[]; values: readonly (number | null)[] }

export type PowerCurve = {
  /** Sum over the inverters that are known in the slot; null when none is. W, SLOTS_PER_DAY of them. */
  powerW: (number | null)[]
  /** How many inverters the sum covers. */
  reporting: number[]
}

const slots = <Value>(value: Value): Value[] => Array.from({ length: SLOTS_PER_DAY }, () => value)

const known = ({ atMs, values }: Samples): { atMs: number; value: number }[] =>
  atMs.flatMap((at, index) => {
    const value = values[index] ?? null
    return value === null ? [] : [{ atMs: at, value }]
  })

/** Mean per slot of what a device reported in it; an empty slot takes the last one before, if that is not too long ago. */
const slotMeans = (samples: Samples, startMs: number): (number | null)[] => {
  const sums = slots(0)
  const counts = slots(0)
  for (const { atMs, value } of known(samples)) {
    const slot = Math.floor((atMs - startMs) / SLOT_MS)
    if (slot < 0 || slot >= SLOTS_PER_DAY) continue
    sums[slot] = (sums[slot] ?? 0) + value
    counts[slot] = (counts[slot] ?? 0) + 1
  }
  const meanAt = (slot: number): number | null => {
    const count = counts[slot] ?? 0
    return count === 0 ? null : (sums[slot] ?? 0) / count
  }
  return sums.map((_, slot) => {
    for (let back = 0; back <= CARRY_SLOTS; back++) {
      const mean = meanAt(slot - back)
      if (mean !== null) return mean
    }
    return null
  })
}

const blankAfter = <Value>(values: readonly Value[], startMs: number, nowMs: number, blank: Value): Value[] =>
  values.map((value, slot) => (startMs + slot * SLOT_MS <= nowMs ? value : blank))

/** Power of a station over a day, summed over its inverters. Slots that have not begun by `nowMs` are unknown. */
export const powerCurve = (inverters: readonly Samples[], day: ChinaDay, nowMs: number): PowerCurve => {
  const startMs = dayStartMs(day)
  const means = inverters.map((samples) => slotMeans(samples, startMs))
  const powerW = slots<number | null>(null)
  const reporting = slots(0)
  for (const series of means) {
    for (const [slot, mean] of series.entries()) {
      if (mean === null) continue
      powerW[slot] = (powerW[slot] ?? 0) + mean
      reporting[slot] = (reporting[slot] ?? 0) + 1
    }
  }
  const rounded = powerW.map((value) => (value === null ? null : Math.round(value)))
  return { powerW: blankAfter(rounded, startMs, nowMs, null), reporting: blankAfter(reporting, startMs, nowMs, 0) }
}

export type MeterSamples = Samples & { ctMultiplier: number; ratedPowerW: number }

/**
 * Mean power through a revenue meter between two readings of its counter, W, CT multiplier applied. Unknown across gaps, where
 * the counter goes backwards, and where it says more than 1.2 times what can flow: the energy rule judges those, not a picture.
 */
export const meterCurve = (meter: MeterSamples, day: ChinaDay): (number | null)[] => {
  const startMs = dayStartMs(day)
  const readings = known(meter)
  const powerW = slots<number | null>(null)
  for (const [index, { atMs, value }] of readings.entries()) {
    const before = readings[index - 1]
    if (!before || atMs <= before.atMs || atMs - before.atMs > METER_GAP_MS || value < before.value) continue
    const meanW = ((value - before.value) * meter.ctMultiplier * HOUR_MS) / (atMs - before.atMs)
    if (meanW > meter.ratedPowerW * 1.2) continue
    const first = Math.max(0, Math.floor((before.atMs - startMs) / SLOT_MS))
    const last = Math.min(SLOTS_PER_DAY, Math.ceil((atMs - startMs) / SLOT_MS))
    for (let slot = first; slot < last; slot++) {
      const middleMs = startMs + slot * SLOT_MS + SLOT_MS / 2
      if (middleMs > before.atMs && middleMs <= atMs) powerW[slot] = Math.round(meanW)
    }
  }
  return powerW
}
