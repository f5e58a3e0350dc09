import type * as z from 'zod'
import type { Handler, Log, QueueTrigger } from '../entry.ts'

/** What every function behind a queue has in common. */

/** Another writer may get in between this often before the queue is left to try later. */
const ATTEMPTS_MAX = 8

/**
 * Does a batch of work one message after another. A body the schema refuses is logged without its content and done with, for it
 * will never be better; a throw fails only its own message.
 */
export const eachWork =
  <Work>(schema: z.ZodType<Work>, log: Log, work: (input: Work) => Promise<void>): Handler<QueueTrigger> =>
  async ({ messages }) => {
    const failed: string[] = []
    for (const { messageId, body } of messages) {
      const parsed = schema.safeParse(body)
      if (!parsed.success) {
        log.warn({ messageId, issues: parsed.error.issues.map(({ path, code }) => ({ path, code })) }, 'bad work is dropped')
        continue
      }
      try {
        await work(parsed.data)
      } catch (error) {
        log.error({ messageId, ...parsed.data, error: String(error) }, 'work failed and will be tried again')
        failed.push(messageId)
      }
    }
    return { kind: 'done', failed }
  }

/** Runs an attempt, from its first read to its conditional write, until no other writer gets in between. Throws after eight. */
export const untilWritten = async <Written>(attempt: () => Promise<Written | 'conflict'>): Promise<Written> => {
  for (let tried = 0; tried < ATTEMPTS_MAX; tried += 1) {
    const written = await attempt()
    if (written !== 'conflict') return written
  }
  throw new Error(`another writer got in between ${ATTEMPTS_MAX} times`)
}
