import * as z from 'zod'
import { type TableName, tables } from './tables.ts'

/**
 * What a deployment is made of, by physical name: written into the outputs of the stack and the environment of each function by
 * `infra/`, read by `functions/edge/` and by the command line that works on a deployment from outside.
 */

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** A token goes with every request, so never in the clear, but for a server on the same machine; and the address holds none. */
const isSafeAddress = (text: string): boolean => {
  const url = URL.parse(text)
  if (!url || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))
}

/** Which time series a deployment has. Names are as the service knows them; `tokenSecretArn` names a secret and never holds one. */
export const readingStoreSettings = z.discriminatedUnion('kind', [
  /** One item per message; raw readings expire `retentionDays` after they were received, archived long before. */
  z.object({ kind: z.literal('dynamodb'), tableName: z.string().min(1), retentionDays: z.int().min(1) }),
  /** `lateTableName` is a table as for `dynamodb`: it takes what Timestream's memory store refuses for its age. */
  z.object({
    kind: z.literal('timestream'),
    databaseName: z.string().min(1),
    tableName: z.string().min(1),
    lateTableName: z.string().min(1),
    retentionDays: z.int().min(1),
  }),
  /** Any InfluxDB that serves InfluxQL. `organization`: write by the API of 2.x, which wants one. */
  z.object({
    kind: z.literal('influxdb'),
    url: z.string().refine(isSafeAddress, 'an https:// address without user and password'),
    database: z.string().min(1),
    organization: z.string().min(1).optional(),
    tokenSecretArn: z.string().optional(),
  }),
])
export type ReadingStoreSettings = z.infer<typeof readingStoreSettings>

const tableNames = Object.keys(tables) as [TableName, ...TableName[]]
/** Physical table names by the name a table has everywhere. */
export const physicalTables = z.partialRecord(z.enum(tableNames), z.string())

/** Every output of the stack that a command reads; objects travel as JSON text in an output of the property's name. */
export const deploymentOutputs = z.object({
  ApiUrl: z.url(),
  /** The dashboard, the bucket its files go to and what serves them; absent when the stack serves none. */
  WebUrl: z.url().optional(),
  WebBucket: z.string().optional(),
  DistributionId: z.string().optional(),
  Tables: z.record(z.enum(tableNames), z.string()),
  /** Per queued function the queue it takes from and the one of its dead letters. */
  Queues: z.record(z.string(), z.object({ url: z.url(), deadUrl: z.url() })),
  /** What IoT rules could not deliver. */
  RuleErrorsUrl: z.url(),
  ReadingStore: readingStoreSettings,
  ArchiveBucket: z.string(),
  /** The policy that every gateway's certificate gets. */
  GatewayPolicy: z.string(),
  /** The type of every gateway's thing. */
  GatewayType: z.string(),
  /** The rule whose name gateways put in the topics of Basic Ingest. */
  IngestRule: z.string(),
})
export type DeploymentOutputs = z.infer<typeof deploymentOutputs>
