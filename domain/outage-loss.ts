import type { ChinaDay } from './calendar.ts'
import { incomeFen } from './money.ts'
import { expectedWh, type PeerFigure } from './peers.ts'
import { type Price, type Station, streamsOf } from './registry.ts'
import { priceOn } from './settlement-lines.ts'

/** What a day cost that stayed behind the peers: an estimate by what the county's others made, and never by a plan. */

export type Loss = {
  expectedWh: number
  lostWh: number
  /** At all the prices in force that day together; null without any. */
  lostFen: number | null
}

/** The prices of all streams of what is fed in, as in force on a day, together, 10⁻⁴ yuan/kWh; null when there is none. */
export const priceInForce = (
  { catalogueListed }: Pick<Station, 'catalogueListed'>,
  prices: readonly Price[],
  day: ChinaDay,
): number | null => {
  const inForce = streamsOf({ catalogueListed }).flatMap((stream) => priceOn(prices, stream, day) ?? [])
  return inForce.length === 0 ? null : inForce.reduce((sum, { priceE4YuanPerKwh }) => sum + priceE4YuanPerKwh, 0)
}

/** What the day is short of what the peers' median makes of the DC array; null when either is not known. Nothing is ever gained. */
export const lossOf = (
  station: Pick<Station, 'dcCapacityW'>,
  { energyWh, peers }: { energyWh: number | null; peers: PeerFigure },
  priceE4YuanPerKwh: number | null,
): Loss | null => {
  const expected = expectedWh(peers, station)
  if (expected === null || energyWh === null) return null
  const lostWh = Math.max(0, expected - energyWh)
  const lostFen = priceE4YuanPerKwh === null ? null : incomeFen({ energyWh: lostWh, priceE4YuanPerKwh })
  return { expectedWh: expected, lostWh, lostFen }
}
