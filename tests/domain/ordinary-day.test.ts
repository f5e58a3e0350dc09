import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, dayEndMs, dayStartMs, HALF_DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { computeDeviceDay, type DeviceReadings } from '../../domain/device-day.ts'
import type { DeviceDay } from '../../domain/energy.ts'
import { CONTEXT_MS } from '../../domain/generation-work.ts'
import { lightOf, ordinaryDay, type OrdinarySubject, skyOf, summaryTerms } from '../../domain/ordinary-day.ts'
import type { ReadingSummary } from '../../domain/reading-summary.ts'
import type { Site } from '../../domain/sun.ts'
import { summaryAt } from '../../domain/summary-columns.ts'
import { summariesOf } from '../../stores/summaries.ts'
import { aHistory, type History, pathologies, rowsOf } from './histories.ts'
import type { Row } from './sunny.ts'
import { at, bozhou, dayNamed, readingsFor, sunnyRows } from './sunny.ts'

const june1 = dayNamed('2026-06-01')
const startMs = dayStartMs(june1)
const endMs = dayEndMs(june1)
const later = endMs + 40 * DAY_MS
const sunny = sunnyRows(dayNamed('2026-05-31'), dayNamed('2026-06-02'))

type About = Partial<Omit<DeviceReadings, 'device'>> & { device?: Partial<DeviceReadings['device']> }

const summaryOf = (rows: readonly Row[], fromMs: number, toMs: number, terms: ReturnType<typeof summaryTerms>) => {
  const within = rows.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).toSorted((a, b) => a.atMs - b.atMs)
  const values = { energyTotalWh: within.map(({ counterWh }) => counterWh), acPowerW: within.map(({ acPowerW }) => acPowerW) }
  const ask = { deviceIds: ['INV-1'], fromMs, toMs, register: 'energyTotalWh' as const, ...terms }
  return summaryAt(summariesOf([{ deviceId: 'INV-1', atMs: within.map(({ atMs }) => atMs), values }], ask), 0)
}

/** What the short way is given of rows that all lie in its four half-days; `over` changes what a summary says. */
const subjectOf = (rows: readonly Row[], about: About = {}, over: Partial<OrdinarySubject> = {}): OrdinarySubject => {
  const readings = readingsFor(june1, [], about)
  const terms = summaryTerms([readings.device])
  return {
    ...readings,
    evening: summaryOf(rows, startMs - HALF_DAY_MS, startMs, terms),
    forenoon: summaryOf(rows, startMs, startMs + HALF_DAY_MS, terms),
    afternoon: summaryOf(rows, startMs + HALF_DAY_MS, endMs, terms),
    morning: summaryOf(rows, endMs, endMs + HALF_DAY_MS, terms),
    quietPowerW: terms.quietPowerW,
    ...over,
  }
}
const short = (subject: OrdinarySubject, nowMs = later, site: Site = bozhou): DeviceDay | undefined =>
  ordinaryDay(subject, lightOf(skyOf(june1, nowMs), site))

const long = (rows: readonly Row[], about: About = {}, nowMs = later, site: Site = bozhou) => {
  const inContext = rows.filter(({ atMs }) => atMs >= startMs - CONTEXT_MS && atMs < endMs + CONTEXT_MS)
  return computeDeviceDay(readingsFor(june1, inContext, about), { site, day: june1, untilMs: Math.min(endMs, nowMs) })
}

const settles = (rows: readonly Row[], about: About = {}, nowMs = later, site: Site = bozhou): boolean => {
  const settled = short(subjectOf(rows, about), nowMs, site)
  if (settled) expect({ deviceDay: settled, echoes: [] }).toEqual(long(rows, about, nowMs, site))
  return settled !== undefined
}

