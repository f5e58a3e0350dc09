import { openSummaries, type ReadingSummary } from '../domain/reading-summary.ts'
import type { Series, SummaryAsk } from './readings.ts'

/** For adapters whose technology has nothing cheaper: summaries of the readings themselves, `series` having the two quantities. */
export const summariesOf = (found: readonly Series[], ask: SummaryAsk): Map<string, ReadingSummary> => {
  const summaries = openSummaries(found.length, ask)
  const slots = Int32Array.from(found.keys())
  for (const [slot, { atMs, values }] of found.entries()) {
    const rows = {
      device: new Int32Array(atMs.length).fill(slot),
      sinceMs: Int32Array.from(atMs, (at) => at - ask.fromMs),
      wh: Float64Array.from(atMs, (_, row) => values[ask.register]?.[row] ?? Number.NaN),
      acPowerW: Float64Array.from(atMs, (_, row) => values.acPowerW?.[row] ?? Number.NaN),
      count: atMs.length,
    }
    summaries.add(rows, slots)
  }
  return new Map(
    found.flatMap(({ deviceId }, slot) => {
      const summary = summaries.of(slot)
      return summary ? [[deviceId, summary] as const] : []
    }),
  )
}
