import { describe, expect, test } from 'vitest'
import { addDays, DAY_MS, dayEndMs, dayOf, dayStartMs, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import type { Reading } from '../../domain/reading.ts'
import { aReading, NOON_MS } from '../readings.ts'
import type { StoreUnderTest } from './reading-store.contract.ts'

/** What every adapter must hold about spans: their ends, their days, their length, and how much lies in them. */

export const spans = (name: string, { store, aDevice }: StoreUnderTest): void => {
  describe(`${name}: days`, () => {
    test.each([
      ['an ordinary day', Date.UTC(2026, 9, 28, 4)],
      ['the last day of a month', Date.UTC(2026, 9, 31, 4)],
      ['the first day of a month', Date.UTC(2026, 10, 1, 4)],
      ['the last day of a year', Date.UTC(2025, 11, 31, 4)],
      ['the first day of a year', Date.UTC(2026, 0, 1, 4)],
      ['a leap day', Date.UTC(2024, 1, 29, 4)],
    ])('of China: %s begins at its first instant and ends before the next one', async (_, noonMs) => {
      const deviceIds = [aDevice(), aDevice()]
      const day = dayOf(noonMs)
      const edges = [dayStartMs(day), dayEndMs(day)].flatMap((edgeMs) => [edgeMs - 1, edgeMs, edgeMs + 1])
      const readings = deviceIds.flatMap((deviceId) =>
        edges.map((atMs, index) => aReading({ deviceId, atMs, energyTotalWh: index })),
      )
      await store().append(readings.toReversed())
      const [before, first, second, last, next, after] = edges
      const whole = { deviceIds, fromMs: dayStartMs(day), toMs: dayEndMs(day) }
      const at = (atMs: (number | undefined)[]) => deviceIds.map((deviceId) => ({ deviceId, atMs }))
      expect(await store().series(whole, ['energyTotalWh'])).toMatchObject(at([first, second, last]))
      expect((await store().list(whole, 10)).map(({ atMs }) => atMs)).toEqual([first, second, last, first, second, last])
      const dayBefore = { ...whole, fromMs: dayStartMs(addDays(day, -1)), toMs: dayStartMs(day) }
      expect(await store().series(dayBefore, [])).toMatchObject(at([before]))
      expect(await store().series({ ...whole, fromMs: dayEndMs(day), toMs: dayEndMs(day) + DAY_MS }, [])).toMatchObject(
        at([next, after]),
      )
      expect(await store().series({ ...whole, toMs: dayStartMs(day) }, [])).toEqual([])
      const onlyLast = { ...whole, fromMs: dayEndMs(day) - 1 }
      expect(await store().series(onlyLast, ['energyTotalWh'])).toMatchObject(at([last]))
      const points = (value: number) => deviceIds.map((deviceId) => ({ deviceId, atMs: edges[value], value }))
      const ask = { deviceIds, notBeforeMs: 0, beforeMs: dayStartMs(day) }
      expect(await store().lastBefore(ask, 'energyTotalWh')).toEqual(points(0))
      expect(await store().firstAfter({ ...whole, beforeMs: dayEndMs(day) }, 'energyTotalWh')).toEqual(points(1))
      expect(await store().lastBefore({ ...ask, beforeMs: dayEndMs(day) }, 'energyTotalWh')).toEqual(points(3))
    })

    test('of a span that has many are answered in one piece', async () => {
      const deviceIds = [aDevice(), aDevice()]
      const at = Array.from({ length: 60 }, (_, index) => NOON_MS - (59 - index) * DAY_MS)
      const readings = deviceIds.flatMap((deviceId) => at.map((atMs, index) => aReading({ deviceId, atMs, acPowerW: index })))
      await store().append(readings)
      const span = { deviceIds, fromMs: NOON_MS - 70 * DAY_MS, toMs: NOON_MS + 10 * DAY_MS }
      expect(await store().series(span, ['acPowerW'])).toEqual(
        deviceIds.map((deviceId) => ({ deviceId, atMs: at, values: { acPowerW: at.map((_, index) => index) } })),
      )
      expect(await store().list(span, 1_000)).toEqual(readings)
      expect(await store().list(span, 75)).toEqual(readings.slice(0, 75))
      const [one, other] = deviceIds
      const middle = { deviceIds, fromMs: NOON_MS - 30 * DAY_MS + 1, toMs: NOON_MS - 25 * DAY_MS }
      expect(await store().series(middle, [])).toMatchObject([
        { deviceId: one, atMs: at.slice(30, 34) },
        { deviceId: other, atMs: at.slice(30, 34) },
      ])
    })
  })

  describe(`${name}: much of it`, () => {
    test('three thousand readings of one device come back in the order of time', async () => {
      const deviceId = aDevice()
      const readings = Array.from({ length: 3_000 }, (_, index) =>
        aReading({ deviceId, atMs: NOON_MS - DAY_MS + index * 20_000, acPowerW: index }),
      )
      for (const from of [2_000, 0, 1_000]) await store().append(readings.slice(from, from + 1_000).toReversed())
      const span = { deviceIds: [deviceId], fromMs: NOON_MS - DAY_MS, toMs: NOON_MS + DAY_MS }
      const [series, ...others] = await store().series(span, ['acPowerW'])
      expect(others).toEqual([])
      expect(series).toEqual({
        deviceId,
        atMs: readings.map(({ atMs }) => atMs),
        values: { acPowerW: readings.map(({ acPowerW }) => acPowerW) },
      })
      expect(await store().list(span, 2_500)).toEqual(readings.slice(0, 2_500))
    })

    test('three hundred devices with twenty readings each come back whole, a device asked for twice once', async () => {
      const deviceIds = Array.from({ length: 300 }, () => aDevice())
      const rounds = Array.from({ length: 20 }, (_, round) =>
        deviceIds.map((deviceId, index) => aReading({ deviceId, atMs: NOON_MS + round * MINUTE_MS, acPowerW: index + round })),
      )
      for (const pair of [0, 1, 2, 3])
        expect(new Set(await store().append(rounds.slice(pair * 5, pair * 5 + 5).flat())).size).toBe(1)
      const span = { deviceIds: [...deviceIds.toReversed(), ...deviceIds], fromMs: NOON_MS, toMs: NOON_MS + HOUR_MS }
      expect(await store().series(span, ['acPowerW'])).toEqual(
        deviceIds.map((deviceId, index) => ({
          deviceId,
          atMs: rounds.map((_, round) => NOON_MS + round * MINUTE_MS),
          values: { acPowerW: rounds.map((_, round) => index + round) },
        })),
      )
      expect(await store().list(span, 5_500)).toEqual(
        deviceIds.flatMap((_, index) => rounds.map((readings) => readings[index])).slice(0, 5_500),
      )
      const near = { deviceIds: span.deviceIds, fromMs: NOON_MS + 1, beforeMs: NOON_MS + HOUR_MS }
      expect(await store().firstAfter(near, 'acPowerW')).toEqual(
        deviceIds.map((deviceId, index) => ({ deviceId, atMs: NOON_MS + MINUTE_MS, value: index + 1 })),
      )
    })
  })

  describe(`${name}: silence`, () => {
    test('of 39 days does not hide the nearest value, nor do nearer readings that lack it', async () => {
      const [silent, talking, gone] = [aDevice(), aDevice(), aDevice()]
      const bare = (deviceId: string, atMs: number): Reading => ({ deviceId, atMs, receivedAtMs: NOON_MS, acPowerW: 1 })
      const farMs = NOON_MS - 39 * DAY_MS
      const aheadMs = farMs + MINUTE_MS
      await store().append([
        aReading({ deviceId: silent, atMs: farMs, energyTotalWh: 7 }),
        aReading({ deviceId: talking, atMs: farMs, energyTotalWh: 8 }),
        aReading({ deviceId: gone, atMs: farMs - 1, energyTotalWh: 9 }),
        ...Array.from({ length: 38 }, (_, day) => bare(talking, farMs + (day + 1) * DAY_MS)),
        bare(silent, NOON_MS - MINUTE_MS),
        aReading({ deviceId: talking, atMs: NOON_MS, energyTotalWh: 10 }),
        aReading({ deviceId: silent, atMs: NOON_MS, energyTotalWh: 11 }),
        aReading({ deviceId: silent, atMs: NOON_MS + 1, energyTotalWh: 12 }),
      ])
      const deviceIds = [silent, talking, gone]
      expect(await store().lastBefore({ deviceIds, beforeMs: NOON_MS, notBeforeMs: farMs }, 'energyTotalWh')).toEqual([
        { deviceId: silent, atMs: farMs, value: 7 },
        { deviceId: talking, atMs: farMs, value: 8 },
      ])
      expect(await store().firstAfter({ deviceIds, fromMs: aheadMs, beforeMs: NOON_MS + 1 }, 'energyTotalWh')).toEqual([
        { deviceId: silent, atMs: NOON_MS, value: 11 },
        { deviceId: talking, atMs: NOON_MS, value: 10 },
      ])
      expect(await store().firstAfter({ deviceIds, fromMs: aheadMs, beforeMs: NOON_MS }, 'energyTotalWh')).toEqual([])
      expect(await store().lastBefore({ deviceIds, beforeMs: NOON_MS, notBeforeMs: farMs + 1 }, 'energyTotalWh')).toEqual([])
    })
  })
}
