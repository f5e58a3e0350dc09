import * as z from 'zod'

import { dayOf, monthOf } from '../domain/calendar.ts'
import { documentText, planActSchema } from '../domain/plan-events.ts'
import type { PlanRejected } from '../domain/plan-life.ts'
import type { Rejected } from '../domain/problems.ts'
import { PLAN_BASES } from '../domain/registry.ts'
import type { PlanItem, PlansPage, PlanView } from './api-types-plans.ts'
import { onAws } from './edge/aws.ts'
import { api, type ApiContext, notFound, parseBody, parseQuery, problem } from './edge/http.ts'
import { lacks, listRules, planAsking, putRule } from './edge/policy-desk.ts'
import { type Asking, actOnPlan, type DeskDeps, writeDraft, writeSheet } from './edge/plan-desk.ts'
import { cashOf, itemOf, monthsOf, planDetail, type PlanPageDeps, rulesOf, villageYear } from './edge/plan-pages.ts'
import { monthParam, type OpenRegion, regionCodeParam, regionRef } from './edge/region.ts'
import { openVillages } from './edge/village-pages.ts'
import type { Deps } from './entry.ts'

/**
 * Villages' yearly plans: read by whoever may see a village's money and people, written by the village, reviewed by the town and
 * filed by the county, never by the hand that wrote them. Attendance sheets, and the county's rules about the money. Whoever acts
 * names the last entry they have seen, so that the same request twice, or two people at once, are one act.
 */

type PlansDeps = Deps<
  | 'verifyKeys'
  | 'regions'
  | 'stations'
  | 'shares'
  | 'stationStatements'
  | 'villageStatements'
  | 'allocations'
  | 'allocationLines'
  | 'persons'
  | 'moneyRecords'
  | 'dueRules',
  'plans' | 'planEvents' | 'attendance' | 'policyRules',
  'settle-village'
> &
  DeskDeps &
  PlanPageDeps

/** 900 lines of a plan are some 60 KiB. */
const BODY_BYTES_MAX = 512 * 1024
const VILLAGES_PER_PAGE = 50
const VILLAGES_AT_ONCE = 10

const year = z.number().int().min(2000).max(2199)
const yearParam = z
  .string()
  .regex(/^2[01]\d\d$/, 'a year, YYYY')
  .transform(Number)
const version = z.number().int().min(1).max(9_999)
const csv = z.string().max(BODY_BYTES_MAX)

const listQuery = z.strictObject({
  county: regionCodeParam.optional(),
  year: yearParam.optional(),
  cursor: regionCodeParam.optional(),
})
const viewQuery = z.strictObject({
  year: yearParam.optional(),
  version: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'a version')
    .transform(Number)
    .optional(),
})
const actSchema = z.strictObject({ year, version, seq: z.number().int().min(0), act: planActSchema })
/** `version` and `seq`: the newest version and its last entry as the person has seen them, 0 and 0 where there was none. */
const draftSchema = z.strictObject({
  year,
  version: version.or(z.literal(0)),
  seq: z.number().int().min(0),
  pool: z.enum(['accrued', 'received']),
  basis: z.enum(PLAN_BASES),
  collectiveReserveBp: z.number().int().min(0).max(10_000),
  document: documentText,
  lines: csv,
  dryRun: z.boolean(),
})
const sheetSchema = z.strictObject({ month: monthParam, document: documentText, entries: csv, dryRun: z.boolean() })
/** What a page needs to say it in its own words stands beside the problem details. */
const refusal = async (context: ApiContext, refused: Rejected | PlanRejected): Promise<Response> => {
  if (refused.code === 'not_found') return notFound(context)
  const plain = problem(context, refused.code, refused.detail)
  if (!('reason' in refused)) return plain
  const { reason, about } = refused
  const body = { ...((await plain.json()) as object), reason, ...(about !== undefined && { about }) }
  return new Response(JSON.stringify(body), { status: plain.status, headers: plain.headers })
}

/** The village of the path, opened; or the refusal to answer with. */
const villageAsked = async (context: ApiContext, deps: PlansDeps): Promise<OpenRegion | Response> => {
  const code = regionCodeParam.safeParse(context.req.param('code')).data
  const opened = await openVillages(context, deps, code ?? 'none')
  return opened instanceof Response || opened.region.level === 'village' ? opened : notFound(context)
}

