import { type User, WHOLE_COUNTRY } from '../domain/access.ts'
import { type Region, type RegionCode, REGION_LEVELS } from '../domain/registry.ts'
import { allRows, type Page, type Versioned } from './table.ts'
import { countyDigits } from './keys.ts'
import type { TableName, TableReaderOf } from './tables.ts'

/** What travels from one system to another, county by county, and how every row of it is found without a scan of any table. */

export type TransferReaders = { [Name in TravellingTable]: TableReaderOf<Name> }

/**
 * Whether the rows of a table travel. Keys that sign log-ins are made anew where they are needed: a token of one system must not
 * open the other. A watch says since when its own system has been listening. A mark on a month says what its own system has not
 * settled yet: whoever takes in final station-days marks their months itself, and with a county's days travels what was made of
 * them. Nor does what a correction has still to mark. A gateway's secret travels as the hash it is; AWS has certificates instead.
 */
const TRAVELS = {
  regions: true,
  stations: true,
  gateways: true,
  devices: true,
  prices: true,
  shares: true,
  deductions: true,
  incomes: true,
  regionDeductions: true,
  vatRules: true,
  dueRules: true,
  households: true,
  persons: true,
  memberships: true,
  plans: true,
  planEvents: true,
  attendance: true,
  policyRules: true,
  liveness: true,
  quarantine: true,
  staleDays: true,
  staleMonths: false,
  recomputations: false,
  counterResets: true,
  acknowledgements: true,
  generation: true,
  slips: true,
  staleCountyDays: false,
  assessments: true,
  countyDays: true,
  performanceLimits: true,
  stationStatements: true,
  villageStatements: true,
  closings: true,
  audits: false,
  restatements: true,
  allocations: true,
  allocationLines: true,
  moneyRecords: true,
  payeeAccounts: true,
  bankFiles: true,
  deliveries: true,
  noticePhotos: true,
  alerts: true,
  watches: false,
  users: true,
  signingKeys: false,
  verifyKeys: false,
} as const satisfies Record<TableName, boolean>

export type TravellingTable = { [Name in TableName]: (typeof TRAVELS)[Name] extends true ? Name : never }[TableName]

/**
 * The order in which they are written: a reference never leads nowhere, and no schedule finds a station before all that was ever
 * computed about it, or a county before its stations.
 */
export const TABLES_IN_ORDER: readonly TravellingTable[] = [
  'generation',
  'slips',
  'assessments',
  'countyDays',
  'performanceLimits',
  'stationStatements',
  'villageStatements',
  'allocationLines',
  'allocations',
  'restatements',
  'closings',
  'moneyRecords',
  'bankFiles',
  'deliveries',
  'noticePhotos',
  'payeeAccounts',
  'households',
  'persons',
  'memberships',
  'planEvents',
  'attendance',
  'policyRules',
  'plans',
  'prices',
  'deductions',
  'incomes',
  'regionDeductions',
  'vatRules',
  'dueRules',
  'shares',
  'counterResets',
  'acknowledgements',
  'alerts',
  'liveness',
  'quarantine',
  'devices',
  'gateways',
  'staleDays',
  'stations',
  'users',
  'regions',
]

/** A county with what lies in it, or what lies above all counties and in none (`countyCode` is ABOVE then). */
export type TransferScope = { countyCode: RegionCode; regions: Region[]; stationIds: string[] }

export const ABOVE = 'above'
/** Where ingest files what came from gateways nobody registered. */
const NO_COUNTY = 'unknown'

/** One county, or all of them and what is above. Throws when the registry does not know the county. */
export const scopesOf = async (readers: TransferReaders, county?: RegionCode): Promise<TransferScope[]> => {
  const { regions } = readers
  const ofLevel = (partition: string) => allRows((cursor) => regions.queryIndex('byLevel', { partition, cursor }))
  if (county !== undefined) {
    const found = await regions.get({ code: county })
    if (found?.row.level !== 'county') throw new RangeError(`there is no county ${county}`)
    return [await countyScope(readers, found.row)]
  }
  const scopes: TransferScope[] = []
  for (const each of await ofLevel('county')) scopes.push(await countyScope(readers, each))
  const inCounties = new Set(scopes.flatMap(({ regions: inside }) => inside.map(({ code }) => code)))
  const all = (await Promise.all(REGION_LEVELS.map(ofLevel))).flat()
  const above = all.filter(({ code }) => !inCounties.has(code))
  return [...scopes, { countyCode: ABOVE, regions: above, stationIds: [] }]
}

/** The regions below a county by parent links: some have moved here and keep the digits of another. */
const countyScope = async ({ regions, stations }: TransferReaders, county: Region): Promise<TransferScope> => {
  const inside = new Map([[county.code, county]])
  for (let level = [county]; level.length > 0; ) {
    const below: Region[] = []
    for (const { code: partition } of level.filter(({ level: name }) => name !== 'village')) {
      const children = await allRows((cursor) => regions.queryIndex('byParent', { partition, cursor }))
      below.push(...children.filter(({ code }) => !inside.has(code)))
    }
    for (const region of below) inside.set(region.code, region)
    level = below
  }
  const here = await allRows((cursor) => stations.queryIndex('byCounty', { partition: county.code, cursor }))
  return { countyCode: county.code, regions: [...inside.values()], stationIds: here.map(({ stationId }) => stationId) }
}

