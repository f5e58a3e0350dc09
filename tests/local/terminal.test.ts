import { expect, test } from 'vitest'
import { tableLines, widthOf } from '../../local/cli/terminal.ts'

test('a Chinese character is two columns wide, so columns line up under it', () => {
  const lines = tableLines(
    [{ title: '项目' }, { title: '金额（元）', right: true }],
    [
      ['财政补贴', '95,876.35'],
      ['O&M', '-5,075.93'],
    ],
  )
  expect(lines).toEqual(['项目      金额（元）', '────────  ──────────', '财政补贴   95,876.35', 'O&M        -5,075.93'])
  expect(new Set(lines.map(widthOf)).size).toBe(1)
})

test('a table without rows is its header', () => {
  expect(tableLines([{ title: 'kind' }], [])).toEqual(['kind', '────'])
})
