import { resolve } from 'node:path'
import type { Command } from 'commander'
import { formatInstant } from '../../domain/calendar.ts'
import type { Archive } from '../../stores/archive.ts'
import { openFolderArchive } from '../../stores/folder/archive.ts'
import type { ImportReport } from '../../stores/import.ts'
import { type TransferManifest, type TransferProgress, TransferRefused } from '../../stores/transfer-files.ts'
import { privateFolder } from '../operations.ts'
import { runJob } from './job.ts'
import { CommandError, withServer } from './server.ts'
import { print, progressBar, tableLines } from './terminal.ts'

/** `export` and `restore`: a whole system or a county, from one runtime to another, without losing a reading or a fen. */

const NAMES = 'It holds names of households: keep it as safe as the data folder, and delete it when the move is done.'

const columns = (...titles: string[]) => titles.map((title, at) => ({ title, right: at > 0 }))

/** What an export holds. */
export const exportLines = ({ rows, stationDays, readings, cutAtMs, county }: TransferManifest, folder: string): string[] => [
  ...tableLines(
    columns('kind', 'rows'),
    Object.entries(rows).map(([table, count]) => [table, String(count)]),
  ),
  '',
  `${readings} readings of ${stationDays} station-days; ${county ?? 'the whole system'} as of ${formatInstant(cutAtMs)}`,
  `written to ${folder}, readable by you alone. ${NAMES}`,
]

/** What became of an import. */
export const restoreLines = ({ rows, readings, written, manifest }: ImportReport): string[] => [
  ...tableLines(
    columns('kind', 'new', 'same', 'replaced', 'kept'),
    Object.entries(rows).map(([table, counts]) => [
      table,
      ...[counts.new, counts.same, counts.replaced, counts.kept].map(String),
    ]),
  ),
  '',
  written
    ? `written and looked up again: ${readings} readings that were not here before, of ${manifest.readings} in the export`
    : `every file is as it was exported; a dry run, nothing was written: add --write to take in ${readings} readings and the rows`,
  ...(manifest.county === undefined && rows.users.new > 0 ? [SHUT_OUT] : []),
]
const SHUT_OUT =
  'Of the new log-ins those that oversee more than a county are shut out here, until `./yangguang user NAME --enable --write`.'

/** Both ends of a move are asked in the same way. */
export type TransferDesk = {
  exportTo: (folder: string, county: string | undefined) => Promise<TransferManifest>
  restoreFrom: (folder: string, write: boolean) => Promise<ImportReport>
}

export const localTransferDesk = (dataDir: string): TransferDesk => ({
  exportTo: async (folder, county) =>
    withServer(
      dataDir,
      async (server) => (await runJob(server, 'export', { folder, ...(county !== undefined && { county }) })) as TransferManifest,
    ),
  restoreFrom: async (folder, write) =>
    withServer(dataDir, async (server) => (await runJob(server, 'restore', { folder, write })) as ImportReport),
})

/** A deployment as the other end; the folder is on this machine. */
type End = {
  exportTo: (to: Archive, ask: { county?: string; onProgress: TransferProgress }) => Promise<TransferManifest>
  restoreFrom: (from: Archive, ask: { write: boolean; onProgress: TransferProgress }) => Promise<ImportReport>
}
export const deployedTransferDesk = ({ exportTo, restoreFrom }: End): TransferDesk => ({
  exportTo: async (folder, county) =>
    shown('export', async (onProgress) => {
      privateFolder(folder)
      return exportTo(openFolderArchive(folder), { ...(county !== undefined && { county }), onProgress })
    }),
  restoreFrom: async (folder, write) =>
    shown('restore', (onProgress) => restoreFrom(openFolderArchive(folder), { write, onProgress })),
})

const shown = async <Result>(name: string, work: (onProgress: TransferProgress) => Promise<Result>): Promise<Result> => {
  const bar = progressBar(name)
  try {
    return await work(bar.at)
  } catch (error) {
    throw error instanceof TransferRefused ? new CommandError(error.message) : error
  } finally {
    bar.end()
  }
}

export const addTransferCommands = (program: Command, deskOf: () => Promise<TransferDesk>): void => {
  program
    .command('export <folder>')
    .description('writes everything, or one county, into files for another system; again into the same folder, only what is new')
    .option('--county <code>', 'only this county, by its 12-digit code')
    .action(async (given: string, { county }: { county?: string }) => {
      const folder = resolve(given)
      print(...exportLines(await (await deskOf()).exportTo(folder, county), folder))
    })
  program
    .command('restore <folder>')
    .description('takes in what `export` wrote, beside what is there; a dry run unless --write; again it changes nothing')
    .option('--write', 'keep it')
    .action(async (folder: string, { write = false }: { write?: boolean }) =>
      print(...restoreLines(await (await deskOf()).restoreFrom(resolve(folder), write))),
    )
}
