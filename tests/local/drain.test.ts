import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RECEIVES_MAX } from '../../domain/limits.ts'
import type { InboundMessage } from '../../functions/entry.ts'
import { attempt, OUTAGE_FAILURES, type RunBatch } from '../../local/attempt.ts'
import { type Drain, openDrain } from '../../local/drain.ts'
import { openProgress, type Progress } from '../../local/progress.ts'
import { quietLog } from '../running.ts'

const aMessage = (seq: number): InboundMessage => ({
  messageId: String(seq),
  clientId: 'GW-1',
  topic: 'pv/GW-1/readings',
  payload: Buffer.from(`m${seq}`),
  receivedAtMs: 1_000 + seq,
})
const messagesTo = (count: number): InboundMessage[] => Array.from({ length: count }, (_, index) => aMessage(index + 1))
const idsOf = (messages: readonly { messageId: string }[]): string[] => messages.map(({ messageId }) => messageId)

/** An ingest function that stores once, and throws on any batch that holds a message of `bad`. */
const ingestUnless = (bad: (messageId: string) => boolean) => {
  const stored = new Set<string>()
  const run: RunBatch = async (messages) => {
    const poison = messages.find(({ messageId }) => bad(messageId))
    if (poison) throw new Error(`cannot digest ${poison.messageId}`)
    const fresh = messages.filter(({ messageId }) => !stored.has(messageId))
    for (const { messageId } of fresh) stored.add(messageId)
    return {
      outcome: { kind: 'done', failed: [] },
      counts: { stored: fresh.length, ...(messages.length > fresh.length && { duplicate: messages.length - fresh.length }) },
    }
  }
  return { stored, run }
}

describe('an attempt', () => {
  test('takes in every message around any few that cannot be digested, each tried alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 7 }),
        async (count, bad) => {
          const ids = new Set(bad.map(String))
          const { stored, run } = ingestUnless((id) => ids.has(id))
          const { handled, failed, outage } = await attempt(messagesTo(count), run)
          const expected = bad.filter((seq) => seq <= count).length
          expect({ handled, failed: failed.length, stored: stored.size, outage }).toEqual({
            handled: count,
            failed: expected,
            stored: count - expected,
            outage: undefined,
          })
        },
      ),
      { numRuns: 50 },
    )
  })

  test('stops before the first message of an outage and keeps what went before', async () => {
    const { stored, run } = ingestUnless((id) => Number(id) > 70)
    const { handled, failed, outage, counts } = await attempt(messagesTo(1_000), run)
    expect({ handled, failed, counts, stored: stored.size }).toEqual({
      handled: 70,
      failed: [],
      counts: { stored: 70 },
      stored: 70,
    })
    expect(outage).toMatch(/cannot digest 78/)
  })

  test('reports the messages a function asks to try again', async () => {
    const run: RunBatch = async () => ({ outcome: { kind: 'done', failed: ['2'] }, counts: { stored: 2 } })
    expect(await attempt(messagesTo(3), run)).toMatchObject({
      handled: 3,
      counts: { stored: 2 },
      failed: [{ message: { messageId: '2' } }],
    })
  })
})

type Setting = { messages: InboundMessage[]; run: RunBatch; batch?: number; progress?: Progress }
const open = ({ messages, run, batch = 100, progress = openProgress(':memory:') }: Setting) => {
  const clock = { nowMs: 1_000_000 }
  const reader = {
    after: (seq: number, { messagesMax }: { messagesMax: number }) =>
      messages.filter(({ messageId }) => Number(messageId) > seq).slice(0, messagesMax),
    seqBeforeOldest: () => Number(messages[0]?.messageId ?? 1) - 1,
    close: () => undefined,
  }
  const drain: Drain = openDrain({ reader, progress, run, batch, now: () => clock.nowMs, log: quietLog })
  const drainAll = async (): Promise<number[]> => {
    const pauses: number[] = []
    for (let steps = 0; steps < 1_000; steps++) {
      const { messages, pauseMs } = await drain.step()
      if (pauseMs > 0) pauses.push(pauseMs)
      if (messages === 0 && pauseMs === 0) return pauses
    }
    throw new Error('it never ends')
  }
  return { drain, drainAll, progress, clock }
}

