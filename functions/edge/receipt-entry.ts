import * as z from 'zod'

import type { Resource } from '../../domain/access.ts'
import { canonicalJson } from '../../domain/canonical.ts'
import { type ChinaDay, type ChinaMonth, dayOf, monthOfDay } from '../../domain/calendar.ts'
import { ID_PATTERN } from '../../domain/limits.ts'
import { ledgerOf, sumOf } from '../../domain/receipt-ledger.ts'
import { partsByRule } from '../../domain/receipt-parts.ts'
import { type MoneyRecord, type Receipt, reversalIdOf, type Transfer } from '../../domain/receipt.ts'
import { INCOME_STREAMS, type Station } from '../../domain/registry.ts'
import { moneyOfCounty } from '../../stores/money-records.ts'
import type { RecordedView } from '../api-types-receipts.ts'
import { type ApiContext, notFound, parseBody, problem, scope } from './http.ts'
import { resettleReceived } from './receipt-resettle.ts'
import { type ReceiptsDeps, recordViews, villageLedger } from './receipt-views.ts'
import { dayParam, monthParam, openRegion, type OpenRegion } from './region.ts'

/** Recording what the county received and what it passed on, and taking a record back. A dry run shows what it would settle. */

export const FEN_MAX = 1e13
export const documentText = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'no control characters')
export const fenAmount = z.int().min(1).max(FEN_MAX)
export const recordIdText = z.string().regex(ID_PATTERN)

const entry = {
  dryRun: z.boolean(),
  recordId: recordIdText,
  on: dayParam,
  amountFen: fenAmount,
  document: documentText,
  fromMonth: monthParam.optional(),
  toMonth: monthParam.optional(),
}
const station = z.string().regex(ID_PATTERN)
const receiptBody = z.strictObject({
  ...entry,
  stream: z.enum(INCOME_STREAMS),
  direct: z.boolean().default(false),
  stationIds: z.array(station).min(1).max(1_000).optional(),
  parts: z
    .array(z.strictObject({ stationId: station, amountFen: fenAmount }))
    .min(1)
    .max(1_000)
    .optional(),
})
const transferBody = z.strictObject({
  ...entry,
  kind: z.enum(['transfer', 'withholding']).default('transfer'),
  stream: z.enum(INCOME_STREAMS).optional(),
  stationId: station.optional(),
})
const reversalBody = z.strictObject({
  dryRun: z.boolean(),
  placeCode: z.string().regex(ID_PATTERN),
  recordId: z.string().min(1).max(200),
  document: documentText,
})
type Dated = { on: ChinaDay; fromMonth?: ChinaMonth | undefined; toMonth?: ChinaMonth | undefined }

export const authorOf = (context: ApiContext, deps: ReceiptsDeps) => ({
  recordedBy: context.get('principal').userName,
  recordedAtMs: deps.now(),
})

/** Why a record cannot be of that day, undefined when it can. */
export const wrongDay = (context: ApiContext, deps: ReceiptsDeps, { on, fromMonth, toMonth }: Dated): Response | undefined => {
  if (on > dayOf(deps.now())) return problem(context, 'bad_request', 'on: not later than today')
  const last = toMonth ?? monthOfDay(on)
  return fromMonth !== undefined && fromMonth > last
    ? problem(context, 'bad_request', 'fromMonth: not later than toMonth')
    : undefined
}
const spanOf = ({ on, fromMonth, toMonth }: Dated) => ({ ...(fromMonth && { fromMonth }), toMonth: toMonth ?? monthOfDay(on) })

/** The same but for who says it and when; a lump divided by the rule may have been divided when less was due. */
const saysTheSame = (one: MoneyRecord, other: MoneyRecord): boolean => {
  const said = (record: MoneyRecord): string =>
    canonicalJson({
      ...record,
      recordedBy: undefined,
      recordedAtMs: undefined,
      ...(record.kind === 'receipt' && record.byRule && { parts: undefined }),
    })
  return said(one) === said(other)
}

