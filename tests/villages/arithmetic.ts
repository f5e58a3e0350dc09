import type { Allocation, AllocationLine } from '../../domain/allocation-run.ts'
import { type ChinaDay, type ChinaMonth, daysOfMonth } from '../../domain/calendar.ts'
import type { Content, StationStatement } from '../../domain/income.ts'
import type { Deduction, Plan, PlanLine } from '../../domain/registry.ts'
import type { VillageStatement } from '../../domain/village-statement.ts'
import type { RandomStation, RandomVillage } from './random-county.ts'

/**
 * The money of a month worked out a second time, day by day and in whole numbers of any size, from nothing but the registry: none of
 * this asks the rules it checks. What does not hold is said in words.
 */

export type Broken = (what: string) => void

const big = (value: number): bigint => BigInt(value)
const abs = (value: bigint): bigint => (value < 0n ? -value : value)
const sum = (amounts: readonly number[]): number => amounts.reduce((total, each) => total + each, 0)

/** Half up by magnitude. */
const halfUp = (dividend: bigint, divisor: bigint): bigint => {
  const rounded = (2n * abs(dividend) + divisor) / (2n * divisor)
  return dividend < 0n ? -rounded : rounded
}

/**
 * Invariants 11, 12 and 13: the parts sum to the total, each is its quota rounded down or up towards it, who weighs nothing has none,
 * the odd ones go to the largest remainders, and who weighs more never has less. By magnitude, so a negative total mirrors the positive.
 */
export const checkDivision = (broken: Broken, total: number, parts: readonly { weight: number; part: number }[]): void => {
  if (sum(parts.map(({ part }) => part)) !== total) broken(`parts do not sum to ${total}`)
  const whole = parts.reduce((all, { weight }) => all + big(weight), 0n)
  let [leastOfLucky, mostOfOthers] = [whole, -1n]
  const sizes = parts.map(({ weight, part }) => {
    const product = abs(big(total)) * big(weight)
    const [floor, remainder] = whole === 0n ? [0n, 0n] : [product / whole, product % whole]
    const size = total < 0 ? big(0 - part) : big(part)
    if (size !== floor && size !== floor + 1n) broken(`${part} of ${total} is not the quota of ${weight} in ${whole}`)
    if (weight === 0 && part !== 0) broken('something for no weight')
    if (size > floor) leastOfLucky = remainder < leastOfLucky ? remainder : leastOfLucky
    else mostOfOthers = remainder > mostOfOthers ? remainder : mostOfOthers
    return { weight, size: Number(size) }
  })
  if (mostOfOthers > leastOfLucky) broken('an odd one went to a smaller remainder')
  const inOrder = sizes.toSorted((a, b) => a.weight - b.weight || a.size - b.size)
  for (const [at, { weight, size }] of inOrder.entries()) {
    const before = inOrder[at - 1]
    if (!before) continue
    if (before.weight < weight && before.size > size) broken('who weighs more has less')
    if (before.weight === weight && size - before.size > 1) broken('equal weights differ by more than one')
  }
}

/** The one of some rows that is in force on a day: the latest that has begun. */
const inForceOn = <Row extends { validFrom: ChinaDay }>(rows: readonly Row[], on: ChinaDay): Row | undefined =>
  rows.reduce<Row | undefined>(
    (latest, row) => (row.validFrom <= on && row.validFrom >= (latest?.validFrom ?? '') ? row : latest),
    undefined,
  )

/** Worked out once for rows that never change. */
const once = <Of extends object, Result>(work: (of: Of) => Result): ((of: Of) => Result) => {
  const known = new WeakMap<Of, { result: Result }>()
  return (of) => {
    const found = known.get(of) ?? { result: work(of) }
    known.set(of, found)
    return found.result
  }
}

const energyByDay = once(({ days }: RandomStation): Map<ChinaDay, number> => {
  const newest = new Map<ChinaDay, { version: number; energyWh: number | null }>()
  for (const row of days) if (row.version > (newest.get(row.day)?.version ?? 0)) newest.set(row.day, row)
  return new Map([...newest].map(([on, { energyWh }]) => [on, energyWh ?? 0]))
})

const serviceDays = ({ station: { commissionedOn, decommissionedOn } }: RandomStation, month: ChinaMonth): ChinaDay[] =>
  daysOfMonth(month).filter((on) => on >= commissionedOn && on < (decommissionedOn ?? '9'))

