/**
 * What each function takes from DynamoDB's tables, measured: the real functions at work on a metered adapter over dynalite, with
 * what AWS documents about units (tests/cost/measurements.ts). tests/cost/appetite.test.ts measures again and fails when a figure
 * here is more than 3 % off, so a change of the code's appetite shows as a change of this table and of the bill.
 */

/** Of one thing worked on. Units are those of DynamoDB's on-demand mode. */
export type Appetite = {
  readUnits: number
  writeUnits: number
  requests: number
  /** Requests that wait for one another: what takes time. They vary a little from run to run. */
  waits: number
  rows: number
}

/** What a call works on; `call` is the call itself. */
export type Driver =
  | 'call'
  | 'message'
  | 'county'
  | 'countyTurn'
  | 'station'
  | 'device'
  | 'stationDay'
  | 'stationMonth'
  | 'emptyMonth'
  | 'payee'

const appetite = (readUnits: number, writeUnits: number, requests: number, waits: number, rows: number): Appetite => ({
  readUnits,
  writeUnits,
  requests,
  waits,
  rows,
})

/** By function, and where one does different things by what it does; per thing worked on. */
export const APPETITES = {
  'ingest-readings': {
    message: appetite(3, 3, 4, 3.44, 3),
    device: appetite(0, 1, 1, 0.0625, 2),
  },
  'sweep-generation': {
    county: appetite(1.92, 0, 5, 5, 1),
    station: appetite(0.0719, 0, 0, 0, 2),
  },
  'sweep-generation, first run': {
    county: appetite(2.49, 0, 45, 45, 1),
    station: appetite(3.4, 0, 0, 0, 82),
    device: appetite(1.35, 0, 0, 0, 0),
  },
  'compute-generation': {
    call: appetite(4.32, 6, 7, 7, 5),
    device: appetite(0.0362, 0.2, 0, 0, 1),
  },
  'compute-generation, day over': {
    call: appetite(4.82, 9.5, 9.25, 9.25, 6.75),
    device: appetite(0.136, 0.3, 0.15, 0.15, 1.05),
  },
  'archive-readings': {
    county: appetite(1, 0, 2, 3, 1),
    stationDay: appetite(0.5, 2, 2, 0, 7),
  },
  'sweep-settlement': {
    county: appetite(1, 0, 2, 2, 1),
    countyTurn: appetite(0, 0, 1, 1, 0),
    station: appetite(0.064, 0, 0, 0, 1),
    stationMonth: appetite(1.07, 0, 1.07, 0.143, 1),
    emptyMonth: appetite(2.07, 0, 2.07, 0.143, 0),
  },
  'settle-station': {
    call: appetite(14.4, 0, 11, 7, 82),
    device: appetite(2.25, 0, 0, 0, 0),
  },
  'settle-station, first time': {
    call: appetite(14.3, 5.75, 13, 9, 83),
    device: appetite(2.25, 0.05, 0, 0, 0),
  },
  'settle-village': {
    call: appetite(12, 0, 13, 13, 6),
  },
  'settle-village, first time': {
    call: appetite(13, 3, 16, 17, 6),
    payee: appetite(0, 1, 1, 0.05, 1),
  },
  'audit-ledger': {
    county: appetite(8.5, 19, 30, 30, 15),
    stationMonth: appetite(19.2, 0, 5, 5, 65),
    payee: appetite(0.0452, 0, 0, 0, 1),
  },
  'sweep-closings': {
    county: appetite(1.5, 0, 2, 2, 1),
  },
  'sweep-performance': {
    county: appetite(1, 0, 2, 2, 1),
  },
  'assess-performance': {
    county: appetite(6.58, 3.5, 13, 11.5, 30),
    station: appetite(1.86, 1.25, 2, 0.05, 3),
    device: appetite(0.0658, 0, 0, 0, 1),
  },
  'watch-offline': {
    county: appetite(2.5, 1, 8, 5, 3),
    station: appetite(0.0638, 0, 0, 0, 1),
    device: appetite(0.118, 0, 0, 0, 2),
  },
  'api-session': {
    call: appetite(3, 0, 3, 3, 3),
  },
  'api-session, refresh': {
    call: appetite(4, 0, 4, 4, 4),
  },
  'api-county': {
    county: appetite(5.35, 0, 10, 6, 7),
    station: appetite(0.125, 0, 0, 0, 3),
    device: appetite(0.136, 0, 0, 0, 2),
  },
  'api-stations': {
    county: appetite(5.35, 0, 10, 6, 7),
    station: appetite(0.125, 0, 0, 0, 3),
    device: appetite(0.136, 0, 0, 0, 2),
  },
  'api-stations, one': {
    county: appetite(12.7, 0, 14, 9, 23),
    station: appetite(0.0275, 0, 0, 0, 0),
    device: appetite(0, 0, 0, 0, 0.2),
  },
  'api-villages': {
    county: appetite(4.73, 0, 6, 6, 6),
    station: appetite(0.268, 0, 0, 0, 3),
  },
  'api-papers': {
    county: appetite(12.7, 0, 14, 9, 12),
    station: appetite(0.0275, 0, 0, 0, 1),
  },
  'api-papers, county': {
    county: appetite(4.73, 0, 7, 8, 6),
    station: appetite(2.33, 0, 2, 0.1, 4),
  },
  'api-plans': {
    county: appetite(13.7, 0, 14, 10, 13),
    station: appetite(0.0275, 0, 0, 0, 1),
  },
  'api-performance': {
    county: appetite(6.58, 0, 8, 6, 20),
    station: appetite(0.5, 0, 0, 0, 2),
  },
  'api-trace': {
    call: appetite(55.5, 0, 56, 18, 78),
  },
  'api-closings': {
    county: appetite(34.7, 0, 64, 11, 7),
    station: appetite(2.33, 0, 2, 0.1, 4),
  },
  'api-quarantine': {
    county: appetite(5.23, 0, 6, 6, 6),
    station: appetite(0.0275, 0, 0, 0, 1),
  },
  'api-receipts': {
    county: appetite(67.2, 0, 130, 22, 6),
    station: appetite(0.332, 0, 0, 0, 4),
  },
  'api-resets': {
    county: appetite(5.23, 0, 7, 6, 6),
    station: appetite(0.0914, 0, 0, 0, 2),
  },
  'api-slips': {
    county: appetite(4.73, 0, 6, 6.5, 6),
    station: appetite(1.09, 0, 1, 0.05, 14),
  },
  'api-registry': {
    station: appetite(2, 12.1, 9.05, 0.275, 8.05),
    device: appetite(0, 4, 1, 0.025, 1),
    payee: appetite(0, 2.1, 2, 0.05, 2),
  },
} satisfies Record<string, Partial<Record<Driver, Appetite>>>
export type Occasion = keyof typeof APPETITES

