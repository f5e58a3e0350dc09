import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Function as Lambda, type Architecture, type Code, Runtime } from 'aws-cdk-lib/aws-lambda'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler'
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { RECEIVES_MAX } from '../domain/limits.ts'
import type { Entry, QueueName } from '../functions/entry.ts'
import { type FunctionName, manifest } from '../functions/manifest.ts'
import type { SystemBroker } from './broker.ts'
import type { SystemHttp } from './http.ts'
import type { SystemReadings } from './readings.ts'
import { grantTable, type SystemTables } from './tables.ts'

/** The loop over the manifest: per entry one function, its trigger, its grants, its limits, and nothing that is not in the list. */

export type Surroundings = {
  tables: SystemTables
  readings: SystemReadings
  broker: SystemBroker
  http: SystemHttp
  codeOf: (name: FunctionName) => Code
  architecture: Architecture
}

/** An entry without its code, which is never loaded here. */
type Declared = Omit<Entry, 'load'>
type Queues = Record<string, Queue>

/** AWS advises six times the function's timeout and the batch window, so that a throttled batch does not come twice. */
const VISIBILITY_TIMEOUTS = 6
/** SQS gives at most this many to one invocation, and more than ten only after a wait. */
const BATCH_MAX = 10_000
const BATCH_WITHOUT_WINDOW_MAX = 10
const BATCH_WINDOW_SECONDS = 5
/** Keeps the rest of the account's concurrency free; what has to wait, waits in the queue. */
const CONCURRENT_BATCHES_MAX = 10
const SOURCE_RETENTION = Duration.days(4)
/** A message keeps the date it was first queued, so the dead letters stay longer than the queue before them. */
const DEAD_LETTER_RETENTION = Duration.days(14)

export const addFunctions = (stack: Stack, around: Surroundings): void => {
  const entries = Object.entries(manifest) as [FunctionName, Declared][]
  const queued = entries.filter(([, { on }]) => 'mqtt' in on || 'queue' in on)
  const queues: Queues = Object.fromEntries(queued.map(([name, entry]) => [name, addQueue(stack, name, entry)]))
  for (const [name, entry] of entries) {
    const lambda = addLambda(stack, name, entry, queues, around)
    grantStores(lambda, entry, around)
    for (const target of entry.sends) queueOf(queues, target).grant(lambda, 'sqs:SendMessage')
    addTrigger(stack, name, entry, lambda, queues, around)
  }
}

const addQueue = (stack: Stack, name: string, { timeoutSeconds }: Declared): Queue =>
  new Queue(stack, `queue-${name}`, {
    visibilityTimeout: Duration.seconds(VISIBILITY_TIMEOUTS * timeoutSeconds + BATCH_WINDOW_SECONDS),
    retentionPeriod: SOURCE_RETENTION,
    enforceSSL: true,
    deadLetterQueue: {
      maxReceiveCount: RECEIVES_MAX,
      queue: new Queue(stack, `dead-${name}`, { retentionPeriod: DEAD_LETTER_RETENTION, enforceSSL: true }),
    },
  })

const queueOf = (queues: Queues, name: string): Queue => {
  const queue = queues[name]
  if (!queue) throw new Error(`${name} has no queue`)
  return queue
}

const addLambda = (stack: Stack, name: FunctionName, entry: Declared, queues: Queues, around: Surroundings): Lambda => {
  const logGroup = new LogGroup(stack, `log-${name}`, {
    retention: RetentionDays.SIX_MONTHS,
    removalPolicy: RemovalPolicy.RETAIN,
  })
  const role = new Role(stack, `role-${name}`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
  logGroup.grantWrite(role)
  return new Lambda(stack, name, {
    runtime: Runtime.NODEJS_24_X,
    architecture: around.architecture,
    code: around.codeOf(name),
    handler: 'index.handler',
    timeout: Duration.seconds(entry.timeoutSeconds),
    memorySize: entry.memoryMb,
    environment: environmentOf(stack, name, entry, queues, around),
    logGroup,
    role,
  })
}

/** What `functions/edge/aws-deps.ts` reads: the names of what the entry grants, and of nothing else. */
const environmentOf = (stack: Stack, name: string, { reads, writes, sends }: Declared, queues: Queues, around: Surroundings) => {
  const stores = [...reads, ...writes]
  const tableNames = stores.filter((store) => store !== 'readings').map((store) => [store, around.tables[store].tableName])
  const queueUrls = sends.map((target: QueueName) => [target, queueOf(queues, target).queueUrl])
  return {
    FUNCTION: name,
    TABLES: stack.toJsonString(Object.fromEntries(tableNames)),
    QUEUES: stack.toJsonString(Object.fromEntries(queueUrls)),
    ...(stores.includes('readings') && { READING_STORE: stack.toJsonString(around.readings.environment) }),
    NODE_OPTIONS: '--enable-source-maps',
  }
}

const grantStores = (lambda: Lambda, { reads, writes }: Declared, { tables, readings }: Surroundings): void => {
  for (const [side, stores] of [
    ['read', reads],
    ['write', writes],
  ] as const) {
    for (const store of stores) {
      if (store === 'readings') readings.grant(lambda, side)
      else grantTable(tables[store], lambda, side)
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
      input: ScheduleTargetInput.fromObject({ time: ContextAttribute.scheduledTime }),
      retryAttempts: 0,
      maxEventAge: patience,
    }),
  })
}
