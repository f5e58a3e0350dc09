import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib'
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, Function as Lambda, type Code, Runtime } from 'aws-cdk-lib/aws-lambda'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler'
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { CONCURRENT_BATCHES_MAX } from '../domain/limits.ts'
import type { Entry, QueueName } from '../functions/entry.ts'
import { type FunctionName, manifest } from '../functions/manifest.ts'
import type { SystemArchive } from './archive.ts'
import type { SystemBroker } from './broker.ts'
import type { SystemHttp } from './http.ts'
import { grantQueueKey, type SystemKeys } from './keys.ts'
import { addQueue, BATCH_WINDOW_SECONDS, type WorkQueue } from './queues.ts'
import type { SystemReadings } from './readings.ts'
import type { Settings } from './settings.ts'
import type { SystemTables } from './tables.ts'

/** The loop over the manifest: per entry one function, its trigger, its grants, its limits, and nothing that is not in the list. */

export type Surroundings = {
  tables: SystemTables
  readings: SystemReadings
  archive: SystemArchive
  keys: SystemKeys
  broker: SystemBroker
  http: SystemHttp
  codeOf: (name: FunctionName) => Code
  settings: Settings
}

/** An entry without its code, which is never loaded here. */
type Declared = Omit<Entry, 'load'>
type Queues = Record<string, WorkQueue>

/** What was made, by the name in the manifest. */
export type SystemFunctions = {
  queues: Queues
  lambdas: { name: FunctionName; lambda: Lambda; logGroup: LogGroup; timeoutSeconds: number; everyMinutes?: number | undefined }[]
}

/** SQS gives at most this many to one invocation, and more than ten only after a wait. */
const BATCH_MAX = 10_000
const BATCH_WITHOUT_WINDOW_MAX = 10

/**
 * Timestream may answer without what was written "a short time" ago, and an InfluxDB promises no more: work on readings begins when
 * that is over.
 */
const LAG_SECONDS = 15

export const addFunctions = (stack: Stack, around: Surroundings): SystemFunctions => {
  const entries = Object.entries(manifest) as [FunctionName, Declared][]
  const queued = entries.filter(([, { on }]) => 'mqtt' in on || 'queue' in on)
  const queues: Queues = Object.fromEntries(
    queued.map(([name, { on, reads, timeoutSeconds }]) => {
      // What devices publish may hold anything; work names stations, villages and dates.
      const key = 'mqtt' in on ? around.keys.field : undefined
      const isLagging = around.settings.store !== 'dynamodb' && reads.includes('readings')
      return [name, addQueue(stack, name, { timeoutSeconds, key, delaySeconds: isLagging ? LAG_SECONDS : undefined })]
    }),
  )
  const lambdas: SystemFunctions['lambdas'] = []
  for (const [name, entry] of entries) {
    const { lambda, logGroup } = addLambda(stack, name, entry, queues, around)
    grantStores(lambda, entry, around)
    for (const target of entry.sends) grantSend(queueOf(queues, target), lambda)
    addTrigger(stack, name, entry, lambda, queues, around)
    const everyMinutes = 'everyMinutes' in entry.on ? entry.on.everyMinutes : undefined
    lambdas.push({ name, lambda, logGroup, timeoutSeconds: entry.timeoutSeconds, everyMinutes })
  }
  return { queues, lambdas }
}

const queueOf = (queues: Queues, name: string): Queue => {
  const queue = queues[name]
  if (!queue) throw new Error(`${name} has no queue`)
  return queue.work
}

const grantSend = (queue: Queue, lambda: Lambda): void => {
  queue.grant(lambda, 'sqs:SendMessage')
  if (queue.encryptionMasterKey) grantQueueKey(queue.encryptionMasterKey, lambda)
}

