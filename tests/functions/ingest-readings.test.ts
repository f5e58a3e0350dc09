import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DayCause } from '../../domain/day-cause.ts'
import type { CountName, InboundMessage } from '../../functions/entry.ts'
import { create } from '../../functions/ingest-readings.ts'
import { type DuckDbReadingStore, openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { aPayload, NOON_MS } from '../readings.ts'
import { aDevice, aGateway, aStation, COUNTY, day } from '../registry.ts'

let folder: string
let tables: SqliteTables
let readings: DuckDbReadingStore
let counts: Record<string, number>
let nowMs: number
let sent = 0

const log = { info: () => {}, warn: () => {}, error: () => {} }
const depsOf = (over: object = {}) => ({
  ...tables,
  readings,
  queues: {},
  now: () => nowMs,
  log,
  count: (name: CountName, by: number) => {
    counts[name] = (counts[name] ?? 0) + by
  },
  ...over,
})

const aMessage = (payload: Uint8Array, over: Partial<InboundMessage> = {}): InboundMessage => ({
  messageId: String(++sent),
  topic: 'pv/GW-ZL1/readings',
  clientId: 'GW-ZL1',
  payload,
  receivedAtMs: NOON_MS + 1_000,
  ...over,
})
const good = (over: object = {}) => ({
  deviceId: 'ZL1-INV-1',
  atMs: NOON_MS,
  acPowerW: 31_250,
  energyTotalWh: 81_234_560,
  ...over,
})
const ingest = async (...messages: InboundMessage[]) => create(depsOf())({ messages })
const stored = async () =>
  readings.list({ deviceIds: ['ZL1-INV-1', 'ZL1-INV-2', 'WL1-INV-1'], fromMs: 0, toMs: NOON_MS * 2 }, 1_000)
const quarantined = async (partition = COUNTY) => (await tables.quarantine.query({ partition })).rows.map(({ row }) => row)
const marks = async () =>
  (await tables.staleDays.queryIndex('pending', { partition: COUNTY })).rows.map(({ row }) => `${row.stationId} ${row.day}`)
const seen = async (deviceId = 'ZL1-INV-1') =>
  (await tables.liveness.get({ countyCode: COUNTY, stationId: 'ZL1', deviceId }))?.row

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'yangguang-'))
  tables = openTables(':memory:')
  readings = await openReadingStore(join(folder, 'readings.duckdb'))
  counts = {}
  nowMs = NOON_MS + 1_000
  await tables.stations.putBatch([aStation(), aStation({ stationId: 'WL1' })])
  await tables.gateways.putBatch([aGateway(), aGateway({ gatewayId: 'GW-WL1' })])
  await tables.devices.putBatch([
    aDevice(),
    aDevice({ deviceId: 'ZL1-INV-2' }),
    aDevice({ deviceId: 'WL1-INV-1', stationId: 'WL1', gatewayId: 'GW-WL1' }),
  ])
})
afterEach(async () => {
  await readings.close()
  tables.close()
  rmSync(folder, { recursive: true })
})

