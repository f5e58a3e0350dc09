import * as z from 'zod'
import { addDays, type ChinaDay, DAY_MS, dayEndMs, dayOf, dayStartMs, HALF_DAY_MS, HOUR_MS, parseDay } from './calendar.ts'
import { ID_PATTERN } from './limits.ts'
import type { Device, Station } from './registry.ts'
import { validOn } from './overview.ts'

/** Which station-days are to be computed, from which devices, and how the queue says so. */

const day = z.custom<ChinaDay>((value) => typeof value === 'string' && parseDay(value) !== undefined, 'not a day')

/** `countyCode` is the county of the mark that called for it, where the station is filed under another one by now. */
export const stationDayWork = z.object({
  stationId: z.string().regex(ID_PATTERN),
  day,
  countyCode: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
})
export type StationDayWork = z.infer<typeof stationDayWork>

/** How far a counter reaches over a gap, and how far back days are looked after. */
export const REACH_DAYS = 40
/** What is read beside the day at least: enough for the evening before and the morning after, everywhere in China. */
export const CONTEXT_MS = HALF_DAY_MS
/** Readings buffered at the gateways have this long after midnight before a day is closed without being asked for. */
const DAY_GRACE_MS = HOUR_MS

/** The last forty days that are over at an instant, grace included; the newest first. */
export const daysToCompute = (atMs: number): ChinaDay[] => {
  const current = dayOf(atMs - DAY_GRACE_MS)
  return Array.from({ length: REACH_DAYS }, (_, ago) => addDays(current, -1 - ago))
}

/** Whether the day is over at an instant: from then on its versions are final. */
export const isOver = (of: ChinaDay, atMs: number): boolean => atMs >= dayEndMs(of)

/** Whether what is received about a day at an instant comes after the time that readings on their way have. */
export const isLate = (of: ChinaDay, atMs: number): boolean => atMs >= dayEndMs(of) + DAY_GRACE_MS

/** Whether a day's figure stands only on instants from `wholeSinceMs` on: a counter may reach back over a gap before the day. */
export const standsOnWhole = (of: ChinaDay, wholeSinceMs: number): boolean => dayStartMs(of) - REACH_DAYS * DAY_MS >= wholeSinceMs

export const inService = ({ commissionedOn, decommissionedOn }: Station, on: ChinaDay): boolean =>
  commissionedOn <= on && (decommissionedOn === undefined || on < decommissionedOn)

/** A device at a station, from `installedOn` until `removedOn` (exclusive). */
export type Installation = { device: Device; installedOn: ChinaDay; removedOn?: ChinaDay }

/**
 * The devices of a station that count energy on a day, from all its rows: a sensor is none of them. Rows of one device that follow one another and read the same register in
 * the same way are one installation: a new gateway in front of a counter does not make it a new counter.
 */
export const installationsOn = (rows: readonly Device[], on: ChinaDay): Installation[] => {
  const inForce = new Map(
    rows
      .filter((row) => row.kind !== 'irradiance' && validOn(row, on))
      .toSorted((a, b) => (a.validFrom < b.validFrom ? -1 : 1))
      .map((row) => [row.deviceId, row]),
  )
  return [...inForce.values()].map((device) => {
    const same = rows.filter((row) => readsTheSame(row, device))
    const first = follow(device, (from) => same.find(({ validTo }) => validTo === from.validFrom))
    const last = follow(device, (from) => same.find(({ validFrom }) => validFrom === from.validTo))
    return { device, installedOn: first.validFrom, ...(last.validTo !== undefined && { removedOn: last.validTo }) }
  })
}

const readsTheSame = (row: Device, other: Device): boolean =>
  row.deviceId === other.deviceId &&
  row.stationId === other.stationId &&
  row.kind === other.kind &&
  row.counter === other.counter &&
  row.ctMultiplier === other.ctMultiplier

/** Follows a chain of rows to its end; rows with a validity that does not advance end it. */
const follow = (start: Device, next: (from: Device) => Device | undefined): Device => {
  const passed = new Set<Device>()
  let at = start
  for (let to: Device | undefined = start; to && !passed.has(to); to = next(to)) {
    passed.add(to)
    at = to
  }
  return at
}
