import { describe, expect, test } from 'vitest'
import { assessStationDay, type Facts, type Look } from '../../domain/assessment.ts'
import type { Finding, FindingCode } from '../../domain/energy.ts'
import { DEFAULT_LIMITS } from '../../domain/performance-limits.ts'
import { QUARTERS_PER_DAY, type Quarters, stationProfile } from '../../domain/quarter-curve.ts'
import { aDeviceDay, aFinalDay, anInverterCurve, atHour, changed, sunnyQuarters, sunnySensor } from '../performance.ts'
import { aStation } from '../registry.ts'

const sunny = sunnyQuarters(50_000)
const three = (powerW: Quarters = sunny) => [1, 2, 3].map((at) => anInverterCurve({ deviceId: `ZL1-INV-${at}`, powerW }))
const aLook = (over: Partial<Look> = {}): Look => ({
  inverters: three(),
  sensors: [],
  strings: [],
  stringsSeen: false,
  throttled: new Set(),
  ...over,
})
const reference = stationProfile(three(), 187_200)
const facts = (over: Partial<Facts> = {}): Facts => ({
  station: aStation(),
  figure: aFinalDay(),
  peers: { medianWhPerKwDc: 4_000, count: 9, spreadBp: 0 },
  sharesBefore: [],
  look: aLook(),
  reference,
  lagsBefore: [],
  priceE4YuanPerKwh: 8_500,
  limits: DEFAULT_LIMITS,
  ...over,
})
const assess = (over: Partial<Facts> = {}) => assessStationDay(facts(over))
const made = (share: number) => aFinalDay({ energyWh: Math.round(748_800 * share) })
const finding = (code: FindingCode): Finding => ({ code, detail: 'x' })

describe('an ordinary day', () => {
  test('names its figures, what they stand on, and no cause', () => {
    expect(assess({ look: null })).toEqual({
      stationId: 'ZL1',
      countyCode: '341623000000',
      day: '2026-06-02',
      generationVersion: 1,
      energyWh: 748_800,
      quality: 'measured',
      coveragePermille: 1_000,
      dcWhPerKw: 4_000,
      acWhPerKw: 4_160,
      peers: { medianWhPerKwDc: 4_000, count: 9, spreadBp: 0 },
      shareBp: 10_000,
      degraded: false,
      availability: { basis: 'summary', time: { producing: 1_000, idle: 0, noData: 0 }, energy: null },
      loss: null,
      causes: [],
      energyFindings: 0,
      strings: [],
      stringsSeen: false,
    })
  })

  test('that was looked into says that its clock is right, and has no ratio without a sensor', () => {
    const told = assess()
    expect(told).toMatchObject({ lagQuarters: 0, availability: { basis: 'curve' }, causes: [] })
    expect(told).not.toHaveProperty('performance')
    expect(told).not.toHaveProperty('powerLimit')
    expect(told).not.toHaveProperty('clockShift')
  })

  test('loses nothing, though it is a little below its peers', () => {
    expect(assess({ figure: made(0.9) })).toMatchObject({ shareBp: 9_000, loss: null, causes: [] })
  })
})

