import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addMonths, monthOf } from '../../domain/calendar.ts'
import { NOW_MS, villageCode } from '../a-county.ts'
import { COUNTY, day } from '../registry.ts'
import { launchBrowser } from './browser.ts'
import { PASSWORD, type ServedCounty, serveCounty } from './served-county.ts'

/** Closing a month in a real browser: what stands in the way, over it by two persons, and then at once. */

const browser: Browser | undefined = await launchBrowser()
const SHOTS = process.env.SHOTS

let served: ServedCounty
let context: BrowserContext
let page: Page
let wrong: string[]

const CLOSED = addMonths(monthOf(NOW_MS), -1)

beforeAll(async () => {
  served = await serveCounty(4)
  await served.tables.staleDays.put({
    countyCode: COUNTY,
    stationId: 'ZL1',
    day: day(`${CLOSED}-28`),
    markedAtMs: 1,
  })
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

const logIn = async (userName: string, path: string) => {
  await page.goto(`${served.url}${path}`)
  await page.fill('[name=userName]', userName)
  await page.fill('[name=password]', PASSWORD)
  await page.click('button.primary')
  await page.waitForSelector('nav a')
}
const main = async (): Promise<string> => (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ')

describe.skipIf(!browser)('the page where months are closed', () => {
  test('tells what stands in the way of the next month', async () => {
    await logIn('officer', '/closings')
    await page.waitForSelector('h2')
    expect(await main()).toContain('月度结账')
    expect(await main()).toContain('电站日电量待重算')
  })

  test('closes it over that by two officers with a reason, and keeps what stood in the way', async () => {
    await logIn('officer', '/closings')
    await page.click('button:text-is("仍要结账")')
    await page.click('.confirm .primary')
    expect(await main()).toContain('请写明原因。')
    await page.fill('[name=reason]', '采集器损坏，无法补数')
    await page.click('.confirm .primary')
    await page.waitForSelector('.form-done')
    await page.waitForSelector('button:text-is("撤回申请")')
    expect(await main()).toContain('须由另一位管理人员同意')
    expect(await page.locator('button:text-is("同意结账")').count()).toBe(0)
    await page.click('button:text-is("退出")')
    await logIn('second-officer', '/closings')
    await page.waitForSelector('button:text-is("同意结账")')
    expect(await main()).toContain('采集器损坏，无法补数')
    await page.click('button:text-is("同意结账")')
    await page.waitForSelector('.form-done')
    await page.waitForSelector('.stamp:text-is("已结账")')
    const shown = await main()
    expect(shown).toContain('second-officer 同意')
    expect(shown).toContain('电站日电量待重算 1 项')
    expect(shown).toMatch(/[0-9a-f]{64}/)
    expect((await served.tables.closings.get({ countyCode: COUNTY, month: CLOSED }))?.row.state).toBe('closed')
  })

  test('closed a month of a village for good, which its page says with the hash', async () => {
    await logIn('accountant', `/villages/${villageCode(1)}?month=${CLOSED}`)
    await page.waitForSelector('.stamp:text-is("已结账")')
    expect(await main()).toMatch(/不再变动.*[0-9a-f]{64}/)
  })

  test('sends its report to the village, unread until it is opened, which officers see', async () => {
    await logIn('accountant', '/inbox')
    await page.waitForSelector('nav .unread:text-is("1")')
    expect(await main()).toContain('未读')
    await page.click('.inbox a')
    await page.waitForURL(/papers\/month/)
    await page.waitForSelector('nav .unread', { state: 'detached' })
    await page.click('nav a[href="/inbox"]')
    await page.waitForSelector('.inbox li')
    expect(await main()).toMatch(/accountant .*已读/)
    await page.click('button:text-is("退出")')
    await logIn('officer', '/closings/deliveries')
    await page.waitForSelector('tbody tr')
    expect(await main()).toMatch(/4 个村，送达 \d 个，已读 1 个。/)
  })

  test.each([
    ['accountant', '/inbox', 375],
    ['accountant', '/inbox', 1280],
    ['officer', '/closings/deliveries', 375],
    ['officer', '/closings/deliveries', 1280],
  ])('shows %s its %s within %i px', async (who, path, width) => {
    await page.setViewportSize({ width, height: 900 })
    await logIn(who, path)
    await page.waitForSelector('main li, tbody tr')
    if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${width}-${path.split('/').at(-1)}.png`, fullPage: true })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
  })

  test.each([375, 1280])('fits %i px, with nothing a screen reader stumbles over', async (width) => {
    await page.setViewportSize({ width, height: 900 })
    await logIn('officer', '/closings')
    await page.waitForSelector('tbody tr')
    if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${width}-closings.png`, fullPage: true })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    await page.evaluate(axe.source)
    const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string; impact: string }[] }
    expect(violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id }) => id)).toEqual([])
  })
})
