import { connect, type Socket } from 'node:net'
import { connectPacket, publishPacket } from './packets.ts'
import { deviceIdOf, gatewayIdOf, secretOf } from '../gateways.ts'

/**
 * Loads a broker as hard as it takes: a process of its own with raw sockets and packets encoded beforehand, of which only the
 * packet id, the time and the counter are written anew. Each connection keeps a window of unacknowledged messages.
 */

export type Load = {
  port: number
  connections: number
  devices: number
  readingsPerMessage: number
  /** Messages in flight per connection. */
  window: number
  seconds: number
  fromMs: number
}
export type LoadResult = { acknowledged: number; seconds: number }

const CONNACK_BYTES = 4
const PUBACK_BYTES = 4
const COUNTER_START = 81_000_000

type Template = { packet: Buffer; packetIdAt: number; slots: { timeAt: number; counterAt: number }[] }

/** A message whose packet id, times and counters are placeholders of their full width. */
const templateOf = (gateway: number, devices: readonly number[]): Template => {
  const readings = devices.map((device) => ({
    deviceId: deviceIdOf(gateway, device),
    atMs: 1_000_000_000_000,
    acPowerW: 31_250,
    energyTotalWh: COUNTER_START,
    energyTodayWh: 120_400,
    dcPowerW: 32_010,
    acVoltageV: 231.5,
    temperatureC: 41.2,
  }))
  const topic = `pv/${gatewayIdOf(gateway)}/readings`
  const packet = publishPacket({ topic, packetId: 1, payload: JSON.stringify({ v: 1, readings }) })
  const packetIdAt = packet.indexOf(topic) + topic.length
  const slots = devices.map((device) => {
    const from = packet.indexOf(`"${deviceIdOf(gateway, device)}"`)
    return { timeAt: packet.indexOf('"atMs":', from) + 7, counterAt: packet.indexOf('"energyTotalWh":', from) + 16 }
  })
  return { packet, packetIdAt, slots }
}

const writeDigits = (packet: Buffer, at: number, digits: number, value: number): void => {
  for (let place = at + digits - 1, left = value; place >= at; place--) {
    packet[place] = 48 + (left % 10)
    left = Math.floor(left / 10)
  }
}

/** Every message of a gateway in turn, each identity once: devices in groups, then a second later. */
const messagesOf = (gateway: number, { devices, readingsPerMessage, fromMs }: Load): (() => Buffer) => {
  const groups = Array.from({ length: Math.floor(devices / readingsPerMessage) }, (_, group) =>
    templateOf(
      gateway,
      Array.from({ length: readingsPerMessage }, (_, place) => group * readingsPerMessage + place),
    ),
  )
  let sent = 0
  return () => {
    const template = groups[sent % groups.length]
    if (!template) throw new RangeError('fewer devices than readings in a message')
    const { packet, packetIdAt, slots } = template
    const round = Math.floor(sent++ / groups.length)
    packet.writeUInt16BE((sent % 65_535) + 1, packetIdAt)
    for (const { timeAt, counterAt } of slots) {
      writeDigits(packet, timeAt, 13, fromMs + round * 1_000)
      writeDigits(packet, counterAt, 8, COUNTER_START + round)
    }
    return packet
  }
}

const openSocket = (port: number, gatewayId: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () =>
      socket.write(connectPacket({ clientId: gatewayId, userName: gatewayId, password: secretOf(gatewayId) })),
    )
    socket.once('error', reject)
    socket.once('data', (connack) => {
      if (connack.length === CONNACK_BYTES && connack[3] === 0) resolve(socket)
      else reject(new Error('the broker refused the connection'))
    })
  })

/** Publishes on one connection until the time is over and everything sent is acknowledged; answers how many were. */
const publish = (socket: Socket, next: () => Buffer, window: number, endMs: number): Promise<number> =>
  new Promise((resolve, reject) => {
    let sent = 0
    let ackBytes = 0
    const send = (count: number): void => {
      const packets = Array.from({ length: count }, () => Buffer.from(next()))
      sent += count
      socket.write(Buffer.concat(packets))
    }
    socket.on('data', (acks) => {
      ackBytes += acks.length
      const acknowledged = Math.floor(ackBytes / PUBACK_BYTES)
      if (performance.now() < endMs) send(window - (sent - acknowledged))
      else if (acknowledged === sent) resolve(acknowledged)
    })
    socket.on('close', () => reject(new Error('the broker closed the connection')))
    send(window)
  })

const generateLoad = async (load: Load): Promise<LoadResult> => {
  const sockets = await Promise.all(
    Array.from({ length: load.connections }, (_, gateway) => openSocket(load.port, gatewayIdOf(gateway))),
  )
  const startMs = performance.now()
  const endMs = startMs + load.seconds * 1_000
  const counts = await Promise.all(
    sockets.map((socket, gateway) => publish(socket, messagesOf(gateway, load), load.window, endMs)),
  )
  const seconds = (performance.now() - startMs) / 1_000
  for (const socket of sockets) socket.removeAllListeners('close').destroy()
  return { acknowledged: counts.reduce((sum, count) => sum + count, 0), seconds }
}

const result = await generateLoad(JSON.parse(process.argv[2] ?? '') as Load)
process.send?.(result)
