import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { belongsTo, bookedWh, isGap } from '../../domain/booking.ts'
import type { ChinaDay } from '../../domain/calendar.ts'
import { DAY_MS, dayEndMs, dayOf, dayStartMs, daysBetween, HOUR_MS } from '../../domain/calendar.ts'
import type { CounterReset } from '../../domain/counter-reset.ts'
import type { DeviceReadings } from '../../domain/device-day.ts'
import { computeDeviceDay } from '../../domain/device-day.ts'
import type { Row } from './sunny.ts'
import { at, bozhou, dayNamed, readingsFor, ROUND_MS, sunnyRows } from './sunny.ts'

const may31 = dayNamed('2026-05-31')
const june1 = dayNamed('2026-06-01')
const june2 = dayNamed('2026-06-02')
const june3 = dayNamed('2026-06-03')

const compute = (
  day: ChinaDay,
  rows: readonly Row[],
  about?: Parameters<typeof readingsFor>[2],
  nowMs = Number.MAX_SAFE_INTEGER,
) => computeDeviceDay(readingsFor(day, rows, about), { site: bozhou, day, untilMs: Math.min(dayEndMs(day), nowMs) })
const dayOfDevice = (...args: Parameters<typeof compute>) => compute(...args).deviceDay
const codesOf = (...args: Parameters<typeof compute>) => dayOfDevice(...args).findings.map(({ code }) => code)

const month = sunnyRows(may31, june3)
const without = (fromMs: number, toMs: number): Row[] => month.filter(({ atMs }) => atMs < fromMs || atMs >= toMs)
const lastOf = (day: ChinaDay) => month.findLast(({ atMs }) => dayOf(atMs) === day)?.counterWh ?? 0
const trueWh = (day: ChinaDay, before: ChinaDay) => lastOf(day) - lastOf(before)

describe('an ordinary day', () => {
  test('is measured: the last figure of the day less the last of the day before', () => {
    expect(dayOfDevice(june1, month)).toEqual({
      deviceId: 'INV-1',
      kind: 'inverter',
      energyWh: trueWh(june1, may31),
      quality: 'measured',
      coveragePermille: 1_000,
      readings: month.filter(({ atMs }) => dayOf(atMs) === june1).length,
      findings: [],
    })
  })

  test('what the evening left unreported is booked to the morning that reports it', () => {
    const rows = without(at('2026-05-31', 18.5), at('2026-05-31', 24))
    const shownWh = rows.findLast(({ atMs }) => dayOf(atMs) === may31)?.counterWh ?? 0
    expect(dayOfDevice(june1, rows)).toMatchObject({ energyWh: lastOf(june1) - shownWh, quality: 'measured', findings: [] })
  })

  test('E1: a reading at midnight belongs to the new day, one a millisecond earlier to the old', () => {
    const midnightMs = dayStartMs(june1)
    const rows: Row[] = [
      { atMs: midnightMs - ROUND_MS, counterWh: 1_000_000, acPowerW: null },
      { atMs: midnightMs - 1, counterWh: 1_000_007, acPowerW: null },
      { atMs: midnightMs, counterWh: 1_000_020, acPowerW: null },
      { atMs: midnightMs + ROUND_MS, counterWh: 1_000_050, acPowerW: null },
    ]
    expect(dayOfDevice(may31, rows).energyWh).toBe(7)
    expect(dayOfDevice(june1, rows).energyWh).toBe(43)
  })

  test('zeros while the inverter sleeps and wakes change nothing but add a finding', () => {
    const zeros = [3, 5, 5.2].map((hour) => ({ atMs: at('2026-06-01', hour) + 1, counterWh: 0, acPowerW: 0 }))
    const day = dayOfDevice(june1, [...month, ...zeros])
    expect(day).toMatchObject({ energyWh: trueWh(june1, may31), quality: 'measured' })
    expect(day.findings.map(({ code }) => code)).toEqual(['counter_dip'])
  })

  test("on its first day a device's first reading is its baseline, and earlier readings are another station's", () => {
    const rows = month.filter(({ atMs }) => atMs >= at('2026-06-01', 14))
    const day = dayOfDevice(june1, rows, { installedOn: june1 })
    expect(day).toMatchObject({ energyWh: lastOf(june1) - (rows[0]?.counterWh ?? 0), quality: 'measured', findings: [] })
  })
})

