import { figuresShown, openItemsOf } from '../../domain/open-items.ts'
import type { StationDay } from '../../domain/energy.ts'
import type { Station } from '../../domain/registry.ts'
import { allRows, type Versioned } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { OpenItemView, OpenItemsPage } from '../api-types-days.ts'
import { placeOf } from './fleet.ts'
import { pageAt } from './page.ts'
import type { OpenRegion } from './region.ts'

/** Findings that wait for a person, the newest days first. */

type OpenItemsDeps = {
  stations: TableReaderOf<'stations'>
  generation: TableReaderOf<'generation'>
  staleDays: TableReaderOf<'staleDays'>
}

const PER_PAGE = 100

const itemsOf = (row: StationDay, { name }: Station, isWaiting: boolean): OpenItemView[] =>
  openItemsOf(row).map(({ device, finding }) => ({
    stationId: row.stationId,
    stationName: name,
    day: row.day,
    version: row.version,
    deviceId: device.deviceId,
    kind: device.kind,
    code: finding.code,
    atMs: finding.atMs ?? null,
    detail: finding.detail,
    energyWh: device.energyWh,
    quality: device.quality,
    shown: figuresShown(finding) ?? null,
    isWaiting,
  }))

/** A page may be short, or empty, and still have a next one: versions that others have followed are passed over. */
export const openItems = async (
  deps: OpenItemsDeps,
  opened: OpenRegion,
  { station: stationId, cursor }: { station?: string | undefined; cursor?: string | undefined },
): Promise<Pick<OpenItemsPage, 'items' | 'nextCursor'> | undefined> => {
  const { countyCode } = opened
  const range = { partition: countyCode, reverse: true, limit: PER_PAGE }
  const page = await pageAt((from) => deps.generation.queryIndex('open', { ...range, ...from }), cursor)
  if (!page) return undefined
  const stations = await allRows((from) => deps.stations.queryIndex('byCounty', { partition: countyCode, cursor: from }))
  const held = await Promise.all(stations.map((station) => opened.holds(placeOf(station))))
  const inRegion = new Map(stations.filter((_, at) => held[at]).map((station) => [station.stationId, station]))

  const itemsIn = async ({ row }: Versioned<StationDay>): Promise<OpenItemView[]> => {
    const station = inRegion.get(row.stationId)
    if (!station || (stationId !== undefined && stationId !== row.stationId)) return []
    const [later, mark] = await Promise.all([
      deps.generation.get({ ...row, version: row.version + 1 }),
      deps.staleDays.get({ countyCode: row.countyCode, stationId: row.stationId, day: row.day }),
    ])
    return later ? [] : itemsOf(row, station, mark !== undefined && mark.row.settledAtMs === undefined)
  }
  const items = (await Promise.all(page.rows.map(itemsIn))).flat()
  return { items, nextCursor: page.cursor ?? null }
}
