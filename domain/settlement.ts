import type { ChinaDay, ChinaMonth } from './calendar.ts'
import type { StationDay } from './energy.ts'
import {
  type Content,
  daysInService,
  finalDays,
  isInService,
  type LinePart,
  salesFenOf,
  type StandingDay,
  type StatementLine,
  type StationStatement,
  sumFen,
  type VillagePart,
} from './income.ts'
import { shareByLargestRemainder, type Weighted } from './money.ts'
import type { Rejected } from './problems.ts'
import {
  type AmountIncome,
  type Deduction,
  type Price,
  type RegionDeduction,
  type Share,
  type Station,
  streamsOf,
} from './registry.ts'
import { type FinalDays, type Spread, spreadSlip, standingDays, standingSlips } from './settled-energy.ts'
import { settlementFindings, type SettlementLimits } from './settlement-findings.ts'
import { amountLines, deductionLines, energyLines, type PoolMember, priceOn } from './settlement-lines.ts'
import type { Span } from './span.ts'
import { overlaps, type Slip } from './slip.ts'
import { type CountyVatRule, vatDue } from './vat.ts'

/** From a station's days to its statement of a month: income by price, deductions, and every village's part of each line. */

/**
 * Everything a station's month is decided by; rows of other months and superseded versions do no harm. A slip that has a day in the
 * month is spread over all of its days, so the station-days of all of them belong here.
 */
export type StationMonth = {
  station: Station
  month: ChinaMonth
  days: readonly StationDay[]
  /** In force; in any order. */
  slips: readonly Slip[]
  prices: readonly Price[]
  deductions: readonly Deduction[]
  shares: readonly Share[]
  /** What the station earns beside energy. */
  incomes?: readonly AmountIncome[]
  county?: CountyTerms
  /** What had a subsidy in earlier months; needed only where a station's subsidy has a limit. */
  earlierSubsidisedWh?: number
  /** What may differ without a finding; what the trade knows when absent. */
  limits?: SettlementLimits
}

/** What a county decides for all of its stations. */
export type CountyTerms = {
  deductions: readonly RegionDeduction[]
  /** All stations of the county, among which amounts are divided; needed only where there are amounts. */
  fleet: readonly PoolMember[]
  vat: readonly CountyVatRule[]
  /** What energy earned in earlier months of a quarter that ends with this one; needed only where tax is due by the quarter. */
  earlierSalesFen: ReadonlyMap<ChinaMonth, number>
}

const NO_TERMS: CountyTerms = { deductions: [], fleet: [], vat: [], earlierSalesFen: new Map() }

const rejected = (station: Station, detail: string): Rejected => ({
  kind: 'rejected',
  code: 'conflict',
  detail: `${station.stationId} ${detail}`,
})

const latestOn = (rows: readonly { validFrom: ChinaDay }[], day: ChinaDay): ChinaDay | undefined =>
  rows
    .map(({ validFrom }) => validFrom)
    .filter((validFrom) => validFrom <= day)
    .toSorted()
    .at(-1)

/**
 * Who has a part in the station from a day on: its own village whole, or the villages of the share set in force that day. Nobody, while
 * rows of a set that says its total are missing: the rows of a set are not written at one instant, and half a set is no set.
 */
export const ownersOn = (station: Station, shares: readonly Share[], day: ChinaDay): Weighted[] => {
  if (station.kind === 'village') return station.villageCode === undefined ? [] : [{ id: station.villageCode, weight: 1 }]
  const validFrom = latestOn(shares, day)
  const set = shares.filter((share) => share.validFrom === validFrom)
  const sum = set.reduce((total, { weight }) => total + weight, 0)
  if (set.some(({ weightTotal }) => weightTotal !== undefined && weightTotal !== sum)) return []
  return set.filter(({ weight }) => weight !== 0).map(({ villageCode, weight }) => ({ id: villageCode, weight }))
}

/** Divides every line among its owners; a rejection when nobody owns the station on a line's first day. */
const divideLines = ({ station, shares }: StationMonth, lines: readonly StatementLine[]): VillagePart[] | Rejected => {
  const byVillage = new Map<string, LinePart[]>()
  for (const [line, { from, energyWh, amountFen }] of lines.entries()) {
    const owners = ownersOn(station, shares, from)
    const fen = shareByLargestRemainder({ total: amountFen, shares: owners })
    const wh = shareByLargestRemainder({ total: energyWh ?? 0, shares: owners })
    if (fen.kind === 'no_weight' || wh.kind === 'no_weight') return rejected(station, `has no village to share with on ${from}`)
    for (const [at, { id, part }] of fen.parts.entries()) {
      const energy = energyWh === undefined ? {} : { energyWh: wh.parts[at]?.part ?? 0 }
      byVillage.set(id, [...(byVillage.get(id) ?? []), { line, ...energy, amountFen: part }])
    }
  }
  return [...byVillage]
    .map(([villageCode, parts]) => ({ villageCode, parts, netFen: sumFen(parts) }))
    .toSorted((a, b) => (a.villageCode < b.villageCode ? -1 : 1))
}

