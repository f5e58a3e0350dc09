import { type ChinaDay, type ChinaMonth, formatInstant } from '../domain/calendar.ts'
import { countySubtitle, type StationMonthFigures, summed } from './county-month.ts'
import { code, type Column, count, line, money, none, type Paper, plainText, text } from './paper.ts'
import { stateOf } from './village.ts'
import { fileNameOf } from './file-name.ts'
import { STATION_KINDS } from './terms.ts'
import { words } from './words.ts'

/** The plain lists of a region: its stations as registered, and what a month brought each village. */

export type ListedStation = Omit<StationMonthFigures, 'statement'> & {
  acCapacityW: number
  commissionedOn: ChinaDay
  decommissionedOn: ChinaDay | null
  billingAccount: string
  omOrganisation: string
}

const LIST_COLUMNS: readonly Column[] = [
  { title: words.columns.number, chars: 12, align: 'center' },
  { title: words.columns.stationId, chars: 16 },
  { title: words.columns.station, chars: 30 },
  { title: words.columns.kind, chars: 8, align: 'center' },
  { title: words.columns.town, chars: 14 },
  { title: words.columns.village, chars: 16 },
  { title: words.columns.capacity, chars: 14 },
  { title: words.columns.acCapacity, chars: 16 },
  { title: words.columns.commissioned, chars: 12 },
  { title: words.columns.decommissioned, chars: 12 },
  { title: words.columns.billingAccount, chars: 20 },
  { title: words.columns.omOrganisation, chars: 22 },
]

/** 电站台账: what is registered of the stations of a region; no money and no names of persons. */
export const stationList = (of: { asOfMs: number; regionName: string; stations: readonly ListedStation[] }): Paper => {
  const rows = of.stations.map((station, at) =>
    line(
      count(at + 1),
      code(station.stationId),
      text(station.name),
      text(STATION_KINDS[station.kind]),
      text(station.townName ?? ''),
      text(station.villageName ?? ''),
      { kind: 'power', w: station.dcCapacityW },
      { kind: 'power', w: station.acCapacityW },
      { kind: 'day', day: station.commissionedOn },
      station.decommissionedOn === null ? none : { kind: 'day', day: station.decommissionedOn },
      code(station.billingAccount),
      text(station.omOrganisation),
    ),
  )
  const sums = { width: LIST_COLUMNS.length, columns: [6, 7] }
  return {
    fileName: fileNameOf(plainText(of.regionName), '光伏帮扶电站台账'),
    title: words.stationList(plainText(of.regionName)),
    provisional: false,
    subtitle: [words.name, words.madeAt(formatInstant(of.asOfMs).slice(0, 16))].join(words.separator),
    intro: [],
    sections: [
      {
        name: words.sections.stations,
        columns: LIST_COLUMNS,
        rows: summed(rows, rows.length, sums),
        empty: words.noStationsHere,
      },
    ],
    notes: [],
    closing: [],
    signatures: words.signatures,
    orientation: 'landscape',
  }
}

const VILLAGE_LIST_COLUMNS: readonly Column[] = [
  { title: words.columns.number, chars: 12, align: 'center' },
  { title: words.columns.villageCode, chars: 18 },
  { title: words.columns.town, chars: 18 },
  { title: words.columns.village, chars: 24 },
  { title: words.columns.stations, chars: 12 },
  { title: words.columns.net, chars: 22 },
  { title: words.columns.state, chars: 12, align: 'center' },
]

export type ListedVillage = {
  code: string
  name: string
  townName: string | null
  stations: number
  netFen: number | null
  provisional: boolean
}

/** 村集体光伏收益汇总表: one line per village and its net of a month. */
export const villageList = (of: {
  asOfMs: number
  regionName: string
  month: ChinaMonth
  villages: readonly ListedVillage[]
}): Paper => {
  const rows = of.villages.map(({ code: region, name, townName, stations, netFen, provisional }, at) =>
    line(
      count(at + 1),
      code(region),
      text(townName ?? ''),
      text(name),
      count(stations),
      money(netFen),
      text(stateOf(netFen === null ? undefined : provisional)),
    ),
  )
  const known = of.villages.filter(({ netFen }) => netFen !== null).length
  return {
    fileName: fileNameOf(plainText(of.regionName), of.month, '村集体光伏收益汇总表'),
    title: words.villageList(plainText(of.regionName), words.month(of.month)),
    provisional: of.villages.some(({ netFen, provisional }) => netFen === null || provisional),
    subtitle: countySubtitle(of.asOfMs),
    intro: [],
    sections: [
      {
        name: words.sections.villages,
        columns: VILLAGE_LIST_COLUMNS,
        rows: summed(rows, known, { width: VILLAGE_LIST_COLUMNS.length, columns: [5] }),
        empty: words.noVillagesHere,
      },
    ],
    notes: [words.accrued],
    closing: [],
    signatures: words.signatures,
    orientation: 'portrait',
  }
}
