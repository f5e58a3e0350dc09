import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import * as z from 'zod'
import { openReadings } from '../functions/edge/aws-readings.ts'
import { type DeploymentOutputs, deploymentOutputs } from '../stores/deployment.ts'
import { openDynamoTables } from '../stores/dynamodb/table.ts'
import type { ReadingStore } from '../stores/readings.ts'
import { type TableName, type TableOf, tables } from '../stores/tables.ts'
import { DeploymentError } from './complaint.ts'

/**
 * A deployment, found by the name of its stack and opened from outside with the operator's own credentials. Region and profile come
 * from the environment, as `cloud/commands.ts` sets it, so that every client of the SDK takes the same ones.
 */
export type Deployment = {
  stackName: string
  outputs: DeploymentOutputs
  tables: { [Each in TableName]: TableOf<Each> }
  /** Opens the time series; the adapter is loaded now. */
  openReadings: () => Promise<ReadingStore>
}

/** Why a stack cannot be worked on, by its status. While one is updated, what was there before still runs. */
const USELESS: readonly [statuses: RegExp, why: string][] = [
  [/^(CREATE_IN_PROGRESS|REVIEW_IN_PROGRESS)$/, 'is not there yet: wait until it is deployed'],
  [/^(CREATE_FAILED|ROLLBACK_)/, 'was never whole, its creation was rolled back: see its events, delete it and deploy again'],
  [/^DELETE_/, 'is being deleted, or was'],
]

/** Finds the deployment. Throws DeploymentError when there is none that can be worked on. */
export const openDeployment = async (stackName: string): Promise<Deployment> => {
  const outputs = await outputsOf(stackName)
  const names = Object.keys(tables) as TableName[]
  return {
    stackName,
    outputs,
    tables: openDynamoTables({ client: new DynamoDBClient(), names, tableName: (name) => outputs.Tables[name] }),
    openReadings: () => openReadings(outputs.ReadingStore, process.env.TIMESTREAM_ENDPOINT),
  }
}

/** The stack as CloudFormation knows it; undefined when there is none of that name in this account and region. */
export const findStack = async (stackName: string, client = new CloudFormationClient()): Promise<Stack | undefined> => {
  try {
    return (await client.send(new DescribeStacksCommand({ StackName: stackName }))).Stacks?.[0]
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist')) return undefined
    throw error
  }
}

const outputsOf = async (stackName: string): Promise<DeploymentOutputs> => {
  const client = new CloudFormationClient()
  const stack = await findStack(stackName, client)
  const region = await client.config.region()
  if (!stack) throw new DeploymentError(`there is no stack "${stackName}" in ${region}: is that the region and the account?`)
  const status = stack.StackStatus ?? ''
  const why = USELESS.find(([statuses]) => statuses.test(status))?.[1]
  if (why !== undefined) throw new DeploymentError(`the stack "${stackName}" in ${region} ${why} (${status})`)
  return parseOutputs(stack)
}

const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue('no JSON')
    return z.NEVER
  }
})
/** Objects travel as JSON text. */
const textOutputs = z.looseObject({ Tables: jsonText, Queues: jsonText, ReadingStore: jsonText }).pipe(deploymentOutputs)

/** The outputs of a stack. Throws DeploymentError when an earlier version of the platform, or something else, wrote them. */
export const parseOutputs = ({ StackName, Outputs = [] }: Pick<Stack, 'StackName' | 'Outputs'>): DeploymentOutputs => {
  const parsed = textOutputs.safeParse(Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])))
  if (parsed.success) return parsed.data
  const wrong = [...new Set(parsed.error.issues.map(({ path }) => String(path[0] ?? '')))].join(', ')
  throw new DeploymentError(
    `the stack "${StackName}" is of another version of the platform (outputs ${wrong}): deploy this one first`,
  )
}
