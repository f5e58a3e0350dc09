import { type ChinaDay, type ChinaMonth, daysOfMonth } from './calendar.ts'
import { canonicalJson } from './canonical.ts'
import type { Basis, Quality, StationDay } from './energy.ts'
import {
  AMOUNT_STREAMS,
  type DeductionKind,
  type GridStream,
  type IncomeStream,
  type RegionCode,
  type Station,
} from './registry.ts'
import type { SlipContent } from './slip.ts'

/** One printed line of money. Deductions are negative. The amount is rounded half up to the fen here and nowhere else. */
export type StatementLine = {
  stationId: string
  kind: IncomeStream | DeductionKind
  from: ChinaDay
  to: ChinaDay
  /** Present on what energy earned. */
  energyWh?: number
  /** Present on what energy earned. */
  priceE4YuanPerKwh?: number
  /** Energy of the line's days that has no subsidy, because the station has had all it gets; not in `energyWh`. */
  beyondCapWh?: number
  /** Present on deductions taken as a rate. */
  rateBp?: number
  /** Present on value-added tax: its rate, of the price without tax. */
  vatBp?: number
  /** 县级统筹: present on what the county deducts for all of its stations together. */
  isPooled?: true
  amountFen: number
  document: string
}

const AMOUNTS: ReadonlySet<string> = new Set(AMOUNT_STREAMS)

/** Whether a line, or the sum of some, is income: what energy earned carries it, what is an amount goes by names of its own. */
export const isIncome = ({ kind, energyWh }: { kind: string; energyWh?: number | undefined }): boolean =>
  energyWh !== undefined || AMOUNTS.has(kind)

/** A village's part of one line of the station's statement; `line` counts that statement's lines from 0. */
export type LinePart = { line: number; energyWh?: number; amountFen: number }

/**
 * What one village has of a station's month, so that villages sum to the station line by line. Parts and not whole lines, because
 * the statement of a joint station of hundreds of villages must fit one row; `linesOfVillage` makes lines of them.
 */
export type VillagePart = { villageCode: RegionCode; parts: LinePart[]; netFen: number }

/** What a day of a statement stands on, in falling rank: the grid company's slip, the revenue meter, the inverters' sum, nothing. */
export type StandingBasis = 'slip' | Basis

/**
 * A day as a statement counts it. `version` is the station-day it stands on, or by which a slip's energy came to the day; 0 when
 * there is no final figure, and without a slip its energy is null then and counts 0 Wh.
 */
export type StandingDay = {
  day: ChinaDay
  version: number
  energyWh: number | null
  quality: Quality
  /** Absent in statements of the time before slips. */
  basis?: StandingBasis
  /** 自发自用余电上网: what the inverters made, fed in or used; null when it is not known. Absent where all is fed in. */
  generatedWh?: number | null
}

/** What of a day's energy a stream is paid for: what was fed in, but own use for the rest of what was made, and a subsidy for both. */
export const streamWh = (stream: string, { energyWh, generatedWh }: StandingDay): number => {
  const fedInWh = energyWh ?? 0
  const usedWh = Math.max(0, (generatedWh ?? 0) - fedInWh)
  if (generatedWh === undefined) return fedInWh
  return stream === 'own_use' ? usedWh : stream === 'subsidy' ? fedInWh + usedWh : fedInWh
}

/** A slip that days of the month stand on. */
export type StandingSlip = Omit<SlipContent, 'amounts'> & {
  /** What of it falls into the month. */
  monthWh: number
  /** Its days in other months, whose station-days decide as well what falls into this one; version 0 where there is no final one. */
  beside: { day: ChinaDay; version: number }[]
}

type EnergyComparison = { from: ChinaDay; to: ChinaDay; ofWh: number; toWh: number; estimatedDays: number }
/**
 * A difference beyond the limits: of meter or inverters (`ofWh`) to a slip (`toWh`), of inverters to meter over the whole month, or
 * of a printed amount to what the prices give; `expectedFen` is null when no price of that stream was in force.
 */
