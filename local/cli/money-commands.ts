import type { Command } from 'commander'
import { type ChinaMonth, parseMonth } from '../../domain/calendar.ts'
import type { StatementLine } from '../../domain/income.ts'
import { formatYuan } from '../../domain/money.ts'
import type { AllocationView, StatementView, VillageView } from '../../functions/api-types.ts'
import { BENEFITS, KINDS } from '../../papers/terms.ts'
import { itemOf, words } from '../../papers/words.ts'
import { type Api, CommandError, type Platform, withApi } from './server.ts'
import { print, tableLines } from './terminal.ts'

/** `statement` and `allocation`: what a village earned in a month and how it was divided, every line and every sum. */

const LABELS = { ...KINDS, ...BENEFITS }

const monthOf = (text: string): ChinaMonth => {
  const month = parseMonth(text)
  if (month === undefined) throw new CommandError(`"${text}" is no month: write it as 2026-10`)
  return month
}

const loadVillage = async (api: Api, village: string, month: ChinaMonth): Promise<VillageView> =>
  (await api.call('GET', `/api/villages/${encodeURIComponent(village)}?month=${month}`)) as VillageView

const kWh = (energyWh: number): string => (energyWh / 1_000).toFixed(3)

const percent = (bp: number | undefined): string => (bp === undefined ? '' : `${(bp / 100).toFixed(2)} %`)

const lineCells = (line: Omit<StatementLine, 'stationId'>): string[] => [
  itemOf(line),
  `${line.from} – ${line.to}`,
  line.energyWh === undefined ? '' : kWh(line.energyWh),
  line.priceE4YuanPerKwh === undefined ? percent(line.rateBp ?? line.vatBp) : (line.priceE4YuanPerKwh / 10_000).toFixed(4),
  formatYuan(line.amountFen),
]

const statementLines = (view: VillageView, statement: StatementView): string[] => {
  const columns = [
    { title: '项目' },
    { title: '期间' },
    { title: '电量（kWh）', right: true },
    { title: '电价（元/kWh）', right: true },
    { title: '金额（元）', right: true },
  ]
  const stations = statement.stations.flatMap((station) => [
    '',
    `${station.name}（${station.stationId}，第 ${station.version} 版${station.provisional ? '，暂估' : ''}）`,
    ...tableLines(columns, [...station.lines.map(lineCells), ['小计', '', '', '', formatYuan(station.netFen)]]),
  ])
  const taken = statement.deductions.map(lineCells)
  const deductions = taken.length === 0 ? [] : ['', words.afterSharing, ...tableLines(columns, taken)]
  const adjusted = statement.adjustments.map((line) => [
    `${line.ofMonth} ${LABELS[line.kind]}`,
    line.stationName ?? '',
    line.energyWh === undefined ? '' : kWh(line.energyWh),
    '',
    formatYuan(line.amountFen),
  ])
  const adjustments = adjusted.length === 0 ? [] : ['', words.adjustments, ...tableLines(columns, adjusted)]
  const title = `${view.village.name} ${view.month} 收入结算单，第 ${statement.version} 版${statement.provisional ? '（暂估）' : ''}`
  const sums = [
    `收入 ${formatYuan(statement.grossFen)} 元`,
    `扣除 ${formatYuan(statement.deductionFen)} 元`,
    `净收入 ${formatYuan(statement.netFen)} 元`,
  ]
  return [title, ...stations, ...deductions, ...adjustments, '', sums.join('，')]
}

const allocationLines = (view: VillageView, allocation: AllocationView): string[] => {
  const columns = [
    { title: '编号' },
    { title: '姓名' },
    { title: '用途' },
    { title: '岗位' },
    { title: '金额（元）', right: true },
  ]
  const rows = allocation.lines.map(({ lineId, payee, kind, post, amountFen }) => [
    lineId,
    payee,
    LABELS[kind],
    post,
    formatYuan(amountFen),
  ])
  const sums = [
    `可分配 ${formatYuan(allocation.potFen)} 元`,
    `村集体留存 ${formatYuan(allocation.reserveFen)} 元`,
    `已分配 ${formatYuan(allocation.distributedFen)} 元`,
    `未分配 ${formatYuan(allocation.undistributedFen)} 元${allocation.undistributed ? `（${allocation.undistributed}）` : ''}`,
  ]
  return [
    `${view.village.name} ${view.month} 收益分配表`,
    ...tableLines(columns, rows),
    '',
    sums.join(' = ').replace(' = ', '：').replaceAll(' = ', ' + '),
  ]
}

export const addMoneyCommands = (program: Command, platform: () => Platform): void => {
  program
    .command('statement <village> <month>')
    .description("a village's income of a month, line by line; village by its 12-digit code, month as 2026-10")
    .option('--json', 'the figures as JSON')
    .action(async (village: string, month: string, options: { json?: boolean }) =>
      withApi(platform(), async (api) => {
        const view = await loadVillage(api, village, monthOf(month))
        if (options.json) return print(JSON.stringify(view.statement, undefined, 2))
        if (!view.statement)
          throw new CommandError('there is no statement for that month yet: it comes after the month has ended')
        return print(...statementLines(view, view.statement))
      }),
    )
  program
    .command('allocation <village> <month>')
    .description("how a village's month was divided among its payees, names masked")
    .option('--json', 'the figures as JSON')
    .action(async (village: string, month: string, options: { json?: boolean }) =>
      withApi(platform(), async (api) => {
        const view = await loadVillage(api, village, monthOf(month))
        if (options.json) return print(JSON.stringify(view.allocation, undefined, 2))
        if (!view.allocation) throw new CommandError('nothing was allocated for that month yet: it follows the statement')
        return print(...allocationLines(view, view.allocation))
      }),
    )
}
