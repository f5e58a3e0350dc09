import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import type { CounterPoint, CounterRule } from '../../domain/counter-terms.ts'
import { readCounter } from '../../domain/counter.ts'
import { POWER_MARGIN } from '../../domain/counter-terms.ts'

const START_MS = Date.parse('2026-06-01T00:00:00Z')
const ROUND_MS = 5 * MINUTE_MS

/** One figure per five-minute round; null where no reading came. */
const rounds = (figures: readonly (number | null)[]): CounterPoint[] =>
  figures.flatMap((wh, index) => (wh === null ? [] : [{ atMs: START_MS + index * ROUND_MS, wh }]))

const inverter: CounterRule = { ratedPowerW: 60_000, stepWh: 1_000 }

const creditedWh = (points: readonly CounterPoint[], rule: CounterRule = inverter): number =>
  readCounter(points, rule).accepted.reduce((sum, { deltaWh }) => sum + deltaWh, 0)
const codes = (points: readonly CounterPoint[], rule: CounterRule = inverter): string[] =>
  readCounter(points, rule).events.map(({ code, breaks }) => (breaks ? `${code}!` : code))

describe('what a counter proves', () => {
  type Case = { name: string; figures: (number | null)[]; wh: number; events: string[]; rule?: CounterRule }
  const cases: Case[] = [
    { name: 'no reading proves nothing', figures: [], wh: 0, events: [] },
    { name: 'the first reading is a baseline', figures: [51_234_560], wh: 0, events: [] },
    { name: 'differences add up', figures: [1_000, 1_500, 1_500, 4_000], wh: 3_000, events: [] },
    { name: 'D10: a dip to zero and back', figures: [15_508_510, 0, 15_508_720], wh: 210, events: ['counter_dip'] },
    {
      name: 'two dips are two events',
      figures: [90_000, 0, 90_100, 0, 0, 90_200],
      wh: 200,
      events: ['counter_dip', 'counter_dip'],
    },
    {
      name: 'data that begin with zeros begin in a dip',
      figures: [0, 0, 15_508_510, 15_508_720],
      wh: 210,
      events: ['counter_dip'],
    },
    { name: 'a new device counts from zero', figures: [0, 0, 400, 900], wh: 900, events: [] },
    {
      name: 'D11: a fall nobody declared is a reset, credited from its new baseline only',
      figures: [50_000, 100, 350],
      wh: 250,
      events: ['counter_reset_unconfirmed!'],
    },
    {
      name: 'a reset through zeros is one reset',
      figures: [49_000, 50_000, 0, 0, 100, 350, 600],
      wh: 1_500,
      events: ['counter_dip', 'counter_reset_unconfirmed!'],
    },
    {
      name: 'a single low reading is a glitch',
      figures: [50_000, 50_400, 100, 50_800, 51_000],
      wh: 1_000,
      events: ['counter_dip'],
    },
    {
      name: 'D12: a declared modulus makes a fall a rollover',
      figures: [8_388_576, 21],
      wh: 53,
      events: ['counter_rollover'],
      rule: { ...inverter, modulusWh: 8_388_608 },
    },
    {
      name: 'a rollover read as zero on the way loses nothing',
      figures: [8_388_576, 0, 21],
      wh: 53,
      events: ['counter_dip', 'counter_rollover'],
      rule: { ...inverter, modulusWh: 8_388_608 },
    },
    {
      name: 'a modulus does not explain a fall that the device cannot have made',
      figures: [5_000_000, 21, 100],
      wh: 79,
      events: ['counter_reset_unconfirmed!'],
      rule: { ...inverter, modulusWh: 8_388_608 },
    },
    {
      name: 'D8: 900 kWh in five minutes are not credited, and the next reading meets the last good one',
      figures: [50_000, 950_000, 50_900],
      wh: 900,
      events: ['rate_implausible'],
    },
    {
      name: 'a leap that is the last reading waits for the next',
      figures: [50_000, 50_500, 950_000],
      wh: 500,
      events: ['rate_implausible!'],
    },
    {
      name: 'a leap that three readings confirm is a break, and nothing is credited across it',
      figures: [50_000, 50_500, 950_000, 951_000, 952_000, 953_000],
      wh: 3_500,
      events: ['rate_implausible!'],
    },
    {
      name: 'two readings in a row that agree do not confirm a leap once the counter is back',
      figures: [50_000, 950_000, 951_000, 50_900],
      wh: 900,
      events: ['rate_implausible', 'rate_implausible'],
    },
    {
      name: 'noise that never agrees with itself leaves the baseline alone',
      figures: [50_000, 700_000, 300_000, 900_000, 50_100],
      wh: 100,
      events: ['rate_implausible', 'rate_implausible', 'rate_implausible'],
    },
    {
      name: 'a fall of one step is rounding',
      figures: [51_240_100, 51_240_090, 51_240_120, 51_240_110, 51_240_200],
      wh: 100,
      events: [],
    },
    { name: 'a fall of exactly one step is rounding too', figures: [50_000, 49_000, 50_200], wh: 200, events: [] },
    { name: 'a fall of more than one step is not', figures: [50_000, 48_999, 50_200], wh: 200, events: ['counter_dip'] },
    {
      name: 'a leap in the midst of noise needs three readings in a row as well',
      figures: [50_000, 700_000, 300_000, 305_000, 50_100],
      wh: 100,
      events: ['rate_implausible', 'rate_implausible', 'rate_implausible'],
    },
    {
      name: 'a fall that is the last reading waits for the next',
      figures: [50_000, 50_500, 300],
      wh: 500,
      events: ['counter_reset_unconfirmed!'],
    },
    {
      name: 'events come in order of time, whenever they were understood',
      figures: [50_000, 0, 50_100, 700_000, 0, 50_200],
      wh: 200,
      events: ['counter_dip', 'rate_implausible', 'counter_dip'],
    },
    {
      name: 'data that begin with zeros prove nothing of what they begin with, though so long a night would allow it',
      figures: [...Array(24).fill(0), 100_000, 100_400],
      wh: 400,
      events: ['counter_dip'],
    },
    {
      name: 'a counter that stood still and then shows what it can have made since is credited, as a finding',
      figures: [50_000, 51_000, ...Array(24).fill(51_000), 171_000, 172_000],
      wh: 122_000,
      events: ['rate_implausible!'],
    },
    {
      name: 'standing still explains twelve hours of energy at most',
      figures: [50_000, 51_000, ...Array(167).fill(51_000), 951_000],
      wh: 1_000,
      events: ['rate_implausible!'],
    },
    {
      name: 'standing still explains all of twelve hours at 1.2 times rated power and one step',
      figures: [50_000, 51_000, ...Array(143).fill(51_000), 916_000],
      wh: 866_000,
      events: ['rate_implausible!'],
    },
    {
      name: 'standing still for twelve hours does not explain a Wh more',
      figures: [50_000, 51_000, ...Array(143).fill(51_000), 916_001],
      wh: 1_000,
      events: ['rate_implausible!'],
    },
    {
      name: 'a leap too high on the way is a glitch beside the one that standing still explains',
      figures: [50_000, 51_000, ...Array(24).fill(51_000), 900_000, 171_000],
      wh: 121_000,
      events: ['rate_implausible', 'rate_implausible!'],
    },
    {
      name: 'standing still does not make a rollover of a fall that the last round cannot explain',
      figures: [8_379_000, 8_380_000, ...Array(24).fill(8_380_000), 20_000, 20_100],
      wh: 1_100,
      events: ['counter_reset_unconfirmed!'],
      rule: { ...inverter, modulusWh: 8_388_608 },
    },
    {
      name: 'a leap after standing still that the next readings take back is a glitch',
      figures: [50_000, 51_000, ...Array(24).fill(51_000), 171_000, 51_000, 51_200, 51_400],
      wh: 1_400,
      events: ['rate_implausible'],
    },
    {
      name: 'a leap higher than what standing still explains is none',
      figures: [50_000, 51_000, ...Array(24).fill(51_000), 300_000, 51_500],
      wh: 1_500,
      events: ['rate_implausible'],
    },
    {
      name: 'a leap that the long night made look possible is found out by the readings after it',
      figures: [50_000, ...Array(140).fill(null), 500_000, 50_000, 50_400, 50_800],
      wh: 800,
      events: ['rate_implausible'],
    },
    {
      name: 'two readings of such a leap are found out by three after it',
      figures: [50_000, ...Array(140).fill(null), 500_000, 500_500, 50_000, 50_400, 50_800],
      wh: 800,
      events: ['rate_implausible'],
    },
    {
      name: 'three readings of such a leap are as many as those after it, so it stands, and the fall is a reset',
      figures: [50_000, ...Array(140).fill(null), 500_000, 500_100, 500_200, 50_000, 50_400, 50_800],
      wh: 450_200 + 800,
      events: ['counter_reset_unconfirmed!'],
    },
    {
      name: 'a leap found out leaves every other event in place',
      figures: [90_000, 49_000, 49_400, 50_000, ...Array(140).fill(null), 500_000, 0, 50_000, 50_400, 50_800],
      wh: 1_000 + 800,
      events: ['counter_reset_unconfirmed!', 'rate_implausible', 'counter_dip'],
    },
  ]
  test.each(cases)('$name', ({ figures, wh, events, rule }) => {
    expect(creditedWh(rounds(figures), rule)).toBe(wh)
    expect(codes(rounds(figures), rule)).toEqual(events)
  })

  test('a day register counts from zero after it fell', () => {
    const day = { ...inverter, stepWh: 100, restartsAtZero: true }
    expect(creditedWh(rounds([0, 20_000, 30_000].flatMap((wh) => [wh, null, null, null, null])), day)).toBe(30_000)
    expect(creditedWh(rounds([3_000, 5_000, 200, 900, 1_500]), day)).toBe(3_500)
  })

  test('a day register that fell counts from zero only what can have been made since', () => {
    const day = { ...inverter, stepWh: 100, restartsAtZero: true }
    // 60 kW x 1.2 x five minutes and a step are 6,100 Wh.
    expect(creditedWh(rounds([20_000, 6_100, 6_300, 6_500]), day)).toBe(6_500)
    expect(creditedWh(rounds([20_000, 6_101, 6_301, 6_501]), day)).toBe(400)
  })

  test('an event says when it was and what was shown after what', () => {
    const shown = (figures: readonly (number | null)[]) =>
      readCounter(rounds(figures), inverter).events.map(({ atMs, detail }) => [(atMs - START_MS) / ROUND_MS, detail])
    expect(shown([0, 0, 15_508_510])).toEqual([[1, '0 Wh before 15508510 Wh']])
    expect(shown([50_000, 50_400, 100, 50_800])).toEqual([[2, '100 Wh after 50400 Wh']])
    const leap = [49_000, 49_500, 50_000, ...Array(140).fill(null), 500_000, 50_000, 50_400, 50_800]
    expect(shown(leap)).toEqual([[143, '500000 Wh after 50000 Wh']])
  })

  test('a last reading that disagrees is no baseline yet', () => {
    expect(readCounter(rounds([50_000, 50_500, 300]), inverter).accepted.map(({ wh }) => wh)).toEqual([50_000, 50_500])
    expect(readCounter(rounds([50_000, 50_500, 300, 400]), inverter).accepted.map(({ wh }) => wh)).toEqual([
      50_000, 50_500, 300, 400,
    ])
  })

  test('what is credited states since when it was earned', () => {
    const { accepted } = readCounter(rounds([1_000, null, 1_300]), inverter)
    expect(accepted).toEqual([
      { atMs: START_MS, wh: 1_000, sinceMs: null, deltaWh: 0 },
      { atMs: START_MS + 2 * ROUND_MS, wh: 1_300, sinceMs: START_MS, deltaWh: 300 },
    ])
  })

  test('differing figures for one instant count for nothing', () => {
    const good = rounds([50_000, 50_500, 51_000])
    const twice = { atMs: START_MS + ROUND_MS, wh: 50_600 }
    expect(readCounter([...good, twice], inverter).accepted.map(({ wh }) => wh)).toEqual([50_000, 51_000])
  })

  test.each([[[50_500, 50_600, 50_500]], [[50_600, 50_500, 50_500]], [[50_500, 50_500, 50_600]]])(
    'differing figures for one instant count for nothing, however often each comes: %j',
    (figures) => {
      const between = figures.map((wh) => ({ atMs: START_MS + ROUND_MS, wh }))
      expect(readCounter([...rounds([50_000, null, 51_000]), ...between], inverter).accepted.map(({ wh }) => wh)).toEqual([
        50_000, 51_000,
      ])
    },
  )
})

