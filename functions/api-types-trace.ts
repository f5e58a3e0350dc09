import type { ChinaDay, ChinaMonth } from '../domain/calendar.ts'
import type { Finding, Quality } from '../domain/energy.ts'
import type { StandingDay } from '../domain/income.ts'
import type { RegionRef } from './api-types.ts'

/** What the API answers about where a payee's money comes from. */

export const TRACE_STEPS = ['payee', 'adjustment', 'pot', 'statement', 'part', 'income', 'station', 'day'] as const
export type TraceStepKind = (typeof TRACE_STEPS)[number]
/**
 * One joint of the chain, worked out again from the rows it names. Figures by name, their unit at the end of it. `isSame` is null
 * where it could not be worked out again, `note` says why then.
 */
export type TraceStep = {
  kind: TraceStepKind
  /** What it is about: a row by its key. */
  of: string
  figures: Record<string, number | string | null>
  isSame: boolean | null
  note: 'no_readings' | 'no_share' | 'registry_changed' | 'row_gone' | null
}
export type TracedDevice = {
  deviceId: string
  energyWh: number | null
  quality: Quality
  findings: Finding[]
  /** Of the readings of the day itself. */
  readings: number
  firstAtMs: number | null
  firstWh: number | null
  lastAtMs: number | null
  lastWh: number | null
}
/** GET /api/trace/{village}.{month}.{lineId}?run=&station=&day= */
export type Trace = {
  asOfMs: number
  village: RegionRef
  month: ChinaMonth
  lineId: string
  /** A masked name. */
  payee: string
  amountFen: number
  /** False for a run that another has followed since. */
  isCounted: boolean
  /** Whether every joint that could be worked out again gave the same fen. */
  isSame: boolean
  steps: TraceStep[]
  stations: { stationId: string; name: string; version: number }[]
  /** Of the station looked at: the days its statement stands on, and one of them down to its readings. */
  stationId: string | null
  days: StandingDay[]
  day: { day: ChinaDay; version: number; devices: TracedDevice[] } | null
}
