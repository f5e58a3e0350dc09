import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import type { CounterReset } from '../../domain/counter-reset.ts'
import { inForce, readAcrossResets } from '../../domain/counter-reset.ts'
import type { CounterPoint, CounterReadout, CounterRule } from '../../domain/counter-terms.ts'

const START_MS = Date.parse('2026-06-01T00:00:00Z')
const ROUND_MS = 5 * MINUTE_MS
const rule: CounterRule = { ratedPowerW: 60_000, stepWh: 1_000 }

const instant = (round: number): number => START_MS + round * ROUND_MS
const rounds = (figures: readonly number[], from = 0): CounterPoint[] =>
  figures.map((wh, index) => ({ atMs: instant(from + index), wh }))

type Told = { round: number; finalWh: number; startWh: number; kind?: CounterReset['kind'] }
const record = ({ round, finalWh, startWh, kind = 'reset' }: Told): CounterReset => ({
  stationId: 'ZL1',
  deviceId: 'INV-1',
  atMs: instant(round),
  finalWh,
  startWh,
  kind,
  reason: 'lightning',
  document: 'sheet 7',
  recordedBy: 'officer',
  recordedAtMs: instant(1_000),
})
const read = (points: readonly CounterPoint[], ...told: Told[]) => readAcrossResets(points, rule, told.map(record))
const creditedWh = ({ accepted }: CounterReadout): number => accepted.reduce((sum, { deltaWh }) => sum + deltaWh, 0)
const codes = ({ events }: CounterReadout): string[] => events.map(({ code, breaks }) => (breaks ? `${code}!` : code))

describe('without a record', () => {
  test('a counter is read as it is', () => {
    const readout = read(rounds([50_000, 50_400, 100, 500, 900]))
    expect(creditedWh(readout)).toBe(1_200)
    expect(codes(readout)).toEqual(['counter_reset_unconfirmed!'])
  })
})

