import { createHash, scrypt, timingSafeEqual } from 'node:crypto'

import { calculateJwkThumbprint, errors, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod'

import { type Principal, principalSchema } from '../../domain/access.ts'
import { HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { ID_PATTERN } from '../../domain/limits.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { SessionKey } from '../../stores/rows.ts'

/** Sessions: passwords kept as scrypt hashes, and short-lived tokens signed with Ed25519. Nothing here is ever logged. */

const TOKEN_LIFETIME_MS = 15 * MINUTE_MS
/** However often it is refreshed, a session ends so long after the password was given. */
const SESSION_LIFETIME_MS = 12 * HOUR_MS
const ALGORITHM = 'EdDSA'
const ISSUER = 'yangguang'
const AUDIENCE = 'yangguang-api'
const TOKEN_TYPE = 'at+jwt'
/** Clocks of two machines differ by a little. */
const CLOCK_TOLERANCE_S = 5
const TOKEN_CHARS_MAX = 4_096

const jwkSchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string().optional(),
  kid: z.string().regex(ID_PATTERN),
})

const parseJwk = (key: SessionKey) => jwkSchema.parse(JSON.parse(key.jwk))

/** A new signing key, filed under `keyId`; its own id (`kid`) is its thumbprint, so a changed key never answers for an old one. */
export const newSigningKey = async (keyId: string, nowMs: number): Promise<SessionKey> => {
  const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(privateKey)
  return { keyId, jwk: JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk) }), createdAtMs: nowMs }
}

/** The public half of a signing key, filed under its `kid`. */
export const verifyKeyOf = (signingKey: SessionKey): SessionKey => {
  const { kty, crv, x, kid } = parseJwk(signingKey)
  return { keyId: kid, jwk: JSON.stringify({ kty, crv, x, kid }), createdAtMs: signingKey.createdAtMs }
}

export type IssuedToken = { token: string; expiresAtMs: number }

/** Who is asking, and when they gave their password, epoch ms. */
export type Session = { principal: Principal; startedAtMs: number }

/** A token that says who its holder is for the next 15 minutes, or what is left of the session. A new session starts now. */
export const issueToken = async (given: {
  signingKey: SessionKey
  principal: Principal
  nowMs: number
  startedAtMs?: number
}): Promise<IssuedToken> => {
  const { signingKey, principal, nowMs, startedAtMs = nowMs } = given
  const jwk = parseJwk(signingKey)
  const expiresAtS = Math.floor(Math.min(nowMs + TOKEN_LIFETIME_MS, startedAtMs + SESSION_LIFETIME_MS) / 1000)
  const token = await new SignJWT({
    role: principal.role,
    region: principal.regionCode,
    auth_time: Math.floor(startedAtMs / 1000),
  })
    .setProtectedHeader({ alg: ALGORITHM, kid: jwk.kid, typ: TOKEN_TYPE })
    .setSubject(principal.userName)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt(Math.floor(nowMs / 1000))
    .setExpirationTime(expiresAtS)
    .sign(await importJWK(jwk, ALGORITHM))
  return { token, expiresAtMs: expiresAtS * 1000 }
}

const claimsSchema = z
  .object({ sub: z.unknown(), role: z.unknown(), region: z.unknown(), auth_time: z.int() })
  .transform(({ sub, role, region, auth_time: startedAtS }) => ({
    principal: { userName: sub, role, regionCode: region },
    startedAtMs: startedAtS * 1000,
  }))
  .pipe(z.object({ principal: principalSchema, startedAtMs: z.int() }))

/** The session a token stands for; undefined when the token is not ours, not now or not whole. Throws only when `keys` fails. */
export const verifyToken = async (given: {
  keys: Pick<TableReaderOf<'verifyKeys'>, 'get'>
  token: string
  nowMs: number
}): Promise<Session | undefined> => {
  if (given.token.length > TOKEN_CHARS_MAX) return undefined
  try {
    const { payload } = await jwtVerify(
      given.token,
      async ({ kid }) => {
        const found = kid !== undefined && ID_PATTERN.test(kid) ? await given.keys.get({ keyId: kid }) : undefined
        if (!found) throw new errors.JWKSNoMatchingKey()
        return await importJWK(parseJwk(found.row), ALGORITHM)
      },
      {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: TOKEN_TYPE,
        requiredClaims: ['sub', 'iat', 'exp'],
        maxTokenAge: TOKEN_LIFETIME_MS / 1000,
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(given.nowMs),
      },
    )
    return claimsSchema.safeParse(payload).data
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}

/** A new secret as text, base64url of that many random bytes. */
export const newSecret = (bytes: number): string => randomBytes(bytes).toString('base64url')

/** SHA-256 (hex) of a gateway's secret as it is sent: the text's bytes. Enough for 32 random bytes; passwords need scrypt. */
export const secretHashOf = (secret: string | Uint8Array): string => createHash('sha256').update(secret).digest('hex')

const randomBytes = (bytes: number): Buffer => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes)))

/** OWASP's first choice for scrypt: 128 MiB and about a third of a second per password. */
const SCRYPT_N = 2 ** 17
const SCRYPT_R = 8
const HASH_BYTES = 32
const SALT_BYTES = 16
const HASH_PATTERN = /^scrypt\$(16384|32768|65536|131072|262144)\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})$/

const derive = (password: string, salt: Buffer, n: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { N: n, r: SCRYPT_R, p: 1, maxmem: 256 * n * SCRYPT_R }
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)))
  })

/** `scrypt$N$salt$hash` of a password under a fresh salt. Full-width and half-width input of one character count as the same. */
export const hashPassword = async (password: string, n: number = SCRYPT_N): Promise<string> => {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, salt, n)
  return `scrypt$${n}$${salt.toString('base64url')}$${hash.toString('base64url')}`
}

/** Whether a password is the one behind a stored hash; compared in constant time. Throws when the stored hash is malformed. */
export const passwordMatches = async (password: string, stored: string): Promise<boolean> => {
  const [, n, salt, hash] = HASH_PATTERN.exec(stored) ?? []
  if (n === undefined || salt === undefined || hash === undefined) throw new TypeError('a stored password hash is malformed')
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64url'), Number(n)), Buffer.from(hash, 'base64url'))
}
