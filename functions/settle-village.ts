import { type Allocation, allocateVillageMonth } from '../domain/allocation.ts'
import { addMonths, type ChinaMonth } from '../domain/calendar.ts'
import { daysInService, type StationStatement, saysTheSame } from '../domain/income.ts'
import { composeVillageMonth, type VillageStatement } from '../domain/village-statement.ts'
import { type ReceivedPool, receivedPool } from '../domain/receipt-pool.ts'
import type { Station } from '../domain/registry.ts'
import { type VillageMonthWork, villageMonthWork } from '../domain/settlement-work.ts'
import { moneyOfVillage } from '../stores/money-records.ts'
import { beginningWith, latestStatement } from '../stores/months.ts'
import { allRows } from '../stores/table.ts'
import { onAws } from './edge/aws.ts'
import type { Deps, Handler, QueueTrigger } from './entry.ts'
import { eachWork, untilWritten } from './edge/work.ts'

/**
 * Triggered by work for one village-month. Writes a new version of the village's statement when the latest says anything else, then
 * divides its net by the plan in force: first the lines of the run, then one conditional flip of the row that names the run. So a
 * reader sees the old run or the new one, whole, and a crash in between is completed by the next try. What a month leaves is carried
 * on to the next one that has an allocation: where that stands on another amount, it is divided again, and so on to the last.
 * Idempotent on the content: when nothing changed nothing is written.
 */

type SettleDeps = Deps<
  'stations' | 'shares' | 'stationStatements' | 'plans' | 'memberships' | 'attendance' | 'moneyRecords',
  'villageStatements' | 'allocations' | 'allocationLines'
>

/** The village's own stations and the joint ones it has or had a share in, if in service in the month. */
const stationsOf = async (deps: SettleDeps, { villageCode: partition, month }: VillageMonthWork): Promise<Station[]> => {
  const own = await allRows((cursor) => deps.stations.queryIndex('byVillage', { partition, cursor }))
  const shares = await allRows((cursor) => deps.shares.queryIndex('byVillage', { partition, cursor }))
  const jointIds = new Set(shares.filter(({ validFrom }) => validFrom.slice(0, 7) <= month).map(({ stationId }) => stationId))
  const joint = await Promise.all([...jointIds].map((stationId) => deps.stations.get({ stationId })))
  // By id, because a joint station may also be filed under the village it stands in.
  const stations = new Map([...own, ...joint.flatMap((found) => (found ? [found.row] : []))].map((row) => [row.stationId, row]))
  return [...stations.values()].filter((station) => daysInService(station, month).length > 0)
}

/** One attempt; the latest version is read before what the new one is made of, so a newer version never stands on older rows. */
const composeOnce = async (deps: SettleDeps, work: VillageMonthWork): Promise<VillageStatement | undefined | 'conflict'> => {
  const latest = await latestStatement(deps.villageStatements, work.villageCode, work.month)
  const stations = await stationsOf(deps, work)
  const found = await Promise.all(stations.map(({ stationId }) => latestStatement(deps.stationStatements, stationId, work.month)))
  const statements = found.filter((statement): statement is StationStatement => statement !== undefined)
  const countyCode = statements[0]?.countyCode ?? latest?.countyCode
  if (countyCode === undefined) return undefined

  const complete = statements.length === stations.length
  const composed = composeVillageMonth({ ...work, countyCode, statements, complete })
  if (latest && saysTheSame(latest, composed)) return latest
  const row = { ...composed, version: (latest?.version ?? 0) + 1, computedAtMs: deps.now() }
  return (await deps.villageStatements.put(row, 'absent')) === 'conflict' ? 'conflict' : row
}

const plansOfYear = (deps: SettleDeps, villageCode: string, month: ChinaMonth) =>
  allRows((cursor) => deps.plans.query({ partition: villageCode, ...beginningWith(`${month.slice(0, 4)}#`), cursor }))

const sheetOf = async (deps: SettleDeps, villageCode: string, month: ChinaMonth) =>
  (await deps.attendance.query({ partition: villageCode, ...beginningWith(`${month}#`), reverse: true, limit: 1 })).rows[0]?.row

const membershipsOf = (deps: SettleDeps, villageCode: string) =>
  allRows((cursor) => deps.memberships.query({ partition: villageCode, cursor }))