describe('every reading has exactly one fate', () => {
  test('a good reading is stored, counted, marks its day and is a sign of life', async () => {
    expect(await ingest(aMessage(aPayload([good()])))).toEqual({ kind: 'done', failed: [] })
    expect(await stored()).toEqual([{ ...good(), receivedAtMs: NOON_MS + 1_000 }])
    expect(counts).toEqual({ stored: 1 })
    expect(await marks()).toEqual(['ZL1 2026-11-02'])
    expect(await seen()).toMatchObject({ lastReceivedAtMs: NOON_MS + 1_000, lastAtMs: NOON_MS, acPowerW: 31_250 })
  })

  test('a thousand strangers of one gateway do not take the time of the batch', async () => {
    const strangers = Array.from({ length: 1_000 }, (_, nth) => good({ deviceId: `NOBODY-${nth}` }))
    const devices = {
      ...tables.devices,
      queryIndex: async (...args: Parameters<typeof tables.devices.queryIndex>) => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        return tables.devices.queryIndex(...args)
      },
    }
    const other = aMessage(aPayload([good({ deviceId: 'WL1-INV-1' }), good()]), { receivedAtMs: NOON_MS })
    const startedAtMs = performance.now()
    const twice = [aPayload(strangers), aPayload(strangers)].map((payload) => aMessage(payload))
    await create(depsOf({ devices }))({ messages: [...twice, other] })
    expect(performance.now() - startedAtMs).toBeLessThan(3_000)
    expect(counts).toEqual({ stored: 1, quarantined: 2_001 })
    expect((await quarantined()).filter(({ reason }) => reason === 'identity_mismatch')).toMatchObject([
      { deviceId: 'WL1-INV-1' },
    ])
  })

  test('a repeated reading is stored once and counted as a duplicate', async () => {
    await ingest(aMessage(aPayload([good()])), aMessage(aPayload([good()])))
    await ingest(aMessage(aPayload([good()]), { receivedAtMs: NOON_MS + 86_400_000 }))
    expect(await stored()).toHaveLength(1)
    expect(counts).toEqual({ stored: 1, duplicate: 2 })
  })

  test('[B13] different values for one identity are all kept and count for nothing', async () => {
    await ingest(aMessage(aPayload([good(), good({ acPowerW: 999 })])))
    const span = { deviceIds: ['ZL1-INV-1'], fromMs: 0, toMs: NOON_MS * 2 }
    expect(counts).toEqual({ stored: 1, conflict: 1 })
    expect(await readings.series(span, ['acPowerW'])).toEqual([])
    expect((await readings.conflicts(span))[0]?.readings.map(({ acPowerW }) => acPowerW).sort()).toEqual([31_250, 999])
  })

  test('[D19] bad readings are quarantined by index, their neighbours are stored', async () => {
    await ingest(aMessage(aPayload([good(), good({ atMs: 'x' }), good({ deviceId: 'ZL1-INV-2' }), good({ energyTotalWh: -1 })])))
    expect(await stored()).toHaveLength(2)
    expect((await quarantined()).map(({ index, reason }) => [index, reason])).toEqual([
      [1, 'schema'],
      [3, 'out_of_range'],
    ])
    expect(counts).toEqual({ stored: 2, quarantined: 2 })
  })

  test('[D17] of 970 messages every 97th is poison: 10 are quarantined, 960 stored', async () => {
    const messages = Array.from({ length: 970 }, (_, index) =>
      aMessage(index % 97 === 96 ? new TextEncoder().encode('{"v":1,') : aPayload([good({ atMs: NOON_MS - index * 1_000 })])),
    )
    await ingest(...messages)
    expect(counts).toEqual({ stored: 960, quarantined: 10 })
  })

  test('quarantine keeps the very bytes and takes the same message in again without a second row', async () => {
    const payload = new TextEncoder().encode('not json at all')
    const message = aMessage(payload)
    await ingest(message)
    await ingest(message)
    const rows = await quarantined()
    expect(rows).toHaveLength(1)
    expect(Buffer.from(rows[0]?.payloadBase64 ?? '', 'base64').toString()).toBe('not json at all')
    expect(rows[0]).toMatchObject({ gatewayId: 'GW-ZL1', index: -1, reason: 'schema' })
  })
})

