import type { ReadingStore } from '../readings.ts'
import { appendReadings } from './append.ts'
import { connect, type ConnectionOptions } from './connection.ts'
import { createDatabase, type DatabaseOptions } from './database.ts'
import { createReader } from './queries.ts'

/**
 * The readings in one database of any InfluxDB that serves InfluxQL: 1.x, 2.x and 3.x, Timestream for InfluxDB among them. Its
 * default retention policy must be longer than readings are wanted; what is older is refused, and `append` throws then.
 *
 * Stored values are exact everywhere. Appends through one store take turns, and their fates are exact too; those of two processes
 * that append the same identities at the same moment are not (see append.ts). `close` ends the connections that are kept.
 */
export type InfluxReadingStore = ReadingStore & { close: () => void }

/** Throws nothing yet: the first request finds out whether the server is there. */
export const openInfluxReadings = (options: ConnectionOptions & DatabaseOptions): InfluxReadingStore => {
  const connection = connect(options)
  const database = createDatabase(connection, options)
  let turn: Promise<unknown> = Promise.resolve()
  return {
    ...createReader(database),
    append: (readings) => {
      const appended = turn.then(() => appendReadings(database, readings))
      turn = appended.catch(() => undefined)
      return appended
    },
    close: connection.close,
  }
}
