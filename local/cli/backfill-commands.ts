import { type Command, InvalidArgumentError } from 'commander'
import { type ChinaDay, parseDay } from '../../domain/calendar.ts'
import type { FigureChange } from '../../stores/backfill.ts'
import { runJob } from './job.ts'
import { CommandError, withServer } from './server.ts'
import { print, tableLines } from './terminal.ts'

/** `backfill`: a span of days computed anew. */

type BackfillOptions = { from: ChinaDay; to: ChinaDay; station?: string; county?: string; write?: boolean }
type Backfilled = { stationDays: number; written: boolean; changed?: number; changes?: FigureChange[] }

const day = (text: string): ChinaDay => {
  const parsed = parseDay(text)
  if (parsed === undefined) throw new InvalidArgumentError('a day, e.g. 2026-10-01')
  return parsed
}

const kWh = (energyWh: number | null): string => (energyWh === null ? 'unknown' : (energyWh / 1_000).toFixed(3))

const linesOf = ({ stationDays, written, changed = 0, changes = [] }: Backfilled): string[] => {
  if (!written) return [`a dry run: ${stationDays} station-days would be computed anew; add --write`]
  const rows = changes.map((each) => [each.day, each.stationId, kWh(each.beforeWh), kWh(each.afterWh), String(each.version)])
  const columns = ['day', 'station', 'before, kWh', 'now, kWh', 'version'].map((title, at) => ({ title, right: at > 1 }))
  return [
    ...(rows.length === 0 ? [] : [...tableLines(columns, rows), '']),
    ...(changed > rows.length ? [`… and ${changed - rows.length} more`] : []),
    `${stationDays} station-days computed anew, ${changed} of them with another figure`,
  ]
}

export const addBackfillCommands = (program: Command, dataDir: () => string): void => {
  program
    .command('backfill')
    .description('computes days anew from their readings, and says what changed; interrupted, the schedule does the rest')
    .requiredOption('--from <day>', 'first day', day)
    .requiredOption('--to <day>', 'last day, included', day)
    .option('--station <station>', 'only this station')
    .option('--county <code>', 'only this county, by its 12-digit code')
    .option('--write', 'really do it')
    .action(async ({ from, to, station: stationId, county, write = false }: BackfillOptions) => {
      if (to < from) throw new CommandError('--to must not be before --from')
      if (stationId !== undefined && county !== undefined) throw new CommandError('give --station or --county, not both')
      return withServer(dataDir(), async (server) =>
        print(...linesOf((await runJob(server, 'backfill', { from, to, stationId, county, write })) as Backfilled)),
      )
    })
}