describe('what explains a day', () => {
  const stopped = three(changed(sunny, atHour(9), atHour(15), () => 0))
  const silent = three(changed(sunny, atHour(9), atHour(15), () => null))

  test('is nothing that can be seen from here: then it is unexplained, with what it lost', () => {
    const told = assess({ figure: made(0.6) })
    expect(told).toMatchObject({ causes: ['unexplained'], loss: { expectedWh: 748_800, lostWh: 299_520, lostFen: 25_459 } })
    expect(assess({ figure: made(0.89) }).causes).toEqual(['unexplained'])
  })

  test('is a stop, while readings arrive and the peers produce', () => {
    expect(assess({ figure: made(0.6), look: aLook({ inverters: stopped }) })).toMatchObject({
      causes: ['stopped'],
      loss: { lostWh: 299_520 },
    })
    expect(assess({ look: aLook({ inverters: stopped }) })).toMatchObject({ causes: ['stopped'], loss: { lostWh: 0 } })
  })

  test('is silence, which is no stop and loses nothing that was counted', () => {
    const told = assess({ figure: aFinalDay({ coveragePermille: 600 }), look: aLook({ inverters: silent }) })
    expect(told).toMatchObject({ causes: ['no_data'], loss: null })
    expect(told.availability.time?.idle).toBe(0)
    expect(assess({ figure: aFinalDay({ coveragePermille: 949 }), look: null }).causes).toEqual(['no_data'])
    expect(assess({ figure: aFinalDay({ coveragePermille: 950 }), look: null }).causes).toEqual([])
  })

  test('is not silence, where inverters report their counter and no power: then hours with readings tell', () => {
    const mute = three(sunny.map(() => null))
    const devices = mute.map(({ deviceId }) => aDeviceDay({ deviceId, readings: 96 }))
    const told = assess({ figure: aFinalDay({ devices }), look: aLook({ inverters: mute }) })
    expect(told).toMatchObject({ causes: [], availability: { basis: 'summary', time: { producing: 1_000 } } })
    const one = [...mute.slice(0, 1), ...three().slice(1)]
    expect(assess({ figure: aFinalDay({ devices }), look: aLook({ inverters: one }) })).toMatchObject({
      causes: [],
      availability: { basis: 'curve', time: { producing: 1_000, noData: 0 } },
    })
    const unheard = devices.map((device) => ({ ...device, readings: 0 }))
    expect(assess({ figure: aFinalDay({ devices: unheard }), look: aLook({ inverters: one }) }).causes).toEqual(['no_data'])
  })

  test('is not known of a day nothing is known of: unknown is not zero', () => {
    const figure = aFinalDay({ energyWh: null, quality: 'missing', basis: 'none', coveragePermille: 0 })
    expect(assess({ figure, look: null })).toMatchObject({
      dcWhPerKw: null,
      acWhPerKw: null,
      shareBp: null,
      loss: null,
      causes: ['no_data'],
      availability: { time: { producing: 0, idle: 0, noData: 1_000 } },
    })
  })

  test('is a stop by time where the peers’ curve is not known', () => {
    expect(assess({ figure: made(0.6), reference: null, look: aLook({ inverters: stopped }) }).causes).toEqual(['stopped'])
  })

  test.each<[FindingCode, string[]]>([
    ['stuck_value', ['frozen']],
    ['clock_shift', ['clock']],
    ['rate_implausible', []],
  ])('is in the finding %s of the energy rule: %j', (code, causes) => {
    expect(assess({ figure: aFinalDay({ findings: [finding(code)] }) })).toMatchObject({ causes, energyFindings: 1 })
    const [device] = aFinalDay().devices
    if (!device) expect.unreachable()
    const figure = aFinalDay({ devices: [{ ...device, findings: [finding(code)] }] })
    expect(assess({ figure })).toMatchObject({ causes, energyFindings: 1 })
  })

  test('is no finding that asks nobody to act', () => {
    const codes: FindingCode[] = ['counter_dip', 'counter_reset', 'counter_rollover', 'gap', 'no_data']
    expect(assess({ figure: aFinalDay({ findings: codes.map(finding) }) })).toMatchObject({ energyFindings: 0, causes: [] })
  })

  test('is a string, before it is called unexplained', () => {
    const strings = [{ deviceId: 'ZL1-INV-1', string: 2, kind: 'dead' as const, percent: 0 }]
    expect(assess({ figure: made(0.8), look: aLook({ strings, stringsSeen: true }) })).toMatchObject({
      causes: ['strings'],
      strings,
      stringsSeen: true,
      loss: { lostWh: 149_760 },
    })
  })

  test('is an order to hold back, told by shape or by the inverters', () => {
    const held = three(sunny.map((value) => Math.min(value, 25_000)))
    expect(assess({ figure: made(0.7), look: aLook({ inverters: held }) })).toMatchObject({
      causes: ['curtailed'],
      powerLimit: { kind: 'curtailed' },
      loss: { lostWh: 224_640 },
    })
    const throttled = new Set([46, 47, 48, 49, 50, 51])
    expect(assess({ figure: made(0.7), look: aLook({ throttled }) }).causes).toEqual(['curtailed'])
  })

  test('is an array larger than its inverters, which is nobody’s fault', () => {
    const station = aStation({ dcCapacityW: 220_000, acCapacityW: 120_000 })
    const clipped = three(sunny.map((value) => Math.min(value, 40_000)))
    const more = stationProfile(three(), 187_200)
    const told = assess({ station, reference: more, look: aLook({ inverters: clipped }), figure: made(1.2) })
    expect(told).toMatchObject({ powerLimit: { kind: 'clipped' }, causes: ['clipped'] })
  })

  test('is a clock, by the curves of several days', () => {
    const late = three(Array.from({ length: QUARTERS_PER_DAY }, (_, at) => sunny[at - 4] ?? 0))
    const told = assess({ look: aLook({ inverters: late }), lagsBefore: [4, 4, 0] })
    expect(told).toMatchObject({
      lagQuarters: 4,
      clockShift: { minutes: 60, kind: 'zone', days: 3 },
      causes: expect.arrayContaining(['clock']),
    })
    expect(assess({ look: aLook({ inverters: late }), lagsBefore: [4] })).not.toHaveProperty('clockShift')
    expect(assess({ look: null, lagsBefore: [4, 4, 4] })).not.toHaveProperty('clockShift')
    expect(assess({ look: aLook({ inverters: late }), reference: null, lagsBefore: [4, 4] })).not.toHaveProperty('lagQuarters')
  })

  test('is nothing on a day on which its peers are as far from each other', () => {
    const peers = { medianWhPerKwDc: 4_000, count: 9, spreadBp: 700 }
    expect(assess({ figure: made(0.8), peers })).toMatchObject({ causes: [], loss: null })
    expect(assess({ figure: made(0.78), peers })).toMatchObject({ causes: ['unexplained'], loss: { lostWh: 164_736 } })
  })

  test('may be several things, told in one order', () => {
    const strings = [{ deviceId: 'ZL1-INV-1', string: 2, kind: 'dead' as const, percent: 0 }]
    const figure = aFinalDay({ energyWh: 300_000, coveragePermille: 500, findings: [finding('stuck_value')] })
    const half = [...stopped.slice(0, 1), ...silent.slice(1)]
    expect(assess({ figure, look: aLook({ inverters: half, strings }) }).causes).toEqual([
      'no_data',
      'frozen',
      'stopped',
      'strings',
    ])
  })
})

