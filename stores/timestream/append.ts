import { randomBytes } from 'node:crypto'
import { RejectedRecordsException, type TimestreamWriteClient, WriteRecordsCommand } from '@aws-sdk/client-timestream-write'
import type { Reading } from '../../domain/reading.ts'
import { assertExact, readingValues } from '../../domain/reading-values.ts'
import type { Fate } from '../readings.ts'
import { recordsOf } from './queries.ts'
import { COMMON, conflictRecord, READING, readingOfRow, readingRecord } from './records.ts'
import { idLiteral, type Statements } from './statements.ts'

const RECORDS_PER_REQUEST = 100
const REQUESTS_AT_ONCE = 8

export type Appending = {
  client: TimestreamWriteClient
  names: { DatabaseName: string; TableName: string }
  statements: Statements
}

type Written = 'accepted' | 'exists'
type Encoded = { reading: Reading; record: ReturnType<typeof readingRecord> }

/** One set of values that a batch gives for an identity, and where in the batch it stands. */
type Claim = { reading: Reading; values: string; indexes: number[] }

/** Writes up to 100 records. A record that is there already 'exists'; any other rejection throws, and everything may be tried again. */
const writeRequest = async ({ client, names }: Appending, encoded: readonly Encoded[]): Promise<Written[]> => {
  const written: Written[] = encoded.map(() => 'accepted')
  try {
    const Records = encoded.map(({ record }) => record)
    await client.send(new WriteRecordsCommand({ ...names, CommonAttributes: COMMON, Records }))
  } catch (error) {
    if (!(error instanceof RejectedRecordsException)) throw error
    for (const { RecordIndex, ExistingVersion, Reason } of error.RejectedRecords ?? []) {
      const reading = encoded[RecordIndex ?? -1]?.reading
      if (RecordIndex === undefined || !reading) throw error
      if (ExistingVersion === undefined)
        throw new Error(`Timestream rejected the reading of ${reading.deviceId} at ${reading.atMs}: ${Reason}`, { cause: error })
      written[RecordIndex] = 'exists'
    }
  }
  return written
}

/** Writes any number of records, a few requests at a time; throws the first failure after all requests have ended. */
const write = async (appending: Appending, encoded: readonly Encoded[]): Promise<Written[]> => {
  const written: Written[] = []
  for (let from = 0; from < encoded.length; from += RECORDS_PER_REQUEST * REQUESTS_AT_ONCE) {
    const starts = Array.from({ length: REQUESTS_AT_ONCE }, (_, lane) => from + lane * RECORDS_PER_REQUEST)
    const parts = starts.map((start) => encoded.slice(start, start + RECORDS_PER_REQUEST)).filter((part) => part.length > 0)
    const answers = await Promise.allSettled(parts.map((part) => writeRequest(appending, part)))
    for (const answer of answers) {
      if (answer.status === 'rejected') throw answer.reason
      written.push(...answer.value)
    }
  }
  return written
}

const identityOf = ({ deviceId, atMs }: Reading): string => `${deviceId} ${atMs}`

/** The different claims of a batch, first come first, by identity. */
const claimsOf = (readings: readonly Reading[]): Map<string, Claim[]> => {
  const byIdentity = new Map<string, Claim[]>()
  for (const [index, reading] of readings.entries()) {
    assertExact(reading)
    idLiteral(reading.deviceId)
    const claims = byIdentity.get(identityOf(reading)) ?? []
    const values = readingValues(reading)
    const known = claims.find((claim) => claim.values === values)
    if (known) known.indexes.push(index)
    else byIdentity.set(identityOf(reading), [...claims, { reading, values, indexes: [index] }])
  }
  return byIdentity
}

/** For identities that exist already: the values they have, and whether this very append wrote them before its answer was lost. */
const lookUp = async (
  statements: Statements,
  readings: readonly Reading[],
  receipt: string,
): Promise<Map<string, { values: string; isOurs: boolean }>> => {
  const rows = await recordsOf(statements, readings, [READING])
  const found = new Map(
    rows.map((row) => {
      const reading = readingOfRow(row)
      return [identityOf(reading), { values: readingValues(reading), isOurs: row.receipt === receipt }]
    }),
  )
  const unseen = readings.filter((reading) => !found.has(identityOf(reading))).length
  // Reads are eventually consistent: what exists may not be seen yet, and then nothing can be said about it.
  if (unseen > 0) throw new Error(`${unseen} readings exist in Timestream and cannot be read yet`)
  return found
}

/**
 * Writes a batch and answers one fate per reading. What is outside the table's retention is rejected by Timestream and thrown, as
 * are throttling and failures: nothing is dropped here, the queue tries again and dead-letters in the end.
 */
export const appendReadings = async (appending: Appending, readings: readonly Reading[]): Promise<Fate[]> => {
  const receipt = randomBytes(9).toString('base64url')
  const fates: Fate[] = readings.map(() => 'duplicate')
  const settle = ({ indexes }: Claim, fate: Fate): void => {
    fates[indexes[0] ?? 0] = fate
  }

  const identities = [...claimsOf(readings).values()]
  const firsts = identities.flatMap(([first]) => (first ? [first] : []))
  const asReading = ({ reading }: Claim): Encoded => ({ reading, record: readingRecord(reading, receipt) })
  const written = await write(appending, firsts.map(asReading))
  const existing = firsts.filter((_, index) => written[index] === 'exists').map(({ reading }) => reading)
  const stored = existing.length > 0 ? await lookUp(appending.statements, existing, receipt) : new Map<string, never>()

  const rivals: Claim[] = []
  for (const claims of identities) {
    for (const claim of claims) {
      const holder = stored.get(identityOf(claim.reading)) ?? { values: claims[0]?.values, isOurs: true }
      if (claim.values !== holder.values) rivals.push(claim)
      else if (holder.isOurs) settle(claim, 'stored')
    }
  }

  const asConflict = ({ reading }: Claim): Encoded => ({ reading, record: conflictRecord(reading, receipt) })
  const kept = await write(appending, rivals.map(asConflict))
  for (const [index, rival] of rivals.entries()) if (kept[index] === 'accepted') settle(rival, 'conflict')
  return fates
}