describe('the drain', () => {
  test('hands over every message in batches no larger than asked, in order, and counts them once', async () => {
    const sizes: number[] = []
    const { run } = ingestUnless(() => false)
    const { drainAll, progress } = open({
      messages: messagesTo(250),
      run: (messages) => {
        sizes.push(messages.length)
        return run(messages)
      },
    })
    await drainAll()
    expect(sizes).toEqual([100, 100, 50])
    expect(progress.position()).toEqual({ drainedSeq: 250, countedSeq: 250 })
    expect(progress.counts()).toMatchObject({ stored: 250, duplicate: 0 })
  })

  test(`tries a poison message ${RECEIVES_MAX} times, later each time, then dead-letters it with its reason`, async () => {
    let tries = 0
    const { run } = ingestUnless((id) => id === '4')
    const { drainAll, progress, clock } = open({
      messages: messagesTo(9),
      run: (messages) => {
        if (idsOf(messages).join() === '4') tries += 1
        return run(messages)
      },
    })
    await drainAll()
    expect(progress.counts()).toMatchObject({ stored: 8, dead_lettered: 0 })
    const waits: number[] = []
    for (let next = progress.retrying().firstDueAtMs; next !== undefined; next = progress.retrying().firstDueAtMs) {
      waits.push(next - clock.nowMs)
      clock.nowMs = next
      await drainAll()
    }
    expect(tries).toBe(RECEIVES_MAX)
    expect(waits).toEqual([10_000, 60_000, 360_000, 2_160_000])
    expect(progress.counts()).toMatchObject({ stored: 8, dead_lettered: 1 })
    expect(progress.deadLetters(10)).toMatchObject([
      {
        messageId: '4',
        gatewayId: 'GW-1',
        receivedAtMs: 1_004,
        payloadBase64: Buffer.from('m4').toString('base64'),
        receives: 5,
      },
    ])
    expect(progress.deadLetters(10)[0]?.reason).toMatch(/cannot digest 4/)
  })

  describe('after a redrive', () => {
    const dead = async (isBad: () => boolean, path = ':memory:') => {
      const { run } = ingestUnless((id) => isBad() && id === '4')
      let tries = 0
      const counting: RunBatch = (messages) => {
        if (idsOf(messages).join() === '4') tries += 1
        return run(messages)
      }
      const world = open({ messages: messagesTo(9), run: counting, progress: openProgress(path) })
      const tryAll = async (): Promise<void> => {
        await world.drainAll()
        for (let next = world.progress.retrying().firstDueAtMs; next !== undefined; ) {
          world.clock.nowMs = Math.max(world.clock.nowMs, next)
          await world.drainAll()
          next = world.progress.retrying().firstDueAtMs
        }
      }
      await tryAll()
      return { ...world, tryAll, triesSince: () => tries }
    }

    test('a dead letter whose cause is mended is stored, and no longer counted as dead', async () => {
      let isBad = true
      const { progress, clock, tryAll } = await dead(() => isBad)
      expect(progress.counts()).toMatchObject({ stored: 8, dead_lettered: 1 })
      isBad = false
      expect(progress.redrive(clock.nowMs)).toBe(1)
      await tryAll()
      expect(progress.counts()).toMatchObject({ stored: 9, dead_lettered: 0 })
      expect(progress.deadLetterCount()).toBe(0)
      expect(progress.redrive(clock.nowMs)).toBe(0)
    })

    test(`one that still fails is tried ${RECEIVES_MAX} times, dead again and counted once`, async () => {
      const { progress, clock, tryAll, triesSince } = await dead(() => true)
      progress.redrive(clock.nowMs)
      expect(progress.counts()).toMatchObject({ dead_lettered: 0 })
      await tryAll()
      expect(triesSince()).toBe(2 * RECEIVES_MAX)
      expect(progress.counts()).toMatchObject({ stored: 8, dead_lettered: 1 })
      expect(progress.deadLetters(10)).toMatchObject([{ messageId: '4', receives: RECEIVES_MAX }])
    })

    test('it is dealt with and counted also when the log is replayed over it', async () => {
      let isBad = true
      const { progress, clock, tryAll } = await dead(() => isBad)
      progress.redrive(clock.nowMs)
      // The store was damaged and the log is replayed, from before that message.
      progress.rewind(0)
      isBad = false
      await tryAll()
      // The replay stores it, uncounted like all of a replay; its retry is then the repeat.
      expect(progress.counts()).toMatchObject({ stored: 8, duplicate: 1, dead_lettered: 0 })
      expect(progress.retrying().messages).toBe(0)
    })

    test('it stays dead and counted when the disk refuses in between', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'yangguang-progress-'))
      const path = join(folder, 'progress.db')
      const { progress, clock } = await dead(() => true, path)
      const saboteur = new DatabaseSync(path)
      saboteur.exec(`CREATE TRIGGER no_more BEFORE DELETE ON dead_letters BEGIN SELECT RAISE(ABORT, 'disk on fire'); END`)
      expect(() => progress.redrive(clock.nowMs)).toThrow('disk on fire')
      saboteur.close()
      expect(progress.counts()).toMatchObject({ dead_lettered: 1 })
      expect([progress.deadLetterCount(), progress.retrying().messages]).toEqual([1, 0])
      progress.close()
      rmSync(folder, { recursive: true })
    })
  })

  test('stores a message once that failed for a while, with its first receive time', async () => {
    let isDown = true
    const seen: number[] = []
    const { run, stored } = ingestUnless((id) => isDown && id === '2')
    const { drainAll, progress, clock } = open({
      messages: messagesTo(3),
      run: (messages) => {
        for (const { messageId, receivedAtMs } of messages)
          if (messageId === '2' && messages.length === 1) seen.push(receivedAtMs)
        return run(messages)
      },
    })
    await drainAll()
    isDown = false
    clock.nowMs += 10_000
    await drainAll()
    expect(stored.size).toBe(3)
    expect(new Set(seen)).toEqual(new Set([1_002]))
    expect(progress.counts()).toMatchObject({ stored: 3, dead_lettered: 0 })
    expect(progress.retrying()).toEqual({ messages: 0 })
  })

  test('waits longer and longer while every message fails, and loses none when that ends', async () => {
    let isDown = true
    const { run, stored } = ingestUnless(() => isDown)
    const { drain, drainAll, progress } = open({ messages: messagesTo(40), run })
    const pauses: number[] = []
    for (let step = 0; step < 4; step++) pauses.push((await drain.step()).pauseMs)
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000])
    expect(progress.retrying().messages).toBe(0)
    isDown = false
    await drainAll()
    expect(stored.size).toBe(40)
    expect(progress.counts()).toMatchObject({ stored: 40, dead_lettered: 0 })
  })

  test.each([
    ['one message every second', 1],
    ['twenty messages every second', 20],
  ])('gives up no message of three hours in which the stores are down, %s', async (_, perSecond) => {
    let isDown = false
    const { run, stored } = ingestUnless(() => isDown)
    const messages: InboundMessage[] = []
    const { drain, drainAll, progress, clock } = open({ messages, run })
    /** Messages arrive in the meantime, and a retry that is due is not forgotten. */
    const live = async (seconds: number, everyMs = 1_000): Promise<void> => {
      const endMs = clock.nowMs + seconds * 1_000
      while (clock.nowMs < endMs) {
        const { pauseMs } = await drain.step()
        expect(pauseMs).toBeLessThanOrEqual(64_000)
        const pausedMs = Math.max(pauseMs, everyMs)
        clock.nowMs += pausedMs
        for (let nth = 0; nth < (pausedMs / 1_000) * perSecond && messages.length < 5_000; nth++)
          messages.push(aMessage(messages.length + 1))
      }
    }
    await live(60)
    isDown = true
    await live(3 * 3_600)
    isDown = false
    await live(3_600, 60_000)
    await drainAll()
    expect(progress.counts()).toMatchObject({ stored: messages.length, dead_lettered: 0 })
    expect(stored.size).toBe(messages.length)
  })

  test('gives up a few poison messages of a quiet night, though nothing good comes between them', async () => {
    const { run } = ingestUnless(() => true)
    const { drain, progress, clock } = open({ messages: messagesTo(OUTAGE_FAILURES - 1), run })
    for (let minute = 0; minute < 60; minute++, clock.nowMs += 60_000) await drain.step()
    expect(progress.counts()).toMatchObject({ dead_lettered: OUTAGE_FAILURES - 1 })
  })

  test('gives up many poison messages once a good one shows that it is they', async () => {
    const messages = messagesTo(3 * OUTAGE_FAILURES)
    const { run, stored } = ingestUnless((id) => Number(id) <= 3 * OUTAGE_FAILURES)
    const { drain, progress, clock } = open({ messages, run })
    const live = async (): Promise<void> => {
      for (let minute = 0; minute < 120; minute++, clock.nowMs += 60_000) await drain.step()
    }
    await live()
    expect(progress.counts()).toMatchObject({ dead_lettered: 0 })
    for (let good = 1; good <= RECEIVES_MAX; good++) {
      messages.push(aMessage(messages.length + 1))
      await live()
    }
    expect(stored.size).toBe(RECEIVES_MAX)
    expect(progress.counts()).toMatchObject({ stored: RECEIVES_MAX, dead_lettered: 3 * OUTAGE_FAILURES })
  })

  test('moves on at last when many poison messages follow one another', async () => {
    const { run, stored } = ingestUnless((id) => Number(id) <= 3 * OUTAGE_FAILURES)
    const { drainAll, progress } = open({ messages: messagesTo(100), run })
    const pauses = await drainAll()
    expect(pauses.length).toBeLessThan(20)
    expect(stored.size).toBe(100 - 3 * OUTAGE_FAILURES)
    expect(progress.retrying().messages).toBe(3 * OUTAGE_FAILURES)
  })

  test('deals with everything again after a rewind and counts none of it twice', async () => {
    const { run } = ingestUnless(() => false)
    const progress = openProgress(':memory:')
    const first = open({ messages: messagesTo(30), run, progress })
    await first.drainAll()
    progress.rewind(10)
    const again = ingestUnless(() => false)
    await open({ messages: messagesTo(45), run: again.run, progress }).drainAll()
    expect(idsOf(messagesTo(45)).slice(10)).toEqual([...again.stored])
    expect(progress.counts()).toMatchObject({ stored: 45, duplicate: 0 })
  })

  test('replays after a rewind what a retry had settled, until the store holds it safely', async () => {
    let isDown = true
    const { run } = ingestUnless((id) => isDown && id === '2')
    const { drainAll, progress, clock } = open({ messages: messagesTo(3), run })
    await drainAll()
    isDown = false
    clock.nowMs += 10_000
    await drainAll()
    progress.rewind(3)
    expect(idsOf(progress.due(clock.nowMs, 10).map(({ message }) => message))).toEqual(['2'])
    await drainAll()
    expect(progress.counts()).toMatchObject({ stored: 3, duplicate: 0 })
    progress.forgetSettled()
    progress.rewind(3)
    expect(progress.due(clock.nowMs, 10)).toEqual([])
  })
})
