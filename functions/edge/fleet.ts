import type { Alert, Liveness } from '../../domain/alert.ts'
import { dayOf } from '../../domain/calendar.ts'
import type { StationDay } from '../../domain/energy.ts'
import { equivalentHours, newestVersions, stationNow } from '../../domain/overview.ts'
import type { Device, Station } from '../../domain/registry.ts'
import { allRows, type Page, type Range } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { AlertView, StationItem } from '../api-types.ts'
import type { OpenRegion } from './region.ts'

/** The stations of a region as they are now, read in a handful of queries however many there are. */

export type FleetDeps = {
  stations: TableReaderOf<'stations'>
  devices: TableReaderOf<'devices'>
  liveness: TableReaderOf<'liveness'>
  generation: TableReaderOf<'generation'>
  alerts: TableReaderOf<'alerts'>
}

export type FleetStation = { station: Station; item: StationItem }
export type Fleet = { stations: FleetStation[]; alerts: Alert[] }

/** Where a station belongs: its village, or the town of a joint one. */
export const placeOf = ({ villageCode, townCode }: Station): string => villageCode ?? townCode

const everyRow = <Row extends object>(query: (range: Range) => Promise<Page<Row>>, partition: string): Promise<Row[]> =>
  allRows((cursor) => query({ partition, ...(cursor && { cursor }) }))

const byStation = <Row extends { stationId?: string }>(rows: readonly Row[]): Map<string | undefined, Row[]> =>
  Map.groupBy(rows, ({ stationId }) => stationId)

type Facts = { devices: readonly Device[]; liveness: readonly Liveness[]; openAlerts: readonly Alert[]; today?: StationDay }

/** One station and all that is known of it now. */
export const stationItem = (station: Station, facts: Facts, opened: Pick<OpenRegion, 'nameOf'>, nowMs: number): StationItem => {
  const now = stationNow({ devices: facts.devices, liveness: facts.liveness, openAlerts: facts.openAlerts, nowMs })
  const todayWh = facts.today?.energyWh ?? null
  const offline = facts.openAlerts.find(({ kind }) => kind === 'station_offline')
  return {
    stationId: station.stationId,
    name: station.name,
    kind: station.kind,
    villageName: opened.nameOf(station.villageCode),
    townName: opened.nameOf(station.townCode),
    dcCapacityW: station.dcCapacityW,
    acCapacityW: station.acCapacityW,
    status: now.status,
    inverters: now.inverters,
    invertersOnline: now.invertersOnline,
    power: { acPowerW: now.acPowerW, known: now.known, of: now.of },
    todayWh,
    equivalentHours: equivalentHours(todayWh, station.dcCapacityW),
    lastReceivedAtMs: now.lastReceivedAtMs,
    openAlert: (offline ?? facts.openAlerts[0])?.kind ?? null,
  }
}

/** Every station of a region that is in service, by id, and the open alerts about them or the platform, newest first. */
export const loadFleet = async (deps: FleetDeps, opened: OpenRegion, nowMs: number): Promise<Fleet> => {
  const { countyCode } = opened
  const today = dayOf(nowMs)
  const [stations, devices, liveness, days, alerts] = await Promise.all([
    everyRow((range) => deps.stations.queryIndex('byCounty', range), countyCode),
    everyRow((range) => deps.devices.queryIndex('byCounty', range), countyCode),
    everyRow((range) => deps.liveness.query(range), countyCode),
    everyRow((range) => deps.generation.queryIndex('byCountyDay', range), `${countyCode}#${today}`),
    everyRow((range) => deps.alerts.queryIndex('open', range), countyCode),
  ])
  const held = await Promise.all(stations.map((station) => opened.holds(placeOf(station))))
  const inService = stations.filter(
    ({ decommissionedOn }, at) => held[at] && (decommissionedOn === undefined || today < decommissionedOn),
  )
  const of = { devices: byStation(devices), liveness: byStation(liveness), alerts: byStation(alerts) }
  const todays = new Map(newestVersions(days, ({ stationId }) => stationId).map((day) => [day.stationId, day]))
  const fleet = inService.map((station): FleetStation => {
    const day = todays.get(station.stationId)
    const facts: Facts = {
      devices: of.devices.get(station.stationId) ?? [],
      liveness: of.liveness.get(station.stationId) ?? [],
      openAlerts: of.alerts.get(station.stationId) ?? [],
      ...(day && { today: day }),
    }
    return { station, item: stationItem(station, facts, opened, nowMs) }
  })
  const ids = new Set(inService.map(({ stationId }) => stationId))
  const open = alerts
    .filter(({ stationId }) => stationId === undefined || ids.has(stationId))
    .sort((a, b) => b.openedAtMs - a.openedAtMs)
  return { stations: fleet, alerts: open }
}

/** An episode as people read it; of a station whose name is asked for by its id. */
export const alertView = (alert: Alert, nameOf: (stationId: string) => string | undefined): AlertView => ({
  kind: alert.kind,
  stationId: alert.stationId ?? null,
  stationName: alert.stationId === undefined ? null : (nameOf(alert.stationId) ?? alert.stationId),
  subject: alert.subject,
  openedAtMs: alert.openedAtMs,
  closedAtMs: alert.closedAtMs ?? null,
  lastSeenAtMs: alert.lastSeenAtMs ?? null,
  devices: alert.deviceCount ?? alert.deviceIds.length,
})
