import { dividedBy, dividesTheSame, type Run, withAdjustments } from '../domain/adjusted-allocation.ts'
import type { Allocation } from '../domain/allocation-run.ts'
import { addMonths, type ChinaMonth } from '../domain/calendar.ts'
import { adjustmentsOf, type Restatement } from '../domain/closing.ts'
import { saysTheSame, sumFen } from '../domain/income.ts'
import { type ReceivedPool, receivedPool } from '../domain/receipt-pool.ts'
import { isOver, type VillageMonthWork, villageMonthWork } from '../domain/settlement-work.ts'
import type { VillageStatement } from '../domain/village-statement.ts'
import { moneyOfVillage } from '../stores/money-records.ts'
import { latestStatement } from '../stores/months.ts'
import { countedRun, linesOfRun } from '../stores/runs.ts'
import { allRows } from '../stores/table.ts'
import { onAws } from './edge/aws.ts'
import { adjustmentLines, allocationChanges, openMonthOf, ownOf, restatementsOf } from './edge/closed-months.ts'
import { allocationBefore, composed, divided, incomeOfVillage } from './edge/village-month.ts'
import type { Deps, Handler, QueueTrigger } from './entry.ts'
import { eachWork, untilWritten } from './edge/work.ts'

/**
 * Triggered by work for one village-month. Writes a new version of the village's statement when the latest says anything else, then
 * divides its net by the plan in force: first the lines of the run, then one conditional flip of the row that names the run. So a
 * reader sees the old run or the new one, whole, and a crash in between is completed by the next try. What a month leaves is carried
 * on to the next one that has an allocation: where that stands on another amount, it is divided again, and so on to the last.
 * Idempotent on the content: when nothing changed nothing is written.
 *
 * A closed month never changes. What it would be today is written beside it, as a restatement, when that is something else; and the
 * county's first month that is not closed settles the difference, in its statement and payee by payee in its allocation.
 */

type SettleDeps = Deps<
  | 'stations'
  | 'shares'
  | 'stationStatements'
  | 'regionDeductions'
  | 'vatRules'
  | 'plans'
  | 'memberships'
  | 'attendance'
  | 'closings'
  | 'moneyRecords',
  'villageStatements' | 'restatements' | 'allocations' | 'allocationLines'
>

/** `isFirstOpen`: it is the county's first month that is not closed, which settles what closed ones turned out to be. */
type Composed = { statement: VillageStatement; isFirstOpen: boolean; taxedWith: ChinaMonth }

/**
 * One attempt; the latest version is read before what the new one is made of, so a newer version never stands on older rows. The
 * version that closes a month takes the next number, so whoever settles meanwhile conflicts and looks again.
 */
const composeOnce = async (deps: SettleDeps, work: VillageMonthWork): Promise<Composed | undefined | 'closed' | 'conflict'> => {
  const latest = await latestStatement(deps.villageStatements, work.villageCode, work.month)
  if (latest?.closing) return 'closed'
  const income = await incomeOfVillage(deps, work)
  const restated = income.countyCode === undefined && !latest ? await restatementsOf(deps, work.villageCode) : []
  const countyCode = income.countyCode ?? latest?.countyCode ?? restated.at(-1)?.countyCode
  if (countyCode === undefined) return undefined
  const open = await openMonthOf(deps, countyCode)
  if (!latest && open !== undefined && work.month < open) return 'closed'

  const isFirstOpen = work.month === open
  const adjustments = isFirstOpen ? await adjustmentLines(deps, work) : []
  if (!latest && income.statements.length === 0 && adjustments.length === 0) return undefined
  const content = composed(work, income, { countyCode, adjustments })
  const { taxedWith } = income
  if (latest && saysTheSame(latest, content)) return { statement: latest, isFirstOpen, taxedWith }
  const row = { ...content, version: (latest?.version ?? 0) + 1, computedAtMs: deps.now() }
  return (await deps.villageStatements.put(row, 'absent')) === 'conflict'
    ? 'conflict'
    : { statement: row, isFirstOpen, taxedWith }
}

