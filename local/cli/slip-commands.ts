import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { SlipImport, SlipsView, SlipView, SlipWithdrawn, StationSlips } from '../../functions/api-types-slips.ts'
import { type Api, CommandError, type Platform, withApi } from './server.ts'
import { print, tableLines } from './terminal.ts'

/** `slips`: the grid company's settlement slips (结算单), which decide what a station's days count. */

/** Whole Wh as kWh with three decimals; digits only. */
const kwh = (energyWh: number): string => `${Math.floor(energyWh / 1_000)}.${String(energyWh % 1_000).padStart(3, '0')}`

const COLUMNS = [
  { title: 'station' },
  { title: 'document' },
  { title: 'from' },
  { title: 'to' },
  { title: 'kWh', right: true },
  { title: 'state' },
]
const rowOf = (stationId: string, { document, from, to, energyWh, state }: SlipView): string[] => [
  stationId,
  document,
  from,
  to,
  kwh(energyWh),
  state.replace('_', ' '),
]

const queryOf = (given: Record<string, string | undefined>): string => {
  const query = new URLSearchParams(
    Object.entries(given).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
  )
  return query.size > 0 ? `?${query.toString()}` : ''
}

const stationSlips = async ({ call }: Api, stationId: string): Promise<StationSlips> =>
  (await call('GET', `/api/slips/stations/${encodeURIComponent(stationId)}`)) as StationSlips

const listOfStation = async (api: Api, stationId: string): Promise<string[]> => {
  const { slips, gaps } = await stationSlips(api, stationId)
  if (slips.length === 0) return ['no slip is recorded']
  const rows = slips.map((slip) => rowOf(stationId, slip))
  return [...tableLines(COLUMNS, rows), ...gaps.map(({ from, to }) => `no slip from ${from} to ${to}`)]
}

const listOfCounty = async ({ call }: Api, county: string | undefined, month: string | undefined): Promise<string[]> => {
  const view = (await call('GET', `/api/slips${queryOf({ county, month })}`)) as SlipsView
  const rows = view.stations.flatMap(({ stationId, slips }) => slips.map((slip) => rowOf(stationId, slip)))
  const open = view.stations.filter(({ days }) => days.covered < days.of)
  return [
    ...(rows.length > 0 ? tableLines(COLUMNS, rows) : []),
    `${view.month}: ${view.stations.length - open.length} of ${view.stations.length} stations stand on slips for all of the month`,
    ...open.map(({ stationId, days }) => `${stationId}: a slip for ${days.covered} of ${days.of} days`),
  ]
}

const report = ({ written, slips, errors, errorCount }: SlipImport): void => {
  const rows = slips.map(({ line, stationId, document, from, to, energyWh, isNew }) => {
    return [String(line), stationId, document, from, to, kwh(energyWh), isNew ? 'new' : 'there already']
  })
  if (rows.length > 0) print(...tableLines([{ title: 'line', right: true }, ...COLUMNS], rows))
  for (const { line, column, message } of errors) print(`line ${line}${column ? ` ${column}` : ''}: ${message}`)
  if (errorCount > errors.length) print(`… and ${errorCount - errors.length} more`)
  if (errorCount > 0) throw new CommandError(`${errorCount} errors: mend the lines above and import again`)
  print(written ? 'written; the months are settled again' : 'a dry run, nothing was written: add --write to keep it')
}

const textOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch(() => {
    throw new CommandError(`"${file}" cannot be read: give a CSV file of slips, see docs/settlement-slips.md`)
  })

const withdraw = async (
  api: Api,
  stationId: string,
  document: string,
  { reason, write }: { reason: string; write?: boolean },
) => {
  const { slips } = await stationSlips(api, stationId)
  const found = slips.find((slip) => slip.document === document && slip.state === 'in_force')
  if (!found) throw new CommandError(`station ${stationId} has no slip ${document} in force: see yangguang slips list --station`)
  const what = `${document}, ${found.from}..${found.to}, ${kwh(found.energyWh)} kWh`
  if (!write) return `a dry run: ${what} would be withdrawn; add --write`
  const path = `/api/slips/stations/${encodeURIComponent(stationId)}/withdrawals`
  const { months } = (await api.call('POST', path, { withdraws: found.entry, reason })) as SlipWithdrawn
  return `withdrawn: ${what}; settled again: ${months.join(', ')}`
}

export const addSlipCommands = (program: Command, platform: () => Platform): void => {
  const slips = program
    .command('slips')
    .description('settlement slips of the grid company (结算单), which decide what a station’s days count')
  slips
    .command('list')
    .description('the slips of a month, and which stations lack one; or all of a station')
    .option('--county <code>', 'a county, town or village by its 12-digit code, when there is more than one county')
    .option('--month <month>', 'YYYY-MM, last month unless told')
    .option('--station <station>', 'every slip of this station, withdrawn and corrected ones too')
    .action(async ({ county, month, station }: { county?: string; month?: string; station?: string }) =>
      withApi(platform(), async (api) =>
        print(...(station === undefined ? await listOfCounty(api, county, month) : await listOfStation(api, station))),
      ),
    )
  slips
    .command('import <file>')
    .description('checks a CSV file of slips line by line; a dry run unless --write')
    .option('--county <code>', 'the county of its stations, when there is more than one')
    .option('--write', 'keep what was read, when no line is wrong')
    .action(async (file: string, { county, write = false }: { county?: string; write?: boolean }) => {
      const text = await textOf(file)
      await withApi(platform(), async ({ call }) =>
        report((await call('POST', '/api/slips/import', { dryRun: !write, text, ...(county && { county }) })) as SlipImport),
      )
    })
  slips
    .command('withdraw <station> <document>')
    .description('withdraws a slip that is in force; a dry run unless --write')
    .requiredOption('--reason <reason>', 'why, for the books')
    .option('--write', 'really do it')
    .action(async (station: string, document: string, options: { reason: string; write?: boolean }) =>
      withApi(platform(), async (api) => print(await withdraw(api, station, document, options))),
    )
}
