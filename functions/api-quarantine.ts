import * as z from 'zod'

import { WHOLE_COUNTRY } from '../domain/access.ts'
import { READINGS_PER_MESSAGE_MAX } from '../domain/limits.ts'
import type { QuarantineRow } from '../stores/rows.ts'
import { onAws } from './edge/aws.ts'
import type { QuarantineDetail, QuarantineItem, QuarantinePage } from './api-types.ts'
import { api, type ApiContext, notFound, parseBody, parseQuery, problem, scope } from './edge/http.ts'
import { pageAt } from './edge/page.ts'
import { releaseFilter, releasePage } from './edge/quarantine-release.ts'
import { openRegion, regionCodeParam } from './edge/region.ts'
import type { Deps } from './entry.ts'

/**
 * What was set aside at the door and waits, newest first, with its reason; the raw bytes of one by its id; and putting it back
 * through ingest, which is for administrators and leaves a mark of who and when. Gateways belong to counties, so
 * a part of a county has no list. Those of gateways nobody registered (`county=unknown`) are for whoever oversees the whole.
 */

type QuarantineDeps = Deps<'verifyKeys' | 'regions', 'quarantine', 'ingest-readings'>

const PER_PAGE = 50
const UNKNOWN = 'unknown'

const listQuery = z.strictObject({
  county: z.union([regionCodeParam, z.literal(UNKNOWN)]).optional(),
  cursor: z.string().min(1).max(1_000).optional(),
})
const releaseBody = releaseFilter.extend({ county: z.union([regionCodeParam, z.literal(UNKNOWN)]) })
const identity = z.tuple([
  z.union([regionCodeParam, z.literal(UNKNOWN)]),
  z.int().min(0),
  z.string().regex(/^[\w-]{1,128}$/),
  z.int().min(-1).max(READINGS_PER_MESSAGE_MAX),
])

const idOf = ({ countyCode, receivedAtMs, messageId, index }: QuarantineRow): string =>
  Buffer.from(JSON.stringify([countyCode, receivedAtMs, messageId, index])).toString('base64url')

const identityOf = (id: string): z.output<typeof identity> | undefined => {
  try {
    return identity.safeParse(JSON.parse(Buffer.from(id, 'base64url').toString())).data
  } catch {
    return undefined
  }
}

const itemOf = (row: QuarantineRow): QuarantineItem => ({
  id: idOf(row),
  reason: row.reason,
  detail: row.detail,
  gatewayId: row.gatewayId,
  deviceId: row.deviceId ?? null,
  index: row.index,
  atMs: row.atMs ?? null,
  receivedAtMs: row.receivedAtMs,
})

/** Whoever's region has nothing above it oversees everything there is here. */
const overseesAll = async (context: ApiContext, deps: QuarantineDeps): Promise<boolean> => {
  const { role, regionCode } = context.get('principal')
  if (role !== 'administrator') return false
  if (regionCode === WHOLE_COUNTRY) return true
  const region = (await deps.regions.get({ code: regionCode }))?.row
  return region !== undefined && region.parentCode === undefined
}

const countyAsked = async (context: ApiContext, deps: QuarantineDeps, county: string | undefined): Promise<string | Response> => {
  if (county === UNKNOWN) return (await overseesAll(context, deps)) ? UNKNOWN : notFound(context)
  const opened = await openRegion(context, deps, { code: county, resource: 'quarantine' })
  if (opened instanceof Response) return opened
  return opened.region.level === 'county' ? opened.countyCode : problem(context, 'bad_request', 'county: ask for a whole county')
}

export const create = (deps: QuarantineDeps) => {
  const app = api(deps)

  app.get('/api/quarantine', async (context) => {
    const query = parseQuery(context, listQuery)
    if (query instanceof Response) return query
    const county = await countyAsked(context, deps, query.county)
    if (county instanceof Response) return county
    const range = { partition: county, reverse: true, limit: PER_PAGE }
    const page = await pageAt((cursor) => deps.quarantine.queryIndex('waiting', { ...range, ...cursor }), query.cursor)
    if (!page) return problem(context, 'bad_request', 'cursor: not one of this list')
    const items = page.rows.map(({ row }) => itemOf(row))
    return context.json({ asOfMs: deps.now(), items, nextCursor: page.cursor ?? null } satisfies QuarantinePage)
  })

  app.post('/api/quarantine/release', async (context) => {
    const body = await parseBody(context, releaseBody)
    if (body instanceof Response) return body
    const countyCode = await countyAsked(context, deps, body.county)
    if (countyCode instanceof Response) return countyCode
    const { role, regionCode, userName } = context.get('principal')
    if (role !== 'administrator') return problem(context, 'forbidden', 'Only administrators put messages back through ingest.')
    const page = await releasePage(deps, { ...body, countyCode, userName })
    if (!page) return problem(context, 'bad_request', 'cursor: not one of this list')
    if (page.released > 0) deps.log.info({ countyCode, regionCode, released: page.released }, 'quarantine released')
    return context.json(page)
  })

  app.get('/api/quarantine/:id', async (context) => {
    const found = identityOf(context.req.param('id'))
    if (!found) return notFound(context)
    const [countyCode, receivedAtMs, messageId, index] = found
    const mayRead = countyCode === UNKNOWN ? await overseesAll(context, deps) : await scope(context, 'quarantine', countyCode)
    const row = mayRead ? (await deps.quarantine.get({ countyCode, receivedAtMs, messageId, index }))?.row : undefined
    if (!row) return notFound(context)
    return context.json({ ...itemOf(row), payloadBase64: row.payloadBase64 } satisfies QuarantineDetail)
  })

  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
