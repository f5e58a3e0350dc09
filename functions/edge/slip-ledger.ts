import type { ChinaMonth } from '../../domain/calendar.ts'
import type { Station } from '../../domain/registry.ts'
import { monthsToSettle } from '../../domain/settlement-work.ts'
import {
  monthsOfSlip,
  recordSlip,
  type Recording,
  type SlipAsk,
  type SlipDecision,
  type SlipEntry,
  slipsInForce,
  type WithdrawalDecision,
  withdrawSlip,
} from '../../domain/slip.ts'
import { slipLedger } from '../../stores/slips.ts'
import type { SlipView } from '../api-types-slips.ts'
import type { Deps } from '../entry.ts'
import { untilWritten } from './work.ts'

/**
 * Writing into a station's ledger of slips. An entry is written under the next number only if nobody else has taken it meanwhile;
 * otherwise it is decided anew. Months are marked after the entry, never before: a settlement between the two would answer the mark
 * and not see the entry. After a crash between the two, the same request finds its entry there and marks all the same.
 */

export type LedgerDeps = Deps<never, 'slips' | 'staleMonths', 'settle-station'>

type Written<Decision> = { decided: Decision; months: ChinaMonth[] }

const append = <Decision extends SlipDecision | WithdrawalDecision>(
  { slips }: LedgerDeps,
  stationId: string,
  decide: (entries: readonly SlipEntry[]) => { decided: Decision; entry?: SlipEntry | undefined },
): Promise<Decision> =>
  untilWritten(async () => {
    const { decided, entry } = decide(await slipLedger(slips, stationId))
    return entry && (await slips.put(entry, 'absent')) === 'conflict' ? 'conflict' : decided
  })

/** Marks months, and sends those that are over to be settled at once: the sweep would come to them within ten minutes, or never to old ones. */
const resettle = async (deps: LedgerDeps, station: Station, months: readonly ChinaMonth[]): Promise<void> => {
  const { stationId, countyCode } = station
  const markedAtMs = deps.now()
  await deps.staleMonths.putBatch(months.map((month) => ({ stationId, countyCode, month, markedAtMs })))
  const [newest] = monthsToSettle(markedAtMs)
  const over = months.filter((month) => newest !== undefined && month <= newest)
  if (over.length > 0) await deps.queues['settle-station'].send(over.map((month) => ({ stationId, month })))
}

/** Records one slip, or finds it there; its months and those of a slip it corrects are settled again. */
export const writeSlip = async (
  deps: LedgerDeps,
  { station, neighbours, fromFile = false }: { station: Station; neighbours: readonly Station[]; fromFile?: boolean },
  ask: SlipAsk,
  recording: Recording,
): Promise<Written<SlipDecision>> => {
  const decided = await append<SlipDecision>(deps, station.stationId, (entries) => {
    const decision = recordSlip({ station, neighbours, entries, fromFile }, ask, recording)
    return { decided: decision, entry: decision.kind === 'new' ? decision.slip : undefined }
  })
  if (decided.kind === 'rejected') return { decided, months: [] }
  const { slip, corrected } = decided
  const months = [...new Set([...monthsOfSlip(slip), ...(corrected ? monthsOfSlip(corrected) : [])])].toSorted()
  await resettle(deps, station, months)
  return { decided, months }
}

/** Withdraws one slip, or finds it withdrawn; its months are settled again. */
export const writeWithdrawal = async (
  deps: LedgerDeps,
  station: Station,
  ask: { withdraws: number; reason: string },
  recording: Recording,
): Promise<Written<WithdrawalDecision>> => {
  const decided = await append<WithdrawalDecision>(deps, station.stationId, (entries) => {
    const decision = withdrawSlip(entries, ask, recording)
    return { decided: decision, entry: decision.kind === 'new' ? decision.withdrawal : undefined }
  })
  if (decided.kind === 'rejected') return { decided, months: [] }
  const months = monthsOfSlip(decided.slip)
  await resettle(deps, station, months)
  return { decided, months }
}

/** The slips of a ledger as people read them, the newest period first. */
export const slipViews = (entries: readonly SlipEntry[]): SlipView[] => {
  const inForce = new Set(slipsInForce(entries).map(({ entry }) => entry))
  return entries
    .filter((entry) => entry.kind === 'slip')
    .map(({ entry, billingAccount, document, from, to, energyWh, amounts, recordedBy, recordedAtMs }): SlipView => {
      const ends = entries.find((other) => (other.kind === 'slip' ? other.corrects : other.withdraws) === entry)
      return {
        entry,
        billingAccount,
        document,
        from,
        to,
        energyWh,
        amounts,
        recordedBy,
        recordedAtMs,
        state: inForce.has(entry) ? 'in_force' : ends?.kind === 'slip' ? 'corrected' : 'withdrawn',
        correctedBy: ends?.kind === 'slip' ? ends.document : null,
        withdrawn:
          ends?.kind === 'withdrawal'
            ? { reason: ends.reason, recordedBy: ends.recordedBy, recordedAtMs: ends.recordedAtMs }
            : null,
      }
    })
    .toSorted((a, b) => (a.from === b.from ? b.entry - a.entry : a.from < b.from ? 1 : -1))
}
