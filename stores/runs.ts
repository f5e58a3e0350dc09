import type { Run } from '../domain/adjusted-allocation.ts'
import type { AllocationLine } from '../domain/allocation-run.ts'
import type { ChinaMonth } from '../domain/calendar.ts'
import type { RegionCode } from '../domain/registry.ts'
import { beginningWith } from './months.ts'
import { allRows } from './table.ts'
import type { TableReaderOf } from './tables.ts'

/** Runs of a village's months with their lines. */

type RunReaders = { allocations: TableReaderOf<'allocations'>; allocationLines: TableReaderOf<'allocationLines'> }

/** The lines of one run, by id. */
export const linesOfRun = (
  { allocationLines }: Pick<RunReaders, 'allocationLines'>,
  { villageCode, month }: { villageCode: RegionCode; month: ChinaMonth },
  runId: string,
): Promise<AllocationLine[]> =>
  allRows((cursor) => allocationLines.query({ partition: `${villageCode}#${month}`, ...beginningWith(`${runId}#`), cursor }))

/** The run that counts for a month; undefined for one that was never divided. */
export const countedRun = async (
  readers: RunReaders,
  of: { villageCode: RegionCode; month: ChinaMonth },
): Promise<Run | undefined> => {
  const allocation = (await readers.allocations.get(of))?.row
  return allocation && { allocation, lines: await linesOfRun(readers, of, allocation.runId) }
}
