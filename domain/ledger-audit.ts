import type { Allocation, AllocationLine } from './allocation-run.ts'
import type { ChinaMonth } from './calendar.ts'
import { canonicalJson } from './canonical.ts'
import type { StationDay } from './energy.ts'
import { linesOfVillage, type StationStatement, sumFen } from './income.ts'
import type { RegionCode } from './registry.ts'
import { energyOfLine, incomeAgain, netOf } from './trace.ts'
import type { VillageStatement } from './village-statement.ts'

/**
 * 账目核对: every joint of a month's books gone through again: days → station's lines → villages' parts → village's statement → pot →
 * payees, what months carry on, and the hashes closed months were closed with. What does not add up is named by the row and by what
 * it says and ought to say; fen or Wh, as the rule has it.
 */

/** How many months an audit goes through, the current one included. */
export const MONTHS_AUDITED = 14

export const LEDGER_RULES = [
  'day_gone',
  'day_energy',
  'line_energy',
  'line_income',
  'station_net',
  'station_shares',
  'village_parts',
  'village_net',
  'pot_net',
  'pot_parts',
  'lines_sum',
  'carried_on',
  'closed_open_run',
  'closed_hash',
] as const
export type LedgerRule = (typeof LEDGER_RULES)[number]
export type LedgerFinding = { rule: LedgerRule; row: string; says: number | string | null; ought: number | string | null }

export const DIFFERENCE_CODES = ['month_sum_check', 'slip_meter', 'slip_inverters'] as const
/**
 * One energy counted twice, by inverters and meter or by the slip and either, further apart than the limits of its statement: no row is
 * wrong for it, and somebody has to look. `ofWh` and `toWh` as the statement's finding has them.
 */
export type EnergyDifference = {
  stationId: string
  month: ChinaMonth
  code: (typeof DIFFERENCE_CODES)[number]
  ofWh: number
  toWh: number
}

/** Where what a station's month stands on does not agree with what else counted it. */
export const energyDifferences = ({
  stationId,
  month,
  findings = [],
}: Pick<StationStatement, 'stationId' | 'month' | 'findings'>): EnergyDifference[] =>
  findings.flatMap((finding) =>
    finding.code === 'slip_amount' ? [] : [{ stationId, month, code: finding.code, ofWh: finding.ofWh, toWh: finding.toWh }],
  )

/** What a county's books came to on a day. */
export type LedgerAudit = {
  countyCode: RegionCode
  /** The day it was made on. */
  day: string
  months: { month: ChinaMonth; auditedAtMs: number; stations: number; villages: number; lines: number; findings: number }[]
  /** The first of each month; all are counted there. */
  findings: (LedgerFinding & { month: ChinaMonth })[]
  /** The first of each month; absent where there is none. */
  differences?: EnergyDifference[]
}

const unless = (isRight: boolean, finding: () => LedgerFinding): LedgerFinding[] => (isRight ? [] : [finding()])

/** A station's month by itself, and the station-days it names. `dayOf` answers the version named. */
export const auditStation = (
  statement: StationStatement,
  dayOf: (day: string, version: number) => Pick<StationDay, 'energyWh'> | undefined,
): LedgerFinding[] => {
  const { stationId, month, version, days, lines, netFen, villages } = statement
  const row = `station-statements ${stationId} ${month} v${version}`
  const ofDays = days.flatMap(({ day, version: of, energyWh, basis }): LedgerFinding[] => {
    if (of === 0) return []
    const stored = dayOf(day, of)
    if (!stored) return [{ rule: 'day_gone', row: `${row} ${day} v${of}`, says: energyWh, ought: null }]
    const { energyWh: ought } = stored
    // A slip decides the energy of its days; what they were computed to be is then only how it is spread.
    return unless(basis === 'slip' || ought === energyWh, () => ({
      rule: 'day_energy',
      row: `${row} ${day} v${of}`,
      says: energyWh,
      ought,
    }))
  })
  const ofLines = lines.flatMap((line, at): LedgerFinding[] => {
    if (line.energyWh === undefined) return []
    const [says, ought] = [line.energyWh, energyOfLine(statement, line)]
    const name = `${row} line ${at}`
    return [
      ...unless(says === ought, () => ({ rule: 'line_energy', row: name, says, ought })),
      ...unless(line.amountFen === incomeAgain(line), () => ({
        rule: 'line_income',
        row: name,
        says: line.amountFen,
        ought: incomeAgain(line),
      })),
    ]
  })
  const sums = new Map<number, number>()
  for (const { parts } of villages) for (const { line, amountFen } of parts) sums.set(line, (sums.get(line) ?? 0) + amountFen)
  const ofShares = lines.flatMap(({ amountFen }, at) =>
    unless((sums.get(at) ?? 0) === amountFen, (): LedgerFinding => {
      return { rule: 'station_shares', row: `${row} line ${at}`, says: sums.get(at) ?? 0, ought: amountFen }
    }),
  )
  const net = unless(
    sumFen(lines) === netFen,
    (): LedgerFinding => ({ rule: 'station_net', row, says: netFen, ought: sumFen(lines) }),
  )
  return [...ofDays, ...ofLines, ...net, ...ofShares]
}