/** Days that follow one another and have one key; days without a key have no line. */
const spansOf = <Of>(days: readonly ChinaDay[], ofDay: (on: ChinaDay) => { key: string; of: Of } | undefined) => {
  const spans: { key: string; of: Of; days: ChinaDay[] }[] = []
  let last: (typeof spans)[number] | undefined
  for (const on of days) {
    const found = ofDay(on)
    if (!found) last = undefined
    else if (last?.key === found.key) last.days.push(on)
    else spans.push((last = { ...found, days: [on] }))
  }
  return spans
}

type ExpectedLine = { kind: string; from: ChinaDay; to: ChinaDay; energyWh?: number; amountFen: number }
const lineName = ({ kind, from, to, energyWh, amountFen }: ExpectedLine): string =>
  `${energyWh === undefined ? 'less' : 'plus'} ${kind} ${from} ${to} ${energyWh ?? ''} ${amountFen}`

const shareSetOn = ({ station, shares }: RandomStation, on: ChinaDay): string =>
  station.kind === 'joint' ? (inForceOn(shares, on)?.validFrom ?? 'none') : 'own'

const incomeOf = (of: RandomStation, days: readonly ChinaDay[]): ExpectedLine[] => {
  const energy = energyByDay(of)
  const kinds = [...new Set(of.prices.map(({ stream }) => stream))].filter(
    (kind) => kind !== 'subsidy' || of.station.catalogueListed,
  )
  return kinds.flatMap((kind) => {
    const prices = of.prices.filter(({ stream }) => stream === kind)
    const spans = spansOf(days, (on) => {
      const price = inForceOn(prices, on)
      return price && { key: `${price.validFrom} ${shareSetOn(of, on)}`, of: price.priceE4YuanPerKwh }
    })
    return spans.map(({ of: priceE4, days: span }) => {
      const energyWh = sum(span.map((on) => energy.get(on) ?? 0))
      const amountFen = Number(halfUp(big(energyWh) * big(priceE4), 100_000n))
      return { kind, from: span[0] as ChinaDay, to: span.at(-1) as ChinaDay, energyWh, amountFen }
    })
  })
}

/** A twelfth of a year's amount, so that twelve sum to it. */
const twelfth = (amountFenPerYear: number, month: ChinaMonth): bigint => {
  const nth = BigInt(month.slice(5))
  return (big(amountFenPerYear) * nth) / 12n - (big(amountFenPerYear) * (nth - 1n)) / 12n
}

/** Of an amount over so many days the part of those after the first `before` up to the `upTo`-th. */
const slice = (whole: bigint, { before, upTo, of }: { before: number; upTo: number; of: number }): bigint =>
  (whole * big(upTo)) / big(of) - (whole * big(before)) / big(of)

const byCalendar = (from: ChinaDay, to: ChinaDay, month: ChinaMonth) => ({
  before: Number(from.slice(8)) - 1,
  upTo: Number(to.slice(8)),
  of: daysOfMonth(month).length,
})

type Taking = Pick<Deduction, 'kind' | 'validFrom' | 'validTo' | 'amountFenPerYear' | 'rateBp'>
const holdsOn = <Row extends { validFrom: ChinaDay; validTo?: ChinaDay }>(
  rows: readonly Row[],
  on: ChinaDay,
): Row | undefined => {
  const row = inForceOn(rows, on)
  return row && on < (row.validTo ?? '9') ? row : undefined
}

/** The station's part of an amount of its county: by capacity times days, what is left over to the largest remainders, then by id. */
const partOfCounty = ({ station, fleet }: RandomStation, total: bigint, days: readonly ChinaDay[]): bigint => {
  const members = fleet.map(({ stationId, dcCapacityW, commissionedOn, decommissionedOn = '9' }) => {
    const there = days.filter((on) => on >= commissionedOn && on < decommissionedOn).length
    return { stationId, product: total * big(dcCapacityW) * big(there), weight: big(dcCapacityW) * big(there) }
  })
  const whole = members.reduce((all, { weight }) => all + weight, 0n)
  if (whole === 0n) return 0n
  const left = total - members.reduce((all, { product }) => all + product / whole, 0n)
  const inOrder = members.toSorted((a, b) => {
    const [x, y] = [a.product % whole, b.product % whole]
    return x === y ? (a.stationId < b.stationId ? -1 : 1) : x > y ? -1 : 1
  })
  const at = inOrder.findIndex(({ stationId }) => stationId === station.stationId)
  return (inOrder[at]?.product ?? 0n) / whole + (at >= 0 && BigInt(at) < left ? 1n : 0n)
}

