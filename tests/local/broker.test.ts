import fc from 'fast-check'
import mqtt from 'mqtt'
import { expect, test } from 'vitest'
import { startBroker } from '../../local/broker.ts'
import { frameFollower } from '../../local/frame-guard.ts'
import { publishPacket } from '../bench/packets.ts'
import { quietLog } from '../running.ts'

const aPacket = (payloadBytes: number): Buffer =>
  publishPacket({ topic: 'pv/G/readings', packetId: 7, payload: 'x'.repeat(payloadBytes) })

test('a stream of packets is followed however it is cut, up to the first that is too large', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }),
      (sizes, cuts) => {
        const bodyMax = 200
        const stream = Buffer.concat(sizes.map(aPacket))
        const isWithin = frameFollower(bodyMax)
        let at = 0
        let isEverTooLarge = false
        for (let cut = 0; at < stream.length; cut++) {
          const step = cuts[cut % cuts.length] ?? 1
          isEverTooLarge ||= !isWithin(stream.subarray(at, at + step))
          at += step
        }
        // Topic and packet id take 17 bytes of the body.
        expect(isEverTooLarge).toBe(sizes.some((size) => size + 17 > bodyMax))
      },
    ),
  )
})

test('the first packet, sent by whoever it may be, has a limit of its own', () => {
  const isWithin = () => frameFollower(200, 100)
  expect(isWithin()(aPacket(83))).toBe(true)
  expect(isWithin()(aPacket(84))).toBe(false)
  expect(isWithin()(Buffer.concat([aPacket(83), aPacket(183)]))).toBe(true)
  expect(isWithin()(Buffer.concat([aPacket(83), aPacket(184)]))).toBe(false)
})

test('a length of more than four bytes is none', () => {
  expect(frameFollower(2 ** 31)(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))).toBe(false)
})

test('a message that cannot be taken is not acknowledged: its connection closes', async () => {
  const broker = await startBroker({
    port: 0,
    log: quietLog,
    now: Date.now,
    knows: async () => true,
    take: (_publish, done) => done(new Error('disk full')),
  })
  const client = await mqtt.connectAsync(broker.url, {
    clientId: 'G',
    username: 'G',
    password: 'p',
    protocolVersion: 4,
    reconnectPeriod: 0,
  })
  const acknowledged: unknown[] = []
  client.publish('pv/G/readings', 'x', { qos: 1 }, (error) => void (error ?? acknowledged.push('acknowledged')))
  await new Promise((resolve) => client.once('close', () => resolve(undefined)))
  expect(acknowledged).toEqual([])
  expect(broker.status().refused.not_taken).toBe(1)
  await broker.close()
})

test('a gateway whose secret was taken away is disconnected at the next check, others are not', async () => {
  const revoked = new Set<string>()
  const broker = await startBroker({
    port: 0,
    log: quietLog,
    now: Date.now,
    knows: async (gatewayId) => !revoked.has(gatewayId),
    take: (_publish, done) => done(),
  })
  const connect = (id: string) =>
    mqtt.connectAsync(broker.url, { clientId: id, username: id, password: 'p', protocolVersion: 4, reconnectPeriod: 0 })
  const [good, bad] = await Promise.all([connect('GOOD'), connect('BAD')])
  await broker.recheck()
  expect([good.connected, bad.connected]).toEqual([true, true])
  revoked.add('BAD')
  const closed = new Promise((resolve) => bad.once('close', () => resolve(undefined)))
  await broker.recheck()
  await closed
  await good.publishAsync('pv/GOOD/readings', 'x', { qos: 1 })
  await good.endAsync()
  await broker.close()
})

test('a broker that cannot ask the registry says so instead of calling a secret wrong', async () => {
  const broker = await startBroker({
    port: 0,
    log: quietLog,
    now: Date.now,
    knows: () => Promise.reject(new Error('the registry is gone')),
    take: (_publish, done) => done(),
  })
  const connecting = mqtt.connectAsync(broker.url, {
    clientId: 'G',
    username: 'G',
    password: 'p',
    protocolVersion: 4,
    reconnectPeriod: 0,
  })
  await expect(connecting).rejects.toThrow(/server unavailable/i)
  await broker.close()
})
