import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { allRows } from '../../stores/table.ts'
import { aNote, type NoteTable, type OpenTable, type OwnShelf, titles } from './a-note.ts'

/** What every adapter of the Table port must hold about ranges, pages and indexes. */

export const ranges = (table: OpenTable, ownShelf: OwnShelf): void => {
  const shelfOf = async (...names: string[]): Promise<string> => {
    const shelf = ownShelf()
    await table().putBatch(names.map((title) => aNote(shelf, title)))
    return shelf
  }

  test('a query returns its partition only, with versions, in order of the sort key', async () => {
    const shelf = await shelfOf('c', 'a', 'b')
    await shelfOf('a', 'd')
    await table().put(aNote(shelf, 'b'))
    const { rows } = await table().query({ partition: shelf })
    expect(rows.map(({ row, version }) => [row.title, version])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 1],
    ])
  })

  test.each([
    [{ from: 'b' }, ['b', 'c', 'd']],
    [{ to: 'c' }, ['a', 'b', 'c']],
    [{ from: 'b', to: 'c' }, ['b', 'c']],
    [{ from: 'bb', to: 'cc' }, ['c']],
    [{ from: 'd', to: 'a' }, []],
    [{ from: 'c', to: 'c' }, ['c']],
    [{ reverse: true }, ['d', 'c', 'b', 'a']],
    [{ from: 'b', to: 'c', reverse: true }, ['c', 'b']],
    [{ reverse: true, limit: 1 }, ['d']],
    [{ from: 'b', limit: 2 }, ['b', 'c']],
  ])('of a to d, both bounds inclusive, %o finds %o', async (range, found) => {
    const shelf = await shelfOf('a', 'b', 'c', 'd')
    expect(titles(await table().query({ partition: shelf, ...range }))).toEqual(found)
  })

  test('sort keys compare by their UTF-8 bytes', async () => {
    // By UTF-16 units the two last would change places.
    const ordered = ['A', 'Z', 'a', 'ab', 'b', 'é', '中', '\u{ffee}', '\u{1f600}']
    const shelf = await shelfOf(...ordered.toReversed())
    expect(titles(await table().query({ partition: shelf }))).toEqual(ordered)
    expect(titles(await table().query({ partition: shelf, from: '\u{ffee}' }))).toEqual(['\u{ffee}', '\u{1f600}'])
  })

  test('any sort keys come back in the order of their bytes', async () => {
    const title = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).filter((text) => !text.includes('\0'))
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(title, { minLength: 1, maxLength: 8 }), async (names) => {
        const shelf = await shelfOf(...names)
        const ordered = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect(titles(await table().query({ partition: shelf }))).toEqual(ordered)
      }),
      { numRuns: 25 },
    )
  })

  test('an unknown partition is an empty page', async () => {
    expect(await table().query({ partition: ownShelf() })).toEqual({ rows: [] })
  })
}

