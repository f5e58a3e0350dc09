import { globSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal, Role } from '../../domain/access.ts'
import { addDays } from '../../domain/calendar.ts'
import type { QuarantinePage } from '../../functions/api-types.ts'
import { manifest } from '../../functions/manifest.ts'
import { accountOf, NOW_MS, OTHER_COUNTY, OTHER_VILLAGE, tokenOf, villageCode } from '../a-county.ts'
import { aTransfer } from '../receipts.ts'
import { COUNTY, day, TOWN } from '../registry.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'

/** Every route × every kind of person: what is elsewhere answers exactly as what is nowhere, and nobody reads more than theirs. */

type Answer = (request: Request) => Promise<Response>
/** What the id in a request names. */
type Named = 'region' | 'village' | 'station' | 'gateway' | 'user' | 'quarantined'
type Route = {
  route: string
  names: Named
  request: (id: string) => { path: string; body?: object }
  /** The status for one's own thing; 200 for a role that is not named. */
  own: Partial<Record<Person, number>>
}
const PEOPLE = ['administrator', 'county officer', 'town officer', 'operator', 'town operator', 'accountant', 'cashier'] as const
type Person = (typeof PEOPLE)[number]

const VILLAGE = villageCode(1)
const WHO: Record<Person, Pick<Principal, 'role' | 'regionCode'>> = {
  administrator: { role: 'administrator', regionCode: COUNTY },
  'county officer': { role: 'county_officer', regionCode: COUNTY },
  'town officer': { role: 'county_officer', regionCode: TOWN },
  operator: { role: 'operator', regionCode: COUNTY },
  'town operator': { role: 'operator', regionCode: TOWN },
  accountant: { role: 'village_accountant', regionCode: VILLAGE },
  cashier: { role: 'carry_over_cashier', regionCode: COUNTY },
}

const NO_REGISTRY = {
  'county officer': 403,
  'town officer': 403,
  operator: 403,
  'town operator': 403,
  accountant: 403,
  cashier: 403,
}
const NO_MONEY = { operator: 403, 'town operator': 403 }
/** The county's cashier sees money and not whom it is for. */
const NO_HOUSEHOLDS = { ...NO_MONEY, cashier: 403 }
/** Who reads slips need not be who records them. */
const NO_SLIP_ENTRY = { ...NO_MONEY, accountant: 403, cashier: 403 }
const aSlip = {
  billingAccount: accountOf(1),
  document: '示范结2026-10',
  from: '2026-09-26',
  to: '2026-10-25',
  energyWh: 21_000_000,
}
/** Gateways belong to counties, so a part of one has no quarantine. */
const WHOLE_COUNTIES = { 'town officer': 400, 'town operator': 400, accountant: 404, cashier: 404 }

const aMerger = (id: string) => ({
  dryRun: true,
  validFrom: '2099-01-01',
  document: '示范合并文件',
  from: [id],
  to: [{ villageCode: villageCode(2), share: '1/1' }],
})

/** What a record of a reset names; nothing is written on a dry run. */
const aReset = (stationId: string) => ({
  stationId,
  deviceId: `${stationId}-INV-1`,
  atMs: NOW_MS - 86_400_000,
  reason: '换表',
  dryRun: true,
})

const aFinding = (stationId: string) => ({
  stationId,
  day: '2026-11-03',
  deviceId: `${stationId}-INV-1`,
  code: 'conflict',
  findingAtMs: null,
  reason: '已核对',
})

