import { type Command, InvalidArgumentError } from 'commander'
import { formatInstant, parseInstant } from '../../domain/calendar.ts'
import { QUARANTINE_REASONS } from '../../domain/problems.ts'
import type { QuarantinePage, QuarantineRelease } from '../../functions/api-types.ts'
import { type Api, type Platform, withApi } from './server.ts'
import { print, tableLines } from './terminal.ts'

/** `quarantine`: what was set aside at the door, and putting it back through ingest once its cause is mended. */

const PAGES_MAX = 200

const list = async ({ call }: Api, county: string): Promise<string[]> => {
  const rows: string[][] = []
  let cursor: string | null = null
  for (let page = 0; page < PAGES_MAX; page++) {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const found = (await call('GET', `/api/quarantine?county=${encodeURIComponent(county)}${query}`)) as QuarantinePage
    for (const { receivedAtMs, gatewayId, deviceId, reason, detail } of found.items) {
      rows.push([formatInstant(receivedAtMs), gatewayId, deviceId ?? '', reason, detail])
    }
    cursor = found.nextCursor
    if (cursor === null) break
  }
  if (rows.length === 0) return ['nothing is in quarantine']
  const titles = ['received', 'gateway', 'device', 'reason', 'detail']
  const lines = tableLines(
    titles.map((title) => ({ title })),
    rows,
  )
  return cursor === null ? lines : [...lines, '… and more']
}

type ReleaseOptions = { reason?: string; gateway?: string; from?: number; to?: number; write?: boolean }

const release = async ({ call }: Api, county: string, options: ReleaseOptions): Promise<string> => {
  const { reason, gateway: gatewayId, from: fromMs, to: toMs, write = false } = options
  const filter = { reason, gatewayId, fromMs, toMs, dryRun: !write }
  let [matched, released] = [0, 0]
  let cursor: string | undefined
  do {
    const page = (await call('POST', '/api/quarantine/release', { ...filter, county, cursor })) as QuarantineRelease
    matched += page.matched
    released += page.released
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  if (!write) return `a dry run: ${matched} would be put back through ingest; add --write`
  return `${released} put back through ingest; what is still wrong comes back here under a new entry`
}

const instant = (text: string): number => {
  const atMs = parseInstant(text)
  if (atMs === undefined) throw new InvalidArgumentError('a day or an instant, e.g. 2026-10-01 or 2026-10-01T06:00')
  return atMs
}

export const addQuarantineCommands = (program: Command, platform: () => Platform): void => {
  const quarantine = program
    .command('quarantine <county>')
    .description('what was set aside at the door and why; county by its 12-digit code, "unknown" for strangers')
    .action(async (county: string) => withApi(platform(), async (api) => print(...(await list(api, county)))))
  quarantine
    .command('release <county>')
    .description('puts it back through ingest once the cause is mended, as it was received then; a dry run unless --write')
    .option('--reason <reason>', `only what was set aside for this: ${QUARANTINE_REASONS.join(', ')}`)
    .option('--gateway <gateway>', 'only what this gateway sent')
    .option('--from <instant>', 'only what was received from then on', instant)
    .option('--to <instant>', 'only what was received before then', instant)
    .option('--write', 'really do it')
    .action(async (county: string, options: ReleaseOptions) =>
      withApi(platform(), async (api) => print(await release(api, county, options))),
    )
}
