import { type ChinaMonth, MINUTE_MS } from '../domain/calendar.ts'
import type { Region, Station } from '../domain/registry.ts'
import { isSettlementDue, monthsToSettle, type StationMonthWork } from '../domain/settlement-work.ts'
import { beginningWith, daysOfStationMonth, latestStatement } from '../stores/months.ts'
import { allRows } from '../stores/table.ts'
import { onAws } from './edge/aws.ts'
import type { Deps, Handler, ScheduleTrigger } from './entry.ts'

/**
 * Triggered by the clock. Sends every station-month that is over, not waiting for the recomputation of one of its days, and without
 * a statement on its latest station-days to settle-station. Besides, once a day in its turn, every month of a station that has a
 * statement, stale or not: so what a lost message, an interrupted import or a day that is stale again and again left behind is
 * made good within a day, down to the allocation. What it sends depends on the tables and `atMs` alone, so a skipped or doubled run
 * changes nothing: a month sent twice is settled once.
 */

type SweepDeps = Deps<'regions' | 'stations' | 'staleDays' | 'generation' | 'stationStatements', never, 'settle-station'>

/**
 * `stationId#month` of every month that has a stale day: its figures are about to change. A mark the index does not show yet only
 * has a month settled early, and again when its day has changed.
 */
const staleMonths = async (deps: SweepDeps, { code }: Region, months: readonly ChinaMonth[]): Promise<Set<string>> => {
  const stale = new Set<string>()
  for (const month of months) {
    const range = { partition: code, ...beginningWith(`${month}-`) }
    const marks = await allRows((cursor) => deps.staleDays.queryIndex('pending', { ...range, cursor }))
    for (const { stationId } of marks) stale.add(`${stationId}#${month}`)
  }
  return stale
}

/** A day has so many turns; each run takes that of one in so many stations. */
const TURN_MS = 10 * MINUTE_MS
const TURNS = 144

const isTurnOf = (nth: number, atMs: number): boolean => nth % TURNS === Math.floor(atMs / TURN_MS) % TURNS

const isDue = async (deps: SweepDeps, station: Station, month: ChinaMonth, again: boolean): Promise<boolean> => {
  const [days, statement] = await Promise.all([
    daysOfStationMonth(deps.generation, station.stationId, month),
    latestStatement(deps.stationStatements, station.stationId, month),
  ])
  return (again && statement !== undefined) || isSettlementDue({ station, month, days }, statement)
}

/** The due months of one station, looked at together: fourteen months of one station are what is in memory at a time. */
const dueWork = async (
  deps: SweepDeps,
  station: Station,
  months: readonly ChinaMonth[],
  again: boolean,
): Promise<StationMonthWork[]> => {
  const due = await Promise.all(months.map((month) => isDue(deps, station, month, again)))
  return months.filter((_, at) => due[at]).map((month) => ({ stationId: station.stationId, month }))
}

export const create =
  (deps: SweepDeps): Handler<ScheduleTrigger> =>
  async ({ atMs }) => {
    const months = monthsToSettle(atMs)
    let did = 0
    for (const county of await allRows((cursor) => deps.regions.queryIndex('byLevel', { partition: 'county', cursor }))) {
      const stale = await staleMonths(deps, county, months)
      const stations = await allRows((cursor) => deps.stations.queryIndex('byCounty', { partition: county.code, cursor }))
      for (const [nth, station] of stations.entries()) {
        const again = isTurnOf(nth, atMs)
        const looked = months.filter((month) => again || !stale.has(`${station.stationId}#${month}`))
        const work = await dueWork(deps, station, looked, again)
        if (work.length > 0) await deps.queues['settle-station'].send(work)
        did += work.length
      }
    }
    return { kind: 'done', did }
  }

export const handler = onAws('schedule', create)