const anEntry = { dryRun: true, recordId: 'R1', on: '2026-01-31', document: '示范凭证' }
const aBatch = { dryRun: true, key: 'K1', on: '2026-01-31', document: '示范发放表' }
const NO_ENTRY = { 'county officer': 403, 'town officer': 403, operator: 403, 'town operator': 403, accountant: 403 }
/** There is nothing to pay and nothing to come back. */
const NO_PAYMENT = { ...NO_ENTRY, administrator: 409, accountant: 409, cashier: 403 }
/** What is sent about plans: an act the state does not take, and files without a line. */
const aReview = { kind: 'review', remark: '与台账一致' }
const aDraft = {
  year: 2026,
  version: 1,
  seq: 0,
  pool: 'accrued',
  basis: 'wages',
  collectiveReserveBp: 500,
  document: '示范方案',
  lines: 'line_id,person_id,kind,post,weight_yuan\n',
  dryRun: true,
}
const aSheet = {
  month: '2026-10',
  document: '示范考勤',
  entries: 'person_id,post,attended_days,due_days,percent\n',
  dryRun: true,
}
/** Operators see no money, nor what was sent about it. */
const NO_INBOX = { operator: 404, 'town operator': 404 }
/** There is no such photo, and four bytes are none. */
const NO_PHOTO = (status: number) => ({
  administrator: status,
  'county officer': status,
  'town officer': status,
  accountant: status,
})
/** What is asked of bank accounts and files, and what becomes of it where it may be asked: there is no batch. */
const BANK: Record<string, [object, number]> = {
  'POST accounts': [{ dryRun: true, csv: 'person_id,account_number,account_name\n' }, 200],
  'POST bank-files': [{ payment: 'none', format: 'csv' }, 409],
  'POST bank-answers': [{ dryRun: true, payment: 'none', on: '2026-01-31', document: '示范回盘', file: 'AAAA' }, 409],
}
const OWN_OF_BANK = (status: number): Partial<Record<Person, number>> => ({
  ...NO_HOUSEHOLDS,
  administrator: status,
  'county officer': status,
  'town officer': status,
  accountant: status,
})
let rulesAsked = 0
/** From another day every time: what a rule once said stays. */
const aRule = () => {
  rulesAsked += 1
  const validFrom = addDays(day('2000-01-01'), rulesAsked)
  return { kind: 'notice_days', validFrom, count: 10, clause: '第八条', document: '示范办法' }
}