const listed = async (
  deps: PlansDeps,
  opened: OpenRegion,
  asked: { year: number; cursor: string | undefined },
): Promise<PlansPage> => {
  const rules = await rulesOf(deps, opened.countyCode)
  const all = opened.villages.toSorted((a, b) => (a.code < b.code ? -1 : 1))
  const rest = all.filter(({ code }) => asked.cursor === undefined || code > asked.cursor)
  const page = rest.slice(0, VILLAGES_PER_PAGE)
  const villages: PlanItem[] = []
  for (let at = 0; at < page.length; at += VILLAGES_AT_ONCE) {
    const some = page.slice(at, at + VILLAGES_AT_ONCE).map(async ({ code, name, parentCode }) => {
      const found = await villageYear(deps, { villageCode: code, year: asked.year, rules })
      return { code, name, townName: opened.nameOf(parentCode), ...itemOf(found) }
    })
    villages.push(...(await Promise.all(some)))
  }
  const nextCursor = rest.length > page.length ? (page.at(-1)?.code ?? null) : null
  return { asOfMs: deps.now(), region: regionRef(opened.region), year: asked.year, total: all.length, villages, nextCursor }
}

const viewed = async (
  deps: PlansDeps,
  opened: OpenRegion,
  asked: { year: number; version: number | undefined; asking: Asking },
): Promise<PlanView | undefined> => {
  const { region, countyCode } = opened
  const found = await villageYear(deps, { villageCode: region.code, year: asked.year, rules: await rulesOf(deps, countyCode) })
  const { plans, inForce, verdicts } = found
  const plan = asked.version === undefined ? plans.at(-1) : plans.find(({ version: each }) => each === asked.version)
  if (asked.version !== undefined && !plan) return undefined
  return {
    asOfMs: deps.now(),
    village: regionRef(region),
    townName: opened.nameOf(region.parentCode),
    countyName: opened.nameOf(countyCode),
    year: asked.year,
    versions: plans.map(({ version: each, state, last }) => ({ version: each, state, seq: last?.seq ?? 0 })),
    versionInForce: inForce?.version ?? null,
    plan: plan ? await planDetail(deps, plan, asked.asking) : null,
    mayWrite: asked.asking.duties.includes('village'),
    verdicts,
    cash: await cashOf(deps, { villageCode: region.code, countyCode }, { year: asked.year, asOf: dayOf(deps.now()) }, found),
    months: monthsOf(found),
  }
}

export const create = (deps: PlansDeps) => {
  const app = api(deps, { bodyBytesMax: BODY_BYTES_MAX })
  const thisYear = (): number => Number(dayOf(deps.now()).slice(0, 4))

  app.get('/api/plans', async (context) => {
    const query = parseQuery(context, listQuery)
    if (query instanceof Response) return query
    const opened = await openVillages(context, deps, query.county)
    if (opened instanceof Response) return opened
    return context.json(await listed(deps, opened, { year: query.year ?? thisYear(), cursor: query.cursor }))
  })

  app.get('/api/plans/rules', listRules(deps))
  app.post('/api/plans/rules', putRule(deps))

  app.get('/api/plans/:code', async (context) => {
    const query = parseQuery(context, viewQuery)
    if (query instanceof Response) return query
    const opened = await villageAsked(context, deps)
    if (opened instanceof Response) return opened
    const asking = await planAsking(context, deps)
    const view = await viewed(deps, opened, { year: query.year ?? thisYear(), version: query.version, asking })
    return view ? context.json(view) : notFound(context)
  })

  app.post('/api/plans/:code/acts', async (context) => {
    const body = await parseBody(context, actSchema)
    if (body instanceof Response) return body
    const opened = await villageAsked(context, deps)
    if (opened instanceof Response) return opened
    const done = await actOnPlan(deps, { villageCode: opened.region.code, ...body }, await planAsking(context, deps))
    return done.kind === 'rejected' ? refusal(context, done) : context.json(done.acted)
  })

  app.post('/api/plans/:code/drafts', async (context) => {
    const body = await parseBody(context, draftSchema)
    if (body instanceof Response) return body
    const opened = await villageAsked(context, deps)
    if (opened instanceof Response) return opened
    const asking = await planAsking(context, deps)
    const refused = lacks(context, asking, 'village')
    if (refused) return refused
    const done = await writeDraft(deps, { villageCode: opened.region.code, ...body }, asking)
    return done.kind === 'rejected' ? refusal(context, done) : context.json(done.written)
  })

  app.post('/api/plans/:code/attendance', async (context) => {
    const body = await parseBody(context, sheetSchema)
    if (body instanceof Response) return body
    if (body.month > monthOf(deps.now())) return problem(context, 'bad_request', 'month: not later than this month')
    const opened = await villageAsked(context, deps)
    if (opened instanceof Response) return opened
    const asking = await planAsking(context, deps)
    const refused = lacks(context, asking, 'village')
    if (refused) return refused
    const done = await writeSheet(deps, { villageCode: opened.region.code, ...body }, asking)
    return done.kind === 'rejected' ? refusal(context, done) : context.json(done.written)
  })

  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