const addLambda = (stack: Stack, name: FunctionName, entry: Declared, queues: Queues, around: Surroundings) => {
  const logGroup = new LogGroup(stack, `log-${name}`, {
    retention: around.settings.logRetentionDays,
    removalPolicy: RemovalPolicy.RETAIN,
  })
  const role = new Role(stack, `role-${name}`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
  logGroup.grantWrite(role)
  const lambda = new Lambda(stack, name, {
    runtime: Runtime.NODEJS_24_X,
    architecture: around.settings.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
    code: around.codeOf(name),
    handler: 'index.handler',
    timeout: Duration.seconds(entry.timeoutSeconds),
    memorySize: entry.memoryMb,
    environment: environmentOf(stack, name, entry, queues, around),
    logGroup,
    role,
  })
  return { lambda, logGroup }
}

/** What `functions/edge/aws-deps.ts` reads: the names of what the entry grants, and of nothing else. */
const environmentOf = (stack: Stack, name: string, { reads, writes, sends }: Declared, queues: Queues, around: Surroundings) => {
  const stores = [...reads, ...writes]
  const tableNames = stores
    .filter((store) => store !== 'readings' && store !== 'archive')
    .map((store) => [store, around.tables[store].tableName])
  const queueUrls = sends.map((target: QueueName) => [target, queueOf(queues, target).queueUrl])
  return {
    FUNCTION: name,
    TABLES: stack.toJsonString(Object.fromEntries(tableNames)),
    QUEUES: stack.toJsonString(Object.fromEntries(queueUrls)),
    ...(stores.includes('readings') && { READING_STORE: stack.toJsonString(around.readings.settings) }),
    ...(stores.includes('archive') && { ARCHIVE: around.archive.bucketName }),
    NODE_OPTIONS: '--enable-source-maps',
  }
}

const grantStores = (lambda: Lambda, { reads, writes }: Declared, { tables, readings, archive }: Surroundings): void => {
  for (const [side, stores] of [
    ['read', reads],
    ['write', writes],
  ] as const) {
    for (const store of stores) {
      if (store === 'readings') readings.grant(lambda, side)
      else if (store === 'archive') archive.grant(lambda, side)
      else tables[store].grant(lambda, side)
    }
  }
}

const addTrigger = (stack: Stack, name: string, entry: Declared, lambda: Lambda, queues: Queues, around: Surroundings): void => {
  const { on } = entry
  if ('mqtt' in on) {
    around.broker.deliver(name, on.mqtt, queueOf(queues, name))
    return takeFrom(lambda, queueOf(queues, name), on.batch)
  }
  if ('queue' in on) return takeFrom(lambda, queueOf(queues, name), on.queue.batch)
  if ('everyMinutes' in on) return runEvery(stack, name, lambda, on.everyMinutes)
  if ('http' in on) return around.http.route(name, on.http, lambda)
  on satisfies never
}

const takeFrom = (lambda: Lambda, queue: Queue, batch: number): void =>
  lambda.addEventSource(
    new SqsEventSource(queue, {
      batchSize: Math.min(batch, BATCH_MAX),
      ...(batch > BATCH_WITHOUT_WINDOW_MAX && { maxBatchingWindow: Duration.seconds(BATCH_WINDOW_SECONDS) }),
      maxConcurrency: CONCURRENT_BATCHES_MAX,
      reportBatchItemFailures: true,
    }),
  )

/** A run that fails or is skipped is not repeated: the next asks the same question. */
const runEvery = (stack: Stack, name: string, lambda: Lambda, minutes: number): void => {
  const patience = Duration.minutes(minutes)
  lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: patience })
  new Schedule(stack, `schedule-${name}`, {
    schedule: ScheduleExpression.rate(patience),
    target: new LambdaInvoke(lambda, {
      role: invokerOf(stack, name, lambda).withoutPolicyUpdates(),
      input: ScheduleTargetInput.fromObject({ time: ContextAttribute.scheduledTime }),
      retryAttempts: 0,
      maxEventAge: patience,
    }),
  })
}

/** May start this one function as it is, where CDK's own role may start its versions too. */
const invokerOf = (stack: Stack, name: string, lambda: Lambda): Role => {
  const conditions = { StringEquals: { 'aws:SourceAccount': stack.account } }
  const role = new Role(stack, `schedule-role-${name}`, {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions }),
  })
  Grant.addToPrincipal({ grantee: role, actions: ['lambda:InvokeFunction'], resourceArns: [lambda.functionArn] })
  return role
}
