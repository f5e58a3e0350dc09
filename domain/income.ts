import { type ChinaDay, type ChinaMonth, daysOfMonth } from './calendar.ts'
import { canonicalJson } from './canonical.ts'
import type { Quality, StationDay } from './energy.ts'
import type { DeductionKind, IncomeStream, RegionCode, Station } from './registry.ts'

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

/** A village's part of one line of the station's statement; `line` counts that statement's lines from 0. */
export type LinePart = { line: number; energyWh?: number; amountFen: number }

/**
 * What one village has of a station's month, so that villages sum to the station line by line. Parts and not whole lines, because
 * the statement of a joint station of hundreds of villages must fit one row; `linesOfVillage` makes lines of them.
 */
export type VillagePart = { villageCode: RegionCode; parts: LinePart[]; netFen: number }

/** A day as a statement counts it. Version 0: there was no final figure, it counts 0 Wh and its energy is null. */
export type StandingDay = { day: ChinaDay; version: number; energyWh: number | null; quality: Quality }

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
  /** True while a day is missing, estimated or rests on inverters instead of the revenue meter. */
  provisional: boolean
  /** Ordered by village code. */
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
  /** True while a station's part is, or a station of the village has no statement yet. */
  provisional: boolean
}

/** What a rule decides; the version and the time are the store's to give. */
export type Content<Statement> = Omit<Statement, 'version' | 'computedAtMs'>

/** Whether a version of a statement says what was decided anew; if so, no new version is due. */
export const saysTheSame = <Statement extends { version: number; computedAtMs: number }>(
  statement: Statement,
  content: Content<Statement>,
): boolean =>
  canonicalJson({ ...statement, version: undefined, computedAtMs: undefined, causes: undefined }) === canonicalJson(content)

/** The days of a month on which a station is in service: from commissioning until the day before decommissioning. */
export const daysInService = (
  { commissionedOn, decommissionedOn }: Pick<Station, 'commissionedOn' | 'decommissionedOn'>,
  month: ChinaMonth,
): ChinaDay[] =>
  daysOfMonth(month).filter((day) => day >= commissionedOn && (decommissionedOn === undefined || day < decommissionedOn))

/** The latest final version of each day. Version 0, the running figure of a day not over yet, is left out. */
export const finalDays = (versions: readonly StationDay[]): Map<ChinaDay, StationDay> => {
  const latest = new Map<ChinaDay, StationDay>()
  for (const version of versions) {
    if (version.version > (latest.get(version.day)?.version ?? 0)) latest.set(version.day, version)
  }
  return latest
}

/** The days a station's month stands on, whatever else was ever computed: one per day in service, in order. */
export const standingDays = (inService: readonly ChinaDay[], finals: ReadonlyMap<ChinaDay, StationDay>): StandingDay[] =>
  inService.map((day) => {
    const { version, energyWh, quality } = finals.get(day) ?? { version: 0, energyWh: null, quality: 'missing' as const }
    return { day, version, energyWh, quality }
  })

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

/**
 * A village's month from the statements of the stations it has a part in, in any order. `complete` is false while a station
 * of the village has no statement for the month: what is unknown is not zero, so the village's figure is provisional then.
 */
export const composeVillageMonth = ({
  villageCode,
  countyCode,
  month,
  statements,
  complete,
}: {
  villageCode: RegionCode
  countyCode: RegionCode
  month: ChinaMonth
  statements: readonly StationStatement[]
  complete: boolean
}): Content<VillageStatement> => {
  const stations = statements
    .map(({ stationId, version, provisional, ...statement }) => {
      const lines = linesOfVillage(statement, villageCode)
      return { stationId, version, lines, netFen: sumFen(lines), provisional }
    })
    .filter(({ lines }) => lines.length > 0)
    .toSorted((a, b) => (a.stationId < b.stationId ? -1 : 1))
  return {
    villageCode,
    countyCode,
    month,
    stations,
    netFen: stations.reduce((sum, { netFen }) => sum + netFen, 0),
    provisional: !complete || stations.some(({ provisional }) => provisional),
  }
}

/** The sum of lines or parts, in fen. Throws RangeError beyond the safe integers. */
export const sumFen = (amounts: readonly { amountFen: number }[]): number => {
  const fen = amounts.reduce((sum, { amountFen }) => sum + amountFen, 0)
  if (!Number.isSafeInteger(fen)) throw new RangeError(`a sum beyond the safe integers: ${fen}`)
  return fen
}