describe('a record that the readings bear out', () => {
  test('joins two registers to the Wh, doubts nothing and says what it says', () => {
    const readout = read(rounds([50_000, 50_400, 100, 500]), { round: 1.5, finalWh: 50_600, startWh: 40, kind: 'replacement' })
    expect(creditedWh(readout)).toBe(600 + 460)
    expect(readout.events).toEqual([
      {
        code: 'counter_reset',
        atMs: instant(1.5),
        detail: 'replacement on record: 50600 Wh, then 40 Wh',
        breaks: false,
      },
    ])
  })

  test('books what the old register counted before the instant, and what the new one did from it on', () => {
    const { accepted } = read(rounds([50_000, 100]), { round: 0.5, finalWh: 50_300, startWh: 20 })
    expect(accepted.map(({ atMs, sinceMs, deltaWh }) => [atMs, sinceMs, deltaWh])).toEqual([
      [instant(0), null, 0],
      [instant(0.5) - 1, instant(0), 300],
      [instant(0.5), null, 0],
      [instant(1), instant(0.5), 80],
    ])
  })

  test('at the instant of a reading leaves that reading to the new register', () => {
    const readout = read(rounds([50_000, 100, 400]), { round: 1, finalWh: 50_300, startWh: 20 })
    expect(creditedWh(readout)).toBe(300 + 380)
    expect(codes(readout)).toEqual(['counter_reset'])
  })

  test('a millisecond after a reading leaves that reading to the old one', () => {
    const before = { atMs: instant(1) - 1, wh: 50_200 }
    const readout = read([...rounds([50_000, 100, 400]), before], { round: 1, finalWh: 50_300, startWh: 20 })
    expect(creditedWh(readout)).toBe(300 + 380)
    expect(codes(readout)).toEqual(['counter_reset'])
  })

  test('needs no reading before it, nor after it', () => {
    const after = read(rounds([100, 400], 2), { round: 1, finalWh: 50_300, startWh: 20 })
    expect(creditedWh(after)).toBe(380)
    const before = read(rounds([50_000, 50_100]), { round: 2, finalWh: 50_300, startWh: 20 })
    expect(creditedWh(before)).toBe(300)
    expect([...codes(after), ...codes(before)]).toEqual(['counter_reset', 'counter_reset'])
    expect(creditedWh(read([], { round: 2, finalWh: 50_300, startWh: 20 }))).toBe(0)
  })

  test('may begin at 0, and zeros after it are dips', () => {
    const readout = read(rounds([50_000, 0, 300, 0, 700]), { round: 0.5, finalWh: 50_100, startWh: 0 })
    expect(creditedWh(readout)).toBe(100 + 700)
    expect(codes(readout)).toEqual(['counter_reset', 'counter_dip'])
  })

  test('stands although a reading beside it is a glitch', () => {
    const readout = read(rounds([50_000, 9_000_000, 50_400, 100, 9_000_000, 500]), { round: 2.5, finalWh: 50_400, startWh: 40 })
    expect(creditedWh(readout)).toBe(400 + 460)
    expect(codes(readout)).toEqual(['rate_implausible', 'counter_reset', 'rate_implausible'])
  })

  test.each([
    ['a final figure one step below the last reading', { finalWh: 49_000, startWh: 40 }, 0 + 460],
    ['a start one step above the first reading', { finalWh: 50_000, startWh: 1_100 }, 0],
  ])('takes %s for rounding', (_, told, wh) => {
    const readout = read(rounds([50_000, 100, 500]), { round: 0.5, ...told })
    expect(codes(readout)).toEqual(['counter_reset'])
    expect(creditedWh(readout)).toBe(wh)
  })

  test('forgives two readings on the wrong side of its time, and no third', () => {
    const late = rounds([50_000, 50_400, 100, 500, 900, 1_300, 1_700, 2_100])
    const joined = read(late, { round: 3.5, finalWh: 50_700, startWh: 500 })
    expect(codes(joined)).toEqual(['counter_dip', 'counter_dip', 'counter_reset'])
    expect(creditedWh(joined)).toBe(700 + 1_600)
    expect(codes(read(late, { round: 4.5, finalWh: 50_700, startWh: 900 }))).toContain('counter_reset_contradicted!')

    const early = rounds([50_000, 50_400, 50_800, 51_200, 0, 100, 500, 900])
    const held = read(early, { round: 1.5, finalWh: 51_300, startWh: 40 })
    expect(codes(held)).toEqual(['counter_reset', 'rate_implausible', 'rate_implausible', 'counter_dip'])
    expect(creditedWh(held)).toBe(1_300 + 860)
    expect(codes(read(early, { round: 0.5, finalWh: 51_300, startWh: 40 }))).toContain('counter_reset_contradicted!')
  })

  test('leaves a reading of its very instant, and only the first of two records of one instant stands, by their figures', () => {
    const shown = rounds([50_000, 2_400, 2_800, 3_200])
    const [one, two] = [
      { round: 1, finalWh: 50_100, startWh: 2_350 },
      { round: 1, finalWh: 50_100, startWh: 2_390 },
    ]
    const other = { round: 1, finalWh: 50_090, startWh: 2_395 }
    expect(creditedWh(read(shown, two, one))).toBe(100 + 850)
    expect(read(shown, two, one)).toEqual(read(shown, one, two))
    expect(creditedWh(read(shown, one, other))).toBe(90 + 805)
    expect(read(shown, one, other)).toEqual(read(shown, other, one))
    expect(codes(read(shown, one, two))).toEqual(['counter_reset', 'counter_reset_contradicted!'])
    const { accepted } = read(shown, one)
    expect(accepted.map(({ wh, deltaWh }) => [wh, deltaWh])).toEqual([
      [50_000, 0],
      [50_100, 100],
      [2_350, 0],
      [2_400, 50],
      [2_800, 400],
      [3_200, 400],
    ])
  })

  test('two records of a day, with one reading between them', () => {
    const figures = [100_000, 105_000, 110_000, 115_000, 16_000, 210_000]
    const hourly = figures.map((wh, index) => ({ atMs: START_MS + index * HOUR_MS, wh }))
    const readout = read(
      hourly,
      { round: 42, finalWh: 115_000, startWh: 5_000 },
      { round: 54, finalWh: 16_000, startWh: 200_000 },
    )
    expect(creditedWh(readout)).toBe(36_000)
    expect(codes(readout)).toEqual(['counter_reset', 'counter_reset'])
  })
})

