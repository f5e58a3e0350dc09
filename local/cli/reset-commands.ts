import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { formatInstant, parseInstant } from '../../domain/calendar.ts'
import { scaledInteger } from '../../domain/cells.ts'
import { readResetFile, RESET_COLUMNS } from '../../domain/reset-file.ts'
import { RESET_KINDS } from '../../domain/reset-record.ts'
import type { OpenItemsPage, ResetAnswer, ResetsView } from '../../functions/api-types-days.ts'
import { kwhOf } from './audit-command.ts'
import { type Api, CommandError, type Platform, withApi } from './server.ts'
import { print, tableLines } from './terminal.ts'

/** `reset`: registers that were reset and devices that were replaced, as somebody recorded them, and what waits for such a record. */

const OPEN_PAGES_MAX = 50

const instant = (text: string): number => {
  const atMs = parseInstant(text.replace(' ', 'T'))
  if (atMs === undefined || text.length === 10)
    throw new InvalidArgumentError('day and time in China, e.g. 2026-10-05T09:30 or "2026-10-05 09:30:00"')
  return atMs
}
const register = (text: string): number => {
  const energyWh = scaledInteger(text, 3)
  if (energyWh === undefined) throw new InvalidArgumentError('kWh as the register shows them, at most three decimals')
  return energyWh
}

const list = async ({ call }: Api, station: string): Promise<string[]> => {
  const { resets } = (await call('GET', `/api/resets?station=${encodeURIComponent(station)}`)) as ResetsView
  if (resets.length === 0) return ['nothing is recorded']
  const columns = ['at', 'device', 'kind', 'final, kWh', 'start, kWh', 'by', 'document', 'withdrawn']
  const rows = resets.map((each) => [
    formatInstant(each.atMs),
    each.deviceId,
    each.kind,
    kwhOf(each.finalWh),
    kwhOf(each.startWh),
    each.recordedBy,
    each.document,
    each.withdrawnAtMs === null ? '' : `${formatInstant(each.withdrawnAtMs)} ${each.withdrawnBy}: ${each.withdrawalReason}`,
  ])
  return tableLines(
    columns.map((title) => ({ title, right: title.endsWith('kWh') })),
    rows,
  )
}

const open = async ({ call }: Api, county: string): Promise<string[]> => {
  const rows: string[][] = []
  let cursor: string | null = null
  for (let pages = 0; pages < OPEN_PAGES_MAX; pages += 1) {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = (await call('GET', `/api/resets/open?county=${encodeURIComponent(county)}${query}`)) as OpenItemsPage
    for (const { day, stationId, deviceId, code, atMs, detail } of page.items)
      rows.push([day, stationId, deviceId, code, atMs === null ? '' : formatInstant(atMs), detail])
    cursor = page.nextCursor
    if (cursor === null) break
  }
  if (rows.length === 0) return ['nothing waits for a person']
  const columns = ['day', 'station', 'device', 'finding', 'at', 'figures'].map((title) => ({ title }))
  return [...tableLines(columns, rows), ...(cursor === null ? [] : ['… and more'])]
}

/** What it does to the days, device by device. */
const effectLines = ({ days, effect, written }: ResetAnswer): string[] => {
  const columns = ['day', 'device', 'is, kWh', 'becomes, kWh'].map((title, at) => ({ title, right: at > 1 }))
  const rows = effect.flatMap(({ day, beforeWh, afterWh, devices }) => [
    [day, '', kwhOf(beforeWh), kwhOf(afterWh)],
    ...devices
      .filter((device) => device.beforeWh !== device.afterWh)
      .map((device) => ['', device.deviceId, kwhOf(device.beforeWh), kwhOf(device.afterWh)]),
  ])
  return [
    ...tableLines(columns, rows),
    ...(days.length > effect.length ? [`… and ${days.length - effect.length} more days`] : []),
    written ? 'written; the days are computed anew' : 'a dry run, nothing was written: add --write',
  ]
}

