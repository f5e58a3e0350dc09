import { addMonths, type ChinaMonth, monthStartMs, spanOfMonth } from '../domain/calendar.ts'
import type { StationDay } from '../domain/energy.ts'
import { isIncome } from '../domain/income.ts'
import type { VillageMonthWork } from '../domain/settlement-work.ts'
import { close } from '../functions/edge/closing-desk.ts'
import { create as settleStation } from '../functions/settle-station.ts'
import { create as settleVillage } from '../functions/settle-village.ts'
import { openTables, type SqliteTables } from '../stores/sqlite/table.ts'
import { COUNTY } from './registry.ts'
import { delivered, rowsOf } from './functions/settling.ts'

/** A county's books: tables, the two functions that settle, and their clock; what one sends the other is done at once. */
export type Books = {
  tables: SqliteTables
  deps: ReturnType<typeof depsOf>
  /** Puts the clock to the fifth of the month after. */
  after: (month: ChinaMonth) => void
  settle: (stationIds: readonly string[], months: readonly ChinaMonth[]) => Promise<void>
  settleVillages: (work: readonly VillageMonthWork[]) => Promise<void>
  close: (month: ChinaMonth) => ReturnType<typeof close>
  /** All that was sent to settle-village and not done yet. */
  sent: VillageMonthWork[]
}

const depsOf = (tables: SqliteTables, now: () => number, sent: object[]) => ({
  ...tables,
  now,
  count: () => {},
  log: {
    info: () => {},
    warn: () => {},
    error: (fields: object, text: string) => {
      throw new Error(`${text} ${JSON.stringify(fields)}`)
    },
  },
  queues: { 'settle-village': { send: async (bodies: readonly object[]) => void sent.push(...bodies) } },
})

const FIFTH_MS = 4 * 86_400_000 + 12 * 3_600_000

export const openBooks = (): Books => {
  let nowMs = 0
  const tables = openTables(':memory:')
  const sent: VillageMonthWork[] = []
  const deps = depsOf(tables, () => nowMs, sent)
  const drain = async (): Promise<void> => {
    while (sent.length > 0) await settleVillage(deps)(delivered(...sent.splice(0)))
  }
  return {
    tables,
    deps,
    sent,
    after: (month) => {
      nowMs = monthStartMs(addMonths(month, 1)) + FIFTH_MS
    },
    settle: async (stationIds, months) => {
      for (const month of months) {
        await settleStation(deps)(delivered(...stationIds.map((stationId) => ({ stationId, month }))))
        await drain()
      }
    },
    settleVillages: async (work) => {
      sent.push(...work)
      await drain()
    },
    close: async (month) => {
      const done = await close(deps, { countyCode: COUNTY, month, by: 'an-officer' })
      await drain()
      return done
    },
  }
}

/** Days of a month of a station, each with its own energy. */
export const daysOf = (stationId: string, month: ChinaMonth, energyWh: (dayOfMonth: number) => number): StationDay[] => {
  const { to } = spanOfMonth(month)
  return Array.from({ length: Number(to.slice(8)) }, (_, at): StationDay => {
    const wh = energyWh(at + 1)
    return {
      stationId,
      countyCode: COUNTY,
      day: `${month}-${String(at + 1).padStart(2, '0')}` as StationDay['day'],
      version: 1,
      computedAtMs: 1,
      devices: [],
      inverterWh: wh,
      meterWh: wh,
      energyWh: wh,
      basis: 'meter',
      quality: 'measured',
      coveragePermille: 1_000,
      findings: [],
    }
  })
}

const add = (sums: Map<string, number>, key: string, amount: number): void => void sums.set(key, (sums.get(key) ?? 0) + amount)
const nonZero = (sums: Map<string, number>): Record<string, number> =>
  Object.fromEntries([...sums].filter(([, amount]) => amount !== 0).toSorted(([a], [b]) => (a < b ? -1 : 1)))

/**
 * All that was ever settled for a village, by the month it is of: energy and fen of every station and kind, fen of every payee and
 * line of a plan, and what stayed with the collective. Closed books with their adjustments, and books that knew all from the start,
 * must come to the same.
 */
export const settledOf = async ({ tables }: Books, villageCode: string): Promise<Record<string, number>> => {
  const sums = new Map<string, number>()
  const statements = await rowsOf(tables.villageStatements.query({ partition: villageCode }))
  for (const { month, stations, deductions = [], adjustments = [] } of new Map(
    statements.map((row) => [row.month, row]),
  ).values()) {
    const lines = stations.flatMap((station) => station.lines.map((line) => ({ ...line, ofMonth: month })))
    const all = [...lines, ...deductions.map((line) => ({ ...line, stationId: '', energyWh: undefined, ofMonth: month }))]
    for (const { ofMonth, stationId, kind, energyWh, amountFen } of [...all, ...adjustments]) {
      const side = isIncome({ kind, energyWh }) ? 'income' : 'deduction'
      add(sums, `${ofMonth} ${stationId ?? ''} ${side} ${kind} fen`, amountFen)
      add(sums, `${ofMonth} ${stationId ?? ''} ${side} ${kind} Wh`, energyWh ?? 0)
    }
  }
  for (const allocation of await rowsOf(tables.allocations.query({ partition: villageCode }))) {
    const { month, runId, adjustments = [] } = allocation
    const settled = (name: 'potFen' | 'reserveFen' | 'undistributedFen'): void => {
      const others = adjustments.reduce((sum, each) => sum + each[name], 0)
      add(sums, `${month} ${name}`, allocation[name] - others)
      for (const each of adjustments) add(sums, `${each.ofMonth} ${name}`, each[name])
    }
    for (const name of ['potFen', 'reserveFen', 'undistributedFen'] as const) settled(name)
    const partition = `${villageCode}#${month}`
    const lines = await rowsOf(tables.allocationLines.query({ partition, from: `${runId}#`, to: `${runId}#~` }))
    for (const { ofMonth = month, planLineId, lineId, personId, householdId, amountFen } of lines) {
      add(sums, `${ofMonth} ${planLineId ?? lineId} ${personId} ${householdId}`, amountFen)
    }
  }
  return nonZero(sums)
}