describe('gaps', () => {
  test('E2: three hours and more without a reading at midday are bridged by the counter, as an estimate', () => {
    const day = dayOfDevice(june1, without(at('2026-06-01', 10), at('2026-06-01', 13.5)))
    expect(day).toMatchObject({ energyWh: trueWh(june1, may31), quality: 'estimated' })
    expect(day.findings.map(({ code, atMs }) => [code, atMs])).toEqual([['gap', at('2026-06-01', 10) - ROUND_MS]])
    expect(day.coveragePermille).toBeLessThan(1_000)
  })

  test('two and a half hours are no gap', () => {
    expect(dayOfDevice(june1, without(at('2026-06-01', 10), at('2026-06-01', 12.5)))).toMatchObject({
      quality: 'measured',
      findings: [],
    })
  })

  test('E3: a gap over midnight at the end of a month is divided by time, and both days sum to the difference exactly', () => {
    const rows = without(at('2026-05-31', 12), at('2026-06-01', 14))
    const [before, after] = [dayOfDevice(may31, rows), dayOfDevice(june1, rows)]
    expect([before.quality, after.quality]).toEqual(['estimated', 'estimated'])
    const firstWh = month[0]?.counterWh ?? 0
    expect((before.energyWh ?? 0) + (after.energyWh ?? 0)).toBe(lastOf(june1) - firstWh)
    expect(before.findings.at(-1)).toEqual(after.findings.at(0))
  })

  test('a day wholly inside a gap has its part by time', () => {
    const rows = without(at('2026-05-31', 24), at('2026-06-02', 24))
    const day = dayOfDevice(june1, rows)
    expect(day).toMatchObject({ quality: 'estimated', readings: 0, coveragePermille: 0 })
    expect(day.energyWh).toBeGreaterThan(100_000)
    const total = [may31, june1, june2, june3].reduce((sum, each) => sum + (dayOfDevice(each, rows).energyWh ?? 0), 0)
    expect(total).toBe(lastOf(june3) - (month[0]?.counterWh ?? 0))
  })

  test('E4: without a reading and without a bridge the day is missing, not zero', () => {
    const rows = month.filter(({ atMs }) => atMs < dayStartMs(june1))
    expect(dayOfDevice(june1, rows)).toMatchObject({ energyWh: null, quality: 'missing', coveragePermille: 0, readings: 0 })
    expect(codesOf(june1, rows)).toEqual(['no_data'])
    expect(codesOf(june1, [])).toEqual(['no_data'])
  })

  test('a day whose afternoon has not arrived says so', () => {
    const rows = month.filter(({ atMs }) => atMs < at('2026-06-01', 14))
    expect(dayOfDevice(june1, rows)).toMatchObject({ quality: 'estimated' })
    expect(codesOf(june1, rows)).toEqual(['gap'])
  })

  test('a running day is not blamed for the hours to come', () => {
    const rows = month.filter(({ atMs }) => atMs < at('2026-06-01', 14))
    expect(dayOfDevice(june1, rows, {}, at('2026-06-01', 14))).toMatchObject({
      quality: 'measured',
      coveragePermille: 1_000,
      findings: [],
    })
    expect(codesOf(june1, month, {}, at('2026-06-01', 1))).toEqual([])
  })

  test('a counter without an earlier reading says that what it counted before is in no figure', () => {
    const rows = month.filter(({ atMs }) => atMs >= dayStartMs(june1))
    const day = dayOfDevice(june1, rows)
    expect(day).toMatchObject({ energyWh: lastOf(june1) - (rows[0]?.counterWh ?? 0), quality: 'estimated' })
    expect(day.findings.map(({ code, atMs }) => [code, atMs])).toEqual([['gap', rows[0]?.atMs]])
  })

  test('E3: the day after is not told of a gap that a reading at midnight ends', () => {
    const midnight = { atMs: dayStartMs(june2), counterWh: lastOf(june1), acPowerW: 0 }
    const { deviceDay, echoes } = compute(june1, [...without(at('2026-06-01', 8), at('2026-06-02', 5)), midnight])
    expect(deviceDay.findings.map(({ code }) => code)).toEqual(['gap'])
    expect(echoes).toEqual([])
  })

  test('three hours of daylight at the end of what is known are no gap yet', () => {
    const rows = month.filter(({ atMs }) => atMs < at('2026-06-01', 10))
    expect(codesOf(june1, rows, {}, at('2026-06-01', 13))).toEqual([])
    expect(codesOf(june1, rows, {}, at('2026-06-01', 13) + 1)).toEqual(['gap'])
  })

  test('a first reading at midnight leaves nothing of the day out', () => {
    const midnight = { atMs: dayStartMs(june1), counterWh: lastOf(may31), acPowerW: 0 }
    const day = dayOfDevice(june1, [midnight, ...month.filter(({ atMs }) => atMs > dayStartMs(june1))])
    expect(day).toMatchObject({ energyWh: trueWh(june1, may31), quality: 'measured', findings: [] })
  })

  test('each says in words what is not known, in order of time', () => {
    const seen = without(at('2026-06-01', 10), at('2026-06-01', 14)).filter(({ atMs }) => atMs >= at('2026-06-01', 6))
    const shownWh = (hour: number) => month.find(({ atMs }) => atMs === at('2026-06-01', hour))?.counterWh ?? 0
    const acrossWh = shownWh(14) - shownWh(10 - 1 / 12)
    const findings = (rows: readonly Row[]) => dayOfDevice(june1, rows).findings.map(({ atMs, detail }) => [atMs, detail])
    expect(findings(seen.filter(({ atMs }) => dayOf(atMs) === june1 && atMs < at('2026-06-01', 15)))).toEqual([
      [at('2026-06-01', 6), 'no earlier reading within reach: nothing booked before 2026-06-01 06:00:00'],
      [
        at('2026-06-01', 10) - ROUND_MS,
        `no reading from 2026-06-01 09:55:00 to 2026-06-01 14:00:00: ${acrossWh} Wh booked in proportion to time`,
      ],
      [at('2026-06-01', 15) - ROUND_MS, 'nothing known from 2026-06-01 14:55:00 to 2026-06-02 00:00:00: no energy booked'],
    ])
    expect(findings([])).toEqual([[undefined, 'no two readings enclose any part of the day']])
  })

  test('before sunrise nothing is missing yet', () => {
    expect(codesOf(june1, [], {}, at('2026-06-01', 1))).toEqual([])
  })

  test('the other days a gap touches are told of it', () => {
    const rows = without(at('2026-05-31', 12), at('2026-06-02', 14))
    const { deviceDay, echoes } = compute(june2, rows)
    expect(echoes.map(({ day }) => day)).toEqual([may31, june1])
    expect(echoes[0]?.finding).toEqual(deviceDay.findings[0])
  })
})

