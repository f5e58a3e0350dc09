import { RECEIVES_MAX } from '../domain/limits.ts'
import type { InboundMessage, Log } from '../functions/entry.ts'
import { type Attempt, attempt, OUTAGE_FAILURES, type RunBatch } from './attempt.ts'
import type { InboundLogReader } from './inbound-log-reader.ts'
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
/** Outages in a row after which the messages at the front are handed to the retries one by one, so that the log moves on. */
const PATIENCE = 7
const OUTAGE_PAUSE_MS = 1_000

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
  let outages = 0

  const report = ({ failed, outage }: Attempt): void => {
    for (const { message, reason } of failed.slice(0, 10)) {
      log.warn({ messageId: message.messageId, gatewayId: message.clientId, reason }, 'a message failed and is tried again later')
    }
    if (outage !== undefined) log.error({ reason: outage, outages }, 'the stores fail every message; waiting')
  }

  const pauseAfter = ({ outage }: Attempt): number => {
    outages = outage === undefined ? 0 : outages + 1
    return outages === 0 ? 0 : OUTAGE_PAUSE_MS * 2 ** (outages - 1)
  }

  const tryAgain = async (retries: Retry[]): Promise<number> => {
    const receives = new Map(retries.map((retry) => [retry.message.messageId, retry.receives]))
    for (const isCounted of [false, true]) {
      const messages = retries.filter((retry) => retry.isCounted === isCounted).map(({ message }) => message)
      if (messages.length === 0) continue
      const tried = await attempt(messages, run, Number.POSITIVE_INFINITY)
      const failedIds = new Set(tried.failed.map(({ message }) => message.messageId))
      report(tried)
      progress.advance({
        counts: isCounted ? {} : tried.counts,
        ...sentence(tried.failed, (messageId) => receives.get(messageId) ?? 0, parts),
        settled: messages.map(({ messageId }) => messageId).filter((messageId) => !failedIds.has(messageId)),
      })
    }
    return retries.length
  }

  /** The next messages in order, all of them counted already or none of them. */
  const next = (): { messages: InboundMessage[]; isCounted: boolean } => {
    const { drainedSeq, countedSeq } = progress.position()
    if (ahead.length === 0) ahead = reader.after(drainedSeq, { messagesMax: batch, bytesMax: BATCH_BYTES_MAX })
    const isCounted = drainedSeq < countedSeq
    const end = isCounted ? ahead.findIndex(({ messageId }) => Number(messageId) > countedSeq) : -1
    return { messages: ahead.slice(0, Math.min(batch, end === -1 ? ahead.length : end)), isCounted }
  }

  const moveOn = async (): Promise<{ messages: number; bytes: number; pauseMs: number }> => {
    const { messages, isCounted } = next()
    if (messages.length === 0) return { messages: 0, bytes: 0, pauseMs: 0 }
    const tried = await attempt(messages, run, outages < PATIENCE ? OUTAGE_FAILURES : Number.POSITIVE_INFINITY)
    const pauseMs = pauseAfter(tried)
    report(tried)
    const last = messages[tried.handled - 1]
    if (last) {
      progress.advance({
        drainedSeq: Number(last.messageId),
        counts: isCounted ? {} : tried.counts,
        ...sentence(tried.failed, () => 0, parts),
        settled: [],
      })
      ahead = ahead.slice(tried.handled)
    }
    return { messages: tried.handled, bytes: bytesOf(messages.slice(0, tried.handled)), pauseMs }
  }

  return {
    step: async () => {
      const retries = outages === 0 ? progress.due(now(), RETRIES_PER_STEP) : []
      const retried = retries.length > 0 ? await tryAgain(retries) : 0
      const moved = await moveOn()
      return { ...moved, messages: moved.messages + retried }
    },
  }
}
