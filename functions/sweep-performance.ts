import { isDue, type CountyDayWork } from '../domain/assessment-work.ts'
import { dayOf } from '../domain/calendar.ts'
import { allRows, firstRows, type Versioned } from '../stores/table.ts'
import type { StaleCountyDay } from '../stores/rows.ts'
import { onAws } from './edge/aws.ts'
import { sentLately } from './edge/sent-lately.ts'
import type { Deps, Handler, ScheduleTrigger } from './entry.ts'

/**
 * Triggered by the clock. Sends to assess-performance every marked county-day that is over, once its stations have gone quiet. What is
 * due follows from the marks and the time, so a skipped or doubled run changes nothing; what this instance sent within the hour is
 * not sent again, whatever was marked since: a trickle of late readings has a day assessed once an hour and not with each of them.
 */

type SweepDeps = Deps<'regions' | 'staleCountyDays', never, 'assess-performance'>

/** A county's history of ten years may be due at once, after a backfill. */
const MARKS_PER_RUN_MAX = 4_000

const causeOf = ({ row }: Versioned<StaleCountyDay>): string => `${row.countyCode}#${row.day}`

export const create = (deps: SweepDeps): Handler<ScheduleTrigger> => {
  const lately = sentLately()
  return async ({ atMs }) => {
    const counties = await allRows((cursor) => deps.regions.queryIndex('byLevel', { partition: 'county', cursor }))
    let did = 0
    for (const { code } of counties) {
      const range = { partition: code, to: dayOf(atMs) }
      const { rows, cut } = await firstRows((part) => deps.staleCountyDays.queryIndex('pending', part), range, MARKS_PER_RUN_MAX)
      if (cut) deps.log.warn({ countyCode: code }, 'more county-days are due than one run may send')
      const due = rows.filter((mark) => isDue(mark.row, atMs) && lately.isNews(causeOf(mark), atMs))
      if (due.length === 0) continue
      await deps.queues['assess-performance'].send(
        due.map(({ row: { countyCode, day } }): CountyDayWork => ({ countyCode, day })),
      )
      lately.remember(due.map(causeOf), atMs)
      did += due.length
    }
    return { kind: 'done', did }
  }
}

export const handler = onAws('schedule', create)
