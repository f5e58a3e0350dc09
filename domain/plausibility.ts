import type { ChinaDay } from './calendar.ts'
import { dayOf, HOUR_MS } from './calendar.ts'
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

const NIGHT_BELOW_DEG = -3
const NIGHT_OUTPUT_SHARE = 0.01
const FROZEN_ABOVE_DEG = 15
const FROZEN_POWER_SHARE = 0.02
const FROZEN_MS = 3 * HOUR_MS
/** A counter that shows whole kWh may stand still for one of them, and power is only sampled: two must be missing. */
const FROZEN_ENERGY_WH = 2_000

const samplesOf = ({ atMs, counterWh, acPowerW }: DeviceColumns, day: ChinaDay): Sample[] =>
  atMs
    .flatMap((at, index) => {
      const powerW = acPowerW[index] ?? null
      return powerW === null || dayOf(at) !== day ? [] : [{ atMs: at, counterWh: counterWh[index] ?? null, acPowerW: powerW }]
    })
    .sort((a, b) => a.atMs - b.atMs)

/** First instant of the day at which the device reports more than 1 % of its rated power with the sun below -3 degrees. */
export const nightOutputSince = (
  columns: DeviceColumns,
  { ratedPowerW }: Pick<Device, 'ratedPowerW'>,
  site: Site,
  day: ChinaDay,
): number | undefined =>
  samplesOf(columns, day).find(
    ({ atMs, acPowerW }) => acPowerW > ratedPowerW * NIGHT_OUTPUT_SHARE && solarElevationDeg({ ...site, atMs }) < NIGHT_BELOW_DEG,
  )?.atMs

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
  let start: Sample | undefined
  let previous: Sample | undefined
  let reportedWh = 0
  for (const sample of samplesOf(columns, day)) {
    const { atMs, counterWh, acPowerW } = sample
    const producing = acPowerW > ratedPowerW * FROZEN_POWER_SHARE && solarElevationDeg({ ...site, atMs }) > FROZEN_ABOVE_DEG
    if (!producing || counterWh === null || counterWh !== start?.counterWh) {
      start = producing && counterWh !== null ? sample : undefined
      reportedWh = 0
    } else if (previous) {
      reportedWh += (acPowerW * (atMs - previous.atMs)) / HOUR_MS
      if (atMs - start.atMs >= FROZEN_MS && reportedWh >= FROZEN_ENERGY_WH * ctMultiplier) return start.atMs
    }
    previous = sample
  }
  return undefined
}
