import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY_MS, dayEndMs, dayStartMs, HALF_DAY_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { computeDeviceDay } from '../../domain/device-day.ts'
import { lightOf, ordinaryDay, skyOf, summaryTerms } from '../../domain/ordinary-day.ts'
import type { ReadingSummary } from '../../domain/reading-summary.ts'
import { summaryAt } from '../../domain/summary-columns.ts'
import { summariesOf } from '../../stores/summaries.ts'
import { bozhou, dayNamed, type Row, readingsFor } from './sunny.ts'

/**
 * A day is told by two half-days: what goes on over noon must not be lost between them. Days of devices that report seldom or often,
 * stand still, fall silent and say odd things at any hour, at sites where the sun is up early or late by the clock of the books.
 */

const day = dayNamed('2026-06-01')
const [startMs, endMs] = [dayStartMs(day), dayEndMs(day)]
const NOW_MS = endMs + 40 * DAY_MS
const SITES = [bozhou, { latitudeDeg: 39.5, longitudeDeg: 75.9 }, { latitudeDeg: 48.1, longitudeDeg: 134.5 }]

const aStretch = fc.record({ fromMinute: fc.integer({ min: 240, max: 1_100 }), minutes: fc.integer({ min: 30, max: 500 }) })
const anOddity = fc.record({
  minute: fc.integer({ min: -720, max: 2_159 }),
  riseWh: fc.constantFrom(-1, 0, 1, 20, 1_000, 1_001, null),
  acPowerW: fc.constantFrom(null, -5, 0, 19, 20, 21, 600, 601, 1_200, 1_201, 30_000),
})
const aDevice = fc.record({
  everyMinutes: fc.constantFrom(5, 10, 20, 30, 60, 90),
  sleeps: fc.boolean(),
  freezes: fc.array(aStretch, { maxLength: 1 }),
  silences: fc.array(aStretch, { maxLength: 1 }),
  oddities: fc.array(anOddity, { maxLength: 2 }),
  site: fc.constantFrom(...SITES),
  quantumWh: fc.constantFrom(1, 10, 1_000),
  powerFactor: fc.constantFrom(1, 1, 0.2, 3, 6),
  ratedPowerW: fc.constantFrom(60_000, 60_000, 3_000, 1_900),
})
type Sketch = typeof aDevice extends fc.Arbitrary<infer Value> ? Value : never

const isIn = (stretches: Sketch['freezes'], minute: number): boolean =>
  stretches.some(({ fromMinute, minutes }) => minute >= fromMinute && minute < fromMinute + minutes)

const rowsOf = ({ everyMinutes, sleeps, freezes, silences, oddities, quantumWh, powerFactor, ratedPowerW }: Sketch): Row[] => {
  const rows = new Map<number, Row>()
  let [wh, lastW] = [5_000_000, 0]
  for (let minute = -720; minute < 2_160; minute += everyMinutes) {
    const ofDay = (minute + 1_440) % 1_440
    const powerW = Math.round(ratedPowerW * 0.7 * Math.max(0, Math.sin((Math.PI * (ofDay - 360)) / 780)))
    if (!isIn(freezes, minute)) wh += Math.round(((powerW + lastW) / 2) * (everyMinutes / 60))
    lastW = powerW
    if (isIn(silences, minute) || (sleeps && powerW === 0)) continue
    const counterWh = Math.floor(wh / quantumWh) * quantumWh
    rows.set(minute, { atMs: startMs + minute * MINUTE_MS, counterWh, acPowerW: Math.round(powerW * powerFactor) })
  }
  for (const { minute, riseWh, acPowerW } of oddities) {
    const before = [...rows].filter(([at]) => at <= minute).at(-1)?.[1].counterWh ?? 5_000_000
    rows.set(minute, { atMs: startMs + minute * MINUTE_MS, counterWh: riseWh === null ? null : before + riseWh, acPowerW })
  }
  return [...rows.values()].toSorted((a, b) => a.atMs - b.atMs)
}

test('whatever happens around noon, the short way answers what the long way answers, or leaves it to that', () => {
  let settled = 0
  fc.assert(
    fc.property(aDevice, (sketch) => {
      const rows = rowsOf(sketch)
      const about = { device: { ratedPowerW: sketch.ratedPowerW } }
      const terms = summaryTerms([about.device])
      const summaryOf = (fromMs: number): ReadingSummary | undefined => {
        const toMs = fromMs + HALF_DAY_MS
        const within = rows.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
        const atMs = within.map((row) => row.atMs)
        const values = {
          energyTotalWh: within.map(({ counterWh }) => counterWh),
          acPowerW: within.map(({ acPowerW }) => acPowerW),
        }
        const ask = { deviceIds: ['INV-1'], fromMs, toMs, register: 'energyTotalWh' as const, ...terms }
        return summaryAt(summariesOf([{ deviceId: 'INV-1', atMs, values }], ask), 0)
      }
      const subject = {
        ...readingsFor(day, [], about),
        evening: summaryOf(startMs - HALF_DAY_MS),
        forenoon: summaryOf(startMs),
        afternoon: summaryOf(startMs + HALF_DAY_MS),
        morning: summaryOf(endMs),
        quietPowerW: terms.quietPowerW,
      }
      const short = ordinaryDay(subject, lightOf(skyOf(day, NOW_MS), sketch.site))
      if (!short) return
      settled += 1
      const long = computeDeviceDay(readingsFor(day, rows, about), { site: sketch.site, day, untilMs: endMs })
      expect(JSON.stringify({ deviceDay: short, echoes: [] })).toBe(JSON.stringify(long))
    }),
    { numRuns: 5_000 },
  )
  expect(settled).toBeGreaterThan(500)
}, 120_000)
