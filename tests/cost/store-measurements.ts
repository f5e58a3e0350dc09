import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { addDays, dayStartMs, HOUR_MS } from '../../domain/calendar.ts'
import { installationsOn } from '../../domain/generation-work.ts'
import type { Reading } from '../../domain/reading.ts'
import { readingsOfDay } from '../../stores/day-readings.ts'
import { openDynamoReadings } from '../../stores/dynamodb/reading-store.ts'
import { BODY } from '../../stores/dynamodb/readings-definition.ts'
import type { ReadingReader, ReadingStore } from '../../stores/readings.ts'
import { commonOf, READING, readingRecord } from '../../stores/timestream/records.ts'
import { createReadingsTable } from '../stores/dynamodb-server.ts'
import type { Sample } from './measurements.ts'
import { itemBytes } from './meter.ts'
import {
  inCounty,
  type MeteredCounty,
  OVERHEAD_BYTES,
  NOON_TODAY_MS,
  readingsInMemory,
  readingsOf,
  ROUND_MS,
  type Shape,
  TODAY,
} from './metered-county.ts'

/** What the time series takes for a message and for the readings of a station-day. */

const TABLE = 'readings'
const RETENTION_DAYS = 1_100

const dynamoReadings = async (county: MeteredCounty): Promise<ReadingStore> => {
  await createReadingsTable(county.unmetered, TABLE)
  return openDynamoReadings({ client: county.metered, tableName: TABLE, retentionDays: RETENTION_DAYS })
}

/** One message of each of these stations at an instant, one received after the other, as ingest appends them together. */
const roundAt = (county: MeteredCounty, atMs: number): Reading[] =>
  county.stations.flatMap(({ stationId }, nth) =>
    readingsOf(county, stationId, atMs, atMs + ROUND_MS).map((reading) => ({
      ...reading,
      receivedAtMs: atMs + 1_000 + 10 * nth,
    })),
  )

/** A round at noon, by an instance that has seen the one before. */
const append = (shape: Shape): Promise<Sample> =>
  inCounty(shape, async (county) => {
    const store = await dynamoReadings(county)
    await store.append(roundAt(county, NOON_TODAY_MS))
    county.meter.take()
    await store.append(roundAt(county, NOON_TODAY_MS + ROUND_MS))
    return { counts: { message: shape.stations, reading: shape.stations * shape.devices }, metered: county.meter.take() }
  })

/** From five to nineteen o'clock, when gateways report. */
const REPORTING = { from: 5 * HOUR_MS, hours: 14 }

const lookAt = (county: MeteredCounty, reader: ReadingReader) =>
  readingsOfDay(reader, installationsOn(county.devices, TODAY), TODAY, NOON_TODAY_MS)

/** The readings behind the figure of a running day at noon; `everyMs` apart. */
const stationDay = (everyMs: number): Promise<Sample> =>
  inCounty({ stations: 1, devices: 5 }, async (county) => {
    const store = await dynamoReadings(county)
    for (const day of [addDays(TODAY, -1), TODAY]) {
      const fromMs = dayStartMs(day) + REPORTING.from
      const toMs = Math.min(fromMs + REPORTING.hours * HOUR_MS, NOON_TODAY_MS)
      const rounds: Reading[] = []
      for (let atMs = fromMs; atMs < toMs; atMs += everyMs) rounds.push(...roundAt(county, atMs))
      await store.append(rounds)
    }
    county.meter.take()
    await lookAt(county, store)
    const message = (REPORTING.hours * HOUR_MS) / everyMs
    return { counts: { call: 1, message }, metered: county.meter.take() }
  })

export const storeMeasurements = {
  append: () => Promise.all([append({ stations: 4, devices: 5 }), append({ stations: 4, devices: 9 })]),
  stationDay: () => Promise.all([stationDay(ROUND_MS), stationDay(2 * ROUND_MS)]),
}

/** How many queries of the port the figure of a running day takes. */
export const measureQueries = () =>
  inCounty({ stations: 1, devices: 5 }, async (county) => {
    const { stationId } = county.stations[0] ?? { stationId: '' }
    const store = readingsInMemory(readingsOf(county, stationId, dayStartMs(TODAY) - 12 * HOUR_MS, NOON_TODAY_MS))
    let queries = 0
    const counting = new Proxy(store, {
      get: (target, name: keyof ReadingStore) => {
        queries += 1
        return target[name]
      },
    })
    await lookAt(county, counting)
    return queries
  })

/** https://docs.aws.amazon.com/timestream/latest/developerguide/metering-and-pricing.writes.html */
const recordBytes = ({ Dimensions = [], MeasureName = '', MeasureValues = [] }: ReturnType<typeof readingRecord>): number => {
  const text = (...texts: (string | undefined)[]) => texts.reduce((sum, each) => sum + Buffer.byteLength(each ?? ''), 0)
  const dimensions = Dimensions.reduce((sum, { Name, Value }) => sum + text(Name, Value), 0)
  const measures = MeasureValues.reduce(
    (sum, { Name, Value, Type }) => sum + text(Name) + (Type === 'VARCHAR' ? text(Value) : 8),
    0,
  )
  return 8 + text(MeasureName) + dimensions + measures
}

/** Of one reading among those of a station at noon. */
export const measureRecord = () =>
  inCounty({ stations: 1, devices: 5 }, async (county) => {
    const readings = roundAt(county, NOON_TODAY_MS)
    const records = readings.map((reading) => ({ ...commonOf(READING), ...readingRecord(reading, 'a receipt of') }))
    return records.reduce((sum, record) => sum + recordBytes(record), 0) / readings.length
  })

/** Of an item of a message: without its readings, and for each of them. */
export const measureItems = async () => {
  const bytesOf = (devices: number) =>
    inCounty({ stations: 1, devices }, async (county) => {
      const store = await dynamoReadings(county)
      await store.append(roundAt(county, NOON_TODAY_MS))
      const documents = DynamoDBDocumentClient.from(county.unmetered)
      const { Items = [] } = await documents.send(new ScanCommand({ TableName: TABLE }))
      const [item] = Items.filter((each) => BODY in each)
      return itemBytes(item ?? {}) + OVERHEAD_BYTES
    })
  const [few, many] = [await bytesOf(5), await bytesOf(25)]
  const reading = (many - few) / 20
  return { message: few - 5 * reading, reading }
}
