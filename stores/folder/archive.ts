import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { type Archive, checkedFileKey, checkedFileList } from '../archive.ts'

/**
 * The Archive port on a folder, for one machine: a key is a path below it. Files and folders are for their owner alone. A file is
 * written beside its place, synced and renamed, and its folder synced, so that a crash leaves the old file or the new one.
 */

const FILE_MODE = 0o600
const FOLDER_MODE = 0o700
/** Begins as no key may, so that what a crash left half written is never listed. */
const UNFINISHED = '.unfinished-'

export const openFolderArchive = (folder: string): Archive => {
  let written = 0
  const pathOf = (key: string): string => join(folder, ...checkedFileKey(key).split('/'))
  return {
    put: async (key, bytes) => {
      const path = pathOf(key)
      if ((await bytesIn(path))?.equals(bytes)) return
      const home = dirname(path)
      await makeFolder(home)
      written += 1
      const beside = join(home, `${UNFINISHED}${process.pid}-${written}`)
      await writeSynced(beside, bytes)
      await rename(beside, path)
      await syncFolder(home)
    },
    get: async (key) => bytesIn(pathOf(key)),
    list: async (ask) => {
      const { prefix, after = '', limit } = checkedFileList(ask)
      const below = prefix.slice(0, prefix.lastIndexOf('/') + 1)
      const found = await keysBelow(folder, join(folder, ...below.split('/')))
      const keys = found.filter((key) => key.startsWith(prefix) && key > after).sort()
      return { keys: keys.slice(0, limit), isLast: keys.length <= limit }
    },
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

const unlessMissing = async <Result>(work: Promise<Result>): Promise<Result | undefined> => {
  try {
    return await work
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

const bytesIn = async (path: string): Promise<Buffer | undefined> => unlessMissing(readFile(path))

const keysBelow = async (folder: string, start: string): Promise<string[]> => {
  const entries = (await unlessMissing(readdir(start, { recursive: true, withFileTypes: true }))) ?? []
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

const writeSynced = async (path: string, bytes: Uint8Array): Promise<void> => {
  const file = await open(path, 'w', FILE_MODE)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Windows keeps no such promise and opens no folders. */
const syncFolder = async (path: string): Promise<void> => {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** A new folder is only there for good once the one it lies in is synced. */
const makeFolder = async (path: string): Promise<void> => {
  const first = await mkdir(path, { recursive: true, mode: FOLDER_MODE })
  if (first === undefined) return
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made))
}