const ID_TAKEN = 'This id belongs to another record; choose a new one.'
const TAKEN_BACK = 'This record was taken back; to record it again give a new id (--id).'

/** Writes a record once: `repeated` when it was there, a refusal when another one has its id or it was taken back. A dry run only looks. */
const keep = async (
  context: ApiContext,
  deps: ReceiptsDeps,
  record: MoneyRecord,
  dryRun: boolean,
): Promise<{ record: MoneyRecord; repeated: boolean } | Response> => {
  if (!dryRun && (await deps.moneyRecords.put(record, 'absent')) === 'written') {
    deps.log.info({ kind: record.kind, placeCode: record.placeCode, recordId: record.recordId }, 'money recorded')
    return { record, repeated: false }
  }
  const { placeCode, recordId } = record
  const there = (await deps.moneyRecords.get(record))?.row
  if (!there && dryRun) return { record, repeated: false }
  if (!there || !saysTheSame(there, record)) return problem(context, 'conflict', ID_TAKEN)
  const reversal = await deps.moneyRecords.get({ placeCode, recordId: reversalIdOf(recordId) })
  return reversal ? problem(context, 'conflict', TAKEN_BACK) : { record: there, repeated: true }
}

const partsOf = (body: z.output<typeof receiptBody>, stations: readonly Station[], items: Parameters<typeof partsByRule>[0]) => {
  if (body.parts) return body.parts
  const stationIds = body.stationIds ?? stations.map(({ stationId }) => stationId)
  return partsByRule(items, { amountFen: body.amountFen, stationIds, stream: body.stream, ...spanOf(body) }).parts
}

/** What is wrong with the stations a receipt names, undefined when nothing is. */
const wrongStations = (body: z.output<typeof receiptBody>, stations: readonly Station[]): string | undefined => {
  const { parts, stationIds, amountFen } = body
  if (parts && stationIds) return 'parts: give either parts or stationIds'
  const named = parts?.map(({ stationId }) => stationId) ?? stationIds ?? []
  if (new Set(named).size < named.length) return 'stations: name each station once'
  const known = new Set(stations.map(({ stationId }) => stationId))
  if (named.some((stationId) => !known.has(stationId))) return 'stations: every one must be of this county'
  return parts && sumOf(parts) > amountFen ? 'parts: together more than the amount' : undefined
}

/** One lump the county received, for the stations its document names, divided as it says or oldest month first. */
export const recordReceipt = (deps: ReceiptsDeps) => async (context: ApiContext, opened: OpenRegion) => {
  const body = await parseBody(context, receiptBody)
  if (body instanceof Response) return body
  const wrong = wrongDay(context, deps, body)
  if (wrong) return wrong
  const { countyCode } = opened
  const asOf = dayOf(deps.now())
  const source = await moneyOfCounty(deps, countyCode, asOf)
  const wrongParts = wrongStations(body, source.stations)
  if (wrongParts !== undefined) return problem(context, 'bad_request', wrongParts)
  const { recordId, on, amountFen, document, stream, direct } = body
  const before = ledgerOf(source.items, source.records, asOf)
  const record: Receipt = {
    kind: 'receipt',
    placeCode: countyCode,
    countyCode,
    recordId,
    on,
    amountFen,
    document,
    stream,
    direct,
    ...spanOf(body),
    byRule: body.parts === undefined,
    ...(body.stationIds && { stationIds: body.stationIds.toSorted() }),
    parts: partsOf(body, source.stations, before.items),
    ...authorOf(context, deps),
  }
  const kept = await keep(context, deps, record, body.dryRun)
  if (kept instanceof Response) return kept
  if (!body.dryRun) await resettleReceived(deps, kept.record, async () => opened.villages.map(({ code }) => code))
  const others = source.records.filter((each) => each.placeCode !== countyCode || each.recordId !== recordId)
  const records = [...others, kept.record]
  const [view] = recordViews([kept.record], ledgerOf(source.items, records, asOf), opened.nameOf)
  if (!view || kept.record.kind !== 'receipt') throw new Error('a receipt is shown as one')
  const names = new Map(source.stations.map(({ stationId, name }) => [stationId, name]))
  const parts = kept.record.parts.map((part) => ({ ...part, name: names.get(part.stationId) ?? part.stationId }))
  const answer: RecordedView = { written: !body.dryRun, repeated: kept.repeated, record: view, parts }
  return context.json(answer, body.dryRun || kept.repeated ? 200 : 201)
}

