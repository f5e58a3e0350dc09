import { type ChinaDay, dayOf } from '../domain/calendar.ts'
import { daysToCompute, inService, type StationDayWork } from '../domain/generation-work.ts'
import type { Station } from '../domain/registry.ts'
import { allRows, firstRows, type Range, type Versioned } from '../stores/table.ts'
import type { StaleDay } from '../stores/rows.ts'
import { onAws } from './edge/aws.ts'
import { markAnnounced } from './edge/recompute.ts'
import { sentLately } from './edge/sent-lately.ts'
import type { Deps, Handler, ScheduleTrigger } from './entry.ts'

/**
 * Triggered by the clock. Marks the days that corrections of the registry have announced, so many a run; then sends to
 * compute-generation every stale station-day that has begun, and every one of the last forty days
 * before `atMs` that is over and has no final version. What is due follows from the tables and the time, so a skipped or doubled
 * run changes nothing; what this instance sent within the hour is not sent again, which only spares work: a new mark is other work.
 */

type SweepDeps = Deps<'regions' | 'stations' | 'generation', 'staleDays' | 'recomputations', 'compute-generation'>

const STALE_PER_RUN_MAX = 50_000
/** Few enough that readings of today never queue for long behind the past. */
const MISSING_PER_RUN_MAX = 2_000
/** Days marked for corrections of the registry: the rest has its turn in the next run. */
const ANNOUNCED_PER_RUN_MAX = 10_000
const CHUNK = 1_000

/** Pending marks of a county up to today, today's first. A mark the index does not show yet is found by the next run. */
const pendingMarks = async (deps: SweepDeps, countyCode: string, today: ChinaDay, max: number) => {
  const query = (range: Range) => deps.staleDays.queryIndex('pending', range)
  const current = await firstRows(query, { partition: countyCode, from: today, to: `${today}~` }, max)
  const earlier = await firstRows(query, { partition: countyCode, to: today }, max - current.rows.length)
  return { marks: [...current.rows, ...earlier.rows], cut: current.cut || earlier.cut }
}

/** Stations that have a final version of the day. */
const closedStations = async (deps: SweepDeps, countyCode: string, day: ChinaDay): Promise<Set<string>> => {
  const closed = new Set<string>()
  let cursor: string | undefined
  do {
    const page = await deps.generation.queryIndex('byCountyDay', { partition: `${countyCode}#${day}`, cursor })
    for (const { row } of page.rows) if (row.version > 0) closed.add(row.stationId)
    cursor = page.cursor
  } while (cursor !== undefined)
  return closed
}

export const create = (deps: SweepDeps): Handler<ScheduleTrigger> => {
  const lately = sentLately()
  /** `county#day` to the stations known to be closed: final versions are never taken back. */
  const closed = new Map<string, Set<string>>()

  const send = async (work: ReadonlyMap<string, StationDayWork>, atMs: number): Promise<number> => {
    const bodies = [...work.values()]
    for (let at = 0; at < bodies.length; at += CHUNK) {
      await deps.queues['compute-generation'].send(bodies.slice(at, at + CHUNK))
    }
    lately.remember([...work.keys()], atMs)
    return bodies.length
  }

  const missingDays = async (countyCode: string, stations: readonly Station[], atMs: number, max: number) => {
    const missing: StationDayWork[] = []
    for (const day of daysToCompute(atMs)) {
      const place = `${countyCode}#${day}`
      const due = () =>
        stations
          .filter((each) => inService(each, day) && !closed.get(place)?.has(each.stationId))
          .map(({ stationId }): StationDayWork => ({ stationId, day }))
          .filter((work) => lately.isNews(missingCause(work), atMs))
      if (due().length === 0) continue
      closed.set(place, await closedStations(deps, countyCode, day))
      missing.push(...due())
      if (missing.length > max) break
    }
    return missing
  }

  return async ({ atMs }) => {
    for (const place of closed.keys()) if (!daysToCompute(atMs).some((day) => place.endsWith(day))) closed.delete(place)
    const counties = await allRows((cursor) => deps.regions.queryIndex('byLevel', { partition: 'county', cursor }))
    // A run by hand may be for another time than now, and a day that has begun by the clock waits for none.
    const today = dayOf(Math.max(atMs, deps.now()))
    let did = 0
    let missingLeft = MISSING_PER_RUN_MAX
    let announced = 0
    for (const { code } of counties) {
      const max = ANNOUNCED_PER_RUN_MAX - announced
      announced += await markAnnounced(deps, { countyCode: code, max, nowMs: deps.now() })
      const { marks, cut } = await pendingMarks(deps, code, today, Math.max(0, STALE_PER_RUN_MAX - did))
      const stations = await allRows((cursor) => deps.stations.queryIndex('byCounty', { partition: code, cursor }))
      const here = new Set(stations.map(({ stationId }) => stationId))
      const stale = new Map(marks.map((mark) => [staleCause(mark), workOf(mark.row, here)]))
      const staleWork = new Set(marks.map(({ row }) => missingCause(row)))
      const missing = (await missingDays(code, stations, atMs, missingLeft)).filter((work) => !staleWork.has(missingCause(work)))
      const now = missing.slice(0, missingLeft)
      missingLeft -= now.length
      if (cut || now.length < missing.length)
        deps.log.warn({ countyCode: code }, 'more station-days are due than one run may send')
      did += await send(new Map([...stale].filter(([cause]) => lately.isNews(cause, atMs))), atMs)
      did += await send(new Map(now.map((work) => [missingCause(work), work])), atMs)
    }
    return { kind: 'done', did }
  }
}

/** A station that is not in the county of its mark has been moved since: the mark is to be found where it lies. */
const workOf = ({ stationId, day, countyCode }: StaleDay, here: ReadonlySet<string>): StationDayWork => ({
  stationId,
  day,
  ...(!here.has(stationId) && { countyCode }),
})

const missingCause = ({ stationId, day }: StationDayWork): string => `${stationId}#${day}`
const staleCause = ({ row, version }: Versioned<StaleDay>): string => `${missingCause(row)}#${version}`

export const handler = onAws('schedule', create)
