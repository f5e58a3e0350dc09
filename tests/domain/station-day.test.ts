import { describe, expect, test } from 'vitest'
import type { ChinaDay } from '../../domain/calendar.ts'
import { dayEndMs, dayOf } from '../../domain/calendar.ts'
import type { DeviceReadings } from '../../domain/device-day.ts'
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

  test('no sum is checked before the inverters made enough to compare', () => {
    const early = month.filter(({ atMs }) => atMs < at('2026-06-01', 7))
    const figure = figureOf([inverter('INV-1', early), meter('METER', 0.9, early)], june1, at('2026-06-01', 7))
    expect(figure.inverterWh).toBeLessThan(20_000)
    expect(figure).toMatchObject({ basis: 'meter', findings: [] })
  })

  test('no sum is checked while an inverter is missing', () => {
    expect(figureOf([inverter('INV-1'), inverter('INV-2', []), meter('METER', 1.9)]).findings).toEqual([])
  })

  test('an inverter that made nothing while its sibling did is stuck', () => {
    const still = month.map((row) => ({ ...row, counterWh: 7_000_000, acPowerW: null }))
    const figure = figureOf([inverter('INV-1'), inverter('INV-2', still)])
    expect(figure.devices.map(({ findings }) => findings.map(({ code }) => code))).toEqual([[], ['stuck_value']])
    expect(figure).toMatchObject({ energyWh: trueWh, quality: 'estimated' })
    const seldom = still.filter((_, index) => index % 30 === 0)
    expect(figureOf([inverter('INV-1'), inverter('INV-2', seldom)]).devices[1]?.findings).toEqual([])
    expect(figureOf([inverter('INV-2', still)])).toMatchObject({ energyWh: 0, quality: 'measured' })
  })
})

describe('echoes', () => {
  const gap = month.filter(({ atMs }) => atMs < at('2026-05-31', 12) || atMs >= at('2026-06-02', 12))
  const written = (day: ChinaDay, rows: readonly Row[]) => ({
    ...figureOf([inverter('INV-1', rows, day)], day),
    version: 1,
    computedAtMs: dayEndMs(day),
  })
  const { echoes } = computeStationDay({ station, day: june2, nowMs: dayEndMs(june2), devices: [inverter('INV-1', gap, june2)] })
  const echo = echoes.find(({ day }) => day === june1)

  test('a day computed with the gap accounts for it', () => {
    expect(echo && accountsFor(written(june1, gap), echo)).toBe(true)
  })

  test('a day computed before the gap had an end, or never, does not', () => {
    const before = gap.filter(({ atMs }) => atMs < at('2026-06-02', 0))
    expect(echo && accountsFor(written(june1, before), echo)).toBe(false)
    expect(echo && accountsFor(undefined, echo)).toBe(false)
  })
})
