import type { Archive, ArchiveReader } from '../stores/archive.ts'
import type { ReadingReader, ReadingStore } from '../stores/readings.ts'
import type { TableName, TableOf, TableReaderOf } from '../stores/tables.ts'

/** What a function is, apart from what it does: the shapes of the manifest and of everything handed to `create`. */

export type StoreName = TableName | 'readings' | 'archive'
/** `ingest-readings` takes a publish as `edge/inbound.ts` writes it; the others take work. */
export type QueueName = 'ingest-readings' | 'compute-generation' | 'settle-station' | 'settle-village' | 'assess-performance'

type ReadSide<Name extends StoreName> = Name extends TableName
  ? TableReaderOf<Name>
  : Name extends 'readings'
    ? ReadingReader
    : ArchiveReader
type WriteSide<Name extends StoreName> = Name extends TableName ? TableOf<Name> : Name extends 'readings' ? ReadingStore : Archive

/** One line of structured log; never personal data. */
export type Log = {
  info: (fields: Record<string, unknown>, message: string) => void
  warn: (fields: Record<string, unknown>, message: string) => void
  error: (fields: Record<string, unknown>, message: string) => void
}

/** Hands work to the function of that name; durable when it returns, delivered at least once, in any order. */
export type Queue = { send: (bodies: readonly object[]) => Promise<void> }

export const COUNTS = ['stored', 'duplicate', 'conflict', 'quarantined', 'dead_lettered'] as const
export type CountName = (typeof COUNTS)[number]

/** What every function is given besides its stores. */
export type Ambient = {
  /** Epoch ms. A function asks here and never the machine. */
  now: () => number
  log: Log
  count: (name: CountName, by: number) => void
}

/** Exactly the stores a manifest entry declares: reading ones for `reads`, whole ones for `writes`. */
export type Deps<Reads extends StoreName = never, Writes extends StoreName = never, Sends extends QueueName = never> = Ambient & {
  [Name in Exclude<Reads, Writes>]: ReadSide<Name>
} & { [Name in Writes]: WriteSide<Name> } & { queues: { [Name in Sends]: Queue } }

/** A published message as the door took it in. `clientId` is the authenticated identity, the gateway. */
export type InboundMessage = {
  messageId: string
  topic: string
  clientId: string
  payload: Uint8Array
  receivedAtMs: number
}
export type WorkMessage = { messageId: string; body: unknown }

/** `failed` lists the messages to try again; all others are done with. A throw tries every message of the batch again. */
export type BatchOutcome = { kind: 'done'; failed: string[] }
export type ScheduleOutcome = { kind: 'done'; did: number }

/** Topic filter; batches of at most `batch` messages. */
export type MqttTrigger = { mqtt: string; batch: number }
/** Work sent to the queue of the function's own name; batches of at most `batch` messages. */
export type QueueTrigger = { queue: { batch: number } }
/** Runs every n whole minutes and asks "what is due and not done?": skipped or doubled runs change nothing. */
export type ScheduleTrigger = { everyMinutes: number }
/** Path of one resource; the function answers it and everything below it. */
export type HttpTrigger = { http: `/api/${string}` }
export type Trigger = MqttTrigger | QueueTrigger | ScheduleTrigger | HttpTrigger

export type Handler<On extends Trigger> = On extends MqttTrigger
  ? (input: { messages: readonly InboundMessage[] }) => Promise<BatchOutcome>
  : On extends QueueTrigger
    ? (input: { messages: readonly WorkMessage[] }) => Promise<BatchOutcome>
    : On extends ScheduleTrigger
      ? (input: { atMs: number }) => Promise<ScheduleOutcome>
      : (request: Request) => Promise<Response>

export type Entry<
  On extends Trigger = Trigger,
  Reads extends StoreName = StoreName,
  Writes extends StoreName = StoreName,
  Sends extends QueueName = QueueName,
> = {
  on: On
  reads: readonly Reads[]
  writes: readonly Writes[]
  sends: readonly Sends[]
  timeoutSeconds: number
  memoryMb: number
  load: () => Promise<{ create: (deps: Deps<Reads, Writes, Sends>) => Handler<On> }>
}

/** Declares one function. That the declared stores suffice for its `create` is checked by the compiler here. */
export const entry = <
  const On extends Trigger,
  const Reads extends StoreName = never,
  const Writes extends StoreName = never,
  const Sends extends QueueName = never,
>(declared: {
  on: On
  reads?: readonly Reads[]
  writes?: readonly Writes[]
  sends?: readonly Sends[]
  timeoutSeconds: number
  memoryMb?: number
  // What is granted comes from the lists alone: inferred from the function too, a missing list would grant what it takes.
  load: () => Promise<{ create: (deps: Deps<NoInfer<Reads>, NoInfer<Writes>, NoInfer<Sends>>) => Handler<NoInfer<On>> }>
}): Entry<On, Reads, Writes, Sends> => ({ reads: [], writes: [], sends: [], memoryMb: 512, ...declared })
