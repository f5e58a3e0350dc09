import { SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, describe, expect, test } from 'vitest'
import type { Queue } from '../../../functions/entry.ts'
import { sqsQueue } from '../../../functions/edge/aws-queue.ts'
import { type Failing, type SqsEndpoint, startSqs } from '../sqs-endpoint.ts'

let sqs: SqsEndpoint
afterEach(() => sqs.close())

const aQueue = async (failing?: Failing): Promise<Queue> => {
  sqs = await startSqs(failing)
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new SQSClient({ endpoint: sqs.endpoint, region: 'local', credentials, maxAttempts: 1 })
  return sqsQueue(client, `${sqs.endpoint}/123456789012/work`)
}

describe('a queue on SQS', () => {
  test('takes any number of messages, ten to a request', async () => {
    const queue = await aQueue()
    const bodies = Array.from({ length: 23 }, (_, at) => ({ at }))
    await queue.send(bodies)
    expect(sqs.taken.get('work')).toEqual(bodies)
    expect(sqs.requests.map(({ length }) => length)).toEqual([10, 10, 3])
  })

  test('asks nothing for no messages', async () => {
    const queue = await aQueue()
    await queue.send([])
    expect(sqs.requests).toEqual([])
  })

  test('puts no more than 256 KiB in one request', async () => {
    const queue = await aQueue()
    await queue.send(Array.from({ length: 5 }, (_, at) => ({ at, text: '光'.repeat(30_000) })))
    expect(sqs.requests.map(({ length }) => length)).toEqual([2, 2, 1])
  })

  test('sends again only what SQS failed to take', async () => {
    const queue = await aQueue((body, attempt) =>
      attempt === 1 && body.includes('"at":3') ? { SenderFault: false, Code: 'InternalError' } : undefined,
    )
    await queue.send(Array.from({ length: 5 }, (_, at) => ({ at })))
    expect(sqs.requests.slice(1)).toEqual([['{"at":3}']])
    expect(sqs.taken.get('work')).toHaveLength(5)
  })

  test('throws when SQS refuses a message as it is', async () => {
    const queue = await aQueue(() => ({ SenderFault: true, Code: 'InvalidMessageContents' }))
    await expect(queue.send([{ at: 1 }])).rejects.toThrow('InvalidMessageContents')
    expect(sqs.requests).toHaveLength(1)
  })

  test('throws when a message is not taken after five attempts', async () => {
    const queue = await aQueue(() => ({ SenderFault: false, Code: 'InternalError' }))
    await expect(queue.send([{ at: 1 }])).rejects.toThrow('could not be queued')
    expect(sqs.requests).toHaveLength(5)
  })
})
