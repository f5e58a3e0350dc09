import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type * as z from 'zod'

import { mayRead, type Principal, REGION_DEPTH_MAX, type RegionPath, type Resource } from '../../domain/access.ts'
import { inChinese } from '../../papers/in-chinese.ts'
import type { ProblemCode } from '../../domain/problems.ts'
import type { RegionCode } from '../../domain/registry.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { Ambient } from '../entry.ts'
import { verifyToken } from './session.ts'

/** What every `api-*` function stands on: who is asking, what lies in their region, and one shape for every refusal. */

export type ApiDeps = Ambient & { verifyKeys: TableReaderOf<'verifyKeys'>; regions: TableReaderOf<'regions'> }
export type ApiEnv = {
  Variables: {
    principal: Principal
    /** When the person logged in, epoch ms. */
    startedAtMs: number
    /** The way up from a region, loaded once per request. */
    pathOf: (code: RegionCode) => Promise<RegionPath>
  }
}
export type ApiContext = Context<ApiEnv>

const BODY_BYTES_MAX = 64 * 1024

const STATUS = {
  bad_request: [400, 'Bad Request'],
  unauthorized: [401, 'Unauthorized'],
  forbidden: [403, 'Forbidden'],
  not_found: [404, 'Not Found'],
  conflict: [409, 'Conflict'],
  too_large: [413, 'Content Too Large'],
  too_many_requests: [429, 'Too Many Requests'],
} as const satisfies Record<ProblemCode, readonly [number, string]>

const JSON_TYPE = /^application\/json\s*(?:;|$)/i
const PROBLEM_TYPE = { 'content-type': 'application/problem+json' }

/** A refusal as problem details (RFC 9457). `detail` says what to do and holds no personal data. */
/** `more` is what a page needs to say it in its own words; it stands beside the problem details. */
export const problem = (context: Context, code: ProblemCode, detail: string, more: object = {}): Response => {
  const [status, title] = STATUS[code]
  const detailZh = inChinese(detail)
  if (code === 'unauthorized') context.header('www-authenticate', 'Bearer')
  return context.json(
    { type: 'about:blank', title, status, code, detail, ...(detailZh !== detail && { detailZh }), ...more },
    status,
    PROBLEM_TYPE,
  )
}

/** The one answer for what does not exist and for what lies in another region: nobody can tell which. */
export const notFound = (context: Context): Response => problem(context, 'not_found', 'There is no such thing in your region.')

/** The way from a region up by parent links, itself first; empty when the registry does not know it. At most 8 reads. */
const loadRegionPath = async (regions: Pick<TableReaderOf<'regions'>, 'get'>, code: RegionCode): Promise<RegionPath> => {
  const path: RegionCode[] = []
  let next: RegionCode | undefined = code
  while (next !== undefined && !path.includes(next) && path.length < REGION_DEPTH_MAX) {
    const found = await regions.get({ code: next })
    if (!found) break
    path.push(next)
    next = found.row.parentCode
  }
  return path
}

/** Whether the person asking may read that kind of thing in that region. When not, answer `notFound(context)`. */
export const scope = async (context: ApiContext, resource: Resource, regionCode: RegionCode): Promise<boolean> =>
  mayRead(context.get('principal'), resource, await context.get('pathOf')(regionCode))

const issuesOf = (error: z.ZodError): string =>
  error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`)
    .join('; ')

/** The query parameters by a schema, or the refusal to answer with. A repeated parameter is refused. */
export const parseQuery = <Schema extends z.ZodType>(context: Context, schema: Schema): z.output<Schema> | Response => {
  const queries = Object.entries(context.req.queries())
  if (queries.some(([, values]) => values.length > 1)) return problem(context, 'bad_request', 'Give each query parameter once.')
  const parsed = schema.safeParse(Object.fromEntries(queries.map(([name, values]) => [name, values[0]])))
  return parsed.success ? parsed.data : problem(context, 'bad_request', issuesOf(parsed.error))
}

const jsonOf = (text: string): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** The body as text; undefined when the caller hung up before its end, which is no failure of ours. */
const wholeTextOf = (context: Context): Promise<string | undefined> => context.req.text().catch(() => undefined)

/**
 * The JSON body by a schema, or the refusal to answer with. It must say that it is JSON: a page of another origin can send no such
 * body before the browser has asked for leave, which nobody gives.
 */
export const parseBody = async <Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
): Promise<z.output<Schema> | Response> => {
  const isJson = JSON_TYPE.test(context.req.header('content-type') ?? '')
  const text = isJson ? await wholeTextOf(context) : undefined
  const json = text === undefined ? undefined : jsonOf(text)
  if (!json) return problem(context, 'bad_request', 'Send a JSON body, as application/json.')
  const parsed = schema.safeParse(json.value)
  return parsed.success ? parsed.data : problem(context, 'bad_request', issuesOf(parsed.error))
}

const headers: MiddlewareHandler = async (context, next) => {
  await next()
  context.header('x-content-type-options', 'nosniff')
  context.header('cache-control', 'no-store')
  context.header('referrer-policy', 'no-referrer')
  context.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
}

/** Lets only the holder of a valid token through, and says who that is. */
export const authenticated =
  (deps: ApiDeps): MiddlewareHandler<ApiEnv> =>
  async (context, next) => {
    const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(context.req.header('authorization') ?? '') ?? []
    const session = token ? await verifyToken({ keys: deps.verifyKeys, token, nowMs: deps.now() }) : undefined
    if (!session) return problem(context, 'unauthorized', 'Log in again.')
    const paths = new Map<RegionCode, Promise<RegionPath>>()
    context.set('principal', session.principal)
    context.set('startedAtMs', session.startedAtMs)
    context.set('pathOf', (code) => {
      const path = paths.get(code) ?? loadRegionPath(deps.regions, code)
      paths.set(code, path)
      return path
    })
    return await next()
  }

/** An app without log-in, for the log-in itself: headers, a body limit, and problem details for whatever goes wrong. */
export const openApi = (deps: Ambient, limits: { bodyBytesMax: number } = { bodyBytesMax: BODY_BYTES_MAX }): Hono<ApiEnv> => {
  const app = new Hono<ApiEnv>()
  app.notFound(notFound)
  app.onError((error, context) => {
    // The path of a request may name a person; its pattern cannot.
    const { method, routePath } = context.req
    deps.log.error({ method, route: routePath, errorName: error.name, stack: error.stack }, 'a request failed')
    const title = 'Internal Server Error'
    return context.json({ type: 'about:blank', title, status: 500, code: 'internal' }, 500, PROBLEM_TYPE)
  })
  app.use(headers)
  app.use(
    bodyLimit({
      maxSize: limits.bodyBytesMax,
      onError: (context) => problem(context, 'too_large', `Send at most ${limits.bodyBytesMax} bytes.`),
    }),
  )
  return app
}

/**
 * An app whose every route has `context.get('principal')`, verified. Routes are full paths (`app.get('/api/county', …)`), and the
 * function returns `async (request) => app.fetch(request)`.
 */
export const api = (deps: ApiDeps, limits?: { bodyBytesMax: number }): Hono<ApiEnv> => {
  const app = openApi(deps, limits)
  app.use(authenticated(deps))
  return app
}
