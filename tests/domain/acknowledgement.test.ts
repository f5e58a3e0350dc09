import { describe, expect, test } from 'vitest'
import { ACKNOWLEDGEABLE, acknowledgedAs, type Acknowledgement, itemNamed } from '../../domain/acknowledgement.ts'
import type { DeviceDay, Finding } from '../../domain/energy.ts'
import { COUNTY, day } from '../registry.ts'

const finding: Finding = { code: 'clock_shift', atMs: 5, detail: '60 minutes early' }
const aDeviceDay = (over: Partial<DeviceDay> = {}): DeviceDay => ({
  deviceId: 'INV-1',
  kind: 'inverter',
  energyWh: 9,
  quality: 'measured',
  coveragePermille: 1_000,
  readings: 9,
  findings: [finding],
  ...over,
})
const said = (over: Partial<Acknowledgement> = {}): Acknowledgement => ({
  stationId: 'ZL1',
  countyCode: COUNTY,
  day: day('2026-11-03'),
  deviceId: 'INV-1',
  code: 'clock_shift',
  findingAtMs: 5,
  detail: '60 minutes early',
  reason: '已校准',
  acknowledgedBy: 'somebody',
  acknowledgedAtMs: 7,
  ...over,
})

test('what a record settles is not settled by looking at it', () => {
  expect(ACKNOWLEDGEABLE).toEqual(['two_counters', 'clock_shift', 'high_low', 'conflict'])
})

describe('a finding is named', () => {
  test.each([
    ['by device, code and instant', {}, true],
    ['not by another device', { deviceId: 'INV-2' }, false],
    ['not by another code', { code: 'conflict' as const }, false],
    ['not by another instant', { findingAtMs: 6 }, false],
    ['not without its instant', { findingAtMs: null }, false],
  ])('%s', (_, over, isNamed) => {
    const item = itemNamed({ version: 1, devices: [aDeviceDay()] }, said(over))
    expect(item).toEqual(isNamed ? { device: aDeviceDay(), finding } : undefined)
  })

  test('of the day as a whole by no instant', () => {
    const whole = { code: finding.code, detail: finding.detail }
    const devices = [aDeviceDay({ findings: [whole] })]
    expect(itemNamed({ version: 1, devices }, said({ findingAtMs: null }))?.finding).toEqual(whole)
  })

  test('only in a figure that is final', () => {
    expect(itemNamed({ version: 0, devices: [aDeviceDay()] }, said())).toBeUndefined()
  })
})

test('what was said holds for the finding as it stood, and for no other', () => {
  const item = { device: aDeviceDay(), finding }
  const others = [said({ deviceId: 'INV-2' }), said({ detail: '61 minutes early' }), said({ code: 'high_low' })]
  expect(acknowledgedAs(others, item)).toBeUndefined()
  expect(acknowledgedAs([...others, said()], item)).toEqual(said())
})
