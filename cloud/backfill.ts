import { type BackfillSpan, markStationDays, stationDaysOf } from '../stores/backfill.ts'
import type { TransferProgress } from '../stores/transfer-files.ts'
import type { Deployment } from './deployment.ts'

/**
 * Has a span of days computed anew on a deployment: their marks are written from here, and its schedule takes them up within
 * minutes. Answers how many station-days that is; unless told to write, nothing is written.
 */
export const markDays = async (
  { tables }: Pick<Deployment, 'tables'>,
  span: BackfillSpan,
  { write, onProgress, now = Date.now }: { write: boolean; onProgress: TransferProgress; now?: () => number },
): Promise<number> => {
  const places = await stationDaysOf(tables, span, now())
  const tell = (done: number): void => onProgress(done, places.length, 'station-days marked')
  if (write) await markStationDays(tables, places, now(), tell)
  return places.length
}
