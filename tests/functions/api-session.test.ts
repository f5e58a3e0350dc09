import { exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MINUTE_MS } from '../../domain/calendar.ts'
import { create } from '../../functions/api-session.ts'
import {
  hashPassword,
  issueToken,
  newSigningKey,
  passwordMatches,
  verifyKeyOf,
  verifyToken,
} from '../../functions/edge/session.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { anAmbient, aPost, aPrincipal, bearerOf } from '../api.ts'
import { NOON_MS } from '../readings.ts'
import { COUNTY, someRegions } from '../registry.ts'

const PASSWORD = 'example only 1'
/** The cheapest cost there is: what is tested here does not depend on it. */
const CHEAP_N = 16_384

let passwordHash: string
let tables: SqliteTables
let given: ReturnType<typeof anAmbient>
let handle: (request: Request) => Promise<Response>

beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD, CHEAP_N)
})

beforeEach(async () => {
  tables = openTables(':memory:')
  given = anAmbient()
  handle = create({ ...given.ambient, ...tables })
  await tables.regions.putBatch(someRegions)
  await tables.users.put({ ...aPrincipal(), passwordHash, disabled: false })
  await tables.users.put({ ...aPrincipal({ userName: 'demo-gone' }), passwordHash, disabled: true })
})

const logIn = (userName = 'demo-admin', password = PASSWORD) => handle(aPost('/api/session', { userName, password }))
const tokenOf = async (response: Response): Promise<string> => ((await response.json()) as { token: string }).token

describe('log-in', () => {
  test('a right password is answered with a token of 15 minutes and who its holder is', async () => {
    const response = await logIn()
    expect(response.status).toBe(200)
    const session = (await response.json()) as Record<string, unknown>
    expect(session).toEqual({
      token: expect.any(String),
      expiresAtMs: NOON_MS + 15 * MINUTE_MS,
      principal: aPrincipal(),
      regionName: someRegions[0]?.name,
    })
    const token = String(session['token'])
    expect(await verifyToken({ keys: tables.verifyKeys, token, nowMs: NOON_MS })).toEqual({
      principal: aPrincipal(),
      startedAtMs: NOON_MS,
    })
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('an unknown name, a wrong password and a disabled user get the same answer', async () => {
    const answers = await Promise.all([logIn('demo-nobody'), logIn('demo-admin', 'example only 2'), logIn('demo-gone')])
    const seen = await Promise.all(
      answers.map(async (answer) => [answer.status, Object.fromEntries(answer.headers), await answer.text()]),
    )
    expect(seen[0]?.[0]).toBe(401)
    expect(seen[1]).toEqual(seen[0])
    expect(seen[2]).toEqual(seen[0])
  })

  test('an unknown name costs a hash like a known one', async () => {
    await tables.users.put({ ...aPrincipal(), passwordHash: await hashPassword(PASSWORD), disabled: false })
    const spentMs = async (userName: string) => {
      const startedAtMs = performance.now()
      await logIn(userName, 'example only 2')
      return performance.now() - startedAtMs
    }
    const [known, unknown] = [await spentMs('demo-admin'), await spentMs('demo-nobody')]
    expect(unknown).toBeGreaterThan(known / 20)
  })

  test('the sixth attempt for one name in five minutes is refused, a right password too, another name is not', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) expect((await logIn('demo-admin', 'example only 2')).status).toBe(401)
    expect((await logIn()).status).toBe(429)
    expect((await logIn('demo-gone')).status).toBe(401)
    given.clock.nowMs += 5 * MINUTE_MS
    expect((await logIn()).status).toBe(200)
  })

  test('parallel guesses count like guesses one after another', async () => {
    const statuses = (await Promise.all(Array.from({ length: 12 }, () => logIn('demo-admin', 'example only 2')))).map(
      ({ status }) => status,
    )
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(5)
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
  })

  test('a success forgives the failures before it', async () => {
    for (let round = 0; round < 3; round += 1) {
      await logIn('demo-admin', 'example only 2')
      await logIn('demo-admin', 'example only 2')
      expect((await logIn()).status).toBe(200)
    }
  })

  test.each([
    ['no JSON', '{'],
    ['no password', JSON.stringify({ userName: 'demo-admin' })],
    ['a field too many', JSON.stringify({ userName: 'demo-admin', password: PASSWORD, role: 'administrator' })],
    ['a name that no key may hold', JSON.stringify({ userName: 'a\u0000b', password: PASSWORD })],
    ['a deep nest', '['.repeat(10_000)],
  ])('a body with %s is refused with 400', async (_, body) => {
    const response = await handle(new Request('http://api.test/api/session', { method: 'POST', body }))
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect(await response.json()).toMatchObject({ type: 'about:blank', status: 400, code: 'bad_request', title: 'Bad Request' })
  })

  test('a body too large is refused with 413', async () => {
    expect((await logIn('demo-admin', 'x'.repeat(100_000))).status).toBe(413)
  })

  test('neither password nor token nor name is logged', async () => {
    await logIn()
    await logIn('demo-nobody')
    expect(JSON.stringify(given.logged)).toBe('[]')
  })

  test('two first log-ins at once agree on one signing key', async () => {
    const other = create({ ...given.ambient, ...tables })
    const post = () => aPost('/api/session', { userName: 'demo-admin', password: PASSWORD })
    const tokens = await Promise.all([handle(post()), other(post())].map(async (response) => tokenOf(await response)))
    for (const token of tokens) expect(await verifyToken({ keys: tables.verifyKeys, token, nowMs: NOON_MS })).toBeDefined()
    const kids = tokens.map((token) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid)
    expect(kids[0]).toBe(kids[1])
  })

  test('the verify table never holds the private half', async () => {
    await logIn()
    const key = await tables.signingKeys.get({ keyId: 'current' })
    expect(JSON.parse(key?.row.jwk ?? '{}')).toHaveProperty('d')
    const { kid } = JSON.parse(key?.row.jwk ?? '{}')
    const published = await tables.verifyKeys.get({ keyId: kid })
    expect(Object.keys(JSON.parse(published?.row.jwk ?? '{}')).sort()).toEqual(['crv', 'kid', 'kty', 'x'])
  })
})

