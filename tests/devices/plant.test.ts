import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fleet, FleetDevice } from '../../devices/fleet.ts'
import { plantOf } from '../../devices/plant.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { day } from '../registry.ts'
import { aSite, china, together } from './a-fleet.ts'

const SEED = 42
const site = aSite('ZL1')
const deviceOf = (fleet: Fleet, deviceId: string): FleetDevice =>
  fleet.devices.find((device) => device.deviceId === deviceId) ?? expect.unreachable(deviceId)
const inverter = deviceOf(site, 'ZL1-INV-1')
const meter = deviceOf(site, 'ZL1-METER')
const everyMinutes = (fromMs: number, toMs: number, minutes: number): number[] =>
  Array.from({ length: Math.ceil((toMs - fromMs) / (minutes * MINUTE_MS)) }, (_, at) => fromMs + at * minutes * MINUTE_MS)

describe('a simulated device', () => {
  test('reports the same at an instant, whatever was asked before', () => {
    const walked = plantOf({ fleet: site, seed: SEED })
    for (const atMs of everyMinutes(china('2026-03-01'), china('2026-03-08'), 15)) walked.readingAt(inverter, atMs)
    const fresh = plantOf({ fleet: site, seed: SEED })
    const atMs = china('2026-03-05T11:07:13')
    for (const device of site.devices) expect(walked.readingAt(device, atMs)).toEqual(fresh.readingAt(device, atMs))
    const alone = plantOf({ fleet: together(aSite('AB9', { latitudeDeg: 32.9 }), site), seed: SEED })
    expect(alone.readingAt(inverter, atMs)).toEqual(fresh.readingAt(inverter, atMs))
  })

  test('has counters that never go back, from any instant to any later one', () => {
    const plant = plantOf({ fleet: site, seed: SEED })
    const instant = fc.integer({ min: china('2025-01-01'), max: china('2027-06-01') })
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: 3 * DAY_MS }), (fromMs, laterMs) => {
        for (const device of site.devices) {
          expect(plant.counterWhAt(device, fromMs + laterMs)).toBeGreaterThanOrEqual(plant.counterWhAt(device, fromMs))
        }
      }),
      { numRuns: 300 },
    )
  })

  test('counts the integral of its power, within the rounding of both', () => {
    const plant = plantOf({ fleet: site, seed: SEED })
    for (const device of site.devices) {
      const instants = everyMinutes(china('2026-05-04'), china('2026-05-06'), 5)
      const powers = instants.map((atMs) => Math.max(0, plant.readingAt(device, atMs)?.acPowerW ?? 0))
      const integralWh = powers.slice(1).reduce((sum, powerW, at) => sum + (powerW + (powers[at] ?? 0)) / 2 / 12, 0)
      const counted = plant.counterWhAt(device, instants.at(-1) ?? 0) - plant.counterWhAt(device, instants[0] ?? 0)
      const roundingWh = 0.5 * (instants.length / 12) + device.ctMultiplier
      expect(Math.abs(counted * device.ctMultiplier - integralWh)).toBeLessThan(roundingWh)
      expect(integralWh).toBeGreaterThan(50_000)
    }
  })

  test('counts its day from midnight in China', () => {
    const plant = plantOf({ fleet: site, seed: SEED })
    const reading = plant.readingAt(inverter, china('2026-05-04T18:00:00'))
    const midnightWh = plant.counterWhAt(inverter, china('2026-05-04'))
    expect(Math.abs((reading?.energyTodayWh ?? 0) - ((reading?.energyTotalWh ?? 0) - midnightWh))).toBeLessThanOrEqual(1)
    const fleet = aSite('N', { inverters: 40 })
    const awake = sleepers(fleet, false)[0] ?? expect.unreachable()
    expect(plantOf({ fleet, seed: SEED }).readingAt(awake, china('2026-05-05'))?.energyTodayWh).toBe(0)
  })

  test('never delivers more than its rating, even under panels half as large again', () => {
    const fleet = aSite('BIG', { dcCapacityW: 3 * 60_000 * 1.5 })
    const plant = plantOf({ fleet, seed: SEED })
    const powers = everyMinutes(china('2026-04-01'), china('2026-04-15'), 5).map(
      (atMs) => plant.readingAt(deviceOf(fleet, 'BIG-INV-1'), atMs)?.acPowerW ?? 0,
    )
    const highest = Math.max(...powers)
    expect(highest).toBeLessThanOrEqual(60_000)
    expect(highest).toBeGreaterThan(0.94 * 60_000)
    expect(powers.filter((powerW) => powerW === highest).length).toBeGreaterThan(20)
  })

  test('of an irradiance sensor follows the sun, is dark at night and counts nothing', () => {
    const inverters = aSite('SUN', { inverters: 1 })
    const [inverter] = inverters.devices
    const sensor: FleetDevice = { ...(inverter ?? expect.unreachable()), deviceId: 'SUN-SUN', kind: 'irradiance', ratedPowerW: 0 }
    const plant = plantOf({ fleet: { ...inverters, devices: [...inverters.devices, sensor] }, seed: SEED })
    const at = (clock: string) => plant.readingAt(sensor, china(clock))
    expect(at('2026-05-05T00:30:00')).toEqual({
      deviceId: 'SUN-SUN',
      atMs: china('2026-05-05T00:30:00'),
      irradianceWPerM2: 0,
    })
    const noons = everyMinutes(china('2026-05-01T12:00:00'), china('2026-05-31T12:00:00'), 1_440).map(
      (atMs) => plant.readingAt(sensor, atMs)?.irradianceWPerM2 ?? 0,
    )
    expect(Math.min(...noons)).toBeGreaterThan(20)
    expect(Math.max(...noons)).toBeGreaterThan(800)
    expect(Math.max(...noons)).toBeLessThan(1_300)
    expect(plant.counterWhAt(sensor, china('2026-05-05T12:00:00'))).toBe(0)
  })

  test('is at night either silent or in standby at 0 W, each in its own way', () => {
    const fleet = aSite('N', { inverters: 40 })
    const plant = plantOf({ fleet, seed: SEED })
    for (const device of fleet.devices.filter(({ kind }) => kind === 'inverter')) {
      const nights = everyMinutes(china('2026-06-01T22:00:00'), china('2026-06-02T03:00:00'), 30).map((atMs) =>
        plant.readingAt(device, atMs),
      )
      const isSilent = nights.every((reading) => reading === undefined)
      const isStandingBy = nights.every((reading) => reading?.acPowerW === 0 && reading.state === 'standby')
      expect(isSilent || isStandingBy).toBe(true)
    }
    expect(sleepers(fleet, true).length).toBeGreaterThan(5)
    expect(sleepers(fleet, false).length).toBeGreaterThan(5)
  })

  test('that is new counts from 0 on its first day and is silent before and after its service', () => {
    const fleet = aSite('NEW', { device: { validFrom: day('2026-05-01'), validTo: day('2026-06-01') } })
    const plant = plantOf({ fleet, seed: SEED })
    const device = deviceOf(fleet, 'NEW-INV-1')
    expect(plant.counterWhAt(device, china('2026-05-01'))).toBe(0)
    expect(plant.readingAt(device, china('2026-04-30T12:00:00'))).toBeUndefined()
    expect(plant.readingAt(device, china('2026-05-01T12:00:00'))?.energyTotalWh).toBeGreaterThan(0)
    expect(plant.readingAt(device, china('2026-06-01T12:00:00'))).toBeUndefined()
  })

  test('that moves takes its counter along', () => {
    const before = aSite('OLD', { inverters: 1, device: { validTo: day('2026-05-01') } })
    const after = aSite('NEU', { inverters: 1, device: { validFrom: day('2026-05-01') } })
    const moved = { ...deviceOf(after, 'NEU-INV-1'), deviceId: 'OLD-INV-1' }
    const plant = plantOf({ fleet: together(before, { ...after, devices: [moved] }), seed: SEED })
    const there = plant.counterWhAt(deviceOf(before, 'OLD-INV-1'), china('2026-05-01'))
    expect(there).toBeGreaterThan(1_000_000)
    expect(plant.counterWhAt(moved, china('2026-05-01'))).toBe(there)
  })

  test('with a modulus rolls over at it, and one without a lifetime counter reports the day register only', () => {
    const fleet = aSite('M', { device: { counterModulusWh: 1_000_000 } })
    const plant = plantOf({ fleet, seed: SEED })
    const totals = everyMinutes(china('2026-05-01'), china('2026-05-08'), 60).map((atMs) =>
      plant.counterWhAt(deviceOf(fleet, 'M-INV-1'), atMs),
    )
    expect(Math.max(...totals)).toBeLessThan(1_000_000)
    expect(totals.some((total, at) => total < (totals[at - 1] ?? 0))).toBe(true)
    const daily = aSite('D', { device: { counter: 'day' } })
    const reading = plantOf({ fleet: daily, seed: SEED }).readingAt(deviceOf(daily, 'D-INV-1'), china('2026-05-01T12:00:00'))
    expect(reading).toHaveProperty('energyTodayWh')
    expect(reading).not.toHaveProperty('energyTotalWh')
  })

  test.each([
    ['before the anchor', china('2024-12-31T23:59:59')],
    ['after thirty years', china('2056-01-01')],
    ['not a time', Number.NaN],
  ])('does not exist %s', (_, atMs) => {
    expect(() => plantOf({ fleet: site, seed: SEED }).readingAt(inverter, atMs)).toThrow(/30 years from 2025-01-01/)
  })

  test('of a station that is not there is refused', () => {
    expect(() => plantOf({ fleet: { ...site, stations: [] }, seed: SEED }).readingAt(inverter, china('2026-01-01'))).toThrow(
      'the fleet has devices of station ZL1 but not the station',
    )
  })
})

