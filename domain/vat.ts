import { addMonths, type ChinaDay, type ChinaMonth, daysOfMonth } from './calendar.ts'
import { timesRatio, WHOLE_BP } from './money.ts'
import type { RegionCode, StationKind } from './registry.ts'

/** Value-added tax within prices that include it. Rates and thresholds are the county's configuration, with dates and a paper. */

/** In force from a day until another (exclusive) or without end. Of several the one that began last decides. */
export type VatRule = {
  validFrom: ChinaDay
  validTo?: ChinaDay
  /** The period sales are summed over; whoever files by the quarter has a threshold of a quarter. */
  per: 'month' | 'quarter'
  /** Sales of the period up to this, tax included, owe nothing; 0 for whoever has no exemption. */
  exemptUpToFen: number
  /** Hundredths of a percent of the price without tax: 1 % is 100. */
  rateBp: number
  document: string
}

/**
 * A rule as a county has it for those who sell: whoever runs a joint station is a taxpayer of its own, whose tax is taken before
 * sharing; a village sells what its own stations make, and its tax is taken of its month. Without a rule no tax is reckoned.
 */
export type CountyVatRule = VatRule & { countyCode: RegionCode; stationKind: StationKind }

/** `netFen` + `taxFen` = the sales. `no_rule` when nobody has said what holds on that day: that is unknown, and not nothing. */
export type Vat = { kind: 'exempt' | 'taxed'; netFen: number; taxFen: number; rule: VatRule } | { kind: 'no_rule' }

/** The rule in force on a day: of several the one that began last. */
export const vatRuleOn = (rules: readonly VatRule[], day: ChinaDay): VatRule | undefined =>
  rules
    .filter(({ validFrom, validTo }) => validFrom <= day && (validTo === undefined || day < validTo))
    .toSorted((a, b) => (a.validFrom < b.validFrom ? 1 : -1))[0]

/**
 * The tax in an amount that includes it. `salesFen` decides the exemption: everything the taxpayer sold in the period of the rule,
 * this amount included. Net of tax is rounded half up to the fen, the tax is the rest. Throws RangeError for unsafe integers.
 */
export const vatOf = (
  amountFen: number,
  { salesFen, day, rules }: { salesFen: number; day: ChinaDay; rules: readonly VatRule[] },
): Vat => {
  const rule = vatRuleOn(rules, day)
  if (!rule) return { kind: 'no_rule' }
  if (salesFen <= rule.exemptUpToFen) return { kind: 'exempt', netFen: amountFen, taxFen: 0, rule }
  const netFen = timesRatio(amountFen, { times: WHOLE_BP, per: WHOLE_BP + rule.rateBp })
  return { kind: 'taxed', netFen, taxFen: amountFen - netFen, rule }
}

/** The tax of a period, due with its last month: on what was sold in all of its months. */
export type VatDue = Pick<VatRule, 'rateBp' | 'document'> & { taxFen: number; salesFen: number }

const MONTHS_OF_QUARTER = 3

const lastDayOf = (month: ChinaMonth): ChinaDay => daysOfMonth(month).at(-1) as ChinaDay

/** The month the tax on a month's sales is due with, by the rule in force on its last day: itself, or the last of its quarter. */
export const monthTaxedWith = (month: ChinaMonth, rules: readonly VatRule[]): ChinaMonth => {
  const isMonthly = vatRuleOn(rules, lastDayOf(month))?.per !== 'quarter'
  const monthsLeft = (MONTHS_OF_QUARTER - (Number(month.slice(5)) % MONTHS_OF_QUARTER)) % MONTHS_OF_QUARTER
  return isMonthly ? month : addMonths(month, monthsLeft)
}

/** The months whose sales are taxed with a month, in order; none within a quarter. Each is taxed once, also when rules change. */
export const monthsTaxedWith = (month: ChinaMonth, rules: readonly VatRule[]): ChinaMonth[] =>
  [-2, -1, 0].map((by) => addMonths(month, by)).filter((of) => monthTaxedWith(of, rules) === month)

/**
 * The tax due with a month, by the rule in force on its last day: nothing within a quarter, without a rule, or up to the threshold.
 * `salesOf` tells what a month sold, tax included, in fen.
 */
export const vatDue = (
  month: ChinaMonth,
  { rules, salesOf }: { rules: readonly VatRule[]; salesOf: (month: ChinaMonth) => number },
): VatDue | undefined => {
  const day = lastDayOf(month)
  const salesFen = monthsTaxedWith(month, rules).reduce((sum, of) => sum + salesOf(of), 0)
  const vat = vatOf(salesFen, { salesFen, day, rules })
  if (vat.kind !== 'taxed' || vat.taxFen === 0) return undefined
  return { taxFen: vat.taxFen, salesFen, rateBp: vat.rule.rateBp, document: vat.rule.document }
}
