import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Archive, KEYS_PER_PAGE_MAX } from '../../stores/archive.ts'

/** What every adapter of the Archive port keeps to. */

export type OpenArchive = () => Promise<{ archive: Archive; close: () => Promise<void> }>

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const textOf = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString()

export const archiveContract = (name: string, open: OpenArchive): void => {
  describe(`an archive on ${name}`, () => {
    let archive: Archive
    let close: () => Promise<void>
    beforeAll(async () => ({ archive, close } = await open()))
    afterAll(async () => close())

    test('gives a file back byte for byte', async () => {
      const every = new Uint8Array(Array.from({ length: 70_000 }, (_, at) => (at * 7) % 256))
      await archive.put('bytes/every.bin', every)
      expect(Buffer.from((await archive.get('bytes/every.bin')) ?? []).equals(every)).toBe(true)
      await archive.put('bytes/none', new Uint8Array())
      expect(await archive.get('bytes/none')).toHaveLength(0)
    })

    test('has no file that was never put, nor one by the name of a folder', async () => {
      await archive.put('folder/file', bytesOf('x'))
      expect(await archive.get('folder/other')).toBeUndefined()
      expect(await archive.get('folder/file/below')).toBeUndefined()
    })

    test('keeps one file per key: the same bytes change nothing, others replace', async () => {
      for (const text of ['one', 'one', 'two']) await archive.put('replaced/file', bytesOf(text))
      expect(textOf(await archive.get('replaced/file'))).toBe('two')
      expect((await archive.list({ prefix: 'replaced/' })).keys).toEqual(['replaced/file'])
    })

    test('keeps a whole file of two that are put at once', async () => {
      const [one, other] = ['1', '2'].map((digit) => digit.repeat(50_000))
      await Promise.all([one, other].map((text) => archive.put('racing/file', bytesOf(text ?? ''))))
      expect([one, other]).toContain(textOf(await archive.get('racing/file')))
      expect((await archive.list({ prefix: 'racing/' })).keys).toEqual(['racing/file'])
    })

    test('lists by prefix in the order of characters, page by page, each key once', async () => {
      const keys = ['list/a-b/1', 'list/a/1', 'list/a/2', 'list/a.b', 'list/b/c/d', 'listed']
      for (const key of keys.toReversed()) await archive.put(key, bytesOf(key))
      const all = await archive.list({ prefix: 'list/' })
      expect(all).toEqual({ keys: keys.slice(0, 5).toSorted(), isLast: true })
      const paged: string[] = []
      for (let isLast = false; !isLast; ) {
        const page = await archive.list({ prefix: 'list/', limit: 2, ...(paged.length > 0 && { after: paged.at(-1) ?? '' }) })
        paged.push(...page.keys)
        isLast = page.isLast
      }
      expect(paged).toEqual(all.keys)
      expect((await archive.list({ prefix: 'list/a' })).keys).toEqual(['list/a-b/1', 'list/a.b', 'list/a/1', 'list/a/2'])
      expect(await archive.list({ prefix: 'nothing/' })).toEqual({ keys: [], isLast: true })
    })

    test.each(['', '/a', 'a/', 'a//b', '../a', 'a/../b', './a', 'a/.b', 'a\\b', 'a b', 'a\0', '县', 'a'.repeat(513)])(
      'refuses the key %j',
      async (key) => {
        await expect(archive.put(key, bytesOf('x'))).rejects.toThrow(RangeError)
        await expect(archive.get(key)).rejects.toThrow(RangeError)
      },
    )

    test.each([
      { prefix: '../' },
      { prefix: '/' },
      { prefix: 'a', after: '..' },
      { prefix: 'a', limit: 0 },
      { prefix: 'a', limit: KEYS_PER_PAGE_MAX + 1 },
    ])('refuses to list %j', async (ask) => {
      await expect(archive.list(ask)).rejects.toThrow(RangeError)
    })
  })
}
