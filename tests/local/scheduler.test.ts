import { describe, expect, test } from 'vitest'
import type { ScheduleTrigger } from '../../functions/entry.ts'
import type { LocalFunction } from '../../local/functions.ts'
import { type Scheduler, startScheduler } from '../../local/scheduler.ts'
import { quietLog } from '../running.ts'

const MINUTE_MS = 60_000
const NOON_MS = Date.UTC(2026, 10, 22, 12)

const open = (everyMinutes: number, call: (atMs: number) => Promise<number> = async () => 1) => {
  const clock = { nowMs: NOON_MS + 20_000 }
  const calls: number[] = []
  const own: LocalFunction<ScheduleTrigger> = {
    name: 'sweep',
    on: { everyMinutes },
    timeoutSeconds: 1,
    call: async ({ atMs }) => {
      calls.push(atMs)
      return { kind: 'done', did: await call(atMs) }
    },
  }
  const scheduler: Scheduler = startScheduler({ functions: [own], now: () => clock.nowMs, log: quietLog, byClock: false })
  const at = async (ms: number): Promise<void> => {
    clock.nowMs = ms
    scheduler.tick()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { at, calls, scheduler }
}

describe('a schedule function', () => {
  test.each([
    [1, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].slice(1)],
    [10, [10]],
    [3, [3, 6, 9]],
  ])('every %i minutes runs on whole minutes, once each', async (everyMinutes, minutes) => {
    const { at, calls } = open(everyMinutes)
    for (let second = 21; second <= 600; second++) await at(NOON_MS + second * 1_000)
    expect(calls).toEqual(minutes.map((minute) => NOON_MS + minute * MINUTE_MS))
  })

  test('never overlaps itself, and runs as soon as it may again', async () => {
    const finish: (() => void)[] = []
    const { at, calls } = open(1, () => new Promise((resolve) => finish.push(() => resolve(0))))
    await at(NOON_MS + MINUTE_MS)
    await at(NOON_MS + 2 * MINUTE_MS)
    await at(NOON_MS + 3 * MINUTE_MS)
    expect(calls).toHaveLength(1)
    finish[0]?.()
    await at(NOON_MS + 3 * MINUTE_MS + 1_000)
    await at(NOON_MS + 3 * MINUTE_MS + 2_000)
    expect(calls).toHaveLength(2)
  })

  test('runs once after the machine slept for hours, and once after the clock was set back', async () => {
    const { at, calls } = open(1)
    await at(NOON_MS + 5 * 60 * MINUTE_MS + 7_000)
    await at(NOON_MS + 5 * 60 * MINUTE_MS + 8_000)
    await at(NOON_MS + 60 * MINUTE_MS)
    await at(NOON_MS + 60 * MINUTE_MS + 1_000)
    expect(calls).toHaveLength(2)
  })

  test('that throws runs again at its next time', async () => {
    const { at, calls } = open(1, () => Promise.reject(new Error('a store is down')))
    await at(NOON_MS + MINUTE_MS)
    await at(NOON_MS + 2 * MINUTE_MS)
    expect(calls).toHaveLength(2)
  })

  test('fired by hand runs for the instant asked, and an unknown name is refused', async () => {
    const { scheduler, calls } = open(10, async () => 7)
    expect(await scheduler.run('sweep', NOON_MS)).toEqual({ kind: 'done', did: 7 })
    expect(calls).toEqual([NOON_MS])
    await expect(scheduler.run('sleep')).rejects.toThrow('no schedule function is called sleep')
  })
})
