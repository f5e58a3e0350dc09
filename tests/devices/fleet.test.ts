import { describe, expect, test } from 'vitest'
import { type GatewayMessage, MESSAGE_BYTES, rounds } from '../../devices/rounds.ts'
import { HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { parseMessage } from '../../domain/message.ts'
import { aSite, china, together } from './a-fleet.ts'

const fleet = together(aSite('ZL1'), aSite('JOINT', { inverters: 60 }))
const span = { fleet, seed: 42, fromMs: china('2026-11-02T08:00:00'), toMs: china('2026-11-02T10:00:00'), everyMs: 5 * MINUTE_MS }
const all = (options: Partial<Parameters<typeof rounds>[0]> = {}): GatewayMessage[] =>
  [...rounds({ ...span, ...options })].flatMap(({ messages }) => messages)
const readingsIn = (messages: readonly GatewayMessage[]) =>
  messages.flatMap(({ payload }) => {
    const parsed = parseMessage(new TextEncoder().encode(payload))
    if (!('readings' in parsed)) return expect.unreachable(parsed.rejection.detail)
    return parsed.readings.map((one) => ('reading' in one ? one.reading : expect.unreachable(one.rejection.detail)))
  })

describe('the rounds of a fleet', () => {
  test('are the same bytes for the same options and others for another seed', () => {
    expect(all()).toEqual(all())
    expect(all({ seed: 43 })).not.toEqual(all())
  })

  test.each([true, false])('are messages below 5 KiB that the door accepts whole (batched %s)', (batched) => {
    const messages = all({ batched })
    for (const { payload } of messages) expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(MESSAGE_BYTES)
    expect(MESSAGE_BYTES).toBeLessThan(5 * 1024)
    expect(readingsIn(messages)).toHaveLength(messages.reduce((sum, { readings }) => sum + readings, 0))
    expect(readingsIn(messages)).toHaveLength(24 * fleet.devices.length)
  })

  test('say the same batched as round by round, in fewer messages', () => {
    const [batched, single] = [all({ batched: true }), all()]
    const sorted = (messages: readonly GatewayMessage[]) =>
      readingsIn(messages)
        .map((reading) => JSON.stringify(reading))
        .toSorted()
    expect(sorted(batched)).toEqual(sorted(single))
    const of = (messages: readonly GatewayMessage[]) => messages.filter(({ gatewayId }) => gatewayId === 'GW-ZL1').length
    expect(of(batched)).toBeLessThan(of(single) / 2)
  })

  test('of a span are those of its halves', () => {
    const halves = [...all({ toMs: span.fromMs + HOUR_MS }), ...all({ fromMs: span.fromMs + HOUR_MS })]
    expect(readingsIn(halves)).toEqual(readingsIn(all()))
  })

  test('fall on whole multiples of their interval and agree with rounds of another interval', () => {
    const odd = readingsIn(all({ fromMs: span.fromMs + 1 }))
    expect(odd.every(({ atMs }) => atMs % span.everyMs === 0)).toBe(true)
    const fine = new Map(
      readingsIn(all({ everyMs: MINUTE_MS })).map((reading) => [`${reading.deviceId} ${reading.atMs}`, reading]),
    )
    for (const reading of odd) expect(fine.get(`${reading.deviceId} ${reading.atMs}`)).toEqual(reading)
  })

  test.each([
    [{ everyMs: 500 }, 'rounds every 500 ms'],
    [{ everyMs: Number.NaN }, 'rounds every NaN ms'],
    [{ toMs: 0 }, 'ends before it begins'],
    [{ fromMs: china('2024-12-31') }, '30 years from 2025-01-01'],
  ])('are refused for %o', (options, why) => {
    expect(() => all(options)).toThrow(why)
  })
})
