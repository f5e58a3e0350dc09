import type { Socket } from 'node:net'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { publishPacket } from '../bench/packets.ts'
import { deviceIdOf, gatewayIdOf } from '../gateways.ts'
import { aPayload } from '../readings.ts'
import { type Running, startRunning } from '../running.ts'

const A = gatewayIdOf(0)
const B = gatewayIdOf(1)
const topicOf = (gatewayId: string): string => `pv/${gatewayId}/readings`

let nextAtMs = Date.now() - 3_600_000
/** A payload with one reading nobody has sent before. */
const freshPayload = (gateway = 0, over: Record<string, unknown> = {}): Buffer =>
  Buffer.from(aPayload([{ deviceId: deviceIdOf(gateway, 0), atMs: (nextAtMs += 1_000), acPowerW: 31_250, ...over }]))

const closed = (end: MqttClient | Socket): Promise<void> => new Promise((resolve) => void end.once('close', () => resolve()))
/** Whether a publish was acknowledged before its connection went. */
const isAcknowledged = async (client: MqttClient, topic: string, payload: Buffer, qos: 1 | 2 = 1): Promise<boolean> =>
  Promise.race([
    client.publishAsync(topic, payload, { qos }).then(
      () => true,
      () => false,
    ),
    closed(client).then(() => false),
  ])

describe('a gateway', () => {
  let world: Running
  let before: ReturnType<Running['runtime']['status']>
  beforeAll(async () => {
    world = await startRunning()
  })
  afterAll(() => world.end())
  beforeEach(async () => {
    await world.runtime.quiesce()
    before = world.runtime.status()
  })
  const counted = async () => {
    await world.runtime.quiesce()
    const { counts, broker } = world.runtime.status()
    const refused = Object.entries(broker.refused).filter(([why, times]) => times > before.broker.refused[why as 'topic'])
    return { stored: counts.stored - before.counts.stored, refused: refused.map(([why]) => why) }
  }
  /** What every refusal must leave as it was. */
  const expectOthersUnaffected = async () => {
    const other = await world.connect(B)
    expect(await isAcknowledged(other, topicOf(B), freshPayload(1))).toBe(true)
    await other.endAsync()
  }

  test('has its reading acknowledged, then stored', async () => {
    const client = await world.connect(A)
    expect(await isAcknowledged(client, topicOf(A), freshPayload())).toBe(true)
    expect(await counted()).toEqual({ stored: 1, refused: [] })
    await client.endAsync()
  })

  test('has a repeated message stored once', async () => {
    const client = await world.connect(A)
    const payload = freshPayload()
    for (let repeat = 0; repeat < 3; repeat++) await client.publishAsync(topicOf(A), payload, { qos: 1 })
    expect(await counted()).toEqual({ stored: 1, refused: [] })
    expect(world.runtime.status().counts.duplicate - before.counts.duplicate).toBe(2)
    await client.endAsync()
  })

  test('may publish at QoS 0, unacknowledged', async () => {
    const client = await world.connect(A)
    await client.publishAsync(topicOf(A), freshPayload(), { qos: 0 })
    await client.publishAsync(topicOf(A), freshPayload(), { qos: 1 })
    expect((await counted()).stored).toBe(2)
    await client.endAsync()
  })

  test('is acknowledged for what is not JSON, which is quarantined', async () => {
    const client = await world.connect(A)
    expect(await isAcknowledged(client, topicOf(A), Buffer.from('not json'))).toBe(true)
    expect((await counted()).stored).toBe(0)
    expect(world.runtime.status().counts.quarantined - before.counts.quarantined).toBe(1)
    await client.endAsync()
  })

  test.each([topicOf(B), `pv/${A}`, `pv/${A}/readings/more`, `/pv/${A}/readings`, '$SYS/anything', 'pv//readings'])(
    'that publishes to %s is disconnected without an acknowledgement',
    async (topic) => {
      const client = await world.connect(A)
      expect(await isAcknowledged(client, topic, freshPayload(1))).toBe(false)
      expect(await counted()).toEqual({ stored: 0, refused: ['topic'] })
      await expectOthersUnaffected()
    },
  )

  test('that names another gateway as its client id is refused, and the other stays connected', async () => {
    const other = await world.connect(B)
    await expect(world.connect(B, { username: A })).rejects.toThrow(/bad username or password/i)
    await expect(world.connect(B, { password: 'a guess' })).rejects.toThrow(/bad username or password/i)
    expect(await isAcknowledged(other, topicOf(B), freshPayload(1))).toBe(true)
    expect(await counted()).toEqual({ stored: 1, refused: ['credentials'] })
    await other.endAsync()
  })

  test.each([
    ['without a name', { username: undefined, password: undefined }],
    ['without a password', { password: undefined }],
    ['with a wrong password', { password: 'wrong' }],
    ['with an id that is none', { clientId: '../../etc', username: '../../etc' }],
    ['that the registry does not know', { clientId: 'GW-999', username: 'GW-999' }],
  ])('%s is refused', async (_what, over) => {
    await expect(world.connect(A, over)).rejects.toThrow(/refused/i)
    expect((await counted()).refused).toEqual(['credentials'])
  })

  test.each(['#', '+/+/readings', '$SYS/#', topicOf(A), topicOf(B)])(
    'that subscribes to %s is told no and receives nothing',
    async (filter) => {
      const client = await world.connect(A)
      const received: string[] = []
      client.on('message', (topic) => received.push(topic))
      await expect(client.subscribeAsync(filter)).rejects.toThrow()
      await expectOthersUnaffected()
      expect(received).toEqual([])
      expect((await counted()).refused).toEqual(['subscribe'])
      await client.endAsync()
    },
  )

  test.each([9, 101, 5_000])('that uses a topic of %i levels is disconnected', async (levels) => {
    const topic = Array.from({ length: levels }, () => 'a').join('/')
    const publisher = await world.connect(A)
    expect(await isAcknowledged(publisher, topic, freshPayload())).toBe(false)
    const subscriber = await world.connect(A)
    subscriber.subscribe(topic, () => undefined)
    await closed(subscriber)
    const leaver = await world.connect(A)
    leaver.unsubscribe(topic, () => undefined)
    await closed(leaver)
    await expect(world.connect(A, { will: { topic, payload: freshPayload(), qos: 1, retain: false } })).rejects.toThrow()
    await expectOthersUnaffected()
  })

  test('that announces a packet of 256 MiB is disconnected before it is buffered', async () => {
    const socket = await world.connectRaw(A)
    const rssBytes = process.memoryUsage.rss()
    socket.write(Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f]))
    const chunk = Buffer.alloc(64 * 1024)
    const ended = closed(socket)
    for (let sent = 0; sent < 256 && !socket.destroyed; sent++) {
      socket.write(chunk)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await ended
    expect(process.memoryUsage.rss() - rssBytes).toBeLessThan(16 * 2 ** 20)
    expect((await counted()).refused).toEqual(['oversize'])
    await expectOthersUnaffected()
  })

  test('may send a message of exactly 128 KiB and none larger', async () => {
    const client = await world.connect(A)
    const json = freshPayload().toString()
    expect(await isAcknowledged(client, topicOf(A), Buffer.from(json.padEnd(128 * 1024)))).toBe(true)
    expect((await counted()).stored).toBe(1)
    expect(await isAcknowledged(client, topicOf(A), Buffer.from(json.padEnd(129 * 1024)))).toBe(false)
    expect((await counted()).refused).toEqual(['oversize'])
  })

  test('that publishes retained has it stored once and replayed to nobody', async () => {
    const client = await world.connect(A)
    await client.publishAsync(topicOf(A), freshPayload(), { qos: 1, retain: true })
    expect((await counted()).stored).toBe(1)
    const late = await world.connect(B)
    const received: string[] = []
    late.on('message', (topic) => received.push(topic))
    await expect(late.subscribeAsync(topicOf(A))).rejects.toThrow()
    await expectOthersUnaffected()
    expect(received).toEqual([])
    await client.endAsync()
  })

  test('with a will on another topic is refused', async () => {
    const will = { topic: topicOf(B), payload: freshPayload(1), qos: 1 as const, retain: false }
    await expect(world.connect(A, { will })).rejects.toThrow()
    expect(await counted()).toEqual({ stored: 0, refused: ['will'] })
    await expectOthersUnaffected()
  })

  test('with a will on its own topic has it taken in when its connection breaks', async () => {
    const client = await world.connect(A, { will: { topic: topicOf(A), payload: freshPayload(), qos: 1, retain: true } })
    client.stream.destroy()
    await expect.poll(async () => (await counted()).stored).toBe(1)
  })

  test('that publishes at QoS 2 is disconnected', async () => {
    const client = await world.connect(A)
    expect(await isAcknowledged(client, topicOf(A), freshPayload(), 2)).toBe(false)
    expect(await counted()).toEqual({ stored: 0, refused: ['qos2'] })
  })

  test('that sends mangled packets loses its own connection only', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 100_000)
    const other = await world.connect(B)
    let state = seed
    const random = (below: number): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below
    for (let round = 0; round < 100; round++) {
      const socket = await world.connectRaw(A)
      const packet = publishPacket({ topic: topicOf(A), packetId: 1, payload: freshPayload().toString() })
      for (let change = 0; change <= random(4); change++) packet[random(packet.length)] = random(256)
      socket.end(packet)
      await closed(socket)
    }
    expect(await isAcknowledged(other, topicOf(B), freshPayload(1)), `SEED=${seed}`).toBe(true)
    await other.endAsync()
  })
})

