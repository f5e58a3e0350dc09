import { randomInt } from 'node:crypto'
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Requests to one InfluxDB over a few connections that are kept. node:http and not `fetch`, because there the pool, a private
 * authority's certificate and the moment a connection breaks are in our hands without another dependency.
 *
 * What is sent here may be sent twice without harm, so a broken connection, 429 and 5xx are tried again a few times; what still
 * fails then is thrown, and the queue tries again. A server that says nothing for too long is not asked again at once. No error
 * holds the credentials.
 */

/** A token as 2.x and 3.x know it, or a user as 1.x does. */
export type Credentials = { token: string } | { user: string; password: string }

export type ConnectionOptions = {
  /** May have a path, where a proxy puts InfluxDB below one. */
  url: string
  /** Asked at the first request, and again when InfluxDB refuses what it gave: a secret may have been renewed since. */
  credentials?: () => Promise<Credentials>
  /** PEM of an authority to trust instead of the well-known ones. */
  ca?: string
  /** How long the server may say nothing; a wide query may think before its first row. */
  silenceMsMax?: number
}

export type Post = { path: string; query: Record<string, string>; contentType: string; body: string }

export type Connection = {
  /** The response once its status is one of 2xx; its body is still to be read, or to be destroyed. */
  post: (post: Post) => Promise<IncomingMessage>
  close: () => void
}

const SOCKETS_MAX = 8
const ATTEMPTS_MAX = 5
const FIRST_PAUSE_MS = 200
const ASKED_PAUSE_MS_MAX = 5_000
const SILENCE_MS_MAX = 20_000
const ERROR_CHARS_MAX = 300

/** What the operator can do about a status. */
const ADVICE: Record<number, string> = {
  401: ' (check the token, or the user and the password, in the secret)',
  403: ' (let the token or the user read and write this database)',
  404: ' (create the database; on 2.x map the bucket to a database of that name)',
}

const BROKEN: ReadonlySet<unknown> = new Set(['ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN'])

/** The whole body as text. */
export const bodyOf = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const authorization = (credentials: Credentials): string =>
  'token' in credentials
    ? `Token ${credentials.token}`
    : `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`

/** How long to wait after an attempt: what the server asks for within reason, else a random part of a doubling pause. */
export const pauseMs = (attempt: number, retryAfter: string | undefined): number => {
  const askedMs = Number(retryAfter ?? Number.NaN) * 1_000
  return Number.isNaN(askedMs) ? randomInt(FIRST_PAUSE_MS * 2 ** attempt) : Math.min(Math.max(askedMs, 0), ASKED_PAUSE_MS_MAX)
}

/** `status` 0: no answer came, for a reason that may pass. */
type Failed = { error: Error; status: number; retryAfter?: string | undefined }
type Attempt = { response: IncomingMessage } | Failed

const mayPass = ({ status }: Failed): boolean => status === 0 || status === 429 || status >= 500

export const connect = (options: ConnectionOptions): Connection => {
  const { url, credentials, ca, silenceMsMax = SILENCE_MS_MAX } = options
  const base = new URL(url)
  const isSecure = base.protocol === 'https:'
  const pool = { keepAlive: true, maxSockets: SOCKETS_MAX }
  const agent = isSecure ? new HttpsAgent({ ...pool, ...(ca !== undefined && { ca }) }) : new HttpAgent(pool)
  const request = isSecure ? httpsRequest : httpRequest
  let held: Promise<Credentials> | undefined

  const authorized = async (): Promise<Record<string, string>> => {
    if (!credentials) return {}
    held ??= credentials()
    // A secret that could not be read is read anew by the next request.
    held.catch(() => (held = undefined))
    return { authorization: authorization(await held) }
  }

  const send = ({ path, query, contentType, body }: Post, more: Record<string, string>): Promise<IncomingMessage> => {
    const target = new URL(base.pathname.replace(/\/$/, '') + path, base)
    target.search = new URLSearchParams(query).toString()
    const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(body), ...more }
    return new Promise((resolve, reject) => {
      const sent = request(target, { method: 'POST', agent, headers, timeout: silenceMsMax }, resolve)
      sent.on('timeout', () => sent.destroy(new Error(`InfluxDB at ${base.host} said nothing for ${silenceMsMax} ms`)))
      sent.on('error', reject)
      sent.end(body)
    })
  }

  const attempt = async (post: Post): Promise<Attempt> => {
    const more = await authorized()
    try {
      const response = await send(post, more)
      const { statusCode: status = 0, headers } = response
      if (status >= 200 && status < 300) return { response }
      const said = (await bodyOf(response)).trim().slice(0, ERROR_CHARS_MAX)
      const error = new Error(`InfluxDB at ${base.host} answered ${status}${ADVICE[status] ?? ''}: ${said}`)
      return { error, status, retryAfter: headers['retry-after'] }
    } catch (error) {
      if (error instanceof Error && 'code' in error && BROKEN.has(error.code)) return { error, status: 0 }
      throw error
    }
  }

  const post = async (post: Post): Promise<IncomingMessage> => {
    let renewals = credentials ? 1 : 0
    for (let count = 1; ; count += 1) {
      const tried = await attempt(post)
      if ('response' in tried) return tried.response
      const isStale = tried.status === 401 && renewals > 0
      if (count === ATTEMPTS_MAX || !(isStale || mayPass(tried))) throw tried.error
      if (isStale) {
        renewals -= 1
        held = undefined
      } else await sleep(pauseMs(count, tried.retryAfter))
    }
  }

  return { post, close: () => agent.destroy() }
}
