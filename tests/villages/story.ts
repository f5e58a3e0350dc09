import { allocationAdjustments, withAdjustments } from '../../domain/adjusted-allocation.ts'
import { allocateVillageMonth } from '../../domain/allocation.ts'
import type { AllocationLine } from '../../domain/allocation-run.ts'
import type { ChinaMonth } from '../../domain/calendar.ts'
import { adjustmentsOf, type RestatedStatement } from '../../domain/closing.ts'
import { type Content, type StationStatement, saysTheSame, statesTheSame } from '../../domain/income.ts'
import type { ReceivedPool } from '../../domain/receipt-pool.ts'
import { settleStationMonth, type StationMonth } from '../../domain/settlement.ts'
import { type AdjustmentLine, composeVillageMonth, type VillageStatement } from '../../domain/village-statement.ts'
import { type Broken, checkRun, checkStation, checkSums, checkVillage, type Run } from './arithmetic.ts'
import {
  aRandomCounty,
  type Chance,
  corrected,
  type RandomCounty,
  type RandomStation,
  type RandomVillage,
} from './random-county.ts'
import { COUNTY } from '../registry.ts'

/**
 * What happens to the money of a random county: its first month is settled, divided and closed, then more is found out; the second month
 * settles the difference and is closed, more is found out of both, and the third settles that. Everything is checked on the way.
 */

const NOW_MS = 1_800_000_000_000
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
const sum = (amounts: readonly number[]): number => amounts.reduce((total, each) => total + each, 0)

const inputOf = (
  chance: Chance,
  { station, days, prices, deductions, shares, incomes, pooled, fleet }: RandomStation,
  month: ChinaMonth,
): StationMonth => ({
  station,
  month,
  slips: [],
  days: chance.shuffled(days.filter((row) => row.day.startsWith(month))),
  prices: chance.shuffled(prices),
  deductions: chance.shuffled(deductions),
  shares: chance.shuffled(shares),
  incomes: chance.shuffled(incomes),
  county: { deductions: chance.shuffled(pooled), fleet: chance.shuffled(fleet), vat: [], earlierSalesFen: new Map() },
})

/** The newest statement of each station's month, with the rows it was made of. */
type Ledger = Map<string, { of: RandomStation; statement?: StationStatement }>

/** Settles a month of every station by what is known; a version that says nothing new is not written. */
const settleStations = (chance: Chance, broken: Broken, county: RandomCounty, month: ChinaMonth, ledger: Ledger): void => {
  for (const of of county.stations) {
    const place = `${of.station.stationId} ${month}`
    const latest = ledger.get(place)
    if (latest?.of === of) continue
    const made = settleStationMonth(inputOf(chance, of, month))
    if (!same(made, settleStationMonth(inputOf(chance, of, month)))) broken('16: a statement depends on the order of its rows')
    const content = made.kind === 'settled' ? made.statement : undefined
    checkStation(broken, of, month, content)
    const { statement } = latest ?? {}
    if (!content || (statement && statesTheSame(statement, content))) {
      ledger.set(place, { of, ...(statement && { statement }) })
      continue
    }
    const row = { ...content, version: (statement?.version ?? 0) + 1, computedAtMs: NOW_MS }
    if (chance.onceIn(8) && !statesTheSame(row, content)) broken('14: a statement is written again and again')
    ledger.set(place, { of, statement: row })
  }
}

