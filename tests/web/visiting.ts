import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { launchBrowser } from './browser.ts'
import { PASSWORD, type ServedCounty, serveCounty } from './served-county.ts'

/** A served county and a browser over it, a new page for every test, in which no script may fail. */

const SHOTS = process.env.SHOTS
const browser: Browser | undefined = await launchBrowser()
export const hasBrowser = browser !== undefined

export type Visit = {
  served: ServedCounty
  page: Page
  logIn: (userName: string, path: string) => Promise<void>
  /** What stands on the page, in one line. */
  main: () => Promise<string>
  /** That it fits its width, and that a screen reader stumbles over nothing. */
  expectFit: (width: number, name: string) => Promise<void>
}

/** To be called once at the top of a file; what it answers holds within tests. */
export const visiting = (villages: number): Visit => {
  let context: BrowserContext
  let wrong: string[]
  const visit = {} as Visit
  beforeAll(async () => {
    visit.served = await serveCounty(villages)
  })
  afterAll(async () => {
    await browser?.close()
    await visit.served.close()
  })
  beforeEach(async () => {
    if (!browser) return
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN' })
    visit.page = await context.newPage()
    wrong = []
    visit.page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
  })
  afterEach(async () => {
    if (!browser) return
    expect(wrong).toEqual([])
    await context.close()
  })
  visit.logIn = async (userName, path) => {
    const { page, served } = visit
    await page.goto(`${served.url}${path}`)
    await page.fill('[name=userName]', userName)
    await page.fill('[name=password]', PASSWORD)
    await page.click('button.primary')
    await page.waitForSelector('nav a')
  }
  visit.main = async () => (await visit.page.locator('main').innerText()).replaceAll(/\s+/g, ' ')
  visit.expectFit = async (width, name) => {
    const { page } = visit
    if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${width}-${name}.png`, fullPage: true })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    await page.evaluate(axe.source)
    const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string; impact: string }[] }
    expect(violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id }) => id)).toEqual([])
  }
  return visit
}
