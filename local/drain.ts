import { RECEIVES_MAX } from '../domain/limits.ts'
import type { InboundMessage, Log } from '../functions/entry.ts'
import { type Attempt, attempt, OUTAGE_FAILURES, type Patience, type RunBatch } from './attempt.ts'
import type { InboundLogReader } from './inbound-log-reader.ts'
import type { Progress, Retry, Step } from './progress.ts'

/**
 * Feeds the inbound log to the ingest function, in order, as SQS feeds a Lambda: batches, receives, later tries, dead letters.
 * While the stores are down it waits and the log grows to its limit; it does not use up the receives of every message. The stores
 * count as down from OUTAGE_FAILURES messages in a row that fail alone until one goes through: only then it is the others' fault.
 */
export type Drain = {
  /** Deals with one batch. `messages` is 0 when there was nothing to do, `pauseMs` how long to wait before the next. */
  step: () => Promise<{ messages: number; bytes: number; pauseMs: number }>
}

export type DrainParts = {
  reader: InboundLogReader
  progress: Progress
  run: RunBatch
  /** Messages per batch at most. */
  batch: number
  now: () => number
  log: Log
  /** Milliseconds before a message that failed `receives` times is tried again. */
  retryAfterMs?: (receives: number) => number
}

/** Beyond this a larger batch is no cheaper per message and only takes more memory. */
const BATCH_BYTES_MAX = 2.5 * 1024 * 1024
const RETRIES_PER_STEP = 500
/** Outages in a row after which each looks twice as far for a message that goes through, so that no row of bad ones blocks the log. */
const PATIENCE = 7
const OUTAGE_PAUSE_MS = 1_000
const DOUBLINGS_MAX = 6

/** 10 s, 1 min, 6 min, 36 min. */
const sixfoldMs = (receives: number): number => 10_000 * 6 ** (receives - 1)

/** Splits what failed into what is tried again and what is given up. */
const sentence = (
  failed: Attempt['failed'],
  receivesOf: (messageId: string) => number,
  { now, retryAfterMs = sixfoldMs }: DrainParts,
): Pick<Step, 'failed' | 'givenUp'> => {
  const judged = failed.map((failure) => ({ ...failure, receives: receivesOf(failure.message.messageId) + 1 }))
  const atMs = now()
  return {
    failed: judged
      .filter(({ receives }) => receives < RECEIVES_MAX)
      .map((failure) => ({ ...failure, dueAtMs: atMs + retryAfterMs(failure.receives) })),
    givenUp: judged.filter(({ receives }) => receives >= RECEIVES_MAX).map((failure) => ({ ...failure, atMs })),
  }
}

/** Whether a message of the attempt went through: then the stores work. */
const wentThrough = ({ handled, failed }: Attempt): boolean => handled > failed.length

const bytesOf = (messages: readonly InboundMessage[]): number =>
  messages.reduce((sum, { payload }) => sum + payload.byteLength, 0)

