import { HOUR_MS } from './calendar.ts'
import {
  assertSummarySpan,
  type PowerSummary,
  type ReadingSummary,
  type RegisterSummary,
  type SummarySpan,
  type SummaryTerms,
} from './reading-summary.ts'

/**
 * Summaries of many devices as columns: one number of every fact for each device, in the device's slot. A nation's day is a hundred
 * million readings of half a million devices, and nothing here makes an object for one of them before it is asked for.
 */

/** Where there is no time, and no slot. */
export const NEVER = -1

/** Times since the span began. */
const columnsFor = (slots: number) => {
  const whole = (start: number): Int32Array => new Int32Array(slots).fill(start)
  return {
    readings: whole(0),
    hours: whole(0),
    readAt: whole(NEVER),
    producingFrom: whole(NEVER),
    producingUntil: whole(NEVER),
    firstPowerAt: whole(NEVER),
    firstPowerW: new Float64Array(slots),
    powerAt: whole(NEVER),
    lastPowerW: new Float64Array(slots),
    /** W times ms, of both ends of every stretch. */
    reported: new Float64Array(slots),
    /** Whether rows of the device came out of order, or twice: then nothing can be said of it. */
    disordered: new Uint8Array(slots),
  }
}

export const registerColumnsFor = (slots: number) => {
  const whole = (start: number): Int32Array => new Int32Array(slots).fill(start)
  return {
    firstAt: whole(NEVER),
    firstUntil: whole(NEVER),
    figureAt: whole(NEVER),
    lastSince: whole(NEVER),
    falls: whole(0),
    silence: whole(0),
    stillSince: whole(NEVER),
    still: whole(0),
    firstWh: new Float64Array(slots),
    lastWh: new Float64Array(slots),
    minWh: new Float64Array(slots).fill(Number.POSITIVE_INFINITY),
    maxWh: new Float64Array(slots).fill(Number.NEGATIVE_INFINITY),
    steepest: new Float64Array(slots),
  }
}

export type Columns = ReturnType<typeof columnsFor>
export type RegisterColumns = ReturnType<typeof registerColumnsFor>
type AnyColumns = Record<string, Int32Array | Float64Array | Uint8Array>

/** The summaries of devices in slots numbered from 0; plain data. */
export type DeviceSummaries = { fromMs: number; columns: Columns; register: RegisterColumns }

/** The same in the making, of any number of registers. */
export type GrowingSummaries = Pick<DeviceSummaries, 'fromMs' | 'columns'> & {
  terms: SummaryTerms
  /** Undefined while no figure of the register was seen. */
  registers: (RegisterColumns | undefined)[]
}

/** Room for so many slots. Throws as `assertSummarySpan` does. */
export const openSummaries = (slots: number, span: SummarySpan, registers = 1): GrowingSummaries => {
  assertSummarySpan(span)
  const { fromMs, stepWh, quietPowerW } = span
  return {
    fromMs,
    terms: { stepWh, quietPowerW },
    columns: columnsFor(slots),
    registers: Array.from({ length: registers }, () => undefined),
  }
}

export const slotsOf = ({ columns }: Pick<DeviceSummaries, 'columns'>): number => columns.readings.length

const copyInto = (
  into: AnyColumns,
  from: AnyColumns,
  copy: (into: AnyColumns[string], from: AnyColumns[string]) => void,
): void => {
  for (const [name, column] of Object.entries(into)) {
    const source = from[name]
    if (source) copy(column, source)
  }
}

const GROWTH = 1.5

/** Makes room for slots below `needed`, and some more; those there are stay what they are. */
export const growSummaries = (summaries: GrowingSummaries, needed: number): void => {
  if (needed <= slotsOf(summaries)) return
  const slots = Math.max(needed, Math.ceil(slotsOf(summaries) * GROWTH))
  const grown = <Kind extends AnyColumns>(fresh: Kind, before: Kind): Kind => {
    copyInto(fresh, before, (into, from) => into.set(from))
    return fresh
  }
  summaries.columns = grown(columnsFor(slots), summaries.columns)
  for (const [at, register] of summaries.registers.entries())
    if (register) summaries.registers[at] = grown(registerColumnsFor(slots), register)
}

