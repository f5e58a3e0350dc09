import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pointsOf, seriesOf, settle } from '../../stores/undisputed.ts'
import { aReading, NOON_MS } from '../readings.ts'

describe('settling whole readings', () => {
  const one = aReading({ deviceId: 'A', acPowerW: 1 })
  const rival = { ...one, acPowerW: 2 }
  const next = aReading({ deviceId: 'A', atMs: NOON_MS + 60_000 })
  const other = aReading({ deviceId: 'B' })

  test('orders by device and time, and takes a repeat once, with the time it first came', () => {
    const late = { ...one, receivedAtMs: one.receivedAtMs + 5 }
    expect(settle([other, late, next, one, late])).toEqual({ undisputed: [one, next, other], conflicts: [] })
  })

  test('lets an identity with two sets of values count for nothing and shows both', () => {
    expect(settle([rival, next, one])).toEqual({
      undisputed: [next],
      conflicts: [{ deviceId: 'A', atMs: NOON_MS, readings: [one, rival] }],
    })
  })

  test('comes to the same in any order and repetition', () => {
    const all = [one, rival, next, other]
    const some = fc.uniqueArray(fc.nat(3), { minLength: 1 })
    fc.assert(
      fc.property(some, fc.array(fc.nat(3)), (picked, repeats) => {
        const set = picked.flatMap((index) => all[index] ?? [])
        const again = repeats.filter((index) => picked.includes(index)).flatMap((index) => all[index] ?? [])
        expect(settle([...again, ...set.toReversed()])).toEqual(settle(set))
      }),
    )
  })
})

test('series hold null where a reading has no such quantity, and nothing that was not asked for', () => {
  const { acPowerW: _, ...silent } = aReading({ deviceId: 'A', atMs: NOON_MS + 1 })
  const { undisputed } = settle([aReading({ deviceId: 'A', acPowerW: 7 }), silent])
  expect(seriesOf(undisputed, ['acPowerW'])).toEqual([
    { deviceId: 'A', atMs: [NOON_MS, NOON_MS + 1], values: { acPowerW: [7, null] } },
  ])
  expect(seriesOf(undisputed, [])).toEqual([{ deviceId: 'A', atMs: [NOON_MS, NOON_MS + 1], values: {} }])
})

test('points are the first and the last that have the quantity', () => {
  const { acPowerW: _, ...silent } = aReading({ deviceId: 'A', atMs: NOON_MS + 2 })
  const { undisputed } = settle([
    silent,
    aReading({ deviceId: 'A', acPowerW: 1 }),
    aReading({ deviceId: 'A', atMs: NOON_MS + 1, acPowerW: 2 }),
  ])
  expect(pointsOf(undisputed, 'acPowerW', 'first')).toEqual([{ deviceId: 'A', atMs: NOON_MS, value: 1 }])
  expect(pointsOf(undisputed, 'acPowerW', 'last')).toEqual([{ deviceId: 'A', atMs: NOON_MS + 1, value: 2 }])
  expect(pointsOf(undisputed, 'dcPowerW', 'last')).toEqual([])
})
