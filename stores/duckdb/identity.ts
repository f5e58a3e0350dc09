import { readingValues } from '../../domain/reading-values.ts'
import type { Fate } from '../readings.ts'
import type { NumberedReading } from './columns.ts'

/** Identities that may occur more than once, each with the different values known for it so far. */
export type Doubts = Map<number, Map<number, Set<string>>>

const valuesKnown = (doubts: Doubts, { deviceNumber, reading }: NumberedReading): Set<string> | undefined =>
  doubts.get(deviceNumber)?.get(reading.atMs)

const doubt = (doubts: Doubts, { deviceNumber, reading }: NumberedReading): void => {
  const times = doubts.get(deviceNumber) ?? new Map<number, Set<string>>()
  if (!times.has(reading.atMs)) times.set(reading.atMs, new Set())
  doubts.set(deviceNumber, times)
}

/** A reading beyond its device's mark, and beyond what came before it in the batch, is new for sure; every other is doubted. */
export const findDoubts = (rows: readonly NumberedReading[], markOf: (deviceNumber: number) => number): Doubts => {
  const doubts: Doubts = new Map()
  const marks: number[] = []
  for (const row of rows) {
    const mark = marks[row.deviceNumber] ?? markOf(row.deviceNumber)
    if (row.reading.atMs > mark) marks[row.deviceNumber] = row.reading.atMs
    else doubt(doubts, row)
  }
  return doubts
}

/** The doubted identities that may be stored already: those not beyond their device's mark. */
export const identitiesToLookUp = (doubts: Doubts, markOf: (deviceNumber: number) => number): [number, number][] => {
  const identities: [number, number][] = []
  for (const [deviceNumber, times] of doubts)
    for (const atMs of times.keys()) if (atMs <= markOf(deviceNumber)) identities.push([deviceNumber, atMs])
  return identities
}

/** Enters what the file already holds. */
export const learn = (doubts: Doubts, stored: readonly NumberedReading[]): void => {
  for (const row of stored) valuesKnown(doubts, row)?.add(readingValues(row.reading))
}

/** One fate per row, in order: the first values of an identity are stored, the same again repeat, others conflict. */
export const judge = (rows: readonly NumberedReading[], doubts: Doubts): Fate[] =>
  rows.map((row) => {
    const known = valuesKnown(doubts, row)
    if (!known) return 'stored'
    const values = readingValues(row.reading)
    if (known.has(values)) return 'duplicate'
    const fate = known.size === 0 ? 'stored' : 'conflict'
    known.add(values)
    return fate
  })
