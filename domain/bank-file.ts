import type { ChinaMonth } from './calendar.ts'
import { scaledInteger } from './cells.ts'
import { readCsv } from './csv.ts'
import { maskName } from './mask.ts'
import type { PayeeAccount } from './payee-account.ts'
import type { Rejected } from './problems.ts'
import type { PaidLine } from './receipt.ts'
import type { RegionCode } from './registry.ts'

/** The bank payment file (银行代发文件) of a batch, and what the bank says became of it (回盘). */

/** One payment of the file: a payee's lines of the batch together, less what came back of them. */
export type BankRow = Pick<PayeeAccount, 'accountNumber' | 'accountName'> & {
  personId: string
  amountFen: number
  lines: PaidLine[]
}

export const BANK_FORMATS = ['xlsx', 'csv', 'csv-gbk'] as const
export type BankFormat = (typeof BANK_FORMATS)[number]

/** `result_unclear` says neither that it succeeded nor that it failed; `missing` is paid by the file and not in the bank's answer. */
export const BANK_ITEMS = ['duplicate_line', 'unknown_account', 'amount_differs', 'result_unclear', 'missing'] as const
/** What a person has to look into. `line` is the line of the bank's file, null for what is missing there. No personal data. */
export type BankItem = { code: (typeof BANK_ITEMS)[number]; line: number | null; lineIds: string[] }

/** One handing over of a file, never changed: who had it, when and why. Without names or account numbers. */
export type BankFile = {
  villageCode: RegionCode
  countyCode: RegionCode
  /** Numbered within its batch, or named by what the bank's file says: so nothing is handed over or read twice unseen. */
  fileId: string
  kind: 'export' | 'return'
  paymentId: string
  month: ChinaMonth
  rows: number
  amountFen: number
  by: string
  atMs: number
  /** Of an export. */
  format?: BankFormat
  /** Of a repeated export: why. */
  reason?: string
  /** Of a return file. */
  succeeded?: number
  failed?: number
  items?: BankItem[]
}

/** Rows of the file, by person, and the lines of those without an account. */
export const bankRows = (
  lines: readonly (PaidLine & { personId: string | undefined })[],
  accounts: readonly PayeeAccount[],
): { rows: BankRow[]; without: string[] } => {
  const byPerson = new Map(accounts.map((account) => [account.personId, account]))
  const open = lines.filter(({ amountFen }) => amountFen > 0)
  const without = open.filter(({ personId }) => personId === undefined || !byPerson.has(personId)).map(({ lineId }) => lineId)
  const rows = [...Map.groupBy(open, ({ personId }) => personId)].flatMap(([personId, own]): BankRow[] => {
    const account = personId === undefined ? undefined : byPerson.get(personId)
    if (!account) return []
    const { accountNumber, accountName } = account
    const amountFen = own.reduce((sum, line) => sum + line.amountFen, 0)
    const paid = own.map((line) => ({ lineId: line.lineId, amountFen: line.amountFen }))
    return [{ personId: account.personId, accountNumber, accountName, amountFen, lines: paid }]
  })
  return { rows: rows.toSorted((a, b) => (a.personId < b.personId ? -1 : 1)), without }
}

const HEADINGS = {
  account: ['账号', '收款账号', '账户', '卡号', 'account', 'account_number'],
  amount: ['金额', '金额（元）', '金额(元)', '交易金额', 'amount', 'amount_yuan'],
  result: ['结果', '状态', '处理结果', '交易结果', 'result', 'status'],
} as const
/** Not every bank says why a payment failed. */
const REASON_HEADINGS = ['原因', '失败原因', '退回原因', '备注', '说明', 'reason']
const REASON_CHARS_MAX = 40
const SUCCEEDED = ['成功', '交易成功', '已入账', 'success', 'ok']
const FAILED = ['失败', '交易失败', '退回', '已退汇', 'failed', 'fail']

export type BankAnswerLine = {
  line: number
  accountNumber: string
  amountFen: number | undefined
  result: 'success' | 'failed' | 'unclear'
  /** Why, as the bank says it, without digits that could be an account; empty when it does not say. */
  reason: string
}

const reasonOf = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{C}\s]+/gu, ' ')
    .replace(/\p{Nd}(?:[ -]?\p{Nd}){3,}/gu, '****')
    .trim()

