import { isArchivedLate, lastDayToArchive } from '../domain/archiving.ts'
import { MINUTE_MS } from '../domain/calendar.ts'
import { archiveKey, packStationDay, unpackStationDay } from '../stores/archive-file.ts'
import { stationReadings, type StationReadings } from '../stores/station-readings.ts'
import { allRows, type Versioned } from '../stores/table.ts'
import type { StaleDay } from '../stores/tables.ts'
import { onAws } from './edge/aws.ts'
import type { Deps, Handler, ScheduleTrigger } from './entry.ts'

/**
 * Triggered by the clock. Writes the raw readings of every station-day that is over by more than 45 days and settled into the
 * archive, and again when late ones came. What the archive holds already is kept and joined with what the store holds, so readings
 * that have expired since are never lost from it. Idempotent: the same readings make the same file; a run that is cut short is
 * continued by the next. A mark set meanwhile stays unarchived. Throws at the end of a run that leaves station-days waiting which
 * should have been archived long ago: the alarm on failed functions tells.
 */

type ArchiveDeps = Deps<'regions' | 'devices' | 'readings', 'staleDays' | 'archive'>

const FILES_AT_ONCE = 8
const FILES_PER_RUN_MAX = 10_000
/** Well below the timeout: what is under way must end in time. */
const RUN_MS_MAX = 3 * MINUTE_MS

const archiveOne = async (
  { archive, staleDays, now }: ArchiveDeps,
  readings: StationReadings,
  { row, version }: Versioned<StaleDay>,
): Promise<void> => {
  const { countyCode, stationId, day } = row
  const place = { countyCode, stationId, day }
  const stored = await readings.of(stationId, day)
  const kept = stored.length > 0 ? await archive.get(archiveKey(place)) : undefined
  const before = kept === undefined ? [] : unpackStationDay(kept).readings
  // A day that was computed because nothing came has nothing to keep.
  if (stored.length > 0) await archive.put(archiveKey(place), packStationDay({ ...place, readings: [...before, ...stored] }))
  await staleDays.put({ ...row, archivedAtMs: now() }, { version })
}

export const create =
  (deps: ArchiveDeps): Handler<ScheduleTrigger> =>
  async ({ atMs }) => {
    const startedMs = deps.now()
    const to = `${lastDayToArchive(atMs)}~`
    const readings = stationReadings(deps)
    const counties = await allRows((cursor) => deps.regions.queryIndex('byLevel', { partition: 'county', cursor }))
    let did = 0
    for (const { code } of counties) {
      let cursor: string | undefined
      do {
        const page = await deps.staleDays.queryIndex('unarchived', { partition: code, to, limit: FILES_AT_ONCE, cursor })
        const [oldest] = page.rows
        if (did >= FILES_PER_RUN_MAX || deps.now() - startedMs >= RUN_MS_MAX) {
          deps.log.warn({ countyCode: code }, 'more station-days are due than one run can archive')
          if (oldest && isArchivedLate(oldest.row.day, atMs)) throw new Error(`${oldest.row.day} is not archived yet`)
          return { kind: 'done', did }
        }
        await Promise.all(page.rows.map((mark) => archiveOne(deps, readings, mark)))
        did += page.rows.length
        cursor = page.cursor
      } while (cursor !== undefined)
    }
    return { kind: 'done', did }
  }

export const handler = onAws('schedule', create)