/** What rows of one owner take: amounts by the calendar, rates by the days in service, of a county's amounts the station's part. */
const takenBy = (
  of: RandomStation,
  rows: readonly Taking[],
  { month, days, energyFen, isPooled }: { month: ChinaMonth; days: readonly ChinaDay[]; energyFen: number; isPooled: boolean },
): ExpectedLine[] =>
  [...new Set(rows.map(({ kind }) => kind))].flatMap((kind) => {
    const own = rows.filter((row) => row.kind === kind)
    const spans = spansOf(days, (on) => {
      const row = holdsOn(own, on)
      return row && { key: `${row.validFrom} ${shareSetOn(of, on)}`, of: row }
    })
    return spans.map(({ of: row, days: span }) => {
      const [from, to] = [span[0] as ChinaDay, span.at(-1) as ChinaDay]
      const { amountFenPerYear, rateBp = 0 } = row
      const among = (all: readonly ChinaDay[]) => ({ before: all.indexOf(from), upTo: all.indexOf(to) + 1, of: all.length })
      const takenOf = (): bigint => {
        if (amountFenPerYear === undefined) return slice(halfUp(big(energyFen) * big(rateBp), 10_000n), among(days))
        const monthly = twelfth(amountFenPerYear, month)
        if (!isPooled) return slice(monthly, byCalendar(from, to, month))
        const held = daysOfMonth(month).filter((on) => holdsOn(own, on) === row)
        const total = slice(monthly, byCalendar(held[0] as ChinaDay, held.at(-1) as ChinaDay, month))
        return slice(partOfCounty(of, total, held), among(days.filter((on) => holdsOn(own, on) === row)))
      }
      return { kind, from, to, amountFen: 0 - Number(takenOf()) }
    })
  })

/** What comes beside energy: of a year's amount by the calendar, or once on its day. */
const amountsOf = (of: RandomStation, month: ChinaMonth, days: readonly ChinaDay[]): ExpectedLine[] =>
  [...new Set(of.incomes.map(({ stream }) => stream))].flatMap((kind) => {
    const own = of.incomes.filter(({ stream }) => stream === kind)
    const yearly = own.filter(({ amountFenPerYear }) => amountFenPerYear !== undefined)
    const spans = spansOf(days, (on) => {
      const row = holdsOn(yearly, on)
      return row && { key: `${row.validFrom} ${shareSetOn(of, on)}`, of: row }
    })
    const lines = spans.map(({ of: { amountFenPerYear = 0 }, days: span }): ExpectedLine => {
      const [from, to] = [span[0] as ChinaDay, span.at(-1) as ChinaDay]
      return { kind, from, to, amountFen: Number(slice(twelfth(amountFenPerYear, month), byCalendar(from, to, month))) }
    })
    const once = own.flatMap(({ amountFenOnce, validFrom: on }): ExpectedLine[] =>
      amountFenOnce !== undefined && days.includes(on) ? [{ kind, from: on, to: on, amountFen: amountFenOnce }] : [],
    )
    return [...lines, ...once]
  })

/** Weights of those who share a line; none while rows of a set are missing. */
const sharersOn = (of: RandomStation, on: ChinaDay): Map<string, number> => {
  if (of.station.villageCode !== undefined) return new Map([[of.station.villageCode, 1]])
  const set = of.shares.filter(({ validFrom }) => validFrom === shareSetOn(of, on))
  const total = sum(set.map(({ weight }) => weight))
  if (set.some(({ weightTotal = total }) => weightTotal !== total)) return new Map()
  return new Map(set.filter(({ weight }) => weight > 0).map(({ villageCode, weight }) => [villageCode, weight]))
}

/** What a station's month must say, or why it has no statement. */
const expectedOf = (of: RandomStation, month: ChinaMonth) => {
  const days = serviceDays(of, month)
  const [first] = days
  if (first === undefined) return 'out of service'
  const income = incomeOf(of, days)
  if (!income.some(({ from }) => from === first)) return 'no price'
  const energyFen = sum(income.map(({ amountFen }) => amountFen))
  const amounts = amountsOf(of, month, days)
  const grossFen = energyFen + sum(amounts.map(({ amountFen }) => amountFen))
  const deductions = [
    ...takenBy(of, of.deductions, { month, days, energyFen, isPooled: false }),
    ...takenBy(of, of.pooled, { month, days, energyFen, isPooled: true }),
  ]
  const lines = [...income, ...amounts, ...deductions]
  if (lines.some(({ from }) => sharersOn(of, from).size === 0)) return 'nobody to share with'
  const energyWh = sum(days.map((on) => energyByDay(of).get(on) ?? 0))
  return { lines, energyWh, grossFen, deductionFen: sum(deductions.map(({ amountFen }) => amountFen)) }
}

