import type { Allocation, AllocationLine } from './allocation-run.ts'
import type { ChinaDay } from './calendar.ts'
import type { StationDay } from './energy.ts'
import { isIncome, type StandingBasis, type StandingDay, type StatementLine } from './income.ts'
import type { VillageStatement } from './village-statement.ts'
import { maskName } from './mask.ts'
import { sumKnown } from './overview.ts'
import type { Person, RegionCode, Share } from './registry.ts'

/** A village's month as an accountant reads it. What does not add up to the fen is never shown: it throws instead. */

const sumFen = (amounts: readonly number[]): number => amounts.reduce((sum, amountFen) => sum + amountFen, 0)

const assertEqualFen = (what: string, leftFen: number, rightFen: number): void => {
  if (leftFen !== rightFen) throw new Error(`${what}: ${leftFen} fen is not ${rightFen} fen`)
}

/** grossFen + deductionFen = netFen; deductions are negative. */
export type Subtotal = { grossFen: number; deductionFen: number; netFen: number }

/** Income may be negative as a correction. */
const subtotal = (lines: readonly Pick<StatementLine, 'kind' | 'energyWh' | 'amountFen'>[]): Subtotal => {
  const grossFen = sumFen(lines.filter(isIncome).map(({ amountFen }) => amountFen))
  const netFen = sumFen(lines.map(({ amountFen }) => amountFen))
  return { grossFen, deductionFen: netFen - grossFen, netFen }
}

/** A statement with its sums, per station and in all, what it settles of closed months included. Throws when they are not the sums the statement was closed with. */
export const statementSums = (
  statement: VillageStatement,
): Subtotal & { stations: (VillageStatement['stations'][number] & Subtotal)[] } => {
  const stations = statement.stations.map((station) => {
    const sums = subtotal(station.lines)
    assertEqualFen(`net of station ${station.stationId}`, sums.netFen, station.netFen)
    return { ...station, ...sums }
  })
  const { deductions = [], adjustments = [] } = statement
  const sums = subtotal([...statement.stations.flatMap(({ lines }) => lines), ...deductions, ...adjustments])
  assertEqualFen('net of the village', sums.netFen, statement.netFen)
  return { ...sums, stations }
}

/** `payee` is a masked name: the first character and two stars. */
export type MaskedLine = Pick<
  AllocationLine,
  'lineId' | 'ofMonth' | 'kind' | 'post' | 'weight' | 'claimFen' | 'attended' | 'due' | 'amountFen'
> & { payee: string }

/** An allocation's lines with masked names, in the order given. Throws when they do not add up to what was distributed. */
export const maskedLines = (
  allocation: Allocation,
  lines: readonly AllocationLine[],
  persons: readonly Person[],
): MaskedLine[] => {
  const { potFen, reserveFen, distributedFen, undistributedFen } = allocation
  assertEqualFen('pot', potFen, reserveFen + distributedFen + undistributedFen)
  const amounts = lines.map(({ amountFen }) => amountFen)
  assertEqualFen('distributed', sumFen(amounts), distributedFen)
  const names = new Map(persons.map(({ personId, name }) => [personId, name]))
  return lines.map(({ lineId, ofMonth, personId, kind, post, weight, claimFen, attended, due, amountFen }) => ({
    lineId,
    ...(ofMonth !== undefined && { ofMonth }),
    payee: maskName(names.get(personId) ?? ''),
    kind,
    post,
    weight,
    ...(claimFen !== undefined && { claimFen }),
    ...(attended !== undefined && { attended }),
    ...(due !== undefined && { due }),
    amountFen,
  }))
}

/** What a month is known by: how many of its days stand on each. */
export type MonthOfDays = {
  /** Null when no day is known. */
  energyWh: number | null
  /** Days nothing was computed for are missing. */
  days: { measured: number; estimated: number; missing: number }
  /** Null in a statement of the time before slips, which does not say. */
  standsOn: Record<StandingBasis, number> | null
}

/** How well a month is known, day by day, what its days stand on, and its energy. */
export const monthOfDays = (
  days: readonly Pick<StandingDay, 'energyWh' | 'quality' | 'basis'>[],
  daysBegun: number,
): MonthOfDays => {
  const of = (quality: StationDay['quality']) => days.filter((day) => day.quality === quality).length
  const on = (basis: StandingBasis) => days.filter((day) => day.basis === basis).length
  const [measured, estimated] = [of('measured'), of('estimated')]
  const [slip, meter, inverters] = [on('slip'), on('meter'), on('inverters')]
  return {
    energyWh: sumKnown(days.map(({ energyWh }) => energyWh)),
    days: { measured, estimated, missing: daysBegun - measured - estimated },
    standsOn: days.some(({ basis }) => basis === undefined)
      ? null
      : { slip, meter, inverters, none: daysBegun - slip - meter - inverters },
  }
}

/** A village's part in each joint station at the end of a month: the newest set of shares that has begun by then. */
export const shareOf = (
  shares: readonly Share[],
  villageCode: RegionCode,
  lastDay: ChinaDay,
): { weight: number; of: number } | undefined => {
  const begun = shares.filter(({ validFrom }) => validFrom <= lastDay)
  const newest = begun.reduce<ChinaDay | undefined>(
    (latest, { validFrom }) => (!latest || validFrom > latest ? validFrom : latest),
    undefined,
  )
  const set = begun.filter(({ validFrom }) => validFrom === newest)
  const own = set.find((share) => share.villageCode === villageCode)
  return own && { weight: own.weight, of: set.reduce((sum, { weight }) => sum + weight, 0) }
}