const without = (fromMs: number, toMs: number) => sunny.filter(({ atMs }) => atMs < fromMs || atMs >= toMs)
const until = (toMs: number) => sunny.filter(({ atMs }) => atMs < toMs)
const from = (fromMs: number) => sunny.filter(({ atMs }) => atMs >= fromMs)
const changed = (change: (row: Row) => Partial<Row>): Row[] => sunny.map((row) => ({ ...row, ...change(row) }))
const raisedFrom = (fromMs: number, wh: number): Row[] =>
  changed(({ atMs, counterWh }) => ({ counterWh: (counterWh ?? 0) + (atMs >= fromMs ? wh : 0) }))

describe('an ordinary day', () => {
  test('is the last figure less the last of the evening before, with everything else as the readings give it', () => {
    const last = until(endMs).at(-1)?.counterWh ?? 0
    const before = until(startMs).at(-1)?.counterWh ?? 0
    expect(short(subjectOf(sunny))).toEqual({
      deviceId: 'INV-1',
      kind: 'inverter',
      energyWh: last - before,
      quality: 'measured',
      coveragePermille: 1_000,
      readings: sunny.filter(({ atMs }) => atMs >= startMs && atMs < endMs).length,
      findings: [],
    })
    expect(JSON.stringify(short(subjectOf(sunny)))).toBe(JSON.stringify(long(sunny).deviceDay))
  })

  test.each<[string, Row[], About?, number?]>([
    ['while it runs, and up to now', until(at('2026-06-01', 14)), {}, at('2026-06-01', 14)],
    ['right after it, when there is no morning yet', until(endMs), {}, endMs + HOUR_MS],
    ['as long as nothing can be read beyond the morning', until(endMs), {}, endMs + CONTEXT_MS - 5 * MINUTE_MS],
    ['with an hour of it missing', without(at('2026-06-01', 10), at('2026-06-01', 11))],
    ['with three hours of it missing', without(at('2026-06-01', 10) + 1, at('2026-06-01', 13))],
    [
      'without power, as meters report',
      changed(() => ({ acPowerW: null })),
      { device: { kind: 'meter', ctMultiplier: 40, ratedPowerW: 2_400_000 } },
    ],
    ['with a few figures missing', changed(({ atMs, counterWh }) => ({ counterWh: atMs % HOUR_MS === 0 ? null : counterWh }))],
    ['of a device at the station since the day before', sunny, { installedOn: dayNamed('2026-05-31') }],
    ['of a device removed the day after tomorrow', sunny, { removedOn: dayNamed('2026-06-03') }],
    ['of a register with a declared modulus', sunny, { device: { counterModulusWh: 1_000_000_000 } }],
  ])('is one %s', (_, rows, about = {}, nowMs = later) => {
    expect(settles(rows, about, nowMs)).toBe(true)
  })

  test('in the far west, where the sun sets near midnight, is one too', () => {
    const kashgar = { latitudeDeg: 39.47, longitudeDeg: 75.99 }
    const shifted = sunny.map((row) => ({ ...row, atMs: row.atMs + 2.5 * HOUR_MS }))
    expect(settles(shifted, {}, later, kashgar)).toBe(true)
  })
})

