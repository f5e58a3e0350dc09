import type { Principal } from '../domain/access.ts'
import type { Ambient } from '../functions/entry.ts'
import { issueToken } from '../functions/edge/session.ts'
import { signingKeyIn } from '../functions/edge/signing-key.ts'
import type { TableOf } from '../stores/tables.ts'
import { NOON_MS } from './readings.ts'

/** What tests of the HTTP functions need: a clock, a quiet log that remembers, and requests of a person with rights. */

export type Logged = { level: string; fields: Record<string, unknown>; message: string }

/** Ambient deps with a clock a test sets by `clock.nowMs`. */
export const anAmbient = () => {
  const clock = { nowMs: NOON_MS }
  const logged: Logged[] = []
  const at = (level: string) => (fields: Record<string, unknown>, message: string) => void logged.push({ level, fields, message })
  const ambient = {
    now: () => clock.nowMs,
    log: { info: at('info'), warn: at('warn'), error: at('error') },
    count: () => undefined,
    queues: {},
  } satisfies Ambient & { queues: object }
  return { ambient, clock, logged }
}

export const aPrincipal = (over: Partial<Principal> = {}): Principal => ({
  userName: 'demo-admin',
  role: 'administrator',
  regionCode: '341623000000',
  ...over,
})

/** A bearer header for anyone, signed by the key the tables hold. */
export const bearerOf = async (
  tables: { signingKeys: TableOf<'signingKeys'>; verifyKeys: TableOf<'verifyKeys'> },
  principal: Principal,
  nowMs: number = NOON_MS,
): Promise<{ authorization: string }> => {
  const signingKey = await signingKeyIn({ ...tables, now: () => nowMs })()
  const { token } = await issueToken({ signingKey, principal, nowMs })
  return { authorization: `Bearer ${token}` }
}

/** A POST of JSON to the API. */
export const aPost = (path: string, body: unknown, headers: Record<string, string> = {}): Request =>
  new Request(`http://api.test${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
