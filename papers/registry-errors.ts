/** What is wrong in a registry's files, in Chinese: the rules of the domain say it in English. */

const LEVELS: Readonly<Record<string, string>> = { province: '省', city: '市', county: '县', town: '乡镇', village: '村' }
const levelOf = (level = ''): string => LEVELS[level] ?? level

/** A part of the message that was not there comes as undefined. */
type Say = (...parts: (string | undefined)[]) => string
const SAID: readonly [message: RegExp, say: Say][] = [
  [/^Fill this in\.$/, () => '请填写。'],
  [
    /^Write a plain number from (\S+) to (\S+) with at most (\d+) decimals, without separators\.$/,
    (min, max, places) =>
      `请填 ${min} 到 ${max} 之间的数，${places === '0' ? '不带小数' : `最多 ${places} 位小数`}，不用千分位逗号。`,
  ],
  [/^Write a real day as YYYY-MM-DD/, () => '请填真实的日期，写成 2016-11-30。'],
  [/^Write a day of the year as MM-DD/, () => '请填月和日，写成 03-31。'],
  [/^Use 1 to 64 of the letters/, () => '请用 1 到 64 位字母、数字、“-”和“_”。'],
  [/^Write all 12 digits;/, () => '请填全 12 位数字；把这一列设为文本格式，以免丢位。'],
  [/^Write at most (\d+) characters\.$/, (chars) => `最多 ${chars} 字。`],
  [/^Remove control characters\.$/, () => '请去掉不可见的控制字符。'],
  [/^Name the post only, without/, () => '只写岗位名称，不写身份证号、银行账号、电话：它要印在公示上。'],
  [/^Write one of: (.+)\.$/, (choices) => `请填下列之一：${choices}。`],
  [/^Write an exact part of the whole:/, () => '请填准确的份额：分数 1/175、百分数 0.5714% 或容量 187.2kW。'],
  [
    /^The first line must hold exactly these columns: (\S+)\.(?: Missing: (.+)\.)?$/,
    (columns, missing) => `第一行必须正好是这些列：${columns}。${missing ? `缺少：${missing}。` : ''}`,
  ],
  [/^The file is not UTF-8 text;/, () => '文件不是 UTF-8 文本；请另存为“CSV UTF-8”后重新导入。'],
  [/^This line has (\S+) fields, the first line has (\S+)\.$/, (own, first) => `本行有 ${own} 个单元格，第一行有 ${first} 个。`],
  [
    /^Line (\S+) already has the same (.+); keep one of the two\.$/,
    (line, keys) => `第 ${line} 行的 ${keys} 与本行相同；请只留一行。`,
  ],
  [/^Not a registry file; use these names: (.+)\.$/, (names) => `不是台账文件；请用这些文件名：${names}。`],
  [/^(\S+) has no such line; add it there or correct this cell\.$/, (file) => `${file} 中没有这一项；请在那里补上，或改正此处。`],
  [
    /^This must be the code of a (\S+); regions\.csv has it as another level\.$/,
    (level) => `此处应填${levelOf(level)}代码；行政区划表中它是另一级。`,
  ],
  [/^The end must be after valid_from;/, () => '终止日期必须晚于起始日期；它是不再有效的第一天。'],
  [
    /^Level and code disagree:/,
    () => '级别与代码不符：村代码末尾不是 000，乡镇末尾 3 个 0，县 6 个，市 8 个，省 10 个。请改正其一。',
  ],
  [/^A town or village needs its parent region here\.$/, () => '乡镇和村须填上级代码。'],
  [/^The parent of a (\S+) must be of a higher level\.$/, (level) => `${levelOf(level)}的上级必须是更高一级。`],
  [/^This town does not lie in the county of this line\.$/, () => '这个乡镇不在本行的县内。'],
  [/^Leave this empty: shares\.csv names/, () => '联建电站此处留空：各村在联建份额表中列出。'],
  [/^Fill in the village that owns this station\.$/, () => '请填拥有这座电站的村。'],
  [/^This village does not lie in the town of this line\.$/, () => '这个村不在本行的乡镇内。'],
  [/^DC and AC capacity do not fit each other;/, () => '组件容量与交流容量相差太多；请检查是否多写或少写一位。'],
  [
    /^The inverters in devices\.csv sum to (\S+) kW; correct this or their rated_power_kw\.$/,
    (kw) => `设备表中逆变器合计 ${kw} 千瓦；请改正此处或其额定功率。`,
  ],
  [/^This must be after commissioned_on\.$/, () => '必须晚于并网日期。'],
  [/^A joint station needs lines in shares\.csv/, () => '联建电站须在联建份额表中有自并网日期或更早生效的份额。'],
  [/^This gateway and this station are of different counties\.$/, () => '网关与电站不属于同一个县。'],
  [/^Write 1: only a meter has a multiplier\.$/, () => '请填 1：只有电表有倍率。'],
  [/^Fill in the rated power in kW;/, () => '请填额定功率（千瓦）；只有辐照仪没有，留空。'],
  [/^A later line of this device begins/, () => '这台设备后面的一行在本行结束前就开始了；一台设备同一时间只在一处。'],
  [/^Fill in either (\S+) or (\S+), and only one of them\.$/, (one, other) => `${one} 与 ${other} 二者填一，不能都填或都不填。`],
  [/^Leave this empty: what comes once/, () => '请留空：一次性收入计入起始日期当天。'],
  [/^The station is not in service on this day;/, () => '电站这一天不在运行；请填在运的一天。'],
  [/^This must be the code of a county, for all/, () => '此处应填县代码（全县电站统筹）或村代码（本村扣除）。'],
  [/^A plan has at most (\S+) lines in plan-lines\.csv\.$/, (lines) => `一个方案在方案明细表中最多 ${lines} 行。`],
  [/^A plan in this state divides money:/, () => '这个状态的方案要分配收益：方案明细表中至少要有一行权数大于 0。'],
  [/^This household belongs to another village than the plan\.$/, () => '这一户不属于方案所在的村。'],
  [/^This person belongs to another household\.$/, () => '这个人属于另一户。'],
  [/^Name the post, for example/, () => '请填岗位名称，例如保洁员。'],
  [/^This household is of another village:/, () => '这一户在另一个村：请在那里为此人另编编号，并在此处填终止日期。'],
  [/^A later line of this person begins/, () => '此人后面的一行在本行结束前就开始了；一个人同一时间只属于一户。'],
  [/^Only a joint station has shares;/, () => '只有联建电站有份额；这座电站属于一个村。'],
  [/^Weights say what they sum to:/, () => '权重与权重合计要么都填，要么都不填。'],
  [
    /^The shares of this station from this day on sum to (.+?)(?:: (.+) is (missing|too much))?; they must sum to exactly 100 %\.$/,
    (sum, gap, way) =>
      `这座电站自该日起的份额合计 ${sum}${gap === undefined ? '' : `，${way === 'missing' ? '少' : '多'} ${gap}`}；必须正好合计 100 %。`,
  ],
  [/^These parts have no common whole/, () => '这些份额没有合适的公分母；请写成同一个分母的分数。'],
  [/^A quoted field is never closed;/, () => '有一个双引号没有配对；请补上。'],
  [/^A double quote stands inside/, () => '没有加引号的单元格里有双引号；请给单元格加引号，并把其中的双引号写两遍。'],
  [/^A field is longer than (\S+) characters\.$/, (chars) => `有单元格超过 ${chars} 字。`],
  [/^A field ends neither at a comma/, () => '有单元格没有以逗号或换行结束；请检查引号。'],
  [/^A line has more than (\S+) fields\.$/, (fields) => `有一行超过 ${fields} 个单元格。`],
  [/^Split the file at (\S+) lines\.$/, (lines) => `文件太长，请按每 ${lines} 行拆开。`],
  [/^This kind is a rate:/, () => '这类规则是比例：请填百分比，不填数量。'],
  [/^This kind is a count:/, () => '这类规则是数量：请不要填百分比。'],
  [/^Say of what: gross or net\.$/, () => '请填基数：gross（收入）或 net（净收入）。'],
  [/^This kind has no base\.$/, () => '这类规则没有基数，请留空。'],
  [/^Say what counts as labour:/, () => '请填分子：posts（岗位）或 posts_and_works（岗位与公益事业用工）。'],
  [/^This kind has no numerator\.$/, () => '这类规则没有分子，请留空。'],
  [/^This is a number of more than 15 digits/, () => '这是超过 15 位的数字，电子表格只保留 15 位：请设为文本格式后重新输入。'],
  [/^A formula has failed here;/, () => '此处公式出错；请直接填写内容。'],
  [/^A cell stands in a column without a heading;/, () => '有内容的列没有表头；请补上表头或清空。'],
  [/^A sheet has more than (\S+) rows;/, (rows) => `有工作表超过 ${rows} 行；请拆成几个工作簿。`],
  [/^This is no \.xlsx workbook;/, () => '这不是 .xlsx 工作簿；请另存为“Excel 工作簿（.xlsx）”，不要加密码。'],
  [/^The workbook is too large;/, () => '工作簿太大；请拆分，或用 CSV 文件导入。'],
  [/^The workbook cannot be read;/, () => '工作簿读不出来；请打开后另存为 .xlsx（不加密码），或存为 CSV，再试。'],
  [/^Some lines are about another region,/, () => '有的行属于别的地区，或用了那里已有的编号；请去掉，或换编号。'],
  [
    /^shares\.csv: village (\S+) has a part of (\S+) from (\S+) on already:/,
    (village, station, day) => `联建份额：村 ${village} 自 ${day} 起在 ${station} 中已有份额，须有一行；没有份额的填 0%。`,
  ],
  [
    /^Not a sheet of the registry; end its name with one of: (.+)\.$/,
    (names) => `不是台账的工作表；表名请以这些之一结尾：${names}。`,
  ],
  [/^The sheet "(.+)" is for the same; keep one of the two\.$/, (sheet) => `与工作表“${sheet}”重复；请只留一张。`],
]

/** A message of the registry's checks in Chinese; as it is when it is none of them. */
export const registryErrorInChinese = (message: string): string => {
  for (const [pattern, say] of SAID) {
    const found = pattern.exec(message)
    if (found) return say(...found.slice(1))
  }
  return message
}