describe('what was acknowledged', () => {
  test('is there after a restart, and the same message again is a duplicate', async () => {
    const world = await startRunning()
    try {
      const payload = freshPayload()
      const first = await world.connect(A)
      await first.publishAsync(topicOf(A), payload, { qos: 1 })
      await first.endAsync()
      await world.restart()
      const second = await world.connect(A)
      await second.publishAsync(topicOf(A), payload, { qos: 1 })
      await world.runtime.quiesce()
      expect(world.runtime.status().counts).toMatchObject({ stored: 1, duplicate: 1, dead_lettered: 0 })
      expect(await world.storedAfterClose([deviceIdOf(0, 0)])).toEqual([{ deviceId: deviceIdOf(0, 0), atMs: nextAtMs }])
    } finally {
      await world.end()
    }
  })

  test('is kept when the runtime is closed in the middle of it, and stored after the next start', async () => {
    const world = await startRunning()
    try {
      const client = await world.connect(A)
      const acknowledged: number[] = []
      for (let sent = 0; sent < 2_000; sent++) {
        const payload = freshPayload()
        const atMs = nextAtMs
        client.publish(topicOf(A), payload, { qos: 1 }, (error) => void (error ?? acknowledged.push(atMs)))
      }
      await expect.poll(() => acknowledged.length).toBeGreaterThan(0)
      const startMs = performance.now()
      await world.runtime.close()
      expect(performance.now() - startMs).toBeLessThan(10_000)
      await world.restart()
      await world.runtime.quiesce()
      const stored = await world.storedAfterClose([deviceIdOf(0, 0)])
      expect(new Set(acknowledged).difference(new Set(stored.map(({ atMs }) => atMs)))).toEqual(new Set())
    } finally {
      await world.end()
    }
  })
})
