import { describe, expect, test } from 'vitest'
import { DAY_MS, MINUTE_MS } from '../../domain/calendar.ts'
import type { Reading } from '../../domain/reading.ts'
import type { Fate, ReadingStore } from '../../stores/readings.ts'
import { aReading, NOON_MS } from '../readings.ts'
import type { StoreUnderTest } from './reading-store.contract.ts'

/** What every adapter must hold however readings arrive: late, again, in rivalry, side by side, half of them. */

/** The same order for the same seed: a linear congruential generator is shuffle enough. */
export const shuffled = <Item>(items: readonly Item[], seed: number): Item[] => {
  let state = seed
  const ranked = items.map((item) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return { item, rank: state }
  })
  return ranked.sort((one, other) => one.rank - other.rank).map(({ item }) => item)
}

const batchesOf = (readings: readonly Reading[], size: number): Reading[][] =>
  Array.from({ length: Math.ceil(readings.length / size) }, (_, batch) => readings.slice(batch * size, (batch + 1) * size))

const appendAll = async (store: ReadingStore, batches: readonly (readonly Reading[])[]): Promise<Fate[]> => {
  const fates: Fate[] = []
  for (const batch of batches) fates.push(...(await store.append(batch)))
  return fates
}

const tally = (fates: readonly Fate[]) => {
  const count = { stored: 0, duplicate: 0, conflict: 0 }
  for (const fate of fates) count[fate] += 1
  return count
}

const LATE_MS = NOON_MS - 20 * DAY_MS
const everAround = (deviceIds: readonly string[]) => ({ deviceIds, fromMs: LATE_MS - DAY_MS, toMs: NOON_MS + DAY_MS })