const ROUTES: Route[] = [
  { route: 'GET /api/county', names: 'region', request: (id) => ({ path: `/api/county?code=${id}` }), own: {} },
  { route: 'GET /api/county/alerts', names: 'region', request: (id) => ({ path: `/api/county/alerts?code=${id}` }), own: {} },
  {
    route: 'GET /api/county/income',
    names: 'region',
    request: (id) => ({ path: `/api/county/income?code=${id}` }),
    own: NO_MONEY,
  },
  { route: 'GET /api/stations', names: 'region', request: (id) => ({ path: `/api/stations?county=${id}` }), own: {} },
  ...['', '/curve', '/devices', '/generation', '/days/:day'].map(
    (below): Route => ({
      route: `GET /api/stations/:id${below}`,
      names: 'station',
      request: (id) => ({ path: `/api/stations/${id}${below.replace(':day', '2026-11-20')}` }),
      own: {},
    }),
  ),
  ...['', '/export'].map(
    (below): Route => ({
      route: `GET /api/performance${below}`,
      names: 'region',
      request: (id) => ({ path: `/api/performance${below}?county=${id}` }),
      own: {},
    }),
  ),
  ...['', '/plan'].map(
    (below): Route => ({
      route: `GET /api/performance/stations/:id${below}`,
      names: 'station',
      request: (id) => ({ path: `/api/performance/stations/${id}${below}` }),
      own: below === '' ? {} : NO_MONEY,
    }),
  ),
  {
    route: 'GET /api/performance/limits',
    names: 'region',
    request: (id) => ({ path: `/api/performance/limits?county=${id}` }),
    own: {},
  },
  {
    route: 'POST /api/performance/limits',
    names: 'region',
    request: (county) => ({ path: '/api/performance/limits', body: { county, limits: {} } }),
    own: { operator: 403, 'town operator': 403, 'town officer': 404, accountant: 403, cashier: 403 },
  },
  { route: 'GET /api/resets', names: 'station', request: (id) => ({ path: `/api/resets?station=${id}` }), own: {} },
  { route: 'GET /api/resets/open', names: 'region', request: (id) => ({ path: `/api/resets/open?county=${id}` }), own: {} },
  {
    route: 'POST /api/resets',
    names: 'station',
    request: (id) => ({ path: '/api/resets', body: { ...aReset(id), finalWh: 9, startWh: 0, kind: 'reset', document: '1号' } }),
    own: { accountant: 403, cashier: 403 },
  },
  {
    route: 'POST /api/resets/acknowledge',
    names: 'station',
    request: (id) => ({ path: '/api/resets/acknowledge', body: aFinding(id) }),
    own: {
      administrator: 409,
      'county officer': 409,
      'town officer': 409,
      operator: 409,
      'town operator': 409,
      accountant: 403,
      cashier: 403,
    },
  },
  {
    route: 'POST /api/resets/withdraw',
    names: 'station',
    request: (id) => ({ path: '/api/resets/withdraw', body: aReset(id) }),
    own: {
      administrator: 409,
      'county officer': 409,
      'town officer': 409,
      operator: 409,
      'town operator': 409,
      accountant: 403,
      cashier: 403,
    },
  },
  {
    route: 'GET /api/receipts/county',
    names: 'region',
    request: (id) => ({ path: `/api/receipts/county?code=${id}` }),
    own: NO_MONEY,
  },
  {
    route: 'GET /api/receipts/villages/:code',
    names: 'village',
    request: (id) => ({ path: `/api/receipts/villages/${id}` }),
    own: NO_MONEY,
  },
  {
    route: 'GET /api/receipts/villages/:code/list',
    names: 'village',
    request: (id) => ({ path: `/api/receipts/villages/${id}/list?month=2026-10` }),
    own: NO_HOUSEHOLDS,
  },
  {
    route: 'POST /api/receipts/county/:code',
    names: 'region',
    request: (id) => ({ path: `/api/receipts/county/${id}`, body: { ...anEntry, stream: 'benchmark', amountFen: 1 } }),
    own: NO_ENTRY,
  },
  {
    route: 'POST /api/receipts/county/:code/openings',
    names: 'region',
    request: (id) => ({ path: `/api/receipts/county/${id}/openings`, body: { dryRun: true, csv: '' } }),
    own: NO_ENTRY,
  },
  {
    route: 'POST /api/receipts/villages/:code/transfers',
    names: 'village',
    request: (id) => ({ path: `/api/receipts/villages/${id}/transfers`, body: { ...anEntry, amountFen: 1 } }),
    own: NO_ENTRY,
  },
  {
    route: 'POST /api/receipts/villages/:code/payments',
    names: 'village',
    request: (id) => ({ path: `/api/receipts/villages/${id}/payments`, body: { ...aBatch, month: '2026-10', runId: 'none' } }),
    own: NO_PAYMENT,
  },
  {
    route: 'POST /api/receipts/villages/:code/returns',
    names: 'village',
    request: (id) => ({
      path: `/api/receipts/villages/${id}/returns`,
      body: { ...aBatch, payment: 'none', lines: [{ lineId: 'L1', amountFen: 1 }] },
    }),
    own: NO_PAYMENT,
  },
  {
    route: 'POST /api/closings/inbox',
    names: 'village',
    request: (village) => ({ path: '/api/closings/inbox', body: { village, month: '2026-09' } }),
    own: {
      administrator: 403,
      'county officer': 403,
      'town officer': 403,
      cashier: 403,
      ...NO_INBOX,
    },
  },
  {
    route: 'GET /api/closings/deliveries',
    names: 'region',
    request: (id) => ({ path: `/api/closings/deliveries?county=${id}` }),
    own: NO_INBOX,
  },
  {
    route: 'GET /api/papers/villages/:code/photos',
    names: 'village',
    request: (id) => ({ path: `/api/papers/villages/${id}/photos?month=2026-10` }),
    own: NO_HOUSEHOLDS,
  },
  {
    route: 'GET /api/papers/villages/:code/photos/:photo',
    names: 'village',
    request: (id) => ({ path: `/api/papers/villages/${id}/photos/none?month=2026-10` }),
    own: { ...NO_PHOTO(404), ...NO_HOUSEHOLDS },
  },
  {
    route: 'POST /api/papers/villages/:code/photos',
    names: 'village',
    request: (id) => ({ path: `/api/papers/villages/${id}/photos`, body: { month: '2026-10', photo: 'AAAA' } }),
    own: { ...NO_PHOTO(400), ...NO_HOUSEHOLDS },
  },
  ...(['GET accounts', 'POST accounts', 'GET bank-files', 'POST bank-files', 'POST bank-answers'] as const).map((of): Route => {
    const [method, below] = of.split(' ') as ['GET' | 'POST', string]
    const [body, found] = BANK[of] ?? []
    return {
      route: `${method} /api/receipts/villages/:code/${below}`,
      names: 'village',
      request: (id) => ({ path: `/api/receipts/villages/${id}/${below}`, ...(body && { body }) }),
      own: { ...OWN_OF_BANK(found ?? 200), ...(below === 'bank-answers' && { 'county officer': 403, 'town officer': 403 }) },
    }
  }),
  {
    route: 'POST /api/receipts/reversals',
    names: 'village',
    request: (placeCode) => ({
      path: '/api/receipts/reversals',
      body: { dryRun: true, placeCode, recordId: 'T1', document: '示范' },
    }),
    own: { 'county officer': 404, 'town officer': 404, operator: 404, 'town operator': 404, accountant: 404 },
  },
  {
    route: 'GET /api/villages',
    names: 'region',
    request: (id) => ({ path: `/api/villages?county=${id}` }),
    own: NO_HOUSEHOLDS,
  },
  {
    route: 'GET /api/villages/:code',
    names: 'village',
    request: (id) => ({ path: `/api/villages/${id}` }),
    own: NO_HOUSEHOLDS,
  },
  {
    route: 'GET /api/trace/:line',
    names: 'village',
    request: (id) => ({ path: `/api/trace/${id}.2026-10.NOBODY` }),
    // Nobody has such a line.
    own: Object.fromEntries(PEOPLE.map((person) => [person, 404])),
  },
  {
    route: 'GET /api/closings',
    names: 'region',
    request: (id) => ({ path: `/api/closings?county=${id}` }),
    own: { operator: 404, 'town operator': 404, 'town officer': 404, accountant: 404 },
  },
  {
    route: 'GET /api/closings/villages/:code',
    names: 'village',
    request: (id) => ({ path: `/api/closings/villages/${id}?month=2026-10` }),
    // Nobody has closed that month.
    own: Object.fromEntries(PEOPLE.map((person) => [person, 404])),
  },
  ...['close', 'force', 'approve', 'withdraw'].map(
    (act): Route => ({
      route: `POST /api/closings/${act}`,
      names: 'region',
      request: (county) => ({
        path: `/api/closings/${act}`,
        body: { county, month: '2026-11', ...(act === 'force' && { reason: '示范' }) },
      }),
      // The month is not over.
      own: {
        administrator: 409,
        'county officer': 409,
        'town officer': 404,
        operator: 403,
        'town operator': 403,
        accountant: 403,
        cashier: 403,
      },
    }),
  ),
  { route: 'GET /api/plans', names: 'region', request: (id) => ({ path: `/api/plans?county=${id}` }), own: NO_HOUSEHOLDS },
  {
    route: 'GET /api/plans/rules',
    names: 'region',
    request: (id) => ({ path: `/api/plans/rules?county=${id}` }),
    own: NO_HOUSEHOLDS,
  },
  {
    route: 'POST /api/plans/rules',
    names: 'region',
    request: (county) => ({ path: '/api/plans/rules', body: { ...aRule(), county } }),
    own: { ...NO_HOUSEHOLDS, administrator: 201, 'county officer': 201, 'town officer': 403, accountant: 403 },
  },
  {
    route: 'GET /api/plans/:code',
    names: 'village',
    request: (id) => ({ path: `/api/plans/${id}?year=2026` }),
    own: NO_HOUSEHOLDS,
  },
  {
    route: 'POST /api/plans/:code/acts',
    names: 'village',
    request: (id) => ({ path: `/api/plans/${id}/acts`, body: { year: 2026, version: 1, seq: 0, act: aReview } }),
    own: { ...NO_HOUSEHOLDS, administrator: 409, 'county officer': 409, 'town officer': 409, accountant: 409 },
  },
  {
    route: 'POST /api/plans/:code/drafts',
    names: 'village',
    request: (id) => ({ path: `/api/plans/${id}/drafts`, body: aDraft }),
    own: NO_HOUSEHOLDS,
  },
  {
    route: 'POST /api/plans/:code/attendance',
    names: 'village',
    request: (id) => ({ path: `/api/plans/${id}/attendance`, body: aSheet }),
    // The plan in force divides by weights.
    own: { ...NO_HOUSEHOLDS, administrator: 409, 'county officer': 409, 'town officer': 409, accountant: 409 },
  },
  { route: 'GET /api/slips', names: 'region', request: (id) => ({ path: `/api/slips?county=${id}` }), own: NO_MONEY },
  {
    route: 'POST /api/slips/import',
    names: 'region',
    request: (county) => ({ path: '/api/slips/import', body: { county, dryRun: true, text: '' } }),
    own: NO_SLIP_ENTRY,
  },
  {
    route: 'GET /api/slips/stations/:id',
    names: 'station',
    request: (id) => ({ path: `/api/slips/stations/${id}` }),
    own: NO_MONEY,
  },
  {
    route: 'POST /api/slips/stations/:id',
    names: 'station',
    request: (id) => ({ path: `/api/slips/stations/${id}`, body: aSlip }),
    // Each after the one before withdrew it; the town officer finds what the county officer recorded.
    own: { administrator: 201, 'county officer': 201, ...NO_SLIP_ENTRY },
  },
  {
    route: 'POST /api/slips/stations/:id/withdrawals',
    names: 'station',
    request: (id) => ({ path: `/api/slips/stations/${id}/withdrawals`, body: { withdraws: 1, reason: '录错了电站' } }),
    own: NO_SLIP_ENTRY,
  },
  {
    route: 'GET /api/closings/audit',
    names: 'region',
    request: (id) => ({ path: `/api/closings/audit?county=${id}` }),
    own: { operator: 404, 'town operator': 404, 'town officer': 404, accountant: 404 },
  },
  {
    route: 'GET /api/papers/stations/:id/year',
    names: 'station',
    request: (id) => ({ path: `/api/papers/stations/${id}/year` }),
    own: NO_MONEY,
  },
  ...['month', 'year', 'households', 'statement', 'allocation', 'notice', 'vouchers'].map(
    (paper): Route => ({
      route: `GET /api/papers/villages/:code/${paper}`,
      names: 'village',
      request: (id) => ({ path: `/api/papers/villages/${id}/${paper}` }),
      own: NO_HOUSEHOLDS,
    }),
  ),
  ...['month', 'villages', 'stations'].map(
    (paper): Route => ({
      route: `GET /api/papers/county/${paper}`,
      names: 'region',
      request: (id) => ({ path: `/api/papers/county/${paper}?code=${id}` }),
      own: paper === 'stations' ? {} : NO_HOUSEHOLDS,
    }),
  ),
  {
    route: 'GET /api/quarantine',
    names: 'region',
    request: (id) => ({ path: `/api/quarantine?county=${id}` }),
    own: WHOLE_COUNTIES,
  },
  {
    route: 'POST /api/quarantine/release',
    names: 'region',
    request: (county) => ({ path: '/api/quarantine/release', body: { county, dryRun: true } }),
    own: { ...WHOLE_COUNTIES, 'county officer': 403, operator: 403 },
  },
  {
    route: 'GET /api/quarantine/:id',
    names: 'quarantined',
    request: (id) => ({ path: `/api/quarantine/${id}` }),
    own: { 'town officer': 404, 'town operator': 404, accountant: 404, cashier: 404 },
  },
  {
    route: 'POST /api/registry/gateways/:gatewayId/secret',
    names: 'gateway',
    request: (id) => ({ path: `/api/registry/gateways/${id}/secret`, body: {} }),
    own: { administrator: 201, ...NO_REGISTRY },
  },
  {
    route: 'DELETE /api/registry/gateways/:gatewayId/secret',
    names: 'gateway',
    request: (id) => ({ path: `/api/registry/gateways/${id}/secret` }),
    own: NO_REGISTRY,
  },
  {
    route: 'POST /api/registry/shares/change',
    names: 'village',
    request: (id) => ({ path: '/api/registry/shares/change', body: aMerger(id) }),
    own: NO_REGISTRY,
  },
  {
    route: 'POST /api/registry/users',
    names: 'region',
    request: (regionCode) => ({ path: '/api/registry/users', body: { userName: 'new-one', role: 'operator', regionCode } }),
    own: { administrator: 201, ...NO_REGISTRY },
  },
  {
    route: 'POST /api/registry/users/:userName',
    names: 'user',
    request: (id) => ({ path: `/api/registry/users/${id}`, body: { disabled: true } }),
    own: NO_REGISTRY,
  },
]
/** Routes whose requests name nothing of a region; an import is held to its region in api-registry.test.ts. */
const WITHOUT_ID = [
  'GET /api/county/choices',
  'GET /api/closings/inbox',
  'POST /api/session',
  'POST /api/session/refresh',
  'POST /api/registry/import',
  'GET /api/registry/template',
]

