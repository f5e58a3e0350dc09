import { describe, expect, test } from 'vitest'
import type { ChinaDay } from '../../domain/calendar.ts'
import { dayEndMs, dayOf } from '../../domain/calendar.ts'
import type { DeviceReadings } from '../../domain/device-day.ts'
import type { Finding } from '../../domain/energy.ts'
import { accountsFor, computeStationDay } from '../../domain/station-day.ts'
import type { Row } from './sunny.ts'
import { at, bozhou, dayNamed, readingsFor, sunnyRows } from './sunny.ts'

const may31 = dayNamed('2026-05-31')
const june1 = dayNamed('2026-06-01')
const june2 = dayNamed('2026-06-02')
const station = { stationId: 'ZL1', countyCode: '341600000000', ...bozhou }
const month = sunnyRows(may31, june2)
const lastOf = (day: ChinaDay) => month.findLast(({ atMs }) => dayOf(atMs) === day)?.counterWh ?? 0
const trueWh = lastOf(june1) - lastOf(may31)

const inverter = (deviceId: string, rows: readonly Row[] = month, day = june1): DeviceReadings =>
  readingsFor(day, rows, { device: { deviceId } })
/** A meter that shows the given share of what one inverter made. */
const meter = (deviceId: string, share: number, rows: readonly Row[] = month): DeviceReadings =>
  readingsFor(
    june1,
    rows.map((row) => ({ ...row, counterWh: Math.round((row.counterWh ?? 0) * share), acPowerW: null })),
    { device: { deviceId, kind: 'meter' } },
  )
const asMeter = { device: meter('METER', 1).device }
/** The same rounds, of a device that made so much on 1 June, little by little. */
const making = (wh: number): Row[] => {
  const rounds = month.filter(({ atMs }) => dayOf(atMs) === june1)
  return rounds.reduce<Row[]>(
    (rows, { atMs }, index) => {
      const counterWh = 40_000_000 + Math.floor((wh * (index + 1)) / rounds.length)
      return [...rows, { atMs, counterWh, acPowerW: null }]
    },
    [{ atMs: at('2026-05-31', 19), counterWh: 40_000_000, acPowerW: null }],
  )
}
const figureOf = (devices: readonly DeviceReadings[], day = june1, nowMs = dayEndMs(day)) =>
  computeStationDay({ station, day, nowMs, devices }).figure

describe('what decides the figure', () => {
  test('inverters stand in for a meter that is not there', () => {
    expect(figureOf([inverter('INV-1'), inverter('INV-2')])).toMatchObject({
      stationId: 'ZL1',
      countyCode: '341600000000',
      day: june1,
      inverterWh: 2 * trueWh,
      meterWh: null,
      energyWh: 2 * trueWh,
      basis: 'inverters',
      quality: 'measured',
      coveragePermille: 1_000,
      findings: [],
    })
  })

  test('the revenue meter decides, and a little less than the inverters is normal', () => {
    const figure = figureOf([inverter('INV-1'), meter('METER', 0.981)])
    expect(figure).toMatchObject({ inverterWh: trueWh, basis: 'meter', quality: 'measured', findings: [] })
    expect(figure.energyWh).toBe(figure.meterWh)
    expect(Math.abs((figure.meterWh ?? 0) - trueWh * 0.981)).toBeLessThan(2)
  })

  test('a meter whose day is missing leaves the decision to the inverters', () => {
    expect(figureOf([inverter('INV-1'), meter('METER', 0.97, [])])).toMatchObject({
      basis: 'inverters',
      meterWh: null,
      energyWh: trueWh,
    })
  })

  test('one of two meters missing is no meter figure', () => {
    expect(figureOf([inverter('INV-1'), meter('M1', 0.5), meter('M2', 0.5, [])])).toMatchObject({
      basis: 'inverters',
      meterWh: null,
    })
  })

  test('a sum that lacks an inverter is an estimate', () => {
    expect(figureOf([inverter('INV-1'), inverter('INV-2', [])])).toMatchObject({
      inverterWh: trueWh,
      basis: 'inverters',
      quality: 'estimated',
    })
  })

  test('E4: nothing known is null and missing, never zero', () => {
    const nothing = { inverterWh: null, meterWh: null, energyWh: null, basis: 'none', quality: 'missing' }
    expect(figureOf([inverter('INV-1', []), meter('METER', 1, [])])).toMatchObject(nothing)
    expect(figureOf([])).toMatchObject({ ...nothing, coveragePermille: 0, devices: [], findings: [] })
  })

  test('an estimated inverter does not spoil a measured meter', () => {
    const gap = month.filter(({ atMs }) => atMs < at('2026-06-01', 10) || atMs >= at('2026-06-01', 14))
    expect(figureOf([inverter('INV-1', gap), meter('METER', 0.97)])).toMatchObject({ basis: 'meter', quality: 'measured' })
    expect(figureOf([inverter('INV-1', gap)])).toMatchObject({ basis: 'inverters', quality: 'estimated' })
  })

  test('devices are listed in order of their ids, in whatever order they were given', () => {
    const forwards = figureOf([inverter('INV-1'), inverter('INV-2'), meter('METER', 1.9)])
    expect(figureOf([meter('METER', 1.9), inverter('INV-2'), inverter('INV-1')])).toEqual(forwards)
    expect(forwards.devices.map(({ deviceId }) => deviceId)).toEqual(['INV-1', 'INV-2', 'METER'])
  })
})

