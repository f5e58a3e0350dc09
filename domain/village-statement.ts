import type { ChinaDay, ChinaMonth } from './calendar.ts'
import { type Content, linesOfVillage, type StatementLine, type StationStatement, sumFen } from './income.ts'
import type { DeductionKind, IncomeStream, RegionCode } from './registry.ts'

/** A village's month: what its stations bring it, what is deducted after sharing, and what closed months turned out to be. */

/** What is taken from a village's income of a month after sharing: what the village has decided, and the tax on what it sold. */
export type VillageDeduction = {
  kind: DeductionKind
  from: ChinaDay
  to: ChinaDay
  /** Present on deductions taken as a rate of what the village's stations bring it. */
  rateBp?: number
  /** Present on value-added tax: its rate, of the price without tax. */
  vatBp?: number
  /** 0 or negative; a rate of a month that is a correction makes it positive. */
  amountFen: number
  document: string
}

/**
 * What a closed month of the village turned out to be short of, or to have had too much of, settled in this one. `energyWh` and
 * `amountFen` are what is added, so negative where there was too much.
 */
export type AdjustmentLine = {
  ofMonth: ChinaMonth
  /** Absent for what is deducted after sharing. */
  stationId?: string
  kind: IncomeStream | DeductionKind
  energyWh?: number
  amountFen: number
  /** The versions of the station's statement: of the closed month, and what it says now; null where there is none. */
  fromVersion: number | null
  toVersion: number | null
  /** Why, most telling first. */
  causes: AdjustmentCause[]
  document: string
}

/** 发电量, 结算单, 电价, 其他收入, 分配比例, 扣除项: what of a closed month has changed. */
export const ADJUSTMENT_CAUSES = ['energy', 'slip', 'price', 'income', 'share', 'deduction'] as const
export type AdjustmentCause = (typeof ADJUSTMENT_CAUSES)[number]

/**
 * One version of a village's month; immutable. Stands on the station statement versions it names. `netFen` is what its stations
 * bring, its deductions and its adjustments together.
 */
export type VillageStatement = {
  villageCode: RegionCode
  countyCode: RegionCode
  month: ChinaMonth
  version: number
  computedAtMs: number
  stations: { stationId: string; version: number; lines: StatementLine[]; netFen: number; provisional: boolean }[]
  /** Absent where nothing is deducted after sharing. */
  deductions?: VillageDeduction[]
  /** Absent where no closed month has changed since. */
  adjustments?: AdjustmentLine[]
  netFen: number
  /** True while a station's part is, or a station of the village has no statement yet. */
  provisional: boolean
  /** Of the version that closed the month: no other follows it. */
  closing?: ClosingMark
}

/** 结账: that a village's month stands for ever, as it was when its county closed the month. */
export type ClosingMark = {
  closedAtMs: number
  /** The version whose content this one repeats: what the allocation stands on. */
  ofVersion: number
  /** SHA-256, hex, of what `closingText` makes of the statement, the allocation and its lines. */
  sha256: string
}

/**
 * A village's month from the statements of the stations it has a part in, in any order. `complete` is false while a station
 * of the village has no statement for the month: what is unknown is not zero, so the village's figure is provisional then.
 */
export const composeVillageMonth = ({
  villageCode,
  countyCode,
  month,
  statements,
  complete,
  deductions = [],
  adjustments = [],
}: {
  villageCode: RegionCode
  countyCode: RegionCode
  month: ChinaMonth
  statements: readonly StationStatement[]
  complete: boolean
  /** What is taken after sharing. */
  deductions?: readonly VillageDeduction[]
  /** What closed months turned out to be, settled in this one. */
  adjustments?: readonly AdjustmentLine[]
}): Content<VillageStatement> => {
  const stations = statements
    .map(({ stationId, version, provisional, ...statement }) => {
      const lines = linesOfVillage(statement, villageCode)
      return { stationId, version, lines, netFen: sumFen(lines), provisional }
    })
    .filter(({ lines }) => lines.length > 0)
    .toSorted((a, b) => (a.stationId < b.stationId ? -1 : 1))
  return {
    villageCode,
    countyCode,
    month,
    stations,
    ...(deductions.length > 0 && { deductions: [...deductions] }),
    ...(adjustments.length > 0 && { adjustments: [...adjustments] }),
    netFen: stations.reduce((sum, { netFen }) => sum + netFen, 0) + sumFen(deductions) + sumFen(adjustments),
    provisional: !complete || stations.some(({ provisional }) => provisional),
  }
}
