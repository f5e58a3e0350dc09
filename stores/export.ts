import type { ChinaDay } from '../domain/calendar.ts'
import type { RegionCode } from '../domain/registry.ts'
import type { Archive, ArchiveReader } from './archive.ts'
import { archiveKey, inCanonicalOrder, packLines, packStationDay, sha256Of, unpackStationDay } from './archive-file.ts'
import type { ReadingReader } from './readings.ts'
import { type StationReadings, stationReadings } from './station-readings.ts'
import type { Versioned } from './table.ts'
import type { StaleDay } from './rows.ts'
import {
  FILE_LIST_KEY,
  fewAtOnce,
  type ListedFile,
  MANIFEST_KEY,
  packFileList,
  packJson,
  readFileList,
  readManifest,
  type TransferManifest,
  type TransferProgress,
  TransferRefused,
} from './transfer-files.ts'
import {
  FINDERS,
  scopesOf,
  TABLES_IN_ORDER,
  type TransferReaders,
  type TransferScope,
  type TravellingTable,
} from './transfer-scope.ts'

/**
 * Writes a whole system, or one county of it, into files, while it runs. Everything that was committed before it began is in them.
 * A station-day that changed meanwhile travels with a pending mark, so that whoever takes it in computes it from the readings that
 * came with it. Writing into the folder of an earlier export of the same scope reads only the station-days that changed since.
 */

export type ExportFrom = {
  tables: TransferReaders
  readings: Pick<ReadingReader, 'list' | 'conflicts'>
  /** Where readings are that the store may have let go; absent when there is none. */
  archive?: ArchiveReader
  now: () => number
}

const ROWS_PER_FILE = 5_000
const ROW_FILE_CHARS_MAX = 8 * 1024 * 1024
const STATION_DAYS_AT_ONCE = 8

type Marks = Map<string, Versioned<StaleDay>>
type Exporting = ExportFrom & { to: Archive; places: StationReadings; known: Map<string, ListedFile>; files: ListedFile[] }
type Place = { countyCode: RegionCode; stationId: string; day: ChinaDay }

export const exportSystem = async (
  from: ExportFrom,
  { to, county, onProgress }: { to: Archive; county?: RegionCode; onProgress?: TransferProgress },
): Promise<TransferManifest> => {
  const cutAtMs = from.now()
  const known = await earlierFiles(to, county)
  const exporting: Exporting = { ...from, to, known, places: stationReadings({ ...from.tables, ...from }), files: [] }
  for (const scope of await scopesOf(from.tables, county)) {
    const marks = await marksOf(from.tables, scope)
    await exportReadings(exporting, scope, marks, (done, of) => onProgress?.(done, of, `${scope.countyCode}: station-days`))
    for (const [at, table] of TABLES_IN_ORDER.entries()) {
      onProgress?.(at, TABLES_IN_ORDER.length, `${scope.countyCode}: ${table}`)
      await exportRows(exporting, scope, table, marks)
    }
  }
  return writeManifest(exporting, { cutAtMs, ...(county !== undefined && { county }) })
}

