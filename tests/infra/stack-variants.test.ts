import { beforeAll, describe, expect, test } from 'vitest'
import { deploymentOutputs, readingStoreSettings } from '../../stores/deployment.ts'
import { tables } from '../../stores/tables.ts'
import type { Entry } from '../../functions/entry.ts'
import { manifest } from '../../functions/manifest.ts'
import { acknowledge, type Acknowledged, acknowledged } from '../../infra/acknowledged.ts'
import { checksOf } from '../../infra/checks.ts'
import type { YangguangStack } from '../../infra/stack.ts'
import { actionsOn, arnOf, grantsOf as grantsOfRole } from './granted.ts'
import { resolved } from './resolved.ts'
import { ofEachKind, stackOf } from './variants.ts'

/** The stack of each kind: its outputs as a command reads them, its time series, and the rules every kind must pass. */

// On a busy machine one takes seconds.
beforeAll(() => {
  for (const [, context] of ofEachKind) stackOf(context, { isValidated: true })
}, 180_000)

describe.each(ofEachKind)('the outputs of %s', (_, context) => {
  const read = () => {
    const { outputs } = stackOf(context)
    const answered = Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, resolved(value)]))
    return Object.fromEntries(
      Object.entries(answered).map(([name, text]) => [name, text.startsWith('{') ? JSON.parse(text) : text]),
    )
  }

  test('are all that a command may ask for, and nothing it does not know', () => {
    expect(Object.keys(deploymentOutputs.strict().parse(read()))).toEqual(expect.arrayContaining(Object.keys(read())))
  })

  test('name every table, and per queued function its queue and its dead letters', () => {
    const { Tables, Queues } = deploymentOutputs.parse(read())
    expect(Object.keys(Tables).toSorted()).toEqual(Object.keys(tables).toSorted())
    expect(Queues['settle-village']).toEqual({
      url: expect.stringMatching(/queuesettlevillage/),
      deadUrl: expect.stringMatching(/deadsettlevillage/),
    })
  })

  test('name the time series that was chosen', () => {
    const { ReadingStore } = deploymentOutputs.parse(read())
    expect(readingStoreSettings.parse(ReadingStore).kind).toBe(context.store)
  })

  test('name what gateways need', () => {
    expect(deploymentOutputs.parse(read())).toMatchObject({
      GatewayPolicy: 'gatewaypolicy',
      GatewayType: 'gatewaytype',
      IngestRule: 'yangguang_ingest_readings',
    })
  })
})

describe.each(ofEachKind)('the stores of %s', (_, context) => {
  const stack = () => stackOf(context)
  const grantsOf = (name: string) => grantsOfRole(stack(), stack().idOf('AWS::IAM::Role', `role-${name}`))
  const entries = Object.entries(manifest) as [string, Omit<Entry, 'load'>][]
  const READ = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query']
  const WRITE = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem']

  test('are the chosen one and nothing of another', () => {
    const { store } = context
    const extra = stack()
      .ofType('AWS::DynamoDB::Table')
      .map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))
      .filter((id) => id.endsWith('readings'))
    const expected = { dynamodb: ['tablereadings'], timestream: ['tablelatereadings'], influxdb: [] }[store ?? '']
    expect(extra).toEqual(expected)
    const timestream = stack().resources.filter(([, { Type }]) => Type.startsWith('AWS::Timestream'))
    expect(timestream).toHaveLength(store === 'timestream' ? 2 : 0)
    const text = JSON.stringify(stack().resources)
    expect(text.includes('timestream:'), 'permissions').toBe(store === 'timestream')
    expect(text.includes('secretsmanager:'), 'permissions').toBe(store === 'influxdb')
    expect(text.includes('InfluxDB')).toBe(false)
  })

  test('have shown what was appended when work on it begins', () => {
    const delays = stack()
      .ofType('AWS::SQS::Queue')
      .flatMap(([id, { Properties }]) => (Properties.DelaySeconds === undefined ? [] : [[id, Properties.DelaySeconds]]))
    const delayed = ['compute-generation', 'assess-performance'].map((name) => [
      stack().idOf('AWS::SQS::Queue', `queue-${name}`),
      15,
    ])
    expect(Object.fromEntries(delays)).toEqual(context.store === 'dynamodb' ? {} : Object.fromEntries(delayed))
  })

  test('are warned of where they are not offered', () => {
    const { store, partition } = context
    const expected = store === 'timestream' && partition === 'aws-cn' ? [expect.stringContaining('cannot be deployed there')] : []
    expect(stack().warnings).toEqual(expected)
  })

  test('let raw readings expire in the tables of DynamoDB, and nothing else', () => {
    for (const [id, { Properties }] of stack().ofType('AWS::DynamoDB::Table')) {
      const expires = /^table(late)?readings/.test(id)
      expect(Properties.TimeToLiveSpecification, id).toEqual(expires ? { AttributeName: 'expiresAtS', Enabled: true } : undefined)
    }
  })

  test.each(entries)('are open to %s as its entry declares', (name, { reads, writes }) => {
    const side = writes.includes('readings') ? 'write' : reads.includes('readings') ? 'read' : 'none'
    const inDynamo = { write: WRITE, read: READ, none: [] }[side]
    const grants = grantsOf(name)
    if (context.store === 'dynamodb') {
      expect(actionsOn(grants, arnOf(stack().idOf('AWS::DynamoDB::Table', 'table-readings')))).toEqual(inDynamo)
    }
    if (context.store === 'timestream') {
      const reading = ['timestream:DescribeTable', 'timestream:Select']
      const inTimestream = { write: [...reading, 'timestream:WriteRecords'], read: reading, none: [] }[side]
      expect(actionsOn(grants, arnOf(stack().idOf('AWS::Timestream::Table', 'readings')))).toEqual(inTimestream)
      expect(actionsOn(grants, '*')).toEqual(side === 'none' ? [] : ['timestream:DescribeEndpoints'])
      expect(actionsOn(grants, arnOf(stack().idOf('AWS::DynamoDB::Table', 'table-late-readings')))).toEqual(inDynamo)
    }
    if (context.store === 'influxdb') {
      const secret = actionsOn(grants, context.influxTokenSecretArn ?? '')
      expect(secret).toEqual(side === 'none' ? [] : ['secretsmanager:GetSecretValue'])
    }
  })
})

const used = new Set<Acknowledged>()

describe.each(ofEachKind)('the rules of cdk-nag and our own, on %s,', (_, context) => {
  const findingsOf = (scope: YangguangStack) =>
    checksOf(scope)
      .flatMap((pack) => pack.validateScope(scope).violations)
      .flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => ({ rule: ruleName, at: constructPath?.split('/')[1] ?? '' })),
      )

  test('find nothing that is not acknowledged with a reason', () => {
    const { construct } = stackOf(context)
    const before = findingsOf(construct)
    for (const each of acknowledged) {
      if (before.some(({ rule, at }) => rule === each.finding && each.on.test(at))) used.add(each)
    }
    acknowledge(construct)
    expect(findingsOf(construct)).toEqual([])
    expect(before.length).toBeGreaterThan(0)
  })
})

test('nothing is acknowledged that is not found', () => {
  expect(acknowledged.filter((each) => !used.has(each))).toEqual([])
  for (const { because } of acknowledged) expect(because.length).toBeGreaterThan(30)
})
