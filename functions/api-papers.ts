import * as z from 'zod'

import { handles } from '../domain/access.ts'
import { monthOf } from '../domain/calendar.ts'
import { ID_PATTERN } from '../domain/limits.ts'
import { allocationList } from '../papers/allocation-list.ts'
import { stationList, villageList } from '../papers/county-lists.ts'
import { countyMonth } from '../papers/county-month.ts'
import { householdLedger } from '../papers/household-ledger.ts'
import { incomeStatement } from '../papers/income-statement.ts'
import { notice, type NoticeDetails } from '../papers/notice.ts'
import type { Paper } from '../papers/paper.ts'
import { stationLedger } from '../papers/station-ledger.ts'
import type { VillageMonth } from '../papers/village.ts'
import { villageMonth } from '../papers/village-month.ts'
import { villageYear } from '../papers/village-year.ts'
import { vouchers } from '../papers/vouchers.ts'
import { onAws } from './edge/aws.ts'
import { placeOf } from './edge/fleet.ts'
import { api, type ApiContext, notFound, parseQuery, problem, scope } from './edge/http.ts'
import { householdYearOf, stationYearOf } from './edge/ledger-pages.ts'
import { keepPhoto, listPhotos, onePhoto, PHOTO_BODY_BYTES_MAX } from './edge/notice-photos.ts'
import { answerPaper } from './edge/paper-answer.ts'
import { openFonts, PAPER_FORMATS, type PaperFormat } from './edge/paper-files.ts'
import { countyMonthOf, listedStation, stationsIn, villageYearOf } from './edge/paper-pages.ts'
import { dayParam, monthParam, openRegion, type OpenRegion, regionCodeParam } from './edge/region.ts'
import { monthAsked, openVillages, villageOf, villagesOf } from './edge/village-pages.ts'
import type { Deps } from './entry.ts'

/**
 * Papers: reports, statements, lists, notices and vouchers, as PDF, spreadsheet, CSV or as the figures a page prints. Whoever may
 * see a figure on a page may have it on paper, nobody else; names of persons are masked on every one of them.
 */

type PapersDeps = Deps<
  | 'verifyKeys'
  | 'regions'
  | 'stations'
  | 'shares'
  | 'generation'
  | 'stationStatements'
  | 'villageStatements'
  | 'allocations'
  | 'allocationLines'
  | 'persons'
  | 'households'
  | 'closings',
  'noticePhotos'
>

const FIRST_YEAR = 2015
const NOTICE_DAYS_MAX = 60
const CONTACTS_MAX = 4

const format = z.enum(PAPER_FORMATS).default('json')
const month = monthParam.optional()
const monthQuery = z.strictObject({ month, format })
const yearQuery = z.strictObject({
  year: z
    .string()
    .regex(/^\d{4}$/, 'a year, YYYY')
    .transform(Number)
    .optional(),
  format,
})
const regionQuery = z.strictObject({ code: regionCodeParam.optional(), format })
const regionMonthQuery = z.strictObject({ code: regionCodeParam.optional(), month, format })
const noticeQuery = z.strictObject({
  month,
  format,
  from: dayParam.optional(),
  days: z
    .string()
    .regex(/^\d{1,2}$/, 'a number of days')
    .transform(Number)
    .refine((days) => days >= 1 && days <= NOTICE_DAYS_MAX, `from 1 to ${NOTICE_DAYS_MAX}`)
    .optional(),
  /** Of offices, divided by semicolons. */
  contacts: z
    .string()
    .max(200)
    .transform((text) =>
      text
        .split(/[;；]/)
        .map((contact) => contact.trim())
        .filter((contact) => contact !== ''),
    )
    .refine((contacts) => contacts.length <= CONTACTS_MAX, `at most ${CONTACTS_MAX}`)
    .optional(),
  url: z
    .string()
    .regex(/^https?:\/\/[\x21-\x7e]{1,290}$/, 'a web address')
    .optional(),
})

const detailsOf = ({ from, days, contacts, url }: z.output<typeof noticeQuery>): NoticeDetails => ({
  ...(from !== undefined && { from }),
  ...(days !== undefined && { days }),
  ...(contacts !== undefined && { contacts }),
  ...(url !== undefined && { url }),
})

const openVillage = async (context: ApiContext, deps: PapersDeps): Promise<OpenRegion | Response> => {
  const code = regionCodeParam.safeParse(context.req.param('code')).data
  const opened = await openVillages(context, deps, code ?? 'none')
  if (opened instanceof Response) return opened
  return opened.region.level === 'village' ? opened : notFound(context)
}

const answering = (deps: PapersDeps) => {
  const fonts = openFonts()
  return (context: ApiContext, paper: Paper, as: PaperFormat): Promise<Response> =>
    answerPaper(context, paper, as, { fonts, nowMs: deps.now() })
}

/** A paper about one month of the village in the path. */
const ofVillageMonth = <Query extends { month?: VillageMonth['month'] | undefined; format: PaperFormat }>(
  deps: PapersDeps,
  answer: ReturnType<typeof answering>,
  schema: z.ZodType<Query>,
  paperOf: (village: VillageMonth, query: Query) => Paper,
) => {
  return async (context: ApiContext): Promise<Response> => {
    const query = parseQuery(context, schema)
    if (query instanceof Response) return query
    const opened = await openVillage(context, deps)
    if (opened instanceof Response) return opened
    const asked = monthAsked(context, deps, query.month)
    if (asked instanceof Response) return asked
    return answer(context, paperOf(await villageOf(deps, opened, asked), query), query.format)
  }
}

