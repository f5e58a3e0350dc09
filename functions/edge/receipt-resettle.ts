import { monthOfDay } from '../../domain/calendar.ts'
import { type MoneyRecord, standing } from '../../domain/receipt.ts'
import type { RegionCode } from '../../domain/registry.ts'
import type { VillageMonthWork } from '../../domain/settlement-work.ts'
import { recordsFiledUnder } from '../../stores/money-records.ts'
import type { ReceiptsDeps } from './receipt-views.ts'

/** What a record about money that came in means for months that were divided already. */

const READS_AT_ONCE = 25

/** The first month divided since the money moved; settling it divides the later ones again where they stand on it. */
const firstMonth = async (
  deps: ReceiptsDeps,
  villageCode: RegionCode,
  { on }: MoneyRecord,
): Promise<VillageMonthWork | undefined> => {
  const range = { partition: villageCode, from: monthOfDay(on), limit: 1 }
  const month = (await deps.allocations.query(range)).rows[0]?.row.month
  return month && { villageCode, month }
}

/** Whether what the county receives can change what lies in a village's account: only where the grid company pays some of them itself. */
const isAnyDirect = async (deps: ReceiptsDeps, record: MoneyRecord): Promise<boolean> =>
  record.kind === 'receipt' &&
  (record.direct ||
    standing(await recordsFiledUnder(deps, record.countyCode)).some((each) => each.kind === 'receipt' && each.direct))

/**
 * Has the months settled again that a plan of received money divided since: of the record's village, or of all where the grid company
 * pays villages itself. To be called once a record is written, and again with every repetition: a run that was cut is completed so.
 */
export const resettleReceived = async (
  deps: ReceiptsDeps,
  record: MoneyRecord,
  villagesOfCounty: () => Promise<readonly RegionCode[]>,
): Promise<void> => {
  const isOwn = record.kind === 'transfer' || record.kind === 'withholding'
  const villages = isOwn ? [record.placeCode] : (await isAnyDirect(deps, record)) ? await villagesOfCounty() : []
  const work: VillageMonthWork[] = []
  for (let at = 0; at < villages.length; at += READS_AT_ONCE) {
    const found = await Promise.all(villages.slice(at, at + READS_AT_ONCE).map((code) => firstMonth(deps, code, record)))
    work.push(...found.filter((each) => each !== undefined))
  }
  if (work.length > 0) await deps.queues['settle-village'].send(work)
}
