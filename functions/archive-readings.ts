import { isArchivedLate, lastDayToArchive } from '../domain/archiving.ts'
import { MINUTE_MS } from '../domain/calendar.ts'
import type { Archive } from '../stores/archive.ts'
import { archiveKey, packStationDay, type StationDayFile, unpackStationDay } from '../stores/archive-file.ts'
import { stationReadings, type StationReadings } from '../stores/station-readings.ts'
import { allRows, type Versioned } from '../stores/table.ts'
import type { StaleDay } from '../stores/rows.ts'
import { onAws } from './edge/aws.ts'
import type { Deps, Handler, ScheduleTrigger } from './entry.ts'

/**
 * Triggered by the clock. Writes the raw readings of every station-day that is over by more than 45 days and settled into the
 * archive, and again when late ones came. What the archive holds already is kept and joined with what the store holds, so readings
 * that have expired since are never lost from it. Idempotent: the same readings make the same file; a run that is cut short is
 * continued by the next. A mark set meanwhile stays unarchived. Throws at the end of a run that could not archive some of them, or
 * leaves any waiting which should have been archived long ago: the alarm on failed functions tells.
 */

type Place = Omit<StationDayFile, 'readings'>
type ArchiveDeps = Deps<'regions' | 'devices' | 'readings', 'staleDays' | 'archive'>

const FILES_AT_ONCE = 8
const FILES_PER_RUN_MAX = 10_000
/** Well below the timeout: what is under way must end in time. */
const RUN_MS_MAX = 3 * MINUTE_MS

/** Puts everything there is of a station-day into its file. */
const file = async (archive: Archive, readings: StationReadings, place: Place): Promise<void> => {
  const stored = await readings.of(place.stationId, place.day)
  // A day that was computed because nothing came has nothing to keep.
  if (stored.length === 0) return
  const kept = await archive.get(archiveKey(place))
  const before = kept === undefined ? [] : unpackStationDay(kept).readings
  await archive.put(archiveKey(place), packStationDay({ ...place, readings: [...before, ...stored] }))
}

const archiveOne = async (
  { archive, staleDays, now }: ArchiveDeps,
  readings: StationReadings,
  { row, version }: Versioned<StaleDay>,
): Promise<void> => {
  const { countyCode, stationId, day } = row
  await file(archive, readings, { countyCode, stationId, day })
  const marked = await staleDays.put({ ...row, archivedAtMs: now() }, { version })
  // A faster run may have filed what came meanwhile, and this one has put its older file in that one's place.
  if (marked === 'conflict') await file(archive, readings, { countyCode, stationId, day })
}

/** Answers how many it archived; the others stand in the log, and one of them does not keep the next from being archived. */
const archivePage = async (
  deps: ArchiveDeps,
  readings: StationReadings,
  marks: readonly Versioned<StaleDay>[],
): Promise<number> => {
  const outcomes = await Promise.allSettled(marks.map((mark) => archiveOne(deps, readings, mark)))
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') continue
    const { stationId, day } = marks[at]?.row ?? {}
    deps.log.error({ stationId, day, reason: String(outcome.reason) }, 'a station-day could not be archived')
  }
  return outcomes.filter(({ status }) => status === 'fulfilled').length
}

export const create =
  (deps: ArchiveDeps): Handler<ScheduleTrigger> =>
  async ({ atMs }) => {
    const startedMs = deps.now()
    const to = `${lastDayToArchive(atMs)}~`
    const readings = stationReadings(deps)
    const counties = await allRows((cursor) => deps.regions.queryIndex('byLevel', { partition: 'county', cursor }))
    let [did, failed] = [0, 0]
    const end = () => {
      if (failed > 0) throw new Error(`${failed} station-days could not be archived`)
      return { kind: 'done', did } as const
    }
    for (const { code } of counties) {
      let cursor: string | undefined
      do {
        const page = await deps.staleDays.queryIndex('unarchived', { partition: code, to, limit: FILES_AT_ONCE, cursor })
        const [oldest] = page.rows
        if (did + failed >= FILES_PER_RUN_MAX || deps.now() - startedMs >= RUN_MS_MAX) {
          deps.log.warn({ countyCode: code }, 'more station-days are due than one run can archive')
          if (oldest && isArchivedLate(oldest.row.day, atMs)) throw new Error(`${oldest.row.day} is not archived yet`)
          return end()
        }
        const archived = await archivePage(deps, readings, page.rows)
        did += archived
        failed += page.rows.length - archived
        cursor = page.cursor
      } while (cursor !== undefined)
    }
    return end()
  }

export const handler = onAws('schedule', create)
