import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { DescribeEndpointsCommand, ListDatabasesCommand, TimestreamWriteClient } from '@aws-sdk/client-timestream-write'
import { complaintOfAws } from '../cloud/complaint.ts'
import { findStack } from '../cloud/deployment.ts'
import type { Asked, Facts } from './preflight.ts'
import type { Settings } from './settings.ts'

/** Finds out what the preflight judges, with the operator's own credentials. Reads, and changes nothing. */

/** Where `cdk bootstrap` puts its own things. */
const BOOTSTRAP_STACK = 'CDKToolkit'
const PING_WITHIN_MS = 5_000

export const gatherFacts = async (
  stackName: string,
  settings: Settings & { region: string },
  consents: Facts['consents'],
): Promise<Facts> => {
  const identity = await asked(askIdentity)
  if ('problem' in identity) return { settings, identity, consents }
  const [bootstrap, stack, store] = await Promise.all([
    asked(askBootstrap),
    asked(async () => askStack(stackName)),
    askStore(settings),
  ])
  return { settings, identity, bootstrap, stack, ...store, consents }
}

/** What an operator can mend is a finding; all else is a bug and thrown. */
const asked = async <Fact>(ask: () => Promise<Fact>): Promise<Asked<Fact>> => {
  try {
    return { is: await ask() }
  } catch (error) {
    const problem = complaintOfAws(error)
    if (problem === undefined) throw error
    return { problem }
  }
}

const askIdentity = async () => {
  const { Account = '', Arn = '' } = await new STSClient().send(new GetCallerIdentityCommand({}))
  return { account: Account, partition: Arn.split(':')[1] ?? '' }
}

const askBootstrap = async () => {
  const stack = await findStack(BOOTSTRAP_STACK)
  const version = Number(stack?.Outputs?.find(({ OutputKey }) => OutputKey === 'BootstrapVersion')?.OutputValue)
  return Number.isInteger(version) ? { version } : undefined
}

const askStack = async (stackName: string) => {
  const stack = await findStack(stackName)
  if (!stack) return undefined
  const store = kindIn(stack.Outputs?.find(({ OutputKey }) => OutputKey === 'ReadingStore')?.OutputValue)
  return { status: stack.StackStatus ?? 'unknown', ...(store !== undefined && { store }) }
}

const kindIn = (text: string | undefined): string | undefined => {
  const [, kind] = /"kind":"(\w+)"/.exec(text ?? '') ?? []
  return kind
}

const askStore = async ({ store, partition, influxUrl, influxTokenSecretArn }: Settings): Promise<Partial<Facts>> => {
  switch (store) {
    case 'dynamodb':
      return {}
    case 'timestream':
      return partition === 'aws-cn' ? {} : { liveAnalytics: await asked(askLiveAnalytics) }
    case 'influxdb':
      return {
        ...(influxUrl !== undefined && { influx: await ping(influxUrl) }),
        ...(influxTokenSecretArn !== undefined && { tokenSecret: await askSecret(influxTokenSecretArn) }),
      }
    default:
      return store satisfies never
  }
}

/** An account that has none is denied by the first call, a region without it has no such address. */
const askLiveAnalytics = async (): Promise<true> => {
  const client = new TimestreamWriteClient({
    ...(process.env.TIMESTREAM_ENDPOINT && { endpoint: process.env.TIMESTREAM_ENDPOINT }),
  })
  await client.send(new DescribeEndpointsCommand({}))
  await client.send(new ListDatabasesCommand({ MaxResults: 1 }))
  return true
}

const askSecret = async (secretArn: string): Promise<Asked<true>> =>
  asked(async () => {
    await new SecretsManagerClient().send(new DescribeSecretCommand({ SecretId: secretArn }))
    return true as const
  }).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return { problem: 'there is none of this ARN' }
    throw error
  })

/** Every InfluxDB answers `/ping` without credentials; a certificate that is not valid counts as no answer. */
const ping = async (influxUrl: string): Promise<Asked<true>> => {
  const url = `${influxUrl.replace(/\/$/, '')}/ping`
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PING_WITHIN_MS) })
    return response.ok ? { is: true } : { problem: `answers ${response.status} at ${url}` }
  } catch (error) {
    const cause: unknown = error instanceof Error ? error.cause : undefined
    const why = cause instanceof Error ? cause.message : String(error)
    return { problem: `does not answer at ${url} (${why})` }
  }
}
