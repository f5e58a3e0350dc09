import type { BatchOutcome, Log } from '../entry.ts'

/** What a Lambda makes of a batch that throws: SQS knows which messages to try again, the function knows only that it failed. */

type Batch<Message> = {
  handle: (input: { messages: readonly Message[] }) => Promise<BatchOutcome>
  log: Log
  /** Until Lambda ends the invocation, and everything of the batch comes again. */
  remainingMs: () => number
}

/** So many messages in a row that fail alone are an outage; the rest is left to the queue, as all of it is when time runs out. */
const OUTAGE_FAILURES = 8
const TIME_FOR_ANOTHER_MS = 5_000

const idsOf = (messages: readonly { messageId: string }[]): string[] => messages.map(({ messageId }) => messageId)

/**
 * Does a batch and answers the messages to try again. One that throws is halved, down to single messages, so that a message nobody
 * can digest fails alone and is dead-lettered alone. Throws what the last try threw when not one message went through.
 */
export const failedOf = async <Message extends { messageId: string }>(
  messages: readonly Message[],
  { handle, log, remainingMs }: Batch<Message>,
): Promise<string[]> => {
  const failed: string[] = []
  const pieces: (readonly Message[])[] = [messages]
  let wentThrough = false
  let failuresInARow = 0
  let lastError: unknown
  for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) {
    const goesOn = lastError === undefined || (failuresInARow < OUTAGE_FAILURES && remainingMs() > TIME_FOR_ANOTHER_MS)
    if (!goesOn) {
      failed.push(...idsOf(piece))
      continue
    }
    try {
      failed.push(...(await handle({ messages: piece })).failed)
      wentThrough = true
      failuresInARow = 0
    } catch (error) {
      lastError = error
      const middle = Math.ceil(piece.length / 2)
      if (piece.length > 1) {
        pieces.push(piece.slice(middle), piece.slice(0, middle))
        continue
      }
      log.error(
        { messageIds: idsOf(piece), errorName: error instanceof Error ? error.name : 'unknown' },
        'a message failed alone',
      )
      failed.push(...idsOf(piece))
      failuresInARow += 1
    }
  }
  if (!wentThrough && lastError !== undefined) throw lastError
  return failed
}
