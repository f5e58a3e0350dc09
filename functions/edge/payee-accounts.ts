import { told } from './told.ts'
import * as z from 'zod'

import { maskName } from '../../domain/mask.ts'
import { maskAccount, parsePayeeAccounts, type PayeeAccount } from '../../domain/payee-account.ts'
import { IMPORT_ERRORS_MAX } from '../../domain/registry-import.ts'
import { readOneSheet } from '../../papers/registry-workbook.ts'
import { allRows } from '../../stores/table.ts'
import type { AccountImport, PayeeAccounts } from '../api-types-receipts.ts'
import { type ApiContext, parseBody, problem } from './http.ts'
import { authorOf } from './receipt-entry.ts'
import type { ReceiptsDeps } from './receipt-views.ts'
import type { OpenRegion } from './region.ts'

/** Payees' bank accounts: imported from a file, shown by the last four digits. */

const importBody = z
  .strictObject({
    dryRun: z.boolean(),
    csv: z.string().max(2_000_000).optional(),
    workbook: z.base64().max(3_800_000).optional(),
  })
  .refine(({ csv, workbook }) => (csv === undefined) !== (workbook === undefined), 'give either csv or workbook')

const accountsOf = (deps: ReceiptsDeps, villageCode: string): Promise<PayeeAccount[]> =>
  allRows((cursor) => deps.payeeAccounts.query({ partition: villageCode, cursor }))

export const listAccounts = (deps: ReceiptsDeps) => async (context: ApiContext, opened: OpenRegion) => {
  const accounts = await accountsOf(deps, opened.region.code)
  const view: PayeeAccounts = {
    asOfMs: deps.now(),
    accounts: accounts.map(({ personId, accountName, accountNumber, recordedBy, recordedAtMs }) => ({
      personId,
      name: maskName(accountName),
      account: maskAccount(accountNumber),
      recordedBy,
      recordedAtMs,
    })),
  }
  return context.json(view)
}

/** Nothing is written on a dry run, or while a line is wrong. A line that says what is known already is left alone. */
export const importAccounts = (deps: ReceiptsDeps) => async (context: ApiContext, opened: OpenRegion) => {
  const body = await parseBody(context, importBody)
  if (body instanceof Response) return body
  const { code: villageCode } = opened.region
  const sheet =
    body.workbook === undefined ? undefined : await readOneSheet(Buffer.from(body.workbook, 'base64'), 'payee-accounts.csv')
  if (sheet && 'kind' in sheet) return problem(context, 'bad_request', sheet.detail)
  const persons = await allRows((cursor) => deps.persons.query({ partition: villageCode, cursor }))
  const parsed = parsePayeeAccounts(sheet?.csv ?? body.csv ?? '', new Set(persons.map(({ personId }) => personId)))
  const { lines } = parsed
  const errors = [...(sheet?.errors ?? []), ...parsed.errors]
  const known = new Map((await accountsOf(deps, villageCode)).map((account) => [account.personId, account]))
  const coming = lines
    .filter(({ personId, accountNumber, accountName }) => {
      const there = known.get(personId)
      return there?.accountNumber !== accountNumber || there.accountName !== accountName
    })
    .map(
      ({ personId, accountNumber, accountName }): PayeeAccount => ({
        villageCode,
        personId,
        accountNumber,
        accountName,
        ...authorOf(context, deps),
      }),
    )
  const written = !body.dryRun && errors.length === 0
  if (written) {
    await deps.payeeAccounts.putBatch(coming)
    deps.log.info({ villageCode, accounts: coming.length }, 'bank accounts of payees imported')
  }
  const answer: AccountImport = {
    written,
    changed: errors.length === 0 ? coming.length : 0,
    unchanged: errors.length === 0 ? lines.length - coming.length : 0,
    // The check digit of a card fails; passbooks have none.
    doubtfulLines: lines.filter(({ isCard }) => !isCard).map(({ line }) => line),
    errors: told(errors.slice(0, IMPORT_ERRORS_MAX)),
    errorCount: errors.length,
  }
  return context.json(answer)
}
