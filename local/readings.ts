import { Worker } from 'node:worker_threads'
import type { Log } from '../functions/entry.ts'
import type { ReadingStore } from '../stores/readings.ts'
import { openReadingProxy } from './reading-proxy.ts'
import type { FromWorker, ToWorker, WorkerSetup } from './reading-worker.ts'

/** This thread's end of the thread that drains the inbound log and owns the readings. */
export type Readings = {
  store: ReadingStore
  /** Tells it that there is something new in the log. */
  committed: () => void
  /** Resolves when everything up to `seq` is drained and no retry is due; rejects when the thread dies first. */
  drainedTo: (seq: number) => Promise<void>
  isAlive: () => boolean
  close: () => Promise<void>
}

export type ReadingsParts = {
  setup: WorkerSetup
  log: Log
  onDrained: (seq: number) => void
  onCheckpoint: (seq: number) => void
  /** The thread died: nothing is drained any more. */
  onFailure: (error: Error) => void
}

/** Starts the thread; resolves when it has opened its stores, rejects when it cannot. */
export const startReadings = async ({ setup, log, onDrained, onCheckpoint, onFailure }: ReadingsParts): Promise<Readings> => {
  // Flags of the parent, a test runner's loader for one, are not for this thread.
  const worker = new Worker(new URL('./reading-worker.ts', import.meta.url), {
    workerData: setup,
    execArgv: [],
  })
  const tell = (message: ToWorker): void => worker.postMessage(message, [])
  const proxy = openReadingProxy(worker)
  const waiting = new Set<{ seq: number; resolve: () => void; reject: (error: Error) => void }>()
  const ready = Promise.withResolvers<void>()
  const exited = Promise.withResolvers<void>()
  let isClosing = false
  let isAlive = true

  const onMessage = (message: FromWorker): void => {
    switch (message.kind) {
      case 'ready':
        return ready.resolve()
      case 'log':
        return log[message.level](message.fields, message.message)
      case 'checkpointed':
        return onCheckpoint(message.seq)
      case 'drained':
        onDrained(message.seq)
        for (const wait of waiting) {
          if (!message.isIdle || message.seq < wait.seq) continue
          waiting.delete(wait)
          wait.resolve()
        }
        return
      case 'result':
      case 'failure':
        return proxy.settle(message)
    }
  }
  const onDeath = (error: Error): void => {
    isAlive = false
    proxy.abandon(error)
    ready.reject(error)
    for (const { reject } of waiting) reject(error)
    waiting.clear()
    exited.resolve()
  }
  worker.on('message', onMessage)
  worker.on('error', (error) => {
    onDeath(error)
    onFailure(error)
  })
  worker.on('exit', () => {
    onDeath(new Error('the thread of readings has ended'))
    if (!isClosing) onFailure(new Error('the thread of readings ended by itself'))
  })
  await ready.promise
  return {
    store: proxy.store,
    isAlive: () => isAlive,
    committed: () => tell({ kind: 'committed' }),
    drainedTo: (seq) =>
      new Promise((resolve, reject) => {
        if (!isAlive) return reject(new Error('the thread of readings has ended'))
        waiting.add({ seq, resolve, reject })
        tell({ kind: 'hurry' })
      }),
    close: () => {
      isClosing = true
      tell({ kind: 'close' })
      return exited.promise
    },
  }
}
