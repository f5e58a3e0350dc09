import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addDays, type ChinaDay, dayOf, dayStartMs, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { create } from '../../functions/archive-readings.ts'
import type { Archive } from '../../stores/archive.ts'
import { archiveKey, unpackStationDay } from '../../stores/archive-file.ts'
import { type DuckDbReadingStore, openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { openFolderArchive } from '../../stores/folder/archive.ts'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import type { StaleDay } from '../../stores/rows.ts'
import { aReading, NOON_MS } from '../readings.ts'
import { aDevice, COUNTY, someRegions } from '../registry.ts'

const DAY = dayOf(NOON_MS)
const NOW_MS = dayStartMs(addDays(DAY, 46)) + HOUR_MS
const place = { countyCode: COUNTY, stationId: 'ZL1', day: DAY }
const aMark = (over: Partial<StaleDay> = {}): StaleDay => ({ ...place, markedAtMs: NOON_MS, settledAtMs: NOON_MS + 1, ...over })

let folder: string
let tables: SqliteTables
let readings: DuckDbReadingStore
let archive: Archive
let puts: string[]
let warnings: string[]
let errors: object[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'archiving-'))
  tables = openTables(':memory:')
  readings = await openReadingStore(join(folder, 'readings.duckdb'))
  const inFolder = openFolderArchive(join(folder, 'archive'))
  puts = []
  warnings = []
  errors = []
  archive = {
    ...inFolder,
    put: async (key, bytes) => {
      puts.push(key)
      await inFolder.put(key, bytes)
    },
  }
  await tables.regions.putBatch(someRegions)
  await tables.devices.put(aDevice())
})
afterEach(async () => {
  await readings.close()
  tables.close()
  rmSync(folder, { recursive: true })
})

const run = (over: Partial<Parameters<typeof create>[0]> = {}, atMs = NOW_MS) => {
  const log = {
    info: () => {},
    error: (fields: object) => void errors.push(fields),
    warn: (_: object, message: string) => void warnings.push(message),
  }
  const deps = { ...tables, readings, archive, now: () => atMs, log, count: () => {}, queues: {} }
  return create({ ...deps, ...over })({ atMs })
}
const archived = async (of: typeof place = place) => {
  const bytes = await archive.get(archiveKey(of))
  return bytes && unpackStationDay(bytes).readings
}
const markNow = async () => (await tables.staleDays.get(place))?.row

