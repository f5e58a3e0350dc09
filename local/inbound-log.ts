import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { MESSAGE_BYTES_MAX, TOPIC_BYTES_MAX } from '../domain/limits.ts'
import { type Publish, sizeInBlock, writeToBlock } from './inbound-block.ts'

/**
 * The durable inbound log: what was published, byte for byte, committed to disk before anybody is told so.
 *
 * Messages that arrive within a few milliseconds share one commit and one row. This side writes, on one connection; the thread
 * that drains the log reads it through its own. After a failed commit the log takes nothing any more: what the disk holds is
 * known only after a restart.
 */
export type InboundLog = {
  /** Calls `done` once the message is on disk, or with an error when it will not be. Above the limit it waits for `drained`. */
  append: (message: Publish, done: (error?: Error) => void) => void
  /** Everything up to this number has been dealt with; frees room under the limit. */
  drained: (seq: number) => void
  /** Deletes what is no longer needed, up to this number. */
  forget: (seq: number) => void
  /** Commits what is pending at once. */
  flush: () => void
  status: () => InboundLogStatus
  close: () => void
}

export type InboundLogStatus = { lastSeq: number; undrainedBytes: number; waiting: number; failure?: string }

export type InboundLogOptions = {
  /** Numbers start above this even in an empty file, so that none is ever given twice. */
  aboveSeq?: number
  /** Messages wait while more bytes than this are not drained. */
  undrainedBytesMax?: number
  onCommit?: (lastSeq: number) => void
  onFailure?: (error: Error) => void
}

const UNDRAINED_BYTES_MAX = 256 * 1024 * 1024
const WAITING_BYTES_MAX = 64 * 1024 * 1024
const COMMIT_AFTER_MS = 4
const BLOCK_BYTES = 1024 * 1024
const BLOCK_MESSAGES = 4_096
const MESSAGE_ROOM_BYTES = MESSAGE_BYTES_MAX + 2 * TOPIC_BYTES_MAX + 64

type Waiting = { message: Publish; done: (error?: Error) => void }

/** Opens the file of the log, creating it when it is not there yet. */
export const openLogDatabase = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path, { timeout: 5_000 })
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS blocks (last_seq INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT`)
  return database
}

/** Opens or creates the log in one SQLite file. */
export const openInboundLog = (path: string, options: InboundLogOptions = {}): InboundLog => {
  const database = openLogDatabase(path)
  const log = new Log(database, options)
  return {
    append: (message, done) => log.append({ message, done }),
    drained: (seq) => log.drained(seq),
    forget: (seq) => log.forget(seq),
    flush: () => log.flush(),
    status: () => log.status(),
    close: () => {
      log.flush()
      log.refuseWaiting(new Error('the inbound log is closed'))
      database.close()
    },
  }
}

class Log {
  readonly #insert: StatementSync
  readonly #forget: StatementSync
  readonly #options: InboundLogOptions
  readonly #undrainedBytesMax: number
  readonly #block = Buffer.allocUnsafe(BLOCK_BYTES + MESSAGE_ROOM_BYTES)
  #length = 0
  #pending: ((error?: Error) => void)[] = []
  #timer: NodeJS.Timeout | undefined
  #lastSeq: number
  /** Blocks that are on disk and not drained. */
  #undrained: { lastSeq: number; bytes: number }[]
  #undrainedBytes: number
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #failure: Error | undefined

  constructor(database: DatabaseSync, options: InboundLogOptions) {
    this.#options = options
    this.#undrainedBytesMax = options.undrainedBytesMax ?? UNDRAINED_BYTES_MAX
    this.#insert = database.prepare('INSERT INTO blocks (last_seq, first_seq, bytes) VALUES (?, ?, ?)')
    // The newest block stays, so that its number is not given again.
    this.#forget = database.prepare('DELETE FROM blocks WHERE last_seq <= ? AND last_seq < (SELECT max(last_seq) FROM blocks)')
    this.#undrained = database
      .prepare('SELECT last_seq, length(bytes) AS bytes FROM blocks WHERE last_seq > ? ORDER BY last_seq')
      .all(options.aboveSeq ?? 0)
      .map((row) => ({ lastSeq: Number(row.last_seq), bytes: Number(row.bytes) }))
    this.#undrainedBytes = this.#undrained.reduce((sum, { bytes }) => sum + bytes, 0)
    const newest = Number(database.prepare('SELECT max(last_seq) AS seq FROM blocks').get()?.seq ?? 0)
    this.#lastSeq = Math.max(newest, options.aboveSeq ?? 0)
  }

  append(arrival: Waiting): void {
    if (this.#failure) return arrival.done(this.#failure)
    const isFull = this.#waiting.length > 0 || this.#undrainedBytes > this.#undrainedBytesMax
    return isFull ? this.#wait(arrival) : this.#take(arrival)
  }

  #wait(arrival: Waiting): void {
    const bytes = sizeInBlock(arrival.message)
    if (this.#waitingBytes + bytes > WAITING_BYTES_MAX) return arrival.done(new Error('too much is waiting for the inbound log'))
    this.#waiting.push(arrival)
    this.#waitingBytes += bytes
  }

  #take({ message, done }: Waiting): void {
    if (this.#failure) return done(this.#failure)
    this.#length = writeToBlock(this.#block, this.#length, message)
    this.#pending.push(done)
    if (this.#length >= BLOCK_BYTES || this.#pending.length >= BLOCK_MESSAGES) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), COMMIT_AFTER_MS)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#pending.length === 0 || this.#failure) return
    const answered = this.#pending
    const firstSeq = this.#lastSeq + 1
    const lastSeq = this.#lastSeq + answered.length
    try {
      this.#insert.run(lastSeq, firstSeq, this.#block.subarray(0, this.#length))
    } catch (error) {
      return this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
    this.#undrained.push({ lastSeq, bytes: this.#length })
    this.#undrainedBytes += this.#length
    this.#lastSeq = lastSeq
    this.#length = 0
    this.#pending = []
    this.#options.onCommit?.(lastSeq)
    for (const done of answered) done()
  }

  /** A commit that failed once is not tried again: the kernel may have dropped the pages and report success next time. */
  #fail(error: Error): void {
    this.#failure = error
    const answered = this.#pending
    this.#pending = []
    for (const done of answered) done(error)
    this.refuseWaiting(error)
    this.#options.onFailure?.(error)
  }

  refuseWaiting(error: Error): void {
    const refused = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const { done } of refused) done(error)
  }

  drained(seq: number): void {
    const left = this.#undrained.findIndex(({ lastSeq }) => lastSeq > seq)
    const freed = this.#undrained.splice(0, left === -1 ? this.#undrained.length : left)
    this.#undrainedBytes -= freed.reduce((sum, { bytes }) => sum + bytes, 0)
    while (this.#waiting.length > 0 && this.#undrainedBytes <= this.#undrainedBytesMax && !this.#failure) {
      for (const arrival of this.#waiting.splice(0, BLOCK_MESSAGES)) {
        this.#waitingBytes -= sizeInBlock(arrival.message)
        this.#take(arrival)
      }
    }
  }

  forget(seq: number): void {
    if (this.#failure) return
    try {
      this.#forget.run(seq)
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  status(): InboundLogStatus {
    return {
      lastSeq: this.#lastSeq,
      undrainedBytes: this.#undrainedBytes,
      waiting: this.#waiting.length,
      ...(this.#failure && { failure: this.#failure.message }),
    }
  }
}
