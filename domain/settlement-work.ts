import * as z from 'zod'
import { addMonths, type ChinaMonth, HOUR_MS, monthOf, parseMonth } from './calendar.ts'
import type { StationDay } from './energy.ts'
import { daysInService, finalDays } from './income.ts'
import { ID_PATTERN } from './limits.ts'
import type { Station } from './registry.ts'
import type { Slip } from './slip.ts'

/** Which months are to be settled, and how the queues say so: the figures are looked up when the work is done. */

const month = z.custom<ChinaMonth>((value) => typeof value === 'string' && parseMonth(value) !== undefined, 'not a month')

export const stationMonthWork = z.object({ stationId: z.string().regex(ID_PATTERN), month })
export type StationMonthWork = z.infer<typeof stationMonthWork>

export const villageMonthWork = z.object({ villageCode: z.string().regex(/^\d{12}$/), month })
export type VillageMonthWork = z.infer<typeof villageMonthWork>

/** Readings buffered at the gateways have this long after midnight before a month is first settled. */
const SETTLE_GRACE_MS = 3 * HOUR_MS
/** How far back late readings still lead to a new statement by themselves. */
const MONTHS_LOOKED_AT = 14

/** The last fourteen months that are over at an instant, grace included; the newest first. */
export const monthsToSettle = (atMs: number): ChinaMonth[] => {
  const current = monthOf(atMs - SETTLE_GRACE_MS)
  return Array.from({ length: MONTHS_LOOKED_AT }, (_, ago) => addMonths(current, -1 - ago))
}

/** Whether a month is over at an instant, grace included. */
export const isOver = (of: ChinaMonth, atMs: number): boolean => of < monthOf(atMs - SETTLE_GRACE_MS)

/** Whether the energy of any day in service is known, by telemetry or by a slip: of a month of which nothing is there is no statement. */
export const isAnythingKnown = ({
  station,
  month,
  days,
  slips,
}: {
  station: Station
  month: ChinaMonth
  days: readonly StationDay[]
  slips: readonly Slip[]
}): boolean => {
  const finals = finalDays(days)
  return daysInService(station, month).some(
    (day) => (finals.get(day)?.energyWh ?? null) !== null || slips.some(({ from, to }) => from <= day && day <= to),
  )
}