describe('what was not this counter', () => {
  type Case = { name: string; figures: (number | null)[]; wh: number; events: string[] }
  const cases: Case[] = [
    {
      name: 'a fall that counts on and is taken back was a dip, and the counter proves all of it',
      figures: [50_000, 50_400, 100, 500, 900, 1_300, 52_400, 52_800, 53_200],
      wh: 3_200,
      events: ['counter_dip', 'counter_dip', 'counter_dip', 'counter_dip'],
    },
    {
      name: 'a leap that counts on and is taken back is no break either',
      figures: [50_000, 50_400, 950_000, 950_400, 950_800, 951_200, 52_400, 52_800, 53_200],
      wh: 3_200,
      events: ['rate_implausible', 'rate_implausible', 'rate_implausible', 'rate_implausible'],
    },
    {
      name: 'two readings at the end of the data take a fall back as well',
      figures: [50_000, 50_400, 100, 500, 900, 52_400, 52_800],
      wh: 2_800,
      events: ['counter_dip', 'counter_dip', 'counter_dip'],
    },
    {
      name: 'a fall is not taken back by figures below the last one before it',
      figures: [50_000, 50_400, 100, 500, 900, 50_399, 50_700, 51_100],
      wh: 400 + 800 + 701,
      events: ['counter_reset_unconfirmed!', 'rate_implausible!'],
    },
    {
      name: 'nor by figures that the counter cannot have reached since',
      figures: [50_000, 50_400, 100, 500, 900, 90_000, 90_400, 90_800],
      wh: 400 + 800 + 800,
      events: ['counter_reset_unconfirmed!', 'rate_implausible!'],
    },
    {
      name: 'two falls of which the second is taken back leave the first',
      figures: [80_000, 80_400, 50_000, 50_400, 50_800, 100, 500, 900, 52_400, 52_800, 53_200],
      wh: 400 + 3_200,
      events: ['counter_reset_unconfirmed!', 'counter_dip', 'counter_dip', 'counter_dip'],
    },
    {
      name: 'two falls that are taken back one after the other leave none',
      figures: [80_000, 80_400, 50_000, 50_400, 50_800, 100, 500, 900, 52_400, 52_800, 53_200, 83_000, 83_400, 83_800],
      wh: 3_800,
      events: Array(9).fill('counter_dip'),
    },
    {
      name: 'two series turn by turn are two counters, and the first goes on',
      figures: [50_000, 50_400, 9_000, 50_800, 9_400, 51_200, 9_800, 51_600],
      wh: 1_600,
      events: ['two_counters!', 'two_counters!', 'two_counters!'],
    },
    {
      name: 'two series in longer turns are two counters too',
      figures: [50_000, 50_400, 9_000, 9_100, 9_200, 50_800, 51_200, 51_600, 9_300, 9_400, 9_500, 52_000, 52_400, 52_800],
      wh: 2_800,
      events: Array(6).fill('two_counters!'),
    },
    {
      name: 'a second series that has the last word is one all the same',
      figures: [50_000, 50_400, 9_000, 50_800, 9_400, 51_200, 9_800],
      wh: 1_200,
      events: ['two_counters!', 'two_counters!', 'two_counters!'],
    },
    {
      name: 'two readings of another series are glitches',
      figures: [50_000, 50_400, 9_000, 50_800, 9_400, 51_200],
      wh: 1_200,
      events: ['counter_dip', 'counter_dip'],
    },
    {
      name: 'a constant that returns is no counter',
      figures: [50_000, 50_400, 9_000, 50_800, 9_000, 51_200, 9_000, 51_600, 9_000, 52_000],
      wh: 2_000,
      events: ['counter_dip', 'counter_dip', 'counter_dip', 'counter_dip'],
    },
    {
      name: 'one run is no counter, however long',
      figures: [50_000, 50_400, 9_000, 9_400, 9_800, 10_200, 52_000, 52_400, 52_800],
      wh: 2_800,
      events: ['counter_dip', 'counter_dip', 'counter_dip', 'counter_dip'],
    },
    {
      name: 'a glitch beside two counters stays a glitch',
      figures: [50_000, 50_400, 9_000, 50_800, 9_400, 51_200, 9_800, 51_600, 700_000, 52_000],
      wh: 2_000,
      events: ['two_counters!', 'two_counters!', 'two_counters!', 'rate_implausible'],
    },
    {
      name: 'a glitch before two counters stays a glitch',
      figures: [50_000, 50_400, 700_000, 50_800, 9_000, 51_200, 9_400, 51_600, 9_800, 52_000],
      wh: 2_000,
      events: ['rate_implausible', 'two_counters!', 'two_counters!', 'two_counters!'],
    },
  ]
  test.each(cases)('$name', ({ figures, wh, events }) => {
    expect(creditedWh(rounds(figures))).toBe(wh)
    expect(codes(rounds(figures))).toEqual(events)
  })

  const away = (rows: number) => [
    50_000,
    50_400,
    ...Array.from({ length: rows }, (_, index) => 100 + index),
    60_000,
    60_100,
    60_200,
  ]

  test('is looked back on for twelve hours', () => {
    // The fourth figure counted from the end is the first after the way back: 144 rounds after the last before the fall.
    expect(codes(rounds(away(143))).every((code) => code === 'counter_dip')).toBe(true)
    expect(codes(rounds(away(144)))).toEqual(['counter_reset_unconfirmed!', 'rate_implausible!'])
  })

  test('leaves the reading that took it back accepted', () => {
    expect(readCounter(rounds([50_000, 50_400, 100, 500, 900, 52_400, 52_800, 53_200]), inverter).accepted).toMatchObject([
      { wh: 50_000, sinceMs: null },
      { wh: 50_400, deltaWh: 400 },
      { wh: 52_400, sinceMs: START_MS + ROUND_MS, deltaWh: 2_000 },
      { wh: 52_800, deltaWh: 400 },
      { wh: 53_200, deltaWh: 400 },
    ])
  })

  test('is told with what it was and after what', () => {
    expect(readCounter(rounds([50_000, 50_400, 100, 500, 900, 52_400, 52_800, 53_200]), inverter).events).toEqual(
      [100, 500, 900].map((wh, index) => ({
        code: 'counter_dip',
        atMs: START_MS + (2 + index) * ROUND_MS,
        detail: `${wh} Wh after 50400 Wh`,
        breaks: false,
      })),
    )
  })
})

