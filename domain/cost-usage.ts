import { addUsage, type Usage } from './cost.ts'
import { type Appetite, STATION_BYTES } from './cost-appetites.ts'
import { type CostFleet, DAYS_PER_MONTH, type FleetTraffic, MINUTES_PER_MONTH, trafficOf, lookedDays } from './cost-fleet.ts'
import { type StoreWork, storeWorkOf } from './cost-stores.ts'
import { appetiteOf, invocationsOf } from './cost-call.ts'
import {
  archivedDays,
  BATCH_WINDOW_SECONDS,
  type CostedManifest,
  curveReadsOf,
  type FunctionWork,
  QUEUE_POLLERS,
  type Work,
  workOf,
} from './cost-work.ts'
import { CONCURRENT_BATCHES_MAX } from './limits.ts'

/** A month of a fleet in everything AWS counts: the work of every function of the manifest, and what stands there all the time. */

/** What cannot be measured without an account, or is a choice of the deployment. A bill names these. */
export const ASSUMED = {
  /** Per invocation: what the runtime and our own chain take, cold starts spread over many. */
  baseMs: 15,
  /** A request to DynamoDB from a function in its region, waited for. */
  msPerWait: 6,
  /**
   * CPU of one request and of one row or reading, decoded and looked at. Measured on the machine this was written on (0.4 to 0.5 ms,
   * 0.005 to 0.009 ms) and taken as what a whole CPU of Lambda needs; smaller memory has a smaller share of one.
   */
  cpuMsPerRequest: 0.5,
  cpuMsPerRow: 0.01,
  /** AWS gives a whole CPU at this memory. */
  memoryMbPerCpu: 1_769,
  /** START, END and REPORT of an invocation and the counts of one batch. */
  logBytesPerInvocation: 700,
  /** The API's own log, a line an answer. */
  logBytesPerAnswer: 300,
  logMonths: 6,
  logCompression: 0.2,
  /** Of one answer of the API. */
  answerBytes: 20_000,
  /** Pages and scripts fetched anew in an hour of dashboard. */
  staticRequestsPerHour: 20,
  staticBytesPerHour: 300_000,
  /** Of one reading in the archive, compressed. */
  archiveBytesPerReading: 12,
  /** DynamoDB and SQS ask KMS anew for a key about every five minutes. */
  kmsRequestsPerKeyHour: 12,
} as const

/** What a deployment has whatever its fleet, as the stack defines it; `encrypted` are the tables and queues under keys of our own. */
export const STANDING = { alarms: 114, dashboards: 1, metrics: 7, kmsKeys: 2, encrypted: 16 } as const

/** As deployed unless told: raw readings expire after 1,100 days, and are in the archive long before. */
const RAW_MONTHS = 1_100 / DAYS_PER_MONTH
const GB = 1_000_000_000
const RECEIVE_MAX = 10
const LONG_POLLS_PER_MINUTE = 3

export type FunctionMonth = {
  name: string
  invocations: number
  /** Of one invocation, on average over what the function does. */
  durationMs: number
  gbSeconds: number
  readUnits: number
  writeUnits: number
}
export type MonthUsage = {
  traffic: FleetTraffic
  usage: Usage
  functions: FunctionMonth[]
  /** Functions of the manifest nothing is known of: the bill lacks them. */
  unmodelled: string[]
  /** Where a fleet of this size does not fit what is deployed. */
  warnings: string[]
}

const durationMs = (appetite: Appetite, calls: number, memoryMb: number): number => {
  const cpuMs = appetite.requests * ASSUMED.cpuMsPerRequest + appetite.rows * ASSUMED.cpuMsPerRow
  const slowness = Math.max(1, ASSUMED.memoryMbPerCpu / memoryMb)
  return ASSUMED.baseMs + calls * (appetite.waits * ASSUMED.msPerWait + cpuMs * slowness)
}

const plus = (one: Appetite, other: Appetite, times: number): Appetite => ({
  readUnits: one.readUnits,
  writeUnits: one.writeUnits,
  requests: one.requests + times * other.requests,
  waits: one.waits + times * other.waits,
  rows: one.rows + times * other.rows,
})