describe('a recorded reset', () => {
  const resetMs = at('2026-06-01', 12) + 60_000
  const finalWh = (month.findLast(({ atMs }) => atMs < resetMs)?.counterWh ?? 0) + 200
  const fallen = month.map((row) => (row.atMs < resetMs ? row : { ...row, counterWh: (row.counterWh ?? 0) - finalWh + 5 }))
  const record = (about: Partial<CounterReset> = {}): CounterReset => ({
    stationId: 'ZL1',
    deviceId: 'INV-1',
    atMs: resetMs,
    finalWh,
    startWh: 5,
    kind: 'replacement',
    reason: 'burnt',
    document: 'sheet 7',
    recordedBy: 'officer',
    recordedAtMs: resetMs,
    ...about,
  })

  test('makes the day a measurement that names it', () => {
    const day = dayOfDevice(june1, fallen, { resets: [record()] })
    expect(day).toMatchObject({ energyWh: trueWh(june1, may31), quality: 'measured' })
    expect(day.findings).toEqual([
      {
        code: 'counter_reset',
        deviceId: 'INV-1',
        atMs: resetMs,
        detail: `replacement on record: ${finalWh} Wh, then 5 Wh`,
      },
    ])
  })

  test('is none when it is withdrawn, or of the time before the device was here', () => {
    const withdrawn = record({ withdrawnBy: 'officer', withdrawnAtMs: resetMs + 1 })
    expect(codesOf(june1, fallen, { resets: [withdrawn] })).toEqual(['counter_reset_unconfirmed'])
    const installed = { installedOn: june1, resets: [record({ atMs: at('2026-05-31', 23), finalWh: 0, startWh: 39_999_000 })] }
    const here = month.filter(({ atMs }) => atMs >= dayStartMs(june1))
    expect(dayOfDevice(june1, here, installed)).toMatchObject({
      energyWh: lastOf(june1) - (here[0]?.counterWh ?? 0),
      findings: [],
    })
  })

  test('bounds what nothing else does, for forty days on either side', () => {
    const morning = without(0, at('2026-06-01', 9))
    const startWh = (morning[0]?.counterWh ?? 0) - 70_000
    const before = (days: number) => ({ resets: [record({ atMs: dayStartMs(june1) - days * DAY_MS, finalWh: 0, startWh })] })
    const knownWh = lastOf(june1) - (morning[0]?.counterWh ?? 0)
    expect(dayOfDevice(june1, morning, before(40)).energyWh).toBeGreaterThan(knownWh)
    expect(dayOfDevice(june1, morning, before(41)).energyWh).toBe(knownWh)

    const evening = month.filter(({ atMs }) => atMs < at('2026-06-01', 14))
    const lastWh = evening.at(-1)?.counterWh ?? 0
    const after = (days: number) => ({
      resets: [record({ atMs: dayEndMs(june1) + days * DAY_MS, finalWh: lastWh + 900_000, startWh: 0 })],
    })
    expect(dayOfDevice(june1, evening, after(39)).energyWh).toBeGreaterThan(lastWh - lastOf(may31))
    expect(dayOfDevice(june1, evening, after(40)).energyWh).toBe(lastWh - lastOf(may31))
  })

  describe('that ends the service of a device', () => {
    const before = month.filter(({ atMs }) => atMs < resetMs)
    const dayWh = finalWh - lastOf(may31)

    test('leaves nothing to be expected of its last day', () => {
      const day = dayOfDevice(june1, before, { removedOn: june2, resets: [record()] })
      expect(day).toMatchObject({ energyWh: dayWh, quality: 'measured', coveragePermille: 1_000 })
      expect(day.findings.map(({ code }) => code)).toEqual(['counter_reset'])
    })

    test('does so on its last day only, and only on record', () => {
      const gap = ['counter_reset', 'gap']
      expect(codesOf(june1, before, { resets: [record()] })).toEqual(gap)
      expect(codesOf(june1, before, { removedOn: june3, resets: [record()] })).toEqual(gap)
      expect(codesOf(june1, before, { removedOn: june2 })).toEqual(['gap'])
      const glitch = { atMs: at('2026-06-01', 9) + 1, counterWh: 900_000_000, acPowerW: null }
      expect(codesOf(june1, [...before, glitch], { removedOn: june2 })).toEqual(['rate_implausible', 'gap'])
    })

    test('does not when the device reports after it', () => {
      const on = (atMs: number) => [...before, { atMs, counterWh: 5, acPowerW: 0 }]
      const codesWith = (atMs: number) => codesOf(june1, on(atMs), { removedOn: june2, resets: [record()] })
      expect(codesWith(resetMs)).toEqual(['counter_reset', 'gap'])
      expect(codesWith(resetMs - 1)).toEqual(['counter_dip', 'counter_reset'])
    })
  })

  test('of a day register joins its pieces, and the next morning is none of them', () => {
    const rows = sunnyRows(june1, june1, 0)
    const shownWh = rows.findLast(({ atMs }) => atMs < resetMs)?.counterWh ?? 0
    const again = rows.map((row) => (row.atMs < resetMs ? row : { ...row, counterWh: (row.counterWh ?? 0) - shownWh }))
    const midnight = { atMs: dayStartMs(june2), counterWh: (again.at(-1)?.counterWh ?? 0) + 90, acPowerW: 0 }
    const next = { atMs: at('2026-06-02', 6), counterWh: 20, acPowerW: 0 }
    const about = { device: { counter: 'day' as const }, resets: [record({ finalWh: shownWh, startWh: 0 })] }
    const day = dayOfDevice(june1, [...again, midnight, next], about)
    expect(day).toMatchObject({ energyWh: rows.at(-1)?.counterWh, quality: 'measured' })
    expect(day.findings.map(({ code }) => code)).toEqual(['counter_reset'])
    const other = { ...about, resets: [record({ atMs: resetMs - DAY_MS, finalWh: 90_000, startWh: 0 })] }
    expect(codesOf(june1, [...rows, midnight, next], other)).toEqual([])
  })
})