describe('a record that the readings contradict', () => {
  const fell = rounds([50_000, 50_400, 50_800, 51_200, 51_600, 100, 500, 900, 1_300, 1_700])
  const leapt = rounds([50_000, 50_400, 51_000, 51_500, 90_000, 90_400, 90_800])
  test.each<[string, Told, CounterPoint[]]>([
    ['a final figure more than a step below the last reading', { round: 4.5, finalWh: 50_599, startWh: 40 }, fell],
    ['a final figure above what the device can have made', { round: 4.5, finalWh: 60_000, startWh: 40 }, fell],
    ['a start more than a step above the first readings', { round: 4.5, finalWh: 51_600, startWh: 5_000 }, fell],
    ['a start so low that the device cannot have made the first reading', { round: 3.5, finalWh: 51_500, startWh: 0 }, leapt],
    ['an instant long before the fall', { round: 0.5, finalWh: 50_400, startWh: 40 }, fell],
    ['an instant long after the fall', { round: 8.5, finalWh: 51_600, startWh: 40 }, fell],
  ])('%s counts for nothing and is told as a doubt', (_, told, shown) => {
    const [without, readout] = [read(shown), read(shown, told)]
    expect(readout.accepted).toEqual(without.accepted)
    expect(codes(readout).filter((code) => code !== 'counter_reset_contradicted!')).toEqual(codes(without))
    expect(readout.events).toContainEqual({
      code: 'counter_reset_contradicted',
      atMs: instant(told.round),
      detail: `reset on record: ${told.finalWh} Wh, then ${told.startWh} Wh, which the readings around it contradict`,
      breaks: true,
    })
  })

  test('nor does it join anything when the readings go on as if nothing had happened', () => {
    const readout = read(rounds([40_000_000, 40_000_400, 40_000_800, 40_001_200]), {
      round: 1.5,
      finalWh: 40_000_600,
      startWh: 5,
    })
    expect(creditedWh(readout)).toBe(1_200)
    expect(codes(readout)).toEqual(['counter_reset_contradicted!'])
  })

  test('by one only reading counts for nothing too', () => {
    const readout = read(rounds([50_000, 50_400, 9_000_000]), { round: 1.5, finalWh: 50_400, startWh: 5 })
    expect(codes(readout)).toEqual(['counter_reset_contradicted!', 'rate_implausible!'])
    expect(creditedWh(readout)).toBe(400)
  })

  test('leaves the others standing', () => {
    const shown = rounds([50_000, 50_400, 100, 500, 900, 10, 400])
    const right = [
      { round: 1.5, finalWh: 50_400, startWh: 100 },
      { round: 4.5, finalWh: 900, startWh: 10 },
    ]
    const readout = read(shown, ...right, { round: 3.5, finalWh: 70_000, startWh: 3 })
    expect(creditedWh(readout)).toBe(400 + 800 + 390)
    expect(codes(readout)).toEqual(['counter_reset', 'counter_reset_contradicted!', 'counter_reset'])
  })

  test('is a second one for the same instant', () => {
    const told = { round: 4.5, finalWh: 51_600, startWh: 40 }
    const readout = read(fell, told, told)
    expect(creditedWh(readout)).toBe(1_600 + 1_660)
    expect(codes(readout)).toEqual(['counter_reset', 'counter_reset_contradicted!'])
  })
})

