import { assertSummarySpan } from '../domain/reading-summary.ts'
import { type DeviceSummaries, openSummaries, summariesMade } from '../domain/summary-columns.ts'
import { addRows } from '../domain/summary-rows.ts'
import { eachOf } from './at-once.ts'
import type { ReadingReader, Series, SummaryAsk } from './readings.ts'

/** Summaries made of the readings themselves, for adapters whose technology has nothing cheaper. */

export type SpanAsk = Omit<SummaryAsk, 'spans'> & SummaryAsk['spans'][number]

/** Of series that have the register and the power. */
export const summariesOf = (found: readonly Series[], ask: SpanAsk): DeviceSummaries => {
  const slots = new Map(ask.deviceIds.map((deviceId, at) => [deviceId, at]))
  const summaries = openSummaries(ask.deviceIds.length, ask)
  for (const { deviceId, atMs, values } of found) {
    const slot = slots.get(deviceId)
    if (slot === undefined) continue
    addRows(summaries, {
      device: new Int32Array(atMs.length).fill(slot),
      sinceMs: Int32Array.from(atMs, (at) => at - ask.fromMs),
      whs: [Float64Array.from(atMs, (_, row) => values[ask.register]?.[row] ?? Number.NaN)],
      acPowerW: Float64Array.from(atMs, (_, row) => values.acPowerW?.[row] ?? Number.NaN),
      count: atMs.length,
    })
  }
  return summariesMade(summaries)
}

export const summariesFrom =
  (series: ReadingReader['series']): ReadingReader['summaries'] =>
  async ({ spans, ...ask }) => {
    for (const span of spans) assertSummarySpan(span)
    return eachOf(spans, async (span) => {
      const ofSpan = { ...ask, ...span }
      return summariesOf(await series(ofSpan, [ask.register, 'acPowerW']), ofSpan)
    })
  }
