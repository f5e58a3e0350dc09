import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Aedes, type PublishPacket } from 'aedes'
import * as z from 'zod'
import { chance } from '../../devices/chance.ts'
import type { Templated } from './deployed.ts'

/**
 * AWS IoT Core, simulated: MQTT 3.1.1 on the loopback, with the policy and the rules of the template. A gateway's certificate is
 * its name as user name; its thing is attached when it is registered. The SQL of a rule is parsed as far as ours goes and refused
 * beyond. Limits of IoT Core are not simulated.
 */
export type SimulatedIot = {
  mqttUrl: string
  /** Makes a thing of that name, with a certificate. */
  register: (thingName: string) => void
  /** The topic by which a publish goes to the rule alone. */
  basicIngest: (topic: string) => string
  close: () => Promise<void>
}

type IotOptions = { seed: number; now: () => number; send: (queueUrl: string, body: string) => void }

const REFUSED = 5

const texts = z.union([z.string().transform((text) => [text]), z.array(z.string())])
/** The one condition we know; a registered thing meets it. */
const IsAttached = z.strictObject({ Bool: z.strictObject({ 'iot:Connection.Thing.IsAttached': z.literal('true') }) })
const Policy = z.object({
  PolicyDocument: z.object({
    Statement: z.array(
      z.object({ Effect: z.literal('Allow'), Action: texts, Resource: texts, Condition: IsAttached.optional() }),
    ),
  }),
})
const Rule = z.object({
  RuleName: z.string(),
  TopicRulePayload: z.object({
    Sql: z.string(),
    AwsIotSqlVersion: z.literal('2016-03-23'),
    Actions: z.array(z.object({ Sqs: z.object({ QueueUrl: z.string(), UseBase64: z.literal(false) }) })).length(1),
  }),
})

type Publish = { topic: string; clientId: string; payload: Buffer; receivedAtMs: number }

/** The functions of IoT SQL that our rules use. */
const FUNCTIONS: Record<string, (publish: Publish) => string | number> = {
  "encode(*, 'base64')": ({ payload }) => payload.toString('base64'),
  'topic()': ({ topic }) => topic,
  'clientid()': ({ clientId }) => clientId,
  'timestamp()': ({ receivedAtMs }) => receivedAtMs,
}

/** What a rule makes of a publish. Throws on SQL that is not understood. */
const projectionOf = (sql: string): { filter: string; select: (publish: Publish) => object } => {
  const [, selected, filter] = /^SELECT (.+) FROM '([^']+)'$/.exec(sql) ?? []
  if (selected === undefined || filter === undefined) throw new Error(`not understood: ${sql}`)
  const fields = selected.split(/, (?=\S+\([^)]*\) AS )/).map((part): [string, (publish: Publish) => string | number] => {
    const [, call = '', name = ''] = /^(.+) AS (\w+)$/.exec(part) ?? []
    const value = FUNCTIONS[call]
    if (!value) throw new Error(`not understood: ${part}`)
    return [name, value]
  })
  return { filter, select: (publish) => Object.fromEntries(fields.map(([name, value]) => [name, value(publish)])) }
}

const matches = (filter: string, topic: string): boolean => {
  const [wanted, levels] = [filter.split('/'), topic.split('/')]
  return wanted.length === levels.length && wanted.every((level, at) => level === '+' || level === levels[at])
}

/** Whether the policy of a connected thing's certificate lets it act on a resource. */
const permits = ({ stack, resolve }: Templated): ((thingName: string, action: string, resource: string) => boolean) => {
  const [only, ...others] = stack.ofType('AWS::IoT::Policy')
  if (!only || others.length > 0) throw new Error('there is one policy for all gateways')
  const { Statement } = Policy.parse(resolve(only[1].Properties)).PolicyDocument
  return (thingName, action, resource) =>
    Statement.filter(({ Action }) => Action.includes(action)).some(({ Resource }) =>
      Resource.some((pattern) => pattern.replaceAll('${iot:Connection.Thing.ThingName}', thingName).endsWith(`:${resource}`)),
    )
}

const rulesOf = ({ stack, resolve }: Templated) =>
  stack.ofType('AWS::IoT::TopicRule').map(([, { Properties }]) => {
    const { RuleName, TopicRulePayload } = Rule.parse(resolve(Properties))
    const [action] = TopicRulePayload.Actions
    return { name: RuleName, queueUrl: action?.Sqs.QueueUrl ?? '', ...projectionOf(TopicRulePayload.Sql) }
  })

const BASIC_INGEST = /^\$aws\/rules\/([^/]+)\/(.+)$/

export const startIot = async (deployed: Templated, { seed, now, send }: IotOptions): Promise<SimulatedIot> => {
  const things = new Set<string>()
  const may = permits(deployed)
  const rules = rulesOf(deployed)
  let taken = 0

  const take = (clientId: string, { topic, payload }: PublishPacket): void => {
    taken += 1
    const [, ruleName, inner = topic] = BASIC_INGEST.exec(topic) ?? []
    // The documents leave open whether topic() shows the prefix of Basic Ingest: it does every other time.
    const shown = chance(seed, `topic/${taken}`) < 0.5 ? topic : inner
    const publish = { topic: shown, clientId, payload: Buffer.from(payload), receivedAtMs: now() }
    for (const { name, filter, queueUrl, select } of rules) {
      if (ruleName === undefined ? matches(filter, inner) : ruleName === name) send(queueUrl, JSON.stringify(select(publish)))
    }
  }
  const broker = await Aedes.createBroker({
    authenticate: (client, userName, _password, done) => {
      const isKnown = userName === client.id && things.has(client.id) && may(client.id, 'iot:Connect', `client/${client.id}`)
      done(isKnown ? null : Object.assign(new Error('refused'), { returnCode: REFUSED }), isKnown)
    },
    authorizePublish: (client, packet, done) => {
      if (!client || packet.qos === 2 || !may(client.id, 'iot:Publish', `topic/${packet.topic}`))
        return done(new Error('refused'))
      take(client.id, packet)
      return done(null)
    },
    authorizeSubscribe: (client, subscription, done) => {
      const isAllowed = client !== null && may(client.id, 'iot:Subscribe', `topicfilter/${subscription.topic}`)
      done(null, isAllowed ? subscription : null)
    },
  })
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    broker.handle(socket)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    mqttUrl: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    register: (thingName) => void things.add(thingName),
    basicIngest: (topic) => `$aws/rules/${rules.find(({ filter }) => matches(filter, topic))?.name}/${topic}`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((closed) => broker.close(() => closed()))
      await new Promise<void>((closed) => server.close(() => closed()))
    },
  }
}
