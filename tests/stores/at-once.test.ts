import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TimestreamQueryClient } from '@aws-sdk/client-timestream-query'
import { TimestreamWriteClient } from '@aws-sdk/client-timestream-write'
import { afterAll, describe, expect, test } from 'vitest'
import { chance, shuffled } from '../../devices/chance.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { QUANTITIES, type Reading } from '../../domain/reading.ts'
import { readingValues } from '../../domain/reading-values.ts'
import { openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { openDynamoReadings } from '../../stores/dynamodb/reading-store.ts'
import { openInfluxReadings } from '../../stores/influxdb/reading-store.ts'
import { withLateReadings } from '../../stores/late-readings.ts'
import { identityOf, type ReadingReader, type ReadingStore } from '../../stores/readings.ts'
import { openTimestreamReadingStore } from '../../stores/timestream/reading-store.ts'
import { wholeReadings } from '../../stores/whole-readings.ts'
import { NOON_MS } from '../readings.ts'
import { aClient, createReadingsTable, startDynamo } from './dynamodb-server.ts'
import { hasInflux, manage, startInflux } from './influx-server.ts'
import { startTimestreamEndpoint } from './timestream-endpoint.ts'
import { startUnreliableLine } from './unreliable-line.ts'

/**
 * What many Lambdas do to a store: they append the same things at the same time, lose requests and answers, are begun anew with
 * nothing in memory, and others read meanwhile. In the end the store says what one says to which all came once and in order.
 */

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
process.stderr.write(`SEED=${SEED}\n`)
const LOST_SHARE = 0.08
const WRITERS = 3
const TRIES_MAX = 100

const closing: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closing.toReversed()) await close()
})
const lineTo = async (upstream: string): Promise<string> => {
  const line = await startUnreliableLine(upstream, { seed: SEED, lostShare: LOST_SHARE })
  closing.push(line.close)
  return line.url
}

/** Opens stores on one place, each of them with an empty memory. */
type Opening = () => ReadingStore

const onDynamo = async (): Promise<Opening> => {
  const { client, endpoint, close } = await startDynamo()
  closing.push(close)
  await createReadingsTable(client, 'readings')
  const unreliable = aClient(await lineTo(endpoint))
  closing.push(() => unreliable.destroy())
  return () => openDynamoReadings({ client: unreliable, tableName: 'readings', retentionDays: 400 })
}

/** With a memory that begins between the instants, so that a part of them is late. */
const onTimestream = async (): Promise<Opening> => {
  const names = { database: 'yangguang', table: 'readings' }
  const options = { ...names, now: () => NOON_MS + 2 * DAY_MS, memoryHours: 48, pageRows: 20 }
  const { url, close } = await startTimestreamEndpoint(options)
  closing.push(close)
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' }
  const client = { endpoint: await lineTo(url), region: 'us-east-1', credentials }
  const [write, query] = [new TimestreamWriteClient(client), new TimestreamQueryClient(client)]
  const late = await onDynamo()
  return () => withLateReadings(openTimestreamReadingStore({ ...names, write, query }), late())
}

const onInflux = async (): Promise<Opening> => {
  const { url, close } = await startInflux()
  closing.push(close)
  await manage({ url }, 'CREATE DATABASE readings')
  const line = await lineTo(url)
  return () => {
    const store = openInfluxReadings({ url: line, database: 'readings' })
    closing.push(store.close)
    return store
  }
}

