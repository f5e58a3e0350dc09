import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectSocket, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import type { Log } from '../functions/entry.ts'
import { type Runtime, type RuntimeOptions, startRuntime } from '../local/run.ts'
import { openReadingStore } from '../stores/duckdb/reading-store.ts'
import { connectPacket } from './bench/packets.ts'
import { registerGateways, secretOf } from './gateways.ts'

/** A whole one-machine runtime for a test, on free ports and a data folder of its own, and both ends of it. */
export type Running = {
  dataDir: string
  runtime: Runtime
  connect: (gatewayId: string, over?: IClientOptions) => Promise<MqttClient>
  /** A socket that has sent CONNECT and got CONNACK, for bytes no client library would send. */
  connectRaw: (gatewayId: string) => Promise<Socket>
  restart: () => Promise<void>
  /** The readings stored, after the runtime was closed; ends the world. */
  storedAfterClose: (deviceIds: readonly string[]) => Promise<{ deviceId: string; atMs: number }[]>
  end: () => Promise<void>
}

const nothing = () => undefined
export const quietLog: Log = { info: nothing, warn: nothing, error: nothing }

export const startRunning = async (
  options: { gateways?: number; devices?: number; over?: Partial<RuntimeOptions> } = {},
): Promise<Running> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'yangguang-test-'))
  await registerGateways(join(dataDir, 'tables.db'), { count: options.gateways ?? 2, devices: options.devices ?? 2 })
  const start = () => startRuntime({ dataDir, httpPort: 0, mqttPort: 0, schedules: false, log: quietLog, ...options.over })
  const clients = new Set<MqttClient>()
  const running: Running = {
    dataDir,
    runtime: await start(),
    connect: async (gatewayId, over = {}) => {
      const client = mqtt.connect(running.runtime.mqttUrl, {
        clientId: gatewayId,
        username: gatewayId,
        password: secretOf(gatewayId),
        protocolVersion: 4,
        reconnectPeriod: 0,
        ...over,
      })
      clients.add(client)
      await new Promise<void>((resolve, reject) => {
        client.once('connect', () => resolve())
        client.on('error', reject)
        client.once('close', () => reject(new Error('the connection was refused')))
      })
      return client
    },
    connectRaw: (gatewayId) =>
      new Promise((resolve, reject) => {
        const port = Number(new URL(running.runtime.mqttUrl).port)
        const socket = connectSocket(port, '127.0.0.1', () =>
          socket.write(connectPacket({ clientId: gatewayId, userName: gatewayId, password: secretOf(gatewayId) })),
        )
        socket.on('error', nothing)
        socket.once('close', () => reject(new Error('closed before CONNACK')))
        socket.once('data', () => resolve(socket))
      }),
    restart: async () => {
      await running.runtime.close()
      running.runtime = await start()
    },
    storedAfterClose: async (deviceIds) => {
      await running.runtime.close()
      const store = await openReadingStore(join(dataDir, 'readings.duckdb'))
      const stored = await store.list({ deviceIds, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }, 100_000)
      await store.close()
      return stored.map(({ deviceId, atMs }) => ({ deviceId, atMs }))
    },
    end: async () => {
      for (const client of clients) client.end(true)
      await running.runtime.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  return running
}
