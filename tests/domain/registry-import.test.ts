import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../domain/calendar.ts'
import { scaledInteger } from '../../domain/cells.ts'
import { ROW_BYTES_MAX } from '../../domain/limits.ts'
import { columnsOf, IMPORT_ERRORS_MAX, parseRegistry, REGISTRY_FILES, type RegistryFile } from '../../domain/registry-import.ts'
import { aDeviceLine, aPolicyLine, asFiles, aStationLine, filesWith, someLines, someTerms } from '../registry-files.ts'

const FILES = Object.keys(REGISTRY_FILES) as RegistryFile[]

/** The joint station shared by so many villages, each with the same part. */
const shared = (share: string, count: number) => {
  const lines = someLines()
  const [line = {}] = lines['shares.csv']
  const villages = Array.from({ length: count }, (_, at) => String(341623105300 + at))
  const places = { level: 'village', parent_code: '341623105000' }
  lines['regions.csv'].push(...villages.map((code) => ({ code, name: '示范村', ...places })))
  lines['shares.csv'] = villages.map((code) => ({ ...line, village_code: code, share, weight: '', weight_total: '' }))
  return lines
}

const errorsOf = (files: Record<string, string>) =>
  parseRegistry(files).errors.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`)

describe('a registry that is right', () => {
  const { rows, errors } = parseRegistry(asFiles(someLines()))

  test('has no errors', () => expect(errors).toEqual([]))

  test('leaves in the units of the books, exactly', () => {
    expect(rows.stations[0]).toMatchObject({
      dcCapacityW: 187_200,
      acCapacityW: 180_000,
      latitudeDeg: 33.1,
      longitudeDeg: 116.2,
      plannedIncomeFenPerYear: 22_000_000,
      catalogueListed: true,
      villageCode: '341623105220',
    })
    expect(rows.prices.map(({ priceE4YuanPerKwh }) => priceE4YuanPerKwh)).toEqual([3_844, 4_656])
    expect(rows.deductions).toMatchObject([{ amountFenPerYear: 360_000 }, { rateBp: 290 }])
    expect(rows.plans[0]).toMatchObject({ year: 2026, version: 1, collectiveReserveBp: 500 })
    expect(rows.plans[0]?.lines).toEqual([
      { lineId: 'L1', personId: 'P1', householdId: 'H1', kind: 'post', post: '保洁员', weight: 50_000 },
    ])
  })

  test('gives a device the county of its station and a person the village of the household', () => {
    expect(rows.devices[0]?.countyCode).toBe('341623000000')
    expect(rows.persons[0]?.villageCode).toBe('341623105220')
  })

  test('leaves out what an empty cell does not say', () => {
    expect(rows.regions[0]).not.toHaveProperty('parentCode')
    expect(rows.stations[1]).not.toHaveProperty('villageCode')
    expect(rows.devices[0]).not.toHaveProperty('validTo')
    expect(rows.deductions[1]).not.toHaveProperty('amountFenPerYear')
  })

  test('may have its columns in any order and spaces around its cells', () => {
    const files = asFiles(someLines())
    files['gateways.csv'] = ' county_code , gateway_id\n341623000000\u3000, GW-ZL1 \n'
    expect(parseRegistry(files).rows.gateways).toEqual([{ gatewayId: 'GW-ZL1', countyCode: '341623000000' }])
    expect(errorsOf(files)).toEqual([])
  })
})

const ONCE = { amount_yuan_per_year: '', amount_yuan_once: '5' }

describe('what stations earn and owe', () => {
  test('leaves the files in the units of the books', () => {
    const { rows, errors } = parseRegistry(asFiles({ ...someLines(), ...someTerms() }))
    expect(errors).toEqual([])
    const document = '示范文件'
    expect(rows.incomes).toEqual([
      { stationId: 'ZL1', stream: 'farming', validFrom: '2018-01-01', amountFenPerYear: 120_000, document: '示范协议' },
    ])
    const insurance = { kind: 'insurance', validFrom: '2020-01-01', amountFenPerYear: 12_000, document }
    expect(rows.regionDeductions).toEqual([
      { regionCode: '341623000000', ...insurance },
      { regionCode: '341623105220', ...insurance },
    ])
    const vat = { stationKind: 'joint', validFrom: '2023-01-01', per: 'quarter', exemptUpToFen: 30_000_000, rateBp: 100 }
    expect(rows.vatRules).toEqual([{ countyCode: '341623000000', ...vat, document }])
    const due = { stream: 'subsidy', fromYear: 2017, yearsLater: 1, monthDay: '03-31' }
    expect(rows.dueRules).toEqual([{ countyCode: '341623000000', ...due, document }])
  })

  test('may come once, on a day in service, or end', () => {
    const once = { ...ONCE, stream: 'sundry', valid_from: '2016-11-20' }
    expect(parseRegistry(filesWith('incomes.csv', 0, once)).rows.incomes).toMatchObject([
      { stream: 'sundry', amountFenOnce: 500 },
    ])
    expect(parseRegistry(filesWith('incomes.csv', 0, { valid_to: '2020-01-01' })).rows.incomes).toMatchObject([
      { validTo: '2020-01-01' },
    ])
    expect(parseRegistry(filesWith('prices.csv', 1, { valid_to: '2036-11-20' })).rows.prices[1]).toMatchObject({
      validTo: '2036-11-20',
    })
  })

  test('and how a station feeds in, and how far its subsidy goes', () => {
    const cells = { feed_in: 'surplus', subsidised_kwh_max: '4118400', subsidised_kwh_before: '0.5' }
    const [station, other] = parseRegistry(filesWith('stations.csv', 0, cells)).rows.stations
    expect(station).toMatchObject({ feedIn: 'surplus', subsidisedWhMax: 4_118_400_000, subsidisedWhBefore: 500 })
    expect(Object.keys(other ?? {})).not.toContain('feedIn')
  })
})

describe('a line that is wrong is named by file, line and column', () => {
  test.each<[file: RegistryFile, at: number, cells: Record<string, string>, where: string, message: RegExp]>([
    ['regions.csv', 3, { code: '34162310522' }, 'regions.csv:5:code', /all 12 digits/],
    ['regions.csv', 3, { code: '3.41623E+11' }, 'regions.csv:5:code', /format the column as text/],
    ['regions.csv', 4, { level: 'town' }, 'regions.csv:6:level', /3 zeros/],
    ['regions.csv', 4, { level: 'hamlet' }, 'regions.csv:6:level', /one of: province, city/],
    ['regions.csv', 4, { parent_code: '341623999000' }, 'regions.csv:6:parent_code', /no such line/],
    ['regions.csv', 4, { parent_code: '341623105220' }, 'regions.csv:6:parent_code', /higher level/],
    ['regions.csv', 4, { parent_code: '' }, 'regions.csv:6:parent_code', /needs its parent/],
    ['regions.csv', 4, { code: '341623105220' }, 'regions.csv:6:code', /Line 5 already has the same code/],
    ['stations.csv', 0, { village_code: '341623105299' }, 'stations.csv:2:village_code', /no such line/],
    ['stations.csv', 0, { village_code: '' }, 'stations.csv:2:village_code', /Fill in the village/],
    ['stations.csv', 1, { village_code: '341623105220' }, 'stations.csv:3:village_code', /Leave this empty/],
    ['stations.csv', 0, { town_code: '341623105220' }, 'stations.csv:2:town_code', /code of a town/],
    ['stations.csv', 0, { latitude_deg: '116.2' }, 'stations.csv:2:latitude_deg', /from 3 to 54/],
    ['stations.csv', 0, { longitude_deg: '33.1' }, 'stations.csv:2:longitude_deg', /from 73 to 136/],
    ['stations.csv', 0, { dc_capacity_kw: '-60' }, 'stations.csv:2:dc_capacity_kw', /plain number/],
    ['stations.csv', 0, { dc_capacity_kw: '0' }, 'stations.csv:2:dc_capacity_kw', /plain number/],
    ['stations.csv', 0, { dc_capacity_kw: '187.2001' }, 'stations.csv:2:dc_capacity_kw', /at most 3 decimals/],
    ['stations.csv', 0, { dc_capacity_kw: '1,872' }, 'stations.csv:2:', /21 fields, the first line has 20/],
    ['stations.csv', 0, { dc_capacity_kw: '1872' }, 'stations.csv:2:dc_capacity_kw', /slipped digit/],
    ['stations.csv', 0, { ac_capacity_kw: '120' }, 'stations.csv:2:ac_capacity_kw', /sum to 180 kW/],
    ['stations.csv', 0, { commissioned_on: '2026-02-29' }, 'stations.csv:2:commissioned_on', /real day/],
    ['stations.csv', 0, { commissioned_on: '2016/11/20' }, 'stations.csv:2:commissioned_on', /YYYY-MM-DD/],
    ['stations.csv', 0, { decommissioned_on: '2016-11-20' }, 'stations.csv:2:decommissioned_on', /after commissioned_on/],
    ['stations.csv', 0, { catalogue_listed: 'TRUE' }, 'stations.csv:2:catalogue_listed', /yes, no/],
    ['stations.csv', 0, { name: '' }, 'stations.csv:2:name', /Fill this in/],
    ['stations.csv', 0, { name: 'a\u202Eb' }, 'stations.csv:2:name', /control characters/],
    ['stations.csv', 1, { commissioned_on: '2016-11-19' }, 'stations.csv:3:kind', /lines in shares.csv/],
    ['gateways.csv', 0, { gateway_id: 'GW ZL1' }, 'gateways.csv:2:gateway_id', /1 to 64/],
    ['gateways.csv', 0, { county_code: '341623105000' }, 'gateways.csv:2:county_code', /code of a county/],
    ['devices.csv', 0, { station_id: 'ZL9' }, 'devices.csv:2:station_id', /stations.csv has no such line/],
    ['devices.csv', 0, { gateway_id: 'GW-9' }, 'devices.csv:2:gateway_id', /gateways.csv has no such line/],
    ['devices.csv', 0, { ct_multiplier: '60' }, 'devices.csv:2:ct_multiplier', /only a meter/],
    ['devices.csv', 1, { ct_multiplier: '1.5' }, 'devices.csv:3:ct_multiplier', /0 decimals/],
    ['devices.csv', 0, { rated_power_kw: '' }, 'devices.csv:2:rated_power_kw', /Fill in the rated power/],
    ['devices.csv', 0, { kind: 'irradiance' }, 'devices.csv:2:rated_power_kw', /leaves this empty/],
    [
      'devices.csv',
      0,
      { kind: 'irradiance', rated_power_kw: '', ct_multiplier: '2' },
      'devices.csv:2:ct_multiplier',
      /only a meter/,
    ],
    ['devices.csv', 1, { valid_to: '2016-11-20' }, 'devices.csv:3:valid_to', /after valid_from/],
    ['prices.csv', 0, { stream: 'feed_in' }, 'prices.csv:2:stream', /benchmark, subsidy/],
    ['prices.csv', 1, { stream: 'benchmark' }, 'prices.csv:3:station_id', /Line 2 already has the same station_id, stream/],
    ['prices.csv', 0, { price_yuan_per_kwh: '38.44' }, 'prices.csv:2:price_yuan_per_kwh', /from 0 to 10/],
    ['prices.csv', 0, { station_id: 'XX' }, 'prices.csv:2:station_id', /no such line/],
    ['shares.csv', 0, { station_id: 'ZL1' }, 'shares.csv:2:station_id', /Only a joint station/],
    ['shares.csv', 0, { village_code: '341623105000' }, 'shares.csv:2:village_code', /code of a village/],
    ['shares.csv', 0, { weight: '0.5' }, 'shares.csv:2:weight', /0 decimals/],
    ['shares.csv', 0, { share: '1/2' }, 'shares.csv:2:share', /only one of them/],
    ['shares.csv', 0, { weight: '' }, 'shares.csv:2:share', /Fill in either/],
    ['shares.csv', 0, { weight_total: '' }, 'shares.csv:2:weight_total', /fill in both or neither/],
    ['shares.csv', 0, { share: '0.5', weight: '', weight_total: '' }, 'shares.csv:2:share', /exact part/],
    ['shares.csv', 0, { share: '2/1', weight: '', weight_total: '' }, 'shares.csv:2:share', /exact part/],
    ['shares.csv', 0, { share: '0.0001kW', weight: '', weight_total: '' }, 'shares.csv:2:share', /exact part/],
    ['shares.csv', 1, { weight: '93599' }, 'shares.csv:2:weight', /99.9994\d* %|187199\/187200: 1\/187200 is missing/],
    ['shares.csv', 0, { share: '93.5kW', weight: '', weight_total: '' }, 'shares.csv:2:share', /: 1\/1872 is missing; they must/],
    ['deductions.csv', 0, { rate_percent: '2' }, 'deductions.csv:2:amount_yuan_per_year', /only one of them/],
    ['deductions.csv', 1, { rate_percent: '' }, 'deductions.csv:3:amount_yuan_per_year', /Fill in either/],
    ['deductions.csv', 1, { rate_percent: '100.01' }, 'deductions.csv:3:rate_percent', /from 0 to 100/],
    ['stations.csv', 0, { feed_in: 'some' }, 'stations.csv:2:feed_in', /full, surplus/],
    ['stations.csv', 0, { subsidised_kwh_max: '-1' }, 'stations.csv:2:subsidised_kwh_max', /plain number/],
    ['prices.csv', 0, { valid_to: '2016-11-20' }, 'prices.csv:2:valid_to', /after valid_from/],
    ['prices.csv', 0, { stream: 'farming' }, 'prices.csv:2:stream', /benchmark, subsidy/],
    ['incomes.csv', 0, { stream: 'benchmark' }, 'incomes.csv:2:stream', /farming, sundry/],
    ['incomes.csv', 0, { station_id: 'XX' }, 'incomes.csv:2:station_id', /no such line/],
    ['incomes.csv', 0, { amount_yuan_once: '5' }, 'incomes.csv:2:amount_yuan_per_year', /only one of them/],
    ['incomes.csv', 0, { amount_yuan_per_year: '' }, 'incomes.csv:2:amount_yuan_per_year', /Fill in either/],
    ['incomes.csv', 0, { valid_to: '2018-01-01' }, 'incomes.csv:2:valid_to', /after valid_from/],
    ['incomes.csv', 0, { ...ONCE, valid_to: '2019-01-01' }, 'incomes.csv:2:valid_to', /Leave this empty/],
    ['incomes.csv', 0, { ...ONCE, valid_from: '2016-11-19' }, 'incomes.csv:2:valid_from', /not in service/],
    [
      'region-deductions.csv',
      0,
      { region_code: '341623105000' },
      'region-deductions.csv:2:region_code',
      /county.* or of a village/,
    ],
    ['region-deductions.csv', 0, { region_code: '341623105999' }, 'region-deductions.csv:2:region_code', /no such line/],
    ['region-deductions.csv', 0, { rate_percent: '1' }, 'region-deductions.csv:2:amount_yuan_per_year', /only one of them/],
    ['region-deductions.csv', 1, { region_code: '341623000000' }, 'region-deductions.csv:3:region_code', /Line 2 already has/],
    ['vat-rules.csv', 0, { county_code: '341623105220' }, 'vat-rules.csv:2:county_code', /code of a county/],
    ['vat-rules.csv', 0, { per: 'year' }, 'vat-rules.csv:2:per', /month, quarter/],
    ['vat-rules.csv', 0, { valid_to: '2023-01-01' }, 'vat-rules.csv:2:valid_to', /after valid_from/],
    ['due-rules.csv', 0, { due_on: '02-29' }, 'due-rules.csv:2:due_on', /MM-DD/],
    ['due-rules.csv', 0, { due_on: '3-31' }, 'due-rules.csv:2:due_on', /MM-DD/],
    ['due-rules.csv', 0, { county_code: '341623105220' }, 'due-rules.csv:2:county_code', /code of a county/],
    ['households.csv', 0, { village_code: '341623105000' }, 'households.csv:2:village_code', /code of a village/],
    ['persons.csv', 0, { household_id: 'H9' }, 'persons.csv:2:household_id', /no such line/],
    ['plans.csv', 0, { state: 'approved' }, 'plans.csv:2:state', /drafted, passed/],
    ['plans.csv', 0, { village_code: '341623105221' }, 'plan-lines.csv:2:village_code', /plans.csv has no such line/],
    ['plan-lines.csv', 0, { person_id: 'P9' }, 'plan-lines.csv:2:person_id', /no such line/],
    ['plan-lines.csv', 0, { household_id: 'H9' }, 'plan-lines.csv:2:household_id', /no such line/],
    ['plan-lines.csv', 0, { post: '' }, 'plan-lines.csv:2:post', /Name the post/],
    ['plan-lines.csv', 0, { weight_yuan: '500.005' }, 'plan-lines.csv:2:weight_yuan', /at most 2 decimals/],
    ['plan-lines.csv', 0, { weight_yuan: '0' }, 'plans.csv:2:state', /weight above 0/],
  ])('%s line %i with %o', (file, at, cells, where, message) => {
    const errors = errorsOf(filesWith(file, at, cells)).filter((error) => error.startsWith(`${where}:`))
    expect(errors.join('\n')).toMatch(message)
  })

  test('a device in two places at once', () => {
    const lines = someLines()
    lines['devices.csv'][0] = aDeviceLine({ valid_to: '2020-01-02' })
    lines['devices.csv'].push(aDeviceLine({ valid_from: '2020-01-01' }))
    expect(errorsOf(asFiles(lines)).join()).toMatch(/devices.csv:2:valid_to: A later line/)
    lines['devices.csv'][0] = aDeviceLine({ valid_to: '2020-01-01' })
    expect(errorsOf(asFiles(lines))).toEqual([])
  })

  test('many lines of one thing, in no more time than as many of different things', () => {
    const count = 15_000
    const [joint = {}] = someLines()['stations.csv'].slice(1)
    const [inverter = {}] = someLines()['devices.csv']
    const [share = {}] = someLines()['shares.csv']
    const [line = {}] = someLines()['plan-lines.csv']
    const times = (cells: Record<string, string>) => Array.from({ length: count }, () => cells)
    const dayAt = (at: number) => new Date(Date.UTC(1990, 0, 1) + at * DAY_MS).toISOString().slice(0, 10)
    const files = asFiles({
      ...someLines(),
      'stations.csv': times(joint),
      'devices.csv': [...times(inverter), ...times(inverter).map((cells, at) => ({ ...cells, valid_from: dayAt(at) }))],
      'shares.csv': [
        ...times(share),
        ...times(share).map((cells, at) => ({ ...cells, village_code: String(341623105001 + at) })),
      ],
      'plans.csv': times(someLines()['plans.csv'][0] ?? {}),
      'plan-lines.csv': times({ ...line, weight_yuan: '0' }),
    })
    const startedMs = performance.now()
    expect(parseRegistry(files).errorCount).toBeGreaterThan(4 * count)
    expect(performance.now() - startedMs).toBeLessThan(10_000)
  })

  test('58 villages of 1.5625 % each, with the 9.375 % that is missing', () => {
    expect(errorsOf(asFiles(shared('1.5625%', 58)))).toEqual([
      'shares.csv:2:share: The shares of this station from this day on sum to 90.625 %: 9.375 % is missing; they must sum to exactly 100 %.',
    ])
    expect(errorsOf(asFiles(shared('1.5625%', 64)))).toEqual([])
  })

  test('shares too fine to have a common whole', () => {
    const lines = shared('1/2', 2)
    lines['shares.csv'][0] = { ...lines['shares.csv'][0], share: '1/999999999999989' }
    lines['shares.csv'][1] = { ...lines['shares.csv'][1], share: '1/999999999999947' }
    expect(errorsOf(asFiles(lines))).toEqual([expect.stringMatching(/^shares.csv:2:share: .*common whole/)])
  })

  test('one broken share once, and not that its set lacks it too', () => {
    const lines = shared('1/3', 3)
    lines['shares.csv'][1] = { ...lines['shares.csv'][1], share: 'a third' }
    expect(errorsOf(asFiles(lines))).toEqual([expect.stringMatching(/^shares.csv:3:share: Write an exact part/)])
  })

  test('each set of its own day', () => {
    const lines = shared('1/2', 2)
    lines['shares.csv'].push(...lines['shares.csv'].map((line) => ({ ...line, valid_from: '2020-01-01', share: '1/3' })))
    expect(errorsOf(asFiles(lines))).toEqual([expect.stringMatching(/^shares.csv:4:share: .*2\/3: 1\/3 is missing/)])
  })

  test('a set of shares that weighs nothing, once for the set', () => {
    const lines = someLines()
    for (const share of lines['shares.csv']) share['weight'] = '0'
    expect(errorsOf(asFiles(lines))).toEqual([expect.stringMatching(/^shares.csv:2:weight: .*sum to 0 %: 100 % is missing;/)])
  })

  test('a person paid through another village’s plan', () => {
    const lines = someLines()
    const other = { village_code: '341623105221' }
    lines['plans.csv'] = lines['plans.csv'].map((plan) => ({ ...plan, ...other }))
    lines['plan-lines.csv'] = lines['plan-lines.csv'].map((line) => ({ ...line, ...other }))
    expect(errorsOf(asFiles(lines))).toEqual([expect.stringMatching(/plan-lines.csv:2:household_id: .*another village/)])
  })
})

describe('lines that do not belong together', () => {
  const elsewhere = () => {
    const lines = someLines()
    lines['regions.csv'].push(
      { code: '341622000000', name: '示范邻县', level: 'county', parent_code: '341600000000' },
      { code: '341622101000', name: '示范邻镇', level: 'town', parent_code: '341622000000' },
      { code: '341622101200', name: '示范邻村', level: 'village', parent_code: '341622101000' },
    )
    return lines
  }

  test('a station in a town of another county, or in a village of another town', () => {
    const lines = elsewhere()
    lines['stations.csv'][0] = aStationLine({ town_code: '341622101000', village_code: '341622101200' })
    expect(errorsOf(asFiles(lines))).toEqual([expect.stringMatching(/stations.csv:2:town_code: .*not lie in the county/)])
    lines['stations.csv'][0] = aStationLine({ village_code: '341622101200' })
    expect(errorsOf(asFiles(lines))).toEqual([expect.stringMatching(/stations.csv:2:village_code: .*not lie in the town/)])
  })

  test('a device behind a gateway of another county', () => {
    const lines = elsewhere()
    lines['gateways.csv'][0] = { gateway_id: 'GW-ZL1', county_code: '341622000000' }
    expect(errorsOf(asFiles(lines))[0]).toMatch(/devices.csv:2:gateway_id: .*different counties/)
  })

  test('a payee of another household', () => {
    const lines = someLines()
    lines['households.csv'].push({ household_id: 'H2', village_code: '341623105220', head_name: '示范户甲02' })
    lines['persons.csv'][0] = { person_id: 'P1', household_id: 'H2', name: '示范户甲02' }
    expect(errorsOf(asFiles(lines))).toEqual([expect.stringMatching(/plan-lines.csv:2:person_id: .*another household/)])
  })

  test('a payee of a household the person has left is none of another household', () => {
    const lines = someLines()
    lines['households.csv'].push({ household_id: 'H2', village_code: '341623105220', head_name: '示范户甲02' })
    lines['persons.csv'][0] = { person_id: 'P1', household_id: 'H2', name: '示范户甲02' }
    lines['memberships.csv'] = [
      { person_id: 'P1', household_id: 'H1', valid_from: '2016-11-20', valid_to: '2026-05-01' },
      { person_id: 'P1', household_id: 'H2', valid_from: '2026-05-01' },
    ]
    expect(errorsOf(asFiles(lines))).toEqual([])
  })

  test.each([
    ['before the one before has ended', '2026-06-01', /^memberships.csv:3:valid_to: .*one household at a time/],
    ['while the one before has no end', '', /^memberships.csv:3:valid_to: .*one household at a time/],
    ['once the one before has ended', '2026-05-01', undefined],
  ])('a person who joins a household %s', (_, validTo, message) => {
    const lines = someLines()
    lines['memberships.csv'] = [
      { person_id: 'P1', household_id: 'H1', valid_from: '2026-05-01' },
      { person_id: 'P1', household_id: 'H1', valid_from: '2016-11-20', valid_to: validTo },
    ]
    expect(errorsOf(asFiles(lines))).toEqual(message ? [expect.stringMatching(message)] : [])
  })

  test('a person who joins a household of another village, and one that nobody knows', () => {
    const lines = someLines()
    lines['households.csv'].push({ household_id: 'H2', village_code: '341623105221', head_name: '示范户甲02' })
    lines['memberships.csv'] = [
      { person_id: 'P1', household_id: 'H2', valid_from: '2026-05-01' },
      { person_id: 'P9', household_id: 'H9', valid_from: '2026-05-02', valid_to: '2026-05-01' },
    ]
    expect(errorsOf(asFiles(lines))).toEqual([
      expect.stringMatching(/^memberships.csv:2:household_id: .*another village/),
      expect.stringMatching(/^memberships.csv:3:valid_to: /),
      expect.stringMatching(/^memberships.csv:3:person_id: /),
      expect.stringMatching(/^memberships.csv:3:household_id: /),
    ])
  })

  test('a rule of the county that does not say all its kind needs, or is for no county', () => {
    const lines = someLines()
    lines['policy-rules.csv'] = [
      aPolicyLine({ base: '' }),
      aPolicyLine({ kind: 'notice_days', percent: '', base: '', numerator: '', count: '10' }),
      aPolicyLine({ valid_from: '2023-01-01', county_code: '341623105000', valid_to: '2022-12-31' }),
    ]
    expect(errorsOf(asFiles(lines))).toEqual([
      expect.stringMatching(/^policy-rules.csv:2:kind: Say of what: gross or net/),
      expect.stringMatching(/^policy-rules.csv:4:valid_to: /),
      expect.stringMatching(/^policy-rules.csv:4:county_code: /),
    ])
  })

  test('more lines of a plan than one row can hold', () => {
    const lines = someLines()
    const [first = {}] = lines['plan-lines.csv']
    lines['plan-lines.csv'] = Array.from({ length: 901 }, (_, at) => ({ ...first, line_id: `L${at}` }))
    expect(errorsOf(asFiles(lines))).toEqual([expect.stringMatching(/plans.csv:2:version: .*at most 900 lines/)])
    lines['plan-lines.csv'].pop()
    expect(errorsOf(asFiles(lines))).toEqual([])
  })

  test('the longest plan there may be fits into one row', () => {
    const long = 'x'.repeat(64)
    const line = { lineId: long, personId: long, householdId: long, kind: 'reward', post: '村'.repeat(32), weight: 1e12 }
    const plan = {
      villageCode: '341623105220',
      year: 2026,
      version: 1,
      document: '村'.repeat(200),
      lines: Array.from({ length: 900 }, () => line),
    }
    expect(Buffer.byteLength(JSON.stringify(plan)) + 4_096).toBeLessThan(ROW_BYTES_MAX)
  })
})

describe('a file from before there was', () => {
  test('a basis of plans is as good as one whose cells of it are empty', () => {
    const files = asFiles(someLines())
    const [, ...rows] = (files['plans.csv'] ?? '').split('\n')
    const columns = columnsOf('plans.csv').filter((column) => column !== 'basis')
    files['plans.csv'] = [columns.join(','), ...rows.map((row) => row.replace(',5,,', ',5,'))].join('\n')
    expect(parseRegistry(files)).toEqual(parseRegistry(asFiles(someLines())))
    expect(parseRegistry(filesWith('plans.csv', 0, { basis: 'wages' })).rows.plans[0]?.basis).toBe('wages')
  })

  test('memberships or rules, is a registry without any', () => {
    const { 'memberships.csv': _, 'policy-rules.csv': __, ...files } = asFiles(someLines())
    const { rows, errorCount } = parseRegistry(files)
    expect([rows.memberships, rows.policyRules, errorCount]).toEqual([[], [], 0])
  })
})

describe('a file that is wrong', () => {
  test.each<[rule: string, text: string, message: RegExp]>([
    ['lacks a column', 'gateway_id\nGW-ZL1\n', /exactly these columns: gateway_id,county_code. Missing: county_code/],
    ['has a column too many', 'gateway_id,county_code,secret\nGW-ZL1,341623000000,x\n', /exactly these columns/],
    ['has a column twice', 'gateway_id,county_code,county_code\n', /exactly these columns/],
    ['is empty', '', /exactly these columns/],
    ['is not UTF-8', 'gateway_id,county_code\nGW-ZL1,\uFFFD\uFFFD\n', /not UTF-8/],
    ['has a quote that is never closed', 'gateway_id,county_code\n"GW-ZL1,341623000000\n', /never closed/],
    ['names columns after the machinery of objects', '__proto__,constructor\n1,2\n', /exactly these columns/],
  ])('%s and says so once, without blaming those who refer to it', (_, text, message) => {
    const errors = errorsOf({ ...asFiles(someLines()), 'gateways.csv': text })
    expect(errors).toEqual([expect.stringMatching(message)])
  })

  test('a name that is no registry file is an error that names them all', () => {
    const files = JSON.parse(JSON.stringify({ ...asFiles(someLines()), X: '' }).replace('"X"', '"__proto__"')) as Record<
      string,
      string
    >
    expect(errorsOf(files)).toEqual([expect.stringMatching(/^__proto__:0::.*regions.csv, stations.csv/)])
  })

  test('a line too short is one error, and those who refer to it are not to blame', () => {
    const files = asFiles(someLines())
    files['households.csv'] = 'household_id,village_code,head_name\nH1,341623105220\n'
    expect(errorsOf(files)).toEqual([expect.stringMatching(/^households.csv:2::.*2 fields.* 3/)])
  })

  test('one bad cell in a station is one error and not one for every line that names the station', () => {
    expect(errorsOf(filesWith('stations.csv', 0, { commissioned_on: 'soon' }))).toHaveLength(1)
  })
})

describe('the report', () => {
  test('gathers errors of all files in order, not only the first', () => {
    const lines = someLines()
    lines['persons.csv'] = [{ person_id: 'P1', household_id: 'H 1', name: '' }]
    lines['gateways.csv'] = [{ gateway_id: 'GW-ZL1', county_code: '1' }]
    expect(errorsOf(asFiles(lines)).map((error) => error.split(':').slice(0, 3).join(':'))).toEqual([
      'gateways.csv:2:county_code',
      'persons.csv:2:household_id',
      'persons.csv:2:name',
    ])
  })

  test('holds the first 200 errors and the count of all', () => {
    const lines = someLines()
    lines['prices.csv'] = Array.from({ length: 500 }, () => ({ station_id: 'ZL1' }))
    const { errors, errorCount } = parseRegistry(asFiles(lines))
    expect(errors).toHaveLength(IMPORT_ERRORS_MAX)
    expect(errorCount).toBeGreaterThanOrEqual(2_000)
  })

  test('never repeats what a cell said', () => {
    const secret = '示范秘密'
    for (const file of FILES) {
      for (const column of columnsOf(file)) {
        const wrong = `${secret}${'村'.repeat(300)}`
        expect(errorsOf(filesWith(file, 0, { [column]: wrong })).join()).not.toContain(secret)
      }
    }
  })

  test('nothing thrown for any text in any file', () => {
    const files = asFiles(someLines())
    const any = fc.record({ file: fc.constantFrom(...FILES), at: fc.nat(400), text: fc.string({ unit: 'binary', maxLength: 8 }) })
    fc.assert(
      fc.property(any, ({ file, at, text }) => {
        const before = files[file] ?? ''
        parseRegistry({ ...files, [file]: before.slice(0, at) + text + before.slice(at + text.length) })
      }),
    )
  })
})

describe('scaledInteger', () => {
  test.each<[text: string, places: number, value: number | undefined]>([
    ['187.2', 3, 187_200],
    ['0.3844', 4, 3_844],
    ['1.005', 2, undefined],
    ['1.10', 1, 11],
    ['007', 0, 7],
    ['9007199254740.991', 3, Number.MAX_SAFE_INTEGER],
    ['9007199254740.992', 3, undefined],
    ['-1', 0, undefined],
    ['1e3', 0, undefined],
    ['0x10', 0, undefined],
    ['１', 0, undefined],
    ['.5', 1, undefined],
    ['', 0, undefined],
  ])('%s with %i decimals is %s', (text, places, value) => expect(scaledInteger(text, places)).toBe(value))

  test('reads back every integer it could have come from', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 6 }), (value, places) => {
        const digits = String(value).padStart(places + 1, '0')
        expect(scaledInteger(`${digits.slice(0, -places)}.${digits.slice(-places)}`, places)).toBe(value)
      }),
    )
  })
})

test('the guide shows every file and every column', () => {
  const guide = readFileSync('docs/registry-csv.md', 'utf8')
  for (const file of FILES) {
    const section = guide.split(`\n## ${file}\n`)[1]?.split('\n## ')[0] ?? ''
    expect([...section.matchAll(/^\| `(\w+)`/gm)].map(([, column]) => column)).toEqual(columnsOf(file))
  }
})

describe('a share', () => {
  const sharesOf = (share: string, count: number) =>
    parseRegistry(asFiles(shared(share, count))).rows.shares.map(({ weight, weightTotal }) => [weight, weightTotal])

  test.each([
    ['1/175', 175, [1, 175]],
    ['50%', 2, [50, 100]],
    ['0.625%', 160, [625, 100_000]],
    ['93.6kW', 2, [93_600, 187_200]],
    ['62.4 kW', 3, [62_400, 187_200]],
  ])('%s of %i villages is kept as it was written', (share, count, kept) => {
    expect(sharesOf(share, count)).toEqual(Array.from({ length: count }, () => kept))
  })

  test('written as a weight of a total is that weight', () => {
    expect(parseRegistry(asFiles(someLines())).rows.shares).toMatchObject([
      { villageCode: '341623105220', weight: 93_600, weightTotal: 187_200 },
      { villageCode: '341623105221', weight: 93_600, weightTotal: 187_200 },
    ])
  })
})
