import { dayStartMs } from '../domain/calendar.ts'
import type { Installation } from '../domain/message.ts'
import type { Device, RegionCode, Station } from '../domain/registry.ts'
import { allRows } from './table.ts'
import type { TableReaderOf } from './tables.ts'

/** A gateway and the devices it may speak for: per device its installations in time order. */
export type GatewayView = { countyCode: RegionCode; installations: Map<string, Installation[]> }

export type GatewayDirectory = {
  /** Undefined for a gateway the registry does not know. */
  find: (gatewayId: string) => Promise<GatewayView | undefined>
  /** Whether the device is registered behind any gateway at all. */
  isRegistered: (deviceId: string) => Promise<boolean>
}

/** A change in the registry is seen by ingest after at most this long. */
const TRUSTED_MS = 5_000
/** Beyond this many gateways the memory is emptied and read anew. */
const REMEMBERED_MAX = 10_000

const installationOf = (device: Device, station: Station): Installation => ({
  stationId: device.stationId,
  countyCode: device.countyCode,
  fromMs: Math.max(dayStartMs(device.validFrom), dayStartMs(station.commissionedOn)),
  toMs: Math.min(
    device.validTo ? dayStartMs(device.validTo) : Number.POSITIVE_INFINITY,
    station.decommissionedOn ? dayStartMs(station.decommissionedOn) : Number.POSITIVE_INFINITY,
  ),
})

/** Answers who may speak for which device, from the registry as it was at most TRUSTED_MS ago. */
export const gatewayDirectory = (deps: {
  gateways: TableReaderOf<'gateways'>
  devices: TableReaderOf<'devices'>
  stations: TableReaderOf<'stations'>
  now: () => number
}): GatewayDirectory => {
  const views = new Map<string, { view: GatewayView | undefined; readAtMs: number }>()
  const registered = new Map<string, { known: boolean; readAtMs: number }>()

  const read = async (gatewayId: string): Promise<GatewayView | undefined> => {
    const gateway = await deps.gateways.get({ gatewayId })
    if (!gateway) return undefined
    const devices = await allRows((cursor) => deps.devices.query({ partition: gatewayId, cursor }))
    const stationIds = [...new Set(devices.map(({ stationId }) => stationId))]
    const found = await Promise.all(stationIds.map((stationId) => deps.stations.get({ stationId })))
    const stations = new Map(found.flatMap((station) => (station ? [[station.row.stationId, station.row]] : [])))
    const installations = new Map<string, Installation[]>()
    for (const device of devices) {
      const station = stations.get(device.stationId)
      if (!station) continue
      const own = installations.get(device.deviceId) ?? []
      own.push(installationOf(device, station))
      installations.set(device.deviceId, own)
    }
    return { countyCode: gateway.row.countyCode, installations }
  }

  return {
    find: async (gatewayId) => {
      const remembered = views.get(gatewayId)
      if (remembered && deps.now() - remembered.readAtMs < TRUSTED_MS) return remembered.view
      const readAtMs = deps.now()
      const view = await read(gatewayId)
      if (views.size >= REMEMBERED_MAX) views.clear()
      views.set(gatewayId, { view, readAtMs })
      return view
    },
    isRegistered: async (deviceId) => {
      const remembered = registered.get(deviceId)
      if (remembered && deps.now() - remembered.readAtMs < TRUSTED_MS) return remembered.known
      const { rows } = await deps.devices.queryIndex('byDevice', { partition: deviceId, limit: 1 })
      if (registered.size >= REMEMBERED_MAX) registered.clear()
      registered.set(deviceId, { known: rows.length > 0, readAtMs: deps.now() })
      return rows.length > 0
    },
  }
}
