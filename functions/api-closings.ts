import * as z from 'zod'

import type { ChinaMonth } from '../domain/calendar.ts'
import type { Closing } from '../domain/closing.ts'
import type { Rejected } from '../domain/problems.ts'
import type { ClosingAnswer, ClosingsView } from './api-types-closings.ts'
import { auditViewOf } from './edge/audit-view.ts'
import { onAws } from './edge/aws.ts'
import { approve, close, force, listed, reproduced, viewOf, withdraw } from './edge/closing-desk.ts'
import { deliveriesOf, inbox, markRead } from './edge/deliveries.ts'
import { api, type ApiContext, notFound, parseBody, parseQuery, problem } from './edge/http.ts'
import { monthParam, openRegion, type OpenRegion, regionCodeParam, regionRef } from './edge/region.ts'
import type { Deps } from './entry.ts'

/**
 * 结账: a county's months, what stands in the way of closing the next one, and closing it. Officers and administrators of the county
 * close; over something in the way two of them with a reason. Nothing opens a closed month again: what changes is settled in the
 * first open one.
 */

type ClosingsDeps = Deps<
  | 'verifyKeys'
  | 'regions'
  | 'stations'
  | 'stationStatements'
  | 'restatements'
  | 'allocationLines'
  | 'staleDays'
  | 'staleMonths'
  | 'quarantine'
  | 'audits',
  'closings' | 'villageStatements' | 'allocations' | 'deliveries',
  'settle-village'
>

const REASON_CHARS_MAX = 200
const listQuery = z.strictObject({ county: regionCodeParam.optional() })
const monthQuery = z.strictObject({ month: monthParam })
const closeBody = z.strictObject({ county: regionCodeParam, month: monthParam })
const forceBody = closeBody.extend({ reason: z.string().trim().min(1).max(REASON_CHARS_MAX) })

const closes = (context: ApiContext): boolean => ['administrator', 'county_officer'].includes(context.get('principal').role)

/** The county asked for, whole. */
const countyAsked = async (context: ApiContext, deps: ClosingsDeps, code: string | undefined): Promise<OpenRegion | Response> => {
  const opened = await openRegion(context, deps, { code, resource: 'income' })
  return opened instanceof Response || opened.region.level === 'county' ? opened : notFound(context)
}

type Asked = { county: string; month: ChinaMonth }
type Act<Body extends Asked> = (
  deps: ClosingsDeps,
  asked: Omit<Body, 'county'> & { countyCode: string; by: string },
) => Promise<{ kind: 'done'; closing: Closing } | Rejected>

const acting =
  <Body extends Asked>(deps: ClosingsDeps, schema: z.ZodType<Body>, act: Act<Body>) =>
  async (context: ApiContext): Promise<Response> => {
    const body = await parseBody(context, schema)
    if (body instanceof Response) return body
    if (!closes(context)) return problem(context, 'forbidden', 'Months are closed by officers and administrators of the county.')
    const opened = await countyAsked(context, deps, body.county)
    if (opened instanceof Response) return opened
    const { county: countyCode, ...asked } = body
    const done = await act(deps, { ...asked, countyCode, by: context.get('principal').userName })
    if (done.kind === 'rejected') return problem(context, done.code, done.detail)
    return context.json({ closing: viewOf(body.month, done.closing) } satisfies ClosingAnswer)
  }

export const create = (deps: ClosingsDeps) => {
  const app = api(deps)
  app.get('/api/closings', async (context) => {
    const query = parseQuery(context, listQuery)
    if (query instanceof Response) return query
    const opened = await countyAsked(context, deps, query.county)
    if (opened instanceof Response) return opened
    const { userName } = context.get('principal')
    const found = await listed(deps, opened.countyCode)
    const of = { asOfMs: deps.now(), county: regionRef(opened.region), mayClose: closes(context), userName }
    return context.json({ ...of, ...found } satisfies ClosingsView)
  })
  app.get('/api/closings/villages/:code', async (context) => {
    const query = parseQuery(context, monthQuery)
    if (query instanceof Response) return query
    const code = regionCodeParam.safeParse(context.req.param('code')).data
    const opened = await openRegion(context, deps, { code: code ?? 'none', resource: 'income' })
    if (opened instanceof Response) return opened
    const again =
      opened.region.level === 'village' ? await reproduced(deps, { villageCode: opened.region.code, ...query }) : undefined
    return again ? context.json(again) : notFound(context)
  })
  app.get('/api/closings/audit', async (context) => {
    const query = parseQuery(context, listQuery)
    if (query instanceof Response) return query
    const opened = await countyAsked(context, deps, query.county)
    if (opened instanceof Response) return opened
    return context.json(await auditViewOf(deps, opened))
  })
  app.get('/api/closings/inbox', inbox(deps))
  app.post('/api/closings/inbox', markRead(deps))
  app.get('/api/closings/deliveries', deliveriesOf(deps))
  app.post('/api/closings/close', acting(deps, closeBody, close))
  app.post('/api/closings/force', acting(deps, forceBody, force))
  app.post('/api/closings/approve', acting(deps, closeBody, approve))
  app.post('/api/closings/withdraw', acting(deps, closeBody, withdraw))
  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
