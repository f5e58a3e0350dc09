import { MINUTE_MS } from '../domain/calendar.ts'
import type { Log, ScheduleOutcome, ScheduleTrigger } from '../functions/entry.ts'
import type { LocalFunction } from './functions.ts'

/**
 * Calls each schedule function every n whole minutes: never while its last call still runs, and once, not many times, after the
 * machine slept or the clock jumped. A function asks what is due, so a call that was left out is made good by the next.
 */
export type Scheduler = {
  /** Looks at the clock and starts what has come due since the last look. */
  tick: () => void
  /** Calls one function now, after a call of it that still runs. Throws on an unknown name. */
  run: (name: string, atMs?: number) => Promise<ScheduleOutcome>
  /** Starts nothing any more and waits for what is running. */
  stop: () => Promise<void>
  /** What can be run. */
  names: readonly string[]
}

const LOOK_EVERY_MS = 1_000

type Parts = {
  functions: readonly LocalFunction<ScheduleTrigger>[]
  now: () => number
  log: Log
  /** Without the clock functions run by hand only. */
  byClock: boolean
}

export const startScheduler = ({ functions, now, log, byClock }: Parts): Scheduler => {
  const slotOf = ({ on }: LocalFunction<ScheduleTrigger>): number => Math.floor(now() / (on.everyMinutes * MINUTE_MS))
  const lastSlots = new Map(functions.map((own) => [own.name, slotOf(own)]))
  const running = new Map<string, Promise<unknown>>()

  const call = (own: LocalFunction<ScheduleTrigger>, atMs: number): Promise<ScheduleOutcome> => {
    const result = own.call({ atMs })
    const settled = result.catch(() => undefined).finally(() => running.delete(own.name))
    running.set(own.name, settled)
    return result
  }

  const callDue = (own: LocalFunction<ScheduleTrigger>): void => {
    const slot = slotOf(own)
    if (slot === lastSlots.get(own.name) || running.has(own.name)) return
    lastSlots.set(own.name, slot)
    call(own, now()).then(
      ({ did }) => did > 0 && log.info({ function: own.name, did }, 'scheduled'),
      (error: unknown) =>
        log.error({ function: own.name, reason: String(error) }, 'a scheduled call failed; the next makes it good'),
    )
  }

  const tick = (): void => functions.forEach(callDue)
  const timer = byClock ? setInterval(tick, LOOK_EVERY_MS) : undefined
  return {
    names: functions.map(({ name }) => name),
    tick,
    run: async (name, atMs) => {
      const own = functions.find((candidate) => candidate.name === name)
      if (!own) throw new Error(`no schedule function is called ${name}`)
      while (running.has(name)) await running.get(name)
      return call(own, atMs ?? now())
    },
    stop: async () => {
      clearInterval(timer)
      await Promise.all(running.values())
    },
  }
}