test('a reading at the first instant of the day is of the day, one at its end is not', () => {
  const edges = [dayStartMs(june1), dayEndMs(june1)].map((atMs) => ({ atMs, counterWh: null, acPowerW: 0 }))
  const readings = dayOfDevice(june1, month).readings
  expect(dayOfDevice(june1, [...month, ...edges]).readings).toBe(readings + 1)
})

describe('what cannot be true', () => {
  const at1am = { atMs: at('2026-06-01', 1), counterWh: null, acPowerW: 3_000 }

  test('D14: power at one in the morning makes the day doubtful', () => {
    expect(dayOfDevice(june1, [...month, at1am])).toMatchObject({ energyWh: trueWh(june1, may31), quality: 'estimated' })
    expect(dayOfDevice(june1, [...month, at1am]).findings).toEqual([
      { code: 'night_output', deviceId: 'INV-1', atMs: at1am.atMs, detail: 'power reported while the sun was down' },
    ])
  })

  test('a few watts of own use at night are normal', () => {
    expect(codesOf(june1, [...month, { ...at1am, acPowerW: -12 }, { ...at1am, atMs: at1am.atMs + 1, acPowerW: 40 }])).toEqual([])
  })

  test('D15: a counter that stands still for three hours under power is stuck', () => {
    const frozenWh = month.find(({ atMs }) => atMs === at('2026-06-01', 9))?.counterWh ?? 0
    const rows = month.map((row) =>
      row.atMs >= at('2026-06-01', 9) && row.atMs < at('2026-06-01', 12.5) ? { ...row, counterWh: frozenWh } : row,
    )
    expect(dayOfDevice(june1, rows).quality).toBe('estimated')
    expect(dayOfDevice(june1, rows).findings).toContainEqual({
      code: 'stuck_value',
      deviceId: 'INV-1',
      atMs: at('2026-06-01', 9),
      detail: 'the counter stood still while power was reported',
    })
  })

  test('a counter that stands still for less than three hours is not stuck, and its leap is credited as an estimate', () => {
    const frozenWh = month.find(({ atMs }) => atMs === at('2026-06-01', 9))?.counterWh ?? 0
    const rows = month.map((row) =>
      row.atMs >= at('2026-06-01', 9) && row.atMs < at('2026-06-01', 11.5) ? { ...row, counterWh: frozenWh } : row,
    )
    expect(codesOf(june1, rows)).toEqual(['rate_implausible'])
    expect(dayOfDevice(june1, rows)).toMatchObject({ energyWh: trueWh(june1, may31), quality: 'estimated' })
  })

  test('a small device whose counter shows whole kWh is not stuck', () => {
    const rows = month.map((row) => ({
      ...row,
      counterWh: Math.floor((row.counterWh ?? 0) / 120_000) * 1_000,
      acPowerW: (row.acPowerW ?? 0) / 120,
    }))
    expect(codesOf(june1, rows, { device: { ratedPowerW: 500 } })).toEqual([])
  })

  test('a counter that stands still without power is not stuck', () => {
    const rows = month.map((row) => ({ ...row, counterWh: 40_000_000, acPowerW: 0 }))
    expect(dayOfDevice(june1, rows)).toMatchObject({ energyWh: 0, quality: 'measured', findings: [] })
  })

  test('D11: a reset makes the day an estimate and credits both segments', () => {
    const resetMs = at('2026-06-01', 12)
    const resetWh = month.find(({ atMs }) => atMs === resetMs)?.counterWh ?? 0
    const rows = month.map((row) => (row.atMs < resetMs ? row : { ...row, counterWh: (row.counterWh ?? 0) - resetWh + 5 }))
    const beforeWh = month.findLast(({ atMs }) => atMs < resetMs)?.counterWh ?? 0
    expect(dayOfDevice(june1, rows)).toMatchObject({
      energyWh: trueWh(june1, may31) - (resetWh - beforeWh),
      quality: 'estimated',
    })
    expect(codesOf(june1, rows)).toEqual(['counter_reset_unconfirmed'])
  })

  test('a day that ended in silence is no measurement when the counter begins anew the next morning', () => {
    const replaced = without(at('2026-06-01', 10), at('2026-06-02', 8)).map((row) =>
      row.atMs < dayStartMs(june2) ? row : { ...row, counterWh: (row.counterWh ?? 0) - 40_000_000 },
    )
    expect(dayOfDevice(june1, replaced)).toMatchObject({ quality: 'estimated' })
    expect(codesOf(june1, replaced)).toEqual(['gap'])
  })

  test('a thousand glitches are one finding', () => {
    const glitches = sunnyRows(june1, june1).map(({ atMs }) => ({
      atMs: atMs + 60_000,
      counterWh: 900_000_000_000,
      acPowerW: null,
    }))
    const day = dayOfDevice(june1, [...month, ...glitches.filter((_, index) => index % 2 === 0)])
    expect(day.energyWh).toBe(trueWh(june1, may31))
    expect(day.findings.map(({ code }) => code)).toEqual(['rate_implausible'])
    expect(day.findings[0]?.detail).toMatch(/ more$/)
  })

  test('events of different kinds are a finding each, and one event is told alone', () => {
    const glitch = { atMs: at('2026-06-01', 9) + 1, counterWh: 900_000_000_000, acPowerW: null }
    const zero = { atMs: at('2026-06-01', 11) + 1, counterWh: 0, acPowerW: null }
    const shownWh = (hour: number) => month.find(({ atMs }) => atMs === at('2026-06-01', hour))?.counterWh ?? 0
    expect(dayOfDevice(june1, [...month, glitch, zero]).findings).toEqual([
      { code: 'counter_dip', deviceId: 'INV-1', atMs: zero.atMs, detail: `0 Wh after ${shownWh(11)} Wh` },
      { code: 'rate_implausible', deviceId: 'INV-1', atMs: glitch.atMs, detail: `900000000000 Wh after ${shownWh(9)} Wh` },
    ])
  })

  describe('on the morning after', () => {
    const eight = at('2026-06-02', 8)
    const shownWh = month.find(({ atMs }) => atMs === eight)?.counterWh ?? 0
    const extra = (counterWh: number): Row[] => [...month, { atMs: eight + 1, counterWh, acPowerW: null }]
    const reset = month.map((row) => (row.atMs > eight ? { ...row, counterWh: (row.counterWh ?? 0) - shownWh } : row))
    const afterReset = month.find(({ atMs }) => atMs > eight)
    const firstWh = (afterReset?.counterWh ?? 0) - shownWh

    test.each<[string, Row[], { code: string; atMs: number | undefined; detail: string }[]]>([
      [
        'a reset',
        reset,
        [{ code: 'counter_reset_unconfirmed', atMs: afterReset?.atMs, detail: `${firstWh} Wh after ${shownWh} Wh` }],
      ],
      ['a leap', extra(900_000_000), [{ code: 'rate_implausible', atMs: eight + 1, detail: `900000000 Wh after ${shownWh} Wh` }]],
      ['a dip', extra(0), []],
    ])('%s is no finding of this day, and one that puts energy in doubt is told to the next', (_, rows, told) => {
      const { deviceDay, echoes } = compute(june1, rows)
      expect(deviceDay).toMatchObject({ energyWh: trueWh(june1, may31), quality: 'measured', findings: [] })
      expect(echoes).toEqual(told.map((finding) => ({ day: june2, finding: { ...finding, deviceId: 'INV-1' } })))
    })
  })

  test('conflicting instants are counted', () => {
    const day = dayOfDevice(june1, month, { conflicts: 2 })
    expect(day.findings).toEqual([
      { code: 'conflict', deviceId: 'INV-1', detail: '2 instants with differing readings, left out' },
    ])
  })
})

