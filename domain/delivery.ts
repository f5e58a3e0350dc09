import type { ChinaMonth } from './calendar.ts'
import type { RegionCode } from './registry.ts'

/** A closed month's report, sent to the village it is about: when it was sent, and who of the village opened it first. */
export type Delivery = {
  villageCode: RegionCode
  countyCode: RegionCode
  month: ChinaMonth
  deliveredAtMs: number
  /** Together; absent while nobody of the village has opened it. */
  readBy?: string
  readAtMs?: number
}
