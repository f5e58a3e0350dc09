import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { describe, expect, test } from 'vitest'
import { RECEIVES_MAX } from '../../domain/limits.ts'
import type { AlertKind } from '../../domain/alert.ts'
import type { CountName, Entry } from '../../functions/entry.ts'
import { manifest } from '../../functions/manifest.ts'
import { PERMISSIONS_FILE, permissionsPage } from '../../infra/permissions.ts'
import { encryptedTables, type KeyName, tableDefinitions } from '../../stores/dynamodb/definitions.ts'
import { type TableName, tables } from '../../stores/tables.ts'
import { actionsOn, arnOf, below, grantsOf as grantsOfRole } from './granted.ts'
import { stackOf } from './variants.ts'

/** The stack against the manifest: the code of the functions is left out here and proven by `bundles.test.ts`. */

const entries = Object.entries(manifest) as [string, Omit<Entry, 'load'>][]
const queued = entries.filter(([, { on }]) => 'mqtt' in on || 'queue' in on)
const scheduled = entries.filter(([, { on }]) => 'everyMinutes' in on)
const served = entries.filter(([, { on }]) => 'http' in on)

const Statement = z.object({
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown().optional(),
  Condition: z.unknown().optional(),
})
const Document = z.object({ Statement: z.array(Statement) })

const stack = stackOf({ partition: 'aws', alarmEmail: 'office@example.com', monthlyBudgetUsd: '50' })

const ofType = (type: string) => stack.ofType(type)
const idOf = (type: string, name: string) => stack.idOf(type, name)
const propertiesOf = (type: string, name: string) => stack.propertiesOf(type, name)
const text = (value: unknown): string => JSON.stringify(value)

const grantsOf = (name: string) => grantsOfRole(stack, idOf('AWS::IAM::Role', `role-${name}`))
const tableIdOf = (store: string): string => {
  const title = tableDefinitions().find(({ name }) => name === store)?.title ?? store
  return idOf('AWS::DynamoDB::Table', `table-${title}`)
}
const queueIdOf = (name: string): string => idOf('AWS::SQS::Queue', `queue-${name}`)

