import type { ChinaDay } from './calendar.ts'
import { validOn } from './overview.ts'
import type { Device } from './registry.ts'

/**
 * The station that a device's readings of a day are kept with, from all its rows: the one whose row is in force; on a day that no
 * row covers, after a correction of the registry, the one it was at last before, or else came to first. So every reading has a place.
 */
export const placeOn = (rows: readonly Device[], day: ChinaDay): string | undefined => {
  const inOrder = rows.toSorted((one, other) => {
    if (one.validFrom !== other.validFrom) return one.validFrom < other.validFrom ? -1 : 1
    return one.gatewayId < other.gatewayId ? -1 : 1
  })
  const inForce = inOrder.findLast((row) => validOn(row, day))
  const lastBefore = inOrder.findLast(({ validFrom }) => validFrom <= day)
  return (inForce ?? lastBefore ?? inOrder[0])?.stationId
}
