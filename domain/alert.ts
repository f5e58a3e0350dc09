import type { RegionCode } from './registry.ts'

/** What ingest last saw of a device, by receive time. A quarantined reading counts as a sign of life. */
export type Liveness = {
  deviceId: string
  stationId: string
  countyCode: RegionCode
  lastReceivedAtMs: number
  /** Device time of the newest good reading; absent when none came yet. */
  lastAtMs?: number
  acPowerW?: number
  energyTodayWh?: number
  temperatureC?: number
  state?: string
}

export const ALERT_KINDS = ['station_offline', 'device_offline'] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

/** One episode. Recomputed from data on a schedule; only the highest true layer opens one, the rest attach as `deviceIds`. */
export type Alert = {
  countyCode: RegionCode
  stationId: string
  kind: AlertKind
  /** The device of a device alert, the station's id of a station alert: one open alert per (kind, subject). */
  subject: string
  openedAtMs: number
  closedAtMs?: number
  lastSeenAtMs?: number
  deviceIds: string[]
}