let world: ApiWorld
const answers = new Map<string, Answer>()
const tokens = new Map<Person, string>()
/** Quarantine ids by the county they lie in. */
const quarantined = new Map<string, string>()

beforeAll(async () => {
  world = await openApiWorld(4)
  await world.tables.gateways.putBatch([
    { gatewayId: 'GW-ZL1', countyCode: COUNTY },
    { gatewayId: 'GW-LS1', countyCode: OTHER_COUNTY },
  ])
  const regionOf = { 'demo-here': COUNTY, 'demo-there': OTHER_COUNTY, 'demo-everywhere': '000000000000' }
  for (const [userName, regionCode] of Object.entries(regionOf)) {
    await world.tables.users.put({ userName, role: 'operator', regionCode, passwordHash: 'none', disabled: false })
  }
  for (const placeCode of [VILLAGE, villageCode(2), villageCode(3)])
    await world.tables.moneyRecords.put({ ...aTransfer({ placeCode }), countyCode: COUNTY })
  await world.tables.moneyRecords.put({ ...aTransfer({ placeCode: OTHER_VILLAGE }), countyCode: OTHER_COUNTY })
  const sent = { month: '2026-09' as never, deliveredAtMs: 1 }
  await world.tables.deliveries.put({ ...sent, villageCode: VILLAGE, countyCode: COUNTY })
  await world.tables.deliveries.put({ ...sent, villageCode: OTHER_VILLAGE, countyCode: OTHER_COUNTY })
  for (const entry of Object.values(manifest)) {
    if (!('http' in entry.on)) continue
    const { create } = await entry.load()
    // The deps hold every store, so each function finds its own among them.
    answers.set(entry.on.http, create(world.deps as never) as Answer)
  }
  for (const person of PEOPLE) tokens.set(person, await tokenOf(world.tables, WHO[person]))
  for (const county of [COUNTY, OTHER_COUNTY]) {
    const who = { role: 'county_officer' as const, regionCode: county }
    const { body } = await world.ask<QuarantinePage>(answerOf('/api/quarantine'), `/api/quarantine?county=${county}`, who)
    quarantined.set(county, body.items[0]?.id ?? '')
  }
})
afterAll(async () => {
  expect(world.errors).toEqual([])
  await world.close()
})

