import * as z from 'zod'

import { handles } from '../domain/access.ts'
import { CAUSES } from '../domain/assessment.ts'
import {
  addDays,
  monthsOfYear,
  type ChinaDay,
  type ChinaMonth,
  dayOf,
  daysBetween,
  formatInstant,
  monthOf,
  monthOfDay,
  spanOfMonth,
} from '../domain/calendar.ts'
import { digestOf } from '../domain/county-assessment.ts'
import { REACH_DAYS } from '../domain/generation-work.ts'
import { GRADES } from '../domain/grade.ts'
import { ID_PATTERN } from '../domain/limits.ts'
import { DEFAULT_LIMITS, LIMIT_RANGES, performanceLimitsSchema } from '../domain/performance-limits.ts'
import { monthlyShape, planProgress } from '../domain/plan-progress.ts'
import type { Station } from '../domain/registry.ts'
import { csvOf } from '../papers/csv.ts'
import { performanceList } from '../papers/performance-list.ts'
import { latestStatement } from '../stores/months.ts'
import { countyHeadsOf } from '../stores/performance.ts'
import { allRows } from '../stores/table.ts'
import { onAws } from './edge/aws.ts'
import {
  type LimitsSet,
  type LimitsView,
  type PlanView,
  RANKING_SORTS,
  type RankingPage,
  type StationPerformance,
} from './api-types-performance.ts'
import { placeOf } from './edge/fleet.ts'
import { api, type ApiContext, notFound, parseBody, parseQuery, problem, scope } from './edge/http.ts'
import {
  limitsOf,
  matching,
  pageOf,
  type Period,
  rankingOf,
  sorted,
  sumOf,
  wholeOf,
  withoutFen,
} from './edge/performance-ranking.ts'
import { dayParam, monthParam, openRegion, regionCodeParam, regionRef } from './edge/region.ts'
import type { Deps } from './entry.ts'

/**
 * Performance of stations (发电评估): the ranking of a region for a day or a month, as a page or a file; one station's month, day by
 * day, with what each figure stands on; its year beside the plan. Whoever may not read income sees kWh and no yuan. The limits of a
 * county are set by its officers and administrators; setting them has the last forty days judged anew.
 */

type PerformanceDeps = Deps<
  'verifyKeys' | 'regions' | 'stations' | 'assessments' | 'countyDays' | 'stationStatements',
  'performanceLimits' | 'staleCountyDays'
>

const period = { county: regionCodeParam.optional(), month: monthParam.optional(), day: dayParam.optional() }
const rankingQuery = z.strictObject({
  ...period,
  sort: z.enum(RANKING_SORTS).default('share'),
  q: z.string().max(64).default(''),
  grade: z.enum([...GRADES, 'none']).optional(),
  cause: z.enum(CAUSES).optional(),
  page: z.coerce.number().int().min(0).max(10_000).default(0),
})
const exportQuery = z.strictObject(period)
const stationQuery = z.strictObject({ month: monthParam.optional() })
const planQuery = z.strictObject({ year: z.coerce.number().int().min(2000).max(2199).optional() })
const limitsQuery = z.strictObject({ county: regionCodeParam.optional() })
const limitsBody = z.strictObject({ county: regionCodeParam, limits: performanceLimitsSchema })

const readsMoney = (context: ApiContext): boolean => handles(context.get('principal').role, 'income')
const setsLimits = (context: ApiContext): boolean => ['administrator', 'county_officer'].includes(context.get('principal').role)

/** The day or the month asked for, this month without either; or why not. */
const periodAsked = (
  context: ApiContext,
  nowMs: number,
  { month, day }: { month?: ChinaMonth | undefined; day?: ChinaDay | undefined },
): Period | Response => {
  if (month !== undefined && day !== undefined) return problem(context, 'bad_request', 'Give a day or a month.')
  if ((day ?? dayOf(nowMs)) > dayOf(nowMs)) return problem(context, 'bad_request', 'day: not later than today')
  if ((month ?? monthOf(nowMs)) > monthOf(nowMs)) return problem(context, 'bad_request', 'month: not later than this month')
  return { month: day === undefined ? (month ?? monthOf(nowMs)) : monthOfDay(day), day }
}

