import { ACKNOWLEDGEABLE, type Acknowledgement, acknowledgedAs } from '../../domain/acknowledgement.ts'
import { figuresShown, openItemsOf } from '../../domain/open-items.ts'
import type { StationDay } from '../../domain/energy.ts'
import type { Station } from '../../domain/registry.ts'
import { beginningWith } from '../../stores/months.ts'
import { allRows, type Versioned } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { OpenItemView, OpenItemsPage } from '../api-types-days.ts'
import { placeOf } from './fleet.ts'
import { pageAt } from './page.ts'
import type { OpenRegion } from './region.ts'

/** Findings that wait for a person, or that somebody has looked at, the newest days first. */

type OpenItemsDeps = {
  stations: TableReaderOf<'stations'>
  generation: TableReaderOf<'generation'>
  staleDays: TableReaderOf<'staleDays'>
  acknowledgements: TableReaderOf<'acknowledgements'>
}

const PER_PAGE = 100

export const OPEN_STATES = ['open', 'acknowledged'] as const
export type OpenState = (typeof OPEN_STATES)[number]

/** What was said about a station's day. */
export const acknowledgementsOf = (
  acknowledgements: TableReaderOf<'acknowledgements'>,
  { stationId: partition, day }: Pick<StationDay, 'stationId' | 'day'>,
): Promise<Acknowledgement[]> => allRows((cursor) => acknowledgements.query({ partition, ...beginningWith(`${day}#`), cursor }))

const itemsOf = (
  row: StationDay,
  { name }: Station,
  { isWaiting, acknowledgements }: { isWaiting: boolean; acknowledgements: readonly Acknowledgement[] },
): OpenItemView[] =>
  openItemsOf(row).map((item) => {
    const { device, finding } = item
    const said = acknowledgedAs(acknowledgements, item)
    return {
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
      isAcknowledgeable: ACKNOWLEDGEABLE.includes(finding.code),
      acknowledged: said
        ? { reason: said.reason, acknowledgedBy: said.acknowledgedBy, acknowledgedAtMs: said.acknowledgedAtMs }
        : null,
    }
  })

/** A page may be short, or empty, and still have a next one: versions that others have followed and other states are passed over. */
export const openItems = async (
  deps: OpenItemsDeps,
  opened: OpenRegion,
  { station: stationId, state, cursor }: { station?: string | undefined; state: OpenState; cursor?: string | undefined },
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
    const [later, mark, acknowledgements] = await Promise.all([
      deps.generation.get({ ...row, version: row.version + 1 }),
      deps.staleDays.get({ countyCode: row.countyCode, stationId: row.stationId, day: row.day }),
      acknowledgementsOf(deps.acknowledgements, row),
    ])
    if (later) return []
    const isWaiting = mark !== undefined && mark.row.settledAtMs === undefined
    const items = itemsOf(row, station, { isWaiting, acknowledgements })
    return items.filter(({ acknowledged }) => (acknowledged !== null) === (state === 'acknowledged'))
  }
  const items = (await Promise.all(page.rows.map(itemsIn))).flat()
  return { items, nextCursor: page.cursor ?? null }
}
