import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { type Principal, WHOLE_COUNTRY } from '../domain/access.ts'
import { issueToken } from '../functions/edge/session.ts'
import { signingKeyIn } from '../functions/edge/signing-key.ts'
import type { Log, Trigger } from '../functions/entry.ts'
import type { Archive } from '../stores/archive.ts'
import { openFolderArchive } from '../stores/folder/archive.ts'
import { openTables, type SqliteTables } from '../stores/sqlite/table.ts'
import { type Broker, startBroker } from './broker.ts'
import { type LocalFunction, type LocalFunctions, localFunctions, type Manifest } from './functions.ts'
import { jsonLog } from './log.ts'
import { createApp, type LocalControl, listen } from './http.ts'
import { type InboundLog, openInboundLog } from './inbound-log.ts'
import { openJobs } from './jobs.ts'
import { operationsOf } from './operations.ts'
import { inboundQueue } from './inbound-queue.ts'
import { claim } from './owner.ts'
import { type DeadLetter, openProgress, type Progress } from './progress.ts'
import { type DeadWork, openQueues, type WorkQueues } from './queue.ts'
import { type QueueRunner, startQueueRunner } from './queue-runner.ts'
import { type Readings, startReadings } from './readings.ts'
import { type Scheduler, startScheduler } from './scheduler.ts'
import { type RuntimeStatus, statusOf } from './status.ts'
import { readWebFiles } from './web-files.ts'

/**
 * The one-machine runtime: the other reader of the manifest. Broker, inbound log, work queues, scheduler and HTTP in one process,
 * the readings in a thread of their own, everything durable in one data directory and reachable on 127.0.0.1 only.
 */

export type RuntimeOptions = {
  dataDir: string
  /** 0 for any free port. */
  httpPort: number
  /** 0 for any free port. */
  mqttPort: number
  /** Epoch ms. */
  now?: () => number
  /** The built dashboard; without it there is only the API. */
  webDir?: string
  log?: Log
  /** Whether schedule functions run by the clock; otherwise only `run` calls them. */
  schedules?: boolean
  /** The module that exports `manifest`. */
  manifestUrl?: URL
  /** How the inbound log is opened. */
  openLog?: typeof openInboundLog
}

export type Runtime = {
  httpUrl: string
  mqttUrl: string
  /** The very app the port serves. */
  request: (request: Request) => Promise<Response>
  /** Fires one schedule function and waits until the work it led to is done. Throws on a name that is no schedule function's. */
  run: (name: string, atMs?: number) => Promise<{ did: number }>
  /** Resolves when what was published before is drained and no work is due. */
  quiesce: () => Promise<void>
  status: () => RuntimeStatus
  deadLetters: () => { messages: DeadLetter[]; work: DeadWork[] }
  /** Puts dead letters back to be tried again; answers how many, by the function that takes them. Only of one when it is named. */
  redrive: (name?: string) => Record<string, number>
  /** Resolves when the runtime can no longer keep its promises and must be started anew. */
  failure: Promise<Error>
  /** Takes nothing new, finishes commits, checkpoints, closes the stores; within 10 s. */
  close: () => Promise<void>
}

const RECHECK_EVERY_MS = 30_000
/** What runs at the end is waited for this long; unfinished work stays in its queue. */
const FINISH_WITHIN_MS = 4_000
const DEAD_LETTERS_MAX = 1_000
const MANIFEST_URL = new URL('../functions/manifest.ts', import.meta.url)

type Parts = {
  tables: SqliteTables
  queues: WorkQueues
  progress: Progress
  inbound: InboundLog
  readings: Readings
  archive: Archive
  functions: LocalFunctions
  runner: QueueRunner
  scheduler: Scheduler
}

/** Starts everything; throws when another live process owns the data directory or a port is taken. */
export const startRuntime = async (options: RuntimeOptions): Promise<Runtime> => {
  const { dataDir, now = Date.now, log = jsonLog('info') } = options
  await using opened = new AsyncDisposableStack()
  const owner = opened.adopt(claim(dataDir), ({ release }) => release())
  const failed = Promise.withResolvers<Error>()
  const fail = (error: Error): void => {
    log.error({ reason: error.message }, 'the runtime has failed and must be started anew')
    failed.resolve(error)
  }
  const parts = await openParts({ ...options, now, log }, opened, fail)
  const control = controlOf(parts, now)

  const broker = await startBroker({
    port: options.mqttPort,
    log,
    now,
    knows: secretCheck(parts.tables),
    take: parts.inbound.append,
  })
  opened.defer(() => closeDoor(parts.inbound, broker))
  const recheck = setInterval(() => {
    broker.recheck().catch((error: unknown) => log.error({ reason: String(error) }, 'gateway secrets could not be checked again'))
  }, RECHECK_EVERY_MS)
  opened.defer(() => clearInterval(recheck))

  const token = randomBytes(32).toString('base64url')
  const status = (): RuntimeStatus => statusOf(parts, broker)
  const web = options.webDir === undefined ? undefined : readWebFiles(options.webDir)
  const app = createApp({ functions: parts.functions.http, control: { ...control, status }, token, log, ...(web && { web }) })
  const http = opened.adopt(await listen(app, options.httpPort), ({ close }) => close())
  owner.announce({ pid: process.pid, httpUrl: http.url, mqttUrl: broker.url, token })
  log.info({ httpUrl: http.url, mqttUrl: broker.url }, 'started')

  const owned = opened.move()
  return {
    httpUrl: http.url,
    mqttUrl: broker.url,
    request: app.fetch,
    ...control,
    status,
    failure: failed.promise,
    close: () => owned.disposeAsync(),
  }
}

