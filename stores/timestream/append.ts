import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import {
  type _Record,
  type RejectedRecord,
  RejectedRecordsException,
  type TimestreamWriteClient,
  WriteRecordsCommand,
} from '@aws-sdk/client-timestream-write'
import type { Reading } from '../../domain/reading.ts'
import { assertExact, readingValues } from '../../domain/reading-values.ts'
import { type Fate, identityOf } from '../readings.ts'
import { recordsOf } from './queries.ts'
import { CONFLICT, commonOf, conflictRecord, isTooLarge, READING, readingOfRow, readingRecord } from './records.ts'
import { idLiteral, type Statements } from './statements.ts'
import type { Unanswered } from './unanswered.ts'

const RECORDS_PER_REQUEST = 100
const REQUESTS_AT_ONCE = 8

export type Appending = {
  client: TimestreamWriteClient
  names: { DatabaseName: string; TableName: string }
  statements: Statements
  unanswered: Unanswered
}

type Written = 'accepted' | 'exists' | 'refused'
type Encoded = { reading: Reading; record: _Record }

/** One set of values that a batch gives for an identity, and where in the batch it stands. */
type Claim = { reading: Reading; values: string; indexes: number[] }

/**
 * Timestream rejects for three documented reasons: a version that is there already, a time outside the memory store, a limit. Its
 * texts: "A record already exists with the same time, …", "The record timestamp is outside the time range [… , …) of the memory
 * store." (or "… of the data ingestion window."). Whatever else it says throws: it is a bug of ours or a table of another's.
 */
const rejectionOf = ({ ExistingVersion, Reason = '' }: RejectedRecord): 'exists' | 'refused' | undefined => {
  if (ExistingVersion !== undefined || Reason.includes('already exists')) return 'exists'
  return Reason.includes('outside the time range') ? 'refused' : undefined
}

/** Writes up to 100 records. Any rejection but those two throws, and everything may be tried again. */
const writeRequest = async ({ client, names }: Appending, common: _Record, encoded: readonly Encoded[]): Promise<Written[]> => {
  const written: Written[] = encoded.map(() => 'accepted')
  try {
    const Records = encoded.map(({ record }) => record)
    await client.send(new WriteRecordsCommand({ ...names, CommonAttributes: common, Records }))
  } catch (error) {
    // One that does not say what it rejected leaves open what was accepted.
    if (!(error instanceof RejectedRecordsException) || !error.RejectedRecords?.length) throw error
    for (const rejected of error.RejectedRecords) {
      const reading = encoded[rejected.RecordIndex ?? -1]?.reading
      const rejection = rejectionOf(rejected)
      if (rejected.RecordIndex === undefined || !reading) throw error
      if (!rejection) {
        const { Reason } = rejected
        throw new Error(`Timestream rejected the reading of ${reading.deviceId} at ${reading.atMs}: ${Reason}`, { cause: error })
      }
      written[rejected.RecordIndex] = rejection
    }
  }
  return written
}

/**
 * Writes any number of records, a few requests at a time; throws the first failure after all requests have ended. What is too large
 * for a record is refused without asking.
 */
const write = async (appending: Appending, common: _Record, encoded: readonly Encoded[]): Promise<Written[]> => {
  const written = new Map<Encoded, Written>()
  const writable = encoded.filter(({ record }) => !isTooLarge(record))
  for (let from = 0; from < writable.length; from += RECORDS_PER_REQUEST * REQUESTS_AT_ONCE) {
    const starts = Array.from({ length: REQUESTS_AT_ONCE }, (_, lane) => from + lane * RECORDS_PER_REQUEST)
    const parts = starts.map((start) => writable.slice(start, start + RECORDS_PER_REQUEST)).filter((part) => part.length > 0)
    const answers = await Promise.allSettled(parts.map((part) => writeRequest(appending, common, part)))
    for (const [part, answer] of answers.entries()) {
      if (answer.status === 'rejected') throw answer.reason
      for (const [index, outcome] of answer.value.entries()) {
        const one = parts[part]?.[index]
        if (one) written.set(one, outcome)
      }
    }
  }
  return encoded.map((one) => written.get(one) ?? 'refused')
}

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