/** A station's month: every line by its days, price and part of the year, and every village's part of it; or none, with a reason. */
export const checkStation = (
  broken: Broken,
  of: RandomStation,
  month: ChinaMonth,
  statement: Content<StationStatement> | undefined,
): void => {
  const expected = expectedOf(of, month)
  if (!statement || typeof expected === 'string') {
    if (statement && typeof expected === 'string') broken(`a month is settled of which ought to be said: ${expected}`)
    if (!statement && typeof expected !== 'string') broken('a month is not settled that ought to be')
    return
  }
  const { lines, villages, energyWh, grossFen, deductionFen, netFen } = statement
  if (energyWh !== expected.energyWh) broken('the energy is not that of its days')
  if (grossFen !== expected.grossFen) broken('the gross is not that of its lines')
  if (deductionFen !== expected.deductionFen) broken('the deductions are not their sum')
  if (netFen !== grossFen + deductionFen) broken('the net is not what is left')
  const [ought, said] = [expected.lines, lines].map((each) => each.map(lineName).toSorted().join('\n'))
  if (ought !== said) broken(`lines are\n${said}\nand ought to be\n${ought}`)

  for (const [line, { from, amountFen, energyWh: lineWh }] of lines.entries()) {
    const sharers = sharersOn(of, from)
    const parts = villages.flatMap(({ villageCode, parts: own }) =>
      own.filter((part) => part.line === line).map((part) => ({ ...part, weight: sharers.get(villageCode) ?? 0 })),
    )
    if (parts.length !== sharers.size) broken('not everybody who shares a line has a part of it')
    checkDivision(
      broken,
      amountFen,
      parts.map(({ weight, amountFen: part }) => ({ weight, part })),
    )
    if (lineWh !== undefined)
      checkDivision(
        broken,
        lineWh,
        parts.map(({ weight, energyWh: part = 0 }) => ({ weight, part })),
      )
  }
  for (const { netFen: own, parts } of villages) {
    if (own !== sum(parts.map(({ amountFen }) => amountFen))) broken('a village has not the sum of its parts')
  }
}

/** A village's month is what its stations' statements say of it, and what is settled of closed months. */
export const checkVillage = (
  broken: Broken,
  statement: Content<VillageStatement>,
  statements: readonly StationStatement[],
): void => {
  const own = statements.flatMap(({ villages }) => villages.filter(({ villageCode }) => villageCode === statement.villageCode))
  const adjusted = sum((statement.adjustments ?? []).map(({ amountFen }) => amountFen))
  if (statement.netFen !== sum(own.map(({ netFen }) => netFen)) + adjusted) broken("a village's net is not that of its parts")
  const lines = statement.stations.flatMap((station) => station.lines)
  if (sum(lines.map(({ amountFen }) => amountFen)) + adjusted !== statement.netFen) broken("a village's lines are not its net")
}

export type Run = { allocation: Allocation; lines: readonly AllocationLine[] }

const IN_FORCE = ['filed', 'executing', 'announced']

/** Where a person is in a month: in the household they came to last of those they have a day in; null for nowhere. */
const householdOf = ({ memberships }: RandomVillage, { personId, householdId }: PlanLine, month: ChinaMonth): string | null => {
  const rows = memberships.filter((row) => row.personId === personId)
  if (rows.length === 0) return householdId
  const there = rows.filter(({ validFrom, validTo = '9' }) => daysOfMonth(month).some((on) => on >= validFrom && on < validTo))
  return there.toSorted((a, b) => (a.validFrom < b.validFrom ? -1 : 1)).at(-1)?.householdId ?? null
}

/** What a line is divided by: its weight, or what it claims by attendance. */
const claimOf = (village: RandomVillage, plan: Plan, line: PlanLine, month: ChinaMonth): number => {
  if (plan.basis !== 'wages' || line.kind !== 'post') return line.weight
  const entries = village.sheets.find((sheet) => sheet.month === month)?.entries ?? []
  const found = entries.find(({ personId, post }) => personId === line.personId && post === line.post)
  return found ? Number(halfUp(big(line.weight) * big(found.attended), big(found.due))) : line.weight
}

