import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { HALF_DAY_MS, halfDayStartMs, halfDayNumberOf, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { SUMMARY_TERMS } from '../../domain/ordinary-day.ts'
import type { Reading } from '../../domain/reading.ts'
import type { ReadingSummary } from '../../domain/reading-summary.ts'
import { summaryAt } from '../../domain/summary-columns.ts'
import { appendReadings } from '../../stores/duckdb/append.ts'
import { type Database, openDatabase } from '../../stores/duckdb/database.ts'
import { createReader } from '../../stores/duckdb/queries.ts'
import type { ReadingReader } from '../../stores/readings.ts'
import { summariesFrom } from '../../stores/summaries.ts'
import { aReading, NOON_MS } from '../readings.ts'

/** Summaries that the embedded store keeps up as readings come in: always those of the readings, and no row is read for them. */

const folder = mkdtempSync(join(tmpdir(), 'yangguang-kept-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const aPath = (): string => join(folder, `${(files += 1)}.duckdb`)

const NOON = halfDayNumberOf(NOON_MS)
const spanAt = (halfDays: number) => ({
  fromMs: halfDayStartMs(NOON + halfDays),
  toMs: halfDayStartMs(NOON + halfDays) + HALF_DAY_MS,
})

/** An open file, and how often its rows were looked at through the reader. */
type World = Database & {
  reads: () => number
  reading: ReadingReader
  append: (readings: readonly Reading[]) => Promise<unknown>
}

const openAt = async (path: string): Promise<World> => {
  const database = await openDatabase(path, { memoryLimitMb: 100, threads: 1 })
  let reads = 0
  const counting =
    <Result>(method: (sql: string) => Promise<Result>) =>
    (sql: string): Promise<Result> => {
      if (sql.includes('FROM readings')) reads += 1
      return method(sql)
    }
  const { reader, devices, kept } = database
  const watched = Object.create(reader, {
    run: { value: counting((sql) => reader.run(sql)) },
    stream: { value: counting((sql) => reader.stream(sql)) },
  }) as typeof reader
  const reading = createReader(watched, devices, kept)
  const append = (readings: readonly Reading[]) =>
    appendReadings({ connection: database.writer, devices, kept, committed: database.committed }, readings)
  return { ...database, reads: () => reads, reading, append }
}

type Told = (ReadingSummary | undefined)[]

const told = async (
  summaries: ReadingReader['summaries'],
  deviceIds: string[],
  halfDays: number[],
  over = {},
): Promise<Told[]> => {
  const spans = halfDays.map(spanAt)
  const found = await summaries({ deviceIds, spans, register: 'energyTotalWh', ...SUMMARY_TERMS, ...over })
  return found.map((ofSpan) => deviceIds.map((_, place) => summaryAt(ofSpan, place)))
}

const at = (halfDays: number, minute: number, over: Partial<Reading> = {}): Reading =>
  aReading({
    deviceId: 'A',
    atMs: spanAt(halfDays).fromMs + minute * MINUTE_MS,
    acPowerW: minute,
    energyTotalWh: minute * 10,
    ...over,
  })

describe('the newest half-days', () => {
  test('are told without a look at the rows, as they come in and when the file is opened again', async () => {
    const path = aPath()
    let world = await openAt(path)
    await world.append([at(0, 1), at(0, 2), at(1, 3, { deviceId: 'B' })])
    await world.append([at(0, 4, { energyTotalWh: 30 })])
    await world.append([at(0, 1)])
    const expected = [
      [undefined, undefined],
      [
        expect.objectContaining({ readings: 3, register: expect.objectContaining({ firstWh: 10, lastWh: 30, falls: 0 }) }),
        undefined,
      ],
      [undefined, expect.objectContaining({ readings: 1, hoursSeen: 1 })],
    ]
    for (const opening of [1, 2]) {
      expect(await told(world.reading.summaries, ['A', 'B'], [-1, 0, 1])).toEqual(expected)
      expect(await told(world.reading.summaries, ['A', 'nobody', 'B'], [7])).toEqual([[undefined, undefined, undefined]])
      expect(world.reads()).toBe(0)
      await world.close()
      if (opening === 1) world = await openAt(path)
    }
  })

  test('are five; older ones, other spans and other terms are told from the rows', async () => {
    const world = await openAt(aPath())
    for (const halfDays of [0, 1, 2, 3, 4]) await world.append([at(halfDays, 1), at(halfDays, 2)])
    const two = [expect.objectContaining({ readings: 2 })]
    expect(await told(world.reading.summaries, ['A'], [0, 1, 2, 3, 4])).toEqual([two, two, two, two, two])
    expect(world.reads()).toBe(0)
    expect(await told(world.reading.summaries, ['A'], [4], { quietPowerW: 19 })).toEqual([two])
    expect(await told(world.reading.summaries, ['A'], [4], { stepWh: 1 })).toEqual([two])
    expect(await told(world.reading.summaries, ['A'], [4], { register: 'energyTodayWh' })).toEqual([two])
    expect(world.reads()).toBe(3)
    const shifted = { fromMs: spanAt(4).fromMs + 1, toMs: spanAt(4).toMs + 1 }
    const short = { ...spanAt(4), toMs: spanAt(4).toMs - 1 }
    const spans = [shifted, short]
    await world.reading.summaries({ deviceIds: ['A'], spans, register: 'energyTotalWh', ...SUMMARY_TERMS })
    expect(world.reads()).toBe(5)
    await world.append([at(5, 1)])
    expect(await told(world.reading.summaries, ['A'], [0, 1])).toEqual([two, two])
    expect(world.reads()).toBe(6)
    await world.append([at(0, 3)])
    expect(await told(world.reading.summaries, ['A'], [0])).toEqual([[expect.objectContaining({ readings: 3 })]])
    await world.close()
  })

  test('know the register of a meter, also of one that first shows it in the middle of a half-day', async () => {
    const world = await openAt(aPath())
    await world.append([at(0, 1), at(0, 2, { exportTotalWh: 7 })])
    await world.append([at(0, 3, { energyTotalWh: undefined, exportTotalWh: 9 })])
    const [[meter]] = (await told(world.reading.summaries, ['A'], [0], { register: 'exportTotalWh' })) as [[ReadingSummary]]
    expect(meter).toMatchObject({ readings: 3, register: { firstWh: 7, lastWh: 9, silenceMs: MINUTE_MS } })
    const [[inverter]] = (await told(world.reading.summaries, ['A'], [0])) as [[ReadingSummary]]
    expect(inverter).toMatchObject({ readings: 3, register: { firstWh: 10, lastWh: 20 } })
    expect(world.reads()).toBe(0)
    await world.close()
  })

  test('are read anew after a commit that failed, whether it happened or not', async () => {
    for (const happens of [true, false]) {
      const world = await openAt(aPath())
      await world.append([at(0, 1)])
      const failing = Object.create(world.writer, {
        run: {
          value: async (sql: string) => {
            const result = sql === 'COMMIT' && !happens ? await world.writer.run('ROLLBACK') : await world.writer.run(sql)
            if (sql === 'COMMIT') throw new Error('the disk went away')
            return result
          },
        },
      }) as typeof world.writer
      const appending = { connection: failing, devices: world.devices, kept: world.kept, committed: world.committed }
      await expect(appendReadings(appending, [at(0, 2), at(0, 2, { deviceId: 'B' })])).rejects.toThrow('went away')
      const readings = happens ? 2 : 1
      expect(await told(world.reading.summaries, ['A'], [0])).toEqual([[expect.objectContaining({ readings })]])
      await world.append([at(0, 2), at(0, 2, { deviceId: 'B' }), at(0, 3)])
      expect(await told(world.reading.summaries, ['A', 'B'], [0])).toEqual([
        [expect.objectContaining({ readings: 3 }), expect.objectContaining({ readings: 1 })],
      ])
      expect(world.reads()).toBe(0)
      await world.close()
    }
  })
})

describe('whatever is appended, in whatever order and however often the file is opened again', () => {
  const aSketch = fc.record({
    deviceId: fc.constantFrom('A', 'B', 'C', 'D'),
    halfDays: fc.integer({ min: 0, max: 8 }),
    minute: fc.nat(40),
    energyTotalWh: fc.option(fc.constantFrom(5, 6, 9_000), { nil: undefined, freq: 5 }),
    exportTotalWh: fc.option(fc.constantFrom(1, 2), { nil: undefined, freq: 1 }),
    acPowerW: fc.option(fc.constantFrom(0, 20, 21, 900), { nil: undefined, freq: 5 }),
  })
  const aStep = fc.oneof(
    { weight: 6, arbitrary: fc.array(aSketch, { maxLength: 12 }).map((sketches) => ({ sketches, isInOrder: true })) },
    { weight: 2, arbitrary: fc.array(aSketch, { maxLength: 6 }).map((sketches) => ({ sketches, isInOrder: false })) },
    { weight: 1, arbitrary: fc.constant('reopen' as const) },
  )

  test('every half-day is told as its readings tell it', async () => {
    let spared = 0
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { maxLength: 12 }), async (steps) => {
        const path = aPath()
        let world = await openAt(path)
        const deviceIds = ['A', 'B', 'C', 'D']
        for (const step of steps) {
          if (step === 'reopen') {
            await world.close()
            world = await openAt(path)
          } else {
            const readings = step.sketches.map(({ halfDays, minute, ...sketch }) => at(halfDays, minute, sketch))
            await world.append(step.isInOrder ? readings.toSorted((a, b) => a.atMs - b.atMs) : readings)
          }
          const halfDays = [0, 1, 2, 3, 4, 5, 6, 7, 8]
          for (const register of ['energyTotalWh', 'exportTotalWh'] as const) {
            const before = world.reads()
            const found = await told(world.reading.summaries, deviceIds, halfDays, { register })
            spared += 9 - (world.reads() - before)
            expect(found).toEqual(await told(summariesFrom(world.reading.series), deviceIds, halfDays, { register }))
          }
        }
        await world.close()
      }),
      { numRuns: 40 },
    )
    expect(spared).toBeGreaterThan(1_000)
  }, 120_000)
})

test('a half-day is twelve hours from midnight or noon in China', () => {
  expect(spanAt(0)).toEqual({ fromMs: NOON_MS, toMs: NOON_MS + 12 * HOUR_MS })
})
