import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROW_BYTES_MAX } from '../../domain/limits.ts'
import { allRows } from '../../stores/table.ts'
import { aNote, type Note, type NoteTable, type OpenedNotes, type OpenTable, type OwnShelf } from './a-note.ts'
import { indexes, paging, ranges } from './table-ranges.contract.ts'

/** What every adapter of the Table port must hold. Each rule works in a partition of its own, so that one table serves all. */

export const tableContract = (name: string, open: () => Promise<OpenedNotes>): void => {
  describe(`${name} keeps the promises of a table`, () => {
    let opened: OpenedNotes
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(async () => {
      await opened.close()
    })
    const table = (): NoteTable => opened.table
    let shelves = 0
    const ownShelf = (): string => `shelf-${++shelves}`

    writing(table, ownShelf)
    batches(table, ownShelf)
    ranges(table, ownShelf)
    paging(table, ownShelf)
    indexes(table, ownShelf)
    refusals(table, ownShelf)
  })
}

const writing = (table: OpenTable, ownShelf: OwnShelf): void => {
  test('a row reads back as it was written, with version 1', async () => {
    const note = aNote(ownShelf(), 'a', { text: '阳光' })
    expect(await table().put(note)).toBe('written')
    expect(await table().get(note)).toEqual({ row: note, version: 1 })
  })

  test('what was never written is undefined', async () => {
    expect(await table().get({ shelf: ownShelf(), title: 'a' })).toBeUndefined()
  })

  test('every write of a key grows its version by one and replaces the whole row', async () => {
    const shelf = ownShelf()
    await table().put(aNote(shelf, 'a', { text: 'first', owner: 'wang' }))
    await table().put(aNote(shelf, 'a', { body: 2 }))
    await table().put(aNote(shelf, 'a', { body: 3 }), { version: 2 })
    expect(await table().get({ shelf, title: 'a' })).toEqual({ row: aNote(shelf, 'a', { body: 3 }), version: 3 })
  })

  test('a put that demands absence changes nothing when the row is there', async () => {
    const shelf = ownShelf()
    expect(await table().put(aNote(shelf, 'a', { text: 'first' }), 'absent')).toBe('written')
    expect(await table().put(aNote(shelf, 'a', { text: 'second' }), 'absent')).toBe('conflict')
    expect(await table().get({ shelf, title: 'a' })).toEqual({ row: aNote(shelf, 'a', { text: 'first' }), version: 1 })
  })

  test.each([0, 2, 7])('a put that demands version %i changes nothing when the row has version 1', async (version) => {
    const shelf = ownShelf()
    await table().put(aNote(shelf, 'a', { text: 'first' }))
    expect(await table().put(aNote(shelf, 'a', { text: 'second' }), { version })).toBe('conflict')
    expect((await table().get({ shelf, title: 'a' }))?.row.text).toBe('first')
  })

  test('a put that demands a version does not create a row', async () => {
    const note = aNote(ownShelf())
    expect(await table().put(note, { version: 1 })).toBe('conflict')
    expect(await table().get(note)).toBeUndefined()
  })

  test('of many concurrent creations exactly one succeeds', async () => {
    const shelf = ownShelf()
    const writers = Array.from({ length: 12 }, (_, writer) => aNote(shelf, 'a', { body: writer }))
    const outcomes = await Promise.all(writers.map((note) => table().put(note, 'absent')))
    expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1)
    expect(await table().get({ shelf, title: 'a' })).toEqual({ row: writers[outcomes.indexOf('written')], version: 1 })
  })

  test('of two concurrent writes that demand one version exactly one succeeds', async () => {
    const shelf = ownShelf()
    await table().put(aNote(shelf))
    const writers = ['x', 'y'].map((text) => aNote(shelf, 'a', { text }))
    const outcomes = await Promise.all(writers.map((note) => table().put(note, { version: 1 })))
    expect(outcomes.toSorted()).toEqual(['conflict', 'written'])
    expect(await table().get({ shelf, title: 'a' })).toEqual({ row: writers[outcomes.indexOf('written')], version: 2 })
  })

  test('concurrent unconditional writes all count', async () => {
    const shelf = ownShelf()
    await Promise.all(Array.from({ length: 10 }, (_, writer) => table().put(aNote(shelf, 'a', { body: writer }))))
    expect((await table().get({ shelf, title: 'a' }))?.version).toBe(10)
  })

  test('a deleted row is gone, and deleting it again is written all the same', async () => {
    const note = aNote(ownShelf())
    await table().put(note)
    expect(await table().delete(note)).toBe('written')
    expect(await table().get(note)).toBeUndefined()
    expect(await table().delete(note)).toBe('written')
  })

  test('a delete that demands another version, or a row that is not there, is a conflict', async () => {
    const note = aNote(ownShelf())
    expect(await table().delete(note, { version: 1 })).toBe('conflict')
    await table().put(note)
    await table().put(note)
    expect(await table().delete(note, { version: 1 })).toBe('conflict')
    expect((await table().get(note))?.version).toBe(2)
    expect(await table().delete(note, { version: 2 })).toBe('written')
    expect(await table().get(note)).toBeUndefined()
  })

  test('every JSON value survives the round trip', async () => {
    const shelf = ownShelf()
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ depthSize: 'small', stringUnit: 'binary' }), async (body) => {
        const note: Note = JSON.parse(JSON.stringify(aNote(shelf, 'json', { body })))
        await table().put(note)
        expect((await table().get(note))?.row).toStrictEqual(note)
      }),
      { numRuns: 60 },
    )
  })

  test.each([
    ['the largest safe integer', Number.MAX_SAFE_INTEGER],
    ['the smallest safe integer', Number.MIN_SAFE_INTEGER],
    ['a coordinate', 102.71_225_612_345_678],
    ['the largest double', Number.MAX_VALUE],
    ['the smallest double', Number.MIN_VALUE],
    ['an empty text', ''],
    ['an empty list', []],
    ['an empty object', {}],
    ['null', null],
    ['an empty field name', { '': 1 }],
    ['deep nesting', { a: [{ b: [[{ c: null }]] }] }],
  ])('%s survives the round trip', async (_, body) => {
    const note = aNote(ownShelf(), 'a', { body })
    await table().put(note)
    expect((await table().get(note))?.row).toStrictEqual(note)
  })
}

