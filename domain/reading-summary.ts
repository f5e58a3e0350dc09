import { DAY_MS } from './calendar.ts'

/**
 * What a store says of a device's readings in a span in one go, without handing them over: enough to know whether its register ran
 * on evenly, and then what it counted (ordinary-day.ts). Everything is a plain fact about the readings in order of device time;
 * what it means is not judged here.
 */

/** What is summed up: undisputed readings with `fromMs` <= time < `toMs`, epoch ms; at most 24 hours. */
export type SummarySpan = SummaryTerms & { fromMs: number; toMs: number }

export type SummaryTerms = {
  /** Rises of up to so much are no sign of power. Wh of the register. */
  stepWh: number
  /** A device that reports more than this is producing. */
  quietPowerW: number
}

/** Of those readings that have the register; Wh as it shows them. */
export type RegisterSummary = {
  firstAtMs: number
  firstWh: number
  /** The last instant up to which every figure is the first one. */
  firstUntilMs: number
  lastAtMs: number
  lastWh: number
  /** The first instant from which on every figure is the last one. */
  lastSinceMs: number
  minWh: number
  maxWh: number
  /** How many figures are lower than the one before. */
  falls: number
  /** Of any two figures in succession the highest (rise - `stepWh`) per hour, in W; 0 when none rose by more than a step. */
  steepestW: number
  /** The longest time between two figures in succession; 0 when there is one. */
  silenceMs: number
  /** The longest time between two producing readings with one figure and, in between, no other figure and none that is quiet. */
  stillMs: number
}

/** The first and the last reading that report power. */
export type PowerSummary = { firstAtMs: number; firstW: number; lastAtMs: number; lastW: number }

export type ReadingSummary = {
  /** How many instants have a reading, with a figure or without. From 1. */
  readings: number
  /** Bit n is set when there is a reading in the n-th hour of the span, counted from 0. */
  hoursSeen: number
  register: RegisterSummary | undefined
  /** First and last instant at which it was producing. */
  producing: { fromMs: number; untilMs: number } | undefined
  power: PowerSummary | undefined
  /** What the reported power adds up to between the readings that report it, by trapezoids, Wh from 0: its mean times the time. */
  reportedWh: number
}

/** Throws RangeError when the span is longer than a day or its bounds are no whole milliseconds. */
export const assertSummarySpan = ({ fromMs, toMs }: Pick<SummarySpan, 'fromMs' | 'toMs'>): void => {
  if (!Number.isSafeInteger(fromMs) || !Number.isSafeInteger(toMs) || toMs - fromMs > DAY_MS)
    throw new RangeError('a summary is of a span of at most 24 hours between whole milliseconds')
}