/** The collective's part; half a fen goes to the payees. */
const reserveOf = (potFen: number, bp: number): number => Number((2n * big(potFen) * big(bp) + 9_999n) / 20_000n)

/** What one run has to divide by its plan. */
type Given = { netFen: number; carriedFen: number | undefined; availableFen: number; newFen: number }

/** Reserve and payees' sum, by the words of the plan. */
const expectedSums = (
  plan: Plan | undefined,
  claims: readonly number[],
  given: Given,
): { reserveFen: number; paidFen: number } => {
  const { netFen, carriedFen = 0, availableFen, newFen } = given
  const claimed = sum(claims)
  if (!plan) return { reserveFen: 0, paidFen: 0 }
  const isReceived = plan.pool === 'received'
  const base = isReceived ? (plan.basis === 'wages' ? newFen : availableFen) : Math.max(0, netFen)
  const reserveFen = reserveOf(base, plan.collectiveReserveBp)
  const there = isReceived ? availableFen - reserveFen : netFen - reserveFen + (plan.basis === 'wages' ? carriedFen : 0)
  if (claimed === 0 || there <= 0) return { reserveFen, paidFen: 0 }
  return { reserveFen, paidFen: plan.basis === 'wages' ? Math.min(claimed, there) : there }
}

/** A month's run: who gets what of the pot, what stays with the collective, what is left and what is carried on. */
export const checkRun = (broken: Broken, village: RandomVillage, month: ChinaMonth, run: Run, given: Given): void => {
  const { allocation, lines } = run
  const ofYear = village.plans.filter(({ year, state }) => String(year) === month.slice(0, 4) && IN_FORCE.includes(state))
  const plan = ofYear.toSorted((a, b) => a.version - b.version).at(-1)
  const there = (plan?.lines ?? []).flatMap((line) => {
    const householdId = householdOf(village, line, month)
    return householdId === null || !plan ? [] : [{ ...line, householdId, weight: claimOf(village, plan, line, month) }]
  })
  const { reserveFen, paidFen } = expectedSums(
    plan,
    there.map(({ weight }) => weight),
    given,
  )
  if (allocation.planVersion !== (plan?.version ?? null)) broken('divided by another plan')
  if (allocation.potFen !== given.netFen) broken('the pot is not the net')
  if (allocation.reserveFen !== reserveFen) broken(`the reserve is ${allocation.reserveFen} and not ${reserveFen}`)
  if (allocation.distributedFen !== paidFen) broken(`distributed is ${allocation.distributedFen} and not ${paidFen}`)
  checkSums(broken, run, given.carriedFen)

  const byId = new Map(lines.map((line) => [line.lineId, line]))
  if (byId.size !== lines.length) broken('two lines with one id')
  if (paidFen > 0 && lines.length !== there.length) broken('somebody of the plan has no line, or somebody else has')
  if (there.length > 0 && paidFen > 0) {
    const parts = there.map(({ lineId, householdId, weight }) => {
      const line = byId.get(lineId)
      if (line?.householdId !== householdId) broken('a line goes to another household')
      return { weight, part: line?.amountFen ?? 0 }
    })
    checkDivision(broken, paidFen, parts)
  }
}

/** Invariant 11, adjustments included. */
export const checkSums = (broken: Broken, { allocation, lines }: Run, carriedFen: number | undefined): void => {
  const { potFen, reserveFen, distributedFen, undistributedFen, carriedInFen, carriedOutFen, runId, byKindFen } = allocation
  if (reserveFen + distributedFen + undistributedFen !== potFen) broken('the parts of a pot are not the pot')
  if (sum(lines.map(({ amountFen }) => amountFen)) !== distributedFen) broken('lines are not what was distributed')
  if (sum(Object.values(byKindFen ?? {})) !== distributedFen) broken('kinds are not what was distributed')
  if (lines.some((line) => line.runId !== runId)) broken('a line of another run')
  if (carriedOutFen !== undefined && carriedInFen !== (carriedFen ?? 0)) broken('another sum came in than was carried on')
  const persons = Map.groupBy(lines, ({ personId }) => personId)
  const paid = [...persons.values()].filter((own) => sum(own.map(({ amountFen }) => amountFen)) > 0)
  if (paid.length !== allocation.payees) broken('payees are miscounted')
}
