import type { User } from '../domain/access.ts'
import { hashPassword } from '../functions/edge/session.ts'

/** An administrator of the whole country, who logs in like anybody. */

export type Answer = { status: number; body: unknown }
export type Call = (method: 'GET' | 'POST', path: string, body?: object) => Promise<Answer>
/** One request as the runtime takes it in. */
export type Send = (method: string, path: string, headers: Record<string, string>, body?: string) => Promise<Answer>

const PASSWORD = 'an invented password'
/** The cheapest hash that is accepted: the test is not about guessing. */
const SCRYPT_N = 2 ** 14

export const anAdministrator = async (): Promise<User> => ({
  userName: 'admin',
  role: 'administrator',
  regionCode: '000000000000',
  passwordHash: await hashPassword(PASSWORD, SCRYPT_N),
  disabled: false,
})

/** Calls of the API by the administrator, who logs in before the first. */
export const callsOf = (send: Send): Call => {
  let token: Promise<string> | undefined
  const ask = (method: string, path: string, headers: Record<string, string>, body?: object): Promise<Answer> =>
    send(method, path, { ...headers, ...(body && { 'content-type': 'application/json' }) }, body && JSON.stringify(body))
  const logIn = async (): Promise<string> => {
    const session = await ask('POST', '/api/session', {}, { userName: 'admin', password: PASSWORD })
    return (session.body as { token: string }).token
  }
  return async (method, path, body) => {
    token ??= logIn()
    return ask(method, path, { authorization: `Bearer ${await token}` }, body)
  }
}

/** Imports a registry, refusing any error. */
export const importRegistry = async (call: Call, files: Record<string, string>): Promise<void> => {
  const { status, body } = await call('POST', '/api/registry/import', { dryRun: false, files })
  const { errors } = body as { errors: unknown[] }
  if (status !== 200 || errors.length > 0) throw new Error(`the registry does not import: ${JSON.stringify(body).slice(0, 500)}`)
}