/** What a call takes, the time it waits for the reading store included; the units of that store are counted with it. */
const callOf = (name: string, work: Work, store: StoreWork): Appetite => {
  const own = appetiteOf(work)
  if (name === 'ingest-readings') return plus(own, store.append, 1)
  if (name === 'compute-generation') return plus(own, store.dayRead, 1)
  const readsDays = name === 'archive-readings' || name === 'assess-performance'
  return readsDays ? plus(own, store.dayRead, work.counts.stationDay ?? 0) : own
}

const monthOf = ({ name, entry, works }: FunctionWork, store: StoreWork): FunctionMonth => {
  const month: FunctionMonth = { name, invocations: 0, durationMs: 0, gbSeconds: 0, readUnits: 0, writeUnits: 0 }
  let totalMs = 0
  for (const work of works) {
    const call = callOf(name, work, store)
    const invocations = invocationsOf(work)
    month.invocations += invocations
    month.readUnits += work.times * call.readUnits
    month.writeUnits += work.times * call.writeUnits
    if (invocations > 0) totalMs += invocations * durationMs(call, work.times / invocations, entry.memoryMb)
  }
  month.durationMs = month.invocations > 0 ? totalMs / month.invocations : 0
  month.gbSeconds = (totalMs / 1_000) * (entry.memoryMb / 1_024)
  return month
}

const warningsOf = ({ name, entry: { on, timeoutSeconds } }: FunctionWork, month: FunctionMonth, hours: number): string[] => {
  const seconds = month.durationMs / 1_000
  if ('everyMinutes' in on) {
    const limit = Math.min(timeoutSeconds, on.everyMinutes * 60)
    return seconds > limit ? [`${name}: a run would take about ${Math.round(seconds)} s, more than its ${limit} s`] : []
  }
  if ('http' in on) return seconds > timeoutSeconds ? [`${name}: an answer would take about ${Math.round(seconds)} s`] : []
  const atOnce = (month.invocations * seconds) / (hours * 3_600)
  return atOnce > CONCURRENT_BATCHES_MAX
    ? [`${name}: about ${Math.ceil(atOnce)} would run at a time, more than the ${CONCURRENT_BATCHES_MAX} deployed`]
    : []
}

const isQueued = ({ entry: { on } }: FunctionWork): boolean => 'mqtt' in on || 'queue' in on
const timesOf = ({ works }: FunctionWork): number => works.reduce((sum, { times }) => sum + times, 0)

/** Sending (ten together from a sweep, one by one from a rule), receiving, deleting, and asking in vain all day. */
const sqsRequests = (functions: readonly FunctionWork[], months: readonly FunctionMonth[]): number => {
  const idle = QUEUE_POLLERS * LONG_POLLS_PER_MINUTE * MINUTES_PER_MONTH
  return functions.filter(isQueued).reduce((sum, each) => {
    const times = timesOf(each)
    const invocations = months.find(({ name }) => name === each.name)?.invocations ?? 0
    const sends = 'mqtt' in each.entry.on ? times : Math.max(invocations, times / RECEIVE_MAX)
    const receives = Math.max(invocations, times / RECEIVE_MAX)
    return sum + idle + sends + 2 * receives
  }, 0)
}

const standingUsage = (fleet: CostFleet, traffic: FleetTraffic, invocations: number, answers: number): Usage => {
  const logsGb = (invocations * ASSUMED.logBytesPerInvocation + answers * ASSUMED.logBytesPerAnswer) / GB
  const openHours = fleet.dashboardHours * traffic.counties
  const hours = DAYS_PER_MONTH * 24
  return {
    logsGb,
    logsGbMonths: logsGb * ASSUMED.logMonths * ASSUMED.logCompression,
    metrics: STANDING.metrics,
    alarms: STANDING.alarms,
    dashboards: STANDING.dashboards,
    kmsKeys: STANDING.kmsKeys,
    kmsRequests: STANDING.encrypted * ASSUMED.kmsRequestsPerKeyHour * hours,
    cloudFrontRequests: openHours * ASSUMED.staticRequestsPerHour,
    s3GbMonths: (traffic.readings * ASSUMED.archiveBytesPerReading * fleet.historyMonths) / GB,
    s3Puts: archivedDays({ fleet }),
  }
}

