import type { ClosingView } from '../../functions/api-types-closings.ts'

type BlockerCode = ClosingView['closedOver'][number]['code']
const blockers: Record<BlockerCode, { name: string; hint: string }> = {
  month_not_over: { name: '月份未结束', hint: '月末过后三小时起可以结账。' },
  earlier_month_open: { name: '以前月份未结账', hint: '请按月份顺序结账。' },
  statement_missing: { name: '电站没有结算单', hint: '核对电价、份额和发电数据；补齐后自动出账。' },
  statement_outdated: { name: '村结算单待更新', hint: '系统正在重新计算，十分钟内完成。' },
  provisional: { name: '村结算单为暂估', hint: '录入电网结算单，或补齐缺数、暂估的日期。' },
  days_stale: { name: '电站日电量待重算', hint: '系统正在重算，稍后再试。' },
  months_stale: { name: '电站月待结算', hint: '系统正在结算，稍后再试；一直不消失时核对电价和份额。' },
  messages_waiting: { name: '隔离区有数据待处理', hint: '请管理员在隔离区放行或保留（yangguang quarantine）。' },
  adjustments_pending: { name: '以前月份的调整未入账', hint: '系统正在重新计算，十分钟内完成。' },
  audit_findings: { name: '账目核对发现问题', hint: '先查明核对结果中的问题。' },
}

/** The words of the page where months are closed, in Chinese; loaded with it. */
export const zhClosings = {
  title: (county: string) => `${county}月度结账`,
  intro:
    '结账后，各村当月的结算单和分配结果不再变动，并留下校验码。以后补到的数据、更正的电价和份额，作为调整行计入第一个未结账的月份，逐户算到分。按月份顺序结账。',
  next: (month: string) => `下一个要结账的月份：${month}`,
  nothing: '没有可结账的月份。',
  ready: '没有未了事项，可以结账。',
  blocked: '还有未了事项，暂不能结账：',
  blockers,
  count: (count: number) => `${count} 项`,
  examples: (examples: string, more: boolean) => `${examples}${more ? ' 等' : ''}`,
  close: (month: string) => `结账 ${month}`,
  closeTitle: (month: string) => `确认结账 ${month}？`,
  closeText: '结账不能撤销。',
  confirm: '确认结账',
  edit: '返回',
  sending: '正在提交…',
  force: '仍要结账',
  forceTitle: '带未了事项结账',
  forceText: '须写明原因，并由另一位管理人员同意。未了事项和原因一并留存。',
  reason: '原因',
  noReason: '请写明原因。',
  ask: '提交，等待同意',
  asked: '已提交，等待另一位管理人员同意。',
  requested: (who: string, time: string, reason: string) => `${who} ${time} 申请带未了事项结账：${reason}`,
  ownRequest: '须由另一位管理人员同意。',
  approve: '同意结账',
  withdraw: '撤回申请',
  withdrawn: '已撤回。',
  closedNow: '已结账。',
  closingNow: '正在结账，未算完的村算完后自动完成。',
  columns: { month: '月份', state: '状态', villages: '村', who: '经办', hash: '校验码（SHA-256）' },
  states: { open: '未结账', requested: '待同意', closing: '正在结账', closed: '已结账' },
  closedBy: (who: string, time: string) => `${who}，${time}`,
  approvedBy: (who: string) => `${who} 同意`,
  over: (what: string, reason: string) => `带未了事项：${what}。原因：${reason}`,
  none: '还没有结算单。月份结束、电量算齐后自动生成。',
  onlyOfficers: '只有县级管理人员可以结账。',
  refused: '没有结账：情况有变化，请刷新页面再看。',
  comma: '、',
}
export type ClosingsMessages = typeof zhClosings
