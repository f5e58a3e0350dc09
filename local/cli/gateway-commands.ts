import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { connectionOf, type GatewayDesk } from '../../domain/connection.ts'
import { reserveConnectionFile } from './connection-file.ts'
import { issueSecret } from './registry-commands.ts'
import { CommandError, withServer } from './server.ts'
import { print } from './terminal.ts'

/** `gateway add` and `gateway revoke`: who may connect, on either runtime. Nothing is done unless `--write` says so. */

/** Where `start` puts the broker unless told otherwise. */
const DEFAULT_MQTT_URL = 'mqtt://127.0.0.1:1883'

/** On one machine a gateway has one secret: a new one ends the old. */
export const localGatewayDesk = (dataDir: string, mqttUrl: string | undefined): GatewayDesk => ({
  add: async (gatewayId, { csrPem }, keep) => {
    if (csrPem !== undefined) throw new CommandError('--csr is for --aws: on one machine gateways connect with a secret')
    return withServer(dataDir, async (server) => {
      const password = await issueSecret(server, gatewayId)
      const url = mqttUrl ?? (server.wasRunning ? server.mqttUrl : DEFAULT_MQTT_URL)
      await keep({ ...connectionOf(gatewayId, url), kind: 'password', userName: gatewayId, password })
      return ['its old secret, if it had one, has ended']
    })
  },
  revoke: async (gatewayId) =>
    withServer(dataDir, async ({ call }) => {
      const path = `/api/registry/gateways/${encodeURIComponent(gatewayId)}/secret`
      const { ended } = (await call('DELETE', path)) as { ended: boolean }
      return ended
        ? [`${gatewayId} is turned away from now on; an open connection is closed within half a minute`]
        : [`${gatewayId} had no secret and could not connect`]
    }),
})

type AddOptions = { out?: string; csr?: string; mqttUrl?: string; write?: boolean }
type RevokeOptions = { certificate?: string; delete?: boolean; write?: boolean }

const csrIn = async (path: string | undefined): Promise<{ csrPem?: string }> => {
  if (path === undefined) return {}
  const csrPem = await readFile(path, 'utf8').catch(() => {
    throw new CommandError(`"${path}" cannot be read`)
  })
  if (csrPem.includes('PRIVATE KEY')) throw new CommandError(`"${path}" holds a private key, which must not leave the gateway`)
  if (!csrPem.includes('CERTIFICATE REQUEST')) throw new CommandError(`"${path}" is no certificate request in PEM`)
  return { csrPem }
}

const add = async (desk: GatewayDesk, gateway: string, { out, csr, write }: AddOptions): Promise<void> => {
  const path = out ?? `${gateway}.connection.json`
  const wish = await csrIn(csr)
  if (!write) return print(`a dry run: ${gateway} would be given what it connects with, in ${path}; add --write`)
  const file = await reserveConnectionFile(path)
  const lines = await desk.add(gateway, wish, file.keep).catch(async (error: unknown) => {
    await file.discard()
    throw error
  })
  await file.close()
  print(`${path}: carry it to the gateway and delete it here; it is shown to nobody else`, ...lines)
}

const revoke = async (desk: GatewayDesk, gateway: string, options: RevokeOptions): Promise<void> => {
  const { certificate: certificateId, delete: remove, write } = options
  if (!write) return print(`a dry run: ${gateway} would no longer be let in; add --write`)
  print(...(await desk.revoke(gateway, { ...(certificateId !== undefined && { certificateId }), ...(remove && { remove }) })))
}

export const addGatewayCommands = (program: Command, deskOf: (mqttUrl?: string) => Promise<GatewayDesk>): void => {
  const gateways = program.command('gateway').description('lets gateways of the registry connect, and shuts them out')
  gateways
    .command('add <gateway>')
    .description('makes what a gateway connects with and writes its connection file; again for a new secret or certificate')
    .option('--out <file>', 'the connection file; GATEWAY.connection.json unless told')
    .option('--csr <file>', 'with --aws: a certificate request of the gateway, whose private key then never leaves it')
    .option('--mqtt-url <url>', 'on one machine: how the gateway reaches the broker, when not by its own address')
    .option('--write', 'really do it: on one machine the old secret ends')
    .action(async (gateway: string, options: AddOptions) => add(await deskOf(options.mqttUrl), gateway, options))
  gateways
    .command('revoke <gateway>')
    .description('shuts a gateway out; what it had acknowledged stays')
    .option('--certificate <id>', 'with --aws: only this one of its certificates')
    .option('--delete', 'with --aws: delete the certificates, too')
    .option('--write', 'really do it')
    .action(async (gateway: string, options: RevokeOptions) => revoke(await deskOf(), gateway, options))
}
