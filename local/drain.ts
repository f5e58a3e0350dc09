import { RECEIVES_MAX } from '../domain/limits.ts'
import type { InboundMessage, Log } from '../functions/entry.ts'
import { type Attempt, attempt, type RunBatch } from './attempt.ts'
import type { InboundLogReader } from './inbound-log-reader.ts'
import { watchOutages, wentThrough } from './outage.ts'
import type { Progress, Retry, Step } from './progress.ts'

/**
 * Feeds the inbound log to the ingest function, in order, as SQS feeds a Lambda: batches, receives, later tries, dead letters.
 * While the stores are down it waits and the log grows to its limit; it does not use up the receives of every message.
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

const bytesOf = (messages: readonly InboundMessage[]): number =>
  messages.reduce((sum, { payload }) => sum + payload.byteLength, 0)

export const openDrain = (parts: DrainParts): Drain => {
  const { reader, progress, run, batch, now, log } = parts
  /** Messages read ahead of the position and not dealt with yet. */
  let ahead: InboundMessage[] = []
  const watch = watchOutages(log)

  const report = ({ failed }: Attempt): void => {
    for (const { message, reason } of failed.slice(0, 10)) {
      log.warn({ messageId: message.messageId, gatewayId: message.clientId, reason }, 'a message failed and is tried again later')
    }
  }

  /** `proven`: a message just went through, so that these are at fault themselves if they fail, however many. */
  const tryAgain = async (retries: readonly Retry[], proven: boolean): Promise<number> => {
    const receives = new Map(retries.map((retry) => [retry.message.messageId, retry.receives]))
    for (const isCounted of [false, true]) {
      const messages = retries.filter((retry) => retry.isCounted === isCounted).map(({ message }) => message)
      if (messages.length === 0) continue
      const tried = await attempt(messages, run, watch.atRetries(messages, proven))
      report(tried)
      const pauseMs = watch.pauseAfter(tried, 'retries')
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
    const tried = await attempt(messages, run, watch.atFront(messages))
    report(tried)
    const pauseMs = watch.pauseAfter(tried, 'front')
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