/** The year and the format asked for, this year without one. */
const yearAsked = (context: ApiContext, deps: PapersDeps): { year: number; as: PaperFormat } | Response => {
  const query = parseQuery(context, yearQuery)
  if (query instanceof Response) return query
  const current = Number(monthOf(deps.now()).slice(0, 4))
  const year = query.year ?? current
  if (year < FIRST_YEAR || year > current) return problem(context, 'bad_request', `year: from ${FIRST_YEAR} to this year`)
  return { year, as: query.format }
}

/** A paper about one year of the village in the path. */
const ofVillageYear =
  (deps: PapersDeps, answer: ReturnType<typeof answering>, paperOf: (opened: OpenRegion, year: number) => Promise<Paper>) =>
  async (context: ApiContext): Promise<Response> => {
    const asked = yearAsked(context, deps)
    if (asked instanceof Response) return asked
    const opened = await openVillage(context, deps)
    if (opened instanceof Response) return opened
    return answer(context, await paperOf(opened, asked.year), asked.as)
  }

/** Of one station, for whoever may see what it earns. */
const ofStationYear = (deps: PapersDeps, answer: ReturnType<typeof answering>) => async (context: ApiContext) => {
  const asked = yearAsked(context, deps)
  if (asked instanceof Response) return asked
  if (!handles(context.get('principal').role, 'income'))
    return problem(context, 'forbidden', 'Income is for village accountants and officers.')
  const stationId = context.req.param('id') ?? ''
  const station = ID_PATTERN.test(stationId) ? (await deps.stations.get({ stationId }))?.row : undefined
  if (!station || !(await scope(context, 'income', placeOf(station)))) return notFound(context)
  return answer(context, stationLedger(await stationYearOf(deps, station, asked.year)), asked.as)
}

/** The region and the month a paper of many villages is asked for, or the refusal to answer with. */
const regionMonthAsked = async (context: ApiContext, deps: PapersDeps) => {
  const query = parseQuery(context, regionMonthQuery)
  if (query instanceof Response) return query
  const opened = await openVillages(context, deps, query.code)
  if (opened instanceof Response) return opened
  const asked = monthAsked(context, deps, query.month)
  return asked instanceof Response ? asked : { query, opened, asked }
}

const ofCountyMonth = (deps: PapersDeps, answer: ReturnType<typeof answering>) => async (context: ApiContext) => {
  const of = await regionMonthAsked(context, deps)
  if (of instanceof Response) return of
  const { query, opened, asked } = of
  return answer(context, countyMonth(await countyMonthOf(deps, opened, asked)), query.format)
}

const ofVillageList = (deps: PapersDeps, answer: ReturnType<typeof answering>) => async (context: ApiContext) => {
  const of = await regionMonthAsked(context, deps)
  if (of instanceof Response) return of
  const { query, opened, asked } = of
  const { villages } = await villagesOf(deps, opened, asked)
  const regionName = opened.region.name
  return answer(context, villageList({ asOfMs: deps.now(), regionName, month: asked, villages }), query.format)
}

const ofStationList = (deps: PapersDeps, answer: ReturnType<typeof answering>) => async (context: ApiContext) => {
  const query = parseQuery(context, regionQuery)
  if (query instanceof Response) return query
  const opened = await openRegion(context, deps, { code: query.code, resource: 'station' })
  if (opened instanceof Response) return opened
  const stations = (await stationsIn(deps, opened)).map((station) => listedStation(station, opened))
  return answer(context, stationList({ asOfMs: deps.now(), regionName: opened.region.name, stations }), query.format)
}

export const create = (deps: PapersDeps) => {
  const app = api(deps, { bodyBytesMax: PHOTO_BODY_BYTES_MAX })
  const open = (context: ApiContext) => openVillage(context, deps)
  const answer = answering(deps)
  app.get('/api/papers/villages/:code/month', ofVillageMonth(deps, answer, monthQuery, villageMonth))
  app.get('/api/papers/villages/:code/statement', ofVillageMonth(deps, answer, monthQuery, incomeStatement))
  app.get('/api/papers/villages/:code/allocation', ofVillageMonth(deps, answer, monthQuery, allocationList))
  app.get('/api/papers/villages/:code/vouchers', ofVillageMonth(deps, answer, monthQuery, vouchers))
  app.get(
    '/api/papers/villages/:code/notice',
    ofVillageMonth(deps, answer, noticeQuery, (village, query) => notice(village, detailsOf(query))),
  )
  app.get(
    '/api/papers/villages/:code/year',
    ofVillageYear(deps, answer, async (opened, year) => villageYear(await villageYearOf(deps, opened, year))),
  )
  app.get(
    '/api/papers/villages/:code/households',
    ofVillageYear(deps, answer, async (opened, year) => householdLedger(await householdYearOf(deps, opened, year))),
  )
  app.get('/api/papers/stations/:id/year', ofStationYear(deps, answer))
  app.get('/api/papers/villages/:code/photos', listPhotos(deps, open))
  app.post('/api/papers/villages/:code/photos', keepPhoto(deps, open))
  app.get('/api/papers/villages/:code/photos/:photo', onePhoto(deps, open))
  app.get('/api/papers/county/month', ofCountyMonth(deps, answer))
  app.get('/api/papers/county/villages', ofVillageList(deps, answer))
  app.get('/api/papers/county/stations', ofStationList(deps, answer))
  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
