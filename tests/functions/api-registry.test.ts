import { beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../domain/access.ts'
import { WHOLE_COUNTRY } from '../../domain/access.ts'
import { create } from '../../functions/api-registry.ts'
import { passwordMatches, secretHashOf } from '../../functions/edge/session.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { allRows } from '../../stores/table.ts'
import { tables as specs, type TableName } from '../../stores/tables.ts'
import { anAmbient, aPost, aPrincipal, bearerOf } from '../api.ts'
import { NOON_MS } from '../readings.ts'
import { aDeviceLine, asFiles, aStationLine, filesWith, someLines, someTerms } from '../registry-files.ts'

const COUNTY = '341623000000'
const VILLAGE = '341623105220'
const EVERYWHERE = aPrincipal({ regionCode: WHOLE_COUNTRY })

let tables: SqliteTables
let given: ReturnType<typeof anAmbient>
let handle: (request: Request) => Promise<Response>

/** No month is settled here, so nothing is ever sent. */
const refusing = { send: () => Promise.reject(new Error('nothing was settled')) }
const depsOf = (over: object = {}) => ({
  ...given.ambient,
  ...tables,
  queues: { 'settle-station': refusing, 'settle-village': refusing },
  ...over,
})

beforeEach(() => {
  tables = openTables(':memory:')
  given = anAmbient()
  handle = create(depsOf())
})

const post = async (path: string, body: unknown, principal: Principal = aPrincipal()) => {
  const response = await handle(aPost(path, body, await bearerOf(tables, principal)))
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const importing = (files: Record<string, string>, principal: Principal = EVERYWHERE, dryRun = false) =>
  post('/api/registry/import', { dryRun, files }, principal)

/** A neighbouring county with a station and a gateway of its own, beside the county of the files. */
const withNeighbour = () => {
  const lines = someLines()
  lines['regions.csv'].push(
    { code: '341622000000', name: '示范邻县', level: 'county', parent_code: '341600000000' },
    { code: '341622101000', name: '示范邻镇', level: 'town', parent_code: '341622000000' },
    { code: '341622101200', name: '示范邻村', level: 'village', parent_code: '341622101000' },
  )
  lines['stations.csv'].push(
    aStationLine({ station_id: 'NB1', county_code: '341622000000', town_code: '341622101000', village_code: '341622101200' }),
  )
  lines['gateways.csv'].push({ gateway_id: 'GW-NB1', county_code: '341622000000' })
  lines['devices.csv'].push(aDeviceLine({ device_id: 'NB1-METER', kind: 'meter', station_id: 'NB1', gateway_id: 'GW-NB1' }))
  return lines
}

describe('an import', () => {
  test('writes every kind of row and counts them', async () => {
    const { status, body } = await importing(asFiles({ ...someLines(), ...someTerms() }))
    expect(status).toBe(200)
    expect(body).toEqual({
      written: true,
      errors: [],
      errorCount: 0,
      rows: {
        regions: 5,
        stations: 2,
        gateways: 1,
        devices: 2,
        prices: 2,
        shares: 2,
        deductions: 2,
        households: 1,
        persons: 1,
        memberships: 0,
        plans: 1,
        policyRules: 1,
        incomes: 1,
        regionDeductions: 2,
        vatRules: 1,
        dueRules: 1,
      },
    })
    expect((await tables.stations.get({ stationId: 'ZL1' }))?.row).toMatchObject({ dcCapacityW: 187_200, countyCode: COUNTY })
    expect((await tables.devices.query({ partition: 'GW-ZL1' })).rows).toHaveLength(2)
    expect((await tables.shares.query({ partition: 'KT' })).rows).toHaveLength(2)
    expect((await tables.plans.get({ villageCode: VILLAGE, year: 2026, version: 1 }))?.row.lines).toHaveLength(1)
  })

  test('writes nothing on a dry run', async () => {
    const { body } = await importing(asFiles(someLines()), EVERYWHERE, true)
    expect(body).toMatchObject({ written: false, errorCount: 0, rows: { stations: 2 } })
    expect(await tables.regions.get({ code: COUNTY })).toBeUndefined()
  })

  test('writes nothing when any line has an error, and says where', async () => {
    const { status, body } = await importing(filesWith('persons.csv', 0, { household_id: 'H9' }))
    expect(status).toBe(200)
    expect(body).toMatchObject({ written: false, errorCount: 2 })
    expect(body['errors']).toContainEqual(expect.objectContaining({ file: 'persons.csv', line: 2, column: 'household_id' }))
    expect(await tables.regions.get({ code: COUNTY })).toBeUndefined()
  })

  test('leaves a gateway’s secret as it is', async () => {
    await importing(asFiles(someLines()))
    const { body } = await post('/api/registry/gateways/GW-ZL1/secret', {})
    await importing(asFiles(someLines()))
    expect((await tables.gateways.get({ gatewayId: 'GW-ZL1' }))?.row.secretHash).toBe(secretHashOf(String(body['secret'])))
  })

  test('done again changes no row', async () => {
    await importing(asFiles(withNeighbour()))
    const before = await everything()
    await importing(asFiles(withNeighbour()))
    expect(await everything()).toEqual(before)
  })

  test('never lets a reader meet a station without region or price, a share, device or person without what it names', async () => {
    const order: TableName[] = []
    const recorded = Object.fromEntries(
      (Object.keys(specs) as TableName[]).map((name) => {
        const table = tables[name]
        const noting = {
          ...table,
          put: (...given: never[]) => (order.push(name), (table.put as (...given: never[]) => unknown)(...given)),
          putBatch: (rows: never[]) => (order.push(name), (table.putBatch as (rows: never[]) => unknown)(rows)),
        }
        return [name, noting]
      }),
    ) as unknown as SqliteTables
    handle = create(depsOf({ ...recorded, verifyKeys: tables.verifyKeys }))
    await importing(asFiles({ ...someLines(), ...someTerms() }))
    expect([...new Set(order)]).toEqual([
      'regions',
      'gateways',
      'prices',
      'incomes',
      'deductions',
      'regionDeductions',
      'vatRules',
      'dueRules',
      'stations',
      'shares',
      'devices',
      'households',
      'persons',
      'memberships',
      'policyRules',
      'plans',
    ])
  })

  describe('of a plan', () => {
    const KEY = { villageCode: VILLAGE, year: 2026, version: 1 }
    const planRow = async () => (await tables.plans.get(KEY))?.row
    const events = async () => (await tables.planEvents.query({ partition: VILLAGE })).rows.map(({ row }) => row)

    test('is the first entry of its life, in the state the file says', async () => {
      await importing(asFiles(someLines()))
      expect(await planRow()).toMatchObject({ state: 'executing' })
      expect((await planRow())?.last).toEqual({
        ...KEY,
        seq: 1,
        atMs: given.ambient.now(),
        by: EVERYWHERE.userName,
        after: 'executing',
        act: { kind: 'import', document: '示范方案' },
      })
    })

    test('that says otherwise is one more entry, and the one before is kept', async () => {
      await importing(filesWith('plans.csv', 0, { state: 'drafted' }))
      const first = (await planRow())?.last
      await importing(asFiles(someLines()))
      expect((await planRow())?.last).toMatchObject({ seq: 2, before: 'drafted', after: 'executing' })
      expect(await events()).toEqual([first])
    })

    test('leaves one that somebody has acted on as it is, and says so', async () => {
      await importing(filesWith('plans.csv', 0, { state: 'drafted' }))
      const before = await planRow()
      if (!before?.last) throw new Error('there is no plan')
      const last = { ...before.last, seq: 2, after: 'passed' as const, act: { kind: 'review' as const, remark: '示范' } }
      await tables.plans.put({ ...before, state: 'passed', last })
      const { body } = await importing(asFiles(someLines()))
      expect(body).toMatchObject({ written: true, plansKept: 1 })
      expect(await planRow()).toEqual({ ...before, state: 'passed', last })
      expect((await importing(filesWith('plans.csv', 0, { state: 'passed' }))).body).not.toHaveProperty('plansKept')
    })

    test('takes up one that is older than the record of lives, when the file says anything else', async () => {
      await importing(asFiles(someLines()))
      const row = await planRow()
      if (!row) throw new Error('there is no plan')
      const { last: _, ...old } = row
      await tables.plans.put(old)
      await importing(asFiles(someLines()))
      expect(await planRow()).toEqual(old)
      await importing(filesWith('plans.csv', 0, { basis: 'wages' }))
      expect(await planRow()).toMatchObject({ basis: 'wages', last: { seq: 1 } })
    })
  })

  test('logs counts and no names', async () => {
    await importing(asFiles(someLines()))
    expect(given.logged).toHaveLength(1)
    expect(JSON.stringify(given.logged)).not.toMatch(/示范|demo-admin/)
  })

  test.each([
    ['without files', { dryRun: true }],
    ['with a file that is no text', { dryRun: true, files: { 'regions.csv': 1 } }],
    ['with a field too many', { dryRun: true, files: {}, force: true }],
  ])('%s is refused', async (_, body) => {
    expect((await post('/api/registry/import', body, EVERYWHERE)).status).toBe(400)
  })
})

const everything = async () => {
  const [stations, devices, plans, gateways] = await Promise.all([
    tables.stations.queryIndex('byCounty', { partition: COUNTY }),
    tables.devices.query({ partition: 'GW-ZL1' }),
    tables.plans.query({ partition: VILLAGE }),
    tables.gateways.queryIndex('byCounty', { partition: COUNTY }),
  ])
  return [stations, devices, plans, gateways].map(({ rows }) => rows.map(({ row }) => row))
}

describe('an administrator of one county', () => {
  beforeEach(async () => {
    await importing(asFiles(withNeighbour()))
  })

  test('imports the own county, the way up to it unchanged', async () => {
    const lines = someLines()
    lines['regions.csv'].push({ code: '341623105222', name: '示范002村', level: 'village', parent_code: '341623105000' })
    expect(await importing(asFiles(lines), aPrincipal())).toMatchObject({ status: 200, body: { written: true } })
    expect(await tables.regions.get({ code: '341623105222' })).toBeDefined()
  })

  const refused = async (change: (lines: ReturnType<typeof withNeighbour>) => void, from = someLines()) => {
    change(from)
    const before = await allRows((cursor) => tables.regions.query({ partition: '341622', ...(cursor && { cursor }) }))
    const { status, body } = await importing(asFiles(from), aPrincipal())
    expect(body).toMatchObject({ status: 403, code: 'forbidden' })
    expect(status).toBe(403)
    expect(await allRows((cursor) => tables.regions.query({ partition: '341622', ...(cursor && { cursor }) }))).toEqual(before)
  }

  test('cannot import the neighbour’s stations', () => refused(() => undefined, withNeighbour()))

  test('cannot pull the neighbour’s village over by naming a new parent', () =>
    refused((lines) => {
      lines['regions.csv'].push({ code: '341622101200', name: '示范邻村', level: 'village', parent_code: '341623105000' })
    }))

  test('cannot take a station or a gateway whose id the neighbour has', async () => {
    await refused((lines) => lines['stations.csv'].push(aStationLine({ station_id: 'NB1' })))
    await refused((lines) => lines['gateways.csv'].push({ gateway_id: 'GW-NB1', county_code: COUNTY }))
  })

  test('cannot speak for a device whose id the neighbour has', () =>
    refused((lines) => lines['devices.csv'].push(aDeviceLine({ device_id: 'NB1-METER', kind: 'meter' }))))

  test('cannot rename a region above the own, nor move the own elsewhere', async () => {
    await refused((lines) => {
      lines['regions.csv'][0] = { code: '341600000000', name: '示范市', level: 'city' }
    })
    await refused((lines) => {
      lines['regions.csv'][1] = { code: COUNTY, name: '利辛县', level: 'county' }
    })
  })

  test('cannot give a share of a joint station to the neighbour’s village', () =>
    refused((lines) => {
      lines['regions.csv'] = withNeighbour()['regions.csv']
      lines['shares.csv'][1] = { ...lines['shares.csv'][1], village_code: '341622101200' }
    }))

  test('cannot decide what the neighbour deducts, is taxed, or is due', async () => {
    const terms = someTerms()
    const others = [
      { 'region-deductions.csv': 'region_code' },
      { 'vat-rules.csv': 'county_code' },
      { 'due-rules.csv': 'county_code' },
    ]
    for (const [file, column] of others.flatMap((of) => Object.entries(of) as [keyof typeof terms, string][]))
      await refused((lines) => {
        lines['regions.csv'] = withNeighbour()['regions.csv']
        lines[file] = terms[file].slice(0, 1).map((line) => ({ ...line, [column]: '341622000000' }))
      })
    await refused((lines) => {
      lines['regions.csv'] = withNeighbour()['regions.csv']
      lines['region-deductions.csv'] = terms['region-deductions.csv']
        .slice(1)
        .map((line) => ({ ...line, region_code: '341622101200' }))
    })
  })

  test('gets one and the same 404 for the neighbour’s gateway and for none', async () => {
    const answers = [
      await post('/api/registry/gateways/GW-NB1/secret', {}),
      await post('/api/registry/gateways/GW-NONE/secret', {}),
      await post('/api/registry/gateways/no%20id/secret', {}),
      await post('/api/registry/users', { userName: 'demo', role: 'operator', regionCode: '341622000000' }),
      await post('/api/registry/users', { userName: 'demo', role: 'operator', regionCode: '999999000000' }),
      await post('/api/registry/users', { userName: 'demo', role: 'operator', regionCode: WHOLE_COUNTRY }),
      await post('/api/registry/nothing', {}),
    ]
    expect(answers[0]?.status).toBe(404)
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })
})

describe('a gateway’s secret', () => {
  beforeEach(async () => {
    await importing(asFiles(someLines()))
  })

  test('is 32 random bytes, shown once and kept as a hash', async () => {
    const first = await post('/api/registry/gateways/GW-ZL1/secret', {})
    const second = await post('/api/registry/gateways/GW-ZL1/secret', {})
    expect(first.status).toBe(201)
    expect(Buffer.from(String(first.body['secret']), 'base64url')).toHaveLength(32)
    expect(second.body['secret']).not.toBe(first.body['secret'])
    const stored = (await tables.gateways.get({ gatewayId: 'GW-ZL1' }))?.row
    expect(stored).toEqual({ gatewayId: 'GW-ZL1', countyCode: COUNTY, secretHash: secretHashOf(String(second.body['secret'])) })
    expect(JSON.stringify(given.logged)).not.toContain(String(second.body['secret']))
  })

  test('ends when it is taken away, for good: an import does not bring it back', async () => {
    await post('/api/registry/gateways/GW-ZL1/secret', {})
    const ending = async () => {
      const request = new Request('http://api.test/api/registry/gateways/GW-ZL1/secret', {
        method: 'DELETE',
        headers: await bearerOf(tables, aPrincipal()),
      })
      return (await handle(request)).json()
    }
    expect(await ending()).toEqual({ gatewayId: 'GW-ZL1', ended: true })
    expect(await ending()).toEqual({ gatewayId: 'GW-ZL1', ended: false })
    await importing(asFiles(someLines()))
    const stored = (await tables.gateways.get({ gatewayId: 'GW-ZL1' }))?.row
    expect(stored).toEqual({ gatewayId: 'GW-ZL1', countyCode: COUNTY })
  })
})

describe('a new user', () => {
  beforeEach(async () => {
    await importing(asFiles(someLines()))
  })
  const add = (over: Record<string, unknown>, principal = aPrincipal()) =>
    post('/api/registry/users', { userName: 'demo-new', role: 'operator', regionCode: COUNTY, ...over }, principal)

  test('gets a password that is shown once and kept as a hash', async () => {
    const { status, body } = await add({})
    expect(status).toBe(201)
    const user = (await tables.users.get({ userName: 'demo-new' }))?.row
    expect(user).toMatchObject({ role: 'operator', regionCode: COUNTY, disabled: false })
    expect(await passwordMatches(String(body['password']), user?.passwordHash ?? '')).toBe(true)
    expect(body).not.toHaveProperty('passwordHash')
  })

  test('keeps a password that was given, and it is not repeated', async () => {
    const { body } = await add({ password: 'example only 1' })
    expect(body).toEqual({ userName: 'demo-new', role: 'operator', regionCode: COUNTY })
  })

  test('does not replace one of the same name', async () => {
    await tables.users.put({ ...aPrincipal({ userName: 'demo-new', role: 'operator' }), passwordHash: 'kept', disabled: true })
    expect((await add({ role: 'administrator' })).status).toBe(409)
    expect((await tables.users.get({ userName: 'demo-new' }))?.row).toMatchObject({ role: 'operator', disabled: true })
  })

  test.each([
    ['a region code of eight digits', { regionCode: '34162310' }],
    ['a role there is not', { role: 'root' }],
    ['a county for a village accountant', { role: 'village_accountant' }],
    ['a village for an officer', { role: 'county_officer', regionCode: VILLAGE }],
    ['a short password', { password: 'short' }],
    ['a field too many', { disabled: false }],
  ])('with %s is refused', async (_, over) => {
    expect((await add(over)).status).toBe(400)
    expect(await tables.users.get({ userName: 'demo-new' })).toBeUndefined()
  })

  test('for the whole country is added by an administrator of the whole country alone', async () => {
    expect((await add({ role: 'administrator', regionCode: WHOLE_COUNTRY, password: 'example only 1' }, EVERYWHERE)).status).toBe(
      201,
    )
  })
})

describe('a user who is there', () => {
  const change = (body: object) => post('/api/registry/users/demo-old', body)
  const stored = async () => (await tables.users.get({ userName: 'demo-old' }))?.row
  beforeEach(async () => {
    await importing(asFiles(someLines()))
    await tables.users.put({ userName: 'demo-old', role: 'operator', regionCode: COUNTY, passwordHash: 'old', disabled: false })
  })

  test('gets a new password that is shown once and kept as a hash; the old one ends', async () => {
    const { status, body } = await change({ newPassword: true })
    expect(status).toBe(200)
    expect(await passwordMatches(String(body['password']), (await stored())?.passwordHash ?? '')).toBe(true)
    expect(JSON.stringify(given.logged)).not.toContain(String(body['password']))
  })

  test('is shut out and let in again without a new password', async () => {
    expect((await change({ disabled: true })).body).toEqual({ userName: 'demo-old', disabled: true })
    expect(await stored()).toMatchObject({ disabled: true, passwordHash: 'old' })
    await change({ disabled: false })
    expect(await stored()).toMatchObject({ disabled: false, passwordHash: 'old' })
  })

  test.each([[{}], [{ role: 'administrator' }], [{ newPassword: false }], [{ passwordHash: 'mine' }]])(
    'is not changed by %o',
    async (body) => {
      expect((await change(body)).status).toBe(400)
      expect(await stored()).toMatchObject({ role: 'operator', passwordHash: 'old' })
    },
  )
})

describe('who may come in', () => {
  const paths = ['/api/registry/import', '/api/registry/gateways/GW-ZL1/secret', '/api/registry/users']

  test.each(paths)('%s refuses every other role with 403', async (path) => {
    for (const role of ['county_officer', 'operator', 'village_accountant'] as const) {
      expect((await post(path, {}, aPrincipal({ role }))).status).toBe(403)
    }
  })

  test.each(paths)('%s refuses without a token, or with one that ran out, with 401', async (path) => {
    const late = await bearerOf(tables, EVERYWHERE, NOON_MS - 3_600_000)
    for (const headers of [{}, { authorization: 'Basic YTpi' }, { authorization: 'Bearer x' }, late]) {
      const response = await handle(aPost(path, {}, headers))
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
    }
  })

  test('a fault inside is answered with 500 and no detail, and logged', async () => {
    const broken = { ...tables.gateways, get: () => Promise.reject(new Error('the disk is full')) }
    handle = create(depsOf({ gateways: broken }))
    const response = await handle(aPost('/api/registry/gateways/GW-ZL1/secret', {}, await bearerOf(tables, EVERYWHERE)))
    expect(response.status).toBe(500)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
    expect(await response.json()).toEqual({ type: 'about:blank', title: 'Internal Server Error', status: 500, code: 'internal' })
    expect(given.logged.map(({ level }) => level)).toEqual(['error'])
    // What was asked for may name somebody, the pattern of a route cannot.
    expect(JSON.stringify(given.logged)).not.toContain('GW-ZL1')
    expect(given.logged[0]?.fields).toMatchObject({ method: 'POST', route: '/api/registry/gateways/:gatewayId/secret' })
  })
})
