import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QueryCommand, TimestreamQueryClient } from '@aws-sdk/client-timestream-query'
import {
  RejectedRecordsException,
  TimestreamWriteClient,
  ValidationException,
  WriteRecordsCommand,
} from '@aws-sdk/client-timestream-write'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Reading } from '../../domain/reading.ts'
import { failedOf } from '../../functions/edge/aws-batch.ts'
import { openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { type LimitedStore, withLateReadings } from '../../stores/late-readings.ts'
import type { Fate } from '../../stores/readings.ts'
import { openTimestreamReadingStore } from '../../stores/timestream/reading-store.ts'
import { aReading, NOON_MS } from '../readings.ts'
import { type OpenedStore, readingStoreContract } from './reading-store.contract.ts'
import { type EndpointOptions, startTimestreamEndpoint, type TimestreamEndpoint } from './timestream-endpoint.ts'
import { createSchema, type MergedRecord } from './timestream-limits.ts'

const HOUR_MS = 3_600_000
const names = { database: 'yangguang', table: 'readings-1' }
const client = (endpoint: TimestreamEndpoint, maxAttempts: number) => ({
  maxAttempts,
  endpoint: endpoint.url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
})

const start = (over: Partial<EndpointOptions> = {}): Promise<TimestreamEndpoint> =>
  startTimestreamEndpoint({ ...names, now: () => NOON_MS + 24 * HOUR_MS, memoryHours: 24 * 7, ...over })

const storeAt = (endpoint: TimestreamEndpoint, maxAttempts = 3): LimitedStore =>
  openTimestreamReadingStore({
    ...names,
    write: new TimestreamWriteClient(client(endpoint, maxAttempts)),
    query: new TimestreamQueryClient(client(endpoint, maxAttempts)),
  })

const folder = mkdtempSync(join(tmpdir(), 'yangguang-late-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** As deployed, but for the late store: any will do, and this one is quick. */
const open = async (over: Partial<EndpointOptions>, maxAttempts = 3): Promise<OpenedStore & { endpoint: TimestreamEndpoint }> => {
  const endpoint = await start(over)
  const late = await openReadingStore(join(mkdtempSync(join(folder, 'a-')), 'late.duckdb'))
  const interrupt = (): void => endpoint.failNext('WriteRecords', 1, { status: 400, type: 'ValidationException' }, 3)
  const close = async (): Promise<void> => {
    await endpoint.close()
    await late.close()
  }
  return { endpoint, store: withLateReadings(storeAt(endpoint, maxAttempts), late), interrupt, close }
}

readingStoreContract('timestream', () => open({}))
readingStoreContract('timestream that rejects exact repeats, in small pages', () => open({ rejectsEqual: true, pageRows: 70 }))

describe('the timestream store', () => {
  let endpoint: TimestreamEndpoint
  let store: LimitedStore
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

  test('refuses a reading outside the memory store, its rival too, and keeps the others', async () => {
    const deviceId = 'LATE'
    const late = aReading({ deviceId, atMs: NOON_MS - 7 * HOUR_MS })
    const ahead = aReading({ deviceId, atMs: NOON_MS + 24.5 * HOUR_MS })
    const timely = aReading({ deviceId })
    const rival = { ...late, acPowerW: 1 }
    expect(await store.append([timely, late, rival, ahead, late])).toEqual(['stored', 'refused', 'refused', 'refused', 'refused'])
    expect(await store.append([late, timely])).toEqual(['refused', 'duplicate'])
    expect(await store.list(spanOf(deviceId), 5)).toEqual([timely])
    expect(await store.claims([late, timely, rival])).toEqual([timely])
  })

  test('refuses a reading too large for a record without asking, alone or as a rival', async () => {
    const before = endpoint.requests('WriteRecords')
    const strings = Array.from({ length: 64 }, (_, index) => ({ voltageV: 600.5 + index, currentA: 7.25 }))
    const large = aReading({ deviceId: 'LARGE', strings })
    expect(await store.append([large])).toEqual(['refused'])
    expect(endpoint.requests('WriteRecords')).toBe(before)
    const small = aReading({ deviceId: 'LARGE' })
    expect(await store.append([small, large])).toEqual(['stored', 'refused'])
    expect(await store.list(spanOf('LARGE'), 5)).toEqual([small])
  })

  test('throws for a rejection that is neither a repeat nor an age', async () => {
    endpoint.rejectNext('A measure has another type than its column.')
    await expect(store.append([aReading({ deviceId: 'ODD' })])).rejects.toThrow(/ODD at \d+: A measure has another type/)
    expect(await store.append([aReading({ deviceId: 'ODD' })])).toEqual(['stored'])
  })

  test('throws when a rejection does not say what was rejected', async () => {
    const reading = aReading({ deviceId: 'MUTE' })
    endpoint.failNext('WriteRecords', 1, { status: 419, type: 'RejectedRecordsException' })
    await expect(store.append([reading])).rejects.toThrow(RejectedRecordsException)
    expect(await store.append([reading])).toEqual(['stored'])
  })

  test('lets throttling through when retrying did not help, and then appending again is safe', async () => {
    const reading = aReading({ deviceId: 'BUSY' })
    endpoint.failNext('WriteRecords', 3, { status: 400, type: 'ThrottlingException' })
    await expect(store.append([reading])).rejects.toThrow('as ordered')
    endpoint.failNext('WriteRecords', 1, { status: 500, type: 'InternalServerException' })
    expect(await store.append([reading])).toEqual(['stored'])
  })

  test('what an append that threw has written is stored, once, when this instance appends it again', async () => {
    const readings = Array.from({ length: 150 }, (_, index) => aReading({ deviceId: 'HALF', atMs: NOON_MS + index }))
    const other = storeAt(endpoint)
    endpoint.failNext('WriteRecords', 1, { status: 400, type: 'ValidationException' }, 1)
    await expect(store.append(readings)).rejects.toThrow('as ordered')
    expect(await store.append(readings)).toEqual(readings.map(() => 'stored'))
    expect(await store.append(readings)).toEqual(readings.map(() => 'duplicate'))
    expect(await other.append(readings)).toEqual(readings.map(() => 'duplicate'))
  })

  test('a reading written by a request whose answer was lost was stored, and not a duplicate', async () => {
    const reading = aReading({ deviceId: 'LOST' })
    endpoint.failNext('WriteRecords', 1, 'lost')
    expect(await store.append([reading])).toEqual(['stored'])
    expect(await store.append([reading])).toEqual(['duplicate'])
  })

  test('a page whose answer was lost is asked for again', async () => {
    const { store, endpoint, close } = await open({ pageRows: 2 })
    const readings = [0, 1, 2, 3, 4].map((at) => aReading({ atMs: NOON_MS + at }))
    await store.append(readings)
    const span = { deviceIds: ['ZL1-INV-1'], fromMs: NOON_MS, toMs: NOON_MS + 9 }
    await store.list(span, 9)
    endpoint.failNext('Query', 1, 'lost', 2)
    expect(await store.list(span, 9)).toEqual(readings)
    await close()
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
    const clients = {
      write: new TimestreamWriteClient(client(endpoint, 3)),
      query: new TimestreamQueryClient(client(endpoint, 3)),
    }
    expect(() => openTimestreamReadingStore({ ...clients, database: 'a"b', table: 'readings' })).toThrow(RangeError)
    expect(() => openTimestreamReadingStore({ ...clients, database: 'yangguang', table: 'x' })).toThrow(RangeError)
  })
})

describe('the timestream store with a late one beside it', () => {
  let opened: Awaited<ReturnType<typeof open>>
  let nowMs = NOON_MS
  beforeAll(async () => {
    opened = await open({ memoryHours: 24, now: () => nowMs }, 1)
  })
  afterAll(() => opened.close())
  const spanOf = (deviceId: string) => ({ deviceIds: [deviceId], fromMs: 0, toMs: NOON_MS + 100 * HOUR_MS })

  test('knows a reading again that was young when it came, and its rival', async () => {
    const { store } = opened
    nowMs = NOON_MS
    const deviceId = 'AGEING'
    const readings = [0, 1, 2].map((hour) => aReading({ deviceId, atMs: NOON_MS - hour * HOUR_MS }))
    const [one] = readings
    if (!one) throw new Error('a reading was made')
    await store.append([...readings, { ...one, acPowerW: 1 }])
    nowMs = NOON_MS + 40 * HOUR_MS
    expect(await store.append([...readings, { ...one, acPowerW: 1 }, { ...one, acPowerW: 2 }])).toEqual([
      ...readings.map(() => 'duplicate'),
      'duplicate',
      'conflict',
    ])
    expect(await store.list(spanOf(deviceId), 9)).toEqual(readings.slice(1).toReversed())
    expect((await store.conflicts(spanOf(deviceId)))[0]?.readings.map(({ acPowerW }) => acPowerW)).toEqual([1, 2, one.acPowerW])
  })

  test('keeps what Timestream finds too large for a record', async () => {
    nowMs = NOON_MS
    const strings = Array.from({ length: 64 }, (_, index) => ({ voltageV: 600.5 + index, currentA: 7.25 }))
    const large = aReading({ deviceId: 'LARGE', strings })
    expect(await opened.store.append([large, large])).toEqual(['stored', 'duplicate'])
    expect(await opened.store.append([aReading({ deviceId: 'LARGE', atMs: NOON_MS + 1 })])).toEqual(['stored'])
    expect(await opened.store.list(spanOf('LARGE'), 1)).toEqual([large])
  })

  test('a request throttled among many sends back some messages, and nothing is lost or double in the end', async () => {
    const { store, endpoint } = opened
    nowMs = NOON_MS
    const messages = Array.from({ length: 40 }, (_, index) => ({
      messageId: `message-${index}`,
      readings: Array.from({ length: 20 }, (_, round) =>
        aReading({ deviceId: `GATE-${index}`, atMs: NOON_MS - (round % 2 === 0 ? 0 : 48 * HOUR_MS) - round * 1_000 }),
      ),
    }))
    const stored: Fate[] = []
    const handle = async ({ messages: some }: { messages: readonly { readings: Reading[] }[] }) => {
      stored.push(...(await store.append(some.flatMap(({ readings }) => readings))))
      return { kind: 'done' as const, failed: [] }
    }
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
    // Of the eight requests five fail, then those of the first half and so on, down to the first message alone.
    endpoint.failNext('WriteRecords', 15, { status: 400, type: 'ThrottlingException' }, 3)
    const failed = await failedOf(messages, { handle, log, remainingMs: () => 60_000 })
    expect(failed).toEqual(['message-0'])
    const again = messages.filter(({ messageId }) => failed.includes(messageId))
    expect(await failedOf(again, { handle, log, remainingMs: () => 60_000 })).toEqual([])
    // What a request stored beside one that was throttled is counted when it comes again, and once.
    expect(stored).toEqual(messages.flatMap(({ readings }) => readings.map(() => 'stored')))
    expect(new Set(await store.append(messages.flatMap(({ readings }) => readings)))).toEqual(new Set(['duplicate']))
    for (const { readings } of messages) {
      const inTime = readings.toSorted((one, other) => one.atMs - other.atMs)
      expect(await store.list(spanOf(readings[0]?.deviceId ?? ''), 99)).toEqual(inTime)
    }
  })

  test('pays 23 write units for a hundred readings of a station, four inverters and a meter, and none for repeats', async () => {
    nowMs = NOON_MS
    const round = (index: number): Reading[] => {
      const times = { atMs: NOON_MS - index * 300_000, receivedAtMs: NOON_MS }
      const electrical = { dcPowerW: 32_110, dcVoltageV: 655.4, dcCurrentA: 49.02, acVoltageV: 231.7, acCurrentA: 45.31 }
      const others = { ...electrical, energyTodayWh: 120_400, frequencyHz: 50.01, temperatureC: 41.5, state: 'running' as const }
      const inverters = [1, 2, 3, 4].map((nth) => aReading({ ...times, ...others, deviceId: `ZL1-INV-${nth}` }))
      return [...inverters, { ...times, deviceId: 'ZL1-METER', exportTotalWh: 912_345_678, importTotalWh: 1_234_567 }]
    }
    const before = opened.endpoint.writeUnits()
    const readings = Array.from({ length: 20 }, (_, index) => round(index)).flat()
    for (const fate of ['stored', 'duplicate']) expect(await opened.store.append(readings)).toEqual(readings.map(() => fate))
    expect(opened.endpoint.writeUnits() - before).toBe(23)
  })
})

describe('the timestream endpoint of these tests', () => {
  let endpoint: TimestreamEndpoint
  let client1: TimestreamWriteClient
  beforeAll(async () => {
    endpoint = await start()
    client1 = new TimestreamWriteClient(client(endpoint, 3))
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

  const rejectionsOf = async (records: object[]) => {
    const answer = await write(records).catch((error: unknown) => error)
    if (!(answer instanceof RejectedRecordsException)) throw answer instanceof Error ? answer : new Error('all were accepted')
    return answer.RejectedRecords
  }
  const measures = (count: number, Value = '1') =>
    Array.from({ length: count }, (_, index) => ({ Name: `m${index}`, Value, Type: 'DOUBLE' as const }))

  test.each([
    ['no record', []],
    ['more than a hundred records', Array.from({ length: 101 }, (_, index) => aRecord({ Time: String(NOON_MS + index) }))],
    ['version 0', [aRecord({ Version: 0 })]],
    ['a dimension name of more than 60 bytes', [aRecord({ Dimensions: [{ Name: '电'.repeat(21), Value: 'D' }] })]],
    ['a measure name of more than 256 bytes', [aRecord({ MeasureName: 'm'.repeat(257) })]],
    ['an empty value', [aRecord({ MeasureValues: [{ Name: 'acPowerW', Value: '', Type: 'DOUBLE' }] })]],
  ])('refuses %s, and the whole request with it', async (_, records) => {
    await expect(write(records)).rejects.toThrow(ValidationException)
  })

  test.each([
    [
      'the memory store',
      { Time: String(NOON_MS - 24 * 6 * HOUR_MS - 1) },
      /outside the time range \[2026-.*Z, 2026-.*Z\) of the/,
    ],
    ['a quarter of an hour ahead', { Time: String(NOON_MS + 24.25 * HOUR_MS) }, /outside the time range/],
    ['2 KB', { MeasureValues: [{ Name: 'extras', Value: 'x'.repeat(2_048), Type: 'VARCHAR' }] }, /larger than 2 KB/],
    [
      '256 measures',
      { MeasureValues: measures(257).map(({ Name, ...rest }) => ({ ...rest, Name: Name.slice(1) })) },
      /2 KB|many/,
    ],
    ['128 dimensions', { Dimensions: measures(129).map(({ Name }) => ({ Name, Value: 'D' })) }, /too many dimensions/],
    ['the type of a column', { MeasureValues: [{ Name: 'acPowerW', Value: '1', Type: 'BIGINT' }] }, /another type/],
  ])('rejects a record beyond %s alone, and stores its neighbours', async (what, over, reason) => {
    const aside = (Value: string) =>
      aRecord({ Dimensions: [{ Name: 'deviceId', Value: `${what.replaceAll(' ', '-')}-${Value}` }] })
    await write([aside('a')])
    const rejected = await rejectionsOf([aside('b'), aRecord({ ...aside('c'), ...over }), aside('d')])
    expect(rejected).toMatchObject([{ RecordIndex: 1, Reason: expect.stringMatching(reason) }])
    expect(rejected?.[0]?.ExistingVersion).toBeUndefined()
  })

  test('knows a table that is full of measure names', () => {
    const schema = createSchema()
    const named = (measureName: string): MergedRecord => ({
      columns: new Map([['measure_name', { type: 'VARCHAR', value: measureName }]]),
      dimensions: [],
      measureName,
      identity: measureName,
      atMs: NOON_MS,
      version: 1,
    })
    for (let count = 0; count < 8_192; count += 1) schema.learn(named(`m${count}`))
    expect(schema.misfit(named('m5'))).toBeUndefined()
    expect(schema.misfit(named('m8192'))).toMatch(/too many measure names/)
  })

  test('answers pages, the first of them empty, and takes a token five times, for its own statement only', async () => {
    await write([aRecord(), aRecord({ Time: String(NOON_MS + 1) })])
    const query = new TimestreamQueryClient(client(endpoint, 3))
    const QueryString = `SELECT deviceId FROM "${names.database}"."${names.table}"`
    const first = await query.send(new QueryCommand({ QueryString }))
    expect(first.Rows).toEqual([])
    const other = { QueryString: `${QueryString} LIMIT 1`, NextToken: first.NextToken }
    await expect(query.send(new QueryCommand(other))).rejects.toThrow('Invalid pagination token')
    for (let use = 1; use <= 5; use += 1) {
      const second = await query.send(new QueryCommand({ QueryString, NextToken: first.NextToken }))
      expect(second.Rows?.length).toBeGreaterThan(1)
    }
    await expect(query.send(new QueryCommand({ QueryString, NextToken: first.NextToken }))).rejects.toThrow('Invalid pagination')
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
