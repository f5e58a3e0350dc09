import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { quietLog } from '../running.ts'
import { inboundMessagesOf } from '../../functions/edge/aws-events.ts'
import { resolver } from './deployed.ts'
import { type SimulatedIot, startIot } from './simulated-iot-broker.ts'
import { stackOf } from './variants.ts'

/** What the policy and the rule of the template let through, as far as their text goes, and what the door on AWS makes of it. */

const stack = stackOf({})
const NOW_MS = Date.UTC(2026, 10, 1)
const TOPIC = 'pv/GW-A/readings'

let iot: SimulatedIot
let queued: { queueUrl: string; body: string }[]
beforeAll(async () => {
  const send = (queueUrl: string, body: string) => void queued.push({ queueUrl, body })
  iot = await startIot({ stack, resolve: resolver(stack, 'http://127.0.0.1:1') }, { seed: 1, now: () => NOW_MS, send })
  iot.register('GW-A')
  iot.register('GW-B')
})
afterAll(async () => iot.close())
beforeEach(() => {
  queued = []
})

const connect = (clientId: string, username = clientId): Promise<MqttClient> =>
  connectAsync(iot.mqttUrl, { clientId, username, password: 'a certificate', protocolVersion: 4, reconnectPeriod: 0 })
const isAcknowledged = async (topic: string, payload: string | Buffer = '{}'): Promise<boolean> => {
  const client = await connect('GW-A')
  const closed = new Promise<boolean>((resolve) => void client.once('close', () => resolve(false)))
  const sent = client.publishAsync(topic, payload, { qos: 1 }).then(
    () => true,
    () => false,
  )
  const acknowledged = await Promise.race([sent, closed])
  client.end(true)
  return acknowledged
}
const received = () => {
  const event = { Records: queued.map(({ body }, at) => ({ messageId: `m${at}`, body })) }
  return inboundMessagesOf(event, quietLog)
}

describe('a gateway', () => {
  test.each([TOPIC, `$aws/rules/yangguang_ingest_readings/${TOPIC}`])('publishes to %s, and it is queued once', async (topic) => {
    expect(await isAcknowledged(topic, '{"v":1}')).toBe(true)
    expect(queued.map(({ queueUrl }) => queueUrl.split('/').at(-1))).toEqual([
      stack.idOf('AWS::SQS::Queue', 'queue-ingest-readings'),
    ])
    const [message] = received().messages
    expect(message).toMatchObject({ topic: TOPIC, clientId: 'GW-A', receivedAtMs: NOW_MS })
    expect(Buffer.from(message?.payload ?? []).toString()).toBe('{"v":1}')
  })

  test('has what is not JSON queued byte by byte', async () => {
    const bytes = Buffer.from([0, 255, 10, 34, 92])
    expect(await isAcknowledged(TOPIC, bytes)).toBe(true)
    expect(Buffer.from(received().messages[0]?.payload ?? [])).toEqual(bytes)
  })

  test.each([
    'pv/GW-B/readings',
    '$aws/rules/yangguang_ingest_readings/pv/GW-B/readings',
    '$aws/rules/other/pv/GW-A/readings',
    'x',
  ])('that publishes to %s is disconnected and nothing is queued', async (topic) => {
    expect(await isAcknowledged(topic)).toBe(false)
    expect(queued).toEqual([])
  })

  test.each([
    ['nobody registered', 'GW-C', 'GW-C'],
    ['with the certificate of another', 'GW-A', 'GW-B'],
  ])('%s is refused', async (_what, clientId, certificate) => {
    await expect(connect(clientId, certificate)).rejects.toThrow(/refused|not authorized/i)
  })

  test('may subscribe to nothing', async () => {
    const client = await connect('GW-A')
    await expect(client.subscribeAsync(TOPIC)).rejects.toThrow()
    client.end(true)
  })
})
