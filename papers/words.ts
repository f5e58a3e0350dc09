import type { Undistributed } from '../domain/allocation-run.ts'
import type { StandingBasis, StatementLine } from '../domain/income.ts'
import type { AdjustmentCause } from '../domain/village-statement.ts'
import type { BenefitKind, DeductionKind, IncomeStream, StationKind } from '../domain/registry.ts'

/** Every word a paper says. Papers are documents of Chinese offices: they are in Chinese whatever language the screen is in. */

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

/** Amounts as they are printed; the parts of a sum as `noticeParts` says them. */
type NoticeIncome = Record<'gross' | 'grossParts' | 'deductions' | 'deductionParts' | 'net' | 'inWords', string>

export const words = {
  unknown: '未知',
  provisional: '暂估',
  provisionalMeans: '暂估：部分日期为估算、缺数或未以关口表计量，或有电站尚未出账，结算后会以调整行更正。',
  final: '已结算',
  notSettled: '未出账',
  page: (at: number | string, of: number | string) => `第 ${at} 页 / 共 ${of} 页`,
  missingGlyphs: (count: number) => `打印字体缺少 ${count} 个字，已在原处以〔U+编码〕标出，请对照电子表格用笔补写。`,
  signatures: ['制表人', '审核人', '日期'],
  voucherSignatures: ['会计主管', '记账', '出纳', '审核', '制单'],

  month: (month: string) => `${month.slice(0, 4)}年${Number(month.slice(5))}月`,
  year: (year: number) => `${year}年`,
  day: (day: string) => `${day.slice(0, 4)}年${Number(day.slice(5, 7))}月${Number(day.slice(8))}日`,
  madeAt: (moment: string) => `制表时间 ${moment}`,
  unit: '单位：元、千瓦时（度）',
  separator: '　',
  name: '光伏帮扶电站（原光伏扶贫电站）',

  inYuan: (item: string) => `${item}（元）`,
  daysOn: (basis: string, days: number) => `${basis} ${days} 天`,
  household: (head: string, id: string) => `${head}（${id}）`,
  householdSum: '本户小计',
  householdTotal: (households: number) => `合计（${households} 户）`,
  nothingPaid: '本年度还没有分配到户的收益。',
  notInService: '本年度电站没有在运的月份。',
  nothingSettled: '本年度还没有结算的月份。',
  hoursByDc: '等效小时按组件（直流）容量计算。',
  pooled: (kind: string) => `${kind}（县统筹）`,
  vat: (kind: string) => `${kind}（价内增值税）`,
  beyondCap: (wh: string) => `另有 ${wh} 千瓦时超出补贴电量上限，不计补贴`,
  afterSharing: '村级扣除',
  afterSharingSum: '村级扣除小计',
  adjustments: '以前月份结账后调整',
  adjustmentSum: '调整小计',
  adjustmentOf: (kind: string, month: string) => `${kind}（${month}调整）`,
  total: '合计',
  totalOf: (known: number, of: number) => (known === of ? `合计（${of} 项）` : '合计（未知的未计入）'),
  villageMonth: (village: string, month: string) => `${village}${month}村级光伏收益月报`,
  householdLedger: (village: string, year: string) => `${village}${year}农户收益分配台账`,
  stationLedger: (station: string, year: string) => `${station}${year}台账`,
  villageYear: (village: string, year: string) => `${village}${year}村级光伏收益年报`,
  incomeStatement: (village: string, month: string) => `${village}${month}光伏收益明细表`,
  allocationList: (village: string, month: string) => `${village}${month}光伏收益分配明细表`,
  vouchers: (village: string, month: string) => `${village}${month}光伏收益记账凭证`,
  countyMonth: (region: string, month: string) => `${region}${month}光伏帮扶电站月报`,
  stationList: (region: string) => `${region}光伏帮扶电站台账`,
  villageList: (region: string, month: string) => `${region}${month}村集体光伏收益汇总表`,
  notice: (village: string, month: string) => `关于${village}${month}光伏收益分配情况的公示`,

  sections: {
    summary: '概要',
    generation: '发电情况',
    income: '收益明细',
    allocation: '分配情况',
    payees: '分配明细',
    months: '各月情况',
    stations: '各电站',
    villages: '各村',
    registered: '登记信息',
    items: '分项',
    households: '各户汇总',
    entries: '各户明细',
  },
  columns: {
    number: '序号',
    item: '项目',
    content: '内容',
    standsOn: '结算依据',
    head: '户主',
    householdId: '户编号',
    sum: '合计（元）',
    energy: '电量（千瓦时）',
    amount: '金额（元）',
    remark: '说明',
    station: '电站',
    stationId: '电站编号',
    kind: '类别',
    share: '本村份额',
    wholeEnergy: '全站电量（千瓦时）',
    measured: '实测（天）',
    estimated: '估算（天）',
    missing: '缺数（天）',
    state: '状态',
    from: '起',
    to: '止',
    price: '单价（元/千瓦时）',
    rate: '费率（%）',
    document: '依据文件',
    payee: '姓名',
    use: '用途',
    post: '岗位',
    entries: '笔数（笔）',
    claim: '应发（元）',
    paid: '实发（元）',
    month: '月份',
    gross: '收入（元）',
    deductions: '扣除（元）',
    net: '净收入（元）',
    reserve: '集体留存（元）',
    distributed: '分配到人（元）',
    undistributed: '未分配（元）',
    town: '乡镇',
    village: '村',
    villageCode: '区划代码',
    stations: '电站（座）',
    capacity: '装机（千瓦）',
    acCapacity: '交流容量（千瓦）',
    hours: '等效小时（小时）',
    commissioned: '并网日期',
    decommissioned: '退役日期',
    billingAccount: '户号',
    omOrganisation: '运维单位',
    voucherSummary: '摘要',
    account: '总账科目',
    detail: '明细科目',
    debit: '借方金额（元）',
    credit: '贷方金额（元）',
  },

  gross: '收入小计',
  deductions: '扣除小计',
  stationNet: '本站净额',
  grossTotal: '收入合计',
  deductionTotal: '扣除合计',
  net: '村集体净收入',
  pot: '可分配收益',
  reserve: '村集体留存',
  distributed: '分配到人',
  undistributed: '未分配',
  carriedIn: '以前月份结余',
  carriedOut: '结转下月结余',
  generated: '发电情况（各站全站）',
  settledEnergy: '结算电量（本村份额）',
  wholeOwn: '本村所有',
  payeeTotal: (lines: number) => `合计（${lines} 笔）`,
  noStations: '本村没有电站，也没有联建份额。',
  noStationsHere: '这个区域还没有登记电站。',
  noVillagesHere: '这个区域还没有登记村。',
  noStatement: '本月还没有结算单：月份结束、电量算齐后生成。',
  noAllocation: '本月还没有分配结果：结算单生成、分配方案备案后计算。',
  noPayees: '没有分配到人的明细。',
  statementVersion: (version: number, moment: string) => `结算单第 ${version} 版，${moment} 生成`,
  allocationBasis: (statement: number, plan: number | null) =>
    `依据结算单第 ${statement} 版、分配方案${plan === null ? '（无）' : `第 ${plan} 版`}`,
  masked: '姓名已作脱敏处理。',
  accrued: '金额为应计数，以到账为准。',
  jointNote: '联建电站按全站列示，其收益分属各受益村，故各电站合计与各村合计可以不同。',
  incomeOverlap: '各收益项目按同一上网电量分别计价，电量不作重复合计。',
  inWords: (amount: string) => `人民币（大写）${amount}`,

  noticeIntro: (village: string, month: string) =>
    `根据光伏帮扶电站收益分配的有关规定，现将${village}${month}光伏发电收益及分配情况公示如下，接受群众监督。`,
  noticeEnergy: (wh: string) => `一、发电情况：本月结算上网电量 ${wh} 千瓦时（联建电站按本村份额；1 千瓦时即 1 度）。`,
  noticeEnergySoFar: (wh: string, known: number, of: number) =>
    `一、发电情况：本月各站发电量 ${wh} 千瓦时（联建电站按全站；已知 ${known} 座，共 ${of} 座；1 千瓦时即 1 度），尚未结算。`,
  noticeIncome: ({ gross, grossParts, deductions, deductionParts, net, inWords }: NoticeIncome) =>
    `二、收益情况：收入 ${gross} 元${grossParts}，扣除 ${deductions} 元${deductionParts}，村集体净收入 ${net} 元，${inWords}。`,
  noticeParts: (parts: readonly (readonly [kind: string, amount: string])[]) =>
    parts.length === 0 ? '' : `（${parts.map(([kind, amount]) => `${kind} ${amount}`).join('、')}）`,
  noticeNoIncome: '二、收益情况：本月尚未出账，金额未知。',
  noticeAllocation: (reserve: string, distributed: string, inWords: string, undistributed: string) =>
    `三、分配情况：村集体留存 ${reserve} 元，分配到人 ${distributed} 元，${inWords}${undistributed}。明细如下表。`,
  noticeUndistributed: (amount: string, reason: string) => `，未分配 ${amount} 元${reason === '' ? '' : `（${reason}）`}`,
  noticeShort: (claimed: string, short: string) =>
    `本月按方案应发 ${claimed} 元，收益不足，少发 ${short} 元，各笔按应发的比例发放。`,
  noticeNoAllocation: '三、分配情况：本月尚无分配结果。',
  noticePeriod: (from: string, to: string, days: number) =>
    `公示期：${from}至${to}，共 ${days} 天。对公示内容有异议的，请在公示期内反映，村民委员会应当予以核实并答复。`,
  noticePeriodUnset:
    '公示期：　　　年　　月　　日至　　　年　　月　　日。对公示内容有异议的，请在公示期内反映，村民委员会应当予以核实并答复。',
  noticeContacts: (contacts: string) => `监督与投诉电话：${contacts}`,
  noticeContactsUnset: '监督与投诉电话：＿＿＿＿＿＿＿＿＿＿（村）　＿＿＿＿＿＿＿＿＿＿（乡镇）',
  noticeSigner: (village: string) => `${village}村民委员会（盖章）`,
  noticeDayUnset: '　　　　年　　月　　日',
  noticeNames: '姓名按有关规定作脱敏处理；不公布身份证号码、银行账号和电话号码。',
  qrCaption: '扫码查看公开页面',

  voucher: (at: number) => `记-${String(at).padStart(2, '0')}`,
  voucherHead: (day: string, number: string, document: string) => `${day}　字号 ${number}　附件 1 张：${document}`,
  voucherNote: '会计科目按农村集体经济组织会计制度的常用名称列示，请按本村账套核对后入账。',
  voucherTotal: (amount: string) => `合计　${amount}`,
  accounts: {
    receivable: '应收款',
    receivableDetail: '光伏发电收入',
    income: '经营收入',
    expense: '经营支出',
    distribution: '收益分配',
    reserve: '公积公益金',
    labour: '应付劳务费',
    payable: '应付款',
  },
  voucherEarned: (month: string) => `计提${month}光伏发电收入`,
  voucherDeducted: (month: string) => `${month}光伏电站费用扣除`,
  voucherDivided: (month: string) => `${month}光伏收益分配`,
} as const

/** What a line of a statement is called: pooled ones and value-added tax by what tells them from others of their kind. */
export const itemOf = ({ kind, isPooled, vatBp }: Pick<StatementLine, 'kind' | 'isPooled' | 'vatBp'>): string => {
  if (isPooled) return words.pooled(KINDS[kind])
  return vatBp === undefined ? KINDS[kind] : words.vat(KINDS[kind])
}

/** A name that every file system takes. */
export const fileNameOf = (...parts: readonly string[]): string =>
  parts
    .map((part) => part.replace(/[\\/:*?"<>|.\p{Cc}\p{Cf}\s]/gu, ''))
    .filter((part) => part !== '')
    .join('-')
    .slice(0, 100)
    .toWellFormed()
