import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { SUMMARY_TERMS } from '../../domain/ordinary-day.ts'
import type { Reading } from '../../domain/reading.ts'
import type { ReadingSummary } from '../../domain/reading-summary.ts'
import { summaryAt } from '../../domain/summary-columns.ts'
import type { ReadingStore } from '../../stores/readings.ts'
import type { SpanAsk } from '../../stores/summaries.ts'
import { NOON_MS } from '../readings.ts'
import { toldOf } from '../told-summary.ts'
import type { StoreUnderTest } from './reading-store.contract.ts'

/** What every adapter must hold about summaries: the same facts as anybody finds who goes through the readings one by one. */

const askOf = (deviceIds: readonly string[], over: Partial<SpanAsk> = {}): SpanAsk => ({
  deviceIds,
  fromMs: NOON_MS,
  toMs: NOON_MS + 24 * HOUR_MS,
  register: 'energyTotalWh',
  stepWh: 1_000,
  quietPowerW: 30,
  ...over,
})

/** One span's summaries by device, in the order asked. */
const told = async (store: ReadingStore, { fromMs, toMs, ...ask }: SpanAsk): Promise<Map<string, ReadingSummary>> => {
  const [found, ...others] = await store.summaries({ ...ask, spans: [{ fromMs, toMs }] })
  if (!found || others.length > 0) throw new Error('one span was asked for')
  return new Map(
    ask.deviceIds.flatMap((deviceId, place) => {
      const summary = summaryAt(found, place)
      return summary ? [[deviceId, summary] as const] : []
    }),
  )
}

/** Wh and W at a minute after noon; undefined where the reading has none. */
type Sketch = [minute: number, wh: number | undefined, acPowerW?: number | undefined]
const sketched = (deviceId: string, sketches: readonly Sketch[]): Reading[] =>
  sketches.map(([minute, energyTotalWh, acPowerW]) => ({
    deviceId,
    atMs: NOON_MS + minute * MINUTE_MS,
    receivedAtMs: NOON_MS,
    ...(energyTotalWh !== undefined && { energyTotalWh }),
    ...(acPowerW !== undefined && { acPowerW }),
  }))
const at = (minute: number): number => NOON_MS + minute * MINUTE_MS