const importFile = async ({ call }: Api, text: string, write: boolean): Promise<string[]> => {
  const { lines, errors } = readResetFile(text)
  const tell = (line: number, column: string, message: string) => print(`line ${line}${column ? ` ${column}` : ''}: ${message}`)
  for (const { line, column, message } of errors) tell(line, column, message)
  let wrong = errors.length
  // All of them on a dry run first, so that a file with an error writes nothing.
  for (const dryRun of write ? [true, false] : [true]) {
    if (!dryRun && wrong > 0) break
    for (const { line, ask } of lines) {
      try {
        await call('POST', '/api/resets', { ...ask, dryRun, fromFile: true })
      } catch (error) {
        if (!(error instanceof Error)) throw error
        tell(line, '', error.message)
        wrong += 1
      }
    }
  }
  if (wrong > 0) throw new CommandError(`${wrong} errors: mend the lines above and import again; what is there already stays`)
  return [`${lines.length} records ${write ? 'written' : 'are right; a dry run, nothing was written: add --write'}`]
}

type RecordOptions = {
  at: number
  finalKwh: number
  startKwh: number
  kind: string
  reason: string
  document: string
  write?: boolean
}

export const addResetCommands = (program: Command, platform: () => Platform): void => {
  const reset = program
    .command('reset')
    .description('counters that were reset and devices that were replaced, and what it does to their days')
  reset
    .command('open <region>')
    .description('findings that wait for a person, by the 12-digit code of a county or a part of one')
    .action(async (region: string) => withApi(platform(), async (api) => print(...(await open(api, region)))))
  reset
    .command('list <station>')
    .description('what is recorded of a station, withdrawn records included')
    .action(async (station: string) => withApi(platform(), async (api) => print(...(await list(api, station)))))
  reset
    .command('record <station> <device>')
    .description('records a reset or a replacement and shows what its days become; a dry run unless --write')
    .requiredOption('--at <instant>', 'when the register changed', instant)
    .requiredOption('--final-kwh <kWh>', 'what the old register showed last', register)
    .requiredOption('--start-kwh <kWh>', 'what the new one began with', register)
    .addOption(new Option('--kind <kind>', 'what happened').choices(RESET_KINDS).makeOptionMandatory())
    .requiredOption('--reason <reason>', 'why, for the books')
    .requiredOption('--document <document>', 'the paper that says so')
    .option('--write', 'really do it')
    .action(async (stationId: string, deviceId: string, options: RecordOptions) => {
      const { at: atMs, finalKwh: finalWh, startKwh: startWh, kind, reason, document, write = false } = options
      const ask = { stationId, deviceId, atMs, finalWh, startWh, kind, reason, document, dryRun: !write }
      return withApi(platform(), async ({ call }) =>
        print(...effectLines((await call('POST', '/api/resets', ask)) as ResetAnswer)),
      )
    })
  reset
    .command('withdraw <station> <device>')
    .description('withdraws a record that was wrong, and shows what its days become; a dry run unless --write')
    .requiredOption('--at <instant>', 'the instant it is about', instant)
    .requiredOption('--reason <reason>', 'why, for the books')
    .option('--write', 'really do it')
    .action(async (stationId: string, deviceId: string, options: { at: number; reason: string; write?: boolean }) => {
      const ask = { stationId, deviceId, atMs: options.at, reason: options.reason, dryRun: !options.write }
      return withApi(platform(), async ({ call }) =>
        print(...effectLines((await call('POST', '/api/resets/withdraw', ask)) as ResetAnswer)),
      )
    })
  reset
    .command('import <file>')
    .description(`records of a CSV file, columns ${RESET_COLUMNS.join(',')}; a dry run unless --write`)
    .option('--write', 'keep them, when no line is wrong')
    .action(async (file: string, { write = false }: { write?: boolean }) => {
      const text = await readFile(file, 'utf8').catch(() => {
        throw new CommandError(`"${file}" cannot be read: give a CSV file with the columns ${RESET_COLUMNS.join(',')}`)
      })
      return withApi(platform(), async (api) => print(...(await importFile(api, text, write))))
    })
}
