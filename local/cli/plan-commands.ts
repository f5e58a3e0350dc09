import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { formatYuan } from '../../domain/money.ts'
import type { PlanActed, PlansPage, PlanView, PlanWritten } from '../../functions/api-types-plans.ts'
import { type Api, CommandError, type Platform, withApi } from './server.ts'
import { print, tableLines } from './terminal.ts'

/**
 * `plan`: a village's yearly plan from the keyboard. It speaks as an administrator, who may write down what a village has done, and
 * approves nothing: review and filing are for the officers' own log-ins.
 */

const STATES: Record<PlanView['versions'][number]['state'], string> = {
  drafted: '起草',
  passed: '会议通过',
  noticed: '公示',
  reviewed: '乡镇审核',
  filed: '县级备案',
  executing: '执行',
  announced: '年底公告',
}

const textOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch(() => {
    throw new CommandError(`"${path}" cannot be read: give a CSV file`)
  })

const load = async (api: Api, village: string, year: string): Promise<PlanView> =>
  (await api.call('GET', `/api/plans/${encodeURIComponent(village)}?year=${encodeURIComponent(year)}`)) as PlanView

const planLines = ({ village, year, plan, versionInForce, verdicts }: PlanView): string[] => {
  if (!plan) return [`${village.name} ${year} 年没有方案`]
  const columns = [{ title: '编号' }, { title: '姓名' }, { title: '岗位' }, { title: '权重/月（元）', right: true }]
  const history = plan.entries.map(({ seq, by, act }) => `${seq}. ${act.kind} ${by}`)
  const rules = verdicts.map(({ kind, verdict, clause, document, figures }) => {
    const said = Object.entries(figures).map(([name, value]) => `${name}=${value ?? '?'}`)
    return `${verdict} ${kind}（${document} ${clause}）${said.join(' ')}`
  })
  return [
    `${village.name} ${year} 年方案第 ${plan.version} 版：${STATES[plan.state]}；${versionInForce === null ? '没有生效的版本' : `第 ${versionInForce} 版生效`}`,
    ...tableLines(
      columns,
      plan.lines.map(({ lineId, payee, post, weight }) => [lineId, payee, post, formatYuan(weight)]),
    ),
    ...history,
    ...rules,
  ]
}

/** `key=value` facts of an act; whole numbers become numbers. */
const factsOf = (facts: readonly string[]): Record<string, string | number> =>
  Object.fromEntries(
    facts.map((fact) => {
      const [, key = '', value = ''] = /^(\w+)=(.*)$/su.exec(fact) ?? []
      if (key === '') throw new CommandError(`"${fact}" is no fact: write name=value, for example present=24`)
      return [key, /^\d{1,6}$/.test(value) ? Number(value) : value]
    }),
  )

const told = ({ written, version, lines, errors }: PlanWritten): void => {
  for (const { file, line, column, message } of errors) print(`${file}:${line}${column ? ` ${column}` : ''}: ${message}`)
  if (errors.length > 0) throw new CommandError(`${errors.length} errors, nothing was written: mend the rows above`)
  print(`${lines} lines, version ${version}: ${written ? 'written' : 'a dry run, nothing was written: add --write to keep it'}`)
}

type DraftOptions = { basis: string; pool: string; reserve: string; document: string; write?: boolean }

const bpOf = (percent: string): number => {
  const [, whole, cents = ''] = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(percent) ?? []
  if (whole === undefined) throw new CommandError(`"${percent}" is no percentage: write it as 5 or 2.5`)
  return Number(whole) * 100 + Number(cents.padEnd(2, '0'))
}

