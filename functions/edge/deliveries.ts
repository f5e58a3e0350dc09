import * as z from 'zod'

import { type ChinaMonth, monthOf } from '../../domain/calendar.ts'
import type { Delivery } from '../../domain/delivery.ts'
import type { RegionCode } from '../../domain/registry.ts'
import { allRows } from '../../stores/table.ts'
import type { TableOf, TableReaderOf } from '../../stores/tables.ts'
import type { DeliveriesView, DeliveryView, InboxView } from '../api-types-closings.ts'
import type { Ambient } from '../entry.ts'
import { type ApiContext, notFound, parseBody, parseQuery, problem } from './http.ts'
import { monthParam, openRegion, regionCodeParam, regionRef } from './region.ts'

/** 送达: a closed month's report goes to its village's inbox; opening it there is having read it. Officers see who has. */

type DeliveryDeps = Ambient & { regions: TableReaderOf<'regions'>; deliveries: TableOf<'deliveries'> }

/** Sent once, however often a month's closing is taken up again. */
export const deliver = async (
  { deliveries }: { deliveries: TableOf<'deliveries'> },
  of: { villageCode: RegionCode; countyCode: RegionCode; month: ChinaMonth },
  deliveredAtMs: number,
): Promise<void> => {
  await deliveries.put({ ...of, deliveredAtMs }, 'absent')
}

const countyQuery = z.strictObject({ county: regionCodeParam.optional(), month: monthParam.optional() })
const readBody = z.strictObject({ village: regionCodeParam, month: monthParam })

const shown = ({ month, deliveredAtMs, readBy, readAtMs }: Delivery): DeliveryView => ({
  month,
  deliveredAtMs,
  readBy: readBy ?? null,
  readAtMs: readAtMs ?? null,
})

/** What was sent to the village of whoever asks, newest first. For those of a village alone; others have no inbox, and it is empty. */
export const inbox = (deps: DeliveryDeps) => async (context: ApiContext) => {
  const { role, regionCode } = context.get('principal')
  const isOfVillage = role === 'village_accountant'
  const rows = isOfVillage
    ? (await allRows((cursor) => deps.deliveries.query({ partition: regionCode, cursor }))).toReversed()
    : []
  const unread = rows.filter(({ readAtMs }) => readAtMs === undefined).length
  return context.json({ asOfMs: deps.now(), unread, items: rows.map(shown) } satisfies InboxView)
}

/** The first of the village to open it has read it; the second changes nothing. */
export const markRead = (deps: DeliveryDeps) => async (context: ApiContext) => {
  const body = await parseBody(context, readBody)
  if (body instanceof Response) return body
  const { userName, role } = context.get('principal')
  const opened = await openRegion(context, deps, { code: body.village, resource: 'income' })
  if (opened instanceof Response) return opened
  if (role !== 'village_accountant') return problem(context, 'forbidden', 'A report is read by the village it was sent to.')
  const of = { villageCode: opened.region.code, month: body.month }
  const found = await deps.deliveries.get(of)
  if (!found) return notFound(context)
  if (found.row.readAtMs !== undefined) return context.json(shown(found.row))
  const read: Delivery = { ...found.row, readBy: userName, readAtMs: deps.now() }
  await deps.deliveries.put(read, { version: found.version })
  return context.json(shown((await deps.deliveries.get(of))?.row ?? read))
}

/** Of a month: every village of the region, what was sent to it and whether it was read. Without a month, the last that was sent. */
export const deliveriesOf = (deps: DeliveryDeps) => async (context: ApiContext) => {
  const query = parseQuery(context, countyQuery)
  if (query instanceof Response) return query
  const opened = await openRegion(context, deps, { code: query.county, resource: 'income' })
  if (opened instanceof Response) return opened
  const { countyCode } = opened
  const ofMonths = { partition: countyCode, ...(query.month && { from: query.month, to: `${query.month}~` }) }
  const last =
    query.month ?? (await deps.deliveries.queryIndex('byCounty', { ...ofMonths, reverse: true, limit: 1 })).rows[0]?.row.month
  const month = last ?? monthOf(deps.now())
  const range = { partition: countyCode, from: month, to: `${month}~` }
  const rows = await allRows((cursor) => deps.deliveries.queryIndex('byCounty', { ...range, cursor }))
  const byVillage = new Map(rows.map((row) => [row.villageCode, row]))
  const villages = opened.villages.map(({ code, name, parentCode }) => {
    const row = byVillage.get(code)
    return { code, name, townName: opened.nameOf(parentCode), delivery: row ? shown(row) : null }
  })
  return context.json({ asOfMs: deps.now(), region: regionRef(opened.region), month, villages } satisfies DeliveriesView)
}
