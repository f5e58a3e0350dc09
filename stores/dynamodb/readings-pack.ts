import {
  DEVICE_STATES,
  FIRST_QUANTITIES,
  LATER_QUANTITIES,
  QUANTITIES,
  type Quantity,
  type Reading,
} from '../../domain/reading.ts'
import { isCounter } from '../../domain/reading-values.ts'
import { type ByteReader, byteReader, type ByteWriter, byteWriter } from './readings-bytes.ts'

/**
 * The readings of an item as bytes. Each reading says only in what it differs from the one before it: most of a message are of one
 * instant, came at one, have the same quantities, and ids that begin alike. What is written once is read for ever: a change of
 * anything here, DEVICE_STATES and QUANTITIES included, that would read old bytes otherwise needs a new format beside this one.
 */
const FORMAT = 1
/** The same, with quantities that came later somewhere in it: software from before must refuse these bytes, not misread them. */
const FORMAT_LATER = 2

/** First byte of a reading: what is as in the reading before it. */
const SAME_DEVICE = 1
const SAME_TIME = 2
const SAME_RECEIPT = 4
const SAME_SHAPE = 8
/** And that counters are written as what they gained since. */
const GAINS = 16

/** Shape: one bit for each of the first quantities, then these, for what a reading has, then one for each later quantity. */
const STATE = 1 << FIRST_QUANTITIES.length
const STRINGS = STATE << 1
const FAULT_CODES = STATE << 2
const bitOf = (place: number): number => 1 << (place < FIRST_QUANTITIES.length ? place : place + 3)
const QUANTITY_BITS = QUANTITIES.map((quantity, place) => ({ quantity, bit: bitOf(place) }))

const shapeOf = (reading: Reading): number => {
  let shape = 0
  for (const { quantity, bit } of QUANTITY_BITS) if (reading[quantity] !== undefined) shape |= bit
  if (reading.state !== undefined) shape |= STATE
  if (reading.strings !== undefined) shape |= STRINGS
  if (reading.faultCodes !== undefined) shape |= FAULT_CODES
  return shape
}

/** What counters are written as the gain since: the reading before, of the same device, when every gain is exact. */
const baseOf = (reading: Reading, before: Reading | undefined): Reading | undefined => {
  if (reading.deviceId !== before?.deviceId) return undefined
  const isExact = QUANTITIES.every(
    (quantity) => !isCounter(quantity) || Number.isSafeInteger((reading[quantity] ?? 0) - (before[quantity] ?? 0)),
  )
  return isExact ? before : undefined
}

/** What is taken off a value, and added again. */
const baseValue = (base: Reading | undefined, quantity: Quantity): number => (isCounter(quantity) ? (base?.[quantity] ?? 0) : 0)

const commonLength = (one: string, other: string): number => {
  let length = 0
  while (length < one.length && one[length] === other[length]) length += 1
  return length
}

/** Packs readings of one day; times are written from `startMs`, which is not written. */
export const packReadings = (readings: readonly Reading[], startMs: number): Buffer => {
  const to = byteWriter()
  const hasLater = readings.some((reading) => LATER_QUANTITIES.some((quantity) => reading[quantity] !== undefined))
  to.byte(hasLater ? FORMAT_LATER : FORMAT)
  let before: Reading | undefined
  for (const reading of readings) {
    const shape = shapeOf(reading)
    const isSame = {
      device: reading.deviceId === before?.deviceId,
      time: reading.atMs === before?.atMs,
      receipt: reading.receivedAtMs === before?.receivedAtMs,
      shape: before !== undefined && shape === shapeOf(before),
    }
    const base = baseOf(reading, before)
    to.byte(
      (isSame.device ? SAME_DEVICE : 0) +
        (isSame.time ? SAME_TIME : 0) +
        (isSame.receipt ? SAME_RECEIPT : 0) +
        (isSame.shape ? SAME_SHAPE : 0) +
        (base ? GAINS : 0),
    )
    if (!isSame.device) {
      const shared = commonLength(before?.deviceId ?? '', reading.deviceId)
      to.natural(shared)
      to.text(reading.deviceId.slice(shared))
    }
    if (!isSame.time) to.number(reading.atMs - startMs)
    if (!isSame.receipt) to.number(reading.receivedAtMs)
    if (!isSame.shape) to.natural(shape)
    packValues(to, reading, base)
    before = reading
  }
  return to.bytes()
}

