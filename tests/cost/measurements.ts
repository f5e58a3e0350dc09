import {
  addDays,
  addMonths,
  type ChinaDay,
  dayEndMs,
  daysOfMonth,
  dayStartMs,
  HOUR_MS,
  MINUTE_MS,
  monthOfDay,
  spanOfMonth,
} from '../../domain/calendar.ts'
import type { Occasion } from '../../domain/cost-appetites.ts'
import type { StationDay } from '../../domain/energy.ts'
import type { StationStatement } from '../../domain/income.ts'
import type { RegistryRows } from '../../domain/registry-import.ts'
import type { Slip } from '../../domain/slip.ts'
import { create as apiClosings } from '../../functions/api-closings.ts'
import { create as apiCounty } from '../../functions/api-county.ts'
import { create as apiPapers } from '../../functions/api-papers.ts'
import { create as apiPlans } from '../../functions/api-plans.ts'
import { create as apiPerformance } from '../../functions/api-performance.ts'
import { create as apiQuarantine } from '../../functions/api-quarantine.ts'
import { create as apiSession } from '../../functions/api-session.ts'
import { create as apiReceipts } from '../../functions/api-receipts.ts'
import { create as apiResets } from '../../functions/api-resets.ts'
import { create as apiSlips } from '../../functions/api-slips.ts'
import { create as apiStations } from '../../functions/api-stations.ts'
import { create as apiTrace } from '../../functions/api-trace.ts'
import { create as apiVillages } from '../../functions/api-villages.ts'
import { create as assessPerformance } from '../../functions/assess-performance.ts'
import { create as auditLedger } from '../../functions/audit-ledger.ts'
import { create as archiveReadings } from '../../functions/archive-readings.ts'
import { create as computeGeneration } from '../../functions/compute-generation.ts'
import { writeRegistry } from '../../functions/edge/registry-write.ts'
import { hashPassword } from '../../functions/edge/session.ts'
import { create as ingest } from '../../functions/ingest-readings.ts'
import { create as settleStation } from '../../functions/settle-station.ts'
import { create as settleVillage } from '../../functions/settle-village.ts'
import { create as sweepClosings } from '../../functions/sweep-closings.ts'
import { create as sweepGeneration } from '../../functions/sweep-generation.ts'
import { create as sweepPerformance } from '../../functions/sweep-performance.ts'
import { create as sweepSettlement } from '../../functions/sweep-settlement.ts'
import { create as watchOffline } from '../../functions/watch-offline.ts'
import { statementOf } from '../a-county.ts'
import { aPost, bearerOf } from '../api.ts'
import { aGateway, COUNTY, day } from '../registry.ts'
import { aDeduction, aPlan, aPrice, month, somePlanLines } from '../settlement.ts'
import { aSlip } from '../slips.ts'
import type { Metered } from './meter.ts'
import {
  livenessOf,
  inCounty,
  type MeteredCounty,
  NOON_TODAY_MS,
  readingsInMemory,
  readingsOf,
  ROUND_MS,
  type Shape,
  TODAY,
  villageOf,
} from './metered-county.ts'

/** Every function of the manifest at work on metered tables. Each answers what one call takes for the numbers of things it is told. */

/** What was worked on, and what that took. */
export type Sample = { counts: Record<string, number>; metered: Metered }
export type Measurement = () => Promise<Sample[]>

const SMALL: Shape = { stations: 10, devices: 5 }
const MORE_STATIONS: Shape = { stations: 30, devices: 5 }
const MORE_DEVICES: Shape = { stations: 10, devices: 9 }

/** What the last step takes; `before` puts things in order and is not counted. */
const taken = async (county: MeteredCounty, step: () => Promise<unknown>): Promise<Metered> => {
  county.meter.take()
  await step()
  return county.meter.take()
}

/** A function that looks over whole counties, in three of different size. */
const overCounties =
  (prepare: (county: MeteredCounty) => Promise<() => Promise<unknown>>): Measurement =>
  () =>
    Promise.all(
      [SMALL, MORE_STATIONS, MORE_DEVICES].map((shape) =>
        inCounty(shape, async (county) => {
          const step = await prepare(county)
          const { stations, devices } = shape
          return { counts: { county: 1, station: stations, device: stations * devices }, metered: await taken(county, step) }
        }),
      ),
    )

