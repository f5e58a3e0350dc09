import { MetricUnit, Metrics } from '@aws-lambda-powertools/metrics'
import pino from 'pino'
import * as z from 'zod'
import { physicalTables, readingStoreSettings } from '../../stores/deployment.ts'
import { type TableName, tables } from '../../stores/tables.ts'
import { type Ambient, type CountName, COUNTS, type Queue } from '../entry.ts'
import type { Archive } from '../../stores/archive.ts'
import { openReadings } from './aws-readings.ts'

/** What a Lambda is given: the stores its environment names, and its clock, log and counters. */

const jsonOf = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema)

const tableNames = Object.keys(tables) as TableName[]

/**
 * What `infra/functions.ts` writes into the environment of each function: only what its manifest entry grants. The SDK itself
 * reads `AWS_ENDPOINT_URL_DYNAMODB`, `_S3` and `_SQS`; given Timestream's that way it would go looking for another.
 */
const Environment = z.object({
  FUNCTION: z.string().min(1),
  TABLES: jsonOf(physicalTables).default({}),
  ARCHIVE: z.string().min(1).optional(),
  QUEUES: jsonOf(z.record(z.string(), z.url())).default({}),
  READING_STORE: jsonOf(readingStoreSettings).optional(),
  TIMESTREAM_ENDPOINT: z.url().optional(),
})
type Environment = z.infer<typeof Environment>

/**
 * What is counted together, noughts too: what never came to be has no metric, and an alarm cannot reckon with it. Here it is the
 * queue that buries a message.
 */
const FATES = COUNTS.filter((name) => name !== 'dead_lettered')

/**
 * `nameRequest` puts the id of an invocation on every log line until the next; `publishCounts` writes out what was counted since
 * the last time. Throws when the environment is not as deployed.
 */
export const openDeps = async (env: NodeJS.ProcessEnv) => {
  const environment = Environment.parse(env)
  const { READING_STORE } = environment
  const metrics = new Metrics({ namespace: 'Yangguang', serviceName: environment.FUNCTION })
  const counted = new Set<CountName>()
  let requestId: string | undefined
  const ambient: Ambient = {
    now: () => Date.now(),
    log: pino({ base: { function: environment.FUNCTION }, mixin: () => ({ requestId }) }),
    count: (name, by) => {
      counted.add(name)
      metrics.addMetric(name, MetricUnit.Count, by)
    },
  }
  const [openedTables, readings, archive, queues] = await Promise.all([
    openTables(environment),
    READING_STORE && openReadings(READING_STORE, environment.TIMESTREAM_ENDPOINT),
    openArchive(environment),
    openQueues(environment),
  ])
  const deps = { ...ambient, ...openedTables, ...(readings && { readings }), ...(archive && { archive }), queues }
  const nameRequest = (id: string): void => {
    requestId = id
  }
  const publishCounts = (): void => {
    if (counted.size === 0) return
    for (const name of FATES) if (!counted.has(name)) metrics.addMetric(name, MetricUnit.Count, 0)
    counted.clear()
    metrics.publishStoredMetrics()
  }
  return { deps, nameRequest, publishCounts }
}

const openTables = async ({ TABLES }: Environment): Promise<object> => {
  const names = tableNames.filter((name) => TABLES[name] !== undefined)
  if (names.length === 0) return {}
  const [{ DynamoDBClient }, { openDynamoTables }] = await Promise.all([
    import('@aws-sdk/client-dynamodb'),
    import('../../stores/dynamodb/table.ts'),
  ])
  return openDynamoTables({ client: new DynamoDBClient(), names, tableName: (name) => TABLES[name] ?? name })
}

const openArchive = async ({ ARCHIVE }: Environment): Promise<Archive | undefined> => {
  if (ARCHIVE === undefined) return undefined
  const [{ S3Client }, { openS3Archive }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('../../stores/s3/archive.ts'),
  ])
  return openS3Archive({ client: new S3Client(), bucket: ARCHIVE })
}

const openQueues = async ({ QUEUES }: Environment): Promise<Record<string, Queue>> => {
  if (Object.keys(QUEUES).length === 0) return {}
  const [{ SQSClient }, { sqsQueue }] = await Promise.all([import('@aws-sdk/client-sqs'), import('./aws-queue.ts')])
  const client = new SQSClient()
  return Object.fromEntries(Object.entries(QUEUES).map(([name, url]) => [name, sqsQueue(client, url)]))
}