describe('findings about the station', () => {
  test.each([
    [0.94, ['sum_check']],
    [0.96, []],
    [1.005, []],
    [1.02, ['sum_check']],
  ])('a meter at %f of the inverters gives %j', (share, codes) => {
    expect(figureOf([inverter('INV-1'), meter('METER', share)]).findings.map(({ code }) => code)).toEqual(codes)
  })

  test.each([
    [0.5, []],
    [1.02, ['sum_check']],
  ])('a meter at %f of the inverters gives %j where energy is used on the spot', (share, codes) => {
    const devices = [inverter('INV-1'), meter('METER', share)]
    const surplus = { ...station, feedIn: 'surplus' as const }
    const { figure } = computeStationDay({ station: surplus, day: june1, nowMs: dayEndMs(june1), devices })
    expect(figure.findings.map(({ code }) => code)).toEqual(codes)
  })

  const findingsOf = (inverterWh: number, meterWh: number): Finding[] => {
    const figure = figureOf([inverter('INV-1', making(inverterWh)), { ...inverter('METER', making(meterWh)), ...asMeter }])
    expect(figure).toMatchObject({ inverterWh, meterWh, basis: 'meter' })
    return figure.findings
  }

  test.each([
    [100_000, 95_000, []],
    [100_000, 94_999, ['inverters 100000 Wh, revenue meter 94999 Wh: 5.0 % apart']],
    [100_000, 101_000, []],
    [100_000, 101_001, ['inverters 100000 Wh, revenue meter 101001 Wh: -1.0 % apart']],
    [20_000, 10_000, ['inverters 20000 Wh, revenue meter 10000 Wh: 50.0 % apart']],
    [19_999, 10_000, []],
  ])('of inverters at %i Wh and a meter at %i Wh are %j', (inverterWh, meterWh, details) => {
    expect(findingsOf(inverterWh, meterWh).map(({ detail }) => detail)).toEqual(details)
  })

  test('are none of the hours to come on a running day', () => {
    const early = month.filter(({ atMs }) => atMs < at('2026-06-01', 7))
    const figure = figureOf([inverter('INV-1', early), meter('METER', 0.97, early)], june1, at('2026-06-01', 7))
    expect(figure).toMatchObject({ basis: 'meter', quality: 'measured', coveragePermille: 1_000, findings: [] })
  })

  test('no sum is checked while an inverter is missing', () => {
    expect(figureOf([inverter('INV-1'), inverter('INV-2', []), meter('METER', 1.9)]).findings).toEqual([])
  })

  const still = making(0)
  const besides = (siblingWh: number, rows: readonly Row[], about: Partial<DeviceReadings> = {}) =>
    figureOf([inverter('INV-1', making(siblingWh)), { ...inverter('INV-2', rows), ...about }])
  const codesOfStill = (...args: Parameters<typeof besides>) => besides(...args).devices[1]?.findings.map(({ code }) => code)

  test('an inverter that made nothing while its sibling did is stuck, and its day an estimate', () => {
    const figure = besides(200_000, still)
    expect(figure.devices[0]?.findings).toEqual([])
    expect(figure.devices[1]).toMatchObject({
      energyWh: 0,
      quality: 'estimated',
      findings: [{ code: 'stuck_value', deviceId: 'INV-2', detail: 'no energy while the other inverters made some' }],
    })
    expect(figure).toMatchObject({ energyWh: 200_000, quality: 'estimated' })
    expect(figureOf([inverter('INV-2', still)])).toMatchObject({ energyWh: 0, quality: 'measured' })
  })

  test('half an hour at rated power is what a sibling must have made', () => {
    expect(codesOfStill(30_000, still)).toEqual(['stuck_value'])
    expect(codesOfStill(29_999, still)).toEqual([])
  })

  test('who made next to nothing is not stuck', () => {
    expect(codesOfStill(200_000, making(1))).toEqual([])
  })

  test('half of the day seen is what it takes to call an inverter stuck', () => {
    // The sun is up for the middles of fourteen clock hours, 05 to 18.
    const seen = (hours: number) =>
      still
        .filter((_, index) => index === 0)
        .concat(
          [...Array(hours).keys()].map((hour) => ({
            atMs: at('2026-06-01', 5 + 2 * hour),
            counterWh: 40_000_000,
            acPowerW: null,
          })),
        )
    expect(besides(200_000, seen(7)).devices[1]?.coveragePermille).toBe(500)
    expect(codesOfStill(200_000, seen(7))).toContain('stuck_value')
    expect(codesOfStill(200_000, seen(6))).not.toContain('stuck_value')
  })

  test('what is known of an inverter already is not said twice, and anything else stays beside it', () => {
    const frozen = still.map((row) => ({ ...row, acPowerW: 5_000 }))
    expect(codesOfStill(200_000, frozen)).toEqual(['stuck_value'])
    expect(codesOfStill(200_000, still, { conflicts: 1 })).toEqual(['conflict', 'stuck_value'])
  })
})

