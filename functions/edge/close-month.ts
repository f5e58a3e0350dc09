import { createHash } from 'node:crypto'
import type { AllocationLine } from '../../domain/allocation-run.ts'
import type { ChinaMonth } from '../../domain/calendar.ts'
import { type Closing, closingText } from '../../domain/closing.ts'
import type { RegionCode } from '../../domain/registry.ts'
import type { VillageStatement } from '../../domain/village-statement.ts'
import { eachOf } from '../../stores/at-once.ts'
import { latestStatement, statementsOfCountyMonth } from '../../stores/months.ts'
import { linesOfRun } from '../../stores/runs.ts'
import type { Deps } from '../entry.ts'
import { deliver } from './deliveries.ts'

/**
 * Closing a county's month, village by village: first the row that names the run is marked, then the version that closes the statement
 * is appended, both on condition that nobody was faster; so what is hashed is what stays. A village that is being settled at the same
 * moment is left, settled, and taken up again: the month is closed when every village is. Whatever ends in between, doing it again
 * goes on where it stopped.
 */

export type CloseDeps = Deps<'allocationLines', 'closings' | 'villageStatements' | 'allocations' | 'deliveries', 'settle-village'>

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export const closingHash = (
  statement: VillageStatement,
  allocation: Parameters<typeof closingText>[1],
  lines: readonly AllocationLine[],
): string => sha256(closingText(statement, allocation, lines))

/** Takes the mark of closing from a run that its statement has left behind. */
const release = async (deps: CloseDeps, of: { villageCode: RegionCode; month: ChinaMonth }): Promise<void> => {
  const pointer = await deps.allocations.get(of)
  if (pointer?.row.closedAtMs === undefined) return
  const { closedAtMs: _, ...open } = pointer.row
  await deps.allocations.put(open, { version: pointer.version })
}

/** The hash the village's month is closed with; undefined while it is not settled, or somebody is settling it. */
const closeVillage = async (
  deps: CloseDeps,
  of: { villageCode: RegionCode; month: ChinaMonth },
  closedAtMs: number,
): Promise<string | undefined> => {
  const statement = await latestStatement(deps.villageStatements, of.villageCode, of.month)
  if (statement?.closing) return statement.closing.sha256
  const pointer = await deps.allocations.get(of)
  if (!statement || pointer?.row.statementVersion !== statement.version) {
    await release(deps, of)
    return undefined
  }
  const isMarked = pointer.row.closedAtMs !== undefined
  const marked = isMarked ? 'written' : await deps.allocations.put({ ...pointer.row, closedAtMs }, { version: pointer.version })
  if (marked === 'conflict') return undefined
  const lines = await linesOfRun(deps, of, pointer.row.runId)
  const closing = { closedAtMs, ofVersion: statement.version, sha256: closingHash(statement, pointer.row, lines) }
  const closed = { ...statement, version: statement.version + 1, computedAtMs: closedAtMs, closing }
  if ((await deps.villageStatements.put(closed, 'absent')) === 'written') return closing.sha256
  await release(deps, of)
  return undefined
}

/** Closes what can be closed of a month that is closing; its row says `closed` when nothing is left. */
export const closeMonth = async (
  deps: CloseDeps,
  { countyCode, month }: Pick<Closing, 'countyCode' | 'month'>,
): Promise<Closing> => {
  const found = await deps.closings.get({ countyCode, month })
  if (!found || found.row.state === 'requested') throw new Error(`${countyCode} ${month} is not being closed`)
  const nowMs = deps.now()
  const villages = (await statementsOfCountyMonth(deps.villageStatements, countyCode, month))
    .map(({ villageCode }) => villageCode)
    .toSorted()
  const hashes = await eachOf(villages, (villageCode) => closeVillage(deps, { villageCode, month }, nowMs))
  const left = villages.filter((_, at) => hashes[at] === undefined)
  const closedNow = villages.filter((_, at) => hashes[at] !== undefined)
  const isDone = found.row.state === 'closed' && found.row.villages === villages.length
  if (!isDone) await eachOf(closedNow, (villageCode) => deliver(deps, { villageCode, countyCode, month }, nowMs))
  if (left.length > 0) {
    await deps.queues['settle-village'].send(left.map((villageCode) => ({ villageCode, month })))
    deps.log.warn({ countyCode, month, left: left.length }, 'villages are settled before they can be closed')
    return found.row
  }
  if (isDone) return found.row
  const text = villages.map((villageCode, at) => `${villageCode} ${hashes[at]}\n`).join('')
  const closed: Closing = { ...found.row, state: 'closed', closedAtMs: nowMs, villages: villages.length, sha256: sha256(text) }
  const written = await deps.closings.put(closed, { version: found.version })
  deps.log.info({ countyCode, month, villages: villages.length, written }, 'a month is closed')
  return (await deps.closings.get({ countyCode, month }))?.row ?? closed
}