/** Lines and the row that names the run that counts, as a table keeps them: what a reader finds at any moment. */
const aShelf = (broken: Broken) => {
  const lines = new Map<string, Map<string, number>>()
  const pointers = new Map<string, Run['allocation']>()
  const look = (place: string): void => {
    const pointer = pointers.get(place)
    if (!pointer) return
    const seen = [...(lines.get(`${place} ${pointer.runId}`)?.values() ?? [])]
    const { reserveFen, undistributedFen, potFen } = pointer
    if (sum(seen) + reserveFen + undistributedFen !== potFen) broken('17: a reader sees a run that is not whole')
  }
  const writeLines = (place: string, { allocation: { runId }, lines: given }: Run): void => {
    const ofRun = lines.get(`${place} ${runId}`) ?? new Map<string, number>()
    lines.set(`${place} ${runId}`, ofRun)
    for (const { lineId, amountFen } of given) {
      if (ofRun.has(lineId) && ofRun.get(lineId) !== amountFen) broken('14: one run id for two divisions')
      ofRun.set(lineId, amountFen)
      look(place)
    }
    if (ofRun.size !== given.length) broken('17: lines of two runs under one run id')
  }
  return {
    writeLines,
    write: (place: string, run: Run): void => {
      writeLines(place, run)
      pointers.set(place, run.allocation)
      look(place)
      writeLines(place, run)
    },
  }
}

/** What a village has of a month by what is known; `isWhole` while every station of it is settled. */
const composedOf = (
  county: RandomCounty,
  { villageCode }: RandomVillage,
  month: ChinaMonth,
  { ledger, adjustments = [] }: { ledger: Ledger; adjustments?: readonly AdjustmentLine[] },
): { content: Content<VillageStatement>; statements: StationStatement[] } => {
  const found = county.stations.map(({ station }) => ledger.get(`${station.stationId} ${month}`)?.statement)
  const statements = found.filter((each) => each !== undefined)
  const complete = statements.length === found.length
  const of = { villageCode, countyCode: COUNTY, month, complete, adjustments }
  return { content: composeVillageMonth({ ...of, statements }), statements }
}

/** A month's run by what is known, divided a second time from rows in another order and a third time by weights in another unit. */
const dividedOf = (
  chance: Chance,
  broken: Broken,
  village: RandomVillage,
  {
    statement,
    previous,
    received,
  }: {
    statement: Pick<VillageStatement, 'villageCode' | 'countyCode' | 'month' | 'version' | 'netFen'>
    previous: { carriedOutFen?: number } | undefined
    received: ReceivedPool
  },
): Run => {
  const { month, netFen } = statement
  const { plans, memberships, sheets } = village
  const sheet = sheets.find((each) => each.month === month)
  const before = previous && { ...(previous.carriedOutFen !== undefined && { carriedOutFen: previous.carriedOutFen }) }
  const input = { statement, plans, memberships, sheet, previous: before, received }
  const made = allocateVillageMonth(input)
  const run = { ...made, allocation: { ...made.allocation, computedAtMs: NOW_MS } }
  const carriedFen = previous?.carriedOutFen
  checkRun(broken, village, month, run, { netFen, carriedFen, availableFen: received.availableFen, newFen: received.newFen })

  const turned = plans.map((plan) => ({ ...plan, lines: chance.shuffled(plan.lines) }))
  const again = allocateVillageMonth({
    ...input,
    plans: chance.shuffled(turned),
    memberships: chance.shuffled(memberships),
    counted: made.allocation,
  })
  if (!same(again, made)) broken('13, 14, 16: a run depends on the order of its rows')
  const tripled = plans.map((plan) => ({ ...plan, lines: plan.lines.map((line) => ({ ...line, weight: line.weight * 3 })) }))
  if (plans.every(({ basis }) => basis !== 'wages')) {
    const scaled = allocateVillageMonth({ ...input, plans: tripled })
    const amountsOf = ({ lines }: { lines: readonly AllocationLine[] }) =>
      lines.map(({ lineId, amountFen }) => [lineId, amountFen])
    if (!same(amountsOf(scaled), amountsOf(made))) broken('13: a unit of weights changes what somebody gets')
  }
  return run
}

/** What a closed month is compared by: of each station and kind energy and fen, of each payee and line of a plan fen. */
type Sums = Map<string, number>
const add = (sums: Sums, key: string, amount: number): void => void sums.set(key, (sums.get(key) ?? 0) + amount)

