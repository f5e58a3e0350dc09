import type { Station } from './registry.ts'
import { recordSlip, type Recording, type Slip, type SlipEntry, type SlipRefusal } from './slip.ts'
import type { SlipColumn, SlipLine, SlipLineError } from './slip-csv.ts'

/** What a file of slips would come to, each line checked against what is recorded and against the lines before it. */

/** `reason` and `about` are there when it is not the writing of a cell that is wrong. */
export type SlipImportError = SlipLineError & { reason?: SlipRefusal | 'unknown_station'; about?: string }
/** One slip as it would be recorded; `isNew` is false when it is there already, or was until a correction took its place. */
export type PlannedSlip = { line: number; stationId: string; isNew: boolean; slip: Slip }
export type SlipPlan = { slips: PlannedSlip[]; errors: SlipImportError[] }

const COLUMN_OF: Partial<Record<SlipRefusal, SlipColumn>> = {
  wrong_account: 'billing_account',
  shared_account: 'billing_account',
  days_reversed: 'to',
  too_long: 'to',
  not_over: 'to',
  not_in_service: 'from',
  too_much: 'energy_kwh',
  nothing_to_correct: 'corrects',
  overlap: 'from',
  document_taken: 'document',
  withdrawn: 'document',
}

/** The station a line names, by its id or else by its account. */
export const stationOfLine = ({ stationId, ask }: SlipLine, stations: readonly Station[]): Station | undefined =>
  stationId === undefined
    ? stations.find(({ billingAccount }) => billingAccount === ask.billingAccount)
    : stations.find((station) => station.stationId === stationId)

const unknownStation = ({ line, stationId }: SlipLine): SlipImportError => ({
  line,
  column: stationId === undefined ? 'billing_account' : 'station_id',
  reason: 'unknown_station',
  message: 'No station of this region has it; check the number, or the station in the registry.',
})

export type SlipGround = {
  /** Those the person may record slips for. */
  stations: readonly Station[]
  /** Those that may share an account with one of them. */
  neighbours: readonly Station[]
  /** What is recorded of the stations that the lines name. */
  ledgers: ReadonlyMap<string, readonly SlipEntry[]>
}

/** Plans the lines of a file: first what stands by itself, then corrections, each in order of the file. Errors in order of lines. */
export const planSlips = (
  lines: readonly SlipLine[],
  { stations, neighbours, ledgers }: SlipGround,
  recording: Recording,
): SlipPlan => {
  const grown = new Map([...ledgers].map(([stationId, entries]) => [stationId, [...entries]]))
  const slips: PlannedSlip[] = []
  const errors: SlipImportError[] = []
  const [corrections, others] = [lines.filter(({ ask }) => ask.corrects), lines.filter(({ ask }) => !ask.corrects)]
  for (const each of [...others, ...corrections]) {
    const station = stationOfLine(each, stations)
    if (!station) {
      errors.push(unknownStation(each))
      continue
    }
    const { stationId } = station
    const entries = grown.get(stationId) ?? []
    const decided = recordSlip({ station, neighbours, entries, fromFile: true }, each.ask, recording)
    if (decided.kind === 'rejected') {
      const { reason, about, detail: message } = decided
      errors.push({ line: each.line, column: COLUMN_OF[reason] ?? '', reason, message, ...(about !== undefined && { about }) })
      continue
    }
    if (decided.kind === 'new') grown.set(stationId, [...entries, decided.slip])
    slips.push({ line: each.line, stationId, isNew: decided.kind === 'new', slip: decided.slip })
  }
  const byLine = (a: { line: number }, b: { line: number }): number => a.line - b.line
  return { slips: slips.toSorted(byLine), errors: errors.toSorted(byLine) }
}