/** Bytes in the tables per station of four inverters and a village of twenty payees: of what it is, and of a month of history. */
export const STATION_BYTES = {
  alone: { once: 8_733, month: 127_837 },
  withIndexes: { once: 18_262, month: 199_058 },
}

/** Port calls on the time series for the figure of a running station-day. */
const QUERIES_PER_DAY_READ = 2

/**
 * What the time series takes, by store. DynamoDB: of a message, and of the readings behind a station-day, per message of a day; an
 * item in bytes. The others bill nothing by the request; how long their queries keep a function waiting is assumed.
 */
export const STORE_APPETITES = {
  dynamodb: {
    append: { message: appetite(1, 1, 2, 0.5, 2), reading: appetite(0, 0, 0, 0, 0) },
    stationDay: { call: appetite(1.02, 0, 3, 2, 2), message: appetite(0.0615, 0, 0, 0, 1.07) },
    itemBytes: { message: 185, reading: 35.6 },
  },
  timestream: {
    append: appetite(0, 0, 0.1, 0.1, 5),
    stationDay: appetite(0, 0, QUERIES_PER_DAY_READ, 100, 0),
    queriesPerDayRead: QUERIES_PER_DAY_READ,
  },
  influxdb: { append: appetite(0, 0, 0.1, 0.1, 5), stationDay: appetite(0, 0, QUERIES_PER_DAY_READ, 10, 0) },
}

/** Of one reading, as Timestream counts it. */
export const TIMESTREAM_RECORD_BYTES = 242
