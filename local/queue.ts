import { DatabaseSync } from 'node:sqlite'
import { RECEIVES_MAX } from '../domain/limits.ts'
import type { WorkMessage } from '../functions/entry.ts'
import { transact } from '../stores/sqlite/schema.ts'

/**
 * The durable work queues, all in one SQLite file: at least once, in any order. A message counts a receive before it is worked on,
 * so one that kills the process is not tried for ever either; after RECEIVES_MAX receives it is a dead letter.
 */
export type WorkQueues = {
  /** Durable when it returns. A body that waits in the queue already, never received, is not put there twice. */
  send: (queue: string, bodies: readonly object[]) => void
  /** Messages that are due, marked as received and kept from others until settled. */
  take: (queue: string, messagesMax: number) => WorkMessage[]
  /** Ends what `take` began: `failures` are tried again later or given up, all others of `taken` are done with. */
  settle: (queue: string, taken: readonly WorkMessage[], failures: ReadonlyMap<string, string>) => Settled
  depth: (queue: string) => QueueDepth
  /** Puts the dead work of a queue back as if sent now. All or nothing; answers how much. */
  redrive: (queue: string) => number
  deadLetters: (rowsMax: number) => DeadWork[]
  close: () => void
}

export type Settled = { retried: number; deadLettered: number }
/** Messages that are due now, that wait for a later try, that are being worked on, and that were given up. */
export type QueueDepth = { ready: number; delayed: number; inFlight: number; dead: number }
export type DeadWork = { queue: string; messageId: string; body: unknown; receives: number; reason: string; atMs: number }

const SCHEMA = `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, body TEXT NOT NULL,
    receives INTEGER NOT NULL, due_at_ms INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS due ON messages (queue, due_at_ms);
  CREATE UNIQUE INDEX IF NOT EXISTS fresh ON messages (queue, body) WHERE receives = 0;
  CREATE TABLE IF NOT EXISTS dead_letters (id INTEGER PRIMARY KEY, queue TEXT NOT NULL, body TEXT NOT NULL,
    receives INTEGER NOT NULL, reason TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT`

/** 10 s, 1 min, 6 min, 36 min. */
const sixfoldMs = (receives: number): number => 10_000 * 6 ** (receives - 1)

/** Opens or creates the queues in one file. Messages in flight when the process died are due again at once. */
export const openQueues = (
  path: string,
  { now, retryAfterMs = sixfoldMs }: { now: () => number; retryAfterMs?: (receives: number) => number },
): WorkQueues => {
  const database = new DatabaseSync(path, { timeout: 5_000 })
  database.exec(SCHEMA)
  const { insert, due, receive, remove, receivesOf, delay, waiting } = statementsIn(database)
  const cemetery = deadLettersIn(database)
  const flightsOf = flightsByQueue()

  const fail = (id: number, reason: string): keyof Settled => {
    const receives = Number(receivesOf.get(id)?.receives)
    if (receives < RECEIVES_MAX) {
      delay.run(now() + retryAfterMs(receives), id)
      return 'retried'
    }
    cemetery.bury(id, reason, now())
    return 'deadLettered'
  }
  return {
    send: (queue, bodies) =>
      transact(database, () => {
        for (const body of bodies) insert.run(queue, JSON.stringify(body), now())
      }),
    take: (queue, messagesMax) => {
      const flights = flightsOf(queue)
      const rows = due
        .all(queue, now(), messagesMax + flights.size)
        .map(({ id, body, receives }) => ({ id: Number(id), body: String(body), receives: Number(receives) }))
        .filter(({ id }) => !flights.has(id))
        .slice(0, messagesMax)
      // What was received for the last time and neither done nor given up was never settled.
      const fresh = rows.filter(({ receives }) => receives < RECEIVES_MAX)
      const worn = rows.filter(({ receives }) => receives >= RECEIVES_MAX)
      if (rows.length > 0) {
        transact(database, () => {
          for (const { id } of fresh) receive.run(id)
          for (const { id } of worn) cemetery.bury(id, 'the process ended each time it was worked on', now())
        })
      }
      for (const { id } of fresh) flights.add(id)
      return fresh.map(({ id, body }) => ({ messageId: String(id), body: JSON.parse(body) as unknown }))
    },
    settle: (queue, taken, failures) => {
      const settled: Settled = { retried: 0, deadLettered: 0 }
      try {
        transact(database, () => {
          for (const { messageId } of taken) {
            const reason = failures.get(messageId)
            if (reason === undefined) remove.run(Number(messageId))
            else settled[fail(Number(messageId), reason)] += 1
          }
        })
      } finally {
        // Also when the disk refused: then they are due again, and the next receive counts.
        for (const { messageId } of taken) flightsOf(queue).delete(Number(messageId))
      }
      return settled
    },
    depth: (queue) => {
      const row = waiting.get(now(), queue)
      const [messages, delayed] = [Number(row?.messages), Number(row?.delayed)]
      const flying = flightsOf(queue).size
      return { ready: messages - delayed - flying, delayed, inFlight: flying, dead: cemetery.count(queue) }
    },
    deadLetters: cemetery.newest,
    redrive: (queue) => cemetery.revive(queue, now()),
    close: () => database.close(),
  }
}

