import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEVICE_STATES, QUANTITIES, type Reading } from '../../domain/reading.ts'
import type { Fate, ReadingStore, Span } from '../../stores/readings.ts'
import { aReading, NOON_MS } from '../readings.ts'
import { arrivals } from './reading-arrival.contract.ts'
import { spans } from './reading-spans.contract.ts'
import { summaries } from './reading-summaries.contract.ts'

/**
 * A store under test. `reopen` is for those that live in a file of ours; it ends the store it came with. `interrupt` makes the next
 * append of some hundred readings throw when a part of it is stored.
 */
export type OpenedStore = {
  store: ReadingStore
  reopen?: () => Promise<OpenedStore>
  interrupt?: () => void | Promise<void>
  close: () => Promise<void>
}

/** `countsExactly`: also of appends at the same time every identity is 'stored' once. Stored values are exact everywhere. */
export type ContractOptions = { countsExactly?: boolean }

/** What the parts of the suite are given; functions, because the store is opened before the tests and not before their names. */
export type StoreUnderTest = {
  store: () => ReadingStore
  interruptNext: () => OpenedStore['interrupt']
  /** A device no other test writes to: one store serves all of them. */
  aDevice: () => string
  countsExactly: boolean
}

const MINUTE_MS = 60_000
const spanOf = (deviceIds: readonly string[], over: Partial<Span> = {}): Span => ({
  deviceIds,
  fromMs: NOON_MS - 1_000 * MINUTE_MS,
  toMs: NOON_MS + 1_000 * MINUTE_MS,
  ...over,
})
const minute = (count: number): number => NOON_MS + count * MINUTE_MS

