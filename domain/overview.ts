import type { Alert, Liveness } from './alert.ts'
import { type ChinaDay, dayOf, MINUTE_MS } from './calendar.ts'
import { FUTURE_TOLERANCE_MS } from './limits.ts'
import type { DeviceState } from './reading.ts'
import { DEVICE_STATES } from './reading.ts'
import type { Device } from './registry.ts'

/** What can be said of devices and stations at this moment, and from how many of them it is known. */

/** Three rounds of five minutes: a device not heard of for longer is not online. */
export const ONLINE_WITHIN_MS = 15 * MINUTE_MS

/**
 * The state of a station in one word. 'offline' and 'warning' follow open alerts alone, so night silence is never a fault:
 * a station nobody has heard of lately and no alert is about is 'quiet'. 'unseen' never reported at all.
 */
export const STATION_STATUSES = ['normal', 'warning', 'fault', 'offline', 'quiet', 'unseen'] as const
export type StationStatus = (typeof STATION_STATUSES)[number]

export type DeviceNow = {
  /** Heard of within ONLINE_WITHIN_MS, by receive time. */
  online: boolean
  /** Null when not known now: an old reading delivered late says nothing about this moment. */
  acPowerW: number | null
  state: DeviceState | null
  lastReceivedAtMs: number | null
  lastAtMs: number | null
}

/** How many of how many a figure covers. */
export type Coverage = { known: number; of: number }

export type StationNow = Coverage & {
  inverters: number
  invertersOnline: number
  /** Sum over the `known` inverters; null when none is known. */
  acPowerW: number | null
  lastReceivedAtMs: number | null
  status: StationStatus
}

/** Whether a row with a validity holds on a day; `validTo` is exclusive. */
export const validOn = (row: { validFrom: ChinaDay; validTo?: ChinaDay }, day: ChinaDay): boolean =>
  row.validFrom <= day && (row.validTo === undefined || day < row.validTo)

/** The devices installed on a day, one row each: of several rows in force for one device the one that began last. */
export const installedOn = (devices: readonly Device[], day: ChinaDay): Device[] => {
  const inForce = new Map<string, Device>()
  for (const device of devices.filter((row) => validOn(row, day))) {
    const other = inForce.get(device.deviceId)
    if (!other || other.validFrom < device.validFrom) inForce.set(device.deviceId, device)
  }
  return [...inForce.values()]
}

const within = (atMs: number | undefined, nowMs: number): boolean =>
  atMs !== undefined && nowMs - atMs <= ONLINE_WITHIN_MS && atMs - nowMs <= FUTURE_TOLERANCE_MS

/** What is known of one device now. */
export const deviceNow = (liveness: Liveness | undefined, nowMs: number): DeviceNow => {
  const online = within(liveness?.lastReceivedAtMs, nowMs)
  const current = online && within(liveness?.lastAtMs, nowMs)
  return {
    online,
    acPowerW: (current ? liveness?.acPowerW : undefined) ?? null,
    state: (current ? DEVICE_STATES.find((state) => state === liveness?.state) : undefined) ?? null,
    lastReceivedAtMs: liveness?.lastReceivedAtMs ?? null,
    lastAtMs: liveness?.lastAtMs ?? null,
  }
}

/** Adds up what is known; null when nothing is. Unknown is not zero. */
export const sumKnown = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
}

const statusOf = (devices: readonly DeviceNow[], openAlerts: readonly Alert[]): StationStatus => {
  if (openAlerts.some(({ kind }) => kind === 'station_offline')) return 'offline'
  if (devices.some(({ state }) => state === 'fault')) return 'fault'
  if (openAlerts.length > 0) return 'warning'
  if (devices.some(({ online }) => online)) return 'normal'
  return devices.some(({ lastReceivedAtMs }) => lastReceivedAtMs !== null) ? 'quiet' : 'unseen'
}

/** What is known of one station now, from the rows of its devices, their signs of life and its open alerts. */
export const stationNow = (given: {
  devices: readonly Device[]
  liveness: readonly Liveness[]
  openAlerts: readonly Alert[]
  nowMs: number
}): StationNow => {
  const today = dayOf(given.nowMs)
  const byDevice = new Map(given.liveness.map((row) => [row.deviceId, row]))
  const installed = installedOn(given.devices, today).filter(({ kind }) => kind !== 'irradiance')
  const nowOf = ({ deviceId }: Device) => deviceNow(byDevice.get(deviceId), given.nowMs)
  const inverters = installed.filter(({ kind }) => kind === 'inverter').map(nowOf)
  const all = installed.map(nowOf)
  const powers = inverters.map(({ acPowerW }) => acPowerW)
  const received = all.map(({ lastReceivedAtMs }) => lastReceivedAtMs).filter((atMs) => atMs !== null)
  return {
    inverters: inverters.length,
    invertersOnline: inverters.filter(({ online }) => online).length,
    acPowerW: sumKnown(powers),
    known: powers.filter((power) => power !== null).length,
    of: inverters.length,
    lastReceivedAtMs: received.length === 0 ? null : Math.max(...received),
    status: statusOf(all, given.openAlerts),
  }
}

/** 等效利用小时: energy over the DC array rating; null when either is unknown. */
export const equivalentHours = (energyWh: number | null, dcCapacityW: number): number | null =>
  energyWh === null || dcCapacityW <= 0 ? null : energyWh / dcCapacityW

/** Of several versions of things, the newest of each; `keyOf` says what is one thing. Order of first appearance. */
export const newestVersions = <Row extends { version: number }>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] => {
  const newest = new Map<string, Row>()
  for (const row of rows) {
    const before = newest.get(keyOf(row))
    if (!before || row.version > before.version) newest.set(keyOf(row), row)
  }
  return [...newest.values()]
}
