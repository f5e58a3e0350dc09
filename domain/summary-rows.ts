import { HOUR_MS } from './calendar.ts'
import type { SummaryTerms } from './reading-summary.ts'
import {
  type Columns,
  type GrowingSummaries,
  NEVER,
  type RegisterColumns,
  registerColumnsFor,
  slotsOf,
} from './summary-columns.ts'

/** Readings into summaries, row by row. */

/** Readings of many devices, row by row; each device's in order of time. */
export type SummaryRows = {
  /** Numbers of devices. */
  device: Int32Array
  /** Since the beginning of the span. */
  sinceMs: Int32Array
  /** The figures of each register, NaN where there is none; nothing for a register without any. */
  whs: readonly (Float64Array | undefined)[]
  /** NaN where none is reported. */
  acPowerW: Float64Array
  count: number
}

/**
 * Takes rows in. `slotOf` gives each device's slot by its number, and rows of devices with -1 or none are passed over; without it a
 * number is its slot.
 */
export const addRows = (summaries: GrowingSummaries, rows: SummaryRows, slotOf?: Int32Array): void => {
  const { columns, registers, terms } = summaries
  addReadings(columns, rows, terms, slotOf)
  for (const [at, wh] of rows.whs.entries()) {
    if (!wh) continue
    const register = registers[at] ?? registerColumnsFor(slotsOf(summaries))
    registers[at] = register
    addFigures(register, rows, wh, terms, slotOf)
  }
}

/** All speed depends on this loop and the next: columns are looked up once for all rows, and nothing in them makes an object. */
const addReadings = (columns: Columns, rows: SummaryRows, { quietPowerW }: SummaryTerms, slotOf?: Int32Array): void => {
  const { readings, hours, readAt } = columns
  const { device, sinceMs, acPowerW, count } = rows
  for (let row = 0; row < count; row += 1) {
    const number = device[row] ?? NEVER
    const slot = slotOf ? (slotOf[number] ?? NEVER) : number
    if (slot < 0) continue
    const at = sinceMs[row] ?? 0
    if (at <= (readAt[slot] ?? NEVER)) columns.disordered[slot] = 1
    readAt[slot] = at
    readings[slot] = (readings[slot] ?? 0) + 1
    hours[slot] = (hours[slot] ?? 0) | (1 << (at / HOUR_MS))
    const powerW = acPowerW[row] ?? Number.NaN
    if (!Number.isNaN(powerW)) addPower(columns, slot, at, powerW, quietPowerW)
  }
}

const addPower = (columns: Columns, slot: number, at: number, powerW: number, quietPowerW: number): void => {
  const { producingFrom, producingUntil, powerAt, lastPowerW, reported } = columns
  const lastAt = powerAt[slot] ?? NEVER
  if (lastAt === NEVER) {
    columns.firstPowerAt[slot] = at
    columns.firstPowerW[slot] = powerW
  } else {
    const bothW = powerW + (lastPowerW[slot] ?? 0)
    if (bothW > 0) reported[slot] = (reported[slot] ?? 0) + bothW * (at - lastAt)
  }
  powerAt[slot] = at
  lastPowerW[slot] = powerW
  if (powerW <= quietPowerW) return
  if (producingFrom[slot] === NEVER) producingFrom[slot] = at
  producingUntil[slot] = at
}

const addFigures = (
  register: RegisterColumns,
  { device, sinceMs, acPowerW, count }: SummaryRows,
  whs: Float64Array,
  { stepWh, quietPowerW }: SummaryTerms,
  slotOf?: Int32Array,
): void => {
  const { figureAt, lastWh, lastSince, silence, steepest, stillSince, still } = register
  for (let row = 0; row < count; row += 1) {
    const wh = whs[row] ?? Number.NaN
    if (Number.isNaN(wh)) continue
    const number = device[row] ?? NEVER
    const slot = slotOf ? (slotOf[number] ?? NEVER) : number
    if (slot < 0) continue
    const at = sinceMs[row] ?? 0
    const previousAt = figureAt[slot] ?? NEVER
    const previousWh = lastWh[slot] ?? 0
    const rise = wh - previousWh
    figureAt[slot] = at
    lastWh[slot] = wh
    if (previousAt === NEVER) {
      register.firstAt[slot] = at
      register.firstWh[slot] = wh
      lastSince[slot] = at
    } else {
      const elapsed = at - previousAt
      if (elapsed > (silence[slot] ?? 0)) silence[slot] = elapsed
      if (rise !== 0) {
        if (lastSince[slot] === register.firstAt[slot]) register.firstUntil[slot] = previousAt
        lastSince[slot] = at
        stillSince[slot] = NEVER
        if (rise > stepWh && (rise - stepWh) / elapsed > (steepest[slot] ?? 0)) steepest[slot] = (rise - stepWh) / elapsed
        if (rise < 0) fell(register, slot, wh, previousWh)
      }
    }
    const powerW = acPowerW[row] ?? Number.NaN
    if (powerW <= quietPowerW) stillSince[slot] = NEVER
    else if (powerW > quietPowerW) {
      if (stillSince[slot] === NEVER) stillSince[slot] = at
      else if (at - (stillSince[slot] ?? 0) > (still[slot] ?? 0)) still[slot] = at - (stillSince[slot] ?? 0)
    }
  }
}

/** Only a fall makes anything but the first figure the lowest, and anything but the last the highest. */
const fell = ({ falls, minWh, maxWh }: RegisterColumns, slot: number, wh: number, previousWh: number): void => {
  falls[slot] = (falls[slot] ?? 0) + 1
  minWh[slot] = Math.min(minWh[slot] ?? wh, wh)
  maxWh[slot] = Math.max(maxWh[slot] ?? previousWh, previousWh)
}
