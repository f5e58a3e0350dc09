import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import type { GatewayMessage } from '../devices/rounds.ts'
import { hashPassword } from '../functions/edge/session.ts'
import { readServerFile } from '../local/owner.ts'
import { type Runtime, startRuntime } from '../local/run.ts'
import { openTables } from '../stores/sqlite/table.ts'

/** The one-machine platform as its users meet it: MQTT in, HTTP out, on free ports and in a folder of its own. */
export type World = {
  runtime: Runtime
  dataDir: string
  /** Has the server do a job, as a command would; throws why it ended. */
  job: (name: string, ask: object) => Promise<unknown>
  /** A call of the API as an administrator of the whole country. */
  call: (method: 'GET' | 'POST', path: string, body?: object) => Promise<{ status: number; body: unknown }>
  /** Imports a registry, refusing any error, and gives every gateway a secret. */
  importRegistry: (files: Record<string, string>, gatewayIds: readonly string[]) => Promise<void>
  /** Publishes every message over its gateway's connection; returns when all are acknowledged and drained. */
  publish: (messages: readonly GatewayMessage[]) => Promise<void>
  /** Runs a schedule function by hand, as of an instant, and waits for the work it hands on. */
  run: (name: string, atMs?: number) => Promise<number>
  restart: () => Promise<void>
  close: () => Promise<void>
}

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
const PASSWORD = 'an invented password'
/** The cheapest hash that is accepted: the test is not about guessing. */
const SCRYPT_N = 2 ** 14

/** Through the routes that only the machine's owner may use. */
const jobIn = async (dataDir: string, { request, httpUrl }: Runtime, name: string, ask: object): Promise<unknown> => {
  const authorization = `Bearer ${readServerFile(dataDir)?.token}`
  const send = (method: string, path: string, body?: object) =>
    request(
      new Request(`${httpUrl}/local${path}`, { method, headers: { authorization }, ...(body && { body: JSON.stringify(body) }) }),
    )
  const { status } = await send('POST', `/jobs/${name}`, ask)
  if (status !== 202) throw new Error(`the job was not started: ${status}`)
  for (;;) {
    const state = (await (await send('GET', '/jobs')).json()) as { result?: unknown; error?: string }
    if (state.error !== undefined) throw new Error(state.error)
    if (state.result !== undefined) return state.result
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export const startWorld = async ({ now }: { now?: () => number } = {}): Promise<World> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'yangguang-world-'))
  const tables = openTables(join(dataDir, 'tables.db'))
  const passwordHash = await hashPassword(PASSWORD, SCRYPT_N)
  await tables.users.put({ userName: 'admin', role: 'administrator', regionCode: '000000000000', passwordHash, disabled: false })
  tables.close()

  const start = () => startRuntime({ dataDir, httpPort: 0, mqttPort: 0, schedules: false, log: quiet, ...(now && { now }) })
  let runtime = await start()
  const secrets = new Map<string, string>()
  let token: string | undefined

  const send = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${runtime.httpUrl}${path}`, {
      method,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }
  const call: World['call'] = async (method, path, body) => {
    if (token === undefined) {
      const session = await send('POST', '/api/session', { userName: 'admin', password: PASSWORD })
      token = (session.body as { token: string }).token
    }
    return send(method, path, body)
  }
  const publishAs = async (gatewayId: string, messages: readonly GatewayMessage[]): Promise<void> => {
    const options = {
      clientId: gatewayId,
      username: gatewayId,
      password: secrets.get(gatewayId) ?? '',
      protocolVersion: 4 as const,
    }
    const client = await connectAsync(runtime.mqttUrl, { ...options, reconnectPeriod: 0 })
    const topic = `pv/${gatewayId}/readings`
    for (let at = 0; at < messages.length; at += 500) {
      await Promise.all(messages.slice(at, at + 500).map(({ payload }) => client.publishAsync(topic, payload, { qos: 1 })))
    }
    await client.endAsync()
  }

  return {
    get runtime() {
      return runtime
    },
    dataDir,
    call,
    job: async (name, ask) => jobIn(dataDir, runtime, name, ask),
    importRegistry: async (files, gatewayIds) => {
      const { status, body } = await call('POST', '/api/registry/import', { dryRun: false, files })
      const { errors } = body as { errors: unknown[] }
      if (status !== 200 || errors.length > 0)
        throw new Error(`the registry does not import: ${JSON.stringify(body).slice(0, 500)}`)
      for (const gatewayId of gatewayIds) {
        const issued = await call('POST', `/api/registry/gateways/${gatewayId}/secret`)
        secrets.set(gatewayId, (issued.body as { secret: string }).secret)
      }
    },
    publish: async (messages) => {
      const byGateway = Map.groupBy(messages, ({ gatewayId }) => gatewayId)
      await Promise.all([...byGateway].map(([gatewayId, own]) => publishAs(gatewayId, own)))
      await runtime.quiesce()
    },
    run: async (name, atMs) => (await runtime.run(name, atMs)).did,
    restart: async () => {
      await runtime.close()
      runtime = await start()
    },
    close: async () => {
      await runtime.close()
      rmSync(dataDir, { recursive: true })
    },
  }
}
