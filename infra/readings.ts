import { Annotations, RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib'
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-timestream'
import type { ReadingStoreSettings } from '../stores/deployment.ts'
import { EXPIRES_AT, READINGS_KEY } from '../stores/dynamodb/readings-definition.ts'
import type { Settings } from './settings.ts'

/** The time series: what is chosen is made or granted, and nothing else. */
export type SystemReadings = {
  /** What a function must know to open the store, as `functions/edge/aws-deps.ts` reads it. */
  settings: ReadingStoreSettings
  grant: (grantee: IGrantable, side: 'read' | 'write') => void
  /** Tables of DynamoDB among it. */
  tables: { id: string; tableName: string }[]
}

export const addReadings = (stack: Stack, settings: Settings): SystemReadings => {
  switch (settings.store) {
    case 'dynamodb':
      return onDynamoDb(stack, settings)
    case 'timestream':
      return onTimestream(stack, settings)
    case 'influxdb':
      return onInfluxDb(settings)
    default:
      return settings.store satisfies never
  }
}

const READ = ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:BatchGetItem']
const WRITE = [...READ, 'dynamodb:PutItem', 'dynamodb:UpdateItem']
const grantOn =
  (table: Table): SystemReadings['grant'] =>
  (grantee, side) => {
    Grant.addToPrincipal({ grantee, actions: side === 'read' ? READ : WRITE, resourceArns: [table.tableArn] })
  }

/** A table of readings as `stores/dynamodb/` keeps them. */
const addReadingsTable = (stack: Stack, id: string): Table =>
  new Table(stack, id, {
    partitionKey: { name: READINGS_KEY.partition, type: AttributeType.STRING },
    sortKey: { name: READINGS_KEY.sort, type: AttributeType.STRING },
    timeToLiveAttribute: EXPIRES_AT,
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  })

const onDynamoDb = (stack: Stack, { rawRetentionDays }: Settings): SystemReadings => {
  const table = addReadingsTable(stack, 'table-readings')
  return {
    settings: { kind: 'dynamodb', tableName: table.tableName, retentionDays: rawRetentionDays },
    grant: grantOn(table),
    tables: [{ id: 'readings', tableName: table.tableName }],
  }
}

const MEMORY_HOURS = 168

/** Timestream for LiveAnalytics, for accounts that have it, and a table on DynamoDB for what comes later than its memory store takes. */
const onTimestream = (stack: Stack, { rawRetentionDays, memoryHours = MEMORY_HOURS, partition }: Settings): SystemReadings => {
  if (partition === 'aws-cn') {
    Annotations.of(stack).addWarningV2(
      'yangguang:timestream-in-china',
      'Timestream for LiveAnalytics is in neither region of China: this template cannot be deployed there.',
    )
  }
  const database = new CfnDatabase(stack, 'readings-database')
  const table = new CfnTable(stack, 'readings', {
    databaseName: database.ref,
    retentionProperties: {
      MemoryStoreRetentionPeriodInHours: String(memoryHours),
      MagneticStoreRetentionPeriodInDays: String(rawRetentionDays),
    },
    // What goes there directly is hidden for hours, and a conflicting reading is dropped without a word.
    magneticStoreWriteProperties: { EnableMagneticStoreWrites: false },
  })
  for (const resource of [database, table]) {
    resource.applyRemovalPolicy(RemovalPolicy.RETAIN)
    Validations.of(resource).acknowledge({
      id: 'CloudFormation-Validate::W3697',
      reason: 'Closed to new customers since June 2025: only accounts that have it choose it.',
    })
  }
  const late = addReadingsTable(stack, 'table-late-readings')
  const grant: SystemReadings['grant'] = (grantee, side) => {
    // The SQL command DESCRIBE, by which a reader learns what columns there are, needs the action of its name.
    const reading = ['timestream:Select', 'timestream:DescribeTable']
    const actions = side === 'read' ? reading : [...reading, 'timestream:WriteRecords']
    Grant.addToPrincipal({ grantee, actions, resourceArns: [table.attrArn] })
    // Asks where the service is; AWS grants it for no single resource.
    Grant.addToPrincipal({ grantee, actions: ['timestream:DescribeEndpoints'], resourceArns: ['*'] })
    grantOn(late)(grantee, side)
  }
  const names = { databaseName: database.ref, tableName: table.attrName, lateTableName: late.tableName }
  const tables = [{ id: 'late-readings', tableName: late.tableName }]
  return { settings: { kind: 'timestream', ...names, retentionDays: rawRetentionDays }, grant, tables }
}

/** An InfluxDB that is there already; all it takes from this account is its token. */
const onInfluxDb = ({ influxUrl = '', influxDatabase = '', influxTokenSecretArn }: Settings): SystemReadings => ({
  settings: {
    kind: 'influxdb',
    url: influxUrl,
    database: influxDatabase,
    ...(influxTokenSecretArn && { tokenSecretArn: influxTokenSecretArn }),
  },
  grant: (grantee) => {
    if (!influxTokenSecretArn) return
    Grant.addToPrincipal({ grantee, actions: ['secretsmanager:GetSecretValue'], resourceArns: [influxTokenSecretArn] })
  },
  tables: [],
})
