import type { Station } from '../../domain/registry.ts'
import { readSlipLines, type SlipLine } from '../../domain/slip-csv.ts'
import { planSlips, type PlannedSlip, type SlipGround, type SlipImportError, stationOfLine } from '../../domain/slip-import.ts'
import type { Recording, SlipEntry } from '../../domain/slip.ts'
import { slipLedger } from '../../stores/slips.ts'
import type { SlipImport } from '../api-types-slips.ts'
import { type LedgerDeps, writeSlip } from './slip-ledger.ts'

/** A file of slips: planned as a whole, and written only when no line is wrong. */

const STATIONS_AT_ONCE = 25
const ERRORS_MAX = 200

/** Does a few at a time; answers in order. */
export const fewStations = async <Of, Result>(all: readonly Of[], work: (one: Of) => Promise<Result>): Promise<Result[]> => {
  const results: Result[] = []
  for (let at = 0; at < all.length; at += STATIONS_AT_ONCE) {
    results.push(...(await Promise.all(all.slice(at, at + STATIONS_AT_ONCE).map(work))))
  }
  return results
}

const ledgersOf = async (deps: LedgerDeps, lines: readonly SlipLine[], stations: readonly Station[]) => {
  const named = [...new Set(lines.flatMap((line) => stationOfLine(line, stations)?.stationId ?? []))]
  const ledgers = await fewStations(named, async (id): Promise<[string, SlipEntry[]]> => [id, await slipLedger(deps.slips, id)])
  return new Map(ledgers)
}

type Importing = Omit<SlipGround, 'ledgers'> & { text: string; dryRun: boolean; recording: Recording }

/** Corrections go last, as they were planned: what they correct may come with them. */
const inOrder = (slips: readonly PlannedSlip[]): PlannedSlip[] => [
  ...slips.filter(({ slip }) => slip.corrects === undefined),
  ...slips.filter(({ slip }) => slip.corrects !== undefined),
]

/**
 * Writes what was planned. What another person recorded meanwhile may refuse a line: it is reported, and the lines written by then
 * stay, so that importing the file again tells what is left.
 */
const writePlanned = async (
  deps: LedgerDeps,
  { lines, slips, stations, neighbours, recording }: Importing & { lines: readonly SlipLine[]; slips: PlannedSlip[] },
): Promise<SlipImportError[]> => {
  const byStation = [...Map.groupBy(inOrder(slips), ({ stationId }) => stationId)]
  const errors = await fewStations(byStation, async ([stationId, own]) => {
    const station = stations.find((each) => each.stationId === stationId)
    const refused: SlipImportError[] = []
    for (const { line } of own) {
      const ask = lines.find((each) => each.line === line)?.ask
      if (!station || !ask) continue
      const { decided } = await writeSlip(deps, { station, neighbours, fromFile: true }, ask, recording)
      if (decided.kind !== 'rejected') continue
      const { reason, about, detail: message } = decided
      refused.push({ line, column: '', reason, message, ...(about !== undefined && { about }) })
    }
    return refused
  })
  return errors.flat()
}

export const importSlips = async (deps: LedgerDeps, importing: Importing): Promise<SlipImport> => {
  const { text, dryRun, stations, neighbours, recording } = importing
  const { lines, errors: unreadable } = readSlipLines(text)
  const plan = planSlips(lines, { stations, neighbours, ledgers: await ledgersOf(deps, lines, stations) }, recording)
  const slips = plan.slips.map(({ line, stationId, isNew, slip }) => {
    const { billingAccount, document, from, to, energyWh, amounts } = slip
    return { line, stationId, isNew, billingAccount, document, from, to, energyWh, amounts }
  })
  const planned = [...unreadable, ...plan.errors].toSorted((a, b) => a.line - b.line)
  const isWritten = !dryRun && planned.length === 0
  const errors = isWritten ? await writePlanned(deps, { ...importing, lines, slips: plan.slips }) : planned
  return { written: isWritten && errors.length === 0, slips, errors: errors.slice(0, ERRORS_MAX), errorCount: errors.length }
}
