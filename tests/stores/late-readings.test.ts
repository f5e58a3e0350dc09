import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MINUTE_MS } from '../../domain/calendar.ts'
import { QUANTITIES, type Reading } from '../../domain/reading.ts'
import { type DuckDbReadingStore, openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { type LimitedStore, withLateReadings } from '../../stores/late-readings.ts'
import { identityOf, type ReadingStore } from '../../stores/readings.ts'
import { aReading, NOON_MS } from '../readings.ts'

const folder = mkdtempSync(join(tmpdir(), 'yangguang-late-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const aStore = (): Promise<DuckDbReadingStore> => {
  files += 1
  return openReadingStore(join(folder, `${files}.duckdb`))
}

/** A main store as Timestream is one: what lies before the window's start, which moves, it refuses. */
const windowed = (store: ReadingStore, window: { fromMs: number }): LimitedStore => ({
  ...store,
  append: async (readings) => {
    const isRefused = ({ atMs }: Reading) => atMs < window.fromMs
    const fates = (await store.append(readings.filter((reading) => !isRefused(reading)))).values()
    return readings.map((reading) => (isRefused(reading) ? 'refused' : (fates.next().value ?? 'refused')))
  },
  claims: async (identities) => {
    const instants = identities.map(({ atMs }) => atMs)
    const deviceIds = identities.map(({ deviceId }) => deviceId)
    const span = { deviceIds, fromMs: Math.min(...instants), toMs: Math.max(...instants) + 1 }
    const conflicts = await store.conflicts(span)
    const wanted = new Set(identities.map(identityOf))
    const all = [...(await store.list(span, 1_000)), ...conflicts.flatMap(({ readings }) => readings)]
    return all.filter((reading) => wanted.has(identityOf(reading)))
  },
})

const open = async (fromMs: number) => {
  const [main, late] = [await aStore(), await aStore()]
  const window = { fromMs }
  const close = async (): Promise<void> => {
    await main.close()
    await late.close()
  }
  return { main, late, window, store: withLateReadings(windowed(main, window), late), close }
}

const minute = (count: number): number => NOON_MS + count * MINUTE_MS
const everything = (deviceIds: string[]) => ({ deviceIds, fromMs: minute(-99), toMs: minute(99) })

describe('a late store beside a main one', () => {
  let opened: Awaited<ReturnType<typeof open>>
  let oracle: DuckDbReadingStore
  beforeAll(async () => {
    opened = await open(minute(0))
    oracle = await aStore()
  })
  afterAll(async () => {
    await opened.close()
    await oracle.close()
  })
  const aged = (toMinute: number): void => {
    opened.window.fromMs = minute(toMinute)
  }

  test('is asked for nothing that the main one took when it was young', async () => {
    aged(0)
    const young = aReading({ deviceId: 'AGED' })
    expect(await opened.store.append([young])).toEqual(['stored'])
    aged(10)
    expect(await opened.store.append([young, young])).toEqual(['duplicate', 'duplicate'])
    expect(await opened.late.list(everything(['AGED']), 9)).toEqual([])
  })

  test('keeps the late rival of a reading that the main one has, and the identity counts for nothing', async () => {
    aged(0)
    const young = aReading({ deviceId: 'RIVAL', acPowerW: 1 })
    const next = aReading({ deviceId: 'RIVAL', atMs: NOON_MS + 1, energyTotalWh: 5 })
    const before = aReading({ deviceId: 'RIVAL', atMs: NOON_MS - 1, energyTotalWh: 4 })
    await opened.store.append([young, next, before])
    aged(10)
    const rivals = [2, 3].map((acPowerW) => ({ ...young, acPowerW }))
    expect(await opened.store.append([...rivals, young])).toEqual(['conflict', 'conflict', 'duplicate'])
    expect(await opened.store.append(rivals)).toEqual(['duplicate', 'duplicate'])
    const span = everything(['RIVAL'])
    expect(await opened.store.list(span, 9)).toEqual([before, next])
    expect(await opened.store.list({ ...span, fromMs: NOON_MS }, 1)).toEqual([next])
    expect(await opened.store.conflicts(span)).toEqual([{ deviceId: 'RIVAL', atMs: NOON_MS, readings: [young, ...rivals] }])
    const ask = { deviceIds: ['RIVAL'], beforeMs: NOON_MS + 1, notBeforeMs: minute(-9) }
    expect(await opened.store.lastBefore(ask, 'energyTotalWh')).toEqual([{ deviceId: 'RIVAL', atMs: NOON_MS - 1, value: 4 }])
    expect(await opened.store.firstAfter({ ...ask, fromMs: NOON_MS, beforeMs: minute(9) }, 'energyTotalWh')).toEqual([
      { deviceId: 'RIVAL', atMs: NOON_MS + 1, value: 5 },
    ])
  })

  test('adds a late rival to a conflict that the main one has', async () => {
    aged(0)
    const rivals = [1, 2, 3].map((acPowerW) => aReading({ deviceId: 'THREE', acPowerW }))
    await opened.store.append(rivals.slice(0, 2))
    aged(10)
    expect(await opened.store.append(rivals)).toEqual(['duplicate', 'duplicate', 'conflict'])
    expect(await opened.store.conflicts(everything(['THREE']))).toEqual([{ deviceId: 'THREE', atMs: NOON_MS, readings: rivals }])
  })

  test('knows a rival of what the same batch has just stored, though the main one does not show that yet', async () => {
    const main: LimitedStore = {
      ...windowed(opened.main, { fromMs: 0 }),
      append: async (readings) => readings.map((_, index) => (index === 0 ? 'stored' : 'refused')),
      claims: async () => [],
    }
    const store = withLateReadings(main, opened.late)
    const reading = aReading({ deviceId: 'BATCH', acPowerW: 1 })
    expect(await store.append([reading, { ...reading, acPowerW: 2 }])).toEqual(['stored', 'conflict'])
  })

  test('and a window that has grown: what both have taken counts once, rivals are found', async () => {
    aged(10)
    const early = aReading({ deviceId: 'GROWN', acPowerW: 1 })
    const other = aReading({ deviceId: 'GROWN', atMs: minute(1), acPowerW: 1 })
    expect(await opened.store.append([early, other])).toEqual(['stored', 'stored'])
    aged(-10)
    await opened.store.append([early, { ...other, acPowerW: 2 }])
    expect(await opened.store.list(everything(['GROWN']), 9)).toEqual([early])
    expect(await opened.store.series(everything(['GROWN']), ['acPowerW'])).toEqual([
      { deviceId: 'GROWN', atMs: [NOON_MS], values: { acPowerW: [1] } },
    ])
    expect((await opened.store.conflicts(everything(['GROWN'])))[0]?.readings.map(({ acPowerW }) => acPowerW)).toEqual([1, 2])
  })

  test('are whole since both are, and always when neither lets anything go', () => {
    const main = windowed(opened.main, opened.window)
    const since = (whole: number) => ({ wholeSinceMs: (nowMs: number) => nowMs - whole })
    const both = withLateReadings({ ...main, ...since(50) }, { ...opened.late, ...since(70) })
    expect(both.wholeSinceMs?.(1_000)).toBe(950)
    expect(withLateReadings(main, { ...opened.late, ...since(70) }).wholeSinceMs?.(1_000)).toBe(930)
    expect(opened.store.wholeSinceMs).toBeUndefined()
  })

  test('a refused number leaves nothing in either', async () => {
    aged(0)
    const late = aReading({ deviceId: 'WRONG', atMs: minute(-1) })
    await expect(opened.store.append([late, aReading({ deviceId: 'WRONG', acPowerW: Number.NaN })])).rejects.toThrow(RangeError)
    expect(await opened.store.list(everything(['WRONG']), 9)).toEqual([])
  })

  test('a late store that fails throws, and appending again brings everything', async () => {
    aged(0)
    let isDown = true
    const broken: ReadingStore = {
      ...opened.late,
      append: (readings) => (isDown ? Promise.reject(new Error('throttled')) : opened.late.append(readings)),
    }
    const store = withLateReadings(windowed(opened.main, opened.window), broken)
    const readings = [-1, 1].map((at) => aReading({ deviceId: 'DOWN', atMs: minute(at) }))
    await expect(store.append(readings)).rejects.toThrow('throttled')
    isDown = false
    expect(await store.append(readings)).toEqual(['stored', 'duplicate'])
    expect(await store.list(everything(['DOWN']), 9)).toEqual(readings)
  })

  test('answers as one store would, whatever arrives and however the window moves', async () => {
    const sketch = fc.record({ device: fc.nat(1), at: fc.nat(5), acPowerW: fc.nat(2), energyTotalWh: fc.option(fc.nat(1)) })
    // Instants lie side by side, so that every bound is one that matters.
    const step = fc.record({ from: fc.integer({ min: -1, max: 6 }), sketches: fc.array(sketch, { maxLength: 8 }) })
    const asks = fc.record({ from: fc.nat(6), to: fc.nat(7), limit: fc.nat(8) })
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), asks, async (steps, { from, to, limit }) => {
        runs += 1
        const deviceIds = [`ONE-${runs}`, `TWO-${runs}`]
        for (const { from: windowFrom, sketches } of steps) {
          opened.window.fromMs = NOON_MS + windowFrom
          const readings = sketches.map(({ device, at, acPowerW, energyTotalWh }): Reading => {
            const { energyTotalWh: _, ...reading } = aReading({ deviceId: deviceIds[device] ?? '', atMs: NOON_MS + at, acPowerW })
            return energyTotalWh === null ? reading : { ...reading, energyTotalWh }
          })
          await opened.store.append(readings)
          await oracle.append(readings)
        }
        const span = { deviceIds, fromMs: NOON_MS + from, toMs: NOON_MS + to }
        const near = { ...span, beforeMs: NOON_MS + to, notBeforeMs: NOON_MS + from }
        for (const answerOf of [
          (store: ReadingStore) => store.series(span, QUANTITIES),
          (store: ReadingStore) => store.list(span, limit),
          (store: ReadingStore) => store.conflicts(span),
          (store: ReadingStore) => store.lastBefore(near, 'energyTotalWh'),
          (store: ReadingStore) => store.firstAfter(near, 'energyTotalWh'),
        ]) {
          expect(await answerOf(opened.store)).toEqual(await answerOf(oracle))
        }
      }),
      { numRuns: 30 },
    )
  })
})