/** Reads are eventually consistent: what exists may not be seen for a moment. */
const LOOKS = 4
const PAUSE_MS = 250

/** For identities that exist already: the values they have, and whether they were written by us before an answer was lost. */
const lookUp = async (
  { statements, unanswered }: Appending,
  readings: readonly Reading[],
  receipt: string,
): Promise<Map<string, { values: string; isOurs: boolean }>> => {
  const found = new Map<string, { values: string; isOurs: boolean }>()
  for (let look = 1; ; look += 1) {
    const unseen = readings.filter((reading) => !found.has(identityOf(reading)))
    for (const row of await recordsOf(statements, unseen, [READING])) {
      const reading = readingOfRow(row)
      const isOurs = row.receipt === receipt || unanswered.wrote(identityOf(reading), row.receipt)
      found.set(identityOf(reading), { values: readingValues(reading), isOurs })
    }
    if (found.size >= readings.length) return found
    // Of what cannot be read nothing can be said: not a duplicate, not a conflict.
    if (look === LOOKS) throw new Error(`${readings.length - found.size} readings exist in Timestream and cannot be read yet`)
    await setTimeout(PAUSE_MS * look)
  }
}

type Fates = (Fate | 'refused')[]

/** Writes the claims of a batch and corrects the fates, which are 'duplicate' until then. */
const appendClaims = async (
  appending: Appending,
  identities: readonly Claim[][],
  receipt: string,
  fates: Fates,
): Promise<void> => {
  const settle = ({ indexes }: Claim, fate: Fate): void => {
    fates[indexes[0] ?? 0] = fate
  }
  const refuse = ({ indexes }: Claim): void => {
    for (const index of indexes) fates[index] = 'refused'
  }

  const firsts = identities.flatMap(([first]) => (first ? [first] : []))
  const asReading = ({ reading }: Claim): Encoded => ({ reading, record: readingRecord(reading, receipt) })
  const written = await write(appending, commonOf(READING), firsts.map(asReading))
  const existing = firsts.filter((_, index) => written[index] === 'exists').map(({ reading }) => reading)
  const stored = existing.length > 0 ? await lookUp(appending, existing, receipt) : new Map<string, never>()

  const rivals: Claim[] = []
  for (const [index, claims] of identities.entries()) {
    for (const claim of claims) {
      const holder = stored.get(identityOf(claim.reading)) ?? { values: claims[0]?.values, isOurs: true }
      if (written[index] === 'refused') refuse(claim)
      else if (claim.values !== holder.values) rivals.push(claim)
      else if (holder.isOurs) settle(claim, 'stored')
    }
  }

  const asConflict = ({ reading }: Claim): Encoded => ({ reading, record: conflictRecord(reading, receipt) })
  const kept = await write(appending, commonOf(CONFLICT), rivals.map(asConflict))
  for (const [index, rival] of rivals.entries()) {
    if (kept[index] === 'refused') refuse(rival)
    else if (kept[index] === 'accepted') settle(rival, 'conflict')
  }
}

/** Writes a batch and answers one fate per reading. Throttling and failures throw when the SDK's own retries did not help. */
export const appendReadings = async (appending: Appending, readings: readonly Reading[]): Promise<Fates> => {
  const receipt = randomBytes(9).toString('base64url')
  const fates: Fates = readings.map(() => 'duplicate')
  const claims = claimsOf(readings)
  try {
    await appendClaims(appending, [...claims.values()], receipt, fates)
  } catch (error) {
    appending.unanswered.note(receipt, claims.keys())
    throw error
  }
  appending.unanswered.answered(claims.keys())
  return fates
}
