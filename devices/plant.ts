import { DAY_MS, HOUR_MS, dayStartMs } from '../domain/calendar.ts'
import type { Reading } from '../domain/reading.ts'
import { chance, chanceBetween } from './chance.ts'
import type { Fleet, FleetDevice, FleetStation } from './fleet.ts'
import { ANCHOR_MS, TICKS_PER_HOUR, outputOf } from './output.ts'
import type { Output } from './output.ts'
import { GRID_MS, skyOf } from './sky.ts'

/**
 * The devices of a simulated fleet: what each would report at an instant. A pure function of (seed, fleet, device, instant),
 * so that separate runs agree and a counter never goes back.
 */

/** As sent: what the device knows. When it arrives is for the door to say. */
export type DeviceReading = Omit<Reading, 'receivedAtMs'>

export type Plant = {
  /** Undefined when the device is silent: not installed at that time, or asleep at night. Throws on an instant before 2025. */
  readingAt: (device: FleetDevice, atMs: number) => DeviceReading | undefined
  /** What the lifetime counter of a device stands at, also while it is silent. */
  counterWhAt: (device: FleetDevice, atMs: number) => number
}

/** Full-load hours a year assumed for the counter a device already had at the anchor. */
const FORMER_HOURS_PER_YEAR = 1_100
const YEAR_MS = 365.25 * DAY_MS
/** Own use of a station's equipment, drawn from the grid in the dark. */
const OWN_USE_W = 25

const rounded = (value: number, perUnit: number): number => Math.round(value * perUnit) / perUnit

/** Below one: panels of a station differ a little, and none beats the station's rating. */
const factorOf = (seed: number, deviceId: string): number => chanceBetween(seed, `${deviceId}/factor`, 0.95, 1)

type Site = { station: FleetStation; output: (atMs: number) => Output }

type Traits = {
  startsMs: number
  endsMs: number
  output: (atMs: number) => Output
  /** Power at full output: rating × factor of an inverter; what reaches a meter, before its CT multiplier. */
  fullW: number
  baseWh: number
  ticksAtStart: number
  sleepsAtNight: boolean
  voltageShiftV: number
}

/** What the meters of a station see when all its inverters run fully: their sum less 1 to 3 %, shared by the meters. */
const meteredW = (seed: number, fleet: Fleet, meter: FleetDevice): number => {
  const here = fleet.devices.filter((device) => device.stationId === meter.stationId)
  const inverters = here.filter((device) => device.kind === 'inverter')
  const meters = new Set(here.filter((device) => device.kind === 'meter').map((device) => device.deviceId)).size
  const lossShare = chanceBetween(seed, `${meter.stationId}/loss`, 0.01, 0.03)
  const fullW = inverters.reduce((sum, device) => sum + device.ratedPowerW * factorOf(seed, device.deviceId), 0)
  return (fullW * (1 - lossShare)) / meters / meter.ctMultiplier
}

const formerWh = (seed: number, device: FleetDevice, fullW: number, startsMs: number): number => {
  const years = Math.max(0, ANCHOR_MS - startsMs) / YEAR_MS
  return Math.floor(fullW * FORMER_HOURS_PER_YEAR * years * chanceBetween(seed, `${device.deviceId}/former`, 0.93, 1.07))
}

/** The row of the same device before this one: a moved device takes its counter along. */
const previousRow = (fleet: Fleet, device: FleetDevice): FleetDevice | undefined =>
  fleet.devices
    .filter(({ deviceId, validTo }) => deviceId === device.deviceId && validTo !== undefined && validTo <= device.validFrom)
    .sort((a, b) => a.validFrom.localeCompare(b.validFrom))
    .at(-1)

/** First instant and end (exclusive) of a device's service at its station, epoch ms. */
const serviceOf = (device: FleetDevice, station: FleetStation): { startsMs: number; endsMs: number } => {
  const ends = [device.validTo, station.decommissionedOn].filter((day) => day !== undefined)
  return {
    startsMs: Math.max(dayStartMs(device.validFrom), dayStartMs(station.commissionedOn)),
    endsMs: Math.min(...ends.map(dayStartMs), Number.POSITIVE_INFINITY),
  }
}

const traitsOf = (seed: number, fleet: Fleet, device: FleetDevice, { station, output }: Site): Traits => {
  const service = serviceOf(device, station)
  const fullW = device.kind === 'meter' ? meteredW(seed, fleet, device) : device.ratedPowerW * factorOf(seed, device.deviceId)
  return {
    ...service,
    output,
    fullW,
    baseWh: formerWh(seed, device, fullW, service.startsMs),
    ticksAtStart: service.startsMs <= ANCHOR_MS ? 0 : output(service.startsMs).ticks,
    sleepsAtNight: device.kind === 'inverter' && chance(seed, `${device.deviceId}/night`) < 0.4,
    voltageShiftV: chanceBetween(seed, `${device.deviceId}/voltage`, -3, 3),
  }
}

const energyWh = (traits: Traits, ticks: number): number => Math.floor((traits.fullW * ticks) / TICKS_PER_HOUR)

const lifetimeWh = (device: FleetDevice, traits: Traits, ticks: number): number => {
  const totalWh = traits.baseWh + energyWh(traits, ticks - traits.ticksAtStart)
  return device.counterModulusWh === undefined ? totalWh : totalWh % device.counterModulusWh
}

