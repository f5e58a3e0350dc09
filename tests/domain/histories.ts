import * as fc from 'fast-check'
import { type ChinaDay, DAY_MS, dayEndMs, dayStartMs, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import type { DeviceReadings } from '../../domain/device-day.ts'
import { solarElevationDeg } from '../../domain/sun.ts'
import { bozhou, type Row } from './sunny.ts'

/** Random histories of one device over a day, the evening before and the morning after, and what may be wrong with them. */

type Pathology = { kind: string; hour: number; minutes: number; size: number }
export type History = {
  /** Share of a clear day on the three days. */
  weather: readonly number[]
  everyMinutes: number
  /** The register shows whole multiples of this. */
  quantumWh: number
  isAsleepAtNight: boolean
  reportsPower: boolean
  ctMultiplier: number
  /** When the day is computed, in hours from its beginning. */
  nowHour: number
  pathologies: readonly Pathology[]
}

const RATED_W = 60_000
const isWithin = ({ atMs }: Row, fromMs: number, minutes: number): boolean =>
  atMs >= fromMs && atMs < fromMs + minutes * MINUTE_MS
const figureAt = (rows: readonly Row[], atMs: number): number => rows.findLast((row) => row.atMs < atMs)?.counterWh ?? 0

type Spoil = (rows: readonly Row[], atMs: number, how: Pathology) => Row[]
const raised = (row: Row, wh: number): Row => ({
  ...row,
  counterWh: row.counterWh === null ? null : Math.max(0, row.counterWh + wh),
})
const within =
  (spoil: (row: Row, index: number, rows: readonly Row[], how: Pathology) => Row): Spoil =>
  (rows, atMs, how) =>
    rows.map((row, index) => (isWithin(row, atMs, how.minutes) ? spoil(row, index, rows, how) : row))

export const pathologies: Record<string, Spoil> = {
  leap: (rows, atMs, { size }) => rows.map((row) => (row.atMs >= atMs ? raised(row, size) : row)),
  fall: (rows, atMs, { size }) => rows.map((row) => (row.atMs >= atMs ? raised(row, -size) : row)),
  glitch: (rows, atMs, { size }) => {
    const index = rows.findIndex((row) => row.atMs >= atMs)
    return rows.map((row, at) => (at === index ? raised(row, size) : row))
  },
  'glitch down': (rows, atMs, { size }) => {
    const index = rows.findIndex((row) => row.atMs >= atMs)
    return rows.map((row, at) => (at === index ? raised(row, -size) : row))
  },
  'dip to zero': within((row) => ({ ...row, counterWh: 0 })),
  reset: (rows, atMs) => rows.map((row) => (row.atMs >= atMs ? raised(row, -figureAt(rows, atMs)) : row)),
  freeze: (rows, atMs, how) => within((row) => ({ ...row, counterWh: figureAt(rows, atMs) }))(rows, atMs, how),
  'halt for good': (rows, atMs) => rows.map((row) => (row.atMs >= atMs ? { ...row, counterWh: figureAt(rows, atMs) } : row)),
  gap: (rows, atMs, { minutes }) => rows.filter((row) => !isWithin(row, atMs, minutes)),
  zigzag: within((row, index, _, { size }) => raised(row, index % 2 === 0 ? size : 0)),
  'two counters': within((row, index, _, { size }) => (index % 2 === 0 ? { ...row, counterWh: size * 7 } : row)),
  'figure missing': within((row) => ({ ...row, counterWh: null })),
  'power missing': within((row) => ({ ...row, acPowerW: null })),
  'power at any hour': within((row, _index, _rows, { size }) => ({ ...row, acPowerW: size })),
  'power tenfold': within((row) => ({ ...row, acPowerW: (row.acPowerW ?? 0) * 10 })),
  'old figures again': within((row, index, rows) => ({ ...row, counterWh: rows[Math.max(0, index - 4)]?.counterWh ?? null })),
  'clock gone wrong': (rows, atMs, { minutes }) =>
    rows.map((row) => (row.atMs >= atMs ? { ...row, atMs: row.atMs + minutes * MINUTE_MS } : row)),
  'unit too large': (rows, atMs) =>
    rows.map((row) => (row.atMs >= atMs && row.counterWh !== null ? { ...row, counterWh: row.counterWh * 10 } : row)),
  'register too slow': (rows) =>
    rows.map((row) => ({ ...row, counterWh: row.counterWh === null ? null : Math.round(row.counterWh / 10) })),
}

const pathology = fc.record({
  kind: fc.constantFrom(...Object.keys(pathologies)),
  hour: fc.oneof(fc.integer({ min: -12, max: 36 }), fc.integer({ min: 5, max: 19 })),
  minutes: fc.constantFrom(5, 10, 20, 60, 170, 190, 400),
  size: fc.oneof(fc.constantFrom(1, 500, 601, 999, 1_000, 1_001, 3_000, 6_000, 60_000, 10_000_000), fc.nat(20_000)),
})

export const aHistory: fc.Arbitrary<History> = fc.record({
  weather: fc.array(fc.double({ min: 0.02, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
  everyMinutes: fc.constantFrom(5, 10, 15),
  quantumWh: fc.constantFrom(1, 10, 100, 1_000),
  isAsleepAtNight: fc.boolean(),
  reportsPower: fc.constantFrom(true, true, false),
  ctMultiplier: fc.constantFrom(1, 1, 40),
  nowHour: fc.constantFrom(8, 14, 24, 25, 30, 60, 900),
  pathologies: fc.array(pathology, { minLength: 0, maxLength: 2 }),
})

/** The history as rows, and how a device with it is to be computed. */
export const rowsOf = (
  day: ChinaDay,
  { weather, everyMinutes, quantumWh, isAsleepAtNight, reportsPower, ctMultiplier, nowHour, pathologies: wrong }: History,
): { rows: Row[]; about: { device: Partial<DeviceReadings['device']> }; nowMs: number } => {
  const startMs = dayStartMs(day)
  const nowMs = startMs + nowHour * HOUR_MS
  const toMs = Math.min(dayEndMs(day) + DAY_MS / 2, nowMs)
  const sound: Row[] = []
  let energyWh = 40_000_000
  for (let atMs = startMs - DAY_MS / 2; atMs < toMs; atMs += everyMinutes * MINUTE_MS) {
    const deg = solarElevationDeg({ ...bozhou, atMs })
    const share = weather[Math.floor((atMs - startMs) / DAY_MS) + 1] ?? 1
    const acPowerW = deg <= 0 ? 0 : Math.round(50_000 * share * Math.sin((deg * Math.PI) / 180))
    energyWh += (acPowerW * everyMinutes * MINUTE_MS) / HOUR_MS / ctMultiplier
    const counterWh = Math.floor(energyWh / quantumWh) * quantumWh
    if (deg > 0 || !isAsleepAtNight) sound.push({ atMs, counterWh, acPowerW: reportsPower ? acPowerW : null })
  }
  const rows = wrong.reduce<Row[]>(
    (spoilt, how) => pathologies[how.kind]?.(spoilt, startMs + how.hour * HOUR_MS, how) ?? spoilt,
    sound,
  )
  const inOrder = new Map(rows.toSorted((a, b) => a.atMs - b.atMs).map((row) => [row.atMs, row]))
  return { rows: [...inOrder.values()], about: { device: { ratedPowerW: RATED_W, ctMultiplier } }, nowMs }
}
