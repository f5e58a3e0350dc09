import { describe, expect, test, vi } from 'vitest'
import { failuresOf, inboundMessagesOf, scheduledAtMsOf, workMessagesOf } from '../../../functions/edge/aws-events.ts'
import { recorded } from '../recorded.ts'

const aLog = () => ({ info: vi.fn(), warn: vi.fn(), error: vi.fn() })
const withBodies = (...bodies: string[]) => ({ Records: bodies.map((body, at) => ({ messageId: `m${at}`, body })) })

describe('what the IoT rule queued', () => {
  test('becomes messages with the bytes, the sender and the time of receipt', () => {
    const { messages, unreadable } = inboundMessagesOf(recorded('sqs-from-iot-rule'), aLog())
    expect(unreadable).toEqual([])
    expect(messages).toHaveLength(3)
    expect(messages[0]).toMatchObject({
      messageId: '059f36b4-87a3-44ab-83d2-661975830a00',
      topic: 'pv/ZL1-GW-1/readings',
      clientId: 'ZL1-GW-1',
      receivedAtMs: 1_763_769_601_042,
    })
    expect(JSON.parse(Buffer.from(messages[0]?.payload ?? []).toString())).toMatchObject({ v: 1, seq: 81_234 })
  })

  test('has the same topic by Basic Ingest', () => {
    const { messages } = inboundMessagesOf(recorded('sqs-from-iot-rule'), aLog())
    expect(messages[1]?.topic).toBe('pv/ZL1-GW-1/readings')
  })

  test('keeps bytes that are not JSON as they are', () => {
    const { messages } = inboundMessagesOf(recorded('sqs-from-iot-rule'), aLog())
    expect(Buffer.from(messages[2]?.payload ?? [])).toEqual(Buffer.from('\0\u{ff} not JSON', 'latin1'))
  })

  test('keeps an empty payload empty', () => {
    const body = JSON.stringify({ payload: '', topic: 'pv/G/readings', clientId: 'G', receivedAtMs: 1 })
    expect(inboundMessagesOf(withBodies(body), aLog()).messages[0]?.payload).toEqual(new Uint8Array())
  })

  test.each([
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['a missing field', '{"payload":"","topic":"pv/G/readings","receivedAtMs":1}'],
    ['a time that is none', '{"payload":"","topic":"pv/G/readings","clientId":"G","receivedAtMs":"now"}'],
  ])('fails alone when it is not the output of the rule: %s', (_, bad) => {
    const log = aLog()
    const good = JSON.stringify({ payload: 'e30=', topic: 'pv/G/readings', clientId: 'G', receivedAtMs: 1 })
    const { messages, unreadable } = inboundMessagesOf(withBodies(good, bad), log)
    expect(messages.map(({ messageId }) => messageId)).toEqual(['m0'])
    expect(unreadable).toEqual(['m1'])
    expect(log.error).toHaveBeenCalledOnce()
  })

  test('never shows its content in the log', () => {
    const log = aLog()
    inboundMessagesOf(withBodies('王二 530127199001011234'), log)
    expect(JSON.stringify(log.error.mock.calls)).not.toMatch(/王二|530127/)
  })
})

describe('work from a queue', () => {
  test('becomes messages with the body that was sent', () => {
    const { messages } = workMessagesOf(recorded('sqs-work'), aLog())
    expect(messages).toEqual([
      { messageId: '059f36b4-87a3-44ab-83d2-661975830a10', body: { stationId: 'ZL1', day: '2025-11-22' } },
    ])
  })

  test('that is no JSON fails alone', () => {
    const { messages, unreadable } = workMessagesOf(withBodies('{', '{}'), aLog())
    expect(messages).toEqual([{ messageId: 'm1', body: {} }])
    expect(unreadable).toEqual(['m0'])
  })
})

describe('a scheduled run', () => {
  test('is the run of the time it was due', () => {
    expect(scheduledAtMsOf(recorded('scheduler'))).toBe(Date.UTC(2025, 10, 22, 0, 5))
  })

  test('can be asked for by hand', () => {
    expect(scheduledAtMsOf({ atMs: 5 })).toBe(5)
  })

  test.each([{}, { time: 'soon' }, { atMs: '5' }, null])('without a time is an error: %j', (event) => {
    expect(() => scheduledAtMsOf(event)).toThrow()
  })
})

test('a batch answers with the messages to try again, in the words of Lambda', () => {
  expect(failuresOf(['a', 'b'])).toEqual({ batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'b' }] })
})
