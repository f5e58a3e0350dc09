import type { Command } from 'commander'
import { formatInstant } from '../../domain/calendar.ts'
import { formatYuan } from '../../domain/money.ts'
import type { ClosingAnswer, ClosingsView, Reproduced } from '../../functions/api-types-closings.ts'
import type { Trace, TraceStep } from '../../functions/api-types-trace.ts'
import { KINDS } from '../../papers/terms.ts'
import { CommandError, type Platform, withApi } from './server.ts'
import { print, tableLines } from './terminal.ts'

/** `closing`, `close` and `trace`: months that stand for ever, and where a payee's fen comes from. */

const STATES: Record<ClosingsView['months'][number]['state'], string> = {
  open: '未结账',
  requested: '待同意',
  closing: '正在结账',
  closed: '已结账',
}

const STEPS: Record<TraceStep['kind'], string> = {
  payee: '分到人',
  adjustment: '结账后调整',
  pot: '可分配收益',
  statement: '村结算单',
  part: '本村份额',
  income: '电量×电价',
  station: '电站月结算',
  day: '电站日电量',
}

const closingLines = ({ county, months, next }: ClosingsView): string[] => {
  const columns = [{ title: '月份' }, { title: '状态' }, { title: '村', right: true }, { title: '结账时间' }, { title: '校验码' }]
  const rows = months.map(({ month, state, villages, closedAtMs, sha256 }) => [
    month,
    STATES[state],
    villages === null ? '' : String(villages),
    closedAtMs === null ? '' : formatInstant(closedAtMs).slice(0, 16),
    sha256 ?? '',
  ])
  const ways = next?.blockers.map(({ code, count, examples }) => `  ${code}: ${count} (${examples.join(', ')})`) ?? []
  const head = next ? [`下一个要结账的月份：${next.month}${ways.length === 0 ? '，没有未了事项' : '，未了事项：'}`, ...ways] : []
  return [`${county.name} 月度结账`, ...tableLines(columns, rows), ...head]
}

const figureText = (name: string, value: string | number | null): string => {
  if (typeof value === 'number' && name.endsWith('Fen')) return `${name.slice(0, -'Fen'.length)} ${formatYuan(value)} 元`
  return `${name} ${value ?? '?'}`
}

const subjectText = (of: string): string => {
  const kinds: Record<string, string> = KINDS
  return of.replaceAll(/\S+/g, (part) => kinds[part] ?? part)
}

const traceLines = (trace: Trace): string[] => {
  const verdict = (isSame: boolean | null): string => (isSame === null ? '？' : isSame ? '✓' : '✗')
  const steps = trace.steps.map(({ kind, of, figures, isSame, note }) => {
    const told = Object.entries(figures).map(([name, value]) => figureText(name, value))
    return `${verdict(isSame)} ${STEPS[kind]} ${subjectText(of)}${note === null ? '' : ` [${note}]`}\n    ${told.join('  ')}`
  })
  const devices = trace.day?.devices.map(
    ({ deviceId, energyWh, quality, readings, firstWh, lastWh }) =>
      `    ${deviceId}: ${firstWh ?? '?'} → ${lastWh ?? '?'} Wh, ${energyWh ?? '?'} Wh (${quality}), ${readings} readings`,
  )
  const title = `${trace.village.name} ${trace.month} ${trace.lineId} ${trace.payee}：${formatYuan(trace.amountFen)} 元`
  const unknown = trace.steps.filter(({ isSame }) => isSame === null).length
  const same = unknown === 0 ? '逐级重算一致。' : `能重算的各级一致，${unknown} 级没有依据可以重算。`
  return [title, ...steps, ...(devices ?? []), trace.isSame ? same : '有一级重算不一致。']
}

export const addClosingCommands = (program: Command, platform: () => Platform): void => {
  program
    .command('closing <county>')
    .description('the months of a county that are closed, and what stands in the way of the next')
    .option('--json', 'as JSON')
    .action(async (county: string, options: { json?: boolean }) =>
      withApi(platform(), async (api) => {
        const view = (await api.call('GET', `/api/closings?county=${encodeURIComponent(county)}`)) as ClosingsView
        return print(...(options.json ? [JSON.stringify(view, undefined, 2)] : closingLines(view)))
      }),
    )
  program
    .command('close <county> <month>')
    .description('closes a month of a county for good; says what stands in the way and closes nothing without --write')
    .option('--write', 'close it')
    .action(async (county: string, month: string, options: { write?: boolean }) =>
      withApi(platform(), async (api) => {
        if (!options.write) {
          const view = (await api.call('GET', `/api/closings?county=${encodeURIComponent(county)}`)) as ClosingsView
          if (!view.next) throw new CommandError('every month that is over is closed')
          if (view.next.month !== month) throw new CommandError(`the next month to close is ${view.next.month}`)
          return print(...closingLines(view), 'Nothing was closed; --write closes it.')
        }
        const { closing } = (await api.call('POST', '/api/closings/close', { county, month })) as ClosingAnswer
        return print(`${month} ${STATES[closing.state]} ${closing.sha256 ?? ''}`)
      }),
    )
  program
    .command('reproduce <village> <month>')
    .description('composes a closed month of a village again and compares its hash')
    .action(async (village: string, month: string) =>
      withApi(platform(), async (api) => {
        const path = `/api/closings/villages/${encodeURIComponent(village)}?month=${encodeURIComponent(month)}`
        const { sha256, again, isSame } = (await api.call('GET', path)) as Reproduced
        if (!isSame) throw new CommandError(`the month was closed with ${sha256} and comes to ${again} now`)
        return print(`${sha256} ✓`)
      }),
    )
  program
    .command('trace <line>')
    .description(
      "where a payee's fen comes from, every joint worked out again; LINE is VILLAGE.MONTH.LINE as `allocation` numbers them: 341623105220.2026-10.L01",
    )
    .option('--station <id>', 'go down to the days of this station')
    .option('--day <day>', 'and to the readings of this day')
    .option('--json', 'as JSON')
    .action(async (line: string, options: { station?: string; day?: string; json?: boolean }) =>
      withApi(platform(), async (api) => {
        const asked = Object.entries({ station: options.station, day: options.day }).filter(
          (each): each is [string, string] => each[1] !== undefined,
        )
        const query = new URLSearchParams(asked).toString()
        const found = (await api.call('GET', `/api/trace/${encodeURIComponent(line)}${query && `?${query}`}`)) as Trace
        return print(...(options.json ? [JSON.stringify(found, undefined, 2)] : traceLines(found)))
      }),
    )
}
