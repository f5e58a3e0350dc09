import type { ChinaMonth } from '../domain/calendar.ts'
import type { BenefitKind } from '../domain/registry.ts'
import { BENEFIT_KINDS } from '../domain/registry.ts'
import { type Column, count, line, money, none, type Paper, type Row, type Section, sumRow, text } from './paper.ts'
import { type AllocationFigures, isProvisional, subtitleOf, type VillageMonth, villageName } from './village.ts'
import { fileNameOf } from './file-name.ts'
import { BENEFITS, UNDISTRIBUTED } from './terms.ts'
import { words } from './words.ts'

/** 分配明细表: who gets what of a village's month, and what becomes of the rest of the pot. */

const PAYEE_COLUMNS: readonly Column[] = [
  { title: words.columns.number, chars: 8, align: 'center' },
  { title: words.columns.payee, chars: 20 },
  { title: words.columns.use, chars: 18 },
  { title: words.columns.post, chars: 22 },
  { title: words.columns.amount, chars: 20 },
]
/** Of a plan by wages: what each line is owed stands before what it gets. */
const CLAIM_COLUMNS: readonly Column[] = [
  ...PAYEE_COLUMNS.slice(0, -1),
  { title: words.columns.claim, chars: 16 },
  { title: words.columns.paid, chars: 16 },
]
const POT_COLUMNS: readonly Column[] = [
  { title: words.columns.item, chars: 26 },
  { title: words.columns.entries, chars: 12 },
  { title: words.columns.amount, chars: 20 },
  { title: words.columns.remark, chars: 34 },
]

/** What becomes of the pot: divided by use, kept, not divided; it all adds up to the pot. */
export const potSection = (allocation: AllocationFigures | null): Section => ({
  name: words.sections.allocation,
  ...(allocation && { above: words.allocationBasis(allocation.statementVersion, allocation.planVersion) }),
  columns: POT_COLUMNS,
  rows: allocation === null ? [] : potRows(allocation),
  empty: words.noAllocation,
})

const carried = (label: string, amountFen: number | undefined): Row[] =>
  amountFen === undefined ? [] : [{ role: 'figure', cells: [text(label), none, money(amountFen), none] }]

const potRows = (allocation: AllocationFigures): Row[] => {
  const { lines, reserveFen, undistributedFen, undistributed } = allocation
  const byKind = BENEFIT_KINDS.flatMap((kind) => {
    const of = lines.filter((payee) => payee.kind === kind)
    const amountFen = of.reduce((sum, payee) => sum + payee.amountFen, 0)
    return of.length === 0 ? [] : [line(text(BENEFITS[kind]), count(of.length), money(amountFen), none)]
  })
  const rows = [
    ...byKind,
    line(text(words.reserve), none, money(reserveFen), none),
    line(
      text(words.undistributed),
      none,
      money(undistributedFen),
      undistributed === null ? none : text(UNDISTRIBUTED[undistributed]),
    ),
  ]
  return [
    ...rows,
    sumRow('total', words.pot, rows, { width: POT_COLUMNS.length, columns: [1, 2] }),
    ...carried(words.carriedIn, allocation.carriedInFen),
    ...carried(words.carriedOut, allocation.carriedOutFen),
  ]
}

/** The payees, one line each, in the order given. */
/** What a payee gets it for, and of which closed month if it settles one. */
const benefitOf = (kind: BenefitKind, ofMonth: ChinaMonth | undefined): string =>
  ofMonth === undefined ? BENEFITS[kind] : words.adjustmentOf(BENEFITS[kind], words.month(ofMonth))

export const payeeSection = (allocation: AllocationFigures | null): Section => {
  const isByClaim = allocation?.claimedFen !== undefined
  const rows = (allocation?.lines ?? []).map(({ payee, ofMonth, kind, post, claimFen = null, amountFen }, at) => {
    const claim = isByClaim ? [money(claimFen)] : []
    return line(count(at + 1), text(payee), text(benefitOf(kind, ofMonth)), text(post), ...claim, money(amountFen))
  })
  const columns = isByClaim ? CLAIM_COLUMNS : PAYEE_COLUMNS
  const summed = isByClaim ? [4, 5] : [4]
  const total = sumRow('total', words.payeeTotal(rows.length), rows, { width: columns.length, columns: summed })
  return {
    name: words.sections.payees,
    columns,
    rows: rows.length === 0 ? [] : [...rows, total],
    empty: allocation === null ? words.noAllocation : words.noPayees,
  }
}

export const allocationList = (month: VillageMonth): Paper => ({
  fileName: fileNameOf(villageName(month), month.month, '光伏收益分配明细表'),
  title: words.allocationList(villageName(month), words.month(month.month)),
  provisional: isProvisional(month),
  subtitle: subtitleOf(month, month.asOfMs),
  intro: [],
  sections: [payeeSection(month.allocation), potSection(month.allocation)],
  notes: [words.masked, words.accrued],
  closing: [],
  signatures: words.signatures,
  orientation: 'portrait',
})