/** The messages of a queue that are being worked on. */
const flightsByQueue = (): ((queue: string) => Set<number>) => {
  const inFlight = new Map<string, Set<number>>()
  return (queue) => {
    const flights = inFlight.get(queue) ?? new Set()
    inFlight.set(queue, flights)
    return flights
  }
}

const statementsIn = (database: DatabaseSync) => {
  const insert = database.prepare(`INSERT INTO messages (queue, body, receives, due_at_ms) VALUES (?, ?, 0, ?)
    ON CONFLICT DO NOTHING`)
  const due = database.prepare(
    'SELECT id, body, receives FROM messages WHERE queue = ? AND due_at_ms <= ? ORDER BY due_at_ms, id LIMIT ?',
  )
  const receive = database.prepare('UPDATE messages SET receives = receives + 1 WHERE id = ?')
  const remove = database.prepare('DELETE FROM messages WHERE id = ?')
  const receivesOf = database.prepare('SELECT receives FROM messages WHERE id = ?')
  const delay = database.prepare('UPDATE messages SET due_at_ms = ? WHERE id = ?')
  const waiting = database.prepare(`SELECT count(*) AS messages, count(*) FILTER (WHERE due_at_ms > ?) AS delayed
    FROM messages WHERE queue = ?`)
  return { insert, due, receive, remove, receivesOf, delay, waiting }
}

const deadLettersIn = (database: DatabaseSync) => {
  const bury = database.prepare(`INSERT INTO dead_letters SELECT id, queue, body, receives, ?, ? FROM messages WHERE id = ?`)
  const remove = database.prepare('DELETE FROM messages WHERE id = ?')
  const count = database.prepare('SELECT count(*) AS messages FROM dead_letters WHERE queue = ?')
  const newest = database.prepare('SELECT * FROM dead_letters ORDER BY at_ms DESC, id DESC LIMIT ?')
  const revive = database.prepare(`INSERT INTO messages (queue, body, receives, due_at_ms)
    SELECT queue, body, 0, ? FROM dead_letters WHERE queue = ? ON CONFLICT DO NOTHING`)
  const clear = database.prepare('DELETE FROM dead_letters WHERE queue = ?')
  return {
    /** Work that waits in its queue already is not put there twice. */
    revive: (queue: string, nowMs: number): number => {
      let revived = 0
      transact(database, () => {
        revive.run(nowMs, queue)
        revived = Number(clear.run(queue).changes)
      })
      return revived
    },
    bury: (id: number, reason: string, atMs: number): void => {
      bury.run(reason, atMs, id)
      remove.run(id)
    },
    count: (queue: string): number => Number(count.get(queue)?.messages),
    newest: (rowsMax: number): DeadWork[] =>
      newest.all(rowsMax).map(({ id, queue, body, receives, reason, at_ms }) => ({
        queue: String(queue),
        messageId: String(id),
        body: JSON.parse(String(body)) as unknown,
        receives: Number(receives),
        reason: String(reason),
        atMs: Number(at_ms),
      })),
  }
}
