import type { AllocationLine } from './allocation-run.ts'
import type { ChinaMonth } from './calendar.ts'
import type { Rejected } from './problems.ts'
import { type MoneyRecord, type PaidLine, standing } from './receipt.ts'

/**
 * Paying out a month's allocation: nobody is ever paid more than the list says, whatever is sent twice and however often the list is
 * made anew. Ids of lines belong to one run; what lasts from list to list is who got money, and for what.
 */

/** Who a line is for. */
export type Payee = Pick<AllocationLine, 'lineId' | 'personId' | 'kind' | 'post'>
type ListLine = Payee & Pick<AllocationLine, 'amountFen'>

/** What a batch paid on a line of its run and did not get back; without `payee` where the run's line is unknown. */
export type PaidOut = { batchId: string; runId: string; lineId: string; paidFen: number; payee?: Payee | undefined }

/** What stands paid for a month, batch by batch, by whatever list. `payeeOf` finds the line of a run. */
export const paidOut = (
  records: readonly MoneyRecord[],
  month: ChinaMonth,
  payeeOf: (runId: string, lineId: string) => Payee | undefined,
): PaidOut[] => {
  const counted = standing(records)
  const back = new Map<string, number>()
  for (const record of counted) {
    if (record.kind !== 'return') continue
    for (const { lineId, amountFen } of record.lines) {
      const key = `${record.returns}#${lineId}`
      back.set(key, (back.get(key) ?? 0) + amountFen)
    }
  }
  return counted.flatMap((record) => {
    if (record.kind !== 'payment' || record.month !== month) return []
    const { recordId: batchId, runId } = record
    return record.lines
      .map(({ lineId, amountFen }): PaidOut => {
        const paidFen = amountFen - (back.get(`${batchId}#${lineId}`) ?? 0)
        return { batchId, runId, lineId, paidFen, payee: payeeOf(runId, lineId) }
      })
      .filter(({ paidFen }) => paidFen > 0)
  })
}

/** A line of the list with what was paid of it; `openFen` is negative when more was paid than the newest list gives. */
export type LinePaid = Pick<AllocationLine, 'lineId' | 'amountFen'> & { paidFen: number; openFen: number }
/** `unlisted` was paid to persons the list no longer has, or on lines nobody knows. */
export type ListPaid = { lines: LinePaid[]; unlisted: PaidOut[] }

const sameWork = (one: Payee, other: Payee): boolean => one.kind === other.kind && one.post === other.post
/** How money finds its line among a person's own, nearest first. */
const NEARNESS: readonly ((line: Payee, paid: Payee) => boolean)[] = [
  (line, paid) => line.lineId === paid.lineId && sameWork(line, paid),
  sameWork,
  () => true,
]

/** Counts what a person got against the person's lines, nearest first and each up to its amount; what is over is a debt on the nearest. */
const settlePerson = (own: readonly ListLine[], paid: readonly PaidOut[], sums: Map<string, number>): void => {
  const add = ({ lineId }: ListLine, fen: number): void => void sums.set(lineId, (sums.get(lineId) ?? 0) + fen)
  const left = paid.flatMap(({ payee, paidFen }) => (payee ? [{ payee, fen: paidFen }] : []))
  for (const isNear of NEARNESS) {
    for (const money of left) {
      for (const line of own.filter((each) => isNear(each, money.payee))) {
        const fen = Math.min(money.fen, line.amountFen - (sums.get(line.lineId) ?? 0))
        add(line, fen)
        money.fen -= fen
      }
    }
  }
  for (const { payee, fen } of left) {
    const nearest = NEARNESS.map((isNear) => own.find((line) => isNear(line, payee))).find((line) => line !== undefined)
    if (nearest) add(nearest, fen)
  }
}

/** What was paid of each line of a list: what a person got for the month counts, by whatever list and line it was paid. */
export const linesPaid = (list: readonly ListLine[], paid: readonly PaidOut[]): ListPaid => {
  const sums = new Map<string, number>()
  const byPerson = Map.groupBy(paid, ({ payee }) => payee?.personId)
  const persons = Map.groupBy(list, ({ personId }) => personId)
  for (const [personId, own] of persons) settlePerson(own, byPerson.get(personId) ?? [], sums)
  const lines = list.map(({ lineId, amountFen }) => {
    const paidFen = sums.get(lineId) ?? 0
    return { lineId, amountFen, paidFen, openFen: amountFen - paidFen }
  })
  return { lines, unlisted: paid.filter(({ payee }) => payee === undefined || !persons.has(payee.personId)) }
}

const refused = (detail: string): Rejected => ({ kind: 'rejected', code: 'conflict', detail })

const repeated = (lines: readonly PaidLine[]): boolean => new Set(lines.map(({ lineId }) => lineId)).size < lines.length

/** Why a batch may not be paid, undefined when it may: every line is of the list, once, and of no more than is open on it. */
export const refusalToPay = (asked: readonly PaidLine[], { lines: list, unlisted }: ListPaid): Rejected | undefined => {
  if (repeated(asked)) return refused('A line appears twice in this batch; give each line once.')
  const open = new Map(list.map(({ lineId, openFen }) => [lineId, openFen]))
  const unknown = asked.find(({ lineId }) => !open.has(lineId))
  if (unknown) return refused(`Line ${unknown.lineId} is not in the month's list; load the list again.`)
  const nobodys = unlisted.find(({ payee }) => payee === undefined)
  if (nobodys)
    return refused(`Who got line ${nobodys.lineId} of batch ${nobodys.batchId} is unknown; take that batch back first.`)
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