describe('refresh', () => {
  const refresh = (headers: Record<string, string>) => handle(aPost('/api/session/refresh', {}, headers))

  test('a valid token gets a fresh one, with the role the user has now', async () => {
    const headers = await bearerOf(tables, aPrincipal())
    await tables.users.put({ ...aPrincipal({ role: 'operator' }), passwordHash, disabled: false })
    given.clock.nowMs += 14 * MINUTE_MS
    const response = await refresh(headers)
    expect(await response.json()).toMatchObject({
      expiresAtMs: NOON_MS + 29 * MINUTE_MS,
      principal: { role: 'operator', regionCode: COUNTY },
    })
  })

  test('a session ends 12 hours after its log-in, however often it is refreshed', async () => {
    const startMs = given.clock.nowMs
    let token = await tokenOf(await logIn())
    let refreshes = 0
    for (;;) {
      given.clock.nowMs += 14 * MINUTE_MS
      const response = await refresh({ authorization: `Bearer ${token}` })
      if (response.status !== 200) break
      token = await tokenOf(response)
      refreshes += 1
    }
    expect(refreshes).toBe(51)
    expect(given.clock.nowMs - startMs).toBeGreaterThan(12 * 60 * MINUTE_MS)
  })

  test('an expired token, a disabled user and no token get 401', async () => {
    const headers = await bearerOf(tables, aPrincipal())
    expect((await refresh(await bearerOf(tables, aPrincipal({ userName: 'demo-gone' })))).status).toBe(401)
    expect((await refresh({})).status).toBe(401)
    given.clock.nowMs += 15 * MINUTE_MS + 6_000
    expect((await refresh(headers)).status).toBe(401)
  })
})