/** What the gateways of the first stations publish at an instant. */
const messagesAt = (county: MeteredCounty, count: number, atMs: number) =>
  county.stations.slice(0, count).map(({ stationId }) => {
    const gatewayId = `GW-${stationId}`
    const own = county.devices.filter((device) => device.stationId === stationId)
    const readings = own.map((device) => county.plant.readingAt(device, atMs))
    return {
      messageId: `${gatewayId}-${atMs}`,
      topic: `pv/${gatewayId}/readings`,
      clientId: gatewayId,
      payload: new TextEncoder().encode(JSON.stringify({ v: 1, sentAtMs: atMs, seq: 81_234, readings })),
      receivedAtMs: atMs + 1_000,
    }
  })

/**
 * A round of a warm instance: it has heard every device before, its view of the registry is older than five seconds, and the figure
 * of the round before has been computed.
 */
const ingestRound = (shape: Shape, messages: number): Promise<Sample> =>
  inCounty(shape, async (county) => {
    const take = ingest({ ...county.deps, readings: readingsInMemory() })
    await take({ messages: messagesAt(county, messages, NOON_TODAY_MS) })
    for (const { stationId } of county.stations.slice(0, messages)) {
      const mark = { countyCode: COUNTY, stationId, day: TODAY, markedAtMs: NOON_TODAY_MS, settledAtMs: NOON_TODAY_MS }
      await county.tables.staleDays.put(mark)
    }
    county.clock.nowMs += ROUND_MS
    const metered = await taken(county, () => take({ messages: messagesAt(county, messages, NOON_TODAY_MS + ROUND_MS) }))
    return { counts: { message: messages, device: messages * shape.devices }, metered }
  })

const runOf = async (county: MeteredCounty, of: ChinaDay, untilMs: number) => {
  const { stationId } = county.stations[0] ?? { stationId: '' }
  const readings = readingsInMemory(readingsOf(county, stationId, dayStartMs(of) - 12 * HOUR_MS, untilMs))
  await county.tables.staleDays.put({ countyCode: COUNTY, stationId, day: of, markedAtMs: untilMs })
  county.clock.nowMs = untilMs
  const compute = computeGeneration({ ...county.deps, readings })
  return () => compute({ messages: [{ messageId: 'm1', body: { stationId, day: of } }] })
}

/** The figure of a running day again after one more round of readings; or for the last time, when the day is over. */
const computation = (closing: boolean, devices: number): Promise<Sample> =>
  inCounty({ stations: 1, devices }, async (county) => {
    await (await runOf(county, TODAY, NOON_TODAY_MS))()
    const step = await runOf(county, TODAY, closing ? dayEndMs(TODAY) + HOUR_MS : NOON_TODAY_MS + ROUND_MS)
    return { counts: { call: 1, device: devices }, metered: await taken(county, step) }
  })

/** Both rows of every day: the running figure it had, and the final one. */
const monthsOfDays = async (county: MeteredCounty, months: number): Promise<object[]> => {
  await (await runOf(county, TODAY, dayEndMs(TODAY) + HOUR_MS))()
  const { rows } = await county.tables.generation.query({ partition: county.stations[0]?.stationId ?? '' })
  const final = rows[0]?.row
  if (!final) throw new Error('the day was not computed')
  const of = Array.from({ length: months }, (_, ago) => addMonths(month('2026-10'), -ago)).flatMap(daysOfMonth)
  return county.stations.flatMap(({ stationId }) =>
    of.flatMap((each) => [0, 1].map((version) => ({ ...final, stationId, day: each, version }))),
  )
}

/** The ledger of a year, with a slip of each month, all of one energy. */
const slipsOf = (stationId: string, over: Partial<Slip> = {}): Slip[] =>
  Array.from({ length: 12 }, (_, at) => {
    const of = addMonths(month('2026-10'), at - 11)
    return aSlip({ stationId, entry: at + 1, document: `示范结${of}`, ...spanOfMonth(of), ...over })
  })

