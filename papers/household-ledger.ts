import type { ChinaMonth } from '../domain/calendar.ts'
import { BENEFIT_KINDS, type BenefitKind } from '../domain/registry.ts'
import { code, type Column, count, line, money, type Paper, plainText, type Row, type Section, sumRow, text } from './paper.ts'
import { subtitleOf, type VillagePlace, villageName } from './village.ts'
import { fileNameOf } from './file-name.ts'
import { BENEFITS } from './terms.ts'
import { words } from './words.ts'

/** 农户收益分配台账: what every household of a village got in a year, line by line and in sum; names come as they may be shown. */

export type HouseholdLine = {
  /** The month whose allocation it stands in. */
  month: ChinaMonth
  /** The closed month it settles; absent for what is of the month itself. */
  ofMonth?: ChinaMonth
  payee: string
  kind: BenefitKind
  post: string
  amountFen: number
}
export type HouseholdFigures = { householdId: string; head: string; lines: readonly HouseholdLine[] }
export type HouseholdYear = VillagePlace & {
  asOfMs: number
  year: number
  /** What the allocations of the year say was distributed: the lines add up to it. */
  distributedFen: number
  /** The months that were divided, and whether one of them may still change. */
  months: readonly ChinaMonth[]
  provisional: boolean
  households: readonly HouseholdFigures[]
}

const SUM_COLUMNS: readonly Column[] = [
  { title: words.columns.number, chars: 8, align: 'center' },
  { title: words.columns.head, chars: 12 },
  { title: words.columns.householdId, chars: 24 },
  { title: words.columns.entries, chars: 12 },
  ...BENEFIT_KINDS.map((kind) => ({ title: words.inYuan(BENEFITS[kind]), chars: 20 })),
  { title: words.columns.sum, chars: 18 },
]
const LINE_COLUMNS: readonly Column[] = [
  { title: words.columns.month, chars: 18 },
  { title: words.columns.payee, chars: 12 },
  { title: words.columns.use, chars: 30 },
  { title: words.columns.post, chars: 22 },
  { title: words.columns.amount, chars: 18 },
]

const fenOf = (lines: readonly HouseholdLine[]): number => lines.reduce((sum, { amountFen }) => sum + amountFen, 0)

const sumLine = ({ householdId, head, lines }: HouseholdFigures, at: number): Row =>
  line(
    count(at + 1),
    text(head),
    code(householdId),
    count(lines.length),
    ...BENEFIT_KINDS.map((kind) => money(fenOf(lines.filter((each) => each.kind === kind)))),
    money(fenOf(lines)),
  )

const sumSection = (households: readonly HouseholdFigures[]): Section => {
  const rows = households.map(sumLine)
  const sums = { width: SUM_COLUMNS.length, columns: SUM_COLUMNS.map((_, at) => at).slice(3) }
  return {
    name: words.sections.households,
    columns: SUM_COLUMNS,
    rows: rows.length === 0 ? [] : [...rows, sumRow('total', words.householdTotal(rows.length), rows, sums)],
    empty: words.nothingPaid,
  }
}

const entryRow = ({ month, ofMonth, payee, kind, post, amountFen }: HouseholdLine): Row => {
  const use = ofMonth === undefined ? BENEFITS[kind] : words.adjustmentOf(BENEFITS[kind], words.month(ofMonth))
  return line(text(words.month(month)), text(payee), text(use), text(post), money(amountFen))
}

const entrySection = (households: readonly HouseholdFigures[]): Section => {
  const sums = { width: LINE_COLUMNS.length, columns: [4] }
  const rows = households.flatMap(({ householdId, head, lines }): Row[] => {
    const own = lines.map(entryRow)
    const name = words.household(plainText(head), plainText(householdId))
    return [{ role: 'group', cells: [text(name)] }, ...own, sumRow('subtotal', words.householdSum, own, sums)]
  })
  const entries = rows.filter(({ role }) => role === 'line')
  return {
    name: words.sections.entries,
    columns: LINE_COLUMNS,
    rows: rows.length === 0 ? [] : [...rows, sumRow('total', words.total, entries, sums)],
    empty: words.nothingPaid,
  }
}

export const householdLedger = (of: HouseholdYear): Paper => {
  const { households, distributedFen, months, provisional } = of
  const paidFen = fenOf(households.flatMap(({ lines }) => lines))
  if (paidFen !== distributedFen) throw new Error(`households got ${paidFen} fen of the ${distributedFen} that were distributed`)
  return {
    fileName: fileNameOf(villageName(of), String(of.year), '农户收益分配台账'),
    title: words.householdLedger(villageName(of), words.year(of.year)),
    provisional,
    subtitle: subtitleOf(of, of.asOfMs),
    intro: [],
    sections: [sumSection(households), entrySection(households)],
    notes: [...(months.length === 0 ? [] : [words.allocatedMonths(months.map(words.month))]), words.masked, words.accrued],
    closing: [],
    signatures: words.signatures,
    orientation: 'landscape',
  }
}
