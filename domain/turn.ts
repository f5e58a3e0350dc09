import type { ChinaMonth } from './calendar.ts'
import { TURN_WHOLE } from './money.ts'

/** The golden section of a circle, in its places: steps of it fall evenly wherever one begins and stops. */
const GOLDEN_TURN = 2_654_435_769

/**
 * Where on the circle of those tied a month begins. A step of one place would give the same half of a village the odd fen for
 * years; by steps of the golden section each of `n` lines tied for `k` fen a month gets its `k / n` of the months of any year, give
 * or take two.
 */
export const turnOf = (month: ChinaMonth): number => {
  const months = Number(month.slice(0, 4)) * 12 + Number(month.slice(5))
  return (months * GOLDEN_TURN) % TURN_WHOLE
}
