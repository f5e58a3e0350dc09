import { type ChinaMonth, formatInstant } from '../domain/calendar.ts'
import { isIncome, type StandingBasis, type StatementLine, sumFen } from '../domain/income.ts'
import { timesRatio } from '../domain/money.ts'
import type { ListedStation } from './county-lists.ts'
import {
  type Cell,
  code,
  type Column,
  count,
  energy,
  line,
  money,
  none,
  type Paper,
  plainText,
  type Row,
  type Section,
  sumRow,
  text,
} from './paper.ts'
import { stateOf } from './village.ts'
import { fileNameOf } from './file-name.ts'
import { BASES, STATION_KINDS } from './terms.ts'
import { itemOf, words } from './words.ts'

/**
 * 电站年度台账: what is registered of a station, and its year month by month: energy and what it stands on, every item of income and
 * deduction. A closed month is printed as it was closed.
 */

export type StationMonthBooks = {
  month: ChinaMonth
  /** A closed month of which a later statement says something else; the difference is settled in an open one. */
  changedSince?: true
  closed: boolean
  /** Null while there is no statement. */
  statement: {
    energyWh: number
    grossFen: number
    deductionFen: number
    netFen: number
    provisional: boolean
    lines: readonly StatementLine[]
    /** How many days stand on what; days of unknown energy stand on nothing. */
    standsOn: Readonly<Record<StandingBasis, number>>
    days: { measured: number; estimated: number; missing: number }
  } | null
}
export type StationYear = { asOfMs: number; year: number; station: ListedStation; months: readonly StationMonthBooks[] }

const FACT_COLUMNS: readonly Column[] = [
  { title: words.columns.item, chars: 24 },
  { title: words.columns.content, chars: 60, align: 'left' },
]
const MONTH_COLUMNS: readonly Column[] = [
  { title: words.columns.month, chars: 16 },
  { title: words.columns.energy, chars: 18 },
  { title: words.columns.hours, chars: 12 },
  { title: words.columns.standsOn, chars: 34, align: 'left' },
  { title: words.columns.gross, chars: 16 },
  { title: words.columns.deductions, chars: 16 },
  { title: words.columns.net, chars: 16 },
  { title: words.columns.estimated, chars: 10 },
  { title: words.columns.missing, chars: 10 },
  { title: words.columns.state, chars: 10, align: 'center' },
  { title: words.columns.closing, chars: 10, align: 'center' },
]
const ITEM_CHARS = 14

const factRows = (station: ListedStation): Row[] => {
  const { columns } = words
  const facts: [string, Cell][] = [
    [columns.stationId, code(station.stationId)],
    [columns.station, text(station.name)],
    [columns.kind, text(STATION_KINDS[station.kind])],
    [columns.town, text(station.townName ?? '')],
    [columns.village, text(station.villageName ?? '')],
    [columns.capacity, { kind: 'power', w: station.dcCapacityW }],
    [columns.acCapacity, { kind: 'power', w: station.acCapacityW }],
    [columns.commissioned, { kind: 'day', day: station.commissionedOn }],
    [columns.decommissioned, station.decommissionedOn === null ? none : { kind: 'day', day: station.decommissionedOn }],
    [columns.billingAccount, code(station.billingAccount)],
    [columns.omOrganisation, text(station.omOrganisation)],
  ]
  return facts.map(([item, cell]) => ({ role: 'figure', cells: [text(item), cell] }))
}

const standsOnText = (standsOn: Readonly<Record<StandingBasis, number>>): string =>
  (Object.keys(BASES) as StandingBasis[])
    .filter((basis) => standsOn[basis] > 0)
    .map((basis) => words.daysOn(BASES[basis], standsOn[basis]))
    .join('，')