/** The slips that have a day in the month, by their first day, each spread over its days in service. */
const spreadsOf = ({ station, slips }: StationMonth, service: Span, finals: FinalDays): Spread[] =>
  slips
    .filter((slip) => overlaps(slip, service))
    .toSorted((a, b) => (a.from < b.from ? -1 : 1))
    .map((slip) => ({ slip, byDay: spreadSlip(slip, (day) => isInService(station, day), finals) }))

const isFirm = ({ basis, quality, generatedWh }: StandingDay): boolean =>
  generatedWh !== null && (basis === 'slip' || (basis === 'meter' && quality === 'measured'))

/**
 * Settles one station-month. Every day in service counts its part of the slip that covers it, or else by its latest final version;
 * a day without either, or of unknown energy, counts 0 Wh and makes the statement provisional, as does one without a slip that is
 * estimated or rests on inverters, or of which own use is unknown. Rejected, and then there is no statement: a month out of service, a first day without any price,
 * a line without a village to share it with. Throws RangeError for figures beyond the safe integers.
 */
export const settleStationMonth = (input: StationMonth): { kind: 'settled'; statement: Content<StationStatement> } | Rejected => {
  const { station, month } = input
  const inService = daysInService(station, month)
  const [first] = inService
  const last = inService.at(-1)
  if (first === undefined || last === undefined) return rejected(station, `is not in service in ${month}`)

  const finals = finalDays(input.days)
  const service = { from: first, to: last }
  const spreads = spreadsOf(input, service, finals)
  const { feedIn } = station
  const standing = standingDays(inService, { finals, spreads, feedIn })
  const shareBegins = station.kind === 'joint' ? input.shares.map(({ validFrom }) => validFrom) : []
  const { subsidisedWhMax, subsidisedWhBefore = 0 } = station
  const usedWh = subsidisedWhBefore + (input.earlierSubsidisedWh ?? 0)
  const limited = subsidisedWhMax === undefined ? {} : { subsidyLeftWh: Math.max(0, subsidisedWhMax - usedWh) }
  const basis = { station, month, service, standing, shareBegins, ...limited }
  const energy = energyLines(basis, input.prices)
  if (!energy.some(({ from }) => from === first)) return rejected(station, `has no price on ${first}`)

  const income = [...energy, ...amountLines(basis, input.incomes ?? [])]
  const grossFen = sumFen(income)
  const { deductions: pooled, fleet, vat: rules, earlierSalesFen } = input.county ?? NO_TERMS
  const salesOf = (of: ChinaMonth): number => (of === month ? salesFenOf(energy) : (earlierSalesFen.get(of) ?? 0))
  const ofStation = rules.filter(({ stationKind }) => stationKind === 'joint' && station.kind === 'joint')
  const vat = vatDue(month, { rules: ofStation, salesOf })
  const deductions = deductionLines(basis, { income, deductions: input.deductions, pooled, fleet, vat })
  const lines = [...income, ...deductions]
  const villages = divideLines(input, lines)
  if ('kind' in villages) return villages

  const deductionFen = sumFen(deductions)
  const { stationId, countyCode } = station
  const totals = {
    energyWh: standing.reduce((sum, { energyWh }) => sum + (energyWh ?? 0), 0),
    grossFen,
    deductionFen,
    netFen: grossFen + deductionFen,
  }
  const streams = streamsOf(station)
  const evidence = {
    provisional: !standing.every(isFirm),
    slips: standingSlips(month, finals, spreads),
    findings: settlementFindings({
      inService,
      finals,
      spreads,
      feedIn,
      priceOn: (stream, day) => (streams.includes(stream) ? priceOn(input.prices, stream, day)?.priceE4YuanPerKwh : undefined),
      ...(input.limits && { limits: input.limits }),
    }),
  }
  return { kind: 'settled', statement: { stationId, countyCode, month, days: standing, lines, ...totals, ...evidence, villages } }
}
