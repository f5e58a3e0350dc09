import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { ROLES } from '../../domain/access.ts'
import { type Api, CommandError, type Platform, withApi } from './server.ts'
import { print, tableLines } from './terminal.ts'

/** `import` and `user`: what exists and who may log in. Nothing is written unless `--write` says so. */

export type ImportResult = {
  rows: Record<string, number>
  errors: { file: string; line: number; column: string; message: string }[]
  errorCount: number
  written: boolean
  /** Plans somebody has acted on here, which stay as they are whatever the files say. */
  plansKept?: number
  /** Days whose readings now mean something else. */
  stationDays?: number
}

/** Checks registry files and, unless it is a dry run or a row is wrong, writes them. */
export const importFiles = async (api: Api, files: Record<string, string>, dryRun: boolean): Promise<ImportResult> =>
  (await api.call('POST', '/api/registry/import', { dryRun, files })) as ImportResult

/** Gives a gateway a new secret, which is shown this once; the old one ends. */
export const issueSecret = async (api: Api, gatewayId: string): Promise<string> => {
  const path = `/api/registry/gateways/${encodeURIComponent(gatewayId)}/secret`
  return ((await api.call('POST', path)) as { secret: string }).secret
}

export const readFolder = async (folder: string): Promise<Record<string, string>> => {
  const names = await readdir(folder).catch(() => {
    throw new CommandError(`"${folder}" cannot be read: give the folder that holds the CSV files`)
  })
  const csv = names.filter((name) => name.endsWith('.csv')).sort()
  if (csv.length === 0)
    throw new CommandError(`"${folder}" holds no .csv file: see docs/registry-csv.md for the files and columns`)
  return Object.fromEntries(await Promise.all(csv.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])))
}

/** Checks a registry that is one workbook and, unless it is a dry run or a row is wrong, writes it. */
const importWorkbook = async (api: Api, path: string, dryRun: boolean): Promise<ImportResult> => {
  const bytes = await readFile(path).catch(() => {
    throw new CommandError(`"${path}" cannot be read`)
  })
  const { WORKBOOK_BYTES_MAX } = await import('../../papers/registry-workbook.ts')
  if (bytes.byteLength > WORKBOOK_BYTES_MAX) throw new CommandError(`"${path}" is too large: divide it, or import CSV files`)
  return (await api.call('POST', '/api/registry/import', { dryRun, workbook: bytes.toString('base64') })) as ImportResult
}

/** Writes the workbook to fill in; never over a file that is there. */
const writeTemplate = async (path: string): Promise<void> => {
  const { registryTemplate } = await import('../../papers/registry-template.ts')
  await writeFile(path, await registryTemplate(), { flag: 'wx' }).catch(() => {
    throw new CommandError(`"${path}" cannot be written, or is there already`)
  })
  print(path)
}

const report = ({ rows, errors, errorCount, written, plansKept = 0, stationDays = 0 }: ImportResult): void => {
  print(
    ...tableLines(
      [{ title: 'kind' }, { title: 'rows', right: true }],
      Object.entries(rows).map(([kind, count]) => [kind, String(count)]),
    ),
  )
  for (const { file, line, column, message } of errors) print(`${file}:${line}${column ? ` ${column}` : ''}: ${message}`)
  if (errorCount > errors.length) print(`… and ${errorCount - errors.length} more`)
  if (errorCount > 0) throw new CommandError(`${errorCount} errors, nothing was written: mend the rows above and import again`)
  if (plansKept > 0) print(`${plansKept} plans have moved on here since and stay as they are: change them by "plan"`)
  if (stationDays > 0) print(`up to ${stationDays} station-days ${written ? 'are' : 'would be'} computed anew`)
  print(written ? 'written' : 'a dry run, nothing was written: add --write to keep it')
}

type UserOptions = {
  role?: string
  region?: string
  newPassword?: boolean
  disable?: boolean
  enable?: boolean
  write?: boolean
}

/** The path and body that create a user, or change the one that is there. */
const userRequest = (name: string, { role, region, newPassword, disable, enable }: UserOptions): [path: string, body: object] => {
  if (role !== undefined && region !== undefined) return ['/api/registry/users', { userName: name, role, regionCode: region }]
  const change = {
    ...(newPassword && { newPassword }),
    ...(disable && { disabled: true }),
    ...(enable && { disabled: false }),
  }
  if (Object.keys(change).length > 0) return [`/api/registry/users/${encodeURIComponent(name)}`, change]
  throw new CommandError(
    'give --role and --region for a new user, or --new-password, --disable or --enable for one that is there',
  )
}

export const addRegistryCommands = (program: Command, platform: () => Platform): void => {
  program
    .command('import <source>')
    .description('checks a registry row by row: a folder of CSV files, or one .xlsx workbook; a dry run unless --write')
    .option('--write', 'keep what was read, when no row is wrong')
    .action(async (source: string, options: { write?: boolean }) => {
      if (source.endsWith('.xlsx')) {
        return withApi(platform(), async (api) => report(await importWorkbook(api, source, !options.write)))
      }
      const files = await readFolder(source)
      return withApi(platform(), async (api) => report(await importFiles(api, files, !options.write)))
    })
  program
    .command('template <file>')
    .description('writes the .xlsx workbook to fill a registry in: a sheet for each kind of row, with lists to choose from')
    .action(writeTemplate)
  program
    .command('user <name>')
    .description('creates a log-in, or changes one that is there; a new password is printed once')
    .option('--role <role>', `for a new one: ${ROLES.join(', ')}`)
    .option('--region <code>', 'for a new one: a 12-digit region code; everything below it is in scope')
    .option('--new-password', 'give it a new password; its old one ends')
    .option('--disable', 'shut it out')
    .option('--enable', 'let it in again')
    .option('--write', 'really do it')
    .action(async (name: string, options: UserOptions) => {
      const [path, body] = userRequest(name, options)
      if (!options.write) return print(`a dry run: ${name} would be set to ${JSON.stringify(body)}; add --write`)
      return withApi(platform(), async (api) => {
        const { password } = (await api.call('POST', path, body)) as { password?: string }
        print(`user: ${name}`, ...(password === undefined ? [] : [`password: ${password}`]))
      })
    })
}
