import { MINUTE_MS } from '../../domain/calendar.ts'

/** How often a password may be tried for one name, and how many are checked at once. */
export type LogInAttempts = {
  /** Takes one attempt before the password is looked at, so that parallel guesses count too; false when none is left. */
  take: (userName: string, nowMs: number) => boolean
  /** Gives the taken attempt's place back; a success also forgives the failures before it. */
  end: (userName: string, succeeded: boolean) => void
}

const ATTEMPTS_MAX = 5
const WINDOW_MS = 5 * MINUTE_MS
/** Each check takes 128 MiB. */
const RUNNING_MAX = 4
const NAMES_MAX = 10_000

/**
 * Five attempts per name in five minutes, counted in this instance's memory: on AWS every Lambda instance counts its own, so the
 * throttling of the HTTP API in front still matters there. Beyond 10,000 names the oldest is forgotten.
 */
export const logInAttempts = (): LogInAttempts => {
  const windows = new Map<string, { count: number; endsAtMs: number }>()
  let running = 0
  return {
    take: (userName, nowMs) => {
      const open = windows.get(userName)
      const count = open && open.endsAtMs > nowMs ? open.count : 0
      if (count >= ATTEMPTS_MAX || running >= RUNNING_MAX) return false
      const [oldest] = windows.keys()
      if (!open && windows.size >= NAMES_MAX && oldest !== undefined) windows.delete(oldest)
      windows.set(userName, { count: count + 1, endsAtMs: count > 0 && open ? open.endsAtMs : nowMs + WINDOW_MS })
      running += 1
      return true
    },
    end: (userName, succeeded) => {
      running -= 1
      if (succeeded) windows.delete(userName)
    },
  }
}
