import type { Log, Queue, QueueTrigger, WorkMessage } from '../functions/entry.ts'
import type { LocalFunction } from './functions.ts'
import type { WorkQueues } from './queue.ts'

/** Runs the queue functions: each takes batches of its own queue, a few at a time, as long as there is work. */
export type QueueRunner = {
  /** The sending end of a queue; sending starts the work. */
  queue: (name: string) => Queue
  /** Takes up what is due. */
  pump: () => void
  /** Resolves when nothing is due and nothing in flight; messages that wait for a later try are not waited for. */
  idle: () => Promise<void>
  /** Takes no new work and waits for what is running. */
  stop: () => Promise<void>
}

const BATCHES_AT_ONCE = 2
const PUMP_EVERY_MS = 1_000

type Parts = { queues: WorkQueues; functions: readonly LocalFunction<QueueTrigger>[]; log: Log }

export const startQueueRunner = ({ queues, functions, log }: Parts): QueueRunner => {
  const running = new Set<Promise<void>>()
  const runningByName = new Map<string, number>()
  let stopped = false

  const work = async (own: LocalFunction<QueueTrigger>, taken: WorkMessage[]): Promise<void> => {
    const failures = await own.call({ messages: taken }).then(
      ({ failed }) => new Map(failed.map((messageId) => [messageId, 'asked for another try'])),
      (error: unknown) => new Map(taken.map(({ messageId }) => [messageId, String(error)])),
    )
    const settled = queues.settle(own.name, taken, failures)
    const reason = failures.values().next().value
    if (settled.retried > 0) log.warn({ function: own.name, ...settled, reason }, 'work failed and is tried again later')
    if (settled.deadLettered > 0) log.error({ function: own.name, ...settled, reason }, 'work failed for the last time')
  }

  const start = (own: LocalFunction<QueueTrigger>, taken: WorkMessage[]): void => {
    runningByName.set(own.name, (runningByName.get(own.name) ?? 0) + 1)
    const run = work(own, taken)
      .catch((error: unknown) => log.error({ function: own.name, reason: String(error) }, 'the work queues failed'))
      .finally(() => {
        running.delete(run)
        runningByName.set(own.name, (runningByName.get(own.name) ?? 1) - 1)
        pump()
      })
    running.add(run)
  }

  const pump = (): void => {
    if (stopped) return
    for (const own of functions) {
      while ((runningByName.get(own.name) ?? 0) < BATCHES_AT_ONCE) {
        const taken = queues.take(own.name, own.on.queue.batch)
        if (taken.length === 0) break
        start(own, taken)
      }
    }
  }
  const timer = setInterval(pump, PUMP_EVERY_MS)
  timer.unref()

  const idle = async (): Promise<void> => {
    pump()
    // What runs may send more work; it ends because work only ever flows down the manifest.
    while (running.size > 0) await Promise.all(running)
  }
  return {
    queue: (name) => ({
      send: async (bodies) => {
        queues.send(name, bodies)
        pump()
      },
    }),
    pump,
    idle,
    stop: async () => {
      stopped = true
      clearInterval(timer)
      await Promise.all(running)
    },
  }
}
