import { Duration, type Stack } from 'aws-cdk-lib'
import type { Key } from 'aws-cdk-lib/aws-kms'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { RECEIVES_MAX } from '../domain/limits.ts'

/** Where a function's work waits, and where what failed for good is kept. */
export type WorkQueue = {
  work: Queue
  dead: Queue
  /** What devices published, which is of use while it is new. */
  isReadings: boolean
}

/** AWS advises six times the function's timeout and the batch window, so that a throttled batch does not come twice. */
const VISIBILITY_TIMEOUTS = 6
export const BATCH_WINDOW_SECONDS = 5
const SOURCE_RETENTION = Duration.days(4)
/** A message keeps the date it was first queued, so the dead letters stay longer than the queue before them. */
const DEAD_LETTER_RETENTION = Duration.days(14)

/** Where commands find them. */
export const queueUrls = (queues: Record<string, WorkQueue>) =>
  Object.fromEntries(
    Object.entries(queues).map(([name, { work, dead }]) => [name, { url: work.queueUrl, deadUrl: dead.queueUrl }]),
  )

type QueueOptions = {
  timeoutSeconds: number
  /** For queues whose messages may name somebody; all others are under the key of SQS. */
  key?: Key | undefined
  /** Before a message is first seen. */
  delaySeconds?: number | undefined
}

export const addQueue = (stack: Stack, name: string, { timeoutSeconds, key, delaySeconds }: QueueOptions): WorkQueue => {
  const dead = addDeadLetters(stack, `dead-${name}`, key)
  const work = new Queue(stack, `queue-${name}`, {
    visibilityTimeout: Duration.seconds(VISIBILITY_TIMEOUTS * timeoutSeconds + BATCH_WINDOW_SECONDS),
    retentionPeriod: SOURCE_RETENTION,
    ...(delaySeconds !== undefined && { deliveryDelay: Duration.seconds(delaySeconds) }),
    enforceSSL: true,
    ...encryptedBy(key),
    deadLetterQueue: { maxReceiveCount: RECEIVES_MAX, queue: dead },
  })
  return { work, dead, isReadings: key !== undefined }
}

/** The end of the line: what lies here waits for an operator. */
export const addDeadLetters = (stack: Stack, id: string, key?: Key): Queue =>
  new Queue(stack, id, { retentionPeriod: DEAD_LETTER_RETENTION, enforceSSL: true, ...encryptedBy(key) })

const encryptedBy = (key: Key | undefined) =>
  key ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key } : { encryption: QueueEncryption.SQS_MANAGED }
