import * as z from 'zod'

import { covers, mayRead, type Resource, WHOLE_COUNTRY } from '../../domain/access.ts'
import { parseDay, parseMonth } from '../../domain/calendar.ts'
import type { Region, RegionCode } from '../../domain/registry.ts'
import { allRows } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { RegionRef } from '../api-types.ts'
import { type ApiContext, notFound, problem } from './http.ts'

/** The region a request is about: checked against the rights of the person asking, with names and what lies in it. */

type RegionDeps = { regions: TableReaderOf<'regions'> }

export const regionCodeParam = z.string().regex(/^\d{12}$/, 'twelve digits')
export const dayParam = z.string().transform((text, context) => parseDay(text) ?? refuse(context, 'a day, YYYY-MM-DD'))
export const monthParam = z.string().transform((text, context) => parseMonth(text) ?? refuse(context, 'a month, YYYY-MM'))

const refuse = (context: z.core.$RefinementCtx<string>, message: string): never => {
  context.issues.push({ code: 'custom', message, input: context.value })
  return z.NEVER
}

export type OpenRegion = {
  region: Region
  /** The county it lies in, or is. */
  countyCode: RegionCode
  /** The name of a region of this county; null for one it does not know. */
  nameOf: (code: RegionCode | undefined) => string | null
  /** Whether a place lies in this region, by parent links. */
  holds: (code: RegionCode) => Promise<boolean>
  villages: Region[]
}

export const regionRef = ({ code, name, level }: Region): RegionRef => ({ code, name, level })

/** The counties in the scope of a person above county level; otherwise the person's own region. At most 200, by code. */
export const regionChoices = async (context: ApiContext, { regions }: RegionDeps): Promise<Region[]> => {
  const { regionCode } = context.get('principal')
  const own = regionCode === WHOLE_COUNTRY ? undefined : (await regions.get({ code: regionCode }))?.row
  if (regionCode !== WHOLE_COUNTRY && own?.level !== 'province' && own?.level !== 'city') return own ? [own] : []
  const counties = await allRows((cursor) => regions.queryIndex('byLevel', { partition: 'county', ...(cursor && { cursor }) }))
  const paths = await Promise.all(counties.map(({ code }) => context.get('pathOf')(code)))
  return counties.filter((_, at) => covers(regionCode, paths[at] ?? [])).slice(0, 200)
}

/**
 * Opens the region asked for, or without a code the first the person may choose. Answers the refusal instead when that region is
 * not theirs or not there (one and the same answer), or lies above county level.
 */
export const openRegion = async (
  context: ApiContext,
  deps: RegionDeps,
  ask: { code: RegionCode | undefined; resource: Resource },
): Promise<OpenRegion | Response> => {
  const code = ask.code ?? (await regionChoices(context, deps))[0]?.code
  if (code === undefined) return notFound(context)
  const path = await context.get('pathOf')(code)
  const region = (await deps.regions.get({ code }))?.row
  if (!region || !mayRead(context.get('principal'), ask.resource, path)) return notFound(context)
  const above = await Promise.all(path.map(async (step) => (await deps.regions.get({ code: step }))?.row))
  const county = above.find((step) => step?.level === 'county')
  if (!county) return problem(context, 'bad_request', 'Ask for one county, or for a part of one.')
  return { region, countyCode: county.code, ...(await contentsOf(context, deps, county.code, region)) }
}

/** Regions are filed by the county their digits name; one that was moved here from another county is found by its own path. */
const contentsOf = async (context: ApiContext, { regions }: RegionDeps, countyCode: RegionCode, region: Region) => {
  const rows = await allRows((cursor) => regions.query({ partition: countyCode.slice(0, 6), ...(cursor && { cursor }) }))
  const byCode = new Map([...rows, region].map((row) => [row.code, row]))
  const holds = async (code: RegionCode): Promise<boolean> => {
    let step = byCode.get(code)
    for (let depth = 0; step && depth < 8; depth++) {
      if (step.code === region.code) return true
      if (step.code === countyCode || step.parentCode === undefined) return false
      step = byCode.get(step.parentCode)
    }
    return (await context.get('pathOf')(code)).includes(region.code)
  }
  const inside = await Promise.all(rows.map(async (row) => row.level === 'village' && (await holds(row.code))))
  return {
    nameOf: (code: RegionCode | undefined) => (code === undefined ? undefined : byCode.get(code)?.name) ?? null,
    holds,
    villages: rows.filter((_, at) => inside[at]),
  }
}
