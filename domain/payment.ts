import type { AllocationLine } from './allocation.ts'
import type { ChinaMonth } from './calendar.ts'
import type { Rejected } from './problems.ts'
import { type MoneyRecord, type PaidLine, standing } from './receipt.ts'

/** Paying out a month's allocation: nobody is ever paid more than the list says, whatever is sent twice. */

/** What each line of a month has been paid, less what came back; a line of a list that has been superseded counts on. */
export const paidByLine = (records: readonly MoneyRecord[], month: ChinaMonth): Map<string, number> => {
  const paid = new Map<string, number>()
  for (const record of standing(records)) {
    if ((record.kind !== 'payment' && record.kind !== 'return') || record.month !== month) continue
    const sign = record.kind === 'payment' ? 1 : -1
    for (const { lineId, amountFen } of record.lines) paid.set(lineId, (paid.get(lineId) ?? 0) + sign * amountFen)
  }
  return paid
}

/** A line of the list with what was paid of it; `openFen` is negative when it was paid more than the newest list gives it. */
export type LinePaid = Pick<AllocationLine, 'lineId' | 'amountFen'> & { paidFen: number; openFen: number }

export const linesPaid = (
  lines: readonly Pick<AllocationLine, 'lineId' | 'amountFen'>[],
  paid: ReadonlyMap<string, number>,
): LinePaid[] =>
  lines.map(({ lineId, amountFen }) => {
    const paidFen = paid.get(lineId) ?? 0
    return { lineId, amountFen, paidFen, openFen: amountFen - paidFen }
  })

const refused = (detail: string): Rejected => ({ kind: 'rejected', code: 'conflict', detail })

const repeated = (lines: readonly PaidLine[]): boolean => new Set(lines.map(({ lineId }) => lineId)).size < lines.length

/** Why a batch may not be paid, undefined when it may: every line is of the list, once, and of no more than is open on it. */
export const refusalToPay = (asked: readonly PaidLine[], list: readonly LinePaid[]): Rejected | undefined => {
  if (repeated(asked)) return refused('A line appears twice in this batch; give each line once.')
  const open = new Map(list.map(({ lineId, openFen }) => [lineId, openFen]))
  const unknown = asked.find(({ lineId }) => !open.has(lineId))
  if (unknown) return refused(`Line ${unknown.lineId} is not in the month's list; load the list again.`)
  const over = asked.find(({ lineId, amountFen }) => amountFen > (open.get(lineId) ?? 0))
  return (
    over &&
    refused(
      `Line ${over.lineId} has only ${Math.max(0, open.get(over.lineId) ?? 0)} fen left to pay; it may have been paid already.`,
    )
  )
}

/** Why lines cannot have come back from a batch, undefined when they can: of each no more than the batch paid and did not get back yet. */
export const refusalToReturn = (
  asked: readonly PaidLine[],
  batch: readonly PaidLine[],
  returnedBefore: readonly PaidLine[],
): Rejected | undefined => {
  if (repeated(asked)) return refused('A line appears twice; give each line once.')
  const left = new Map(batch.map(({ lineId, amountFen }) => [lineId, amountFen]))
  for (const { lineId, amountFen } of returnedBefore) left.set(lineId, (left.get(lineId) ?? 0) - amountFen)
  const over = asked.find(({ lineId, amountFen }) => amountFen > (left.get(lineId) ?? 0))
  return over && refused(`Of line ${over.lineId} this batch has ${left.get(over.lineId) ?? 0} fen that can come back.`)
}