const addStatement = (sums: Sums, { month, stations }: Pick<VillageStatement, 'month' | 'stations'>): void => {
  for (const { stationId, kind, energyWh, amountFen } of stations.flatMap(({ lines }) => lines)) {
    add(sums, `${month} ${stationId} ${kind} ${energyWh === undefined}`, amountFen)
    add(sums, `${month} ${stationId} ${kind} Wh`, energyWh ?? 0)
  }
}

const addAdjustments = (sums: Sums, adjustments: readonly AdjustmentLine[]): void => {
  for (const { ofMonth, stationId, kind, energyWh, amountFen } of adjustments) {
    add(sums, `${ofMonth} ${stationId} ${kind} ${energyWh === undefined}`, amountFen)
    add(sums, `${ofMonth} ${stationId} ${kind} Wh`, energyWh ?? 0)
  }
}

const addRun = (sums: Sums, { allocation, lines }: Run): void => {
  const { month, adjustments = [] } = allocation
  for (const { ofMonth = month, planLineId, lineId, personId, householdId, kind, amountFen } of lines) {
    add(sums, `${ofMonth} ${planLineId ?? lineId} ${personId} ${householdId} ${kind}`, amountFen)
  }
  for (const name of ['potFen', 'reserveFen', 'distributedFen', 'undistributedFen'] as const) {
    add(sums, `${month} ${name}`, allocation[name] - sum(adjustments.map((each) => each[name])))
    for (const each of adjustments) add(sums, `${each.ofMonth} ${name}`, each[name])
  }
}

const spoken = (sums: Sums): string[] => [...sums].filter(([, amount]) => amount !== 0).map(([key, amount]) => `${key} ${amount}`)

const checkSettled = (broken: Broken, told: Sums, known: Sums): void => {
  const [one, other] = [new Set(spoken(told)), new Set(spoken(known))]
  const differing = [...one.symmetricDifference(other)].toSorted()
  if (differing.length > 0) broken(`15: closed and adjusted is not what it would be: ${differing.slice(0, 4).join(', ')}`)
}

const ownOf = ({ stations }: Content<VillageStatement>): RestatedStatement => ({ stations })
const dividedFen = ({ allocation }: Run): number => {
  const settled = (allocation.adjustments ?? []).map((each) => each.reserveFen + each.distributedFen)
  return allocation.reserveFen + allocation.distributedFen - sum(settled)
}

const poolOf = ({ cash }: RandomVillage, at: 0 | 1 | 2, dividedBeforeFen: number): ReceivedPool => {
  const { arrivedFen, owedFen } = cash[at]
  const before = at === 0 ? { arrivedFen: 0, owedFen: 0 } : cash[at === 1 ? 0 : 1]
  const availableFen = Math.max(0, arrivedFen - owedFen - dividedBeforeFen)
  const broughtFen = Math.max(0, arrivedFen - owedFen - (before.arrivedFen - before.owedFen))
  return { arrivedFen, owedFen, dividedFen: dividedBeforeFen, availableFen, newFen: Math.min(availableFen, broughtFen) }
}

/** A closed month: what everybody was told, as text that may never change. */
type Closed = { content: Content<VillageStatement>; run: Run; text: string }
const closed = (content: Content<VillageStatement>, run: Run): Closed => ({ content, run, text: JSON.stringify([content, run]) })

/** Tells a county's story; what its villages were told is kept, month by month. */
export const storyOf = (chance: Chance, broken: Broken): { villages: number; told: string[] } => {
  const first = aRandomCounty(chance)
  const ledger: Ledger = new Map()
  settleStations(chance, broken, first, first.months[0], ledger)
  const books = first.villages.map((village) => openedBook(chance, broken, first, village, ledger))
  const second = corrected(chance, first)
  for (const month of second.months.slice(0, 2)) settleStations(chance, broken, second, month, ledger)
  for (const [at, book] of books.entries()) {
    book.close(second, second.villages[at] as RandomVillage)
  }
  if (chance.onceIn(4)) {
    const third = corrected(chance, second)
    for (const month of third.months) settleStations(chance, broken, third, month, ledger)
    for (const [at, book] of books.entries()) book.close(third, third.villages[at] as RandomVillage)
  }
  return { villages: books.length, told: books.flatMap(({ months }) => months.map(({ text }) => text)) }
}

