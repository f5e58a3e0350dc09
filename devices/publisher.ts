import { connect } from 'mqtt'
import type { MqttClient } from 'mqtt'
import { chance } from './chance.ts'

/** One gateway's MQTT connection (3.1.1, QoS 1, lasting session): identity is the gateway, secret its password. */

export type Publisher = {
  /** Returns once the message has a place in flight; it counts as delivered only when `delivered` has returned. Throws what stopped it. */
  publish: (payload: string) => Promise<void>
  /** Returns when the broker has acknowledged every message given so far. Throws what stopped it. */
  delivered: () => Promise<void>
  /** Ends the connection; what is still in flight is given up. */
  close: () => Promise<void>
}

type PublisherOptions = {
  mqttUrl: string
  gatewayId: string
  secret: string
  inFlightMax?: number
  /** Without any acknowledgement for so long while messages wait, the broker counts as gone. Infinity waits for ever. */
  giveUpAfterMs?: number
  /** Told at once what ends the connection for good; the same error comes out of `publish` and `delivered`. */
  onFailure?: (error: Error) => void
}

const RECONNECT_MS_MIN = 500
const RECONNECT_MS_MAX = 30_000
/** CONNACK return codes by which a broker refuses for good. */
const REFUSALS: Record<number, string> = {
  1: 'it does not speak MQTT 3.1.1',
  2: 'it does not accept this client id',
  4: 'the gateway id or its secret is wrong',
  5: 'the gateway is not authorised; is it registered and has it been given this secret?',
}

/** Full jitter: anywhere up to a bound that doubles, so that a county of gateways does not return at once. */
const reconnectMs = (gatewayId: string, attempt: number): number => {
  const boundMs = Math.min(RECONNECT_MS_MAX, RECONNECT_MS_MIN * 2 ** Math.min(attempt, 10))
  return RECONNECT_MS_MIN + Math.floor(boundMs * chance(attempt, gatewayId))
}

const refusalOf = (error: Error): string | undefined => {
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'number' ? REFUSALS[code] : undefined
}

type Waiter = { resolve: () => void; reject: (error: Error) => void }

/** Places in flight, given out in the order asked for; and the one error that ends everything. */
const flightOf = (placesMax: number) => {
  let taken = 0
  let failure: Error | undefined
  const forPlace: Waiter[] = []
  const forNone: Waiter[] = []
  const release = (queue: Waiter[], isReady: () => boolean, grant: () => void): void => {
    if (failure) for (const waiter of queue.splice(0)) waiter.reject(failure)
    while (isReady()) {
      const waiter = queue.shift()
      if (!waiter) return
      grant()
      waiter.resolve()
    }
  }
  const settle = (): void => {
    release(
      forPlace,
      () => taken < placesMax,
      () => {
        taken += 1
      },
    )
    release(
      forNone,
      () => taken === 0,
      () => {},
    )
  }
  const waitIn = (queue: Waiter[]): Promise<void> =>
    new Promise((resolve, reject) => {
      queue.push({ resolve, reject })
      settle()
    })
  return {
    take: () => waitIn(forPlace),
    none: () => waitIn(forNone),
    isIdle: () => taken === 0,
    give: () => {
      taken -= 1
      settle()
    },
    fail: (error: Error) => {
      failure ??= error
      settle()
    },
  }
}

const watch = (
  client: MqttClient,
  { gatewayId, mqttUrl, giveUpAfterMs = 120_000 }: PublisherOptions,
  fail: (e: Error) => void,
) => {
  let attempt = 0
  let lastError = 'it does not answer'
  let lastProgressMs = performance.now()
  client.on('connect', () => {
    attempt = 0
    client.options.reconnectPeriod = reconnectMs(gatewayId, attempt)
  })
  client.on('reconnect', () => {
    attempt += 1
    client.options.reconnectPeriod = reconnectMs(gatewayId, attempt)
  })
  client.on('error', (error) => {
    const refusal = refusalOf(error)
    lastError = error.message || String(Reflect.get(error, 'code'))
    if (refusal !== undefined) fail(new Error(`the broker at ${mqttUrl} refuses gateway ${gatewayId}: ${refusal}`))
  })
  const progressed = (): void => {
    lastProgressMs = performance.now()
  }
  const checkPatience = (isIdle: boolean): void => {
    if (isIdle) progressed()
    else if (performance.now() - lastProgressMs > giveUpAfterMs) {
      fail(new Error(`the broker at ${mqttUrl} acknowledged nothing of gateway ${gatewayId} for too long: ${lastError}`))
    }
  }
  return { progressed, checkPatience }
}

/** Starts connecting at once and returns at once; the first error that ends it comes out of `publish` or `delivered`. */
export const connectGateway = (options: PublisherOptions): Publisher => {
  const { mqttUrl, gatewayId, secret, inFlightMax = 200, giveUpAfterMs = 120_000 } = options
  const client = connect(mqttUrl, {
    protocolVersion: 4,
    clientId: gatewayId,
    username: gatewayId,
    password: secret,
    clean: false,
    keepalive: 60,
    connectTimeout: 10_000,
    reconnectPeriod: reconnectMs(gatewayId, 0),
  })
  const flight = flightOf(inFlightMax)
  const { progressed, checkPatience } = watch(client, options, (error) => {
    flight.fail(error)
    options.onFailure?.(error)
  })
  const patience = Number.isFinite(giveUpAfterMs)
    ? setInterval(() => checkPatience(flight.isIdle()), Math.max(20, Math.min(1000, giveUpAfterMs / 4)))
    : undefined
  const topic = `pv/${gatewayId}/readings`
  let closing = false
  const send = (payload: string): void => {
    client.publish(topic, payload, { qos: 1 }, (error) => {
      // MQTT.js drops what was handed to it between a reconnection and the end of its own resending: hand it over again.
      if (error && !closing) {
        setImmediate(() => send(payload))
        return
      }
      progressed()
      flight.give()
    })
  }

  return {
    publish: async (payload) => {
      if (flight.isIdle()) progressed()
      await flight.take()
      send(payload)
    },
    delivered: flight.none,
    close: async () => {
      closing = true
      clearInterval(patience)
      flight.fail(new Error(`the connection of gateway ${gatewayId} was closed`))
      await client.endAsync(true)
    },
  }
}
