import { App, Stack } from 'aws-cdk-lib'
import { CfnPolicy, CfnTopicRule } from 'aws-cdk-lib/aws-iot'
import { describe, expect, test } from 'vitest'
import { IotChecks } from '../../infra/iot-checks.ts'

/** Our own rules, each against what it is there to find. That the stack passes them is proven by `stack-variants.test.ts`. */

const ARN = 'arn:aws:iot:eu-west-1:123456789012'
const THING = '${iot:Connection.Thing.ThingName}'
const connect = {
  Effect: 'Allow',
  Action: 'iot:Connect',
  Resource: `${ARN}:client/${THING}`,
  Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } },
}
const publish = { Effect: 'Allow', Action: ['iot:Publish'], Resource: [`${ARN}:topic/pv/${THING}/readings`] }

const findings = (add: (stack: Stack) => unknown): string[] => {
  const stack = new Stack(new App(), 'bad')
  add(stack)
  return new IotChecks(stack).validateScope(stack).violations.map(({ ruleName }) => ruleName.replace('Yangguang-', ''))
}
const inPolicy = (...Statement: object[]) =>
  findings((stack) => new CfnPolicy(stack, 'policy', { policyDocument: { Version: '2012-10-17', Statement } }))
const inRule = (errorAction?: object) =>
  findings(
    (stack) =>
      new CfnTopicRule(stack, 'rule', {
        topicRulePayload: { sql: "SELECT * FROM 'pv'", actions: [], ...(errorAction && { errorAction }) },
      }),
  )

describe('the checks of IoT', () => {
  test('find nothing in a policy that lets a gateway speak for itself', () => {
    expect(inPolicy(connect, publish)).toEqual([])
  })

  test.each([
    [{ ...publish, Resource: `${ARN}:topic/pv/*` }, ['NoWildcard', 'OwnName']],
    [{ ...publish, Resource: [`${ARN}:topic/pv/${THING}/+`] }, ['NoWildcard']],
    [{ ...publish, Resource: '*' }, ['NoWildcard', 'OwnName']],
    [{ ...publish, Resource: `${ARN}:topic/pv/readings` }, ['OwnName']],
    [{ ...publish, Action: ['iot:Publish', 'iot:Subscribe'] }, ['ActionsOfGateways']],
    [{ ...publish, Action: 'iot:*' }, ['ActionsOfGateways']],
    [{ ...connect, Condition: undefined }, ['AttachedThing']],
    [{ ...connect, Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'false' } } }, ['AttachedThing']],
  ])('find in %o what is wrong', (statement, wrong) => {
    expect(inPolicy(statement)).toEqual(wrong)
  })

  test('ask of every rule a queue for what it cannot deliver', () => {
    expect(inRule()).toEqual(['ErrorAction'])
    expect(inRule({ republish: { roleArn: 'arn:aws:iam::123456789012:role/r', topic: 'errors' } })).toEqual(['ErrorAction'])
    expect(inRule({ sqs: { queueUrl: 'https://sqs.example.com/errors', roleArn: 'arn:aws:iam::123456789012:role/r' } })).toEqual(
      [],
    )
  })
})
