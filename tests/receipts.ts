import type { ChinaDay } from '../domain/calendar.ts'
import type { Item } from '../domain/receipt-items.ts'
import type { Opening, Payment, Receipt, Returned, Reversal, Span, Transfer } from '../domain/receipt.ts'
import { VILLAGE } from './registry.ts'
import { month } from './settlement.ts'

/** Builders of what the life of amounts is made of: everything in fen, everything of one village and one station unless told. */

export const COUNTY = '341623000000'
const day = (text: string): ChinaDay => text as ChinaDay

export const anItem = (over: Partial<Omit<Item, 'month'>> & { month?: string } = {}): Item => ({
  villageCode: VILLAGE,
  stationId: 'ZL1',
  stream: 'benchmark',
  accruedFen: 10_000,
  ...over,
  month: month(over.month ?? '2026-01'),
})

const recorded = { countyCode: COUNTY, document: '示范凭证', recordedBy: 'cashier', recordedAtMs: 1_770_000_000_000 }
/** Dates and months as text. */
type Over<Record> = Partial<Omit<Record, 'on' | 'month' | 'fromMonth' | 'toMonth' | 'kind'>> & {
  on?: string
  month?: string
  fromMonth?: string | undefined
  toMonth?: string | undefined
}
const spanOf = ({ fromMonth, toMonth }: Over<object>): Span => ({
  ...(fromMonth !== undefined && { fromMonth: month(fromMonth) }),
  toMonth: month(toMonth ?? '2026-03'),
})
const dates = ({ on }: Over<object>) => ({
  on: day(on ?? '2026-04-10'),
})

/** A lump for ZL1 alone unless its parts are told. */
export const aReceipt = ({ fromMonth, toMonth, ...over }: Over<Receipt> = {}): Receipt => ({
  ...recorded,
  kind: 'receipt',
  placeCode: COUNTY,
  recordId: 'R1',
  amountFen: 10_000,
  stream: 'benchmark',
  direct: false,
  byRule: false,
  parts: [{ stationId: 'ZL1', amountFen: over.amountFen ?? 10_000 }],
  ...over,
  ...dates(over),
  ...spanOf({ fromMonth, toMonth }),
})

export const aTransfer = ({ fromMonth, toMonth, ...over }: Over<Transfer> & { kind?: Transfer['kind'] } = {}): Transfer => ({
  ...recorded,
  kind: 'transfer',
  placeCode: VILLAGE,
  recordId: 'T1',
  amountFen: 10_000,
  ...over,
  ...dates({ on: '2026-04-20', ...over }),
  ...spanOf({ fromMonth, toMonth }),
})

export const aPayment = (over: Over<Payment> = {}): Payment => ({
  ...recorded,
  kind: 'payment',
  placeCode: VILLAGE,
  recordId: 'P1',
  amountFen: (over.lines ?? [{ amountFen: 5_000 }]).reduce((sum, { amountFen }) => sum + amountFen, 0),
  key: 'k1',
  runId: 's1-p1-x',
  lines: [{ lineId: 'L1', amountFen: 5_000 }],
  ...over,
  ...dates({ on: '2026-05-10', ...over }),
  month: month(over.month ?? '2026-03'),
})

export const aReturn = (over: Over<Returned> = {}): Returned => ({
  ...recorded,
  kind: 'return',
  placeCode: VILLAGE,
  recordId: 'B1',
  amountFen: (over.lines ?? [{ amountFen: 5_000 }]).reduce((sum, { amountFen }) => sum + amountFen, 0),
  key: 'k2',
  returns: 'P1',
  lines: [{ lineId: 'L1', amountFen: 5_000 }],
  ...over,
  ...dates({ on: '2026-05-20', ...over }),
  month: month(over.month ?? '2026-03'),
})

export const anOpening = (over: Over<Opening> = {}): Opening => ({
  ...recorded,
  kind: 'opening',
  placeCode: 'ZL1',
  villageCode: VILLAGE,
  recordId: 'O1',
  amountFen: 10_000,
  stationId: 'ZL1',
  stream: 'subsidy',
  countyFen: 6_000,
  villageFen: 4_000,
  ...over,
  ...dates({ on: '2025-12-31', ...over }),
  month: month(over.month ?? '2019-12'),
})

export const aReversal = (of: { placeCode: string; recordId: string; amountFen: number }): Reversal => ({
  ...recorded,
  kind: 'reversal',
  placeCode: of.placeCode,
  recordId: `${of.recordId}.reversal`,
  reverses: of.recordId,
  amountFen: of.amountFen,
  on: day('2026-06-01'),
})
