import { type ChinaDay, type ChinaMonth, daysOfMonth } from './calendar.ts'
import { isInService, salesFenOf, type StandingDay, type StatementLine, streamWh } from './income.ts'
import { fenOfMonth, incomeFen, rateFen, shareByLargestRemainder } from './money.ts'
import {
  AMOUNT_STREAMS,
  type AmountIncome,
  DEDUCTION_KINDS,
  type Deduction,
  type EnergyStream,
  type Price,
  type RegionDeduction,
  type Station,
  streamsOf,
} from './registry.ts'
import { common, cut, holding, monthSpan, sliceOf, type Span, type Validity } from './span.ts'
import type { VatDue } from './vat.ts'

/** The lines of a station's month: what its energy earned, what else it earned, and what is taken before sharing. */

/** The price of a stream on a day: of the row that began last, unless that has ended. */
export const priceOn = (prices: readonly Price[], stream: EnergyStream, day: ChinaDay): Price | undefined => {
  const begun = prices.filter((price) => price.stream === stream && price.validFrom <= day)
  const last = begun.toSorted((a, b) => (a.validFrom < b.validFrom ? -1 : 1)).at(-1)
  return last?.validTo === undefined || day < last.validTo ? last : undefined
}

/** What lines are made of, beside rows: the days in service, as they count, and the days on which the shares change. */
export type LineBasis = {
  station: Station
  month: ChinaMonth
  service: Span
  standing: readonly StandingDay[]
  shareBegins: readonly ChinaDay[]
  /** How much more energy has a subsidy; absent where there is no limit. */
  subsidyLeftWh?: number
}

/**
 * One line per stream and price version, cut where the share set changes; a stream without a price has none. Where the subsidy has a
 * limit, the energy of the first days has it until none is left.
 */
export const energyLines = (
  { station, service, standing, shareBegins, subsidyLeftWh = Infinity }: LineBasis,
  prices: readonly Price[],
): StatementLine[] =>
  streamsOf(station).flatMap((kind) => {
    const own = prices.filter(({ stream }) => stream === kind)
    const ends = own.flatMap(({ validFrom, validTo }) => (validTo === undefined ? [validFrom] : [validFrom, validTo]))
    let leftWh = kind === 'subsidy' ? subsidyLeftWh : Infinity
    return cut(service, [...shareBegins, ...ends]).flatMap(({ from, to }): StatementLine[] => {
      const price = priceOn(own, kind, from)
      if (!price) return []
      const { priceE4YuanPerKwh, document } = price
      const days = standing.filter(({ day }) => day >= from && day <= to)
      const wholeWh = days.reduce((sum, day) => sum + streamWh(kind, day), 0)
      const energyWh = Math.min(leftWh, wholeWh)
      leftWh -= energyWh
      const beyond = energyWh < wholeWh ? { beyondCapWh: wholeWh - energyWh } : {}
      const amountFen = incomeFen({ energyWh, priceE4YuanPerKwh })
      return [{ stationId: station.stationId, kind, from, to, energyWh, ...beyond, priceE4YuanPerKwh, amountFen, document }]
    })
  })

/**
 * What the station earned beside energy: a twelfth of a yearly amount by the days it holds and the station is in service, out of the
 * calendar month's; what comes once, whole on its day, if the station is in service then.
 */
export const amountLines = (
  { station: { stationId }, month, service, shareBegins }: LineBasis,
  incomes: readonly AmountIncome[],
): StatementLine[] =>
  AMOUNT_STREAMS.flatMap((kind) => {
    const own = incomes.filter(({ stream }) => stream === kind)
    const yearly = own.flatMap(({ amountFenPerYear, ...row }) =>
      amountFenPerYear === undefined ? [] : [{ ...row, amountFenPerYear }],
    )
    const lines = holding(yearly, service).flatMap(({ row: { amountFenPerYear, document }, span }) => {
      const monthFen = fenOfMonth({ amountFenPerYear, month: Number(month.slice(5)) })
      return cut(span, shareBegins).map((part): StatementLine => {
        return { stationId, kind, ...part, amountFen: sliceOf(monthFen, part, monthSpan(month)), document }
      })
    })
    const once = own.flatMap(({ amountFenOnce, validFrom: day, document }): StatementLine[] =>
      amountFenOnce === undefined || day < service.from || day > service.to
        ? []
        : [{ stationId, kind, from: day, to: day, amountFen: amountFenOnce, document }],
    )
    return [...lines, ...once.toSorted((a, b) => (a.from < b.from ? -1 : 1))]
  })

type Terms = Pick<Deduction, 'kind' | 'document' | 'amountFenPerYear' | 'rateBp'> & Validity

