import * as z from 'zod'
import {
  CLOCK_UNSET_BEFORE_MS,
  FUTURE_TOLERANCE_MS,
  ID_PATTERN,
  JSON_DEPTH_MAX,
  MESSAGE_BYTES_MAX,
  READINGS_PER_MESSAGE_MAX,
} from './limits.ts'
import type { QuarantineReason } from './problems.ts'
import { DEVICE_STATES, QUANTITIES, type Quantity, type Reading } from './reading.ts'
import { isCounter } from './reading-values.ts'

/** What a gateway publishes on `pv/{gatewayId}/readings`, taken apart and judged by itself, the registry and its receive time. */

/** Why something was set aside; `detail` names the field at fault and never quotes the payload. */
export type Rejection = { reason: QuarantineReason; detail: string }
/** A reading of a message that passed its schema, or why it did not; `raw` is what was sent. */
export type ParsedReading = { reading: Omit<Reading, 'receivedAtMs'>; raw: unknown } | { rejection: Rejection; raw: unknown }
export type ParsedMessage = { readings: ParsedReading[] } | { rejection: Rejection }

const electrical = z.number().optional()
const readingSchema = z.object({
  deviceId: z.string().regex(ID_PATTERN),
  atMs: z.int(),
  acPowerW: electrical,
  energyTotalWh: electrical,
  energyTodayWh: electrical,
  dcPowerW: electrical,
  dcVoltageV: electrical,
  dcCurrentA: electrical,
  acVoltageV: electrical,
  acCurrentA: electrical,
  frequencyHz: electrical,
  temperatureC: electrical,
  exportTotalWh: electrical,
  importTotalWh: electrical,
  irradianceWPerM2: electrical,
  strings: z
    .array(z.object({ voltageV: electrical, currentA: electrical }))
    .max(64)
    .optional(),
  state: z.enum(DEVICE_STATES).optional(),
  faultCodes: z.array(z.string().max(32)).max(32).optional(),
})

const envelopeSchema = z.object({
  v: z.literal(1),
  sentAtMs: z.int().optional(),
  seq: z.int().optional(),
  readings: z.array(z.unknown()).max(READINGS_PER_MESSAGE_MAX),
})

/** What each quantity may be, inclusive. Counters start at 0; power may be slightly negative at night: an inverter's own use. */
const RANGES: Record<Quantity, readonly [min: number, max: number]> = {
  acPowerW: [-100_000, 1e9],
  energyTotalWh: [0, Number.MAX_SAFE_INTEGER],
  energyTodayWh: [0, Number.MAX_SAFE_INTEGER],
  dcPowerW: [-100_000, 1e9],
  dcVoltageV: [-100, 3_000],
  dcCurrentA: [-1_000, 100_000],
  acVoltageV: [0, 500_000],
  acCurrentA: [-100_000, 100_000],
  frequencyHz: [0, 100],
  temperatureC: [-60, 150],
  exportTotalWh: [0, Number.MAX_SAFE_INTEGER],
  importTotalWh: [0, Number.MAX_SAFE_INTEGER],
  irradianceWPerM2: [-50, 2_000],
}
const CHECKS = QUANTITIES.map((quantity) => ({
  quantity,
  counts: isCounter(quantity),
  min: RANGES[quantity][0],
  max: RANGES[quantity][1],
}))

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** Colons outside strings (one per member) and the deepest nesting of a JSON text in UTF-8, without parsing it. */
const shapeOf = (bytes: Uint8Array): { members: number; depth: number } => {
  let members = 0
  let depth = 0
  let deepest = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) {
      for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++
    } else if (byte === COLON) members++
    // `[` and `{`, then `]` and `}`, differ only in the bit 0x20.
    else if ((byte | 0x20) === 0x7b) {
      if (++depth > deepest) deepest = depth
    } else if ((byte | 0x20) === 0x7d) depth--
  }
  return { members, depth: deepest }
}

/** Members of a value out of JSON.parse, all levels; NaN when a key could reach an object's prototype. */
const countMembers = (value: object): number => {
  let members = 0
  if (Array.isArray(value)) {
    for (const element of value) if (typeof element === 'object' && element !== null) members += countMembers(element)
    return members
  }
  // What JSON.parse makes has own members only, and `for in` walks them several times faster than Object.entries.
  for (const key in value) {
    if (key === '__proto__' || key === 'constructor' || key === 'prototype') return Number.NaN
    const child: unknown = Reflect.get(value, key)
    members += 1
    if (typeof child === 'object' && child !== null) members += countMembers(child)
  }
  return members
}

const schemaRejection = (detail: string): { rejection: Rejection } => ({ rejection: { reason: 'schema', detail } })

