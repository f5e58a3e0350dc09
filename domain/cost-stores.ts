import type { Usage } from './cost.ts'
import { type Appetite, STORE_APPETITES, TIMESTREAM_RECORD_BYTES } from './cost-appetites.ts'
import { type CostFleet, type CostStore, DAYS_PER_MONTH, type FleetTraffic, HOURS_PER_MONTH } from './cost-fleet.ts'

/** What the time series takes, by store: for a message, for one reading of a station-day, and by the month. */

export type StoreLoad = {
  /** Messages that one invocation of ingest appends together. */
  messagesTogether: number
  /** How often a month the readings of a station-day are read, for its figure or its curve. */
  dayReads: number
  /** Raw readings are kept in the store so long. */
  keptMonths: number
}
export type StoreWork = {
  usage: Usage
  /** Of one message, as part of what ingest does. */
  append: Appetite
  /** Of one look at a station-day. */
  dayRead: Appetite
}

type Given = { fleet: CostFleet; traffic: FleetTraffic; load: StoreLoad }

const GB = 1_000_000_000
const SECONDS_PER_HOUR = 3_600

/** An appetite as a weighted sum of others. */
const sumOf = (...parts: readonly [count: number, each: Appetite][]): Appetite => {
  const sum: Appetite = { readUnits: 0, writeUnits: 0, requests: 0, waits: 0, rows: 0 }
  for (const [count, each] of parts) {
    for (const key of Object.keys(sum) as (keyof Appetite)[]) sum[key] += count * each[key]
  }
  return sum
}

/** Messages of a station in a day. */
const perDay = ({ fleet, traffic }: Given): number => traffic.messages / fleet.stations / DAYS_PER_MONTH
const readingsKept = ({ traffic, load }: Given): number => traffic.readings * load.keptMonths

const dynamodb = (given: Given): StoreWork => {
  const { traffic, load } = given
  const { append, stationDay, itemBytes } = STORE_APPETITES.dynamodb
  const each = {
    append: sumOf([1, append.message], [traffic.readingsPerMessage, append.reading]),
    dayRead: sumOf([1, stationDay.call], [perDay(given), stationDay.message]),
  }
  const bytes = itemBytes.message + traffic.readingsPerMessage * itemBytes.reading
  const gb = (traffic.messages * load.keptMonths * bytes) / GB
  return {
    ...each,
    usage: {
      dynamoWriteUnits: traffic.messages * each.append.writeUnits,
      dynamoReadUnits: traffic.messages * each.append.readUnits + load.dayReads * each.dayRead.readUnits,
      dynamoGbMonths: gb,
      dynamoBackupGbMonths: gb,
    },
  }
}

const RECORDS_PER_REQUEST = 100
const WRITE_BYTES = 1_024
const MEMORY_HOURS = 168
/** As long as anything is kept there. */
const MAGNETIC_GB_MIN = 100
const TCU_MIN = 4
const TCU_SECONDS_MIN = 30
/** A query for one station-day keeps one compute unit busy for so long. */
const TCU_SECONDS_PER_QUERY = 0.3

/** Units of a KiB that one request of WriteRecords after another takes for so many readings. */
const writesOf = (readings: number): number => {
  const bytesOf = (records: number) => Math.ceil((records * TIMESTREAM_RECORD_BYTES) / WRITE_BYTES)
  const full = Math.floor(readings / RECORDS_PER_REQUEST)
  return full * bytesOf(RECORDS_PER_REQUEST) + bytesOf(readings - full * RECORDS_PER_REQUEST)
}

/** Compute is billed from the minimum up, and 30 seconds for a query at least; queries at the same time share it. */
const tcuHours = (queries: number, { fleet }: Given): number => {
  const hours = fleet.reportingHours * DAYS_PER_MONTH
  const perSecond = queries / (hours * SECONDS_PER_HOUR)
  const busyShare = 1 - Math.exp(-perSecond * TCU_SECONDS_MIN)
  const units = TCU_MIN * Math.ceil((perSecond * TCU_SECONDS_PER_QUERY) / TCU_MIN)
  return hours * busyShare * Math.max(TCU_MIN, units)
}

const timestream = (given: Given): StoreWork => {
  const { traffic, load } = given
  const { append, stationDay, queriesPerDayRead } = STORE_APPETITES.timestream
  const together = load.messagesTogether * traffic.readingsPerMessage
  const bytes = TIMESTREAM_RECORD_BYTES
  const keptGb = (readingsKept(given) * bytes) / GB
  return {
    append,
    dayRead: stationDay,
    usage: {
      timestreamWrites: (traffic.readings / together) * writesOf(together),
      timestreamMemoryGbHours: ((traffic.readings / HOURS_PER_MONTH) * MEMORY_HOURS * bytes * HOURS_PER_MONTH) / GB,
      timestreamMagneticGbMonths: Math.max(MAGNETIC_GB_MIN, keptGb),
      timestreamTcuHours: tcuHours(load.dayReads * queriesPerDayRead, given),
    },
  }
}

/** The server itself is somebody's: it is in the bill only when an instance of it is asked for. */
const influxdb = ({ fleet }: Given): StoreWork => {
  const { append, stationDay } = STORE_APPETITES.influxdb
  return {
    append,
    dayRead: stationDay,
    usage: { secrets: 1, ...(fleet.influxInstance && { influxInstanceHours: HOURS_PER_MONTH }) },
  }
}

const STORES: Record<CostStore, (given: Given) => StoreWork> = { dynamodb, timestream, influxdb }

export const storeWorkOf = (fleet: CostFleet, traffic: FleetTraffic, load: StoreLoad): StoreWork => {
  const given = { fleet, traffic, load }
  const work = STORES[fleet.store](given)
  // However they are stored, what a function looks at are the readings.
  const readings = perDay(given) * traffic.readingsPerMessage
  return { ...work, dayRead: { ...work.dayRead, rows: readings } }
}
