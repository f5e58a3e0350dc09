import { type ChinaDay, MINUTE_MS } from './calendar.ts'
import type { PerformanceLimits } from './performance-limits.ts'
import { QUARTER_MS, type Quarters, quarterStartMs } from './quarter-curve.ts'
import type { Station } from './registry.ts'

/**
 * Power that something holds: flat at the AC rating, the array gives more than its inverters can pass on (削峰); flat well below it
 * while the peers rise, or throttled by what the inverters say, somebody has ordered less (限电). Neither is a fault of the station.
 */

/** Of [fromMs, toMs), epoch ms. `lostWh` is what the peers' curve says was held back; null without it. */
export type PowerLimit = { kind: 'clipped' | 'curtailed'; fromMs: number; toMs: number; levelW: number; lostWh: number | null }

type Run = { from: number; to: number; level: number }

/** Flat stretches below a fifth of the rating are a dull sky. */
const LEVEL_SHARE_MIN = 0.2
/** At the rating: within these shares of it. Well below it: under this one. */
const RATING_SHARE_MIN = 0.97
const RATING_SHARE_MAX = 1.05
const CURTAILED_SHARE_MAX = 0.9
/** How much the peers must have moved, and been above the station, for it to have been held. */
const PEERS_RISE = 0.1
const PEERS_ABOVE = 0.15

const known = (quarters: Quarters, { from, to }: Run): number[] => quarters.slice(from, to).filter((value) => value !== null)

/** The longest stretch within the tolerance, the earliest of equal ones; undefined when none is long enough. */
const longestFlat = (profile: Quarters, levelMin: number, limits: PerformanceLimits): Run | undefined => {
  const quartersMin = Math.ceil((limits.flatMinutes * MINUTE_MS) / QUARTER_MS)
  let best: Run | undefined
  for (let from = 0; from < profile.length; from += 1) {
    let least = Number.POSITIVE_INFINITY
    let most = Number.NEGATIVE_INFINITY
    let to = from
    for (; to < profile.length; to += 1) {
      const value = profile[to] ?? null
      if (value === null || value < levelMin) break
      least = Math.min(least, value)
      most = Math.max(most, value)
      if ((most - least) * 1_000 > most * limits.flatPermille) break
    }
    if (to - from < quartersMin || to - from <= (best ? best.to - best.from : 0)) continue
    best = { from, to, level: Math.max(...known(profile, { from, to, level: 0 })) }
  }
  return best
}

/** What the peers made beyond the station in a stretch, Wh; null unless they are known all along. */
const heldBackWh = (profile: Quarters, reference: Quarters, run: Run, dcCapacityW: number): number | null => {
  let sum = 0
  for (let quarter = run.from; quarter < run.to; quarter += 1) {
    const peersW = reference[quarter] ?? null
    if (peersW === null) return null
    sum += Math.max(0, peersW - (profile[quarter] ?? 0))
  }
  return Math.round((sum * dcCapacityW) / 1_000 / 4)
}

const kindOf = (run: Run, reference: Quarters, ratedWPerKw: number): PowerLimit['kind'] | undefined => {
  const peers = known(reference, run)
  if (peers.length < run.to - run.from) return undefined
  const [least, most] = [Math.min(...peers), Math.max(...peers)]
  // Peers built alike are clipped alike: then they are no higher, and no lower either.
  const isAtRating = run.level >= ratedWPerKw * RATING_SHARE_MIN && run.level <= ratedWPerKw * RATING_SHARE_MAX
  if (isAtRating) return ratedWPerKw < 1_000 && most >= run.level * RATING_SHARE_MIN ? 'clipped' : undefined
  if (run.level > ratedWPerKw * CURTAILED_SHARE_MAX) return undefined
  return most - least >= most * PEERS_RISE && most >= run.level * (1 + PEERS_ABOVE) ? 'curtailed' : undefined
}

type Given = {
  day: ChinaDay
  station: Pick<Station, 'dcCapacityW' | 'acCapacityW'>
  /** W per kW DC, as the peers' `reference`; null when no peers' curve is known, and then nothing is told from shape. */
  profile: Quarters
  reference: Quarters | null
  /** Quarters in which the station's inverters called themselves throttled. */
  throttled: ReadonlySet<number>
  limits: PerformanceLimits
}

/** What held a station's power on a day, if anything did. */
export const powerLimitOf = ({ day, station, profile, reference, throttled, limits }: Given): PowerLimit | undefined => {
  const { dcCapacityW, acCapacityW } = station
  if (dcCapacityW <= 0 || acCapacityW <= 0) return undefined
  const ratedWPerKw = (acCapacityW * 1_000) / dcCapacityW
  const told = (kind: PowerLimit['kind'], run: Run): PowerLimit => ({
    kind,
    fromMs: quarterStartMs(day, run.from),
    toMs: quarterStartMs(day, run.to),
    levelW: Math.round((run.level * dcCapacityW) / 1_000),
    lostWh: reference && heldBackWh(profile, reference, run, dcCapacityW),
  })
  const flat = longestFlat(profile, ratedWPerKw * LEVEL_SHARE_MIN, limits)
  const kind = flat && reference ? kindOf(flat, reference, ratedWPerKw) : undefined
  if (flat && kind) return told(kind, flat)
  if (throttled.size * QUARTER_MS < limits.flatMinutes * MINUTE_MS) return undefined
  const [from, to] = [Math.min(...throttled), Math.max(...throttled) + 1]
  const levels = known(profile, { from, to, level: 0 })
  const level = levels.length === 0 ? 0 : Math.max(...levels)
  return told(level >= ratedWPerKw * RATING_SHARE_MIN ? 'clipped' : 'curtailed', { from, to, level })
}
