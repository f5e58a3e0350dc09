import type { Reading } from '../domain/reading.ts'
import { inCanonicalOrder } from './archive-file.ts'
import type { ReadingReader, Span } from './readings.ts'

/** Readings asked for at once: more of them make a query slow and an answer large. */
const READINGS_PER_ASK = 20_000
const DEVICES_PER_ASK = 200

type Reader = Pick<ReadingReader, 'list' | 'conflicts'>

/** Every whole reading of a span, those in conflict included, in canonical order. What arrives meanwhile may be in it or not. */
export const wholeReadings = async (reader: Reader, { deviceIds, fromMs, toMs }: Span): Promise<Reading[]> => {
  const found: Reading[] = []
  for (let at = 0; at < deviceIds.length; at += DEVICES_PER_ASK) {
    const span = { deviceIds: deviceIds.slice(at, at + DEVICES_PER_ASK), fromMs, toMs }
    found.push(...(await undisputed(reader, span)))
    // Asked for second: what has become a conflict since is then in both answers and not in neither.
    found.push(...(await reader.conflicts(span)).flatMap(({ readings }) => readings))
  }
  return inCanonicalOrder(found)
}

/** `list` has a limit and no cursor: a span that reaches it is asked for in halves. */
const undisputed = async (reader: Reader, span: Span): Promise<Reading[]> => {
  const readings = await reader.list(span, READINGS_PER_ASK)
  if (readings.length < READINGS_PER_ASK) return readings
  const middleMs = Math.floor((span.fromMs + span.toMs) / 2)
  const [earlier, later] = [
    { ...span, toMs: middleMs },
    { ...span, fromMs: middleMs },
  ]
  return [...(await undisputed(reader, earlier)), ...(await undisputed(reader, later))]
}
