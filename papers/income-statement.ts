import { formatInstant } from '../domain/calendar.ts'
import { isIncome, type StatementLine } from '../domain/income.ts'
import { cellText } from './figures.ts'
import { type Column, energy, line, money, none, type Paper, plainText, type Row, type Section, sumRow, text } from './paper.ts'
import { isProvisional, type StatementFigures, subtitleOf, type VillageMonth, villageName } from './village.ts'
import { fileNameOf } from './file-name.ts'
import { ADJUSTMENT_CAUSES, KINDS } from './terms.ts'
import { itemOf, words } from './words.ts'

/** 收益明细表: every line of a village's statement of a month, by station, as it was closed. */

type Adjustment = StatementFigures['adjustments'][number]

const COLUMNS: readonly Column[] = [
  { title: words.columns.item, chars: 22 },
  { title: words.columns.from, chars: 12, align: 'center' },
  { title: words.columns.to, chars: 12, align: 'center' },
  { title: words.columns.energy, chars: 16 },
  { title: words.columns.price, chars: 14 },
  { title: words.columns.rate, chars: 9 },
  { title: words.columns.amount, chars: 18 },
  { title: words.columns.document, chars: 30 },
]
const AMOUNT = 6
const sums = { width: COLUMNS.length, columns: [AMOUNT] }

type Line = Omit<StatementLine, 'stationId'>

const lineRow = (of: Line): Row => {
  const { from, to, energyWh, priceE4YuanPerKwh, rateBp, vatBp = rateBp, amountFen, document, beyondCapWh } = of
  return line(
    text(itemOf(of)),
    { kind: 'day', day: from },
    { kind: 'day', day: to },
    energyWh === undefined ? none : energy(energyWh),
    priceE4YuanPerKwh === undefined ? none : { kind: 'price', e4: priceE4YuanPerKwh },
    vatBp === undefined ? none : { kind: 'percent', bp: vatBp },
    money(amountFen),
    text(beyondCapWh === undefined ? document : `${document} · ${words.beyondCap(cellText(energy(beyondCapWh)))}`),
  )
}

const figure = (label: string, amountFen: number): Row => ({
  role: 'figure',
  cells: [text(label), none, none, none, none, none, money(amountFen), none],
})

const stationRows = ({ name, provisional, lines }: StatementFigures['stations'][number]): Row[] => {
  const mark = provisional ? `（${words.provisional}）` : ''
  const income = lines.filter(isIncome).map(lineRow)
  const deductions = lines.filter((of) => !isIncome(of)).map(lineRow)
  return [
    { role: 'group', cells: [text(`${plainText(name)}${mark}`)] },
    ...income,
    sumRow('sum', words.gross, income, sums),
    ...deductions,
    ...(deductions.length === 0 ? [] : [sumRow('sum', words.deductions, deductions, sums)]),
    sumRow('subtotal', words.stationNet, [...income, ...deductions], sums),
  ]
}

const adjustmentRow = ({ ofMonth, stationName, kind, energyWh, amountFen, causes, document }: Adjustment): Row =>
  line(
    text(`${words.month(ofMonth)} ${KINDS[kind]}`),
    none,
    none,
    energyWh === undefined ? none : energy(energyWh),
    none,
    none,
    money(amountFen),
    text([stationName ?? '', causes.map((cause) => ADJUSTMENT_CAUSES[cause]).join('、'), document].filter(Boolean).join(' · ')),
  )

/** What is taken after sharing. */
const deductionRows = (deductions: StatementFigures['deductions']): Row[] => {
  if (deductions.length === 0) return []
  const rows = deductions.map(lineRow)
  return [{ role: 'group', cells: [text(words.afterSharing)] }, ...rows, sumRow('subtotal', words.afterSharingSum, rows, sums)]
}

/** What closed months turned out to be, settled here. */
const adjustmentRows = (adjustments: readonly Adjustment[]): Row[] => {
  if (adjustments.length === 0) return []
  const rows = adjustments.map(adjustmentRow)
  return [{ role: 'group', cells: [text(words.adjustments)] }, ...rows, sumRow('subtotal', words.adjustmentSum, rows, sums)]
}

/** The table of a statement; its total is the village's net. */
export const incomeSection = (statement: StatementFigures | null): Section => {
  const rows = [
    ...(statement?.stations ?? []).flatMap(stationRows),
    ...deductionRows(statement?.deductions ?? []),
    ...adjustmentRows(statement?.adjustments ?? []),
  ]
  const lines = rows.filter(({ role }) => role === 'line')
  const totals =
    statement === null
      ? []
      : [
          figure(words.grossTotal, statement.grossFen),
          figure(words.deductionTotal, statement.deductionFen),
          lines.length === 0 ? figure(words.net, statement.netFen) : sumRow('total', words.net, lines, sums),
        ]
  return {
    name: words.sections.income,
    ...(statement && { above: words.statementVersion(statement.version, formatInstant(statement.computedAtMs).slice(0, 16)) }),
    columns: COLUMNS,
    rows: [...rows, ...totals],
    empty: words.noStatement,
  }
}

export const incomeStatement = (month: VillageMonth): Paper => ({
  fileName: fileNameOf(villageName(month), month.month, '光伏收益明细表'),
  title: words.incomeStatement(villageName(month), words.month(month.month)),
  provisional: isProvisional(month),
  subtitle: subtitleOf(month, month.asOfMs),
  intro: [],
  sections: [incomeSection(month.statement)],
  notes: [words.incomeOverlap, words.accrued],
  closing: [],
  signatures: words.signatures,
  orientation: 'landscape',
})