export type SettlementFinding =
  | ({ code: 'slip_meter' | 'slip_inverters'; document: string } & EnergyComparison)
  | ({ code: 'month_sum_check' } & EnergyComparison)
  | {
      code: 'slip_amount'
      document: string
      from: ChinaDay
      to: ChinaDay
      stream: GridStream
      printedFen: number
      expectedFen: number | null
    }

/** One version of a station's month; immutable. Stands on the station-day versions it names. */
export type StationStatement = {
  stationId: string
  countyCode: RegionCode
  month: ChinaMonth
  version: number
  computedAtMs: number
  days: StandingDay[]
  energyWh: number
  lines: StatementLine[]
  grossFen: number
  /** Sum of the deduction lines, so 0 or negative: grossFen + deductionFen = netFen. */
  deductionFen: number
  netFen: number
  /** True while a day that no slip covers is missing, estimated or rests on inverters instead of the revenue meter. */
  provisional: boolean
  /** By their first day; absent in statements of the time before slips. */
  slips?: StandingSlip[]
  /** Absent in statements of the time before slips. */
  findings?: SettlementFinding[]
  /** Ordered by village code. */
  villages: VillagePart[]
}

/** What a rule decides; the version and the time are the store's to give. */
export type Content<Statement> = Omit<Statement, 'version' | 'computedAtMs'>

const contentJson = (statement: object): string =>
  canonicalJson({ ...statement, version: undefined, computedAtMs: undefined, causes: undefined, closing: undefined })

/** Whether a version of a statement says what was decided anew; if so, no new version is due. */
export const saysTheSame = <Statement extends { version: number; computedAtMs: number }>(
  statement: Statement,
  content: Content<Statement>,
): boolean => contentJson(statement) === contentJson(content)

/**
 * Whether a station's statement says what was decided anew. One of the time before slips is not repeated only to say what its days
 * stand on: a new version that changes no figure would have to be explained to a village.
 */
export const statesTheSame = (statement: StationStatement, content: Content<StationStatement>): boolean => {
  if (statement.slips !== undefined || content.slips?.length !== 0) return saysTheSame(statement, content)
  const days = content.days.map((day) => ({ ...day, basis: undefined }))
  return contentJson(statement) === contentJson({ ...content, days, slips: undefined, findings: undefined })
}

type Service = Pick<Station, 'commissionedOn' | 'decommissionedOn'>

/** From commissioning until the day before decommissioning. */
export const isInService = ({ commissionedOn, decommissionedOn }: Service, day: ChinaDay): boolean =>
  day >= commissionedOn && (decommissionedOn === undefined || day < decommissionedOn)

/** The days of a month on which a station is in service. */
export const daysInService = (station: Service, month: ChinaMonth): ChinaDay[] =>
  daysOfMonth(month).filter((day) => isInService(station, day))

/** The latest final version of each day. Version 0, the running figure of a day not over yet, is left out. */
export const finalDays = (versions: readonly StationDay[]): Map<ChinaDay, StationDay> => {
  const latest = new Map<ChinaDay, StationDay>()
  for (const version of versions) {
    if (version.version > (latest.get(version.day)?.version ?? 0)) latest.set(version.day, version)
  }
  return latest
}

/** A village's own lines of a station's month; empty when it has no part in it. */
export const linesOfVillage = (
  { lines, villages }: Pick<StationStatement, 'lines' | 'villages'>,
  villageCode: RegionCode,
): StatementLine[] => {
  const parts = villages.find((village) => village.villageCode === villageCode)?.parts ?? []
  return parts.map(({ line, ...part }) => {
    const whole = lines[line]
    if (!whole) throw new RangeError(`no line ${line} to have a part of`)
    return { ...whole, ...part }
  })
}

/** What energy sold for, of some lines: what is taxed. */
export const salesFenOf = (lines: readonly Pick<StatementLine, 'energyWh' | 'amountFen'>[]): number =>
  sumFen(lines.filter(({ energyWh }) => energyWh !== undefined))

/** The sum of lines or parts, in fen. Throws RangeError beyond the safe integers. */
export const sumFen = (amounts: readonly { amountFen: number }[]): number => {
  const fen = amounts.reduce((sum, { amountFen }) => sum + amountFen, 0)
  if (!Number.isSafeInteger(fen)) throw new RangeError(`a sum beyond the safe integers: ${fen}`)
  return fen
}
