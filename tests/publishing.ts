import { connectAsync } from 'mqtt'
import type { GatewayMessage } from '../devices/rounds.ts'

/** So many messages of a gateway are unacknowledged at a time. */
const WINDOW = 500

export type Door = {
  mqttUrl: string
  secretOf: (gatewayId: string) => string
  topicOf: (message: GatewayMessage, at: number) => string
}

/** Publishes every message over its gateway's connection, at QoS 1; returns when all are acknowledged. */
export const publishAll = async (messages: readonly GatewayMessage[], { mqttUrl, secretOf, topicOf }: Door): Promise<void> => {
  const publishAs = async (gatewayId: string, own: readonly GatewayMessage[]): Promise<void> => {
    const client = await connectAsync(mqttUrl, {
      clientId: gatewayId,
      username: gatewayId,
      password: secretOf(gatewayId),
      protocolVersion: 4,
      reconnectPeriod: 0,
    })
    for (let from = 0; from < own.length; from += WINDOW) {
      const some = own.slice(from, from + WINDOW)
      await Promise.all(some.map((message, at) => client.publishAsync(topicOf(message, from + at), message.payload, { qos: 1 })))
    }
    await client.endAsync()
  }
  const byGateway = Map.groupBy(messages, ({ gatewayId }) => gatewayId)
  await Promise.all([...byGateway].map(([gatewayId, own]) => publishAs(gatewayId, own)))
}
