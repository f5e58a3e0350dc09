import type { Command } from 'commander'
import type { ShareChangeView } from '../../functions/edge/registry-shares.ts'
import { CommandError, type Platform, withApi } from './server.ts'
import { print, tableLines } from './terminal.ts'

/** `shares change`: what villages that merge or divide mean for the joint stations they have a part in. A dry run unless `--write`. */

type Options = { from: string[]; to: string[]; on: string; document: string; write?: boolean }

/** `341623105220=1/3`, or a code alone for the whole. */
const successorOf = (text: string): { villageCode: string; share: string } => {
  const [, villageCode, share = '1/1'] = /^(\d{12})(?:=(.+))?$/.exec(text) ?? []
  if (villageCode === undefined)
    throw new CommandError(`"${text}": write a 12-digit village code, or code=part as 341623105220=1/3`)
  return { villageCode, share }
}

const linesOf = ({ stations, wholeStations, written }: ShareChangeView, { on }: Options): string[] => {
  const tables = stations.flatMap(({ stationId, name, before, after, settledAgain }) => {
    const [had, has] = [before, after].map((set) => new Map(set.map(({ villageCode, share }) => [villageCode, share])))
    const changed = [...new Set([...(had?.keys() ?? []), ...(has?.keys() ?? [])])]
      .toSorted()
      .filter((code) => had?.get(code) !== has?.get(code))
    return [
      `${name}（${stationId}）: ${after.length} villages from ${on} on`,
      ...tableLines(
        [{ title: 'village' }, { title: 'until then', right: true }, { title: 'from then on', right: true }],
        changed.map((code) => [code, had?.get(code) ?? '–', has?.get(code) ?? '–']),
      ),
      settledAgain.length > 0
        ? `settled again: ${settledAgain.join(', ')}; the months before stay as they are`
        : 'no settled month changes',
      '',
    ]
  })
  const whole = wholeStations.map(({ stationId, name }) => `${name}（${stationId}）`)
  return [
    ...tables,
    ...(whole.length > 0 ? [`These belong to a village that leaves, whole, and stay its own: ${whole.join(', ')}`] : []),
    written ? 'written' : 'a dry run, nothing was written: add --write to keep it',
  ]
}

export const addShareCommands = (program: Command, platform: () => Platform): void => {
  program
    .command('shares')
    .description('the parts villages have in joint stations')
    .command('change')
    .description('villages merge or divide from a day on: makes the new sets of shares; a dry run unless --write')
    .requiredOption('--from <codes...>', 'the villages whose parts pass on')
    .requiredOption('--to <codes...>', 'who takes them over: one code, or several as code=1/3, together exactly one')
    .requiredOption('--on <day>', 'the first day of the new sets, as 2026-07-01')
    .requiredOption('--document <text>', 'the paper that says so')
    .option('--write', 'keep the new sets')
    .action(async (options: Options) => {
      const { from, to, on: validFrom, document, write } = options
      const body = { dryRun: write !== true, validFrom, document, from, to: to.map(successorOf) }
      await withApi(platform(), async (api) =>
        print(...linesOf((await api.call('POST', '/api/registry/shares/change', body)) as ShareChangeView, options)),
      )
    })
}
