import { createHash } from 'node:crypto'
import * as z from 'zod'

import { BANK_FORMATS, type BankFile, bankRows, matchBankAnswer, parseBankAnswer } from '../../domain/bank-file.ts'
import { type MoneyRecord, type Payment, standing } from '../../domain/receipt.ts'
import type { RegionCode } from '../../domain/registry.ts'
import { bankFileBytes, bankText } from '../../papers/bank-file.ts'
import { recordsFiledUnder } from '../../stores/money-records.ts'
import { linesOfRun } from '../../stores/runs.ts'
import { allRows } from '../../stores/table.ts'
import type { BankAnswerView } from '../api-types-receipts.ts'
import { type ApiContext, parseBody, problem } from './http.ts'
import { documentText, recordIdText } from './receipt-entry.ts'
import { numbered, returnedOf, returnOutcome } from './receipt-payments.ts'
import type { ReceiptsDeps } from './receipt-views.ts'
import { dayParam, type OpenRegion } from './region.ts'

/** The bank's payment file of a batch, handed over once unless somebody says why again; and the bank's answer, read once. */

const FILE_BYTES_MAX = 1_000_000
const paymentText = z.string().min(1).max(200)
const exportBody = z.strictObject({ payment: paymentText, format: z.enum(BANK_FORMATS), repeatBecause: documentText.optional() })
const answerBody = z.strictObject({
  dryRun: z.boolean(),
  payment: paymentText,
  on: dayParam,
  document: documentText,
  file: z
    .base64()
    .min(1)
    .max(Math.ceil(FILE_BYTES_MAX / 3) * 4),
})

const filesOf = (deps: ReceiptsDeps, villageCode: RegionCode): Promise<BankFile[]> =>
  allRows((cursor) => deps.bankFiles.query({ partition: villageCode, cursor }))

const batchOf = (records: readonly MoneyRecord[], payment: string): Payment | undefined =>
  standing(records).find((record): record is Payment => record.kind === 'payment' && record.recordId === payment)

/** What the batch pays whom, less what came back by other records than one. */
const rowsOf = async (deps: ReceiptsDeps, batch: Payment, records: readonly MoneyRecord[], exceptKey?: string) => {
  const { placeCode: villageCode, month, runId } = batch
  const [run, accounts] = await Promise.all([
    linesOfRun(deps, { villageCode, month }, runId),
    allRows((cursor) => deps.payeeAccounts.query({ partition: villageCode, cursor })),
  ])
  const personOf = new Map(run.map(({ lineId, personId }) => [lineId, personId]))
  const others = records.filter((record) => !(record.kind === 'return' && record.key === exceptKey))
  const back = Map.groupBy(returnedOf(others, batch.recordId), ({ lineId }) => lineId)
  const lines = batch.lines.map(({ lineId, amountFen }) => {
    const backFen = (back.get(lineId) ?? []).reduce((sum, line) => sum + line.amountFen, 0)
    return { lineId, amountFen: amountFen - backFen, personId: personOf.get(lineId) }
  })
  return bankRows(lines, accounts)
}

const fenOf = (amounts: readonly { amountFen: number }[]): number => amounts.reduce((sum, { amountFen }) => sum + amountFen, 0)

const NO_BATCH = 'There is no such batch any more; load the list again.'
const TYPES = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8',
  'csv-gbk': 'text/csv; charset=gbk',
} as const

/** What the file says, or why it cannot be made. */
const madeFile = async (context: ApiContext, deps: ReceiptsDeps, batch: Payment, format: (typeof BANK_FORMATS)[number]) => {
  const { rows, without } = await rowsOf(deps, batch, await recordsFiledUnder(deps, batch.placeCode))
  if (without.length > 0) {
    const named = without.slice(0, 20).join(', ')
    return problem(context, 'conflict', `${without.length} lines have no bank account: ${named}. Import the accounts first.`)
  }
  if (rows.length === 0) return problem(context, 'conflict', 'Everything of this batch came back; there is nothing to pay.')
  const bytes = await bankFileBytes(rows, { purpose: `${batch.month} 光伏收益`, format })
  if (!bytes) return problem(context, 'conflict', 'A name has a character GBK does not have; take the file as XLSX or UTF-8.')
  return { bytes, rows }
}

