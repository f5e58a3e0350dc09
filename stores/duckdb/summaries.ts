import type { DuckDBConnection } from '@duckdb/node-api'
import { assertSummarySpan, openSummaries, type ReadingSummary } from '../../domain/reading-summary.ts'
import type { Series, SummaryAsk } from '../readings.ts'
import { summariesOf } from '../summaries.ts'
import { askInParts } from './answer.ts'
import { quantitySql } from './columns.ts'
import type { Devices } from './devices.ts'
import { disputedIn } from './undisputed.ts'

/**
 * One pass over the rows as they lie in the file, which is the order they came in, with a few numbers kept for each device. Nothing
 * is sorted or grouped: half a million devices' day of 143 million rows costs less than twice what DuckDB takes for max - min.
 * Devices whose rows turn out not to lie in order of time, or with an instant in dispute, are read again in order.
 */

/** So many device numbers are worth a list in the query; beyond, rows of others are passed over here. */
const LISTED_MAX = 200_000
/** Where the devices asked for are at least this part of their range of numbers, a list would cost more than it spares. */
const DENSE_SHARE = 0.25

/** Of so many devices a day's rows, seven hundred thousand, are kept in memory until they are taken. */
const KEPT_MAX = 2_500

type Means = {
  connection: DuckDBConnection
  devices: Devices
  series: (span: SummaryAsk) => Promise<Series[]>
}

const rowsSql = ({ fromMs, toMs, register }: SummaryAsk, numbers: readonly number[]): string => {
  let first = Number.POSITIVE_INFINITY
  let last = 0
  for (const number of numbers) {
    first = Math.min(first, number)
    last = Math.max(last, number)
  }
  const isListed = numbers.length <= LISTED_MAX && numbers.length < (last - first + 1) * DENSE_SHARE
  const inSpan = `at_ms >= ${fromMs} AND at_ms < ${toMs}`
  return `SELECT r.device_number, (r.at_ms - ${fromMs})::INTEGER, ${quantitySql(register)}, ${quantitySql('acPowerW')}
    FROM readings r WHERE ${inSpan} AND r.device_number BETWEEN ${first} AND ${last}
    ${isListed ? `AND r.device_number IN (${numbers.join(', ')})` : ''}`
}

/** The numbers of the devices that have one, each once, and by number the place it stands at: -1 for all others. */
const slotsOf = (devices: Devices, deviceIds: readonly string[]): { numbers: number[]; slots: Int32Array } => {
  const numbers: number[] = []
  const slots = new Int32Array(devices.count()).fill(-1)
  for (const deviceId of deviceIds) {
    const number = devices.numberOf(deviceId)
    if (number !== undefined && slots[number] === -1) slots[number] = numbers.push(number) - 1
  }
  return { numbers, slots }
}

export const readSummaries = async (means: Means, asked: SummaryAsk): Promise<Map<string, ReadingSummary>> => {
  assertSummarySpan(asked)
  const { connection, devices } = means
  const { numbers, slots } = slotsOf(devices, asked.deviceIds)
  const found = new Map<string, ReadingSummary>()
  if (numbers.length === 0 || asked.fromMs >= asked.toMs) return found
  const again = new Set<number>()
  for (const { deviceNumber: number } of await disputedIn(connection, asked)) {
    if ((slots[number] ?? -1) === -1) continue
    again.add(number)
    slots[number] = -1
  }
  const summaries = openSummaries(numbers.length, asked)
  // A device that was stored for the first time after its number was looked for has no slot.
  await askInParts(connection, rowsSql(asked, numbers), {
    isLarge: numbers.length > KEPT_MAX,
    take: ([device, sinceMs, wh, acPowerW], count) => {
      const areNumbered = device instanceof Int32Array && sinceMs instanceof Int32Array
      const areMeasured = wh instanceof Float64Array && acPowerW instanceof Float64Array
      if (!areNumbered || !areMeasured) throw new TypeError('two columns of INTEGER and two of DOUBLE were asked for')
      summaries.add({ device, sinceMs, wh, acPowerW, count }, slots)
    },
  })

  for (const [slot, number] of numbers.entries()) {
    if (summaries.isDisordered(slot)) again.add(number)
    const summary = again.has(number) ? undefined : summaries.of(slot)
    if (summary) found.set(devices.idOf(number), summary)
  }
  if (again.size > 0) {
    const inOrder = { ...asked, deviceIds: [...again].map(devices.idOf) }
    for (const [deviceId, summary] of summariesOf(await means.series(inOrder), inOrder)) found.set(deviceId, summary)
  }
  return found
}
