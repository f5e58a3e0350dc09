import { type ChinaMonth, MINUTE_MS, monthOfDay } from '../domain/calendar.ts'
import type { Station } from '../domain/registry.ts'
import { isAnythingKnown, monthsToSettle, type StationMonthWork } from '../domain/settlement-work.ts'
import { type Slip, slipsInForce } from '../domain/slip.ts'
import { beginningWith, daysOfStationMonth, latestStatement } from '../stores/months.ts'
import { slipLedger } from '../stores/slips.ts'
import { allRows, firstRows, type Versioned } from '../stores/table.ts'
import type { StaleMonth } from '../stores/rows.ts'
import { onAws } from './edge/aws.ts'
import { sentLately } from './edge/sent-lately.ts'
import type { Deps, Handler, ScheduleTrigger } from './entry.ts'

/**
 * Triggered by the clock. Sends to settle-station every marked station-month that is over and not waiting for the recomputation of
 * one of its days. Besides, once a day in its turn, every month of a station that has a statement or of which anything is known,
 * marked or not: so what a lost mark or message, data from before the marks, an interrupted import, a change of the registry or a
 * day that is stale again and again left behind is made good within a day, down to the allocation. What is due follows from the
 * tables and the time, so a doubled run changes nothing: a month sent twice is settled once. A skipped run delays: marked months
 * are sent by the next run, while a turn that nobody took, as on a computer that slept, comes again the next day at its hour. What
 * this instance sent within the hour is not sent again for the same mark, which only spares work; a run that is cut goes on with
 * the next.
 */

type SweepDeps = Deps<
  'regions' | 'stations' | 'staleDays' | 'staleMonths' | 'generation' | 'slips' | 'stationStatements',
  never,
  'settle-station'
>

/** Two thousand requests to a queue take some twenty seconds. In the first night of a month every station has one month due. */
const MARKED_PER_RUN_MAX = 20_000
/** More than a county ever has: fourteen months of seven thousand stations that can all not be settled. */
const MARKED_OF_COUNTY_MAX = 100_000
const CHUNK = 1_000

/** A range of sort keys that begin with a month, from the oldest of some months in a row to the newest. */
const spanOf = (months: readonly ChinaMonth[], then: '#' | '-') => ({
  from: `${months.at(-1)}${then}`,
  to: beginningWith(`${months[0]}${then}`).to,
})

/** Pending marks of the county's months, the newest month's first. A mark the index does not show yet is found by the next run. */
const pendingMarks = async (deps: SweepDeps, countyCode: string, months: readonly ChinaMonth[]) => {
  const range = { partition: countyCode, ...spanOf(months, '#'), reverse: true }
  return (await firstRows((part) => deps.staleMonths.queryIndex('pending', part), range, MARKED_OF_COUNTY_MAX)).rows
}

const placeOf = ({ stationId, month }: StationMonthWork): string => `${stationId}#${month}`
const causeOf = ({ row, version }: Versioned<StaleMonth>): string => `${placeOf(row)}#${version}`

/**
 * Every month that has a stale day: its figures are about to change. A mark the index does not show yet only has a month settled
 * early, and again when its day has changed.
 */
const monthsOfStaleDays = async (deps: SweepDeps, countyCode: string, months: readonly ChinaMonth[]): Promise<Set<string>> => {
  const stale = new Set<string>()
  const range = { partition: countyCode, ...spanOf(months, '-') }
  let cursor: string | undefined
  do {
    const page = await deps.staleDays.queryIndex('pending', { ...range, cursor })
    for (const { row } of page.rows) stale.add(placeOf({ stationId: row.stationId, month: monthOfDay(row.day) }))
    cursor = page.cursor
  } while (cursor !== undefined)
  return stale
}

/** A day is twelve times twelve turns of ten minutes: a county has every twelfth, and each of its stations one of the county's. */
const TURN_MS = 10 * MINUTE_MS
const DOZEN = 12
const turnOf = (atMs: number): number => Math.floor(atMs / TURN_MS)
const isTurnOfCounty = (nth: number, atMs: number): boolean => nth % DOZEN === turnOf(atMs) % DOZEN
const isTurnOfStation = (nth: number, atMs: number): boolean => nth % DOZEN === Math.floor(turnOf(atMs) / DOZEN) % DOZEN

const isDue = async (deps: SweepDeps, station: Station, month: ChinaMonth, slips: readonly Slip[]): Promise<boolean> => {
  if (await latestStatement(deps.stationStatements, station.stationId, month)) return true
  return isAnythingKnown({ station, month, slips, days: await daysOfStationMonth(deps.generation, station.stationId, month) })
}

/** What a county's turn brings. The months of one station are looked at together: they are what is in memory at a time. */
const workOfTurn = async (deps: SweepDeps, countyCode: string, months: readonly ChinaMonth[], atMs: number) => {
  const stations = await allRows((cursor) => deps.stations.queryIndex('byCounty', { partition: countyCode, cursor }))
  const work: StationMonthWork[] = []
  for (const station of stations.filter((_, nth) => isTurnOfStation(nth, atMs))) {
    const slips = slipsInForce(await slipLedger(deps.slips, station.stationId))
    const due = await Promise.all(months.map((month) => isDue(deps, station, month, slips)))
    work.push(...months.filter((_, at) => due[at]).map((month) => ({ stationId: station.stationId, month })))
  }
  return work
}

export const create = (deps: SweepDeps): Handler<ScheduleTrigger> => {
  const lately = sentLately()

  const markedMonths = async (countyCode: string, months: readonly ChinaMonth[], atMs: number) => {
    const news = (await pendingMarks(deps, countyCode, months)).filter((mark) => lately.isNews(causeOf(mark), atMs))
    if (news.length === 0) return news
    const stale = await monthsOfStaleDays(deps, countyCode, months)
    return news.filter(({ row }) => !stale.has(placeOf(row)))
  }
  const send = async (work: readonly StationMonthWork[]): Promise<number> => {
    const bodies = [...new Map(work.map((each) => [placeOf(each), each])).values()]
    for (let at = 0; at < bodies.length; at += CHUNK) await deps.queues['settle-station'].send(bodies.slice(at, at + CHUNK))
    return bodies.length
  }

  return async ({ atMs }) => {
    const months = monthsToSettle(atMs)
    const counties = await allRows((cursor) => deps.regions.queryIndex('byLevel', { partition: 'county', cursor }))
    let did = 0
    let markedLeft = MARKED_PER_RUN_MAX
    for (const [nth, { code }] of counties.entries()) {
      const marked = markedLeft > 0 ? await markedMonths(code, months, atMs) : []
      const now = marked.slice(0, markedLeft)
      markedLeft -= now.length
      if (now.length < marked.length) {
        deps.log.warn({ countyCode: code }, 'more station-months are due than one run may send')
      }
      const work = now.map(({ row: { stationId, month } }): StationMonthWork => ({ stationId, month }))
      const again = isTurnOfCounty(nth, atMs) ? await workOfTurn(deps, code, months, atMs) : []
      did += await send([...work, ...again])
      lately.remember(now.map(causeOf), atMs)
    }
    return { kind: 'done', did }
  }
}

export const handler = onAws('schedule', create)
