import type { ChinaDay } from './calendar.ts'
import { timesRatio, WHOLE_BP } from './money.ts'

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

/**
 * 财政部 税务总局公告 2023 年第 19 号: small-scale taxpayers owe nothing on sales of up to 100,000 yuan a month, and else 1 % instead of 3.
 * Who the taxpayer of a station is, and so whether these hold, is the county's to say.
 */
export const SMALL_TAXPAYER_RULES: readonly VatRule[] = [
  {
    validFrom: '2023-01-01' as ChinaDay,
    validTo: '2028-01-01' as ChinaDay,
    per: 'month',
    exemptUpToFen: 10_000_000,
    rateBp: 100,
    document: '财政部 税务总局公告2023年第19号',
  },
]
