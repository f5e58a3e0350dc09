import { addMonths, type ChinaMonth, monthOf } from '../../domain/calendar.ts'
import { type Blocker, type Closing, isForceable, openMonthAfter } from '../../domain/closing.ts'
import type { StationStatement } from '../../domain/income.ts'
import type { RegionCode } from '../../domain/registry.ts'
import type { Rejected } from '../../domain/problems.ts'
import { composeVillageMonth } from '../../domain/village-statement.ts'
import { eachOf } from '../../stores/at-once.ts'
import { hasStatements, latestStatement } from '../../stores/months.ts'
import { countedRun } from '../../stores/runs.ts'
import type { BlockerView, ClosingView, Reproduced } from '../api-types-closings.ts'
import { type CloseDeps, closeMonth, closingHash } from './close-month.ts'
import { type ClosedReaders, closingsOf } from './closed-months.ts'
import { blockersOf, type CheckReaders } from './closing-check.ts'

/** Where months are closed: at once when nothing stands in the way, or over it by two persons with a reason. */

export type DeskDeps = CheckReaders & CloseDeps
type Asked = { countyCode: RegionCode; month: ChinaMonth; by: string }
type Done = { kind: 'done'; closing: Closing }

const rejected = (detail: string, code: Rejected['code'] = 'conflict'): Rejected => ({ kind: 'rejected', code, detail })
const MEANWHILE = rejected('Somebody did something about this month meanwhile; look again.')

/** A refusal that tells how many of what stand in the way. */
const told = (blockers: readonly Blocker[]): string =>
  blockers.map(({ code, count, examples }) => `${code}: ${count} (${examples.join(', ')})`).join('; ')

const put = async (deps: DeskDeps, closing: Closing, version: number | undefined): Promise<Done | Rejected> => {
  if ((await deps.closings.put(closing, version === undefined ? 'absent' : { version })) === 'conflict') return MEANWHILE
  const { countyCode, month, state } = closing
  deps.log.info({ countyCode, month, state, blockers: closing.blockers.length }, 'closing of a month')
  return { kind: 'done', closing: state === 'closing' ? await closeMonth(deps, closing) : closing }
}

/** Closes a month with nothing in the way. A month that is closed or closing answers what it is. */
export const close = async (deps: DeskDeps, { by, ...of }: Asked): Promise<Done | Rejected> => {
  const found = await deps.closings.get(of)
  if (found && found.row.state !== 'requested') {
    return { kind: 'done', closing: found.row.state === 'closing' ? await closeMonth(deps, of) : found.row }
  }
  const blockers = await blockersOf(deps, of, deps.now())
  if (blockers.length > 0) return rejected(`The month can't be closed yet. ${told(blockers)}`)
  const closing: Closing = { ...of, state: 'closing', requestedBy: by, requestedAtMs: deps.now(), blockers: [] }
  return put(deps, closing, found?.version)
}

/** Asks to close a month over what stands in the way; a second person approves. */
export const force = async (deps: DeskDeps, { by, reason, ...of }: Asked & { reason: string }): Promise<Done | Rejected> => {
  const found = await deps.closings.get(of)
  if (found && found.row.state !== 'requested') return rejected('The month is closed already.')
  if (found && found.row.requestedBy !== by)
    return rejected('Somebody else has asked for it; approve that, or let it be withdrawn.')
  const blockers = await blockersOf(deps, of, deps.now())
  const firm = blockers.filter((blocker) => !isForceable(blocker))
  if (firm.length > 0) return rejected(`Nobody can close a month over this. ${told(firm)}`)
  if (blockers.length === 0) return rejected('Nothing stands in the way: close it.')
  return put(deps, { ...of, state: 'requested', requestedBy: by, requestedAtMs: deps.now(), blockers, reason }, found?.version)
}

