import * as z from 'zod'

import { onAws } from './edge/aws.ts'
import type { VillagesView, VillageView } from './api-types.ts'
import { api, notFound, parseQuery } from './edge/http.ts'
import { monthParam, regionCodeParam } from './edge/region.ts'
import { monthAsked, openVillages, villageOf, villagesOf } from './edge/village-pages.ts'
import type { Deps } from './entry.ts'

/**
 * Villages' months: generation, income statement and allocation, for those who may see money and households. Names are masked
 * here, before anything leaves. Another region's village and none at all get one answer; a village in scope without the right
 * to households is forbidden.
 */

type VillagesDeps = Deps<
  | 'verifyKeys'
  | 'regions'
  | 'stations'
  | 'shares'
  | 'generation'
  | 'stationStatements'
  | 'villageStatements'
  | 'allocations'
  | 'allocationLines'
  | 'households'
  | 'persons'
>

const listQuery = z.strictObject({ county: regionCodeParam.optional(), month: monthParam.optional() })
const villageQuery = z.strictObject({ month: monthParam.optional() })

export const create = (deps: VillagesDeps) => {
  const app = api(deps)

  app.get('/api/villages', async (context) => {
    const query = parseQuery(context, listQuery)
    if (query instanceof Response) return query
    const opened = await openVillages(context, deps, query.county)
    if (opened instanceof Response) return opened
    const month = monthAsked(context, deps, query.month)
    if (month instanceof Response) return month
    return context.json({ asOfMs: deps.now(), ...(await villagesOf(deps, opened, month)) } satisfies VillagesView)
  })

  app.get('/api/villages/:code', async (context) => {
    const query = parseQuery(context, villageQuery)
    if (query instanceof Response) return query
    const code = regionCodeParam.safeParse(context.req.param('code')).data
    const opened = await openVillages(context, deps, code ?? 'none')
    if (opened instanceof Response) return opened
    if (opened.region.level !== 'village') return notFound(context)
    const month = monthAsked(context, deps, query.month)
    if (month instanceof Response) return month
    return context.json((await villageOf(deps, opened, month)) satisfies VillageView)
  })

  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