/** Masked before it is cut, so that no half of a name is left. */
const reasonFor = ({ accountName }: BankRow, reason: string): string =>
  reason
    .replaceAll(accountName, () => maskName(accountName))
    .slice(0, REASON_CHARS_MAX)
    .toWellFormed()

/** The bank's file as lines: a header somewhere names account, amount and result; titles before it and sums after it are passed over. */
export const parseBankAnswer = (text: string): BankAnswerLine[] | Rejected => {
  const { records, error } = readCsv(text)
  const at = (fields: readonly string[], names: readonly string[]): number =>
    fields.findIndex((field) => names.includes(field.trim().toLowerCase()))
  const header = records.findIndex(({ fields }) => Object.values(HEADINGS).every((names) => at(fields, names) >= 0))
  if (error || header < 0) {
    const detail = 'The file needs a line with the headings 账号, 金额 and 结果, as CSV.'
    return { kind: 'rejected', code: 'bad_request', detail }
  }
  const fields = records[header]?.fields ?? []
  const [account, amount, result] = [at(fields, HEADINGS.account), at(fields, HEADINGS.amount), at(fields, HEADINGS.result)]
  const reason = at(fields, REASON_HEADINGS)
  return records.slice(header + 1).flatMap(({ line, fields: cells }) => {
    const accountNumber = (cells[account] ?? '').replace(/[^\d]/g, '')
    if (accountNumber === '') return []
    const said = (cells[result] ?? '').trim().toLowerCase()
    const amountFen = scaledInteger((cells[amount] ?? '').replace(/[,\s]/g, ''), 2)
    const became = SUCCEEDED.includes(said) ? 'success' : FAILED.includes(said) ? 'failed' : 'unclear'
    return [{ line, accountNumber, amountFen, result: became, reason: reasonOf(cells[reason] ?? '') } as const]
  })
}

/** Why payments failed, in the bank's words, the most money first. */
export type FailureReason = { reason: string; rows: number; amountFen: number }

/** Every payment of the file once: succeeded, failed, or unknown; and what of the answer fits none. */
export type Matched = {
  succeeded: BankRow[]
  failed: BankRow[]
  unknown: BankRow[]
  reasons: FailureReason[]
  items: BankItem[]
}
type Failed = { row: BankRow; reason: string }

const reasonsOf = (failures: readonly Failed[]): FailureReason[] =>
  [...Map.groupBy(failures, ({ reason }) => reason)]
    .map(([reason, own]) => ({ reason, rows: own.length, amountFen: own.reduce((sum, { row }) => sum + row.amountFen, 0) }))
    .toSorted((a, b) => b.amountFen - a.amountFen || (a.reason < b.reason ? -1 : 1))

/**
 * Finds the payment of every line of the bank's answer, once: by account and amount, to the fen. Whatever does not fit is an item for
 * a person and changes nothing.
 */
export const matchBankAnswer = (rows: readonly BankRow[], answer: readonly BankAnswerLine[]): Matched => {
  const open = new Set(rows)
  const [succeeded, failures, items]: [BankRow[], Failed[], BankItem[]] = [[], [], []]
  const lineIdsOf = (of: readonly BankRow[]): string[] => of.flatMap(({ lines }) => lines.map(({ lineId }) => lineId))
  for (const { line, accountNumber, amountFen, result, reason } of answer) {
    const own = rows.filter((row) => row.accountNumber === accountNumber)
    const left = own.filter((row) => open.has(row))
    const row = left.find((each) => each.amountFen === amountFen)
    const tell = (code: BankItem['code']): void =>
      void items.push({ code, line, lineIds: lineIdsOf(left.length > 0 ? left : own) })
    if (own.length === 0) tell('unknown_account')
    else if (left.length === 0) tell('duplicate_line')
    else if (!row) tell('amount_differs')
    else if (result === 'unclear') tell('result_unclear')
    else if (result === 'success') succeeded.push(row)
    else failures.push({ row, reason: reasonFor(row, reason) })
    if (row && result !== 'unclear') open.delete(row)
  }
  for (const row of open) items.push({ code: 'missing', line: null, lineIds: lineIdsOf([row]) })
  return { succeeded, failed: failures.map(({ row }) => row), unknown: [...open], reasons: reasonsOf(failures), items }
}