export const openDrain = (parts: DrainParts): Drain => {
  const { reader, progress, run, batch, now, log } = parts
  /** Messages read ahead of the position and not dealt with yet. */
  let ahead: InboundMessage[] = []
  let outages = 0
  /** Messages at the front that were handed to the retries since the last one that went through. */
  let failuresInARow = 0

  const report = ({ failed, outage }: Attempt): void => {
    for (const { message, reason } of failed.slice(0, 10)) {
      log.warn({ messageId: message.messageId, gatewayId: message.clientId, reason }, 'a message failed and is tried again later')
    }
    if (outage !== undefined) log.error({ reason: outage, outages }, 'the stores fail every message; waiting')
  }

  /** Takes note of how an attempt ended; answers how long to wait after it. */
  const pauseAfter = (tried: Attempt): number => {
    report(tried)
    outages = tried.outage === undefined ? 0 : outages + 1
    return outages === 0 ? 0 : OUTAGE_PAUSE_MS * 2 ** Math.min(outages - 1, DOUBLINGS_MAX)
  }

  /** In an outage it takes no more than all of these failing for it to go on. */
  const inDoubt = (messages: readonly InboundMessage[], failuresInARowMax: number): Patience =>
    outages === 0 ? { failuresInARowMax } : { failuresInARowMax: Math.min(failuresInARowMax, messages.length) }

  /** `proven`: a message just went through, so that these are at fault themselves if they fail, however many. */
  const tryAgain = async (retries: readonly Retry[], proven: boolean): Promise<number> => {
    const receives = new Map(retries.map((retry) => [retry.message.messageId, retry.receives]))
    for (const isCounted of [false, true]) {
      const messages = retries.filter((retry) => retry.isCounted === isCounted).map(({ message }) => message)
      if (messages.length === 0) continue
      const patience = proven ? { failuresInARowMax: Number.POSITIVE_INFINITY } : inDoubt(messages, OUTAGE_FAILURES)
      const tried = await attempt(messages, run, patience)
      const pauseMs = pauseAfter(tried)
      if (wentThrough(tried)) failuresInARow = 0
      const failedIds = new Set(tried.failed.map(({ message }) => message.messageId))
      const dealtWith = messages.slice(0, tried.handled).map(({ messageId }) => messageId)
      progress.advance({
        counts: isCounted ? {} : tried.counts,
        ...sentence(tried.failed, (messageId) => receives.get(messageId) ?? 0, parts),
        settled: dealtWith.filter((messageId) => !failedIds.has(messageId)),
      })
      if (pauseMs > 0) return pauseMs
    }
    return 0
  }

  /** The next messages in order, all of them counted already or none of them. */
  const next = (): { messages: InboundMessage[]; isCounted: boolean } => {
    const { drainedSeq, countedSeq } = progress.position()
    if (ahead.length === 0) ahead = reader.after(drainedSeq, { messagesMax: batch, bytesMax: BATCH_BYTES_MAX })
    const isCounted = drainedSeq < countedSeq
    const end = isCounted ? ahead.findIndex(({ messageId }) => Number(messageId) > countedSeq) : -1
    return { messages: ahead.slice(0, Math.min(batch, end === -1 ? ahead.length : end)), isCounted }
  }

  const moveOn = async (): Promise<{ messages: number; bytes: number; pauseMs: number; proven: boolean }> => {
    const { messages, isCounted } = next()
    if (messages.length === 0) return { messages: 0, bytes: 0, pauseMs: 0, proven: false }
    const reach = OUTAGE_FAILURES * 2 ** Math.max(0, outages - PATIENCE + 1)
    const tried = await attempt(messages, run, {
      failuresBefore: outages === 0 ? failuresInARow : 0,
      ...inDoubt(messages, reach),
    })
    if (tried.outage === undefined) failuresInARow = tried.failuresInARow
    const pauseMs = pauseAfter(tried)
    const last = messages[tried.handled - 1]
    if (last) {
      progress.advance({
        drainedSeq: Number(last.messageId),
        counts: isCounted ? {} : tried.counts,
        ...sentence(tried.failed, () => 0, parts),
        settled: [],
      })
    }
    // Read anew after an outage: what has come since may be what goes through.
    ahead = pauseMs > 0 ? [] : ahead.slice(tried.handled)
    const bytes = bytesOf(messages.slice(0, tried.handled))
    return { messages: tried.handled, bytes, pauseMs, proven: wentThrough(tried) }
  }

  return {
    step: async () => {
      const { proven, ...moved } = await moveOn()
      if (moved.pauseMs > 0) return moved
      const retries = progress.due(now(), RETRIES_PER_STEP)
      if (retries.length === 0) return moved
      const pauseMs = await tryAgain(retries, proven)
      return { ...moved, messages: moved.messages + retries.length, pauseMs }
    },
  }
}
