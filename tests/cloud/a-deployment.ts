import type { DeploymentOutputs } from '../../stores/deployment.ts'
import { type TableName, tables } from '../../stores/tables.ts'

/** Outputs of a stack as `infra/` writes them, for a deployment that exists nowhere. */

const tableNames = Object.keys(tables) as TableName[]

export const someOutputs = (over: Partial<DeploymentOutputs> = {}): DeploymentOutputs => ({
  ApiUrl: 'https://api.example.test',
  Tables: Object.fromEntries(tableNames.map((name) => [name, `yangguang-${tables[name].name}`])) as Record<TableName, string>,
  Queues: {},
  RuleErrorsUrl: 'https://sqs.example.test/000000000000/rule-errors',
  ReadingStore: { kind: 'dynamodb', tableName: 'yangguang-readings', retentionDays: 400 },
  ArchiveBucket: 'yangguang-archive',
  GatewayPolicy: 'yangguang-gateway-policy',
  GatewayType: 'yangguang-gateway',
  IngestRule: 'yangguang_ingest_readings',
  ...over,
})

/** The same as CloudFormation holds them: text. */
export const outputTexts = (outputs: DeploymentOutputs): Record<string, string> =>
  Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
