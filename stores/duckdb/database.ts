import { existsSync, mkdirSync, realpathSync, renameSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { locks } from 'node:worker_threads'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { FIRST_QUANTITIES, LATER_QUANTITIES, type Quantity } from '../../domain/reading.ts'
import { isCounter } from '../../domain/reading-values.ts'
import { ask } from './answer.ts'
import { type Devices, loadDevices } from './devices.ts'
import { type KeptSummaries, loadKeptSummaries } from './kept-summaries.ts'
import { openRowCount } from './row-count.ts'

export type DatabaseOptions = { memoryLimitMb: number; threads: number }

export type Database = {
  /** All writing, and the temporary table that belongs to it. */
  writer: DuckDBConnection
  reader: DuckDBConnection
  devices: Devices
  kept: KeptSummaries
  /** The write-ahead log was damaged: something committed since the last checkpoint is missing. */
  walDamaged: boolean
  /** To be called after each commit with the rows it added. */
  committed: (rows: number) => void
  close: () => Promise<void>
}

const columnOf = (quantity: Quantity): string => `"${quantity}" ${isCounter(quantity) ? 'BIGINT' : 'DOUBLE'}`
/** No PRIMARY KEY: its index alone exhausted 1 GB at 10 million rows. Identity is kept by `append`, the only writer. */
const READING_COLUMNS = `device_number INTEGER NOT NULL, at_ms BIGINT NOT NULL, received_at_ms BIGINT NOT NULL,
  ${FIRST_QUANTITIES.map(columnOf).join(', ')}, state UTINYINT, extras VARCHAR`

const SCHEMA = [
  'CREATE TABLE IF NOT EXISTS devices (device_number INTEGER NOT NULL, device_id VARCHAR NOT NULL)',
  `CREATE TABLE IF NOT EXISTS readings (${READING_COLUMNS})`,
  `CREATE TABLE IF NOT EXISTS conflicts (${READING_COLUMNS})`,
  // A file of before gets them at its next opening, a new one here: behind everything else in both.
  ...LATER_QUANTITIES.flatMap((quantity) =>
    ['readings', 'conflicts'].map((table) => `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${columnOf(quantity)}`),
  ),
  'CREATE TEMPORARY TABLE asked (device_number INTEGER, at_ms BIGINT)',
]
const ROWS_SQL = 'SELECT (SELECT count(*) FROM readings) + (SELECT count(*) FROM conflicts)'

/** One name for one file, however its path is written. */
const canonical = (path: string): string => {
  const folder = dirname(resolve(path))
  mkdirSync(folder, { recursive: true })
  const file = join(realpathSync(folder), basename(path))
  return existsSync(file) ? realpathSync(file) : file
}

/** DuckDB refuses a second process, but not a second instance in this one, which would lose data without an error. */
const claim = async (file: string): Promise<() => Promise<void>> =>
  new Promise((granted, refused) => {
    const held = locks.request(`yangguang readings ${file}`, { ifAvailable: true }, async (lock) => {
      if (!lock) throw new Error(`${file} is already open in this process`)
      await new Promise<void>((release) =>
        granted(async () => {
          release()
          await held
        }),
      )
    })
    held.catch(refused)
  })

const openInstance = async (file: string, { memoryLimitMb, threads }: DatabaseOptions): Promise<DuckDBInstance> =>
  DuckDBInstance.create(file, {
    threads: String(threads),
    memory_limit: `${memoryLimitMb}MB`,
    // Only `checkpoint` decides: the inbound log is cut back to exactly there.
    wal_autocheckpoint: '1TB',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })

const asideName = (log: string): string => {
  let number = 1
  while (existsSync(`${log}.damaged-${number}`)) number += 1
  return `${log}.damaged-${number}`
}

/** Then the log belongs to a process that lives, and must not be touched. */
const isLocked = (error: unknown): boolean =>
  error instanceof Error && /could not set lock|used by another process/i.test(error.message)

/** Most damage makes the write-ahead log refuse to open; without it the database is whole as of its last checkpoint. */
const openOrSetLogAside = async (
  file: string,
  options: DatabaseOptions,
): Promise<{ instance: DuckDBInstance; setAside: boolean }> => {
  const log = `${file}.wal`
  try {
    return { instance: await openInstance(file, options), setAside: false }
  } catch (error) {
    if (isLocked(error) || !existsSync(log)) throw error
    const aside = asideName(log)
    renameSync(log, aside)
    try {
      return { instance: await openInstance(file, options), setAside: true }
    } catch {
      // The log was not the reason, so it goes back to where it was found.
      renameSync(aside, log)
      throw error
    }
  }
}

const openTables = async (
  file: string,
  { instance, setAside }: { instance: DuckDBInstance; setAside: boolean },
  release: () => Promise<void>,
): Promise<Database> => {
  const writer = await instance.connect()
  const reader = await instance.connect()
  for (const statement of SCHEMA) await writer.run(statement)
  const devices = await loadDevices(writer)
  const kept = await loadKeptSummaries(writer, devices)
  let rows = (await ask(writer, ROWS_SQL)).numbers(0)[0] ?? 0
  const rowCount = openRowCount(`${file}.rows`)
  const missing = (): boolean => rowCount.before !== undefined && rows < rowCount.before
  const walDamaged = setAside || rowCount.before === undefined || missing()
  return {
    writer,
    reader,
    devices,
    kept,
    walDamaged,
    committed: (added) => {
      rows += added
      // Until everything missing has come again, the next opening must still see that it is.
      if (!missing()) rowCount.write(rows)
    },
    close: async () => {
      rowCount.close()
      reader.closeSync()
      writer.closeSync()
      instance.closeSync()
      await release()
    },
  }
}

/** Opens or creates the file at `path`; throws when this or another process has it open. */
export const openDatabase = async (path: string, options: DatabaseOptions): Promise<Database> => {
  const file = canonical(path)
  const release = await claim(file)
  let opened: { instance: DuckDBInstance; setAside: boolean } | undefined
  try {
    opened = await openOrSetLogAside(file, options)
    return await openTables(file, opened, release)
  } catch (error) {
    opened?.instance.closeSync()
    await release()
    throw error
  }
}
