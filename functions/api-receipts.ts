import * as z from 'zod'

import { handles, type Resource } from '../domain/access.ts'
import { type ChinaDay, dayOf } from '../domain/calendar.ts'
import { AGE_LIMITS_DAYS } from '../domain/receipt-ageing.ts'
import { onAws } from './edge/aws.ts'
import type { CountyReceipts, VillageReceipts } from './api-types-receipts.ts'
import { exportBankFile, listBankFiles, readBankAnswer } from './edge/bank-files.ts'
import { importAccounts, listAccounts } from './edge/payee-accounts.ts'
import { api, type ApiContext, notFound, parseQuery, problem } from './edge/http.ts'
import { recordReceipt, recordTransfer, reverse } from './edge/receipt-entry.ts'
import { importOpenings } from './edge/receipt-import.ts'
import { payList, recordPayment, recordReturn } from './edge/receipt-payments.ts'
import { type As, countyView, type ReceiptsDeps, villageView } from './edge/receipt-views.ts'
import { dayParam, openRegion, type OpenRegion, regionCodeParam } from './edge/region.ts'

/**
 * The life of amounts: what was earned, what of it the county received, passed on and villages paid out, as of any day; and the
 * records it is computed from. The county's cashier records receipts and transfers, a village's accountant what it pays. Records are
 * never changed: the same one again is answered as the first time, a wrong one is taken back by another.
 */

const OPENINGS_BYTES_MAX = 4 * 1024 * 1024

const agesParam = z
  .string()
  .regex(/^[1-9]\d{0,3}(,[1-9]\d{0,3}){0,8}$/, 'days, rising, as 30,90,180,365')
  .transform((text) => text.split(',').map(Number))
  .refine((limits) => limits.every((limit, at) => at === 0 || limit > (limits[at - 1] ?? 0)), 'days must rise')
const asOfQuery = { asOf: dayParam.optional(), ages: agesParam.optional() }
const countyQuery = z.strictObject({ code: regionCodeParam.optional(), ...asOfQuery })
const villageQuery = z.strictObject(asOfQuery)

const asAsked = (deps: ReceiptsDeps, { asOf, ages }: { asOf?: ChinaDay | undefined; ages?: number[] | undefined }): As => ({
  asOf: asOf ?? dayOf(deps.now()),
  limitsDays: ages ?? AGE_LIMITS_DAYS,
})

type Opened = (context: ApiContext, opened: OpenRegion) => Promise<Response>

/** The region of the path, when the person has that right there: a county (`county`) or a village. */
const within =
  (deps: ReceiptsDeps, level: 'county' | 'village', resource: Resource, answer: Opened) =>
  async (context: ApiContext): Promise<Response> => {
    if (!handles(context.get('principal').role, resource)) return problem(context, 'forbidden', FORBIDDEN[resource] ?? '')
    const code = regionCodeParam.safeParse(context.req.param('code')).data
    const opened = await openRegion(context, deps, { code: code ?? 'none', resource })
    if (opened instanceof Response) return opened
    return opened.region.level === level ? await answer(context, opened) : notFound(context)
  }

const FORBIDDEN: Partial<Record<Resource, string>> = {
  receipt: 'Money is for village accountants, cashiers and officers.',
  carry_over: 'Only the county’s cashier records receipts and transfers.',
  payment: 'Only the village’s accountant records payments.',
  payee_account: 'Bank accounts are for the village’s accountant and officers.',
  household: 'Who is paid is for village accountants and officers.',
}

const county = async (deps: ReceiptsDeps, context: ApiContext): Promise<Response> => {
  const query = parseQuery(context, countyQuery)
  if (query instanceof Response) return query
  if (!handles(context.get('principal').role, 'receipt')) return problem(context, 'forbidden', FORBIDDEN.receipt ?? '')
  const opened = await openRegion(context, deps, { code: query.code, resource: 'receipt' })
  if (opened instanceof Response) return opened
  return context.json((await countyView(deps, opened, asAsked(deps, query))) satisfies CountyReceipts)
}

const village =
  (deps: ReceiptsDeps): Opened =>
  async (context, opened) => {
    const query = parseQuery(context, villageQuery)
    if (query instanceof Response) return query
    return context.json((await villageView(deps, opened, asAsked(deps, query))) satisfies VillageReceipts)
  }

export const create = (deps: ReceiptsDeps) => {
  const app = api(deps, { bodyBytesMax: OPENINGS_BYTES_MAX })
  app.get('/api/receipts/county', async (context) => county(deps, context))
  app.get('/api/receipts/villages/:code', within(deps, 'village', 'receipt', village(deps)))
  app.get('/api/receipts/villages/:code/list', within(deps, 'village', 'household', payList(deps)))
  app.post('/api/receipts/county/:code', within(deps, 'county', 'carry_over', recordReceipt(deps)))
  app.post('/api/receipts/county/:code/openings', within(deps, 'county', 'carry_over', importOpenings(deps)))
  app.post('/api/receipts/villages/:code/transfers', within(deps, 'village', 'carry_over', recordTransfer(deps)))
  app.post('/api/receipts/villages/:code/payments', within(deps, 'village', 'payment', recordPayment(deps)))
  app.post('/api/receipts/villages/:code/returns', within(deps, 'village', 'payment', recordReturn(deps)))
  app.get('/api/receipts/villages/:code/accounts', within(deps, 'village', 'payee_account', listAccounts(deps)))
  app.post('/api/receipts/villages/:code/accounts', within(deps, 'village', 'payee_account', importAccounts(deps)))
  app.get('/api/receipts/villages/:code/bank-files', within(deps, 'village', 'payee_account', listBankFiles(deps)))
  app.post('/api/receipts/villages/:code/bank-files', within(deps, 'village', 'payee_account', exportBankFile(deps)))
  app.post('/api/receipts/villages/:code/bank-answers', within(deps, 'village', 'payment', readBankAnswer(deps)))
  app.post('/api/receipts/reversals', reverse(deps))
  return async (request: Request): Promise<Response> => app.fetch(request)
}

export const handler = onAws('http', create)
