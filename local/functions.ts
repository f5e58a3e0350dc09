import type {
  Ambient,
  Deps,
  Entry,
  Handler,
  HttpTrigger,
  MqttTrigger,
  Queue,
  QueueName,
  QueueTrigger,
  ScheduleTrigger,
  StoreName,
  Trigger,
} from '../functions/entry.ts'
import type { Archive, ArchiveReader } from '../stores/archive.ts'
import type { SqliteTables } from '../stores/sqlite/table.ts'
import type { ReadingReader, ReadingStore } from '../stores/readings.ts'
import type { TableName } from '../stores/tables.ts'
import { within } from './timeout.ts'

/** The loop over the manifest: one list per trigger kind, every function loaded at its first call and given what its entry grants. */

export type Manifest = Record<string, Entry>

/** What there is to grant. */
export type Means = Ambient & {
  tables: SqliteTables
  readings: ReadingStore
  archive: Archive
  queue: (name: QueueName) => Queue
}

/** A function of one trigger kind, ready to be called; a call that outlasts its entry's timeout rejects. */
export type LocalFunction<On extends Trigger> = { name: string; on: On; timeoutSeconds: number; call: Handler<On> }
export type LocalFunctions = {
  mqtt: LocalFunction<MqttTrigger>[]
  queue: LocalFunction<QueueTrigger>[]
  schedule: LocalFunction<ScheduleTrigger>[]
  http: LocalFunction<HttpTrigger>[]
}

const readSideOf = ({ get, query, queryIndex }: SqliteTables[TableName]): object => ({
  get,
  query,
  queryIndex,
})
const readerOf = ({
  series,
  lastBefore,
  firstAfter,
  list,
  conflicts,
  summaries,
  sparesReadings,
}: ReadingStore): ReadingReader => ({
  series,
  lastBefore,
  firstAfter,
  list,
  conflicts,
  summaries,
  ...(sparesReadings && { sparesReadings }),
})
const archiveReaderOf = ({ get, list }: Archive): ArchiveReader => ({ get, list })

/** Exactly what the entry declares: least privilege holds here as it does in the cloud. */
const grant = (
  { reads, writes, sends }: Entry,
  { tables, readings, archive, queue, now, log, count }: Means,
): Deps<StoreName, StoreName, QueueName> => {
  const whole = (name: StoreName) => {
    if (name === 'readings') return readings
    return name === 'archive' ? archive : tables[name]
  }
  const readSide = (name: StoreName) => {
    if (name === 'readings') return readerOf(readings)
    return name === 'archive' ? archiveReaderOf(archive) : readSideOf(tables[name])
  }
  const granted = {
    now,
    log,
    count,
    queues: Object.fromEntries(sends.map((name) => [name, queue(name)])),
    ...Object.fromEntries(reads.map((name) => [name, readSide(name)])),
    ...Object.fromEntries(writes.map((name) => [name, whole(name)])),
  }
  // The compiler has checked each entry against its `create`; here their kinds are no longer told apart.
  return granted as object as Deps<StoreName, StoreName, QueueName>
}

const unknownTrigger = (on: never): never => {
  throw new Error(`a trigger this runtime does not know: ${JSON.stringify(on)}`)
}

/** Every function of the manifest, by its trigger. Nothing is loaded yet. */
export const localFunctions = (manifest: Manifest, means: Means): LocalFunctions => {
  const functions: LocalFunctions = { mqtt: [], queue: [], schedule: [], http: [] }
  for (const [name, entry] of Object.entries(manifest)) {
    const { on, timeoutSeconds } = entry
    const opened = <On extends Trigger>(on: On): LocalFunction<On> => ({
      name,
      on,
      timeoutSeconds,
      call: lazily<On>(name, entry, means),
    })
    if ('mqtt' in on) functions.mqtt.push(opened(on))
    else if ('queue' in on) functions.queue.push(opened(on))
    else if ('everyMinutes' in on) functions.schedule.push(opened(on))
    else if ('http' in on) functions.http.push(opened(on))
    else unknownTrigger(on)
  }
  return functions
}

type AnyHandler = (input: unknown) => Promise<unknown>

const lazily = <On extends Trigger>(name: string, entry: Entry, means: Means): Handler<On> => {
  let created: Promise<AnyHandler> | undefined
  const create = async (): Promise<AnyHandler> => {
    const log = named(name, means.log)
    const module = await entry.load()
    return module.create(grant(entry, { ...means, log })) as AnyHandler
  }
  const call: AnyHandler = async (input) => {
    created ??= create()
    // A module that failed to load is loaded anew at the next call.
    created.catch(() => (created = undefined))
    const handler = await created
    return within(entry.timeoutSeconds, name, handler(input))
  }
  return call as Handler<On>
}

const named = (name: string, { info, warn, error }: Ambient['log']): Ambient['log'] => ({
  info: (fields, message) => info({ function: name, ...fields }, message),
  warn: (fields, message) => warn({ function: name, ...fields }, message),
  error: (fields, message) => error({ function: name, ...fields }, message),
})