/** The second person. What stands in the way now may be less than when it was asked for, and nothing else. */
export const approve = async (deps: DeskDeps, { by, ...of }: Asked): Promise<Done | Rejected> => {
  const found = await deps.closings.get(of)
  if (found?.row.state !== 'requested') return rejected('Nobody has asked to close this month.')
  if (found.row.requestedBy === by) return rejected('Another person than the one who asked must approve.', 'forbidden')
  const blockers = await blockersOf(deps, of, deps.now())
  const seen = new Set(found.row.blockers.map(({ code }) => code))
  const fresh = blockers.filter((blocker) => !isForceable(blocker) || !seen.has(blocker.code))
  if (fresh.length > 0) return rejected(`Something else stands in the way than was asked to close over. ${told(fresh)}`)
  return put(deps, { ...found.row, state: 'closing', approvedBy: by, blockers }, found.version)
}

export const withdraw = async (deps: DeskDeps, { countyCode, month }: Asked): Promise<Done | Rejected> => {
  const found = await deps.closings.get({ countyCode, month })
  if (found?.row.state !== 'requested') return rejected('Nobody has asked to close this month.')
  const gone = await deps.closings.delete({ countyCode, month }, { version: found.version })
  return gone === 'conflict' ? MEANWHILE : { kind: 'done', closing: found.row }
}

const viewed = (blocker: Blocker): BlockerView => ({ ...blocker, isForceable: isForceable(blocker) })

export const viewOf = (month: ChinaMonth, closing: Closing | undefined): ClosingView => ({
  month,
  state: closing?.state ?? 'open',
  villages: closing?.villages ?? null,
  requestedBy: closing?.requestedBy ?? null,
  requestedAtMs: closing?.requestedAtMs ?? null,
  reason: closing?.reason ?? null,
  approvedBy: closing?.approvedBy ?? null,
  closedAtMs: closing?.closedAtMs ?? null,
  sha256: closing?.sha256 ?? null,
  closedOver: (closing?.blockers ?? []).map(viewed),
})

/** As far back as months are listed that nobody has closed. */
const MONTHS_LISTED = 14

/** Months that have statements or are closed, the newest first, and what stands in the way of the first that is not. */
export const listed = async (deps: DeskDeps, countyCode: RegionCode) => {
  const closings = new Map((await closingsOf(deps, countyCode)).map((row) => [row.month, row]))
  const recent = Array.from({ length: MONTHS_LISTED }, (_, ago) => addMonths(monthOf(deps.now()), 0 - ago))
  const months = [...new Set([...closings.keys(), ...recent])].toSorted().toReversed()
  const isThere = await eachOf(
    months,
    async (month) => closings.has(month) || (await hasStatements(deps.villageStatements, countyCode, month)),
  )
  const shown = months.filter((_, at) => isThere[at]).map((month) => viewOf(month, closings.get(month)))
  const after = openMonthAfter([...closings.values()])
  const next = shown.findLast(({ month, state }) => state !== 'closed' && (after === undefined || month >= after))
  const blockers = next ? await blockersOf(deps, { countyCode, month: next.month }, deps.now()) : []
  return { months: shown, next: next ? { month: next.month, blockers: blockers.map(viewed) } : null }
}

/**
 * Composes a closed month of a village again, of the station statements it names, and hashes it with the run that was divided.
 * Undefined for a month that is not closed.
 */
export const reproduced = async (
  readers: ClosedReaders,
  of: { villageCode: RegionCode; month: ChinaMonth },
): Promise<Reproduced | undefined> => {
  const closed = await latestStatement(readers.villageStatements, of.villageCode, of.month)
  if (!closed?.closing) return undefined
  const named = await eachOf(closed.stations, async ({ stationId, version }): Promise<StationStatement | undefined> => {
    return (await readers.stationStatements.get({ stationId, month: of.month, version }))?.row
  })
  const statements = named.filter((row): row is StationStatement => row !== undefined)
  const { countyCode, deductions = [], adjustments = [], provisional } = closed
  const content = composeVillageMonth({ ...of, countyCode, statements, complete: true, deductions, adjustments })
  const run = await countedRun(readers, of)
  const { sha256, closedAtMs } = closed.closing
  const hash = closingHash({ ...content, provisional, version: 0, computedAtMs: 0 }, run?.allocation, run?.lines ?? [])
  return { ...of, version: closed.version, closedAtMs, sha256, again: hash, isSame: hash === sha256 }
}