export const arrivals = (name: string, { store, aDevice, interruptNext, countsExactly }: StoreUnderTest): void => {
  /** `count` readings of the device, five minutes apart. */
  const readingsFrom = (deviceId: string, fromMs: number, count: number): Reading[] =>
    Array.from({ length: count }, (_, index) =>
      aReading({ deviceId, atMs: fromMs + index * 5 * MINUTE_MS, receivedAtMs: NOON_MS + index, energyTotalWh: 1_000 + index }),
    )

  describe(`${name}: late readings`, () => {
    test('a thousand, twenty days late, among fresh ones, twice and in any order: none is lost and none is double', async () => {
      const deviceIds = [aDevice(), aDevice(), aDevice(), aDevice()]
      const late = deviceIds.flatMap((deviceId) => readingsFrom(deviceId, LATE_MS, 250))
      const fresh = deviceIds.flatMap((deviceId) => readingsFrom(deviceId, NOON_MS, 25))
      const batches = batchesOf(shuffled([...late, ...fresh, ...late, ...fresh], 7), 220)
      const fates = await appendAll(store(), batches)
      expect(tally(fates)).toEqual({ stored: 1_100, duplicate: 1_100, conflict: 0 })
      expect(await appendAll(store(), batchesOf(late, 500))).toEqual(late.map(() => 'duplicate'))

      const inOrder = deviceIds.map((deviceId) => [...late, ...fresh].filter((reading) => reading.deviceId === deviceId))
      expect(await store().list(everAround(deviceIds), 2_000)).toEqual(inOrder.flat())
      expect(await store().series(everAround(deviceIds), ['energyTotalWh'])).toEqual(
        inOrder.map((readings, index) => ({
          deviceId: deviceIds[index],
          atMs: readings.map(({ atMs }) => atMs),
          values: { energyTotalWh: readings.map(({ energyTotalWh }) => energyTotalWh) },
        })),
      )
      expect(await store().conflicts(everAround(deviceIds))).toEqual([])
    })

    test('late rivals are kept and count for nothing, in one batch and in two', async () => {
      const deviceId = aDevice()
      const [one, other, clean] = readingsFrom(deviceId, LATE_MS, 3)
      if (!one || !other || !clean) throw new Error('three readings were made')
      const rivalOne = { ...one, acPowerW: 1 }
      const rivalOther = { ...other, acPowerW: 2 }
      expect(await store().append([one, rivalOne, other, clean])).toEqual(['stored', 'conflict', 'stored', 'stored'])
      expect(await store().append([clean, rivalOther, rivalOne])).toEqual(['duplicate', 'conflict', 'duplicate'])
      const span = everAround([deviceId])
      expect(await store().list(span, 10)).toEqual([clean])
      const disputed = await store().conflicts(span)
      expect(disputed.map(({ atMs }) => atMs)).toEqual([one.atMs, other.atMs])
      expect(disputed.map(({ readings }) => readings.map(({ acPowerW }) => acPowerW))).toEqual([
        [1, one.acPowerW],
        [2, other.acPowerW],
      ])
    })

    test('a late value is the nearest one as soon as it is there', async () => {
      const deviceId = aDevice()
      const ask = { deviceIds: [deviceId], beforeMs: NOON_MS, notBeforeMs: NOON_MS - 39 * DAY_MS }
      const [early, late] = readingsFrom(deviceId, LATE_MS, 2)
      if (!early || !late) throw new Error('two readings were made')
      await store().append([aReading({ deviceId, energyTotalWh: 9_000 }), early])
      expect(await store().lastBefore(ask, 'energyTotalWh')).toEqual([{ deviceId, atMs: early.atMs, value: 1_000 }])
      await store().append([late])
      expect(await store().lastBefore(ask, 'energyTotalWh')).toEqual([{ deviceId, atMs: late.atMs, value: 1_001 }])
      await store().append([{ ...late, energyTotalWh: 5 }])
      expect(await store().lastBefore(ask, 'energyTotalWh')).toEqual([{ deviceId, atMs: early.atMs, value: 1_000 }])
      const onward = { deviceIds: [deviceId], fromMs: early.atMs + 1, beforeMs: NOON_MS + 1 }
      expect(await store().firstAfter(onward, 'energyTotalWh')).toEqual([{ deviceId, atMs: NOON_MS, value: 9_000 }])
    })
  })

  describe(`${name}: arrivals`, () => {
    test('equal repeats across days and batches are duplicates', async () => {
      const deviceIds = [aDevice(), aDevice()]
      const days = [0, 1, 2, 3].map((day) => deviceIds.flatMap((deviceId) => readingsFrom(deviceId, NOON_MS - day * DAY_MS, 6)))
      expect(tally(await appendAll(store(), days)).stored).toBe(48)
      const again = batchesOf(shuffled(days.flat(), 3), 11).map((batch) => [...batch, ...batch.slice(0, 2)])
      expect(tally(await appendAll(store(), again))).toEqual({ stored: 0, duplicate: again.flat().length, conflict: 0 })
      const found = await store().list(everAround(deviceIds), 100)
      expect(found).toHaveLength(48)
      expect(new Set(found.map(({ deviceId, atMs }) => `${deviceId} ${atMs}`)).size).toBe(48)
    })

    test('three rivals are one conflict in every order, and no neighbour of theirs is touched', async () => {
      const neighbour = aDevice()
      const beside = readingsFrom(neighbour, NOON_MS, 3)
      await store().append(beside)
      const orders = [
        [1, 2, 3],
        [3, 1, 2],
        [2, 3, 1],
      ]
      for (const order of orders) {
        const deviceId = aDevice()
        const [before, , after] = readingsFrom(deviceId, NOON_MS, 3)
        if (!before || !after) throw new Error('three readings were made')
        const rivals = order.map((acPowerW) => aReading({ deviceId, atMs: NOON_MS + 5 * MINUTE_MS, acPowerW }))
        const fates = await appendAll(store(), [[before], ...batchesOf(rivals, 1), [after, ...rivals]])
        const repeats = ['duplicate', 'duplicate', 'duplicate']
        expect(fates).toEqual(['stored', 'stored', 'conflict', 'conflict', 'stored', ...repeats])
        const span = everAround([deviceId, neighbour])
        const [conflict, ...others] = await store().conflicts(span)
        expect(others).toEqual([])
        expect(conflict).toMatchObject({ deviceId, atMs: NOON_MS + 5 * MINUTE_MS })
        expect(conflict?.readings.map(({ acPowerW }) => acPowerW)).toEqual([1, 2, 3])
        expect(await store().list(span, 10)).toEqual([...beside, before, after])
      }
    })

    test('the same readings in four different splits at once are stored once', async () => {
      const deviceIds = [aDevice(), aDevice()]
      const readings = deviceIds.flatMap((deviceId) => readingsFrom(deviceId, NOON_MS, 60))
      const splits = [120, 50, 17, 9].map((size, seed) => batchesOf(size === 120 ? readings : shuffled(readings, seed), size))
      const fates = (await Promise.all(splits.map((batches) => appendAll(store(), batches)))).flat()
      expect(fates).toHaveLength(480)
      expect(fates).not.toContain('conflict')
      if (countsExactly) expect(tally(fates)).toEqual({ stored: 120, duplicate: 360, conflict: 0 })
      expect(await store().list(everAround(deviceIds), 1_000)).toEqual(readings)
      expect(await store().conflicts(everAround(deviceIds))).toEqual([])
    })

    test('rivals at once are all kept', async () => {
      const deviceId = aDevice()
      const clean = readingsFrom(deviceId, NOON_MS + DAY_MS / 2, 3)
      const rivals = [1, 2, 3].map((acPowerW) => aReading({ deviceId, acPowerW }))
      const fates = await Promise.all(rivals.map((rival) => store().append([...clean, rival])))
      if (countsExactly) expect(tally(fates.flat())).toEqual({ stored: 4, duplicate: 6, conflict: 2 })
      const [conflict] = await store().conflicts(everAround([deviceId]))
      expect(conflict?.readings.map(({ acPowerW }) => acPowerW)).toEqual([1, 2, 3])
      expect(await store().list(everAround([deviceId]), 10)).toEqual(clean)
    })

    test('an append that broke off half way is whole when it is repeated', async (context) => {
      const interrupt = interruptNext()
      if (!interrupt) {
        context.skip()
        return
      }
      const deviceIds = [aDevice(), aDevice(), aDevice()]
      const readings = deviceIds.flatMap((deviceId) => readingsFrom(deviceId, NOON_MS - DAY_MS, 150))
      const rival = { ...aReading({ deviceId: deviceIds[0] ?? '' }), acPowerW: 3 }
      await store().append([{ ...rival, acPowerW: 4 }])
      await interrupt()
      await expect(store().append([...readings, rival])).rejects.toThrow()
      expect(tally(await store().append([...readings, rival])).conflict).toBeLessThanOrEqual(1)
      expect(await store().append([...readings, rival])).toEqual([...readings, rival].map(() => 'duplicate'))
      expect(await store().list(everAround(deviceIds), 1_000)).toEqual(readings)
      expect(await store().conflicts(everAround(deviceIds))).toMatchObject([{ readings: [{ acPowerW: 3 }, { acPowerW: 4 }] }])
    })
  })
}
