import { DAY_MS, HOUR_MS, MINUTE_MS } from './calendar.ts'

/** What a fleet sends and how it is looked at: the part of a bill that the users decide. */

/** The time series of a deployment. */
export const COST_STORES = ['dynamodb', 'timestream', 'influxdb'] as const
export type CostStore = (typeof COST_STORES)[number]

export type CostFleet = {
  stations: number
  /** Per station; one revenue meter comes on top, behind the same gateway. */
  inverters: number
  everyMs: number
  /** How many readings a gateway may put into one message; those of one round when absent. */
  readingsPerMessage?: number
  /** A gateway reports so long a day; most inverters sleep at night. */
  reportingHours: number
  /** Stations of a county: what one dashboard shows and one partition holds. */
  stationsPerCounty: number
  /** Months of data behind it: a bill grows with what is kept. */
  historyMonths: number
  /** Lines of a village's allocation. */
  payees: number
  /** Hours a month that somebody of a county has the dashboard open. */
  dashboardHours: number
  /** Gateways publish on the plain topic and not by Basic Ingest, which costs no messaging. */
  throughBroker: boolean
  architecture: 'arm64' | 'x86_64'
  store: CostStore
  /** With `influxdb`: an instance of it is part of the bill. */
  influxInstance?: boolean
}

/** What is assumed of a fleet unless told. */
export const FLEET_DEFAULTS = {
  reportingHours: 14,
  stationsPerCounty: 347,
  historyMonths: 12,
  payees: 20,
  dashboardHours: 176,
  throughBroker: false,
  architecture: 'arm64',
} as const satisfies Partial<CostFleet>

/** A month of a bill. */
export const DAYS_PER_MONTH = 30.4
export const MINUTES_PER_MONTH = DAYS_PER_MONTH * 24 * 60
export const HOURS_PER_MONTH = DAYS_PER_MONTH * 24

/** IoT Core bills by 5 KiB, topic and headers included, so gateways stay below. */
const MESSAGE_BYTES_MAX = 5_000
/** Measured: JSON of a message of the simulator, without its readings and per reading. */
export const MESSAGE_BYTES = 58
export const READING_BYTES = 233

export type FleetTraffic = {
  gateways: number
  counties: number
  /** Inverters and meters. */
  devices: number
  devicesPerStation: number
  /** A month. */
  readings: number
  messages: number
  /** Per message: readings, and the different devices they are of. */
  readingsPerMessage: number
  devicesPerMessage: number
  messageBytes: number
  /** While gateways report. */
  messagesPerSecond: number
  /** A day and station: how often something new arrives. */
  arrivals: number
}

/** What a fleet of such a kind sends in a month. Throws a RangeError when a reading alone does not fit its message. */
export const trafficOf = (fleet: CostFleet): FleetTraffic => {
  const { stations, inverters, everyMs, reportingHours } = fleet
  const perRound = inverters + 1
  const most = Math.floor((MESSAGE_BYTES_MAX - MESSAGE_BYTES) / READING_BYTES)
  const allowed = Math.min(most, fleet.readingsPerMessage ?? perRound)
  if (allowed < 1) throw new RangeError('a message holds at least one reading')
  const roundsTogether = Math.max(1, Math.floor(allowed / perRound))
  const messagesTogether = Math.ceil(perRound / allowed)
  const rounds = (reportingHours * HOUR_MS) / everyMs
  const arrivals = rounds / roundsTogether
  const readingsPerMessage = (perRound * roundsTogether) / messagesTogether
  const messagesPerDay = stations * arrivals * messagesTogether
  return {
    gateways: stations,
    counties: Math.ceil(stations / fleet.stationsPerCounty),
    devices: stations * perRound,
    devicesPerStation: perRound,
    readings: stations * perRound * rounds * DAYS_PER_MONTH,
    messages: messagesPerDay * DAYS_PER_MONTH,
    readingsPerMessage,
    devicesPerMessage: perRound / messagesTogether,
    messageBytes: MESSAGE_BYTES + readingsPerMessage * READING_BYTES,
    messagesPerSecond: messagesPerDay / ((reportingHours * HOUR_MS) / 1_000),
    arrivals,
  }
}

/** How often a day a station's running figure is computed: once per arrival, but at most once per run of the sweep. */
export const computationsPerDay = ({ reportingHours }: CostFleet, { arrivals }: FleetTraffic, sweepMinutes: number): number =>
  Math.min(arrivals, (reportingHours * HOUR_MS) / (sweepMinutes * MINUTE_MS), DAY_MS / MINUTE_MS)

/** A county's day is assessed when it is over, and now and then again for late readings; so many of its stations are looked into. */
export const ASSESSMENTS_PER_DAY = 1.2
export const LOOKED_SHARE = 0.4

/** How many station-days a month are looked into. */
export const lookedDays = ({ fleet }: { fleet: CostFleet }): number =>
  fleet.stations * LOOKED_SHARE * ASSESSMENTS_PER_DAY * DAYS_PER_MONTH
