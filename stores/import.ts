import { lastDayToArchive } from '../domain/archiving.ts'
import type { ArchiveReader } from './archive.ts'
import { sha256Of, type StationDayFile, unpackLines, unpackStationDay } from './archive-file.ts'
import { importStationDay, missingOf } from './import-readings.ts'
import { compareRows, type ImportInto, type ImportRun, noRows, type RowCounts, shutOut, writeRows } from './import-rows.ts'
import {
  fewAtOnce,
  type ListedFile,
  readFileList,
  readManifest,
  type TransferManifest,
  type TransferProgress,
  TransferRefused,
} from './transfer-files.ts'
import { ABOVE, TABLES_IN_ORDER, type TravellingTable } from './transfer-scope.ts'

/**
 * Takes an export into a system, a running one too. Before anything is written every file is checked against its hash, and no
 * statement of the export may contradict one that is there. Rows and readings are then written so that doing it again changes
 * nothing, and at the end every one of them is looked up. An import that was cut short is completed by the same import again.
 */

export type ImportReport = {
  manifest: TransferManifest
  rows: Record<TravellingTable, RowCounts>
  /** Readings that were not there before; of a dry run, all that would come. */
  readings: number
  written: boolean
}

type Files = { rows: Extract<ListedFile, { kind: 'rows' }>[]; readings: Extract<ListedFile, { kind: 'readings' }>[] }
type Importing = { into: ImportRun; from: ArchiveReader; files: Files; onProgress: TransferProgress }

const STATION_DAYS_AT_ONCE = 4
const FILES_AT_ONCE = 8
const COMPLAINTS_MAX = 5
/** Rows that may be refused: they are compared before anything is written. */
const SETTLED_TABLES: readonly TravellingTable[] = [
  'counterResets',
  'slips',
  'stationStatements',
  'villageStatements',
  'restatements',
  'closings',
  'allocationLines',
  'planEvents',
  'attendance',
  'moneyRecords',
  'bankFiles',
]

export const importSystem = async (
  into: ImportInto,
  { from, write, onProgress = () => undefined }: { from: ArchiveReader; write: boolean; onProgress?: TransferProgress },
): Promise<ImportReport> => {
  const manifest = await readManifest(from)
  if (!manifest) throw new TransferRefused('it holds no finished export')
  const files = sorted(await readFileList(from, manifest))
  const importing: Importing = { into: { ...into, lastArchivedDay: lastDayToArchive(into.now()) }, from, files, onProgress }
  await checkFiles(importing)
  const compared = await compareAll(importing, write ? SETTLED_TABLES : TABLES_IN_ORDER)
  const refused = TABLES_IN_ORDER.filter((table) => compared[table].refused > 0)
  if (refused.length > 0) {
    const what = refused.map((table) => `${compared[table].refused} of ${table}`).join(', ')
    throw new TransferRefused(`this system has settled for itself what the export says otherwise: ${what}; nothing was written`)
  }
  if (!write) return { manifest, rows: compared, readings: manifest.readings, written: false }
  const readings = await writeReadings(importing)
  const rows = await writeAllRows(importing)
  await verify(importing)
  return { manifest, rows, readings, written: true }
}

const sorted = (files: readonly ListedFile[]): Files => ({
  rows: files
    .filter((file) => file.kind === 'rows')
    .toSorted((one, other) => TABLES_IN_ORDER.indexOf(one.table) - TABLES_IN_ORDER.indexOf(other.table)),
  readings: files.filter((file) => file.kind === 'readings'),
})

/** The bytes of a file as they are listed. */
const bytesOf = async (from: ArchiveReader, { key, sha256 }: ListedFile): Promise<Uint8Array> => {
  const bytes = await from.get(key)
  if (bytes === undefined) throw new TransferRefused(`${key} is missing`)
  if (sha256Of(bytes) !== sha256) throw new TransferRefused(`${key} is not as it was exported`)
  return bytes
}

const rowsOf = async (from: ArchiveReader, file: Files['rows'][number]): Promise<object[]> => {
  const rows = unpackLines(await bytesOf(from, file)).map((line): unknown => JSON.parse(line))
  if (rows.length !== file.count || !rows.every((row) => typeof row === 'object' && row !== null)) {
    throw new TransferRefused(`${file.key} does not hold what is listed`)
  }
  return rows
}

