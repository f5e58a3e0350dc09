import { AsyncLocalStorage } from 'node:async_hooks'
import { parentPort, workerData } from 'node:worker_threads'
import type { CountName, Log, MqttTrigger } from '../functions/entry.ts'
import { type DuckDbReadingStore, openReadingStore } from '../stores/duckdb/reading-store.ts'
import type { Archive } from '../stores/archive.ts'
import { openFolderArchive } from '../stores/folder/archive.ts'
import { openTables } from '../stores/sqlite/table.ts'
import type { RunBatch } from './attempt.ts'
import { alarmClock } from './alarm-clock.ts'
import { openDrain } from './drain.ts'
import { type LocalFunction, localFunctions, type Manifest } from './functions.ts'
import { openInboundLogReader } from './inbound-log-reader.ts'
import { type Counts, openProgress, type Progress } from './progress.ts'
import { type Answered, type Asked, answerCall } from './reading-proxy.ts'

/**
 * The thread that owns the DuckDB file: it drains the inbound log through the manifest's mqtt function, answers the other thread's
 * questions about readings, and checkpoints, after which the log may forget what it drained.
 */

export type WorkerSetup = {
  manifestUrl: string
  /** By how much this server's clock is ahead of the machine's. */
  clockShiftMs: number
  paths: { archive: string; inbound: string; progress: string; readings: string; tables: string }
}
/** What the other thread says. `hurry`: somebody waits for the log to be empty; `checkpoint`: for all that was stored before. */
export type ToWorker = Asked | { kind: 'committed' } | { kind: 'hurry' } | { kind: 'checkpoint'; id: number } | { kind: 'close' }
/** What this thread says. `isIdle`: nothing is left to drain and no retry is due; `ids`: whose wait for a checkpoint is over. */
export type FromWorker =
  | Answered
  | { kind: 'ready' }
  | { kind: 'drained'; seq: number; isIdle: boolean }
  | { kind: 'checkpointed'; seq: number; ids: number[] }
  | { kind: 'log'; level: keyof Log; fields: Record<string, unknown>; message: string }

const CHECKPOINT_EVERY_MS = 60_000
const CHECKPOINT_EVERY_BYTES = 64 * 1024 * 1024
/** A small batch costs the store nearly as much as a large one, so small ones wait for company. */
const SMALL_BATCH = 1_000
const COMPANY_MS = 100
const IDLE_CHECK_MS = 1_000

const NOTHING_TRANSFERRED: [] = []
const say = (message: FromWorker): void => parentPort?.postMessage(message, NOTHING_TRANSFERRED)
const logging =
  (level: keyof Log): Log['info'] =>
  (fields, message) =>
    say({ kind: 'log', level, fields, message })
const log: Log = { info: logging('info'), warn: logging('warn'), error: logging('error') }
/** The mqtt function of the manifest as the drain runs it: what it counts is handed back, not counted yet. */
const ingestion = (
  manifest: Manifest,
  means: { readings: DuckDbReadingStore; tables: ReturnType<typeof openTables>; archive: Archive; now: () => number },
): { ingest: LocalFunction<MqttTrigger>; run: RunBatch } => {
  // What a run that outlasted its timeout still counts must not be taken for the next run's.
  const current = new AsyncLocalStorage<Counts>()
  const count = (name: CountName, by: number): void => {
    const counts = current.getStore()
    if (counts) counts[name] = (counts[name] ?? 0) + by
  }
  const queue = () => ({ send: () => Promise.reject(new Error('an mqtt function has no queues here')) })
  const [ingest, ...others] = localFunctions(manifest, { ...means, log, count, queue }).mqtt
  if (!ingest || others.length > 0) throw new Error('this runtime drains the inbound log with exactly one mqtt function')
  const run: RunBatch = async (messages) => {
    const counts: Counts = {}
    const outcome = await current.run(counts, () => ingest.call({ messages }))
    return { outcome, counts: { ...counts } }
  }
  return { ingest, run }
}

/** What a damaged store lost is still in the log: back to its first message. */
const replayIfSetAside = (readings: DuckDbReadingStore, progress: Progress, oldestSeq: number | undefined): void => {
  if (!readings.walSetAside) return
  const { drainedSeq } = progress.position()
  progress.rewind(Math.min(drainedSeq, oldestSeq ?? drainedSeq))
  log.error(
    { fromSeq: oldestSeq, toSeq: drainedSeq },
    "the store's write-ahead log was damaged and set aside; replaying the inbound log",
  )
}

const main = async (setup: WorkerSetup): Promise<void> => {
  const now = (): number => Date.now() + setup.clockShiftMs
  const { manifest } = (await import(setup.manifestUrl)) as { manifest: Manifest }
  const readings = await openReadingStore(setup.paths.readings)
  const tables = openTables(setup.paths.tables)
  const progress = openProgress(setup.paths.progress)
  const reader = openInboundLogReader(setup.paths.inbound)
  replayIfSetAside(readings, progress, reader.seqBeforeOldest())
  const archive = openFolderArchive(setup.paths.archive)
  const { ingest, run } = ingestion(manifest, { readings, tables, archive, now })
  const drain = openDrain({ reader, progress, run, batch: ingest.on.batch, now, log })

  const arrivalClock = alarmClock()
  const orderClock = alarmClock()
  const orders: { isHurried: boolean; isClosing: boolean; checkpointIds: number[] } = {
    isHurried: false,
    isClosing: false,
    checkpointIds: [],
  }
  parentPort?.on('message', (message: ToWorker) => {
    if (message.kind === 'call') {
      void answerCall(readings, message).then(say)
      return
    }
    orders.isHurried ||= message.kind === 'hurry'
    if (message.kind === 'checkpoint') orders.checkpointIds.push(message.id)
    orders.isClosing ||= message.kind === 'close'
    arrivalClock.wake()
    if (message.kind !== 'committed') orderClock.wake()
  })

  let checkpointedAtMs = now()
  let uncheckpointedBytes = 0
  const checkpoint = async (): Promise<void> => {
    const { drainedSeq } = progress.position()
    const ids = orders.checkpointIds.splice(0)
    await readings.checkpoint()
    progress.forgetSettled()
    say({ kind: 'checkpointed', seq: drainedSeq, ids })
    checkpointedAtMs = now()
    uncheckpointedBytes = 0
  }

  say({ kind: 'ready' })
  while (!orders.isClosing) {
    const startedAtMs = now()
    const { messages, bytes, pauseMs } = await drain.step()
    uncheckpointedBytes += bytes
    say({ kind: 'drained', seq: progress.position().drainedSeq, isIdle: messages === 0 && pauseMs === 0 })
    const isDue = uncheckpointedBytes > 0 && now() - checkpointedAtMs >= CHECKPOINT_EVERY_MS
    const isAsked = orders.checkpointIds.length > 0
    if (isDue || isAsked || uncheckpointedBytes >= CHECKPOINT_EVERY_BYTES) await checkpoint()
    if (pauseMs > 0) await orderClock.sleep(pauseMs)
    else if (messages === 0) await arrivalClock.sleep(IDLE_CHECK_MS)
    else if (messages < SMALL_BATCH && !orders.isHurried) await orderClock.sleep(COMPANY_MS - (now() - startedAtMs))
    orders.isHurried &&= messages > 0
  }
  await readings.close()
  progress.forgetSettled()
  say({ kind: 'checkpointed', seq: progress.position().drainedSeq, ids: orders.checkpointIds })
  for (const store of [tables, progress, reader]) store.close()
  parentPort?.close()
}

await main(workerData as WorkerSetup)
