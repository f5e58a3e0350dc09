import { addMonths, type ChinaMonth } from './calendar.ts'
import { cashIn, earnedOn } from './receipt-account.ts'
import { deductionFenOf, type Item } from './receipt-items.ts'
import { ledgerOf, sumOf } from './receipt-ledger.ts'
import { type MoneyRecord, standing } from './receipt.ts'
import type { RegionCode } from './registry.ts'
import type { VillageStatement } from './village-statement.ts'

/**
 * What a plan that divides received money (到账) may divide in a month: all that has arrived at the village by the month's last day,
 * less what is taken from it and less what the months before have divided. So no fen is divided twice, whatever was divided by
 * accrual before, and what arrives later goes to the month it arrives in.
 */

/** All in fen, as of the last day of the month. */
export type ReceivedPool = {
  /** Transfers, and what the grid company paid directly; not what had come before the books began, which earlier months used. */
  arrivedFen: number
  /** Deductions of statements up to the month that the county did not withhold: the village pays them out of what arrived. */
  owedFen: number
  /** Reserve and payees of all months before. */
  dividedFen: number
  /** What may be divided now: arrived less owed less divided, at least 0. */
  availableFen: number
  /** Of that, what the month itself brought; the collective's reserve is taken from this part alone. */
  newFen: number
}

/** What a village's money is looked up in. */
export type PoolSource = {
  items: readonly Item[]
  records: readonly MoneyRecord[]
  statements: readonly Pick<VillageStatement, 'month' | 'stations' | 'deductions' | 'adjustments'>[]
}

/** What has come in by the end of a month, and what of it is spoken for. */
const stateBy = (villageCode: RegionCode, { items, records, statements }: PoolSource, month: ChinaMonth) => {
  const asOf = earnedOn(month)
  const cash = cashIn(villageCode, records, ledgerOf(items, records, asOf), asOf)
  const moved = standing(records).filter(({ placeCode, on }) => placeCode === villageCode && on <= asOf)
  const openings = standing(records).filter((record) => record.kind === 'opening' && record.villageCode === villageCode)
  const before = new Set(openings.map(({ recordId }) => recordId))
  const deductedFen = statements
    .filter((statement) => statement.month <= month)
    .reduce((sum, statement) => sum - deductionFenOf(statement), 0)
  const withheldFen = sumOf(moved.filter(({ kind }) => kind === 'withholding'))
  return {
    arrivedFen: sumOf(cash.filter(({ recordId }) => !before.has(recordId))),
    owedFen: Math.max(0, deductedFen - withheldFen),
  }
}

/** The pool of a village's month; `dividedFen` is what all months before it have divided, reserve included. */
export const receivedPool = (
  villageCode: RegionCode,
  source: PoolSource,
  { month, dividedFen }: { month: ChinaMonth; dividedFen: number },
): ReceivedPool => {
  const { arrivedFen, owedFen } = stateBy(villageCode, source, month)
  const earlier = stateBy(villageCode, source, addMonths(month, -1))
  const availableFen = Math.max(0, arrivedFen - owedFen - dividedFen)
  const broughtFen = arrivedFen - owedFen - (earlier.arrivedFen - earlier.owedFen)
  return { arrivedFen, owedFen, dividedFen, availableFen, newFen: Math.min(availableFen, Math.max(0, broughtFen)) }
}
