import * as z from 'zod'

import { ALERT_KINDS, type Alert } from '../../domain/alert.ts'
import { PAGE_ROWS_MAX } from '../../domain/limits.ts'
import type { RegionCode } from '../../domain/registry.ts'
import type { Page } from '../../stores/table.ts'
import { type TableReaderOf, tables } from '../../stores/tables.ts'

/**
 * Pages of a region's alerts, newest first. They are filed by county, so a page for a part of one is gathered from several of the
 * store's; and a cursor is an alert the reader was shown, for the store's own would name the last row read: a neighbour's.
 */

const PER_PAGE = 50
/** A village with fewer alerts among so many of its county's has come to the end of its list. */
const READS_MAX = 20

const cursorSchema = z.tuple([
  z.string(),
  z.int().min(0).max(999_999_999_999_999),
  z.enum(ALERT_KINDS),
  z.string().regex(/^[\w/-]{1,200}$/),
])

export type AlertsAsk = {
  countyCode: RegionCode
  regionCode: RegionCode
  /** Whether an alert is the region's. */
  holds: (alert: Alert) => boolean
}

const sealed = (regionCode: RegionCode, { openedAtMs, kind, subject }: Alert): string =>
  Buffer.from(JSON.stringify([regionCode, openedAtMs, kind, subject])).toString('base64url')

/** Where the alert a cursor names is filed; undefined when the cursor is not of this region's list. */
const placeOf = ({ countyCode, regionCode }: AlertsAsk, cursor: string): string | undefined => {
  const [of, openedAtMs, kind, subject] =
    cursorSchema.safeParse(jsonOrNull(Buffer.from(cursor, 'base64url').toString())).data ?? []
  if (of !== regionCode || openedAtMs === undefined || kind === undefined || subject === undefined) return undefined
  return tables.alerts.key({ countyCode, openedAtMs, kind, subject }).sort
}

const jsonOrNull = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The page behind a cursor, the first without one; undefined when the cursor is not of this list. At most 20 reads. */
export const alertsPage = async (
  alerts: TableReaderOf<'alerts'>,
  ask: AlertsAsk,
  cursor: string | undefined,
): Promise<{ alerts: Alert[]; nextCursor: string | null } | undefined> => {
  const { countyCode, regionCode, holds } = ask
  const shown = cursor === undefined ? undefined : placeOf(ask, cursor)
  if (cursor !== undefined && shown === undefined) return undefined
  const limit = regionCode === countyCode ? PER_PAGE + 2 : PAGE_ROWS_MAX
  const range = { partition: countyCode, reverse: true, limit, ...(shown && { to: shown }) }
  const found: Alert[] = []
  let page: Page<Alert> | undefined
  for (let reads = 0; reads < READS_MAX && found.length <= PER_PAGE; reads += 1) {
    page = await alerts.query({ ...range, ...(page?.cursor && { cursor: page.cursor }) })
    for (const { row } of page.rows) if (holds(row) && tables.alerts.key(row).sort !== shown) found.push(row)
    if (page.cursor === undefined) break
  }
  const last = found[PER_PAGE - 1]
  return { alerts: found.slice(0, PER_PAGE), nextCursor: last && found.length > PER_PAGE ? sealed(regionCode, last) : null }
}