describe('the readings decide', () => {
  const noon = at('2026-06-01', 12)
  test.each<[string, Row[], About?, number?]>([
    [
      'when the register falls within the day',
      changed(({ atMs, counterWh }) => (atMs === noon ? { counterWh: (counterWh ?? 0) - 9_000 } : {})),
    ],
    [
      'when it falls by less than a step',
      changed(({ atMs, counterWh }) => (atMs === noon ? { counterWh: (counterWh ?? 0) - 4_500 } : {})),
    ],
    ['when it leaps by more than the device can make in five minutes', raisedFrom(noon, 5_000)],
    ['when it leaps overnight', raisedFrom(startMs, 800_000)],
    ['when it leaps in the evening before', raisedFrom(at('2026-05-31', 17), 8_000)],
    ['when it leaps on the morning after', raisedFrom(at('2026-06-02', 9), 8_000)],
    ['when it is reset overnight', raisedFrom(startMs, -900_000)],
    ['when it is lower on the morning after', raisedFrom(endMs, -500)],
    ['when there is no evening before', from(startMs)],
    ['when the evening before has no figure', changed(({ atMs }) => (atMs < startMs ? { counterWh: null } : {}))],
    ['when the counter was asleep all evening', changed(({ atMs }) => (atMs < startMs ? { counterWh: 0 } : {}))],
    ['when the counter shows 0 all along', changed(() => ({ counterWh: 0, acPowerW: 0 }))],
    ['when the day has no reading', without(startMs, endMs)],
    ['when the day has no figure', changed(({ atMs }) => (atMs >= startMs && atMs < endMs ? { counterWh: null } : {}))],
    ['when more than three hours of it are missing', without(at('2026-06-01', 10), at('2026-06-01', 13) + 1)],
    ['when the morning is missing', without(startMs, at('2026-06-01', 9))],
    ['when the evening is missing', without(at('2026-06-01', 15), endMs)],
    ['when the evening is missing and there is no morning yet', until(at('2026-06-01', 15)), {}, endMs + HOUR_MS],
    ['when there may be readings beyond a morning without any', until(endMs), {}, endMs + CONTEXT_MS],
    [
      'when power is reported at night',
      changed(({ atMs }) => (atMs === until(endMs).at(-1)?.atMs ? { atMs: endMs - 1, acPowerW: 700 } : {})),
    ],
    [
      'when power is reported before dawn',
      changed(({ atMs }) => (atMs === from(startMs)[0]?.atMs ? { atMs: startMs, acPowerW: 700 } : {})),
    ],
    [
      'when the register stands still for three hours of production',
      changed(({ atMs, counterWh }) =>
        atMs > at('2026-06-01', 6.5) && atMs <= at('2026-06-01', 9.5)
          ? { counterWh: until(at('2026-06-01', 6.5) + 1).at(-1)?.counterWh ?? 0 }
          : { counterWh },
      ),
    ],
    ['when the power adds up to a multiple of the energy', changed(({ acPowerW }) => ({ acPowerW: (acPowerW ?? 0) * 5.1 }))],
    ['when an instant is disputed', sunny, { conflicts: 1 }],
    ['when a reset is on record', sunny, { resets: [aReset] }],
    ['of a day register', sunny, { device: { counter: 'day' } }],
    ['when the multiplier is no whole number', sunny, { device: { ctMultiplier: 1.5 } }],
    ['when the device came on the day', sunny, { installedOn: june1 }],
    ['when the device goes with the end of the day', sunny, { removedOn: dayNamed('2026-06-02') }],
  ])('%s', (_, rows, about = {}, nowMs = later) => {
    expect(settles(rows, about, nowMs)).toBe(false)
  })

  test('when a reset on record was withdrawn, the day is ordinary again', () => {
    expect(settles(sunny, { resets: [{ ...aReset, withdrawnBy: 'li', withdrawnAtMs: 1 }] })).toBe(true)
  })

  test('when the summary was asked for with a higher power than this device is quiet at', () => {
    expect(short(subjectOf(sunny, {}, { quietPowerW: 600 }))).toBeDefined()
    expect(short(subjectOf(sunny, {}, { quietPowerW: 600.1 }))).toBeUndefined()
  })

  test('where the sun does not set', () => {
    const { rows, about } = rowsOf(june1, awake)
    expect(settles(rows, about)).toBe(true)
    expect(settles(rows, about, later, { latitudeDeg: 69, longitudeDeg: 115.78 })).toBe(false)
  })

  test('or nothing does, in the hours of a day before its sun: all that is asked of them is there', () => {
    const nowMs = startMs + 2 * HOUR_MS
    const { rows, about } = rowsOf(june1, { ...awake, nowHour: 2 })
    expect(settles(rows, about, nowMs)).toBe(true)
    expect(short(subjectOf(rows, about), nowMs)).toMatchObject({ coveragePermille: 1_000, energyWh: 0 })
  })

  test('when the energy is beyond whole numbers', () => {
    const large = (ctMultiplier: number) => {
      const silent = changed(() => ({ acPowerW: null }))
      return short(subjectOf(silent, { device: { ratedPowerW: 60_000 * ctMultiplier, ctMultiplier } }))
    }
    expect(large(2 ** 30)).toBeDefined()
    expect(large(2 ** 40)).toBeUndefined()
  })
})

