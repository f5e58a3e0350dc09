import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { formatYuan } from '../../domain/money.ts'
import { scaledInteger } from '../../domain/cells.ts'
import { INCOME_STREAMS } from '../../domain/registry.ts'
import type {
  Account,
  CountyReceipts,
  OpeningImport,
  RecordedView,
  RecordView,
  VillageReceipts,
} from '../../functions/api-types-receipts.ts'
import { type Api, CommandError, type Platform, withApi } from './server.ts'
import { print, tableLines } from './terminal.ts'

/** `money`: where a county's or a village's money is, and recording what was received and passed on. A dry run unless `--write`. */

const right = (title: string) => ({ title, right: true })
const STAGES = [right('应计'), right('县到账'), right('村到账'), right('已发放'), right('待收补贴'), right('县里未拨')]
const stagesOf = ({ accruedFen, countyFen, cashFen, paidFen, subsidy, heldFen }: Account): string[] =>
  [accruedFen, countyFen, cashFen, paidFen, subsidy.awaitedFen + subsidy.heldFen, heldFen].map(formatYuan)

const agesOf = (limits: readonly number[], { ages }: Account): string[] => {
  const classes = [...limits.map((limit, at) => `${(limits[at - 1] ?? -1) + 1}–${limit} 天`), `${limits.at(-1) ?? 0} 天以上`]
  const rows = [
    ['待电网到账', ages.awaited],
    ['在县里待拨付', ages.held],
    ['在村账户', ages.balance],
  ] as const
  return tableLines(
    [{ title: '账龄' }, ...classes.map(right)],
    rows.map(([place, fens]) => [place, ...fens.map(formatYuan)]),
  )
}

const overdueOf = ({ overdue }: Pick<CountyReceipts, 'overdue'>): string[] =>
  overdue.map(({ villageCode, villageName, year, dueOn, awaitedFen, heldFen, document }) => {
    const where = `未到 ${formatYuan(awaitedFen)}，在县 ${formatYuan(heldFen)}`
    return `逾期：${villageName ?? villageCode} ${year} 年补贴应于 ${dueOn} 前到村，${where}（${document}）`
  })

const recordsOf = (records: readonly RecordView[]): string[] =>
  tableLines(
    [
      { title: '日期' },
      { title: '种类' },
      { title: '编号' },
      right('金额（元）'),
      right('未归属'),
      { title: '凭证' },
      { title: '' },
    ],
    records.map(({ on, kind, recordId, amountFen, unappliedFen, document, reversedAtMs }) => [
      on,
      kind,
      recordId,
      formatYuan(amountFen),
      formatYuan(unappliedFen),
      document,
      reversedAtMs === null ? '' : '已冲销',
    ]),
  )

const countyLines = (view: CountyReceipts): string[] => [
  `${view.region.name} 截至 ${view.asOf}`,
  ...tableLines(
    [{ title: '村' }, ...STAGES],
    [...view.villages.map((row) => [row.name, ...stagesOf(row)]), ['合计', ...stagesOf(view.total)]],
  ),
  '',
  ...agesOf(view.limitsDays, view.total),
  '',
  ...overdueOf(view),
  ...(view.records.length > 0 ? recordsOf(view.records) : []),
  `县到账合计 ${formatYuan(view.receivedFen)} 元，其中未归属 ${formatYuan(view.unappliedFen)} 元`,
]

const villageLines = (view: VillageReceipts): string[] => [
  `${view.village.name} 截至 ${view.asOf}`,
  ...tableLines(STAGES, [stagesOf(view.account)]),
  '',
  ...agesOf(view.limitsDays, view.account),
  '',
  ...overdueOf(view),
  ...(view.records.length > 0 ? recordsOf(view.records) : ['还没有记录']),
]

type Entry = {
  on: string
  amount: string
  document: string
  stream?: string
  from?: string
  to?: string
  id?: string
  write?: boolean
}

const entryOf = ({ on, amount, document, stream, from, to, id, write }: Entry, more: object): object => {
  const amountFen = scaledInteger(amount, 2)
  if (amountFen === undefined) throw new CommandError(`"${amount}" is no amount: write yuan as 1234.56`)
  const said = {
    on,
    amountFen,
    document,
    ...more,
    ...(stream !== undefined && { stream }),
    ...(from !== undefined && { fromMonth: from }),
    ...(to !== undefined && { toMonth: to }),
  }
  // The same command twice is the same record.
  const recordId = id ?? `cli-${createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 24)}`
  return { ...said, recordId, dryRun: write !== true }
}

const recordedLines = ({ written, repeated, record, parts }: RecordedView): string[] => [
  ...(parts.length > 0
    ? tableLines(
        [{ title: '电站' }, right('金额（元）')],
        parts.map((part) => [`${part.name}（${part.stationId}）`, formatYuan(part.amountFen)]),
      )
    : []),
  `${record.on} ${formatYuan(record.amountFen)} 元，其中未归属 ${formatYuan(record.unappliedFen)} 元，编号 ${record.recordId}`,
  repeated
    ? 'it was recorded before and counts once'
    : written
      ? 'written'
      : 'a dry run, nothing was written: add --write to keep it',
]

