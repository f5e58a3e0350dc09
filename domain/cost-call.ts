import { APPETITES, type Appetite, type Driver } from './cost-appetites.ts'
import type { Work } from './cost-work.ts'

/** What one call of a function takes, by what it works on. */

/** Of one call of a work. */
export const appetiteOf = ({ occasion, counts }: Work): Appetite => {
  const sum: Appetite = { readUnits: 0, writeUnits: 0, requests: 0, waits: 0, rows: 0 }
  const perDriver: Partial<Record<Driver, Appetite>> = APPETITES[occasion]
  for (const [driver, each] of Object.entries(perDriver) as [Driver, Appetite][]) {
    const count = counts[driver] ?? 0
    for (const key of Object.keys(sum) as (keyof Appetite)[]) sum[key] += count * each[key]
  }
  return sum
}
export const invocationsOf = ({ times, invocations }: Work): number => invocations ?? times
