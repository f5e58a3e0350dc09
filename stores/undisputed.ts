import type { Quantity, Reading } from '../domain/reading.ts'
import { readingValues } from '../domain/reading-values.ts'
import { byDeviceId, type Conflict, conflictsOf, identityOf, type Point, type Series } from './readings.ts'

/** For adapters that read whole readings, in any order and some of them more than once: what they come to. */

/** `undisputed`: one reading per identity, ordered by (deviceId, atMs). `conflicts`: identities with two or more sets of values. */
export type Settled = { undisputed: Reading[]; conflicts: Conflict[] }

/** The same result for the same set of readings, whatever their order and repetition; of equal ones the earliest received stays. */
export const settle = (readings: readonly Reading[]): Settled => {
  const claims = new Map<string, Map<string, Reading>>()
  for (const reading of readings) {
    const identity = identityOf(reading)
    const claim = claims.get(identity) ?? new Map<string, Reading>()
    const values = readingValues(reading)
    const known = claim.get(values)
    if (!known || reading.receivedAtMs < known.receivedAtMs) claim.set(values, reading)
    claims.set(identity, claim)
  }
  const undisputed: Reading[] = []
  const disputed: Reading[] = []
  for (const claim of claims.values()) (claim.size === 1 ? undisputed : disputed).push(...claim.values())
  undisputed.sort((one, other) => byDeviceId(one, other) || one.atMs - other.atMs)
  return { undisputed, conflicts: conflictsOf(disputed) }
}

/** Readings in the order of `settle`, as one series per device. */
export const seriesOf = (undisputed: readonly Reading[], quantities: readonly Quantity[]): Series[] => {
  const found: Series[] = []
  for (const reading of undisputed) {
    let series = found.at(-1)
    if (series?.deviceId !== reading.deviceId) {
      series = {
        deviceId: reading.deviceId,
        atMs: [],
        values: Object.fromEntries(quantities.map((quantity) => [quantity, []])),
      }
      found.push(series)
    }
    series.atMs.push(reading.atMs)
    for (const quantity of quantities) series.values[quantity]?.push(reading[quantity] ?? null)
  }
  return found
}

/** Per device the first or the last of readings in the order of `settle` that have the quantity. */
export const pointsOf = (undisputed: readonly Reading[], quantity: Quantity, side: 'first' | 'last'): Point[] => {
  const points = new Map<string, Point>()
  for (const { deviceId, atMs, [quantity]: value } of undisputed) {
    if (value !== undefined && (side === 'last' || !points.has(deviceId))) points.set(deviceId, { deviceId, atMs, value })
  }
  return [...points.values()]
}
