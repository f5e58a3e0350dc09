import { createHash } from 'node:crypto'
import { openTables } from '../stores/sqlite/table.ts'
import { aDevice, aGateway, aStation } from './registry.ts'

/** A registry of gateways for the one-machine runtime: invented, each with one station, some inverters and a secret. */

export const gatewayIdOf = (index: number): string => `GW-${index}`
export const deviceIdOf = (gateway: number, device: number): string => `GW-${gateway}-INV-${device}`
export const secretOf = (gatewayId: string): string => `an invented secret of ${gatewayId}`

/** Fills the tables in one SQLite file with `count` gateways of `devices` inverters each. */
export const registerGateways = async (tablesPath: string, { count, devices = 1 }: { count: number; devices?: number }) => {
  const tables = openTables(tablesPath)
  for (let index = 0; index < count; index++) {
    const gatewayId = gatewayIdOf(index)
    const stationId = `ST-${index}`
    await tables.stations.put(aStation({ stationId }))
    const secretHash = createHash('sha256').update(secretOf(gatewayId)).digest('hex')
    await tables.gateways.put(aGateway({ gatewayId, secretHash }))
    await tables.devices.putBatch(
      Array.from({ length: devices }, (_, device) => aDevice({ deviceId: deviceIdOf(index, device), stationId, gatewayId })),
    )
  }
  tables.close()
}