type Opening = RuntimeOptions & { now: () => number; log: Log }

/** Opens the stores and everything between the door and the HTTP side; whatever is open is closed in reverse order at the end. */
const openParts = async (options: Opening, opened: AsyncDisposableStack, fail: (error: Error) => void): Promise<Parts> => {
  const { dataDir, now, log, openLog = openInboundLog, manifestUrl = MANIFEST_URL } = options
  const path = (name: string): string => join(dataDir, name)
  const { manifest } = (await import(manifestUrl.href)) as { manifest: Manifest }
  const tables = opened.adopt(openTables(path('tables.db')), ({ close }) => close())
  const queues = opened.adopt(openQueues(path('queues.db'), { now }), ({ close }) => close())
  const progress = opened.adopt(openProgress(path('progress.db')), ({ close }) => close())
  const logOptions = { aboveSeq: progress.position().drainedSeq, onCommit: () => readings.committed(), onFailure: fail }
  const inbound = opened.adopt(openLog(path('inbound.db'), logOptions), ({ close }) => close())
  const readings: Readings = opened.adopt(
    await startReadings({
      setup: {
        manifestUrl: manifestUrl.href,
        clockShiftMs: now() - Date.now(),
        paths: {
          archive: path('archive'),
          inbound: path('inbound.db'),
          progress: path('progress.db'),
          readings: path('readings.duckdb'),
          tables: path('tables.db'),
        },
      },
      log,
      onDrained: inbound.drained,
      onCheckpoint: inbound.forget,
      onFailure: fail,
    }),
    ({ close }) => close(),
  )
  const queue = (name: string) => (functions.mqtt.some((own) => own.name === name) ? inboundQueue(inbound) : runner.queue(name))
  const count = (name: string, by: number): void => log.info({ name, by }, 'counted')
  const archive = openFolderArchive(path('archive'))
  const functions = localFunctions(manifest, { tables, readings: readings.store, archive, queue, now, log, count })
  const runner: QueueRunner = startQueueRunner({ queues, functions: functions.queue, log })
  opened.defer(() => atMost(FINISH_WITHIN_MS, runner.stop()))
  const scheduler = startScheduler({ functions: functions.schedule, now, log, byClock: options.schedules ?? true })
  opened.defer(() => atMost(FINISH_WITHIN_MS, scheduler.stop()))
  return { tables, queues, progress, inbound, readings, archive, functions, runner, scheduler }
}

const atMost = async (ms: number, work: Promise<unknown>): Promise<void> => {
  const timeout = Promise.withResolvers<void>()
  const timer = setTimeout(timeout.resolve, ms)
  await Promise.race([work, timeout.promise])
  clearTimeout(timer)
}

/** What was taken is committed and acknowledged before the connections go. */
const closeDoor = async (inbound: InboundLog, broker: Broker): Promise<void> => {
  inbound.flush()
  await broker.close()
}

const secretCheck =
  ({ gateways }: Pick<SqliteTables, 'gateways'>) =>
  async (gatewayId: string, secret: Uint8Array): Promise<boolean> => {
    const gateway = await gateways.get({ gatewayId })
    const given = createHash('sha256').update(secret).digest()
    const expected = Buffer.from(gateway?.row.secretHash ?? '', 'hex')
    return expected.length === given.length && timingSafeEqual(expected, given)
  }

/** Who the machine's owner is to the API. */
const OWNER: Principal = { userName: 'owner', role: 'administrator', regionCode: WHOLE_COUNTRY }

const controlOf = (parts: Parts, now: () => number): Omit<LocalControl, 'status'> & Pick<Runtime, 'deadLetters'> => {
  const { tables, inbound, readings, runner, scheduler, progress, queues } = parts
  const signingKey = signingKeyIn({ ...tables, now })
  const quiesce = async (): Promise<void> => {
    do {
      inbound.flush()
      await readings.drainedTo(inbound.status().lastSeq)
    } while (inbound.status().waiting > 0)
    await runner.idle()
  }
  return {
    names: scheduler.names,
    run: async (name, atMs) => {
      const { did } = await scheduler.run(name, atMs)
      await runner.idle()
      return { did }
    },
    quiesce,
    jobs: openJobs(operationsOf({ ...parts, now, quiesce })),
    redrive: (name) => {
      const of = <On extends Trigger>(functions: LocalFunction<On>[]): string[] =>
        functions.map((each) => each.name).filter((each) => name === undefined || each === name)
      const redriven = Object.fromEntries([
        ...of(parts.functions.mqtt).map((each) => [each, progress.redrive(now())] as const),
        ...of(parts.functions.queue).map((each) => [each, queues.redrive(each)] as const),
      ])
      readings.committed()
      runner.pump()
      return redriven
    },
    session: async () => issueToken({ signingKey: await signingKey(), principal: OWNER, nowMs: now() }),
    deadLetters: () => ({ messages: progress.deadLetters(DEAD_LETTERS_MAX), work: queues.deadLetters(DEAD_LETTERS_MAX) }),
  }
}
