import { randomBytes } from 'node:crypto'
import { DAY_MS } from '../../domain/calendar.ts'
import { ID_PATTERN } from '../../domain/limits.ts'
import type { Reading } from '../../domain/reading.ts'
import { assertExact, readingValues } from '../../domain/reading-values.ts'
import { type Fate, identityOf } from '../readings.ts'
import type { Days } from './readings-days.ts'
import { BODY, EXPIRES_AT, RECEIPT } from './readings-definition.ts'
import type { Directory } from './readings-directory.ts'
import { type Filing, groupDayOf, ITEM_SPAN_MS, itemsOf, type Packed, partitionOf, readingsOf, sortAt } from './readings-items.ts'
import { eachOf, type Requests } from './readings-requests.ts'

export type Appending = { requests: Requests; directory: Directory; days: Days; retentionDays: number }

/** A reading that the store does not have yet, and where in the batch it stands. */
type Claim = Filing & { index: number }
/** By identity, the values that claim it. */
type Known = Map<string, Set<string>>

const RECEIPT_BYTES = 6

const expiryOf = (receivedAtMs: number, retentionDays: number): number =>
  Math.ceil((receivedAtMs + retentionDays * DAY_MS) / 1_000)

const filingsOf = async (directory: Directory, readings: readonly Reading[]): Promise<Filing[]> => {
  for (const reading of readings) {
    assertExact(reading)
    if (!ID_PATTERN.test(reading.deviceId))
      throw new RangeError('a device id has 1 to 64 letters, digits, underscores and hyphens')
    groupDayOf('', reading)
  }
  const groups = await directory.assign(readings)
  return readings.map((reading) => {
    const group = groups.get(reading.deviceId)
    // Filed under any other name, no reader would find it.
    if (group === undefined) throw new Error('a device has been given no group')
    return { ...groupDayOf(group, reading), reading }
  })
}

/** The spans of one partition that hold every item in which its readings may be already. */
const spansOf = (filings: readonly Filing[]): { fromMs: number; toMs: number }[] => {
  const spans: { fromMs: number; toMs: number }[] = []
  for (const atMs of filings.map(({ reading }) => reading.atMs).sort((one, other) => one - other)) {
    const last = spans.at(-1)
    if (last && atMs - ITEM_SPAN_MS <= last.toMs) last.toMs = atMs + 1
    else spans.push({ fromMs: atMs - ITEM_SPAN_MS, toMs: atMs + 1 })
  }
  return spans
}

/** What is stored for the identities of these filings. */
const lookUp = async ({ requests, days }: Appending, filings: readonly Filing[]): Promise<Known> => {
  const known: Known = new Map(filings.map(({ reading }) => [identityOf(reading), new Set()]))
  const asked = [...Map.groupBy(filings, partitionOf)].flatMap(([partition, own]) =>
    spansOf(own).map((span) => ({ ...span, partition, group: own[0]?.group ?? '', day: own[0]?.day })),
  )
  await eachOf(asked, async ({ partition, group, day, fromMs, toMs }) => {
    if (day === undefined) return
    const range = { partition, from: sortAt(day, fromMs), to: sortAt(day, toMs) }
    for (const item of await requests.query(range)) {
      const stored = readingsOf(item, day)
      for (const reading of stored) known.get(identityOf(reading))?.add(readingValues(reading))
      const devices = stored.map(({ deviceId }) => deviceId)
      days.saw({ group, day, devices, expiresAtS: Number(item[EXPIRES_AT]) })
    }
  })
  return known
}

/**
 * Writes one item if nobody has. An item with the key that is there holds the same readings; it is ours when this append wrote it
 * and the answer was lost, so that the SDK sent it again.
 */
const write = async (
  { requests, retentionDays }: Appending,
  packed: Packed<Claim>,
  receipt: Buffer,
): Promise<'ours' | 'theirs'> => {
  const { partition, sort, body, receivedAtMs } = packed
  const item = { [BODY]: body, [RECEIPT]: receipt, [EXPIRES_AT]: expiryOf(receivedAtMs, retentionDays) }
  if ((await requests.putNew({ partition, sort }, item)) === 'written') return 'ours'
  const stored = await requests.get({ partition, sort })
  if (!stored) throw new Error('an item of readings expired while the same was being written')
  return receipt.equals(stored[RECEIPT] as Uint8Array) ? 'ours' : 'theirs'
}

/**
 * Stores what is new of a batch and answers one fate per reading. Of two appends at once, messages that are the same are the same
 * items, and stored once. Messages that share a reading and are otherwise different may both store it: readers take it once, so
 * values are exact, but both have counted it as stored; and if its values differ both have, where one was a conflict.
 */
export const appendReadings = async (appending: Appending, readings: readonly Reading[]): Promise<Fate[]> => {
  const receipt = randomBytes(RECEIPT_BYTES)
  const filings = await filingsOf(appending.directory, readings)
  const known = await lookUp(appending, filings)
  const claims: Claim[] = []
  const fates = filings.map((filing, index): Fate => {
    const values = readingValues(filing.reading)
    const claimed = known.get(identityOf(filing.reading)) ?? new Set()
    if (claimed.has(values)) return 'duplicate'
    claims.push({ ...filing, index })
    claimed.add(values)
    return claimed.size === 1 ? 'stored' : 'conflict'
  })

  const items = itemsOf(claims)
  const entries = [...Map.groupBy(claims, partitionOf).values()]
  await eachOf(entries, async (own) => {
    const [first] = own
    if (!first) return
    const lastMs = own.reduce((latest, { reading }) => Math.max(latest, reading.receivedAtMs), Number.NEGATIVE_INFINITY)
    const devices = own.map(({ reading }) => reading.deviceId)
    await appending.days.enter({ ...first, devices, expiresAtS: expiryOf(lastMs, appending.retentionDays) })
  })
  await eachOf(items, async (packed) => {
    if ((await write(appending, packed, receipt)) === 'ours') return
    for (const { index } of packed.filings) fates[index] = 'duplicate'
  })
  return fates
}
