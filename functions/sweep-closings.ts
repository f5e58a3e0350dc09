import { HOUR_MS } from '../domain/calendar.ts'
import { allRows } from '../stores/table.ts'
import { onAws } from './edge/aws.ts'
import { closeMonth } from './edge/close-month.ts'
import { closingsOf } from './edge/closed-months.ts'
import type { Deps, Handler, ScheduleTrigger } from './entry.ts'

/**
 * Triggered by the clock. Goes on with months that somebody began to close and that are not closed yet: a county of many villages, a
 * process that ended in between, a village that was being settled. A month closed within the hour is looked at once more, for a
 * statement that somebody began to write before it was. Doing it twice changes nothing.
 */

type SweepDeps = Deps<
  'regions' | 'allocationLines',
  'closings' | 'villageStatements' | 'allocations' | 'deliveries',
  'settle-village'
>

export const create =
  (deps: SweepDeps): Handler<ScheduleTrigger> =>
  async ({ atMs }) => {
    const counties = await allRows((cursor) => deps.regions.queryIndex('byLevel', { partition: 'county', cursor }))
    let did = 0
    for (const { code } of counties) {
      const closings = await closingsOf(deps, code)
      const due = closings.filter(
        ({ state, closedAtMs = 0 }) => state === 'closing' || (state === 'closed' && atMs - closedAtMs < HOUR_MS),
      )
      for (const closing of due) {
        await closeMonth(deps, closing)
        did += 1
      }
    }
    return { kind: 'done', did }
  }

export const handler = onAws('schedule', create)