export const isDisordered = ({ columns }: Pick<DeviceSummaries, 'columns'>, slot: number): boolean =>
  columns.disordered[slot] === 1

/** What was made of one register, as it is: rows added from now on may change it or not. */
export const summariesMade = ({ fromMs, columns, registers }: GrowingSummaries, register = 0): DeviceSummaries => ({
  fromMs,
  columns,
  register: registers[register] ?? registerColumnsFor(columns.readings.length),
})

/** A copy of those in these slots, in their order; nothing is said where a slot is -1 or there is none. */
export const pickSummaries = (
  { fromMs, columns, registers }: GrowingSummaries,
  register: number,
  slots: Int32Array,
): DeviceSummaries => {
  const picked = { fromMs, columns: columnsFor(slots.length), register: registerColumnsFor(slots.length) }
  const pick = (into: AnyColumns[string], from: AnyColumns[string]): void => {
    for (let at = 0; at < slots.length; at += 1) {
      const value = from[slots[at] ?? NEVER]
      if (value !== undefined) into[at] = value
    }
  }
  copyInto(picked.columns, columns, pick)
  const figures = registers[register]
  if (figures) copyInto(picked.register, figures, pick)
  return picked
}

/** Puts what is said of a slot in place of what is said of another. */
export const copySlot = (from: DeviceSummaries, slot: number, into: DeviceSummaries, as: number): void => {
  const one = (column: AnyColumns[string], source: AnyColumns[string]): void => {
    column[as] = source[slot] ?? NEVER
  }
  copyInto(into.columns, from.columns, one)
  copyInto(into.register, from.register, one)
}

const registerAt = (register: RegisterColumns, slot: number, fromMs: number): RegisterSummary => {
  const firstWh = register.firstWh[slot] ?? 0
  const lastWh = register.lastWh[slot] ?? 0
  const firstUntil = register.firstUntil[slot] ?? NEVER
  const lastAtMs = fromMs + (register.figureAt[slot] ?? 0)
  return {
    firstAtMs: fromMs + (register.firstAt[slot] ?? 0),
    firstWh,
    firstUntilMs: firstUntil === NEVER ? lastAtMs : fromMs + firstUntil,
    lastAtMs,
    lastWh,
    lastSinceMs: fromMs + (register.lastSince[slot] ?? 0),
    minWh: Math.min(register.minWh[slot] ?? 0, firstWh),
    maxWh: Math.max(register.maxWh[slot] ?? 0, lastWh),
    falls: register.falls[slot] ?? 0,
    steepestW: (register.steepest[slot] ?? 0) * HOUR_MS,
    silenceMs: register.silence[slot] ?? 0,
    stillMs: register.still[slot] ?? 0,
  }
}

const powerAt = (columns: Columns, slot: number, fromMs: number): PowerSummary | undefined => {
  const first = columns.firstPowerAt[slot] ?? NEVER
  if (first === NEVER) return undefined
  return {
    firstAtMs: fromMs + first,
    firstW: columns.firstPowerW[slot] ?? 0,
    lastAtMs: fromMs + (columns.powerAt[slot] ?? 0),
    lastW: columns.lastPowerW[slot] ?? 0,
  }
}

/** What is said of the device in a slot; undefined of one without any reading. */
export const summaryAt = ({ fromMs, columns, register }: DeviceSummaries, slot: number): ReadingSummary | undefined => {
  const readings = columns.readings[slot] ?? 0
  if (readings === 0) return undefined
  const producingFrom = columns.producingFrom[slot] ?? NEVER
  return {
    readings,
    hoursSeen: columns.hours[slot] ?? 0,
    register: (register.firstAt[slot] ?? NEVER) === NEVER ? undefined : registerAt(register, slot, fromMs),
    producing:
      producingFrom === NEVER
        ? undefined
        : { fromMs: fromMs + producingFrom, untilMs: fromMs + (columns.producingUntil[slot] ?? 0) },
    power: powerAt(columns, slot, fromMs),
    reportedWh: (columns.reported[slot] ?? 0) / (2 * HOUR_MS),
  }
}
