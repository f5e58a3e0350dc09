import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import mqtt, { type MqttClient } from 'mqtt'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { connectionOf, type GatewayDesk } from '../../domain/connection.ts'
import { readConnectionFile } from '../../local/cli/connection-file.ts'
import { addFleetCommands } from '../../local/cli/fleet-commands.ts'
import { addGatewayCommands, localGatewayDesk } from '../../local/cli/gateway-commands.ts'
import { openTables } from '../../stores/sqlite/table.ts'
import { deviceIdOf } from '../gateways.ts'
import { NOON_MS } from '../readings.ts'
import { someRegions } from '../registry.ts'
import { type Running, startRunning } from '../running.ts'

/** A gateway on one machine, from the operator's keyboard to the broker and back. */

let running: Running
let printed: string[]
beforeEach(async () => {
  running = await startRunning({ over: { now: () => NOON_MS } })
  const tables = openTables(path('tables.db'))
  await tables.regions.putBatch(someRegions)
  tables.close()
  printed = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await running.end()
})

const gateway = async (...argv: string[]): Promise<string> => {
  const program = new Command().exitOverride()
  addGatewayCommands(program, async (mqttUrl) => localGatewayDesk(running.dataDir, mqttUrl))
  await program.parseAsync(['gateway', ...argv], { from: 'user' })
  return printed.splice(0).join('\n')
}
/** Another program than the server's, with a data folder that does not exist: it knows nothing but the file. */
const replay = async (...argv: string[]): Promise<void> => {
  const program = new Command().exitOverride()
  addFleetCommands(program, () => path('nowhere'))
  await program.parseAsync(['replay', ...argv], { from: 'user' })
}
const path = (name: string): string => join(running.dataDir, name)

/** Connects as a gateway does that knows nothing but its file. */
const connectWith = async (file: string): Promise<MqttClient> => {
  const connection = await readConnectionFile(file)
  if (connection.kind !== 'password') throw new Error('that is a file for AWS')
  const { clientId, userName: username, password } = connection
  return mqtt.connectAsync(connection.mqttUrl, { clientId, username, password, protocolVersion: 4, reconnectPeriod: 0 })
}
const aPayload = (atMs: number): string =>
  JSON.stringify({ v: 1, sentAtMs: atMs, seq: 1, readings: [{ deviceId: deviceIdOf(0, 0), atMs, acPowerW: 100 }] })

test('what a gateway connects with is written for its owner alone, and never printed', async () => {
  const told = await gateway('add', 'GW-0', '--out', path('gw.json'), '--write')
  const { password } = JSON.parse(readFileSync(path('gw.json'), 'utf8')) as { password: string }
  expect(statSync(path('gw.json')).mode & 0o777).toBe(0o600)
  expect(told).not.toContain(password)
  expect(await readConnectionFile(path('gw.json'))).toMatchObject({ clientId: 'GW-0', topic: 'pv/GW-0/readings', qos: 1 })
})

test('nothing is done unless told to, and no file is overwritten', async () => {
  expect(await gateway('add', 'GW-0', '--out', path('gw.json'))).toContain('a dry run')
  expect(await gateway('revoke', 'GW-0')).toContain('a dry run')
  const client = await running.connect('GW-0')
  writeFileSync(path('gw.json'), 'another one')
  await expect(gateway('add', 'GW-0', '--out', path('gw.json'), '--write')).rejects.toThrow('is not overwritten')
  expect(readFileSync(path('gw.json'), 'utf8')).toBe('another one')
  // Its secret is still the old one.
  client.end(true)
  await running.connect('GW-0')
})

test('a gateway the registry does not know gets nothing, and no file is left behind', async () => {
  await expect(gateway('add', 'GW-NONE', '--out', path('gw.json'), '--write')).rejects.toThrow('no such thing')
  await expect(gateway('add', 'GW-0', '--out', path('gw.json'), '--write', '--csr', path('gw.csr'))).rejects.toThrow(
    'cannot be read',
  )
  await gateway('add', 'GW-0', '--out', path('gw.json'), '--write')
})

