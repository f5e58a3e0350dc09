import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Publish, readBlock, sizeInBlock, writeToBlock } from '../../local/inbound-block.ts'
import { type InboundLog, type InboundLogOptions, openInboundLog } from '../../local/inbound-log.ts'
import { openInboundLogReader } from '../../local/inbound-log-reader.ts'

const aPublish = (over: Partial<Publish> = {}): Publish => ({
  clientId: 'GW-1',
  topic: 'pv/GW-1/readings',
  payload: Buffer.from('{"v":1}'),
  receivedAtMs: 1_763_769_600_123,
  ...over,
})

const anyPublish = fc.record({
  clientId: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
  topic: fc.stringMatching(/^[A-Za-z0-9_/-]{1,200}$/),
  payload: fc.uint8Array({ maxLength: 2_000 }),
  receivedAtMs: fc.integer({ min: 0, max: 2 ** 50 }),
})

test('a block gives back the messages written to it, byte for byte and in order', () => {
  fc.assert(
    fc.property(fc.array(anyPublish, { minLength: 1, maxLength: 20 }), fc.nat(1_000_000), (publishes, firstSeq) => {
      const block = Buffer.alloc(publishes.reduce((sum, publish) => sum + sizeInBlock(publish), 0))
      const end = publishes.reduce((at, publish) => writeToBlock(block, at, publish), 0)
      expect(end).toBe(block.length)
      const read = readBlock(block, firstSeq)
      expect(read.map(({ payload, ...rest }) => ({ ...rest, payload: Uint8Array.from(payload) }))).toEqual(
        publishes.map((publish, index) => ({ messageId: String(firstSeq + index), ...publish })),
      )
    }),
  )
})

test('a block that was cut short is refused, not half read', () => {
  const block = Buffer.alloc(sizeInBlock(aPublish()))
  writeToBlock(block, 0, aPublish())
  for (let length = 1; length < block.length; length++) expect(() => readBlock(block.subarray(0, length), 1)).toThrow(RangeError)
})

