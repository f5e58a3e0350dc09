import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TimestreamQueryClient } from '@aws-sdk/client-timestream-query'
import { TimestreamWriteClient } from '@aws-sdk/client-timestream-write'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addDays, DAY_MS, dayOf, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import type { Installation } from '../../domain/generation-work.ts'
import { QUANTITIES, type Reading } from '../../domain/reading.ts'
import { summaryAt } from '../../domain/summary-columns.ts'
import { openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { openDynamoReadings } from '../../stores/dynamodb/reading-store.ts'
import { openInfluxReadings } from '../../stores/influxdb/reading-store.ts'
import { withLateReadings } from '../../stores/late-readings.ts'
import type { ReadingReader } from '../../stores/readings.ts'
import { stationDays } from '../../stores/station-days.ts'
import { openTimestreamReadingStore } from '../../stores/timestream/reading-store.ts'
import { aHistory, type History, rowsOf } from '../domain/histories.ts'
import { readingsFrom } from '../functions/generating.ts'
import { aReading, NOON_MS } from '../readings.ts'
import { aDevice, aStation } from '../registry.ts'
import { createReadingsTable, startDynamo } from './dynamodb-server.ts'
import { hasInflux, manage, startInflux } from './influx-server.ts'
import type { OpenedStore } from './reading-store.contract.ts'
import { startTimestreamEndpoint } from './timestream-endpoint.ts'

/** One random history into each of the four stores, cut into batches differently: every question has one answer. */

const onDuckDb = async (): Promise<OpenedStore> => {
  const folder = mkdtempSync(join(tmpdir(), 'yangguang-four-'))
  const store = await openReadingStore(join(folder, 'readings.duckdb'))
  const close = async (): Promise<void> => {
    await store.close()
    rmSync(folder, { recursive: true })
  }
  return { store, close }
}

const onDynamo = async (): Promise<OpenedStore> => {
  const { client, close } = await startDynamo()
  await createReadingsTable(client, 'readings')
  return { store: openDynamoReadings({ client, tableName: 'readings', retentionDays: 400 }), close }
}

/** With a memory that begins at noon, so that about half of a history is late, and a late store as deployed. */
const onTimestream = async (): Promise<OpenedStore> => {
  const names = { database: 'yangguang', table: 'readings' }
  const endpoint = await startTimestreamEndpoint({ ...names, now: () => NOON_MS + 4 * DAY_MS, memoryHours: 4 * 24, pageRows: 50 })
  const client = {
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  }
  const main = openTimestreamReadingStore({
    ...names,
    write: new TimestreamWriteClient(client),
    query: new TimestreamQueryClient(client),
  })
  const late = await onDynamo()
  const close = async (): Promise<void> => {
    await endpoint.close()
    await late.close()
  }
  return { store: withLateReadings(main, late.store), close }
}

const onInflux = async (): Promise<OpenedStore> => {
  const server = await startInflux()
  await manage({ url: server.url }, 'CREATE DATABASE readings')
  const store = openInfluxReadings({ url: server.url, database: 'readings' })
  const close = async (): Promise<void> => {
    store.close()
    await server.close()
  }
  return { store, close }
}

/** Instants a month apart, days apart, minutes apart, and on both sides of a midnight in China and of Timestream's window. */
const INSTANTS_MS = [
  NOON_MS - 39 * DAY_MS,
  NOON_MS - 20 * DAY_MS,
  NOON_MS - 20 * DAY_MS + 5 * MINUTE_MS,
  NOON_MS - 12 * HOUR_MS - 1,
  NOON_MS - 12 * HOUR_MS,
  NOON_MS - 1,
  NOON_MS,
  NOON_MS + 5 * MINUTE_MS,
  NOON_MS + 12 * HOUR_MS,
  NOON_MS + 3 * DAY_MS,
]
const LAST_MS = NOON_MS + 3 * DAY_MS + 1

type Sketch = { device: number; instant: number; acPowerW: number; energyTotalWh: number | null; isFaulty: boolean }
const sketch: fc.Arbitrary<Sketch> = fc.record({
  device: fc.nat(2),
  instant: fc.nat(INSTANTS_MS.length - 1),
  // Mostly one value, so that repeats are as frequent as rivals.
  acPowerW: fc.constantFrom(5, 5, 5, 5, 5, -0.25),
  energyTotalWh: fc.constantFrom(null, 1_000),
  isFaulty: fc.constantFrom(false, false, false, true),
})
const history = fc.record({
  sketches: fc.array(sketch, { minLength: 5, maxLength: 60 }),
  batches: fc.array(fc.integer({ min: 3, max: 25 }), { minLength: 4, maxLength: 4 }),
  bounds: fc.tuple(fc.constantFrom(...INSTANTS_MS), fc.constantFrom(...INSTANTS_MS, LAST_MS)),
  limit: fc.nat(20),
})

/** Readings as they arrive, one after the other. */
const readingsOf = (sketches: readonly Sketch[], deviceIds: readonly string[]): Reading[] =>
  sketches.map(({ device, instant, acPowerW, energyTotalWh, isFaulty }, index) => {
    const atMs = INSTANTS_MS[instant] ?? NOON_MS
    const { energyTotalWh: _, ...reading } = aReading({
      deviceId: deviceIds[device] ?? '',
      atMs,
      receivedAtMs: LAST_MS + index,
      acPowerW,
    })
    return {
      ...reading,
      ...(energyTotalWh !== null && { energyTotalWh }),
      ...(isFaulty && { faultCodes: ['绝缘'], state: 'fault' as const }),
    }
  })

type Ask = { deviceIds: readonly string[]; fromMs: number; toMs: number; limit: number }
const answersOf = async (reader: ReadingReader, { deviceIds, fromMs, toMs, limit }: Ask) => {
  const part = { deviceIds, fromMs, toMs }
  const whole = { deviceIds, fromMs: INSTANTS_MS[0] ?? 0, toMs: LAST_MS }
  const spans = [{ fromMs, toMs: Math.min(toMs, fromMs + DAY_MS) }]
  const [all, series, some, first, conflicts, last, next, summaries] = await Promise.all([
    reader.list(whole, 1_000),
    reader.series(part, QUANTITIES),
    reader.series(whole, ['energyTotalWh']),
    reader.list(part, limit),
    reader.conflicts(part),
    reader.lastBefore({ deviceIds, beforeMs: toMs, notBeforeMs: whole.fromMs }, 'energyTotalWh'),
    reader.firstAfter({ deviceIds, fromMs, beforeMs: LAST_MS }, 'energyTotalWh'),
    reader.summaries({ deviceIds, spans, register: 'energyTotalWh', stepWh: 100, quietPowerW: 1 }),
  ])
  const told = summaries.map((ofSpan) => deviceIds.map((_, place) => summaryAt(ofSpan, place)))
  return { all, series, some, first, conflicts, last, next, told }
}

describe('the four stores', () => {
  let opened: OpenedStore[] = []
  beforeAll(async () => {
    opened = await Promise.all([onDuckDb(), onTimestream(), onDynamo(), ...(hasInflux ? [onInflux()] : [])])
  })
  afterAll(() => Promise.all(opened.map(({ close }) => close())))

  test('give the same answers after the same history, and count it the same', async () => {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(history, async ({ sketches, batches, bounds: [fromMs, toMs], limit }) => {
        runs += 1
        const deviceIds = ['A', 'B', 'C'].map((letter) => `${letter}-${runs}`)
        const readings = readingsOf(sketches, deviceIds)
        const found = await Promise.all(
          opened.map(async ({ store }, index) => {
            const size = batches[index] ?? 1
            const fates = { stored: 0, duplicate: 0, conflict: 0 }
            for (let from = 0; from < readings.length; from += size)
              for (const fate of await store.append(readings.slice(from, from + size))) fates[fate] += 1
            return { fates, ...(await answersOf(store, { deviceIds, fromMs, toMs, limit })) }
          }),
        )
        const [first, ...others] = found
        for (const other of others) expect(other).toEqual(first)
      }),
      { numRuns: 12 },
    )
  }, 120_000)

  test('give the same station-days for the same readings, whichever way each of them goes', async () => {
    let runs = 0
    const day = dayOf(NOON_MS)
    const disputed = fc.array(fc.nat(150), { maxLength: 2 })
    const lives = fc.array(fc.tuple(aHistory, disputed), { minLength: 3, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(
        lives,
        fc.array(fc.integer({ min: 40, max: 300 }), { minLength: 4, maxLength: 4 }),
        async (given, batches) => {
          runs += 1
          const readings: Reading[] = []
          const installations = given.map(([history, rivals], index): Installation => {
            const device = aDevice({ deviceId: `LIFE-${runs}-${index}`, counter: index === 2 ? 'day' : 'lifetime' })
            const { rows } = rowsOf(day, { ...history, everyMinutes: 15, ctMultiplier: 1, nowHour: 900 })
            const own = readingsFrom(rows, device.deviceId)
            readings.push(...own, ...rivals.flatMap((row) => (own[row] ? [{ ...own[row], acPowerW: 77.5 }] : [])))
            return { device, installedOn: addDays(day, -300) }
          })
          // One ordinary device at least, so that both ways are gone.
          const sound = aDevice({ deviceId: `LIFE-${runs}-SOUND` })
          const clear = {
            ...given[0]?.[0],
            weather: [1, 1, 1],
            everyMinutes: 15,
            quantumWh: 1,
            ctMultiplier: 1,
            nowHour: 900,
          } as History
          readings.push(...readingsFrom(rowsOf(day, { ...clear, pathologies: [] }).rows, sound.deviceId))
          const asked = {
            station: aStation(),
            installations: [...installations, { device: sound, installedOn: addDays(day, -300) }],
            resets: [],
          }
          const found = await Promise.all(
            opened.map(async ({ store }, index) => {
              const size = batches[index] ?? 1
              for (let from = 0; from < readings.length; from += size) await store.append(readings.slice(from, from + size))
              const { sparesReadings: _, ...plain } = store
              const ways = [plain, { ...plain, sparesReadings: true as const }]
              return Promise.all(ways.map((way) => stationDays(way, [asked], day, NOON_MS + 4 * DAY_MS)))
            }),
          )
          const texts = found.flat().map((answer) => JSON.stringify(answer))
          expect(new Set(texts).size, texts.join('\n')).toBe(1)
          expect(found[0]?.[0]?.[0]?.figure.devices.at(-1)).toMatchObject({ quality: 'measured', findings: [] })
        },
      ),
      { numRuns: 4 },
    )
  }, 240_000)
})
