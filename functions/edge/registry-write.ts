import type { RegistryRows } from '../../domain/registry-import.ts'
import { type Gateway, REGION_LEVELS } from '../../domain/registry.ts'
import type { TableOf } from '../../stores/tables.ts'

/** Puts a checked registry into its tables. */

type RegistryTables = { [Name in keyof RegistryRows]: TableOf<Name> }

const GATEWAYS_AT_ONCE = 25
const TRIES_MAX = 5

/** Writes a gateway and leaves its secret as it is, also when a new one is issued at the same moment. */
const putGateway = async (gateways: TableOf<'gateways'>, gateway: Gateway): Promise<void> => {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const found = await gateways.get({ gatewayId: gateway.gatewayId })
    const written = found
      ? await gateways.put({ ...found.row, ...gateway }, { version: found.version })
      : await gateways.put(gateway, 'absent')
    if (written === 'written') return
  }
  throw new Error('a gateway kept changing while it was imported')
}

/**
 * Writes what others refer to before those who refer to it, and what a station earns before the station itself, so that whoever
 * reads meanwhile never meets a reference that leads nowhere. Not one transaction: after a throw, importing again completes it.
 */
export const writeRegistry = async (tables: RegistryTables, rows: RegistryRows): Promise<void> => {
  for (const level of REGION_LEVELS) await tables.regions.putBatch(rows.regions.filter((region) => region.level === level))
  for (let at = 0; at < rows.gateways.length; at += GATEWAYS_AT_ONCE) {
    const chunk = rows.gateways.slice(at, at + GATEWAYS_AT_ONCE)
    await Promise.all(chunk.map((gateway) => putGateway(tables.gateways, gateway)))
  }
  await tables.prices.putBatch(rows.prices)
  await tables.deductions.putBatch(rows.deductions)
  await tables.stations.putBatch(rows.stations)
  await tables.shares.putBatch(rows.shares)
  await tables.devices.putBatch(rows.devices)
  await tables.households.putBatch(rows.households)
  await tables.persons.putBatch(rows.persons)
  await tables.plans.putBatch(rows.plans)
}
