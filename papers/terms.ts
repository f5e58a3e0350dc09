import type { Undistributed } from '../domain/allocation-run.ts'
import type { StandingBasis } from '../domain/income.ts'
import type { AdjustmentCause } from '../domain/village-statement.ts'
import type { BenefitKind, DeductionKind, IncomeStream, StationKind } from '../domain/registry.ts'

/** What the rules call by short names, as Chinese offices call it. */

export const KINDS: Record<IncomeStream | DeductionKind, string> = {
  benchmark: '标杆电价部分',
  subsidy: '财政补贴部分',
  market: '市场化交易',
  mechanism: '机制电价',
  own_use: '自用电费',
  farming: '板下种养收益',
  sundry: '其他收入',
  land_rent: '土地租金',
  operation: '运维费',
  insurance: '保险',
  tax: '税费',
  reserve: '电站养老金',
  other: '其他',
}
export const ADJUSTMENT_CAUSES: Record<AdjustmentCause, string> = {
  energy: '电量更正',
  slip: '结算单变更',
  price: '电价更正',
  income: '其他收入更正',
  share: '份额更正',
  deduction: '扣除更正',
}
/** What a day's energy stands on, in falling rank. */
export const BASES: Record<StandingBasis, string> = { slip: '结算单', meter: '关口表', inverters: '逆变器', none: '缺数' }
export const BENEFITS: Record<BenefitKind, string> = { post: '公益岗位', works: '小型公益事业', reward: '奖励补助' }
export const STATION_KINDS: Record<StationKind, string> = { village: '村级', joint: '联建' }
export const UNDISTRIBUTED: Record<Undistributed, string> = {
  no_plan: '本年度没有分配方案',
  plan_not_in_force: '分配方案尚未备案',
  no_beneficiaries: '方案中没有分配对象',
  nothing_to_divide: '没有可分配的收益',
  received_pool_unknown: '方案按到账分配，尚未按到账登记计算',
  not_arrived: '方案按到账分配，其余收入尚未到账',
  carried_on: '按方案发放后的结余，结转下月',
  drawn: '本月不足，动用以前月份结余',
  adjusted: '以前月份结账后调整',
}