test('a file whose credentials were taken back is taken away, too', async () => {
  const program = new Command().exitOverride()
  const connection = { ...connectionOf('GW-0', 'mqtt://127.0.0.1'), kind: 'password' as const, userName: 'GW-0', password: 'p' }
  const stopping: GatewayDesk = {
    add: async (_gatewayId, _wish, keep) => {
      await keep(connection)
      throw new Error('it broke after that')
    },
    revoke: async () => [],
  }
  addGatewayCommands(program, async () => stopping)
  const added = program.parseAsync(['gateway', 'add', 'GW-0', '--out', path('gw.json'), '--write'], { from: 'user' })
  await expect(added).rejects.toThrow('it broke after that')
  expect(existsSync(path('gw.json'))).toBe(false)
})

test('a private key is never taken for a certificate request', async () => {
  writeFileSync(path('gw.csr'), '-----BEGIN CERTIFICATE REQUEST-----\n-----BEGIN PRIVATE KEY-----\n')
  await expect(gateway('add', 'GW-0', '--csr', path('gw.csr'))).rejects.toThrow('must not leave the gateway')
})

test('the address that gateways reach the broker by is written as told', async () => {
  await gateway('add', 'GW-0', '--out', path('gw.json'), '--mqtt-url', 'mqtts://broker.example.test', '--write')
  expect(await readConnectionFile(path('gw.json'))).toMatchObject({ host: 'broker.example.test', port: 8883 })
})

test('a gateway that is revoked is turned away and loses no acknowledged reading; a new secret lets it in again', async () => {
  await gateway('add', 'GW-0', '--out', path('first.json'), '--write')
  const client = await connectWith(path('first.json'))
  await client.publishAsync('pv/GW-0/readings', aPayload(NOON_MS - 60_000), { qos: 1 })
  await client.endAsync()

  expect(await gateway('revoke', 'GW-0', '--write')).toContain('turned away')
  await expect(connectWith(path('first.json'))).rejects.toThrow(/bad user|not authorized|refused/i)
  expect(await gateway('revoke', 'GW-0', '--write')).toContain('had no secret')

  await gateway('add', 'GW-0', '--out', path('second.json'), '--write')
  const again = await connectWith(path('second.json'))
  await again.publishAsync('pv/GW-0/readings', aPayload(NOON_MS), { qos: 1 })
  await again.endAsync()
  await expect(connectWith(path('first.json'))).rejects.toThrow()
  await running.runtime.quiesce()
  expect(await running.storedAfterClose([deviceIdOf(0, 0)])).toEqual([
    { deviceId: deviceIdOf(0, 0), atMs: NOON_MS - 60_000 },
    { deviceId: deviceIdOf(0, 0), atMs: NOON_MS },
  ])
})

test('recorded telemetry is replayed by whoever holds a connection file, wherever the data is', async () => {
  await gateway('add', 'GW-0', '--out', path('gw.json'), '--write')
  writeFileSync(path('recorded.csv'), 'time,device,watts\n2026-11-02 11:58,A,100\n2026-11-02 11:59,A,110\n')
  const mapping = {
    timestamp: { column: 'time' },
    device: { column: 'device', ids: { A: deviceIdOf(0, 0) } },
    quantities: [{ quantity: 'acPowerW', columns: ['watts'], unit: 'W' }],
  }
  writeFileSync(path('map.json'), JSON.stringify(mapping))
  await expect(replay(path('recorded.csv'), '--map', path('map.json'))).rejects.toThrow('say who speaks')
  await replay(path('recorded.csv'), '--map', path('map.json'), '--connection', path('gw.json'))
  expect(existsSync(path('nowhere'))).toBe(false)
  await running.runtime.quiesce()
  expect(await running.storedAfterClose([deviceIdOf(0, 0)])).toHaveLength(2)
})
