import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './faults.ts'
import type { Fleet } from './fleet.ts'
import { connectGateway } from './publisher.ts'
import type { Publisher } from './publisher.ts'
import { rounds } from './rounds.ts'
import type { GatewayMessage } from './rounds.ts'

/** Publishes what a simulated fleet reports, each gateway over its own MQTT connection. */

/** How far a part has come; a live run may publish a past beside it. `atMs` is the last round taken up. */
export type Progress = { part: 'past' | 'live'; atMs: number; messages: number; readings: number }

export type SimulatorOptions = {
  fleet: Fleet
  /** Secret by gateway id. A gateway without one has not been set up yet and stays silent. */
  secrets: Readonly<Record<string, string>>
  mqttUrl: string
  /** A 32-bit integer; the same seed makes the same fleet, weather and readings. */
  seed: number
  everyMs: number
  faults?: readonly Fault[]
  /** Called after a round whose messages were taken up, not more often than `PROGRESS_MS`, and once at the end. */
  onProgress?: (progress: Progress) => void
}

const PROGRESS_MS = 1_000
/** Messages in flight over all gateways: about 5 KiB each. */
const IN_FLIGHT_MAX = 4_000
/** What is in flight when a live run is stopped has this long to be acknowledged. */
const CLOSING_MS = 2_000

type Outlet = {
  publish: (messages: readonly GatewayMessage[]) => Promise<void>
  delivered: () => Promise<void>
  /** Rejects with the first error that ends a connection for good; never resolves. */
  failed: Promise<never>
  close: () => Promise<void>
}

/** All gateways' connections, each opened at its first message. */
const outletOf = ({ secrets, mqttUrl, fleet }: SimulatorOptions, giveUpAfterMs: number): Outlet => {
  const inFlightMax = Math.max(4, Math.min(200, Math.floor(IN_FLIGHT_MAX / Math.max(1, fleet.gatewayIds.length))))
  const publishers = new Map<string, Publisher>()
  const failed = Promise.withResolvers<never>()
  // A span does not wait for it: there the same error comes out of publishing.
  failed.promise.catch(() => {})
  const publisherOf = (gatewayId: string, secret: string): Publisher => {
    const known = publishers.get(gatewayId)
    if (known) return known
    const publisher = connectGateway({ mqttUrl, gatewayId, secret, inFlightMax, giveUpAfterMs, onFailure: failed.reject })
    publishers.set(gatewayId, publisher)
    return publisher
  }
  const all = async (act: (publisher: Publisher) => Promise<void>): Promise<void> => {
    await Promise.all([...publishers.values()].map(act))
  }
  return {
    publish: async (messages) => {
      await Promise.all(
        messages.map(async ({ gatewayId, payload }) => {
          const secret = secrets[gatewayId]
          if (secret !== undefined) await publisherOf(gatewayId, secret).publish(payload)
        }),
      )
    },
    delivered: () => all((publisher) => publisher.delivered()),
    failed: failed.promise,
    close: () => all((publisher) => publisher.close()),
  }
}

const reporterOf = (part: Progress['part'], { onProgress, secrets }: SimulatorOptions) => {
  const progress: Progress = { part, atMs: 0, messages: 0, readings: 0 }
  let reportedMs = Number.NEGATIVE_INFINITY
  return {
    add: (atMs: number, messages: readonly GatewayMessage[]): void => {
      const sent = messages.filter(({ gatewayId }) => secrets[gatewayId] !== undefined)
      progress.atMs = atMs
      progress.messages += sent.length
      progress.readings += sent.reduce((sum, message) => sum + message.readings, 0)
      if (performance.now() - reportedMs < PROGRESS_MS) return
      reportedMs = performance.now()
      onProgress?.({ ...progress })
    },
    finish: (): Progress => {
      onProgress?.({ ...progress })
      return { ...progress }
    },
  }
}

type Span = { fromMs: number; toMs: number }

const publishPast = async (options: SimulatorOptions & Span, outlet: Outlet): Promise<Progress> => {
  const reporter = reporterOf('past', options)
  for (const { atMs, messages } of rounds({ ...options, batched: true })) {
    await outlet.publish(messages)
    reporter.add(atMs, messages)
  }
  await outlet.delivered()
  return reporter.finish()
}

const wait = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

/** What `work` gives, or undefined when the signal comes first. A failure after the signal is of no interest. */
const unlessAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> => {
  const stopped = Promise.withResolvers<undefined>()
  const stop = (): void => stopped.resolve(undefined)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return await Promise.race([work, stopped.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/**
 * Publishes a past span as fast as the broker acknowledges; returns when all of it is acknowledged, or undefined when the signal ended
 * it before. The same options publish the same bytes, so running it twice adds nothing but duplicates. Throws when credentials are
 * refused or the broker stays away.
 */
export const simulate = async (
  options: SimulatorOptions & Span & { signal?: AbortSignal; giveUpAfterMs?: number },
): Promise<Progress | undefined> => {
  const outlet = outletOf(options, options.giveUpAfterMs ?? 120_000)
  try {
    const published = publishPast(options, outlet)
    return await (options.signal ? unlessAborted(published, options.signal) : published)
  } finally {
    await outlet.close()
  }
}

export type LiveOptions = SimulatorOptions & {
  signal: AbortSignal
  /** Epoch ms, the wall clock. */
  now: () => number
  /** Where simulated time starts, `now` unless told; the first round is the one before it. */
  fromMs?: number
  /** Simulated time runs this much faster than `now`. Leave it at 1 against a platform that checks the time. */
  speed?: number
  /** The time before the first live round, published beside the live rounds over the same connections, as a backlog is. */
  past?: { fromMs: number; everyMs: number }
  /** Called once, when all of the past is acknowledged. */
  onPastDone?: (progress: Progress) => void
}

const publishLive = async (options: LiveOptions, firstMs: number, outlet: Outlet): Promise<Progress> => {
  const { signal, now, speed = 1 } = options
  const reporter = reporterOf('live', options)
  const startedMs = now()
  const startsAtMs = options.fromMs ?? startedMs
  for (const { atMs, messages } of rounds({ ...options, fromMs: firstMs, toMs: Number.POSITIVE_INFINITY })) {
    const dueMs = startedMs + (atMs - startsAtMs) / speed
    if (dueMs > now()) await wait(dueMs - now(), signal)
    if (signal.aborted) break
    await unlessAborted(outlet.publish(messages), signal)
    reporter.add(atMs, messages)
  }
  return reporter.finish()
}

/**
 * Publishes every round when its time has come, until aborted. While the broker is away it waits for ever and then catches up round by
 * round, so nothing is left out. Throws when credentials are refused.
 */
export const simulateLive = async (options: LiveOptions): Promise<Progress> => {
  const { everyMs, past, signal, now, onPastDone } = options
  const outlet = outletOf(options, Number.POSITIVE_INFINITY)
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const firstMs = Math.floor((options.fromMs ?? now()) / everyMs) * everyMs
  const playPast = async (): Promise<void> => {
    if (!past || past.fromMs >= firstMs) return
    const done = await unlessAborted(publishPast({ ...options, ...past, toMs: firstMs }, outlet), either)
    if (done) onPastDone?.(done)
  }
  try {
    const both = Promise.all([publishLive({ ...options, signal: either }, firstMs, outlet), playPast()])
    const [progress] = await Promise.race([both, outlet.failed])
    await unlessAborted(outlet.delivered(), AbortSignal.timeout(CLOSING_MS))
    return progress
  } finally {
    failed.abort()
    await outlet.close()
  }
}
