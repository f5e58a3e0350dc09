import { expect, test } from 'vitest'
import * as z from 'zod'
import { STANDING } from '../../domain/cost-usage.ts'
import { COUNTS } from '../../functions/entry.ts'
import { stackOf } from './variants.ts'

/** What `yangguang cost` says a deployment has whatever its fleet, compared with the template. */

const stack = stackOf({})
const Metrics = z.object({ Metrics: z.array(z.object({ MetricStat: z.unknown().optional() })).optional() })

/** CloudWatch bills an alarm by the metrics it looks at. */
const alarms = stack
  .ofType('AWS::CloudWatch::Alarm')
  .map(
    ([, { Properties }]) => Metrics.parse(Properties).Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1,
  )
  .reduce((sum, each) => sum + each, 0)

const encrypted = stack.resources.filter(
  ([, { Type, Properties }]) =>
    (Type === 'AWS::DynamoDB::Table' && JSON.stringify(Properties.SSESpecification ?? {}).includes('KMSMasterKeyId')) ||
    (Type === 'AWS::SQS::Queue' && Properties.KmsMasterKeyId !== undefined),
)

test('the bill has the dashboards, metrics and keys that the stack has', () => {
  expect(STANDING).toMatchObject({
    dashboards: stack.ofType('AWS::CloudWatch::Dashboard').length,
    metrics: COUNTS.length + stack.ofType('AWS::Logs::MetricFilter').length,
    kmsKeys: stack.ofType('AWS::KMS::Key').length,
    encrypted: encrypted.length,
  })
})

test('and its alarms to a tenth: one more is not worth another bill', () => {
  expect(Math.abs(STANDING.alarms / alarms - 1), `the stack's alarms look at ${alarms} metrics`).toBeLessThan(0.1)
})