/** What the months before would leave today: of a closed one by its restatement. */
const previousToday = async (deps: SettleDeps, previous: Allocation | undefined): Promise<Allocation | undefined> => {
  if (previous?.closedAtMs === undefined) return previous
  const restated = (await restatementsOf(deps, previous.villageCode)).find(({ month }) => month === previous.month)
  return restated?.allocation ?? previous
}

/**
 * What the months before a month would have divided today, reserve included: what a plan of received money cannot divide again. Of a
 * closed month that has changed its restatement counts, of every other what it divided of its own.
 */
const dividedBefore = async (deps: SettleDeps, { villageCode, month }: VillageMonthWork): Promise<number> => {
  const range = { partition: villageCode, to: addMonths(month, -1) }
  const rows = await allRows((cursor) => deps.allocations.query({ ...range, cursor }))
  const restated = new Map((await restatementsOf(deps, villageCode)).map((row) => [row.month, row.allocation]))
  return rows.reduce((sum, row) => sum + dividedBy(restated.get(row.month) ?? row), 0)
}

/** Looked up only where a plan of the year divides what was received. */
const receivedBy =
  (deps: SettleDeps, of: VillageMonthWork & { countyCode: string }): (() => Promise<ReceivedPool>) =>
  async () =>
    receivedPool(of.villageCode, await moneyOfVillage(deps, of), { month: of.month, dividedFen: await dividedBefore(deps, of) })

/** 'done' says what the month carries on, when it carries anything on. */
type Allocated = 'conflict' | { carriedOutFen: number | undefined }

/**
 * One attempt; the pointer is read before the statement and the plan, so that it never goes back to older ones. What the months before
 * left is read again afterwards: of two neighbours divided at one time, the later always finds out.
 */
const allocateOnce = async (deps: SettleDeps, of: VillageMonthWork, isFirstOpen: boolean): Promise<Allocated> => {
  const { villageCode, month } = of
  const pointer = await deps.allocations.get({ villageCode, month })
  const statement = await latestStatement(deps.villageStatements, villageCode, month)
  if (!statement || pointer?.row.closedAtMs !== undefined) return { carriedOutFen: pointer?.row.carriedOutFen }
  const { adjustments = [] } = statement
  const previous = await allocationBefore(deps, of)
  const own = await divided(
    deps,
    { ...statement, netFen: statement.netFen - sumFen(adjustments) },
    { previous: await previousToday(deps, previous), counted: pointer?.row, received: receivedBy(deps, statement) },
  )
  const changes = isFirstOpen ? await allocationChanges(deps, of) : []
  const { allocation, lines } = withAdjustments(own, changes, previous?.carriedOutFen)
  if (allocation.potFen !== statement.netFen) {
    throw new Error(
      `the pot is ${allocation.potFen} fen and not the ${statement.netFen} of the statement: a closed month has changed`,
    )
  }
  const { carriedOutFen } = allocation
  if (pointer?.row.runId === allocation.runId) return { carriedOutFen }
  await deps.allocationLines.putBatch(lines)
  const row = { ...allocation, computedAtMs: deps.now() }
  if ((await deps.allocations.put(row, pointer ? { version: pointer.version } : 'absent')) === 'conflict') return 'conflict'
  const since = await allocationBefore(deps, of)
  const { received } = allocation
  const isSame = since?.carriedOutFen === previous?.carriedOutFen
  return isSame && (!received || (await dividedBefore(deps, of)) === received.dividedFen) ? { carriedOutFen } : 'conflict'
}

/** What received money a month divided follows from all before it: such a month is always divided again. */
const standsOn = (following: Allocation, carriedOutFen: number | undefined): boolean =>
  following.received === undefined && (following.carriedInFen ?? 0) === (carriedOutFen ?? 0)

/**
 * A month, and then every later one that stands on another amount than the one before it carries on. All are looked at, however far
 * an earlier try came.
 */
const allocateOnward = async (deps: SettleDeps, work: VillageMonthWork, isFirstOpen: boolean): Promise<void> => {
  const { villageCode } = work
  let { carriedOutFen } = await untilWritten(() => allocateOnce(deps, work, isFirstOpen))
  const after = { partition: villageCode, from: addMonths(work.month, 1) }
  for (const following of await allRows((cursor) => deps.allocations.query({ ...after, cursor }))) {
    const stands = standsOn(following, carriedOutFen)
    const again = { villageCode, month: following.month }
    carriedOutFen = (stands ? following : await untilWritten(() => allocateOnce(deps, again, false))).carriedOutFen
  }
}