/** Every promise of stores/readings.ts, held by whatever `open` opens. */
export const readingStoreContract = (
  name: string,
  open: () => Promise<OpenedStore>,
  { countsExactly = true }: ContractOptions = {},
): void => {
  let opened: OpenedStore
  let store: ReadingStore
  let devices = 0
  const aDevice = (): string => {
    devices += 1
    return `DEV-${String(devices).padStart(4, '0')}`
  }

  beforeAll(async () => {
    opened = await open()
    store = opened.store
  })
  afterAll(() => opened.close())

  describe(`${name}: identity`, () => {
    test('a new reading is stored', async () => {
      const deviceId = aDevice()
      expect(await store.append([aReading({ deviceId, acPowerW: 5 })])).toEqual(['stored'])
      expect(await store.series(spanOf([deviceId]), ['acPowerW'])).toEqual([
        { deviceId, atMs: [NOON_MS], values: { acPowerW: [5] } },
      ])
    })

    test('an equal repeat is a duplicate and changes nothing, whenever it was received', async () => {
      const reading = aReading({ deviceId: aDevice(), strings: [{ voltageV: 600, currentA: 7 }], faultCodes: ['F1'] })
      await store.append([reading])
      const again = { ...reading, strings: [{ currentA: 7, voltageV: 600 }] }
      expect(await store.append([again, { ...reading, receivedAtMs: NOON_MS + 9_999 }])).toEqual(['duplicate', 'duplicate'])
      expect(await store.list(spanOf([reading.deviceId]), 10)).toEqual([reading])
    })

    test('a repeat inside one batch is a duplicate', async () => {
      const reading = aReading({ deviceId: aDevice() })
      const next = { ...reading, atMs: minute(1) }
      expect(await store.append([reading, next, reading, next])).toEqual(['stored', 'stored', 'duplicate', 'duplicate'])
      expect(await store.list(spanOf([reading.deviceId]), 10)).toEqual([reading, next])
    })

    test('different values for one identity are all kept and count for nothing', async () => {
      const before = aReading({ deviceId: aDevice(), atMs: minute(-1), acPowerW: 1 })
      const first = aReading({ deviceId: before.deviceId, acPowerW: 2 })
      const second = { ...first, acPowerW: 3 }
      expect(await store.append([before, first])).toEqual(['stored', 'stored'])
      expect(await store.append([second])).toEqual(['conflict'])
      const span = spanOf([before.deviceId])
      expect(await store.conflicts(span)).toEqual([{ deviceId: first.deviceId, atMs: NOON_MS, readings: [first, second] }])
      expect(await store.series(span, ['acPowerW'])).toMatchObject([{ atMs: [minute(-1)] }])
      expect(await store.list(span, 10)).toEqual([before])
      expect(
        await store.lastBefore({ deviceIds: span.deviceIds, beforeMs: minute(1), notBeforeMs: 0 }, 'acPowerW'),
      ).toMatchObject([{ atMs: minute(-1) }])
      expect(await store.firstAfter({ deviceIds: span.deviceIds, fromMs: NOON_MS, beforeMs: minute(9) }, 'acPowerW')).toEqual([])
    })

    test('a known value of a conflict is a duplicate, a further one another conflict', async () => {
      const deviceId = aDevice()
      const [one, two, three] = [1, 2, 3].map((acPowerW) => aReading({ deviceId, acPowerW }))
      if (!one || !two || !three) throw new Error('three readings were made')
      expect(await store.append([one, two, two, one])).toEqual(['stored', 'conflict', 'duplicate', 'duplicate'])
      expect(await store.append([two, one, three, three])).toEqual(['duplicate', 'duplicate', 'conflict', 'duplicate'])
      expect((await store.conflicts(spanOf([deviceId])))[0]?.readings).toEqual([one, two, three])
    })

    test('a quantity more or less, a state, a string or a fault code makes a conflict', async () => {
      const plain = aReading({ deviceId: aDevice() })
      const { energyTotalWh: _, ...less } = plain
      const others = [less, { ...plain, dcPowerW: 0 }, { ...plain, state: 'off' as const }, { ...plain, strings: [] }]
      expect(await store.append([plain])).toEqual(['stored'])
      expect(await store.append(others)).toEqual(['conflict', 'conflict', 'conflict', 'conflict'])
      expect(
        await store.append([
          { ...plain, strings: [{ voltageV: 1 }] },
          { ...plain, strings: [{ currentA: 1 }] },
        ]),
      ).toEqual(['conflict', 'conflict'])
      expect(
        await store.append([
          { ...plain, faultCodes: ['A', 'B'] },
          { ...plain, faultCodes: ['A,B'] },
        ]),
      ).toEqual(['conflict', 'conflict'])
      expect(await store.append([plain, ...others])).toEqual(others.concat(plain).map(() => 'duplicate'))
    })

    test('minus zero is zero', async () => {
      const deviceId = aDevice()
      const zero = aReading({ deviceId, acPowerW: 0, energyTotalWh: 0 })
      const minus = { ...zero, acPowerW: -0, energyTotalWh: -0 }
      expect(await store.append([minus, zero])).toEqual(['stored', 'duplicate'])
      expect(await store.append([minus])).toEqual(['duplicate'])
      expect(await store.list(spanOf([deviceId]), 10)).toEqual([zero])
    })

    test('two concurrent appends store once', async () => {
      const deviceId = aDevice()
      const readings = Array.from({ length: 50 }, (_, index) => aReading({ deviceId, atMs: minute(index) }))
      const fates = (await Promise.all([store.append(readings), store.append(readings)])).flat()
      expect(fates).not.toContain('conflict')
      if (countsExactly) expect(fates.filter((fate) => fate === 'stored')).toHaveLength(50)
      expect(await store.list(spanOf([deviceId]), 1_000)).toEqual(readings)
    })

    test('order, repetition and batching change nothing', async () => {
      const reading = fc.record({ device: fc.nat(1), at: fc.nat(4), acPowerW: fc.nat(1), energyTotalWh: fc.option(fc.nat(1)) })
      const runs = fc.array(reading, { minLength: 1, maxLength: 12 }).chain((set) =>
        fc.record({
          set: fc.constant(set),
          repeats: fc.array(fc.constantFrom(...set), { maxLength: 6 }),
          seed: fc.array(fc.nat(), { minLength: set.length + 6, maxLength: set.length + 6 }),
          batch: fc.integer({ min: 1, max: 7 }),
        }),
      )
      await fc.assert(
        fc.asyncProperty(runs, async ({ set, repeats, seed, batch }) => {
          const shuffled = [...set, ...repeats]
            .map((one, index) => ({ one, rank: seed[index] ?? 0 }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ one }) => one)
          expect(await outcome(shuffled, batch)).toBe(await outcome(set, set.length))
        }),
        { numRuns: 25 },
      )
    })

    type Sketch = { device: number; at: number; acPowerW: number; energyTotalWh: number | null }
    /** Everything readable of two fresh devices after these readings came in batches of that size, as text. */
    const outcome = async (sketches: readonly Sketch[], batch: number): Promise<string> => {
      const deviceIds = [aDevice(), aDevice()]
      const readings = sketches.map(({ device, at, acPowerW, energyTotalWh }): Reading => {
        const { energyTotalWh: _, ...reading } = aReading({ deviceId: deviceIds[device] ?? '', atMs: minute(at), acPowerW })
        return energyTotalWh === null ? reading : { ...reading, energyTotalWh }
      })
      const fates: Fate[] = []
      for (let from = 0; from < readings.length; from += batch)
        fates.push(...(await store.append(readings.slice(from, from + batch))))
      const span = spanOf(deviceIds)
      const near = { deviceIds, fromMs: minute(0), notBeforeMs: minute(0), beforeMs: minute(9) }
      const found = {
        stored: fates.filter((fate) => fate === 'stored').length,
        conflicting: fates.filter((fate) => fate === 'conflict').length,
        series: await store.series(span, QUANTITIES),
        conflicts: await store.conflicts(span),
        last: await store.lastBefore(near, 'energyTotalWh'),
        first: await store.firstAfter(near, 'energyTotalWh'),
      }
      return JSON.stringify(found)
        .replaceAll(deviceIds[0] ?? '', 'one')
        .replaceAll(deviceIds[1] ?? '', 'two')
    }
  })

  describe(`${name}: reading back`, () => {
    test('a whole reading comes back as it was given, every state included', async () => {
      const deviceId = aDevice()
      const everything = Object.fromEntries(QUANTITIES.map((quantity, index) => [quantity, index * 1_000]))
      const readings: Reading[] = [
        {
          ...aReading({ deviceId }),
          ...everything,
          strings: [{ voltageV: 601.5 }, { currentA: -0.25 }, {}],
          faultCodes: ['0x1F', '绝缘'],
        },
        { deviceId, atMs: minute(1), receivedAtMs: minute(7) },
        { deviceId, atMs: minute(2), receivedAtMs: minute(2), strings: [], faultCodes: [] },
        ...DEVICE_STATES.map((state, index) => aReading({ deviceId, atMs: minute(3 + index), state })),
      ]
      expect(await store.append(readings)).toEqual(readings.map(() => 'stored'))
      expect(await store.list(spanOf([deviceId]), 100)).toEqual(readings)
    })

    test('every number comes back exactly', async () => {
      const deviceId = aDevice()
      const powersW = [0.1, -3.7, 5e-324, 1.7976931348623157e308, 1 / 3, -0.1 - 0.2]
      const readings = powersW.map((acPowerW, index) =>
        aReading({ deviceId, atMs: minute(index), acPowerW, energyTotalWh: Number.MAX_SAFE_INTEGER - index }),
      )
      await store.append(readings)
      const [series] = await store.series(spanOf([deviceId]), ['acPowerW', 'energyTotalWh'])
      expect(series?.values.acPowerW).toEqual(powersW)
      expect(series?.values.energyTotalWh).toEqual(readings.map(({ energyTotalWh }) => energyTotalWh))
    })

    test.each([
      ['a power that is no number', { acPowerW: Number.NaN }],
      ['an infinite power', { acPowerW: Number.POSITIVE_INFINITY }],
      ['a counter with a fraction', { energyTotalWh: 0.5 }],
      ['a counter beyond the safe integers', { exportTotalWh: 2 ** 53 }],
      ['a time with a fraction', { atMs: NOON_MS + 0.5 }],
      ['a string voltage that is no number', { strings: [{ voltageV: Number.NaN }] }],
    ])('%s is refused, not rounded', async (_, over) => {
      const deviceId = aDevice()
      await expect(store.append([aReading({ deviceId, ...over })])).rejects.toThrow(RangeError)
      expect(await store.list(spanOf([deviceId]), 10)).toEqual([])
    })

    test('a quantity a reading does not have is null, and only what is asked for is answered', async () => {
      const deviceId = aDevice()
      const { acPowerW: _, ...silent } = aReading({ deviceId, atMs: minute(1) })
      await store.append([aReading({ deviceId, acPowerW: 7, temperatureC: 40 }), silent])
      expect(await store.series(spanOf([deviceId]), ['acPowerW', 'importTotalWh'])).toEqual([
        { deviceId, atMs: [NOON_MS, minute(1)], values: { acPowerW: [7, null], importTotalWh: [null, null] } },
      ])
      expect(await store.series(spanOf([deviceId]), [])).toEqual([{ deviceId, atMs: [NOON_MS, minute(1)], values: {} }])
    })

    test('a span holds its first instant and not its last', async () => {
      const deviceId = aDevice()
      await store.append([0, 1, 2, 3].map((count) => aReading({ deviceId, atMs: minute(count) })))
      const [series] = await store.series(spanOf([deviceId], { fromMs: minute(1), toMs: minute(3) }), ['acPowerW'])
      expect(series?.atMs).toEqual([minute(1), minute(2)])
      expect(await store.series(spanOf([deviceId], { fromMs: minute(4), toMs: minute(9) }), ['acPowerW'])).toEqual([])
      expect(await store.series(spanOf([deviceId], { fromMs: minute(3), toMs: minute(1) }), ['acPowerW'])).toEqual([])
    })

    test('devices come in the order of their ids, readings in the order of device time, however they arrived', async () => {
      const deviceIds = [aDevice(), aDevice(), aDevice()]
      for (const count of [5, 1, 3])
        await store.append(deviceIds.toReversed().map((deviceId) => aReading({ deviceId, atMs: minute(count) })))
      const expected = deviceIds.map((deviceId) => ({ deviceId, atMs: [minute(1), minute(3), minute(5)] }))
      expect(await store.series(spanOf(deviceIds.toReversed()), ['acPowerW'])).toMatchObject(expected)
      const listed = await store.list(spanOf(deviceIds.toReversed()), 100)
      expect(listed.map(({ deviceId, atMs }) => [deviceId, atMs])).toEqual(
        expected.flatMap(({ deviceId, atMs }) => atMs.map((at) => [deviceId, at])),
      )
    })

    test('a list ends at its limit', async () => {
      const deviceId = aDevice()
      const readings = [0, 1, 2].map((count) => aReading({ deviceId, atMs: minute(count) }))
      await store.append(readings)
      expect(await store.list(spanOf([deviceId]), 2)).toEqual(readings.slice(0, 2))
    })

    test('a late reading takes its place', async () => {
      const deviceId = aDevice()
      await store.append([aReading({ deviceId, atMs: minute(100) })])
      expect(await store.append([aReading({ deviceId, atMs: minute(-500) }), aReading({ deviceId, atMs: minute(50) })])).toEqual([
        'stored',
        'stored',
      ])
      const [series] = await store.series(spanOf([deviceId]), ['acPowerW'])
      expect(series?.atMs).toEqual([minute(-500), minute(50), minute(100)])
    })

    test('nothing is answered for no device and for one that never reported', async () => {
      const nobody = aDevice()
      for (const deviceIds of [[], [nobody]]) {
        const span = spanOf(deviceIds)
        expect(await store.series(span, ['acPowerW'])).toEqual([])
        expect(await store.list(span, 10)).toEqual([])
        expect(await store.conflicts(span)).toEqual([])
        expect(await store.lastBefore({ deviceIds, beforeMs: minute(9), notBeforeMs: 0 }, 'acPowerW')).toEqual([])
        expect(await store.firstAfter({ deviceIds, fromMs: 0, beforeMs: minute(9) }, 'acPowerW')).toEqual([])
      }
      expect(await store.append([])).toEqual([])
    })

    test('ten thousand devices with one reading each are ten thousand series', async () => {
      const deviceIds = Array.from({ length: 10_000 }, (_, index) => `MANY-${String(index).padStart(5, '0')}`)
      const fates = await store.append(deviceIds.map((deviceId, index) => aReading({ deviceId, acPowerW: index })))
      expect(fates.every((fate) => fate === 'stored')).toBe(true)
      const series = await store.series(spanOf(deviceIds), ['acPowerW'])
      expect(series.map(({ deviceId }) => deviceId)).toEqual(deviceIds)
      expect(series.flatMap(({ values }) => values.acPowerW ?? [])).toEqual(deviceIds.map((_, index) => index))
      // Where each device is entered in a directory, on a busy machine, that takes longer than a test may.
    }, 120_000)
  })

  describe(`${name}: the nearest value`, () => {
    test('before an instant is strictly before it, and none older than the bound', async () => {
      const deviceIds = [aDevice(), aDevice(), aDevice()]
      const [early = '', late = '', mute = ''] = deviceIds
      const { energyTotalWh: _, ...unknown } = aReading({ deviceId: late, atMs: minute(4) })
      await store.append([
        aReading({ deviceId: early, atMs: minute(0), energyTotalWh: 10 }),
        aReading({ deviceId: late, atMs: minute(3), energyTotalWh: 13 }),
        aReading({ deviceId: late, atMs: minute(2), energyTotalWh: 12 }),
        unknown,
        aReading({ deviceId: late, atMs: minute(5), energyTotalWh: 15 }),
        { deviceId: mute, atMs: minute(1), receivedAtMs: minute(1) },
      ])
      const last = (notBefore: number, before: number) =>
        store.lastBefore(
          { deviceIds: deviceIds.toReversed(), beforeMs: minute(before), notBeforeMs: minute(notBefore) },
          'energyTotalWh',
        )
      expect(await last(0, 5)).toEqual([
        { deviceId: early, atMs: minute(0), value: 10 },
        { deviceId: late, atMs: minute(3), value: 13 },
      ])
      expect(await last(1, 6)).toEqual([{ deviceId: late, atMs: minute(5), value: 15 }])
      expect(await last(3, 3)).toEqual([])
    })

    test('from an instant on may be at it, and is before the bound', async () => {
      const deviceIds = [aDevice(), aDevice()]
      const [one = '', other = ''] = deviceIds
      const { acPowerW: _, ...unknown } = aReading({ deviceId: one, atMs: minute(1) })
      await store.append([
        unknown,
        aReading({ deviceId: one, atMs: minute(3), acPowerW: 3 }),
        aReading({ deviceId: one, atMs: minute(2), acPowerW: 2 }),
        aReading({ deviceId: other, atMs: minute(5), acPowerW: 5 }),
      ])
      const first = (from: number, before: number) =>
        store.firstAfter({ deviceIds, fromMs: minute(from), beforeMs: minute(before) }, 'acPowerW')
      expect(await first(1, 5)).toEqual([{ deviceId: one, atMs: minute(2), value: 2 }])
      expect(await first(3, 6)).toEqual([
        { deviceId: one, atMs: minute(3), value: 3 },
        { deviceId: other, atMs: minute(5), value: 5 },
      ])
    })
  })

  const underTest = { store: () => store, interruptNext: () => opened.interrupt, aDevice, countsExactly }
  arrivals(name, underTest)
  spans(name, underTest)
  summaries(name, underTest)

  test(`${name}: everything survives closing and opening again`, async (context) => {
    if (!opened.reopen) {
      context.skip()
      return
    }
    const deviceId = aDevice()
    const stored = aReading({ deviceId, strings: [{ voltageV: 1 }], state: 'running' })
    const disputed = aReading({ deviceId, atMs: minute(1) })
    await store.append([stored, disputed, { ...disputed, acPowerW: 9 }])
    const conflicts = await store.conflicts(spanOf([deviceId]))
    opened = await opened.reopen()
    store = opened.store
    expect(await store.list(spanOf([deviceId]), 10)).toEqual([stored])
    expect(await store.conflicts(spanOf([deviceId]))).toEqual(conflicts)
    expect(await store.append([stored, { ...disputed, acPowerW: 9 }, { ...stored, atMs: minute(-1) }])).toEqual([
      'duplicate',
      'duplicate',
      'stored',
    ])
  })
}
