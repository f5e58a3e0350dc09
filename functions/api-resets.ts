import * as z from 'zod'

import { handles } from '../domain/access.ts'
import { acknowledgementAsk, itemNamed } from '../domain/acknowledgement.ts'
import type { ChinaDay } from '../domain/calendar.ts'
import type { DayCauseCode } from '../domain/day-cause.ts'
import { ID_PATTERN } from '../domain/limits.ts'
import type { Station } from '../domain/registry.ts'
import { inForce, inForceAt, newestAt, recordOf, resetAsk, type ResetRecord, withdrawalAsk } from '../domain/reset-record.ts'
import { beginningWith } from '../stores/months.ts'
import { markDays } from '../stores/stale-days.ts'
import { allRows } from '../stores/table.ts'
import { onAws } from './edge/aws.ts'
import type { AcknowledgeAnswer, OpenItemsPage, ResetAnswer, ResetsView, ResetView } from './api-types-days.ts'
import { placeOf } from './edge/fleet.ts'
import { api, type ApiContext, notFound, parseBody, parseQuery, problem, scope } from './edge/http.ts'
import { OPEN_STATES, openItems } from './edge/open-items.ts'
import { openRegion, regionCodeParam } from './edge/region.ts'
import { daysAround, effectOf } from './edge/reset-effect.ts'
import type { Deps } from './entry.ts'

/**
 * Registers that were reset and devices that were replaced, as officers and operators record them within their region; and the
 * findings that wait for such a record, or for somebody to say what they were. Nothing is deleted: a record that was wrong is withdrawn, with a reason. Each record and
 * each withdrawal has the days it touches computed anew, and says so in their history. A dry run shows what would become of them.
 *
 * The record is written before the marks: after a crash in between the same request completes it, for saying the same again answers
 * the record that is there and marks its days, and withdrawing again for the same reason answers the withdrawal and marks them.
 */

type ResetsDeps = Deps<
  'verifyKeys' | 'regions' | 'stations' | 'devices' | 'generation' | 'readings',
  'counterResets' | 'acknowledgements' | 'staleDays'
>

const idParam = z.string().regex(ID_PATTERN)
const listQuery = z.strictObject({ station: idParam })
const openQuery = z.strictObject({
  county: regionCodeParam.optional(),
  station: idParam.optional(),
  state: z.enum(OPEN_STATES).default('open'),
  cursor: z.string().min(1).max(1_000).optional(),
})
const dryRun = z.boolean().default(false)
/** `fromFile`: the line of a file, which brings back nothing that was withdrawn. */
const recordBody = resetAsk.extend({ dryRun, fromFile: z.boolean().default(false) })
const withdrawBody = withdrawalAsk.extend({ dryRun })

const viewOf = (record: ResetRecord): ResetView => ({
  stationId: record.stationId,
  deviceId: record.deviceId,
  atMs: record.atMs,
  finalWh: record.finalWh,
  startWh: record.startWh,
  kind: record.kind,
  reason: record.reason,
  document: record.document,
  recordedBy: record.recordedBy,
  recordedAtMs: record.recordedAtMs,
  withdrawnBy: record.withdrawnBy ?? null,
  withdrawnAtMs: record.withdrawnAtMs ?? null,
  withdrawalReason: record.withdrawalReason ?? null,
})

/** The station asked for, or the one answer for those that are elsewhere and those that are nowhere. */
const stationAsked = async (context: ApiContext, deps: ResetsDeps, stationId: string): Promise<Station | Response> => {
  const station = (await deps.stations.get({ stationId }))?.row
  return station && (await scope(context, 'generation', placeOf(station))) ? station : notFound(context)
}

const recordsOf = ({ counterResets }: ResetsDeps, { stationId }: Station): Promise<ResetRecord[]> =>
  allRows((cursor) => counterResets.query({ partition: stationId, cursor }))

/** Has the days computed anew, for a cause that names the device and the person. */
const mark = async (
  deps: ResetsDeps,
  { stationId, countyCode }: Station,
  days: readonly ChinaDay[],
  cause: { code: DayCauseCode; about: string; by: string },
): Promise<void> => {
  const markedAtMs = deps.now()
  const causes = [{ ...cause, atMs: markedAtMs }]
  await markDays(
    deps.staleDays,
    days.map((day) => ({ countyCode, stationId, day, markedAtMs, causes })),
  )
}

const same = (one: ResetRecord, other: ResetRecord): boolean =>
  one.deviceId === other.deviceId && one.atMs === other.atMs && one.revision === other.revision

/** Shows or does what makes `records` out of those that stand: `record` put among them, or in place of what it was. */
const apply = async (
  context: ApiContext,
  deps: ResetsDeps,
  change: { station: Station; records: readonly ResetRecord[]; record: ResetRecord; dryRun: boolean; version?: number },
): Promise<Response> => {
  const { station, records, record, version } = change
  const days = await daysAround(deps, station, record)
  const standing = records.filter(inForce)
  const meant = [...records.filter((each) => !same(each, record)), record].filter(inForce)
  const effect = await effectOf(deps, station, { days, atMs: record.atMs }, { standing, meant })
  const answer: ResetAnswer = { reset: viewOf(record), written: !change.dryRun, days, effect }
  if (change.dryRun) return context.json(answer)

  const isThere = records.some((each) => same(each, record) && inForce(each) === inForce(record))
  const written = isThere ? 'written' : await deps.counterResets.put(record, version === undefined ? 'absent' : { version })
  if (written === 'conflict') return problem(context, 'conflict', 'Somebody else recorded this at the same moment; look again.')
  const code = inForce(record) ? 'reset_recorded' : 'reset_withdrawn'
  const { userName: by } = context.get('principal')
  await mark(deps, station, days, { code, about: record.deviceId, by })
  deps.log.info({ stationId: station.stationId, deviceId: record.deviceId, code, days: days.length }, 'counter reset')
  return context.json(answer, isThere || !inForce(record) ? 200 : 201)
}

