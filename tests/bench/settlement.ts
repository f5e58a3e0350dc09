import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { allocateVillageMonth } from '../../domain/allocation.ts'
import { type StationStatement, sumFen } from '../../domain/income.ts'
import type { Plan, Station } from '../../domain/registry.ts'
import { settleStationMonth } from '../../domain/settlement.ts'
import { composeVillageMonth } from '../../domain/village-statement.ts'
import { create as settleStation } from '../../functions/settle-station.ts'
import { create as settleVillage } from '../../functions/settle-village.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { daysOf } from '../books.ts'
import { aStation, COUNTY, day } from '../registry.ts'
import { aDeduction, aPlan, aPlanLine, aPrice, aShare, month } from '../settlement.ts'

/**
 * A month of the nation, from station-days to the lines of 4.15 million households. The nation is settled by the product's rules, and
 * its rows are committed by the product's table store in batches: what a machine takes for the figures and for keeping them. A county
 * is settled by the functions themselves, message by message, with every read and every single commit they make. Making the
 * synthetic input is not counted. Every sum is checked on the way.
 */

const VILLAGES = 60_000
const STATIONS = 83_000
const HOUSEHOLDS = 4_150_000
/** Of the villages, those that share a joint station of 175; the others that have a second station have one of their own. */
const JOINT = { stations: 100, villages: 175 }
const COUNTY_STATIONS = 347
const CHUNK = 1_000
const MONTH = month('2026-10')
const NOW_MS = Date.parse('2026-11-05T12:00:00+08:00')

const codeOf = (village: number): string => `34${String(1_000_000_000 + village)}`
/** Some villages have few payees and some many; on average as many as the nation has. */
const payeesOf = (village: number): number => Math.round((HOUSEHOLDS / VILLAGES) * (0.5 + ((village * 37) % 101) / 100))

const stationOf = (stationId: string, villageCode: string): Station => aStation({ stationId, villageCode })
const jointOf = (stationId: string): Station => ({ ...aStation({ stationId, kind: 'joint' }), villageCode: undefined })
const energyOf = (seed: number) => (of: number) => 300_000 + ((of * 7_919 + seed * 104_729) % 700_000)
const pricesOf = (stationId: string) => [
  aPrice({ stationId }),
  aPrice({ stationId, stream: 'subsidy', priceE4YuanPerKwh: 4_656 }),
]
const deductionsOf = (stationId: string) => [
  aDeduction({ stationId, amountFenPerYear: 360_000 }),
  aDeduction({ stationId, kind: 'operation', rateBp: 290 }),
]
const sharesOf = (stationId: string, first: number) =>
  Array.from({ length: JOINT.villages }, (_, at) =>
    aShare({ stationId, villageCode: codeOf(first + at), weight: 187_200, weightTotal: 187_200 * JOINT.villages }),
  )

const planOf = (village: number): Plan =>
  aPlan({
    villageCode: codeOf(village),
    collectiveReserveBp: 1_000,
    ...(village % 10 === 0 && { basis: 'wages' as const }),
    lines: Array.from({ length: payeesOf(village) }, (_, at) => {
      const id = String(at + 1).padStart(4, '0')
      const weight = village % 10 === 0 ? 3_000 : 30_000 + ((at * 13) % 7) * 5_000
      return aPlanLine({ lineId: `L${id}`, personId: `P${id}`, householdId: `H${id}`, weight })
    }),
  })

type Input = Parameters<typeof settleStationMonth>[0]

const inputOf = (station: Station, seed: number, shares: Input['shares'] = []): Input => ({
  station,
  month: MONTH,
  days: daysOf(station.stationId, MONTH, energyOf(seed)),
  slips: [],
  prices: pricesOf(station.stationId),
  deductions: deductionsOf(station.stationId),
  shares,
})

const settled = (input: Input): StationStatement => {
  const made = settleStationMonth(input)
  if (made.kind === 'rejected') throw new Error(made.detail)
  const { netFen, villages } = made.statement
  if (villages.reduce((sum, village) => sum + village.netFen, 0) !== netFen) throw new Error('a fen was lost among villages')
  return { ...made.statement, version: 1, computedAtMs: NOW_MS }
}

type Spent = { ms: number }
const timed = async <Result>(spent: Spent, work: () => Result | Promise<Result>): Promise<Result> => {
  const fromMs = performance.now()
  const result = await work()
  spent.ms += performance.now() - fromMs
  return result
}

/** One village's month by the rules: its statement and its run. Throws when they do not add up. */
const divided = (villageCode: string, statements: readonly StationStatement[], plan: Plan) => {
  const content = composeVillageMonth({ villageCode, countyCode: COUNTY, month: MONTH, statements, complete: true })
  const statement = { ...content, version: 1, computedAtMs: NOW_MS }
  const { allocation, lines } = allocateVillageMonth({ statement, plans: [plan] })
  const { potFen, reserveFen, undistributedFen } = allocation
  if (reserveFen + sumFen(lines) + undistributedFen !== potFen || potFen !== content.netFen) throw new Error('a fen was lost')
  return { statement, allocation: { ...allocation, computedAtMs: NOW_MS }, lines }
}