/** The station of the path, or the one answer for those that are elsewhere and those that are nowhere. */
const stationAsked = async (context: ApiContext, deps: PerformanceDeps): Promise<Station | Response> => {
  const stationId = context.req.param('id') ?? ''
  const station = ID_PATTERN.test(stationId) ? (await deps.stations.get({ stationId }))?.row : undefined
  return station && (await scope(context, 'generation', placeOf(station))) ? station : notFound(context)
}

/** The period and the region a ranking is asked for, or the refusal to answer with. */
const whereAndWhen = async (
  context: ApiContext,
  deps: PerformanceDeps,
  query: { county?: string | undefined; month?: ChinaMonth | undefined; day?: ChinaDay | undefined },
) => {
  const nowMs = deps.now()
  const asked = periodAsked(context, nowMs, query)
  if (asked instanceof Response) return asked
  const opened = await openRegion(context, deps, { code: query.county, resource: 'generation' })
  return opened instanceof Response ? opened : { nowMs, asked, opened }
}

const ranking = async (context: ApiContext, deps: PerformanceDeps): Promise<Response> => {
  const query = parseQuery(context, rankingQuery)
  if (query instanceof Response) return query
  const at = await whereAndWhen(context, deps, query)
  if (at instanceof Response) return at
  const { nowMs, asked, opened } = at
  const mayReadMoney = readsMoney(context)
  const { stations, days, limits } = await rankingOf(deps, opened, { period: asked, nowMs, mayReadMoney })
  const found = sorted(matching(stations, query), query.sort)
  return context.json({
    asOfMs: nowMs,
    region: regionRef(opened.region),
    day: asked.day ?? null,
    month: asked.month,
    days,
    mayReadMoney,
    maySetLimits: setsLimits(context) && opened.region.level === 'county',
    whole: wholeOf(stations, { isDay: asked.day !== undefined, mayReadMoney }),
    limits,
    total: found.length,
    ...pageOf(found, query.page),
  } satisfies RankingPage)
}

