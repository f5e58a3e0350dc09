import { FIRST_QUANTITIES, LATER_QUANTITIES, QUANTITIES, type Quantity, type Reading } from './reading.ts'

const COUNTERS: ReadonlySet<Quantity> = new Set<Quantity>(['energyTotalWh', 'energyTodayWh', 'exportTotalWh', 'importTotalWh'])

/** Whether the quantity is a counter: a whole number of Wh. */
export const isCounter = (quantity: Quantity): boolean => COUNTERS.has(quantity)

/** Values in their places, nothing behind the last known one: a quantity that came later changes nothing where there is none. */
const valuesOf = (reading: Reading): (number | null)[] => {
  const later = LATER_QUANTITIES.map((quantity) => reading[quantity] ?? null)
  const known = later.findLastIndex((value) => value !== null) + 1
  return [...FIRST_QUANTITIES.map((quantity) => reading[quantity] ?? null), ...later.slice(0, known)]
}

/**
 * What a reading says, without whose it is, when it was and when it came: one text for equal values and never one text for two.
 * Two readings of one identity are a repeat when these are the same and a conflict when they are not. Minus zero is zero.
 */
export const readingValues = (reading: Reading): string =>
  JSON.stringify([
    valuesOf(reading),
    reading.state ?? null,
    reading.strings?.map(({ voltageV, currentA }) => [voltageV ?? null, currentA ?? null]) ?? null,
    reading.faultCodes ?? null,
  ])

/** Throws a RangeError for a number that a store would round or read back as unknown; the door has refused it long before. */
export const assertExact = (reading: Reading): void => {
  let exact = Number.isSafeInteger(reading.atMs) && Number.isSafeInteger(reading.receivedAtMs)
  for (const quantity of QUANTITIES) {
    const value = reading[quantity]
    if (value !== undefined) exact &&= isCounter(quantity) ? Number.isSafeInteger(value) : Number.isFinite(value)
  }
  for (const { voltageV = 0, currentA = 0 } of reading.strings ?? []) exact &&= [voltageV, currentA].every(Number.isFinite)
  if (!exact) throw new RangeError(`a number in the reading of ${reading.deviceId} at ${reading.atMs} cannot be stored exactly`)
}

/** The parts of a reading that have no column of their own. */
export type Extras = Pick<Reading, 'strings' | 'faultCodes'>

/** The extras as JSON; undefined for a reading without any. */
export const extrasText = ({ strings, faultCodes }: Extras): string | undefined =>
  strings === undefined && faultCodes === undefined ? undefined : JSON.stringify({ strings, faultCodes })