const nation = async (tables: SqliteTables, villages: number) => {
  const spent: Spent = { ms: 0 }
  let households = 0
  const joint = new Map<number, StationStatement>()
  const jointStations = Math.min(JOINT.stations, Math.floor(villages / JOINT.villages))
  for (let at = 0; at < jointStations; at += 1) {
    const stationId = `KT-${at}`
    const input = inputOf(jointOf(stationId), at, sharesOf(stationId, at * JOINT.villages))
    joint.set(at, await timed(spent, () => settled(input)))
  }
  await timed(spent, () => tables.stationStatements.putBatch([...joint.values()]))
  const seconds = Math.round((villages * (STATIONS - VILLAGES)) / VILLAGES) - jointStations
  for (let from = 0; from < villages; from += CHUNK) {
    const chunk = Array.from({ length: Math.min(CHUNK, villages - from) }, (_, at) => from + at)
    const given = chunk.map((village) => {
      const code = codeOf(village)
      const own = [inputOf(stationOf(`A-${village}`, code), village)]
      // Those without a part in a joint station come first: of them some have a second one.
      if (villages - 1 - village < seconds) own.push(inputOf(stationOf(`B-${village}`, code), village + 7))
      return { village, code, own, plan: planOf(village) }
    })
    await timed(spent, async () => {
      const made = given.map(({ village, code, own, plan }) => {
        const shared = joint.get(Math.floor(village / JOINT.villages))
        const statements = own.map(settled)
        return { statements, ...divided(code, shared ? [...statements, shared] : statements, plan) }
      })
      await tables.stationStatements.putBatch(made.flatMap(({ statements }) => statements))
      await tables.villageStatements.putBatch(made.map(({ statement }) => statement))
      await tables.allocationLines.putBatch(made.flatMap(({ lines }) => lines))
      await tables.allocations.putBatch(made.map(({ allocation }) => allocation))
      households += made.reduce((sum, { lines }) => sum + lines.length, 0)
    })
    if (from % (CHUNK * 10) === 0)
      console.log(`${from + chunk.length} of ${villages} villages, ${(spent.ms / 1_000).toFixed(1)} s`)
  }
  return { seconds: spent.ms / 1_000, households }
}

/** A county by the functions themselves: one station a village, each settled by its message and then its village by its own. */
const county = async (tables: SqliteTables): Promise<number> => {
  const sent: object[] = []
  const deps = {
    ...tables,
    now: () => NOW_MS,
    count: () => {},
    log: { info: () => {}, warn: () => {}, error: (_: object, text: string) => console.error(text) },
    queues: { 'settle-village': { send: async (bodies: readonly object[]) => void sent.push(...bodies) } },
  }
  const stations = Array.from({ length: COUNTY_STATIONS }, (_, at) => stationOf(`C-${at}`, codeOf(900_000 + at)))
  await tables.stations.putBatch(stations)
  await tables.prices.putBatch(stations.flatMap(({ stationId }) => pricesOf(stationId)))
  await tables.deductions.putBatch(stations.flatMap(({ stationId }) => deductionsOf(stationId)))
  for (const [at, { stationId }] of stations.entries()) {
    await tables.generation.putBatch(daysOf(stationId, MONTH, energyOf(at)))
    await tables.plans.put({ ...planOf(at), villageCode: codeOf(900_000 + at) })
  }
  const messages = (bodies: readonly object[]) => bodies.map((body, at) => ({ messageId: `m${at}`, body }))
  const fromMs = performance.now()
  const work = stations.map(({ stationId }) => ({ stationId, month: MONTH }))
  const first = await settleStation(deps)({ messages: messages(work) })
  const second = await settleVillage(deps)({ messages: messages(sent) })
  const seconds = (performance.now() - fromMs) / 1_000
  if (first.failed.length + second.failed.length > 0) throw new Error('some of the county was not settled')
  return seconds
}

const rounded = (value: number): number => Number(value.toFixed(3))

/** `--villages` of the nation (60,000). */
export const benchSettlement = async (argv: readonly string[]): Promise<object> => {
  const { values } = parseArgs({ args: [...argv], options: { villages: { type: 'string' } } })
  const villages = Number(values.villages ?? VILLAGES)
  const folder = mkdtempSync(join(tmpdir(), 'yangguang-settlement-'))
  const tables = openTables(join(folder, 'tables.sqlite'))
  try {
    const { seconds, households } = await nation(tables, villages)
    const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1_024)
    const countySeconds = await county(tables)
    console.table({ villages, households, 'settled on': day('2026-11-05') })
    return {
      seconds: rounded(seconds),
      peakRssMb,
      householdsPerSecond: Math.round(households / seconds),
      countySeconds: rounded(countySeconds),
    }
  } finally {
    tables.close()
    rmSync(folder, { recursive: true })
  }
}