const aReset = {
  stationId: 'ZL1',
  deviceId: 'INV-1',
  atMs: startMs - 30 * DAY_MS,
  finalWh: 9,
  startWh: 0,
  kind: 'reset' as const,
  reason: 'board replaced',
  document: 'O&M 12',
  recordedBy: 'li',
  recordedAtMs: startMs,
}

/** Of a device that reports all night. */
const awake: History = {
  weather: [1, 1, 1],
  everyMinutes: 5,
  quantumWh: 1,
  isAsleepAtNight: false,
  reportsPower: true,
  ctMultiplier: 1,
  nowHour: 900,
  pathologies: [],
}

describe('the bounds', () => {
  const HALVES = ['forenoon', 'afternoon'] as const
  const registerOf = (half: (typeof HALVES)[number], over: Partial<NonNullable<ReadingSummary['register']>>): OrdinarySubject => {
    const subject = subjectOf(sunny)
    const summary = subject[half]
    return { ...subject, [half]: summary?.register && { ...summary, register: { ...summary.register, ...over } } }
  }
  test.each<[string, Parameters<typeof registerOf>[1], boolean]>([
    [
      'a rise at 1.2 times rated power is left to the readings only for what rounding may hide',
      { steepestW: 72_000 * (1 - 2e-9) },
      true,
    ],
    ['a rise that rounding may hide is not ordinary', { steepestW: 72_000 * (1 - 5e-10) }, false],
    ['a rise above 1.2 times rated power is not ordinary', { steepestW: 72_000.001 }, false],
    ['a silence of three hours is none', { silenceMs: 3 * HOUR_MS }, true],
    ['a silence of more is', { silenceMs: 3 * HOUR_MS + 1 }, false],
    ['less than three hours of standing still say nothing', { stillMs: 3 * HOUR_MS - 1 }, true],
    ['three hours may be a freeze', { stillMs: 3 * HOUR_MS }, false],
    ['one fall is enough', { falls: 1 }, false],
  ])('%s', (_, over, isOrdinary) => {
    for (const half of HALVES) expect(short(registerOf(half, over)) !== undefined).toBe(isOrdinary)
  })

  test('power is compared with five times the energy and a step', () => {
    const { forenoon, afternoon, ...subject } = subjectOf(sunny)
    if (!forenoon || !afternoon) throw new Error('it was sunny')
    const most = 5 * ((short(subjectOf(sunny))?.energyWh ?? 0) + 1_000)
    const power = { firstAtMs: startMs, firstW: 0, lastAtMs: startMs, lastW: 0 }
    const reporting = (reportedWh: number, lastW = 0, firstW = 0) =>
      short({
        ...subject,
        forenoon: { ...forenoon, reportedWh: 1_000, power: { ...power, lastAtMs: at('2026-06-01', 11.5), lastW } },
        afternoon: {
          ...afternoon,
          reportedWh: reportedWh - 1_000,
          power: { ...power, firstAtMs: at('2026-06-01', 12.5), firstW },
        },
      })
    expect(reporting(most - 1)).toBeDefined()
    expect(reporting(most)).toBeUndefined()
    expect(reporting(most - 8_001, 12_000, 4_000)).toBeDefined()
    expect(reporting(most - 8_000, 12_000, 4_000)).toBeUndefined()
    expect(reporting(most - 1, 3_000, -4_000)).toBeDefined()
  })

  test('a register that stands still over noon is frozen after three hours of production', () => {
    const whAt = (hour: number): number => until(at('2026-06-01', hour) + 1).at(-1)?.counterWh ?? 0
    const lostFrom = (fromHour: number, untilHour: number): Row[] =>
      changed(({ atMs, counterWh }) => {
        if (atMs <= at('2026-06-01', fromHour)) return { counterWh }
        const isOver = atMs > at('2026-06-01', untilHour)
        return { counterWh: isOver ? (counterWh ?? 0) - whAt(untilHour) + whAt(fromHour) : whAt(fromHour) }
      })
    expect(settles(lostFrom(10.5, 13.4))).toBe(true)
    expect(settles(lostFrom(10.5, 13.5))).toBe(false)
  })

  test('what stands still over noon does so in production only while there is some on both sides', () => {
    const { forenoon, afternoon, ...subject } = subjectOf(sunny)
    if (!forenoon?.register || !afternoon?.register) throw new Error('it was sunny')
    const before = { ...forenoon.register, lastWh: afternoon.register.firstWh, lastSinceMs: at('2026-06-01', 10) }
    const after = { ...afternoon.register, firstUntilMs: at('2026-06-01', 14) }
    const still = { ...subject, forenoon: { ...forenoon, register: before }, afternoon: { ...afternoon, register: after } }
    const producing = (fromHour: number, untilHour: number) => ({
      fromMs: at('2026-06-01', fromHour),
      untilMs: at('2026-06-01', untilHour),
    })
    expect(short(still)).toBeUndefined()
    expect(short({ ...still, afternoon: { ...still.afternoon, producing: undefined } })).toBeDefined()
    expect(short({ ...still, forenoon: { ...still.forenoon, producing: undefined } })).toBeDefined()
    expect(short({ ...still, forenoon: { ...still.forenoon, producing: producing(11, 11.9) } })).toBeUndefined()
    expect(short({ ...still, forenoon: { ...still.forenoon, producing: producing(11.01, 11.9) } })).toBeDefined()
    expect(short({ ...still, afternoon: { ...still.afternoon, producing: producing(12.1, 13) } })).toBeUndefined()
    expect(short({ ...still, afternoon: { ...still.afternoon, producing: producing(12.1, 12.99) } })).toBeDefined()
  })

  test('summaries of devices are asked for with the step of registers and one power, unless a small device is quiet at less', () => {
    expect(summaryTerms([{ ratedPowerW: 60_000 }, { ratedPowerW: 2_000 }])).toEqual({ stepWh: 1_000, quietPowerW: 20 })
    expect(summaryTerms([{ ratedPowerW: 60_000 }, { ratedPowerW: 1_900 }])).toEqual({ stepWh: 1_000, quietPowerW: 19 })
    expect(summaryTerms([])).toEqual({ stepWh: 1_000, quietPowerW: 20 })
  })
})

