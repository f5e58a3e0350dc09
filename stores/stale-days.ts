import { mergeCauses } from '../domain/day-cause.ts'
import type { StaleDay } from './rows.ts'
import type { TableOf } from './tables.ts'

/** Marks on station-days that carry their cause, beside causes that wait there already. */

const READS_AT_ONCE = 50

/**
 * Marks days stale. What waits on a day already stays among its causes. Of two who mark one day at the same instant one may lose its
 * cause, never its mark: a mark is written whatever was there.
 */
export const markDays = async (staleDays: TableOf<'staleDays'>, marks: readonly StaleDay[]): Promise<void> => {
  const joined: StaleDay[] = []
  for (let at = 0; at < marks.length; at += READS_AT_ONCE) {
    const some = marks.slice(at, at + READS_AT_ONCE)
    const found = await Promise.all(some.map((mark) => staleDays.get(mark)))
    for (const [nth, mark] of some.entries()) {
      const before = found[nth]?.row
      const waiting = before?.settledAtMs === undefined ? (before?.causes ?? []) : []
      const causes = mergeCauses(waiting, mark.causes ?? [])
      joined.push(causes.length === 0 ? mark : { ...mark, causes })
    }
  }
  await staleDays.putBatch(joined)
}
