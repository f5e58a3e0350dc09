import { createHash } from 'node:crypto'
import { type Answer, type Call, Failure } from './simulated-aws.ts'

/**
 * SQS as far as dead letters need it, simulated: queues with hidden messages, and moving by SQS itself or refused as in a partition
 * that has none of it. Time does not pass: what was received stays hidden unless it was received for no time.
 */
export type SimulatedSqs = {
  /** Bodies that are there, hidden ones too, by the last part of the queue's URL. */
  bodiesIn: (queue: string) => string[]
  put: (queue: string, ...bodies: string[]) => void
  answer: (call: Call) => Answer | undefined
  /** Whether SQS moves messages by itself, here or at all. */
  moves: 'whole' | 'fails' | 'never'
}

type Held = { id: string; body: string; sentMs: number; isHidden: boolean }
export const SENT_MS = Date.UTC(2026, 10, 2, 4)
const ARN = 'arn:aws:sqs:eu-central-1:000000000000:'
const nameOf = (url: unknown): string => String(url).split(/[/:]/).at(-1) ?? ''
const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

export const simulatedSqs = (): SimulatedSqs => {
  const queues = new Map<string, Held[]>()
  let ids = 0
  let lastMoved = 0
  const at = (name: string): Held[] => {
    const queue = queues.get(name) ?? []
    queues.set(name, queue)
    return queue
  }
  const put = (queue: string, ...bodies: string[]): void => {
    for (const body of bodies) at(queue).push({ id: `m-${(ids += 1)}`, body, sentMs: SENT_MS, isHidden: false })
  }
  const receive = ({ body }: Call): Answer => {
    const taken = at(nameOf(body['QueueUrl']))
      .filter(({ isHidden }) => !isHidden)
      .slice(0, Number(body['MaxNumberOfMessages']))
    for (const message of taken) message.isHidden = Number(body['VisibilityTimeout']) > 0
    return {
      Messages: taken.map(({ id, body: text, sentMs }) => ({
        MessageId: id,
        ReceiptHandle: id,
        Body: text,
        MD5OfBody: md5(text),
        Attributes: { SentTimestamp: String(sentMs) },
      })),
    }
  }
  const move = ({ body }: Call): Answer => {
    if (simulated.moves === 'never') return new Failure(400, 'UnsupportedOperation', 'not in this partition')
    const from = at(nameOf(body['SourceArn']))
    lastMoved = from.length
    put(nameOf(body['DestinationArn']), ...from.splice(0).map((message) => message.body))
    return { TaskHandle: 'a task' }
  }
  const answers: Record<string, (call: Call) => Answer> = {
    'AmazonSQS.GetQueueAttributes': ({ body }) => {
      const name = nameOf(body['QueueUrl'])
      const visible = at(name).filter(({ isHidden }) => !isHidden).length
      return { Attributes: { QueueArn: `${ARN}${name}`, ApproximateNumberOfMessages: String(visible) } }
    },
    'AmazonSQS.ReceiveMessage': receive,
    'AmazonSQS.SendMessage': ({ body }) => {
      put(nameOf(body['QueueUrl']), String(body['MessageBody']))
      return { MessageId: 'sent', MD5OfMessageBody: md5(String(body['MessageBody'])) }
    },
    'AmazonSQS.SendMessageBatch': ({ body }) => {
      const entries = body['Entries'] as { Id: string; MessageBody: string }[]
      put(nameOf(body['QueueUrl']), ...entries.map(({ MessageBody }) => MessageBody))
      const sent = entries.map(({ Id, MessageBody }) => ({ Id, MessageId: Id, MD5OfMessageBody: md5(MessageBody) }))
      return { Successful: sent, Failed: [] }
    },
    'AmazonSQS.DeleteMessageBatch': ({ body }) => {
      const entries = body['Entries'] as { Id: string; ReceiptHandle: string }[]
      const gone = new Set(entries.map(({ ReceiptHandle }) => ReceiptHandle))
      const name = nameOf(body['QueueUrl'])
      queues.set(
        name,
        at(name).filter(({ id }) => !gone.has(id)),
      )
      return { Successful: entries.map(({ Id }) => ({ Id })), Failed: [] }
    },
    'AmazonSQS.StartMessageMoveTask': move,
    'AmazonSQS.ListMessageMoveTasks': () => {
      const failed = { Status: 'FAILED', FailureReason: 'AccessDenied' }
      return {
        Results: [simulated.moves === 'fails' ? failed : { Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: lastMoved }],
      }
    },
  }
  const simulated: SimulatedSqs = {
    bodiesIn: (queue) => at(queue).map(({ body }) => body),
    put,
    answer: (call) => answers[call.name]?.(call),
    moves: 'whole',
  }
  return simulated
}
