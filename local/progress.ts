import { DatabaseSync } from 'node:sqlite'
import { COUNTS, type CountName, type InboundMessage } from '../functions/entry.ts'
import { transact } from '../stores/sqlite/schema.ts'

/**
 * How far the inbound log has been drained, what became of its readings, and the messages that did not go through: a SQLite file
 * of its own, written by the draining thread and by whoever puts dead letters back. Position and counts move in one transaction,
 * so no message is counted twice.
 */
export type Progress = ProgressReader & {
  /** What became of a batch: moves the position, adds the counts, keeps the failed for another try, settles those retried. */
  advance: (step: Step) => void
  /** Failed messages whose time has come, oldest first. */
  due: (nowMs: number, messagesMax: number) => Retry[]
  /** Back to just behind `seq`: what follows is dealt with again, but not counted again. */
  rewind: (seq: number) => void
  /**
   * Puts every dead letter back to be tried again as if for the first time, and takes it out of the count it was in: it will be
   * counted by what becomes of it. All or nothing; answers how many.
   */
  redrive: (nowMs: number) => number
  /** Drops settled retries, once the store holds them safely. */
  forgetSettled: () => void
}

export type ProgressReader = {
  /** The last message dealt with, and the last whose readings are counted: ahead of it only after `rewind`. */
  position: () => { drainedSeq: number; countedSeq: number }
  counts: () => Record<CountName, number>
  /** Messages waiting to be tried again, and when the first of them is due. */
  retrying: () => { messages: number; firstDueAtMs?: number }
  deadLetters: (rowsMax: number) => DeadLetter[]
  deadLetterCount: () => number
  close: () => void
}

export type Counts = Partial<Record<CountName, number>>
export type Retry = { message: InboundMessage; receives: number; isCounted: boolean }
export type Failure = { message: InboundMessage; receives: number; reason: string }
export type Step = {
  /** Absent when only retries were dealt with. */
  drainedSeq?: number
  counts: Counts
  /** Tried in vain, to be tried again at `dueAtMs`. */
  failed: (Failure & { dueAtMs: number })[]
  /** Tried in vain for the last time. */
  givenUp: (Failure & { atMs: number })[]
  /** Messages that had failed before and went through now. */
  settled: string[]
}
export type DeadLetter = {
  messageId: string
  gatewayId: string
  topic: string
  receivedAtMs: number
  payloadBase64: string
  receives: number
  reason: string
  atMs: number
}

const MESSAGE_COLUMNS =
  'seq INTEGER PRIMARY KEY, gateway_id TEXT, topic TEXT, received_at_ms INTEGER, payload BLOB, receives INTEGER'
const SCHEMA = `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS position (id INTEGER PRIMARY KEY, drained_seq INTEGER, counted_seq INTEGER) STRICT;
  INSERT OR IGNORE INTO position VALUES (1, 0, 0);
  CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, total INTEGER) STRICT;
  CREATE TABLE IF NOT EXISTS retries (${MESSAGE_COLUMNS}, reason TEXT, due_at_ms INTEGER, settled INTEGER, counted INTEGER) STRICT;
  CREATE TABLE IF NOT EXISTS dead_letters (${MESSAGE_COLUMNS}, reason TEXT, at_ms INTEGER) STRICT`

/** Opens or creates the file. */
export const openProgress = (path: string): Progress => {
  const database = new DatabaseSync(path, { timeout: 5_000 })
  database.exec(SCHEMA)
  return { ...readSide(database), ...writeSide(database), close: () => database.close() }
}

const readSide = (database: DatabaseSync): Omit<ProgressReader, 'close'> => {
  const position = database.prepare('SELECT drained_seq, counted_seq FROM position')
  const counts = database.prepare('SELECT name, total FROM counts')
  const retrying = database.prepare('SELECT count(*) AS messages, min(due_at_ms) AS first FROM retries WHERE settled = 0')
  const deadLetters = database.prepare('SELECT * FROM dead_letters ORDER BY seq DESC LIMIT ?')
  const deadLetterCount = database.prepare('SELECT count(*) AS messages FROM dead_letters')
  return {
    position: () => {
      const row = position.get()
      return { drainedSeq: Number(row?.drained_seq), countedSeq: Number(row?.counted_seq) }
    },
    counts: () => {
      const totals = new Map(counts.all().map(({ name, total }) => [name, Number(total)]))
      return Object.fromEntries(COUNTS.map((name) => [name, totals.get(name) ?? 0])) as Record<CountName, number>
    },
    retrying: () => {
      const row = retrying.get()
      return { messages: Number(row?.messages), ...(typeof row?.first === 'number' && { firstDueAtMs: row.first }) }
    },
    deadLetters: (rowsMax) =>
      deadLetters.all(rowsMax).map((row) => {
        const { payload, messageId, clientId, ...message } = messageOf(row)
        const payloadBase64 = Buffer.from(payload).toString('base64')
        const [receives, reason, atMs] = [Number(row.receives), String(row.reason), Number(row.at_ms)]
        return { messageId, gatewayId: clientId, ...message, payloadBase64, receives, reason, atMs }
      }),
    deadLetterCount: () => Number(deadLetterCount.get()?.messages),
  }
}

