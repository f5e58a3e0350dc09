import { ratioBp, timesRatio } from './money.ts'

/** What a station brings for its size and in a year, and how that stands to its plan. */

const DAYS_OF_YEAR = 365

/**
 * What came in `days` days (Wh or fen), at the pace of a year of 365, half up. Seasons are not evened out: fit for a year or more.
 * Throws RangeError without a day and for what is not a safe integer.
 */
export const perYear = (amount: number, days: number): number => timesRatio(amount, { times: DAYS_OF_YEAR, per: days })

/** Money per kW of the DC array (单位千瓦收益), in fen, half up. Throws RangeError without a capacity. */
export const fenPerKw = ({ amountFen, dcCapacityW }: { amountFen: number; dcCapacityW: number }): number =>
  timesRatio(amountFen, { times: 1_000, per: dcCapacityW })

/**
 * Fact over plan in hundredths of a percent, both in one unit (fen, W); null without a plan. For reports alone: plans were made
 * for the best site and price, so what a station should make is told by its own history and its peers.
 */
export const fulfilmentBp = ({ actual, planned }: { actual: number; planned: number }): number | null =>
  ratioBp({ part: actual, of: planned })