const record = (deps: ResetsDeps) => async (context: ApiContext) => {
  const body = await parseBody(context, recordBody)
  if (body instanceof Response) return body
  const { dryRun: isDry, fromFile, ...ask } = body
  const station = await stationAsked(context, deps, ask.stationId)
  if (station instanceof Response) return station
  const partition = station.stationId
  const [devices, records] = await Promise.all([
    allRows((cursor) => deps.devices.queryIndex('byStation', { partition, cursor })),
    recordsOf(deps, station),
  ])
  const { userName } = context.get('principal')
  const known = { devices, records, countyCode: station.countyCode, userName, nowMs: deps.now(), fromFile }
  const recorded = recordOf(ask, known)
  if (!('recordedBy' in recorded)) return problem(context, recorded.code, recorded.detail)
  return apply(context, deps, { station, records, record: recorded, dryRun: isDry })
}

const withdraw = (deps: ResetsDeps) => async (context: ApiContext) => {
  const body = await parseBody(context, withdrawBody)
  if (body instanceof Response) return body
  const station = await stationAsked(context, deps, body.stationId)
  if (station instanceof Response) return station
  const records = await recordsOf(deps, station)
  const there = inForceAt(records, body)
  const newest = newestAt(records, body)
  if (!there && newest?.withdrawalReason === body.reason) {
    return apply(context, deps, { station, records, record: newest, dryRun: body.dryRun })
  }
  const found = there && (await deps.counterResets.get(there))
  if (!found || !inForce(found.row)) {
    return problem(context, 'conflict', 'There is no record in force about this device and instant; look again.')
  }
  const { userName: withdrawnBy } = context.get('principal')
  const record = { ...found.row, withdrawnBy, withdrawnAtMs: deps.now(), withdrawalReason: body.reason }
  return apply(context, deps, { station, records, record, dryRun: body.dryRun, version: found.version })
}

const open = (deps: ResetsDeps) => async (context: ApiContext) => {
  const query = parseQuery(context, openQuery)
  if (query instanceof Response) return query
  const opened = await openRegion(context, deps, { code: query.county, resource: 'generation' })
  if (opened instanceof Response) return opened
  const page = await openItems(deps, opened, query)
  if (!page) return problem(context, 'bad_request', 'cursor: not one of this list')
  return context.json({ asOfMs: deps.now(), ...page } satisfies OpenItemsPage)
}

/** What is said about a finding that only needs to be looked at. Said again it replaces what was said; it changes no figure. */
const acknowledge = (deps: ResetsDeps) => async (context: ApiContext) => {
  const ask = await parseBody(context, acknowledgementAsk)
  if (ask instanceof Response) return ask
  const station = await stationAsked(context, deps, ask.stationId)
  if (station instanceof Response) return station
  const { stationId, countyCode } = station
  const range = { partition: stationId, ...beginningWith(`${ask.day}#`), reverse: true, limit: 1 }
  const latest = (await deps.generation.query(range)).rows[0]?.row
  const item = latest && itemNamed(latest, ask)
  if (!item) return problem(context, 'conflict', 'The day does not tell this any more; look again.')
  const { userName: acknowledgedBy } = context.get('principal')
  const said = { ...ask, detail: item.finding.detail, acknowledgedBy, acknowledgedAtMs: deps.now() }
  await deps.acknowledgements.put({ ...said, countyCode })
  deps.log.info({ stationId, day: ask.day, deviceId: ask.deviceId, code: ask.code }, 'finding acknowledged')
  return context.json({ acknowledgement: said } satisfies AcknowledgeAnswer)
}

export const create = (deps: ResetsDeps) => {
  const app = api(deps)
  app.on('POST', '*', async (context, next) =>
    handles(context.get('principal').role, 'correction')
      ? await next()
      : problem(context, 'forbidden', 'Only officers and operators record resets.'),
  )

  app.get('/api/resets', async (context) => {
    const query = parseQuery(context, listQuery)
    if (query instanceof Response) return query
    const station = await stationAsked(context, deps, query.station)
    if (station instanceof Response) return station
    const records = await recordsOf(deps, station)
    const resets = records.toSorted((a, b) => b.atMs - a.atMs || b.revision - a.revision).map(viewOf)
    return context.json({ asOfMs: deps.now(), stationId: station.stationId, resets } satisfies ResetsView)
  })
  app.get('/api/resets/open', open(deps))
  app.post('/api/resets', record(deps))
  app.post('/api/resets/withdraw', withdraw(deps))
  app.post('/api/resets/acknowledge', acknowledge(deps))
  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
