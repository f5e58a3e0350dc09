import type { BankFile, BankItem, FailureReason } from '../domain/bank-file.ts'
import type { ChinaDay, ChinaMonth } from '../domain/calendar.ts'
import type { Overdue, Stages, VillageAccount } from '../domain/receipt-account.ts'
import type { RecordKind } from '../domain/receipt.ts'
import type { IncomeStream, RegionCode } from '../domain/registry.ts'
import type { RegionRef, ToldError } from './api-types.ts'

/** What /api/receipts answers: the life of amounts, accrued → received by the county → by the village → paid out. Whole fen. */

export type { Stages }

export type Account = Omit<VillageAccount, 'villageCode'>
/** What was taken before sharing, 0 or negative: `accruedFen` is gross of it. */
type Deducted = { deductionFen: number }
export type VillageRow = VillageAccount & Deducted & { name: string; townName: string | null }
export type OverdueView = Overdue & { villageName: string | null }

/** One record; `reversedAtMs` is null while it stands. */
export type RecordView = {
  placeCode: string
  recordId: string
  kind: RecordKind
  /** The village, or the station of an opening balance; null for the county's own. */
  villageCode: RegionCode | null
  villageName: string | null
  on: ChinaDay
  amountFen: number
  /** What of it found nothing to settle. */
  unappliedFen: number
  stream: IncomeStream | null
  fromMonth: ChinaMonth | null
  toMonth: ChinaMonth | null
  /** Stations of a receipt, payees of a payment. */
  parts: number
  direct: boolean
  document: string
  recordedBy: string
  recordedAtMs: number
  reversedAtMs: number | null
}

/** GET /api/receipts/county?code=&asOf=&ages= : a county or a part of one; as of today unless told. */
export type CountyReceipts = {
  asOfMs: number
  asOf: ChinaDay
  region: RegionRef
  /** The last day of each class of age but the last. */
  limitsDays: number[]
  total: Account & Deducted
  villages: VillageRow[]
  overdue: OverdueView[]
  /** The county's receipts, newest first, at most 200; empty for a part of a county. */
  records: RecordView[]
  /** What receipts brought, and what of it is no station's yet. */
  receivedFen: number
  unappliedFen: number
}

export type ItemView = {
  stationId: string
  stationName: string
  month: ChinaMonth
  stream: IncomeStream
  accruedFen: number
  countyFen: number
  /** The last day something of it was received; null when nothing was. */
  countyOn: ChinaDay | null
  villageFen: number
  villageOn: ChinaDay | null
  withheldFen: number
}

/** GET /api/receipts/villages/{code}?asOf=&ages= */
export type VillageReceipts = {
  asOfMs: number
  asOf: ChinaDay
  village: RegionRef
  townName: string | null
  countyName: string | null
  limitsDays: number[]
  account: Account & Deducted
  /** Newest month first. */
  items: ItemView[]
  overdue: OverdueView[]
  /** Newest first. */
  records: RecordView[]
}

/** POST /api/receipts/county/{code} and /villages/{code}/transfers : what is, or on a dry run would be, recorded. */
export type RecordedView = {
  written: boolean
  /** True when this very record was there already. */
  repeated: boolean
  record: RecordView
  /** How a lump was or would be divided; empty for what is about one village. */
  parts: { stationId: string; name: string; amountFen: number }[]
}

export type PayeeView = {
  lineId: string
  /** Masked. */
  payee: string
  post: string
  amountFen: number
  paidFen: number
  openFen: number
}
/** GET /api/receipts/villages/{code}/list?month= : the month's allocation and what of it is paid; null runId when there is none. */
export type PayList = {
  asOfMs: number
  month: ChinaMonth
  runId: string | null
  lines: PayeeView[]
  /** Paid for this month, by an earlier list, to persons this one does not have; an empty payee where nobody knows who. */
  unlisted: { batchId: string; lineId: string; payee: string; post: string; paidFen: number }[]
  /** What lies in the village's account today. */
  balanceFen: number
  /** Batches of the month that stand, newest first, with what can still come back of each. */
  batches: { recordId: string; on: ChinaDay; amountFen: number; document: string; lines: { lineId: string; leftFen: number }[] }[]
}

/** POST /api/receipts/county/{code}/openings : nothing is written on a dry run or when a line is wrong. */
export type OpeningImport = {
  written: boolean
  /** Lines that say something new, and lines that are there already. */
  added: number
  unchanged: number
  accruedFen: number
  errors: ToldError[]
  errorCount: number
}

/** GET /api/receipts/villages/{code}/accounts : names masked, accounts by their last four digits. */
export type PayeeAccounts = {
  asOfMs: number
  accounts: { personId: string; name: string; account: string; recordedBy: string; recordedAtMs: number }[]
}
/** POST /api/receipts/villages/{code}/accounts : nothing is written on a dry run or when a line is wrong. */
export type AccountImport = {
  written: boolean
  changed: number
  unchanged: number
  /** Lines whose number is no card's by its check digit: to be looked at, not refused. */
  doubtfulLines: number[]
  errors: ToldError[]
  errorCount: number
}
/** GET /api/receipts/villages/{code}/bank-files */
export type BankFiles = { asOfMs: number; files: BankFile[] }
/** POST /api/receipts/villages/{code}/bank-answers */
export type BankAnswerView = {
  written: boolean
  /** The same file was read before; nothing is written again. */
  repeated: boolean
  succeeded: number
  failed: number
  /** What failed comes to, and goes back into the batch. */
  returnedFen: number
  /** The rest of what became of the batch's payments; null for a file that was read before. */
  became: { succeededFen: number; unknown: number; unknownFen: number; reasons: FailureReason[] } | null
  items: BankItem[]
}
