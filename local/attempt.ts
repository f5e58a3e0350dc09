import type { BatchOutcome, CountName, InboundMessage } from '../functions/entry.ts'
import type { Counts } from './progress.ts'

/**
 * Tries a batch so that a message nobody can digest holds up no other: a batch that throws is halved, down to single messages.
 * When one message after another fails alone, it is not they who are at fault; the attempt then stops before the first of them.
 */

/** Runs the ingest function on messages; resolves with its outcome and what it counted. */
export type RunBatch = (messages: readonly InboundMessage[]) => Promise<{ outcome: BatchOutcome; counts: Counts }>
export type Attempt = {
  /** How many messages from the front were dealt with, one way or the other. */
  handled: number
  counts: Counts
  failed: { message: InboundMessage; reason: string }[]
  /** Messages that failed alone since the last success, those before this attempt included. */
  failuresInARow: number
  /** Why the attempt stopped early. */
  outage?: string
}

/** So many single failures in a row stop an attempt, those that came right before it included. */
export type Patience = { failuresInARowMax?: number; failuresBefore?: number }

/** So many messages in a row that fail alone are an outage. */
export const OUTAGE_FAILURES = 8

const addCounts = (sum: Counts, more: Counts): void => {
  for (const [name, by] of Object.entries(more) as [CountName, number][]) sum[name] = (sum[name] ?? 0) + by
}

/** Deals with messages in their order, and stops before those whose failures in a row are an outage. Never throws. */
export const attempt = async (
  messages: readonly InboundMessage[],
  run: RunBatch,
  { failuresInARowMax = OUTAGE_FAILURES, failuresBefore = 0 }: Patience = {},
): Promise<Attempt> => {
  const result: Attempt = { handled: 0, counts: {}, failed: [], failuresInARow: failuresBefore }
  const pieces: (readonly InboundMessage[])[] = [messages]
  /** Of the failures in a row, those of this attempt. */
  let failuresHere = 0
  for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) {
    try {
      const { outcome, counts } = await run(piece)
      const failed = new Set(outcome.failed)
      addCounts(result.counts, counts)
      for (const message of piece)
        if (failed.has(message.messageId)) result.failed.push({ message, reason: 'asked for another try' })
      result.failuresInARow = 0
      failuresHere = 0
    } catch (error) {
      const middle = Math.ceil(piece.length / 2)
      if (piece.length > 1) {
        pieces.push(piece.slice(middle), piece.slice(0, middle))
        continue
      }
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      result.failed.push(...piece.map((message) => ({ message, reason })))
      result.failuresInARow += 1
      failuresHere += 1
      if (result.failuresInARow >= failuresInARowMax) {
        result.failed.splice(-failuresHere)
        return { ...result, handled: result.handled + piece.length - failuresHere, outage: reason }
      }
    }
    result.handled += piece.length
  }
  return result
}
