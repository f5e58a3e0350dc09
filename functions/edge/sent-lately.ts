import { HOUR_MS } from '../../domain/calendar.ts'

/** What an instance of a sweep sent within the hour, by what called for it. Forgetting it costs work and nothing else. */

const RESEND_AFTER_MS = HOUR_MS
const REMEMBERED_MAX = 250_000

export const sentLately = () => {
  const sentAtMs = new Map<string, number>()
  return {
    isNews: (cause: string, atMs: number): boolean => {
      const beforeMs = sentAtMs.get(cause)
      return beforeMs === undefined || atMs < beforeMs || atMs - beforeMs >= RESEND_AFTER_MS
    },
    remember: (causes: readonly string[], atMs: number): void => {
      if (sentAtMs.size > REMEMBERED_MAX) sentAtMs.clear()
      for (const cause of causes) sentAtMs.set(cause, atMs)
    },
  }
}