const batches = (table: OpenTable, ownShelf: OwnShelf): void => {
  test('a batch of 250 rows is all written', async () => {
    const shelf = ownShelf()
    const notes = Array.from({ length: 250 }, (_, at) => aNote(shelf, `n${String(at).padStart(3, '0')}`, { body: at }))
    await table().putBatch(notes)
    expect((await allRows((cursor) => table().query({ partition: shelf, cursor }))).map(({ body }) => body)).toEqual(
      notes.map(({ body }) => body),
    )
  })

  test('a batch grows the version of what it replaces', async () => {
    const shelf = ownShelf()
    await table().put(aNote(shelf, 'a', { text: 'old', owner: 'wang' }))
    await table().putBatch([aNote(shelf, 'a', { text: 'new' }), aNote(shelf, 'b')])
    expect(await table().get({ shelf, title: 'a' })).toEqual({ row: aNote(shelf, 'a', { text: 'new' }), version: 2 })
    expect((await table().get({ shelf, title: 'b' }))?.version).toBe(1)
  })

  test('of two rows with one key the later in the batch stays', async () => {
    const shelf = ownShelf()
    await table().putBatch([aNote(shelf, 'a', { text: 'first' }), aNote(shelf, 'b'), aNote(shelf, 'a', { text: 'last' })])
    expect((await table().get({ shelf, title: 'a' }))?.row.text).toBe('last')
  })

  test('an empty batch is fine', async () => {
    await expect(table().putBatch([])).resolves.toBeUndefined()
  })

  test('a batch with a row that is refused writes nothing', async () => {
    const shelf = ownShelf()
    const tooLarge = aNote(shelf, 'b', { text: 'x'.repeat(ROW_BYTES_MAX) })
    await expect(table().putBatch([aNote(shelf, 'a'), tooLarge])).rejects.toThrow(RangeError)
    expect(await table().get({ shelf, title: 'a' })).toBeUndefined()
  })
}

const refusals = (table: OpenTable, ownShelf: OwnShelf): void => {
  test.each([
    ['an empty partition', '', 'a'],
    ['an empty sort key', 'shelf', ''],
    ['a partition of more than 2,048 bytes', 'x'.repeat(2049), 'a'],
    ['a sort key of more than 1,024 bytes', 'shelf', '阳'.repeat(342)],
    ['a NUL in a key', 'shelf', 'a\0b'],
    ['half a surrogate pair in a key', 'shelf', '\ud83d'],
  ])('%s is refused everywhere', async (_, shelf, title) => {
    await expect(table().put(aNote(shelf, title))).rejects.toThrow(RangeError)
    await expect(table().get({ shelf, title })).rejects.toThrow(RangeError)
    await expect(table().delete({ shelf, title })).rejects.toThrow(RangeError)
    await expect(table().putBatch([aNote(shelf, title)])).rejects.toThrow(RangeError)
    await expect(table().query({ partition: shelf, from: title })).rejects.toThrow(RangeError)
  })

  test('an index key is refused like the key of the row', async () => {
    await expect(table().put(aNote(ownShelf(), 'a', { owner: '' }))).rejects.toThrow(RangeError)
  })

  test('the longest keys are accepted', async () => {
    const note = aNote('x'.repeat(2048), `${'阳'.repeat(341)}a`)
    await table().put(note)
    expect((await table().get(note))?.row).toEqual(note)
    await table().delete(note)
  })

  test('a row larger than a row may be is refused and a slightly smaller one is stored', async () => {
    const shelf = ownShelf()
    // Counted in bytes: three for each of these characters.
    const text = '光'.repeat(Math.floor(ROW_BYTES_MAX / 3))
    await expect(table().put(aNote(shelf, 'a', { text }))).rejects.toThrow(RangeError)
    expect(await table().get({ shelf, title: 'a' })).toBeUndefined()
    const fitting = aNote(shelf, 'a', { text: text.slice(200) })
    await table().put(fitting)
    expect((await table().get(fitting))?.row).toEqual(fitting)
  })

  test.each([0, -1, 1.5, 1001, Number.NaN])('a limit of %d is refused', async (limit) => {
    await expect(table().query({ partition: ownShelf(), limit })).rejects.toThrow(RangeError)
  })
}