const messageOf = (row: Record<string, unknown>): InboundMessage => ({
  messageId: String(row.seq),
  clientId: String(row.gateway_id),
  topic: String(row.topic),
  receivedAtMs: Number(row.received_at_ms),
  payload: row.payload instanceof Uint8Array ? row.payload : new Uint8Array(),
})

const valuesOf = ({ message, receives, reason }: Failure) =>
  [Number(message.messageId), message.clientId, message.topic, message.receivedAtMs, message.payload, receives, reason] as const

const writeSide = (database: DatabaseSync): Omit<Progress, keyof ProgressReader> => {
  const move = database.prepare('UPDATE position SET drained_seq = ?1, counted_seq = max(counted_seq, ?1)')
  const add = database.prepare('INSERT INTO counts VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET total = total + ?2')
  // A message replayed after it was dead-lettered is a dead letter already.
  const retry = database.prepare(`INSERT INTO retries SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0
    WHERE NOT EXISTS (SELECT 1 FROM dead_letters WHERE seq = ?1)
    ON CONFLICT (seq) DO UPDATE SET receives = ?6, reason = ?7, due_at_ms = ?8, settled = 0`)
  const settle = database.prepare('UPDATE retries SET settled = 1, counted = 1 WHERE seq = ?')
  const bury = database.prepare('INSERT OR IGNORE INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const drop = database.prepare('DELETE FROM retries WHERE seq = ?')
  const due = database.prepare('SELECT * FROM retries WHERE settled = 0 AND due_at_ms <= ? ORDER BY seq LIMIT ?')
  const rewind = database.prepare('UPDATE position SET drained_seq = ?')
  const unsettle = database.prepare('UPDATE retries SET settled = 0, due_at_ms = 0 WHERE settled = 1')
  const forget = database.prepare('DELETE FROM retries WHERE settled = 1')

  const revive = database.prepare(`INSERT INTO retries
    SELECT seq, gateway_id, topic, received_at_ms, payload, 0, reason, ?, 0, 0 FROM dead_letters
    WHERE true ON CONFLICT (seq) DO UPDATE SET receives = 0, due_at_ms = excluded.due_at_ms, settled = 0, counted = 0`)
  const clear = database.prepare('DELETE FROM dead_letters')

  const buryOnce = (failure: Step['givenUp'][number]): void => {
    const { changes } = bury.run(...valuesOf(failure), failure.atMs)
    drop.run(Number(failure.message.messageId))
    if (Number(changes) > 0) add.run('dead_lettered', 1)
  }
  return {
    advance: ({ drainedSeq, counts, failed, givenUp, settled }) =>
      transact(database, () => {
        if (drainedSeq !== undefined) move.run(drainedSeq)
        for (const [name, by] of Object.entries(counts)) add.run(name, by)
        for (const failure of failed) retry.run(...valuesOf(failure), failure.dueAtMs)
        for (const messageId of settled) settle.run(Number(messageId))
        givenUp.forEach(buryOnce)
      }),
    due: (nowMs, messagesMax) =>
      due.all(nowMs, messagesMax).map((row) => ({
        message: messageOf(row),
        receives: Number(row.receives),
        isCounted: row.counted === 1,
      })),
    rewind: (seq) =>
      transact(database, () => {
        rewind.run(seq)
        unsettle.run()
      }),
    forgetSettled: () => forget.run(),
    redrive: (nowMs) => {
      let messages = 0
      transact(database, () => {
        messages = Number(revive.run(nowMs).changes)
        clear.run()
        add.run('dead_lettered', -messages)
      })
      return messages
    },
  }
}