const settling = async (county: MeteredCounty, payees: number): Promise<void> => {
  const days = (await monthsOfDays(county, 1)) as StationDay[]
  await county.seed('generation', days)
  for (const [at, { stationId }] of county.stations.entries()) {
    // What an ordinary month settles agrees with what its days are.
    const own = days.filter((row) => row.stationId === stationId && row.version > 0)
    const energyWh = own.reduce((sum, row) => sum + (row.energyWh ?? 0), 0)
    await county.seed('staleMonths', [{ countyCode: COUNTY, stationId, month: month('2026-10'), markedAtMs: NOON_TODAY_MS }])
    await county.seed('slips', slipsOf(stationId, { energyWh }))
    await county.seed('prices', [aPrice({ stationId }), aPrice({ stationId, stream: 'subsidy' })])
    const rate = { stationId, rateBp: 290, kind: 'operation' as const }
    await county.seed('deductions', [aDeduction({ stationId, amountFenPerYear: 500_000 }), aDeduction(rate)])
    await county.seed('plans', [aPlan({ villageCode: villageOf(at), lines: somePlanLines(payees) })])
  }
  county.clock.nowMs = dayStartMs(day('2026-11-02'))
}

/** A month settled for the first time, or once more without anything new. */
const stationSettlement = (again: boolean, devices: number): Promise<Sample> =>
  inCounty({ stations: 1, devices }, async (county) => {
    await settling(county, 10)
    const settle = settleStation(county.deps)
    const work = { stationId: county.stations[0]?.stationId, month: '2026-10' }
    const step = () => settle({ messages: [{ messageId: 'm1', body: work }] })
    if (again) await step()
    return { counts: { call: 1, device: devices }, metered: await taken(county, step) }
  })

const villageSettlement = (again: boolean, payees: number): Promise<Sample> =>
  inCounty({ stations: 1, devices: 5 }, async (county) => {
    await settling(county, payees)
    const stationWork = { stationId: county.stations[0]?.stationId, month: '2026-10' }
    await settleStation(county.deps)({ messages: [{ messageId: 'm1', body: stationWork }] })
    const settle = settleVillage(county.deps)
    const step = () => settle({ messages: [{ messageId: 'm2', body: { villageCode: villageOf(0), month: '2026-10' } }] })
    if (again) await step()
    return { counts: { call: 1, payee: payees }, metered: await taken(county, step) }
  })

const booksAudited = (months: 0 | 1, payees: number): Promise<Sample> =>
  inCounty({ stations: 1, devices: 5 }, async (county) => {
    await settling(county, payees)
    if (months === 1) {
      const stationWork = { stationId: county.stations[0]?.stationId, month: '2026-10' }
      await settleStation(county.deps)({ messages: [{ messageId: 'm1', body: stationWork }] })
      const work = { villageCode: villageOf(0), month: '2026-10' }
      await settleVillage(county.deps)({ messages: [{ messageId: 'm2', body: work }] })
    }
    const metered = await taken(county, () => auditLedger(county.deps)({ atMs: NOON_TODAY_MS }))
    return { counts: { county: 1, stationMonth: months, payee: months * payees }, metered }
  })

/** The statement of a station of five devices. */
const aSettledMonth = (): Promise<StationStatement> =>
  inCounty({ stations: 1, devices: 5 }, async (county) => {
    await settling(county, 10)
    const { stationId } = county.stations[0] ?? { stationId: '' }
    await settleStation(county.deps)({ messages: [{ messageId: 'm1', body: { stationId, month: '2026-10' } }] })
    const { rows } = await county.tables.stationStatements.query({ partition: stationId })
    if (!rows[0]) throw new Error('the month was not settled')
    return rows[0].row
  })

const TURN_MS = 10 * MINUTE_MS
/** Midnight by UTC: the turn of the first county, and there of the first of every dozen stations. */
const FIRST_TURN_MS = dayStartMs(day('2026-11-20')) + 8 * HOUR_MS

/**
 * A run of the sweep with nothing marked. `turn` is the place in their dozen of the stations looked at, each of which has some
 * settled months behind it and else nothing known; without one it is not the county's turn.
 */
const settlementSweep = (stations: number, settled: number, turn?: number): Promise<Sample> =>
  inCounty({ stations, devices: 5 }, async (county) => {
    const statement = await aSettledMonth()
    const months = Array.from({ length: settled }, (_, ago) => addMonths(month('2026-10'), -ago))
    const statements = county.stations.flatMap(({ stationId }) => months.map((of) => ({ ...statement, stationId, month: of })))
    await county.seed('stationStatements', statements)
    const atMs = FIRST_TURN_MS + (turn === undefined ? 1 : 12 * turn) * TURN_MS
    const metered = await taken(county, () => sweepSettlement(county.deps)({ atMs }))
    if (turn === undefined) return { counts: { county: 1, countyTurn: 0, station: 0, stationMonth: 0, emptyMonth: 0 }, metered }
    const looked = county.stations.filter((_, at) => at % 12 === turn).length
    const counts = { county: 1, countyTurn: 1, station: stations, stationMonth: looked * settled }
    return { counts: { ...counts, emptyMonth: looked * (14 - settled) }, metered }
  })