/** One village's months, the first of them closed; `close` settles and closes the next by what is known then. */
const openedBook = (chance: Chance, broken: Broken, county: RandomCounty, village: RandomVillage, ledger: Ledger) => {
  const shelf = aShelf(broken)
  const initial = village.carriedFen === undefined ? undefined : { carriedOutFen: village.carriedFen }
  const months: Closed[] = []

  /** What the months so far would be if they were settled now, and the run of the month after them. */
  const today = (known: RandomCounty, of: RandomVillage, restating: number) => {
    const runs: { content: Content<VillageStatement>; run: Run }[] = []
    let previous: { carriedOutFen?: number } | undefined = initial
    let dividedBefore = 0
    for (let at = 0; at <= restating; at += 1) {
      const { content, statements } = composedOf(known, of, known.months[at as 0], { ledger })
      checkVillage(broken, content, statements)
      const statement = { ...content, version: 1 + months.length - at + restating }
      const received = poolOf(of, at as 0, dividedBefore)
      const run = dividedOf(chance, broken, of, { statement, previous, received })
      runs.push({ content, run })
      previous = run.allocation
      dividedBefore += dividedFen(run)
    }
    return runs
  }

  const close = (known: RandomCounty, of: RandomVillage): void => {
    const at = months.length
    const runs = today(known, of, at)
    const own = runs[at] as (typeof runs)[number]
    const changes = months.map(({ content, run }, nth) => {
      const restated = runs[nth] as (typeof runs)[number]
      shelf.writeLines(content.month, restated.run)
      const later = months.slice(nth + 1)
      const month = content.month
      const earlier = later.flatMap((each) => (each.content.adjustments ?? []).filter(({ ofMonth }) => ofMonth === month))
      return {
        lines: adjustmentsOf({ month, closed: ownOf(content), restated: ownOf(restated.content), earlier }, () => []),
        change: allocationAdjustments({ month, closed: run, restated: restated.run, earlier: later.map((each) => each.run) }),
      }
    })
    const adjustments = changes.flatMap(({ lines }) => lines)
    const { content, statements } = composedOf(known, of, own.content.month, { ledger, adjustments })
    checkVillage(broken, content, statements)
    const carriedFen = at === 0 ? initial?.carriedOutFen : months[at - 1]?.run.allocation.carriedOutFen
    const made = withAdjustments(
      own.run,
      changes.map(({ change }) => change),
      carriedFen,
    )
    const run = { ...made, allocation: { ...made.allocation, computedAtMs: NOW_MS } }
    if (run.allocation.potFen !== content.netFen) broken('15: the pot of the open month is not its net')
    checkSums(broken, run, carriedFen)
    if (chance.onceIn(8) && !saysTheSame({ ...content, version: 9, computedAtMs: 1 }, content))
      broken('14: a village is told the same again')
    shelf.write(content.month, run)
    months.push(closed(content, run))

    const [told, would]: [Sums, Sums] = [new Map(), new Map()]
    for (const month of months) {
      addStatement(told, month.content)
      addAdjustments(told, month.content.adjustments ?? [])
      addRun(told, month.run)
      if (JSON.stringify([month.content, month.run]) !== month.text) broken('15: a closed month has changed')
    }
    for (const month of runs) {
      addStatement(would, month.content)
      addRun(would, month.run)
    }
    checkSettled(broken, told, would)
    if ((run.allocation.carriedOutFen ?? 0) !== (own.run.allocation.carriedOutFen ?? 0)) broken('15: another sum is carried on')
  }
  close(county, village)
  return { close, months }
}
