import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import { startRuntime } from '../run.ts'
import { clockOf } from './data-folder.ts'

/**
 * How a command reaches the platform: through the server that runs on the data folder, or, when none does, through one started for
 * the time of the command on free ports. Either way it is the same HTTP, so a command cannot tell the difference.
 */
export type Server = {
  httpUrl: string
  mqttUrl: string
  /** Whether it was there before the command. */
  wasRunning: boolean
  /** A call of the API as an administrator, or of a local route; answers its JSON. Throws CommandError on a refusal. */
  call: (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) => Promise<unknown>
}

/** All that most commands need of the platform. */
export type Api = Pick<Server, 'call'>
/** Where a command works: the data folder of this machine, or what opens the API of a deployment elsewhere. */
export type Platform = string | (() => Promise<Api>)

/** Something the person at the keyboard can mend; shown as one line, without a stack. */
export class CommandError extends Error {}

const serverFileSchema = z.object({ pid: z.int(), httpUrl: z.url(), mqttUrl: z.string(), token: z.string() })
type ServerFile = z.infer<typeof serverFileSchema>
const sessionSchema = z.object({ token: z.string() })
const problemSchema = z.object({ detail: z.string() })

/** A command shows its own result; of the runtime's log only what went wrong. */
const complain = (fields: Record<string, unknown>, message: string): void => {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`)
}
const warnings = { info: () => undefined, warn: complain, error: complain }

const REQUEST_TIMEOUT_MS = 600_000
/** Tokens live fifteen minutes by the server's clock, which need not be ours. */
const RENEW_AFTER_MS = 10 * 60_000

const readServerFile = async (dataDir: string): Promise<ServerFile | undefined> => {
  const text = await readFile(join(dataDir, 'server.json'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : serverFileSchema.parse(JSON.parse(text))
}

const answers = async ({ httpUrl, token }: ServerFile): Promise<boolean> => {
  try {
    const response = await fetch(`${httpUrl}/local/status`, { headers: { authorization: `Bearer ${token}` } })
    return response.ok
  } catch {
    return false
  }
}

const refusalOf = (status: number, text: string): CommandError => {
  try {
    return new CommandError(problemSchema.parse(JSON.parse(text)).detail)
  } catch {
    return new CommandError(`the server answered ${status}: ${text.slice(0, 200)}`)
  }
}

const callerOf = ({ httpUrl, token }: ServerFile): Server['call'] => {
  const send = async (method: string, path: string, bearer: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${httpUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    const text = await response.text()
    if (!response.ok) throw refusalOf(response.status, text)
    return text === '' ? undefined : JSON.parse(text)
  }
  let session: { token: string; issuedMs: number } | undefined
  return async (method, path, body) => {
    if (path.startsWith('/local/')) return send(method, path, token, body)
    if (!session || performance.now() - session.issuedMs > RENEW_AFTER_MS) {
      session = { ...sessionSchema.parse(await send('POST', '/local/session', token)), issuedMs: performance.now() }
    }
    return send(method, path, session.token, body)
  }
}

/** Does the work against the platform of a data folder, and leaves it as it was: running, or not. */
export const withServer = async <Result>(dataDir: string, work: (server: Server) => Promise<Result>): Promise<Result> => {
  const running = await readServerFile(dataDir)
  if (running && (await answers(running))) return work({ ...running, wasRunning: true, call: callerOf(running) })
  const now = await clockOf(dataDir)
  const runtime = await startRuntime({
    dataDir: resolve(dataDir),
    httpPort: 0,
    mqttPort: 0,
    schedules: false,
    log: warnings,
    now,
  })
  try {
    const started = await readServerFile(dataDir)
    if (!started) throw new Error('the runtime started without saying where')
    return await work({ ...started, wasRunning: false, call: callerOf(started) })
  } finally {
    await runtime.close()
  }
}

/** Does the work against the API of the platform, wherever that is. */
export const withApi = async <Result>(platform: Platform, work: (api: Api) => Promise<Result>): Promise<Result> =>
  typeof platform === 'string' ? withServer(platform, work) : work(await platform())