/** Each handing over is a row of its own, written before the file leaves: of two at once one is told. */
export const exportBankFile = (deps: ReceiptsDeps) => async (context: ApiContext, opened: OpenRegion) => {
  const body = await parseBody(context, exportBody)
  if (body instanceof Response) return body
  const { payment, format, repeatBecause } = body
  const { code: villageCode } = opened.region
  const batch = batchOf(await recordsFiledUnder(deps, villageCode), payment)
  if (!batch) return problem(context, 'conflict', NO_BATCH)
  const before = (await filesOf(deps, villageCode)).filter(({ kind, paymentId }) => kind === 'export' && paymentId === payment)
  if (before.length > 0 && repeatBecause === undefined)
    return problem(context, 'conflict', 'This batch was handed over already; say why it is to be handed over again.')
  const made = await madeFile(context, deps, batch, format)
  if (made instanceof Response) return made
  const row: BankFile = {
    villageCode,
    countyCode: opened.countyCode,
    fileId: numbered(`${payment}.export`, before.length + 1),
    kind: 'export',
    paymentId: payment,
    month: batch.month,
    rows: made.rows.length,
    amountFen: fenOf(made.rows),
    by: context.get('principal').userName,
    atMs: deps.now(),
    format,
    ...(before.length > 0 && repeatBecause !== undefined && { reason: repeatBecause }),
  }
  if ((await deps.bankFiles.put(row, 'absent')) === 'conflict')
    return problem(context, 'conflict', 'Somebody else took this file at the same moment; look at the list first.')
  deps.log.info(
    { villageCode, fileId: row.fileId, format, rows: row.rows, repeat: before.length > 0 },
    'a bank file was handed over',
  )
  const extension = format === 'xlsx' ? 'xlsx' : 'csv'
  const name = encodeURIComponent(`银行代发-${payment}.${extension}`)
  return context.body(new Uint8Array(made.bytes).buffer, 200, {
    'content-type': TYPES[format],
    'content-disposition': `attachment; filename="bank.${extension}"; filename*=UTF-8''${name}`,
  })
}

/** Who had which file and when, newest first. */
export const listBankFiles = (deps: ReceiptsDeps) => async (context: ApiContext, opened: OpenRegion) => {
  const files = await filesOf(deps, opened.region.code)
  return context.json({ asOfMs: deps.now(), files: files.toSorted((a, b) => b.atMs - a.atMs).slice(0, 200) })
}

const viewOf = (
  { items = [], succeeded = 0, failed = 0, amountFen }: BankFile,
  written: boolean,
  became: BankAnswerView['became'],
): BankAnswerView => ({
  written,
  repeated: became === null,
  became,
  succeeded,
  failed,
  returnedFen: amountFen,
  items,
})

/** Failures become returns of the batch; what does not fit is kept with the file as items to look into. The same file twice is one. */
export const readBankAnswer = (deps: ReceiptsDeps) => async (context: ApiContext, opened: OpenRegion) => {
  const body = await parseBody(context, answerBody)
  if (body instanceof Response) return body
  const { code: villageCode } = opened.region
  const bytes = Buffer.from(body.file, 'base64')
  const key = `bank-${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}`
  const fileId = `${body.payment}.answer.${recordIdText.parse(key)}`
  const there = (await deps.bankFiles.get({ villageCode, fileId }))?.row
  if (there) return context.json(viewOf(there, !body.dryRun, null))
  const records = await recordsFiledUnder(deps, villageCode)
  const batch = batchOf(records, body.payment)
  if (!batch) return problem(context, 'conflict', NO_BATCH)
  const answer = parseBankAnswer(bankText(bytes))
  if ('kind' in answer) return problem(context, answer.code, answer.detail)
  const { rows } = await rowsOf(deps, batch, records, key)
  const { succeeded, failed, unknown, reasons, items } = matchBankAnswer(rows, answer)
  const { dryRun, on, document } = body
  const lines = failed.flatMap((row) => row.lines)
  if (lines.length > 0) {
    const returned = await returnOutcome(context, deps, opened, { dryRun, key, on, document, payment: body.payment, lines })
    if (returned instanceof Response) return returned
  }
  const row: BankFile = {
    villageCode,
    countyCode: opened.countyCode,
    fileId,
    kind: 'return',
    paymentId: body.payment,
    month: batch.month,
    rows: answer.length,
    amountFen: fenOf(lines),
    by: context.get('principal').userName,
    atMs: deps.now(),
    succeeded: succeeded.length,
    failed: failed.length,
    items,
  }
  if (!dryRun) {
    await deps.bankFiles.put(row, 'absent')
    deps.log.info({ villageCode, fileId, failed: failed.length, items: items.length }, 'a bank answer was read')
  }
  const became = { succeededFen: fenOf(succeeded), unknown: unknown.length, unknownFen: fenOf(unknown), reasons }
  return context.json(viewOf(row, !dryRun, became), dryRun ? 200 : 201)
}
