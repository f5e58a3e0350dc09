import { DAY_MS, HOUR_MS } from './calendar.ts'

/**
 * What a store says of a device's readings in a span in one go, without handing them over: enough to know whether its register ran
 * on evenly, and then what it counted (ordinary-day.ts). Everything is a plain fact about the readings in order of device time;
 * what it means is not judged here.
 */

/** What is summed up: undisputed readings with `fromMs` <= time < `toMs`, epoch ms; at most 24 hours. */
export type SummarySpan = {
  fromMs: number
  toMs: number
  /** Rises of up to so much are no sign of power. Wh of the register. */
  stepWh: number
  /** A device that reports more than this is producing. */
  quietPowerW: number
}

/** Of those readings that have the register; Wh as it shows them. */
export type RegisterSummary = {
  firstAtMs: number
  firstWh: number
  lastAtMs: number
  lastWh: number
  minWh: number
  maxWh: number
  /** How many figures are lower than the one before. */
  falls: number
  /** Of any two figures in succession the highest (rise - `stepWh`) per hour, in W; 0 when none rose by more than a step. */
  steepestW: number
  /** The longest time between two figures in succession; 0 when there is one. */
  silenceMs: number
  /** The longest time between two producing readings with one figure and, in between, no other figure and none that is quiet. */
  stillMs: number
}

export type ReadingSummary = {
  /** How many instants have a reading, with a figure or without. From 1. */
  readings: number
  /** Bit n is set when there is a reading in the n-th hour of the span, counted from 0. */
  hoursSeen: number
  register: RegisterSummary | undefined
  /** First and last instant at which it was producing. */
  producing: { fromMs: number; untilMs: number } | undefined
  /** What the reported power adds up to between the readings that report it, by trapezoids, Wh from 0: its mean times the time. */
  reportedWh: number
}

/** Readings of many devices, row by row; each device's in order of time. */
export type SummaryRows = {
  /** Numbers of devices, mapped by `slots`. */
  device: Int32Array
  /** Since the beginning of the span. */
  sinceMs: Int32Array
  /** The figure of the register, NaN where there is none. */
  wh: Float64Array
  /** NaN where none is reported. */
  acPowerW: Float64Array
  count: number
}

/** Summaries in the making, of devices in slots numbered from 0. */
export type Summaries = {
  /** `slots` gives each device's slot by its number; rows of devices with -1 or none are passed over. */
  add: (rows: SummaryRows, slots: Int32Array) => void
  /** Whether rows of the device came out of order, or twice: then nothing can be said of it. */
  isDisordered: (slot: number) => boolean
  /** Undefined without any reading. */
  of: (slot: number) => ReadingSummary | undefined
}

/** Throws RangeError when the span is longer than a day or its bounds are no whole milliseconds. */
export const assertSummarySpan = ({ fromMs, toMs }: SummarySpan): void => {
  if (!Number.isSafeInteger(fromMs) || !Number.isSafeInteger(toMs) || toMs - fromMs > DAY_MS)
    throw new RangeError('a summary is of a span of at most 24 hours between whole milliseconds')
}

const NEVER = -1

/** One column per fact, flat: a nation's day is a hundred million readings of half a million devices. Times since the span began. */
const columnsFor = (slots: number) => {
  const whole = (start: number): Int32Array => new Int32Array(slots).fill(start)
  return {
    readings: whole(0),
    hours: whole(0),
    readAt: whole(NEVER),
    firstAt: whole(NEVER),
    figureAt: whole(NEVER),
    falls: whole(0),
    silence: whole(0),
    stillSince: whole(NEVER),
    still: whole(0),
    producingFrom: whole(NEVER),
    producingUntil: whole(NEVER),
    powerAt: whole(NEVER),
    lastPowerW: new Float64Array(slots),
    /** W times ms, of both ends of every stretch. */
    reported: new Float64Array(slots),
    disordered: new Uint8Array(slots),
    firstWh: new Float64Array(slots),
    lastWh: new Float64Array(slots),
    minWh: new Float64Array(slots).fill(Number.POSITIVE_INFINITY),
    maxWh: new Float64Array(slots).fill(Number.NEGATIVE_INFINITY),
    steepest: new Float64Array(slots),
  }
}
type Columns = ReturnType<typeof columnsFor>

