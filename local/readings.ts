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
  /** Resolves when all that was stored before is past the write-ahead log, which a crash may damage; rejects when the thread dies. */
  checkpoint: () => Promise<void>
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
  const worker = new Worker(new URL('./reading-worker.ts', import.meta.url), { workerData: setup, execArgv: [] })
  const tell = (message: ToWorker): void => worker.postMessage(message, [])
  const proxy = openReadingProxy(worker)
  const draining = openWaits()
  const checkpointing = openWaits()
  let lastCheckpointId = 0
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
        checkpointing.end((id) => message.ids.includes(id))
        return onCheckpoint(message.seq)
      case 'drained':
        draining.end((seq) => message.isIdle && message.seq >= seq)
        return onDrained(message.seq)
      case 'result':
      case 'failure':
        return proxy.settle(message)
    }
  }
  const onDeath = (error: Error): void => {
    isAlive = false
    proxy.abandon(error)
    ready.reject(error)
    draining.fail(error)
    checkpointing.fail(error)
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
    drainedTo: (seq) => {
      tell({ kind: 'hurry' })
      return draining.begin(seq)
    },
    checkpoint: () => {
      tell({ kind: 'checkpoint', id: ++lastCheckpointId })
      return checkpointing.begin(lastCheckpointId)
    },
    close: () => {
      isClosing = true
      tell({ kind: 'close' })
      return exited.promise
    },
  }
}

/** What this thread waits for until the other one says so, or for ever no more. */
const openWaits = () => {
  let lost: Error | undefined
  const open = new Set<{ of: number; resolve: () => void; reject: (error: Error) => void }>()
  return {
    begin: (of: number): Promise<void> =>
      new Promise((resolve, reject) => {
        if (lost) return reject(lost)
        open.add({ of, resolve, reject })
      }),
    end: (isOver: (of: number) => boolean): void => {
      for (const wait of [...open].filter(({ of }) => isOver(of))) {
        open.delete(wait)
        wait.resolve()
      }
    },
    fail: (error: Error): void => {
      lost = error
      for (const { reject } of open) reject(error)
      open.clear()
    },
  }
}
