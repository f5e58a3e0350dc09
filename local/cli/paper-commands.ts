import { writeFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import type { PaperView } from '../../functions/api-types.ts'
import type { PaperFormat } from '../../functions/edge/paper-files.ts'
import { CommandError, type Platform, withApi } from './server.ts'
import { print } from './terminal.ts'

/** `paper`: reports, statements, lists, notices and vouchers as files. The figures come from the platform, the file is made here. */

/** What can be had, where its figures are, and whether a month or a year belongs to it. */
const PAPERS = {
  'village-month': ['villages/{region}/month', 'month'],
  'village-year': ['villages/{region}/year', 'year'],
  households: ['villages/{region}/households', 'year'],
  station: ['stations/{region}/year', 'year'],
  statement: ['villages/{region}/statement', 'month'],
  allocation: ['villages/{region}/allocation', 'month'],
  notice: ['villages/{region}/notice', 'month'],
  vouchers: ['villages/{region}/vouchers', 'month'],
  'county-month': ['county/month?code={region}', 'month'],
  villages: ['county/villages?code={region}', 'month'],
  stations: ['county/stations?code={region}', undefined],
} as const
type Kind = keyof typeof PAPERS
const FORMATS: readonly Exclude<PaperFormat, 'json'>[] = ['pdf', 'xlsx', 'csv']

type PaperOptions = {
  format: Exclude<PaperFormat, 'json'>
  out?: string
  from?: string
  days?: string
  contacts?: string
  url?: string
}

const pathOf = (kind: Kind, region: string, period: string | undefined, options: PaperOptions): string => {
  const [route, of] = PAPERS[kind]
  if (period !== undefined && of === undefined) throw new CommandError(`${kind} has no month: leave "${period}" out`)
  const [path = '', query = ''] = route.replace('{region}', encodeURIComponent(region)).split('?')
  const asked = new URLSearchParams(query)
  if (period !== undefined && of !== undefined) asked.set(of, period)
  const { from, days, contacts, url } = options
  for (const [name, value] of Object.entries({ from, days, contacts, url })) {
    if (value === undefined) continue
    if (kind !== 'notice') throw new CommandError(`--${name} belongs to a notice`)
    asked.set(name, value)
  }
  return `/api/papers/${path}?${asked.toString()}`
}

const kindOf = (text: string): Kind => {
  if (Object.hasOwn(PAPERS, text)) return text as Kind
  throw new CommandError(`"${text}" is no paper: ${Object.keys(PAPERS).join(', ')}`)
}

/** Writes a new file and never over one that is there. */
const write = async (path: string, bytes: Uint8Array): Promise<void> =>
  writeFile(path, bytes, { flag: 'wx' }).catch((error: unknown) => {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw new CommandError(exists ? `${path} is there already: choose another --out` : `${path} cannot be written`)
  })

export const addPaperCommands = (program: Command, platform: () => Platform, now: () => number): void => {
  program
    .command('paper <kind> <region> [period]')
    .description(
      `a paper as a file: ${Object.keys(PAPERS).join(', ')}; region by its 12-digit code, a station by its id, period as 2026-10 or 2026`,
    )
    .addOption(new Option('--format <format>', 'of the file').choices(FORMATS).default('pdf'))
    .option('--out <file>', 'where to write it; named after the paper unless told')
    .option('--from <day>', 'notice: its first day')
    .option('--days <count>', 'notice: how many days, both ends counted')
    .option('--contacts <list>', 'notice: complaint telephones, divided by semicolons')
    .option('--url <address>', 'notice: the public page its QR code leads to')
    .action(async (kind: string, region: string, period: string | undefined, options: PaperOptions) => {
      const path = pathOf(kindOf(kind), region, period, options)
      return withApi(platform(), async (api) => {
        const paper = (await api.call('GET', path)) as PaperView
        // Loaded by this command alone: the others need no typesetter.
        const { openFonts, paperBytes } = await import('../../functions/edge/paper-files.ts')
        const out = options.out ?? `${paper.fileName}.${options.format}`
        await write(out, await paperBytes(paper, options.format, { fonts: openFonts(), nowMs: now() }))
        print(out)
      })
    })
}
