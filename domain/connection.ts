import * as z from 'zod'
import { ID_PATTERN } from './limits.ts'

/**
 * A gateway's connection file: all it needs to connect, and nothing else it could do with it. It holds a secret: written once,
 * readable by its owner alone, carried to the gateway by hand.
 */

export const KEEP_ALIVE_SECONDS = 60

const common = {
  v: z.literal(1),
  gatewayId: z.string().regex(ID_PATTERN),
  protocol: z.literal('MQTT 3.1.1'),
  mqttUrl: z.url({ protocol: /^mqtts?$/ }),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  /** Always the gateway's id: another one is refused. */
  clientId: z.string(),
  topic: z.string(),
  qos: z.literal(1),
  keepAliveSeconds: z.int(),
}

export const connectionSchema = z.discriminatedUnion('kind', [
  /** The broker of one machine: the id as user name, the secret as password. */
  z.object({ ...common, kind: z.literal('password'), userName: z.string(), password: z.string().min(1) }),
  /** AWS IoT Core: TLS with a certificate of the gateway's own. */
  z.object({
    ...common,
    kind: z.literal('certificate'),
    /** The same door without the charge for a message through the broker. */
    basicIngestTopic: z.string(),
    certificateId: z.string(),
    certificatePem: z.string().min(1),
    /** Absent when the gateway made the key itself and only asked for the certificate. */
    privateKeyPem: z.string().min(1).optional(),
    /** Whose certificates the server shows, so that the gateway can tell it from another. */
    serverAuthority: z.string(),
  }),
])
export type Connection = z.infer<typeof connectionSchema>

/** The one topic a gateway may publish to. */
export const topicOf = (gatewayId: string): string => `pv/${gatewayId}/readings`

/** What every connection of a gateway has; `mqttUrl` names the port unless it is the protocol's own. */
export const connectionOf = (gatewayId: string, mqttUrl: string) => {
  const { protocol, hostname, port } = new URL(mqttUrl)
  return {
    v: 1 as const,
    gatewayId,
    protocol: 'MQTT 3.1.1' as const,
    mqttUrl,
    host: hostname,
    port: port === '' ? (protocol === 'mqtts:' ? 8_883 : 1_883) : Number(port),
    clientId: gatewayId,
    topic: topicOf(gatewayId),
    qos: 1 as const,
    keepAliveSeconds: KEEP_ALIVE_SECONDS,
  }
}

/** What a runtime does for its gateways; both answer lines to tell the operator. */
export type GatewayDesk = {
  /** Makes what the gateway connects with and gives it to `keep`, once. Throws when it could not be made or kept. */
  add: (gatewayId: string, wish: { csrPem?: string }, keep: (connection: Connection) => Promise<void>) => Promise<string[]>
  revoke: (gatewayId: string, wish: { certificateId?: string; remove?: boolean }) => Promise<string[]>
}
