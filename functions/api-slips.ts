import * as z from 'zod'

import { handles } from '../domain/access.ts'
import { addMonths, type ChinaMonth, monthOf, spanOfMonth } from '../domain/calendar.ts'
import { daysInService } from '../domain/income.ts'
import { ID_PATTERN } from '../domain/limits.ts'
import { GRID_STREAMS, type Station } from '../domain/registry.ts'
import { AMOUNT_FEN_MAX, DOCUMENT_PATTERN, gapsBetween, overlaps, type SlipRejected, slipsInForce } from '../domain/slip.ts'
import { latestStatement } from '../stores/months.ts'
import { slipLedger } from '../stores/slips.ts'
import { allRows } from '../stores/table.ts'
import { onAws } from './edge/aws.ts'
import type {
  SettledMonth,
  SlipImport,
  SlipRecorded,
  SlipStation,
  SlipsView,
  SlipWithdrawn,
  StationSlips,
} from './api-types-slips.ts'
import { placeOf } from './edge/fleet.ts'
import { api, type ApiContext, notFound, parseBody, parseQuery, problem, scope } from './edge/http.ts'
import { dayParam, monthParam, openRegion, regionCodeParam, regionRef } from './edge/region.ts'
import { fewStations, importSlips } from './edge/slip-import.ts'
import { type LedgerDeps, slipViews, writeSlip, writeWithdrawal } from './edge/slip-ledger.ts'
import type { Deps } from './entry.ts'

/**
 * Settlement slips (结算单) of the grid company: read by whoever reads income in the region, recorded, imported and withdrawn by its
 * officers and administrators. Nothing is changed or deleted: a correction is a new slip, a withdrawal a new entry. Recording a slip
 * that is there, or withdrawing one that is withdrawn, changes nothing and has its months settled all the same.
 */

type SlipsDeps = Deps<'verifyKeys' | 'regions' | 'stations' | 'stationStatements'> & LedgerDeps

/** A county's year of slips; API Gateway accepts more. */
const IMPORT_BYTES_MAX = 4 * 1024 * 1024

const listQuery = z.strictObject({ county: regionCodeParam.optional(), month: monthParam.optional() })
const stationQuery = z.strictObject({ month: monthParam.optional() })
const document = z.string().regex(DOCUMENT_PATTERN, 'at most 64 letters and digits, one of them first')
const slipSchema = z.strictObject({
  billingAccount: z.string().min(1).max(64),
  document,
  from: dayParam,
  to: dayParam,
  energyWh: z.int().min(0),
  amounts: z
    .array(z.strictObject({ stream: z.enum(GRID_STREAMS), amountFen: z.int().min(-AMOUNT_FEN_MAX).max(AMOUNT_FEN_MAX) }))
    .max(GRID_STREAMS.length)
    .default([]),
  corrects: document.optional(),
})
/** Without control characters, so that it can stand on paper. */
const reason = z
  .string()
  .trim()
  .min(2)
  .max(200)
  .regex(/^\P{Cc}*$/u, 'no control characters')
const withdrawalSchema = z.strictObject({ withdraws: z.int().min(1), reason })
const importSchema = z.strictObject({ county: regionCodeParam.optional(), dryRun: z.boolean(), text: z.string() })

const isReader = (context: ApiContext): boolean => handles(context.get('principal').role, 'income')
const isRecorder = (context: ApiContext): boolean => handles(context.get('principal').role, 'slip_entry')
const readersOnly = (context: ApiContext): Response =>
  problem(context, 'forbidden', 'Settlement slips are for village accountants and officers.')
const recordersOnly = (context: ApiContext): Response =>
  problem(context, 'forbidden', 'Only officers and administrators may record settlement slips.')

/** What a page needs to say it in its own words stands beside the problem details. */
const refusal = (context: ApiContext, { code, detail, reason: why, about }: SlipRejected): Response =>
  problem(context, code, detail, { reason: why, ...(about !== undefined && { about }) })

const monthAsked = (context: ApiContext, deps: SlipsDeps, month: ChinaMonth | undefined): ChinaMonth | Response => {
  const current = monthOf(deps.now())
  if (month !== undefined && month > current) return problem(context, 'bad_request', 'month: not later than this month')
  return month ?? addMonths(current, -1)
}

/** The station of the path, or the one answer for those that are elsewhere and those that are nowhere. */
const stationAsked = async (context: ApiContext, deps: SlipsDeps, what: 'income' | 'slip_entry'): Promise<Station | Response> => {
  const stationId = context.req.param('id') ?? ''
  const station = ID_PATTERN.test(stationId) ? (await deps.stations.get({ stationId }))?.row : undefined
  if (!station || !(await scope(context, what, placeOf(station)))) return notFound(context)
  return station
}

const stationsOf = (deps: SlipsDeps, countyCode: string): Promise<Station[]> =>
  allRows((cursor) => deps.stations.queryIndex('byCounty', { partition: countyCode, cursor }))

const settledOf = async (deps: SlipsDeps, { stationId }: Station, month: ChinaMonth): Promise<SettledMonth | null> => {
  const statement = await latestStatement(deps.stationStatements, stationId, month)
  if (!statement) return null
  const { version, computedAtMs, provisional, energyWh, days, slips = [], findings = [] } = statement
  return { version, computedAtMs, provisional, energyWh, days, slips, findings }
}

const stationView = async (context: ApiContext, deps: SlipsDeps, station: Station, month: ChinaMonth): Promise<StationSlips> => {
  const entries = await slipLedger(deps.slips, station.stationId)
  return {
    asOfMs: deps.now(),
    stationId: station.stationId,
    billingAccount: station.billingAccount,
    mayRecord: isRecorder(context),
    slips: slipViews(entries),
    gaps: gapsBetween(slipsInForce(entries)),
    month,
    settled: await settledOf(deps, station, month),
  }
}

