import { setTimeout as wait } from 'node:timers/promises'
import { type SendMessageBatchRequestEntry, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Queue } from '../entry.ts'

/** SQS takes at most ten messages and 256 KiB in one request. */
const REQUEST_MESSAGES_MAX = 10
const REQUEST_BYTES_MAX = 256 * 1024
const ATTEMPTS_MAX = 5
const FIRST_WAIT_MS = 50

/** A queue that is durable when `send` returns. Throws when SQS keeps refusing a message; some may have been sent by then. */
export const sqsQueue = (client: SQSClient, queueUrl: string): Queue => ({
  send: async (bodies) => {
    for (const entries of requestsOf(bodies)) await sendAll(client, queueUrl, entries)
  },
})

const requestsOf = (bodies: readonly object[]): SendMessageBatchRequestEntry[][] => {
  const requests: SendMessageBatchRequestEntry[][] = []
  let open: SendMessageBatchRequestEntry[] = []
  let openBytes = 0
  for (const [at, body] of bodies.entries()) {
    const entry = { Id: String(at), MessageBody: JSON.stringify(body) }
    const bytes = Buffer.byteLength(entry.MessageBody)
    if (open.length === 0 || open.length === REQUEST_MESSAGES_MAX || openBytes + bytes > REQUEST_BYTES_MAX) {
      open = []
      openBytes = 0
      requests.push(open)
    }
    open.push(entry)
    openBytes += bytes
  }
  return requests
}

/** A request can succeed in part: what failed on SQS's side is sent again, a little later each time. */
const sendAll = async (client: SQSClient, queueUrl: string, entries: SendMessageBatchRequestEntry[]): Promise<void> => {
  let waiting = entries
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 0) await wait(FIRST_WAIT_MS * 2 ** attempt)
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: waiting }))
    if (Failed.length === 0) return
    const refused = Failed.find(({ SenderFault }) => SenderFault)
    if (refused) throw new Error(`SQS refuses a message: ${refused.Code}`)
    const failedIds = new Set(Failed.map(({ Id }) => Id))
    waiting = waiting.filter(({ Id }) => failedIds.has(Id))
  }
  throw new Error(`${waiting.length} messages could not be queued in ${ATTEMPTS_MAX} attempts`)
}
