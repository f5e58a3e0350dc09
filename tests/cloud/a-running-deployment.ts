import { SQSClient } from '@aws-sdk/client-sqs'
import { create as createQuarantine } from '../../functions/api-quarantine.ts'
import { create as createRegistry } from '../../functions/api-registry.ts'
import { create as createSession } from '../../functions/api-session.ts'
import { sqsQueue } from '../../functions/edge/aws-queue.ts'
import { listen } from '../../local/http.ts'
import type { DeploymentOutputs } from '../../stores/deployment.ts'
import { openDynamoTables } from '../../stores/dynamodb/table.ts'
import { type TableName, type TableOf, tables } from '../../stores/tables.ts'
import { quietLog } from '../running.ts'
import { createReadingsTable, createTables, startDynamo } from '../stores/dynamodb-server.ts'
import { outputTexts, someOutputs } from './a-deployment.ts'
import { describedStack, type Answer, type Call, Failure, type SimulatedAws, startSimulatedAws } from './simulated-aws.ts'

/**
 * A deployment as the operator's commands meet it: tables in dynalite, the real functions of its API behind HTTP, and a simulated
 * control plane that describes the stack and answers the rest as the test says.
 */
export type RunningDeployment = {
  tables: { [Each in TableName]: TableOf<Each> }
  outputs: DeploymentOutputs
  aws: SimulatedAws
  /** What a process of its own needs to find all this. */
  environment: Record<string, string>
  close: () => Promise<void>
}

const PREFIX = 'yangguang-'

export const startDeployment = async (
  answer: (call: Call) => Answer | undefined = () => undefined,
  over: Partial<DeploymentOutputs> = {},
  environment: Record<string, string> = {},
): Promise<RunningDeployment> => {
  const dynamo = await startDynamo()
  await createTables(dynamo.client, PREFIX)
  await createReadingsTable(dynamo.client, `${PREFIX}readings`)
  const names = Object.keys(tables) as TableName[]
  const opened = openDynamoTables({ client: dynamo.client, names, tableName: (name) => `${PREFIX}${tables[name].name}` })
  const describe = (): string => describedStack({ name: 'yangguang', outputs: outputTexts(outputs) })
  const aws = await startSimulatedAws(
    (call) => answer(call) ?? (call.name === 'DescribeStacks' ? describe() : new Failure(400, 'NotSimulated', call.name)),
    { AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint, ...environment },
  )
  const queueUrl = (name: string): string => `${aws.endpoint}/000000000000/${name}`
  const api = await serveApi(opened, queueUrl('work-ingest-readings'))
  const outputs = someOutputs({
    ApiUrl: api.url,
    Queues: {
      'ingest-readings': { url: queueUrl('work-ingest-readings'), deadUrl: queueUrl('dead-ingest-readings') },
      'settle-station': { url: queueUrl('work-settle-station'), deadUrl: queueUrl('dead-settle-station') },
    },
    RuleErrorsUrl: queueUrl('errors'),
    ...over,
  })
  return {
    tables: opened,
    outputs,
    aws,
    environment: aws.environment,
    close: async () => {
      await aws.close()
      await api.close()
      await dynamo.close()
    },
  }
}

const serveApi = async (opened: RunningDeployment['tables'], ingestUrl: string) => {
  const quiet = { send: async () => {} }
  const queues = { 'settle-station': quiet, 'settle-village': quiet, 'ingest-readings': sqsQueue(new SQSClient(), ingestUrl) }
  const deps = { now: () => Date.now(), log: quietLog, count: () => {}, ...opened, queues }
  const answers = Object.entries({
    '/api/session': createSession(deps),
    '/api/registry': createRegistry(deps),
    '/api/quarantine': createQuarantine(deps),
  })
  const notFound = async () => new Response('no such path', { status: 404 })
  const fetch = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url)
    return (answers.find(([path]) => pathname.startsWith(path))?.[1] ?? notFound)(request)
  }
  return listen({ fetch }, 0)
}
