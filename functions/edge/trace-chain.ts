import type { Allocation, AllocationLine } from '../../domain/allocation-run.ts'
import { type ChinaMonth, spanOfMonth } from '../../domain/calendar.ts'
import { type StationStatement, type StatementLine, statesTheSame } from '../../domain/income.ts'
import type { RegionCode, Share, Station } from '../../domain/registry.ts'
import { ownersOn, settleStationMonth } from '../../domain/settlement.ts'
import { overlaps, slipsInForce } from '../../domain/slip.ts'
import { energyOfLine, incomeAgain, netOf, payeeQuota, potAddsUp, quotaOf } from '../../domain/trace.ts'
import type { VillageStatement } from '../../domain/village-statement.ts'
import { eachOf } from '../../stores/at-once.ts'
import { beginningWith } from '../../stores/months.ts'
import { linesOfRun } from '../../stores/runs.ts'
import { slipLedger } from '../../stores/slips.ts'
import { allRows } from '../../stores/table.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import type { TraceStep } from '../api-types-trace.ts'
import { type TermsReaders, termsOfStation } from './station-month.ts'

/** The chain from a payee's line to the statements of stations, joint by joint. */

export type ChainReaders = TermsReaders & {
  slips: TableReaderOf<'slips'>
  generation: TableReaderOf<'generation'>
  allocations: TableReaderOf<'allocations'>
  allocationLines: TableReaderOf<'allocationLines'>
  restatements: TableReaderOf<'restatements'>
}

const step = (
  kind: TraceStep['kind'],
  of: string,
  figures: TraceStep['figures'],
  isSame: boolean | null,
  note: TraceStep['note'] = null,
): TraceStep => ({ kind, of, figures, isSame, note })

/** Who gets how much of what a run divides. */
const payeeStep = (allocation: Allocation, lines: readonly AllocationLine[], line: AllocationLine): TraceStep => {
  const quota = payeeQuota(allocation, lines, line.lineId)
  const { partFen = null, gotRest = false, ...figures } = quota ?? {}
  const of = `${allocation.runId} ${line.lineId}`
  return step(
    'payee',
    of,
    { ...figures, gotRest: gotRest ? 1 : 0, partFen, amountFen: line.amountFen },
    partFen === line.amountFen,
  )
}

/** What a closed month gave the payee, what all adjustments did, and what it would give today: the first two come to the third. */
const adjustmentStep = async (readers: ChainReaders, line: AllocationLine & { ofMonth: ChinaMonth }): Promise<TraceStep> => {
  const { villageCode, personId, planLineId = line.lineId, ofMonth } = line
  const isOwn = (each: AllocationLine): boolean => each.personId === personId && (each.planLineId ?? each.lineId) === planLineId
  const runs = await allRows((cursor) => readers.allocations.query({ partition: villageCode, from: ofMonth, cursor }))
  const linesIn = async (month: ChinaMonth, runId: string): Promise<AllocationLine[]> =>
    (await linesOfRun(readers, { villageCode, month }, runId)).filter(isOwn)
  const found = (await eachOf(runs, ({ month, runId }) => linesIn(month, runId))).flat()
  const fenOf = (lines: readonly AllocationLine[]): number => lines.reduce((sum, { amountFen }) => sum + amountFen, 0)
  const closedFen = fenOf(found.filter(({ month, ofMonth: of }) => month === ofMonth && of === undefined))
  const adjustedFen = fenOf(found.filter(({ ofMonth: of }) => of === ofMonth))
  const restated = await allRows((cursor) =>
    readers.restatements.query({ partition: villageCode, ...beginningWith(`${ofMonth}#`), cursor }),
  )
  const runId = restated.at(-1)?.allocation.runId
  const restatedFen = runId === undefined ? null : fenOf(await linesIn(ofMonth, runId))
  const figures = { ofMonth, closedFen, adjustedFen, restatedFen, amountFen: line.amountFen }
  return step(
    'adjustment',
    `${ofMonth} ${planLineId}`,
    figures,
    restatedFen === null ? null : closedFen + adjustedFen === restatedFen,
  )
}

const potStep = (allocation: Allocation, lines: readonly AllocationLine[], netFen: number | null): TraceStep => {
  const { runId, potFen, reserveFen, distributedFen, undistributedFen, statementVersion, planVersion } = allocation
  const figures = { potFen, reserveFen, distributedFen, undistributedFen, netFen, statementVersion, planVersion }
  return step('pot', runId, figures, netFen === null ? null : potAddsUp(allocation, lines) && potFen === netFen)
}

const statementStep = (statement: VillageStatement): TraceStep => {
  const { month, version, netFen, stations, adjustments = [], deductions = [] } = statement
  const figures = {
    stationsFen: stations.reduce((sum, station) => sum + station.netFen, 0),
    deductionsFen: deductions.reduce((sum, { amountFen }) => sum + amountFen, 0),
    adjustmentsFen: adjustments.reduce((sum, { amountFen }) => sum + amountFen, 0),
    netFen,
    version,
  }
  return step('statement', `${month} v${version}`, figures, netOf(statement) === netFen)
}