const stationDayOf = async (from: ArchiveReader, file: Files['readings'][number]): Promise<StationDayFile> => {
  const stationDay = unpackStationDay(await bytesOf(from, file))
  if (stationDay.readings.length !== file.count) throw new TransferRefused(`${file.key} does not hold what is listed`)
  return stationDay
}

/** Reads every file once; refuses with what is wrong of the first few. */
const checkFiles = async ({ from, files, onProgress }: Importing): Promise<void> => {
  const all = [...files.rows, ...files.readings]
  const complaints: string[] = []
  let done = 0
  await fewAtOnce(all, FILES_AT_ONCE, async (file) => {
    try {
      await (file.kind === 'rows' ? rowsOf(from, file) : stationDayOf(from, file))
    } catch (error) {
      if (!(error instanceof TransferRefused)) throw error
      complaints.push(error.message)
    }
    onProgress(++done, all.length, 'checking files')
  })
  if (complaints.length === 0) return
  const more = complaints.length > COMPLAINTS_MAX ? `, and ${complaints.length - COMPLAINTS_MAX} more` : ''
  throw new TransferRefused(`${complaints.slice(0, COMPLAINTS_MAX).join(', ')}${more}; nothing was written`)
}

const noCounts = (): ImportReport['rows'] =>
  Object.fromEntries(TABLES_IN_ORDER.map((table) => [table, noRows()])) as ImportReport['rows']

const addCounts = (sum: RowCounts, more: RowCounts): void => {
  for (const [verdict, count] of Object.entries(more) as [keyof RowCounts, number][]) sum[verdict] += count
}

const eachRowFile = async (
  { from, files, onProgress }: Importing,
  note: string,
  tables: readonly TravellingTable[],
  work: (table: TravellingTable, rows: object[], file: ListedFile) => Promise<RowCounts>,
): Promise<ImportReport['rows']> => {
  const counts = noCounts()
  const chosen = files.rows.filter(({ table }) => tables.includes(table))
  for (const [at, file] of chosen.entries()) {
    onProgress(at, chosen.length, `${note} ${file.table}`)
    addCounts(counts[file.table], await work(file.table, await rowsOf(from, file), file))
  }
  return counts
}

const compareAll = (importing: Importing, tables: readonly TravellingTable[]): Promise<ImportReport['rows']> =>
  eachRowFile(importing, 'comparing', tables, (table, rows) => compareRows(importing.into, table, rows))

const writeAllRows = (importing: Importing): Promise<ImportReport['rows']> =>
  eachRowFile(importing, 'writing', TABLES_IN_ORDER, (table, rows, file) =>
    writeRows(importing.into, table, holdsOverseers(file) ? rows.map(shutOut) : rows),
  )

const holdsOverseers = ({ key }: ListedFile): boolean => key.startsWith(`tables/${ABOVE}/users-`)

const writeReadings = async ({ into, from, files, onProgress }: Importing): Promise<number> => {
  let [done, stored] = [0, 0]
  await fewAtOnce(files.readings, STATION_DAYS_AT_ONCE, async (file) => {
    const added = await importStationDay(into, await stationDayOf(from, file))
    stored += added
    onProgress(++done, files.readings.length, `station-days, ${stored} readings`)
  })
  return stored
}

/** Looks everything up. Throws when something is not there: the import is then to be done again. */
const verify = async (importing: Importing): Promise<void> => {
  const { into, from, files, onProgress } = importing
  const rows = await eachRowFile(importing, 'verifying', TABLES_IN_ORDER, (table, all) => compareRows(into, table, all))
  let [done, missing] = [0, 0]
  await fewAtOnce(files.readings, STATION_DAYS_AT_ONCE, async (file) => {
    const lacking = await missingOf(into, await stationDayOf(from, file))
    missing += lacking.length
    onProgress(++done, files.readings.length, 'verifying readings')
  })
  const absent = Object.values(rows).reduce((sum, counts) => sum + counts.new, 0)
  if (missing > 0 || absent > 0) {
    throw new Error(`${missing} readings and ${absent} rows are not there after the import: import again`)
  }
}