/** What a closed month is taken to be so far: by its newest restatement, or as it was closed. */
type Baseline = { version: number; statement: ReturnType<typeof ownOf>; run: Run | undefined }

const baselineOf = async (deps: SettleDeps, of: VillageMonthWork): Promise<Baseline> => {
  const known = (await restatementsOf(deps, of.villageCode)).find(({ month }) => month === of.month)
  if (!known) {
    const closed = await latestStatement(deps.villageStatements, of.villageCode, of.month)
    return { version: 0, statement: ownOf(closed?.closing ? closed : undefined), run: await countedRun(deps, of) }
  }
  const { version, statement, allocation } = known
  return { version, statement, run: { allocation, lines: await linesOfRun(deps, of, allocation.runId) } }
}

/** One attempt to say what a closed month would be today; 'same' when that is what is known of it already. */
const restateOnce = async (deps: SettleDeps, of: VillageMonthWork): Promise<Restatement | 'same' | 'conflict'> => {
  const baseline = await baselineOf(deps, of)
  const income = await incomeOfVillage(deps, of)
  const pointer = (await deps.allocations.get(of))?.row
  const countyCode = income.countyCode ?? pointer?.countyCode ?? baseline.run?.allocation.countyCode
  if (countyCode === undefined) return 'same'
  const content = composed(of, income, { countyCode, adjustments: [] })
  const version = baseline.version + 1
  const asStatement = { ...content, version: (pointer?.statementVersion ?? 0) + version }
  const previous = await previousToday(deps, await allocationBefore(deps, of))
  const { allocation, lines } = await divided(deps, asStatement, {
    previous,
    counted: pointer,
    received: receivedBy(deps, asStatement),
  })
  const restated = { ...allocation, computedAtMs: deps.now() }
  const known = { month: of.month, closed: baseline.statement, restated: content, earlier: [] }
  const isSame = adjustmentsOf(known, () => []).length === 0
  if (isSame && dividesTheSame(of.month, baseline.run, { allocation: restated, lines })) return 'same'
  await deps.allocationLines.putBatch(lines)
  const row = { ...of, countyCode, version, computedAtMs: deps.now(), statement: content, allocation: restated }
  return (await deps.restatements.put(row, 'absent')) === 'conflict' ? 'conflict' : row
}

/**
 * A closed month, and then every later closed one as long as it changes too, for what a month leaves is carried on. Then the open
 * month, also when nothing changed now: it may not have been over when a closed one did, and nobody else asks for it once the village
 * has no station any more. Says, as `settleMonth`, with which month the tax is due.
 */
const restateOnward = async (deps: SettleDeps, work: VillageMonthWork): Promise<ChinaMonth> => {
  for (let { month } = work; ; month = addMonths(month, 1)) {
    const restated = await untilWritten(() => restateOnce(deps, { ...work, month }))
    if (restated === 'same' || addMonths(month, 1) === (await openMonthOf(deps, restated.countyCode))) break
  }
  const [changed] = await restatementsOf(deps, work.villageCode)
  const open = changed && (await openMonthOf(deps, changed.countyCode))
  if (open !== undefined && isOver(open, deps.now())) await settleMonth(deps, { ...work, month: open })
  return (await incomeOfVillage(deps, work)).taxedWith
}

/** Settles a month, and says with which one the tax on its sales is due. */
const settleMonth = async (deps: SettleDeps, work: VillageMonthWork): Promise<ChinaMonth> => {
  const made = await untilWritten(() => composeOnce(deps, work))
  if (made === 'closed') return restateOnward(deps, work)
  if (made) await allocateOnward(deps, work, made.isFirstOpen)
  return made?.taxedWith ?? work.month
}

export const create = (deps: SettleDeps): Handler<QueueTrigger> =>
  eachWork(villageMonthWork, deps.log, async (work) => {
    const { villageCode } = work
    const month = await settleMonth(deps, work)
    if (month === work.month) return
    if (await latestStatement(deps.villageStatements, villageCode, month)) await settleMonth(deps, { villageCode, month })
  })

export const handler = onAws('queue', create)
