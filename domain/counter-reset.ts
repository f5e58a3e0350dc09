import type { CounterEvent, CounterPoint, CounterReadout, CounterRule } from './counter-terms.ts'
import { readCounter } from './counter.ts'

/** A register that was reset or a meter/inverter that was replaced, as an officer recorded it. */
export type CounterReset = {
  stationId: string
  deviceId: string
  /** When the register changed, epoch ms, device time. Readings before count to `finalWh`, from it on they count from `startWh`. */
  atMs: number
  /** What the old register showed last, its own Wh (before the CT multiplier). */
  finalWh: number
  /** What the new register began with. */
  startWh: number
  kind: 'reset' | 'replacement' | 'rollover'
  reason: string
  document: string
  /** User name of who wrote the record. */
  recordedBy: string
  recordedAtMs: number
  /** Absent while in force; a withdrawn record counts for nothing and is kept. */
  withdrawnBy?: string
  withdrawnAtMs?: number
}

/**
 * A record cuts the readings in two. The old register goes on to `finalWh`, the new one begins with `startWh`, both at `atMs`, and
 * the energy on either side adds up to the Wh. It stands only if the readings agree, by the rule that readings have to keep among
 * themselves (counter.ts): `finalWh` follows the last reading before it, and the first reading after it follows `startWh`. A record
 * that the readings contradict counts for nothing, and its finding puts the day in doubt: neither is taken for the truth in silence.
 */

/** A time written by hand may be off by a reading or two; three that agree contradict it. */
const PASSED_OVER_MAX = 2

type Register = Pick<CounterReset, 'atMs' | 'finalWh' | 'startWh' | 'kind'>
type Read = (points: readonly CounterPoint[], rule: CounterRule) => CounterReadout

/** The records in force within [fromMs, toMs). */
export const inForce = (resets: readonly CounterReset[], fromMs: number, toMs: number): CounterReset[] =>
  resets.filter(({ atMs, withdrawnAtMs }) => withdrawnAtMs === undefined && atMs >= fromMs && atMs < toMs)

/** Reads a counter across the recorded resets that its readings bear out. `readFirst` reads what comes before the first of them. */
export const readAcrossResets = (
  points: readonly CounterPoint[],
  rule: CounterRule,
  resets: readonly Register[],
  readFirst: Read = readCounter,
): CounterReadout => {
  const inOrder = resets.toSorted((a, b) => a.atMs - b.atMs || a.finalWh - b.finalWh || a.startWh - b.startWh)
  const records: CounterEvent[] = []
  const pieces: CounterReadout[] = []
  let since: Register | undefined
  for (const [index, reset] of inOrder.entries()) {
    const before = readPiece(points, rule, since, reset, since ? readCounter : readFirst)
    const after = readPiece(points, rule, reset, inOrder[index + 1], readCounter, false)
    const isFirstOfInstant = since === undefined || reset.atMs - since.atMs > 1
    const stands =
      isFirstOfInstant && endsWith(before, finalOf(reset, points)) && beginsWith(after, startOf(reset, points), points)
    records.push(recordEvent(reset, stands))
    if (!stands) continue
    pieces.push(before)
    since = reset
  }
  pieces.push(readPiece(points, rule, since, undefined, since ? readCounter : readFirst))
  return {
    accepted: pieces.flatMap(({ accepted }) => accepted),
    events: [...pieces.flatMap(({ events }) => events), ...records].sort((a, b) => a.atMs - b.atMs),
  }
}

/** The old register's last figure: before the instant of the record, so that it belongs to the day that ends with it. */
const finalOf = ({ atMs, finalWh }: Register, points: readonly CounterPoint[]): CounterPoint => ({
  atMs: points.some((point) => point.atMs === atMs - 1) ? atMs : atMs - 1,
  wh: finalWh,
})

/** The new register's first figure: at the instant of the record, or just before a reading of that instant. */
const startOf = ({ atMs, startWh }: Register, points: readonly CounterPoint[]): CounterPoint => ({
  atMs: points.some((point) => point.atMs === atMs) ? atMs - 1 : atMs,
  wh: startWh,
})

/** What one register showed: from the start of a record, if it began with one, to the final figure of the next, if that counts. */
const readPiece = (
  points: readonly CounterPoint[],
  rule: CounterRule,
  from: Register | undefined,
  to: Register | undefined,
  read: Read,
  withFinal = true,
): CounterReadout => {
  const shown = points.filter(({ atMs }) => (!from || atMs >= from.atMs) && (!to || atMs < to.atMs))
  const start = from ? [startOf(from, points)] : []
  const final = to && withFinal ? [finalOf(to, points)] : []
  return read([...start, ...shown, ...final], rule)
}

const endsWith = ({ accepted }: CounterReadout, final: CounterPoint): boolean => {
  const last = accepted.at(-1)
  return last?.atMs === final.atMs && (accepted.length === 1 || last.sinceMs !== null)
}

const beginsWith = ({ accepted, events }: CounterReadout, start: CounterPoint, points: readonly CounterPoint[]): boolean => {
  const [first, second] = accepted
  if (first?.atMs !== start.atMs) return false
  if (second === undefined) return !events.some(({ breaks }) => breaks)
  const passedOver = points.filter(({ atMs, wh }) => atMs > start.atMs && atMs < second.atMs && wh > 0)
  return second.sinceMs !== null && passedOver.length <= PASSED_OVER_MAX
}

const recordEvent = ({ atMs, kind, finalWh, startWh }: Register, stands: boolean): CounterEvent => ({
  code: stands ? 'counter_reset' : 'counter_reset_contradicted',
  atMs,
  detail: `${kind} on record: ${finalWh} Wh, then ${startWh} Wh${stands ? '' : ', which the readings around it contradict'}`,
  breaks: !stands,
})
