import type { ChinaDay, ChinaMonth } from './calendar.ts'
import type { Quality } from './energy.ts'
import type { DeductionKind, IncomeStream, RegionCode } from './registry.ts'

/** One printed line of money. Deductions are negative. The amount is rounded half up to the fen here and nowhere else. */
export type StatementLine = {
  stationId: string
  kind: IncomeStream | DeductionKind
  from: ChinaDay
  to: ChinaDay
  /** Present on income lines. */
  energyWh?: number
  /** Present on income lines. */
  priceE4YuanPerKwh?: number
  /** Present on deductions taken as a rate of gross. */
  rateBp?: number
  amountFen: number
  document: string
}

/** What one village has of a station's month: its part of every line, so that villages sum to the station line by line. */
export type VillagePart = { villageCode: RegionCode; lines: StatementLine[]; netFen: number }

/** One version of a station's month; immutable. Stands on the station-day versions it names. */
export type StationStatement = {
  stationId: string
  countyCode: RegionCode
  month: ChinaMonth
  version: number
  computedAtMs: number
  days: { day: ChinaDay; version: number; energyWh: number | null; quality: Quality }[]
  energyWh: number
  lines: StatementLine[]
  grossFen: number
  deductionFen: number
  netFen: number
  /** True while a day is missing, estimated or rests on inverters instead of the revenue meter. */
  provisional: boolean
  villages: VillagePart[]
}

/** One version of a village's month; immutable. Stands on the station statement versions it names. */
export type VillageStatement = {
  villageCode: RegionCode
  countyCode: RegionCode
  month: ChinaMonth
  version: number
  computedAtMs: number
  stations: { stationId: string; version: number; lines: StatementLine[]; netFen: number; provisional: boolean }[]
  netFen: number
  provisional: boolean
}
