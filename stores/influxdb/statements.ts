import { ID_PATTERN } from '../../domain/limits.ts'

/** InfluxQL: what a statement is made of. */

/** Every reading is a point of this measurement, its device the only tag. */
export const MEASUREMENT = 'readings'
export const DEVICE_TAG = 'deviceId'

/** InfluxDB counts nanoseconds in 64 bits, from September 1677 to April 2262: whole milliseconds of it, the last one exclusive. */
export const FIRST_MS = -9_223_372_036_854
export const END_MS = 9_223_372_036_854

export type Select = {
  columns: readonly string[]
  deviceIds: readonly string[]
  /** Inclusive, epoch ms. */
  fromMs: number
  /** Exclusive, epoch ms. */
  toMs: number
  /** Per device, the last ones first. */
  latestFirst?: boolean
  /** Rows per device at most. */
  limit?: number
}

/** Throws for anything but an id, so that nothing has to be escaped. */
export const checkedId = (id: string): string => {
  if (!ID_PATTERN.test(id)) throw new RangeError('a device id has 1 to 64 letters, digits, underscores and hyphens')
  return id
}

/** A place within a millisecond as nanoseconds since the epoch: digits beyond 2^53, so never a number. */
export const nanoseconds = (ms: number, place = 0): string => String(BigInt(ms) * 1_000_000n + BigInt(place))

/** A bound of a span, cut to what InfluxDB can hold. */
const boundNs = (ms: number): string => {
  if (Number.isNaN(ms)) throw new RangeError('a bound of a span must be a number')
  return nanoseconds(Math.ceil(Math.min(Math.max(ms, FIRST_MS), END_MS)))
}

/**
 * One of these devices. InfluxQL has no IN, and InfluxDB joins the series of an OR one by one: a chain of a thousand takes five
 * times as long as the same in balanced pairs. A regular expression would be tried on every device there is.
 */
const anyOf = (deviceIds: readonly string[]): string => {
  const half = deviceIds.length >> 1
  return half === 0
    ? `"${DEVICE_TAG}"='${checkedId(deviceIds[0] ?? '')}'`
    : `(${anyOf(deviceIds.slice(0, half))} OR ${anyOf(deviceIds.slice(half))})`
}

/** The points of these devices in the span that have one of the columns at least, device by device in order of time. */
export const selectStatement = ({ columns, deviceIds, fromMs, toMs, latestFirst, limit }: Select): string =>
  [
    `SELECT ${columns.map((column) => `"${column}"`).join(', ')} FROM "${MEASUREMENT}"`,
    `WHERE ${anyOf(deviceIds)} AND time >= ${boundNs(fromMs)} AND time < ${boundNs(toMs)}`,
    `GROUP BY "${DEVICE_TAG}"`,
    ...(latestFirst ? ['ORDER BY time DESC'] : []),
    ...(limit === undefined ? [] : [`LIMIT ${limit}`]),
  ].join(' ')
