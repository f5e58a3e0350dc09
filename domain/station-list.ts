import type { StationStatus } from './overview.ts'

/** Finding and ordering stations the way people type and look. */

/** What is searched and sorted; the API's list item has more. */
export type Listed = {
  stationId: string
  name: string
  villageName: string | null
  townName: string | null
  status: StationStatus
  power: { acPowerW: number | null }
  todayWh: number | null
  equivalentHours: number | null
}

export const STATION_SORTS = ['name', 'power', 'today', 'hours', 'status'] as const
export type StationSort = (typeof STATION_SORTS)[number]

/** 光伏帮扶电站 are called 光伏扶贫电站 in older papers: in a search the two words are one. */
const OLD_WORD = /扶贫/g
const folded = (text: string): string => text.normalize('NFKC').toLowerCase().replace(OLD_WORD, '帮扶')

const STATION_WORDS = /^(?:村级)?光伏(?:帮扶)?(?:电站)?$|^(?:帮扶|电站)$/

/** Whether every word of a search occurs in the name, id, village or town of a station; words that say "station" match all. */
export const matches = (listed: Listed, search: string): boolean => {
  const text = folded([listed.name, listed.stationId, listed.villageName, listed.townName].join('\n'))
  const words = folded(search).split(/\s+/)
  return words.every((word) => text.includes(word) || STATION_WORDS.test(word))
}

const byName = new Intl.Collator('zh-CN', { numeric: true })
const URGENCY: Record<StationStatus, number> = { offline: 0, fault: 1, warning: 2, unseen: 3, quiet: 4, normal: 5 }

/** Largest first, unknown last. */
const falling = (left: number | null, right: number | null): number => {
  if (left === null || right === null) return Number(left === null) - Number(right === null)
  return right - left
}

const compareBy: Record<StationSort, (left: Listed, right: Listed) => number> = {
  name: () => 0,
  power: (left, right) => falling(left.power.acPowerW, right.power.acPowerW),
  today: (left, right) => falling(left.todayWh, right.todayWh),
  hours: (left, right) => falling(left.equivalentHours, right.equivalentHours),
  status: (left, right) => URGENCY[left.status] - URGENCY[right.status],
}

/** Stations in the order asked for, then by name as Chinese readers sort (百善 before 临涣, 第2村 before 第10村), then by id. */
export const sortStations = <Item extends Listed>(stations: readonly Item[], sort: StationSort): Item[] =>
  [...stations].sort(
    (left, right) =>
      compareBy[sort](left, right) ||
      byName.compare(left.name, right.name) ||
      (left.stationId < right.stationId ? -1 : Number(left.stationId > right.stationId)),
  )