const answerOf = (path: string): Answer => {
  const answer = answers.get(path.split('/').slice(0, 3).join('/').split('?')[0] ?? '')
  if (!answer) throw new Error(`nothing answers ${path}`)
  return answer
}

const asking = async (route: Route, id: string, person: Person | undefined) => {
  const { path, body } = route.request(id)
  const token = person && tokens.get(person)
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const [method = 'GET'] = route.route.split(' ')
  const asked = new Request(`http://localhost${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  const response = await answerOf(path)(asked)
  return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() }
}

/** A thing in a person's own region. */
const ownOf = (person: Person, named: Named): string => {
  if (named === 'region') return WHO[person].regionCode
  return { village: VILLAGE, station: 'ZL1', gateway: 'GW-ZL1', user: 'demo-here', quarantined: quarantined.get(COUNTY) ?? '' }[
    named
  ]
}

const FAR: Record<Exclude<Named, 'quarantined'>, string[]> = {
  region: [OTHER_COUNTY, OTHER_VILLAGE],
  village: [OTHER_VILLAGE],
  station: ['LS1'],
  gateway: ['GW-LS1'],
  user: ['demo-there', 'demo-everywhere'],
}
const NEAR: Partial<Record<Person, Partial<Record<Named, string[]>>>> = {
  'town officer': { region: [COUNTY, villageCode(2)], village: [villageCode(2)], station: ['ZL2'] },
  'town operator': { region: [COUNTY, villageCode(2)], village: [villageCode(2)], station: ['ZL2'] },
  // The neighbour in the same town, what lies above the own village, and a joint station that is not the village's alone.
  accountant: { region: [COUNTY, TOWN, villageCode(3)], village: [villageCode(3)], station: ['ZL3', 'KT'] },
}
const elsewhereOf = (person: Person, named: Named): string[] => [
  ...(named === 'quarantined' ? [quarantined.get(OTHER_COUNTY) ?? ''] : FAR[named]),
  ...(NEAR[person]?.[named] ?? []),
]
const NOWHERE: Record<Named, string> = {
  region: '999999000000',
  village: '999999999999',
  station: 'NO-SUCH',
  gateway: 'GW-NO-SUCH',
  user: 'demo-nobody',
  quarantined: Buffer.from(JSON.stringify(['999999000000', 1, 'M1', -1])).toString('base64url'),
}

test('every route of the source is in this table', () => {
  const declared = globSync('functions/api-*.ts').flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/\bapp\.(get|post|put|patch|delete|all)\(\s*'([^']+)'/g)].map(
      ([, method = '', route]) => `${method.toUpperCase()} ${route}`,
    ),
  )
  expect([...ROUTES.map(({ route }) => route), ...WITHOUT_ID].toSorted()).toEqual(declared.toSorted())
})

describe.each(PEOPLE)('%s', (person) => {
  test.each(ROUTES)('$route: what is elsewhere answers exactly as what is nowhere', async (route) => {
    const nowhere = await asking(route, NOWHERE[route.names], person)
    expect([403, 404]).toContain(nowhere.status)
    for (const id of elsewhereOf(person, route.names)) expect(await asking(route, id, person), id).toEqual(nowhere)
  })

  test.each(ROUTES)('$route: the own is answered as the role may have it', async (route) => {
    const { status } = await asking(route, ownOf(person, route.names), person)
    expect(status).toBe(route.own[person] ?? 200)
  })
})

test.each(ROUTES)('$route is closed to whoever has no token', async (route) => {
  const { status, headers } = await asking(route, ownOf('administrator', route.names), undefined)
  expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer'])
})

describe('no answer', () => {
  const answersTo = async (people: readonly Person[]): Promise<string> => {
    const asked = people.flatMap((person) => ROUTES.map((route) => asking(route, ownOf(person, route.names), person)))
    return (await Promise.all(asked)).map(({ text }) => text).join('\n')
  }

  test('holds the whole name of a person, to anybody', async () => {
    const text = await answersTo(PEOPLE)
    const persons = (await world.tables.persons.query({ partition: VILLAGE })).rows.map(({ row }) => row.name)
    const carer = (await world.tables.stations.get({ stationId: 'ZL1' }))?.row.carer
    expect(text).toContain('甲**')
    for (const name of [...persons, carer ?? '']) {
      expect(name).toMatch(/../u)
      expect(text.includes(name), name).toBe(false)
    }
  })

  test('to an operator holds money, households or persons', async () => {
    const isPrivate = /"\w*(?:fen|household|person|payee|allocation)\w*":/i
    expect(isPrivate.test(await answersTo(['county officer']))).toBe(true)
    expect(isPrivate.test(await answersTo(['operator', 'town operator']))).toBe(false)
  })

  test('to a village accountant names another village or its station', async () => {
    const text = await answersTo(['accountant'])
    expect(text).toContain('ZL1')
    for (const at of [2, 3, 4]) expect(text).not.toMatch(new RegExp(`ZL${at}\\b|${villageCode(at)}`))
  })
})

/** What people and scanners put where an id, a parameter or a cursor belongs. */
const strange = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    '..',
    '%00',
    '%ff',
    '__proto__',
    'constructor',
    '%2e%2e%2f',
    '0',
    '-1',
    '1e309',
    '9'.repeat(400),
    '%ED%A0%80',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.json({ maxDepth: 2 }).map((json) => Buffer.from(json).toString('base64url')),
  fc
    .tuple(
      fc.constantFrom(COUNTY, OTHER_COUNTY, 'unknown'),
      fc.oneof(fc.nat(), fc.anything()),
      fc.string({ unit: 'binary' }),
      fc.integer(),
    )
    .map((parts) =>
      Buffer.from(JSON.stringify(parts, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value))).toString('base64url'),
    ),
)
const PARAMETERS = [
  'code',
  'county',
  'month',
  'year',
  'day',
  'from',
  'days',
  'contacts',
  'url',
  'cursor',
  'q',
  'sort',
  '__proto__',
  'constructor',
  'limit',
]

test('nothing a person can ask is answered with 500', async () => {
  const asks = fc.record({
    route: fc.constantFrom(...ROUTES),
    person: fc.constantFrom(...PEOPLE),
    id: fc.option(strange, { nil: undefined }),
    query: fc.array(fc.tuple(fc.constantFrom(...PARAMETERS), strange), { maxLength: 2 }),
  })
  await fc.assert(
    fc.asyncProperty(asks, async ({ route, person, id, query }) => {
      const { path, body } = route.request(id ?? ownOf(person, route.names))
      const more = query.map(([name, value]) => `${name}=${value}`).join('&')
      const asked: Route = {
        ...route,
        request: () => ({ path: `${path}${path.includes('?') ? '&' : '?'}${more}`, ...(body && { body }) }),
      }
      const { status, text } = await asking(asked, '', person)
      expect(status, text).toBeLessThan(500)
    }),
    { numRuns: 1_000 },
  )
})

test('there is no role this table leaves out', () => {
  const roles: Record<Role, true> = {
    administrator: true,
    county_officer: true,
    operator: true,
    village_accountant: true,
    carry_over_cashier: true,
  }
  expect([...new Set(PEOPLE.map((person) => WHO[person].role))].toSorted()).toEqual(Object.keys(roles).toSorted())
})
