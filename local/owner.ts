import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** One process owns a data directory at a time, and tells others on this machine where to reach it. */

export type ServerFile = { pid: number; httpUrl: string; mqttUrl: string; token: string }
export type Ownership = { announce: (server: ServerFile) => void; release: () => void }

const serverFileIn = (dataDir: string): string => join(dataDir, 'server.json')

/** What a running server wrote there; undefined when there is none. */
export const readServerFile = (dataDir: string): ServerFile | undefined => {
  try {
    return JSON.parse(readFileSync(serverFileIn(dataDir), 'utf8')) as ServerFile
  } catch {
    return undefined
  }
}

/** Rights nobody but the owner of a file gets. */
const OWNER_ALONE = 0o077

/** Another process lives on this data directory. */
export class DataFolderInUse extends Error {}

/**
 * Takes the directory, creating it; throws when a live process has it. What this process creates from here on is for its owner
 * alone: the stores hold names and the key that signs log-ins, and the directory may have been there, open to others. The claim is a lock the operating system drops with the
 * process, so a killed one leaves nothing to clean up, and a process number given anew deceives nobody.
 */
export const claim = (dataDir: string): Ownership => {
  process.umask(OWNER_ALONE)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(dataDir, 'owner.lock'))
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (!(error instanceof Error && /locked/.test(error.message))) throw error
    const owner = readServerFile(dataDir)
    const who = owner ? `process ${owner.pid} (${owner.httpUrl})` : 'another process'
    throw new DataFolderInUse(`${dataDir} is in use by ${who}; stop it first, or choose another data directory`, { cause: error })
  }
  const file = serverFileIn(dataDir)
  rmSync(file, { force: true })
  return {
    announce: (server) => {
      // Written beside it and renamed: a reader sees all of it or nothing.
      writeFileSync(`${file}.new`, `${JSON.stringify(server)}\n`, { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
    release: () => {
      rmSync(file, { force: true })
      lock.close()
    },
  }
}
