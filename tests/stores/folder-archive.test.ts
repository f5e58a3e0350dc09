import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openFolderArchive } from '../../stores/folder/archive.ts'
import { archiveContract } from './archive.contract.ts'

archiveContract('a folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'archive-'))
  return { archive: openFolderArchive(join(folder, 'archive')), close: async () => rmSync(folder, { recursive: true }) }
})

describe('a folder', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'archive-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  test('is for its owner alone, files and folders', async () => {
    const archive = openFolderArchive(join(folder, 'archive'))
    await archive.put('a/b/file', new Uint8Array([1]))
    const modeOf = (path: string): number => statSync(join(folder, path)).mode & 0o777
    expect(['archive', 'archive/a', 'archive/a/b', 'archive/a/b/file'].map(modeOf)).toEqual([0o700, 0o700, 0o700, 0o600])
  })

  test('does not list what a crash left half written, and leaves nothing beside a file itself', async () => {
    const archive = openFolderArchive(folder)
    await archive.put('a/file', new Uint8Array([1]))
    writeFileSync(join(folder, 'a', '.unfinished-1-1'), 'half')
    expect(await archive.list({ prefix: '' })).toEqual({ keys: ['a/file'], isLast: true })
    await archive.put('b/file', new Uint8Array([1]))
    expect(readdirSync(join(folder, 'b'))).toEqual(['file'])
  })
})
