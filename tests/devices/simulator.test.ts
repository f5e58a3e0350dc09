import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { rounds } from '../../devices/rounds.ts'
import { type LiveOptions, type Progress, simulate, simulateLive } from '../../devices/simulator.ts'
import type { SimulatorConfig, SimulatorReport } from '../../devices/simulator-process.ts'
import { HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { aBroker, type Taken } from './a-broker.ts'
import { aSite, china, together } from './a-fleet.ts'

const fleet = together(aSite('ZL1'), aSite('WL1'))
const secrets = { 'GW-ZL1': 'secret', 'GW-WL1': 'secret' }
const standing = { fleet, secrets, seed: 42, everyMs: 5 * MINUTE_MS }
const span = { ...standing, fromMs: china('2026-01-02T09:00:00'), toMs: china('2026-01-02T12:00:00') }
const messages = [...rounds({ ...span, batched: true })].flatMap((round) => round.messages)
const expected = messages.map(({ payload }) => payload)
const readingsExpected = messages.reduce((sum, { readings }) => sum + readings, 0)
const distinct = (taken: readonly Taken[]): Set<string> => new Set(taken.map(({ payload }) => payload))
/** The distinct device times, ascending. */
const timesIn = (taken: readonly Taken[]): number[] => {
  const readings = taken.flatMap(({ payload }) => (JSON.parse(payload) as { readings: { atMs: number }[] }).readings)
  return [...new Set(readings.map(({ atMs }) => atMs))].toSorted((a, b) => a - b)
}
const until = async (isSo: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 500 && !isSo(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(isSo()).toBe(true)
}

describe('a simulated span', () => {
  test('arrives whole, each gateway speaking for itself', async () => {
    await using broker = await aBroker()
    const progress = await simulate({ ...span, mqttUrl: broker.url })
    expect(distinct(broker.taken)).toEqual(new Set(expected))
    expect(progress).toMatchObject({ part: 'past', readings: readingsExpected, messages: expected.length })
    for (const { clientId, topic } of broker.taken) expect(topic).toBe(`pv/${clientId}/readings`)
  })

  test('arrives whole over a connection that keeps breaking', async () => {
    await using broker = await aBroker((count) => (count % 11 === 0 ? 'cut' : 'take'))
    await simulate({ ...span, mqttUrl: broker.url })
    expect(distinct(broker.taken)).toEqual(new Set(expected))
  }, 60_000)

  test('leaves gateways without a secret silent', async () => {
    await using broker = await aBroker()
    await simulate({ ...span, secrets: { 'GW-ZL1': 'secret' }, mqttUrl: broker.url })
    expect(new Set(broker.taken.map(({ clientId }) => clientId))).toEqual(new Set(['GW-ZL1']))
  })

  test('ends with the reason when a gateway is refused', async () => {
    await using broker = await aBroker()
    const wrong = { ...secrets, 'GW-WL1': 'guess' }
    await expect(simulate({ ...span, secrets: wrong, mqttUrl: broker.url })).rejects.toThrow(
      /refuses gateway GW-WL1: the gateway is not authorised/,
    )
  })

  test('that is stopped ends at once and says nothing of an end', async () => {
    const signal = AbortSignal.timeout(100)
    await expect(simulate({ ...span, mqttUrl: 'mqtt://127.0.0.1:1', signal })).resolves.toBeUndefined()
  })

  test('ends with the reason when nobody answers', async () => {
    await expect(simulate({ ...span, mqttUrl: 'mqtt://127.0.0.1:1', giveUpAfterMs: 300 })).rejects.toThrow(
      /mqtt:\/\/127\.0\.0\.1:1 acknowledged nothing of gateway GW-\w+ for too long: .*ECONNREFUSED/,
    )
  })
})

describe('a live simulation', () => {
  const live = (url: string, over: Partial<LiveOptions> = {}) => {
    const stop = new AbortController()
    const startedMs = performance.now()
    const now = () => china('2026-01-02T12:00:30') + (performance.now() - startedMs)
    const done = simulateLive({ ...standing, everyMs: 1_000, mqttUrl: url, now, signal: stop.signal, ...over })
    return { done, stop }
  }

  test('publishes the round at hand at once and each further one in its time, until it is stopped', async () => {
    await using broker = await aBroker()
    const { done, stop } = live(broker.url)
    await until(() => timesIn(broker.taken).length >= 2)
    stop.abort()
    await expect(done).resolves.toMatchObject({ part: 'live' })
    const first = china('2026-01-02T12:00:30')
    expect(timesIn(broker.taken).slice(0, 2)).toEqual([first, first + 1_000])
  })

  test('runs as much faster as it is told', async () => {
    await using broker = await aBroker()
    const { done, stop } = live(broker.url, { everyMs: 5 * MINUTE_MS, speed: 3_600, fromMs: span.fromMs })
    await until(() => timesIn(broker.taken).length >= 5)
    stop.abort()
    await done
    expect(timesIn(broker.taken).slice(0, 2)).toEqual([span.fromMs, span.fromMs + 5 * MINUTE_MS])
  })

  test('brings in the past over the same connections, and says when it is in', async () => {
    await using broker = await aBroker()
    let past: Progress | undefined
    const from = china('2026-01-02T10:00:00')
    const { done, stop } = live(broker.url, {
      past: { fromMs: from, everyMs: 5 * MINUTE_MS },
      onPastDone: (progress) => {
        past = progress
      },
    })
    await until(() => past !== undefined && timesIn(broker.taken).length >= 27)
    stop.abort()
    await done
    expect(past).toMatchObject({ part: 'past', readings: 25 * fleet.devices.length })
    const early = timesIn(broker.taken).filter((atMs) => atMs < china('2026-01-02T12:00:30'))
    expect(early).toEqual(Array.from({ length: 25 }, (_, at) => from + at * 5 * MINUTE_MS))
  })

  test('waits out a broken connection and leaves nothing out', async () => {
    await using broker = await aBroker((count) => (count % 15 === 0 ? 'cut' : 'take'))
    const { done, stop } = live(broker.url, { everyMs: 5 * MINUTE_MS, speed: 36_000, fromMs: span.fromMs })
    await until(() => timesIn(broker.taken).length >= 12)
    stop.abort()
    await done
    const times = timesIn(broker.taken)
    expect(times.slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, at) => span.fromMs + at * 5 * MINUTE_MS))
  })

  test('ends with the reason when a gateway is refused', async () => {
    await using broker = await aBroker()
    await expect(live(broker.url, { secrets: { 'GW-ZL1': 'guess' }, everyMs: 5 * MINUTE_MS }).done).rejects.toThrow(
      'refuses gateway GW-ZL1',
    )
  })

  test('stops when told although nobody answers', async () => {
    const { done, stop } = live('mqtt://127.0.0.1:1')
    setTimeout(() => stop.abort(), 200)
    await done
  })
})