describe('coverage', () => {
  test('of a running day asks for an hour once more than half of it has passed', () => {
    const rows = month.filter(({ atMs }) => atMs < at('2026-06-01', 10))
    const until = (nowMs: number) => dayOfDevice(june1, rows, {}, nowMs).coveragePermille
    expect(until(at('2026-06-01', 10.5))).toBe(1_000)
    // Five hours, 05 to 09, of six.
    expect(until(at('2026-06-01', 10.5) + 1)).toBe(833)
    expect(until(at('2026-06-01', 1))).toBe(1_000)
  })

  test('is the part of the sun-up hours that have a reading', () => {
    // In Bozhou on 1 June the middles of fourteen clock hours, 05 to 18, have the sun higher than three degrees.
    expect(dayOfDevice(june1, without(at('2026-06-01', 9), at('2026-06-01', 12))).coveragePermille).toBe(
      Math.floor((11 * 1_000) / 14),
    )
    const atNight = [0, 1, 2, 3, 22].map((hour) => ({ atMs: at('2026-06-01', hour), counterWh: 40_000_000, acPowerW: 0 }))
    expect(dayOfDevice(june1, atNight).coveragePermille).toBe(0)
  })
})

describe('a last figure below the one before', () => {
  const rows = sunnyRows(june1, june1, 0)
  const codesAfterFall = (counter: 'lifetime' | 'day', fallWh: number) => {
    const fallen = { atMs: at('2026-06-01', 20), counterWh: (rows.at(-1)?.counterWh ?? 0) - fallWh, acPowerW: 0 }
    const evening = { atMs: at('2026-05-31', 19), counterWh: 0, acPowerW: 0 }
    return codesOf(june1, [evening, ...rows, fallen], { device: { counter }, installedOn: june1 })
  }

  test.each([
    ['lifetime', 1_000],
    ['day', 100],
  ] as const)('is rounding on a %s register up to %i Wh, and beyond may be a reset', (counter, stepWh) => {
    expect(codesAfterFall(counter, stepWh)).toEqual([])
    expect(codesAfterFall(counter, stepWh + 1)).toEqual(['counter_reset_unconfirmed'])
  })
})

