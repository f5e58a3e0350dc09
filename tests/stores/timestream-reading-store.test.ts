import { TimestreamQueryClient } from '@aws-sdk/client-timestream-query'
import {
  RejectedRecordsException,
  TimestreamWriteClient,
  ValidationException,
  WriteRecordsCommand,
} from '@aws-sdk/client-timestream-write'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReadingStore } from '../../stores/readings.ts'
import { openTimestreamReadingStore } from '../../stores/timestream/reading-store.ts'
import { aReading, NOON_MS } from '../readings.ts'
import { type OpenedStore, readingStoreContract } from './reading-store.contract.ts'
import { type EndpointOptions, startTimestreamEndpoint, type TimestreamEndpoint } from './timestream-endpoint.ts'

const HOUR_MS = 3_600_000
const names = { database: 'yangguang', table: 'readings-1' }
const client = (endpoint: TimestreamEndpoint) => ({
  endpoint: endpoint.url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
})

const start = (over: Partial<EndpointOptions> = {}): Promise<TimestreamEndpoint> =>
  startTimestreamEndpoint({ ...names, now: () => NOON_MS + 24 * HOUR_MS, memoryHours: 24 * 1_000, ...over })

const storeAt = (endpoint: TimestreamEndpoint): ReadingStore =>
  openTimestreamReadingStore({
    ...names,
    write: new TimestreamWriteClient(client(endpoint)),
    query: new TimestreamQueryClient(client(endpoint)),
  })

const open = async (over: Partial<EndpointOptions>): Promise<OpenedStore> => {
  const endpoint = await start(over)
  return { store: storeAt(endpoint), close: endpoint.close }
}

readingStoreContract('timestream', () => open({}))
readingStoreContract('timestream that rejects exact repeats, in small pages', () => open({ rejectsEqual: true, pageRows: 7 }))

describe('the timestream store', () => {
  let endpoint: TimestreamEndpoint
  let store: ReadingStore
  beforeAll(async () => {
    endpoint = await start({ memoryHours: 30, rejectsEqual: true })
    store = storeAt(endpoint)
  })
  afterAll(() => endpoint.close())
  const spanOf = (deviceId: string) => ({ deviceIds: [deviceId], fromMs: 0, toMs: NOON_MS + 100 * HOUR_MS })

  test('answers nothing while the table has no columns', async () => {
    const span = spanOf('EMPTY')
    expect(await store.series(span, ['acPowerW'])).toEqual([])
    expect(await store.list(span, 5)).toEqual([])
    expect(await store.conflicts(span)).toEqual([])
    expect(await store.lastBefore({ deviceIds: ['EMPTY'], beforeMs: NOON_MS, notBeforeMs: 0 }, 'acPowerW')).toEqual([])
  })

  test('throws for a reading outside the retention and keeps the others', async () => {
    const deviceId = 'LATE'
    const late = aReading({ deviceId, atMs: NOON_MS - 7 * HOUR_MS })
    const timely = aReading({ deviceId })
    await expect(store.append([timely, late])).rejects.toThrow(/LATE at \d+: .*outside the time range/)
    expect(await store.append([timely])).toEqual(['duplicate'])
    expect(await store.list(spanOf(deviceId), 5)).toEqual([timely])
  })

  test('throws for a reading too large for a record', async () => {
    const strings = Array.from({ length: 100 }, (_, index) => ({ voltageV: 600 + index, currentA: 7.25 }))
    await expect(store.append([aReading({ deviceId: 'LARGE', strings })])).rejects.toThrow(/larger/)
  })

  test('lets throttling through when retrying did not help, and then appending again is safe', async () => {
    const reading = aReading({ deviceId: 'BUSY' })
    endpoint.failNext('WriteRecords', 3, { status: 400, type: 'ThrottlingException' })
    await expect(store.append([reading])).rejects.toThrow('as ordered')
    endpoint.failNext('WriteRecords', 1, { status: 500, type: 'InternalServerException' })
    expect(await store.append([reading])).toEqual(['stored'])
  })

  test('a reading written by a request whose answer was lost was stored, and not a duplicate', async () => {
    const reading = aReading({ deviceId: 'LOST' })
    endpoint.failNext('WriteRecords', 1, 'lost')
    expect(await store.append([reading])).toEqual(['stored'])
    expect(await store.append([reading])).toEqual(['duplicate'])
  })

  test('does not guess about a reading that exists and cannot be read yet', async () => {
    const reading = aReading({ deviceId: 'UNSEEN' })
    await endpoint.holdReads(true)
    expect(await store.append([reading])).toEqual(['stored'])
    await expect(store.append([reading])).rejects.toThrow(/cannot be read yet/)
    await endpoint.holdReads(false)
    expect(await store.append([reading])).toEqual(['duplicate'])
  })

  test('asks about more devices than a statement holds', async () => {
    const deviceIds = Array.from({ length: 5_000 }, (_, index) => String(index).padStart(64, '0'))
    const readings = [3, 1_700, 4_999].map((index) => aReading({ deviceId: deviceIds[index] ?? '' }))
    await store.append(readings)
    const span = { deviceIds: deviceIds.toReversed(), fromMs: 0, toMs: NOON_MS + 1 }
    expect(await store.list(span, 10)).toEqual(readings)
    expect(await store.list(span, 2)).toEqual(readings.slice(0, 2))
    expect(await store.series(span, [])).toHaveLength(3)
    expect(await store.lastBefore({ ...span, beforeMs: span.toMs, notBeforeMs: 0 }, 'acPowerW')).toHaveLength(3)
  })

  test('sends no more than a hundred records in a request', async () => {
    const before = endpoint.requests('WriteRecords')
    const readings = Array.from({ length: 250 }, (_, index) => aReading({ deviceId: 'LONG', atMs: NOON_MS + index * 1_000 }))
    expect(new Set(await store.append(readings))).toEqual(new Set(['stored']))
    expect(endpoint.requests('WriteRecords') - before).toBe(3)
  })

  test.each(["x' OR '1'='1", 'x"', '', 'x'.repeat(65), '设备'])('refuses %j as a device id', async (deviceId) => {
    await expect(store.append([aReading({ deviceId })])).rejects.toThrow(RangeError)
    await expect(store.series(spanOf(deviceId), ['acPowerW'])).rejects.toThrow(RangeError)
    await expect(store.list(spanOf(deviceId), 5)).rejects.toThrow(RangeError)
    await expect(store.conflicts(spanOf(deviceId))).rejects.toThrow(RangeError)
    const near = { deviceIds: [deviceId], fromMs: 0, beforeMs: 1 }
    await expect(store.firstAfter(near, 'acPowerW')).rejects.toThrow(RangeError)
  })

  test('refuses a name that cannot be a table', () => {
    const clients = { write: new TimestreamWriteClient(client(endpoint)), query: new TimestreamQueryClient(client(endpoint)) }
    expect(() => openTimestreamReadingStore({ ...clients, database: 'a"b', table: 'readings' })).toThrow(RangeError)
    expect(() => openTimestreamReadingStore({ ...clients, database: 'yangguang', table: 'x' })).toThrow(RangeError)
  })
})

