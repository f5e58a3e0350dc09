import { type CfnResource, Stack } from 'aws-cdk-lib'
import { CfnPolicy, CfnTopicRule } from 'aws-cdk-lib/aws-iot'
import { NagMessageLevel, NagPack, NagRuleCompliance } from 'cdk-nag'
import type { IConstruct } from 'constructs'
import * as z from 'zod'

/** Rules of our own, beside those of cdk-nag: what a gateway may do, and that a rule never drops a message in silence. */

const THING = '${iot:Connection.Thing.ThingName}'
/** A gateway sends, and is told nothing. */
const MAY_ALLOW = ['iot:Connect', 'iot:Publish']

const Texts = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat())
const Document = z.object({
  Statement: z.array(
    z.object({
      Effect: z.string(),
      Action: Texts,
      // An ARN is a text, or one that CloudFormation joins.
      Resource: z.unknown().transform((value) => [value].flat().map((each) => JSON.stringify(each))),
      Condition: z.unknown().optional(),
    }),
  ),
})

const compliant = (holds: boolean) => (holds ? NagRuleCompliance.COMPLIANT : NagRuleCompliance.NON_COMPLIANT)
const statementsOf = (policy: CfnPolicy) => Document.parse(Stack.of(policy).resolve(policy.policyDocument)).Statement
const resourcesOf = (policy: CfnPolicy) => statementsOf(policy).flatMap(({ Resource }) => Resource)

const whenPolicy = (check: (policy: CfnPolicy) => boolean) => (node: CfnResource) =>
  node instanceof CfnPolicy ? compliant(check(node)) : NagRuleCompliance.NOT_APPLICABLE

const RULES: { name: string; info: string; explanation: string; rule: (node: CfnResource) => NagRuleCompliance }[] = [
  {
    name: 'NoWildcard',
    info: 'The IoT policy has a wildcard.',
    explanation: 'With one a gateway could speak for another, or hear it.',
    rule: whenPolicy((policy) => resourcesOf(policy).every((arn) => !/[*+#?]/.test(arn))),
  },
  {
    name: 'OwnName',
    info: 'The IoT policy names something that is not the gateway itself.',
    explanation: 'Client and topics carry the name of the thing whose certificate holds the connection.',
    rule: whenPolicy((policy) => resourcesOf(policy).every((arn) => arn.includes(THING))),
  },
  {
    name: 'ActionsOfGateways',
    info: `The IoT policy allows more than ${MAY_ALLOW.join(' and ')}.`,
    explanation: 'Nothing is sent to gateways, so none subscribes or receives.',
    rule: whenPolicy((policy) =>
      statementsOf(policy).every(
        ({ Effect, Action }) => Effect === 'Allow' && Action.every((action) => MAY_ALLOW.includes(action)),
      ),
    ),
  },
  {
    name: 'AttachedThing',
    info: 'The IoT policy lets a certificate connect that is attached to no thing.',
    explanation: 'Revoking a gateway takes its certificate from its thing; it must not connect after that.',
    rule: whenPolicy((policy) =>
      statementsOf(policy)
        .filter(({ Action }) => Action.includes('iot:Connect'))
        .every(({ Condition }) => JSON.stringify(Condition) === '{"Bool":{"iot:Connection.Thing.IsAttached":"true"}}'),
    ),
  },
  {
    name: 'ErrorAction',
    info: 'The IoT rule has no queue for what it cannot deliver.',
    explanation: 'A message that was acknowledged to a gateway would be lost without a trace.',
    rule: (node) => {
      if (!(node instanceof CfnTopicRule)) return NagRuleCompliance.NOT_APPLICABLE
      const Payload = z.object({ errorAction: z.object({ sqs: z.object({ queueUrl: z.unknown() }) }) })
      return compliant(Payload.safeParse(Stack.of(node).resolve(node.topicRulePayload)).success)
    },
  },
]

export class IotChecks extends NagPack {
  readonly name = 'Yangguang'

  constructor(scope?: IConstruct) {
    super(scope)
    this.packName = 'Yangguang'
  }

  protected checkResource(node: CfnResource): void {
    for (const { name, info, explanation, rule } of RULES) {
      this.applyRule({ ruleSuffixOverride: name, info, explanation, level: NagMessageLevel.ERROR, node, rule })
    }
  }
}