export const summaries = (name: string, { store, aDevice }: StoreUnderTest): void => {
  describe(`${name}: a summary`, () => {
    test('says when the register showed what first and last, how it ran, and when the device was producing', async () => {
      const deviceId = aDevice()
      await store().append(
        sketched(deviceId, [
          [0, undefined, 0],
          [5, 10_000, 30],
          [65, 15_000, 5_000],
          [125, 15_000, 31],
          [185, 15_000],
          [245, 15_000, 31],
          [250, 14_990, 31],
          [1_439, 14_995, -3],
        ]),
      )
      expect(await told(store(), askOf([deviceId]))).toEqual(
        new Map([
          [
            deviceId,
            {
              readings: 8,
              hoursSeen: (1 << 0) | (1 << 1) | (1 << 2) | (1 << 3) | (1 << 4) | (1 << 23),
              register: {
                firstAtMs: at(5),
                firstWh: 10_000,
                firstUntilMs: at(5),
                lastAtMs: at(1_439),
                lastWh: 14_995,
                lastSinceMs: at(1_439),
                minWh: 10_000,
                maxWh: 15_000,
                falls: 1,
                steepestW: 4_000,
                silenceMs: 1_189 * MINUTE_MS,
                stillMs: 180 * MINUTE_MS,
              },
              producing: { fromMs: at(65), untilMs: at(250) },
              power: { firstAtMs: at(0), firstW: 0, lastAtMs: at(1_439), lastW: -3 },
              reportedWh: (30 * 5 + 5_030 * 60 + 5_031 * 60 + 62 * 120 + 62 * 5 + 28 * 1_189) / 120,
            },
          ],
        ]),
      )
    })

    test('is given of devices that have any reading in the span, from its first instant to before its last, and of no other', async () => {
      const [here, before, behind, silent] = [aDevice(), aDevice(), aDevice(), aDevice()]
      await store().append([
        ...sketched(here, [
          [-1, 1],
          [0, 2],
          [1_440, 3],
        ]),
        ...sketched(before, [[-1, 1]]),
        ...sketched(behind, [[1_440, 1]]),
      ])
      const found = await told(store(), askOf([silent, behind, here, before, 'DEV-NOBODY']))
      expect([...found.keys()]).toEqual([here])
      expect(found.get(here)).toMatchObject({ readings: 1, register: { firstWh: 2, lastWh: 2, silenceMs: 0, steepestW: 0 } })
      expect(await told(store(), askOf([]))).toEqual(new Map())
      expect(await told(store(), askOf([here], { toMs: NOON_MS }))).toEqual(new Map())
    })

    test('tells a register that shows zero from one that is not there, and power that is not reported from none', async () => {
      const [zero, none] = [aDevice(), aDevice()]
      await store().append([
        ...sketched(zero, [
          [0, 0],
          [300, 0],
        ]),
        ...sketched(none, [
          [0, undefined, 100],
          [300, undefined, 100],
        ]),
      ])
      const found = await told(store(), askOf([zero, none]))
      expect(found.get(zero)).toMatchObject({ register: { firstWh: 0, lastWh: 0, stillMs: 0 }, producing: undefined })
      expect(found.get(none)).toMatchObject({ register: undefined, producing: { fromMs: at(0), untilMs: at(300) } })
    })

    test('keeps the largest register there is to the Wh', async () => {
      const deviceId = aDevice()
      const [first, last] = [Number.MAX_SAFE_INTEGER - 3, Number.MAX_SAFE_INTEGER]
      await store().append(
        sketched(deviceId, [
          [0, first],
          [5, last],
        ]),
      )
      const found = await told(store(), askOf([deviceId], { stepWh: 0 }))
      expect(found.get(deviceId)?.register).toMatchObject({
        firstWh: first,
        lastWh: last,
        minWh: first,
        maxWh: last,
        steepestW: 36,
      })
    })

    test('leaves disputed instants out, and reads the register it was asked for', async () => {
      const deviceId = aDevice()
      const [one, two] = [aDevice(), deviceId]
      const readings = sketched(two, [
        [0, 10],
        [5, 5_000, 90],
        [10, 20],
      ])
      await store().append([...readings, ...sketched(one, [[5, 7]])])
      await store().append(sketched(two, [[5, 15, 90]]))
      const found = await told(store(), askOf([one, two]))
      expect(found.get(two)).toMatchObject({
        readings: 2,
        producing: undefined,
        register: { lastWh: 20, falls: 0, silenceMs: 600_000 },
      })
      expect(found.get(one)).toMatchObject({ readings: 1 })
      const others = await told(store(), askOf([one], { register: 'exportTotalWh' }))
      expect(others.get(one)).toMatchObject({ readings: 1, register: undefined })
    })

    test.each([
      ['longer than a day', { toMs: NOON_MS + 24 * HOUR_MS + 1 }],
      ['with a bound that is no whole millisecond', { fromMs: NOON_MS + 0.5 }],
      ['with a bound that is no number', { toMs: Number.NaN }],
    ])('of a span %s is a RangeError', async (_, over) => {
      await expect(told(store(), askOf([aDevice()], over))).rejects.toThrow(RangeError)
    })

    test.each([
      ['a day', {}, 1_500],
      ['a half-day as stores may keep it', { toMs: NOON_MS + 12 * HOUR_MS, ...SUMMARY_TERMS }, 760],
    ])('of %s is what going through the readings one by one finds, in whatever order they came', async (_, over, minutes) => {
      const sketch = fc.tuple(
        fc.nat(minutes),
        fc.option(fc.oneof(fc.nat(4), fc.nat(9_000)), { nil: undefined, freq: 6 }),
        fc.option(fc.constantFrom(0, -40, 20, 21, 30, 31, 31, 900), { nil: undefined, freq: 4 }),
      )
      const histories = fc.array(fc.uniqueArray(sketch, { selector: ([minute]) => minute, maxLength: 25 }), {
        minLength: 1,
        maxLength: 4,
      })
      await fc.assert(
        fc.asyncProperty(histories, fc.boolean(), async (sketches, isInOrder) => {
          const devices = sketches.map((history) => sketched(aDevice(), history))
          const readings = devices.flat()
          const given = isInOrder ? readings.toSorted((a, b) => a.atMs - b.atMs) : readings
          for (let from = 0; from < given.length; from += 20) await store().append(given.slice(from, from + 20))
          const deviceIds = devices.flatMap(([first]) => first?.deviceId ?? [])
          const ask = askOf(deviceIds, over)
          const expected = devices.flatMap((ofDevice) => {
            const summary = toldOf(ofDevice, ask)
            return summary ? [[ofDevice[0]?.deviceId ?? '', summary] as const] : []
          })
          expect(await told(store(), ask)).toEqual(new Map(expected))
        }),
        { numRuns: 15 },
      )
    })
  })
}
