import { addDays, type ChinaDay } from '../domain/calendar.ts'
import { writeCsv } from '../domain/csv.ts'
import { columnsOf, type RegistryFile } from '../domain/registry-import.ts'
import { demoDeductions, demoDueRules, demoIncomes, demoRegionDeductions, demoVatRules } from './demo-money.ts'
import { demoPeople, demoPolicyRules } from './demo-people.ts'
import {
  type Cells,
  COUNTY,
  demoVillages,
  JOINT_VILLAGES,
  KANTUAN,
  regionRows,
  type Village,
  WULI,
  ZHANGLOU,
} from './demo-regions.ts'

/**
 * A demonstration county as registry files, modelled on what was published about Lixin: Zhanglou and Wuli with their stations, the
 * joint station of Kantuan for 175 villages, and as many more village stations as asked for. Every figure of money and every
 * person is invented; villages called 示范…村 are too.
 */

const DEMO_STATIONS_MIN = 5
/** The 60 kW pilot and the 346 stations of 187.2 kW of the programme of 2016. */
const DEMO_STATIONS_MAX = 347

const day = (text: string): ChinaDay => text as ChinaDay

type Built = {
  stationId: string
  name: string
  village?: Village
  townCode: string
  dcKw: number
  inverters: number
  meters: number
  ctMultiplier: number
  gateways: number
  /** Whether an irradiance sensor stands beside the panels. */
  hasSensor: boolean
  commissionedOn: ChinaDay
  /** Benchmark and subsidy part together, 10⁻⁴ yuan/kWh. */
  tariffE4: number
  plannedYuanPerYear: number
}

const INVERTER_KW = 60
/** Anhui's coal benchmark price; the rest of a station's tariff is the subsidy. */
const BENCHMARK_E4 = 3_844
const standard = (stationId: string, name: string, village: Village, commissionedOn: ChinaDay): Built => ({
  stationId,
  name,
  village,
  townCode: village.townCode,
  dcKw: 187.2,
  inverters: 3,
  meters: 1,
  ctMultiplier: 60,
  gateways: 1,
  hasSensor: false,
  commissionedOn,
  tariffE4: 8_500,
  plannedYuanPerYear: 220_000,
})

const pilot: Built = {
  ...standard('ZL1', '张楼村一号光伏扶贫电站', ZHANGLOU, day('2015-07-01')),
  dcKw: 60,
  inverters: 1,
  ctMultiplier: 20,
  tariffE4: 10_000,
  plannedYuanPerYear: 70_000,
}

const joint: Built = {
  stationId: 'KT',
  name: '阚疃联建光伏扶贫电站',
  townCode: KANTUAN,
  dcKw: 32_760,
  inverters: 546,
  meters: 4,
  ctMultiplier: 10_500,
  gateways: 10,
  hasSensor: true,
  commissionedOn: day('2017-01-15'),
  tariffE4: 8_500,
  plannedYuanPerYear: 38_500_000,
}

const PROGRAMME_START = day('2016-12-01')
const PROGRAMME_DAYS = 150
/** Sensors are rare at village stations. */
const STATIONS_PER_SENSOR = 20

const builtStations = (villages: readonly Village[]): Built[] => [
  pilot,
  { ...standard('ZL2', '张楼村二号光伏扶贫电站', ZHANGLOU, day('2016-11-20')), hasSensor: true },
  ...[1, 2, 3].map((n) => standard(`WL${n}`, `五里社区${'一二三'.charAt(n - 1)}号光伏扶贫电站`, WULI, day('2017-02-15'))),
  ...villages.map((village, at) => {
    const commissionedOn = addDays(PROGRAMME_START, (at * 37) % PROGRAMME_DAYS)
    const station = standard(`SF${village.number}`, `${village.name}光伏扶贫电站`, village, commissionedOn)
    return { ...station, hasSensor: at % STATIONS_PER_SENSOR === 0 }
  }),
  joint,
]

const gatewayOf = ({ stationId, gateways }: Built, at: number): string =>
  gateways === 1 ? `GW-${stationId}` : `GW-${stationId}-${String((at % gateways) + 1).padStart(2, '0')}`

const deviceCells = (built: Built): Cells[] => {
  const common = { station_id: built.stationId, counter: 'lifetime', valid_from: built.commissionedOn }
  const inverters = Array.from({ length: built.inverters }, (_, at) => ({
    ...common,
    device_id: `${built.stationId}-INV-${at + 1}`,
    kind: 'inverter',
    gateway_id: gatewayOf(built, at),
    rated_power_kw: String(INVERTER_KW),
    ct_multiplier: '1',
  }))
  const meters = Array.from({ length: built.meters }, (_, at) => ({
    ...common,
    device_id: built.meters === 1 ? `${built.stationId}-METER` : `${built.stationId}-METER-${at + 1}`,
    kind: 'meter',
    gateway_id: gatewayOf(built, at),
    rated_power_kw: String(built.dcKw / built.meters),
    ct_multiplier: String(built.ctMultiplier),
  }))
  const sensor = {
    ...common,
    device_id: `${built.stationId}-SUN`,
    kind: 'irradiance',
    gateway_id: gatewayOf(built, 0),
    ct_multiplier: '1',
  }
  return [...inverters, ...meters, ...(built.hasSensor ? [sensor] : [])]
}