describe('rows that a gateway kept and stamped when it sent them', () => {
  const second = 1_000
  /** Figures of two hours of silence, all within seconds of its end, then ordinary rounds. */
  const burst = (everyMs: number, silenceRounds = 24, rows = 8): CounterPoint[] => {
    const endMs = START_MS + (1 + silenceRounds) * ROUND_MS
    const kept = Array.from({ length: rows }, (_, index) => ({ atMs: endMs + index * everyMs, wh: 50_450 + index * 120 }))
    const after = [90_000, 94_000, 98_000].map((wh, index) => ({ atMs: endMs + (2 + index) * ROUND_MS, wh }))
    return [...rounds([50_000, 50_400]), ...kept, { atMs: endMs + rows * everyMs, wh: 86_000 }, ...after]
  }

  test('are told from what the counter did in those seconds: the silence has the energy, as a doubt', () => {
    const points = burst(second)
    expect(creditedWh(points)).toBe(48_000)
    expect(codes(points)).toEqual(['rate_implausible!'])
    const { accepted } = readCounter(points, inverter)
    expect(accepted.map(({ wh, sinceMs }) => [wh, sinceMs])).toEqual([
      [50_000, null],
      [50_400, START_MS],
      [86_000, START_MS + ROUND_MS],
      [90_000, START_MS + 25 * ROUND_MS + 8 * second],
      [94_000, START_MS + 27 * ROUND_MS],
      [98_000, START_MS + 28 * ROUND_MS],
    ])
  })

  test('take five minutes at most, after an hour of silence at least', () => {
    expect(codes(burst(37.5 * second))).toEqual(['rate_implausible!'])
    expect(creditedWh(burst(37.5 * second))).toBe(48_000)
    expect(creditedWh(burst(37.6 * second))).toBeLessThan(48_000)
    expect(creditedWh(burst(second, 12))).toBe(48_000)
    expect(creditedWh(burst(second, 11))).toBeLessThan(48_000)
  })
})

