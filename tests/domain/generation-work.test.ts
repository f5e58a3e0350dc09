import { describe, expect, test } from 'vitest'
import { daysToCompute, inService, installationsOn, isOver, standsOnWhole, stationDayWork } from '../../domain/generation-work.ts'
import type { Device } from '../../domain/registry.ts'
import { aDevice, aStation, day } from '../registry.ts'
import { at } from './sunny.ts'

const row = (validFrom: string, validTo: string | undefined, over: Partial<Device> = {}): Device =>
  aDevice({ validFrom: day(validFrom), ...(validTo !== undefined && { validTo: day(validTo) }), ...over })
const spans = (rows: readonly Device[], on: string) =>
  installationsOn(rows, day(on)).map(({ device, installedOn, removedOn }) => [device.deviceId, installedOn, removedOn])

describe('the devices of a station on a day', () => {
  const first = row('2026-01-01', '2026-03-01')
  const second = row('2026-03-01', '2026-05-01', { gatewayId: 'GW-2' })
  const third = row('2026-05-01', undefined, { gatewayId: 'GW-3' })

  test('are those installed, from their first day on and not on the day of removal', () => {
    expect(spans([first], '2025-12-31')).toEqual([])
    expect(spans([first], '2026-01-01')).toEqual([['ZL1-INV-1', '2026-01-01', '2026-03-01']])
    expect(spans([first], '2026-03-01')).toEqual([])
  })

  test('count by the row that began last, where two are in force', () => {
    const rows = [row('2026-01-01', undefined), row('2026-03-01', undefined, { ctMultiplier: 80 })]
    for (const read of [rows, rows.toReversed()]) {
      expect(installationsOn(read, day('2026-08-01')).map(({ device }) => device.ctMultiplier)).toEqual([80])
    }
  })

  test('have no sensor among them: it counts no energy', () => {
    expect(spans([first, row('2026-01-01', undefined, { deviceId: 'ZL1-SUN', kind: 'irradiance' })], '2026-01-05')).toEqual([
      ['ZL1-INV-1', '2026-01-01', '2026-03-01'],
    ])
  })

  test('count through a change of gateway', () => {
    for (const on of ['2026-02-01', '2026-03-01', '2026-08-01']) {
      expect(spans([third, first, second], on)).toEqual([['ZL1-INV-1', '2026-01-01', undefined]])
    }
  })

  test.each<[string, Partial<Device>]>([
    ['another transformer', { ctMultiplier: 80 }],
    ['another register', { counter: 'day' }],
    ['another station', { stationId: 'ZL2' }],
    ['another device', { deviceId: 'ZL1-INV-2' }],
  ])('do not count through a change to %s', (_, over) => {
    expect(spans([first, { ...second, ...over }], '2026-02-01')).toEqual([['ZL1-INV-1', '2026-01-01', '2026-03-01']])
  })

  test('do not count through a time in which they were away', () => {
    expect(spans([first, third], '2026-08-01')).toEqual([['ZL1-INV-1', '2026-05-01', undefined]])
  })

  test('are each one device although two rows are in force', () => {
    expect(spans([row('2026-01-01', undefined), row('2026-02-01', undefined, { gatewayId: 'GW-2' })], '2026-03-01')).toEqual([
      ['ZL1-INV-1', '2026-02-01', undefined],
    ])
  })

  test('are found although rows follow one another in a circle', () => {
    const circle = [row('2026-02-01', '2026-03-01'), row('2026-03-01', '2026-02-01')]
    expect(installationsOn(circle, day('2026-02-10'))).toHaveLength(1)
  })
})

test('the days to compute are the forty before today, today being yesterday for an hour after midnight', () => {
  expect(daysToCompute(at('2026-06-05', 0.5)).slice(0, 2)).toEqual(['2026-06-03', '2026-06-02'])
  const days = daysToCompute(at('2026-06-05', 1))
  expect([days.length, days[0], days.at(-1)]).toEqual([40, '2026-06-04', '2026-04-26'])
})

test('a station is in service from its commissioning until the day before its decommissioning', () => {
  const station = aStation({ commissionedOn: day('2026-06-02'), decommissionedOn: day('2026-06-04') })
  const days = ['2026-06-01', '2026-06-02', '2026-06-03', '2026-06-04'].map((each) => inService(station, day(each)))
  expect(days).toEqual([false, true, true, false])
})

test('a day stands on its readings and on those of the forty days before it', () => {
  expect(standsOnWhole(day('2026-06-11'), at('2026-05-02', 0))).toBe(true)
  expect(standsOnWhole(day('2026-06-11'), at('2026-05-02', 0) + 1)).toBe(false)
})

test('work names a station and a real day', () => {
  expect(stationDayWork.safeParse({ stationId: 'ZL1', day: '2026-06-01' }).success).toBe(true)
  expect(stationDayWork.safeParse({ stationId: 'ZL1', day: '2026-06-01', countyCode: '341622000000' }).success).toBe(true)
  for (const bad of [
    { stationId: 'ZL1', day: '2026-6-1' },
    { stationId: 'Z L', day: '2026-06-01' },
    { day: '2026-06-01' },
    null,
  ]) {
    expect(stationDayWork.safeParse(bad).success).toBe(false)
  }
})

test('a day is over from the first instant of the next in China', () => {
  const midnightMs = Date.parse('2026-10-02T00:00:00+08:00')
  expect(isOver(day('2026-10-01'), midnightMs - 1)).toBe(false)
  expect(isOver(day('2026-10-01'), midnightMs)).toBe(true)
})
