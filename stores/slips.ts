import type { SlipEntry } from '../domain/slip.ts'
import { allRows } from './table.ts'
import type { TableReaderOf } from './tables.ts'

/** A station's ledger of settlement slips, in order. */
export const slipLedger = (slips: TableReaderOf<'slips'>, stationId: string): Promise<SlipEntry[]> =>
  allRows((cursor) => slips.query({ partition: stationId, cursor }))
