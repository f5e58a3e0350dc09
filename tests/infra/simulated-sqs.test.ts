import { beforeEach, describe, expect, test } from 'vitest'
import { RECEIVES_MAX } from '../../domain/limits.ts'
import { sqsEvent } from '../functions/event-shapes.ts'
import { resolver } from './deployed.ts'
import { type SimulatedSqs, simulateSqs } from './simulated-sqs.ts'
import { stackOf } from './variants.ts'

/** The simulation bites: what a function answers decides what comes again, as SQS and Lambda's pollers have it. */

const NOW_MS = Date.UTC(2026, 10, 1)
const ENDPOINT = 'http://127.0.0.1:1'
const stack = stackOf({})
const resolve = resolver(stack, ENDPOINT)
const urlOf = (name: string): string => String(resolve({ Ref: stack.idOf('AWS::SQS::Queue', `queue-${name}`) }))

type Batch = { Records: { messageId: string; body: string }[] }

/** Bodies by how often they were given. */
let given: Map<string, number>
let batches: number[]
let taken: Map<string, unknown[]>
beforeEach(() => {
  given = new Map()
  batches = []
  taken = new Map()
})

const startWith = (answer: (batch: Batch) => unknown, againShare = 0): SimulatedSqs => {
  const invoke = async (_name: string, event: unknown): Promise<unknown> => {
    const batch: Batch = sqsEvent.parse(event)
    batches.push(batch.Records.length)
    for (const { body } of batch.Records) given.set(body, (given.get(body) ?? 0) + 1)
    return answer(batch)
  }
  return simulateSqs({ stack, resolve, sqs: { taken } }, { invoke }, { seed: 1, now: () => NOW_MS, againShare })
}
const failing = (...bodies: string[]) => ({
  of: ({ Records }: Batch) => ({
    batchItemFailures: Records.filter(({ body }) => bodies.includes(body)).map(({ messageId: itemIdentifier }) => ({
      itemIdentifier,
    })),
  }),
})
const sendAll = (sqs: SimulatedSqs, name: string, count: number): string[] => {
  const bodies = Array.from({ length: count }, (_, at) => `"body ${at}"`)
  for (const body of bodies) sqs.send(urlOf(name), body)
  return bodies
}

describe('a queue', () => {
  test('gives every message once, in batches no larger than the template says, when all goes well', async () => {
    const sqs = startWith(() => ({ batchItemFailures: [] }))
    const bodies = sendAll(sqs, 'compute-generation', 95)
    await sqs.drain()
    expect([...given.keys()].toSorted()).toEqual(bodies.toSorted())
    expect([...given.keys()]).not.toEqual(bodies)
    expect(new Set(given.values())).toEqual(new Set([1]))
    expect(Math.max(...batches)).toBe(10)
  })

  test('gives what failed again, and buries it after so many receives; the others of its batch come once', async () => {
    const sqs = startWith(failing('"body 3"').of)
    sendAll(sqs, 'compute-generation', 10)
    await sqs.drain()
    expect(given.get('"body 3"')).toBe(RECEIVES_MAX)
    expect([...given].filter(([body]) => body !== '"body 3"').every(([, times]) => times === 1)).toBe(true)
    expect(sqs.dead('compute-generation')).toEqual(['"body 3"'])
  })

  test.each([
    ['throws', () => Promise.reject(new Error('as ordered'))],
    ['names a message it was not given', () => ({ batchItemFailures: [{ itemIdentifier: 'another' }] })],
    ['answers what is no answer', () => ({ batchItemFailures: 'all' })],
  ])('gives the whole batch again when the function %s', async (_what, answer) => {
    const sqs = startWith(answer)
    const bodies = sendAll(sqs, 'settle-village', 4)
    await sqs.drain()
    expect(new Set(given.values())).toEqual(new Set([RECEIVES_MAX]))
    expect([...sqs.dead('settle-village')].toSorted()).toEqual(bodies)
  })

  test('now and then gives a message again that was deleted', async () => {
    const sqs = startWith(() => ({ batchItemFailures: [] }), 0.2)
    sendAll(sqs, 'ingest-readings', 200)
    await sqs.drain()
    const twice = [...given.values()].filter((times) => times === 2).length
    expect(twice).toBeGreaterThan(20)
    expect(given.size).toBe(200)
    expect(Math.max(...given.values())).toBe(2)
  })

  test('gives what functions send while it delivers', async () => {
    const queue = stack.idOf('AWS::SQS::Queue', 'queue-settle-village')
    const sqs = startWith(() => {
      if (given.size === 1) taken.set(queue, [{ village: 1 }])
      return { batchItemFailures: [] }
    })
    sqs.send(urlOf('settle-station'), '{}')
    await sqs.drain()
    expect([...given.keys()]).toEqual(['{}', '{"village":1}'])
  })
})