/** So many station-days are due for the archive. */
const archiving = (days: number): Promise<Sample> =>
  inCounty({ stations: days, devices: 5 }, async (county) => {
    const of = addDays(TODAY, -46)
    const marks = county.stations.map(({ stationId }) => ({
      countyCode: COUNTY,
      stationId,
      day: of,
      markedAtMs: 1,
      settledAtMs: 2,
    }))
    await county.seed('staleDays', marks)
    const readings = readingsInMemory(
      county.stations.flatMap(({ stationId }) => readingsOf(county, stationId, dayStartMs(of), dayStartMs(of) + HOUR_MS)),
    )
    const archive = { get: async () => undefined, list: async () => ({ keys: [], isLast: true }), put: async () => undefined }
    const run = archiveReadings({ ...county.deps, readings, archive })
    return { counts: { county: 1, stationDay: days }, metered: await taken(county, () => run({ atMs: NOON_TODAY_MS })) }
  })

const everyStationIsStale = async (county: MeteredCounty): Promise<void> => {
  for (const { stationId } of county.stations)
    await county.tables.staleDays.put({ countyCode: COUNTY, stationId, day: TODAY, markedAtMs: NOON_TODAY_MS })
}

/** The sweep of an instance that knows which days are closed, after a round of every station. */
const warmSweep = overCounties(async (county) => {
  await county.seed(
    'stations',
    county.stations.map((station) => ({ ...station, commissionedOn: TODAY })),
  )
  await everyStationIsStale(county)
  const sweep = sweepGeneration(county.deps)
  return () => sweep({ atMs: NOON_TODAY_MS })
})

/** The first sweep of a new instance asks about the forty days before. */
const firstSweep = (shape: Shape): Promise<Sample> =>
  inCounty(shape, async (county) => {
    const [final] = await monthsOfDays(county, 1)
    const rows = county.stations.flatMap(({ stationId }) =>
      Array.from({ length: 40 }, (_, ago) => addDays(TODAY, -1 - ago)).flatMap((each) =>
        [0, 1].map((version) => ({ ...final, stationId, day: each, version })),
      ),
    )
    await county.seed('generation', rows)
    county.clock.nowMs = NOON_TODAY_MS
    await everyStationIsStale(county)
    const sweep = sweepGeneration(county.deps)
    const { stations, devices } = shape
    const metered = await taken(county, () => sweep({ atMs: NOON_TODAY_MS }))
    return { counts: { county: 1, station: stations, device: stations * devices }, metered }
  })

/** A county's day for the first time, a week of assessed days behind it; what it reads of readings is the reading store's. */
const assessment = async (county: MeteredCounty) => {
  const [final] = await monthsOfDays(county, 1)
  const days = Array.from({ length: 7 }, (_, ago) => addDays(TODAY, -6 + ago))
  await county.seed(
    'generation',
    county.stations.flatMap(({ stationId }) => days.map((each) => ({ ...final, stationId, day: each, version: 1 }))),
  )
  county.clock.nowMs = dayEndMs(TODAY) + HOUR_MS
  const run = assessPerformance({ ...county.deps, readings: readingsInMemory() })
  const assess = (each: ChinaDay) => run({ messages: [{ messageId: 'm1', body: { countyCode: COUNTY, day: each } }] })
  for (const each of days.slice(0, -1)) await assess(each)
  await county.tables.staleCountyDays.put({ countyCode: COUNTY, day: TODAY, markedAtMs: NOON_TODAY_MS })
  return () => assess(TODAY)
}

type Answer = (request: Request) => Promise<Response>
const ADMINISTRATOR = { userName: 'an-officer', role: 'administrator' as const, regionCode: COUNTY }