/** The latest allocation before a month, whatever months lie between that have none: what those before have left stands in it. */
const allocationBefore = async (deps: SettleDeps, villageCode: string, month: ChinaMonth) =>
  (await deps.allocations.query({ partition: villageCode, to: addMonths(month, -1), reverse: true, limit: 1 })).rows[0]?.row

/** What the months before a month have divided, reserve included: what a plan of received money cannot divide again. */
const dividedBefore = async (deps: SettleDeps, villageCode: string, month: ChinaMonth): Promise<number> => {
  const range = { partition: villageCode, to: addMonths(month, -1) }
  const rows = await allRows((cursor) => deps.allocations.query({ ...range, cursor }))
  return rows.reduce((sum, { reserveFen, distributedFen }) => sum + reserveFen + distributedFen, 0)
}

/** Looked up only where a plan of the year divides what was received. */
const receivedOf = async (deps: SettleDeps, { villageCode, countyCode, month }: VillageStatement): Promise<ReceivedPool> => {
  const dividedFen = await dividedBefore(deps, villageCode, month)
  return receivedPool(villageCode, await moneyOfVillage(deps, { villageCode, countyCode }), { month, dividedFen })
}

const allocationsAfter = (deps: SettleDeps, { villageCode: partition, month }: VillageMonthWork) =>
  allRows((cursor) => deps.allocations.query({ partition, from: addMonths(month, 1), cursor }))

/** 'done' says what the month carries on, when it carries anything on. */
type Allocated = 'conflict' | { carriedOutFen: number | undefined }

/**
 * One attempt; the pointer is read before the statement and the plan, so that it never goes back to older ones. What the months before
 * left is read again afterwards: of two neighbours divided at one time, the later always finds out.
 */
const allocateOnce = async (deps: SettleDeps, { villageCode, month }: VillageMonthWork): Promise<Allocated> => {
  const pointer = await deps.allocations.get({ villageCode, month })
  const statement = await latestStatement(deps.villageStatements, villageCode, month)
  if (!statement) return { carriedOutFen: pointer?.row.carriedOutFen }
  const plans = await plansOfYear(deps, villageCode, month)
  const isByWages = plans.some(({ basis }) => basis === 'wages')
  const isOfReceived = plans.some(({ pool }) => pool === 'received')
  const previous = await allocationBefore(deps, villageCode, month)
  const received = isOfReceived ? await receivedOf(deps, statement) : undefined
  const { allocation, lines } = allocateVillageMonth({
    statement,
    plans,
    memberships: plans.length > 0 ? await membershipsOf(deps, villageCode) : [],
    sheet: isByWages ? await sheetOf(deps, villageCode, month) : undefined,
    previous,
    received,
    counted: pointer?.row,
  })
  const { carriedOutFen } = allocation
  if (pointer?.row.runId === allocation.runId) return { carriedOutFen }
  await deps.allocationLines.putBatch(lines)
  const row = { ...allocation, computedAtMs: deps.now() }
  if ((await deps.allocations.put(row, pointer ? { version: pointer.version } : 'absent')) === 'conflict') return 'conflict'
  const since = await allocationBefore(deps, villageCode, month)
  if (since?.carriedOutFen !== previous?.carriedOutFen) return 'conflict'
  return received && (await dividedBefore(deps, villageCode, month)) !== received.dividedFen ? 'conflict' : { carriedOutFen }
}

/** What received money a month divided follows from all before it: such a month is always divided again. */
const standsOn = (following: Allocation, carriedOutFen: number | undefined): boolean =>
  following.received === undefined && (following.carriedInFen ?? 0) === (carriedOutFen ?? 0)

/**
 * A month, and then every later one that stands on another amount than the one before it carries on. All are looked at, however far
 * an earlier try came.
 */
const allocateOnward = async (deps: SettleDeps, work: VillageMonthWork): Promise<void> => {
  let { carriedOutFen } = await untilWritten(() => allocateOnce(deps, work))
  for (const following of await allocationsAfter(deps, work)) {
    const stands = standsOn(following, carriedOutFen)
    const again = { villageCode: work.villageCode, month: following.month }
    carriedOutFen = (stands ? following : await untilWritten(() => allocateOnce(deps, again))).carriedOutFen
  }
}

export const create = (deps: SettleDeps): Handler<QueueTrigger> =>
  eachWork(villageMonthWork, deps.log, async (work) => {
    const statement = await untilWritten(() => composeOnce(deps, work))
    if (statement) await allocateOnward(deps, work)
  })

export const handler = onAws('queue', create)