type OfStation = { station: Station; shares: readonly Share[]; statement: StationStatement; villageCode: RegionCode }

/** A village's part of a station's line, its `at`-th, and the line itself. */
const lineSteps = ({ station, shares, statement, villageCode }: OfStation, own: StatementLine, at: number): TraceStep[] => {
  const part = statement.villages.find((village) => village.villageCode === villageCode)?.parts[at]
  const whole = part && statement.lines[part.line]
  const of = `${station.stationId} ${own.kind} ${own.from}`
  if (!whole) return [step('part', of, { amountFen: own.amountFen }, null, 'row_gone')]
  const quota = quotaOf(ownersOn(station, shares, own.from), villageCode, { total: whole.amountFen })
  const { partFen = null, gotRest = false, ...figures } = quota ?? {}
  const divided = { ...figures, gotRest: gotRest ? 1 : 0, partFen, amountFen: own.amountFen }
  const isOwnPart = partFen === own.amountFen
  const shared = step('part', of, divided, quota ? isOwnPart : null, quota ? (isOwnPart ? null : 'registry_changed') : 'no_share')
  if (whole.energyWh === undefined) return [shared]
  const { energyWh, priceE4YuanPerKwh = 0, amountFen, document } = whole
  const [daysWh, againFen] = [energyOfLine(statement, whole), incomeAgain(whole)]
  const income = { energyWh, daysWh, priceE4YuanPerKwh, againFen, amountFen, document }
  return [shared, step('income', of, income, againFen === amountFen && daysWh === energyWh)]
}

/** The whole month of the station settled again, by the days it names and the registry of today. */
const stationStep = async (readers: ChainReaders, { station, statement }: OfStation): Promise<TraceStep> => {
  const { stationId, month, version } = statement
  const beside = (statement.slips ?? []).flatMap((slip) => slip.beside)
  const named = [...statement.days, ...beside].filter((day) => day.version > 0)
  const days = await eachOf(
    named,
    async ({ day, version: of }) => (await readers.generation.get({ stationId, day, version: of }))?.row,
  )
  const [terms, ledger] = await Promise.all([termsOfStation(readers, station, month), slipLedger(readers.slips, stationId)])
  const slips = slipsInForce(ledger).filter((slip) => overlaps(slip, spanOfMonth(month)))
  const known = days.filter((row) => row !== undefined)
  const again = settleStationMonth({ ...terms, slips, days: known })
  const isSame = again.kind === 'settled' && statesTheSame(statement, again.statement)
  const figures = {
    days: named.length,
    energyWh: statement.energyWh,
    netFen: statement.netFen,
    againFen: again.kind === 'settled' ? again.statement.netFen : null,
    version,
  }
  return step('station', `${stationId} ${month} v${version}`, figures, isSame, isSame ? null : 'registry_changed')
}

export type ChainStation = { station: Station; statement: StationStatement }

/** Everything below a village's statement, station by station. */
const stationSteps = async (
  readers: ChainReaders,
  statement: VillageStatement,
): Promise<{ steps: TraceStep[]; stations: ChainStation[] }> => {
  const { villageCode, month } = statement
  const found = await eachOf(statement.stations, async ({ stationId, version, lines }) => {
    const [station, named, shares] = await Promise.all([
      readers.stations.get({ stationId }),
      readers.stationStatements.get({ stationId, month, version }),
      allRows((cursor) => readers.shares.query({ partition: stationId, cursor })),
    ])
    if (!station || !named)
      return { steps: [step('station', `${stationId} ${month} v${version}`, {}, null, 'row_gone')], stations: [] }
    const of = { station: station.row, shares, statement: named.row, villageCode }
    const steps = [...lines.flatMap((line, at) => lineSteps(of, line, at)), await stationStep(readers, of)]
    return { steps, stations: [{ station: station.row, statement: named.row }] }
  })
  return { steps: found.flatMap(({ steps }) => steps), stations: found.flatMap(({ stations }) => stations) }
}

/** The whole chain of a line of a run. */
export const chainOf = async (
  readers: ChainReaders,
  { allocation, lines, line }: { allocation: Allocation; lines: readonly AllocationLine[]; line: AllocationLine },
  statement: VillageStatement | undefined,
): Promise<{ steps: TraceStep[]; stations: ChainStation[] }> => {
  const { ofMonth } = line
  const first = ofMonth === undefined ? payeeStep(allocation, lines, line) : await adjustmentStep(readers, { ...line, ofMonth })
  const pot = potStep(allocation, lines, statement?.netFen ?? null)
  if (!statement) return { steps: [first, pot], stations: [] }
  const below = await stationSteps(readers, statement)
  return { steps: [first, pot, statementStep(statement), ...below.steps], stations: below.stations }
}
