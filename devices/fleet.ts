import type { Device, Gateway, Station } from '../domain/registry.ts'

/** What of the registry a simulated fleet needs: plain JSON, no names, no money, no people. */

export type FleetStation = Pick<
  Station,
  'stationId' | 'latitudeDeg' | 'longitudeDeg' | 'dcCapacityW' | 'acCapacityW' | 'commissionedOn' | 'decommissionedOn'
>
export type FleetDevice = Pick<
  Device,
  | 'deviceId'
  | 'kind'
  | 'stationId'
  | 'gatewayId'
  | 'ratedPowerW'
  | 'counter'
  | 'counterModulusWh'
  | 'ctMultiplier'
  | 'validFrom'
  | 'validTo'
>
export type Fleet = { stations: FleetStation[]; gatewayIds: string[]; devices: FleetDevice[] }

/** Takes from the registry's rows what the simulator needs, so that nothing else travels to its process. */
export const fleetOf = (registry: {
  stations: readonly Station[]
  gateways: readonly Gateway[]
  devices: readonly Device[]
}): Fleet => ({
  stations: registry.stations.map((station) => ({
    stationId: station.stationId,
    latitudeDeg: station.latitudeDeg,
    longitudeDeg: station.longitudeDeg,
    dcCapacityW: station.dcCapacityW,
    acCapacityW: station.acCapacityW,
    commissionedOn: station.commissionedOn,
    ...(station.decommissionedOn !== undefined && { decommissionedOn: station.decommissionedOn }),
  })),
  gatewayIds: registry.gateways.map(({ gatewayId }) => gatewayId),
  devices: registry.devices.map((device) => ({
    deviceId: device.deviceId,
    kind: device.kind,
    stationId: device.stationId,
    gatewayId: device.gatewayId,
    ratedPowerW: device.ratedPowerW,
    counter: device.counter,
    ...(device.counterModulusWh !== undefined && { counterModulusWh: device.counterModulusWh }),
    ctMultiplier: device.ctMultiplier,
    validFrom: device.validFrom,
    ...(device.validTo !== undefined && { validTo: device.validTo }),
  })),
})
