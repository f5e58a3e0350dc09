import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { readingValues } from '../../domain/reading-values.ts'
import { spansOf } from '../../stores/influxdb/look-ups.ts'
import { identityOf } from '../../stores/readings.ts'
import { instantOf, lineOf, PLACES, placeOf } from '../../stores/influxdb/points.ts'
import { END_MS, FIRST_MS, nanoseconds, selectStatement } from '../../stores/influxdb/statements.ts'
import { aReading, NOON_MS } from '../readings.ts'

describe('the place of a set of values', () => {
  test('is the same for ever and lies within a millisecond', () => {
    expect(placeOf(readingValues(aReading()))).toBe(placeOf(readingValues({ ...aReading(), receivedAtMs: 1, deviceId: 'OTHER' })))
    fc.assert(
      fc.property(fc.string(), (values) => {
        expect(placeOf(values)).toBe(placeOf(values))
        expect(placeOf(values)).toBeGreaterThanOrEqual(0)
        expect(placeOf(values)).toBeLessThan(PLACES)
      }),
    )
    // Stored points depend on it.
    expect(placeOf('a set of values')).toBe(59_316)
  })

  test('comes back from the time InfluxDB answers', () => {
    const instant = fc.integer({ min: FIRST_MS, max: END_MS - 1 })
    fc.assert(
      fc.property(instant, fc.nat(PLACES - 1), (atMs, place) => {
        const whole = new Date(atMs).toISOString().slice(0, -1) + String(place).padStart(6, '0')
        expect(instantOf(`${whole.replace(/\.?0+$/, '')}Z`)).toEqual({ atMs, place })
        expect(BigInt(nanoseconds(atMs, place)) - BigInt(atMs) * 1_000_000n).toBe(BigInt(place))
      }),
    )
  })
})

test('a line has every digit of its time and of its numbers', () => {
  const line = lineOf(aReading({ deviceId: 'D', atMs: -5, receivedAtMs: 2 ** 53 - 1, acPowerW: 5e-324, energyTotalWh: -0 }), 3)
  expect(line).toBe('readings,deviceId=D receivedAtMs=9007199254740991i,acPowerW=5e-324,energyTotalWh=0i -4999997')
})

test('a statement asks for every device once, the bounds cut to what InfluxDB holds', () => {
  const deviceIds = ['A', 'B', 'C', 'D', 'E']
  const statement = selectStatement({ columns: ['x'], deviceIds, fromMs: -Infinity, toMs: Infinity, latestFirst: true, limit: 3 })
  for (const deviceId of deviceIds) expect(statement.split(`"deviceId"='${deviceId}'`)).toHaveLength(2)
  expect(statement).toMatch(
    /time >= -9223372036854000000 AND time < 9223372036854000000 GROUP BY "deviceId" ORDER BY time DESC LIMIT 3$/,
  )
})

describe('the spans of a look-up', () => {
  const identity = fc.record({
    deviceId: fc.constantFrom('A', 'B', 'C', 'D'),
    atMs: fc
      .oneof(fc.integer({ min: 0, max: 40 * 24 * 60 }), fc.integer({ min: 0, max: 90 }))
      .map((minutes) => NOON_MS + minutes * MINUTE_MS),
  })

  test('cover every identity, and ask a device for little more than lies between its own', () => {
    fc.assert(
      fc.property(fc.array(identity, { maxLength: 60 }), (identities) => {
        const spans = spansOf(identities)
        for (const { deviceId, atMs } of identities)
          expect(spans.some(({ deviceIds, fromMs, toMs }) => deviceIds.includes(deviceId) && fromMs <= atMs && atMs < toMs)).toBe(
            true,
          )
        for (const { deviceIds, fromMs, toMs } of spans) {
          for (const deviceId of deviceIds) {
            const own = identities.filter((one) => one.deviceId === deviceId && one.atMs >= fromMs && one.atMs < toMs)
            const instants = [fromMs, ...own.map(({ atMs }) => atMs), toMs - 1].sort((one, other) => one - other)
            const widest = Math.max(...instants.slice(1).map((atMs, index) => atMs - (instants[index] ?? 0)))
            expect(widest).toBeLessThanOrEqual(HOUR_MS)
          }
        }
      }),
    )
  })

  test('are one for a round of the whole fleet and a few for a backlog beside it', () => {
    const round = Array.from({ length: 900 }, (_, index) => ({ deviceId: `D-${index}`, atMs: NOON_MS + (index % 60) * 1_000 }))
    expect(spansOf(round)).toHaveLength(1)
    const backlog = Array.from({ length: 5_000 }, (_, index) => ({ deviceId: 'LATE', atMs: NOON_MS - index * 5 * MINUTE_MS }))
    const straggler = { deviceId: 'D-1', atMs: NOON_MS - 3 * HOUR_MS }
    expect(spansOf([...round, ...backlog, straggler]).map(({ deviceIds }) => deviceIds.length)).toEqual([1, 1, 900])
  })

  test('hold no more devices than a statement does', () => {
    const round = Array.from({ length: 2_500 }, (_, index) => ({ deviceId: `D-${index}`, atMs: NOON_MS }))
    expect(spansOf(round).map(({ deviceIds }) => deviceIds.length)).toEqual([1_000, 1_000, 500])
    expect(new Set(round.map(identityOf)).size).toBe(2_500)
  })
})
