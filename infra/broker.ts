import type { Stack } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnPolicy, CfnThingType, CfnTopicRule } from 'aws-cdk-lib/aws-iot'
import type { Key } from 'aws-cdk-lib/aws-kms'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { grantQueueKey } from './keys.ts'
import { addDeadLetters } from './queues.ts'

/** The broker is AWS IoT Core: a rule per `mqtt` trigger, and the policy every gateway's certificate gets. */
export type SystemBroker = {
  deliver: (name: string, topicFilter: string, queue: Queue) => void
  /** What rules could not deliver. */
  ruleErrors: Queue
  gatewayPolicy: string
  /** The type of every gateway's thing. */
  gatewayType: string
  /** Part of the topics of Basic Ingest. */
  ingestRule: string
}

const SQL_VERSION = '2016-03-23'
/** What `functions/edge/aws-events.ts` reads. The bytes as they came, so that what is not JSON reaches quarantine too. */
const SELECTED = "encode(*, 'base64') AS payload, topic() AS topic, clientid() AS clientId, timestamp() AS receivedAtMs"
/** Replaced by IoT Core: the thing whose certificate holds the connection. */
const THING = '${iot:Connection.Thing.ThingName}'

/** `key` encrypts the messages as they wait: nobody has judged yet what they hold. */
export const addBroker = (stack: Stack, key: Key): SystemBroker => {
  const undelivered = addDeadLetters(stack, 'rule-errors', key)
  const role = new Role(stack, 'rule-role', { assumedBy: rulesOf(stack) })
  undelivered.grant(role, 'sqs:SendMessage')
  grantQueueKey(key, role)
  const topics: string[] = []
  const policy = new CfnPolicy(stack, 'gateway-policy', { policyDocument: {} })
  const type = new CfnThingType(stack, 'gateway-type')
  const ruleNameOf = (name: string): string => `${stack.stackName}_${name}`.replaceAll('-', '_')

  const deliver: SystemBroker['deliver'] = (name, topicFilter, queue) => {
    queue.grant(role, 'sqs:SendMessage')
    // Frozen: gateways name the rule in the topics of Basic Ingest.
    const ruleName = ruleNameOf(name)
    new CfnTopicRule(stack, `rule-${name}`, {
      ruleName,
      topicRulePayload: {
        sql: `SELECT ${SELECTED} FROM '${topicFilter}'`,
        awsIotSqlVersion: SQL_VERSION,
        actions: [{ sqs: { queueUrl: queue.queueUrl, roleArn: role.roleArn, useBase64: false } }],
        errorAction: { sqs: { queueUrl: undelivered.queueUrl, roleArn: role.roleArn, useBase64: false } },
      },
    })
    const topic = topicFilter.replace('+', THING)
    topics.push(topic, `$aws/rules/${ruleName}/${topic}`)
    policy.policyDocument = gatewayPolicy(stack, topics)
  }
  return {
    deliver,
    ruleErrors: undelivered,
    gatewayPolicy: policy.ref,
    gatewayType: type.ref,
    ingestRule: ruleNameOf('ingest-readings'),
  }
}

/** Only rules of this account and region may take the role: IoT Core speaks for other accounts too. */
const rulesOf = (stack: Stack) =>
  new ServicePrincipal('iot.amazonaws.com', {
    conditions: {
      StringEquals: { 'aws:SourceAccount': stack.account },
      ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'iot', resource: 'rule', resourceName: '*' }) },
    },
  })

/** A gateway connects under its own name and publishes its own readings; it can do nothing else. */
const gatewayPolicy = (stack: Stack, topics: readonly string[]) => {
  const arnOf = (resource: string, resourceName: string) => stack.formatArn({ service: 'iot', resource, resourceName })
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'iot:Connect',
        Resource: arnOf('client', THING),
        Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } },
      },
      { Effect: 'Allow', Action: 'iot:Publish', Resource: topics.map((topic) => arnOf('topic', topic)) },
    ],
  }
}
