import { TimestreamQueryClient } from '@aws-sdk/client-timestream-query'
import { TimestreamWriteClient } from '@aws-sdk/client-timestream-write'
import { type ReadingStoreSettings, readingStoreSettings } from '../../stores/deployment.ts'
import { openDynamoReadings } from '../../stores/dynamodb/reading-store.ts'
import { openInfluxReadings } from '../../stores/influxdb/reading-store.ts'
import { withLateReadings } from '../../stores/late-readings.ts'
import type { ReadingStore } from '../../stores/readings.ts'
import { openTimestreamReadingStore } from '../../stores/timestream/reading-store.ts'
import type { DynamoServer } from '../stores/dynamodb-server.ts'
import { hasInflux, manage, startInflux } from '../stores/influx-server.ts'
import { startTimestreamEndpoint } from '../stores/timestream-endpoint.ts'
import type { Asked } from './failing-endpoint.ts'

/** What stands in for the time series of a deployment: one of each kind that can be had here. */
export type ReadingsStandIn = {
  /** The readings as they are stored, read from outside. */
  store: ReadingStore
  url: string
  /** What of the environment leads a function to it at its own or another address. */
  environmentAt: (url: string) => Record<string, string>
  /** Whether a request is one that writes readings. */
  isWrite: (request: Asked) => boolean
  close: () => Promise<void>
}

export type StoreKind = ReadingStoreSettings['kind']

/** Without an InfluxDB on this machine there is no test of it, and the log says so. */
export const storesHere: StoreKind[] = ['dynamodb', 'timestream', ...(hasInflux ? ['influxdb' as const] : [])]

/**
 * What the operator chooses. Where InfluxDB really is, the environment says: no template names a server without https. Of
 * Timestream's memory store it may be said how long it keeps what it takes.
 */
export const settingsFor = (store: StoreKind, memoryHours?: number): Record<string, string> => ({
  store,
  ...(store === 'timestream' && memoryHours !== undefined && { memoryHours: String(memoryHours) }),
  ...(store === 'influxdb' && { influxUrl: 'https://influx.example.com:8086', influxDatabase: 'pv' }),
})

type Around = { settings: unknown; dynamo: DynamoServer; now: () => number; memoryHours: number }

const LOCAL = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }

export const startReadings = async (around: Around): Promise<ReadingsStandIn> => {
  const settings = readingStoreSettings.parse(around.settings)
  switch (settings.kind) {
    case 'dynamodb':
      return onDynamo(settings.tableName, around)
    case 'timestream':
      return onTimestream(settings, around)
    case 'influxdb':
      return onInflux(settings)
    default:
      return settings satisfies never
  }
}

/** Nothing here expires: the stand-in knows no time to live. */
const RETENTION_DAYS = 1_100

const onDynamo = (tableName: string, { dynamo }: Around): ReadingsStandIn => ({
  store: openDynamoReadings({ client: dynamo.client, tableName, retentionDays: RETENTION_DAYS }),
  url: dynamo.endpoint,
  environmentAt: (url) => ({ AWS_ENDPOINT_URL_DYNAMODB: url }),
  isWrite: ({ target, body }) => /\.(PutItem|UpdateItem|BatchWriteItem)$/.test(target) && body.includes(`"${tableName}"`),
  close: async () => undefined,
})

const onTimestream = async (
  { databaseName: database, tableName: table, lateTableName }: Extract<ReadingStoreSettings, { kind: 'timestream' }>,
  { dynamo, now, memoryHours }: Around,
): Promise<ReadingsStandIn> => {
  const { url, close } = await startTimestreamEndpoint({ database, table, now, memoryHours })
  const clients = {
    write: new TimestreamWriteClient({ ...LOCAL, endpoint: url }),
    query: new TimestreamQueryClient({ ...LOCAL, endpoint: url }),
  }
  return {
    store: withLateReadings(
      openTimestreamReadingStore({ ...clients, database, table }),
      openDynamoReadings({ client: dynamo.client, tableName: lateTableName, retentionDays: RETENTION_DAYS }),
    ),
    url,
    environmentAt: (at) => ({ TIMESTREAM_ENDPOINT: at }),
    isWrite: ({ target }) => target.endsWith('.WriteRecords'),
    close,
  }
}

const onInflux = async (settings: { database: string }): Promise<ReadingsStandIn> => {
  const server = await startInflux()
  const { url } = server
  await manage({ url }, `CREATE DATABASE "${settings.database}"`)
  const store = openInfluxReadings({ url, database: settings.database })
  return {
    store,
    url,
    environmentAt: (at) => ({ READING_STORE: JSON.stringify({ ...settings, url: at }) }),
    isWrite: ({ path }) => path.includes('/write'),
    close: async () => {
      store.close()
      await server.close()
    },
  }
}
