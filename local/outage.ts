import type { InboundMessage, Log } from '../functions/entry.ts'
import { type Attempt, OUTAGE_FAILURES, type Patience } from './attempt.ts'

/**
 * Tells an outage of the stores from messages that nobody can digest: it begins when OUTAGE_FAILURES in a row failed alone, in one
 * attempt or one by one as they came, and lasts until one goes through. Only then it is the others' own fault.
 */
export type OutageWatch = {
  /** How many failures in a row an attempt on the front of the log may have; more and more the longer an outage lasts. */
  atFront: (messages: readonly InboundMessage[]) => Patience
  /** The same for messages that failed before. `proven`: another one just went through, so any number of these may fail. */
  atRetries: (messages: readonly InboundMessage[], proven: boolean) => Patience
  /** Takes note of how an attempt ended; answers how long to wait, 0 while there is no outage. */
  pauseAfter: (tried: Attempt, where: 'front' | 'retries') => number
}

/** Outages in a row after which each looks twice as far for a message that goes through, so that no row of bad ones blocks the log. */
const PATIENCE = 7
const PAUSE_MS = 1_000
const DOUBLINGS_MAX = 6

/** Whether a message of the attempt went through: then the stores work. */
export const wentThrough = ({ handled, failed }: Attempt): boolean => handled > failed.length

export const watchOutages = (log: Log): OutageWatch => {
  let outages = 0
  /** Messages at the front that were handed to the retries since the last one that went through. */
  let failuresInARow = 0

  /** In an outage it takes no more than all of these failing for it to go on. */
  const atMost = (failuresInARowMax: number, { length }: readonly InboundMessage[]): number =>
    outages === 0 ? failuresInARowMax : Math.min(failuresInARowMax, length)

  return {
    atFront: (messages) => ({
      failuresInARowMax: atMost(OUTAGE_FAILURES * 2 ** Math.max(0, outages - PATIENCE + 1), messages),
      failuresBefore: outages === 0 ? failuresInARow : 0,
    }),
    atRetries: (messages, proven) => ({
      failuresInARowMax: proven ? Number.POSITIVE_INFINITY : atMost(OUTAGE_FAILURES, messages),
    }),
    pauseAfter: (tried, where) => {
      if (tried.outage === undefined && where === 'front') failuresInARow = tried.failuresInARow
      else if (wentThrough(tried)) failuresInARow = 0
      outages = tried.outage === undefined ? 0 : outages + 1
      if (outages === 0) return 0
      log.error({ reason: tried.outage, outages }, 'the stores fail every message; waiting')
      return PAUSE_MS * 2 ** Math.min(outages - 1, DOUBLINGS_MAX)
    },
  }
}