describe('echoes', () => {
  const gap = month.filter(({ atMs }) => atMs < at('2026-05-31', 12) || atMs >= at('2026-06-02', 12))
  const written = (day: ChinaDay, rows: readonly Row[]) => ({
    ...figureOf([inverter('INV-1', rows, day)], day),
    version: 1,
    computedAtMs: dayEndMs(day),
  })
  /** What 2 June has to tell 1 June. */
  const told = () => {
    const { echoes } = computeStationDay({
      station,
      day: june2,
      nowMs: dayEndMs(june2),
      devices: [inverter('INV-1', gap, june2)],
    })
    return echoes.filter(({ day }) => day === june1)
  }

  test('a day computed with the gap accounts for it', () => {
    expect(told().map((echo) => accountsFor(written(june1, gap), echo))).toEqual([true])
  })

  test('a day computed before the gap had an end, or never, does not', () => {
    const before = gap.filter(({ atMs }) => atMs < at('2026-06-02', 0))
    expect(told().map((echo) => accountsFor(written(june1, before), echo))).toEqual([false])
    expect(told().map((echo) => accountsFor(undefined, echo))).toEqual([false])
  })

  describe('of a finding', () => {
    type Shown = Omit<Finding, 'deviceId'>
    const stored = (findings: readonly Shown[], deviceId: string) => {
      const day = written(june1, month)
      const [device] = day.devices
      if (!device) throw new Error('a day without a device')
      const other = { ...device, deviceId: 'INV-0', findings: [] }
      return { ...day, devices: [other, { ...device, deviceId, findings: findings.map((each) => ({ ...each, deviceId })) }] }
    }
    const gap = (atMs: number, detail = 'a'): Shown => ({ code: 'gap', atMs, detail })
    const leap = (atMs: number, detail = 'a'): Shown => ({ code: 'rate_implausible', atMs, detail })

    test.each<[string, Shown, Shown[], boolean, string?]>([
      ['the same gap', gap(1), [gap(1)], true],
      ['the same gap among others', gap(1), [gap(0), gap(1), leap(1)], true],
      ['a gap that begins at another time', gap(1), [gap(2)], false],
      ['a gap of another length', gap(1), [gap(1, 'b')], false],
      ['a leap, whichever it is', leap(1), [leap(2, 'b')], true],
      ['a finding of another code', leap(1), [gap(1)], false],
      ['the finding of another device', gap(1), [gap(1)], false, 'INV-2'],
      ['no finding', gap(1), [], false],
    ])('a day that shows %s accounts for it or does not', (_, finding, shown, accounted, of = 'INV-1') => {
      expect(accountsFor(stored(shown, of), { day: june1, finding: { ...finding, deviceId: 'INV-1' } })).toBe(accounted)
    })
  })
})
