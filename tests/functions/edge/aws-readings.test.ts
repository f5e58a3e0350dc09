import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openReadings } from '../../../functions/edge/aws-readings.ts'
import { readingStoreSettings } from '../../../stores/deployment.ts'
import { aReading, NOON_MS } from '../../readings.ts'
import { createReadingsTable, type DynamoServer, startDynamo } from '../../stores/dynamodb-server.ts'

describe('the time series of a deployment on DynamoDB', () => {
  let dynamo: DynamoServer
  beforeAll(async () => {
    dynamo = await startDynamo()
    await createReadingsTable(dynamo.client, 'yangguang-readings')
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', dynamo.endpoint)
    vi.stubEnv('AWS_REGION', 'cn-northwest-1')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'none')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'none')
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await dynamo.close()
  })

  test('is opened from its settings alone, and says how long it keeps readings', async () => {
    const settings = readingStoreSettings.parse({ kind: 'dynamodb', tableName: 'yangguang-readings', retentionDays: 1_100 })
    const store = await openReadings(settings)
    const reading = aReading()
    expect(await store.append([reading])).toEqual(['stored'])
    // Another instance of the function.
    const again = await openReadings(settings)
    expect(await again.append([reading])).toEqual(['duplicate'])
    expect(await again.list({ deviceIds: [reading.deviceId], fromMs: NOON_MS, toMs: NOON_MS + 1 }, 5)).toEqual([reading])
    expect(again.wholeSinceMs?.(NOON_MS)).toBe(NOON_MS - 1_100 * 86_400_000 + 300_000)
  })
})
