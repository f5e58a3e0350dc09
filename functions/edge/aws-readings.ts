import type { ReadingStoreSettings } from '../../stores/deployment.ts'
import type { ReadingStore } from '../../stores/readings.ts'

/** Opens the time series a deployment has. An adapter is loaded when it is the one. */
export const openReadings = async (settings: ReadingStoreSettings, endpoint?: string): Promise<ReadingStore> => {
  switch (settings.kind) {
    case 'timestream': {
      const [{ openTimestream }, { DynamoDBClient }, { openDynamoReadings }, { withLateReadings }] = await Promise.all([
        import('../../stores/timestream/reading-store.ts'),
        import('@aws-sdk/client-dynamodb'),
        import('../../stores/dynamodb/reading-store.ts'),
        import('../../stores/late-readings.ts'),
      ])
      const { databaseName, tableName, lateTableName, retentionDays } = settings
      const main = openTimestream({ databaseName, tableName, ...(endpoint && { endpoint }) })
      return withLateReadings(main, openDynamoReadings({ client: new DynamoDBClient(), tableName: lateTableName, retentionDays }))
    }
    case 'dynamodb': {
      const [{ DynamoDBClient }, { openDynamoReadings }] = await Promise.all([
        import('@aws-sdk/client-dynamodb'),
        import('../../stores/dynamodb/reading-store.ts'),
      ])
      const { tableName, retentionDays } = settings
      return openDynamoReadings({ client: new DynamoDBClient(), tableName, retentionDays })
    }
    case 'influxdb': {
      const [{ openInfluxReadings }, { influxCredentials }] = await Promise.all([
        import('../../stores/influxdb/reading-store.ts'),
        import('./aws-influx.ts'),
      ])
      const { tokenSecretArn, ...place } = settings
      return openInfluxReadings({ ...place, ...(tokenSecretArn && { credentials: influxCredentials(tokenSecretArn) }) })
    }
    default:
      return settings satisfies never
  }
}
