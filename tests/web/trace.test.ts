import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addMonths, monthOf } from '../../domain/calendar.ts'
import { NOW_MS, villageCode } from '../a-county.ts'
import { launchBrowser } from './browser.ts'
import { PASSWORD, type ServedCounty, serveCounty } from './served-county.ts'

/** From a payee's yuan on the village's page down to the readings, in a real browser. */

const browser: Browser | undefined = await launchBrowser()
const SHOTS = process.env.SHOTS
const MONTH = addMonths(monthOf(NOW_MS), -1)

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
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN' })
  page = await context.newPage()
  wrong = []
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
})
afterEach(async () => {
  if (!browser) return
  expect(wrong).toEqual([])
  await context.close()
})

const traced = async (width: number): Promise<void> => {
  await page.setViewportSize({ width, height: 900 })
  await page.goto(`${served.url}/villages/${villageCode(1)}?month=${MONTH}`)
  await page.fill('[name=userName]', 'accountant')
  await page.fill('[name=password]', PASSWORD)
  await page.click('button.primary')
  await page.waitForSelector('.payees tbody a')
  await page.locator('.payees tbody a').first().click()
  await page.waitForSelector('.verdicts li')
}
const main = async (): Promise<string> => (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ')

describe.skipIf(!browser)('the way from a fen to a reading', () => {
  test('begins at an amount of the village, and tells how every joint was made', async () => {
    await traced(1280)
    const shown = await main()
    expect(shown).toContain('从一分钱到一次读数')
    expect(shown).toContain('分到人')
    expect(shown).toContain('最大余数法')
    expect(shown).toContain('可分配收益')
    expect(shown).toContain('村结算单')
    await page.click('button:has-text("English")')
    await page.waitForSelector('h1:has-text("from a fen to a reading")')
  })

  test.each([375, 1280])('fits %i px, with nothing a screen reader stumbles over', async (width) => {
    await traced(width)
    if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${width}-trace.png`, fullPage: true })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    await page.evaluate(axe.source)
    const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string; impact: string }[] }
    expect(violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id }) => id)).toEqual([])
  })
})
