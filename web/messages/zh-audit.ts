import type { AuditView } from '../../functions/api-types-closings.ts'

/** The words of the page about the audit of the books, in Chinese; loaded with it. */

export type LedgerRule = NonNullable<AuditView['audit']>['findings'][number]['rule']

const rules: Record<LedgerRule, string> = {
  day_gone: '结算单所依据的电站日都在',
  day_energy: '结算单中的日电量与电站日一致',
  line_energy: '各项电量等于其各日电量之和',
  line_income: '各项收入等于电量乘以电价',
  station_net: '电站净额等于各项之和',
  station_shares: '各村份额之和等于电站各项',
  village_parts: '村结算单中的份额与电站结算单一致',
  village_net: '村集体净收入等于各站、扣除与调整之和',
  pot_net: '可分配收益等于村集体净收入',
  pot_parts: '留存、分配到人与未分配之和等于可分配收益',
  lines_sum: '各户明细之和等于分配到人',
  carried_on: '上月结转等于本月承接',
  closed_open_run: '已结账月份的分配也已结账',
  closed_hash: '已结账月份的校验码不变',
}

export const zhAudit = {
  title: (county: string) => `${county}账目核对`,
  intro: '每天把最近 14 个月的账从电站日电量到各户明细逐级核对一遍。任何一处对不上，都会列在这里，并挡住结账。',
  back: '返回月度结账',
  never: '还没有核对过；每小时检查一次，第一次核对后显示结果。',
  lastRun: (at: string, first: string, last: string, months: number) =>
    `最近一次核对：${at}，${first}至${last}，共 ${months} 个月。`,
  underWay: (done: number, of: number) => `本次核对还没有完成：已核对 ${done} 个月，共 ${of} 个月，其余月份随后核对。`,
  fine: (day: string) => `${day} 核对无误。`,
  wrong: (count: number) => `有 ${count} 处对不上，须先查明：`,
  more: (shown: number) => `只列出前 ${shown} 处。`,
  columns: { month: '月份', at: '核对时间', stations: '电站', villages: '村', lines: '分配明细', findings: '问题' },
  finding: { rule: '应当', row: '账目', says: '账上', ought: '应为' },
  open: '查看',
  none: '无',
  yuan: '元',
  differ: '电量对不上的电站（不算错账，请核实；结账时须写明原因）',
  difference: { station: '电站', code: '比较', of: '前者', to: '后者', apart: '相差' },
  codes: { month_sum_check: '逆变器合计与关口表', slip_meter: '关口表与结算单', slip_inverters: '逆变器合计与结算单' },
  checked: '核对项目',
  rules,
}
export type AuditMessages = typeof zhAudit
