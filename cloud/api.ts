import * as z from 'zod'
import type { Principal } from '../domain/access.ts'
import { WHOLE_COUNTRY } from '../domain/access.ts'
import { issueToken } from '../functions/edge/session.ts'
import { signingKeyIn } from '../functions/edge/signing-key.ts'
import { DeploymentError } from './complaint.ts'
import type { Deployment } from './deployment.ts'

/**
 * The HTTP API of a deployment, called as an administrator of everything: whoever may read the signing key's table of the account
 * owns the deployment, as whoever may read `server.json` owns one machine.
 */
export type ApiCall = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) => Promise<unknown>

const OWNER: Principal = { userName: 'owner', role: 'administrator', regionCode: WHOLE_COUNTRY }
/** API Gateway gives a function half a minute. */
const REQUEST_TIMEOUT_MS = 40_000
/** API Gateway passes no more to a function. */
const BODY_BYTES_MAX = 6 * 1024 * 1024
const RENEW_BEFORE_MS = 60_000
const problemSchema = z.object({ detail: z.string() })

const refusalOf = (status: number, text: string): DeploymentError => {
  try {
    return new DeploymentError(problemSchema.parse(JSON.parse(text)).detail)
  } catch {
    return new DeploymentError(`the API answered ${status}: ${text.slice(0, 200)}`)
  }
}

/** Calls answer their JSON. Throws DeploymentError on a refusal and when nothing answers. */
export const apiCaller = ({ outputs, tables }: Pick<Deployment, 'outputs' | 'tables'>, now: () => number = Date.now): ApiCall => {
  const signingKey = signingKeyIn({ ...tables, now })
  let session: { token: string; expiresAtMs: number } | undefined
  /** How far the clock of the deployment is ahead of this machine's. */
  let aheadMs = 0
  const token = async (): Promise<string> => {
    const nowMs = now() + aheadMs
    if (!session || session.expiresAtMs - nowMs < RENEW_BEFORE_MS) {
      session = await issueToken({ signingKey: await signingKey(), principal: OWNER, nowMs })
    }
    return session.token
  }
  const send = async (method: string, path: string, payload: string | undefined): Promise<Response> =>
    fetch(new URL(path, outputs.ApiUrl), {
      method,
      headers: { authorization: `Bearer ${await token()}`, ...(payload && { 'content-type': 'application/json' }) },
      ...(payload && { body: payload }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw new DeploymentError(`the API at ${outputs.ApiUrl} does not answer`, { cause: error })
    })
  return async (method, path, body) => {
    const payload = body && JSON.stringify(body)
    if (payload !== undefined && Buffer.byteLength(payload) > BODY_BYTES_MAX) {
      throw new DeploymentError('that is more than 6 MB, which API Gateway does not pass on: divide the files by county')
    }
    let response = await send(method, path, payload)
    const theirMs = Date.parse(response.headers.get('date') ?? '')
    if (response.status === 401 && !Number.isNaN(theirMs)) {
      // A token dated by a clock that is wrong is refused; theirs is the one that counts.
      aheadMs = theirMs - now()
      session = undefined
      response = await send(method, path, payload)
    }
    const text = await response.text()
    if (!response.ok) throw refusalOf(response.status, text)
    return text === '' ? undefined : JSON.parse(text)
  }
}
