import type { PhotoType } from '../domain/photo.ts'
import type { ChinaDay, ChinaMonth } from '../domain/calendar.ts'
import type { DayCause } from '../domain/day-cause.ts'
import type { PerformanceLimits } from '../domain/performance-limits.ts'
import type { QuarantineReason } from '../domain/problems.ts'
import type { RegionCode } from '../domain/registry.ts'

/** Rows that are the system's own business: what it set aside, what it still has to do, what it signs with. */

/** One bad message (`index` -1) or one bad reading of a message, with its raw bytes and its reason. Kept until an officer decides. */
export type QuarantineRow = {
  /** The word `unknown` for a gateway the registry does not know. */
  countyCode: RegionCode
  gatewayId: string
  messageId: string
  index: number
  reason: QuarantineReason
  detail: string
  receivedAtMs: number
  deviceId?: string
  atMs?: number
  payloadBase64: string
  /** When it was put back through ingest, and by whom (a user name); absent while it waits for a decision. */
  releasedAtMs?: number
  releasedBy?: string
}

/**
 * A station-day whose figure no longer covers everything received. It is pending until the computation that saw this version of it
 * settles it, and never deleted: as its versions only grow, a new mark cannot be taken for an old one, whatever the clock says.
 */
export type StaleDay = {
  countyCode: RegionCode
  stationId: string
  day: ChinaDay
  markedAtMs: number
  /** Why, beyond readings that arrived in time; at most CAUSES_MAX. */
  causes?: DayCause[]
  /** Absent while pending. */
  settledAtMs?: number
  /** Absent until the archive holds what this mark stands for: a new mark is archived anew. */
  archivedAtMs?: number
}

/**
 * Days of a station that a correction of the registry, or somebody, has computed anew: announced before the correction is written, ready after it,
 * done when every day has its mark. Never deleted; a later correction begins it anew.
 */
export type Recomputation = {
  countyCode: RegionCode
  stationId: string
  from: ChinaDay
  /** Included. */
  to: ChinaDay
  /** Whether days that never were computed are meant, too. */
  isWhole?: true
  causes: DayCause[]
  askedAtMs: number
  /** Absent until the correction is written. */
  readyAtMs?: number
  /** The last day that has its mark; absent before the first. */
  markedThrough?: ChinaDay
  doneAtMs?: number
}

/**
 * A station-month that has a final station-day no statement may stand on yet. Pending until the settlement that read this version
 * of it before the days settles it, and never deleted, for the reason a `StaleDay` is not.
 */
export type StaleMonth = {
  stationId: string
  countyCode: RegionCode
  month: ChinaMonth
  markedAtMs: number
  /** Absent while pending. */
  settledAtMs?: number
}

/**
 * A county's day that has a final station-day no assessment may stand on yet. Pending until the assessment that read this version of
 * it settles it, and never deleted, for the reason a `StaleDay` is not.
 */
export type StaleCountyDay = {
  countyCode: RegionCode
  day: ChinaDay
  markedAtMs: number
  /** Absent while pending. */
  settledAtMs?: number
}

/** What a county has set instead of the platform's own limits, and who did. */
export type CountyLimits = { countyCode: RegionCode; limits: PerformanceLimits; setBy: string; setAtMs: number }

/** Half of the key pair that signs sessions, as JWK JSON. The private half lives in its own table: only the log-in may read it. */
export type SessionKey = { keyId: string; jwk: string; createdAtMs: number }

/** A photo of a village's notice of a month, small enough for a row. Never changed; named by what it shows. */
export type NoticePhoto = {
  villageCode: string
  countyCode: string
  month: ChinaMonth
  photoId: string
  type: PhotoType
  base64: string
  takenBy: string
  takenAtMs: number
}
