import type { ReadingStoreSettings } from '../../stores/deployment.ts'
import type { ReadingStore } from '../../stores/readings.ts'

/** Opens the time series a deployment has. An adapter is loaded when it is the one. */
export const openReadings = async (settings: ReadingStoreSettings, endpoint?: string): Promise<ReadingStore> => {
  switch (settings.kind) {
    case 'timestream': {
      const { openTimestream } = await import('../../stores/timestream/reading-store.ts')
      const { databaseName, tableName } = settings
      return openTimestream({ databaseName, tableName, ...(endpoint && { endpoint }) })
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
