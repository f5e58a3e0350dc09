import { gzipSync } from 'node:zlib'
import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { COUNTY } from '../registry.ts'
import { accountOf, statementOf, stationId, villageCode, XSS_NAME } from '../a-county.ts'
import { launchBrowser } from './browser.ts'
import { PASSWORD, type ServedCounty, serveCounty } from './served-county.ts'

/** The dashboard as built, in a real browser that stands in another time zone, against the API and headers of one machine. */

const PHONE = { width: 375, height: 812 }
const DESK = { width: 1280, height: 900 }
const browser: Browser | undefined = await launchBrowser()

let served: ServedCounty
let context: BrowserContext
let page: Page
/** Everything that must never happen on any page. */
let wrong: string[]

beforeAll(async () => {
  served = await serveCounty(62)
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
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(served.url)) wrong.push(`request: ${request.url()}`)
  })
  await page.exposeFunction('reportViolation', (directive: string) => void wrong.push(`content security policy: ${directive}`))
  await page.addInitScript(
    `document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => window.reportViolation(violatedDirective))`,
  )
})
afterEach(async () => {
  if (!browser) return
  expect(wrong).toEqual([])
  await context.close()
})

const logIn = async (userName: string, path = '/') => {
  await page.goto(`${served.url}${path}`)
  await page.fill('[name=userName]', userName)
  await page.fill('[name=password]', PASSWORD)
  await page.click('button.primary')
  await page.waitForSelector('nav a')
}
const textOf = async (selector: string): Promise<string> =>
  (await page.locator(selector).innerText()).replaceAll(/\s+/g, ' ').trim()
const fenOf = (yuan: string): number => Math.round(Number(yuan.replaceAll(',', '')) * 100)
const figure = (label: string) => textOf(`.figure:has(dt:text-is("${label}")) dd`)

/** Waits for what the next answer brings, having the page ask at once and not in five seconds. */
const soon = async (selector: string): Promise<void> => {
  await expect
    .poll(async () => {
      await page.evaluate(`window.dispatchEvent(new Event('online'))`)
      return page.locator(selector).count()
    })
    .toBeGreaterThan(0)
}

const PAGES = [
  ['the overview', '/', '.tile'],
  ['the list of stations', '/stations', 'tbody tr'],
  ['a station', `/stations/${stationId(1)}`, '.chart canvas'],
  ['the list of villages', '/villages', 'tbody tr'],
  ['a village', `/villages/${villageCode(1)}`, '.payees'],
  ['a page that is not there', '/nowhere', '.failure'],
] as const

