import { type DueRule, dueRuleOn } from './due-rule.ts'
import { addDays, type ChinaDay, type ChinaMonth, dayOf, monthEndMs } from './calendar.ts'
import { AGE_LIMITS_DAYS, ageing, leftOf } from './receipt-ageing.ts'
import type { Item } from './receipt-items.ts'
import { awaitedFen, heldFen, type ItemLife, type Ledger, type Settled, sumOf } from './receipt-ledger.ts'
import { type MoneyRecord, standing, villageOf } from './receipt.ts'
import type { RegionCode } from './registry.ts'

/** A ledger as people ask for it: a village's row of figures, what waits where and how long, and what should have come by now. */

/**
 * All in fen. accrued = county + awaited; county = village + withheld + held; cash = village + advanced; cash = paid + balance.
 * `villageFen` is what settled amounts due, `cashFen` what arrived: they differ by what came before it was due.
 */
export type Stages = {
  accruedFen: number
  countyFen: number
  awaitedFen: number
  withheldFen: number
  heldFen: number
  villageFen: number
}
export type Cash = { cashFen: number; advancedFen: number; paidFen: number; balanceFen: number }

export const stagesOf = (items: readonly ItemLife[]): Stages => {
  const total = (of: (item: ItemLife) => number): number => items.reduce((sum, item) => sum + of(item), 0)
  return {
    accruedFen: total(({ accruedFen }) => accruedFen),
    countyFen: total(({ county }) => sumOf(county)),
    awaitedFen: total(awaitedFen),
    withheldFen: total(({ withheld }) => sumOf(withheld)),
    heldFen: total(heldFen),
    villageFen: total(({ village }) => sumOf(village)),
  }
}

/**
 * Money that came into a village's account, each with its day: transfers whole, what had arrived before the books began, and what
 * the grid company paid it directly. Direct money that settled nothing is no village's yet: it stands among the unapplied.
 */
export const cashIn = (villageCode: RegionCode, records: readonly MoneyRecord[], ledger: Ledger, asOf: ChinaDay): Settled[] => {
  const own = standing(records).filter((record) => villageOf(record) === villageCode && record.on <= asOf)
  const whole = own.flatMap((record): Settled[] => {
    const { recordId, on } = record
    if (record.kind === 'transfer') return [{ recordId, on, amountFen: record.amountFen }]
    return record.kind === 'opening' ? [{ recordId, on, amountFen: record.villageFen }] : []
  })
  const items = ledger.items.filter((item) => item.villageCode === villageCode)
  return [...whole, ...items.flatMap(({ village }) => village.filter(({ direct }) => direct))]
}

/** What arrived between two days, both included: what a plan that divides received money may divide, and what wages can be met from. */
export const receivedFen = (cash: readonly Settled[], { from, to }: { from: ChinaDay; to: ChinaDay }): number =>
  sumOf(cash.filter(({ on }) => on >= from && on <= to))

/** Payments less what came back. */
export const paidFen = (villageCode: RegionCode, records: readonly MoneyRecord[], asOf: ChinaDay): number => {
  const own = standing(records).filter(({ placeCode, on }) => placeCode === villageCode && on <= asOf)
  return sumOf(own.filter(({ kind }) => kind === 'payment')) - sumOf(own.filter(({ kind }) => kind === 'return'))
}

export type VillageAccount = Stages & Cash & { villageCode: RegionCode; subsidy: Stages; ages: Ages }
/** Classes of age, youngest first, of what the county awaits, what it holds, and what lies in the village's account. */
export type Ages = { awaited: number[]; held: number[]; balance: number[] }

/** The day a month's amounts are earned and begin to be awaited: its last. */
export const earnedOn = (month: ChinaMonth): ChinaDay => addDays(dayOf(monthEndMs(month)), -1)

/** A village's row of figures as of a day. What the subsidy alone comes to stands beside it: it arrives much later than the rest. */
export const villageAccount = (
  villageCode: RegionCode,
  {
    ledger,
    records,
    asOf,
    limitsDays = AGE_LIMITS_DAYS,
  }: {
    ledger: Ledger
    records: readonly MoneyRecord[]
    asOf: ChinaDay
    limitsDays?: readonly number[]
  },
): VillageAccount => {
  const items = ledger.items.filter((item) => item.villageCode === villageCode)
  const stages = stagesOf(items)
  const cash = cashIn(villageCode, records, ledger, asOf)
  const cashFen = sumOf(cash)
  const paid = paidFen(villageCode, records, asOf)
  const awaited = items.map((item) => ({ since: earnedOn(item.month), amountFen: awaitedFen(item) }))
  const held = items.flatMap((item) => leftOf(item.county, sumOf(item.village) + sumOf(item.withheld)))
  return {
    villageCode,
    ...stages,
    cashFen,
    advancedFen: cashFen - stages.villageFen,
    paidFen: paid,
    balanceFen: cashFen - paid,
    subsidy: stagesOf(items.filter(({ stream }) => stream === 'subsidy')),
    ages: {
      awaited: ageing(awaited, asOf, limitsDays),
      held: ageing(held, asOf, limitsDays),
      balance: ageing(leftOf(cash, paid), asOf, limitsDays),
    },
  }
}

export type Overdue = Pick<DueRule, 'stream' | 'document'> & {
  villageCode: RegionCode
  year: number
  dueOn: ChinaDay
  /** What the county has not received, and what it has and has not passed on. */
  awaitedFen: number
  heldFen: number
}

/** What should have reached villages by a day and did not: by village and year, oldest first. */
export const overdueOf = (items: readonly ItemLife[], asOf: ChinaDay, rules: readonly DueRule[]): Overdue[] =>
  rules.flatMap((rule) => {
    const ofStream = items.filter((item) => dueRuleOn(rules, item.stream, yearOf(item)) === rule)
    const groups = Map.groupBy(ofStream, (item) => `${yearOf(item)}#${item.villageCode}`)
    return [...groups.values()].flatMap((own): Overdue[] => {
      const [first] = own
      if (!first) return []
      const dueOn = `${yearOf(first) + rule.yearsLater}-${rule.monthDay}` as ChinaDay
      const { awaitedFen: awaited, heldFen: held } = stagesOf(own)
      if (asOf <= dueOn || awaited + held <= 0) return []
      const { stream, document } = rule
      return [
        { stream, document, villageCode: first.villageCode, year: yearOf(first), dueOn, awaitedFen: awaited, heldFen: held },
      ]
    })
  })

const yearOf = ({ month }: Item): number => Number(month.slice(0, 4))
