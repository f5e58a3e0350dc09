import { RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib'
import { type IGrantable, Grant } from 'aws-cdk-lib/aws-iam'
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-timestream'

/** What a function must know to open the reading store, as `functions/edge/aws-deps.ts` reads it. */
export type SystemReadings = {
  environment: object
  grant: (grantee: IGrantable, side: 'read' | 'write') => void
}

/**
 * How long a gateway may have been cut off. What is older is dead-lettered and can be sent again after this is raised: writing it
 * into the magnetic store directly would hide it for hours and drop a conflicting reading without a word.
 */
const MEMORY_HOURS = '168'
const MAGNETIC_DAYS = '73000'

/** The time series in Timestream for LiveAnalytics: for accounts that have it. */
export const addReadings = (stack: Stack): SystemReadings => {
  const database = new CfnDatabase(stack, 'readings-database')
  const table = new CfnTable(stack, 'readings', {
    databaseName: database.ref,
    retentionProperties: { MemoryStoreRetentionPeriodInHours: MEMORY_HOURS, MagneticStoreRetentionPeriodInDays: MAGNETIC_DAYS },
    magneticStoreWriteProperties: { EnableMagneticStoreWrites: false },
  })
  for (const resource of [database, table]) {
    resource.applyRemovalPolicy(RemovalPolicy.RETAIN)
    Validations.of(resource).acknowledge({
      id: 'CloudFormation-Validate::W3697',
      reason: 'Closed to new customers since June 2025: only accounts that have it choose it.',
    })
  }
  const grant: SystemReadings['grant'] = (grantee, side) => {
    const actions = side === 'read' ? ['timestream:Select'] : ['timestream:Select', 'timestream:WriteRecords']
    Grant.addToPrincipal({ grantee, actions, resourceArns: [table.attrArn] })
    // Asks where the service is; AWS grants it for no single resource.
    Grant.addToPrincipal({ grantee, actions: ['timestream:DescribeEndpoints'], resourceArns: ['*'] })
  }
  return {
    environment: {
      kind: 'timestream',
      databaseName: database.ref,
      tableName: table.attrName,
      lateTableName: 'late-readings',
      retentionDays: 1_100,
    },
    grant,
  }
}
