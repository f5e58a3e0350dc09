import { told } from './told.ts'
import * as z from 'zod'

import { dayOf } from '../../domain/calendar.ts'
import { earnedOn } from '../../domain/receipt-account.ts'
import { type OpeningLine, OPENING_FILE, parseOpenings } from '../../domain/receipt-import.ts'
import { type MoneyRecord, type Opening, standing } from '../../domain/receipt.ts'
import type { ImportError } from '../../domain/registry-files.ts'
import { IMPORT_ERRORS_MAX } from '../../domain/registry-import.ts'
import { type Share, type Station } from '../../domain/registry.ts'
import { recordsFiledUnder } from '../../stores/money-records.ts'
import { allRows } from '../../stores/table.ts'
import type { OpeningImport } from '../api-types-receipts.ts'
import { type ApiContext, parseBody, problem } from './http.ts'
import { authorOf } from './receipt-entry.ts'
import type { ReceiptsDeps } from './receipt-views.ts'
import type { OpenRegion } from './region.ts'

/** Opening balances and old arrears from a file: all lines or none, and the same file again changes nothing. */

const importBody = z.strictObject({ dryRun: z.boolean(), csv: z.string() })

type Known = { station: Station | undefined; shares: Share[]; records: MoneyRecord[] }

const knownOf = async (deps: ReceiptsDeps, stationId: string): Promise<Known> => {
  const [station, shares, records] = await Promise.all([
    deps.stations.get({ stationId }),
    allRows((cursor) => deps.shares.query({ partition: stationId, cursor })),
    recordsFiledUnder(deps, stationId),
  ])
  return { station: station?.row, shares, records }
}

const recordOf = ({ row }: OpeningLine, countyCode: string, author: ReturnType<typeof authorOf>): Opening => ({
  kind: 'opening',
  placeCode: row.station_id,
  stationId: row.station_id,
  villageCode: row.village_code,
  countyCode,
  recordId: `opening.${row.village_code}.${row.month}.${row.stream}`,
  stream: row.stream,
  month: row.month,
  on: row.received_on ?? earnedOn(row.month),
  amountFen: row.accrued_yuan,
  countyFen: row.county_received_yuan,
  villageFen: row.village_received_yuan,
  document: row.document,
  ...author,
})

const sameAmount = (one: Opening, other: Opening): boolean =>
  one.amountFen === other.amountFen &&
  one.countyFen === other.countyFen &&
  one.villageFen === other.villageFen &&
  one.document === other.document &&
  one.on === other.on

type Judged = { record: Opening } | 'unchanged' | { column: string; message: string }

/** One line against the registry and what is recorded already. A new opening after a reversed one gets the next number. */
const judge = (
  record: Opening,
  { station, shares, records }: Known,
  { countyCode, asOf }: { countyCode: string; asOf: Opening['on'] },
): Judged => {
  if (!station || station.countyCode !== countyCode) return { column: 'station_id', message: 'This county has no such station.' }
  const owners = new Set([...shares.map(({ villageCode }) => villageCode), ...(station.villageCode ? [station.villageCode] : [])])
  if (!owners.has(record.villageCode)) return { column: 'village_code', message: 'This village has no part in the station.' }
  if (record.stream === 'subsidy' && !station.catalogueListed)
    return { column: 'stream', message: 'This station is not in the subsidy catalogue, so no subsidy is due to it.' }
  if (record.month >= asOf.slice(0, 7)) return { column: 'month', message: 'This month is not over.' }
  if (record.on > asOf) return { column: 'received_on', message: 'This day is yet to come.' }
  const ofSame = (each: MoneyRecord): each is Opening =>
    each.kind === 'opening' &&
    each.villageCode === record.villageCode &&
    each.month === record.month &&
    each.stream === record.stream
  const counted = standing(records).find(ofSame)
  if (counted && sameAmount(counted, record)) return 'unchanged'
  if (counted)
    return {
      column: 'accrued_yuan',
      message: 'An opening balance of this amount is recorded and says otherwise; take that back first.',
    }
  return { record: { ...record, recordId: `${record.recordId}.${records.filter(ofSame).length + 1}` } }
}

const PUTS_AT_ONCE = 25

/** False when another record took an id meanwhile. After that, or a throw, the same file again completes what was written in part. */
const putNew = async (deps: ReceiptsDeps, records: readonly Opening[]): Promise<boolean> => {
  for (let at = 0; at < records.length; at += PUTS_AT_ONCE) {
    const chunk = records.slice(at, at + PUTS_AT_ONCE)
    const written = await Promise.all(chunk.map((record) => deps.moneyRecords.put(record, 'absent')))
    if (written.includes('conflict')) return false
  }
  return true
}

/** What is wrong with a file by itself is told before anything is looked up. */
const refusalOf = (errors: readonly ImportError[]): OpeningImport => ({
  written: false,
  added: 0,
  unchanged: 0,
  accruedFen: 0,
  errors: told(errors.toSorted((a, b) => a.line - b.line).slice(0, IMPORT_ERRORS_MAX)),
  errorCount: errors.length,
})

export const importOpenings = (deps: ReceiptsDeps) => async (context: ApiContext, opened: OpenRegion) => {
  const body = await parseBody(context, importBody)
  if (body instanceof Response) return body
  const { countyCode } = opened
  const { lines, errors } = parseOpenings(body.csv)
  if (errors.length > 0) return context.json(refusalOf(errors))
  const asOf = dayOf(deps.now())
  const known = new Map<string, Known>()
  const coming: Opening[] = []
  const found: ImportError[] = []
  let unchanged = 0
  for (const line of lines) {
    const { station_id: stationId } = line.row
    const of = known.get(stationId) ?? (await knownOf(deps, stationId))
    known.set(stationId, of)
    const judged = judge(recordOf(line, countyCode, authorOf(context, deps)), of, { countyCode, asOf })
    if (judged === 'unchanged') unchanged += 1
    else if ('record' in judged) coming.push(judged.record)
    else found.push({ file: OPENING_FILE, line: line.line, ...judged })
  }
  if (found.length > 0) return context.json(refusalOf(found))
  const isWritten = !body.dryRun
  if (isWritten && !(await putNew(deps, coming)))
    return problem(context, 'conflict', 'Somebody else recorded opening balances at the same moment; import the file again.')
  if (isWritten) deps.log.info({ countyCode, added: coming.length, unchanged }, 'opening balances imported')
  return context.json({
    written: isWritten,
    added: coming.length,
    unchanged,
    accruedFen: coming.reduce((sum, { amountFen }) => sum + amountFen, 0),
    errors: [],
    errorCount: 0,
  } satisfies OpeningImport)
}
