import type { ReadingStore } from '../readings.ts'
import { appendReadings } from './append.ts'
import { type DatabaseOptions, openDatabase } from './database.ts'
import { createReader } from './queries.ts'
import { createTurns } from './turns.ts'

export type DuckDbReadingStore = ReadingStore & {
  /**
   * The write-ahead log was damaged and has been set aside or cut short: something appended since the last checkpoint is missing,
   * and all of it must come again.
   */
  walSetAside: boolean
  /** When it returns, everything appended before stands in the database file itself and no longer needs its write-ahead log. */
  checkpoint: () => Promise<void>
  /** Finishes what runs, checkpoints and lets go of the file. */
  close: () => Promise<void>
}

/**
 * Opens or creates the readings of one machine in the DuckDB file at `path`. Throws when this or another process has it open.
 * Appends run one after another, reads beside them. The log is never checkpointed by itself: call `checkpoint` regularly, for what
 * lies in the log is also held in memory.
 */
export const openReadingStore = async (
  path: string,
  options: DatabaseOptions = { memoryLimitMb: 128, threads: 2 },
): Promise<DuckDbReadingStore> => {
  const { writer, reader, devices, kept, walDamaged, committed, close } = await openDatabase(path, options)
  const reads = createReader(reader, devices, kept)
  const writing = createTurns()
  const reading = createTurns()
  let closed = false
  const whileOpen =
    <Result>(work: () => Promise<Result>) =>
    async (): Promise<Result> => {
      if (closed) throw new Error('the store of readings is closed')
      return work()
    }
  const checkpoint = async (): Promise<void> => {
    await writer.run('CHECKPOINT')
  }
  return {
    walSetAside: walDamaged,
    append: (readings) => writing(whileOpen(() => appendReadings({ connection: writer, devices, kept, committed }, readings))),
    series: (span, quantities) => reading(whileOpen(() => reads.series(span, quantities))),
    lastBefore: (ask, quantity) => reading(whileOpen(() => reads.lastBefore(ask, quantity))),
    firstAfter: (ask, quantity) => reading(whileOpen(() => reads.firstAfter(ask, quantity))),
    list: (span, limit) => reading(whileOpen(() => reads.list(span, limit))),
    conflicts: (span) => reading(whileOpen(() => reads.conflicts(span))),
    summaries: (ask) => reading(whileOpen(() => reads.summaries(ask))),
    sparesReadings: true,
    checkpoint: () => writing(whileOpen(checkpoint)),
    close: () =>
      writing(() =>
        reading(async () => {
          if (closed) return
          closed = true
          try {
            await checkpoint()
          } finally {
            await close()
          }
        }),
      ),
  }
}
