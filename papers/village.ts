import type { Undistributed } from '../domain/allocation-run.ts'
import { type ChinaMonth, formatInstant } from '../domain/calendar.ts'
import { isIncome, type StatementLine, sumFen } from '../domain/income.ts'
import type { AdjustmentLine, VillageDeduction } from '../domain/village-statement.ts'
import type { RegionCode, StationKind } from '../domain/registry.ts'
import type { MaskedLine, Subtotal } from '../domain/village-account.ts'
import { plainText } from './paper.ts'
import { words } from './words.ts'

/** A village's month as papers take it: stored figures, names already as they may be shown. */

export type StatementFigures = Subtotal & {
  version: number
  computedAtMs: number
  provisional: boolean
  deductions: readonly VillageDeduction[]
  adjustments: readonly (AdjustmentLine & { stationName: string | null })[]
  stations: readonly (Subtotal & { stationId: string; name: string; provisional: boolean; lines: readonly StatementLine[] })[]
}

export type AllocationFigures = {
  statementVersion: number
  planVersion: number | null
  potFen: number
  reserveFen: number
  distributedFen: number
  undistributedFen: number
  undistributed: Undistributed | null
  /** Of a plan by wages: all that its lines claim; more than was distributed when there was not enough. */
  claimedFen?: number
  /** Of a plan that carries on what it leaves: before the month and after it. */
  carriedInFen?: number
  carriedOutFen?: number
  lines: readonly MaskedLine[]
}

export type StationFigures = {
  stationId: string
  name: string
  kind: StationKind
  share: { weight: number; of: number } | null
  /** The whole station's month. */
  energyWh: number | null
  days: { measured: number; estimated: number; missing: number }
}

export type VillagePlace = {
  village: { code: RegionCode; name: string }
  townName: string | null
  countyName: string | null
}

export type VillageMonth = VillagePlace & {
  asOfMs: number
  month: ChinaMonth
  generation: readonly StationFigures[]
  statement: StatementFigures | null
  allocation: AllocationFigures | null
}

/** Where it lies, in which units, made when. */
export const subtitleOf = (place: VillagePlace, asOfMs: number): string =>
  [
    ...[place.countyName, place.townName].filter((name) => name !== null).map(plainText),
    words.unit,
    words.madeAt(formatInstant(asOfMs).slice(0, 16)),
  ].join(words.separator)

export const villageName = ({ village }: VillagePlace): string => plainText(village.name)

/** Whether a village's month may still change: also while there is nothing of it at all. */
export const isProvisional = ({ statement }: Pick<VillageMonth, 'statement'>): boolean => statement?.provisional ?? true

/**
 * What a village was paid for, its part of joint stations: every stream prices the same energy, so of each station the stream that
 * covers the most counts, once. Null without a statement.
 */
export const settledWh = (statement: StatementFigures | null): number | null =>
  statement === null
    ? null
    : statement.stations.reduce((sum, { lines }) => {
        const streams = Map.groupBy(lines.filter(isIncome), ({ kind }) => kind)
        const energies = [...streams.values()].map((of) => of.reduce((wh, { energyWh = 0 }) => wh + energyWh, 0))
        return sum + (energies.length === 0 ? 0 : Math.max(...energies))
      }, 0)

type Booked = Pick<StatementLine, 'kind' | 'energyWh' | 'amountFen'>
type Sum = { kind: StatementLine['kind']; amountFen: number }

/** Everything a statement counts, by kind in the order in which kinds first appear: what came in, and what went out (negative). */
export const sumsByKind = ({ stations, deductions, adjustments }: StatementFigures): { income: Sum[]; deducted: Sum[] } => {
  const lines: readonly Booked[] = [...stations.flatMap((station) => station.lines), ...deductions, ...adjustments]
  const byKind = (of: readonly Booked[]): Sum[] =>
    [...Map.groupBy(of, ({ kind }) => kind)].map(([kind, own]) => ({ kind, amountFen: sumFen(own) }))
  return { income: byKind(lines.filter(isIncome)), deducted: byKind(lines.filter((of) => !isIncome(of))) }
}

export const stateOf = (provisional: boolean | undefined): string => {
  if (provisional === undefined) return words.notSettled
  return provisional ? words.provisional : words.final
}
