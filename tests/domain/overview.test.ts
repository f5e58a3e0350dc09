import { describe, expect, test } from 'vitest'
import type { Alert, Liveness } from '../../domain/alert.ts'
import { MINUTE_MS } from '../../domain/calendar.ts'
import {
  deviceNow,
  equivalentHours,
  installedOn,
  newestVersions,
  ONLINE_WITHIN_MS,
  stationNow,
  sumKnown,
  validOn,
} from '../../domain/overview.ts'
import { NOON_MS } from '../readings.ts'
import { aDevice, COUNTY, day } from '../registry.ts'

const seen = (over: Partial<Liveness> = {}): Liveness => ({
  deviceId: 'ZL1-INV-1',
  stationId: 'ZL1',
  countyCode: COUNTY,
  lastReceivedAtMs: NOON_MS - MINUTE_MS,
  lastAtMs: NOON_MS - MINUTE_MS,
  acPowerW: 40_000,
  state: 'running',
  ...over,
})
const anAlert = (over: Partial<Alert> = {}): Alert => ({
  countyCode: COUNTY,
  stationId: 'ZL1',
  kind: 'device_offline',
  subject: 'ZL1-INV-1',
  openedAtMs: NOON_MS,
  deviceIds: ['ZL1-INV-1'],
  ...over,
})
const now = (over: Partial<Parameters<typeof stationNow>[0]> = {}) =>
  stationNow({ devices: [aDevice()], liveness: [seen()], openAlerts: [], nowMs: NOON_MS, ...over })

describe('a device now', () => {
  test.each([
    ['heard of a minute ago', seen(), { online: true, acPowerW: 40_000, state: 'running' }],
    ['heard of exactly a quarter of an hour ago', seen({ lastReceivedAtMs: NOON_MS - ONLINE_WITHIN_MS }), { online: true }],
    [
      'heard of a moment longer ago',
      seen({ lastReceivedAtMs: NOON_MS - ONLINE_WITHIN_MS - 1 }),
      { online: false, acPowerW: null },
    ],
    ['delivering old readings', seen({ lastAtMs: NOON_MS - 60 * MINUTE_MS }), { online: true, acPowerW: null, state: null }],
    ['online without a good reading', seen({ lastAtMs: undefined as never }), { online: true, acPowerW: null }],
    ['reporting no power', seen({ acPowerW: undefined as never }), { online: true, acPowerW: null }],
    ['reporting zero', seen({ acPowerW: 0 }), { online: true, acPowerW: 0 }],
    ['never heard of', undefined, { online: false, acPowerW: null, lastReceivedAtMs: null, lastAtMs: null }],
  ])('%s', (_, liveness, expected) => {
    expect(deviceNow(liveness, NOON_MS)).toMatchObject(expected)
  })
})

describe('a station now', () => {
  test('sums what is known and says how many inverters that covers', () => {
    const devices = [1, 2, 3].map((at) => aDevice({ deviceId: `ZL1-INV-${at}` }))
    const liveness = [seen(), seen({ deviceId: 'ZL1-INV-2', acPowerW: 20_000 })]
    expect(now({ devices, liveness })).toMatchObject({ acPowerW: 60_000, known: 2, of: 3, inverters: 3, invertersOnline: 2 })
  })

  test('does not add the meter to the inverters', () => {
    const devices = [
      aDevice(),
      aDevice({ deviceId: 'ZL1-METER', kind: 'meter' }),
      aDevice({ deviceId: 'ZL1-SUN', kind: 'irradiance' }),
    ]
    expect(now({ devices, liveness: [seen(), seen({ deviceId: 'ZL1-METER' })] })).toMatchObject({ acPowerW: 40_000, of: 1 })
  })

  test('does not know its power when nothing is heard: unknown is not zero', () => {
    expect(now({ liveness: [] })).toMatchObject({ acPowerW: null, known: 0, of: 1, lastReceivedAtMs: null })
  })

  test('leaves out a device that was taken away and one that is still to come', () => {
    const devices = [
      aDevice({ validTo: day('2026-11-02') }),
      aDevice({ deviceId: 'ZL1-INV-2', validFrom: day('2026-11-03') }),
      aDevice({ deviceId: 'ZL1-INV-3' }),
    ]
    expect(now({ devices, liveness: [seen()] })).toMatchObject({ of: 1, invertersOnline: 0 })
  })

  test('counts a device once that moved behind another gateway without an end of its first row', () => {
    const devices = [aDevice({ validFrom: day('2026-11-01'), gatewayId: 'GW-NEW' }), aDevice()]
    expect(now({ devices })).toMatchObject({ acPowerW: 40_000, of: 1 })
    expect(installedOn(devices, day('2026-11-02')).map(({ gatewayId }) => gatewayId)).toEqual(['GW-NEW'])
  })

  test.each([
    ['normal', {}],
    ['warning', { openAlerts: [anAlert()] }],
    ['offline', { openAlerts: [anAlert(), anAlert({ kind: 'station_offline', subject: 'ZL1' })] }],
    ['fault', { liveness: [seen({ state: 'fault' })] }],
    ['quiet', { liveness: [seen({ lastReceivedAtMs: NOON_MS - 600 * MINUTE_MS })] }],
    ['unseen', { liveness: [] }],
  ])('is %s', (status, over) => {
    expect(now(over).status).toBe(status)
  })

  test('does not call an old fault a fault when nothing is heard any more', () => {
    expect(now({ liveness: [seen({ state: 'fault', lastReceivedAtMs: NOON_MS - 600 * MINUTE_MS })] }).status).toBe('quiet')
  })
})

describe('small rules', () => {
  test('a sum of nothing known is unknown, and zeros are known', () => {
    expect(sumKnown([])).toBeNull()
    expect(sumKnown([null, null])).toBeNull()
    expect(sumKnown([null, 0, 5])).toBe(5)
  })

  test('a validity holds from its first day until the day before its end', () => {
    const row = { validFrom: day('2026-11-02'), validTo: day('2026-11-04') }
    expect(['2026-11-01', '2026-11-02', '2026-11-03', '2026-11-04'].map((on) => validOn(row, day(on)))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  test('equivalent hours need an energy and a capacity', () => {
    expect(equivalentHours(374_400, 187_200)).toBe(2)
    expect(equivalentHours(null, 187_200)).toBeNull()
    expect(equivalentHours(374_400, 0)).toBeNull()
  })

  test('the newest version counts, in whatever order versions come', () => {
    const rows = [2, 10, 9].map((version) => ({ day: 'a', version })).concat([{ day: 'b', version: 1 }])
    expect(newestVersions(rows, (row) => row.day)).toEqual([
      { day: 'a', version: 10 },
      { day: 'b', version: 1 },
    ])
  })
})
