import { fleetOf } from '../../devices/fleet.ts'
import type { Fleet } from '../../devices/fleet.ts'
import type { Device, Station } from '../../domain/registry.ts'
import { aDevice, aGateway, aStation } from '../registry.ts'

/** Epoch ms of a wall-clock time in China. */
export const china = (text: string): number => Date.parse(`${text}${text.length === 10 ? 'T00:00:00' : ''}+08:00`)

/** A village station with inverters of 60 kW and one meter behind one gateway, all named after it. */
export const aSite = (
  stationId: string,
  { inverters = 3, device = {}, ...over }: Partial<Station> & { inverters?: number; device?: Partial<Device> } = {},
): Fleet => {
  const station = aStation({ stationId, acCapacityW: inverters * 60_000, dcCapacityW: inverters * 62_400, ...over })
  const common = { stationId, gatewayId: `GW-${stationId}`, ...device }
  const rows = Array.from({ length: inverters }, (_, at) => aDevice({ ...common, deviceId: `${stationId}-INV-${at + 1}` }))
  const meter = aDevice({
    ...common,
    deviceId: `${stationId}-METER`,
    kind: 'meter',
    ratedPowerW: inverters * 60_000,
    ctMultiplier: 60,
  })
  return fleetOf({ stations: [station], gateways: [aGateway({ gatewayId: `GW-${stationId}` })], devices: [...rows, meter] })
}

export const together = (...fleets: Fleet[]): Fleet => ({
  stations: fleets.flatMap(({ stations }) => stations),
  gatewayIds: fleets.flatMap(({ gatewayIds }) => gatewayIds),
  devices: fleets.flatMap(({ devices }) => devices),
})
