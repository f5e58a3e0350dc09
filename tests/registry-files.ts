import { columnsOf, type RegistryFile } from '../domain/registry-import.ts'

/** Registry files that pass every check, and ways to spoil one cell of them. All names are invented. */

type Cells = Record<string, string>

const plan = { village_code: '341623105220', year: '2026', version: '1' }

/** Lines by file; a village station with an inverter and a meter, a joint one with two villages, one household, one plan. */
export const someLines = (): Record<RegistryFile, Cells[]> => ({
  'regions.csv': [
    { code: '341600000000', name: '亳州市', level: 'city' },
    { code: '341623000000', name: '利辛县', level: 'county', parent_code: '341600000000' },
    { code: '341623105000', name: '西潘楼镇', level: 'town', parent_code: '341623000000' },
    { code: '341623105220', name: '张楼村', level: 'village', parent_code: '341623105000' },
    { code: '341623105221', name: '示范001村', level: 'village', parent_code: '341623105000' },
  ],
  'stations.csv': [aStationLine(), aStationLine({ station_id: 'KT', kind: 'joint', village_code: '', ac_capacity_kw: '187.2' })],
  'gateways.csv': [{ gateway_id: 'GW-ZL1', county_code: '341623000000' }],
  'devices.csv': [
    aDeviceLine(),
    aDeviceLine({ device_id: 'ZL1-METER', kind: 'meter', rated_power_kw: '187.2', ct_multiplier: '60' }),
  ],
  'prices.csv': [aPriceLine(), aPriceLine({ stream: 'subsidy', price_yuan_per_kwh: '0.4656' })],
  'shares.csv': ['341623105220', '341623105221'].map((village) => ({
    station_id: 'KT',
    village_code: village,
    valid_from: '2016-11-20',
    weight: '93600',
    weight_total: '187200',
    document: '示范文件',
  })),
  'deductions.csv': [
    { station_id: 'ZL1', kind: 'land_rent', valid_from: '2016-11-20', amount_yuan_per_year: '3600', document: '示范文件' },
    { station_id: 'ZL1', kind: 'operation', valid_from: '2016-11-20', rate_percent: '2.9', document: '示范文件' },
  ],
  'incomes.csv': [],
  'region-deductions.csv': [],
  'vat-rules.csv': [],
  'due-rules.csv': [],
  'households.csv': [{ household_id: 'H1', village_code: '341623105220', head_name: '示范户甲01' }],
  'persons.csv': [{ person_id: 'P1', household_id: 'H1', name: '示范户甲01' }],
  'memberships.csv': [],
  'plans.csv': [{ ...plan, state: 'executing', pool: 'accrued', collective_reserve_percent: '5', document: '示范方案' }],
  'plan-lines.csv': [
    { ...plan, line_id: 'L1', household_id: 'H1', person_id: 'P1', kind: 'post', post: '保洁员', weight_yuan: '500' },
  ],
  'policy-rules.csv': [aPolicyLine()],
})

/** What stations earn beside energy, what regions deduct, who is taxed how, and by when money is due: for `someLines`. */
export const someTerms = () => ({
  'incomes.csv': [
    { station_id: 'ZL1', stream: 'farming', valid_from: '2018-01-01', amount_yuan_per_year: '1200', document: '示范协议' },
  ],
  'region-deductions.csv': ['341623000000', '341623105220'].map((region) => ({
    region_code: region,
    kind: 'insurance',
    valid_from: '2020-01-01',
    amount_yuan_per_year: '120',
    document: '示范文件',
  })),
  'vat-rules.csv': [
    {
      county_code: '341623000000',
      station_kind: 'joint',
      valid_from: '2023-01-01',
      per: 'quarter',
      exempt_up_to_yuan: '300000',
      rate_percent: '1',
      document: '示范文件',
    },
  ],
  'due-rules.csv': [
    {
      county_code: '341623000000',
      stream: 'subsidy',
      from_year: '2017',
      years_later: '1',
      due_on: '03-31',
      document: '示范文件',
    },
  ],
})

export const aPolicyLine = (over: Cells = {}): Cells => ({
  county_code: '341623000000',
  kind: 'minimum_labour_share',
  valid_from: '2022-01-01',
  percent: '60',
  base: 'net',
  numerator: 'posts_and_works',
  clause: '第八条',
  document: '示范办法〔2022〕1号',
  ...over,
})

export const aStationLine = (over: Cells = {}): Cells => ({
  station_id: 'ZL1',
  name: '张楼村示范站',
  kind: 'village',
  county_code: '341623000000',
  town_code: '341623105000',
  village_code: '341623105220',
  dc_capacity_kw: '187.2',
  ac_capacity_kw: '180',
  latitude_deg: '33.1',
  longitude_deg: '116.2',
  commissioned_on: '2016-11-20',
  billing_account: '3400000000001',
  om_organisation: '示范运维公司',
  carer: '示范管护员甲',
  planned_income_yuan_per_year: '220000',
  catalogue_listed: 'yes',
  ...over,
})

export const aDeviceLine = (over: Cells = {}): Cells => ({
  device_id: 'ZL1-INV-1',
  kind: 'inverter',
  station_id: 'ZL1',
  gateway_id: 'GW-ZL1',
  rated_power_kw: '180',
  counter: 'lifetime',
  ct_multiplier: '1',
  valid_from: '2016-11-20',
  ...over,
})

export const aPriceLine = (over: Cells = {}): Cells => ({
  station_id: 'ZL1',
  stream: 'benchmark',
  valid_from: '2016-11-20',
  price_yuan_per_kwh: '0.3844',
  document: '示范文件',
  ...over,
})

/** The files as text, header first. */
export const asFiles = (lines: Record<RegistryFile, Cells[]>): Record<string, string> =>
  Object.fromEntries(
    (Object.keys(lines) as RegistryFile[]).map((file) => {
      const columns = columnsOf(file)
      return [file, [columns, ...lines[file].map((cells) => columns.map((name) => cells[name] ?? ''))].join('\n')]
    }),
  )

/** The files with one cell of one line (counted from 0, the header left out) set to something else. */
export const filesWith = (file: RegistryFile, at: number, cells: Cells): Record<string, string> => {
  const lines: Record<RegistryFile, Cells[]> = { ...someLines(), ...someTerms() }
  lines[file][at] = { ...lines[file][at], ...cells }
  return asFiles(lines)
}
