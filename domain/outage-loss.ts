import type { ChinaDay } from './calendar.ts'
import { incomeFen } from './money.ts'
import { expectedWh, type PeerFigure } from './peers.ts'
import { type Price, type Station, streamsOf } from './registry.ts'

/** What a day cost that stayed behind the peers: an estimate by what the county's others made, and never by a plan. */

export type Loss = {
  expectedWh: number
  lostWh: number
  /** At all the prices in force that day together; null without any. */
  lostFen: number | null
}

/** The prices of all streams a station has, as in force on a day, together, 10⁻⁴ yuan/kWh; null when there is none. */
export const priceInForce = (
  station: Pick<Station, 'catalogueListed'>,
  prices: readonly Price[],
  day: ChinaDay,
): number | null => {
  const streams = streamsOf(station)
  const inForce = new Map<string, Price>()
  for (const price of prices) {
    const other = inForce.get(price.stream)
    if (!streams.includes(price.stream)) continue
    if (price.validFrom <= day && (!other || other.validFrom < price.validFrom)) inForce.set(price.stream, price)
  }
  if (inForce.size === 0) return null
  return [...inForce.values()].reduce((sum, { priceE4YuanPerKwh }) => sum + priceE4YuanPerKwh, 0)
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