describe('a gateway speaks only for its own devices', () => {
  test('[B2] a device of another gateway is quarantined as identity_mismatch and neither gets energy', async () => {
    await ingest(aMessage(aPayload([good({ deviceId: 'WL1-INV-1' })])))
    expect((await quarantined()).map(({ reason, deviceId }) => [reason, deviceId])).toEqual([['identity_mismatch', 'WL1-INV-1']])
    expect(await stored()).toEqual([])
    expect(await marks()).toEqual([])
  })

  test('a topic that names another gateway is quarantined whole', async () => {
    await ingest(aMessage(aPayload([good()]), { topic: 'pv/GW-WL1/readings' }))
    expect((await quarantined()).map(({ reason }) => reason)).toEqual(['identity_mismatch'])
    expect(await stored()).toEqual([])
  })

  test('[D6] a device nobody registered is quarantined as unknown_device', async () => {
    await ingest(aMessage(aPayload([good({ deviceId: 'ZL1-INV-9' })])))
    expect((await quarantined()).map(({ reason }) => reason)).toEqual(['unknown_device'])
  })

  test('a gateway nobody registered is quarantined apart from every county', async () => {
    await ingest(aMessage(aPayload([good()]), { clientId: 'GW-NEW', topic: 'pv/GW-NEW/readings' }))
    expect((await quarantined('unknown')).map(({ gatewayId }) => gatewayId)).toEqual(['GW-NEW'])
    expect(await stored()).toEqual([])
  })

  test('a device registered while the function runs is taken in within seconds', async () => {
    const run = create(depsOf())
    await run({ messages: [aMessage(aPayload([good({ deviceId: 'ZL1-INV-3' })]))] })
    await tables.devices.put(aDevice({ deviceId: 'ZL1-INV-3' }))
    nowMs += 6_000
    await run({ messages: [aMessage(aPayload([good({ deviceId: 'ZL1-INV-3' })]))] })
    expect(counts).toEqual({ quarantined: 1, stored: 1 })
  })
})

