import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import mqtt, { type MqttClient } from 'mqtt'
import { gatewayIdOf, secretOf } from '../gateways.ts'
import { identityOf } from './identity.ts'

/**
 * The witness, a process of its own that nobody kills: publishes readings without pause, each identity once, and writes down in an
 * fsynced file which of them were acknowledged. Told to stop, it says how many it sent on each connection. Without the test that
 * started it, it ends too.
 */

export type PublisherSetup = { mqttUrl: string; file: string; connections: number; window: number; fromMs: number }

const NOTED_EVERY_MS = 5
const witness = (file: string): { note: (line: string) => void; end: () => void } => {
  const descriptor = openSync(file, 'a')
  let lines: string[] = []
  const write = (): void => {
    if (lines.length === 0) return
    writeSync(descriptor, lines.join(''))
    fsyncSync(descriptor)
    lines = []
  }
  const timer = setInterval(write, NOTED_EVERY_MS)
  return {
    note: (line) => lines.push(line),
    end: () => {
      clearInterval(timer)
      write()
      closeSync(descriptor)
    },
  }
}

const publishWithoutPause = (
  client: MqttClient,
  gateway: number,
  setup: PublisherSetup,
  acknowledged: (line: string) => void,
) => {
  const state = { sent: 0, inFlight: 0, isStopped: false }
  const idle = Promise.withResolvers<void>()
  const send = (): void => {
    while (client.connected && state.inFlight < setup.window && !state.isStopped) {
      const { deviceId, atMs } = identityOf(gateway, state.sent++, setup.fromMs)
      const payload = JSON.stringify({
        v: 1,
        readings: [{ deviceId, atMs, acPowerW: state.sent % 60_000, energyTotalWh: state.sent }],
      })
      state.inFlight += 1
      client.publish(`pv/${gatewayIdOf(gateway)}/readings`, payload, { qos: 1 }, (error) => {
        state.inFlight -= 1
        // With an error the connection went first: nobody knows whether the message was taken.
        if (!error) acknowledged(`${deviceId} ${atMs}\n`)
        if (state.isStopped && state.inFlight === 0) idle.resolve()
        setImmediate(send)
      })
    }
  }
  client.on('connect', send)
  return {
    stop: async (): Promise<number> => {
      state.isStopped = true
      if (state.inFlight > 0) await idle.promise
      return state.sent
    },
  }
}

const publishAll = (setup: PublisherSetup): void => {
  const { note, end } = witness(setup.file)
  const clients = Array.from({ length: setup.connections }, (_, gateway) => {
    const gatewayId = gatewayIdOf(gateway)
    const client = mqtt.connect(setup.mqttUrl, {
      clientId: gatewayId,
      username: gatewayId,
      password: secretOf(gatewayId),
      protocolVersion: 4,
      reconnectPeriod: 50,
      connectTimeout: 2_000,
    })
    client.on('error', () => undefined)
    return { client, publishing: publishWithoutPause(client, gateway, setup, note) }
  })
  const stop = async (): Promise<void> => {
    const sent = await Promise.all(clients.map(({ publishing }) => publishing.stop()))
    await Promise.all(clients.map(({ client }) => client.endAsync(true)))
    end()
    process.send?.(sent)
    process.disconnect()
  }
  process.on('message', () => void stop())
  process.on('disconnect', () => process.exit())
}

publishAll(JSON.parse(process.argv[2] ?? '') as PublisherSetup)
