import type { Allocation, AllocationLine } from './allocation-run.ts'
import { addMonths, type ChinaMonth } from './calendar.ts'
import { canonicalJson } from './canonical.ts'
import { type Content, isIncome, linesOfVillage, type StatementLine, type StationStatement } from './income.ts'
import type { RegionCode } from './registry.ts'
import type { AdjustmentCause, AdjustmentLine, VillageStatement } from './village-statement.ts'

/**
 * 结账: a county closes its months one after another, and a closed month of a village never changes again. What changes all the same
 * (readings that come late, a corrected price, share or slip) is settled in the first month that is not closed, line by line: what
 * the closed month would be today, less what it says, less what was settled of the difference before. So the closed months and all
 * adjustments together are what a system would say that knew everything from the start.
 */

/** Where a month of a county stands. `requested`: somebody asked to close it over what stands in the way; a second person decides. */
export const CLOSING_STATES = ['requested', 'closing', 'closed'] as const
export type ClosingState = (typeof CLOSING_STATES)[number]

/** What a closed month of a village would be if it were settled now; the newest version is the one that counts. */
export type Restatement = {
  villageCode: RegionCode
  countyCode: RegionCode
  month: ChinaMonth
  version: number
  computedAtMs: number
  statement: Content<VillageStatement>
  /** Its lines lie with those of all runs of the month; no pointer ever names it. */
  allocation: Allocation
}

/** What stands in the way of closing, with how many and a few examples: months, villages, stations or days. */
export const BLOCKER_CODES = [
  'month_not_over',
  'earlier_month_open',
  'statement_missing',
  'statement_outdated',
  'provisional',
  'days_stale',
  'months_stale',
  'messages_waiting',
  'adjustments_pending',
  'audit_findings',
  'energy_differs',
] as const
export type BlockerCode = (typeof BLOCKER_CODES)[number]
export type Blocker = { code: BlockerCode; count: number; examples: string[] }

/** Nobody may close over these: a month that is not over, or out of turn, or whose adjustments are not settled yet. */
const UNFORCEABLE: readonly BlockerCode[] = ['month_not_over', 'earlier_month_open', 'adjustments_pending', 'audit_findings']

/** Whether two persons with a reason may close over it. */
export const isForceable = ({ code }: Blocker): boolean => !UNFORCEABLE.includes(code)

/** A county's month on its way to being closed. */
export type Closing = {
  countyCode: RegionCode
  month: ChinaMonth
  state: ClosingState
  requestedBy: string
  requestedAtMs: number
  /** What stood in the way when it was asked for; empty when nothing did. */
  blockers: Blocker[]
  /** Why it is closed all the same; only over blockers. */
  reason?: string
  /** The second person, over blockers. */
  approvedBy?: string
  closedAtMs?: number
  villages?: number
  /** SHA-256, hex, of the lines `village sha256` of all villages, by code. */
  sha256?: string
}

/** The first month that is not closed, after those that are; undefined while none is. */
export const openMonthAfter = (closings: readonly Pick<Closing, 'month' | 'state'>[]): ChinaMonth | undefined => {
  const closed = closings.filter(({ state }) => state !== 'requested').map(({ month }) => month)
  const last = closed.toSorted().at(-1)
  return last === undefined ? undefined : addMonths(last, 1)
}

/** What a closed village-month is hashed by: everything it says, and nothing of when that was written. */
export const closingText = (
  statement: Content<VillageStatement>,
  allocation: Allocation | undefined,
  lines: readonly AllocationLine[],
): string => {
  const undated = { version: undefined, computedAtMs: undefined, closing: undefined, closedAtMs: undefined }
  const inOrder = lines.toSorted((a, b) => (a.lineId < b.lineId ? -1 : 1))
  return canonicalJson({
    statement: { ...statement, ...undated },
    allocation: allocation ? { ...allocation, ...undated } : null,
    lines: inOrder,
  })
}

/** What a closed month of a village would be if it were settled today: its own lines, without adjustments. */
export type RestatedStatement = Pick<VillageStatement, 'stations' | 'deductions'>

type Sum = { stationId?: string; kind: AdjustmentLine['kind']; energyWh?: number; amountFen: number }

/** Both energy and deductions have a kind `other`. */
const keyOf = (sum: Sum): string => JSON.stringify([sum.stationId ?? '', isIncome(sum) ? 'income' : 'deduction', sum.kind])

const sumsOf = ({ stations, deductions = [] }: RestatedStatement): Sum[] => [
  ...stations.flatMap(({ stationId, lines }) =>
    lines.map(
      ({ kind, energyWh, amountFen }): Sum => ({ stationId, kind, amountFen, ...(energyWh !== undefined && { energyWh }) }),
    ),
  ),
  ...deductions.map(({ kind, amountFen }): Sum => ({ kind, amountFen })),
]

const negated = ({ energyWh, amountFen, ...sum }: Sum): Sum => ({
  ...sum,
  ...(energyWh !== undefined && { energyWh: 0 - energyWh }),
  amountFen: 0 - amountFen,
})