test('a meter counts behind its current transformer', () => {
  const rows = month.map((row) => ({ ...row, counterWh: Math.round((row.counterWh ?? 0) / 40), acPowerW: null }))
  const lastWh = (day: ChinaDay) => rows.findLast(({ atMs }) => dayOf(atMs) === day)?.counterWh ?? 0
  const device: DeviceReadings['device'] = {
    deviceId: 'M',
    kind: 'meter',
    ratedPowerW: 60_000,
    counter: 'lifetime',
    ctMultiplier: 40,
  }
  expect(dayOfDevice(june1, rows, { device })).toMatchObject({
    kind: 'meter',
    energyWh: (lastWh(june1) - lastWh(may31)) * 40,
    quality: 'measured',
    findings: [],
  })
})

test('a meter is bounded by what can flow through its transformer, not by what its register could show', () => {
  const rows = month.map((row) => ({ ...row, counterWh: Math.round((row.counterWh ?? 0) / 40), acPowerW: null }))
  const noonMs = at('2026-06-01', 12)
  const leap = rows.map((row) => (row.atMs >= noonMs ? { ...row, counterWh: row.counterWh + 5_000 } : row))
  const device = { kind: 'meter' as const, ctMultiplier: 40 }
  const acrossLeapWh =
    40 *
    ((rows.find(({ atMs }) => atMs === noonMs)?.counterWh ?? 0) - (rows.findLast(({ atMs }) => atMs < noonMs)?.counterWh ?? 0))
  expect(dayOfDevice(june1, leap, { device }).energyWh).toBe((dayOfDevice(june1, rows, { device }).energyWh ?? 0) - acrossLeapWh)
  expect(codesOf(june1, leap, { device })).toEqual(['rate_implausible'])
})