const packValues = (to: ByteWriter, reading: Reading, base: Reading | undefined): void => {
  for (const quantity of QUANTITIES) {
    const value = reading[quantity]
    if (value !== undefined) to.number(value - baseValue(base, quantity))
  }
  if (reading.state !== undefined) to.byte(DEVICE_STATES.indexOf(reading.state))
  if (reading.strings) packStrings(to, reading.strings)
  // As JSON, where half a surrogate pair survives too.
  if (reading.faultCodes) to.text(JSON.stringify(reading.faultCodes))
}

/** How many strings, doubled, plus one when all have both values; else each says which it has. */
const packStrings = (to: ByteWriter, strings: NonNullable<Reading['strings']>): void => {
  const areWhole = strings.every(({ voltageV, currentA }) => voltageV !== undefined && currentA !== undefined)
  to.natural(strings.length * 2 + (areWhole ? 1 : 0))
  for (const { voltageV, currentA } of strings) {
    if (!areWhole) to.byte((voltageV === undefined ? 0 : 1) + (currentA === undefined ? 0 : 2))
    if (voltageV !== undefined) to.number(voltageV)
    if (currentA !== undefined) to.number(currentA)
  }
}

/** What `packReadings` packed with the same `startMs`. Throws for anything else. */
export const unpackReadings = (packed: Uint8Array, startMs: number): Reading[] => {
  const from = byteReader(Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength))
  if (![FORMAT, FORMAT_LATER].includes(from.byte())) throw new RangeError('readings packed in an unknown format')
  const readings: Reading[] = []
  let shape = 0
  while (!from.isAtEnd()) {
    const before = readings.at(-1)
    const same = from.byte()
    const deviceId = (same & SAME_DEVICE) > 0 ? before?.deviceId : (before?.deviceId ?? '').slice(0, from.natural()) + from.text()
    const atMs = (same & SAME_TIME) > 0 ? before?.atMs : from.number() + startMs
    const receivedAtMs = (same & SAME_RECEIPT) > 0 ? before?.receivedAtMs : from.number()
    if (deviceId === undefined || atMs === undefined || receivedAtMs === undefined)
      throw new RangeError('the first of packed readings points before itself')
    if ((same & SAME_SHAPE) === 0) shape = from.natural()
    const reading: Reading = { deviceId, atMs, receivedAtMs }
    unpackValues(from, shape, reading, (same & GAINS) > 0 ? before : undefined)
    readings.push(reading)
  }
  return readings
}

const unpackValues = (from: ByteReader, shape: number, into: Reading, base: Reading | undefined): void => {
  for (const { quantity, bit } of QUANTITY_BITS) if ((shape & bit) > 0) into[quantity] = from.number() + baseValue(base, quantity)
  if ((shape & STATE) > 0) {
    const state = DEVICE_STATES[from.byte()]
    if (state === undefined) throw new RangeError('a packed reading has an unknown state')
    into.state = state
  }
  if ((shape & STRINGS) > 0) into.strings = unpackStrings(from)
  if ((shape & FAULT_CODES) > 0) into.faultCodes = JSON.parse(from.text()) as string[]
}

const unpackStrings = (from: ByteReader): NonNullable<Reading['strings']> => {
  const head = from.natural()
  const areWhole = head % 2 === 1
  return Array.from({ length: Math.floor(head / 2) }, () => {
    const has = areWhole ? 3 : from.byte()
    return { ...((has & 1) > 0 && { voltageV: from.number() }), ...((has & 2) > 0 && { currentA: from.number() }) }
  })
}
