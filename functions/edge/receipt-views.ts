import { type ChinaDay, dayOf } from '../../domain/calendar.ts'
import { overdueOf, type VillageAccount, villageAccount } from '../../domain/receipt-account.ts'
import { deductionFenOf } from '../../domain/receipt-items.ts'
import { type ItemLife, type Ledger, ledgerOf, sumOf } from '../../domain/receipt-ledger.ts'
import { type MoneyRecord, reversalIdOf, standing, villageOf } from '../../domain/receipt.ts'
import type { VillageStatement } from '../../domain/village-statement.ts'
import type { RegionCode } from '../../domain/registry.ts'
import { type MoneySource, moneyOfCounty, moneyOfVillage } from '../../stores/money-records.ts'
import { dueRulesOf } from '../../stores/money-records.ts'
import type { Account, CountyReceipts, ItemView, RecordView, VillageReceipts, VillageRow } from '../api-types-receipts.ts'
import type { Deps } from '../entry.ts'
import { type OpenRegion, regionRef } from './region.ts'

/** The life of amounts as pages show it. */

export type ReceiptsDeps = Deps<
  | 'verifyKeys'
  | 'regions'
  | 'stations'
  | 'shares'
  | 'persons'
  | 'allocations'
  | 'allocationLines'
  | 'stationStatements'
  | 'villageStatements'
  | 'dueRules',
  'moneyRecords' | 'payeeAccounts' | 'bankFiles',
  'settle-village'
>

const RECORDS_SHOWN_MAX = 200

type NameOf = OpenRegion['nameOf']
export type As = { asOf: ChinaDay; limitsDays: readonly number[] }

/** Records as they are shown, newest first, each with what of it is unapplied and whether it was taken back. */
export const recordViews = (records: readonly MoneyRecord[], { unapplied }: Ledger, nameOf: NameOf): RecordView[] => {
  const keyOf = (placeCode: string, recordId: string): string => `${placeCode}#${recordId}`
  const left = new Map(unapplied.map(({ placeCode, recordId, amountFen }) => [keyOf(placeCode, recordId), amountFen]))
  const byKey = new Map(records.map((record) => [keyOf(record.placeCode, record.recordId), record]))
  return records
    .filter(({ kind }) => kind !== 'reversal')
    .toSorted((a, b) => (a.on === b.on ? b.recordedAtMs - a.recordedAtMs : a.on < b.on ? 1 : -1))
    .map((record) => {
      const { placeCode, recordId, kind, on, amountFen, document, recordedBy, recordedAtMs } = record
      const villageCode = villageOf(record)
      return {
        placeCode,
        recordId,
        kind,
        on,
        amountFen,
        document,
        recordedBy,
        recordedAtMs,
        villageCode: villageCode ?? null,
        villageName: nameOf(villageCode),
        unappliedFen: left.get(keyOf(placeCode, recordId)) ?? 0,
        stream: 'stream' in record ? (record.stream ?? null) : null,
        fromMonth: 'fromMonth' in record ? (record.fromMonth ?? null) : 'month' in record ? record.month : null,
        toMonth: 'toMonth' in record ? record.toMonth : 'month' in record ? record.month : null,
        parts: 'parts' in record ? record.parts.length : 'lines' in record ? record.lines.length : 0,
        direct: 'direct' in record && record.direct,
        reversedAtMs: byKey.get(keyOf(placeCode, reversalIdOf(recordId)))?.recordedAtMs ?? null,
      }
    })
}

const deductedBy = (statements: readonly VillageStatement[], asOf: ChinaDay): number =>
  statements.filter(({ month }) => month < asOf.slice(0, 7)).reduce((sum, statement) => sum + deductionFenOf(statement), 0)

const addUp = (rows: readonly (Account & { deductionFen: number })[]): Account & { deductionFen: number } => {
  const total = (of: (row: Account & { deductionFen: number }) => number): number => rows.reduce((sum, row) => sum + of(row), 0)
  const classes = (of: (row: Account) => number[]): number[] =>
    (rows[0] ? of(rows[0]) : []).map((_, at) => total((row) => of(row)[at] ?? 0))
  const stages = (of: (row: Account) => VillageAccount['subsidy']): VillageAccount['subsidy'] => ({
    accruedFen: total((row) => of(row).accruedFen),
    countyFen: total((row) => of(row).countyFen),
    awaitedFen: total((row) => of(row).awaitedFen),
    withheldFen: total((row) => of(row).withheldFen),
    heldFen: total((row) => of(row).heldFen),
    villageFen: total((row) => of(row).villageFen),
  })
  return {
    ...stages((row) => row),
    cashFen: total(({ cashFen }) => cashFen),
    advancedFen: total(({ advancedFen }) => advancedFen),
    paidFen: total(({ paidFen }) => paidFen),
    balanceFen: total(({ balanceFen }) => balanceFen),
    deductionFen: total(({ deductionFen }) => deductionFen),
    subsidy: stages(({ subsidy }) => subsidy),
    ages: {
      awaited: classes(({ ages }) => ages.awaited),
      held: classes(({ ages }) => ages.held),
      balance: classes(({ ages }) => ages.balance),
    },
  }
}

