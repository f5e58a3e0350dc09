import { type ChinaDay, DAY_MS, dayStartMs } from './calendar.ts'

/** How long money has been waiting where it is. */

/** The last day of each class but the last, in days; beyond them is a class of its own. A county may count by others. */
export const AGE_LIMITS_DAYS: readonly number[] = [30, 90, 180, 365]

/** An amount and the day it began to wait. */
export type Waiting = { since: ChinaDay; amountFen: number }

const ageDays = (since: ChinaDay, asOf: ChinaDay): number => Math.round((dayStartMs(asOf) - dayStartMs(since)) / DAY_MS)

/** Sums by age, youngest class first: one more class than limits, and together what there is. */
export const ageing = (
  waiting: readonly Waiting[],
  asOf: ChinaDay,
  limitsDays: readonly number[] = AGE_LIMITS_DAYS,
): number[] => {
  const classes = Array.from({ length: limitsDays.length + 1 }, () => 0)
  for (const { since, amountFen } of waiting) {
    const found = limitsDays.findIndex((limit) => ageDays(since, asOf) <= limit)
    const at = found === -1 ? limitsDays.length : found
    classes[at] = (classes[at] ?? 0) + amountFen
  }
  return classes
}

/** What is left of amounts that came in when so much has gone out again: the first in goes first. */
export const leftOf = (came: readonly { on: ChinaDay; amountFen: number }[], goneFen: number): Waiting[] => {
  let left = goneFen
  return came
    .toSorted((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0))
    .map(({ on, amountFen }) => {
      const usedFen = Math.min(left, amountFen)
      left -= usedFen
      return { since: on, amountFen: amountFen - usedFen }
    })
    .filter(({ amountFen }) => amountFen > 0)
}
