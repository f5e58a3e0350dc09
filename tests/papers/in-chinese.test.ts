import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inChinese } from '../../papers/in-chinese.ts'

/** Every sentence by which files that are imported are refused, as it stands in the code, with something in the place of what varies. */
const FILES = [
  'cells',
  'csv',
  'policy-rules',
  'registry-files',
  'registry-checks',
  'registry-money',
  'registry-people',
  'registry-shares',
  'receipt-import',
  'payee-account',
  'plan-files',
  'sheet',
]
const SENTENCE = /'([A-Z][^'\n]+\.)'|`((?:[A-Z]|\$\{file\} )[^`\n]+\.)`/g
const sentences = [
  ...FILES.map((name) => `domain/${name}.ts`),
  'papers/registry-workbook.ts',
  'functions/edge/receipt-import.ts',
].flatMap((path) =>
  [...readFileSync(path, 'utf8').matchAll(SENTENCE)].map(([, plain, template]) =>
    (plain ?? template ?? '').replaceAll(/\$\{[^}]*\}/g, '7'),
  ),
)

test('what is wrong in a file is said in Chinese, whatever it is', () => {
  expect(sentences.length).toBeGreaterThan(55)
  const untold = sentences.filter((sentence) => !/\p{Script=Han}/u.test(inChinese(sentence)))
  expect(untold).toEqual([])
})

test.each([
  [
    'Write a plain number from 0 to 100 with at most 2 decimals, without separators.',
    '请填 0 到 100 之间的数，最多 2 位小数，不用千分位逗号。',
  ],
  [
    'Write a plain number from 1 to 9999 with at most 0 decimals, without separators.',
    '请填 1 到 9999 之间的数，不带小数，不用千分位逗号。',
  ],
  [
    'The shares of this station from this day on sum to 90.625 %: 9.375 % is missing; they must sum to exactly 100 %.',
    '这座电站自该日起的份额合计 90.625 %，少 9.375 %；必须正好合计 100 %。',
  ],
  ['This must be the code of a village; regions.csv has it as another level.', '此处应填村代码；行政区划表中它是另一级。'],
  ['The first line must hold exactly these columns: a,b. Missing: b.', '第一行必须正好是这些列：a,b。缺少：b。'],
  [
    'shares.csv: village 341623105220 has a part of KT from 2016-11-20 on already: give it a line, with 0% if it has none any more.',
    '联建份额：村 341623105220 自 2016-11-20 起在 KT 中已有份额，须有一行；没有份额的填 0%。',
  ],
  [
    'Some lines are about another region, or use ids taken there; leave them out or choose other ids.',
    '有的行属于别的地区，或用了那里已有的编号；请去掉，或换编号。',
  ],
  ['Something nobody foresaw.', 'Something nobody foresaw.'],
])('%s', (message, said) => {
  expect(inChinese(message)).toBe(said)
})