describe('the functions of the stack', () => {
  test('are those of the manifest and no others', () => {
    for (const [name] of entries) idOf('AWS::Lambda::Function', name)
    expect(ofType('AWS::Lambda::Function')).toHaveLength(entries.length)
  })

  test.each(entries)('%s runs with the limits of its entry', (name, { timeoutSeconds, memoryMb }) => {
    expect(propertiesOf('AWS::Lambda::Function', name)).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: timeoutSeconds,
      MemorySize: memoryMb,
      Environment: { Variables: { FUNCTION: name } },
    })
  })

  test.each(entries)('%s may use the tables of its entry as declared, and no others', (name, { reads, writes }) => {
    const read = ['dynamodb:GetItem', 'dynamodb:Query']
    const whole = ['dynamodb:DeleteItem', ...read, 'dynamodb:UpdateItem']
    for (const { name: store, indexes } of tableDefinitions()) {
      const readable = reads.includes(store) ? read : []
      const expected = writes.includes(store) ? whole : readable
      const table = tableIdOf(store)
      expect(actionsOn(grantsOf(name), arnOf(table)), store).toEqual(expected)
      for (const { name: index } of indexes) {
        const onIndex = actionsOn(grantsOf(name), below(table, `/index/${index}`))
        expect(onIndex, `${store} ${index}`).toEqual(expected.length > 0 ? ['dynamodb:Query'] : [])
      }
    }
  })

  test.each(entries)('%s may use a key exactly when it may use what the key encrypts', (name, { on, reads, writes }) => {
    const used = (keyName: KeyName) =>
      [...reads, ...writes].some((store) => store in tables && encryptedTables[store as TableName]?.key === keyName)
    for (const keyName of ['people', 'field'] as const) {
      const actions = actionsOn(grantsOf(name), arnOf(idOf('AWS::KMS::Key', `key-${keyName}`)))
      const usable = used(keyName) || (keyName === 'field' && 'mqtt' in on)
      expect(actions.includes('kms:Decrypt'), keyName).toBe(usable)
      expect(actions.length > 0, keyName).toBe(usable)
    }
  })

  test.each(entries)('%s may use the archive as declared', (name, { reads, writes }) => {
    const archive = idOf('AWS::S3::Bucket', 'archive')
    const isReader = reads.includes('archive') || writes.includes('archive')
    const get = isReader ? ['s3:GetObject'] : []
    expect(actionsOn(grantsOf(name), arnOf(archive))).toEqual(isReader ? ['s3:ListBucket'] : [])
    expect(actionsOn(grantsOf(name), below(archive, '/*'))).toEqual(writes.includes('archive') ? [...get, 's3:PutObject'] : get)
  })

  test.each(entries)('%s may send to the queues of its entry and take from its own only', (name, { sends }) => {
    const take = [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:ReceiveMessage',
    ]
    for (const [queue] of queued) {
      const send = sends.some((target) => target === queue) ? ['sqs:SendMessage'] : []
      const allowed = actionsOn(grantsOf(name), arnOf(queueIdOf(queue)))
      expect(allowed, queue).toEqual([...(queue === name ? take : []), ...send])
    }
  })

  test.each(entries)('%s has no permission over everything of a kind, apart from the files of the archive', (name) => {
    const objects = below(idOf('AWS::S3::Bucket', 'archive'), '/*')
    const grants = grantsOf(name).filter(({ resource }) => resource !== objects)
    expect(grants.filter(({ resource, action }) => resource.includes('*') || action.includes('*'))).toEqual([])
    expect(propertiesOf('AWS::IAM::Role', `role-${name}`)).not.toHaveProperty('ManagedPolicyArns')
  })

  test.each(entries)('%s is told the names of what it may use, and of nothing else', (name, { reads, writes, sends }) => {
    const told = text(propertiesOf('AWS::Lambda::Function', name).Environment)
    for (const { name: store } of tableDefinitions()) {
      expect(told.includes(`"${tableIdOf(store)}"`), store).toBe(reads.includes(store) || writes.includes(store))
    }
    for (const [queue] of queued) {
      expect(told.includes(`"${queueIdOf(queue)}"`), queue).toBe(sends.some((target) => target === queue))
    }
    const archive = `"${idOf('AWS::S3::Bucket', 'archive')}"`
    expect(told.includes(archive)).toBe(reads.includes('archive') || writes.includes('archive'))
    expect(told.includes('READING_STORE')).toBe(reads.includes('readings') || writes.includes('readings'))
  })

  test.each(entries)('%s keeps its log for six months', (name) => {
    expect(propertiesOf('AWS::Logs::LogGroup', `log-${name}`)).toMatchObject({ RetentionInDays: 180 })
  })
})

describe('the queues of the stack', () => {
  test.each(queued)('%s hides a message for six timeouts and gives up after the receives all runtimes share', (name, entry) => {
    const queue = propertiesOf('AWS::SQS::Queue', `queue-${name}`)
    expect(queue.VisibilityTimeout).toBeGreaterThanOrEqual(6 * entry.timeoutSeconds)
    expect(queue.RedrivePolicy).toMatchObject({
      maxReceiveCount: RECEIVES_MAX,
      deadLetterTargetArn: { 'Fn::GetAtt': [idOf('AWS::SQS::Queue', `dead-${name}`), 'Arn'] },
    })
  })

  test.each(queued)('%s keeps dead letters longer than messages', (name) => {
    const kept = Number(propertiesOf('AWS::SQS::Queue', `queue-${name}`).MessageRetentionPeriod)
    expect(propertiesOf('AWS::SQS::Queue', `dead-${name}`).MessageRetentionPeriod).toBeGreaterThan(kept)
  })

  test.each(queued)('%s takes the batches of its entry and reports the messages that failed', (name, { on }) => {
    const lambda = idOf('AWS::Lambda::Function', name)
    const mappings = ofType('AWS::Lambda::EventSourceMapping').filter(([, { Properties }]) =>
      text(Properties.FunctionName).includes(`"${lambda}"`),
    )
    expect(mappings).toHaveLength(1)
    const batch = 'mqtt' in on ? on.batch : 'queue' in on ? on.queue.batch : 0
    expect(mappings[0]?.[1].Properties).toMatchObject({
      BatchSize: batch,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      EventSourceArn: { 'Fn::GetAtt': [queueIdOf(name), 'Arn'] },
      ...(batch > 10 && { MaximumBatchingWindowInSeconds: 5 }),
    })
  })

  test('are one with dead letters per queued function, and one for what the rules could not deliver', () => {
    expect(ofType('AWS::SQS::Queue')).toHaveLength(2 * queued.length + 1)
    expect(ofType('AWS::Lambda::EventSourceMapping')).toHaveLength(queued.length)
  })
})

