import { RemovalPolicy, type Stack } from 'aws-cdk-lib'
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import { type KeyAttributes, tableDefinitions } from '../stores/dynamodb/definitions.ts'
import type { TableName } from '../stores/tables.ts'

export type SystemTables = Record<TableName, Table>

const READ = ['dynamodb:GetItem', 'dynamodb:Query']
const WRITE = [...READ, 'dynamodb:UpdateItem', 'dynamodb:DeleteItem']

const keySchema = ({ partition, sort }: KeyAttributes) => ({
  partitionKey: { name: partition, type: AttributeType.STRING },
  sortKey: { name: sort, type: AttributeType.STRING },
})

/** Every table of the system: paid per request, restorable to any second of 35 days, kept when the stack goes. */
export const addTables = (stack: Stack): SystemTables => {
  const added = tableDefinitions().map(({ name, title, key, indexes }) => {
    const table = new Table(stack, `table-${title}`, {
      ...keySchema(key),
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    for (const index of indexes) {
      table.addGlobalSecondaryIndex({ indexName: index.name, ...keySchema(index.key), projectionType: ProjectionType.ALL })
    }
    return [name, table]
  })
  return Object.fromEntries(added) as SystemTables
}

/** The name CloudFormation gives each. */
export const physicalNames = (tables: SystemTables): Record<TableName, string> =>
  Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, table.tableName])) as Record<TableName, string>

/** Just what the adapter calls, on the table and its indexes. */
export const grantTable = (table: Table, grantee: IGrantable, side: 'read' | 'write'): void => {
  table.grant(grantee, ...(side === 'read' ? READ : WRITE))
}
