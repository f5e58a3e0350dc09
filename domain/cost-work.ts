import type { Driver, Occasion } from './cost-appetites.ts'
import {
  ASSESSMENTS_PER_DAY,
  type CostFleet,
  computationsPerDay,
  DAYS_PER_MONTH,
  type FleetTraffic,
  MINUTES_PER_MONTH,
  LOOKED_SHARE,
} from './cost-fleet.ts'

/** What every function of the manifest has to do in a month, and how often: from its trigger and from the fleet. */

/** What of a manifest entry decides its cost. */
export type CostedTrigger =
  | { mqtt: string; batch: number }
  | { queue: { batch: number } }
  | { everyMinutes: number }
  | { http: string }
export type CostedEntry = { on: CostedTrigger; memoryMb: number; timeoutSeconds: number }
export type CostedManifest = Record<string, CostedEntry>

/** One kind of call of a function: how often a month, and how many of each thing one call works on. */
export type Work = {
  occasion: Occasion
  times: number
  counts: Partial<Record<Driver, number>>
  /** Invocations of the function, when one takes several of these together. */
  invocations?: number
}

type Given = { fleet: CostFleet; traffic: FleetTraffic; manifest: CostedManifest }
type Planner = (given: Given, entry: CostedEntry) => Work[]

/** Lambda polls a queue with five pollers; each hands on what it gathered in the window. */
export const QUEUE_POLLERS = 5
export const BATCH_WINDOW_SECONDS = 5
/** How often a day a scheduled function begins in a fresh instance, that remembers nothing. */
const FRESH_INSTANCES_PER_DAY = 12
/** How far back the sweep of settlements looks. */
const MONTHS_LOOKED_AT = 14
/** In a run of it one in so many counties has its turn, and there one in so many stations. */
const TURNS_TOGETHER = 12
/** Of the hours the dashboard is open: on the county's page, on the list, at one station. */
const SHARES = { county: 0.5, list: 0.25, station: 0.25 }
/** What an open page asks: every 5 seconds. */
const POLLS_PER_HOUR = 720
const CURVE_POLLS_PER_HOUR = 120
const VILLAGE_POLLS_PER_HOUR = 6
const RANKINGS_PER_HOUR = 2
/** A plan is looked at when there is something to do about it. */
const PLAN_LOOKS_PER_HOUR = 2
const REFRESHES_PER_HOUR = 15
const HOURS_PER_SESSION = 2
/** Papers a village's accountant makes of a month, and an officer of the county. */
const PAPERS = { perVillage: 6, perCounty: 10 }
const QUARANTINE_LOOKS_PER_DAY = 4
/** An office looks which slips are there while it enters them, in some days of a month. */
const SLIP_LOOKS_PER_MONTH = 40
/** Somebody asks where a payee's money comes from. */
const TRACES_PER_VILLAGE = 2
/** Officers look what stands in the way of closing a month until nothing does. */
const CLOSING_LOOKS_PER_MONTH = 20

const runsOf = ({ on }: CostedEntry): number => ('everyMinutes' in on ? MINUTES_PER_MONTH / on.everyMinutes : 0)
const sweepMinutes = ({ manifest }: Given, name: string): number => {
  const on = manifest[name]?.on
  return on && 'everyMinutes' in on ? on.everyMinutes : 1
}
const batchOf = ({ on }: CostedEntry): number => ('queue' in on ? on.queue.batch : 1)

/** A sweep hands on all that is due at once, so batches are full as long as there is enough of it. */
const queued = (entry: CostedEntry, work: Omit<Work, 'invocations'>, runs: number): Work => ({
  ...work,
  invocations: Math.max(work.times / batchOf(entry), Math.min(work.times, runs)),
})

const wholeFleet = ({ fleet, traffic }: Given) => ({
  county: traffic.counties,
  station: fleet.stations,
  device: traffic.devices,
})
const oneCounty = ({ fleet, traffic }: Given) => {
  const stations = Math.min(fleet.stations, fleet.stationsPerCounty)
  return { county: 1, station: stations, device: stations * traffic.devicesPerStation }
}
const imported = (given: Given) => {
  const { station, device } = oneCounty(given)
  return { station, device, payee: station * given.fleet.payees }
}
const monthsSettled = ({ fleet }: Given): number => Math.min(fleet.historyMonths, MONTHS_LOOKED_AT)
/** Every settled month of every station once a day, in its turn. */
const settledAgain = (given: Given): number => given.fleet.stations * monthsSettled(given) * DAYS_PER_MONTH
/** Every station-day goes into the archive once. */
export const archivedDays = ({ fleet }: Pick<Given, 'fleet'>): number => fleet.stations * DAYS_PER_MONTH
const openHours = ({ fleet, traffic }: Pick<Given, 'fleet' | 'traffic'>): number => fleet.dashboardHours * traffic.counties

