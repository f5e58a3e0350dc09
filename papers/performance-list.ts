import type { Assessment } from '../domain/assessment.ts'
import type { Grade } from '../domain/grade.ts'
import type { PerformanceSum } from '../domain/performance-month.ts'
import { code, energy, line, money, none, type Cell, type Paper, text } from './paper.ts'

/** The stations of a region by performance (发电评估), as a list to calculate on. */

export type PerformanceLine = {
  stationId: string
  name: string
  place: string
  dcCapacityW: number
  sum: Omit<PerformanceSum, 'lostFen'> & { lostFen?: number | null }
}

const GRADE_NAMES: Record<Grade, string> = { A: '优', B: '良', C: '中', D: '差' }
const CAUSE_NAMES: Record<Assessment['causes'][number], string> = {
  no_data: '无数据',
  frozen: '数据冻结',
  clock: '时钟偏差',
  stopped: '停机',
  curtailed: '限电',
  clipped: '削峰',
  strings: '组串异常',
  unexplained: '原因不明',
}

const percent = (bp: number | null): Cell => ({ kind: 'percent', bp })
const hours = (whPerKw: number | null): Cell => ({
  kind: 'hours',
  hundredths: whPerKw === null ? null : Math.round(whPerKw / 10),
})

const causesOf = ({ causes }: Pick<PerformanceSum, 'causes'>): string =>
  Object.entries(causes)
    .map(([cause, days]) => `${CAUSE_NAMES[cause as keyof typeof CAUSE_NAMES]}${days}天`)
    .join('、')

const rowOf = ({ stationId, name, place, dcCapacityW, sum }: PerformanceLine, withMoney: boolean) =>
  line(
    code(stationId),
    text(name),
    text(place),
    { kind: 'power', w: dcCapacityW },
    energy(sum.energyWh),
    hours(sum.dcWhPerKw),
    hours(sum.acWhPerKw),
    hours(sum.peersWhPerKw),
    percent(sum.shareBp),
    percent(sum.time && sum.time.producing * 10),
    percent(sum.time && sum.time.idle * 10),
    percent(sum.time && sum.time.noData * 10),
    energy(sum.lostWh),
    ...(withMoney ? [money(sum.lostFen ?? null)] : []),
    sum.graded.grade === null ? none : text(GRADE_NAMES[sum.graded.grade]),
    text(causesOf(sum)),
  )

const COLUMNS = [
  '电站编号',
  '电站',
  '所在地',
  '直流装机（kW）',
  '发电量（kWh）',
  '等效利用小时（按直流）',
  '等效利用小时（按交流）',
  '同县中位等效小时（按直流，可比日）',
  '为同县的（%）',
  '发电时间（%）',
  '停机时间（%）',
  '无数据时间（%）',
  '估算损失电量（kWh）',
  '估算损失（元）',
  '评级',
  '原因（天数）',
]
const MONEY_COLUMN = 13

/** `period` is a day or a month as people write it. */
export const performanceList = (
  of: { region: string; period: string; madeAt: string; withMoney: boolean },
  lines: readonly PerformanceLine[],
): Paper => ({
  fileName: `发电评估-${of.region}-${of.period}`,
  title: `${of.region}发电评估`,
  provisional: false,
  subtitle: `${of.period}，生成于 ${of.madeAt}`,
  intro: [],
  sections: [
    {
      name: '发电评估',
      columns: COLUMNS.filter((_, at) => of.withMoney || at !== MONEY_COLUMN).map((title) => ({ title, chars: 12 })),
      rows: lines.map((each) => rowOf(each, of.withMoney)),
      empty: '没有电站。',
    },
  ],
  notes: ['损失为估算：按同县中位等效小时应发电量减实发电量，电价按当日有效电价合计。评级为本平台自定，不是主管部门的评级。'],
  closing: [],
  signatures: [],
  orientation: 'landscape',
})