describe('a simulated meter', () => {
  test('sees 1 to 3 % less than the inverters send, divided by its CT multiplier', () => {
    const plant = plantOf({ fleet: site, seed: SEED })
    const grown = (device: FleetDevice): number =>
      plant.counterWhAt(device, china('2026-08-01')) - plant.counterWhAt(device, china('2026-07-01'))
    const inverters = site.devices.filter(({ kind }) => kind === 'inverter').reduce((sum, device) => sum + grown(device), 0)
    const share = (grown(meter) * meter.ctMultiplier) / inverters
    expect(share).toBeGreaterThan(0.969)
    expect(share).toBeLessThan(0.991)
  })

  test('reports day and night and draws a little from the grid in the dark', () => {
    const plant = plantOf({ fleet: site, seed: SEED })
    const midnight = plant.readingAt(meter, china('2026-07-02'))
    const dawn = plant.readingAt(meter, china('2026-07-02T04:00:00'))
    const noon = plant.readingAt(meter, china('2026-07-02T12:00:00'))
    const afternoon = plant.readingAt(meter, china('2026-07-02T15:00:00'))
    expect(midnight?.acPowerW).toBeLessThan(0)
    expect(dawn?.importTotalWh).toBeGreaterThan(midnight?.importTotalWh ?? 0)
    expect(dawn?.exportTotalWh).toBe(midnight?.exportTotalWh)
    expect(afternoon?.importTotalWh).toBe(noon?.importTotalWh)
  })
})

/** The inverters of a site that are silent at midnight, or those that are not. */
function sleepers(fleet: Fleet, asleep: boolean): FleetDevice[] {
  const plant = plantOf({ fleet, seed: SEED })
  return fleet.devices.filter(
    (device) =>
      device.kind === 'inverter' && (plant.readingAt(device, china('2026-05-05T00:00:00') + HOUR_MS) === undefined) === asleep,
  )
}
