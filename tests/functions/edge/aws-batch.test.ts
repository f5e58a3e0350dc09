import { describe, expect, test, vi } from 'vitest'
import { failedOf } from '../../../functions/edge/aws-batch.ts'
import type { BatchOutcome } from '../../../functions/entry.ts'

type Message = { messageId: string }
const messagesTo = (count: number): Message[] => Array.from({ length: count }, (_, at) => ({ messageId: `m${at + 1}` }))
const aLog = () => ({ info: vi.fn(), warn: vi.fn(), error: vi.fn() })

/** A function that throws on any batch with a message of `bad`, and remembers what went through. */
const digesting = (bad: (messageId: string) => boolean, failed: string[] = []) => {
  const through: string[] = []
  const handle = vi.fn(async ({ messages }: { messages: readonly Message[] }): Promise<BatchOutcome> => {
    const poison = messages.find(({ messageId }) => bad(messageId))
    if (poison) throw new Error(`cannot digest ${poison.messageId}`)
    through.push(...messages.map(({ messageId }) => messageId))
    return { kind: 'done', failed: failed.filter((id) => messages.some(({ messageId }) => messageId === id)) }
  })
  return { handle, through }
}
const patient = () => 60_000

describe('a batch on AWS', () => {
  test('that the function takes is handed over once, and what it asks for again comes again', async () => {
    const { handle } = digesting(() => false, ['m3'])
    expect(await failedOf(messagesTo(5), { handle, log: aLog(), remainingMs: patient })).toEqual(['m3'])
    expect(handle).toHaveBeenCalledOnce()
  })

  test('Q4: with poison in it fails for the poison alone', async () => {
    const log = aLog()
    const { handle, through } = digesting((id) => ['m4', 'm700'].includes(id))
    const failed = await failedOf(messagesTo(1_000), { handle, log, remainingMs: patient })
    expect(failed).toEqual(['m4', 'm700'])
    expect(new Set(through).size).toBe(998)
    expect(through).toHaveLength(998)
    expect(handle.mock.calls.length).toBeLessThan(50)
    expect(log.error).toHaveBeenCalledTimes(2)
  })

  test('throws when nothing goes through, after a few tries', async () => {
    const { handle } = digesting(() => true)
    await expect(failedOf(messagesTo(10_000), { handle, log: aLog(), remainingMs: patient })).rejects.toThrow('cannot digest m8')
    expect(handle.mock.calls.length).toBeLessThan(40)
  })

  test('that meets an outage half way leaves the rest to the queue', async () => {
    const { handle } = digesting((id) => Number(id.slice(1)) > 500)
    const failed = await failedOf(messagesTo(1_000), { handle, log: aLog(), remainingMs: patient })
    expect(failed.toSorted()).toEqual(
      messagesTo(1_000)
        .slice(500)
        .map(({ messageId }) => messageId)
        .toSorted(),
    )
    expect(handle.mock.calls.length).toBeLessThan(40)
  })

  test('leaves to the queue what there is no time for', async () => {
    let leftMs = 20_000
    const { handle } = digesting((id) => id === 'm8')
    const slow: typeof handle = vi.fn(async (input) => {
      leftMs -= 6_000
      return handle(input)
    })
    const failed = await failedOf(messagesTo(8), { handle: slow, log: aLog(), remainingMs: () => leftMs })
    expect(failed).toEqual(['m5', 'm6', 'm7', 'm8'])
  })
})