/** Sums by station and kind, in order, those that come to nothing left out. */
const summed = (parts: readonly Sum[]): Sum[] => {
  const sums = new Map<string, Sum>()
  for (const part of parts) {
    const { stationId, kind, amountFen } = part
    const sum = sums.get(keyOf(part))
    const energyWh = part.energyWh === undefined ? undefined : part.energyWh + (sum?.energyWh ?? 0)
    sums.set(keyOf(part), {
      ...(stationId !== undefined && { stationId }),
      kind,
      ...(energyWh !== undefined && { energyWh }),
      amountFen: amountFen + (sum?.amountFen ?? 0),
    })
  }
  return [...sums.entries()]
    .filter(([, { energyWh = 0, amountFen }]) => energyWh !== 0 || amountFen !== 0)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, sum]) => sum)
}

/** One closed month that has changed. `earlier`: adjustments of it that closed months hold already. */
export type ChangedMonth = {
  month: ChinaMonth
  closed: RestatedStatement
  restated: RestatedStatement
  earlier: readonly AdjustmentLine[]
}

/**
 * What is to be settled of a closed month that has changed: one line for each station and kind whose energy or amount differs.
 * `causesOf` tells why of a station, undefined standing for what the village and the county deduct.
 */
export const adjustmentsOf = (
  { month: ofMonth, closed, restated, earlier }: ChangedMonth,
  causesOf: (stationId: string | undefined) => AdjustmentCause[],
): AdjustmentLine[] => {
  const versionIn = ({ stations }: RestatedStatement, stationId: string | undefined): number | null =>
    stations.find((station) => station.stationId === stationId)?.version ?? null
  const documentsOf = new Map([...closed.stations, ...restated.stations].map(({ stationId, lines }) => [stationId, lines]))
  const known = [
    ...sumsOf(closed),
    ...earlier.map(({ stationId, kind, energyWh, amountFen }): Sum => {
      return { ...(stationId !== undefined && { stationId }), kind, ...(energyWh !== undefined && { energyWh }), amountFen }
    }),
  ]
  return summed([...sumsOf(restated), ...known.map(negated)]).map((sum): AdjustmentLine => {
    const { stationId } = sum
    const lines: readonly { kind: string; document: string }[] =
      stationId === undefined
        ? [...(restated.deductions ?? []), ...(closed.deductions ?? [])]
        : (documentsOf.get(stationId) ?? [])
    return {
      ofMonth,
      ...sum,
      fromVersion: versionIn(closed, stationId),
      toVersion: versionIn(restated, stationId),
      causes: causesOf(stationId),
      document: lines.find(({ kind }) => kind === sum.kind)?.document ?? '',
    }
  })
}

const said = (value: unknown): string => canonicalJson(value ?? null)
const priced = (lines: readonly StatementLine[]): unknown =>
  lines
    .filter(({ energyWh }) => energyWh !== undefined)
    .map(({ kind, from, to, priceE4YuanPerKwh }) => [kind, from, to, priceE4YuanPerKwh])
const amounts = (lines: readonly StatementLine[]): unknown =>
  lines
    .filter((line) => isIncome(line) && line.energyWh === undefined)
    .map(({ kind, from, to, amountFen, document }) => [kind, from, to, amountFen, document])
const deducted = (lines: readonly StatementLine[]): unknown =>
  lines
    .filter((line) => !isIncome(line))
    .map(({ kind, from, to, rateBp, vatBp, amountFen, document }) => [kind, from, to, rateBp ?? vatBp ?? amountFen, document])

type Whole = Pick<StationStatement, 'lines' | 'villages' | 'energyWh'>

/** Whether a village's parts of two statements are other shares of their lines, beyond what rounding may do to a part. */
const isOtherShare = (before: Whole, after: Whole, villageCode: RegionCode): boolean => {
  const energyOf = (statement: Whole): { partWh: number; wholeWh: number } => {
    const partWh = linesOfVillage(statement, villageCode).reduce((sum, { energyWh = 0 }) => sum + energyWh, 0)
    return { partWh, wholeWh: statement.lines.reduce((sum, { energyWh = 0 }) => sum + energyWh, 0) }
  }
  const [one, other] = [energyOf(before), energyOf(after)]
  const difference = BigInt(one.partWh) * BigInt(other.wholeWh) - BigInt(other.partWh) * BigInt(one.wholeWh)
  const rounding = BigInt(before.lines.length + after.lines.length) * BigInt(Math.max(one.wholeWh, other.wholeWh))
  return (difference < 0n ? -difference : difference) > rounding
}

/** Why a village's part of a station's closed month has changed, most telling first; undefined stands for no statement. */
export const causesBetween = (
  before: StationStatement | undefined,
  after: StationStatement | undefined,
  villageCode: RegionCode,
): AdjustmentCause[] => {
  if (!before || !after) return ['energy']
  const isOtherSlip = said(before.slips) !== said(after.slips)
  const causes: Record<AdjustmentCause, boolean> = {
    slip: isOtherSlip,
    energy: !isOtherSlip && before.energyWh !== after.energyWh,
    price: said(priced(before.lines)) !== said(priced(after.lines)),
    income: said(amounts(before.lines)) !== said(amounts(after.lines)),
    share: isOtherShare(before, after, villageCode),
    deduction: said(deducted(before.lines)) !== said(deducted(after.lines)),
  }
  return (Object.keys(causes) as AdjustmentCause[]).filter((cause) => causes[cause])
}
