import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dayOf } from '../../domain/calendar.ts'
import { openTable, openTables } from '../../stores/sqlite/table.ts'
import { type Note, noteSpec } from './a-note.ts'
import { tableContract } from './table.contract.ts'

tableContract('SQLite', async () => {
  const database = new DatabaseSync(':memory:')
  return { table: openTable(database, noteSpec), close: () => database.close() }
})

tableContract('SQLite with brief rows', async () => {
  const database = new DatabaseSync(':memory:')
  const fields = ['text', 'owner', 'rank', 'body'] as const
  const valuesOf = ({ shelf, title, text, owner, rank, body }: Note) => [shelf, title, text, owner, rank, body]
  const brief = { partition: ['shelf'], sort: ['title'], fields, valuesOf } as const
  return { table: openTable(database, { ...noteSpec, brief }), close: () => database.close() }
})

const aNote = (title: string, rest: Partial<Note> = {}): Note => ({ shelf: 'one', title, ...rest })
const aMark = { countyCode: '530127', stationId: 'S1', day: dayOf(Date.UTC(2026, 10, 1)), markedAtMs: 1 }

describe('a SQLite file', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tables-'))
    path = join(folder, 'tables.db')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('holds every table and survives being closed and opened again', async () => {
    const before = openTables(path)
    await before.staleDays.put(aMark)
    await before.users.putBatch([])
    before.close()
    const after = openTables(path)
    expect(await after.staleDays.get(aMark)).toEqual({ row: aMark, version: 1 })
    after.close()
  })

  test('is shared by two connections that see each other at once', async () => {
    const [one, other] = [openTables(path), openTables(path)]
    expect(await one.staleDays.put(aMark, 'absent')).toBe('written')
    expect(await other.staleDays.put(aMark, 'absent')).toBe('conflict')
    expect(await other.staleDays.put(aMark, { version: 1 })).toBe('written')
    expect(await one.staleDays.delete(aMark, { version: 1 })).toBe('conflict')
    expect(await one.staleDays.delete(aMark, { version: 2 })).toBe('written')
    one.close()
    other.close()
  })

  test('lets others have their turn while it is read again and again', async () => {
    const tables = openTables(path)
    await tables.staleDays.putBatch(Array.from({ length: 1_000 }, (_, nth) => ({ ...aMark, stationId: `S${nth}` })))
    let turns = 0
    const timer = setInterval(() => (turns += 1), 1)
    const untilMs = performance.now() + 400
    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        while (performance.now() < untilMs) await tables.staleDays.query({ partition: aMark.countyCode })
      }),
    )
    clearInterval(timer)
    tables.close()
    expect(turns).toBeGreaterThan(3)
  })

  test('is written ahead', async () => {
    openTables(path).close()
    const database = new DatabaseSync(path)
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    database.close()
  })

  test('takes an index that a later release adds, with the rows already there in it', async () => {
    const database = new DatabaseSync(path)
    const before = openTable(database, { ...noteSpec, indexes: {} })
    await before.putBatch([aNote('a', { owner: 'wang' }), aNote('b')])
    const after = openTable(database, noteSpec)
    expect((await after.queryIndex('byOwner', { partition: 'wang' })).rows).toEqual([
      { row: aNote('a', { owner: 'wang' }), version: 1 },
    ])
    database.close()
  })

  test('reads an index without scanning the table', () => {
    const database = new DatabaseSync(path)
    openTable(database, noteSpec)
    const plan = database
      .prepare('EXPLAIN QUERY PLAN SELECT body FROM "contract-notes" WHERE "byOwner_partition" = ? AND "byOwner_sort" >= ?')
      .all()
    expect(JSON.stringify(plan)).toContain('SEARCH contract-notes USING INDEX contract-notes/byOwner')
    database.close()
  })

  test('keeps nothing of a batch that fails half way', async () => {
    const database = new DatabaseSync(path)
    const table = openTable(database, noteSpec)
    database.exec(`CREATE TRIGGER full BEFORE INSERT ON "contract-notes" WHEN new.sort_key = 'b'
      BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
    await expect(table.putBatch([aNote('a'), aNote('b')])).rejects.toThrow('disk full')
    expect(await table.get(aNote('a'))).toBeUndefined()
    await expect(table.putBatch([aNote('a')])).resolves.toBeUndefined()
    database.close()
  })
})
