import type { RegistryImportView } from '../../functions/api-types-registry.ts'

/** The words of the page where the registry is imported, in Chinese. */

const kinds: Record<keyof RegistryImportView['rows'], string> = {
  regions: '行政区划',
  stations: '电站',
  gateways: '网关',
  devices: '设备',
  prices: '电价',
  incomes: '其他收入',
  shares: '联建份额',
  deductions: '扣除项',
  regionDeductions: '统筹与村级扣除',
  vatRules: '增值税规则',
  dueRules: '到账期限',
  households: '农户',
  persons: '人员',
  memberships: '户籍变动',
  plans: '分配方案',
  policyRules: '政策规则',
}

export const zhRegistry = {
  title: '台账导入',
  intro:
    '电站、设备、电价、份额、扣除、农户和分配方案都从这里导入：一个 Excel 工作簿，或一组 CSV 文件。先检查、不写入；有任何错误时一行也不写。没有写到的内容保持不变，同一份文件重复导入不会改变结果。',
  template: '下载空白模板（Excel）',
  making: '正在生成…',
  file: '选择 Excel 工作簿，或同时选择几个 CSV 文件',
  checking: '正在检查，台账大时需要一会儿…',
  mixed: '请选择一个 .xlsx 工作簿，或一个以上的 .csv 文件，不要混选。',
  tooLarge: (mb: number) => `文件共 ${mb} MB，太大了；请拆分，或在服务器上用命令行导入。`,
  unread: '文件读不出来，请重新选择。',
  errors: (count: number) => `有 ${count} 处要改，什么也没有写入。改好后重新选择文件。`,
  errorAt: (sheet: string, line: number, heading: string) => `${sheet} 第 ${line} 行${heading === '' ? '' : ` “${heading}”`}：`,
  more: (shown: number) => `只列出前 ${shown} 处。`,
  checked: '检查通过，尚未写入',
  columns: { kind: '内容', rows: '行数' },
  kinds,
  nothing: '文件里没有内容。',
  stationDays: (days: number) => `设备、电站有更正：${days} 个电站日将重新计算。`,
  resettles: '已结算的月份会按新台账重新结算；已结账的月份不变，差额在当前月以调整行结清。',
  confirm: '写入台账',
  edit: '放弃',
  sending: '正在写入，请不要关闭页面…',
  done: (rows: number) => `已写入 ${rows} 行。`,
  plansKept: (plans: number) => `${plans} 个分配方案在本系统中已有办理记录，保持原样，没有按文件改动。`,
  onlyAdministrators: '只有管理员可以导入台账。',
}
export type RegistryMessages = typeof zhRegistry
