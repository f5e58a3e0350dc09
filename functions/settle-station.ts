import { type Content, type StationStatement, saysTheSame } from '../domain/income.ts'
import type { Share, Station } from '../domain/registry.ts'
import { settleStationMonth } from '../domain/settlement.ts'
import { type StationMonthWork, stationMonthWork, type VillageMonthWork } from '../domain/settlement-work.ts'
import { daysOfStationMonth, latestStatement } from '../stores/months.ts'
import { allRows } from '../stores/table.ts'
import { onAws } from './edge/aws.ts'
import type { Deps, Handler, QueueTrigger } from './entry.ts'
import { eachWork, untilWritten } from './edge/work.ts'

/**
 * Triggered by work for one station-month. Writes a new version of its statement when the latest says anything else, and then sends
 * every village concerned to settle-village, also when nothing changed: a crash between the two heals with the next try.
 * Idempotent on the content; of two at once the later one looks again. A month that cannot be settled (no price, no shares) is
 * logged and stays due, so it is settled once the registry is complete.
 */

type SettleDeps = Deps<'stations' | 'generation' | 'prices' | 'deductions' | 'shares', 'stationStatements', 'settle-village'>

const loadMonth = async (deps: SettleDeps, station: Station, { stationId: partition, month }: StationMonthWork) => ({
  station,
  month,
  days: await daysOfStationMonth(deps.generation, partition, month),
  prices: await allRows((cursor) => deps.prices.query({ partition, cursor })),
  deductions: await allRows((cursor) => deps.deductions.query({ partition, cursor })),
  shares: await allRows((cursor) => deps.shares.query({ partition, cursor })),
})

/** Villages of the statement, of the one before it, and of every share set: whoever has lost a part must hear of it too. */
const villagesConcerned = (
  statements: readonly (Content<StationStatement> | undefined)[],
  shares: readonly Share[],
): Set<string> =>
  new Set([
    ...statements.flatMap((statement) => statement?.villages.map(({ villageCode }) => villageCode) ?? []),
    ...shares.map(({ villageCode }) => villageCode),
  ])

/** One attempt; the latest version is read before what the new one is made of, so a newer version never stands on older rows. */
const settleOnce = async (deps: SettleDeps, station: Station, work: StationMonthWork): Promise<Set<string> | 'conflict'> => {
  const latest = await latestStatement(deps.stationStatements, work.stationId, work.month)
  const input = await loadMonth(deps, station, work)
  const settled = settleStationMonth(input)
  if (settled.kind === 'rejected') {
    deps.log.warn({ ...work, code: settled.code, detail: settled.detail }, 'the station-month cannot be settled')
    return new Set()
  }
  const { statement } = settled
  if (!latest || !saysTheSame(latest, statement)) {
    const row = { ...statement, version: (latest?.version ?? 0) + 1, computedAtMs: deps.now() }
    if ((await deps.stationStatements.put(row, 'absent')) === 'conflict') return 'conflict'
  }
  return villagesConcerned([statement, latest], station.kind === 'joint' ? input.shares : [])
}

export const create = (deps: SettleDeps): Handler<QueueTrigger> =>
  eachWork(stationMonthWork, deps.log, async (work) => {
    const station = await deps.stations.get({ stationId: work.stationId })
    if (!station) return deps.log.warn(work, 'no such station')
    const villages = await untilWritten(() => settleOnce(deps, station.row, work))
    const bodies = [...villages].map((villageCode): VillageMonthWork => ({ villageCode, month: work.month }))
    if (bodies.length > 0) await deps.queues['settle-village'].send(bodies)
  })

export const handler = onAws('queue', create)