describe('archive-readings', () => {
  test('writes a settled station-day that is over by more than 45 days, conflicts included, and says so in its mark', async () => {
    const sides = [aReading({ acPowerW: 1 }), aReading({ acPowerW: 2 })]
    const all = [...sides, aReading({ atMs: NOON_MS + 1 })]
    await readings.append(all)
    await tables.staleDays.put(aMark())
    expect(await run()).toEqual({ kind: 'done', did: 1 })
    expect(await archived()).toEqual(all)
    expect(await markNow()).toEqual(aMark({ archivedAtMs: NOW_MS }))
    expect(await run()).toEqual({ kind: 'done', did: 0 })
  })

  test.each([
    ['too young', { day: addDays(DAY, 1) }],
    ['not settled', { settledAtMs: undefined }],
    ['archived already', { archivedAtMs: 1 }],
  ] as [string, Partial<StaleDay>][])('leaves one alone that is %s', async (_why, over) => {
    await readings.append([aReading()])
    const { settledAtMs, ...mark } = aMark(over)
    await tables.staleDays.put({ ...mark, ...(settledAtMs !== undefined && { settledAtMs }) })
    expect(await run()).toEqual({ kind: 'done', did: 0 })
    expect(puts).toEqual([])
  })

  test('writes it again once a late reading was settled', async () => {
    await readings.append([aReading()])
    await tables.staleDays.put(aMark())
    await run()
    const late = aReading({ atMs: NOON_MS + 5, receivedAtMs: NOW_MS })
    await readings.append([late])
    await tables.staleDays.put({ ...place, markedAtMs: NOW_MS })
    expect(await run()).toEqual({ kind: 'done', did: 0 })
    await tables.staleDays.put(aMark({ markedAtMs: NOW_MS, settledAtMs: NOW_MS }))
    expect(await run()).toEqual({ kind: 'done', did: 1 })
    expect(await archived()).toEqual([aReading(), late])
  })

  test('never loses what the store has let go meanwhile', async () => {
    await readings.append([aReading()])
    await tables.staleDays.put(aMark())
    await run()
    const late = aReading({ atMs: NOON_MS + 5, receivedAtMs: NOW_MS })
    const expired = await openReadingStore(join(folder, 'expired.duckdb'))
    await expired.append([late])
    await tables.staleDays.put(aMark({ markedAtMs: NOW_MS }))
    await run({ readings: expired })
    expect(await archived()).toEqual([aReading(), late])
    await expired.close()
  })

  test('leaves a mark unarchived that came while it read', async () => {
    await readings.append([aReading()])
    await tables.staleDays.put(aMark())
    await run({
      archive: {
        ...archive,
        put: async (...file) => {
          await archive.put(...file)
          await tables.staleDays.put({ ...place, markedAtMs: NOW_MS })
        },
      },
    })
    expect(await markNow()).toEqual({ ...place, markedAtMs: NOW_MS })
  })

  test('puts nothing older in the place of what a faster run filed', async () => {
    await readings.append([aReading()])
    await tables.staleDays.put(aMark())
    const late = aReading({ atMs: NOON_MS + 5, receivedAtMs: NOW_MS })
    const overtaken = async (...older: Parameters<Archive['put']>): Promise<void> => {
      if ((await readings.append([late]))[0] === 'stored') {
        await tables.staleDays.put(aMark({ markedAtMs: NOW_MS }))
        await run()
      }
      await archive.put(...older)
    }
    await run({ archive: { ...archive, put: overtaken } })
    expect(await archived()).toEqual([aReading(), late])
    expect(await markNow()).toHaveProperty('archivedAtMs')
  })

  test('writes no file for a day nothing came on', async () => {
    await tables.staleDays.put(aMark())
    expect(await run()).toEqual({ kind: 'done', did: 1 })
    expect(puts).toEqual([])
    expect(await markNow()).toHaveProperty('archivedAtMs')
  })

  test('fails with its file, marks nothing, and is made good by the next run', async () => {
    await readings.append([aReading()])
    await tables.staleDays.put(aMark())
    const refuse = async (): Promise<void> => Promise.reject(new Error('no space'))
    await expect(run({ archive: { ...archive, put: refuse } })).rejects.toThrow('1 station-days could not be archived')
    expect(await markNow()).not.toHaveProperty('archivedAtMs')
    expect(await run()).toEqual({ kind: 'done', did: 1 })
  })

  test('does not write over a file it cannot read', async () => {
    await readings.append([aReading()])
    await archive.put(archiveKey(place), new Uint8Array([1, 2, 3]))
    await tables.staleDays.put(aMark())
    await expect(run()).rejects.toThrow()
    expect(await markNow()).not.toHaveProperty('archivedAtMs')
  })

  test('archives all others when one cannot be, and then fails', async () => {
    const days = Array.from({ length: 12 }, (_, at) => addDays(DAY, -at))
    await readings.append(days.map((day) => aReading({ atMs: dayStartMs(day) })))
    await tables.staleDays.putBatch(days.map((day) => aMark({ day })))
    const damaged = { ...place, day: addDays(DAY, -11) }
    await archive.put(archiveKey(damaged), new Uint8Array([1, 2, 3]))
    await expect(run()).rejects.toThrow('1 station-days could not be archived')
    const { rows } = await tables.staleDays.queryIndex('unarchived', { partition: COUNTY })
    expect(rows.map(({ row }) => row.day)).toEqual([damaged.day])
    expect(errors).toEqual([{ stationId: 'ZL1', day: damaged.day, reason: 'Error: incorrect header check' }])
  })

  describe('out of time', () => {
    const seed = (days: readonly ChinaDay[]) => tables.staleDays.putBatch(days.map((day) => aMark({ day })))
    const hurried = (atMs: number) => {
      let nowMs = atMs
      return run({ now: () => (nowMs += 2 * MINUTE_MS) }, atMs)
    }
    const days = (from: ChinaDay) => Array.from({ length: 20 }, (_, at) => addDays(from, at))

    test('stops, warns, and goes on in the next run', async () => {
      await seed(days(addDays(DAY, -19)))
      const dids = [(await hurried(NOW_MS)).did, (await run()).did]
      expect(dids[0]).toBeLessThan(20)
      expect((dids[0] ?? 0) + (dids[1] ?? 0)).toBe(20)
      expect(warnings).toEqual(['more station-days are due than one run can archive'])
    })

    test('fails when what is left should have been archived long ago', async () => {
      await seed(days(addDays(DAY, -119)))
      await expect(hurried(NOW_MS)).rejects.toThrow('is not archived yet')
    })
  })
})
