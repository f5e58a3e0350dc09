import * as z from 'zod'

import type { Allocation, AllocationLine } from '../../domain/allocation-run.ts'
import type { ChinaMonth } from '../../domain/calendar.ts'
import { canonicalJson } from '../../domain/canonical.ts'
import { maskName } from '../../domain/mask.ts'
import { type Payable, payableOf } from '../../domain/payable.ts'
import { linesPaid, paidOut, refusalToPay, refusalToReturn } from '../../domain/payment.ts'
import { sumOf } from '../../domain/receipt-ledger.ts'
import { type MoneyRecord, type PaidLine, type Payment, type Returned, standing } from '../../domain/receipt.ts'
import type { RegionCode } from '../../domain/registry.ts'
import { recordsFiledUnder } from '../../stores/money-records.ts'
import { eachOf } from '../../stores/at-once.ts'
import { linesOfRun } from '../../stores/runs.ts'
import { allRows } from '../../stores/table.ts'
import type { PayList } from '../api-types-receipts.ts'
import { type ApiContext, parseBody, parseQuery, problem } from './http.ts'
import { authorOf, documentText, fenAmount, recordIdText, wrongDay } from './receipt-entry.ts'
import { type ReceiptsDeps, villageLedger } from './receipt-views.ts'
import { dayParam, monthParam, type OpenRegion } from './region.ts'
import { untilWritten } from './work.ts'

/** Paying a month's allocation out to payees, batch by batch, and what comes back from the bank. Never more than the list says. */

const lines = z
  .array(z.strictObject({ lineId: z.string().min(1).max(200), amountFen: fenAmount }))
  .min(1)
  .max(1_000)
const entry = { dryRun: z.boolean(), key: recordIdText, on: dayParam, document: documentText }
/** Without lines everything that is open on the list. */
const paymentBody = z.strictObject({ ...entry, month: monthParam, runId: z.string().min(1).max(200), lines: lines.optional() })
const returnBody = z.strictObject({ ...entry, payment: z.string().min(1).max(200), lines })
const listQuery = z.strictObject({ month: monthParam })

export const numbered = (prefix: string, at: number): string => `${prefix}.${String(at).padStart(4, '0')}`

type OfMonth = { villageCode: RegionCode; month: ChinaMonth }

/** What may be paid of a month's list: months that settle closed ones may leave debts, which the months after take back. */
const payableOn = async (deps: ReceiptsDeps, allocation: Allocation): Promise<Payable<AllocationLine>> => {
  const { villageCode, month } = allocation
  const all = await allRows((cursor) => deps.allocations.query({ partition: villageCode, to: month, cursor }))
  const first = all.findIndex(({ adjustments }) => adjustments !== undefined)
  const since = first < 0 ? [allocation] : all.slice(first)
  return payableOf(await eachOf(since, ({ month: of, runId }) => linesOfRun(deps, { villageCode, month: of }, runId)))
}

const listOf = async (deps: ReceiptsDeps, of: OfMonth) => {
  const allocation = (await deps.allocations.get(of))?.row
  if (!allocation) return undefined
  const { lines, debtsFen } = await payableOn(deps, allocation)
  return { runId: allocation.runId, lines: lines.filter(({ amountFen }) => amountFen > 0), debtsFen }
}

/** What a list's payees got for the month, by this list or any before it. */
const paidOf = async (deps: ReceiptsDeps, of: OfMonth, records: readonly MoneyRecord[], list: readonly AllocationLine[]) => {
  const runs = new Set(
    records.flatMap((record) => (record.kind === 'payment' && record.month === of.month ? [record.runId] : [])),
  )
  const payees = new Map<string, AllocationLine>()
  for (const runId of runs) {
    for (const line of await linesOfRun(deps, of, runId)) payees.set(`${runId}#${line.lineId}`, line)
  }
  return linesPaid(
    list,
    paidOut(records, of.month, (runId, lineId) => payees.get(`${runId}#${lineId}`)),
  )
}

export const returnedOf = (records: readonly MoneyRecord[], paymentId: string): PaidLine[] =>
  standing(records).flatMap((record) => (record.kind === 'return' && record.returns === paymentId ? record.lines : []))