/** The files that lie there already, by key. Refuses a folder that holds something else. */
const earlierFiles = async (to: Archive, county: RegionCode | undefined): Promise<Map<string, ListedFile>> => {
  const manifest = await readManifest(to)
  if (!manifest) {
    if ((await to.list({ prefix: '', limit: 1 })).keys.some((key) => !/^(tables|readings)\//.test(key))) {
      throw new TransferRefused('there are other files already: give a new folder, or that of an earlier export')
    }
    return new Map()
  }
  if (manifest.county !== county) {
    throw new TransferRefused(`it holds the export of ${manifest.county ?? 'the whole system'}: give another folder`)
  }
  try {
    return new Map((await readFileList(to, manifest)).map((file) => [file.key, file]))
  } catch (error) {
    // An export that was cut short has replaced the list: everything is read anew.
    if (error instanceof TransferRefused) return new Map()
    throw error
  }
}

const markKey = (day: string, stationId: string): string => `${day}#${stationId}`

const marksOf = async ({ staleDays }: TransferReaders, scope: TransferScope): Promise<Marks> => {
  const marks: Marks = new Map()
  for await (const mark of FINDERS.staleDays({ staleDays } as TransferReaders, scope) as AsyncGenerator<Versioned<StaleDay>>) {
    marks.set(markKey(mark.row.day, mark.row.stationId), mark)
  }
  return marks
}

/**
 * Every station on every day that any station of the county has a mark for: ingest marks each day it takes a reading for, and a
 * device that the registry has moved since may have taken its readings to a station without a mark.
 */
const exportReadings = async (
  exporting: Exporting,
  { countyCode, stationIds }: TransferScope,
  marks: Marks,
  onProgress: (done: number, of: number) => void,
): Promise<void> => {
  const days = [...new Set([...marks.values()].map(({ row }) => row.day))].sort()
  let done = 0
  for (const day of days) {
    await fewAtOnce(stationIds, STATION_DAYS_AT_ONCE, async (stationId) => {
      await exportStationDay(exporting, { countyCode, stationId, day }, marks.get(markKey(day, stationId)))
      onProgress(++done, days.length * stationIds.length)
    })
  }
}

/** One text for one mark of one system: another, into which this one was moved, counts versions of its own. */
const nameOf = ({ row, version }: Versioned<StaleDay>): string => `${version}@${row.markedAtMs}`

const exportStationDay = async (
  { archive, places, to, known, files }: Exporting,
  place: Place,
  marked: Versioned<StaleDay> | undefined,
): Promise<void> => {
  const mark = marked && nameOf(marked)
  const key = archiveKey(place)
  const before = known.get(key)
  if (before?.kind === 'readings' && mark !== undefined && before.mark === mark) {
    files.push(before)
    return
  }
  const kept = await archive?.get(key)
  const stored = await places.of(place.stationId, place.day)
  const readings = inCanonicalOrder([...(kept ? unpackStationDay(kept).readings : []), ...stored])
  if (readings.length === 0) return
  const bytes = packStationDay({ ...place, readings })
  await to.put(key, bytes)
  files.push({ kind: 'readings', key, sha256: sha256Of(bytes), count: readings.length, ...(mark !== undefined && { mark }) })
}

/** A mark that is not the one its readings were read after is pending wherever it arrives. */
const asRead = ({ row, version }: Versioned<StaleDay>, marks: Marks): StaleDay => {
  if (marks.get(markKey(row.day, row.stationId))?.version === version) return row
  const { countyCode, stationId, day, markedAtMs } = row
  return { countyCode, stationId, day, markedAtMs }
}

const exportRows = async (exporting: Exporting, scope: TransferScope, table: TravellingTable, marks: Marks): Promise<void> => {
  let lines: string[] = []
  let chars = 0
  let page = 0
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return
    const key = `tables/${scope.countyCode}/${table}-${String(++page).padStart(6, '0')}.ndjson.gz`
    const bytes = packLines(lines)
    await exporting.to.put(key, bytes)
    exporting.files.push({ kind: 'rows', key, sha256: sha256Of(bytes), count: lines.length, table })
    lines = []
    chars = 0
  }
  for await (const found of FINDERS[table](exporting.tables, scope)) {
    const row = table === 'staleDays' ? asRead(found as Versioned<StaleDay>, marks) : found.row
    // As it is, the order of its fields included: what is told apart by its text stays the same.
    const line = JSON.stringify(row)
    lines.push(line)
    chars += line.length
    if (lines.length >= ROWS_PER_FILE || chars >= ROW_FILE_CHARS_MAX) await flush()
  }
  await flush()
}

const writeManifest = async (
  { to, files }: Exporting,
  head: Pick<TransferManifest, 'cutAtMs' | 'county'>,
): Promise<TransferManifest> => {
  files.sort((one, other) => (one.key < other.key ? -1 : 1))
  const list = packFileList(files)
  const rows: Record<string, number> = Object.fromEntries(TABLES_IN_ORDER.map((table) => [table, 0]))
  const sums = { stationDays: 0, readings: 0 }
  for (const file of files) {
    if (file.kind === 'rows') rows[file.table] = (rows[file.table] ?? 0) + file.count
    else {
      sums.stationDays += 1
      sums.readings += file.count
    }
  }
  const fileList = { count: files.length, sha256: sha256Of(list) }
  const manifest: TransferManifest = { version: 1, ...head, rows, ...sums, fileList }
  await to.put(FILE_LIST_KEY, list)
  await to.put(MANIFEST_KEY, packJson(manifest))
  return manifest
}