describe('the timestream endpoint of these tests', () => {
  let endpoint: TimestreamEndpoint
  let client1: TimestreamWriteClient
  beforeAll(async () => {
    endpoint = await start()
    client1 = new TimestreamWriteClient(client(endpoint))
  })
  afterAll(() => endpoint.close())

  const aRecord = (over: object = {}) => ({
    Dimensions: [{ Name: 'deviceId', Value: 'D' }],
    MeasureName: 'reading',
    MeasureValueType: 'MULTI' as const,
    MeasureValues: [{ Name: 'acPowerW', Value: '1', Type: 'DOUBLE' as const }],
    Time: String(NOON_MS),
    TimeUnit: 'MILLISECONDS' as const,
    ...over,
  })
  const write = (records: object[], common?: object) =>
    client1.send(
      new WriteRecordsCommand({
        DatabaseName: names.database,
        TableName: names.table,
        Records: records,
        ...(common && { CommonAttributes: common }),
      }),
    )

  test('refuses more than a hundred records', async () => {
    await expect(write(Array.from({ length: 101 }, (_, index) => aRecord({ Time: String(NOON_MS + index) })))).rejects.toThrow(
      ValidationException,
    )
  })

  test('refuses a dimension that is common and a record’s own', async () => {
    await expect(write([aRecord()], { Dimensions: [{ Name: 'deviceId', Value: 'D' }] })).rejects.toThrow(ValidationException)
  })

  test('keeps the version that is highest and says by index which it rejected', async () => {
    const value = (Value: string) => [{ Name: 'acPowerW', Value, Type: 'DOUBLE' as const }]
    await write([aRecord({ Version: 2 })])
    await write([aRecord({ Version: 2 })])
    const other = aRecord({ Dimensions: [{ Name: 'deviceId', Value: 'E' }] })
    const rejected = await write([other, aRecord({ Version: 2, MeasureValues: value('2') })]).catch((error: unknown) => error)
    expect(rejected).toBeInstanceOf(RejectedRecordsException)
    expect(rejected).toMatchObject({
      RejectedRecords: [{ RecordIndex: 1, ExistingVersion: 2 }],
      $metadata: { httpStatusCode: 419 },
    })
    await write([aRecord({ Version: 3, MeasureValues: value('3') })])
    const span = { deviceIds: ['D', 'E'], fromMs: 0, toMs: NOON_MS + 1 }
    expect((await storeAt(endpoint).series(span, ['acPowerW'])).map(({ values }) => values.acPowerW)).toEqual([[3], [1]])
  })
})