const slipStation = async (deps: SlipsDeps, station: Station, month: ChinaMonth): Promise<SlipStation> => {
  const { stationId, name, billingAccount } = station
  const slips = slipViews(await slipLedger(deps.slips, stationId))
    .filter((slip) => slip.state === 'in_force' && overlaps(slip, spanOfMonth(month)))
    .toReversed()
  const days = daysInService(station, month)
  const covered = days.filter((day) => slips.some(({ from, to }) => from <= day && day <= to)).length
  return { stationId, name, billingAccount, slips, days: { covered, of: days.length } }
}

const list =
  (deps: SlipsDeps) =>
  async (context: ApiContext): Promise<Response> => {
    const query = parseQuery(context, listQuery)
    if (query instanceof Response) return query
    const opened = await openRegion(context, deps, { code: query.county, resource: 'region' })
    if (opened instanceof Response) return opened
    if (!isReader(context)) return readersOnly(context)
    const month = monthAsked(context, deps, query.month)
    if (month instanceof Response) return month
    const all = await stationsOf(deps, opened.countyCode)
    const held = await Promise.all(all.map((station) => opened.holds(placeOf(station))))
    const shown = all.filter((station, at) => held[at] && daysInService(station, month).length > 0)
    const stations = await fewStations(shown, (station) => slipStation(deps, station, month))
    return context.json({ asOfMs: deps.now(), region: regionRef(opened.region), month, stations } satisfies SlipsView)
  }

const recordingOf = (context: ApiContext, deps: SlipsDeps) => ({
  recordedBy: context.get('principal').userName,
  recordedAtMs: deps.now(),
})

const importFile =
  (deps: SlipsDeps) =>
  async (context: ApiContext): Promise<Response> => {
    if (!isRecorder(context)) return recordersOnly(context)
    const body = await parseBody(context, importSchema)
    if (body instanceof Response) return body
    const opened = await openRegion(context, deps, { code: body.county, resource: 'slip_entry' })
    if (opened instanceof Response) return opened
    const all = await stationsOf(deps, opened.countyCode)
    const held = await Promise.all(all.map((station) => opened.holds(placeOf(station))))
    const { text, dryRun } = body
    const recording = recordingOf(context, deps)
    const stations = all.filter((_, at) => held[at])
    const result = await importSlips(deps, { text, dryRun, stations, neighbours: all, recording })
    if (result.written) deps.log.info({ slips: result.slips.length, regionCode: opened.region.code }, 'settlement slips imported')
    return context.json(result satisfies SlipImport)
  }

const record =
  (deps: SlipsDeps) =>
  async (context: ApiContext): Promise<Response> => {
    if (!isRecorder(context)) return recordersOnly(context)
    const body = await parseBody(context, slipSchema)
    if (body instanceof Response) return body
    const station = await stationAsked(context, deps, 'slip_entry')
    if (station instanceof Response) return station
    const { corrects, ...content } = body
    const ask = { ...content, ...(corrects !== undefined && { corrects }) }
    const neighbours = await stationsOf(deps, station.countyCode)
    const { decided, months } = await writeSlip(deps, { station, neighbours }, ask, recordingOf(context, deps))
    if (decided.kind === 'rejected') return refusal(context, decided)
    const { stationId, entry } = decided.slip
    if (decided.kind === 'new') deps.log.info({ stationId, entry }, 'settlement slip recorded')
    const slip = slipViews(await slipLedger(deps.slips, stationId)).find((view) => view.entry === entry)
    if (!slip) throw new Error('a slip that was recorded is not there')
    return context.json(
      { isNew: decided.kind === 'new', slip, months } satisfies SlipRecorded,
      decided.kind === 'new' ? 201 : 200,
    )
  }

const withdraw =
  (deps: SlipsDeps) =>
  async (context: ApiContext): Promise<Response> => {
    if (!isRecorder(context)) return recordersOnly(context)
    const body = await parseBody(context, withdrawalSchema)
    if (body instanceof Response) return body
    const station = await stationAsked(context, deps, 'slip_entry')
    if (station instanceof Response) return station
    const { decided, months } = await writeWithdrawal(deps, station, body, recordingOf(context, deps))
    if (decided.kind === 'rejected') return refusal(context, decided)
    const { stationId, entry } = decided.slip
    if (decided.kind === 'new') deps.log.info({ stationId, entry }, 'settlement slip withdrawn')
    const slip = slipViews(await slipLedger(deps.slips, stationId)).find((view) => view.entry === entry)
    if (!slip) throw new Error('a slip that was withdrawn is not there')
    return context.json({ isNew: decided.kind === 'new', slip, months } satisfies SlipWithdrawn)
  }

export const create = (deps: SlipsDeps) => {
  const app = api(deps, { bodyBytesMax: IMPORT_BYTES_MAX })
  app.get('/api/slips', list(deps))
  app.post('/api/slips/import', importFile(deps))
  app.get('/api/slips/stations/:id', async (context) => {
    if (!isReader(context)) return readersOnly(context)
    const query = parseQuery(context, stationQuery)
    if (query instanceof Response) return query
    const station = await stationAsked(context, deps, 'income')
    if (station instanceof Response) return station
    const month = monthAsked(context, deps, query.month)
    if (month instanceof Response) return month
    return context.json((await stationView(context, deps, station, month)) satisfies StationSlips)
  })
  app.post('/api/slips/stations/:id', record(deps))
  app.post('/api/slips/stations/:id/withdrawals', withdraw(deps))
  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