/** Accounts of many villages, each from its own records and amounts alone. */
const accountsOf = (
  codes: readonly RegionCode[],
  source: MoneySource,
  ledger: Ledger,
  as: As,
): Map<RegionCode, VillageAccount> => {
  const items = Map.groupBy(ledger.items, ({ villageCode }) => villageCode)
  const records = Map.groupBy(standing(source.records), villageOf)
  return new Map(
    codes.map((code) => {
      const own = { items: items.get(code) ?? [], unapplied: [] }
      return [code, villageAccount(code, { ledger: own, records: records.get(code) ?? [], ...as })]
    }),
  )
}

export const countyView = async (deps: ReceiptsDeps, opened: OpenRegion, as: As): Promise<CountyReceipts> => {
  const source = await moneyOfCounty(deps, opened.countyCode, as.asOf)
  const ledger = ledgerOf(source.items, source.records, as.asOf)
  const accounts = accountsOf(
    opened.villages.map(({ code }) => code),
    source,
    ledger,
    as,
  )
  const statements = Map.groupBy(source.statements, ({ villageCode }) => villageCode)
  const villages = opened.villages.flatMap(({ code, name, parentCode }): VillageRow[] => {
    const account = accounts.get(code)
    const deductionFen = deductedBy(statements.get(code) ?? [], as.asOf)
    return account ? [{ ...account, deductionFen, name, townName: opened.nameOf(parentCode) }] : []
  })
  const inside = new Set(opened.villages.map(({ code }) => code))
  const rules = await dueRulesOf(deps, opened.countyCode)
  const overdue = overdueOf(ledger.items, as.asOf, rules).filter(({ villageCode }) => inside.has(villageCode))
  const isWhole = opened.region.code === opened.countyCode
  const receipts = isWhole
    ? source.records.filter(({ kind, on }) => kind === 'reversal' || (kind === 'receipt' && on <= as.asOf))
    : []
  const records = recordViews(receipts, ledger, opened.nameOf)
  const received = records.filter(({ kind, reversedAtMs }) => kind === 'receipt' && reversedAtMs === null)
  return {
    asOfMs: deps.now(),
    asOf: as.asOf,
    region: regionRef(opened.region),
    limitsDays: [...as.limitsDays],
    total: addUp(villages),
    villages,
    overdue: overdue.map((each) => ({ ...each, villageName: opened.nameOf(each.villageCode) })),
    records: records.slice(0, RECORDS_SHOWN_MAX),
    receivedFen: sumOf(received),
    unappliedFen: received.reduce((sum, { unappliedFen }) => sum + unappliedFen, 0),
  }
}

const lastOn = (parts: ItemLife['county']): ChinaDay | null =>
  parts
    .map(({ on }) => on)
    .toSorted()
    .at(-1) ?? null

const itemView = (item: ItemLife, names: ReadonlyMap<string, string>): ItemView => ({
  stationId: item.stationId,
  stationName: names.get(item.stationId) ?? item.stationId,
  month: item.month,
  stream: item.stream,
  accruedFen: item.accruedFen,
  countyFen: sumOf(item.county),
  countyOn: lastOn(item.county),
  villageFen: sumOf(item.village),
  villageOn: lastOn(item.village),
  withheldFen: sumOf(item.withheld),
})

/** The county's receipts decide about a village's amounts and stay the county's to see: of records only the village's own are shown. */
export const villageView = async (deps: ReceiptsDeps, opened: OpenRegion, as: As): Promise<VillageReceipts> => {
  const { code } = opened.region
  const source = await moneyOfVillage(deps, { villageCode: code, countyCode: opened.countyCode })
  const ledger = ledgerOf(source.items, source.records, as.asOf)
  const { villageCode: _, ...account } = villageAccount(code, { ledger, records: source.records, ...as })
  const items = ledger.items.filter(({ villageCode }) => villageCode === code)
  const names = new Map(source.stations.map(({ stationId, name }) => [stationId, name]))
  const reversals = source.records.filter(({ kind }) => kind === 'reversal')
  const own = source.records.filter((record) => record.kind !== 'reversal' && villageOf(record) === code && record.on <= as.asOf)
  return {
    asOfMs: deps.now(),
    asOf: as.asOf,
    village: regionRef(opened.region),
    townName: opened.nameOf(opened.region.parentCode),
    countyName: opened.nameOf(opened.countyCode),
    limitsDays: [...as.limitsDays],
    account: { ...account, deductionFen: deductedBy(source.statements, as.asOf) },
    items: items.map((item) => itemView(item, names)).toReversed(),
    overdue: overdueOf(items, as.asOf, await dueRulesOf(deps, opened.countyCode)).map((each) => ({
      ...each,
      villageName: opened.region.name,
    })),
    records: recordViews([...own, ...reversals], ledger, opened.nameOf),
  }
}

/** Today's ledger of a village with records that are not written yet. */
export const villageLedger = async (deps: ReceiptsDeps, opened: OpenRegion, more: readonly MoneyRecord[]) => {
  const asOf = dayOf(deps.now())
  const source = await moneyOfVillage(deps, { villageCode: opened.region.code, countyCode: opened.countyCode })
  const records = [...source.records, ...more]
  const ledger = ledgerOf(source.items, records, asOf)
  return { ledger, records, account: villageAccount(opened.region.code, { ledger, records, asOf }) }
}