const entryCommand = (parent: Command, name: string, description: string): Command =>
  parent
    .command(name)
    .description(`${description}; a dry run unless --write`)
    .requiredOption('--on <day>', 'the day the money moved, as 2026-11-20')
    .requiredOption('--amount <yuan>', 'as 1234.56')
    .requiredOption('--document <text>', 'the paper that says so')
    .option('--stream <stream>', `one of ${INCOME_STREAMS.join(', ')}`)
    .option('--from <month>', 'the first month it is for, as 2026-01')
    .option('--to <month>', 'the last month it is for; that of --on unless told')
    .option('--id <id>', 'of the record; the same one twice is one record. Made of the rest unless told')
    .option('--write', 'keep it')

const importOpenings = async (api: Api, county: string, file: string, write: boolean): Promise<void> => {
  const csv = await readFile(file, 'utf8').catch(() => {
    throw new CommandError(`"${file}" cannot be read`)
  })
  const path = `/api/receipts/county/${encodeURIComponent(county)}/openings`
  const { added, unchanged, accruedFen, errors, errorCount, written } = (await api.call('POST', path, {
    dryRun: !write,
    csv,
  })) as OpeningImport
  for (const { line, column, message } of errors) print(`${file}:${line}${column ? ` ${column}` : ''}: ${message}`)
  if (errorCount > 0) throw new CommandError(`${errorCount} errors, nothing was written: mend the lines above and import again`)
  print(`${added} new lines, ${formatYuan(accruedFen)} yuan; ${unchanged} there already`)
  print(written ? 'written' : 'a dry run, nothing was written: add --write to keep it')
}

const addViews = (money: Command, platform: () => Platform): void => {
  const view = (name: string, description: string, path: (code: string) => string, lines: (answer: unknown) => string[]) =>
    money
      .command(`${name} <code>`)
      .description(description)
      .option('--as-of <day>', 'as of that day instead of today')
      .option('--json', 'the figures as JSON')
      .action(async (code: string, { asOf, json }: { asOf?: string; json?: boolean }) =>
        withApi(platform(), async (api) => {
          const joined = asOf === undefined ? '' : `${path('').includes('?') ? '&' : '?'}asOf=${encodeURIComponent(asOf)}`
          const answer = await api.call('GET', `${path(encodeURIComponent(code))}${joined}`)
          return print(...(json ? [JSON.stringify(answer, undefined, 2)] : lines(answer)))
        }),
      )
  view(
    'county',
    "what a county's villages earned, received and paid out, what waits and how long",
    (code) => `/api/receipts/county?code=${code}`,
    (answer) => countyLines(answer as CountyReceipts),
  )
  view(
    'village',
    "a village's money and its records",
    (code) => `/api/receipts/villages/${code}`,
    (answer) => villageLines(answer as VillageReceipts),
  )
}

export const addReceiptCommands = (program: Command, platform: () => Platform): void => {
  const money = program
    .command('money')
    .description('money on its way: accrued, received by the county, by the village, paid out')
  addViews(money, platform)
  entryCommand(money, 'receive <county>', 'records a lump the county received')
    .option('--stations <ids...>', 'the stations its document names; all of the county unless told')
    .option('--direct', 'the grid company paid the villages themselves')
    .action(async (county: string, options: Entry & { stations?: string[]; direct?: boolean }) => {
      if (options.stream === undefined) throw new CommandError('say of which --stream it is')
      const more = { direct: options.direct === true, ...(options.stations && { stationIds: options.stations }) }
      const path = `/api/receipts/county/${encodeURIComponent(county)}`
      await withApi(platform(), async (api) =>
        print(...recordedLines((await api.call('POST', path, entryOf(options, more))) as RecordedView)),
      )
    })
  entryCommand(money, 'pass <village>', 'records what the county passed on to a village')
    .option('--withheld', 'it was not passed on but kept, for a deduction')
    .action(async (village: string, options: Entry & { withheld?: boolean }) => {
      const path = `/api/receipts/villages/${encodeURIComponent(village)}/transfers`
      const body = entryOf(options, { kind: options.withheld ? 'withholding' : 'transfer' })
      await withApi(platform(), async (api) => print(...recordedLines((await api.call('POST', path, body)) as RecordedView)))
    })
  money
    .command('reverse <place> <record>')
    .description(
      'takes a record back, whole; place is the county, village or station it is filed under. A dry run unless --write',
    )
    .requiredOption('--document <text>', 'the paper that says so')
    .option('--write', 'take it back')
    .action(async (placeCode: string, recordId: string, { document, write }: { document: string; write?: boolean }) =>
      withApi(platform(), async (api) => {
        const answer = await api.call('POST', '/api/receipts/reversals', {
          dryRun: write !== true,
          placeCode,
          recordId,
          document,
        })
        const { amountFen, written } = answer as { amountFen: number; written: boolean }
        print(`${recordId}: ${formatYuan(amountFen)} yuan`)
        print(written ? 'taken back' : 'a dry run, nothing was written: add --write to take it back')
      }),
    )
  money
    .command('openings <county> <file>')
    .description('opening balances and old arrears from a CSV file, checked line by line; a dry run unless --write')
    .option('--write', 'keep what was read, when no line is wrong')
    .action(async (county: string, file: string, { write }: { write?: boolean }) =>
      withApi(platform(), async (api) => importOpenings(api, county, file, write === true)),
    )
}