describe.skipIf(!browser)('the dashboard', () => {
  test('lets nobody in with a wrong password and says what to do', async () => {
    await page.goto(served.url)
    await page.fill('[name=userName]', 'officer')
    await page.fill('[name=password]', 'not-the-password')
    await page.click('button.primary')
    expect(await textOf('[role=alert]')).toContain('用户名或密码不正确')
    expect(wrong.splice(0).every((line) => line.includes('401'))).toBe(true)
  })

  test('shows the county at a glance, in Beijing time', async () => {
    await logIn('officer')
    await page.waitForSelector('.tile')
    expect(await textOf('h1')).toBe('示范县总览')
    expect(await figure('当前功率')).toBe('9,412.0 kW 覆盖 182/189 台逆变器 · 装机的 74.7%')
    expect(await figure('在线逆变器')).toContain('182/189')
    expect(await figure('未关闭告警')).toContain('2')
    expect(await textOf('.freshness')).toBe('数据更新于 12:02:00')
    expect(await page.locator('.tile').count()).toBe(63)
    expect(await textOf('figcaption')).toContain('示意图，不代表行政区划界线')
    await page.waitForSelector('.figure:has-text("村集体净收入")')
    expect(await figure('2026年10月村集体净收入')).toContain('万元')
  })

  test('moves by itself, says so when the server does not answer, and recovers', async () => {
    await logIn('officer')
    await page.waitForSelector('.tile')
    const { row } = (await served.tables.liveness.get({ countyCode: COUNTY, stationId: 'ZL1', deviceId: 'ZL1-INV-1' })) ?? {}
    if (!row) throw new Error('it was seen')
    await served.tables.liveness.put({ ...row, acPowerW: 50_000 })
    await page.waitForSelector('.figure-value:text-is("9,410.0")', { timeout: 9_000 })
    await served.tables.liveness.put(row)
    served.outage(true)
    await soon('.freshness-stale')
    expect(await textOf('.freshness')).toContain('服务器没有应答，显示的是 12:02:00 的数据')
    expect(await page.locator('.tile').count()).toBe(63)
    served.outage(false)
    await soon('.freshness:not(.freshness-stale)')
    await context.setOffline(true)
    await soon('.freshness-stale:has-text("网络已断开")')
    await context.setOffline(false)
    await soon('.freshness:not(.freshness-stale)')
    expect(wrong.splice(0).every((line) => /503|ERR_INTERNET_DISCONNECTED/.test(line))).toBe(true)
  })

  test("draws a station's day, and lists its devices and month", async () => {
    await logIn('officer', `/stations/${stationId(1)}`)
    await page.waitForSelector('.chart canvas')
    await page.waitForSelector('.bar')
    const coloured = `(() => {
      const canvas = document.querySelector('.chart canvas')
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      let count = 0
      for (let at = 0; at < data.length; at += 4) if (data[at] === 180 && data[at + 1] === 83 && data[at + 2] === 9) count++
      return count
    })()`
    expect(await page.evaluate(coloured)).toBeGreaterThan(200)
    expect(await page.getAttribute('.chart-plot', 'aria-label')).toContain('156.0 kW')
    expect(await page.locator('.bar').count()).toBe(22)
    expect(await page.locator('.bar-missing').count()).toBe(1)
    expect(await textOf('table.stacked tbody tr:first-child')).toBe('ZL1-INV-1 逆变器 在线 · 发电 60.0 52.0 165.7 12:01:00')
    expect(await textOf('.facts')).toContain(`户号 ${accountOf(1)}`)
    await page.click('[aria-label="前一天"]')
    await page.waitForSelector('text=这一天没有功率数据')
  })

  test('adds up on a village page, to the fen, with masked names', async () => {
    await logIn('officer', `/villages/${villageCode(1)}`)
    await page.waitForSelector('.payees')
    const cells = (selector: string) => page.locator(selector).allInnerTexts()
    const lines = (await cells('.ledger tr.line td:last-child')).map(fenOf)
    const net = fenOf(await textOf('.sum-strong td'))
    expect(lines.reduce((sum, fen) => sum + fen, 0)).toBe(net)
    expect(net).toBe(statementOf(1).netFen)
    const payees = (await cells('.payees tbody td:last-child')).map(fenOf)
    const distributed = fenOf(await textOf('.payees tfoot td'))
    expect(payees.reduce((sum, fen) => sum + fen, 0)).toBe(distributed)
    const [pot, reserve, given, rest] = (await cells('.pot dd')).map(fenOf)
    expect([pot, given]).toEqual([net, distributed])
    expect((reserve ?? 0) + (given ?? 0) + (rest ?? 0)).toBe(pot)
    expect(await cells('.payees tbody th')).toEqual(['甲**', '乙**', '𠮷**', '阿**', '丁**', '戊**'])
    expect(await page.content()).not.toContain('甲某某')
  })

  test('speaks English when asked, and remembers', async () => {
    await logIn('officer')
    await page.click('text=English')
    await page.waitForSelector('h1:has-text("示范县 overview")')
    expect(await page.getAttribute('html', 'lang')).toBe('en')
    await page.reload()
    await page.waitForSelector('.figure:has-text("Power now")')
    expect(await page.locator('main').innerText()).not.toMatch(/[当功率告警]/)
    await page.click('text=中文')
    await page.waitForSelector('.figure:has-text("当前功率")')
  })

  test('shows a hostile name as text, wherever it stands', async () => {
    await logIn('officer', `/stations/${stationId(2)}`)
    await page.waitForSelector('.chart canvas')
    expect(await page.locator('h1 bdi').textContent()).toBe(XSS_NAME)
    for (const path of ['/', '/stations', `/villages/${villageCode(2)}`]) {
      await page.goto(`${served.url}${path}`)
      await page.waitForSelector('text=onerror=alert(1)')
      expect(await page.locator('main img, main svg[onload]').count()).toBe(0)
    }
  })

  test('finds stations by the old word, page by page, in the address', async () => {
    await logIn('officer', '/stations')
    await page.waitForSelector('tbody tr')
    expect(await textOf('.pager span')).toBe('第 1–50 条，共 63 条')
    await page.click('text=下一页')
    await page.waitForSelector('text=第 51–63 条')
    await page.fill('[type=search]', '010村光伏扶贫')
    await page.waitForSelector('text=第 1–1 条')
    expect(page.url()).toContain('q=010')
    await page.fill('[type=search]', '没有这个站')
    await page.waitForSelector('text=没有符合条件的电站')
  })

  test('gives operators no way to village accounts, and explains a refusal', async () => {
    await logIn('operator')
    await page.waitForSelector('.tile')
    expect(await page.locator('nav a').allInnerTexts()).toEqual(['总览', '电站', '评估', '待办'])
    expect(await page.locator('text=净收入').count()).toBe(0)
    await page.goto(`${served.url}/villages/${villageCode(1)}`)
    await page.waitForSelector('text=您的账号没有查看这些内容的权限')
    expect(wrong.splice(0).every((line) => line.includes('403'))).toBe(true)
  })

  test('opens the own village for its accountant', async () => {
    await logIn('accountant')
    await page.waitForSelector('h1:has-text("示范001村 2026年10月收益与分配")')
    expect(await page.locator('nav a').count()).toBe(6)
  })

  test('asks to log in again when the session is over, and comes back to the page', async () => {
    await logIn('officer', `/stations/${stationId(1)}`)
    await page.waitForSelector('.chart canvas')
    served.advance(16 * 60_000)
    await soon('text=登录已过期')
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
    await page.fill('[name=userName]', 'officer')
    await page.fill('[name=password]', PASSWORD)
    await page.click('button.primary')
    await page.waitForSelector('h1:has-text("示范001村光伏帮扶电站")')
    served.advance(-16 * 60_000)
    expect(wrong.splice(0).every((line) => line.includes('401'))).toBe(true)
  })

  test('forgets everything at log-out', async () => {
    await logIn('officer')
    await page.click('text=退出')
    await page.waitForSelector('[name=password]')
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })

  test.each(PAGES)(
    'is usable on %s: no serious finding of axe, nothing wider than a phone, nothing too small to tap',
    async (_, path, ready) => {
      await page.setViewportSize(PHONE)
      await logIn('officer', path)
      await page.waitForSelector(ready)
      const tooSmall = `[...document.querySelectorAll('button, input, select, nav a, .tile, .button')]
      .map((element) => element.getBoundingClientRect()).filter(({ width, height }) => height < 44 || width < 44).length`
      expect(await page.evaluate(tooSmall)).toBe(0)
      for (const size of [{ width: 320, height: 700 }, PHONE, DESK]) {
        await page.setViewportSize(size)
        expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0)
      }
      await page.evaluate(axe.source)
      const { violations } = (await page.evaluate('axe.run()')) as {
        violations: { id: string; impact: string; nodes: { html: string }[] }[]
      }
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
    },
  )

  test('keeps its promise of size: at most 60 KB of script, packed', async () => {
    const scripts: number[] = []
    page.on('response', async (response) => {
      if (response.url().endsWith('.js')) scripts.push(gzipSync(await response.body()).length)
    })
    await logIn('officer', `/stations/${stationId(1)}`)
    await page.waitForSelector('.chart canvas')
    expect(scripts).toHaveLength(3)
    expect(scripts.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(60 * 1024)
  })

  test('prints a village on A4 without the furniture of the screen', async () => {
    await logIn('officer', `/villages/${villageCode(1)}`)
    await page.waitForSelector('.payees')
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('header.top').isVisible()).toBe(false)
    expect(await page.locator('.signatures').isVisible()).toBe(true)
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
    expect(pdf).toMatch(/\/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]/)
  })
})
