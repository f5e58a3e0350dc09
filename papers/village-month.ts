import { sumKnown } from '../domain/overview.ts'
import { timesRatio, WHOLE_BP } from '../domain/money.ts'
import { potSection } from './allocation-list.ts'
import { incomeSection } from './income-statement.ts'
import {
  type Cell,
  type Column,
  count,
  energy,
  line,
  money,
  none,
  type Paper,
  type Row,
  type Section,
  sumRow,
  text,
} from './paper.ts'
import { isProvisional, settledWh, type StationFigures, stateOf, subtitleOf, type VillageMonth, villageName } from './village.ts'
import { fileNameOf } from './file-name.ts'
import { STATION_KINDS, UNDISTRIBUTED } from './terms.ts'
import { words } from './words.ts'

/** 村级收益月报: a village's month on one paper: what was generated and how well it is known, earned, deducted and divided. */

const SUMMARY_COLUMNS: readonly Column[] = [
  { title: words.columns.item, chars: 26 },
  { title: words.columns.energy, chars: 20 },
  { title: words.columns.amount, chars: 20 },
  { title: words.columns.remark, chars: 44 },
]
const GENERATION_COLUMNS: readonly Column[] = [
  { title: words.columns.station, chars: 30 },
  { title: words.columns.kind, chars: 8, align: 'center' },
  { title: words.columns.share, chars: 14, align: 'right' },
  { title: words.columns.wholeEnergy, chars: 20 },
  { title: words.columns.measured, chars: 12 },
  { title: words.columns.estimated, chars: 12 },
  { title: words.columns.missing, chars: 12 },
  { title: words.columns.state, chars: 10, align: 'center' },
]

const figure = (label: string, wh: Cell, amount: Cell, remark = ''): Row => ({
  role: 'figure',
  cells: [text(label), wh, amount, text(remark)],
})

const coverageOf = (generation: readonly StationFigures[]): string => {
  const days = (of: keyof StationFigures['days']) => generation.reduce((sum, station) => sum + station.days[of], 0)
  return `实测 ${days('measured')}、估算 ${days('estimated')}、缺数 ${days('missing')} 站日`
}

const summarySection = ({ generation, statement, allocation }: VillageMonth): Section => {
  const why = allocation?.undistributed ? UNDISTRIBUTED[allocation.undistributed] : ''
  const state = statement === null ? words.noStatement : stateOf(statement.provisional)
  return {
    name: words.sections.summary,
    columns: SUMMARY_COLUMNS,
    rows: [
      figure(words.generated, energy(sumKnown(generation.map(({ energyWh }) => energyWh))), none, coverageOf(generation)),
      figure(words.settledEnergy, energy(settledWh(statement)), none),
      figure(words.grossTotal, none, money(statement?.grossFen ?? null), state),
      figure(words.deductionTotal, none, money(statement?.deductionFen ?? null)),
      figure(words.net, none, money(statement?.netFen ?? null)),
      figure(words.reserve, none, money(allocation?.reserveFen ?? null), allocation === null ? words.noAllocation : ''),
      figure(words.distributed, none, money(allocation?.distributedFen ?? null)),
      figure(words.undistributed, none, money(allocation?.undistributedFen ?? null), why),
    ],
  }
}

/** A part of a joint station in percent; of shares that do not come out even the nearest hundredth. */
const shareCell = (share: StationFigures['share']): Cell =>
  share === null ? text(words.wholeOwn) : { kind: 'percent', bp: timesRatio(share.weight, { times: WHOLE_BP, per: share.of }) }

const percentText = (cell: Cell): Cell =>
  cell.kind === 'percent' && cell.bp !== null
    ? text(`${Math.floor(cell.bp / 100)}.${String(cell.bp % 100).padStart(2, '0')} %`)
    : cell

export const generationSection = ({ generation, statement }: VillageMonth): Section => {
  const settled = new Map(statement?.stations.map(({ stationId, provisional }) => [stationId, provisional]))
  const rows = generation.map(({ stationId, name, kind, share, energyWh, days }) =>
    line(
      text(name),
      text(STATION_KINDS[kind]),
      percentText(shareCell(share)),
      energy(energyWh),
      count(days.measured),
      count(days.estimated),
      count(days.missing),
      text(stateOf(settled.get(stationId))),
    ),
  )
  const known = generation.filter(({ energyWh }) => energyWh !== null).length
  const sums = { width: GENERATION_COLUMNS.length, columns: [3, 4, 5, 6] }
  return {
    name: words.sections.generation,
    columns: GENERATION_COLUMNS,
    rows: rows.length === 0 ? [] : [...rows, sumRow('total', words.totalOf(known, rows.length), rows, sums)],
    empty: words.noStations,
  }
}

export const villageMonth = (month: VillageMonth): Paper => ({
  fileName: fileNameOf(villageName(month), month.month, '村级光伏收益月报'),
  title: words.villageMonth(villageName(month), words.month(month.month)),
  provisional: isProvisional(month),
  subtitle: subtitleOf(month, month.asOfMs),
  intro: [],
  sections: [summarySection(month), generationSection(month), incomeSection(month.statement), potSection(month.allocation)],
  notes: [words.incomeOverlap, words.accrued],
  closing: [],
  signatures: words.signatures,
  orientation: 'landscape',
})