export const paging = (table: OpenTable, ownShelf: OwnShelf): void => {
  const names = Array.from({ length: 23 }, (_, at) => `n${String(at).padStart(2, '0')}`)
  const filled = async (): Promise<string> => {
    const shelf = ownShelf()
    await table().putBatch(names.map((title) => aNote(shelf, title, { owner: shelf, rank: title < 'n12' ? 'low' : 'high' })))
    return shelf
  }
  const walk = async (page: (cursor?: string) => ReturnType<NoteTable['query']>): Promise<string[]> =>
    (await allRows(page)).map(({ title }) => title)

  test.each([1, 7, 23, 1000])('pages of %i rows bring every row exactly once, forward and reverse', async (limit) => {
    const shelf = await filled()
    expect(await walk((cursor) => table().query({ partition: shelf, limit, cursor }))).toEqual(names)
    const reversed = await walk((cursor) => table().query({ partition: shelf, limit, reverse: true, cursor }))
    expect(reversed).toEqual(names.toReversed())
  })

  test('a page holds at most its limit and a cursor while there is more', async () => {
    const shelf = await filled()
    const page = await table().query({ partition: shelf, limit: 5 })
    expect(page.rows).toHaveLength(5)
    expect(page.cursor).toMatch(/^[A-Za-z0-9_-]+$/)
  })

  test('pages of an index bring rows that share one index key exactly once', async () => {
    const shelf = await filled()
    for (const reverse of [false, true]) {
      const found = await walk((cursor) => table().queryIndex('byRank', { partition: shelf, limit: 4, reverse, cursor }))
      expect(found.toSorted()).toEqual(names)
    }
  })

  test('a row written behind the cursor is not missed and one before it is not repeated', async () => {
    const shelf = await filled()
    const first = await table().query({ partition: shelf, limit: 10 })
    await table().putBatch([aNote(shelf, 'n00a'), aNote(shelf, 'n15a')])
    const rest = await walk((cursor) => table().query({ partition: shelf, cursor: cursor ?? first.cursor }))
    expect(rest).toEqual([...names.slice(10, 16), 'n15a', ...names.slice(16)])
  })

  test('a cursor continues only the query it came from', async () => {
    const shelf = await filled()
    const { cursor } = await table().query({ partition: shelf, limit: 5 })
    const others = [{ partition: ownShelf() }, { partition: shelf, reverse: true }, { partition: shelf, from: 'n03' }]
    for (const other of others) await expect(table().query({ ...other, cursor })).rejects.toThrow(RangeError)
    await expect(table().queryIndex('byOwner', { partition: shelf, cursor })).rejects.toThrow(RangeError)
    await expect(table().query({ partition: shelf, limit: 3, cursor })).resolves.toMatchObject({ rows: { length: 3 } })
  })

  test('an edited or invented cursor is refused', async () => {
    const shelf = await filled()
    const { cursor = '' } = await table().query({ partition: shelf, limit: 5 })
    const bent = Buffer.from(Buffer.from(cursor, 'base64url').toString().replace('n04', 'n19')).toString('base64url')
    expect(bent).not.toBe(cursor)
    for (const bad of [bent, cursor.slice(1), cursor.slice(0, -8), '', 'abc', '{}', 'bnVsbA', '阳光']) {
      await expect(table().query({ partition: shelf, cursor: bad })).rejects.toThrow(RangeError)
    }
  })
}

export const indexes = (table: OpenTable, ownShelf: OwnShelf): void => {
  test('a row is in an index exactly while it has a key for it', async () => {
    const shelf = ownShelf()
    const owned = (owner: string): Promise<string[]> => table().queryIndex('byOwner', { partition: owner }).then(titles)
    const [wang, li] = [`wang-${shelf}`, `li-${shelf}`]
    await table().put(aNote(shelf, 'a', { owner: wang }))
    await table().put(aNote(shelf, 'b', { owner: wang }), 'absent')
    expect(await owned(wang)).toEqual(['a', 'b'])
    await table().put(aNote(shelf, 'a', { owner: li }))
    expect([await owned(wang), await owned(li)]).toEqual([['b'], ['a']])
    await table().put(aNote(shelf, 'a'), { version: 2 })
    await table().putBatch([aNote(shelf, 'b', { owner: li }), aNote(shelf, 'c', { owner: li })])
    expect([await owned(wang), await owned(li)]).toEqual([[], ['b', 'c']])
    await table().delete({ shelf, title: 'b' })
    expect(await owned(li)).toEqual(['c'])
  })

  test('a write that meets a conflict leaves the index alone', async () => {
    const shelf = ownShelf()
    await table().put(aNote(shelf, 'a', { owner: shelf }))
    await table().put(aNote(shelf, 'a', { owner: `${shelf}-other` }), 'absent')
    expect(titles(await table().queryIndex('byOwner', { partition: shelf }))).toEqual(['a'])
    expect(titles(await table().queryIndex('byOwner', { partition: `${shelf}-other` }))).toEqual([])
  })

  test('rows with one index key are all found, whole and with their versions', async () => {
    const owner = ownShelf()
    const notes = [aNote(`${owner}-x`, 'a', { owner, rank: '1' }), aNote(`${owner}-y`, 'a', { owner, rank: '1', text: '二' })]
    await table().putBatch(notes)
    await table().putBatch(notes)
    const { rows } = await table().queryIndex('byRank', { partition: owner, from: '1', to: '1' })
    expect(rows.toSorted((a, b) => (a.row.shelf < b.row.shelf ? -1 : 1))).toEqual(notes.map((row) => ({ row, version: 2 })))
  })

  test('an index is read in ranges like the table', async () => {
    const shelf = ownShelf()
    await table().putBatch(['a', 'b', 'c', 'd'].map((title) => aNote(shelf, title, { owner: shelf })))
    const range = { partition: shelf, from: 'b', to: 'd', reverse: true, limit: 2 }
    expect(titles(await table().queryIndex('byOwner', range))).toEqual(['d', 'c'])
  })
}
