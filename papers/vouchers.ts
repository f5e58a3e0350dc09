import { chineseAmount } from '../domain/chinese-amount.ts'
import { daysOfMonth } from '../domain/calendar.ts'
import { sumFen } from '../domain/income.ts'
import { BENEFIT_KINDS } from '../domain/registry.ts'
import { type Column, line, money, none, type Paper, quantityOf, type Row, type Section, sumRow, text } from './paper.ts'
import { isProvisional, subtitleOf, sumsByKind, type VillageMonth, villageName } from './village.ts'
import { fileNameOf } from './file-name.ts'
import { BENEFITS, KINDS } from './terms.ts'
import { words } from './words.ts'

/**
 * 记账凭证: a village's month as entries for its books: what was earned, what was deducted before it, what was divided. Debit and
 * credit of every voucher are equal; a correction is an entry of negative amounts. Accounts are a proposal the accountant checks.
 */

const COLUMNS: readonly Column[] = [
  { title: words.columns.voucherSummary, chars: 34 },
  { title: words.columns.account, chars: 18 },
  { title: words.columns.detail, chars: 24 },
  { title: words.columns.debit, chars: 20 },
  { title: words.columns.credit, chars: 20 },
]
const DEBIT = 3
const CREDIT = 4

type Entry = { account: string; detail: string; amountFen: number }
type Voucher = { summary: string; document: string; debits: readonly Entry[]; credits: readonly Entry[] }

const { accounts } = words

const statementVouchers = ({ month, statement }: VillageMonth): Voucher[] => {
  if (statement === null) return []
  const { income, deducted: deductions } = sumsByKind(statement)
  const document = `结算单第 ${statement.version} 版`
  const receivable = { account: accounts.receivable, detail: accounts.receivableDetail }
  return [
    {
      summary: words.voucherEarned(words.month(month)),
      document,
      debits: [{ ...receivable, amountFen: sumFen(income) }],
      credits: income.map(({ kind, amountFen }) => ({ account: accounts.income, detail: KINDS[kind], amountFen })),
    },
    {
      summary: words.voucherDeducted(words.month(month)),
      document,
      debits: deductions.map(({ kind, amountFen }) => ({
        account: accounts.expense,
        detail: KINDS[kind],
        amountFen: 0 - amountFen,
      })),
      credits: [{ ...receivable, amountFen: 0 - sumFen(deductions) }],
    },
  ]
}

const allocationVouchers = ({ month, allocation }: VillageMonth): Voucher[] => {
  if (allocation === null) return []
  const uses = BENEFIT_KINDS.map((kind) => ({
    account: kind === 'post' ? accounts.labour : accounts.payable,
    detail: BENEFITS[kind],
    amountFen: sumFen(allocation.lines.filter((payee) => payee.kind === kind)),
  }))
  const kept = { account: accounts.reserve, detail: words.reserve, amountFen: allocation.reserveFen }
  const credits = [...uses, kept].filter(({ amountFen }) => amountFen !== 0)
  const document = `收益分配明细表（分配方案第 ${allocation.planVersion ?? '—'} 版）`
  const debits = credits.map(({ detail, amountFen }) => ({ account: accounts.distribution, detail, amountFen }))
  return [{ summary: words.voucherDivided(words.month(month)), document, debits, credits }]
}

const sectionOf = ({ month }: VillageMonth, { summary, document, debits, credits }: Voucher, at: number): Section => {
  const entry = ({ account, detail, amountFen }: Entry, column: number): Row =>
    line(
      text(summary),
      text(account),
      text(detail),
      ...[DEBIT, CREDIT].map((side) => (side === column ? money(amountFen) : none)),
    )
  const rows = [...debits.map((of) => entry(of, DEBIT)), ...credits.map((of) => entry(of, CREDIT))]
  const sums = sumRow('total', words.total, rows, { width: COLUMNS.length, columns: [DEBIT, CREDIT] })
  const [debitFen, creditFen] = [quantityOf(sums.cells[DEBIT]), quantityOf(sums.cells[CREDIT])]
  if (typeof debitFen !== 'number' || debitFen !== creditFen) throw new Error(`a voucher of ${debitFen} against ${creditFen} fen`)
  const label = text(words.voucherTotal(words.inWords(chineseAmount(debitFen))))
  return {
    name: words.voucher(at + 1),
    above: words.voucherHead(words.day(daysOfMonth(month).at(-1) ?? ''), words.voucher(at + 1), document),
    columns: COLUMNS,
    rows: [...rows, { role: 'total', cells: [label, ...sums.cells.slice(1)] }],
    signatures: words.voucherSignatures,
  }
}

export const vouchers = (month: VillageMonth): Paper => {
  const written = [...statementVouchers(month), ...allocationVouchers(month)].filter(
    ({ debits, credits }) => debits.length > 0 && credits.length > 0,
  )
  const sections = written.map((voucher, at) => sectionOf(month, voucher, at))
  const nothing: Section = { name: words.voucher(1), columns: COLUMNS, rows: [], empty: words.noStatement }
  return {
    fileName: fileNameOf(villageName(month), month.month, '记账凭证'),
    title: words.vouchers(villageName(month), words.month(month.month)),
    provisional: isProvisional(month),
    subtitle: subtitleOf(month, month.asOfMs),
    intro: [],
    sections: sections.length === 0 ? [nothing] : sections,
    notes: [words.voucherNote, words.accrued],
    closing: [],
    signatures: words.voucherSignatures,
    orientation: 'landscape',
  }
}
