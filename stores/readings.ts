import type { Quantity, Reading } from '../domain/reading.ts'
import type { SummaryTerms } from '../domain/reading-summary.ts'
import { readingValues } from '../domain/reading-values.ts'
import type { DeviceSummaries } from '../domain/summary-columns.ts'

/**
 * The port for the time series.
 *
 * The identity of a reading is (deviceId, atMs). Promises, held by one contract suite over every adapter:
 * - when `append` returns, every reading given is durable; after a throw some may be, and appending all of them again is safe;
 * - an equal repeat (same identity, same values; `receivedAtMs` does not count) is a 'duplicate' and changes nothing;
 * - different values for one identity are all kept and every one but the first answers 'conflict'; from then on the identity
 *   counts for nothing in any other answer, so no result depends on which came first, until an officer chooses;
 * - a number that would not come back as it is (no number, infinite, a counter or time beyond the safe integers) is a RangeError,
 *   and nothing of that batch is stored; minus zero is zero;
 * - what is stored is never changed or dropped by a later append, in whatever order, repetition or batching readings arrive.
 */

/** What became of one reading given to `append`. */
export type Fate = 'stored' | 'duplicate' | 'conflict'

export type Span = {
  deviceIds: readonly string[]
  /** Inclusive, epoch ms, device time. */
  fromMs: number
  /** Exclusive, epoch ms, device time. */
  toMs: number
}

/** One device's readings in order of device time, as columns of equal length; null where the reading had no such quantity. */
export type Series = {
  deviceId: string
  atMs: number[]
  values: Partial<Record<Quantity, (number | null)[]>>
}

/** Two or more different sets of values that claim one identity, in an order that does not depend on which came first. */
export type Conflict = { deviceId: string; atMs: number; readings: Reading[] }

/** What is to be summed up of which devices, and in which spans of at most 24 hours. */
export type SummaryAsk = SummaryTerms & {
  deviceIds: readonly string[]
  spans: readonly Omit<Span, 'deviceIds'>[]
  register: Quantity
}

export type ReadingReader = {
  /** One series per device that has any reading in the span (conflicting identities left out), ordered by deviceId. */
  series: (span: Span, quantities: readonly Quantity[]) => Promise<Series[]>
  /**
   * Per device the nearest reading with the quantity present strictly before `beforeMs`, none older than `notBeforeMs`.
   * Devices without one are left out; ordered by deviceId.
   */
  lastBefore: (
    ask: { deviceIds: readonly string[]; beforeMs: number; notBeforeMs: number },
    quantity: Quantity,
  ) => Promise<Point[]>
  /** The same, looking forward: the nearest at or after `fromMs` and before `beforeMs`. */
  firstAfter: (ask: { deviceIds: readonly string[]; fromMs: number; beforeMs: number }, quantity: Quantity) => Promise<Point[]>
  /** The whole readings of a span, ordered by (deviceId, atMs), conflicts left out; at most `limit`. For looking, not for sums. */
  list: (span: Span, limit: number) => Promise<Reading[]>
  conflicts: (span: Span) => Promise<Conflict[]>
  /**
   * What is to be said of each span, and in it of each device in the order asked; conflicting identities left out. Of a device that is
   * named more than once it may be said at one of its places only.
   */
  summaries: (ask: SummaryAsk) => Promise<DeviceSummaries[]>
  /**
   * Of a store for which a summary is far less than the readings behind it: who can do with summaries asks for them first.
   * Of any other they are made of the readings, and who may need those asks for them at once.
   */
  sparesReadings?: true
  /**
   * For stores that let readings go: from which device time on every reading ever stored is there, at an instant. What is older may
   * be there in part, so nothing may be computed from it again.
   */
  wholeSinceMs?: (nowMs: number) => number
}

export type Point = { deviceId: string; atMs: number; value: number }

export type ReadingStore = ReadingReader & {
  /** Answers one fate per reading, in the order given. Readings of a message side by side may be kept together. */
  append: (readings: readonly Reading[]) => Promise<Fate[]>
}

const byText = (one: string, other: string): number => (one < other ? -1 : Number(one > other))

/** For adapters: the order of every answer, which is that of the ids' characters. */
export const byDeviceId = (one: { deviceId: string }, other: { deviceId: string }): number => byText(one.deviceId, other.deviceId)

/** For adapters: the identity of a reading as one text. No id has a space. */
export const identityOf = ({ deviceId, atMs }: { deviceId: string; atMs: number }): string => `${deviceId} ${atMs}`

/** For adapters: whole readings that claim disputed identities, as the conflicts they are, ordered by (deviceId, atMs). */
export const conflictsOf = (readings: readonly Reading[]): Conflict[] => {
  const inOrder = readings
    .map((reading) => ({ reading, values: readingValues(reading) }))
    .sort(
      (one, other) =>
        byDeviceId(one.reading, other.reading) || one.reading.atMs - other.reading.atMs || byText(one.values, other.values),
    )
  const conflicts: Conflict[] = []
  for (const { reading } of inOrder) {
    const last = conflicts.at(-1)
    if (last?.deviceId === reading.deviceId && last.atMs === reading.atMs) last.readings.push(reading)
    else conflicts.push({ deviceId: reading.deviceId, atMs: reading.atMs, readings: [reading] })
  }
  return conflicts
}