const negativeLine = (
  { station: { stationId } }: LineBasis,
  { kind, document, amountFenPerYear, rateBp }: Terms,
  { part, amountFen, isPooled }: { part: Span; amountFen: number; isPooled: boolean },
): StatementLine => ({
  stationId,
  kind,
  ...part,
  ...(amountFenPerYear === undefined && rateBp !== undefined && { rateBp }),
  // Subtracted, because the negative of a zero is not the zero other lines have.
  amountFen: 0 - amountFen,
  document,
  ...(isPooled && { isPooled }),
})

/** A row and the days on which it holds. */
type Held<Row> = { row: Row; span: Span }

/**
 * What is taken of this station: a twelfth of a yearly amount by the days it holds out of the calendar month's, a rate of what energy
 * earned by the days it holds out of those in service. Slices of days telescope, so a row cut in two takes what the uncut row would.
 */
const deducted = (basis: LineBasis, { row, span }: Held<Terms>, energyFen: number, isPooled: boolean): StatementLine[] => {
  const { amountFenPerYear, rateBp = 0 } = row
  const { month, service, shareBegins } = basis
  const [wholeFen, whole] =
    amountFenPerYear === undefined
      ? [rateFen({ amountFen: energyFen, rateBp }), service]
      : [fenOfMonth({ amountFenPerYear, month: Number(month.slice(5)) }), monthSpan(month)]
  return cut(span, shareBegins).map((part) => {
    return negativeLine(basis, row, { part, amountFen: sliceOf(wholeFen, part, whole), isPooled })
  })
}

/** A station of the county, as pooled amounts are divided by: its DC capacity and its days. */
export type PoolMember = Pick<Station, 'stationId' | 'dcCapacityW' | 'commissionedOn' | 'decommissionedOn'>

/** An amount of the county over some days, and the station's part of it on those it is in service. */
type Pooled = { row: RegionDeduction; span: Span; own: Span; amountFenPerYear: number }

/**
 * The station's part of an amount the county deducts for all of its stations: divided by DC capacity times days in service, remainders
 * to the largest, ties to the lowest id. All stations' parts sum to the month's amount exactly.
 */
const pooledPart = (
  basis: LineBasis,
  { row, span, own, amountFenPerYear }: Pooled,
  fleet: readonly PoolMember[],
): StatementLine[] => {
  const { station, month, shareBegins } = basis
  const monthFen = fenOfMonth({ amountFenPerYear, month: Number(month.slice(5)) })
  const days = daysOfMonth(month).filter((day) => day >= span.from && day <= span.to)
  const shares = fleet.map((member) => ({
    id: member.stationId,
    weight: member.dcCapacityW * days.filter((day) => isInService(member, day)).length,
  }))
  const divided = shareByLargestRemainder({ total: sliceOf(monthFen, span, monthSpan(month)), shares })
  const part = divided.kind === 'shared' ? divided.parts.find(({ id }) => id === station.stationId)?.part : undefined
  if (part === undefined) return []
  return cut(own, shareBegins).map((each) => {
    return negativeLine(basis, row, { part: each, amountFen: sliceOf(part, each, own), isPooled: true })
  })
}

/** What a county's row takes of the station, on the days it is in service. */
const ofCounty = (
  basis: LineBasis,
  { row, span }: Held<RegionDeduction>,
  energyFen: number,
  fleet: readonly PoolMember[],
): StatementLine[] => {
  const own = common(span, basis.service)
  if (!own) return []
  const { amountFenPerYear } = row
  if (amountFenPerYear === undefined) return deducted(basis, { row, span: own }, energyFen, true)
  return pooledPart(basis, { row, span, own, amountFenPerYear }, fleet)
}

/** What is deducted before sharing: by the station's own rows, by its county's, and the value-added tax due for the month. */
export const deductionLines = (
  basis: LineBasis,
  {
    income,
    deductions,
    pooled,
    fleet,
    vat,
  }: {
    income: readonly StatementLine[]
    deductions: readonly Deduction[]
    pooled: readonly RegionDeduction[]
    fleet: readonly PoolMember[]
    vat: VatDue | undefined
  },
): StatementLine[] => {
  const energyFen = salesFenOf(income)
  const lines = DEDUCTION_KINDS.flatMap((kind) => {
    const own = deductions.filter((row) => row.kind === kind)
    const county = pooled.filter((row) => row.kind === kind)
    return [
      ...holding(own, basis.service).flatMap((held) => deducted(basis, held, energyFen, false)),
      ...holding(county, monthSpan(basis.month)).flatMap((held) => ofCounty(basis, held, energyFen, fleet)),
    ]
  })
  const { stationId } = basis.station
  const tax =
    vat === undefined
      ? []
      : [
          {
            stationId,
            kind: 'tax' as const,
            ...basis.service,
            vatBp: vat.rateBp,
            amountFen: 0 - vat.taxFen,
            document: vat.document,
          },
        ]
  return [...lines, ...tax]
}
