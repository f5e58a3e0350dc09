import { beforeAll, describe, expect, test } from 'vitest'
import { formatYuan } from '../../domain/money.ts'
import { villageCode } from '../a-county.ts'
import { hasBrowser, visiting } from './visiting.ts'

/** Paying through the bank in a real browser: accounts, the file, and what the bank answers. Numbers and people are invented. */

const VILLAGE = villageCode(1)
const visit = visiting(2)
const numberOf = (at: number): string => `62000000${String(at).padStart(8, '0')}`

const upload = (name: string, file: string, text: string) =>
  visit.page.setInputFiles(`[name=${name}]`, { name: file, mimeType: 'text/csv', buffer: Buffer.from(text) })

let persons: string[]
let answered: string
beforeAll(async () => {
  const { tables } = visit.served
  persons = (await tables.persons.query({ partition: VILLAGE })).rows.map(({ row }) => row.personId)
})

describe.skipIf(!hasBrowser)('paying through the bank', () => {
  test('begins with the accounts of the payees, checked line by line', async () => {
    await visit.logIn('accountant', `/money/${VILLAGE}`)
    await visit.page.fill('[name=payDocument]', '示范发放表')
    await visit.page.click('text=发放全部未发')
    await visit.page.click('.confirm button.primary')
    await visit.page.waitForSelector('.form-done')
    await visit.page.click('summary:has-text("收款账户")')
    const columns = 'person_id,account_number,account_name\n'
    await upload('payeeAccounts', '账户.csv', `${columns}${persons[0]},12,示范甲`)
    await visit.page.waitForSelector('.form-error li')
    expect(await visit.main()).toContain('请填 8 到 30 位数字')
    await upload(
      'payeeAccounts',
      '账户.csv',
      columns + persons.map((person, at) => `${person},${numberOf(at)},示范${at}\n`).join(''),
    )
    await visit.page.waitForSelector(`text=新增或更改 ${persons.length} 人`)
    await visit.page.click('details button.primary')
    await visit.page.waitForSelector('.form-done:has-text("收款账户")')
  })

  test('hands over the file once, and shows what the bank answered before it is recorded', async () => {
    await visit.logIn('accountant', `/money/${VILLAGE}`)
    const { page, served } = visit
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('button:text-is("CSV（UTF-8）")')])
    expect(file.suggestedFilename()).toMatch(/\.csv$/)
    await page.waitForSelector('[name=bankAnswer]')
    const { rows } = await served.tables.moneyRecords.query({ partition: VILLAGE })
    const payment = rows.map(({ row }) => row).find(({ kind }) => kind === 'payment')
    const lines = payment && 'lines' in payment ? payment.lines : []
    const allocated = (await served.tables.allocationLines.query({ partition: `${VILLAGE}#2026-10` })).rows.map(({ row }) => row)
    const answer = lines.map(({ lineId, amountFen }, at) => {
      const personId = allocated.find((line) => line.lineId === lineId)?.personId ?? ''
      return `${numberOf(persons.indexOf(personId))},${(amountFen / 100).toFixed(2)},${at === 0 ? '失败' : '成功'},${at === 0 ? '账户已销户' : ''}`
    })
    answered = ['账号,金额,结果,失败原因', ...answer.slice(0, -1), '6299999999999999,1.00,成功,'].join('\n')
    await upload('bankAnswer', '回盘.csv', answered)
    await page.waitForSelector('.confirm')
    const shown = await visit.main()
    const fen = (of: typeof lines) => of.reduce((sum, { amountFen }) => sum + amountFen, 0)
    const cells = await page.locator('.confirm tbody tr').allInnerTexts()
    const [failed, ...others] = lines
    const wanted: [string, typeof lines][] = [
      ['成功', others.slice(0, -1)],
      [`失败 账户已销户 1 · ${formatYuan(failed?.amountFen ?? 0)}`, lines.slice(0, 1)],
      ['结果未知', others.slice(-1)],
      ['合计', lines],
    ]
    expect(cells.map((cell) => cell.replaceAll(/\s+/g, ' '))).toEqual(
      wanted.map(([name, of]) => `${name} ${of.length} ${formatYuan(fen(of))}`),
    )
    expect(shown).toContain('账号不在代发名单')
    const returns = async () =>
      (await served.tables.moneyRecords.query({ partition: VILLAGE })).rows.filter(({ row }) => row.kind === 'return')
    expect(await returns()).toEqual([])
    for (const width of [1280, 375]) {
      await page.setViewportSize({ width, height: 900 })
      await visit.expectFit(width, 'bank')
    }
    await page.click('.confirm button.primary')
    await page.waitForSelector('.form-done:has-text("失败 1 笔已登记退回")')
    expect(await returns()).toHaveLength(1)
    expect(await page.content()).not.toContain(numberOf(0))
  })

  test('does not record the same answer twice, and hands the file over again only with a reason', async () => {
    await visit.logIn('accountant', `/money/${VILLAGE}`)
    const { page } = visit
    await page.waitForSelector('[name=bankBecause]')
    expect(await page.isDisabled('button:text-is("CSV（UTF-8）")')).toBe(true)
    await upload('bankAnswer', '回盘.csv', answered)
    await page.waitForSelector('.form-error:has-text("这份回盘文件已读过")')
    await upload('bankAnswer', '回盘.csv', 'nothing')
    await page.waitForSelector('.form-error:has-text("文件中要有一行表头")')
  })
})
