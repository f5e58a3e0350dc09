import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { villageCode } from '../a-county.ts'
import { COUNTY, day } from '../registry.ts'
import { launchBrowser } from './browser.ts'
import { PASSWORD, type ServedCounty, serveCounty } from './served-county.ts'

/** Yearly plans as village, town and county work on them, in a real browser. */

const browser: Browser | undefined = await launchBrowser()
const VILLAGE = villageCode(1)
const PLAN = `/plans/${VILLAGE}?year=2026&version=2`

let served: ServedCounty
let context: BrowserContext
let page: Page
let wrong: string[]

beforeAll(async () => {
  served = await serveCounty(4)
  const rule = { countyCode: COUNTY, validFrom: day('2022-01-01'), clause: '第十二条', document: '示范办法〔2022〕1号' }
  await served.tables.policyRules.putBatch([
    { ...rule, kind: 'notice_days', count: 30 },
    { ...rule, kind: 'minimum_labour_share', rateBp: 6_000, base: 'net', numerator: 'posts' },
  ])
})
afterAll(async () => {
  await browser?.close()
  await served.close()
})
beforeEach(async () => {
  if (!browser) return
  wrong = []
  await open()
})
afterEach(async () => {
  if (!browser) return
  expect(wrong).toEqual([])
  await context.close()
})

const open = async (width = 1280) => {
  context = await (browser as Browser).newContext({
    viewport: { width, height: 900 },
    locale: 'zh-CN',
    timezoneId: 'America/New_York',
  })
  page = await context.newPage()
  page.setDefaultTimeout(8_000)
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
}
const logIn = async (userName: string, path: string) => {
  await page.goto(`${served.url}${path}`)
  await page.fill('[name=userName]', userName)
  await page.fill('[name=password]', PASSWORD)
  await page.click('button.primary')
  await page.waitForSelector('.card')
}
const as = async (userName: string, path = PLAN) => {
  await context.close()
  await open()
  await logIn(userName, path)
}
const textOf = async (selector: string): Promise<string> =>
  (await page.locator(selector).first().innerText()).replaceAll(/\s+/g, ' ').trim()
const upload = async (field: 'lines' | 'attendance', content: string) => {
  const path = join(tmpdir(), `yangguang-plan-${field}.csv`)
  writeFileSync(path, content)
  await page.setInputFiles(`[name=${field}]`, path)
  await page.click(`form:has([name=${field}]) .primary`)
}
const act = async (name: string, given: Record<string, string>) => {
  await page.click(`.actions button:text-is("${name}")`)
  for (const [field, value] of Object.entries(given)) await page.fill(`.slip-form [name=${field}]`, value)
  await page.click('.slip-form:has(h3) button[type=submit]')
  await page.click('.confirm .primary')
  await page.waitForSelector('.form-done')
}
const HEAD = 'line_id,person_id,kind,post,weight_yuan\n'

describe.skipIf(!browser)('a village’s plan', () => {
  test('is drafted from a file, passed, noticed, reviewed and filed, by those whose turn it is', async () => {
    await logIn('accountant', `/plans/${VILLAGE}?year=2026`)
    await page.waitForSelector('.flow')
    expect(await textOf('.flow-now')).toBe('县级备案')
    await page.click('summary:text-is("起草或修改方案")')
    await page.fill('[name=planDocument]', '示范方案〔2026〕2号')
    await page.selectOption('.slip-form select', 'wages')
    await upload('lines', `${HEAD}L1,P9-9,post,保洁员,500\n`)
    await page.waitForSelector('.form-error')
    expect(await textOf('.form-error')).toContain('第 2 行 person_id：没有这个人')
    await upload('lines', `${HEAD}L1,P1-0,post,保洁员,500\nL2,P1-1,post,护路员,600\nL3,P1-1,reward,,100\n`)
    await page.waitForSelector('.form-note')
    expect(await textOf('.form-note')).toContain('3 行，没有错误。写入后为第 2 版。')
    await page.click('form:has([name=lines]) .primary')
    await page.waitForSelector('.flow-now:text-is("起草")')
    expect(await textOf('table.payees tbody')).toContain('甲** 公益岗位 保洁员 500.00')

    const meeting = { meetingOn: '2026-11-02', entitled: '30', present: '24', inFavour: '12', against: '2' }
    await page.click('.actions button:text-is("会议通过")')
    for (const [field, value] of Object.entries({ ...meeting, document: '示范决议2号' })) {
      await page.fill(`.slip-form [name=${field}]`, value)
    }
    await page.click('.slip-form:has(h3) button[type=submit]')
    expect(await textOf('.confirm')).toContain('不能撤销')
    await page.click('.confirm .primary')
    await page.waitForSelector('.form-error')
    expect(await textOf('.form-error')).toContain('赞成没有超过到会人数的一半')
    await page.fill('.slip-form [name=inFavour]', '20')
    await page.click('.slip-form:has(h3) button[type=submit]')
    await page.click('.confirm .primary')
    await page.waitForSelector('.flow-now:text-is("会议通过")')
    await act('开始公示', { from: '2026-11-03', to: '2026-11-12', place: '村务公开栏', document: '示范公示2号' })
    await page.waitForSelector('.flow-now:text-is("公示")')
    expect(await page.locator('.actions button:text-is("乡镇审核")').count()).toBe(0)

    await as('officer')
    await act('乡镇审核', { remark: '与台账一致' })
    await page.waitForSelector('.flow-now:text-is("乡镇审核")')
    expect(await page.locator('.actions button:text-is("县级备案")').count()).toBe(0)

    await as('second-officer')
    await act('县级备案', { document: '示范备案2号' })
    await page.waitForSelector('.flow-now:text-is("县级备案")')
    expect(await textOf('.form-done')).toContain('1 个已结算月份将重新分配')
    expect(await textOf('.entries')).toContain('应到 30 人，实到 24 人；赞成 20，反对 2')
    expect(await textOf('.verdicts')).toContain('规定天数 30 · 实际天数 10')
    const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
      `${axe.source}; axe.run({ runOnly: ['wcag2a', 'wcag2aa'] })`,
    )
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
  }, 90_000)

  test('takes an attendance sheet once it is in force, and shows no way to do so to whoever may not', async () => {
    await logIn('accountant', `/plans/${VILLAGE}?year=2026`)
    await page.click('summary:text-is("上传考勤表")')
    await page.fill('[name=sheetDocument]', '示范考勤')
    await upload('attendance', 'person_id,post,attended_days,due_days,percent\nP1-0,保洁员,22,26,\n')
    await page.waitForSelector('.form-note:text("没有错误")')
    await page.click('form:has([name=attendance]) .primary')
    await page.waitForSelector('.form-done')
    expect((await served.tables.attendance.query({ partition: VILLAGE })).rows).toHaveLength(1)
  })

  test('stands in the county’s list with the rules it breaks, at any width and in English', async () => {
    await logIn('officer', '/villages')
    await page.click('a:text-is("年度分配方案")')
    await page.waitForSelector('h1:text("2026年度分配方案")')
    expect(await textOf('tbody tr')).toContain('2 项不符 劳务占比下限 公示天数下限')
    await page.setViewportSize({ width: 375, height: 812 })
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375)
    await page.click('tbody a')
    await page.waitForSelector('.flow')
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375)
    await page.click('button:text-is("English")')
    await page.waitForSelector('.flow-now:text-is("Filed")')
    expect(await textOf('h1')).toContain('plan of 2026')
  })
})