/** A village's month with everything it stands on. */
export type VillageBooks = {
  statement: VillageStatement
  stationOf: (stationId: string, version: number) => StationStatement | undefined
  allocation: Allocation | undefined
  lines: readonly AllocationLine[]
  /** What the months before carry on. */
  carriedFen: number | undefined
  /** What the closed month is hashed to now; undefined for an open one. */
  hash: string | undefined
}

const auditRun = ({ statement, allocation, lines, carriedFen }: VillageBooks): LedgerFinding[] => {
  if (!allocation) return []
  const { villageCode, month, potFen, reserveFen, distributedFen, undistributedFen, carriedInFen, carriedOutFen } = allocation
  const row = `allocations ${villageCode} ${month} ${allocation.runId}`
  const parts = reserveFen + distributedFen + undistributedFen
  const isOfStatement = allocation.statementVersion === (statement.closing?.ofVersion ?? statement.version)
  const carry = carriedInFen !== undefined && carriedOutFen !== undefined
  return [
    // A statement that was settled a moment ago may still wait for its division.
    ...unless(!isOfStatement || potFen === statement.netFen, () => ({
      rule: 'pot_net',
      row,
      says: potFen,
      ought: statement.netFen,
    })),
    ...unless(potFen === parts, () => ({ rule: 'pot_parts', row, says: potFen, ought: parts })),
    ...unless(distributedFen === sumFen(lines), () => ({ rule: 'lines_sum', row, says: distributedFen, ought: sumFen(lines) })),
    ...unless(!carry || carriedFen === undefined || carriedInFen === carriedFen, () => ({
      rule: 'carried_on',
      row,
      says: carriedInFen ?? null,
      ought: carriedFen ?? null,
    })),
  ]
}

/** A village's month: its parts of the stations' lines, its net, its pot, its payees, and the hash it was closed with. */
export const auditVillage = (books: VillageBooks): LedgerFinding[] => {
  const { statement, stationOf, allocation, hash } = books
  const { villageCode, month, version, netFen, closing } = statement
  const row = `village-statements ${villageCode} ${month} v${version}`
  const ofParts = statement.stations.flatMap(({ stationId, version: of, lines }): LedgerFinding[] => {
    const station = stationOf(stationId, of)
    const ought = station ? sumFen(linesOfVillage(station, villageCode)) : null
    const isSame = station !== undefined && canonicalJson(linesOfVillage(station, villageCode)) === canonicalJson(lines)
    return unless(isSame, () => ({ rule: 'village_parts', row: `${row} ${stationId} v${of}`, says: sumFen(lines), ought }))
  })
  const net = netOf(statement)
  return [
    ...ofParts,
    ...unless(net === netFen, () => ({ rule: 'village_net', row, says: netFen, ought: net })),
    ...auditRun(books),
    ...unless(!closing || allocation?.closedAtMs !== undefined, () => ({
      rule: 'closed_open_run',
      row,
      says: 'open',
      ought: 'closed',
    })),
    ...unless(!closing || hash === closing.sha256, () => ({
      rule: 'closed_hash',
      row,
      says: closing?.sha256 ?? null,
      ought: hash ?? null,
    })),
  ]
}