const inverterReading = (
  device: FleetDevice,
  traits: Traits,
  output: Output,
  atMs: number,
  frequencyHz: number,
): DeviceReading => {
  const share = output.shareMillionths / 1_000_000
  const acPowerW = Math.round(traits.fullW * share)
  const dcPowerW = Math.round(acPowerW / 0.982)
  const dcVoltageV = rounded(640 - 55 * share - 1.2 * output.ambientC + traits.voltageShiftV, 10)
  const acVoltageV = rounded(229 + 6 * share + traits.voltageShiftV, 10)
  const sinceMidnight = output.ticks - Math.max(output.ticksAtMidnight, traits.ticksAtStart)
  const reading: DeviceReading = {
    deviceId: device.deviceId,
    atMs,
    acPowerW,
    energyTodayWh: energyWh(traits, sinceMidnight),
    dcPowerW,
    acVoltageV,
    acCurrentA: rounded(acPowerW / (3 * acVoltageV), 100),
    frequencyHz,
    temperatureC: rounded(output.ambientC + 6 + 24 * share, 10),
    state: share > 0 ? 'running' : 'standby',
  }
  if (device.counter === 'lifetime') reading.energyTotalWh = lifetimeWh(device, traits, output.ticks)
  if (share > 0) {
    reading.dcVoltageV = dcVoltageV
    reading.dcCurrentA = rounded(dcPowerW / dcVoltageV, 100)
  }
  return reading
}

const meterReading = (device: FleetDevice, traits: Traits, output: Output, atMs: number): DeviceReading => {
  const darkHours = (output.darkSteps * GRID_MS) / HOUR_MS
  const deliveredW = (traits.fullW * device.ctMultiplier * output.shareMillionths) / 1_000_000
  return {
    deviceId: device.deviceId,
    atMs,
    acPowerW: output.shareMillionths > 0 ? Math.round(deliveredW) : -OWN_USE_W,
    exportTotalWh: lifetimeWh(device, traits, output.ticks),
    importTotalWh: Math.floor((OWN_USE_W * darkHours) / device.ctMultiplier),
  }
}

/** What is drawn by chance is a percent of the sensor's own error. */
const sensorReading = (deviceId: string, seed: number, output: Output, atMs: number): DeviceReading => ({
  deviceId,
  atMs,
  irradianceWPerM2: rounded(output.irradianceWm2 * chanceBetween(seed, `${deviceId}/factor`, 0.99, 1.01), 10),
})

/** The devices of a station are asked one after the other for the same instant. */
const rememberingLast = (outputAt: (atMs: number) => Output): ((atMs: number) => Output) => {
  let lastMs = Number.NaN
  let last: Output | undefined
  return (atMs) => {
    if (last && lastMs === atMs) return last
    last = outputAt(atMs)
    lastMs = atMs
    return last
  }
}

/** Prepares a fleet; what a device or station needs is computed at its first reading. Throws when a device names no station. */
export const plantOf = ({ fleet, seed }: { fleet: Fleet; seed: number }): Plant => {
  const sky = skyOf(seed)
  const stations = new Map(fleet.stations.map((station) => [station.stationId, station]))
  const sites = new Map<string, Site>()
  const allTraits = new Map<FleetDevice, Traits>()
  let frequency = { atMs: Number.NaN, hz: 50 }

  const siteOf = (stationId: string): Site => {
    const known = sites.get(stationId)
    if (known) return known
    const station = stations.get(stationId)
    if (!station) throw new Error(`the fleet has devices of station ${stationId} but not the station`)
    const site = { station, output: rememberingLast(outputOf(station, sky)) }
    sites.set(stationId, site)
    return site
  }
  const traitsFor = (device: FleetDevice): Traits => {
    const known = allTraits.get(device)
    if (known) return known
    const traits = traitsOf(seed, fleet, device, siteOf(device.stationId))
    const previous = previousRow(fleet, device)
    if (previous?.validTo !== undefined && dayStartMs(previous.validTo) > ANCHOR_MS) {
      const before = traitsFor(previous)
      traits.baseWh = before.baseWh + energyWh(before, before.output(before.endsMs).ticks - before.ticksAtStart)
    }
    allTraits.set(device, traits)
    return traits
  }
  /** One grid, one frequency: the same everywhere at an instant. */
  const frequencyHzAt = (atMs: number): number => {
    if (frequency.atMs !== atMs) {
      frequency = { atMs, hz: rounded(chanceBetween(seed, Math.floor(atMs / 1000), 49.96, 50.04), 100) }
    }
    return frequency.hz
  }

  return {
    readingAt: (device, atMs) => {
      const traits = traitsFor(device)
      const output = traits.output(atMs)
      if (atMs < traits.startsMs || atMs >= traits.endsMs) return undefined
      if (device.kind === 'irradiance') return sensorReading(device.deviceId, seed, output, atMs)
      if (device.kind === 'meter') return meterReading(device, traits, output, atMs)
      if (traits.sleepsAtNight && output.shareMillionths === 0) return undefined
      return inverterReading(device, traits, output, atMs, frequencyHzAt(atMs))
    },
    counterWhAt: (device, atMs) => {
      const traits = traitsFor(device)
      return lifetimeWh(device, traits, Math.max(traits.ticksAtStart, traits.output(atMs).ticks))
    },
  }
}