type Query<Row> = (partition: string, cursor: string | undefined) => Promise<Page<Row>>

/** Every row of some partitions, page by page. */
async function* rowsIn<Row>(partitions: Iterable<string>, query: Query<Row>): AsyncGenerator<Versioned<Row>> {
  for (const partition of partitions) {
    let cursor: string | undefined
    do {
      const page = await query(partition, cursor)
      yield* page.rows
      cursor = page.cursor
    } while (cursor !== undefined)
  }
}

type Finder = (readers: TransferReaders, scope: TransferScope) => AsyncGenerator<Versioned<object>>

const counties = ({ countyCode }: TransferScope): string[] => (countyCode === ABOVE ? [] : [countyCode])
const codes = ({ regions }: TransferScope): string[] => regions.map(({ code }) => code)
const stationIds = ({ stationIds: ids }: TransferScope): string[] => ids

/** Months of a village for which anything was ever decided. */
async function* monthsOf({ villageStatements, allocations }: TransferReaders, village: RegionCode): AsyncGenerator<string> {
  const months = new Set<string>()
  const decided = [
    rowsIn<{ month: string }>([village], (partition, cursor) => villageStatements.query({ partition, cursor })),
    rowsIn<{ month: string }>([village], (partition, cursor) => allocations.query({ partition, cursor })),
  ]
  for (const rows of decided) for await (const { row } of rows) months.add(row.month)
  yield* months
}

async function* allocationLines(readers: TransferReaders, scope: TransferScope): AsyncGenerator<Versioned<object>> {
  for (const code of codes(scope)) {
    for await (const month of monthsOf(readers, code)) {
      yield* rowsIn([`${code}#${month}`], (partition, cursor) => readers.allocationLines.query({ partition, cursor }))
    }
  }
}

async function* regionRows(_: TransferReaders, { regions }: TransferScope): AsyncGenerator<Versioned<object>> {
  yield* regions.map((row) => ({ row, version: 0 }))
}

type Partitions = (scope: TransferScope) => string[]
/** Rows filed in one partition per name. */
type Plain = Exclude<TravellingTable, 'regions' | 'users' | 'allocationLines'>
const plain =
  (name: Plain, partitionsOf: Partitions): Finder =>
  (readers, scope) =>
    rowsIn<object>(partitionsOf(scope), (partition, cursor) => readers[name].query({ partition, cursor }))

const filedBy = <Name extends Plain>(partitionsOf: Partitions, ...names: Name[]): Record<Name, Finder> =>
  Object.fromEntries(names.map((name) => [name, plain(name, partitionsOf)])) as Record<Name, Finder>

/** Rows that an index files under their county. */
const inCounty =
  (name: 'stations' | 'gateways' | 'devices' | 'moneyRecords'): Finder =>
  (readers, scope) =>
    rowsIn<object>(counties(scope), (partition, cursor) => readers[name].queryIndex('byCounty', { partition, cursor }))

/** Those whose region lies in the scope; above the counties also those whose scope is the whole country. */
async function* users({ users: all }: TransferReaders, scope: TransferScope): AsyncGenerator<Versioned<object>> {
  const own = new Set([...codes(scope), ...(scope.countyCode === ABOVE ? [WHOLE_COUNTRY] : [])])
  const partitions = new Set([...own].map(countyDigits))
  const found = rowsIn<User>(partitions, (partition, cursor) => all.queryIndex('byCounty', { partition, cursor }))
  for await (const each of found) if (own.has(each.row.regionCode)) yield each
}

/** How the rows of a scope are found, table by table. */
export const FINDERS: Record<TravellingTable, Finder> = {
  regions: regionRows,
  ...filedBy(codes, 'households', 'persons', 'memberships', 'plans', 'planEvents', 'attendance'),
  ...filedBy(codes, 'payeeAccounts', 'bankFiles', 'deliveries', 'noticePhotos', 'regionDeductions'),
  ...filedBy(codes, 'villageStatements', 'restatements', 'allocations'),
  ...filedBy(stationIds, 'prices', 'incomes', 'shares', 'deductions', 'counterResets', 'acknowledgements'),
  ...filedBy(stationIds, 'generation', 'slips', 'assessments', 'stationStatements'),
  ...filedBy(counties, 'policyRules', 'vatRules', 'dueRules', 'liveness', 'staleDays', 'alerts'),
  ...filedBy(counties, 'countyDays', 'performanceLimits', 'closings'),
  stations: inCounty('stations'),
  gateways: inCounty('gateways'),
  devices: inCounty('devices'),
  quarantine: plain('quarantine', (scope) => (scope.countyCode === ABOVE ? [NO_COUNTY] : [scope.countyCode])),
  allocationLines,
  moneyRecords: inCounty('moneyRecords'),
  users,
}
