import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { type KeyAttributes, tableDefinitions } from '../../stores/dynamodb/definitions.ts'
import { READINGS_KEY } from '../../stores/dynamodb/readings-definition.ts'

/** dynalite in this process, on a free port of the loopback: DynamoDB's API without an account. */
export type DynamoServer = { endpoint: string; client: DynamoDBClient; close: () => Promise<void> }

export const startDynamo = async (): Promise<DynamoServer> => {
  const server: Server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = aClient(endpoint)
  const close = async (): Promise<void> => {
    client.destroy()
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  return { endpoint, client, close }
}

/** dynalite wants a signature and does not check it: making none saves a third of the time. */
const AUTHORIZATION = 'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=none'

export const aClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    signer: {
      sign: async (request) => {
        Object.assign(request.headers, { authorization: AUTHORIZATION, 'x-amz-date': '20260101T000000Z' })
        return request
      },
    },
  })

type Creatable = { key: KeyAttributes; indexes: { name: string; key: KeyAttributes }[] }

const keySchema = ({ partition, sort }: KeyAttributes) => [
  { AttributeName: partition, KeyType: 'HASH' as const },
  { AttributeName: sort, KeyType: 'RANGE' as const },
]

/** Creates one table as `infra/` would. */
export const createTable = async (client: DynamoDBClient, tableName: string, { key, indexes }: Creatable): Promise<void> => {
  const attributes = [key, ...indexes.map((index) => index.key)].flatMap(({ partition, sort }) => [partition, sort])
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keySchema(key),
      AttributeDefinitions: attributes.map((name) => ({ AttributeName: name, AttributeType: 'S' })),
      ...(indexes.length > 0 && {
        GlobalSecondaryIndexes: indexes.map((index) => ({
          IndexName: index.name,
          KeySchema: keySchema(index.key),
          Projection: { ProjectionType: 'ALL' },
        })),
      }),
    }),
  )
}

/** Creates every table of the system, each under its title behind a prefix. */
export const createTables = async (client: DynamoDBClient, prefix: string): Promise<void> => {
  for (const definition of tableDefinitions()) await createTable(client, `${prefix}${definition.title}`, definition)
}

/** Creates a table of readings. Nothing expires in it: dynalite knows no time to live. */
export const createReadingsTable = (client: DynamoDBClient, tableName: string): Promise<void> =>
  createTable(client, tableName, { key: READINGS_KEY, indexes: [] })
