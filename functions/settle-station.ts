import { spanOfMonth } from '../domain/calendar.ts'
import { finalDays, type StationStatement, statesTheSame } from '../domain/income.ts'
import type { Share, Station } from '../domain/registry.ts'
import { isSpreadOutdated } from '../domain/settled-energy.ts'
import { settleStationMonth, type StationMonth } from '../domain/settlement.ts'
import { isAnythingKnown, type StationMonthWork, stationMonthWork, type VillageMonthWork } from '../domain/settlement-work.ts'
import { monthsOfSlip, overlaps, slipsInForce } from '../domain/slip.ts'
import { beginningWith, daysOfStationSpan, latestStatement } from '../stores/months.ts'
import { slipLedger } from '../stores/slips.ts'
import { type Versioned } from '../stores/table.ts'
import type { StaleMonth } from '../stores/rows.ts'
import { onAws } from './edge/aws.ts'
import type { Deps, Handler, QueueTrigger } from './entry.ts'
import { laterMonths, termsOfStation } from './edge/station-month.ts'
import { eachWork, untilWritten } from './edge/work.ts'

/**
 * Triggered by work for one station-month. Writes a new version of its statement when the latest says anything else, and then sends
 * every village concerned to settle-village, also when nothing changed: a crash between the two heals with the next try.
 * Idempotent on the content; of two at once the later one looks again. The month's mark is read before anything else and settled
 * last, if no day has changed meanwhile. A month that cannot be settled (no price, no shares, no longer in service) is logged and
 * keeps its mark, so it stays due and is settled once the registry is complete. A month of which nothing is known has no statement
 * and no need of one: its mark is settled, and the day that tells of any energy marks it again.
 *
 * A slip that crosses months is spread over all of its days, so a day that changed here changes what falls into its other months:
 * each of them whose statement was spread by another version of a day of this month is marked, before this month's mark is settled.
 */

type SettleDeps = Deps<
  'stations' | 'generation' | 'slips' | 'prices' | 'incomes' | 'deductions' | 'regionDeductions' | 'vatRules' | 'shares',
  'stationStatements' | 'staleMonths',
  'settle-village'
>

/** The statement of a joint station of hundreds of villages is large. */
const VERSIONS_AT_ONCE = 25

/** The month, and the days beside it of slips that cross its ends. */
const loadMonth = async (
  deps: SettleDeps,
  station: Station,
  { stationId: partition, month }: StationMonthWork,
): Promise<StationMonth> => {
  const span = spanOfMonth(month)
  const slips = slipsInForce(await slipLedger(deps.slips, partition)).filter((slip) => overlaps(slip, span))
  const from = slips.reduce((first, slip) => (slip.from < first ? slip.from : first), span.from)
  const to = slips.reduce((last, slip) => (slip.to > last ? slip.to : last), span.to)
  const days = await daysOfStationSpan(deps.generation, partition, { from, to })
  return { ...(await termsOfStation(deps, station, month)), slips, days }
}

/** Marks the other months of this month's slips whose statements stand on older versions of this month's days. */
const markOtherMonths = async (deps: SettleDeps, { station, month, slips, days }: StationMonth): Promise<void> => {
  const { stationId, countyCode } = station
  const finals = finalDays(days)
  for (const other of new Set(slips.flatMap(monthsOfSlip))) {
    const statement: StationStatement | undefined =
      other === month ? undefined : await latestStatement(deps.stationStatements, stationId, other)
    if (!isSpreadOutdated(statement?.slips ?? [], month, finals)) continue
    await deps.staleMonths.put({ stationId, countyCode, month: other, markedAtMs: deps.now() })
  }
}

/**
 * Marks later months that have a statement and stand on this one's figures: before those are written, so that a crash after it loses no
 * mark, and again afterwards, for whoever settled them on the old ones meanwhile.
 */
const markLater = async (deps: SettleDeps, input: StationMonth): Promise<void> => {
  const { stationId, countyCode } = input.station
  for (const month of laterMonths(input)) {
    if (!(await latestStatement(deps.stationStatements, stationId, month))) continue
    await deps.staleMonths.put({ stationId, countyCode, month, markedAtMs: deps.now() })
  }
}

/**
 * Villages of every version there ever was and of every share set: whoever has lost a part must hear of it too, also when the try
 * that took it away ended before it could say so.
 */
const villagesConcerned = async (
  deps: SettleDeps,
  { stationId: partition, month }: StationMonthWork,
  shares: readonly Share[],
): Promise<Set<string>> => {
  const villages = new Set(shares.map(({ villageCode }) => villageCode))
  const range = { partition, ...beginningWith(`${month}#`), limit: VERSIONS_AT_ONCE }
  let cursor: string | undefined
  do {
    const page = await deps.stationStatements.query({ ...range, cursor })
    for (const { row } of page.rows) for (const { villageCode } of row.villages) villages.add(villageCode)
    cursor = page.cursor
  } while (cursor !== undefined)
  return villages
}

/** The villages to tell, and whether the month says now what there is to say. */
type Attempt = { villages: Set<string>; isSettled: boolean }

/** One attempt; the latest version is read before what the new one is made of, so a newer version never stands on older rows. */
const settleOnce = async (deps: SettleDeps, station: Station, work: StationMonthWork): Promise<Attempt | 'conflict'> => {
  const latest = await latestStatement(deps.stationStatements, work.stationId, work.month)
  const input = await loadMonth(deps, station, work)
  if (!latest && !isAnythingKnown(input)) return { villages: new Set(), isSettled: true }
  await markOtherMonths(deps, input)
  const settled = settleStationMonth(input)
  if (settled.kind === 'rejected') {
    deps.log.warn({ ...work, code: settled.code, detail: settled.detail }, 'the station-month cannot be settled')
    return { villages: await villagesConcerned(deps, work, []), isSettled: false }
  }
  const { statement } = settled
  if (!latest || !statesTheSame(latest, statement)) {
    const row = { ...statement, version: (latest?.version ?? 0) + 1, computedAtMs: deps.now() }
    await markLater(deps, input)
    if ((await deps.stationStatements.put(row, 'absent')) === 'conflict') return 'conflict'
    await markLater(deps, input)
  }
  return { villages: await villagesConcerned(deps, work, station.kind === 'joint' ? input.shares : []), isSettled: true }
}

/** Settles the mark if it is still the one that was there before the days were loaded; a newer one stays pending. */
const settleMark = async (deps: SettleDeps, seen: Versioned<StaleMonth> | undefined): Promise<void> => {
  if (!seen || seen.row.settledAtMs !== undefined) return
  await deps.staleMonths.put({ ...seen.row, settledAtMs: deps.now() }, { version: seen.version })
}

export const create = (deps: SettleDeps): Handler<QueueTrigger> =>
  eachWork(stationMonthWork, deps.log, async (work) => {
    const mark = await deps.staleMonths.get(work)
    const station = await deps.stations.get({ stationId: work.stationId })
    if (!station) return deps.log.warn(work, 'no such station')
    const { villages, isSettled } = await untilWritten(() => settleOnce(deps, station.row, work))
    const bodies = [...villages].map((villageCode): VillageMonthWork => ({ villageCode, month: work.month }))
    if (bodies.length > 0) await deps.queues['settle-village'].send(bodies)
    if (isSettled) await settleMark(deps, mark)
  })

export const handler = onAws('queue', create)
