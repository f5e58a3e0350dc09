import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

const DIGITS = 16

/**
 * How many rows were committed, beside the database. A write-ahead log that lost its tail, or has a flipped bit in an entry's
 * length, opens without an error and with fewer rows: only what stands outside it can tell. Written after the commit and never
 * synced, so it may lag behind the database and is never ahead of it.
 */
export type RowCount = {
  /** As last written; 0 for a new file, undefined for one that cannot be read. */
  before: number | undefined
  write: (rows: number) => void
  close: () => void
}

const parse = (text: string): number | undefined => {
  if (text === '') return 0
  return /^\d{16}\n$/.test(text) ? Number(text) : undefined
}

export const openRowCount = (path: string): RowCount => {
  const file = openSync(path, 'a')
  closeSync(file)
  const descriptor = openSync(path, 'r+')
  return {
    before: parse(readFileSync(path, 'latin1')),
    write: (rows) => {
      writeSync(descriptor, `${String(rows).padStart(DIGITS, '0')}\n`, 0, 'latin1')
    },
    close: () => closeSync(descriptor),
  }
}
