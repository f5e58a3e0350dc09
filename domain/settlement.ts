import { addDays, type ChinaDay, type ChinaMonth, daysOfMonth } from './calendar.ts'
import type { StationDay } from './energy.ts'
import {
  type Content,
  daysInService,
  finalDays,
  isInService,
  type LinePart,
  type StandingDay,
  type StatementLine,
  type StationStatement,
  sumFen,
  type VillagePart,
} from './income.ts'
import { fenOfMonth, incomeFen, rateFen, shareByLargestRemainder, sliceFen, type Weighted } from './money.ts'
import type { Rejected } from './problems.ts'
import {
  DEDUCTION_KINDS,
  type Deduction,
  type IncomeStream,
  type Price,
  type Share,
  type Station,
  streamsOf,
} from './registry.ts'
import { type FinalDays, type Spread, spreadSlip, standingDays, standingSlips } from './settled-energy.ts'
import { settlementFindings, type SettlementLimits } from './settlement-findings.ts'
import { overlaps, type Slip } from './slip.ts'

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
  /** What may differ without a finding; what the trade knows when absent. */
  limits?: SettlementLimits
}

/** Days of one month, both included. */
type Span = { from: ChinaDay; to: ChinaDay }

const rejected = (station: Station, detail: string): Rejected => ({
  kind: 'rejected',
  code: 'conflict',
  detail: `${station.stationId} ${detail}`,
})

/** Cuts a span so that a new one begins on each of the given days that lie in it. */
const cut = ({ from, to }: Span, begins: readonly ChinaDay[]): Span[] => {
  const firsts = [...new Set([from, ...begins.filter((day) => day > from && day <= to)])].toSorted()
  return firsts.map((first, at) => {
    const next = firsts[at + 1]
    return { from: first, to: next === undefined ? to : addDays(next, -1) }
  })
}

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

const priceOn = ({ station, prices }: StationMonth, stream: IncomeStream, day: ChinaDay): Price | undefined => {
  const ofStream = streamsOf(station).includes(stream) ? prices.filter((price) => price.stream === stream) : []
  const validFrom = latestOn(ofStream, day)
  return ofStream.find((price) => price.validFrom === validFrom)
}

/** One line per stream and price version, cut where the share set changes; a stream without a price yet has none. */
const incomeLines = (
  input: StationMonth,
  { service, standing, shareBegins }: { service: Span; standing: readonly StandingDay[]; shareBegins: readonly ChinaDay[] },
): StatementLine[] =>
  streamsOf(input.station).flatMap((kind) => {
    const begins = input.prices.filter(({ stream }) => stream === kind).map(({ validFrom }) => validFrom)
    return cut(service, [...shareBegins, ...begins]).flatMap(({ from, to }) => {
      const price = priceOn(input, kind, from)
      if (!price) return []
      const { priceE4YuanPerKwh, document } = price
      const energyWh = sumWh(standing.filter(({ day }) => day >= from && day <= to))
      const amountFen = incomeFen({ energyWh, priceE4YuanPerKwh })
      const { stationId } = input.station
      return [{ stationId, kind, from, to, energyWh, priceE4YuanPerKwh, amountFen, document }]
    })
  })

const sumWh = (days: readonly StandingDay[]): number => days.reduce((sum, { energyWh }) => sum + (energyWh ?? 0), 0)

/** The days of `service` a deduction is in force: until its `validTo` or the next row of its kind, both exclusive. */
const spanInForce = (service: Span, { validFrom, validTo }: Deduction, next: Deduction | undefined): Span | undefined => {
  const [until] = [validTo, next?.validFrom].filter((day) => day !== undefined).toSorted()
  const from = validFrom > service.from ? validFrom : service.from
  const to = until === undefined || until > service.to ? service.to : addDays(until, -1)
  return from <= to ? { from, to } : undefined
}

/**
 * What is taken before sharing: a twelfth of a yearly amount or a rate of the month's gross, each by the days it is in force
 * out of the calendar month's days. Slices of days telescope, so a row cut in two takes what the uncut row would.
 */
const deductionLines = (
  { station, month, deductions }: StationMonth,
  { service, grossFen, shareBegins }: { service: Span; grossFen: number; shareBegins: readonly ChinaDay[] },
): StatementLine[] =>
  DEDUCTION_KINDS.flatMap((kind) => {
    const ofKind = deductions.filter((row) => row.kind === kind).toSorted((a, b) => (a.validFrom < b.validFrom ? -1 : 1))
    return ofKind.flatMap((row, at) => {
      const inForce = spanInForce(service, row, ofKind[at + 1])
      if (!inForce) return []
      const { amountFenPerYear, rateBp, document } = row
      const monthFen =
        amountFenPerYear === undefined
          ? rateFen({ amountFen: grossFen, rateBp: rateBp ?? 0 })
          : fenOfMonth({ amountFenPerYear, month: Number(month.slice(5)) })
      return cut(inForce, shareBegins).map(({ from, to }) => {
        const days = { from: dayOfMonth(from) - 1, to: dayOfMonth(to), of: daysOfMonth(month).length }
        // Subtracted, because the negative of a zero is not the zero other lines have.
        const amountFen = 0 - sliceFen(monthFen, days)
        const rate = amountFenPerYear === undefined && rateBp !== undefined ? { rateBp } : {}
        return { stationId: station.stationId, kind, from, to, ...rate, amountFen, document }
      })
    })
  })

const dayOfMonth = (day: ChinaDay): number => Number(day.slice(8))

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

const isFirm = ({ basis, quality }: StandingDay): boolean => basis === 'slip' || (basis === 'meter' && quality === 'measured')

/**
 * Settles one station-month. Every day in service counts its part of the slip that covers it, or else by its latest final version;
 * a day without either, or of unknown energy, counts 0 Wh and makes the statement provisional, as does one without a slip that is
 * estimated or rests on inverters. Rejected, and then there is no statement: a month out of service, a first day without any price,
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
  const standing = standingDays(inService, finals, spreads)
  const shareBegins = station.kind === 'joint' ? input.shares.map(({ validFrom }) => validFrom) : []
  const income = incomeLines(input, { service, standing, shareBegins })
  if (!income.some(({ from }) => from === first)) return rejected(station, `has no price on ${first}`)

  const grossFen = sumFen(income)
  const deductions = deductionLines(input, { service, grossFen, shareBegins })
  const lines = [...income, ...deductions]
  const villages = divideLines(input, lines)
  if ('kind' in villages) return villages

  const deductionFen = sumFen(deductions)
  const { stationId, countyCode } = station
  const totals = { energyWh: sumWh(standing), grossFen, deductionFen, netFen: grossFen + deductionFen }
  const evidence = {
    provisional: !standing.every(isFirm),
    slips: standingSlips(month, finals, spreads),
    findings: settlementFindings({
      inService,
      finals,
      spreads,
      priceOn: (stream, day) => priceOn(input, stream, day)?.priceE4YuanPerKwh,
      ...(input.limits && { limits: input.limits }),
    }),
  }
  return { kind: 'settled', statement: { stationId, countyCode, month, days: standing, lines, ...totals, ...evidence, villages } }
}
