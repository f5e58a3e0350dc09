import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as z from 'zod'
import { type ChinaDay, parseDay } from '../domain/calendar.ts'
import { canonicalJson } from '../domain/canonical.ts'
import { ID_PATTERN } from '../domain/limits.ts'
import { DEVICE_STATES, QUANTITIES, type Quantity, type Reading } from '../domain/reading.ts'
import { settle } from './undisputed.ts'

/**
 * One station-day in a file: every whole reading, those in conflict included, as gzipped JSON lines. The first line says whose day
 * it is, how many readings follow and their hash. The same readings make the same bytes, whatever their order and repetition.
 */

export type StationDayFile = { countyCode: string; stationId: string; day: ChinaDay; readings: Reading[] }

/** Where a station-day lies in an archive. */
export const archiveKey = ({ countyCode, day, stationId }: Omit<StationDayFile, 'readings'>): string =>
  `readings/${countyCode}/${day}/${stationId}.ndjson.gz`

/** A damaged file might claim to unpack to anything. */
const UNPACKED_BYTES_MAX = 512 * 1024 * 1024
/** The byte of a gzip header that names the operating system; 255 is "unknown". */
const GZIP_SYSTEM_AT = 9
const NO_SYSTEM = 255

const header = z.strictObject({
  version: z.literal(1),
  countyCode: z.string().regex(ID_PATTERN),
  stationId: z.string().regex(ID_PATTERN),
  day: z.string().transform((text, context) => {
    const day = parseDay(text)
    if (day === undefined) context.issues.push({ code: 'custom', message: 'not a day', input: text })
    return day ?? z.NEVER
  }),
  count: z.int().min(0),
  sha256: z.string(),
})

const quantities = Object.fromEntries(QUANTITIES.map((name) => [name, z.number().optional()])) as {
  [Name in Quantity]: z.ZodOptional<z.ZodNumber>
}
const storedReading = z.strictObject({
  deviceId: z.string().regex(ID_PATTERN),
  atMs: z.int(),
  receivedAtMs: z.int(),
  ...quantities,
  strings: z.array(z.strictObject({ voltageV: z.number().optional(), currentA: z.number().optional() })).optional(),
  state: z.enum(DEVICE_STATES).optional(),
  faultCodes: z.array(z.string()).optional(),
})

export const sha256Of = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

/** JSON lines, gzipped so that equal lines are equal bytes on every system. */
export const packLines = (lines: readonly string[]): Uint8Array => {
  const bytes = gzipSync(lines.map((line) => `${line}\n`).join(''))
  bytes[GZIP_SYSTEM_AT] = NO_SYSTEM
  return bytes
}

export const unpackLines = (bytes: Uint8Array): string[] =>
  gunzipSync(bytes, { maxOutputLength: UNPACKED_BYTES_MAX }).toString('utf8').split('\n').slice(0, -1)

/** Each set of values of each identity once, of equal ones the earliest received, ordered by (deviceId, atMs, values). */
export const inCanonicalOrder = (readings: readonly Reading[]): Reading[] => {
  const { undisputed, conflicts } = settle(readings)
  const disputed = conflicts.flatMap((conflict) => conflict.readings)
  if (disputed.length === 0) return undisputed
  return [...undisputed, ...disputed].sort((one, other) =>
    one.deviceId === other.deviceId ? one.atMs - other.atMs : one.deviceId < other.deviceId ? -1 : 1,
  )
}

/** A reading as a line: its fields in one order, absent ones left out. */
const lineOf = (reading: Reading): string => {
  const { deviceId, atMs, receivedAtMs, state, strings, faultCodes } = reading
  const fields: Record<string, unknown> = { deviceId, atMs, receivedAtMs }
  for (const quantity of QUANTITIES) if (reading[quantity] !== undefined) fields[quantity] = reading[quantity]
  if (state !== undefined) fields.state = state
  if (strings !== undefined) fields.strings = strings.map(({ voltageV, currentA }) => ({ voltageV, currentA }))
  if (faultCodes !== undefined) fields.faultCodes = faultCodes
  return JSON.stringify(fields)
}

export const packStationDay = ({ readings, ...place }: StationDayFile): Uint8Array => {
  const lines = inCanonicalOrder(readings).map(lineOf)
  const head = { version: 1, ...place, count: lines.length, sha256: sha256Of(lines.join('\n')) }
  return packLines([canonicalJson(head), ...lines])
}

/** Throws when the file is damaged or is not one of a station-day. */
export const unpackStationDay = (bytes: Uint8Array): StationDayFile => {
  const [first = '', ...lines] = unpackLines(bytes)
  const { version: _, count, sha256, ...place } = header.parse(JSON.parse(first))
  if (lines.length !== count || sha256Of(lines.join('\n')) !== sha256) {
    throw new Error(`the file of ${place.stationId} on ${place.day} is damaged`)
  }
  return { ...place, readings: lines.map((line) => storedReading.parse(JSON.parse(line))) }
}
