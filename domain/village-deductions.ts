import type { ChinaMonth } from './calendar.ts'
import { linesOfVillage, salesFenOf, type StationStatement, sumFen } from './income.ts'
import { fenOfMonth, rateFen } from './money.ts'
import { DEDUCTION_KINDS, type RegionCode, type RegionDeduction, type Station } from './registry.ts'
import { holding, monthSpan, sliceOf } from './span.ts'
import { type CountyVatRule, vatDue } from './vat.ts'
import type { VillageDeduction } from './village-statement.ts'

/** What is taken of a village's month after sharing: what it has decided itself, and the tax on what it sold. */

/** What the stations of a village bring it, of their statements of one month: net, and what its own stations' energy earned. */
export type Brought = { netFen: number; salesFen: number }

/** `kindOf` tells which stations are the village's own: a joint one is a taxpayer of its own. */
export const broughtOf = (
  villageCode: RegionCode,
  statements: readonly StationStatement[],
  kindOf: (stationId: string) => Station['kind'] | undefined,
): Brought => {
  const lines = statements.flatMap((statement) => linesOfVillage(statement, villageCode))
  const own = lines.filter(({ stationId }) => kindOf(stationId) === 'village')
  return { netFen: sumFen(lines), salesFen: salesFenOf(own) }
}

/** Everything the deductions of a village's month are decided by. */
export type VillageTerms = {
  /** The village's own rows, in any order. */
  deductions: readonly RegionDeduction[]
  vat: readonly CountyVatRule[]
  brought: Brought
  /** What was sold in earlier months of a quarter that ends with this one. */
  earlierSalesFen: ReadonlyMap<ChinaMonth, number>
}

/**
 * A twelfth of a yearly amount, or a rate of what the stations bring, each by the days it holds out of the month's; then the tax due
 * with the month, if any. A month in which the village has no statement takes nothing.
 */
export const villageDeductions = (
  month: ChinaMonth,
  { deductions, vat, brought, earlierSalesFen }: VillageTerms,
): VillageDeduction[] => {
  const whole = monthSpan(month)
  const lines = DEDUCTION_KINDS.flatMap((kind) =>
    holding(
      deductions.filter((row) => row.kind === kind),
      whole,
    ).map(({ row: { amountFenPerYear, rateBp = 0, document }, span }): VillageDeduction => {
      const monthFen =
        amountFenPerYear === undefined
          ? rateFen({ amountFen: brought.netFen, rateBp })
          : fenOfMonth({ amountFenPerYear, month: Number(month.slice(5)) })
      const rate = amountFenPerYear === undefined ? { rateBp } : {}
      return { kind, ...span, ...rate, amountFen: 0 - sliceOf(monthFen, span, whole), document }
    }),
  )
  const salesOf = (of: ChinaMonth): number => (of === month ? brought.salesFen : (earlierSalesFen.get(of) ?? 0))
  const due = vatDue(month, { rules: vat.filter(({ stationKind }) => stationKind === 'village'), salesOf })
  if (!due) return lines
  const { taxFen, rateBp, document } = due
  return [...lines, { kind: 'tax', ...whole, vatBp: rateBp, amountFen: 0 - taxFen, document }]
}
