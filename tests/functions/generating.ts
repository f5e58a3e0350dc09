import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChinaDay } from '../../domain/calendar.ts'
import type { StationDay } from '../../domain/energy.ts'
import type { Reading } from '../../domain/reading.ts'
import { create } from '../../functions/compute-generation.ts'
import { type DuckDbReadingStore, openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import type { StaleDay } from '../../stores/rows.ts'
import type { Row } from '../domain/sunny.ts'
import { dayNamed } from '../domain/sunny.ts'
import { COUNTY } from '../registry.ts'
import { delivered, rowsOf } from './settling.ts'

/** Empty stores in a folder of their own, a clock the test sets, and a log that remembers what was said. */
export type Generating = {
  tables: SqliteTables
  readings: DuckDbReadingStore
  nowMs: number
  said: { level: string; message: string; fields: Record<string, unknown> }[]
  close: () => Promise<void>
}

export const aGenerating = async (): Promise<Generating> => {
  const folder = mkdtempSync(join(tmpdir(), 'yangguang-'))
  const tables = openTables(':memory:')
  const readings = await openReadingStore(join(folder, 'readings.duckdb'))
  const close = async () => {
    await readings.close()
    tables.close()
    rmSync(folder, { recursive: true })
  }
  return { tables, readings, nowMs: 0, said: [], close }
}

const ambientOf = (world: Generating) => {
  const say = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void world.said.push({ level, message, fields })
  return { now: () => world.nowMs, count: () => {}, log: { info: say('info'), warn: say('warn'), error: say('error') } }
}

export const depsOf = <Over extends object>(world: Generating, over: Over) => ({
  ...world.tables,
  readings: world.readings,
  ...ambientOf(world),
  queues: {},
  ...over,
})

export const dayWork = (day: string, stationId = 'ZL1') => ({ stationId, day: dayNamed(day) })

/** Has these days of a station computed, as the queue would deliver the work. */
export const compute = (world: Generating, days: readonly string[], over: object = {}) =>
  create(depsOf(world, over))(delivered(...days.map((day) => dayWork(day))))

/** Readings of one device as a lifetime counter and power. */
export const readingsFrom = (rows: readonly Row[], deviceId = 'ZL1-INV-1'): Reading[] =>
  rows.map(({ atMs, counterWh, acPowerW }) => ({
    deviceId,
    atMs,
    receivedAtMs: atMs + 1_000,
    ...(counterWh !== null && { energyTotalWh: counterWh }),
    ...(acPowerW !== null && { acPowerW }),
  }))

export const versionsOf = (world: Generating, day: string, stationId = 'ZL1'): Promise<StationDay[]> =>
  rowsOf(world.tables.generation.query({ partition: stationId, from: day, to: `${day}~` }))

export const markStale = (world: Generating, day: string, markedAtMs: number): Promise<unknown> =>
  world.tables.staleDays.put(aMark(day, markedAtMs))
export const aMark = (day: string, markedAtMs: number, stationId = 'ZL1'): StaleDay => ({
  countyCode: COUNTY,
  stationId,
  day: dayNamed(day),
  markedAtMs,
})
/** Days whose marks are pending. */
export const staleDaysOf = async (world: Generating): Promise<ChinaDay[]> =>
  (await rowsOf(world.tables.staleDays.queryIndex('pending', { partition: COUNTY }))).map(({ day }) => day)
