import { addMonths, type ChinaMonth } from '../../domain/calendar.ts'
import { daysInService, salesFenOf, type StationStatement } from '../../domain/income.ts'
import { newestVersions } from '../../domain/overview.ts'
import type { Station } from '../../domain/registry.ts'
import type { CountyTerms, StationMonth } from '../../domain/settlement.ts'
import { type CountyVatRule, monthsTaxedWith, monthTaxedWith } from '../../domain/vat.ts'
import { eachOf } from '../../stores/at-once.ts'
import { latestStatement } from '../../stores/months.ts'
import { allRows } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'

/** What a station's month is settled by beside its days and slips: its own rows, its county's, and what earlier months come to. */

export type TermsReaders = {
  stations: TableReaderOf<'stations'>
  prices: TableReaderOf<'prices'>
  incomes: TableReaderOf<'incomes'>
  deductions: TableReaderOf<'deductions'>
  regionDeductions: TableReaderOf<'regionDeductions'>
  vatRules: TableReaderOf<'vatRules'>
  shares: TableReaderOf<'shares'>
  stationStatements: TableReaderOf<'stationStatements'>
}

/** What earlier months of a quarter sold, for the month its tax is due with. */
export const earlierSales = async (
  rules: readonly CountyVatRule[],
  month: ChinaMonth,
  salesOf: (month: ChinaMonth) => Promise<number>,
): Promise<Map<ChinaMonth, number>> => {
  const earlier = monthsTaxedWith(month, rules).filter((of) => of < month)
  return new Map(await eachOf(earlier, async (of): Promise<[ChinaMonth, number]> => [of, await salesOf(of)]))
}

const countyTerms = async (readers: TermsReaders, station: Station, month: ChinaMonth): Promise<CountyTerms> => {
  const { stationId, countyCode: partition, kind } = station
  const [deductions, vat] = await Promise.all([
    allRows((cursor) => readers.regionDeductions.query({ partition, cursor })),
    kind === 'joint' ? allRows((cursor) => readers.vatRules.query({ partition, cursor })) : [],
  ])
  const isPooled = deductions.some(({ amountFenPerYear }) => amountFenPerYear !== undefined)
  const fleet = isPooled ? await allRows((cursor) => readers.stations.queryIndex('byCounty', { partition, cursor })) : []
  const joint = vat.filter(({ stationKind }) => stationKind === 'joint')
  const earlierSalesFen = await earlierSales(joint, month, async (of) => {
    const statement: StationStatement | undefined = await latestStatement(readers.stationStatements, stationId, of)
    return statement ? salesFenOf(statement.lines) : 0
  })
  return {
    deductions,
    vat: joint,
    earlierSalesFen,
    fleet: fleet.filter((member) => daysInService(member, month).length > 0),
  }
}

/** What had a subsidy in the months before, as their newest statements say. */
const earlierSubsidisedWh = async (
  { stationStatements }: TermsReaders,
  partition: string,
  month: ChinaMonth,
): Promise<number> => {
  const rows = await allRows((cursor) => stationStatements.query({ partition, to: month, cursor }))
  const lines = newestVersions(rows, (row) => row.month).flatMap((row) => row.lines)
  return lines.reduce((sum, { kind, energyWh = 0 }) => sum + (kind === 'subsidy' ? energyWh : 0), 0)
}

export const termsOfStation = async (
  readers: TermsReaders,
  station: Station,
  month: ChinaMonth,
): Promise<Omit<StationMonth, 'days' | 'slips' | 'limits'>> => {
  const partition = station.stationId
  const [prices, incomes, deductions, shares, county] = await Promise.all([
    allRows((cursor) => readers.prices.query({ partition, cursor })),
    allRows((cursor) => readers.incomes.query({ partition, cursor })),
    allRows((cursor) => readers.deductions.query({ partition, cursor })),
    allRows((cursor) => readers.shares.query({ partition, cursor })),
    countyTerms(readers, station, month),
  ])
  const terms = { station, month, prices, incomes, deductions, shares, county }
  if (station.subsidisedWhMax === undefined) return terms
  return { ...terms, earlierSubsidisedWh: await earlierSubsidisedWh(readers, partition, month) }
}

/** Later months whose figures follow from those of this one: the last of its quarter by its tax, the next one by a subsidy that ends. */
export const laterMonths = ({ station, month, county }: Pick<StationMonth, 'station' | 'month' | 'county'>): ChinaMonth[] => {
  const taxed = monthTaxedWith(month, county?.vat ?? [])
  const next = station.subsidisedWhMax === undefined ? [] : [addMonths(month, 1)]
  return [...new Set([...(taxed === month ? [] : [taxed]), ...next])]
}
