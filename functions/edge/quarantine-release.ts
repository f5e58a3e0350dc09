import * as z from 'zod'
import { ID_PATTERN } from '../../domain/limits.ts'
import { QUARANTINE_REASONS } from '../../domain/problems.ts'
import type { Versioned } from '../../stores/table.ts'
import type { QuarantineRow } from '../../stores/rows.ts'
import type { QuarantineRelease } from '../api-types.ts'
import type { Deps } from '../entry.ts'
import type { InboundBody } from './inbound.ts'
import { pageAt } from './page.ts'

/** Putting back through ingest what was set aside, once its cause is mended. */

type ReleaseDeps = Deps<never, 'quarantine', 'ingest-readings'>

/** A payload may have 128 KiB: so many are sent within the time of one request. */
const ROWS_PER_CALL = 100

export const releaseFilter = z.strictObject({
  reason: z.enum(QUARANTINE_REASONS).optional(),
  gatewayId: z.string().regex(ID_PATTERN).optional(),
  /** Receive time, the end exclusive. */
  fromMs: z.int().min(0).optional(),
  toMs: z.int().min(0).optional(),
  dryRun: z.boolean(),
  cursor: z.string().min(1).max(1_000).optional(),
})
type ReleaseFilter = z.infer<typeof releaseFilter>

/** As the table sorts receive times. */
const sortOf = (receivedAtMs: number): string => String(receivedAtMs).padStart(15, '0')

/** As it was published, its receive time kept, so that clocks are judged as they were. A single reading goes in a message of its own. */
const bodyOf = ({ gatewayId, index, payloadBase64, receivedAtMs }: QuarantineRow): InboundBody => ({
  payload: index === -1 ? payloadBase64 : messageOf(payloadBase64),
  topic: `pv/${gatewayId}/readings`,
  clientId: gatewayId,
  receivedAtMs,
})
const messageOf = (readingBase64: string): string =>
  Buffer.from(`{"v":1,"readings":[${Buffer.from(readingBase64, 'base64').toString()}]}`).toString('base64')

/**
 * One page of what waits in a county: those that match are sent to ingest first and marked after, so that a crash in between only
 * makes duplicates. What ingest sets aside again is a new row. Undefined for a cursor of another list.
 */
export const releasePage = async (
  deps: ReleaseDeps,
  ask: ReleaseFilter & { countyCode: string; userName: string },
): Promise<QuarantineRelease | undefined> => {
  const range = {
    partition: ask.countyCode,
    limit: ROWS_PER_CALL,
    ...(ask.fromMs !== undefined && { from: sortOf(ask.fromMs) }),
    ...(ask.toMs !== undefined && { to: sortOf(ask.toMs) }),
  }
  const page = await pageAt((cursor) => deps.quarantine.queryIndex('waiting', { ...range, ...cursor }), ask.cursor)
  if (!page) return undefined
  const matching = page.rows.filter(
    ({ row }) =>
      (ask.reason === undefined || row.reason === ask.reason) && (ask.gatewayId === undefined || row.gatewayId === ask.gatewayId),
  )
  if (!ask.dryRun && matching.length > 0) await release(deps, matching, ask.userName)
  return { matched: matching.length, released: ask.dryRun ? 0 : matching.length, nextCursor: page.cursor ?? null }
}

const release = async (deps: ReleaseDeps, rows: readonly Versioned<QuarantineRow>[], releasedBy: string): Promise<void> => {
  await deps.queues['ingest-readings'].send(rows.map(({ row }) => bodyOf(row)))
  const releasedAtMs = deps.now()
  // Of two releases at once one mark stays; both have sent, and ingest stores a reading once.
  await Promise.all(rows.map(({ row, version }) => deps.quarantine.put({ ...row, releasedAtMs, releasedBy }, { version })))
}
