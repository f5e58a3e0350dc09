import { resolve } from 'node:path'
import type { Command } from 'commander'
import { formatInstant } from '../../domain/calendar.ts'
import type { ImportReport } from '../../stores/import.ts'
import type { TransferManifest } from '../../stores/transfer-files.ts'
import { runJob } from './job.ts'
import { withServer } from './server.ts'
import { print, tableLines } from './terminal.ts'

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
]

export const addTransferCommands = (program: Command, dataDir: () => string): void => {
  program
    .command('export <folder>')
    .description('writes everything, or one county, into files for another system; again into the same folder, only what is new')
    .option('--county <code>', 'only this county, by its 12-digit code')
    .action(async (folder: string, options: { county?: string }) =>
      withServer(dataDir(), async (server) => {
        const ask = { folder: resolve(folder), ...(options.county !== undefined && { county: options.county }) }
        print(...exportLines((await runJob(server, 'export', ask)) as TransferManifest, ask.folder))
      }),
    )
  program
    .command('restore <folder>')
    .description('takes in what `export` wrote, beside what is there; a dry run unless --write; again it changes nothing')
    .option('--write', 'keep it')
    .action(async (folder: string, options: { write?: boolean }) =>
      withServer(dataDir(), async (server) => {
        const ask = { folder: resolve(folder), write: options.write ?? false }
        print(...restoreLines((await runJob(server, 'restore', ask)) as ImportReport))
      }),
    )
}
