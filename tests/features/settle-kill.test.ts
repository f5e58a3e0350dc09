import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTables, type SqliteTables } from '../../stores/sqlite/table.ts'
import { daysOf } from '../books.ts'
import { rowsOf } from '../functions/settling.ts'
import { aStation, VILLAGE } from '../registry.ts'
import { aPlan, aPrice, month, somePlanLines } from '../settlement.ts'

/** A settlement of 250 households killed at fifteen moments, five of them at one time, and one repeated a week later. */

const OCTOBER = month('2026-10')
const HOUSEHOLDS = 250
const NOW_MS = Date.parse('2026-11-05T12:00:00+08:00')
const WEEK_MS = 7 * 86_400_000

let folder: string
let path: string
let tables: SqliteTables
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'yangguang-settle-'))
  path = join(folder, 'tables.sqlite')
  tables = openTables(path)
  await tables.stations.put(aStation())
  await tables.prices.put(aPrice())
  await tables.plans.put(aPlan({ collectiveReserveBp: 1_000, lines: somePlanLines(HOUSEHOLDS) }))
  await tables.generation.putBatch(daysOf('ZL1', OCTOBER, (at) => 700_000 + at))
})
afterEach(() => {
  tables.close()
  rmSync(folder, { recursive: true })
})

type Done = { writes: number; failed: number; failures: string[] }
const start = (dieAfter = 0, nowMs = NOW_MS): ChildProcess =>
  fork(new URL('../kill/settle-process.ts', import.meta.url), [path, String(dieAfter), String(nowMs)])
const ended = async (child: ChildProcess): Promise<{ done: Done | undefined; signal: string | null }> => {
  let done: Done | undefined
  child.on('message', (message) => {
    done = message as Done
  })
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return { done, signal }
}

/** What a reader sees of the village's month, which must be whole: a pot, and the lines of the run that its row names. */
const seen = async (): Promise<string> => {
  const allocation = (await tables.allocations.get({ villageCode: VILLAGE, month: OCTOBER }))?.row
  if (!allocation) return 'nothing yet'
  const { runId, potFen, reserveFen, distributedFen, undistributedFen } = allocation
  const partition = `${VILLAGE}#${OCTOBER}`
  const lines = await rowsOf(tables.allocationLines.query({ partition, from: `${runId}#`, to: `${runId}#~`, limit: 1_000 }))
  expect(lines).toHaveLength(HOUSEHOLDS)
  expect(lines.reduce((sum, { amountFen }) => sum + amountFen, 0)).toBe(distributedFen)
  expect(reserveFen + distributedFen + undistributedFen).toBe(potFen)
  return runId
}

/** Reads on and on while a process is at work; answers all that was ever seen, in order. */
const watching = async (child: ChildProcess): Promise<string[]> => {
  const all: string[] = []
  while (child.exitCode === null && child.signalCode === null) {
    const now = await seen()
    if (all.at(-1) !== now) all.push(now)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return all
}

/** Every row of every table, byte for byte. */
const bytesOf = (): string => {
  const database = new DatabaseSync(path, { readOnly: true })
  const names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all()
  const all = names.map(({ name }) => database.prepare(`SELECT * FROM "${String(name)}" ORDER BY 1, 2`).all())
  database.close()
  return JSON.stringify(all)
}

describe('a settlement that is killed', () => {
  test('at any of fifteen moments shows readers the old run or the new one, whole, and is finished by the next', async () => {
    await ended(start())
    const before = await seen()
    for (let moment = 1; moment <= 15; moment += 1) {
      await tables.prices.put(aPrice({ priceE4YuanPerKwh: 3_844 + moment }))
      const child = start(moment)
      const states = await watching(child)
      expect(child.signalCode, `moment ${moment}`).toBe('SIGKILL')
      const left = await seen()
      expect(new Set(states).size).toBeLessThanOrEqual(2)
      const { done } = await ended(start())
      expect(done).toMatchObject({ failed: 0 })
      const after = await seen()
      expect(after).not.toBe(before)
      // Only the last moment lies behind the row that names the run.
      expect(left === after, `moment ${moment}`).toBe(moment === 15)
    }
    expect((await ended(start(16))).done).toMatchObject({ writes: 0 })
  }, 120_000)

  test('would be seen half done if the row named the run before its lines were there', async () => {
    await ended(start())
    const row = (await tables.allocations.get({ villageCode: VILLAGE, month: OCTOBER }))?.row
    if (row) await tables.allocations.put({ ...row, runId: 'a-run-without-lines' })
    await expect(seen()).rejects.toThrow('expected')
  }, 30_000)
})

test('five settlements of one month at one time make one statement and one run', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => ended(start())))
  expect(all.map(({ done }) => done?.failed)).toEqual([0, 0, 0, 0, 0])
  expect(await rowsOf(tables.villageStatements.query({ partition: VILLAGE }))).toHaveLength(1)
  expect(await rowsOf(tables.stationStatements.query({ partition: 'ZL1' }))).toHaveLength(1)
  const lines = await rowsOf(tables.allocationLines.query({ partition: `${VILLAGE}#${OCTOBER}`, limit: 1_000 }))
  expect(lines).toHaveLength(HOUSEHOLDS)
  expect(new Set(lines.map(({ runId }) => runId))).toEqual(new Set([await seen()]))
}, 60_000)

test('a settlement repeated after a week answers the same and writes nothing', async () => {
  await ended(start())
  const bytes = bytesOf()
  expect((await ended(start(0, NOW_MS + WEEK_MS))).done).toMatchObject({ writes: 0, failed: 0 })
  expect(bytesOf()).toBe(bytes)
}, 30_000)
