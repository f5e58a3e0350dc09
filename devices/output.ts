import { DAY_MS } from '../domain/calendar.ts'
import type { FleetStation } from './fleet.ts'
import { GRID_MS, GRID_POINTS } from './sky.ts'
import type { Sky, SkyDay } from './sky.ts'

/**
 * What a station could deliver, as a share of its AC rating, and the integral of that share over time.
 *
 * The share is a whole number of millionths on a five-minute grid and linear in between, so its trapezoid sums are whole
 * numbers too: exact, and the same however a span is cut. Energy is therefore a function of (seed, station, instant) alone.
 */

/** Midnight of 1 January 2025 in China: every integral starts here. */
export const ANCHOR_MS = Date.parse('2025-01-01T00:00:00+08:00')
/** The simulation covers this many days from the anchor. */
const DAYS_MAX = 30 * 366
const MILLION = 1_000_000
/** Trapezoid sums count (left + right) millionths per grid step; this many are one hour at full rating. */
export const TICKS_PER_HOUR = 2 * MILLION * (3_600_000 / GRID_MS)
/** Weakest light an inverter starts in, W/m². */
const STARTING_WM2 = 18
/** Dirt, cables, mismatch and conversion between the panels' rating and the AC terminals. */
const SYSTEM_SHARE = 0.79
const LOSS_PER_K = 0.004
const CELL_WARMING_K_PER_WM2 = 0.028

/** A station at one instant. */
export type Output = {
  /** Millionths of the AC rating, 0..1,000,000. */
  shareMillionths: number
  /** Integral of the share since the anchor; `TICKS_PER_HOUR` make an hour at full rating. */
  ticks: number
  /** The same at the start of the China day. */
  ticksAtMidnight: number
  /** Grid steps without any output since the anchor, partly counted within a step. */
  darkSteps: number
  ambientC: number
  /** In the plane of the panels, W/m². */
  irradianceWm2: number
}

type Day = SkyDay & { shares: Int32Array; ticks: Float64Array; dark: Int32Array }

/** Days kept per station: today, yesterday, and instants that faults refer to. */
const DAYS_KEPT = 4

/** Plain loops: a county's warm-up computes a hundred thousand of these days. */
const dayOfSky = (station: FleetStation, sky: SkyDay): Day => {
  const perWm2 = (MILLION / 1000) * SYSTEM_SHARE * (station.dcCapacityW / station.acCapacityW)
  const shares = new Int32Array(GRID_POINTS)
  const ticks = new Float64Array(GRID_POINTS)
  const dark = new Int32Array(GRID_POINTS)
  let share = 0
  let ticksSoFar = 0
  let darkSoFar = 0
  for (let index = 0; index < GRID_POINTS; index += 1) {
    const irradianceWm2 = sky.irradianceWm2[index] ?? 0
    const before = share
    if (irradianceWm2 < STARTING_WM2) share = 0
    else {
      const cellC = (sky.ambientC[index] ?? 0) + CELL_WARMING_K_PER_WM2 * irradianceWm2
      share = Math.round(Math.min(MILLION, Math.max(0, irradianceWm2 * perWm2 * (1 - LOSS_PER_K * (cellC - 25)))))
    }
    if (index > 0) {
      ticksSoFar += before + share
      if (before + share === 0) darkSoFar += 1
    }
    shares[index] = share
    ticks[index] = ticksSoFar
    dark[index] = darkSoFar
  }
  return { ...sky, shares, ticks, dark }
}

/** Whole days since the anchor. Throws RangeError, saying what is possible, for an instant the simulation does not cover. */
const dayNumberOf = (atMs: number): number => {
  const day = Math.floor((atMs - ANCHOR_MS) / DAY_MS)
  if (day >= 0 && day < DAYS_MAX) return day
  const asked = Number.isFinite(atMs) ? new Date(atMs).toISOString() : String(atMs)
  throw new RangeError(`the simulated fleet exists for 30 years from 2025-01-01 (China time); ${asked} lies outside`)
}

/** The output of one station at any instant (epoch ms). The first call far from the anchor integrates the days before, once. */
export const outputOf = (station: FleetStation, sky: Sky): ((atMs: number) => Output) => {
  const ticksBefore = [0]
  const darkBefore = [0]
  const kept = new Map<number, Day>()

  const computed = (number: number): Day => dayOfSky(station, sky.dayAt(station, ANCHOR_MS + number * DAY_MS))
  const dayAt = (number: number): Day => {
    const known = kept.get(number)
    if (known) return known
    for (let earlier = ticksBefore.length - 1; earlier < number; earlier += 1) {
      const day = kept.get(earlier) ?? computed(earlier)
      ticksBefore.push((ticksBefore[earlier] ?? 0) + (day.ticks.at(-1) ?? 0))
      darkBefore.push((darkBefore[earlier] ?? 0) + (day.dark.at(-1) ?? 0))
    }
    const day = computed(number)
    const [oldest] = kept.keys()
    if (kept.size >= DAYS_KEPT && oldest !== undefined) kept.delete(oldest)
    kept.set(number, day)
    return day
  }

  return (atMs) => {
    const number = dayNumberOf(atMs)
    const day = dayAt(number)
    const step = (atMs - ANCHOR_MS - number * DAY_MS) / GRID_MS
    const index = Math.floor(step)
    const part = step - index
    const left = day.shares[index] ?? 0
    const right = day.shares[index + 1] ?? left
    const light = day.irradianceWm2[index] ?? 0
    const ticksAtMidnight = ticksBefore[number] ?? 0
    return {
      shareMillionths: left + (right - left) * part,
      ticks: ticksAtMidnight + (day.ticks[index] ?? 0) + part * (2 * left + (right - left) * part),
      ticksAtMidnight,
      darkSteps: (darkBefore[number] ?? 0) + (day.dark[index] ?? 0) + (left + right === 0 ? part : 0),
      ambientC: day.ambientC[index] ?? 0,
      irradianceWm2: light + ((day.irradianceWm2[index + 1] ?? light) - light) * part,
    }
  }
}
