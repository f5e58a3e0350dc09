import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { fleetOf } from '../../devices/fleet.ts'
import { type Plant, plantOf } from '../../devices/plant.ts'
import type { Liveness } from '../../domain/alert.ts'
import { dayStartMs, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import type { Reading } from '../../domain/reading.ts'
import type { Device, Gateway, Region, Station } from '../../domain/registry.ts'
import type { QueueName } from '../../functions/entry.ts'
import { ITEM_KEY, indexKey, tableDefinitions, VERSION, BODY } from '../../stores/dynamodb/definitions.ts'
import { openDynamoTables } from '../../stores/dynamodb/table.ts'
import { fileRow } from '../../stores/filing.ts'
import type { ReadingStore } from '../../stores/readings.ts'
import { summariesFrom } from '../../stores/summaries.ts'
import type { TableSpec } from '../../stores/table.ts'
import { type TableName, type TableOf, tables as specs } from '../../stores/tables.ts'
import { pointsOf, seriesOf, settle } from '../../stores/undisputed.ts'
import { aDevice, aGateway, aStation, COUNTY, day, TOWN } from '../registry.ts'
import { createTables, startDynamo } from '../stores/dynamodb-server.ts'
import { itemBytes, type Meter, meterOf } from './meter.ts'

/** An invented county in DynamoDB's tables with a meter on them: what functions of the system read and write there is counted. */

export const PREFIX = 'pv-'
export const TODAY = day('2026-11-20')
export const NOON_TODAY_MS = dayStartMs(TODAY) + 12 * HOUR_MS
export const ROUND_MS = 5 * MINUTE_MS
const SEED = 1
const BATCH = 25

/** Bytes that rows take in a table, and with their copies in its indexes. */
export type Stored = { alone: number; withIndexes: number }
export type Shape = { stations: number; devices: number }
export type MeteredTables = { [Name in TableName]: TableOf<Name> }
export type MeteredCounty = {
  shape: Shape
  tables: MeteredTables
  meter: Meter
  regions: Region[]
  stations: Station[]
  devices: Device[]
  plant: Plant
  clock: { nowMs: number }
  /** What functions sent, by queue, since the last look. */
  sent: Record<QueueName, object[]>
  counted: Map<string, number>
  deps: ReturnType<typeof ambientOf> & MeteredTables
  /** Rows put into a table past the meter. Answers what they take there. */
  seed: (name: TableName, rows: readonly object[]) => Promise<Stored>
  /** The client the meter is on, and one without. */
  metered: DynamoDBClient
  unmetered: DynamoDBClient
  close: () => Promise<void>
}

const three = (at: number): string => String(at + 1).padStart(3, '0')
export const villageOf = (at: number): string => `341623105${three(at + 200)}`

const regionsOf = (count: number): Region[] => [
  { code: COUNTY, name: '示范县', level: 'county' },
  { code: TOWN, name: '示范镇', level: 'town', parentCode: COUNTY },
  ...Array.from(
    { length: count },
    (_, at): Region => ({ code: villageOf(at), name: `示范${three(at)}村`, level: 'village', parentCode: TOWN }),
  ),
]
const stationsOf = (count: number): Station[] =>
  Array.from({ length: count }, (_, at) =>
    aStation({ stationId: `ZL${three(at)}`, name: `示范${three(at)}村光伏帮扶电站`, villageCode: villageOf(at) }),
  )
const devicesOf = ({ stationId }: Station, count: number): Device[] => [
  ...Array.from({ length: count - 1 }, (_, at) =>
    aDevice({ deviceId: `${stationId}-INV-${at + 1}`, stationId, gatewayId: `GW-${stationId}` }),
  ),
  aDevice({
    deviceId: `${stationId}-METER`,
    kind: 'meter',
    stationId,
    gatewayId: `GW-${stationId}`,
    ratedPowerW: 200_000,
    ctMultiplier: 40,
  }),
]

export const livenessOf = ({ deviceId, stationId, countyCode }: Device, atMs: number): Liveness => ({
  deviceId,
  stationId,
  countyCode,
  lastReceivedAtMs: atMs + 1_000,
  firstReceivedAtMs: dayStartMs(day('2025-11-01')),
  lastAtMs: atMs,
  acPowerW: 31_250,
  energyTodayWh: 120_400,
  temperatureC: 36.4,
  state: 'running',
})

/** Every reading of a station's devices in a span, as a gateway would send them. */
export const readingsOf = (county: MeteredCounty, stationId: string, fromMs: number, toMs: number): Reading[] => {
  const readings: Reading[] = []
  for (let atMs = fromMs; atMs < toMs; atMs += ROUND_MS) {
    for (const device of county.devices) {
      const reading = device.stationId === stationId ? county.plant.readingAt(device, atMs) : undefined
      if (reading) readings.push({ ...reading, receivedAtMs: atMs + 1_000 })
    }
  }
  return readings
}

/** A reading store in memory, so that what the tables take is counted alone. */
export const readingsInMemory = (readings: readonly Reading[] = []): ReadingStore => {
  const { undisputed } = settle(readings)
  const within = (deviceIds: readonly string[], fromMs: number, toMs: number) =>
    undisputed.filter(({ deviceId, atMs }) => deviceIds.includes(deviceId) && atMs >= fromMs && atMs < toMs)
  const series: ReadingStore['series'] = async ({ deviceIds, fromMs, toMs }, quantities) =>
    seriesOf(within(deviceIds, fromMs, toMs), quantities)
  return {
    append: async (appended) => appended.map(() => 'stored'),
    series,
    list: async ({ deviceIds, fromMs, toMs }, limit) => within(deviceIds, fromMs, toMs).slice(0, limit),
    lastBefore: async ({ deviceIds, beforeMs, notBeforeMs }, quantity) =>
      pointsOf(within(deviceIds, notBeforeMs, beforeMs), quantity, 'last'),
    firstAfter: async ({ deviceIds, fromMs, beforeMs }, quantity) =>
      pointsOf(within(deviceIds, fromMs, beforeMs), quantity, 'first'),
    conflicts: async () => [],
    summaries: summariesFrom(series),
  }
}

const ambientOf = (clock: { nowMs: number }, sent: Record<QueueName, object[]>, counted: Map<string, number>) => {
  const queueOf = (name: QueueName) => ({ send: async (bodies: readonly object[]) => void sent[name].push(...bodies) })
  const silent = () => undefined
  return {
    now: () => clock.nowMs,
    count: (name: string, by: number) => void counted.set(name, (counted.get(name) ?? 0) + by),
    log: { info: silent, warn: silent, error: silent },
    queues: {
      'compute-generation': queueOf('compute-generation'),
      'settle-station': queueOf('settle-station'),
      'settle-village': queueOf('settle-village'),
      'ingest-readings': queueOf('ingest-readings'),
      'assess-performance': queueOf('assess-performance'),
    },
  }
}

type AnySpec = TableSpec<object, never, string>
const titleOf = (name: TableName): string => `${PREFIX}${specs[name].name}`

/** A row as the adapter stores it. */
const itemOf = (name: TableName, row: object): Record<string, unknown> => {
  const { key, indexKeys, body } = fileRow(specs[name] as AnySpec, row)
  const filed = Object.entries(indexKeys).flatMap(([index, place]) =>
    place ? [[indexKey(index).partition, place.partition] as const, [indexKey(index).sort, place.sort] as const] : [],
  )
  return {
    [ITEM_KEY.partition]: key.partition,
    [ITEM_KEY.sort]: key.sort,
    [VERSION]: 1,
    [BODY]: body,
    ...Object.fromEntries(filed),
  }
}

/** Bytes DynamoDB adds to every stored item, and to every copy of it in an index. */
export const OVERHEAD_BYTES = 100

const seedTable = async (client: DynamoDBClient, name: TableName, rows: readonly object[]): Promise<Stored> => {
  const documents = DynamoDBDocumentClient.from(client)
  const items = rows.map((row) => itemOf(name, row))
  for (let at = 0; at < items.length; at += BATCH) {
    const requests = items.slice(at, at + BATCH).map((item) => ({ PutRequest: { Item: item } }))
    await documents.send(new BatchWriteCommand({ RequestItems: { [titleOf(name)]: requests } }))
  }
  const indexes = Object.values((specs[name] as AnySpec).indexes)
  const stored = { alone: 0, withIndexes: 0 }
  for (const [at, item] of items.entries()) {
    const bytes = itemBytes(item) + OVERHEAD_BYTES
    stored.alone += bytes
    stored.withIndexes += bytes * (1 + indexes.filter((place) => place(rows[at] ?? {}) !== undefined).length)
  }
  return stored
}

/** Starts the county with its registry and signs of life of five minutes ago; nothing of that was counted. */
export const startCounty = async (shape: Shape): Promise<MeteredCounty> => {
  const dynamo = await startDynamo()
  await createTables(dynamo.client, PREFIX)
  const metered = new DynamoDBClient({
    endpoint: dynamo.endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  const definitions = new Map(tableDefinitions().map(({ title, indexes }) => [`${PREFIX}${title}`, indexes]))
  const meter = meterOf(metered, (tableName) => (definitions.get(tableName) ?? []).map(({ key }) => key))
  const tables = openDynamoTables({ client: metered, names: Object.keys(specs) as TableName[], tableName: titleOf })
  const [regions, stations] = [regionsOf(shape.stations), stationsOf(shape.stations)]
  const devices = stations.flatMap((station) => devicesOf(station, shape.devices))
  const gateways: Gateway[] = stations.map(({ stationId }) => aGateway({ gatewayId: `GW-${stationId}` }))
  const seed: MeteredCounty['seed'] = (name, rows) => seedTable(dynamo.client, name, rows)
  await seed('regions', regions)
  await seed('stations', stations)
  await seed('gateways', gateways)
  await seed('devices', devices)
  await seed(
    'liveness',
    devices.map((device) => livenessOf(device, NOON_TODAY_MS - ROUND_MS)),
  )
  const clock = { nowMs: NOON_TODAY_MS }
  const sent = {
    'ingest-readings': [],
    'compute-generation': [],
    'settle-station': [],
    'settle-village': [],
    'assess-performance': [],
  }
  const counted = new Map<string, number>()
  return {
    shape,
    tables,
    meter,
    regions,
    stations,
    devices,
    plant: plantOf({ fleet: fleetOf({ stations, gateways, devices }), seed: SEED }),
    clock,
    sent,
    counted,
    deps: { ...tables, ...ambientOf(clock, sent, counted) },
    seed,
    metered,
    unmetered: dynamo.client,
    close: async () => {
      metered.destroy()
      await dynamo.close()
    },
  }
}

/** A county for as long as it is used. */
export const inCounty = async <Result>(shape: Shape, use: (county: MeteredCounty) => Promise<Result>): Promise<Result> => {
  const county = await startCounty(shape)
  try {
    return await use(county)
  } finally {
    await county.close()
  }
}
