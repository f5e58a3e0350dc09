import { type Command, InvalidArgumentError } from 'commander'
import { type ChinaDay, parseDay } from '../../domain/calendar.ts'
import type { BackfillSpan, FigureChange } from '../../stores/backfill.ts'
import type { TransferProgress } from '../../stores/transfer-files.ts'
import { runJob } from './job.ts'
import { CommandError, withServer } from './server.ts'
import { print, progressBar, tableLines } from './terminal.ts'

/** `backfill`: a span of days computed anew. */

/** Answers lines to show. */
export type BackfillDesk = (span: BackfillSpan, write: boolean) => Promise<string[]>

type Backfilled = { stationDays: number; changed?: number; changes?: FigureChange[] }

const dryRunLine = (stationDays: number): string => `a dry run: ${stationDays} station-days would be computed anew; add --write`

export const localBackfillDesk =
  (dataDir: string): BackfillDesk =>
  async (span, write) =>
    withServer(dataDir, async (server) => {
      const backfilled = (await runJob(server, 'backfill', { ...span, write })) as Backfilled
      return write ? changeLines(backfilled) : [dryRunLine(backfilled.stationDays)]
    })

/** On a deployment only the marks are written from here. */
export const deployedBackfillDesk =
  (mark: (span: BackfillSpan, ask: { write: boolean; onProgress: TransferProgress }) => Promise<number>): BackfillDesk =>
  async (span, write) => {
    const bar = progressBar('backfill')
    try {
      const stationDays = await mark(span, { write, onProgress: bar.at })
      return [write ? `${stationDays} station-days are marked; the schedule computes them` : dryRunLine(stationDays)]
    } catch (error) {
      throw error instanceof RangeError ? new CommandError(error.message) : error
    } finally {
      bar.end()
    }
  }

const kWh = (energyWh: number | null): string => (energyWh === null ? 'unknown' : (energyWh / 1_000).toFixed(3))

const changeLines = ({ stationDays, changed = 0, changes = [] }: Backfilled): string[] => {
  const rows = changes.map((each) => [each.day, each.stationId, kWh(each.beforeWh), kWh(each.afterWh), String(each.version)])
  const columns = ['day', 'station', 'before, kWh', 'now, kWh', 'version'].map((title, at) => ({ title, right: at > 1 }))
  return [
    ...(rows.length === 0 ? [] : [...tableLines(columns, rows), '']),
    ...(changed > rows.length ? [`… and ${changed - rows.length} more`] : []),
    `${stationDays} station-days computed anew, ${changed} of them with another figure`,
  ]
}

const day = (text: string): ChinaDay => {
  const parsed = parseDay(text)
  if (parsed === undefined) throw new InvalidArgumentError('a day, e.g. 2026-10-01')
  return parsed
}

type BackfillOptions = { from: ChinaDay; to: ChinaDay; station?: string; county?: string; write?: boolean }

const spanOf = ({ from, to, station: stationId, county }: BackfillOptions): BackfillSpan => {
  if (to < from) throw new CommandError('--to must not be before --from')
  if (stationId !== undefined && county !== undefined) throw new CommandError('give --station or --county, not both')
  return { from, to, ...(stationId !== undefined && { stationId }), ...(county !== undefined && { county }) }
}

export const addBackfillCommands = (program: Command, deskOf: () => Promise<BackfillDesk>): void => {
  program
    .command('backfill')
    .description('computes days anew from their readings, and says what changed; interrupted, the schedule does the rest')
    .requiredOption('--from <day>', 'first day', day)
    .requiredOption('--to <day>', 'last day, included', day)
    .option('--station <station>', 'only this station')
    .option('--county <code>', 'only this county, by its 12-digit code')
    .option('--write', 'really do it')
    .action(async (options: BackfillOptions) => {
      const span = spanOf(options)
      print(...(await (await deskOf())(span, options.write ?? false)))
    })
}