const batchesOf = (records: readonly MoneyRecord[], month: ChinaMonth): PayList['batches'] =>
  standing(records)
    .filter((record) => record.kind === 'payment')
    .filter((record) => record.month === month)
    .toReversed()
    .map(({ recordId, on, amountFen, document, lines: paid }) => {
      const back = Map.groupBy(returnedOf(records, recordId), ({ lineId }) => lineId)
      const left = paid.map((line) => ({ lineId: line.lineId, leftFen: line.amountFen - sumOf(back.get(line.lineId) ?? []) }))
      return { recordId, on, amountFen, document, lines: left }
    })

/** The month's list with what each payee got already, names masked. */
export const payList = (deps: ReceiptsDeps) => async (context: ApiContext, opened: OpenRegion) => {
  const query = parseQuery(context, listQuery)
  if (query instanceof Response) return query
  const { code } = opened.region
  const [list, { account, records }, persons] = await Promise.all([
    listOf(deps, { villageCode: code, month: query.month }),
    villageLedger(deps, opened, []),
    allRows((cursor) => deps.persons.query({ partition: code, cursor })),
  ])
  const own = records.filter(({ placeCode }) => placeCode === code)
  const names = new Map(persons.map(({ personId, name }) => [personId, name]))
  const payeeOf = (personId: string | undefined): string => maskName(names.get(personId ?? '') ?? '')
  const known = await paidOf(deps, { villageCode: code, month: query.month }, own, list?.lines ?? [])
  const paid = new Map(known.lines.map((line) => [line.lineId, line]))
  const view: PayList = {
    asOfMs: deps.now(),
    month: query.month,
    runId: list?.runId ?? null,
    lines: (list?.lines ?? []).map(({ lineId, personId, post, amountFen }) => ({
      lineId,
      payee: payeeOf(personId),
      post,
      amountFen,
      paidFen: paid.get(lineId)?.paidFen ?? 0,
      openFen: paid.get(lineId)?.openFen ?? amountFen,
    })),
    unlisted: known.unlisted.map(({ batchId, lineId, paidFen, payee }) => ({
      batchId,
      lineId,
      payee: payeeOf(payee?.personId),
      post: payee?.post ?? '',
      paidFen,
    })),
    balanceFen: account.balanceFen,
    batches: batchesOf(own, query.month),
  }
  return context.json(view)
}

type Outcome = { record: Payment | Returned; repeated: boolean } | Response | 'conflict'

/** A record with the same key says the same again, or is refused; undefined when there is none. */
const repetition = (
  context: ApiContext,
  records: readonly MoneyRecord[],
  coming: Omit<Payment, 'recordId'> | Omit<Returned, 'recordId'>,
): Outcome | undefined => {
  const there = records.find(
    (record): record is Payment | Returned => record.kind === coming.kind && 'key' in record && record.key === coming.key,
  )
  if (!there) return undefined
  const isTakenBack = records.some((record) => record.kind === 'reversal' && record.reverses === there.recordId)
  const said = (record: object): string =>
    canonicalJson({ ...record, recordId: undefined, recordedBy: undefined, recordedAtMs: undefined })
  if (said(there) !== said(coming)) return problem(context, 'conflict', 'This key belongs to another batch; choose a new one.')
  return isTakenBack
    ? problem(context, 'conflict', 'This batch was taken back; to record it again give a new key (--id).')
    : { record: there, repeated: true }
}

const write = async (deps: ReceiptsDeps, record: Payment | Returned, dryRun: boolean): Promise<Outcome> => {
  if (!dryRun && (await deps.moneyRecords.put(record, 'absent')) === 'conflict') return 'conflict'
  if (!dryRun) deps.log.info({ kind: record.kind, placeCode: record.placeCode, recordId: record.recordId }, 'money recorded')
  return { record, repeated: false }
}

const answer = async (
  context: ApiContext,
  deps: ReceiptsDeps,
  opened: OpenRegion,
  outcome: Exclude<Outcome, 'conflict'>,
  dryRun: boolean,
) => {
  if (outcome instanceof Response) return outcome
  const { account } = await villageLedger(deps, opened, dryRun && !outcome.repeated ? [outcome.record] : [])
  const { recordId, amountFen, lines: paid } = outcome.record
  const { repeated } = outcome
  const view = { written: !dryRun, repeated, recordId, amountFen, lines: paid.length, balanceFen: account.balanceFen }
  return context.json(view, dryRun || repeated ? 200 : 201)
}