const onDuckDb = async (): Promise<ReadingStore> => {
  const folder = mkdtempSync(join(tmpdir(), 'yangguang-at-once-'))
  const store = await openReadingStore(join(folder, 'readings.duckdb'))
  closing.push(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  return store
}

const DEVICES = ['A', 'B', 'C', 'D']
const MIDNIGHT_MS = NOON_MS + 12 * HOUR_MS
const INSTANTS_MS = [
  NOON_MS - 20 * DAY_MS,
  NOON_MS - 1,
  NOON_MS,
  MIDNIGHT_MS - HOUR_MS,
  MIDNIGHT_MS - 30 * MINUTE_MS,
  MIDNIGHT_MS - 1,
  MIDNIGHT_MS,
  MIDNIGHT_MS + HOUR_MS,
]
const WHOLE = { deviceIds: DEVICES, fromMs: NOON_MS - 30 * DAY_MS, toMs: NOON_MS + 3 * DAY_MS }

/** Batches that repeat and contradict one another, of messages of up to five readings. */
const batches = Array.from({ length: 24 }, (_, batch): Reading[] =>
  Array.from({ length: 12 }, (_, at): Reading => {
    const lot = (what: string) => chance(SEED, `${batch}/${at}/${what}`)
    const of = <Item>(what: string, items: readonly Item[]): Item => items[Math.floor(lot(what) * items.length)] as Item
    return {
      deviceId: of('device', DEVICES),
      atMs: of('instant', INSTANTS_MS),
      receivedAtMs: MIDNIGHT_MS + 2 * HOUR_MS + batch * 10 + Math.floor(at / 5),
      acPowerW: lot('rival') < 0.03 ? -0.25 : 5,
      ...(lot('counter') < 0.97 && { energyTotalWh: 1_000 }),
    }
  }),
)

const claimOf = (reading: Reading): string => `${identityOf(reading)} ${readingValues(reading)}`

/** Does it until it is answered, with a new store wherever the old one failed. */
const surely = async <Answer>(open: Opening, work: (store: ReadingStore) => Promise<Answer>): Promise<Answer> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work(open())
    } catch (error) {
      if (tries === TRIES_MAX) throw error
    }
  }
}

const answersOf = async (reader: ReadingReader) => {
  const { deviceIds, fromMs, toMs } = WHOLE
  // When the first of equal readings came depends on which was the first.
  const inOrder = (await reader.list(WHOLE, 1_000)).map((reading) => ({ ...reading, receivedAtMs: 0 }))
  const claims = (await reader.conflicts(WHOLE)).map(({ readings }) => readings.map(claimOf))
  return {
    inOrder,
    claims,
    series: await reader.series(WHOLE, QUANTITIES),
    last: await reader.lastBefore({ deviceIds, beforeMs: MIDNIGHT_MS, notBeforeMs: fromMs }, 'energyTotalWh'),
    first: await reader.firstAfter({ deviceIds, fromMs: NOON_MS, beforeMs: toMs }, 'energyTotalWh'),
  }
}

const stores = { dynamodb: onDynamo, timestream: onTimestream, ...(hasInflux && { influxdb: onInflux }) }

describe.each(Object.entries(stores))('on %s, over a line that loses requests and answers,', (name, start) => {
  test('what many append at once is all there, nothing else, and seen by whoever reads after it was answered', async () => {
    const [open, oracle] = [await start(), await onDuckDb()]
    for (const batch of batches) await oracle.append(batch)
    const everything = new Set(batches.flat().map(claimOf))

    const answered = new Set<string>()
    const waiting = shuffled(SEED, name, [...batches, ...batches.slice(0, 8)])
    const writers = Array.from({ length: WRITERS }, async () => {
      for (let batch = waiting.pop(); batch; batch = waiting.pop()) {
        await surely(open, (store) => store.append(batch))
        for (const reading of batch) answered.add(claimOf(reading))
      }
    })
    const reader = async (): Promise<void> => {
      do {
        const before = new Set(answered)
        const found = new Set((await surely(open, (store) => wholeReadings(store, WHOLE))).map(claimOf))
        expect([...before.difference(found)], `lost, SEED=${SEED}`).toEqual([])
        expect([...found.difference(everything)], `made up, SEED=${SEED}`).toEqual([])
      } while (waiting.length > 0)
    }
    await Promise.all([...writers, reader()])
    expect(await surely(open, answersOf), `SEED=${SEED}`).toEqual(await answersOf(oracle))
  }, 120_000)
})
