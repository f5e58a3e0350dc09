import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { statementOf, villageCode } from '../a-county.ts'
import { launchBrowser } from './browser.ts'
import { PASSWORD, type ServedCounty, serveCounty } from './served-county.ts'

/** Money on its way as the county's cashier and a village's accountant record it, in a real browser. */

const PHONE = { width: 375, height: 812 }
const DESK = { width: 1280, height: 900 }
const browser: Browser | undefined = await launchBrowser()
const VILLAGE = villageCode(1)

let served: ServedCounty
let context: BrowserContext
let page: Page
let wrong: string[]

beforeAll(async () => {
  served = await serveCounty(4)
})
afterAll(async () => {
  await browser?.close()
  await served.close()
})
beforeEach(async () => {
  if (!browser) return
  context = await browser.newContext({ viewport: DESK, locale: 'zh-CN', timezoneId: 'America/New_York' })
  page = await context.newPage()
  wrong = []
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
})
afterEach(async () => {
  if (!browser) return
  expect(wrong).toEqual([])
  await context.close()
})

const logIn = async (userName: string, path: string) => {
  await page.goto(`${served.url}${path}`)
  await page.fill('[name=userName]', userName)
  await page.fill('[name=password]', PASSWORD)
  await page.click('button.primary')
}
const figure = async (label: string): Promise<string> =>
  (await page.locator(`.figure:has(dt:text-is("${label}")) .figure-value`).textContent()) ?? ''
const fenOf = (text: string): number => Number(text.replaceAll(/[,.]/g, ''))
const grossFen = statementOf(1)
  .stations.flatMap(({ lines }) => lines)
  .filter(({ energyWh }) => energyWh !== undefined)
  .reduce((sum, { amountFen }) => sum + amountFen, 0)

describe.skipIf(!browser)('money on its way', () => {
  test('is recorded by the cashier: filled in, shown with what it settles, confirmed, and taken back when wrong', async () => {
    await logIn('cashier', '/money')
    await page.waitForSelector('h1:has-text("资金")')
    expect(await page.locator('nav a').allInnerTexts()).toEqual(['总览', '电站', '评估', '资金'])
    const before = fenOf(await figure('县到账'))
    await page.fill('[name=on]', '2026-11-20')
    await page.fill('[name=amount]', '12.345')
    await page.click('text=核对')
    await page.waitForSelector('text=请填写大于 0、最多两位小数的金额')
    await page.fill('[name=amount]', '123.45')
    await page.fill('[name=document]', '示范结算凭证')
    await page.click('text=核对')
    await page.waitForSelector('.confirm:has-text("抵应收 123.45 元")')
    await page.click('text=确认登记')
    await page.waitForSelector('.form-done:has-text("已登记：县到账 123.45 元")')
    await page.waitForSelector('td:has-text("示范结算凭证")')
    expect(fenOf(await figure('县到账')) - before).toBe(12_345)

    await page.click('td button:text-is("冲销")')
    await page.fill('[name=reverseDocument]', '示范更正')
    await page.click('.confirm button.primary')
    await page.waitForSelector('del:has-text("123.45")')
    expect(fenOf(await figure('县到账'))).toBe(before)
  })

  test('reaches the village, whose accountant sees it beside what was earned and pays out by the list', async () => {
    await logIn('cashier', `/money/${VILLAGE}`)
    await page.waitForSelector('h2:has-text("登记拨付或留扣")')
    expect(await page.locator('h2:has-text("发放到人")').count()).toBe(0)
    expect(fenOf(await figure('应计收入'))).toBe(grossFen)
    await page.fill('[name=on]', '2026-11-20')
    await page.fill('[name=amount]', '50000')
    await page.fill('[name=document]', '示范拨付凭证')
    await page.click('text=核对')
    await page.waitForSelector('.confirm')
    await page.click('text=确认登记')
    await page.waitForSelector('.form-done:has-text("县拨付 50,000.00 元")')
    await page.click('text=退出')

    await logIn('accountant', `/money/${VILLAGE}`)
    await page.waitForSelector('h2:has-text("发放到人")')
    expect(await page.locator('h2:has-text("登记拨付或留扣")').count()).toBe(0)
    expect(await figure('村到账')).toBe('50,000.00')
    await page.fill('[name=payDocument]', '示范发放表')
    await page.click('text=发放全部未发')
    await page.waitForSelector('.confirm:has-text("登记发放")')
    await page.click('text=确认登记')
    await page.waitForSelector('.form-done:has-text("已登记：发放")')
    await page.waitForSelector('text=这个月已全部发放')
    expect(fenOf(await figure('已发放'))).toBeGreaterThan(0)
    expect(await page.content()).not.toContain('甲某某')

    // The month is divided anew, among nobody of those who were paid.
    expect(await page.locator('.form-note:has-text("现行名单")').count()).toBe(0)
    const { rows } = await served.tables.allocations.query({ partition: VILLAGE })
    await served.tables.allocations.putBatch(rows.map(({ row }) => ({ ...row, runId: 'of-another-plan' })))
    await page.reload()
    await page.waitForSelector('.form-note:has-text("不在现行名单中")')
    expect(await page.locator('.form-note:has-text("不在现行名单中") li').first().innerText()).toMatch(
      /payment\.0001：[\d,.]+ 元/,
    )
  })

  test('begins with old arrears from a file, checked line by line', async () => {
    await logIn('cashier', '/money')
    await page.waitForSelector('h2:has-text("期初与旧欠导入")')
    const columns =
      'village_code,station_id,stream,month,accrued_yuan,county_received_yuan,village_received_yuan,received_on,document'
    const choose = async (line: string) =>
      page.setInputFiles('[name=openings]', {
        name: 'openings.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(`${columns}\n${line}`),
      })
    await choose(`${VILLAGE},ZL1,subsidy,2019-13,1000,0,0,,示范`)
    await page.waitForSelector('text=第 2 行 month：')
    await choose(`${VILLAGE},ZL1,subsidy,2019-12,1000,0,0,,示范`)
    await page.waitForSelector('text=新增 1 行，应计 1,000.00 元')
    await page.click('button:text-is("写入")')
    await page.waitForSelector('.form-done:has-text("已写入 1 行期初")')
    await page.waitForSelector('.form-note:has-text("2019年补贴")')
  })

  test.each([
    ['officer', '/money'],
    ['cashier', '/money'],
    ['accountant', `/money/${VILLAGE}`],
  ])(
    'is usable for the %s on %s: no serious finding of axe, nothing wider than a phone, in either language',
    async (who, path) => {
      await page.setViewportSize(PHONE)
      await logIn(who, path)
      await page.waitForSelector('.figure')
      for (const size of [{ width: 320, height: 700 }, PHONE, DESK]) {
        await page.setViewportSize(size)
        expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0)
      }
      await page.evaluate(axe.source)
      const { violations } = (await page.evaluate('axe.run()')) as {
        violations: { id: string; impact: string; nodes: { html: string }[] }[]
      }
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect(serious.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
      await page.click('text=English')
      await page.waitForSelector('h1:has-text("Money of")')
      expect(await page.locator('main .figures').innerText()).not.toMatch(/[应计到账发放]/)
    },
  )
})