const messageUnits = ({ messageBytes }: FleetTraffic): number => Math.ceil(messageBytes / (5 * 1_024))
const brokerUsage = (fleet: CostFleet, traffic: FleetTraffic): Usage => {
  const units = traffic.messages * messageUnits(traffic)
  return {
    iotConnectionMinutes: traffic.gateways * MINUTES_PER_MONTH,
    iotMessages: fleet.throughBroker ? units : 0,
    iotRules: units,
    iotActions: units,
  }
}

const tableUsage = (fleet: CostFleet, months: readonly FunctionMonth[]): Usage => {
  const bytesOf = ({ once, month }: { once: number; month: number }) => fleet.stations * (once + fleet.historyMonths * month)
  return {
    dynamoReadUnits: months.reduce((sum, { readUnits }) => sum + readUnits, 0),
    dynamoWriteUnits: months.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
    dynamoGbMonths: bytesOf(STATION_BYTES.withIndexes) / GB,
    dynamoBackupGbMonths: bytesOf(STATION_BYTES.alone) / GB,
  }
}

const functionUsage = (fleet: CostFleet, functions: readonly FunctionWork[], months: readonly FunctionMonth[]): Usage => {
  const of = (kind: string) => months.filter(({ name }) => functions.some((each) => each.name === name && kind in each.entry.on))
  const invocations = (some: readonly FunctionMonth[]) => some.reduce((sum, each) => sum + each.invocations, 0)
  const gbSeconds = months.reduce((sum, each) => sum + each.gbSeconds, 0)
  return {
    lambdaRequests: invocations(months),
    [fleet.architecture === 'arm64' ? 'lambdaArmGbSeconds' : 'lambdaX86GbSeconds']: gbSeconds,
    sqsRequests: sqsRequests(functions, months),
    schedulerInvocations: invocations(of('everyMinutes')),
    httpRequests: invocations(of('http')),
    dataOutGb: (invocations(of('http')) * ASSUMED.answerBytes) / GB,
  }
}

/** Everything a fleet makes AWS count in a month of 30.4 days. */
export const usageOf = (fleet: CostFleet, manifest: CostedManifest): MonthUsage => {
  const traffic = trafficOf(fleet)
  const { functions, unmodelled } = workOf(fleet, traffic, manifest)
  const computations = functions.find(({ name }) => name === 'compute-generation')
  const messagesTogether = Math.max(1, (traffic.messagesPerSecond * BATCH_WINDOW_SECONDS) / QUEUE_POLLERS)
  const looks = curveReadsOf(fleet, traffic) + lookedDays({ fleet })
  const dayReads = (computations ? timesOf(computations) : 0) + looks + archivedDays({ fleet })
  const store = storeWorkOf(fleet, traffic, { messagesTogether, dayReads, keptMonths: Math.min(fleet.historyMonths, RAW_MONTHS) })
  const months = functions.map((each) => monthOf(each, store))
  const ofFunctions = functionUsage(fleet, functions, months)
  const staticGb = (fleet.dashboardHours * traffic.counties * ASSUMED.staticBytesPerHour) / GB
  return {
    traffic,
    usage: addUsage(
      brokerUsage(fleet, traffic),
      ofFunctions,
      tableUsage(fleet, months),
      store.usage,
      standingUsage(fleet, traffic, ofFunctions.lambdaRequests ?? 0, ofFunctions.httpRequests ?? 0),
      { dataOutGb: staticGb },
    ),
    functions: months,
    unmodelled,
    warnings: functions.flatMap((each, at) => {
      const month = months[at]
      return month ? warningsOf(each, month, fleet.reportingHours * DAYS_PER_MONTH) : []
    }),
  }
}
