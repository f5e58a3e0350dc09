import { setTimeout as wait } from 'node:timers/promises'
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { DeploymentError } from './complaint.ts'

/**
 * Moves the messages of one queue to another. SQS does it by itself where it can; otherwise, and when messages change on the way,
 * each is received, sent on and only then deleted, so that whatever stops this leaves it in one place or, at worst, in both.
 */
export type Move = {
  from: string
  to: string
  /** The body to send on; undefined leaves the message where it is. */
  rewrite?: (message: Message) => string | undefined
}
export type Moved = { moved: number; left: number }

/** What is there when it begins, and no more than this: what fails again at once must not go round for ever. */
const MOVES_MAX = 100_000
const AT_ONCE = 10
/** Long enough to send ten messages on, short enough that what is left behind can soon be seen again. */
const HIDDEN_SECONDS = 60
const POLL_MS = 1_000
const POLLS_MAX = 1_800
/** How SQS says that it cannot move messages here: not every partition has that. */
const CANNOT = /^(UnsupportedOperation|InvalidAction|UnknownOperationException|UnknownOperation)$/

export const moveAll = async (client: SQSClient, move: Move, pollMs = POLL_MS): Promise<Moved> => {
  const [from, to] = [await attributesOf(client, move.from), await attributesOf(client, move.to)]
  if (from.count === 0) return { moved: 0, left: 0 }
  if (!move.rewrite) {
    const moved = await moveBySqs(client, { from: from.arn, to: to.arn }, pollMs)
    if (moved !== undefined) return { moved, left: 0 }
  }
  return moveByHand(client, move, Math.min(from.count, MOVES_MAX))
}

const attributesOf = async (client: SQSClient, url: string): Promise<{ arn: string; count: number }> => {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn', 'ApproximateNumberOfMessages'] }),
  )
  return { arn: Attributes.QueueArn ?? '', count: Number(Attributes.ApproximateNumberOfMessages ?? 0) }
}

/** How many SQS moved; undefined when it cannot. Throws DeploymentError when it began and did not end well. */
const moveBySqs = async (client: SQSClient, { from, to }: Move, pollMs: number): Promise<number | undefined> => {
  try {
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: from, DestinationArn: to }))
  } catch (error) {
    if (error instanceof Error && CANNOT.test(error.name)) return undefined
    throw error
  }
  for (let polls = 0; polls < POLLS_MAX; polls += 1) {
    const { Results = [] } = await client.send(new ListMessageMoveTasksCommand({ SourceArn: from, MaxResults: 1 }))
    const [task] = Results
    if (task?.Status === 'COMPLETED') return task.ApproximateNumberOfMessagesMoved ?? 0
    if (task?.Status !== 'RUNNING')
      throw new DeploymentError(`SQS stopped moving messages: ${task?.FailureReason ?? task?.Status}`)
    await wait(pollMs)
  }
  throw new DeploymentError('SQS is still moving messages: look again later')
}

const moveByHand = async (client: SQSClient, { from, to, rewrite }: Move, movesMax: number): Promise<Moved> => {
  let [moved, left] = [0, 0]
  while (moved + left < movesMax) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: from,
        MaxNumberOfMessages: AT_ONCE,
        VisibilityTimeout: HIDDEN_SECONDS,
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['SentTimestamp'],
      }),
    )
    if (Messages.length === 0) break
    const sent: Message[] = []
    for (const message of Messages) {
      const body = rewrite ? rewrite(message) : message.Body
      if (body === undefined) continue
      await client.send(new SendMessageCommand({ QueueUrl: to, MessageBody: body }))
      sent.push(message)
    }
    await deleteSent(client, from, sent)
    moved += sent.length
    left += Messages.length - sent.length
  }
  return { moved, left }
}

const deleteSent = async (client: SQSClient, from: string, sent: readonly Message[]): Promise<void> => {
  if (sent.length === 0) return
  const Entries = sent.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle: ReceiptHandle ?? '' }))
  const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl: from, Entries }))
  // They are tried again already; a second time they are duplicates.
  if (Failed.length > 0) throw new DeploymentError(`${Failed.length} messages were sent again and stay in the queue as well`)
}
