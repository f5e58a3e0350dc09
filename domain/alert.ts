import type { RegionCode } from './registry.ts'

/** What ingest last saw of a device, by receive time. A quarantined reading counts as a sign of life. */
export type Liveness = {
  deviceId: string
  stationId: string
  countyCode: RegionCode
  lastReceivedAtMs: number
  /** When the device was first heard of at this station; absent when that was not noted. */
  firstReceivedAtMs?: number
  /** Device time of the newest good reading; absent when none came yet. */
  lastAtMs?: number
  acPowerW?: number
  energyTodayWh?: number
  temperatureC?: number
  state?: string
}

/** The layers of silence, the highest first. */
export const ALERT_KINDS = ['platform_silent', 'station_offline', 'gateway_offline', 'device_offline'] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

/** One episode. Recomputed from data on a schedule; only the highest true layer opens one, the rest attach as `deviceIds`. */
export type Alert = {
  countyCode: RegionCode
  /** Absent when it is about the platform, not about a station. */
  stationId?: string
  kind: AlertKind
  /**
   * The device's id, the station's id, the county's code of a platform alert; `station/gateway` of a gateway alert, as a gateway may
   * serve several stations. One open alert per (kind, subject).
   */
  subject: string
  openedAtMs: number
  closedAtMs?: number
  lastSeenAtMs?: number
  /** The first hundred of them at most: a row stays small. */
  deviceIds: string[]
  /** How many devices it is about; absent when `deviceIds` names them all. */
  deviceCount?: number
  /** How often it closed and was taken up again because the silence soon came back; absent when never. */
  reopened?: number
}