describe('the keys of the stack', () => {
  test('are turned every year and kept', () => {
    for (const [, { Properties, DeletionPolicy }] of ofType('AWS::KMS::Key')) {
      expect(Properties).toMatchObject({ EnableKeyRotation: true })
      expect(DeletionPolicy).toBe('Retain')
    }
    expect(ofType('AWS::KMS::Key')).toHaveLength(2)
  })

  test('open to the functions that need them and, for the field, to the rules; to nobody else', () => {
    const usersOf = (keyName: KeyName) => {
      const key = arnOf(idOf('AWS::KMS::Key', `key-${keyName}`))
      const roles = ofType('AWS::IAM::Role').map(([id]) => id)
      return roles.filter((role) => grantsOfRole(stack, role).some(({ resource }) => resource === key))
    }
    const rolesOf = (...names: string[]) => names.map((name) => idOf('AWS::IAM::Role', name))
    const people = [
      'role-settle-village',
      'role-sweep-closings',
      'role-audit-ledger',
      'role-api-closings',
      'role-api-trace',
      'role-api-session',
      'role-api-villages',
      'role-api-papers',
      'role-api-plans',
      'role-api-receipts',
      'role-api-registry',
    ]
    expect(usersOf('people').toSorted()).toEqual(rolesOf(...people).toSorted())
    expect(usersOf('field')).toEqual(expect.arrayContaining(rolesOf('rule-role', 'role-ingest-readings')))
  })

  const Policies = z.array(z.object({ PolicyDocument: Document, Roles: z.array(z.object({ Ref: z.string() })) }))
  /** What roles may do with a key, apart from using it through DynamoDB. */
  const directUses = () => {
    const keys = ofType('AWS::KMS::Key').map(([id]) => arnOf(id))
    return Policies.parse(ofType('AWS::IAM::Policy').map(([, { Properties }]) => Properties)).flatMap(
      ({ PolicyDocument, Roles }) =>
        PolicyDocument.Statement.filter(
          ({ Resource, Condition }) => keys.includes(text(Resource)) && !text(Condition ?? '').includes('"kms:ViaService"'),
        ).map(({ Resource, Action }) => ({ role: Roles[0]?.Ref, key: text(Resource), actions: [Action].flat() })),
    )
  }

  test('open to functions through DynamoDB only, apart from queues the key encrypts', () => {
    const [send, take] = [['kms:Decrypt', 'kms:GenerateDataKey'], ['kms:Decrypt']]
    const uses = Object.fromEntries(directUses().map(({ role, actions }) => [role, actions]))
    expect(uses).toEqual({
      [idOf('AWS::IAM::Role', 'rule-role')]: send,
      [idOf('AWS::IAM::Role', 'role-ingest-readings')]: take,
      [idOf('AWS::IAM::Role', 'role-api-quarantine')]: send,
    })
  })

  test('open to whoever sends into a queue they encrypt: SQS asks for it in the name of the sender', () => {
    const senders = ofType('AWS::SQS::Queue').flatMap(([queue, { Properties }]) => {
      const key = Properties.KmsMasterKeyId === undefined ? [] : [text(Properties.KmsMasterKeyId)]
      const roles = ofType('AWS::IAM::Role').map(([id]) => id)
      const sending = roles.filter((role) => actionsOn(grantsOfRole(stack, role), arnOf(queue)).includes('sqs:SendMessage'))
      return key.flatMap((of) => sending.map((role) => ({ role, key: of, actions: ['kms:Decrypt', 'kms:GenerateDataKey'] })))
    })
    expect(senders.length).toBeGreaterThan(0)
    expect(directUses()).toEqual(expect.arrayContaining(senders))
  })

  test('encrypt what devices published as it waits, and SQS its own way all other work', () => {
    const key = { 'Fn::GetAtt': [idOf('AWS::KMS::Key', 'key-field'), 'Arn'] }
    for (const [id, { Properties }] of ofType('AWS::SQS::Queue')) {
      const raw = /ingest|ruleerrors/.test(id)
      expect(Properties, id).toMatchObject(raw ? { KmsMasterKeyId: key } : { SqsManagedSseEnabled: true })
    }
  })
})