/** Stations lie on a sunflower spiral around the county's middle, some 40 km across, so that none hides another on the map. */
const placeOf = (at: number, count: number): { latitude_deg: string; longitude_deg: string } => {
  const turn = at * 2.399963
  const radius = 0.22 * Math.sqrt((at + 0.5) / count)
  return {
    latitude_deg: (33.1 + radius * Math.sin(turn)).toFixed(5),
    longitude_deg: (116.2 + radius * Math.cos(turn)).toFixed(5),
  }
}

const stationCells = (built: Built, at: number, count: number): Cells => ({
  station_id: built.stationId,
  name: built.name,
  kind: built.village ? 'village' : 'joint',
  county_code: COUNTY,
  town_code: built.townCode,
  village_code: built.village?.code ?? '',
  dc_capacity_kw: String(built.dcKw),
  ac_capacity_kw: String(built.inverters * INVERTER_KW),
  ...placeOf(at, count),
  commissioned_on: built.commissionedOn,
  billing_account: `示范户号-${String(at + 1).padStart(4, '0')}`,
  om_organisation: '示范光伏运维公司',
  carer: `示范管护员${String(at + 1).padStart(3, '0')}`,
  planned_income_yuan_per_year: String(built.plannedYuanPerYear),
  catalogue_listed: 'yes',
})

const yuanPerKwh = (priceE4: number): string => (priceE4 / 10_000).toFixed(4)

const priceCells = ({ stationId, commissionedOn, tariffE4 }: Built): Cells[] => {
  const document = `示范数据，非真实文件：Ⅲ类资源区含税电价 ${yuanPerKwh(tariffE4)} 元/千瓦时`
  const parts = { benchmark: BENCHMARK_E4, subsidy: tariffE4 - BENCHMARK_E4 }
  return Object.entries(parts).map(([stream, priceE4]) => ({
    station_id: stationId,
    stream,
    valid_from: commissionedOn,
    price_yuan_per_kwh: yuanPerKwh(priceE4),
    document,
  }))
}

const shareCells = (villages: readonly Village[]): Cells[] =>
  villages.map(({ code }) => ({
    station_id: joint.stationId,
    village_code: code,
    valid_from: joint.commissionedOn,
    share: '187.2kW',
    document: '示范数据：按装机容量确权，每村 187.2 千瓦',
  }))

const fileOf = (file: RegistryFile, lines: readonly Cells[]): string => {
  const columns = columnsOf(file)
  return writeCsv([columns, ...lines.map((cells) => columns.map((column) => cells[column] ?? ''))])
}

/**
 * The registry files of the county, by file name. `stations` counts the village stations, 5 (Zhanglou's two and Wuli's three) to
 * 347; the joint station comes on top. The same arguments give the same bytes; `today` only decides which years have plans.
 */
export const demoCounty = ({ stations, today }: { stations: number; today: ChinaDay }): Record<RegistryFile, string> => {
  if (!Number.isInteger(stations) || stations < DEMO_STATIONS_MIN || stations > DEMO_STATIONS_MAX) {
    throw new RangeError(`the demonstration county has ${DEMO_STATIONS_MIN} to ${DEMO_STATIONS_MAX} village stations`)
  }
  const invented = demoVillages(stations - DEMO_STATIONS_MIN + JOINT_VILLAGES)
  const sharing = invented.slice(0, JOINT_VILLAGES)
  const hosting = invented.slice(JOINT_VILLAGES)
  const built = builtStations(hosting)
  const people = demoPeople({ hosting: [ZHANGLOU, WULI, ...hosting], sharing, year: Number(today.slice(0, 4)) })
  const gateways = built.flatMap((one) => Array.from({ length: one.gateways }, (_, at) => gatewayOf(one, at)))
  return {
    'regions.csv': fileOf('regions.csv', regionRows(invented)),
    'stations.csv': fileOf(
      'stations.csv',
      built.map((one, at) => stationCells(one, at, built.length)),
    ),
    'gateways.csv': fileOf(
      'gateways.csv',
      gateways.map((gateway) => ({ gateway_id: gateway, county_code: COUNTY })),
    ),
    'devices.csv': fileOf('devices.csv', built.flatMap(deviceCells)),
    'prices.csv': fileOf('prices.csv', built.flatMap(priceCells)),
    'shares.csv': fileOf('shares.csv', shareCells(sharing)),
    'incomes.csv': fileOf('incomes.csv', demoIncomes('ZL2')),
    'deductions.csv': fileOf('deductions.csv', built.flatMap(demoDeductions)),
    'region-deductions.csv': fileOf('region-deductions.csv', demoRegionDeductions(COUNTY, ZHANGLOU.code)),
    'vat-rules.csv': fileOf('vat-rules.csv', demoVatRules(COUNTY)),
    'due-rules.csv': fileOf('due-rules.csv', demoDueRules(COUNTY)),
    'households.csv': fileOf('households.csv', people.households),
    'persons.csv': fileOf('persons.csv', people.persons),
    'memberships.csv': fileOf('memberships.csv', []),
    'plans.csv': fileOf('plans.csv', people.plans),
    'plan-lines.csv': fileOf('plan-lines.csv', people.planLines),
    'policy-rules.csv': fileOf('policy-rules.csv', demoPolicyRules(COUNTY)),
  }
}
