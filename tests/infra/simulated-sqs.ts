import { createHash } from 'node:crypto'
import * as z from 'zod'
import { chance, shuffled } from '../../devices/chance.ts'
import { type FunctionName, manifest } from '../../functions/manifest.ts'
import type { SqsEndpoint } from '../functions/sqs-endpoint.ts'
import type { Templated } from './deployed.ts'
import type { SimulatedLambda } from './simulated-lambda.ts'

/**
 * SQS and the pollers of Lambda, simulated, as the template sets them up: standard queues that keep a message until it is deleted,
 * give it in no order, give it again when its batch failed or its id is among the failures, bury it after so many receives, and
 * now and then give it once more although it was deleted. Time is not simulated: what failed comes again when all else was tried.
 */
export type SimulatedSqs = {
  /** Puts a message into the queue of that URL. */
  send: (queueUrl: string, body: string) => void
  /** Delivers until every queue is empty. */
  drain: () => Promise<void>
  /** Bodies of the dead letters of a function's queue. */
  dead: (name: FunctionName) => readonly string[]
}

export type SqsWhims = {
  seed: number
  /** Epoch ms; goes into the attributes of messages. */
  now: () => number
  /** How many messages come again although they were deleted. */
  againShare: number
}

type Message = { messageId: string; body: string; sentAtMs: number; receives: number; isAgain: boolean }

/** Lambda takes a payload of at most 6 MB, envelopes included. */
const PAYLOAD_BYTES_MAX = 5_000_000
/** Two cores: more at a time would only wait for each other. */
const BATCHES_AT_ONCE_MAX = 2
const TURNS_MAX = 10_000

const Mapping = z.object({
  BatchSize: z.int(),
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  FunctionResponseTypes: z.array(z.string()).default([]),
  ScalingConfig: z.object({ MaximumConcurrency: z.int().min(2) }),
})
const QueueProperties = z.object({ RedrivePolicy: z.object({ maxReceiveCount: z.int() }) })
const Outcome = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) })

type Poller = {
  name: FunctionName
  batch: number
  atOnce: number
  reportsFailures: boolean
  receivesMax: number
  waiting: Message[]
  dead: string[]
}

const idOf = (queueUrl: string): string => queueUrl.split('/').at(-1) ?? ''

/** The pollers of the template by the id of their queue. */
const pollersOf = ({ stack, resolve }: Templated): Map<string, Poller> => {
  const names = new Map(
    (Object.keys(manifest) as FunctionName[]).map((name) => [stack.idOf('AWS::Lambda::Function', name), name]),
  )
  const queues = new Map(stack.ofType('AWS::SQS::Queue'))
  return new Map(
    stack.ofType('AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => {
      const mapping = Mapping.parse(resolve(Properties))
      const name = names.get(mapping.FunctionName)
      if (!name) throw new Error(`${mapping.FunctionName} is in no manifest`)
      const queue = QueueProperties.parse(resolve(queues.get(mapping.EventSourceArn)?.Properties))
      const poller: Poller = {
        name,
        batch: mapping.BatchSize,
        atOnce: Math.min(BATCHES_AT_ONCE_MAX, mapping.ScalingConfig.MaximumConcurrency),
        reportsFailures: mapping.FunctionResponseTypes.includes('ReportBatchItemFailures'),
        receivesMax: queue.RedrivePolicy.maxReceiveCount,
        waiting: [],
        dead: [],
      }
      return [mapping.EventSourceArn, poller]
    }),
  )
}

export const simulateSqs = (
  deployed: Templated & { sqs: Pick<SqsEndpoint, 'taken'> },
  lambda: Pick<SimulatedLambda, 'invoke'>,
  { seed, now, againShare }: SqsWhims,
): SimulatedSqs => {
  const pollers = pollersOf(deployed)
  let sent = 0
  let turns = 0

  const send: SimulatedSqs['send'] = (queueUrl, body) => {
    const poller = pollers.get(idOf(queueUrl))
    if (!poller) throw new Error(`nobody polls ${queueUrl}`)
    sent += 1
    poller.waiting.push({ messageId: `message-${sent}`, body, sentAtMs: now(), receives: 0, isAgain: false })
  }
  /** What functions sent over the wire. */
  const collect = (): void => {
    for (const [queue, bodies] of deployed.sqs.taken) for (const body of bodies.splice(0)) send(queue, JSON.stringify(body))
  }
  const recordOf = ({ messageId, body, receives, sentAtMs }: Message, { name }: Poller) => ({
    messageId,
    receiptHandle: `receipt-${messageId}-${receives}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAtMs),
      SenderId: 'AROAEXAMPLEID:simulated',
      ApproximateFirstReceiveTimestamp: String(sentAtMs),
    },
    messageAttributes: {},
    md5OfBody: createHash('md5').update(body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-central-1:123456789012:${name}`,
    awsRegion: 'eu-central-1',
  })

  /** The ids to keep: all of a batch that threw, or that named a message it was never given. */
  const failuresOf = async (batch: readonly Message[], poller: Poller): Promise<Set<string>> => {
    const ids = new Set(batch.map(({ messageId }) => messageId))
    try {
      const answer = await lambda.invoke(poller.name, { Records: batch.map((message) => recordOf(message, poller)) })
      if (!poller.reportsFailures || answer === undefined || answer === null) return new Set()
      const failed = new Set(Outcome.parse(answer).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
      return failed.isSubsetOf(ids) ? failed : ids
    } catch {
      // What a function throws is in its log; to SQS it says no more than that all of it comes again.
      return ids
    }
  }
  const deliver = async (batch: readonly Message[], poller: Poller): Promise<void> => {
    for (const message of batch) message.receives += 1
    const failed = await failuresOf(batch, poller)
    for (const message of batch) {
      if (!failed.has(message.messageId)) {
        if (!message.isAgain && chance(seed, message.messageId) < againShare) poller.waiting.push({ ...message, isAgain: true })
      } else if (message.receives >= poller.receivesMax) poller.dead.push(message.body)
      else poller.waiting.push(message)
    }
  }

  /** What is waiting, in no order, as batches that are often smaller than they may be. */
  const batchesOf = (poller: Poller): Message[][] => {
    const batches: Message[][] = []
    const queued = shuffled(seed, `turn/${turns}`, poller.waiting.splice(0))
    while (queued.length > 0) {
      const most = Math.min(poller.batch, queued.length)
      const draw = chance(seed, `batch/${turns}/${batches.length}`)
      const size = draw < 0.5 ? most : Math.ceil(most * draw)
      let bytes = 0
      const fits = queued.slice(0, size).findIndex(({ body }) => (bytes += Buffer.byteLength(body)) > PAYLOAD_BYTES_MAX)
      batches.push(queued.splice(0, fits === -1 ? size : Math.max(1, fits)))
    }
    return batches
  }
  const turnOf = async (poller: Poller): Promise<void> => {
    const batches = batchesOf(poller)
    const work = async (): Promise<void> => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) await deliver(batch, poller)
    }
    await Promise.all(Array.from({ length: poller.atOnce }, work))
  }

  return {
    send,
    drain: async () => {
      collect()
      while ([...pollers.values()].some(({ waiting }) => waiting.length > 0)) {
        turns += 1
        if (turns > TURNS_MAX) throw new Error('the queues never become empty')
        await Promise.all([...pollers.values()].map(turnOf))
        collect()
      }
    },
    dead: (name) => [...pollers.values()].find((poller) => poller.name === name)?.dead ?? [],
  }
}
