import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CreateTableCommandInput, CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { Code } from 'aws-cdk-lib/aws-lambda'
import type { Metafile } from 'esbuild'
import * as z from 'zod'
import { type FunctionName, manifest } from '../../functions/manifest.ts'
import { bundleFunctions } from '../../infra/bundle.ts'
import { tableDefinitions } from '../../stores/dynamodb/definitions.ts'
import { openDynamoTables } from '../../stores/dynamodb/table.ts'
import { type TableName, type TableOf, tables } from '../../stores/tables.ts'
import { type SqsEndpoint, startSqs } from '../functions/sqs-endpoint.ts'
import { type DynamoServer, startDynamo } from '../stores/dynamodb-server.ts'
import { type SimulatedS3, startSimulatedS3 } from '../stores/simulated-s3.ts'
import { type ReadingsStandIn, settingsFor, type StoreKind, startReadings } from './readings-stand-in.ts'
import { type Synthesised, synthesise } from './synthesised.ts'

/**
 * A deployment without an account: the built bundles, and the synthesised stack with stand-ins on the loopback for what it names.
 * What CloudFormation would create is created from the template, and a function's environment is what the template gives it.
 */
export type Deployed = {
  stack: Synthesised
  metafile: Metafile
  bundleOf: (name: FunctionName) => string
  environmentOf: (name: FunctionName) => Record<string, string>
  /** A value of the template with what CloudFormation would put in place of its references. */
  resolve: (value: unknown) => unknown
  tables: { [Name in TableName]: TableOf<Name> }
  dynamo: DynamoServer
  sqs: SqsEndpoint
  s3: SimulatedS3
  readings: ReadingsStandIn
  close: () => Promise<void>
}

/** What the simulations read of it: the template. */
export type Templated = Pick<Deployed, 'stack' | 'resolve'>

/** `memoryHours`: what is older goes to Timestream's late table. */
export type DeployedOptions = { store: StoreKind; now: () => number; memoryHours?: number | undefined }

const ACCOUNT = '123456789012'
const PSEUDO: Record<string, string> = { Partition: 'aws', Region: 'local', AccountId: ACCOUNT, URLSuffix: 'amazonaws.com' }

const Intrinsic = z.union([
  z.strictObject({ Ref: z.string() }),
  z.strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }),
  z.strictObject({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }),
])

/** Physical names are logical ids, except that a queue is known by its URL. */
export const resolver = (stack: Synthesised, sqsEndpoint: string): Deployed['resolve'] => {
  const queues = new Set(stack.ofType('AWS::SQS::Queue').map(([id]) => id))
  const resolve = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(resolve)
    const intrinsic = Intrinsic.safeParse(value).data
    if (!intrinsic) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each)]))
    if ('Fn::Join' in intrinsic) return intrinsic['Fn::Join'][1].map(resolve).join(intrinsic['Fn::Join'][0])
    if ('Fn::GetAtt' in intrinsic) return intrinsic['Fn::GetAtt'][0]
    const { Ref: id } = intrinsic
    return PSEUDO[id.replace('AWS::', '')] ?? (queues.has(id) ? `${sqsEndpoint}/${ACCOUNT}/${id}` : id)
  }
  return resolve
}

const TableProperties = z.object({
  TableName: z.string().optional(),
  KeySchema: z.array(z.unknown()),
  AttributeDefinitions: z.array(z.unknown()),
  GlobalSecondaryIndexes: z.array(z.unknown()).optional(),
})

/** Creates every table of the template under its keys and indexes. */
const createTables = async ({ client }: DynamoServer, stack: Synthesised, resolve: Deployed['resolve']): Promise<void> => {
  for (const [id, { Properties }] of stack.ofType('AWS::DynamoDB::Table')) {
    const { TableName = id, ...keys } = TableProperties.parse(resolve(Properties))
    const input = { TableName, BillingMode: 'PAY_PER_REQUEST', ...keys } as CreateTableCommandInput
    await client.send(new CreateTableCommand(input))
  }
}

const Variables = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.string()) }) })

const MemoryStore = z.object({ RetentionProperties: z.object({ MemoryStoreRetentionPeriodInHours: z.coerce.number() }) })

const memoryHoursOf = (stack: Synthesised): number => {
  const [table] = stack.ofType('AWS::Timestream::Table')
  return table ? MemoryStore.parse(table[1].Properties).RetentionProperties.MemoryStoreRetentionPeriodInHours : 0
}

const openAllTables = (dynamo: DynamoServer, stack: Synthesised): Deployed['tables'] => {
  const titles = new Map(tableDefinitions().map(({ name, title }) => [name, title]))
  return openDynamoTables({
    client: dynamo.client,
    names: Object.keys(tables) as TableName[],
    tableName: (name) => stack.idOf('AWS::DynamoDB::Table', `table-${titles.get(name)}`),
  })
}

export const startDeployed = async ({ store, now, memoryHours }: DeployedOptions): Promise<Deployed> => {
  // Far from node_modules, so that a bundle which is not whole does not load.
  const folder = mkdtempSync(join(tmpdir(), 'bundles-'))
  const [metafile, dynamo, sqs] = await Promise.all([
    bundleFunctions(Object.keys(manifest), folder, store),
    startDynamo(),
    startSqs(),
  ])
  const stack = synthesise((name) => Code.fromAsset(join(folder, name)), settingsFor(store, memoryHours))
  const resolve = resolver(stack, sqs.endpoint)
  await createTables(dynamo, stack, resolve)
  const s3 = await startSimulatedS3(stack.idOf('AWS::S3::Bucket', 'archive'))
  const variablesOf = (name: FunctionName): Record<string, string> =>
    Variables.parse(resolve(stack.propertiesOf('AWS::Lambda::Function', name))).Environment.Variables
  const settings: unknown = JSON.parse(variablesOf('ingest-readings')['READING_STORE'] ?? '')
  const readings = await startReadings({ settings, dynamo, now, memoryHours: memoryHoursOf(stack) })
  return {
    stack,
    metafile,
    resolve,
    dynamo,
    sqs,
    s3,
    readings,
    bundleOf: (name) => join(folder, name, 'index.mjs'),
    environmentOf: (name) => ({
      ...variablesOf(name),
      AWS_REGION: 'local',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ENDPOINT_URL_SQS: sqs.endpoint,
      ...(variablesOf(name)['READING_STORE'] !== undefined && readings.environmentAt(readings.url)),
    }),
    tables: openAllTables(dynamo, stack),
    close: async () => {
      await Promise.all([dynamo.close(), sqs.close(), s3.close(), readings.close()])
      rmSync(folder, { recursive: true })
    },
  }
}
