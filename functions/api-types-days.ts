import type { Acknowledgement } from '../domain/acknowledgement.ts'
import type { ChinaDay } from '../domain/calendar.ts'
import type { CounterReset } from '../domain/counter-reset.ts'
import type { DayCause } from '../domain/day-cause.ts'
import type { DeviceDay, Finding, StationDay } from '../domain/energy.ts'

/** What the API answers about single days and what people say about them. Null means unknown, which is not zero. */

export type DayCauseView = Omit<DayCause, 'about' | 'by'> & { about: string | null; by: string | null }
export type DeviceDayChange = Pick<DeviceDay, 'deviceId' | 'kind' | 'energyWh' | 'quality'> & {
  /** In the version before; null when there was none or it did not know. */
  beforeWh: number | null
}
/** One version as it was written: what it says, why it was written, and what it changed. Version 0 is the running figure. */
export type DayVersion = Pick<
  StationDay,
  'version' | 'computedAtMs' | 'energyWh' | 'basis' | 'quality' | 'coveragePermille' | 'findings'
> & {
  causes: DayCauseView[]
  /** To the version before; null when there is none, or when one of the two does not know. */
  differenceWh: number | null
  devices: DeviceDayChange[]
}
/** GET /api/stations/{id}/days/{day} : what the day's figure was and is, and why: the newest version first, at most 50. */
export type DayHistory = {
  asOfMs: number
  stationId: string
  day: ChinaDay
  versions: DayVersion[]
  /** Versions before those. */
  earlier: number
  /** Why it will be computed again; null when nothing waits. */
  waiting: DayCauseView[] | null
}

/** A record that a register was reset or a device replaced; null where it is in force. */
export type ResetView = Omit<CounterReset, 'withdrawnBy' | 'withdrawnAtMs'> & {
  withdrawnBy: string | null
  withdrawnAtMs: number | null
  withdrawalReason: string | null
}
/** GET /api/resets?station= : all of a station, the newest instant first, withdrawn ones included. */
export type ResetsView = { asOfMs: number; stationId: string; resets: ResetView[] }
/** A day as it is with the records in force, and as it becomes. */
export type ResetEffect = Pick<StationDay, 'day' | 'quality'> & {
  beforeWh: number | null
  afterWh: number | null
  devices: (Pick<DeviceDay, 'deviceId' | 'kind'> & { beforeWh: number | null; afterWh: number | null })[]
}
/** POST /api/resets and /api/resets/withdraw: what is or would be recorded, the days computed anew, and the five of them around it. */
export type ResetAnswer = { reset: ResetView; written: boolean; days: ChinaDay[]; effect: ResetEffect[] }
export type OpenItemView = Pick<DeviceDay, 'deviceId' | 'kind' | 'energyWh' | 'quality'> &
  Pick<Finding, 'code' | 'detail'> &
  Pick<StationDay, 'stationId' | 'day' | 'version'> & {
    stationName: string
    atMs: number | null
    /** Of an unconfirmed reset: what the register showed last, and first after it. */
    shown: { finalWh: number; startWh: number } | null
    /** Whether the day is about to be computed anew. */
    isWaiting: boolean
    /** Whether looking at it is all that can be done; a reset wants a record. */
    isAcknowledgeable: boolean
    /** Who said what it was; null while nobody has. */
    acknowledged: Pick<Acknowledgement, 'reason' | 'acknowledgedBy' | 'acknowledgedAtMs'> | null
  }
/**
 * GET /api/resets/open?county=&station=&state=&cursor= : findings that wait for a person, or (`state=acknowledged`) those somebody has
 * looked at; newest days first. A page may be short.
 */
export type OpenItemsPage = { asOfMs: number; items: OpenItemView[]; nextCursor: string | null }
/** POST /api/resets/acknowledge */
export type AcknowledgeAnswer = { acknowledgement: Omit<Acknowledgement, 'countyCode'> }
