import type { Allocation, AllocationLine } from '../domain/allocation-run.ts'
import type { Closing, Restatement } from '../domain/closing.ts'
import type { BankFile } from '../domain/bank-file.ts'
import type { Delivery } from '../domain/delivery.ts'
import type { LedgerAudit } from '../domain/ledger-audit.ts'
import type { StationStatement } from '../domain/income.ts'
import type { VillageStatement } from '../domain/village-statement.ts'
import type { PayeeAccount } from '../domain/payee-account.ts'
import type { MoneyRecord } from '../domain/receipt.ts'
import type { DueRule } from '../domain/due-rule.ts'
import type { AmountIncome, RegionDeduction } from '../domain/registry.ts'
import type { CountyVatRule } from '../domain/vat.ts'
import { padded, spec } from './keys.ts'
import type { NoticePhoto } from './rows.ts'
import type { Brief } from './table.ts'

/** Most of the rows there are: a line for every payee of every month. */
const lineInBrief: Brief<AllocationLine> = {
  partition: ['villageCode', 'month'],
  sort: ['runId', 'lineId'],
  fields: [
    'personId',
    'householdId',
    'kind',
    'post',
    'weight',
    'amountFen',
    'claimFen',
    'attended',
    'due',
    'planLineId',
    'ofMonth',
  ],
  valuesOf: (line) => [
    line.villageCode,
    line.month,
    line.runId,
    line.lineId,
    line.personId,
    line.householdId,
    line.kind,
    line.post,
    line.weight,
    line.amountFen,
    line.claimFen,
    line.attended,
    line.due,
    line.planLineId,
    line.ofMonth,
  ],
}

/** What decides what is earned and kept, what was earned, whose it is, and what became of it. */

export const moneyTables = {
  incomes: spec<AmountIncome, 'stationId' | 'stream' | 'validFrom'>(
    'incomes',
    ({ stationId, stream, validFrom }) => ({ partition: stationId, sort: `${stream}#${validFrom}` }),
    {},
  ),
  regionDeductions: spec<RegionDeduction, 'regionCode' | 'kind' | 'validFrom'>(
    'region-deductions',
    ({ regionCode, kind, validFrom }) => ({ partition: regionCode, sort: `${kind}#${validFrom}` }),
    {},
  ),
  vatRules: spec<CountyVatRule, 'countyCode' | 'stationKind' | 'validFrom'>(
    'vat-rules',
    ({ countyCode, stationKind, validFrom }) => ({ partition: countyCode, sort: `${stationKind}#${validFrom}` }),
    {},
  ),
  dueRules: spec<DueRule, 'countyCode' | 'stream' | 'fromYear'>(
    'due-rules',
    ({ countyCode, stream, fromYear }) => ({ partition: countyCode, sort: `${stream}#${fromYear}` }),
    {},
  ),
  stationStatements: spec<StationStatement, 'stationId' | 'month' | 'version'>(
    'station-statements',
    ({ stationId, month, version }) => ({ partition: stationId, sort: `${month}#${padded(version)}` }),
    {},
  ),
  villageStatements: spec<VillageStatement, 'villageCode' | 'month' | 'version', 'byCountyMonth'>(
    'village-statements',
    ({ villageCode, month, version }) => ({ partition: villageCode, sort: `${month}#${padded(version)}` }),
    {
      byCountyMonth: ({ countyCode, month, villageCode, version }) => ({
        partition: `${countyCode}#${month}`,
        sort: `${villageCode}#${padded(version)}`,
      }),
    },
  ),
  /** 账目核对: a county's books, day by day. */
  audits: spec<LedgerAudit, 'countyCode' | 'day'>(
    'ledger-audits',
    ({ countyCode, day }) => ({ partition: countyCode, sort: day }),
    {},
  ),
  /** 结账: a county's months, closed or on the way to it. */
  closings: spec<Closing, 'countyCode' | 'month'>(
    'closings',
    ({ countyCode, month }) => ({ partition: countyCode, sort: month }),
    {},
  ),
  restatements: spec<Restatement, 'villageCode' | 'month' | 'version', 'byCounty'>(
    'restatements',
    ({ villageCode, month, version }) => ({ partition: villageCode, sort: `${month}#${padded(version)}` }),
    {
      byCounty: ({ countyCode, villageCode, month, version }) => ({
        partition: countyCode,
        sort: `${month}#${villageCode}#${padded(version)}`,
      }),
    },
  ),
  allocations: spec<Allocation, 'villageCode' | 'month'>(
    'allocations',
    ({ villageCode, month }) => ({ partition: villageCode, sort: month }),
    {},
  ),
  /** Openings are filed under their station, so that what is received for it finds all of them; an index may lag, this does not. */
  moneyRecords: spec<MoneyRecord, 'placeCode' | 'recordId', 'byCounty'>(
    'money-records',
    ({ placeCode, recordId }) => ({ partition: placeCode, sort: recordId }),
    { byCounty: ({ countyCode, placeCode, recordId }) => ({ partition: countyCode, sort: `${placeCode}#${recordId}` }) },
  ),
  payeeAccounts: spec<PayeeAccount, 'villageCode' | 'personId'>(
    'payee-accounts',
    ({ villageCode, personId }) => ({ partition: villageCode, sort: personId }),
    {},
  ),
  deliveries: spec<Delivery, 'villageCode' | 'month', 'byCounty'>(
    'deliveries',
    ({ villageCode, month }) => ({ partition: villageCode, sort: month }),
    { byCounty: ({ countyCode, month, villageCode }) => ({ partition: countyCode, sort: `${month}#${villageCode}` }) },
  ),
  noticePhotos: spec<NoticePhoto, 'villageCode' | 'month' | 'photoId'>(
    'notice-photos',
    ({ villageCode, month, photoId }) => ({ partition: villageCode, sort: `${month}#${photoId}` }),
    {},
  ),
  bankFiles: spec<BankFile, 'villageCode' | 'fileId'>(
    'bank-files',
    ({ villageCode, fileId }) => ({ partition: villageCode, sort: fileId }),
    {},
  ),
  allocationLines: spec<AllocationLine, 'villageCode' | 'month' | 'runId' | 'lineId'>(
    'allocation-lines',
    ({ villageCode, month, runId, lineId }) => ({ partition: `${villageCode}#${month}`, sort: `${runId}#${lineId}` }),
    {},
    lineInBrief,
  ),
}
