import { DOUBLE, type DuckDBAppender, type DuckDBConnection, VARCHAR } from '@duckdb/node-api'
import type { Reading } from '../../domain/reading.ts'
import { assertExact } from '../../domain/reading-values.ts'
import type { Fate } from '../readings.ts'
import { ask } from './answer.ts'
import { appendPairs, appendRows, type NumberedReading, READING_SQL, readingsOf } from './columns.ts'
import type { Devices } from './devices.ts'
import { type Doubts, findDoubts, identitiesToLookUp, judge, learn } from './identity.ts'
import type { KeptSummaries } from './kept-summaries.ts'

/** Gives every reading its device's number; `unknown` lists the devices this file has not named yet, in the order of theirs. */
const number = (readings: readonly Reading[], devices: Devices): { rows: NumberedReading[]; unknown: string[] } => {
  const fresh = new Map<string, number>()
  const rows = readings.map((reading) => {
    assertExact(reading)
    const deviceNumber = devices.numberOf(reading.deviceId) ?? fresh.get(reading.deviceId) ?? devices.count() + fresh.size
    if (deviceNumber >= devices.count()) fresh.set(reading.deviceId, deviceNumber)
    return { deviceNumber, reading }
  })
  return { rows, unknown: [...fresh.keys()] }
}

const fill = async (connection: DuckDBConnection, table: string, rows: (appender: DuckDBAppender) => void): Promise<void> => {
  const appender = await connection.createAppender(table)
  try {
    rows(appender)
    appender.closeSync()
  } catch (error) {
    // What an appender still holds would otherwise be written when it is garbage collected, outside any transaction.
    appender.clear()
    throw error
  }
}

/** One query for all doubted identities of a batch, within the span of their times. */
const lookUp = async (connection: DuckDBConnection, devices: Devices, doubts: Doubts): Promise<void> => {
  const identities = identitiesToLookUp(doubts, devices.markOf)
  if (identities.length === 0) return
  await fill(connection, 'asked', (appender) => appendPairs(appender, identities, DOUBLE))
  let fromMs = Number.POSITIVE_INFINITY
  let toMs = Number.NEGATIVE_INFINITY
  for (const [, atMs] of identities) {
    fromMs = Math.min(fromMs, atMs)
    toMs = Math.max(toMs, atMs)
  }
  const stored = (table: string): string =>
    `SELECT ${READING_SQL} FROM ${table} r JOIN asked USING (device_number, at_ms) WHERE r.at_ms BETWEEN ${fromMs} AND ${toMs}`
  const found = await ask(connection, `${stored('readings')} UNION ALL ${stored('conflicts')}`)
  learn(doubts, readingsOf(found, devices.idOf))
  await connection.run('DELETE FROM asked')
}

const inTransaction = async <Result>(connection: DuckDBConnection, work: () => Promise<Result>): Promise<Result> => {
  await connection.run('BEGIN')
  try {
    const result = await work()
    await connection.run('COMMIT')
    return result
  } catch (error) {
    // A commit that failed has rolled back already, and then there is nothing left to roll back.
    await connection.run('ROLLBACK').catch(() => undefined)
    throw error
  }
}

export type Appending = {
  connection: DuckDBConnection
  devices: Devices
  kept: KeptSummaries
  /** Told of the rows a commit added. */
  committed: (rows: number) => void
}

/** In one transaction; `devices`, `kept` and `committed` learn of it when it is over. */
const appendOnce = async ({ connection, devices, kept, committed }: Appending, readings: readonly Reading[]): Promise<Fate[]> => {
  const { rows, unknown } = number(readings, devices)
  const doubts = findDoubts(rows, devices.markOf)
  const named = unknown.map((id, index) => [devices.count() + index, id] as const)
  const fates = await inTransaction(connection, async () => {
    await lookUp(connection, devices, doubts)
    const judged = judge(rows, doubts)
    const stored = rows.filter((_, index) => judged[index] === 'stored')
    const conflicting = rows.filter((_, index) => judged[index] === 'conflict')
    if (named.length > 0) await fill(connection, 'devices', (appender) => appendPairs(appender, named, VARCHAR))
    if (stored.length > 0) await fill(connection, 'readings', (appender) => appendRows(appender, stored))
    if (conflicting.length > 0) await fill(connection, 'conflicts', (appender) => appendRows(appender, conflicting))
    return judged
  })
  committed(fates.filter((fate) => fate !== 'duplicate').length)
  devices.add(unknown)
  for (const { deviceNumber, reading } of rows) devices.raiseMark(deviceNumber, reading.atMs)
  kept.add(rows.filter((_, index) => fates[index] === 'stored'))
  return fates
}

/** Stores a batch and answers one fate per reading. Never to be run twice at a time: `devices` and `kept` are its memory. */
export const appendReadings = async (appending: Appending, readings: readonly Reading[]): Promise<Fate[]> => {
  if (readings.length === 0) return []
  try {
    return await appendOnce(appending, readings)
  } catch (error) {
    // A commit that failed may have happened all the same: what the file holds now is what counts.
    await appending.devices.reload()
    await appending.kept.reload()
    throw error
  }
}