describe('a day beside the days before', () => {
  test('is degraded by the third below the limit', () => {
    expect(assess({ figure: made(0.6), sharesBefore: [6_000, 6_500] }).degraded).toBe(true)
    expect(assess({ figure: made(0.6), sharesBefore: [6_000] }).degraded).toBe(false)
    expect(assess({ figure: made(0.7), sharesBefore: [6_000, 6_500] }).degraded).toBe(false)
  })
})

describe('a station with a sensor', () => {
  const ratio = (over: Partial<Look> = {}, figure = aFinalDay({ energyWh: 1_200_000 })) =>
    assess({ figure, look: aLook({ sensors: [sunnySensor()], ...over }) }).performance

  test('has a performance ratio', () => {
    const told = ratio()
    expect(told).toMatchObject({ coveragePermille: 1_000 })
    expect(told?.ratioBp).toBeGreaterThan(7_000)
    expect(told?.excludedMinutes).toBeLessThanOrEqual(30)
  })

  test('has it without the time of an outage, neither its sun nor its energy', () => {
    const whole = ratio()?.ratioBp ?? 0
    const stop = changed(sunny, atHour(11), atHour(12), () => 0)
    const lostWh = 3 * 0.25 * sunny.slice(atHour(11), atHour(12)).reduce((sum, value) => sum + value, 0)
    const told = ratio({ inverters: three(stop) }, aFinalDay({ energyWh: Math.round(1_200_000 - lostWh) }))
    expect(told?.excludedMinutes).toBeGreaterThanOrEqual(60)
    expect(Math.abs((told?.ratioBp ?? 0) - whole)).toBeLessThan(200)
    const one = [...three(stop).slice(0, 1), ...three().slice(1)]
    const partly = ratio({ inverters: one }, aFinalDay({ energyWh: Math.round(1_200_000 - lostWh / 3) }))
    expect(Math.abs((partly?.ratioBp ?? 0) - whole)).toBeLessThan(200)
  })

  test('has it by the best covered of its sensors', () => {
    const poor = { atMs: sunnySensor().atMs.slice(0, 120), values: sunnySensor().values.slice(0, 120) }
    expect(ratio({ sensors: [poor, sunnySensor()] })).toEqual(ratio())
    expect(ratio({ sensors: [poor] })).toMatchObject({ ratioBp: null, reason: 'coverage' })
  })

  test('has none where the energy is not known, and says so', () => {
    const figure = aFinalDay({ energyWh: null, quality: 'missing' })
    expect(ratio({}, figure)).toMatchObject({ ratioBp: null, reason: 'energy' })
  })

  test('whose inverters were never heard of has it by the meter alone', () => {
    expect(ratio({ inverters: [] })).toMatchObject({ excludedMinutes: 0, coveragePermille: 1_000 })
  })
})