const monthRow =
  ({ dcCapacityW }: ListedStation) =>
  ({ month, closed, statement }: StationMonthBooks): Row => {
    const hundredths =
      statement === null || dcCapacityW <= 0 ? null : timesRatio(statement.energyWh, { times: 100, per: dcCapacityW })
    return line(
      text(words.month(month)),
      energy(statement?.energyWh ?? null),
      { kind: 'hours', hundredths },
      text(statement === null ? '' : standsOnText(statement.standsOn)),
      money(statement?.grossFen ?? null),
      money(statement?.deductionFen ?? null),
      money(statement?.netFen ?? null),
      count(statement?.days.estimated ?? null),
      count(statement?.days.missing ?? null),
      text(stateOf(statement?.provisional)),
      text(closed ? words.closed : words.open),
    )
  }

type Item = { title: string; amountOf: (lines: readonly StatementLine[]) => Cell }

const isDeducted = (line: StatementLine): boolean => !isIncome(line)

/** The items of a year's lines in the order in which they first appear; a month that has none of one has no figure for it. */
const itemsOf = (all: readonly StatementLine[], isOf: (line: StatementLine) => boolean): Item[] =>
  [...new Set(all.filter(isOf).map(itemOf))].map((item) => ({
    title: words.inYuan(item),
    amountOf: (lines) => {
      const own = lines.filter((line) => isOf(line) && itemOf(line) === item)
      return own.length === 0 ? none : money(sumFen(own))
    },
  }))

const sumItem = (title: string, isOf: (line: StatementLine) => boolean): Item => ({
  title: words.inYuan(title),
  amountOf: (lines) => money(sumFen(lines.filter(isOf))),
})

/** Every month of the year by its items, income first; what is not settled is unknown in all of them. */
const itemSection = (months: readonly StationMonthBooks[], totalLabel: string): Section => {
  const all = months.flatMap(({ statement }) => statement?.lines ?? [])
  const items = [
    ...itemsOf(all, isIncome),
    sumItem(words.gross, isIncome),
    ...itemsOf(all, isDeducted),
    sumItem(words.deductions, isDeducted),
    sumItem(words.stationNet, () => true),
  ]
  const columns: Column[] = [
    { title: words.columns.month, chars: ITEM_CHARS },
    ...items.map(({ title }) => ({ title, chars: ITEM_CHARS })),
  ]
  const rows = months.map(({ month, statement }) =>
    line(text(words.month(month)), ...items.map(({ amountOf }) => (statement ? amountOf(statement.lines) : money(null)))),
  )
  const sums = { width: columns.length, columns: items.map((_, at) => at + 1) }
  return {
    name: words.sections.items,
    columns,
    rows: all.length === 0 ? [] : [...rows, sumRow('total', totalLabel, rows, sums)],
    empty: words.nothingSettled,
  }
}

export const stationLedger = ({ asOfMs, year, station, months }: StationYear): Paper => {
  const rows = months.map(monthRow(station))
  const settled = months.flatMap(({ statement }) => (statement ? [statement] : []))
  const sums = { width: MONTH_COLUMNS.length, columns: [1, 4, 5, 6, 7, 8] }
  const label = words.totalOf(settled.length, rows.length)
  const changed = months.filter(({ changedSince }) => changedSince).map(({ month }) => words.month(month))
  const sections: Section[] = [
    { name: words.sections.registered, columns: FACT_COLUMNS, rows: factRows(station) },
    {
      name: words.sections.months,
      columns: MONTH_COLUMNS,
      rows: rows.length === 0 ? [] : [...rows, sumRow('total', label, rows, sums)],
      empty: words.notInService,
    },
    itemSection(months, label),
  ]
  return {
    fileName: fileNameOf(plainText(station.name), String(year), '电站年度台账'),
    title: words.stationLedger(plainText(station.name), words.year(year)),
    provisional: settled.length < rows.length || settled.some(({ provisional }) => provisional),
    subtitle: [words.name, words.unit, words.madeAt(formatInstant(asOfMs).slice(0, 16))].join(words.separator),
    intro: [],
    sections,
    notes: [
      ...(changed.length === 0 ? [] : [words.changedSinceClosing(changed)]),
      ...(station.kind === 'joint' ? [words.jointNote] : []),
      words.hoursByDc,
      words.accrued,
    ],
    closing: [],
    signatures: words.signatures,
    orientation: 'landscape',
  }
}
