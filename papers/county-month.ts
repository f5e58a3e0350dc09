import { type ChinaMonth, formatInstant } from '../domain/calendar.ts'
import { timesRatio } from '../domain/money.ts'
import type { StationKind } from '../domain/registry.ts'
import { type Column, count, energy, line, money, type Paper, plainText, type Row, type Section, sumRow, text } from './paper.ts'
import { stateOf } from './village.ts'
import { fileNameOf } from './file-name.ts'
import { STATION_KINDS } from './terms.ts'
import { words } from './words.ts'

/** 光伏帮扶电站月报: every station and every village of a region in one month. */

export type StationMonthFigures = {
  stationId: string
  name: string
  kind: StationKind
  townName: string | null
  villageName: string | null
  dcCapacityW: number
  /** Null while the station has no statement of the month. */
  statement: {
    energyWh: number
    grossFen: number
    deductionFen: number
    netFen: number
    provisional: boolean
    days: { measured: number; estimated: number; missing: number }
  } | null
  /** The month was closed with this statement, and a later one says something else; the difference is settled in an open month. */
  changedSince?: true
}

export type VillageMonthFigures = {
  code: string
  name: string
  townName: string | null
  stations: number
  statement: { grossFen: number; deductionFen: number; netFen: number; provisional: boolean } | null
  allocation: { reserveFen: number; distributedFen: number; undistributedFen: number } | null
}

export type CountyMonth = {
  asOfMs: number
  regionName: string
  month: ChinaMonth
  stations: readonly StationMonthFigures[]
  villages: readonly VillageMonthFigures[]
}

const STATION_COLUMNS: readonly Column[] = [
  { title: words.columns.number, chars: 12, align: 'center' },
  { title: words.columns.station, chars: 28 },
  { title: words.columns.kind, chars: 7, align: 'center' },
  { title: words.columns.town, chars: 12 },
  { title: words.columns.village, chars: 14 },
  { title: words.columns.capacity, chars: 12 },
  { title: words.columns.energy, chars: 16 },
  { title: words.columns.hours, chars: 10 },
  { title: words.columns.measured, chars: 8 },
  { title: words.columns.estimated, chars: 8 },
  { title: words.columns.missing, chars: 8 },
  { title: words.columns.gross, chars: 17 },
  { title: words.columns.deductions, chars: 17 },
  { title: words.columns.net, chars: 17 },
  { title: words.columns.state, chars: 9, align: 'center' },
]

const VILLAGE_COLUMNS: readonly Column[] = [
  { title: words.columns.number, chars: 12, align: 'center' },
  { title: words.columns.town, chars: 14 },
  { title: words.columns.village, chars: 18 },
  { title: words.columns.stations, chars: 10 },
  { title: words.columns.gross, chars: 18 },
  { title: words.columns.deductions, chars: 18 },
  { title: words.columns.net, chars: 18 },
  { title: words.columns.reserve, chars: 18 },
  { title: words.columns.distributed, chars: 18 },
  { title: words.columns.undistributed, chars: 18 },
  { title: words.columns.state, chars: 9, align: 'center' },
]

const stationRow = (station: StationMonthFigures, at: number): Row => {
  const { statement, dcCapacityW } = station
  const hundredths =
    statement === null || dcCapacityW <= 0 ? null : timesRatio(statement.energyWh, { times: 100, per: dcCapacityW })
  return line(
    count(at + 1),
    text(station.name),
    text(STATION_KINDS[station.kind]),
    text(station.townName ?? ''),
    text(station.villageName ?? ''),
    { kind: 'power', w: dcCapacityW },
    energy(statement?.energyWh ?? null),
    { kind: 'hours', hundredths },
    count(statement?.days.measured ?? null),
    count(statement?.days.estimated ?? null),
    count(statement?.days.missing ?? null),
    money(statement?.grossFen ?? null),
    money(statement?.deductionFen ?? null),
    money(statement?.netFen ?? null),
    text(stateOf(statement?.provisional)),
  )
}

const villageRow = ({ name, townName, stations, statement, allocation }: VillageMonthFigures, at: number): Row =>
  line(
    count(at + 1),
    text(townName ?? ''),
    text(name),
    count(stations),
    money(statement?.grossFen ?? null),
    money(statement?.deductionFen ?? null),
    money(statement?.netFen ?? null),
    money(allocation?.reserveFen ?? null),
    money(allocation?.distributedFen ?? null),
    money(allocation?.undistributedFen ?? null),
    text(stateOf(statement?.provisional)),
  )

/** Rows and their total, which says how many of them it covers. */
export const summed = (rows: readonly Row[], known: number, sums: { width: number; columns: readonly number[] }): Row[] =>
  rows.length === 0 ? [] : [...rows, sumRow('total', words.totalOf(known, rows.length), rows, sums)]

const settled = (of: readonly { statement: unknown }[]): number => of.filter(({ statement }) => statement !== null).length

export const countySubtitle = (asOfMs: number): string =>
  [words.name, words.unit, words.madeAt(formatInstant(asOfMs).slice(0, 16))].join(words.separator)

export const countyMonth = ({ asOfMs, regionName, month, stations, villages }: CountyMonth): Paper => {
  const sections: Section[] = [
    {
      name: words.sections.stations,
      columns: STATION_COLUMNS,
      rows: summed(stations.map(stationRow), settled(stations), {
        width: STATION_COLUMNS.length,
        columns: [5, 6, 8, 9, 10, 11, 12, 13],
      }),
      empty: words.noStationsHere,
    },
    {
      name: words.sections.villages,
      columns: VILLAGE_COLUMNS,
      rows: summed(villages.map(villageRow), settled(villages), { width: VILLAGE_COLUMNS.length, columns: [4, 5, 6, 7, 8, 9] }),
      empty: words.noVillagesHere,
    },
  ]
  const figures = [...stations, ...villages]
  const changed = stations.filter(({ changedSince }) => changedSince).map(({ name }) => plainText(name))
  return {
    fileName: fileNameOf(plainText(regionName), month, '光伏帮扶电站月报'),
    title: words.countyMonth(plainText(regionName), words.month(month)),
    provisional: figures.some(({ statement }) => statement === null || statement.provisional),
    subtitle: countySubtitle(asOfMs),
    intro: [],
    sections,
    notes: [...(changed.length === 0 ? [] : [words.changedSinceClosing(changed)]), words.jointNote, words.accrued],
    closing: [],
    signatures: words.signatures,
    orientation: 'landscape',
  }
}