/** A batch by the month's list as it is now. Of two at once one is told and looks again, so no line is ever paid beyond it. */
export const recordPayment = (deps: ReceiptsDeps) => async (context: ApiContext, opened: OpenRegion) => {
  const body = await parseBody(context, paymentBody)
  if (body instanceof Response) return body
  const wrong = wrongDay(context, deps, body)
  if (wrong) return wrong
  const { dryRun, key, on, document, month, runId } = body
  const { code: placeCode } = opened.region
  const of = { villageCode: placeCode, month }
  const outcome = await untilWritten(async (): Promise<Outcome> => {
    const [records, list] = await Promise.all([recordsFiledUnder(deps, placeCode), listOf(deps, of)])
    const known = await paidOf(deps, of, records, list?.lines ?? [])
    const open = known.lines.filter(({ openFen }) => openFen > 0).map(({ lineId, openFen }) => ({ lineId, amountFen: openFen }))
    const there = records.find((record) => record.kind === 'payment' && record.key === key)
    const asked = body.lines ?? (there?.kind === 'payment' ? there.lines : open)
    const record: Omit<Payment, 'recordId'> = {
      kind: 'payment',
      placeCode,
      key,
      on,
      document,
      month,
      runId,
      lines: asked,
      amountFen: sumOf(asked),
      countyCode: opened.countyCode,
      ...authorOf(context, deps),
    }
    const repeated = repetition(context, records, record)
    if (repeated) return repeated
    if (!list || list.runId !== runId) return problem(context, 'conflict', 'The list of this month has changed; load it again.')
    if (asked.length === 0) return problem(context, 'conflict', 'Everything on this list is paid.')
    const refusal = refusalToPay(asked, known)
    if (refusal) return problem(context, refusal.code, refusal.detail)
    const before = records.filter((each) => each.kind === 'payment' && each.month === month).length
    return write(deps, { ...record, recordId: numbered(`${month}.payment`, before + 1) }, dryRun)
  })
  return answer(context, deps, opened, outcome, dryRun)
}

/** Lines of a batch that came back from the bank: they are open again. */
export const recordReturn = (deps: ReceiptsDeps) => async (context: ApiContext, opened: OpenRegion) => {
  const body = await parseBody(context, returnBody)
  if (body instanceof Response) return body
  const outcome = await returnOutcome(context, deps, opened, body)
  return answer(context, deps, opened, outcome, body.dryRun)
}

/** The record of what came back, written once. */
export const returnOutcome = async (
  context: ApiContext,
  deps: ReceiptsDeps,
  opened: OpenRegion,
  body: z.output<typeof returnBody>,
): Promise<Exclude<Outcome, 'conflict'>> => {
  const wrong = wrongDay(context, deps, body)
  if (wrong) return wrong
  const { dryRun, key, on, document, payment: returns, lines: back } = body
  const { code: placeCode } = opened.region
  return untilWritten(async (): Promise<Outcome> => {
    const records = await recordsFiledUnder(deps, placeCode)
    const batch = standing(records).find(({ recordId }) => recordId === returns)
    if (batch?.kind !== 'payment') return problem(context, 'conflict', 'There is no such batch any more; load the list again.')
    const record: Omit<Returned, 'recordId'> = {
      kind: 'return',
      placeCode,
      key,
      on,
      document,
      month: batch.month,
      returns,
      lines: back,
      amountFen: sumOf(back),
      countyCode: opened.countyCode,
      ...authorOf(context, deps),
    }
    const repeated = repetition(context, records, record)
    if (repeated) return repeated
    if (on < batch.on) return problem(context, 'bad_request', 'on: not before the batch was paid')
    const refusal = refusalToReturn(back, batch.lines, returnedOf(records, returns))
    if (refusal) return problem(context, refusal.code, refusal.detail)
    const before = records.filter((each) => each.kind === 'return' && each.returns === returns).length
    return write(deps, { ...record, recordId: numbered(`${returns}.return`, before + 1) }, dryRun)
  })
}
