import type { EventEmitter } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes'
import { ID_PATTERN, TOPIC_LEVELS_MAX } from '../domain/limits.ts'
import type { Log } from '../functions/entry.ts'
import { guardFrames } from './frame-guard.ts'
import type { Publish } from './inbound-block.ts'

/**
 * The door: MQTT 3.1.1 on loopback. A gateway connects with its id as client id and user name and its secret as password, and may
 * publish to `pv/{its id}/readings` and do nothing else. PUBACK follows when `take` calls back, that is after the commit; an
 * error there closes the connection without one, and the gateway sends again.
 */
export type Broker = { url: string; status: () => BrokerStatus; recheck: () => Promise<void>; close: () => Promise<void> }

export const REFUSALS = ['credentials', 'topic', 'qos2', 'will', 'subscribe', 'oversize', 'not_taken', 'protocol'] as const
/** Why a connection or a packet was turned away. */
export type Refusal = (typeof REFUSALS)[number]
export type BrokerStatus = { connections: number; refused: Record<Refusal, number> }

export type BrokerOptions = {
  /** 0 for any free port of 127.0.0.1. */
  port: number
  log: Log
  now: () => number
  /** Whether this is the gateway's secret, now. */
  knows: (gatewayId: string, secret: Uint8Array) => Promise<boolean>
  take: (publish: Publish, done: (error?: Error) => void) => void
}

const CONNECT_WITHIN_MS = 10_000
const SOCKETS_MAX = 10_000
/** CONNACK 3, server unavailable, and 4, bad user name or password. */
const UNAVAILABLE = 3
const BAD_CREDENTIALS = 4
const HOST = '127.0.0.1'
/** A flood of refusals must not become a flood of log lines. */
const LOGGED_AT_FIRST = 20
const LOGGED_EVERY = 1_000

/** Nobody may subscribe, so a publish is handed to nobody; only aedes' own bookkeeping under `$SYS` still goes round. */
class Intake extends Aedes {
  override publish(packet: PublishPacket, ...rest: ((error?: Error) => void)[]): void {
    if (packet.topic.startsWith('$SYS/')) super.publish(packet, ...(rest as [(error?: Error) => void]))
    else rest.at(-1)?.()
  }
}

class Refused extends Error {}
type Refuse = (why: Refusal, clientId?: string) => Refused
type Sessions = WeakMap<Client, Session>
/** The one topic of a connected gateway, and the secret it connected with. */
type Session = { topic: string; secret: Uint8Array }

const topicOf = (gatewayId: string): string => `pv/${gatewayId}/readings`

const rules = ({ knows, take, now }: BrokerOptions, refuse: Refuse, sessions: Sessions): AedesOptions => ({
  preConnect: (_client, { will, clientId }, done) => {
    const isOwn = !will || (will.topic === topicOf(clientId) && will.qos !== 2)
    done(isOwn ? null : refuse('will', clientId), isOwn)
  },
  authenticate: (client, userName, password, answer) => {
    const reject = (returnCode: number) => answer(Object.assign(refuse('credentials', client.id), { returnCode }), false)
    if (userName !== client.id || !ID_PATTERN.test(client.id) || !password) return reject(BAD_CREDENTIALS)
    const secret = Uint8Array.from(password)
    knows(client.id, secret).then(
      (isKnown) => {
        if (!isKnown) return reject(BAD_CREDENTIALS)
        sessions.set(client, { topic: topicOf(client.id), secret })
        return answer(null, true)
      },
      () => reject(UNAVAILABLE),
    )
  },
  authorizePublish: (client, packet, done) => {
    const session = client && sessions.get(client)
    if (!client || packet.topic !== session?.topic) return done(refuse('topic', client?.id))
    if (packet.qos === 2) return done(refuse('qos2', client.id))
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    packet.retain = false
    take({ clientId: client.id, topic: session.topic, payload, receivedAtMs: now() }, (error) => {
      if (error) refuse('not_taken', client.id)
      done(error)
    })
  },
  authorizeSubscribe: (client, _subscription, done) => {
    refuse('subscribe', client.id)
    // No subscription and no error: SUBACK 0x80.
    done(null, null)
  },
})

const listenOn = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })

/** Starts the broker; it takes connections when this returns. */
export const startBroker = async (options: BrokerOptions): Promise<Broker> => {
  const refused = Object.fromEntries(REFUSALS.map((why) => [why, 0])) as Record<Refusal, number>
  const sessions: Sessions = new WeakMap()
  const connected = new Set<Client>()
  const refuse: Refuse = (why, clientId) => {
    const times = ++refused[why]
    // The id is what somebody typed into a client: shown only when it can be one.
    const gatewayId = clientId !== undefined && ID_PATTERN.test(clientId) ? clientId : undefined
    if (times <= LOGGED_AT_FIRST || times % LOGGED_EVERY === 0) options.log.warn({ why, times, gatewayId }, 'refused')
    return new Refused(why)
  }
  const aedes = new Intake({
    connectTimeout: CONNECT_WITHIN_MS,
    maxTopicLevels: TOPIC_LEVELS_MAX,
    ...rules(options, refuse, sessions),
  })
  await aedes.listen()
  aedes.on('connectionError', (_client, error) => {
    if (!(error instanceof Refused)) refuse('protocol')
  })
  aedes.on('client', (client) => connected.add(client))
  aedes.on('clientDisconnect', (client) => connected.delete(client))
  const events: EventEmitter = aedes
  events.on('error', (error: Error) => options.log.error({ reason: error.message }, 'broker'))

  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    guardFrames(socket, () => refuse('oversize'))
    aedes.handle(socket)
  })
  server.maxConnections = SOCKETS_MAX
  const port = await listenOn(server, options.port)
  return {
    url: `mqtt://${HOST}:${port}`,
    status: () => ({ connections: aedes.connectedClients, refused: { ...refused } }),
    recheck: () => recheck(connected, sessions, options),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await new Promise<void>((resolve) => aedes.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Closes the connections of gateways whose secret was changed or taken away since they connected. */
const recheck = async (connected: Set<Client>, sessions: Sessions, { knows }: BrokerOptions): Promise<void> => {
  for (const client of connected) {
    const secret = sessions.get(client)?.secret
    if (secret && !(await knows(client.id, secret))) client.close()
  }
}
