import * as z from 'zod'
import type { InboundMessage, Log, WorkMessage } from '../entry.ts'
import { inboundBody } from './inbound.ts'

/** What SQS and EventBridge Scheduler hand to a Lambda, turned into what functions take. */

const SqsEvent = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) })

const SchedulerEvent = z.union([
  z.object({ atMs: z.int() }).transform(({ atMs }) => atMs),
  z.object({ time: z.iso.datetime({ offset: true }) }).transform(({ time }) => Date.parse(time)),
])

type Unpacked<Message> = { messages: Message[]; unreadable: string[] }

/** Publishes as the IoT rule queued them. A record that is not the rule's output is logged and fails until it is dead-lettered. */
export const inboundMessagesOf = (event: unknown, log: Log): Unpacked<InboundMessage> =>
  unpack(event, log, (messageId, body) => {
    const { payload, topic, clientId, receivedAtMs } = inboundBody.parse(body)
    return {
      messageId,
      clientId,
      receivedAtMs,
      topic: withoutRule(topic),
      payload: new Uint8Array(Buffer.from(payload, 'base64')),
    }
  })

/** Work that another function sent. */
export const workMessagesOf = (event: unknown, log: Log): Unpacked<WorkMessage> =>
  unpack(event, log, (messageId, body) => ({ messageId, body }))

/** When the run was due: a run that is started late is still the run of that time. */
export const scheduledAtMsOf = (event: unknown): number => SchedulerEvent.parse(event)

/** Lambda's answer for a batch: only these messages are tried again. */
export const failuresOf = (messageIds: readonly string[]) => ({
  batchItemFailures: messageIds.map((itemIdentifier) => ({ itemIdentifier })),
})

/** A publish by Basic Ingest names the rule before its topic: `$aws/rules/<rule>/pv/…`. */
const withoutRule = (topic: string): string => topic.replace(/^\$aws\/rules\/[^/]+\//, '')

const unpack = <Message>(event: unknown, log: Log, read: (messageId: string, body: unknown) => Message): Unpacked<Message> => {
  const messages: Message[] = []
  const unreadable: string[] = []
  for (const { messageId, body } of SqsEvent.parse(event).Records) {
    try {
      messages.push(read(messageId, JSON.parse(body)))
    } catch (error) {
      // The body may hold anything and stays out of the log; it is kept, whole, in the dead letter queue.
      log.error(
        { messageId, bytes: Buffer.byteLength(body), error: error instanceof Error ? error.name : 'unknown' },
        'unreadable record',
      )
      unreadable.push(messageId)
    }
  }
  return { messages, unreadable }
}
