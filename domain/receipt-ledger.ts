import { type ChinaDay, type ChinaMonth, dayEndMs, monthEndMs } from './calendar.ts'
import { shareByLargestRemainder } from './money.ts'
import { type Item, itemKey, withOpenings } from './receipt-items.ts'
import { type MoneyRecord, type Opening, type Receipt, type RecordKind, type Span, standing, type Transfer } from './receipt.ts'

/**
 * The life of amounts: what of every amount due was received by the county, what of that by the village or kept, in which parts and
 * when. Computed from statements and records alone, whatever order they came in: a corrected statement moves what is outstanding or
 * unapplied, and rewrites nothing.
 */

/** A part of an item that one record settled. */
export type Settled = {
  recordId: string
  on: ChinaDay
  amountFen: number
  /** Of a village's part: the grid company paid it to the village itself. */
  direct?: true
}

/** At either joint the books close to the fen: accrued = county + awaited, county = village + withheld + held. */
export type ItemLife = Item & { county: Settled[]; village: Settled[]; withheld: Settled[] }

/** What of a record's amount found nothing to settle: over-payment, an advance, or money no station is named for. */
export type Unapplied = { recordId: string; kind: RecordKind; placeCode: string; on: ChinaDay; amountFen: number }

export type Ledger = { items: ItemLife[]; unapplied: Unapplied[] }

export const sumOf = (parts: readonly { amountFen: number }[]): number => parts.reduce((sum, { amountFen }) => sum + amountFen, 0)
export const awaitedFen = ({ accruedFen, county }: ItemLife): number => accruedFen - sumOf(county)
export const heldFen = ({ county, village, withheld }: ItemLife): number => sumOf(county) - sumOf(village) - sumOf(withheld)

/** Whether a record about those months may settle an amount of that one. */
export const lies = (month: ChinaMonth, { fromMonth, toMonth }: Span): boolean =>
  month <= toMonth && (fromMonth === undefined || month >= fromMonth)

/** Oldest first; within a month by station, stream and village, so that the order is one and the same everywhere. */
const byAge = <Of extends Item>(items: readonly Of[]): Of[] =>
  items
    .map((item) => ({ item, key: `${item.month}#${item.stationId}#${item.stream}#${item.villageCode}` }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ item }) => item)

/**
 * Settles the county's side of items that are one station's month and stream: villages get parts by what each still awaits, by
 * largest remainder, so no one more than that. Returns what of the amount was used.
 */
const receive = (month: readonly ItemLife[], receipt: Receipt, amountFen: number): number => {
  const open = month.filter((item) => awaitedFen(item) > 0)
  const usedFen = Math.min(
    amountFen,
    open.reduce((sum, item) => sum + awaitedFen(item), 0),
  )
  const divided = shareByLargestRemainder({
    total: usedFen,
    shares: open.map((item) => ({ id: item.villageCode, weight: awaitedFen(item) })),
  })
  if (divided.kind === 'no_weight') return 0
  for (const [at, { part }] of divided.parts.entries()) {
    if (part === 0) continue
    const settled = { recordId: receipt.recordId, on: receipt.on, amountFen: part }
    open[at]?.county.push(settled)
    if (receipt.direct) open[at]?.village.push({ ...settled, direct: true })
  }
  return usedFen
}

/** Amounts received, station by station, oldest month first. */
const applyReceipts = (items: readonly ItemLife[], receipts: readonly Receipt[]): Unapplied[] => {
  const ofStream = Map.groupBy(items, ({ stationId, stream }) => `${stationId}#${stream}`)
  const months = new Map([...ofStream].map(([key, own]) => [key, [...Map.groupBy(own, ({ month }) => month)]]))
  return receipts.map((receipt) => {
    let leftFen = receipt.amountFen
    for (const { stationId, amountFen } of receipt.parts) {
      let partFen = amountFen
      for (const [month, own] of months.get(`${stationId}#${receipt.stream}`) ?? []) {
        if (partFen > 0 && lies(month, receipt)) partFen -= receive(own, receipt, partFen)
      }
      leftFen -= amountFen - partFen
    }
    return unappliedOf(receipt, leftFen)
  })
}

const unappliedOf = ({ recordId, kind, placeCode, on }: Receipt | Transfer | Opening, amountFen: number): Unapplied => ({
  recordId,
  kind,
  placeCode,
  on,
  amountFen,
})

/** What was passed on or kept, village by village, oldest first, never more of an item than the county has of it. */
const applyTransfers = (items: readonly ItemLife[], transfers: readonly Transfer[]): Unapplied[] => {
  const ofVillage = Map.groupBy(items, ({ villageCode }) => villageCode)
  return transfers.map((transfer) => {
    const { placeCode, kind, stream, stationId, recordId, on } = transfer
    let leftFen = transfer.amountFen
    for (const item of ofVillage.get(placeCode) ?? []) {
      if (leftFen === 0) break
      const named = (stream ?? item.stream) === item.stream && (stationId ?? item.stationId) === item.stationId
      const usedFen = named && lies(item.month, transfer) ? Math.min(leftFen, Math.max(0, heldFen(item))) : 0
      if (usedFen > 0) item[kind === 'transfer' ? 'village' : 'withheld'].push({ recordId, on, amountFen: usedFen })
      leftFen -= usedFen
    }
    return unappliedOf(transfer, leftFen)
  })
}

/** What had been received before the books began, of the very item it was received for. */
const applyOpenings = (items: readonly ItemLife[], openings: readonly Opening[]): Unapplied[] => {
  const byKey = new Map(items.map((item) => [itemKey(item), item]))
  return openings.map((opening) => {
    const { recordId, on } = opening
    const item = byKey.get(itemKey(opening))
    const countyFen = Math.min(opening.countyFen, item ? Math.max(0, awaitedFen(item)) : 0)
    const villageFen = Math.min(opening.villageFen, countyFen)
    if (countyFen > 0) item?.county.push({ recordId, on, amountFen: countyFen })
    if (villageFen > 0) item?.village.push({ recordId, on, amountFen: villageFen })
    return unappliedOf(opening, opening.countyFen - countyFen)
  })
}

const isTransfer = (record: MoneyRecord): record is Transfer => record.kind === 'transfer' || record.kind === 'withholding'

const isOverBy = (month: ChinaMonth, asOf: ChinaDay): boolean => monthEndMs(month) <= dayEndMs(asOf)

/** The ledger as of a day: amounts of months that are over by then, and money that had moved by then. Records may be all there are. */
export const ledgerOf = (items: readonly Item[], records: readonly MoneyRecord[], asOf: ChinaDay): Ledger => {
  const counted = standing(records)
  const moved = counted.filter(({ on }) => on <= asOf)
  const openings = counted.filter((record) => record.kind === 'opening')
  const due = withOpenings(items, openings).filter(({ month }) => isOverBy(month, asOf))
  const lives = byAge(due.map((item): ItemLife => ({ ...item, county: [], village: [], withheld: [] })))
  const receivedBefore = openings.filter(({ on }) => on <= asOf)
  const receipts = moved.filter((record) => record.kind === 'receipt')
  const unapplied = [
    ...applyOpenings(lives, receivedBefore),
    ...applyReceipts(lives, receipts),
    ...applyTransfers(lives, moved.filter(isTransfer)),
  ]
  return { items: lives, unapplied: unapplied.filter(({ amountFen }) => amountFen > 0) }
}
