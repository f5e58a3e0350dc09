import { checkValidity, eachLine, refer, referRegion, type Registry, type Tell } from './registry-checks.ts'
import type { DueRule } from './due-rule.ts'
import type { FileContent, Report } from './registry-files.ts'
import type { FileRow, RegistryFile } from './registry-rows.ts'
import type { AmountIncome, Deduction, Price, RegionDeduction } from './registry.ts'
import type { CountyVatRule } from './vat.ts'

/** What stations earn and owe: lines of prices, incomes, deductions and tax rules, and the rows they become. */

type DeductionTerms = Pick<FileRow<'deductions.csv'>, 'amount_yuan_per_year' | 'rate_percent' | 'valid_from' | 'valid_to'>

const checkTerms = (terms: DeductionTerms, tell: Tell): void => {
  checkValidity(terms, tell)
  if ((terms.amount_yuan_per_year === undefined) === (terms.rate_percent === undefined)) {
    tell('amount_yuan_per_year', 'Fill in either amount_yuan_per_year or rate_percent, and only one of them.')
  }
}

const checkIncomes = (registry: Registry, report: Report): void =>
  eachLine(registry, 'incomes.csv', report, (income, tell) => {
    const station = refer(registry, 'stations.csv', income.station_id, tell, 'station_id')
    checkValidity(income, tell)
    const { amount_yuan_per_year: yearly, amount_yuan_once: once } = income
    if ((yearly === undefined) === (once === undefined)) {
      tell('amount_yuan_per_year', 'Fill in either amount_yuan_per_year or amount_yuan_once, and only one of them.')
    }
    if (once === undefined) return
    if (income.valid_to !== undefined) tell('valid_to', 'Leave this empty: what comes once comes on valid_from.')
    const { commissioned_on: first, decommissioned_on: end } = station ?? {}
    const isOutside = (first && income.valid_from < first) || (end && income.valid_from >= end)
    if (isOutside) tell('valid_from', 'The station is not in service on this day; write a day on which it is.')
  })

/** What lines about money must be to each other and to the stations and regions they name. */
export const checkMoney = (registry: Registry, report: Report): void => {
  eachLine(registry, 'prices.csv', report, (price, tell) => {
    refer(registry, 'stations.csv', price.station_id, tell, 'station_id')
    checkValidity(price, tell)
  })
  checkIncomes(registry, report)
  eachLine(registry, 'deductions.csv', report, (deduction, tell) => {
    refer(registry, 'stations.csv', deduction.station_id, tell, 'station_id')
    checkTerms(deduction, tell)
  })
  eachLine(registry, 'region-deductions.csv', report, (deduction, tell) => {
    const region = refer(registry, 'regions.csv', deduction.region_code, tell, 'region_code')
    if (region && region.level !== 'county' && region.level !== 'village') {
      tell('region_code', 'This must be the code of a county, for all of its stations, or of a village.')
    }
    checkTerms(deduction, tell)
  })
  eachLine(registry, 'vat-rules.csv', report, (rule, tell) => {
    referRegion(registry, rule.county_code, 'county', tell, 'county_code')
    checkValidity(rule, tell)
  })
  eachLine(registry, 'due-rules.csv', report, ({ county_code: county }, tell) => {
    referRegion(registry, county, 'county', tell, 'county_code')
  })
}

const termsOf = (line: Omit<FileRow<'deductions.csv'>, 'station_id'>): Omit<Deduction, 'stationId'> => ({
  kind: line.kind,
  validFrom: line.valid_from,
  ...(line.valid_to && { validTo: line.valid_to }),
  ...(line.amount_yuan_per_year !== undefined && { amountFenPerYear: line.amount_yuan_per_year }),
  ...(line.rate_percent !== undefined && { rateBp: line.rate_percent }),
  document: line.document,
})

const incomeOf = (line: FileRow<'incomes.csv'>): AmountIncome => ({
  stationId: line.station_id,
  stream: line.stream,
  validFrom: line.valid_from,
  ...(line.valid_to && { validTo: line.valid_to }),
  ...(line.amount_yuan_per_year !== undefined && { amountFenPerYear: line.amount_yuan_per_year }),
  ...(line.amount_yuan_once !== undefined && { amountFenOnce: line.amount_yuan_once }),
  document: line.document,
})

const vatRuleOf = (line: FileRow<'vat-rules.csv'>): CountyVatRule => ({
  countyCode: line.county_code,
  stationKind: line.station_kind,
  validFrom: line.valid_from,
  ...(line.valid_to && { validTo: line.valid_to }),
  per: line.per,
  exemptUpToFen: line.exempt_up_to_yuan,
  rateBp: line.rate_percent,
  document: line.document,
})

export type MoneyRows = {
  prices: Price[]
  incomes: AmountIncome[]
  deductions: Deduction[]
  regionDeductions: RegionDeduction[]
  vatRules: CountyVatRule[]
  dueRules: DueRule[]
}

export const moneyRows = ({ content }: Registry): MoneyRows => {
  const rowsOf = <File extends RegistryFile, Row>(file: File, row: (line: FileRow<File>) => Row): Row[] => {
    const { lines }: FileContent<File> = content[file]
    return lines.map((line) => row(line.row))
  }
  return {
    prices: rowsOf('prices.csv', (line) => ({
      stationId: line.station_id,
      stream: line.stream,
      validFrom: line.valid_from,
      ...(line.valid_to && { validTo: line.valid_to }),
      priceE4YuanPerKwh: line.price_yuan_per_kwh,
      document: line.document,
    })),
    incomes: rowsOf('incomes.csv', incomeOf),
    deductions: rowsOf('deductions.csv', (line) => ({ stationId: line.station_id, ...termsOf(line) })),
    regionDeductions: rowsOf('region-deductions.csv', (line) => ({ regionCode: line.region_code, ...termsOf(line) })),
    vatRules: rowsOf('vat-rules.csv', vatRuleOf),
    dueRules: rowsOf('due-rules.csv', (line) => ({
      countyCode: line.county_code,
      stream: line.stream,
      fromYear: line.from_year,
      yearsLater: line.years_later,
      monthDay: line.due_on,
      document: line.document,
    })),
  }
}
