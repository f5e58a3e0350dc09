import type { ChinaDay, ChinaMonth } from '../domain/calendar.ts'
import type { StandingDay, StationStatement } from '../domain/income.ts'
import type { SlipContent, SlipRefusal } from '../domain/slip.ts'
import type { SlipImportError } from '../domain/slip-import.ts'
import type { RegionRef } from './api-types.ts'

/** What the API answers about settlement slips. Days are both included, energy is whole Wh, money whole fen. */

export const SLIP_STATES = ['in_force', 'corrected', 'withdrawn'] as const
export type SlipState = (typeof SLIP_STATES)[number]

/** One slip as it was recorded, and what has become of it. `entry` names it within its station. */
export type SlipView = SlipContent & {
  entry: number
  state: SlipState
  recordedBy: string
  recordedAtMs: number
  /** The number of the document that has taken its place. */
  correctedBy: string | null
  withdrawn: { reason: string; recordedBy: string; recordedAtMs: number } | null
}
type Span = { from: ChinaDay; to: ChinaDay }

/** A station's month as it was settled. */
export type SettledMonth = Pick<StationStatement, 'version' | 'computedAtMs' | 'provisional' | 'energyWh'> & {
  days: StandingDay[]
  slips: NonNullable<StationStatement['slips']>
  findings: NonNullable<StationStatement['findings']>
}

/** GET /api/slips/stations/{id}?month= : its slips, the newest period first, and how the month stands; last month unless told. */
export type StationSlips = {
  asOfMs: number
  stationId: string
  billingAccount: string
  /** Whether the person asking may record slips of it. */
  mayRecord: boolean
  slips: SlipView[]
  /** Days between one slip in force and the next. */
  gaps: Span[]
  month: ChinaMonth
  /** Null while there is no statement. */
  settled: SettledMonth | null
}

export type SlipStation = {
  stationId: string
  name: string
  billingAccount: string
  /** Those in force with a day in the month, by their first day. */
  slips: SlipView[]
  /** Days in service of the month that a slip covers, of all. */
  days: { covered: number; of: number }
}
/** GET /api/slips?county=&month= : every station of a region in service in the month; last month unless told. */
export type SlipsView = { asOfMs: number; region: RegionRef; month: ChinaMonth; stations: SlipStation[] }

/** POST /api/slips/stations/{id} : `isNew` is false when the same slip was there. The months named are settled again. */
export type SlipRecorded = { isNew: boolean; slip: SlipView; months: ChinaMonth[] }
/** POST /api/slips/stations/{id}/withdrawals */
export type SlipWithdrawn = { isNew: boolean; slip: SlipView; months: ChinaMonth[] }
/** What is beside the problem details of a slip that is not taken. */
export type SlipProblem = { detail: string; reason?: SlipRefusal; about?: string }

/** POST /api/slips/import : nothing is written on a dry run or when a line has an error; at most 200 errors are listed. */
export type SlipImport = {
  written: boolean
  /** Lines read without an error; `isNew` is false for a slip that was there. */
  slips: (SlipContent & { line: number; stationId: string; isNew: boolean })[]
  errors: SlipImportError[]
  errorCount: number
}