describe('the broker of the stack', () => {
  test('passes on the bytes of each message with who sent it and when, and keeps what it cannot deliver', () => {
    const rules = ofType('AWS::IoT::TopicRule').map(([, { Properties }]) => Properties)
    expect(rules).toHaveLength(1)
    expect(rules[0]).toMatchObject({
      RuleName: 'yangguang_ingest_readings',
      TopicRulePayload: {
        Sql: "SELECT encode(*, 'base64') AS payload, topic() AS topic, clientid() AS clientId, timestamp() AS receivedAtMs FROM 'pv/+/readings'",
        AwsIotSqlVersion: '2016-03-23',
        Actions: [{ Sqs: { QueueUrl: { Ref: queueIdOf('ingest-readings') }, UseBase64: false } }],
        ErrorAction: { Sqs: { QueueUrl: { Ref: idOf('AWS::SQS::Queue', 'rule-errors') } } },
      },
    })
  })

  test('lends its right to queue messages to the rules of its own account alone', () => {
    const { AssumeRolePolicyDocument } = propertiesOf('AWS::IAM::Role', 'rule-role')
    const { Statement: statements } = Document.parse(AssumeRolePolicyDocument)
    expect(statements).toHaveLength(1)
    const [{ Condition: condition } = {}] = statements
    expect(condition).toMatchObject({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } })
    expect(text(condition)).toMatch(/"ArnLike":\{"aws:SourceArn":.*:rule\/\*"/)
  })

  test('lets a gateway connect as itself and publish its own readings, and nothing more', () => {
    const { PolicyDocument } = propertiesOf('AWS::IoT::Policy', 'gateway-policy')
    const { Statement: statements } = Document.parse(PolicyDocument)
    const [connect, publish] = statements
    expect(statements).toHaveLength(2)
    expect(connect?.Action).toBe('iot:Connect')
    expect(connect?.Condition).toEqual({ Bool: { 'iot:Connection.Thing.IsAttached': 'true' } })
    expect(text(connect?.Resource)).toContain(':client/${iot:Connection.Thing.ThingName}"')
    expect(publish?.Action).toBe('iot:Publish')
    const topics = [...text(publish?.Resource).matchAll(/:topic\/([^"]+)"/g)].map(([, topic]) => topic)
    expect(topics).toEqual([
      'pv/${iot:Connection.Thing.ThingName}/readings',
      '$aws/rules/yangguang_ingest_readings/pv/${iot:Connection.Thing.ThingName}/readings',
    ])
    expect(text(PolicyDocument)).not.toMatch(/[*+#?]/)
  })
})

describe('the other triggers of the stack', () => {
  test.each(scheduled)('%s runs every so many minutes and is told when it was due', (name, { on }) => {
    const minutes = 'everyMinutes' in on ? on.everyMinutes : 0
    expect(propertiesOf('AWS::Scheduler::Schedule', `schedule-${name}`)).toMatchObject({
      ScheduleExpression:
        new Map([
          [1, 'rate(1 minute)'],
          [60, 'rate(1 hour)'],
        ]).get(minutes) ?? `rate(${minutes} minutes)`,
      Target: {
        Arn: { 'Fn::GetAtt': [idOf('AWS::Lambda::Function', name), 'Arn'] },
        Input: '{"time":"<aws.scheduler.scheduled-time>"}',
      },
    })
  })

  test('are no more schedules and routes than the manifest has', () => {
    expect(ofType('AWS::Scheduler::Schedule')).toHaveLength(scheduled.length)
    const routes = ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => String(Properties.RouteKey))
    const expected = served.flatMap(([, { on }]) => ('http' in on ? [`ANY ${on.http}`, `ANY ${on.http}/{proxy+}`] : []))
    expect(routes.toSorted()).toEqual(expected.toSorted())
  })

  test.each(served)('%s ends before API Gateway stops waiting for it', (_, { timeoutSeconds }) => {
    expect(timeoutSeconds).toBeLessThanOrEqual(30)
  })

  test.each(served)('%s answers its own routes', (name, { on }) => {
    const path = 'http' in on ? on.http : ''
    const lambda = idOf('AWS::Lambda::Function', name)
    for (const key of [`ANY ${path}`, `ANY ${path}/{proxy+}`]) {
      const route = ofType('AWS::ApiGatewayV2::Route').find(([, { Properties }]) => Properties.RouteKey === key)
      const integration = stack.resources.find(([id]) => text(route?.[1].Properties.Target).includes(`"${id}"`))
      expect(text(integration?.[1].Properties.IntegrationUri)).toContain(`"${lambda}"`)
    }
  })
})

describe('the tables of the stack', () => {
  test.each(tableDefinitions())('$title is paid per request, restorable and kept', ({ title, key, indexes }) => {
    const table = propertiesOf('AWS::DynamoDB::Table', `table-${title}`)
    expect(table).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
      KeySchema: [
        { AttributeName: key.partition, KeyType: 'HASH' },
        { AttributeName: key.sort, KeyType: 'RANGE' },
      ],
    })
    const Index = z.object({ IndexName: z.string(), Projection: z.unknown() })
    expect(z.array(Index).default([]).parse(table.GlobalSecondaryIndexes)).toEqual(
      indexes.map(({ name }) => ({ IndexName: name, Projection: { ProjectionType: 'ALL' } })),
    )
  })

  test.each(tableDefinitions())('$title is under the key of what it holds', ({ name, title }) => {
    const encrypted = encryptedTables[name]
    expect(propertiesOf('AWS::DynamoDB::Table', `table-${title}`).SSESpecification).toEqual(
      encrypted && {
        SSEEnabled: true,
        SSEType: 'KMS',
        KMSMasterKeyId: { 'Fn::GetAtt': [idOf('AWS::KMS::Key', `key-${encrypted.key}`), 'Arn'] },
      },
    )
  })

  test('are those of the system and no others', () => {
    expect(ofType('AWS::DynamoDB::Table')).toHaveLength(tableDefinitions().length + 1)
  })
})

describe('the access log of the stack', () => {
  test('says which route was asked and how it went, not who asked and for what', () => {
    const { AccessLogSettings: settings } = propertiesOf('AWS::ApiGatewayV2::Stage', 'http-stage')
    const format = z.record(z.string(), z.string()).parse(JSON.parse(z.object({ Format: z.string() }).parse(settings).Format))
    expect(Object.values(format)).toContain('$context.routeKey')
    expect(text(format)).not.toMatch(/path|query|sourceIp|userAgent|authorizer|identity/i)
  })
})

describe('the alarms of the stack', () => {
  const Alarm = z.looseObject({
    AlarmDescription: z.string(),
    AlarmActions: z.array(z.unknown()),
    Threshold: z.number(),
    ComparisonOperator: z.string(),
    TreatMissingData: z.string(),
    EvaluationPeriods: z.number(),
    Period: z.number().optional(),
  })
  const alarmOf = (name: string) => Alarm.parse(propertiesOf('AWS::CloudWatch::Alarm', `alarm-${name}`))

  test('each say what to do, and say it to the topic', () => {
    const topic = { Ref: idOf('AWS::SNS::Topic', 'alarms') }
    const alarms = ofType('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Alarm.parse(Properties))
    for (const { AlarmDescription, AlarmActions } of alarms) {
      expect(AlarmDescription.length).toBeGreaterThan(80)
      expect(AlarmDescription.length).toBeLessThanOrEqual(1_024)
      expect(AlarmActions).toEqual([topic])
    }
  })

  test.each(queued)('%s is watched for dead letters, from the first on, and for work that waits', (name, { on }) => {
    expect(alarmOf(`dead-${name}`)).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
    })
    expect(text(alarmOf(`dead-${name}`)['Dimensions'])).toContain(`"${idOf('AWS::SQS::Queue', `dead-${name}`)}"`)
    expect(alarmOf(`age-${name}`)).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      Threshold: 'mqtt' in on ? 900 : 7_200,
    })
  })

  test.each(entries)('%s is watched for errors, and for runs that near its timeout', (name, { timeoutSeconds }) => {
    const metrics = text(alarmOf(`errors-${name}`)['Metrics'])
    for (const metric of ['Errors', 'Throttles']) expect(metrics).toContain(`"MetricName":"${metric}"`)
    expect(metrics).toContain(`"${idOf('AWS::Lambda::Function', name)}"`)
    expect(alarmOf(`slow-${name}`)).toMatchObject({ MetricName: 'Duration', Threshold: 800 * timeoutSeconds })
  })

  test.each(scheduled)('%s is watched for runs that are missed, where no data is the worst of it', (name, { on }) => {
    const minutes = 'everyMinutes' in on ? on.everyMinutes : 0
    const missed = alarmOf(`missed-${name}`)
    expect(missed).toMatchObject({
      MetricName: 'Invocations',
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    })
    expect((missed.Period ?? 0) * missed.EvaluationPeriods).toBe(3 * 60 * Math.max(minutes, 5))
  })

  test.each(scheduled)('%s has a run in every period its failures and its slowness are counted by', (name, { on }) => {
    const minutes = 'everyMinutes' in on ? on.everyMinutes : 0
    const periods = [...text(alarmOf(`errors-${name}`)['Metrics']).matchAll(/"Period":(\d+)/g)].map(([, seconds]) =>
      Number(seconds),
    )
    expect(periods).toHaveLength(2)
    for (const seconds of [...periods, alarmOf(`slow-${name}`).Period]) expect(seconds).toBeGreaterThanOrEqual(60 * minutes)
  })

  test('watch the share of readings that are set aside, by the names the functions count under', () => {
    const metrics = text(alarmOf('quarantine')['Metrics'])
    for (const name of ['quarantined', 'stored', 'duplicate', 'conflict'] satisfies CountName[]) {
      expect(metrics).toContain(`"MetricName":"${name}"`)
    }
    expect(metrics).toContain('"Namespace":"Yangguang"')
    expect(metrics).toContain('"Dimensions":[{"Name":"service","Value":"ingest-readings"}]')
  })

  test.each(['station_offline', 'platform_silent'] satisfies AlertKind[])('watch %s in what watch-offline logs', (kind) => {
    const filter = propertiesOf('AWS::Logs::MetricFilter', `filter-${kind.replace('_', '-')}`)
    expect(filter).toMatchObject({
      FilterPattern: `{ $.silent.${kind} > 0 }`,
      LogGroupName: { Ref: idOf('AWS::Logs::LogGroup', 'log-watch-offline') },
      MetricTransformations: [{ MetricName: kind, MetricNamespace: 'Yangguang', MetricValue: `$.silent.${kind}` }],
    })
    const name = kind === 'station_offline' ? 'stations-silent' : 'platform-silent'
    expect(alarmOf(name)).toMatchObject({ MetricName: kind, Namespace: 'Yangguang', Statistic: 'Maximum' })
  })

  test('watch what IoT Core could not deliver or dropped, what people see fail, throttles, and alarms that do not arrive', () => {
    for (const name of [
      'rule-errors',
      'rule-absent',
      'rule-unread',
      'rule-throttled',
      'rule-without-error-action',
      'http-5xx',
      'throttled-readings',
      'throttled-liveness',
      'notifications',
    ])
      alarmOf(name)
  })

  test('are all on the dashboard', () => {
    const dashboard = text(propertiesOf('AWS::CloudWatch::Dashboard', 'dashboard'))
    for (const [id] of ofType('AWS::CloudWatch::Alarm')) expect(dashboard, id).toContain(`"${id}"`)
  })

  test('may be published by CloudWatch of this account, and reach who was named', () => {
    const statements = text(ofType('AWS::SNS::TopicPolicy').map(([, { Properties }]) => Properties))
    expect(statements).toContain('"Service":"cloudwatch.amazonaws.com"')
    expect(statements).toContain('"aws:SourceAccount":{"Ref":"AWS::AccountId"}')
    expect(ofType('AWS::SNS::Subscription').map(([, { Properties }]) => Properties)).toMatchObject([
      { Protocol: 'email', Endpoint: 'office@example.com' },
    ])
  })

  test('tell of the bill before and when it passes what was set', () => {
    const { Budget, NotificationsWithSubscribers: told } = propertiesOf('AWS::Budgets::Budget', 'budget')
    expect(Budget).toMatchObject({ BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 50, Unit: 'USD' } })
    expect(told).toHaveLength(3)
  })
})

describe('docs/permissions.md', () => {
  test('is what the template says: `node infra/permissions.ts` writes it', () => {
    expect(readFileSync(PERMISSIONS_FILE, 'utf8')).toBe(permissionsPage())
  })
})