describe('an interval', () => {
  const mohe = { latitudeDeg: 52.97, longitudeDeg: 122.54 }

  test('over a winter night in the far north is none, and longer than eighteen hours is a gap', () => {
    const fromMs = at('2025-12-21', 14.5)
    expect(isGap({ fromMs, toMs: fromMs + 18 * HOUR_MS }, mohe)).toBe(false)
    expect(isGap({ fromMs, toMs: fromMs + 18 * HOUR_MS + 1 }, mohe)).toBe(true)
  })

  test('that is a gap and ends at midnight has no say in the day that begins', () => {
    const gap = { fromMs: at('2026-06-01', 8), toMs: dayEndMs(june1), energyWh: 90_000 }
    expect([june1, june2].map((day) => belongsTo(gap, day, true))).toEqual([true, false])
    expect([june1, june2].map((day) => bookedWh(gap, day, true))).toEqual([90_000, 0])
  })
})

describe('properties', () => {
  const days = daysBetween(may31, june3)
  const totalWh = (rows: readonly Row[]) => days.reduce((sum, day) => sum + (dayOfDevice(day, rows).energyWh ?? 0), 0)
  const holes = fc.array(fc.tuple(fc.nat(month.length - 1), fc.nat(400)), { maxLength: 4 })
  const kept = holes.map((spans) =>
    month.filter(
      (_, index) =>
        index === 0 || index === month.length - 1 || !spans.some(([from, count]) => index >= from && index < from + count),
    ),
  )

  test('the days sum to the counter difference, whatever is missing in between', () => {
    fc.assert(
      fc.property(kept, (rows) => {
        expect(totalWh(rows)).toBe((month.at(-1)?.counterWh ?? 0) - (month[0]?.counterWh ?? 0))
      }),
      { numRuns: 60 },
    )
  })

  test('zeros and single glitches leave every sum as it was', () => {
    const spoilt = fc.tuple(fc.subarray(month.slice(3, -3), { maxLength: 8 }), fc.integer({ min: 60_000_000, max: 90_000_000 }))
    fc.assert(
      fc.property(spoilt, ([where, wh]) => {
        const glitches = where.map(({ atMs }, index) => ({
          atMs: atMs + 1_000,
          counterWh: index % 2 === 0 ? 0 : wh,
          acPowerW: null,
        }))
        for (const day of days) {
          expect(dayOfDevice(day, [...month, ...glitches]).energyWh).toBe(dayOfDevice(day, month).energyWh)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('order and repetition of the readings change nothing', () => {
    const delivery = kept.chain((rows) =>
      fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }), fc.shuffledSubarray(rows)),
    )
    const columns = (rows: readonly Row[]) => ({
      atMs: rows.map(({ atMs }) => atMs),
      counterWh: rows.map(({ counterWh }) => counterWh),
      acPowerW: rows.map(({ acPowerW }) => acPowerW),
    })
    fc.assert(
      fc.property(delivery, ([rows, shuffled, again]) => {
        expect(compute(june1, [], columns([...shuffled, ...again]))).toEqual(compute(june1, [], columns(rows)))
      }),
      { numRuns: 30 },
    )
  })

  test('the parts of an interval sum to the whole', () => {
    const interval = fc.record({
      fromMs: fc.integer({ min: dayStartMs(june1), max: dayEndMs(june1) }),
      lengthMs: fc.integer({ min: 1, max: 39 * DAY_MS }),
      energyWh: fc.nat(Number.MAX_SAFE_INTEGER),
    })
    fc.assert(
      fc.property(interval, ({ fromMs, lengthMs, energyWh }) => {
        const whole = { fromMs, toMs: fromMs + lengthMs, energyWh }
        const gap = isGap(whole, bozhou)
        const parts = daysBetween(dayOf(whole.fromMs), dayOf(whole.toMs)).map((day) => bookedWh(whole, day, gap))
        expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).toBe(BigInt(energyWh))
        expect(parts.every((part) => part >= 0)).toBe(true)
        expect(belongsTo(whole, dayOf(whole.fromMs), gap) || !gap).toBe(true)
      }),
    )
  })
})