describe('the inbound log', () => {
  let folder: string
  let path: string
  let log: InboundLog
  const open = (options?: InboundLogOptions): void => {
    log = openInboundLog(path, options)
  }
  const append = (over?: Partial<Publish>, own = log): Promise<void> =>
    new Promise((resolve, reject) => {
      own.append(aPublish(over), (error) => (error ? reject(error) : resolve()))
    })
  const read = (seq = 0, limits = { messagesMax: 1_000, bytesMax: 1_000_000 }): string[] => {
    const reader = openInboundLogReader(path)
    const messages = reader.after(seq, limits)
    reader.close()
    return messages.map(({ messageId, payload }) => `${messageId} ${Buffer.from(payload).toString()}`)
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'yangguang-log-'))
    path = join(folder, 'inbound.db')
    open()
  })
  afterEach(() => {
    log.close()
    rmSync(folder, { recursive: true })
  })

  test('says a message is taken only when another connection can read it', async () => {
    const appended = append({ payload: Buffer.from('one') })
    expect(read()).toEqual([])
    await appended
    expect(read()).toEqual(['1 one'])
  })

  test('puts messages that come together into one commit, in order', async () => {
    await Promise.all(Array.from({ length: 100 }, (_, index) => append({ payload: Buffer.from(`m${index}`) })))
    expect(read()).toEqual(Array.from({ length: 100 }, (_, index) => `${index + 1} m${index}`))
    const database = new DatabaseSync(path)
    expect(database.prepare('SELECT count(*) AS blocks FROM blocks').get()).toEqual({ blocks: 1 })
    database.close()
  })

  test('reads on from any number, also from within a block', async () => {
    await Promise.all(Array.from({ length: 5 }, (_, index) => append({ payload: Buffer.from(`m${index}`) })))
    expect(read(3)).toEqual(['4 m3', '5 m4'])
    expect(read(5)).toEqual([])
  })

  test.each([
    [{ messagesMax: 2, bytesMax: 1_000_000 }, 2],
    [{ messagesMax: 1_000, bytesMax: 120 }, 2],
    [{ messagesMax: 1_000, bytesMax: 1 }, 1],
  ])('reads no more blocks at once than keep within %o', async (limits, expected) => {
    for (let index = 0; index < 4; index++) await append()
    expect(read(0, limits)).toHaveLength(expected)
  })

  test('goes on numbering after a restart, also when everything was forgotten', async () => {
    await append()
    await append()
    log.forget(2)
    log.close()
    open()
    await append({ payload: Buffer.from('third') })
    expect(log.status().lastSeq).toBe(3)
    expect(read(2)).toEqual(['3 third'])
  })

  test('numbers above what was drained even when its file was lost', async () => {
    log.close()
    rmSync(path)
    open({ aboveSeq: 41 })
    await append()
    expect(read()).toEqual(['42 {"v":1}'])
  })

  test('forgets only whole blocks up to the number, never the newest', async () => {
    for (const text of ['a', 'b', 'c']) await append({ payload: Buffer.from(text) })
    log.forget(2)
    expect(read()).toEqual(['3 c'])
    log.forget(99)
    expect(read()).toEqual(['3 c'])
  })

  test('above its limit takes nothing until room is made, then all of it in order', async () => {
    log.close()
    open({ undrainedBytesMax: 100 })
    await append({ payload: Buffer.alloc(200, 'x') })
    const later = ['a', 'b', 'c'].map((text) => append({ payload: Buffer.from(text) }))
    log.flush()
    expect(log.status()).toMatchObject({ lastSeq: 1, waiting: 3 })
    log.drained(1)
    await Promise.all(later)
    expect(read(1)).toEqual(['2 a', '3 b', '4 c'])
    expect(log.status().waiting).toBe(0)
  })

  test('knows after a restart how much is not drained', async () => {
    await append({ payload: Buffer.alloc(1_000) })
    const { undrainedBytes } = log.status()
    log.close()
    open()
    expect(log.status().undrainedBytes).toBe(undrainedBytes)
    log.close()
    open({ aboveSeq: 1 })
    expect(log.status().undrainedBytes).toBe(0)
  })

  test('acknowledges nothing from the first failed commit on', async () => {
    log.close()
    const failures: string[] = []
    open({ onFailure: (error) => failures.push(error.message) })
    await append()
    const saboteur = new DatabaseSync(path)
    saboteur.exec(`CREATE TRIGGER no_more BEFORE INSERT ON blocks BEGIN SELECT RAISE(ABORT, 'disk on fire'); END`)
    const together = await Promise.allSettled([append(), append()])
    saboteur.exec('DROP TRIGGER no_more')
    saboteur.close()
    expect(together.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(append()).rejects.toThrow('disk on fire')
    expect(failures).toEqual(['disk on fire'])
    expect(log.status().failure).toBe('disk on fire')
    expect(read()).toHaveLength(1)
  })

  test('takes nothing any more after a deletion that failed, and the process lives to say so', async () => {
    log.close()
    const failures: string[] = []
    open({ onFailure: (error) => failures.push(error.message) })
    await append()
    await append()
    const saboteur = new DatabaseSync(path)
    saboteur.exec(`CREATE TRIGGER no_more BEFORE DELETE ON blocks BEGIN SELECT RAISE(ABORT, 'disk on fire'); END`)
    saboteur.close()
    const pending = append()
    log.forget(1)
    await expect(pending).rejects.toThrow('disk on fire')
    expect(failures).toEqual(['disk on fire'])
    expect(read()).toHaveLength(2)
  })

  test('tells the waiting when it closes', async () => {
    log.close()
    open({ undrainedBytesMax: 0 })
    await append()
    const waiting = append()
    log.close()
    await expect(waiting).rejects.toThrow('closed')
    open()
  })
})