const addWriting = (plan: Command, platform: () => Platform): void => {
  plan
    .command('draft <village> <year> <file>')
    .description('drafts a plan from a CSV of lines (line_id,person_id,kind,post,weight_yuan); a dry run unless --write')
    .requiredOption('--document <paper>', 'the paper it stands on')
    .option('--basis <basis>', 'weights or wages', 'wages')
    .option('--pool <pool>', 'accrued or received', 'accrued')
    .option('--reserve <percent>', 'what stays with the village collective', '0')
    .option('--write', 'keep it, when no row is wrong')
    .action(async (village: string, year: string, file: string, options: DraftOptions) => {
      const { basis, pool, document, reserve, write } = options
      const lines = await textOf(file)
      const draft = { year: Number(year), basis, pool, document, collectiveReserveBp: bpOf(reserve), lines, dryRun: !write }
      await withApi(platform(), async (api) => {
        const { version, seq } = (await load(api, village, year)).versions.at(-1) ?? { version: 0, seq: 0 }
        const body = { ...draft, version, seq }
        told((await api.call('POST', `/api/plans/${encodeURIComponent(village)}/drafts`, body)) as PlanWritten)
      })
    })
  plan
    .command('attendance <village> <month> <file>')
    .description(
      'records a month of attendance from a CSV (person_id,post,attended_days,due_days,percent); a dry run unless --write',
    )
    .requiredOption('--document <paper>', 'the sheet it stands on')
    .option('--write', 'keep it, when no row is wrong')
    .action(async (village: string, month: string, file: string, { document, write }: { document: string; write?: boolean }) => {
      const body = { month, document, entries: await textOf(file), dryRun: !write }
      await withApi(platform(), async (api) =>
        told((await api.call('POST', `/api/plans/${encodeURIComponent(village)}/attendance`, body)) as PlanWritten),
      )
    })
  plan
    .command('act <village> <year> <act> [facts...]')
    .description('writes down what was done: pass, notice, object, answer, execute, announce or return, facts as name=value')
    .option('--write', 'really do it')
    .action(async (village: string, year: string, kind: string, facts: string[], { write }: { write?: boolean }) => {
      const act = { kind, ...factsOf(facts) }
      await withApi(platform(), async (api) => {
        const { plan: now } = await load(api, village, year)
        if (!now) throw new CommandError('there is no plan for that year: draft one first')
        if (!write) return print(`a dry run: version ${now.version}, ${now.state}: ${JSON.stringify(act)}; add --write`)
        const body = { year: Number(year), version: now.version, seq: now.seq, act }
        const path = `/api/plans/${encodeURIComponent(village)}/acts`
        const { state, seq } = (await api.call('POST', path, body)) as PlanActed
        return print(`entry ${seq}: the plan is now ${state}（${STATES[state]}）`)
      })
    })
}

export const addPlanCommands = (program: Command, platform: () => Platform): void => {
  const plan = program.command('plan').description("villages' yearly plans: look, draft, record attendance and what was done")
  plan
    .command('list <county> <year>')
    .description("every village's plan of a year, and which of the county's rules it breaks")
    .action(async (county: string, year: string) =>
      withApi(platform(), async (api) => {
        const rows: string[][] = []
        let cursor: string | null = ''
        while (cursor !== null) {
          const more: string = cursor === '' ? '' : `&cursor=${cursor}`
          const page = (await api.call('GET', `/api/plans?county=${county}&year=${year}${more}`)) as PlansPage
          rows.push(
            ...page.villages.map(({ code, name, version, state, broken }) => {
              return [
                code,
                name,
                version === null ? '—' : String(version),
                state === null ? '—' : STATES[state],
                broken.join(' '),
              ]
            }),
          )
          cursor = page.nextCursor
        }
        print(...tableLines([{ title: '村' }, { title: '名称' }, { title: '版' }, { title: '状态' }, { title: '不符' }], rows))
      }),
    )
  plan
    .command('show <village> <year>')
    .description('one plan: lines with masked names, its history, and the rules of the county')
    .option('--json', 'as JSON')
    .action(async (village: string, year: string, { json }: { json?: boolean }) =>
      withApi(platform(), async (api) => {
        const view = await load(api, village, year)
        print(...(json ? [JSON.stringify(view, undefined, 2)] : planLines(view)))
      }),
    )
  addWriting(plan, platform)
}