/** The loop all the speed depends on: columns are looked up once for all rows, and nothing in it makes an object. */
const addRows = (columns: Columns, rows: SummaryRows, slots: Int32Array, { stepWh, quietPowerW }: SummarySpan): void => {
  const { readings, hours, readAt, figureAt, lastWh, silence, steepest, stillSince, still } = columns
  for (let row = 0; row < rows.count; row += 1) {
    const slot = slots[rows.device[row] ?? NEVER] ?? NEVER
    if (slot < 0) continue
    const at = rows.sinceMs[row] ?? 0
    const wh = rows.wh[row] ?? Number.NaN
    const powerW = rows.acPowerW[row] ?? Number.NaN
    if (at <= (readAt[slot] ?? NEVER)) columns.disordered[slot] = 1
    readAt[slot] = at
    readings[slot] = (readings[slot] ?? 0) + 1
    hours[slot] = (hours[slot] ?? 0) | (1 << (at / HOUR_MS))
    if (!Number.isNaN(powerW)) addPower(columns, slot, at, powerW, quietPowerW)
    if (Number.isNaN(wh)) continue
    const previousAt = figureAt[slot] ?? NEVER
    const previousWh = lastWh[slot] ?? 0
    const rise = wh - previousWh
    figureAt[slot] = at
    lastWh[slot] = wh
    if (previousAt === NEVER) {
      columns.firstAt[slot] = at
      columns.firstWh[slot] = wh
    } else {
      const elapsed = at - previousAt
      if (elapsed > (silence[slot] ?? 0)) silence[slot] = elapsed
      if (rise > stepWh && (rise - stepWh) / elapsed > (steepest[slot] ?? 0)) steepest[slot] = (rise - stepWh) / elapsed
      if (rise < 0) fell(columns, slot, wh, previousWh)
      if (rise !== 0) stillSince[slot] = NEVER
    }
    if (powerW <= quietPowerW) stillSince[slot] = NEVER
    else if (powerW > quietPowerW) {
      if (stillSince[slot] === NEVER) stillSince[slot] = at
      else if (at - (stillSince[slot] ?? 0) > (still[slot] ?? 0)) still[slot] = at - (stillSince[slot] ?? 0)
    }
  }
}

const addPower = (columns: Columns, slot: number, at: number, powerW: number, quietPowerW: number): void => {
  const { producingFrom, producingUntil, powerAt, lastPowerW, reported } = columns
  const elapsed = at - (powerAt[slot] ?? NEVER)
  const bothW = powerW + (lastPowerW[slot] ?? 0)
  if (powerAt[slot] !== NEVER && bothW > 0) reported[slot] = (reported[slot] ?? 0) + bothW * elapsed
  powerAt[slot] = at
  lastPowerW[slot] = powerW
  if (powerW <= quietPowerW) return
  if (producingFrom[slot] === NEVER) producingFrom[slot] = at
  producingUntil[slot] = at
}

/** Only a fall makes anything but the first figure the lowest, and anything but the last the highest. */
const fell = ({ falls, minWh, maxWh }: Columns, slot: number, wh: number, previousWh: number): void => {
  falls[slot] = (falls[slot] ?? 0) + 1
  minWh[slot] = Math.min(minWh[slot] ?? wh, wh)
  maxWh[slot] = Math.max(maxWh[slot] ?? previousWh, previousWh)
}

const registerOf = (columns: Columns, slot: number, fromMs: number): RegisterSummary => {
  const firstWh = columns.firstWh[slot] ?? 0
  const lastWh = columns.lastWh[slot] ?? 0
  return {
    firstAtMs: fromMs + (columns.firstAt[slot] ?? 0),
    firstWh,
    lastAtMs: fromMs + (columns.figureAt[slot] ?? 0),
    lastWh,
    minWh: Math.min(columns.minWh[slot] ?? 0, firstWh),
    maxWh: Math.max(columns.maxWh[slot] ?? 0, lastWh),
    falls: columns.falls[slot] ?? 0,
    steepestW: (columns.steepest[slot] ?? 0) * HOUR_MS,
    silenceMs: columns.silence[slot] ?? 0,
    stillMs: columns.still[slot] ?? 0,
  }
}

/** Room for so many slots. Throws as `assertSummarySpan` does. */
export const openSummaries = (slots: number, span: SummarySpan): Summaries => {
  assertSummarySpan(span)
  const { fromMs } = span
  const columns = columnsFor(slots)
  return {
    add: (rows, slotOf) => addRows(columns, rows, slotOf, span),
    isDisordered: (slot) => columns.disordered[slot] === 1,
    of: (slot) => {
      const readings = columns.readings[slot] ?? 0
      if (readings === 0) return undefined
      const producingFrom = columns.producingFrom[slot] ?? NEVER
      return {
        readings,
        hoursSeen: columns.hours[slot] ?? 0,
        register: columns.firstAt[slot] === NEVER ? undefined : registerOf(columns, slot, fromMs),
        producing:
          producingFrom === NEVER
            ? undefined
            : { fromMs: fromMs + producingFrom, untilMs: fromMs + (columns.producingUntil[slot] ?? 0) },
        reportedWh: (columns.reported[slot] ?? 0) / (2 * HOUR_MS),
      }
    },
  }
}
