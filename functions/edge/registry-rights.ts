import { covers, type Principal, type RegionPath, REGION_DEPTH_MAX, WHOLE_COUNTRY } from '../../domain/access.ts'
import type { RegistryRows } from '../../domain/registry-import.ts'
import type { Device, Region, RegionCode } from '../../domain/registry.ts'
import type { TableReaderOf } from '../../stores/tables.ts'

/** Whether an import stays within the region of the administrator who asks for it. */

type Stored = {
  regions: TableReaderOf<'regions'>
  stations: TableReaderOf<'stations'>
  gateways: TableReaderOf<'gateways'>
  devices: TableReaderOf<'devices'>
}
type Asking = { principal: Principal; pathOf: (code: RegionCode) => Promise<RegionPath> }

const READS_AT_ONCE = 50

const all = async <Value>(values: Iterable<Value>, holds: (value: Value) => Promise<boolean>): Promise<boolean> => {
  const rest = [...values]
  while (rest.length > 0) {
    const answers = await Promise.all(rest.splice(0, READS_AT_ONCE).map(holds))
    if (answers.includes(false)) return false
  }
  return true
}

const sameRegion = (a: Region, b: Region): boolean =>
  a.name === b.name && a.level === b.level && a.parentCode === b.parentCode && a.code === b.code

/**
 * True when every row lies in the administrator's region, both as the registry has it and as the files would have it: nobody can
 * pull another county's villages, stations, gateways or devices over by naming a new parent or using their ids. Regions outside
 * may appear unchanged, as the way up from one's own.
 */
export const staysInRegion = async (stored: Stored, { principal, pathOf }: Asking, rows: RegistryRows): Promise<boolean> => {
  const scope = principal.regionCode
  if (scope === WHOLE_COUNTRY) return true
  const given = new Map(rows.regions.map((region) => [region.code, region]))

  const isOurs = async (code: RegionCode): Promise<boolean> => {
    const path = await pathOf(code)
    return leadsHome(code) && (path.length === 0 || covers(scope, path))
  }
  const leadsHome = (code: RegionCode): boolean => {
    let step: RegionCode | undefined = code
    for (let depth = 0; step !== undefined && depth < REGION_DEPTH_MAX; depth += 1) {
      if (step === scope) return true
      step = given.get(step)?.parentCode
    }
    return false
  }
  const mayWrite = async (region: Region): Promise<boolean> => {
    const before = (await stored.regions.get({ code: region.code }))?.row
    if (before && sameRegion(before, region)) return true
    if (region.code === scope) return before !== undefined && before.parentCode === region.parentCode
    return isOurs(region.code)
  }
  const named = new Set([
    ...rows.stations.map(({ countyCode }) => countyCode),
    ...rows.gateways.map(({ countyCode }) => countyCode),
    ...[...rows.policyRules, ...rows.vatRules, ...rows.dueRules].map(({ countyCode }) => countyCode),
    ...rows.regionDeductions.map(({ regionCode }) => regionCode),
    ...[...rows.shares, ...rows.households, ...rows.memberships, ...rows.plans].map(({ villageCode }) => villageCode),
  ])
  const isFree = async (taken: { countyCode: RegionCode } | undefined): Promise<boolean> => !taken || isOurs(taken.countyCode)
  const devicesNamed = async (deviceId: string): Promise<Device[]> =>
    (await stored.devices.queryIndex('byDevice', { partition: deviceId })).rows.map(({ row }) => row)

  return (
    (await all(rows.regions, mayWrite)) &&
    (await all(named, isOurs)) &&
    (await all(rows.stations, async ({ stationId }) => isFree((await stored.stations.get({ stationId }))?.row))) &&
    (await all(rows.gateways, async ({ gatewayId }) => isFree((await stored.gateways.get({ gatewayId }))?.row))) &&
    (await all(rows.devices, async ({ deviceId }) => all(await devicesNamed(deviceId), isFree)))
  )
}