describe('properties', () => {
  /** What a healthy 60 kW device can add in five minutes. */
  const plausible = fc.array(fc.nat(5_000), { minLength: 1, maxLength: 60 }).map((deltas) => {
    let wh = 40_000_000
    return rounds([wh, ...deltas.map((delta) => (wh += delta))])
  })
  const figure = fc.oneof(fc.constant(0), fc.nat(3_000), fc.integer({ min: 50_000, max: 90_000 }), fc.nat(100_000_000))
  const anything = fc.array(fc.option(figure), { maxLength: 60 }).map(rounds)

  test('neither order nor repetition matters', () => {
    const delivery = anything.chain((points) =>
      fc.record({
        points: fc.constant(points),
        delivered: fc
          .tuple(
            fc.shuffledSubarray(points, { minLength: points.length }),
            fc.shuffledSubarray(points, { minLength: 0, maxLength: points.length }),
          )
          .map(([all, again]) => [...all, ...again]),
      }),
    )
    fc.assert(
      fc.property(delivery, ({ points, delivered }) => {
        expect(readCounter(delivered, inverter)).toEqual(readCounter(points, inverter))
      }),
    )
  })

  test('the total is last minus first, for any subset of the readings in between', () => {
    const withSubset = plausible.chain((points) => fc.tuple(fc.constant(points), fc.subarray(points.slice(1, -1))))
    fc.assert(
      fc.property(withSubset, ([points, inner]) => {
        const [first] = points
        const last = points.at(-1)
        if (!first || !last) return
        expect(creditedWh([first, ...inner, last])).toBe(last.wh - first.wh)
      }),
    )
  })

  test('zeros anywhere between change nothing', () => {
    const dipped = plausible.chain((points) => fc.tuple(fc.constant(points), fc.subarray(points)))
    fc.assert(
      fc.property(dipped, ([points, where]) => {
        const zeros = where.map(({ atMs }) => ({ atMs: atMs + MINUTE_MS, wh: 0 }))
        expect(creditedWh([...points, ...zeros])).toBe(creditedWh(points))
      }),
    )
  })

  test('single glitches, high or low, do not change the total', () => {
    const glitched = plausible
      .filter((points) => points.length >= 6)
      .chain((points) => fc.tuple(fc.constant(points), fc.integer({ min: 1, max: points.length - 3 }), fc.nat(90_000_000)))
    fc.assert(
      fc.property(glitched, ([points, index, wh]) => {
        const before = points[index]
        if (!before) return
        const total = (points.at(-1)?.wh ?? 0) - (points[0]?.wh ?? 0)
        expect(creditedWh([...points, { atMs: before.atMs + MINUTE_MS, wh }])).toBe(total)
      }),
    )
  })

  test('resets are additive', () => {
    fc.assert(
      fc.property(plausible, fc.array(fc.nat(5_000), { minLength: 3, maxLength: 30 }), (points, deltas) => {
        let wh = 7
        const endMs = points.at(-1)?.atMs ?? 0
        const after = deltas.map((delta, index) => ({ atMs: endMs + (index + 1) * ROUND_MS, wh: (wh += delta) }))
        expect(creditedWh([...points, ...after])).toBe(creditedWh(points) + (after.at(-1)?.wh ?? 0) - (after[0]?.wh ?? 0))
      }),
    )
  })

  test('nothing is credited that the device cannot have made in the time, or a finding says so', () => {
    fc.assert(
      fc.property(anything, fc.option(fc.constant(8_388_608), { nil: undefined }), (points, modulusWh) => {
        const { accepted, events } = readCounter(points, { ...inverter, modulusWh })
        for (const { sinceMs, atMs, deltaWh } of accepted) {
          const possibleWh = sinceMs === null ? 0 : (60_000 * POWER_MARGIN * (atMs - sinceMs)) / HOUR_MS + 1_000
          const isFinding = events.some((event) => event.atMs === atMs && event.breaks)
          expect(deltaWh).toBeGreaterThanOrEqual(0)
          expect(deltaWh <= possibleWh || isFinding).toBe(true)
        }
      }),
    )
  })

  test('spans follow one another without overlap', () => {
    fc.assert(
      fc.property(anything, (points) => {
        const { accepted } = readCounter(points, inverter)
        for (const [index, { sinceMs }] of accepted.entries()) {
          if (sinceMs !== null) expect(sinceMs).toBe(accepted[index - 1]?.atMs)
        }
      }),
    )
  })
})
