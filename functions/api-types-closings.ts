import type { ChinaMonth } from '../domain/calendar.ts'
import type { Blocker, ClosingState } from '../domain/closing.ts'
import type { EnergyDifference, LedgerAudit } from '../domain/ledger-audit.ts'
import type { PhotoType } from '../domain/photo.ts'
import type { RegionCode } from '../domain/registry.ts'
import type { RegionRef } from './api-types.ts'

/** What the API answers about the closing of months. Null means that there is no such thing. */

export type BlockerView = Blocker & { isForceable: boolean }
export type ClosingView = {
  month: ChinaMonth
  /** `open`: nobody has asked to close it. */
  state: 'open' | ClosingState
  /** Villages whose statement was closed; null until they all are. */
  villages: number | null
  requestedBy: string | null
  requestedAtMs: number | null
  reason: string | null
  approvedBy: string | null
  closedAtMs: number | null
  sha256: string | null
  /** What stood in the way when it was asked for, and was closed over. */
  closedOver: BlockerView[]
}
/** GET /api/closings?county= : the newest month first; what stands in the way of the first one that is not closed. */
export type ClosingsView = {
  asOfMs: number
  county: RegionRef
  mayClose: boolean
  /** Who asks: a month is not closed over something by one and the same person. */
  userName: string
  months: ClosingView[]
  next: { month: ChinaMonth; blockers: BlockerView[] } | null
}
/** POST /api/closings/{close,force,approve,withdraw} */
export type ClosingAnswer = { closing: ClosingView }
/** GET /api/closings/villages/{code}?month= : whether a closed month still comes out of what it names, to the byte. */
export type Reproduced = {
  villageCode: string
  month: ChinaMonth
  version: number
  closedAtMs: number
  sha256: string
  /** The hash of what its statement is when it is composed again, with the run that was divided. */
  again: string
  isSame: boolean
}

/** Whose row it is; null for a name nobody has any more. */
export type AuditPlace = { kind: 'village' | 'station'; id: string; name: string | null }
/** GET /api/closings/audit?county= : the newest audit of the county's books; null before the first. */
export type AuditView = {
  asOfMs: number
  county: RegionRef
  audit:
    | (Pick<LedgerAudit, 'day' | 'months'> & {
        /** How many months an audit goes through; fewer in `months` while it is not through. */
        monthsDue: number
        findings: (LedgerAudit['findings'][number] & { place: AuditPlace })[]
        differences: (EnergyDifference & { stationName: string | null })[]
      })
    | null
}

export type DeliveryView = { month: ChinaMonth; deliveredAtMs: number; readBy: string | null; readAtMs: number | null }
/** GET /api/closings/inbox : reports of closed months sent to one's own village, newest first. */
export type InboxView = { asOfMs: number; unread: number; items: DeliveryView[] }
/** GET /api/closings/deliveries?county=&month= */
export type DeliveriesView = {
  asOfMs: number
  region: RegionRef
  month: ChinaMonth
  /** `delivery` is null where nothing was sent: the village has no closed statement of the month. */
  villages: { code: RegionCode; name: string; townName: string | null; delivery: DeliveryView | null }[]
}

/** GET /api/papers/villages/{code}/photos?month= : photos of the notice as it hung out, oldest first. */
export type NoticePhotoView = { photoId: string; type: PhotoType; takenBy: string; takenAtMs: number }
export type NoticePhotosView = { asOfMs: number; photos: NoticePhotoView[] }
/** GET /api/papers/villages/{code}/photos/{photo}?month= */
export type PhotoView = NoticePhotoView & { base64: string }
