import type { ChinaMonth } from '../domain/calendar.ts'
import { type Column, line, money, type Paper, type Row, sumRow, text } from './paper.ts'
import { stateOf, subtitleOf, type VillagePlace, villageName } from './village.ts'
import { fileNameOf } from './file-name.ts'
import { words } from './words.ts'

/** 村级收益年报: a village's twelve months, what is not known of a month being left unknown and out of the sum. */

export type MonthFigures = {
  month: ChinaMonth
  /** Null while there is no statement. */
  statement: { grossFen: number; deductionFen: number; netFen: number; provisional: boolean } | null
  allocation: { reserveFen: number; distributedFen: number; undistributedFen: number } | null
}

export type VillageYear = VillagePlace & { asOfMs: number; year: number; months: readonly MonthFigures[] }

const COLUMNS: readonly Column[] = [
  { title: words.columns.month, chars: 34 },
  { title: words.columns.gross, chars: 18 },
  { title: words.columns.deductions, chars: 18 },
  { title: words.columns.net, chars: 18 },
  { title: words.columns.reserve, chars: 18 },
  { title: words.columns.distributed, chars: 18 },
  { title: words.columns.undistributed, chars: 18 },
  { title: words.columns.state, chars: 10, align: 'center' },
]

const monthRow = ({ month, statement, allocation }: MonthFigures): Row =>
  line(
    text(words.month(month)),
    money(statement?.grossFen ?? null),
    money(statement?.deductionFen ?? null),
    money(statement?.netFen ?? null),
    money(allocation?.reserveFen ?? null),
    money(allocation?.distributedFen ?? null),
    money(allocation?.undistributedFen ?? null),
    text(stateOf(statement?.provisional)),
  )

export const villageYear = (year: VillageYear): Paper => {
  const rows = year.months.map(monthRow)
  const settled = year.months.filter(({ statement }) => statement !== null)
  const whole = year.months.filter(({ statement, allocation }) => statement !== null && allocation !== null)
  const label = words.totalOf(whole.length, rows.length)
  return {
    fileName: fileNameOf(villageName(year), String(year.year), '村级光伏收益年报'),
    title: words.villageYear(villageName(year), words.year(year.year)),
    provisional: settled.length < rows.length || settled.some(({ statement }) => statement?.provisional === true),
    subtitle: subtitleOf(year, year.asOfMs),
    intro: [],
    sections: [
      {
        name: words.sections.months,
        columns: COLUMNS,
        rows: [...rows, sumRow('total', label, rows, { width: COLUMNS.length, columns: [1, 2, 3, 4, 5, 6] })],
      },
    ],
    notes: [words.accrued],
    closing: [],
    signatures: words.signatures,
    orientation: 'landscape',
  }
}
