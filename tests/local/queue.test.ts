import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RECEIVES_MAX } from '../../domain/limits.ts'
import type { BatchOutcome, QueueTrigger, WorkMessage } from '../../functions/entry.ts'
import type { LocalFunction } from '../../local/functions.ts'
import { openQueues, type WorkQueues } from '../../local/queue.ts'
import { type QueueRunner, startQueueRunner } from '../../local/queue-runner.ts'
import { quietLog } from '../running.ts'

type Body = { nth: number }
const bodiesOf = (messages: readonly WorkMessage[]): number[] => messages.map(({ body }) => (body as Body).nth)
const nth = (count: number): Body[] => Array.from({ length: count }, (_, index) => ({ nth: index }))

describe('a work queue', () => {
  let folder: string
  let nowMs: number
  let queues: WorkQueues
  let runner: QueueRunner
  const open = (): WorkQueues => openQueues(join(folder, 'queues.db'), { now: () => nowMs })
  const work = (call: (messages: readonly WorkMessage[]) => Promise<BatchOutcome>, batch = 3): void => {
    const own: LocalFunction<QueueTrigger> = {
      name: 'work',
      on: { queue: { batch } },
      timeoutSeconds: 1,
      call: ({ messages }) => call(messages),
    }
    runner = startQueueRunner({ queues, functions: [own], log: quietLog })
  }
  const done: BatchOutcome = { kind: 'done', failed: [] }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'yangguang-queue-'))
    nowMs = 1_000_000
    queues = open()
  })
  afterEach(async () => {
    await runner?.stop()
    queues.close()
    rmSync(folder, { recursive: true })
  })

  test('hands every message to its function once, in batches no larger than asked', async () => {
    const batches: number[][] = []
    work(async (messages) => {
      batches.push(bodiesOf(messages))
      return done
    })
    await runner.queue('work').send(nth(7))
    await runner.idle()
    expect(batches.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(Math.max(...batches.map(({ length }) => length))).toBe(3)
    expect(queues.depth('work')).toEqual({ ready: 0, delayed: 0, inFlight: 0, dead: 0 })
  })

  test('runs at most two batches at once', async () => {
    let running = 0
    let most = 0
    work(async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 5))
      running -= 1
      return done
    }, 1)
    await runner.queue('work').send(nth(8))
    await runner.idle()
    expect(most).toBe(2)
  })

  test('tries again only the messages that failed, later', async () => {
    const batches: number[][] = []
    work(async (messages) => {
      batches.push(bodiesOf(messages))
      const failed = messages.filter(({ body }) => (body as Body).nth === 1 && batches.length === 1)
      return { kind: 'done', failed: failed.map(({ messageId }) => messageId) }
    })
    await runner.queue('work').send(nth(3))
    await runner.idle()
    expect(queues.depth('work')).toEqual({ ready: 0, delayed: 1, inFlight: 0, dead: 0 })
    nowMs += 10_000
    await runner.idle()
    expect(batches).toEqual([[0, 1, 2], [1]])
    expect(queues.depth('work')).toEqual({ ready: 0, delayed: 0, inFlight: 0, dead: 0 })
  })

  test(`dead-letters a message after ${RECEIVES_MAX} receives, with the reason`, async () => {
    let calls = 0
    work(async () => {
      calls += 1
      throw new Error('a store is down')
    })
    await runner.queue('work').send(nth(1))
    for (let hour = 0; hour < 10; hour++, nowMs += 3_600_000) await runner.idle()
    expect(calls).toBe(RECEIVES_MAX)
    expect(queues.depth('work')).toEqual({ ready: 0, delayed: 0, inFlight: 0, dead: 1 })
    expect(queues.deadLetters(10)).toMatchObject([
      { queue: 'work', body: { nth: 0 }, receives: RECEIVES_MAX, reason: 'Error: a store is down' },
    ])
  })

  describe('redriven', () => {
    const bury = async (): Promise<void> => {
      work(async () => Promise.reject(new Error('a store is down')))
      await runner.queue('work').send(nth(3))
      for (let hour = 0; hour < 10; hour++, nowMs += 3_600_000) await runner.idle()
      await runner.stop()
    }

    test('dead work is done as if it were sent now, once', async () => {
      await bury()
      expect(queues.redrive('other')).toBe(0)
      expect(queues.redrive('work')).toBe(3)
      expect(queues.redrive('work')).toBe(0)
      expect(queues.depth('work')).toEqual({ ready: 3, delayed: 0, inFlight: 0, dead: 0 })
      const seen: number[] = []
      work(async (messages) => {
        seen.push(...bodiesOf(messages))
        return done
      })
      await runner.idle()
      expect(seen.toSorted((a, b) => a - b)).toEqual([0, 1, 2])
      expect(queues.depth('work')).toEqual({ ready: 0, delayed: 0, inFlight: 0, dead: 0 })
    })

    test(`dead work that still fails is tried ${RECEIVES_MAX} times and dead again, counted once`, async () => {
      await bury()
      queues.redrive('work')
      let calls = 0
      work(async () => {
        calls += 1
        throw new Error('a store is down')
      }, 1)
      for (let hour = 0; hour < 10; hour++, nowMs += 3_600_000) await runner.idle()
      expect(calls).toBe(3 * RECEIVES_MAX)
      expect(queues.depth('work')).toEqual({ ready: 0, delayed: 0, inFlight: 0, dead: 3 })
    })

    test('dead work that was sent again meanwhile is in its queue once', async () => {
      await bury()
      queues.send('work', nth(1))
      expect(queues.redrive('work')).toBe(3)
      expect(queues.depth('work')).toMatchObject({ ready: 3, dead: 0 })
    })

    test('all of it stays dead when the disk refuses in between', async () => {
      await bury()
      const saboteur = new DatabaseSync(join(folder, 'queues.db'))
      saboteur.exec(`CREATE TRIGGER no_more BEFORE DELETE ON dead_letters BEGIN SELECT RAISE(ABORT, 'disk on fire'); END`)
      expect(() => queues.redrive('work')).toThrow('disk on fire')
      saboteur.exec('DROP TRIGGER no_more')
      saboteur.close()
      expect(queues.depth('work')).toEqual({ ready: 0, delayed: 0, inFlight: 0, dead: 3 })
    })
  })

  test('gives what was in flight when the process died to the next one, and counts that receive', () => {
    queues.send('work', nth(2))
    for (let life = 0; life < 2; life++) {
      expect(queues.take('work', 10)).toHaveLength(2)
      expect(queues.take('work', 10)).toEqual([])
      queues.close()
      queues = open()
    }
    const taken = queues.take('work', 10)
    queues.settle('work', taken, new Map(taken.map(({ messageId }) => [messageId, 'again'])))
    expect(queues.depth('work').delayed).toBe(2)
    nowMs += 60_000
    expect(queues.take('work', 10), 'the third receive waits six minutes').toEqual([])
    nowMs += 300_000
    expect(queues.take('work', 10)).toHaveLength(2)
  })

  test(`gives up a message after the process died ${RECEIVES_MAX} times while working on it, and hands on the others`, () => {
    queues.send('work', nth(1))
    for (let life = 0; life < RECEIVES_MAX; life++) {
      expect(queues.take('work', 10)).toHaveLength(1)
      queues.close()
      queues = open()
    }
    queues.send('work', [{ nth: 7 }])
    expect(bodiesOf(queues.take('work', 10))).toEqual([7])
    expect(queues.depth('work')).toEqual({ ready: 0, delayed: 0, inFlight: 1, dead: 1 })
    expect(queues.deadLetters(10)).toMatchObject([{ body: { nth: 0 }, receives: RECEIVES_MAX }])
  })

  test('takes again what the disk refused to settle', () => {
    queues.send('work', nth(1))
    const taken = queues.take('work', 10)
    const saboteur = new DatabaseSync(join(folder, 'queues.db'))
    saboteur.exec(`CREATE TRIGGER no_more BEFORE DELETE ON messages BEGIN SELECT RAISE(ABORT, 'disk on fire'); END`)
    expect(() => queues.settle('work', taken, new Map())).toThrow('disk on fire')
    saboteur.exec('DROP TRIGGER no_more')
    saboteur.close()
    expect(bodiesOf(queues.take('work', 10))).toEqual([0])
  })

  test('keeps a waiting body once, and takes it again once it is being worked on', () => {
    queues.send('work', [...nth(2), ...nth(2)])
    expect(queues.depth('work').ready).toBe(2)
    queues.take('work', 10)
    queues.send('work', nth(1))
    expect(queues.depth('work')).toEqual({ ready: 1, delayed: 0, inFlight: 2, dead: 0 })
  })

  test('is idle only when the work its work sent is done too', async () => {
    const seen: number[] = []
    work(async (messages) => {
      seen.push(...bodiesOf(messages))
      const next = Math.max(...bodiesOf(messages)) + 1
      if (next < 5) await runner.queue('work').send([{ nth: next }])
      return done
    })
    await runner.queue('work').send(nth(1))
    await runner.idle()
    expect(seen).toEqual([0, 1, 2, 3, 4])
  })
})
