import { type DueRule, dueRuleOn } from './due-rule.ts'
import { isIncome, type StatementLine } from './income.ts'
import { minimumFenOf, ratioBp } from './money.ts'

/**
 * How a village's year stands to the rules about its use. A rule's percentage and its base belong to the county and its document
 * (80 % of generation income in 2020 by 国开办司发〔2020〕3号, 60 % after rent and operation in Anhui since), so none stands here.
 */

/** `shareBp` is for showing, null without a base. `holds` is decided in fen: 59.996 % shows as 60.00 % and does not hold. */
export type LabourShare = { minimumFen: number; shareBp: number | null; holds: boolean }

/**
 * Whether wages and labour fees reach their minimum share of the base, gross or net as the rule says. All in fen, the minimum rate
 * in hundredths of a percent; the minimum is rounded up. A base of nothing, or a loss, demands nothing.
 * Throws RangeError for what is not a safe integer.
 */
export const labourShare = ({
  baseFen,
  labourFen,
  minimumBp,
}: {
  baseFen: number
  labourFen: number
  minimumBp: number
}): LabourShare => {
  const minimumFen = minimumFenOf({ amountFen: Math.max(0, baseFen), rateBp: minimumBp })
  return { minimumFen, shareBp: ratioBp({ part: labourFen, of: baseFen }), holds: labourFen >= minimumFen }
}

/** `shortFen` is 0 when the wages can be met. */
export type WageCover = { arrivesFen: number; shortFen: number; holds: boolean }

/**
 * Whether a year's wages can be met from what that year's own income brings within the year. `lines` are the lines of the year's
 * statements; deductions among them are left out, since nothing says when they are paid, and streams that `rules` let come in a later
 * year do not count: `arrivesFen` is the most there can be.
 */
export const wageCover = ({
  lines,
  year,
  rules,
  wagesFen,
}: {
  lines: readonly Pick<StatementLine, 'kind' | 'energyWh' | 'amountFen'>[]
  year: number
  rules: readonly DueRule[]
  wagesFen: number
}): WageCover => {
  const arrivesFen = lines
    .filter((line) => isIncome(line) && (dueRuleOn(rules, line.kind, year)?.yearsLater ?? 0) === 0)
    .reduce((sum, { amountFen }) => sum + amountFen, 0)
  const shortFen = Math.max(0, wagesFen - arrivesFen)
  return { arrivesFen, shortFen, holds: shortFen === 0 }
}

/** Where the money for wages comes from: receipts where they are kept, and until then what is accrued within the year. */
export type Arrivals =
  | { source: 'receipts'; receivedFen: number }
  | ({ source: 'accrued' } & Omit<Parameters<typeof wageCover>[0], 'wagesFen'>)

/** Whether wages can be met from what has arrived, or from what will have within the year where nothing tells of arrivals. */
export const cashCheck = (arrivals: Arrivals, wagesFen: number): WageCover & { source: Arrivals['source'] } => {
  if (arrivals.source === 'accrued') return { source: 'accrued', ...wageCover({ ...arrivals, wagesFen }) }
  const shortFen = Math.max(0, wagesFen - arrivals.receivedFen)
  return { source: 'receipts', arrivesFen: arrivals.receivedFen, shortFen, holds: shortFen === 0 }
}
