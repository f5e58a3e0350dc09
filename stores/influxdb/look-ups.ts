import { identityOf } from '../readings.ts'
import type { Database } from './database.ts'
import type { Row } from './points.ts'
import type { Select } from './statements.ts'

/**
 * Everything that stands at given identities. InfluxQL cannot ask for a list of instants, only for a span: so identities are
 * gathered into statements that ask each device for little more than its own.
 */

export type Identity = { deviceId: string; atMs: number }

/** Statements hold no more devices than this. */
export const DEVICES_PER_STATEMENT = 1_000
/** Instants of one device that lie closer are asked for as one run. */
const GAP_MS_MAX = 3_600_000
/** How much longer than its own run a device is asked for at most. */
const SLACK_MS_MAX = 600_000

/** `toMs` is inclusive. */
type Run = { deviceId: string; fromMs: number; toMs: number }
type Group = { deviceIds: Set<string>; fromMs: number; toMs: number; shortestMs: number }

const runsOf = (identities: readonly Identity[]): Run[] => {
  const instants = new Map<string, number[]>()
  for (const { deviceId, atMs } of identities) {
    const known = instants.get(deviceId)
    if (known) known.push(atMs)
    else instants.set(deviceId, [atMs])
  }
  const runs: Run[] = []
  for (const [deviceId, atMs] of instants) {
    let run: Run | undefined
    for (const ms of atMs.sort((one, other) => one - other)) {
      if (!run || ms - run.toMs > GAP_MS_MAX) {
        run = { deviceId, fromMs: ms, toMs: ms }
        runs.push(run)
      } else run.toMs = ms
    }
  }
  return runs.sort((one, other) => one.fromMs - other.fromMs || one.toMs - other.toMs)
}

/** The spans to ask for, earliest first. */
export const spansOf = (identities: readonly Identity[]): Omit<Select, 'columns'>[] => {
  const groups: Group[] = []
  for (const { deviceId, fromMs, toMs } of runsOf(identities)) {
    const last = groups.at(-1)
    const endMs = Math.max(toMs, last?.toMs ?? toMs)
    const shortestMs = Math.min(toMs - fromMs, last?.shortestMs ?? Number.POSITIVE_INFINITY)
    if (last && endMs - last.fromMs - shortestMs <= SLACK_MS_MAX && last.deviceIds.size < DEVICES_PER_STATEMENT) {
      last.deviceIds.add(deviceId)
      last.toMs = endMs
      last.shortestMs = shortestMs
    } else groups.push({ deviceIds: new Set([deviceId]), fromMs, toMs, shortestMs: toMs - fromMs })
  }
  return groups.map(({ deviceIds, fromMs, toMs }) => ({ deviceIds: [...deviceIds], fromMs, toMs: toMs + 1 }))
}

/** The rows of these columns at each identity that has any, by identity. */
export const lookUp = async (
  database: Database,
  identities: readonly Identity[],
  columns: readonly string[],
): Promise<Map<string, Row[]>> => {
  const wanted = new Set(identities.map(identityOf))
  const found = new Map<string, Row[]>()
  for (const span of spansOf(identities)) {
    for await (const { deviceId, rows } of database.select({ columns, ...span })) {
      for (const row of rows) {
        const identity = identityOf({ deviceId, atMs: row.atMs })
        if (!wanted.has(identity)) continue
        const known = found.get(identity)
        if (known) known.push(row)
        else found.set(identity, [row])
      }
    }
  }
  return found
}
