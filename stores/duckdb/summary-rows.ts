import type { Quantity } from '../../domain/reading.ts'
import type { SummaryRows } from '../../domain/summary-rows.ts'
import type { Cells } from './answer.ts'
import { type NumberedReading, quantitySql } from './columns.ts'

/** Rows for summaries: from the file, in the order they came in, and as they come in. */

/** Of readings `r` what `summaryRows` takes apart. */
export const summaryRowsSql = (fromMs: number, registers: readonly Quantity[]): string =>
  ['r.device_number', `(r.at_ms - ${fromMs})::INTEGER`, quantitySql('acPowerW'), ...registers.map(quantitySql)].join(', ')

export const summaryRows = ([device, sinceMs, acPowerW, ...registers]: readonly Cells[], count: number): SummaryRows => {
  const whs = registers.filter((wh) => wh instanceof Float64Array)
  const areNumbered = device instanceof Int32Array && sinceMs instanceof Int32Array
  if (!areNumbered || !(acPowerW instanceof Float64Array) || whs.length < registers.length)
    throw new TypeError('two columns of INTEGER and others of DOUBLE were asked for')
  return { device, sinceMs, whs, acPowerW, count }
}

/** Of readings that are not in the file yet, or have just come into it. */
export const summaryRowsOf = (rows: readonly NumberedReading[], fromMs: number, registers: readonly Quantity[]): SummaryRows => {
  const count = rows.length
  const device = new Int32Array(count)
  const sinceMs = new Int32Array(count)
  const acPowerW = new Float64Array(count)
  for (let row = 0; row < count; row += 1) {
    const each = rows[row]
    if (!each) continue
    device[row] = each.deviceNumber
    sinceMs[row] = each.reading.atMs - fromMs
    acPowerW[row] = each.reading.acPowerW ?? Number.NaN
  }
  const whs = registers.map((register) => figuresOf(rows, register))
  return { device, sinceMs, whs, acPowerW, count }
}

const figuresOf = (rows: readonly NumberedReading[], register: Quantity): Float64Array | undefined => {
  const whs = new Float64Array(rows.length)
  let hasAny = false
  for (let row = 0; row < rows.length; row += 1) {
    const wh = rows[row]?.reading[register]
    whs[row] = wh ?? Number.NaN
    hasAny ||= wh !== undefined
  }
  return hasAny ? whs : undefined
}