/** Asks as the county's administrator; a refusal is an error of the measurement. */
const asking = async (county: MeteredCounty, answer: Answer) => {
  const { authorization } = await bearerOf(county.tables, ADMINISTRATOR, county.clock.nowMs)
  return async (path: string, body?: object): Promise<void> => {
    const request = body
      ? aPost(path, body, { authorization })
      : new Request(`http://api.test${path}`, { headers: { authorization } })
    const response = await answer(request)
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`)
  }
}

const todays = async (county: MeteredCounty): Promise<void> => {
  const [final] = await monthsOfDays(county, 1)
  await county.seed(
    'generation',
    county.stations.map(({ stationId }) => ({ ...final, stationId, day: TODAY, version: 0 })),
  )
  county.clock.nowMs = NOON_TODAY_MS
}

/** Statements of last month for every village, two versions of each. */
const statements = (county: MeteredCounty): Promise<unknown> =>
  county.seed(
    'villageStatements',
    county.stations.flatMap((_, at) => [1, 2].map((version) => ({ ...statementOf(9), villageCode: villageOf(at), version }))),
  )

const request = (create: (county: MeteredCounty) => Answer, path: (county: MeteredCounty) => string): Measurement =>
  overCounties(async (county) => {
    await todays(county)
    await statements(county)
    const ask = await asking(county, create(county))
    return () => ask(path(county))
  })

const session = (refresh: boolean): Promise<Sample> =>
  inCounty({ stations: 1, devices: 5 }, async (county) => {
    const password = 'an invented password'
    const passwordHash = await hashPassword(password, 2 ** 14)
    await county.tables.users.put({ ...ADMINISTRATOR, passwordHash, disabled: false })
    const ask = await asking(county, apiSession(county.deps))
    const logIn = () => ask('/api/session', { userName: ADMINISTRATOR.userName, password })
    await logIn()
    const metered = await taken(county, refresh ? () => ask('/api/session/refresh', {}) : logIn)
    return { counts: { call: 1 }, metered }
  })

/** The writing half of an import: a county's registry, its prices and its people, as they stand there already. */
const registryImport = (shape: Shape, payees: number): Promise<Sample> =>
  inCounty(shape, async (county) => {
    const { tables, regions, stations, devices } = county
    const people = somePlanLines(payees)
    const rows: RegistryRows = {
      regions,
      stations,
      gateways: stations.map(({ stationId }) => aGateway({ gatewayId: `GW-${stationId}` })),
      devices,
      prices: stations.flatMap(({ stationId }) => [aPrice({ stationId }), aPrice({ stationId, stream: 'subsidy' })]),
      deductions: stations.map(({ stationId }) => aDeduction({ stationId, amountFenPerYear: 500_000 })),
      shares: [],
      households: stations.flatMap((_, at) =>
        people.map(({ householdId }) => ({ householdId, villageCode: villageOf(at), headName: '甲某某' })),
      ),
      persons: stations.flatMap((_, at) =>
        people.map(({ personId, householdId }) => ({ personId, householdId, villageCode: villageOf(at), name: '甲某某' })),
      ),
      memberships: [],
      plans: stations.map((_, at) => aPlan({ villageCode: villageOf(at), lines: people })),
      policyRules: [],
      incomes: [],
      regionDeductions: [],
      vatRules: [],
      dueRules: [],
    }
    const metered = await taken(county, () => writeRegistry(tables, rows, { by: 'admin', atMs: 1 }))
    const counts = { station: shape.stations, device: shape.stations * shape.devices, payee: shape.stations * payees }
    return { counts, metered }
  })

const stationsOver = (county: MeteredCounty) => apiStations({ ...county.deps, readings: readingsInMemory() })
const firstStation = ({ stations }: MeteredCounty): string => stations[0]?.stationId ?? ''

/** By function, and where one does different things by what it does. */
export const measurements: Record<Occasion, Measurement> = {
  'ingest-readings': () => Promise.all([ingestRound(SMALL, 4), ingestRound({ stations: 10, devices: 9 }, 4)]),
  'sweep-generation': warmSweep,
  'sweep-generation, first run': () =>
    Promise.all([
      firstSweep({ stations: 4, devices: 5 }),
      firstSweep({ stations: 8, devices: 5 }),
      firstSweep({ stations: 4, devices: 9 }),
    ]),
  'compute-generation': () => Promise.all([computation(false, 5), computation(false, 25)]),
  'compute-generation, day over': () => Promise.all([computation(true, 5), computation(true, 25)]),
  'archive-readings': () => Promise.all([archiving(2), archiving(6)]),
  'sweep-settlement': () =>
    Promise.all([
      settlementSweep(12, 0),
      settlementSweep(12, 0, 0),
      settlementSweep(20, 0, 0),
      settlementSweep(20, 0, 9),
      settlementSweep(12, 6, 0),
    ]),
  'settle-station': () => Promise.all([stationSettlement(true, 5), stationSettlement(true, 25)]),
  'settle-station, first time': () => Promise.all([stationSettlement(false, 5), stationSettlement(false, 25)]),
  'settle-village': () => Promise.all([villageSettlement(true, 10), villageSettlement(true, 30)]),
  'settle-village, first time': () => Promise.all([villageSettlement(false, 10), villageSettlement(false, 30)]),
  /** The books of one village's month, beside those of none. */
  'audit-ledger': () => Promise.all([booksAudited(0, 10), booksAudited(1, 10), booksAudited(1, 30)]),
  'sweep-closings': overCounties(async (county) => {
    const sweep = sweepClosings(county.deps)
    return () => sweep({ atMs: NOON_TODAY_MS })
  }),
  'sweep-performance': overCounties(async (county) => {
    const sweep = sweepPerformance(county.deps)
    return () => sweep({ atMs: NOON_TODAY_MS })
  }),
  'assess-performance': overCounties(assessment),
  'watch-offline': overCounties(async (county) => {
    const watch = watchOffline(county.deps)
    await watch({ atMs: NOON_TODAY_MS })
    return () => watch({ atMs: NOON_TODAY_MS + MINUTE_MS })
  }),
  'api-session': async () => [await session(false)],
  'api-session, refresh': async () => [await session(true)],
  'api-county': request(
    ({ deps }) => apiCounty(deps),
    () => `/api/county?code=${COUNTY}`,
  ),
  'api-stations': request(stationsOver, () => `/api/stations?county=${COUNTY}`),
  'api-stations, one': request(stationsOver, (county) => `/api/stations/${firstStation(county)}`),
  'api-villages': request(
    ({ deps }) => apiVillages(deps),
    () => `/api/villages?county=${COUNTY}&month=2026-10`,
  ),
  'api-papers': request(
    ({ deps }) => apiPapers(deps),
    () => `/api/papers/villages/${villageOf(0)}/month?month=2026-10`,
  ),
  'api-papers, county': request(
    ({ deps }) => apiPapers(deps),
    () => `/api/papers/county/month?code=${COUNTY}&month=2026-10`,
  ),
  'api-plans': request(
    ({ deps }) => apiPlans(deps),
    () => `/api/plans/${villageOf(0)}?year=2026`,
  ),
  /** A month of a county, a week of it assessed. */
  'api-performance': overCounties(async (county) => {
    await (await assessment(county))()
    county.clock.nowMs = dayEndMs(TODAY) + HOUR_MS
    const ask = await asking(county, apiPerformance(county.deps))
    return () => ask(`/api/performance?county=${COUNTY}&month=${monthOfDay(TODAY)}`)
  }),
  'api-trace': async () => [
    await inCounty({ stations: 1, devices: 5 }, async (county) => {
      await settling(county, 10)
      const stationWork = { stationId: county.stations[0]?.stationId, month: '2026-10' }
      await settleStation(county.deps)({ messages: [{ messageId: 'm1', body: stationWork }] })
      const work = { villageCode: villageOf(0), month: '2026-10' }
      await settleVillage(county.deps)({ messages: [{ messageId: 'm2', body: work }] })
      const headers = await bearerOf(county.tables, ADMINISTRATOR, county.clock.nowMs)
      const trace = apiTrace({ ...county.deps, readings: readingsInMemory() })
      const path = `http://localhost/api/trace/${villageOf(0)}.2026-10.L001`
      const step = () => trace(new Request(path, { headers }))
      return { counts: { call: 1 }, metered: await taken(county, step) }
    }),
  ],
  'api-closings': request(
    ({ deps }) => apiClosings(deps),
    () => `/api/closings?county=${COUNTY}`,
  ),
  'api-quarantine': request(
    ({ deps }) => apiQuarantine(deps),
    () => `/api/quarantine?county=${COUNTY}`,
  ),
  'api-receipts': request(
    ({ deps }) => apiReceipts(deps),
    () => `/api/receipts/county?code=${COUNTY}`,
  ),
  'api-resets': request(
    ({ deps }) => apiResets({ ...deps, readings: readingsInMemory() }),
    () => `/api/resets/open?county=${COUNTY}`,
  ),
  'api-slips': overCounties(async (county) => {
    for (const { stationId } of county.stations) await county.seed('slips', slipsOf(stationId))
    const ask = await asking(county, apiSlips(county.deps))
    return () => ask(`/api/slips?county=${COUNTY}`)
  }),
  'api-registry': () =>
    Promise.all([
      // Enough stations to fill the batches that are written side by side, as a county does.
      registryImport({ stations: 40, devices: 5 }, 10),
      registryImport({ stations: 40, devices: 9 }, 10),
      registryImport({ stations: 40, devices: 5 }, 20),
    ]),
}

