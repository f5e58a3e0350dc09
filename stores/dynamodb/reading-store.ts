import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { DAY_MS } from '../../domain/calendar.ts'
import { FUTURE_TOLERANCE_MS } from '../../domain/limits.ts'
import type { ReadingStore } from '../readings.ts'
import { appendReadings } from './readings-append.ts'
import { createDays } from './readings-days.ts'
import { createDirectory } from './readings-directory.ts'
import { createReader } from './readings-queries.ts'
import { createRequests } from './readings-requests.ts'

/**
 * The readings in one table of DynamoDB, one item per message. Every read sees all that was appended before it. What counts as
 * stored or duplicate is exact, but for messages that share a reading without being the same and are appended at the same time:
 * both may count it. Items expire `retentionDays` after they were received and are deleted some time later; until then they are
 * answered. Besides those of the port there is a RangeError for an instant before 1992 or after 2199, which is in no day of the books.
 */
export const openDynamoReadings = ({
  client,
  tableName,
  retentionDays,
}: {
  client: DynamoDBClient
  tableName: string
  retentionDays: number
}): ReadingStore => {
  const requests = createRequests(DynamoDBDocumentClient.from(client), tableName)
  const sources = { requests, directory: createDirectory(requests), days: createDays(requests) }
  return {
    ...createReader(sources),
    append: (readings) => appendReadings({ ...sources, retentionDays }, readings),
    // A reading is received at most so long before its device says it was.
    wholeSinceMs: (nowMs) => nowMs - retentionDays * DAY_MS + FUTURE_TOLERANCE_MS,
  }
}
