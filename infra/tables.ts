import { RemovalPolicy, type Stack } from 'aws-cdk-lib'
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import type { Key } from 'aws-cdk-lib/aws-kms'
import { encryptedTables, type KeyAttributes, tableDefinitions } from '../stores/dynamodb/definitions.ts'
import type { TableName } from '../stores/tables.ts'
import { grantTableKey, type SystemKeys } from './keys.ts'

export type SystemTables = Record<TableName, SystemTable>
export type SystemTable = { tableName: string; grant: (grantee: IGrantable, side: 'read' | 'write') => void }

/** Just what `stores/dynamodb/table.ts` calls. */
const READ = ['dynamodb:GetItem', 'dynamodb:Query']
const WRITE = [...READ, 'dynamodb:UpdateItem', 'dynamodb:DeleteItem']
const ON_INDEX = ['dynamodb:Query']

const keySchema = ({ partition, sort }: KeyAttributes) => ({
  partitionKey: { name: partition, type: AttributeType.STRING },
  sortKey: { name: sort, type: AttributeType.STRING },
})

/** Every table of the system: paid per request, restorable to any second of 35 days, kept when the stack goes. */
export const addTables = (stack: Stack, keys: SystemKeys): SystemTables => {
  const added = tableDefinitions().map(({ name, title, key, indexes }): [TableName, SystemTable] => {
    const encryptionKey = encryptionKeyOf(keys, name)
    const table = new Table(stack, `table-${title}`, {
      ...keySchema(key),
      billingMode: BillingMode.PAY_PER_REQUEST,
      ...(encryptionKey && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    for (const index of indexes) {
      table.addGlobalSecondaryIndex({ indexName: index.name, ...keySchema(index.key), projectionType: ProjectionType.ALL })
    }
    const indexArns = indexes.map((index) => `${table.tableArn}/index/${index.name}`)
    const grant: SystemTable['grant'] = (grantee, side) => {
      Grant.addToPrincipal({ grantee, actions: side === 'read' ? READ : WRITE, resourceArns: [table.tableArn] })
      if (indexArns.length > 0) Grant.addToPrincipal({ grantee, actions: ON_INDEX, resourceArns: indexArns })
      if (encryptionKey) grantTableKey(stack, encryptionKey, grantee, side)
    }
    return [name, { tableName: table.tableName, grant }]
  })
  return Object.fromEntries(added) as SystemTables
}

const encryptionKeyOf = (keys: SystemKeys, name: TableName): Key | undefined => {
  const encrypted = encryptedTables[name]
  return encrypted && keys[encrypted.key]
}

/** The name CloudFormation gives each. */
export const physicalNames = (tables: SystemTables): Record<TableName, string> =>
  Object.fromEntries(Object.entries(tables).map(([name, { tableName }]) => [name, tableName])) as Record<TableName, string>