/** What waits in a county for a person, looked at a few times a day. */
const lookedAt =
  (occasion: Work['occasion']): Planner =>
  (given) => [{ occasion, times: given.traffic.counties * QUARANTINE_LOOKS_PER_DAY * DAYS_PER_MONTH, counts: oneCounty(given) }]

/** By function of the manifest. A function that is not here is named by the bill as one it knows nothing of. */
const PLANNERS: Record<string, Planner> = {
  'ingest-readings': ({ traffic }) => {
    const gathered = Math.max(1, (traffic.messagesPerSecond * BATCH_WINDOW_SECONDS) / QUEUE_POLLERS)
    return [
      {
        occasion: 'ingest-readings',
        times: traffic.messages,
        counts: { message: 1, device: traffic.devicesPerMessage },
        invocations: traffic.messages / gathered,
      },
    ]
  },
  'sweep-generation': (given, entry) => {
    const fresh = FRESH_INSTANCES_PER_DAY * DAYS_PER_MONTH
    return [
      { occasion: 'sweep-generation', times: runsOf(entry) - fresh, counts: wholeFleet(given) },
      { occasion: 'sweep-generation, first run', times: fresh, counts: wholeFleet(given) },
    ]
  },
  'compute-generation': (given, entry) => {
    const { fleet, traffic } = given
    const minutes = sweepMinutes(given, 'sweep-generation')
    const running = fleet.stations * computationsPerDay(fleet, traffic, minutes) * DAYS_PER_MONTH
    const runs = (DAYS_PER_MONTH * fleet.reportingHours * 60) / minutes
    const counts = { call: 1, device: traffic.devicesPerStation }
    return [
      queued(entry, { occasion: 'compute-generation', times: running, counts }, runs),
      queued(entry, { occasion: 'compute-generation, day over', times: fleet.stations * DAYS_PER_MONTH, counts }, DAYS_PER_MONTH),
    ]
  },
  'archive-readings': (given, entry) => {
    const stationDay = archivedDays(given) / runsOf(entry)
    return [{ occasion: 'archive-readings', times: runsOf(entry), counts: { county: given.traffic.counties, stationDay } }]
  },
  'sweep-settlement': (given, entry) => {
    const { county, station } = wholeFleet(given)
    const [turnsOfCounty, turns] = [county / TURNS_TOGETHER, station / TURNS_TOGETHER ** 2]
    const stationMonth = turns * monthsSettled(given)
    const emptyMonth = turns * MONTHS_LOOKED_AT - stationMonth
    const counts = { county, countyTurn: turnsOfCounty, station: station / TURNS_TOGETHER, stationMonth, emptyMonth }
    return [{ occasion: 'sweep-settlement', times: runsOf(entry), counts }]
  },
  'settle-station': (given, entry) => {
    const runs = MINUTES_PER_MONTH / sweepMinutes(given, 'sweep-settlement')
    const counts = { call: 1, device: given.traffic.devicesPerStation }
    return [
      queued(entry, { occasion: 'settle-station', times: settledAgain(given), counts }, runs),
      queued(entry, { occasion: 'settle-station, first time', times: given.fleet.stations, counts }, 1),
    ]
  },
  'settle-village': (given, entry) => {
    const runs = MINUTES_PER_MONTH / sweepMinutes(given, 'sweep-settlement')
    const counts = { call: 1, payee: given.fleet.payees }
    return [
      queued(entry, { occasion: 'settle-village', times: settledAgain(given), counts }, runs),
      queued(entry, { occasion: 'settle-village, first time', times: given.fleet.stations, counts }, 1),
    ]
  },
  'sweep-closings': (given, entry) => [
    { occasion: 'sweep-closings', times: runsOf(entry), counts: { county: given.traffic.counties } },
  ],
  'audit-ledger': (given) => {
    const stationMonth = oneCounty(given).station * monthsSettled(given)
    const counts = { county: 1, stationMonth, payee: stationMonth * given.fleet.payees }
    return [{ occasion: 'audit-ledger', times: given.traffic.counties * DAYS_PER_MONTH, counts }]
  },
  'sweep-performance': (given, entry) => [
    { occasion: 'sweep-performance', times: runsOf(entry), counts: { county: given.traffic.counties } },
  ],
  'assess-performance': (given) => [
    {
      occasion: 'assess-performance',
      times: given.traffic.counties * ASSESSMENTS_PER_DAY * DAYS_PER_MONTH,
      counts: { ...oneCounty(given), stationDay: oneCounty(given).station * LOOKED_SHARE },
    },
  ],
  'watch-offline': (given, entry) => [{ occasion: 'watch-offline', times: runsOf(entry), counts: wholeFleet(given) }],
  'api-session': (given) => [
    { occasion: 'api-session', times: openHours(given) / HOURS_PER_SESSION, counts: { call: 1 } },
    { occasion: 'api-session, refresh', times: openHours(given) * REFRESHES_PER_HOUR, counts: { call: 1 } },
  ],
  'api-county': (given) => [
    { occasion: 'api-county', times: openHours(given) * SHARES.county * POLLS_PER_HOUR, counts: oneCounty(given) },
  ],
  'api-stations': (given) => [
    { occasion: 'api-stations', times: openHours(given) * SHARES.list * POLLS_PER_HOUR, counts: oneCounty(given) },
    {
      occasion: 'api-stations, one',
      // The station, its devices, and from time to time its curve.
      times: openHours(given) * SHARES.station * (2 * POLLS_PER_HOUR + CURVE_POLLS_PER_HOUR),
      counts: oneCounty(given),
    },
  ],
  'api-villages': (given) => [
    { occasion: 'api-villages', times: openHours(given) * VILLAGE_POLLS_PER_HOUR, counts: oneCounty(given) },
  ],
  'api-papers': (given) => [
    { occasion: 'api-papers', times: given.fleet.stations * PAPERS.perVillage, counts: oneCounty(given) },
    { occasion: 'api-papers, county', times: given.traffic.counties * PAPERS.perCounty, counts: oneCounty(given) },
  ],
  'api-plans': (given) => [
    {
      occasion: 'api-plans',
      times: openHours(given) * PLAN_LOOKS_PER_HOUR,
      counts: oneCounty(given),
    },
  ],
  'api-performance': (given) => [
    { occasion: 'api-performance', times: openHours(given) * RANKINGS_PER_HOUR, counts: oneCounty(given) },
  ],
  'api-trace': (given) => [{ occasion: 'api-trace', times: given.fleet.stations * TRACES_PER_VILLAGE, counts: { call: 1 } }],
  'api-closings': (given) => [
    { occasion: 'api-closings', times: given.traffic.counties * CLOSING_LOOKS_PER_MONTH, counts: oneCounty(given) },
  ],
  'api-quarantine': lookedAt('api-quarantine'),
  'api-receipts': lookedAt('api-receipts'),
  'api-resets': lookedAt('api-resets'),
  'api-slips': (given) => [
    { occasion: 'api-slips', times: given.traffic.counties * SLIP_LOOKS_PER_MONTH, counts: oneCounty(given) },
  ],
  'api-registry': (given) => [{ occasion: 'api-registry', times: given.traffic.counties, counts: imported(given) }],
}

/** How often a month somebody looks at the curve of a station's day. */
export const curveReadsOf = (fleet: CostFleet, traffic: FleetTraffic): number =>
  openHours({ fleet, traffic }) * SHARES.station * CURVE_POLLS_PER_HOUR

/** What one function does in a month. */
export type FunctionWork = { name: string; entry: CostedEntry; works: Work[] }

/** The month of every function of the manifest; `unmodelled` names those nothing is known of. */
export const workOf = (
  fleet: CostFleet,
  traffic: FleetTraffic,
  manifest: CostedManifest,
): { functions: FunctionWork[]; unmodelled: string[] } => {
  const functions = Object.entries(manifest).flatMap(([name, entry]) => {
    const planner = PLANNERS[name]
    return planner ? [{ name, entry, works: planner({ fleet, traffic, manifest }, entry) }] : []
  })
  return { functions, unmodelled: Object.keys(manifest).filter((name) => PLANNERS[name] === undefined) }
}