test('records in force are those not withdrawn, from the first instant to before the last', () => {
  const told = [0, 1, 2].map((round) => record({ round, finalWh: 9, startWh: 0 }))
  const withdrawn = { ...record({ round: 1, finalWh: 8, startWh: 0 }), withdrawnBy: 'officer', withdrawnAtMs: instant(2_000) }
  expect(inForce([...told, withdrawn], instant(0), instant(2))).toEqual(told.slice(0, 2))
  expect(inForce(told, instant(0) + 1, instant(2) + 1)).toEqual(told.slice(1))
})

describe('properties', () => {
  /** Segments of what a healthy device adds, each beginning at a figure of its own. */
  const segments = fc.array(
    fc.record({
      startWh: fc.integer({ min: 1, max: 90_000_000 }),
      rises: fc.array(fc.integer({ min: 0, max: 3_900 }), { minLength: 1, maxLength: 12 }),
      tailWh: fc.integer({ min: 0, max: 3_000 }),
    }),
    { minLength: 1, maxLength: 5 },
  )

  const built = (parts: readonly { startWh: number; rises: number[]; tailWh: number }[]) => {
    const points: CounterPoint[] = []
    const told: Told[] = []
    let round = 0
    let totalWh = 0
    for (const [index, { startWh, rises, tailWh }] of parts.entries()) {
      let wh = startWh
      if (index === 0) points.push({ atMs: instant(round), wh })
      for (const rise of rises) {
        round += 1
        wh += rise
        points.push({ atMs: instant(round), wh })
      }
      totalWh += wh - startWh
      const next = parts[index + 1]
      if (next === undefined) break
      told.push({ round: round + 0.5, finalWh: wh + tailWh, startWh: next.startWh })
      totalWh += tailWh
    }
    return { points, told, totalWh }
  }

  test('resets on record are additive: the total is the sum of what each register counted', () => {
    fc.assert(
      fc.property(segments, (parts) => {
        const { points, told, totalWh } = built(parts)
        const readout = read(points, ...told)
        expect(creditedWh(readout)).toBe(totalWh)
        expect(codes(readout)).toEqual(told.map(() => 'counter_reset'))
      }),
    )
  })

  test('neither the order nor the repetition of readings, nor the order of records, matters', () => {
    const scrambled = segments.chain((parts) => {
      const { points, told } = built(parts)
      return fc.record({
        points: fc.constant(points),
        told: fc.constant(told),
        delivered: fc.shuffledSubarray([...points, ...points], { minLength: 2 * points.length }),
        recorded: fc.shuffledSubarray(told, { minLength: told.length }),
      })
    })
    fc.assert(
      fc.property(scrambled, ({ points, told, delivered, recorded }) => {
        expect(read(delivered, ...recorded)).toEqual(read(points, ...told))
      }),
    )
  })

  test('whatever is on record, nothing below zero and nothing impossible is credited without a doubt', () => {
    const figure = fc.oneof(fc.constant(0), fc.nat(3_000), fc.integer({ min: 50_000, max: 90_000 }), fc.nat(100_000_000))
    const anything = fc.record({
      points: fc.array(figure, { maxLength: 40 }).map((figures) => rounds(figures)),
      told: fc.array(fc.record({ round: fc.double({ min: -5, max: 45, noNaN: true }), finalWh: figure, startWh: figure }), {
        maxLength: 4,
      }),
    })
    fc.assert(
      fc.property(anything, ({ points, told }) => {
        const { accepted, events } = read(
          points,
          ...told.map((each) => ({ ...each, round: Math.round(each.round * ROUND_MS) / ROUND_MS })),
        )
        for (const { sinceMs, atMs, deltaWh } of accepted) {
          expect(deltaWh).toBeGreaterThanOrEqual(0)
          if (sinceMs === null) continue
          const possibleWh = (1.2 * rule.ratedPowerW * (atMs - sinceMs)) / HOUR_MS + rule.stepWh
          if (deltaWh > possibleWh + 1) expect(events.some(({ breaks }) => breaks)).toBe(true)
        }
        expect(
          events.filter(({ code }) => code.startsWith('counter_reset') && code !== 'counter_reset_unconfirmed'),
        ).toHaveLength(told.length)
      }),
    )
  })
})
