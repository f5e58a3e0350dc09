import type { ChinaDay } from '../domain/calendar.ts'
import type { Device, Gateway, Region, Station } from '../domain/registry.ts'
import type { ResetRecord } from '../domain/reset-record.ts'

/** Builders of registry rows, each with defaults a test may overrule. All names are invented. */

export const COUNTY = '341623000000'
export const TOWN = '341623105000'
export const VILLAGE = '341623105220'
export const day = (text: string): ChinaDay => text as ChinaDay

export const someRegions: Region[] = [
  { code: COUNTY, name: '示范县', level: 'county' },
  { code: TOWN, name: '示范镇', level: 'town', parentCode: COUNTY },
  { code: VILLAGE, name: '示范001村', level: 'village', parentCode: TOWN },
]

export const aStation = (over: Partial<Station> = {}): Station => ({
  stationId: 'ZL1',
  name: '示范001村一号站',
  kind: 'village',
  countyCode: COUNTY,
  townCode: TOWN,
  villageCode: VILLAGE,
  dcCapacityW: 187_200,
  acCapacityW: 180_000,
  latitudeDeg: 33.1,
  longitudeDeg: 116.2,
  commissionedOn: day('2016-11-01'),
  billingAccount: '3400000000001',
  omOrganisation: '示范运维公司',
  carer: '示范管护员甲',
  plannedIncomeFenPerYear: 22_000_000,
  catalogueListed: true,
  ...over,
})

export const aGateway = (over: Partial<Gateway> = {}): Gateway => ({ gatewayId: 'GW-ZL1', countyCode: COUNTY, ...over })

export const aDevice = (over: Partial<Device> = {}): Device => ({
  deviceId: 'ZL1-INV-1',
  kind: 'inverter',
  stationId: 'ZL1',
  gatewayId: 'GW-ZL1',
  countyCode: COUNTY,
  ratedPowerW: 60_000,
  counter: 'lifetime',
  ctMultiplier: 1,
  validFrom: day('2016-11-01'),
  ...over,
})

export const aResetRecord = (over: Partial<ResetRecord> = {}): ResetRecord => ({
  stationId: 'ZL1',
  deviceId: 'ZL1-INV-1',
  countyCode: COUNTY,
  atMs: Date.parse('2026-10-05T09:30:00+08:00'),
  revision: 1,
  finalWh: 115_000,
  startWh: 5_000,
  kind: 'replacement',
  reason: '主板烧毁，更换整机',
  document: '示范换〔2026〕7号',
  recordedBy: 'demo-officer',
  recordedAtMs: Date.parse('2026-11-01T12:00:00+08:00'),
  ...over,
})