/** What the county passed on to a village, or kept of what it was due. */
export const recordTransfer = (deps: ReceiptsDeps) => async (context: ApiContext, opened: OpenRegion) => {
  const body = await parseBody(context, transferBody)
  if (body instanceof Response) return body
  const wrong = wrongDay(context, deps, body)
  if (wrong) return wrong
  const { recordId, on, amountFen, document, kind, stream, stationId } = body
  const record: Transfer = {
    kind,
    recordId,
    on,
    amountFen,
    document,
    placeCode: opened.region.code,
    countyCode: opened.countyCode,
    ...(stream && { stream }),
    ...(stationId !== undefined && { stationId }),
    ...spanOf(body),
    ...authorOf(context, deps),
  }
  const kept = await keep(context, deps, record, body.dryRun)
  if (kept instanceof Response) return kept
  if (!body.dryRun) await resettleReceived(deps, kept.record, async () => [])
  const { ledger } = await villageLedger(deps, opened, body.dryRun && !kept.repeated ? [record] : [])
  const [view] = recordViews([kept.record], ledger, opened.nameOf)
  if (!view) throw new Error('a transfer is shown as one')
  const answer: RecordedView = { written: !body.dryRun, repeated: kept.repeated, record: view, parts: [] }
  return context.json(answer, body.dryRun || kept.repeated ? 200 : 201)
}

/** Who may take a record back: whoever may make one, there. */
const rightOver = ({ kind }: MoneyRecord): Resource => (kind === 'payment' || kind === 'return' ? 'payment' : 'carry_over')
const regionOver = (record: MoneyRecord): string =>
  record.kind === 'receipt' || record.kind === 'opening' ? record.countyCode : record.placeCode

/** Takes a record back, whole, by a record of its own; both stay to be seen. */
export const reverse = (deps: ReceiptsDeps) => async (context: ApiContext) => {
  const body = await parseBody(context, reversalBody)
  if (body instanceof Response) return body
  const found = (await deps.moneyRecords.get(body))?.row
  if (!found || !(await scope(context, rightOver(found), regionOver(found)))) return notFound(context)
  if (found.kind === 'reversal') return problem(context, 'conflict', 'A reversal stays: record the amount anew instead.')
  const { placeCode, countyCode, recordId, amountFen } = found
  const record: MoneyRecord = {
    kind: 'reversal',
    placeCode,
    countyCode,
    amountFen,
    recordId: reversalIdOf(recordId),
    reverses: recordId,
    on: dayOf(deps.now()),
    document: body.document,
    ...authorOf(context, deps),
  }
  const villages = async (): Promise<string[]> => {
    const county = await openRegion(context, deps, { code: countyCode, resource: rightOver(found) })
    return county instanceof Response ? [] : county.villages.map(({ code }) => code)
  }
  const isNew = !body.dryRun && (await deps.moneyRecords.put(record, 'absent')) === 'written'
  if (!body.dryRun) await resettleReceived(deps, found, villages)
  if (isNew) {
    deps.log.info({ placeCode, recordId }, 'a money record was taken back')
    return context.json({ written: true, reverses: recordId, amountFen })
  }
  const there = (await deps.moneyRecords.get(record))?.row
  if (there && there.document !== body.document)
    return problem(context, 'conflict', 'It was taken back already, by another document.')
  return context.json({ written: !body.dryRun, reverses: recordId, amountFen })
}
