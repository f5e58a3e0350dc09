import type { RegistryFile } from '../domain/registry-import.ts'

/** The Chinese words of the registry's sheets and columns. A column is known by the word after them, which is that of the CSV files. */

export const GUIDE_SHEET = '说明'

export const SHEETS: Record<RegistryFile, string> = {
  'regions.csv': '行政区划',
  'stations.csv': '电站',
  'gateways.csv': '网关',
  'devices.csv': '设备',
  'prices.csv': '电价',
  'shares.csv': '联建份额',
  'deductions.csv': '扣除项',
  'households.csv': '农户',
  'persons.csv': '人员',
  'memberships.csv': '户籍变动',
  'plans.csv': '分配方案',
  'plan-lines.csv': '方案明细',
  'policy-rules.csv': '政策规则',
}

const DAY = '日期，写成 2016-11-30。'
const CODE = '12 位区划代码，按文本填写。'
const ID = '1 到 64 位字母、数字、- 或 _；不得使用身份证号。'

/** Heading, and what to write there. */
export const COLUMNS: Record<string, readonly [heading: string, hint: string]> = {
  code: ['区划代码', CODE],
  name: ['名称', '最多 64 字；人员表中为姓名，属个人信息。'],
  level: ['级别', '从列表中选择：省、市、县、乡镇、村。'],
  parent_code: ['上级代码', `上级的${CODE}最上级留空。`],
  station_id: ['电站编号', ID],
  kind: ['类别', '从列表中选择。'],
  county_code: ['县代码', CODE],
  town_code: ['乡镇代码', CODE],
  village_code: ['村代码', `${CODE}联建电站留空。`],
  dc_capacity_kw: ['组件容量（千瓦）', '最多三位小数。'],
  ac_capacity_kw: ['交流容量（千瓦）', '等于逆变器额定功率之和。'],
  latitude_deg: ['纬度（度）', '3 到 54。'],
  longitude_deg: ['经度（度）', '73 到 136。'],
  commissioned_on: ['并网日期', DAY],
  decommissioned_on: ['退役日期', `${DAY}在运的留空。`],
  billing_account: ['户号', '电网公司的户号，按文本填写。'],
  om_organisation: ['运维单位', '单位名称。'],
  carer: ['管护员', '姓名，属个人信息。'],
  planned_income_yuan_per_year: ['计划年收入（元）', '最多两位小数。'],
  catalogue_listed: ['列入补贴目录', 'yes 或 no。'],
  gateway_id: ['网关编号', `${ID}也是它的 MQTT 客户端号。`],
  device_id: ['设备编号', ID],
  rated_power_kw: ['额定功率（千瓦）', '逆变器的额定交流功率；电表为可通过的最大功率。'],
  counter: ['电量计数', 'lifetime 为累计电量，day 为只有日电量的设备。'],
  counter_modulus_kwh: ['计数翻转值（千瓦时）', '计数到此值后归零；没有声明的留空。'],
  ct_multiplier: ['倍率', '整数；逆变器填 1。'],
  valid_from: ['起始日期', `自该日起（含）。${DAY}`],
  valid_to: ['终止日期', `自该日起不再有效（不含）；长期有效的留空。${DAY}`],
  stream: ['收益项目', '从列表中选择：标杆、补贴、市场、机制、其他。'],
  price_yuan_per_kwh: ['单价（元/千瓦时）', '含税，最多四位小数。'],
  document: ['依据文件', '文号或文件名，最多 200 字，不写人名。'],
  share: ['份额', '写成分数 1/175 或百分数 0.5714%，按文本填写。'],
  weight: ['权重', '整数，与权重合计一起填写。'],
  weight_total: ['权重合计', '同一电站同一起始日期各村权重之和。'],
  amount_yuan_per_year: ['每年金额（元）', '与费率二者填一。'],
  rate_percent: ['费率（%）', '占收入的百分数，与金额二者填一。'],
  household_id: ['户编号', ID],
  head_name: ['户主姓名', '属个人信息。'],
  person_id: ['人员编号', ID],
  year: ['年度', '四位数字。'],
  version: ['版本', '从 1 起的整数。'],
  state: ['状态', '从列表中选择；已备案、执行中、已公告的方案才用于分配。'],
  pool: ['分配口径', 'accrued 为应计，received 为到账。'],
  collective_reserve_percent: ['集体留存（%）', '最多两位小数。'],
  basis: ['计算办法', '从列表中选择，可留空。'],
  line_id: ['明细编号', ID],
  post: ['岗位', '公益岗位必填，最多 32 字。'],
  weight_yuan: ['权数（元）', '公益岗位为月工资。'],
  percent: ['百分比（%）', '最多两位小数。'],
  count: ['数量', '整数。'],
  base: ['基数', '从列表中选择。'],
  numerator: ['分子', '从列表中选择。'],
  clause: ['条款', '最多 64 字。'],
}

export const GUIDE = [
  '阳光 · 台账导入模板',
  '每张工作表对应一个台账；工作表名最后的英文、表头最后的英文不要改动，列的先后可以调整。',
  '不用的工作表留空即可。编码、户号、份额、日期一律按文本填写，模板已设好格式。',
  '先试导入（不写入），按提示的工作表、行号、列名逐条改正，再正式导入。有任何错误时一行也不写入。',
  '同一份文件重复导入不会改变结果。没有写到的内容保持不变；电站和设备以终止日期结束，不靠删除。',
]