describe('the short way', () => {
  test('settles what has nothing wrong with it', () => {
    fc.assert(
      fc.property(aHistory, (history) => {
        // A coarse register under little sun stands still for hours: that is for the readings to tell.
        const weather = history.weather.map((share) => 0.3 + share / 2)
        const quantumWh = history.ctMultiplier === 1 ? history.quantumWh : 1
        const { rows, about, nowMs } = rowsOf(june1, { ...history, weather, quantumWh, pathologies: [] })
        expect(settles(rows, about, nowMs)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('answers to the byte what the long way answers, whatever is wrong, or leaves it to that', () => {
    let settled = 0
    fc.assert(
      fc.property(aHistory, (history) => {
        const { rows, about, nowMs } = rowsOf(june1, history)
        const answer = short(subjectOf(rows, about), nowMs)
        if (!answer) return
        settled += 1
        expect(JSON.stringify({ deviceDay: answer, echoes: [] })).toBe(JSON.stringify(long(rows, about, nowMs)))
      }),
      { numRuns: 1_500 },
    )
    expect(settled).toBeGreaterThan(150)
  }, 120_000)

  test.each(Object.keys(pathologies))('and of nothing but: %s', (kind) => {
    fc.assert(
      fc.property(aHistory, (history) => {
        const { rows, about, nowMs } = rowsOf(june1, {
          ...history,
          pathologies: history.pathologies.map((each) => ({ ...each, kind })),
        })
        const answer = short(subjectOf(rows, about), nowMs)
        if (answer) expect({ deviceDay: answer, echoes: [] }).toEqual(long(rows, about, nowMs))
      }),
      { numRuns: 60 },
    )
  })
})
