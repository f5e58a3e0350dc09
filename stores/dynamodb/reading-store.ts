import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { ReadingStore } from '../readings.ts'

/** The readings in one table of DynamoDB. */
export const openDynamoReadings = ({
  tableName,
}: {
  client: DynamoDBClient
  tableName: string
  /** Raw readings expire so long after they were received. */
  retentionDays: number
}): ReadingStore => {
  const unbuilt = () => Promise.reject(new Error(`the adapter of ${tableName} is not built yet`))
  return { append: unbuilt, series: unbuilt, lastBefore: unbuilt, firstAfter: unbuilt, list: unbuilt, conflicts: unbuilt }
}
