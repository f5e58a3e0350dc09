import { GetQueueAttributesCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { ID_PATTERN } from '../domain/limits.ts'
import type { DeploymentOutputs } from '../stores/deployment.ts'
import { DeploymentError } from './complaint.ts'
import { moveAll } from './move-messages.ts'
import { inboundOfRuleError } from './rule-errors.ts'

/**
 * What was given up on AWS: dead letters of every queue, and publishes that the IoT rule could not deliver. They are looked at and
 * sent again, never lost: a message leaves its place only after it stands in the other one. What they say is never shown.
 */
export type DeadLetterDesk = {
  list: () => Promise<DeadLetters[]>
  /** Sends the letters of a queue, or of `all`, to be tried again; answers lines to tell the operator. */
  redrive: (name: string) => Promise<string[]>
}
/** `count` is what SQS thinks, some seconds late; `some` are the first few, by what may be shown of them. */
export type DeadLetters = { name: string; count: number; some: DeadLetter[] }
export type DeadLetter = { messageId: string; queuedAtMs: number; about: string; bytes: number }

/** What IoT Core could not hand to a queue is filed under this name. */
const RULE_ERRORS = 'rule-errors'
const ALL = 'all'
const PEEKED_MAX = 10

export const deadLetterDesk = ({ outputs }: { outputs: DeploymentOutputs }, client = new SQSClient()): DeadLetterDesk => {
  const places = Object.fromEntries([
    ...Object.entries(outputs.Queues).map(([name, { deadUrl }]) => [name, deadUrl] as const),
    [RULE_ERRORS, outputs.RuleErrorsUrl] as const,
  ])
  const redriveOne = async (name: string): Promise<string[]> => {
    const from = places[name] ?? ''
    if (name !== RULE_ERRORS) return [movedLine(name, await moveAll(client, { from, to: outputs.Queues[name]?.url ?? '' }))]
    const { url: to } = ingestQueueOf(outputs)
    const { moved, left } = await moveAll(client, {
      from,
      to,
      rewrite: (message) => inboundOfRuleError(message, outputs.IngestRule),
    })
    return [
      movedLine(name, { moved, left }),
      ...(left > 0 ? [`${left} of them are of no rule of this deployment: they stay`] : []),
    ]
  }
  return {
    list: async () => {
      const found: DeadLetters[] = []
      for (const [name, url] of Object.entries(places)) found.push(await lettersAt(client, name, url))
      return found
    },
    redrive: async (name) => {
      const known = [...Object.keys(places), ALL]
      if (!known.includes(name))
        throw new DeploymentError(`there are no dead letters of "${name}": choose one of ${known.join(', ')}`)
      const lines: string[] = []
      for (const each of name === ALL ? Object.keys(places) : [name]) lines.push(...(await redriveOne(each)))
      return lines
    },
  }
}

const movedLine = (name: string, { moved }: { moved: number; left: number }): string => `${name}: ${moved} sent again`

/** The function that takes what gateways publish: the only one fed by a rule. */
const ingestQueueOf = ({ Queues }: DeploymentOutputs): { url: string } => {
  const queue = Queues['ingest-readings']
  if (!queue) throw new Error('the deployment has no queue of ingest-readings')
  return queue
}

const lettersAt = async (client: SQSClient, name: string, url: string): Promise<DeadLetters> => {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
  )
  const count = Number(Attributes?.ApproximateNumberOfMessages ?? 0)
  return { name, count, some: count === 0 ? [] : await peek(client, url) }
}

/** Seen by nobody else for no time at all: looking takes nothing away, and here nothing is given up a second time. */
const peek = async (client: SQSClient, url: string): Promise<DeadLetter[]> => {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: PEEKED_MAX,
      VisibilityTimeout: 0,
      WaitTimeSeconds: 1,
      MessageSystemAttributeNames: ['SentTimestamp'],
    }),
  )
  return Messages.map(({ MessageId = '', Body = '', Attributes }: Message) => ({
    messageId: MessageId,
    queuedAtMs: Number(Attributes?.SentTimestamp ?? 0),
    about: aboutOf(Body),
    bytes: Buffer.byteLength(Body),
  }))
}

/** Whom or what a message is about, by ids that name no person; a message may hold anything else and that stays in it. */
const SHOWN = ['clientId', 'stationId', 'villageCode', 'day', 'month']
const aboutOf = (body: string): string => {
  try {
    const fields: unknown = JSON.parse(body)
    if (typeof fields !== 'object' || fields === null) return ''
    return SHOWN.map((name): unknown => Reflect.get(fields, name))
      .filter((value) => typeof value === 'string' && ID_PATTERN.test(value))
      .join(' ')
  } catch {
    return ''
  }
}