/** Strict JSON: UTF-8 without BOM, bounded depth, no repeated keys, no keys that reach a prototype. */
const parseStrictJson = (payload: Uint8Array): { value: unknown } | { rejection: Rejection } => {
  let text: string
  try {
    text = utf8.decode(payload)
  } catch {
    return schemaRejection('not UTF-8')
  }
  const { members, depth } = shapeOf(payload)
  if (depth > JSON_DEPTH_MAX) return schemaRejection(`nested deeper than ${JSON_DEPTH_MAX} levels`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return schemaRejection('not JSON')
  }
  const distinctMembers = typeof value === 'object' && value !== null ? countMembers(value) : 0
  if (Number.isNaN(distinctMembers)) return schemaRejection('a forbidden key')
  if (distinctMembers !== members) return schemaRejection('a key given twice')
  return { value }
}

const describe = (error: z.ZodError): string =>
  error.issues
    .slice(0, 3)
    .map(({ path, code }) => `${path.map(String).join('.') || '(whole)'}: ${code}`)
    .join('; ')

/** Counters rounded half up to whole Wh before any difference is taken, so that differences still telescope; -0 becomes 0. */
const parseReading = (raw: unknown): ParsedReading => {
  const parsed = readingSchema.safeParse(raw)
  if (!parsed.success) return { raw, ...schemaRejection(describe(parsed.error)) }
  const reading = parsed.data
  for (const { quantity, counts, min, max } of CHECKS) {
    const value = reading[quantity]
    if (value === undefined) continue
    const whole = counts ? Math.floor(value + 0.5) : value
    if (value < min) return { raw, rejection: { reason: 'out_of_range', detail: `${quantity} below ${min}` } }
    if (whole > max) return { raw, rejection: { reason: counts ? 'schema' : 'out_of_range', detail: `${quantity} above ${max}` } }
    reading[quantity] = whole + 0
  }
  return { reading, raw }
}

/**
 * Takes a published payload apart. Bad bytes reject the whole message; a bad reading rejects only itself, its neighbours stay.
 * Unknown fields are ignored: a newer gateway may say more than we read. Never throws.
 */
export const parseMessage = (payload: Uint8Array): ParsedMessage => {
  if (payload.byteLength > MESSAGE_BYTES_MAX) {
    return { rejection: { reason: 'oversize', detail: `${payload.byteLength} bytes, at most ${MESSAGE_BYTES_MAX}` } }
  }
  const json = parseStrictJson(payload)
  if ('rejection' in json) return json
  const envelope = envelopeSchema.safeParse(json.value)
  if (envelope.success) return { readings: envelope.data.readings.map(parseReading) }
  const version = z.object({ v: z.int() }).safeParse(json.value)
  if (version.success && version.data.v !== 1) {
    return { rejection: { reason: 'schema_version', detail: `version ${version.data.v}, this platform reads version 1` } }
  }
  return schemaRejection(describe(envelope.error))
}

/** One stretch of time in which a device may report, epoch ms, `toMs` exclusive. */
export type Installation = { stationId: string; countyCode: string; fromMs: number; toMs: number }

const FIVE_YEARS_MS = 5 * 366 * 24 * 3_600_000

/** A stamp that is near now when read in another unit was sent in that unit; it is never guessed and stored. */
const isOtherTimeUnit = (atMs: number, nowMs: number): boolean =>
  [1_000, 1 / 1_000].some((factor) => Math.abs(atMs * factor - nowMs) <= FIVE_YEARS_MS)

/**
 * Judges one reading's time and place. `installations` are the device's under the gateway that speaks, in time order; none means
 * the gateway has no such device. Answers where the reading belongs, or why it is set aside.
 */
export const judgeReading = (
  atMs: number,
  receivedAtMs: number,
  installations: readonly Installation[],
): { at: Installation } | { rejection: Rejection } => {
  if (isOtherTimeUnit(atMs, receivedAtMs)) return { rejection: { reason: 'time_unit', detail: 'atMs is not in milliseconds' } }
  if (atMs < CLOCK_UNSET_BEFORE_MS) return { rejection: { reason: 'clock_unset', detail: 'stamped before the year 2000' } }
  const aheadMs = atMs - receivedAtMs
  if (aheadMs > FUTURE_TOLERANCE_MS) {
    return { rejection: { reason: 'clock_skew', detail: `${Math.round(aheadMs / 1_000)} s ahead of its arrival` } }
  }
  const first = installations[0]
  if (!first) return { rejection: { reason: 'unknown_device', detail: 'not registered behind this gateway' } }
  for (const at of installations) if (atMs >= at.fromMs && atMs < at.toMs) return { at }
  return atMs < first.fromMs
    ? { rejection: { reason: 'before_commissioning', detail: 'earlier than the device or its station was put into service' } }
    : { rejection: { reason: 'after_decommission', detail: 'the device was no longer in service here' } }
}