/** Bytes in the tables per station: of what it is, and of one month of its history; with the copies in indexes, and without. */
export const measureStorage = (payees: number) =>
  inCounty({ stations: 1, devices: 5 }, async (county) => {
    const { stations, devices, regions } = county
    const [{ stationId } = { stationId: '' }] = stations
    const villageCode = villageOf(0)
    const lines = somePlanLines(payees)
    const once = [
      await county.seed('regions', regions.slice(2)),
      await county.seed('stations', stations),
      await county.seed('gateways', [aGateway({ gatewayId: `GW-${stationId}` })]),
      await county.seed('devices', devices),
      await county.seed(
        'liveness',
        devices.map((device) => livenessOf(device, NOON_TODAY_MS)),
      ),
      await county.seed('prices', [aPrice({ stationId }), aPrice({ stationId, stream: 'subsidy' })]),
      await county.seed('deductions', [aDeduction({ stationId, amountFenPerYear: 500_000 })]),
      await county.seed('plans', [aPlan({ villageCode, lines })]),
    ]
    await settling(county, payees)
    const body = (work: object) => ({ messages: [{ messageId: 'm1', body: { ...work, month: '2026-10' } }] })
    await settleStation(county.deps)(body({ stationId }))
    await settleVillage(county.deps)(body({ villageCode }))
    const rowsOf = async <Row>(page: Promise<{ rows: { row: Row }[] }>) => (await page).rows.map(({ row }) => row)
    const { tables } = county
    const days = daysOfMonth(month('2026-10'))
    const of = { partition: villageCode }
    const assess = assessPerformance({ ...county.deps, readings: readingsInMemory() })
    for (const each of days) await assess({ messages: [{ messageId: 'm1', body: { countyCode: COUNTY, day: each } }] })
    const monthly = [
      await county.seed('assessments', await rowsOf(tables.assessments.query({ partition: stationId }))),
      // Heads are a county's, whatever stations it has.
      await county.seed(
        'countyDays',
        (await rowsOf(tables.countyDays.query({ partition: COUNTY }))).filter(({ part }) => part > 0),
      ),
      await county.seed('generation', (await monthsOfDays(county, 1)).slice(0, 2 * days.length)),
      await county.seed(
        'staleDays',
        days.map((each) => ({ countyCode: COUNTY, stationId, day: each, markedAtMs: 1, settledAtMs: 2, archivedAtMs: 3 })),
      ),
      await county.seed('staleMonths', await rowsOf(tables.staleMonths.query({ partition: stationId, to: '2026-10' }))),
      await county.seed('slips', slipsOf(stationId).slice(-1)),
      await county.seed('stationStatements', await rowsOf(tables.stationStatements.query({ partition: stationId }))),
      await county.seed('villageStatements', await rowsOf(tables.villageStatements.query(of))),
      await county.seed('allocations', await rowsOf(tables.allocations.query(of))),
      await county.seed('allocationLines', await rowsOf(tables.allocationLines.query({ partition: `${villageCode}#2026-10` }))),
    ]
    const sum = (parts: readonly { alone: number; withIndexes: number }[], key: 'alone' | 'withIndexes') =>
      parts.reduce((bytes, part) => bytes + part[key], 0)
    return {
      alone: { once: sum(once, 'alone'), month: sum(monthly, 'alone') },
      withIndexes: { once: sum(once, 'withIndexes'), month: sum(monthly, 'withIndexes') },
    }
  })

/** JSON of a message of the simulator at noon: without its readings, and per reading. */
export const measureMessage = () =>
  inCounty({ stations: 1, devices: 5 }, async (county) => {
    const bytes = messagesAt(county, 1, NOON_TODAY_MS)[0]?.payload.byteLength ?? 0
    const envelope = JSON.stringify({ v: 1, sentAtMs: NOON_TODAY_MS, seq: 81_234, readings: [] }).length
    return { envelope, reading: (bytes - envelope + 1) / 5 }
  })