describe('time', () => {
  test('[D1] a clock days ahead is quarantined, yet the device counts as alive by receive time', async () => {
    await ingest(aMessage(aPayload([good({ atMs: NOON_MS + 3 * 86_400_000 }), good({ deviceId: 'ZL1-INV-2' })])))
    expect((await quarantined())[0]).toMatchObject({
      reason: 'clock_skew',
      deviceId: 'ZL1-INV-1',
      atMs: NOON_MS + 3 * 86_400_000,
    })
    const alive = await seen()
    expect(alive?.lastReceivedAtMs).toBe(NOON_MS + 1_000)
    expect(alive?.acPowerW).toBeUndefined()
    expect(await stored()).toHaveLength(1)
  })

  test('[D4] readings before commissioning are quarantined', async () => {
    await tables.devices.put(aDevice({ validFrom: day('2026-11-03') }))
    await tables.devices.delete({ gatewayId: 'GW-ZL1', deviceId: 'ZL1-INV-1', validFrom: day('2016-11-01') })
    await ingest(aMessage(aPayload([good()])))
    expect((await quarantined()).map(({ reason }) => reason)).toEqual(['before_commissioning'])
  })

  test('a backlog does not turn the last known power back', async () => {
    await ingest(aMessage(aPayload([good()])))
    await ingest(aMessage(aPayload([good({ atMs: NOON_MS - 7_200_000, acPowerW: 5 })]), { receivedAtMs: NOON_MS + 2_000 }))
    expect(await seen()).toMatchObject({ lastAtMs: NOON_MS, acPowerW: 31_250, lastReceivedAtMs: NOON_MS + 2_000 })
  })

  test('a sign of life remembers when the device was first heard of', async () => {
    await ingest(aMessage(aPayload([good()])))
    await ingest(aMessage(aPayload([good({ atMs: NOON_MS + 300_000 })]), { receivedAtMs: NOON_MS + 301_000 }))
    expect(await seen()).toMatchObject({ firstReceivedAtMs: NOON_MS + 1_000, lastReceivedAtMs: NOON_MS + 301_000 })
  })

  test('[E1] the last millisecond of a day and the first of the next mark two days', async () => {
    const midnightMs = Date.UTC(2026, 10, 2, 16)
    await ingest(
      aMessage(aPayload([good({ atMs: midnightMs - 1 }), good({ atMs: midnightMs })]), { receivedAtMs: midnightMs + 1_000 }),
    )
    expect(await marks()).toEqual(['ZL1 2026-11-02', 'ZL1 2026-11-03'])
  })

  test.each<[string, number, number, string[]]>([
    ['of the afternoon, after midnight, marks the day after too', 0, 12, ['ZL1 2026-11-02', 'ZL1 2026-11-03']],
    ['of the afternoon, before midnight, marks its day alone', 0, 11.99, ['ZL1 2026-11-02']],
    ['of the morning marks its day alone', -0.01, 12, ['ZL1 2026-11-02']],
  ])('[E5] a late reading %s', async (_, atHour, nowHour, marked) => {
    nowMs = NOON_MS + nowHour * 3_600_000
    await ingest(aMessage(aPayload([good({ atMs: NOON_MS + atHour * 3_600_000 })]), { receivedAtMs: nowMs }))
    expect(await marks()).toEqual(marked)
  })

  test('[E5] the last reading of a day decides whether the day after is marked', async () => {
    nowMs = NOON_MS + 86_400_000
    const hours = [-3, 5, -2]
    await ingest(aMessage(aPayload(hours.map((hour) => good({ atMs: NOON_MS + hour * 3_600_000 }))), { receivedAtMs: nowMs }))
    expect(await marks()).toEqual(['ZL1 2026-11-02', 'ZL1 2026-11-03'])
  })

  test.each<[string, number, (object | undefined)[]]>([
    ['while the day runs gives the mark no cause', 11, [undefined]],
    ['within the hour after it gives none either', 12.99, [undefined, undefined]],
    ['later says so to its day, and to the day after whose readings they were', 13, [{}, { about: '2026-11-02' }]],
  ])('[E5] a reading of the afternoon %s', async (_, nowHour, causes) => {
    nowMs = NOON_MS + nowHour * 3_600_000
    await ingest(aMessage(aPayload([good({ atMs: NOON_MS + 3_600_000 })]), { receivedAtMs: nowMs }))
    const rows = (await tables.staleDays.query({ partition: COUNTY })).rows.map(({ row }) => row.causes)
    expect(rows).toEqual(causes.map((cause) => cause && [{ code: 'late_readings', atMs: nowMs, ...cause }]))
  })

  test('a late reading leaves the causes that wait on its day already', async () => {
    nowMs = NOON_MS + 2 * 86_400_000
    const causes: DayCause[] = [{ code: 'registry', atMs: 1, about: 'ZL1-METER' }]
    const place = { countyCode: COUNTY, stationId: 'ZL1', day: day('2026-11-02') }
    await tables.staleDays.put({ ...place, markedAtMs: 1, causes })
    await ingest(aMessage(aPayload([good()])))
    expect((await tables.staleDays.get(place))?.row.causes).toEqual([...causes, { code: 'late_readings', atMs: nowMs }])
  })

  test.each(['a new reading', 'a repeat'])('a day whose mark was settled is marked again by %s', async (what) => {
    await ingest(aMessage(aPayload([good()])))
    for (const { row } of (await tables.staleDays.query({ partition: COUNTY })).rows)
      await tables.staleDays.put({ ...row, settledAtMs: NOON_MS })
    expect(await marks()).toEqual([])
    await ingest(aMessage(aPayload([good(what === 'a repeat' ? {} : { atMs: NOON_MS + 1 })])))
    expect(await marks()).toEqual(['ZL1 2026-11-02'])
  })
})

describe('a store that fails', () => {
  test('throws, so that the platform tries again, and nothing is counted', async () => {
    const broken = { ...readings, append: async () => Promise.reject(new Error('disk full')) }
    await expect(create(depsOf({ readings: broken }))({ messages: [aMessage(aPayload([good()]))] })).rejects.toThrow('disk full')
    expect(counts).toEqual({})
  })

  test('after the append leaves nothing undone when the same batch comes again', async () => {
    const message = aMessage(aPayload([good()]))
    const broken = { ...tables.staleDays, putBatch: async () => Promise.reject(new Error('throttled')) }
    await expect(create(depsOf({ staleDays: broken }))({ messages: [message] })).rejects.toThrow('throttled')
    await ingest(message)
    expect(await marks()).toEqual(['ZL1 2026-11-02'])
    expect(await stored()).toHaveLength(1)
  })
})
