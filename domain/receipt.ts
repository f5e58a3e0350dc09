import type { ChinaDay, ChinaMonth } from './calendar.ts'
import type { IncomeStream, RegionCode } from './registry.ts'

/**
 * What was seen of money on its way: 县到账, 县拨付, 县留扣, 发放. A record says what a document says, on the day the money moved, and is
 * never changed: a wrong one is countered by a reversal and recorded anew. What records settle is computed from all of them.
 */

export type Recorded = {
  /** Where it is filed: the county of a receipt, the station of an opening balance, the village of everything else. */
  placeCode: string
  countyCode: RegionCode
  /** Chosen by whoever records it: the same id again is the same record, said twice. */
  recordId: string
  /** The day the money moved. */
  on: ChinaDay
  /** Above 0. */
  amountFen: number
  document: string
  /** A user name. */
  recordedBy: string
  recordedAtMs: number
}

/** Which months' amounts a record is about; without `fromMonth` all up to `toMonth`. Amounts of later months it never settles. */
export type Span = { fromMonth?: ChinaMonth; toMonth: ChinaMonth }

/** Money the county's carry-over body received: one lump for stations and years, station by station as its document or the rule says. */
export type Receipt = Recorded &
  Span & {
    kind: 'receipt'
    stream: IncomeStream
    /** True where the grid company pays the village itself: what is received here is received there, on the same day. */
    direct: boolean
    /** Whether the rule divided the lump (oldest month first), or its document. */
    byRule: boolean
    /** Those named for the rule to divide among, by id; absent where that was all of the county, or the document divided it. */
    stationIds?: string[]
    /** Each station once. What they leave of the amount belongs to no station yet and stays visible. */
    parts: { stationId: string; amountFen: number }[]
  }

/** Money the county passed on to a village; or kept of what the village was due, for a deduction, with the paper that says why. */
export type Transfer = Recorded &
  Span & {
    kind: 'transfer' | 'withholding'
    /** Absent for all streams, oldest first. */
    stream?: IncomeStream
    /** Absent for all stations. */
    stationId?: string
  }

export type PaidLine = { lineId: string; amountFen: number }

/**
 * Records of one month of a village are numbered in their id, so that of two at once one is told and looks again: nobody is paid
 * twice. `key` is what whoever records it chose to tell a repetition by.
 */
type Counted = { month: ChinaMonth; key: string }

/** A batch of payments to payees by a month's allocation; `lines` sum to the amount. */
export type Payment = Recorded & Counted & { kind: 'payment'; runId: string; lines: PaidLine[] }
/** Payments of a batch that came back from the bank. */
export type Returned = Recorded & Counted & { kind: 'return'; returns: string; lines: PaidLine[] }

/**
 * An amount from before the books began: what was earned in a month, and what of it had been received by then. `amountFen` is what
 * was earned. Where the month has a statement, the statement says what was earned and only the receipts count.
 */
export type Opening = Recorded & {
  kind: 'opening'
  /** Also where it is filed. */
  stationId: string
  villageCode: RegionCode
  stream: IncomeStream
  month: ChinaMonth
  /** At most what was earned; received on the day `on` as far as these books know. */
  countyFen: number
  /** At most `countyFen`. */
  villageFen: number
}

/** Takes a record back, whole; both stay. */
export type Reversal = Recorded & { kind: 'reversal'; reverses: string }

export type MoneyRecord = Receipt | Transfer | Payment | Returned | Opening | Reversal
export type RecordKind = MoneyRecord['kind']

/** There is one for each record, so that nothing is taken back twice. */
export const reversalIdOf = (recordId: string): string => `${recordId}.reversal`

/** The village whose money a record is about; none for a receipt. */
export const villageOf = (record: MoneyRecord): RegionCode | undefined =>
  record.kind === 'receipt' ? undefined : record.kind === 'opening' ? record.villageCode : record.placeCode

const inOrder = (a: Recorded, b: Recorded): number => (a.on === b.on ? (a.recordId < b.recordId ? -1 : 1) : a.on < b.on ? -1 : 1)

/** The records that count, by day and then by id: reversed ones and reversals do not, nor what came back of a reversed payment. */
export const standing = (records: readonly MoneyRecord[]): Exclude<MoneyRecord, Reversal>[] => {
  const reversed = new Set(
    records.flatMap((record) => (record.kind === 'reversal' ? [`${record.placeCode}#${record.reverses}`] : [])),
  )
  const isReversed = (placeCode: string, recordId: string): boolean => reversed.has(`${placeCode}#${recordId}`)
  return records
    .filter((record) => record.kind !== 'reversal')
    .filter(({ placeCode, recordId }) => !isReversed(placeCode, recordId))
    .filter((record) => record.kind !== 'return' || !isReversed(record.placeCode, record.returns))
    .toSorted(inOrder)
}