describe('verifyToken', () => {
  const keysOf = async () => {
    const signingKey = await newSigningKey('current', NOON_MS)
    await tables.verifyKeys.put(verifyKeyOf(signingKey))
    const jwk = JSON.parse(signingKey.jwk) as { kid: string; x: string; d: string; kty: string; crv: string }
    return { signingKey, jwk }
  }
  const signed = async (claims: Record<string, unknown>, header: Record<string, unknown> = {}) => {
    const { jwk } = await keysOf()
    const seconds = NOON_MS / 1000
    const whole = {
      iss: 'yangguang',
      aud: 'yangguang-api',
      sub: 'demo',
      role: 'operator',
      region: COUNTY,
      iat: seconds,
      exp: seconds + 900,
      auth_time: seconds,
    }
    return new SignJWT({ ...whole, ...claims })
      .setProtectedHeader({ alg: 'EdDSA', kid: jwk.kid, typ: 'at+jwt', ...header })
      .sign(await importJWK(jwk, 'EdDSA'))
  }
  const holderOf = (token: string, nowMs = NOON_MS) => verifyToken({ keys: tables.verifyKeys, token, nowMs })

  test('a whole token names its holder', async () => {
    expect(await holderOf(await signed({}))).toEqual({
      principal: { userName: 'demo', role: 'operator', regionCode: COUNTY },
      startedAtMs: NOON_MS,
    })
  })

  test.each<[rule: string, claims: Record<string, unknown>, header?: Record<string, unknown>]>([
    ['of another issuer', { iss: 'someone' }],
    ['for another audience', { aud: 'another-api' }],
    ['that is not valid yet', { nbf: NOON_MS / 1000 + 60 }],
    ['from the future', { iat: NOON_MS / 1000 + 60 }],
    ['that has expired', { exp: NOON_MS / 1000 - 10 }],
    ['without an end', { exp: undefined }],
    ['with a long life of its own choosing', { iat: NOON_MS / 1000 - 3_600, exp: NOON_MS / 1000 + 1e9 }],
    ['with a role there is not', { role: 'root' }],
    ['with a region that is no code', { region: '341623' }],
    ['without a holder', { sub: undefined }],
    ['of a session without a start', { auth_time: undefined }],
    ['of another type', {}, { typ: 'JWT' }],
    ['of a key nobody published', {}, { kid: 'unknown' }],
    ['of a key id that is a path', {}, { kid: '../x' }],
    ['without a key id', {}, { kid: undefined }],
  ])('a token %s is refused', async (_, claims, header) => {
    expect(await holderOf(await signed(claims, header))).toBeUndefined()
  })

  test('a token signed by another key under a known key id is refused', async () => {
    const { jwk } = await keysOf()
    const other = await exportJWK((await generateKeyPair('EdDSA', { extractable: true })).privateKey)
    const forged = await issueToken({
      signingKey: { keyId: 'current', jwk: JSON.stringify({ ...other, kid: jwk.kid }), createdAtMs: NOON_MS },
      principal: aPrincipal(),
      nowMs: NOON_MS,
    })
    expect(await holderOf(forged.token)).toBeUndefined()
  })

  test('a token without a signature, or signed with the public key as a shared secret, is refused', async () => {
    const { jwk } = await keysOf()
    const bare = new UnsecuredJWT({ role: 'administrator', region: COUNTY }).setSubject('demo').setIssuer('yangguang')
    expect(
      await holderOf(
        bare
          .setAudience('yangguang-api')
          .setIssuedAt(NOON_MS / 1000)
          .setExpirationTime(NOON_MS)
          .encode(),
      ),
    ).toBeUndefined()
    const confused = await new SignJWT({ role: 'administrator', region: COUNTY })
      .setProtectedHeader({ alg: 'HS256', kid: jwk.kid, typ: 'at+jwt' })
      .sign(Buffer.from(jwk.x, 'base64url'))
    expect(await holderOf(confused)).toBeUndefined()
  })

  test.each([[''], ['.'], ['a.b.c'], ['x'.repeat(10_000)]])('what is no token is refused', async (token) => {
    expect(await holderOf(token)).toBeUndefined()
  })

  test('an outage of the key table is an outage and not a refusal', async () => {
    const keys = { get: () => Promise.reject(new Error('the table is away')) }
    const token = await signed({})
    await expect(verifyToken({ keys, token, nowMs: NOON_MS })).rejects.toThrow('the table is away')
  })
})

describe('a stored password', () => {
  test('is matched by itself alone, and is salted', async () => {
    const again = await hashPassword(PASSWORD, CHEAP_N)
    expect(again).toMatch(/^scrypt\$16384\$/)
    expect(again).not.toBe(passwordHash)
    expect(await passwordMatches(PASSWORD, again)).toBe(true)
    expect(await passwordMatches('example only 2', again)).toBe(false)
  })

  test('is the same in full-width and half-width letters', async () => {
    expect(await passwordMatches('ｅｘａｍｐｌｅ　ｏｎｌｙ　１', passwordHash)).toBe(true)
  })

  test('of a form we never wrote is a fault and not a refusal', async () => {
    await expect(passwordMatches(PASSWORD, 'scrypt$1$x$y')).rejects.toThrow('malformed')
  })
})
