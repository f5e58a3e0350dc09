import type { DuckDBConnection } from '@duckdb/node-api'
import { HALF_DAY_MS, halfDayNumberOf, halfDayStartMs } from '../../domain/calendar.ts'
import { SUMMARY_TERMS } from '../../domain/ordinary-day.ts'
import type { Quantity } from '../../domain/reading.ts'
import { type GrowingSummaries, growSummaries, openSummaries } from '../../domain/summary-columns.ts'
import { addRows } from '../../domain/summary-rows.ts'
import type { SpanAsk } from '../summaries.ts'
import { askInParts } from './answer.ts'
import type { NumberedReading } from './columns.ts'
import type { Devices } from './devices.ts'
import { summaryRows, summaryRowsOf, summaryRowsSql } from './summary-rows.ts'

/**
 * The newest half-days of all devices, summed up as readings come in, so that nobody has to go through the rows when a day is over:
 * a nation has sent a hundred million of them by then. Kept in memory, some 125 bytes for a device's half-day, and made anew from the
 * rows when the file is opened. What is not kept is summed up from the rows when it is asked for (summaries.ts).
 */
export type KeptSummaries = {
  /** To be called with rows in the order they were stored in, after the commit that stored them and named their devices. */
  add: (rows: readonly NumberedReading[]) => void
  /** Those of a half-day, each in the slot of its device's number; undefined of a span that is not kept, or not with such terms. */
  of: (ask: SpanAsk) => { summaries: GrowingSummaries; register: number } | undefined
  /** Forgets everything and reads it from the file again. */
  reload: () => Promise<void>
}

/** Registers that count for ever (registerOf); what a day register counted is computed from its readings. */
const REGISTERS: readonly Quantity[] = ['energyTotalWh', 'exportTotalWh']
/** The half-day that runs, and those that the day before is computed from, however late on the day after. */
const HALF_DAYS_KEPT = 5

const open = (number: number, devices: number): GrowingSummaries => {
  const span = { fromMs: halfDayStartMs(number), toMs: halfDayStartMs(number + 1) }
  return openSummaries(devices, { ...span, ...SUMMARY_TERMS }, REGISTERS.length)
}

const read = async (connection: DuckDBConnection, number: number, devices: number): Promise<GrowingSummaries> => {
  const summaries = open(number, devices)
  const { fromMs } = summaries
  const sql = `SELECT ${summaryRowsSql(fromMs, REGISTERS)} FROM readings r
    WHERE r.at_ms >= ${fromMs} AND r.at_ms < ${halfDayStartMs(number + 1)}`
  await askInParts(connection, sql, { isLarge: true, take: (cells, count) => addRows(summaries, summaryRows(cells, count)) })
  return summaries
}

/** Nearly always all of one: those that have just been read. */
const byHalfDay = (rows: readonly NumberedReading[]): Iterable<[number, readonly NumberedReading[]]> => {
  const numberOf = ({ reading }: NumberedReading): number => halfDayNumberOf(reading.atMs)
  if (rows[0] === undefined) return []
  const first = numberOf(rows[0])
  return rows.every((row) => numberOf(row) === first) ? [[first, rows]] : Map.groupBy(rows, numberOf)
}

const latestOf = (devices: Devices): number => {
  let latestMs = Number.NEGATIVE_INFINITY
  for (let number = 0; number < devices.count(); number += 1) latestMs = Math.max(latestMs, devices.markOf(number))
  return latestMs
}

export const loadKeptSummaries = async (connection: DuckDBConnection, devices: Devices): Promise<KeptSummaries> => {
  /** Half-days of the newest, unless there is no reading in them. */
  let kept = new Map<number, GrowingSummaries>()
  let newest = Number.NEGATIVE_INFINITY
  const isKept = (number: number): boolean => number > newest - HALF_DAYS_KEPT

  const reload = async (): Promise<void> => {
    newest = Number.POSITIVE_INFINITY
    const latest = halfDayNumberOf(latestOf(devices))
    const loaded: typeof kept = new Map()
    for (let ago = 0; ago < HALF_DAYS_KEPT && Number.isFinite(latest); ago += 1)
      loaded.set(latest - ago, await read(connection, latest - ago, devices.count()))
    kept = loaded
    newest = latest
  }
  await reload()

  return {
    add: (rows) => {
      for (const [number, ofHalfDay] of byHalfDay(rows)) {
        newest = Math.max(newest, number)
        if (!isKept(number)) continue
        const summaries = kept.get(number) ?? open(number, devices.count())
        growSummaries(summaries, devices.count())
        addRows(summaries, summaryRowsOf(ofHalfDay, summaries.fromMs, REGISTERS))
        kept.set(number, summaries)
      }
      for (const number of kept.keys()) if (!isKept(number)) kept.delete(number)
    },
    of: ({ fromMs, toMs, register: quantity, stepWh, quietPowerW }) => {
      const number = halfDayNumberOf(fromMs)
      const isHalfDay = fromMs === halfDayStartMs(number) && toMs === fromMs + HALF_DAY_MS
      const isLike = stepWh === SUMMARY_TERMS.stepWh && quietPowerW === SUMMARY_TERMS.quietPowerW
      const register = REGISTERS.indexOf(quantity)
      if (!isHalfDay || !isLike || register === -1 || !isKept(number)) return undefined
      return { summaries: kept.get(number) ?? open(number, 0), register }
    },
    reload,
  }
}
