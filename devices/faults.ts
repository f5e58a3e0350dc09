import { DAY_MS } from '../domain/calendar.ts'
import type { Fleet, FleetDevice } from './fleet.ts'
import type { DeviceReading, Plant } from './plant.ts'

/**
 * What can go wrong at a station, as data. A fault touches its device or gateway from `fromMs` until `toMs` (exclusive) and
 * nothing else; times are true time, whatever the device's clock says.
 */
export type DeviceFault = { deviceId: string; fromMs: number; toMs: number } & (
  | { kind: 'inverter-offline' | 'counter-dip' | 'frozen' }
  /** The lifetime counter starts again from 0 at `fromMs` and stays reset: `toMs` is not read. */
  | { kind: 'counter-reset' }
  /** The device stamps its readings this much ahead (behind when negative). */
  | { kind: 'clock-off'; byMs: number }
)
export type GatewayFault = { gatewayId: string; fromMs: number; toMs: number } & (
  | { kind: 'gateway-offline'; afterwards: 'backlog' | 'lost' }
  /** Every message is published `copies` times. */
  | { kind: 'duplicates'; copies: number }
  | { kind: 'out-of-order' }
)
export type Fault = DeviceFault | GatewayFault

/** A fault longer than this would hold back more than a gateway's memory does. */
export const FAULT_MS_MAX = 31 * DAY_MS

const isDeviceFault = (fault: Fault): fault is DeviceFault => 'deviceId' in fault

/** Throws a RangeError naming the first fault that the fleet cannot have. */
export const assertFaultsFit = (faults: readonly Fault[], fleet: Fleet): void => {
  const deviceIds = new Set(fleet.devices.map(({ deviceId }) => deviceId))
  const gatewayIds = new Set(fleet.gatewayIds)
  for (const fault of faults) {
    const known = isDeviceFault(fault) ? deviceIds.has(fault.deviceId) : gatewayIds.has(fault.gatewayId)
    if (!known) {
      const subject = isDeviceFault(fault) ? `device ${fault.deviceId}` : `gateway ${fault.gatewayId}`
      throw new RangeError(`fault ${fault.kind}: the fleet has no ${subject}`)
    }
    if (fault.toMs < fault.fromMs) throw new RangeError(`fault ${fault.kind}: it ends before it begins`)
    if (fault.kind !== 'counter-reset' && fault.toMs - fault.fromMs > FAULT_MS_MAX) {
      throw new RangeError(`fault ${fault.kind}: longer than 31 days`)
    }
  }
}

const isActive = (fault: Fault, atMs: number): boolean => atMs >= fault.fromMs && atMs < fault.toMs

/** Which register of a device is its lifetime counter. */
const counterOf = (device: FleetDevice): 'energyTotalWh' | 'exportTotalWh' =>
  device.kind === 'meter' ? 'exportTotalWh' : 'energyTotalWh'

/** The counter a device shows after its last reset: what it would show less what it showed then. */
const showSinceReset = (device: FleetDevice, faults: readonly DeviceFault[], plant: Plant, reading: DeviceReading): void => {
  const counter = counterOf(device)
  const resets = faults.filter((fault) => fault.kind === 'counter-reset' && fault.fromMs <= reading.atMs)
  const shown = reading[counter]
  if (resets.length === 0 || shown === undefined) return
  const atResetWh = plant.counterWhAt(device, Math.max(...resets.map((fault) => fault.fromMs)))
  // A counter that rolled over since its reset is ahead by one modulus.
  reading[counter] = shown - atResetWh + (shown < atResetWh ? (device.counterModulusWh ?? 0) : 0)
}

/**
 * What a device reports given its faults: undefined while silent. The energy keeps flowing while an inverter is offline (its link is
 * down, not its sun), so the counter has moved on when it returns. A device that sleeps when it freezes stays silent.
 */
export const withDeviceFaults = (faults: readonly Fault[], plant: Plant): Plant['readingAt'] => {
  const byDevice = Map.groupBy(faults.filter(isDeviceFault), ({ deviceId }) => deviceId)
  return (device, atMs) => {
    const own = byDevice.get(device.deviceId)
    const active = own?.filter((fault) => isActive(fault, atMs))
    if (!own || !active) return plant.readingAt(device, atMs)
    if (active.some(({ kind }) => kind === 'inverter-offline')) return undefined
    const frozen = active.find(({ kind }) => kind === 'frozen')
    const reading = plant.readingAt(device, frozen?.fromMs ?? atMs)
    if (!reading) return undefined
    showSinceReset(device, own, plant, reading)
    const counter = counterOf(device)
    if (reading[counter] !== undefined && active.some(({ kind }) => kind === 'counter-dip')) reading[counter] = 0
    reading.atMs = atMs
    for (const fault of active) if (fault.kind === 'clock-off') reading.atMs += fault.byMs
    return reading
  }
}

/** The faults of one gateway at an instant, folded into what its publishing has to do. */
type LinkState = { offline: boolean; lost: boolean; copies: number; shuffling: boolean }

/** What the link of a gateway does at an instant. */
export const linkStateAt = (faults: readonly GatewayFault[], atMs: number): LinkState => {
  const state: LinkState = { offline: false, lost: false, copies: 1, shuffling: false }
  for (const fault of faults) {
    if (!isActive(fault, atMs)) continue
    if (fault.kind === 'gateway-offline') {
      state.offline = true
      state.lost ||= fault.afterwards === 'lost'
    } else if (fault.kind === 'duplicates') state.copies = Math.max(state.copies, fault.copies)
    else state.shuffling = true
  }
  return state
}

/** The gateway faults among them, by gateway. */
export const gatewayFaultsOf = (faults: readonly Fault[]): Map<string, GatewayFault[]> =>
  Map.groupBy(
    faults.filter((fault) => !isDeviceFault(fault)),
    ({ gatewayId }) => gatewayId,
  )