/** The whole list as a file for a spreadsheet, in Chinese as all papers. */
const exported = async (context: ApiContext, deps: PerformanceDeps): Promise<Response> => {
  const query = parseQuery(context, exportQuery)
  if (query instanceof Response) return query
  const at = await whereAndWhen(context, deps, query)
  if (at instanceof Response) return at
  const { nowMs, asked, opened } = at
  const withMoney = readsMoney(context)
  const { stations } = await rankingOf(deps, opened, { period: asked, nowMs, mayReadMoney: withMoney })
  const of = { region: opened.region.name, period: asked.day ?? asked.month, madeAt: formatInstant(nowMs), withMoney }
  const lines = sorted(stations, 'share').map((station) => ({
    ...station,
    place: [station.townName, station.villageName].filter((name) => name !== null).join(' '),
  }))
  const paper = performanceList(of, lines)
  return context.body(csvOf(paper), 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(`${paper.fileName}.csv`)}`,
  })
}

const stationMonth = async (context: ApiContext, deps: PerformanceDeps): Promise<Response> => {
  const query = parseQuery(context, stationQuery)
  if (query instanceof Response) return query
  const nowMs = deps.now()
  const asked = periodAsked(context, nowMs, query)
  if (asked instanceof Response) return asked
  const station = await stationAsked(context, deps)
  if (station instanceof Response) return station
  const { stationId, countyCode } = station
  const mayReadMoney = readsMoney(context)
  const limits = await limitsOf(deps, countyCode)
  const range = { partition: stationId, ...spanOfMonth(asked.month) }
  const rows = await allRows((cursor) => deps.assessments.query({ ...range, ...(cursor && { cursor }) }))
  const sum = sumOf(station, rows.map(digestOf), { period: asked, limits, nowMs })
  return context.json({
    asOfMs: nowMs,
    stationId,
    name: station.name,
    month: asked.month,
    mayReadMoney,
    sum: mayReadMoney ? sum : withoutFen(sum),
    days: mayReadMoney ? rows : rows.map((row) => ({ ...row, loss: row.loss && withoutFen(row.loss) })),
    limits,
  } satisfies StationPerformance)
}

const plan = async (context: ApiContext, deps: PerformanceDeps): Promise<Response> => {
  const query = parseQuery(context, planQuery)
  if (query instanceof Response) return query
  const station = await stationAsked(context, deps)
  if (station instanceof Response) return station
  if (!readsMoney(context)) return problem(context, 'forbidden', 'Income is for village accountants and officers.')
  const year = query.year ?? Number(dayOf(deps.now()).slice(0, 4))
  const { stationId, countyCode, plannedIncomeFenPerYear: plannedFenPerYear, commissionedOn: inServiceFrom } = station
  const months = monthsOfYear(year)
  const statements = await Promise.all(months.map((month) => latestStatement(deps.stationStatements, stationId, month)))
  const settled = statements.flatMap((row) => (row ? [{ month: row.month, grossFen: row.grossFen }] : []))
  const daysBefore = daysBetween(`${year - 1}-01-01` as ChinaDay, `${year - 1}-12-31` as ChinaDay)
  const shape = monthlyShape(await countyHeadsOf(deps.countyDays, countyCode, daysBefore), year)
  const progress = planProgress({ year, plannedFenPerYear, settled, inServiceFrom, shape })
  return context.json({ asOfMs: deps.now(), stationId, year, progress } satisfies PlanView)
}

const readLimits = async (context: ApiContext, deps: PerformanceDeps): Promise<Response> => {
  const query = parseQuery(context, limitsQuery)
  if (query instanceof Response) return query
  const opened = await openRegion(context, deps, { code: query.county, resource: 'generation' })
  if (opened instanceof Response) return opened
  const row = (await deps.performanceLimits.get({ countyCode: opened.countyCode }))?.row
  return context.json({
    asOfMs: deps.now(),
    county: regionRef(opened.region),
    limits: row?.limits ?? DEFAULT_LIMITS,
    proposed: DEFAULT_LIMITS,
    ranges: LIMIT_RANGES,
    maySet: setsLimits(context) && opened.region.level === 'county',
    set: row ? { setBy: row.setBy, setAtMs: row.setAtMs } : null,
  } satisfies LimitsView)
}

const setLimits = async (context: ApiContext, deps: PerformanceDeps): Promise<Response> => {
  const body = await parseBody(context, limitsBody)
  if (body instanceof Response) return body
  const { county: countyCode, limits } = body
  if (!setsLimits(context)) return problem(context, 'forbidden', 'Limits are set by officers and administrators.')
  const region = (await deps.regions.get({ code: countyCode }))?.row
  if (region?.level !== 'county' || !(await scope(context, 'generation', countyCode))) return notFound(context)
  const setAtMs = deps.now()
  const row: LimitsSet = { countyCode, limits, setBy: context.get('principal').userName, setAtMs }
  await deps.performanceLimits.put(row)
  const days = Array.from({ length: REACH_DAYS }, (_, ago) => addDays(dayOf(setAtMs), -1 - ago))
  await deps.staleCountyDays.putBatch(days.map((day) => ({ countyCode, day, markedAtMs: setAtMs })))
  return context.json(row satisfies LimitsSet)
}

export const create = (deps: PerformanceDeps) => {
  const app = api(deps)
  app.get('/api/performance', (context) => ranking(context, deps))
  app.get('/api/performance/export', (context) => exported(context, deps))
  app.get('/api/performance/stations/:id', (context) => stationMonth(context, deps))
  app.get('/api/performance/stations/:id/plan', (context) => plan(context, deps))
  app.get('/api/performance/limits', (context) => readLimits(context, deps))
  app.post('/api/performance/limits', (context) => setLimits(context, deps))
  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
