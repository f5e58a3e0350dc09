import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GatewayMessage } from '../devices/rounds.ts'
import type { CountName } from '../functions/entry.ts'
import { readServerFile } from '../local/owner.ts'
import { type Runtime, startRuntime } from '../local/run.ts'
import { openTables } from '../stores/sqlite/table.ts'
import { anAdministrator, type Call, callsOf, importRegistry } from './administrator.ts'
import { publishAll } from './publishing.ts'

/** The platform as its users meet it, MQTT in and HTTP out, whatever it runs on. */
export type Platform = {
  /** A call of the API as an administrator of the whole country. */
  call: Call
  /** Imports a registry, refusing any error, and gives every gateway what it connects with. */
  importRegistry: (files: Record<string, string>, gatewayIds: readonly string[]) => Promise<void>
  /** Publishes every message over its gateway's connection; returns when all are acknowledged and dealt with. */
  publish: (messages: readonly GatewayMessage[]) => Promise<void>
  /** Runs a schedule function by hand, as of an instant, and waits for the work it hands on. */
  run: (name: string, atMs?: number) => Promise<number>
  /** What became of every reading and message so far. */
  counts: () => Promise<Record<CountName, number>>
  restart: () => Promise<void>
  close: () => Promise<void>
}

/** On one machine, on free ports and in a folder of its own. */
export type World = Platform & {
  runtime: Runtime
  dataDir: string
  /** Has the server do a job, as a command would; throws why it ended. */
  job: (name: string, ask: object) => Promise<unknown>
}

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

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
  await tables.users.put(await anAdministrator())
  tables.close()

  const start = () => startRuntime({ dataDir, httpPort: 0, mqttPort: 0, schedules: false, log: quiet, ...(now && { now }) })
  let runtime = await start()
  const secrets = new Map<string, string>()

  const call = callsOf(async (method, path, headers, body) => {
    const response = await fetch(`${runtime.httpUrl}${path}`, { method, headers, ...(body !== undefined && { body }) })
    return { status: response.status, body: await response.json() }
  })

  return {
    get runtime() {
      return runtime
    },
    dataDir,
    call,
    job: async (name, ask) => jobIn(dataDir, runtime, name, ask),
    importRegistry: async (files, gatewayIds) => {
      await importRegistry(call, files)
      for (const gatewayId of gatewayIds) {
        const issued = await call('POST', `/api/registry/gateways/${gatewayId}/secret`)
        secrets.set(gatewayId, (issued.body as { secret: string }).secret)
      }
    },
    publish: async (messages) => {
      await publishAll(messages, {
        mqttUrl: runtime.mqttUrl,
        secretOf: (gatewayId) => secrets.get(gatewayId) ?? '',
        topicOf: ({ gatewayId }) => `pv/${gatewayId}/readings`,
      })
      await runtime.quiesce()
    },
    run: async (name, atMs) => (await runtime.run(name, atMs)).did,
    counts: async () => runtime.status().counts,
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
