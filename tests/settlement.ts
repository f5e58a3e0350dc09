import { type ChinaMonth, daysOfMonth, parseMonth } from '../domain/calendar.ts'
import type { StationDay } from '../domain/energy.ts'
import type { DueRule } from '../domain/due-rule.ts'
import type { AmountIncome, Deduction, Plan, PlanLine, Price, RegionDeduction, Share } from '../domain/registry.ts'
import type { CountyVatRule } from '../domain/vat.ts'
import { COUNTY, day, VILLAGE } from './registry.ts'

/** Builders of what a settlement is made of. Persons and documents are invented. */

export const month = (text: string): ChinaMonth => {
  const parsed = parseMonth(text)
  if (!parsed) throw new RangeError(`not a month: ${text}`)
  return parsed
}

/** A station-day read off the revenue meter. */
export const aStationDay = (over: Partial<StationDay> = {}): StationDay => ({
  stationId: 'ZL1',
  countyCode: COUNTY,
  day: day('2026-10-01'),
  version: 1,
  computedAtMs: Date.UTC(2026, 9, 2),
  devices: [],
  inverterWh: 720_000,
  meterWh: 700_000,
  energyWh: 700_000,
  basis: 'meter',
  quality: 'measured',
  coveragePermille: 1_000,
  findings: [],
  ...over,
})

/** Every day of a month with the same energy, or as a list says day by day. */
export const someStationDays = (of: string, energyWh: number | readonly number[], over: Partial<StationDay> = {}): StationDay[] =>
  daysOfMonth(month(of)).map((each, at) =>
    aStationDay({ day: each, energyWh: typeof energyWh === 'number' ? energyWh : (energyWh[at] ?? 0), ...over }),
  )

export const aPrice = (over: Partial<Price> = {}): Price => ({
  stationId: 'ZL1',
  stream: 'benchmark',
  validFrom: day('2016-11-01'),
  priceE4YuanPerKwh: 3_844,
  document: '示范价〔2016〕1号',
  ...over,
})

export const aDeduction = (over: Partial<Deduction> = {}): Deduction => ({
  stationId: 'ZL1',
  kind: 'land_rent',
  validFrom: day('2016-11-01'),
  document: '示范租〔2016〕1号',
  ...over,
})

export const anIncome = (over: Partial<AmountIncome> = {}): AmountIncome => ({
  stationId: 'ZL1',
  stream: 'farming',
  validFrom: day('2016-11-01'),
  document: '示范种养〔2016〕1号',
  ...over,
})

export const aRegionDeduction = (over: Partial<RegionDeduction> = {}): RegionDeduction => ({
  regionCode: COUNTY,
  kind: 'insurance',
  validFrom: day('2016-11-01'),
  document: '示范统筹〔2016〕1号',
  ...over,
})

/** Small taxpayers, as 财政部 税务总局公告 2023 年第 19 号 has it. */
export const aVatRule = (over: Partial<CountyVatRule> = {}): CountyVatRule => ({
  countyCode: COUNTY,
  stationKind: 'village',
  validFrom: day('2023-01-01'),
  validTo: day('2028-01-01'),
  per: 'month',
  exemptUpToFen: 10_000_000,
  rateBp: 100,
  document: '财政部 税务总局公告2023年第19号',
  ...over,
})

/** The subsidy part by the end of the first quarter of the next year, as 国开办发〔2017〕61号 has it. */
export const aDueRule = (over: Partial<DueRule> = {}): DueRule => ({
  countyCode: COUNTY,
  stream: 'subsidy',
  fromYear: 2017,
  yearsLater: 1,
  monthDay: '03-31',
  document: '国开办发〔2017〕61号',
  ...over,
})

export const aShare = (over: Partial<Share> = {}): Share => ({
  stationId: 'KT',
  villageCode: VILLAGE,
  validFrom: day('2016-11-01'),
  weight: 187_200,
  document: '示范确权〔2016〕1号',
  ...over,
})

/** The village codes of a joint station, ascending. */
export const someVillageCodes = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `341623${String(100_001 + at)}`)

export const aPlanLine = (over: Partial<PlanLine> = {}): PlanLine => ({
  lineId: 'L001',
  personId: 'P001',
  householdId: 'H001',
  kind: 'post',
  post: '保洁员',
  weight: 50_000,
  ...over,
})

/** Lines of equal weight for as many persons. */
export const somePlanLines = (count: number, weight = 50_000): PlanLine[] =>
  Array.from({ length: count }, (_, at) => {
    const id = String(at + 1).padStart(3, '0')
    return aPlanLine({ lineId: `L${id}`, personId: `P${id}`, householdId: `H${id}`, weight })
  })

export const aPlan = (over: Partial<Plan> = {}): Plan => ({
  villageCode: VILLAGE,
  year: 2026,
  version: 1,
  state: 'filed',
  pool: 'accrued',
  collectiveReserveBp: 0,
  document: '示范分配〔2026〕1号',
  lines: somePlanLines(3),
  ...over,
})