describe('the simulator as a process', () => {
  const start = (config: unknown) => {
    const child = fork(fileURLToPath(new URL('../../devices/simulator-process.ts', import.meta.url)), {
      stdio: ['pipe', 'ignore', 'inherit', 'ipc'],
      execPath: process.execPath,
    })
    const reports: SimulatorReport[] = []
    child.on('message', (report: SimulatorReport) => reports.push(report))
    child.stdin?.end(JSON.stringify(config))
    const exited = once(child, 'exit').then(([code]: unknown[]) => code)
    return { child, reports, exited }
  }
  const config = (url: string): SimulatorConfig => ({ mode: 'span', ...span, mqttUrl: url })

  test('publishes a span, reports it and ends with 0', async () => {
    await using broker = await aBroker()
    const { reports, exited } = start(config(broker.url))
    await expect(exited).resolves.toBe(0)
    expect(reports.at(-1)).toMatchObject({ kind: 'done', progress: { messages: expected.length } })
    expect(distinct(broker.taken)).toEqual(new Set(expected))
  })

  test('goes on live until SIGTERM and ends with 0', async () => {
    await using broker = await aBroker()
    const past = { fromMs: Date.now() - HOUR_MS, everyMs: 5 * MINUTE_MS }
    const { child, reports, exited } = start({ ...standing, mode: 'live', mqttUrl: broker.url, past })
    await until(() => reports.some(({ kind }) => kind === 'past-done'))
    child.kill('SIGTERM')
    await expect(exited).resolves.toBe(0)
    expect(reports.at(-1)).toMatchObject({ kind: 'done', progress: { part: 'live' } })
  })

  test.each([
    [{ mode: 'sideways' }, /configuration is not usable[^]*mode/],
    [{ ...config('mqtt://127.0.0.1:1'), toMs: undefined }, /a span needs fromMs and toMs/],
    [{ ...config('mqtt://127.0.0.1:1'), fromMs: 0 }, /30 years from 2025-01-01/],
  ])('ends with 1 and the reason for a bad configuration (%#)', async (bad, why) => {
    const { reports, exited } = start(bad)
    await expect(exited).resolves.toBe(1)
    expect(reports.at(-1)).toMatchObject({ kind: 'failed', detail: expect.stringMatching(why) })
  })
})
