import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { dayStartMs, HOUR_MS } from '../../domain/calendar.ts'
import type { DayCause } from '../../domain/day-cause.ts'
import { day } from '../registry.ts'
import { launchBrowser } from './browser.ts'
import { PASSWORD, type ServedCounty, serveCounty } from './served-county.ts'

/** Open items, a day's history and records of resets, in a real browser. */

const browser: Browser | undefined = await launchBrowser()
const ON = day('2026-11-03')
const AT_MS = dayStartMs(ON) + 10 * HOUR_MS
const DAY_PAGE = `/stations/ZL1/days/${ON}`

let served: ServedCounty
let context: BrowserContext
let page: Page
let wrong: string[]

beforeAll(async () => {
  served = await serveCounty(4)
  const { generation } = served.tables
  const first = (await generation.get({ stationId: 'ZL1', day: ON, version: 1 }))?.row
  if (!first) throw new Error('the day is computed')
  const causes: DayCause[] = [{ code: 'late_readings', atMs: AT_MS + 48 * HOUR_MS }]
  const finding = {
    code: 'counter_reset_unconfirmed' as const,
    deviceId: 'ZL1-INV-1',
    atMs: AT_MS,
    detail: '5000 Wh after 115500 Wh',
  }
  const devices = first.devices.map((device, at) =>
    at === 0
      ? { ...device, quality: 'estimated' as const, energyWh: (device.energyWh ?? 0) - 1_500, findings: [finding] }
      : device,
  )
  await generation.put({ ...first, version: 2, energyWh: (first.energyWh ?? 0) - 1_500, quality: 'estimated', devices, causes })
})
afterAll(async () => {
  await browser?.close()
  await served.close()
})
const open = async (width: number) => {
  if (!browser) return
  context = await browser.newContext({ viewport: { width, height: 900 }, locale: 'zh-CN', timezoneId: 'America/New_York' })
  page = await context.newPage()
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
}
beforeEach(async () => {
  wrong = []
  await open(1280)
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
const textOf = async (selector: string): Promise<string> =>
  (await page.locator(selector).first().innerText()).replaceAll(/\s+/g, ' ').trim()
const records = async () => (await served.tables.counterResets.query({ partition: 'ZL1' })).rows.map(({ row }) => row)

describe.skipIf(!browser)('what waits for a person', () => {
  test('is recorded from the list, filled in from the readings, looked at, then withdrawn with a reason', async () => {
    await logIn('operator', '/open')
    await page.waitForSelector('.stacked tbody tr')
    expect(await textOf('.stacked tbody tr')).toContain('115.500 → 5.000 kWh')
    expect(await textOf('.intro')).toContain('有些日子的电量只是暂估')
    expect(await textOf('.intro + .intro')).toContain('写明情况标记为“已核实”')
    await page.click('button:text-is("登记清零或换表")')
    expect(await page.inputValue('[name=finalKwh]')).toBe('115.500')
    expect(await page.inputValue('[name=at]')).toMatch(/^2026-11-03T10:00/)
    await page.click('.slip-form .primary')
    expect(await textOf('.slip-form [role=alert]')).toBe('请写明原因。')
    await page.fill('[name=reason]', '雷击后复位')
    await page.fill('[name=document]', '示范修〔2026〕3号')
    await page.click('.slip-form .primary')
    await page.waitForSelector('.confirm')
    expect(await textOf('.confirm')).toContain('旧表止码 115.500 kWh，新表起码 5.000 kWh')
    expect(await records()).toEqual([])
    await page.click('.confirm .primary')
    await page.waitForSelector('.form-done')
    expect(await records()).toMatchObject([{ deviceId: 'ZL1-INV-1', atMs: AT_MS, finalWh: 115_500, startWh: 5_000 }])
    await page.waitForSelector('.stamp:text-is("正在重算")')

    await page.click('a:text-is("查看当天")')
    await page.waitForSelector('button:text-is("撤销")')
    await page.click('button:text-is("撤销")')
    await page.click('.confirm .primary')
    expect(await textOf('.confirm [role=alert]')).toBe('请写明原因。')
    await page.fill('[name=withdrawal]', '时间记错')
    await page.click('.confirm .primary')
    await page.waitForSelector('tr.ended:has-text("撤销：时间记错")')
    expect((await records())[0]?.withdrawalReason).toBe('时间记错')
  })

  test('is marked as checked with what it was where nothing can be recorded, and stands in the other list then', async () => {
    const seen = (await served.tables.generation.get({ stationId: 'ZL2', day: ON, version: 1 }))?.row
    if (!seen) throw new Error('the day is computed')
    const finding = { code: 'clock_shift' as const, detail: '60 minutes early' }
    const devices = seen.devices.map((device, at) => (at === 0 ? { ...device, findings: [finding] } : device))
    await served.tables.generation.put({ ...seen, version: 2, devices })
    await logIn('operator', '/open')
    await page.click('button:text-is("标记已核实")')
    await page.click('.confirm .primary')
    expect(await textOf('.confirm [role=alert]')).toBe('请写明核实情况。')
    await page.fill('[name=found]', '采集器时钟快一小时，已校准')
    await page.click('.confirm .primary')
    await page.waitForSelector('.form-done')
    await page.waitForSelector('button:text-is("标记已核实")', { state: 'detached' })
    await page.click('.chip:text-is("已核实")')
    await page.waitForSelector('button:text-is("修改说明")')
    expect(await textOf('.stacked tbody tr')).toMatch(/采集器时钟快一小时，已校准 · operator，.* 核实/)
  })

  test('is not for village accountants, who see the history all the same', async () => {
    await logIn('accountant', DAY_PAGE)
    await page.waitForSelector('h2:text-is("版本记录")')
    expect(await page.locator('button:text-is("登记清零或换表")').count()).toBe(0)
    expect(await page.locator('nav a:text-is("待办")').count()).toBe(0)
  })
})

describe.skipIf(!browser)('a day', () => {
  test('is reached from the month, where a badge says that it was backfilled; old, new and why stand in its history', async () => {
    await logIn('officer', '/stations/ZL1')
    await page.waitForSelector('details summary')
    await page.click('details:has(table) summary')
    const row = page.locator('tr:has(.stamp:text-is("补传"))')
    expect(await row.innerText()).toContain('11-03')
    await row.locator('a').click()
    await page.waitForSelector('h2:text-is("版本记录")')
    expect(await textOf('.stacked tbody tr')).toMatch(/第 2 版.*-1\.500.*估算.*补传数据/)
    expect(await textOf('.stacked tbody tr:nth-child(2)')).toMatch(/第 1 版.*当天结束/)
  })

  test('is reached from its bar', async () => {
    await logIn('officer', '/stations/ZL1')
    await page.waitForSelector('.bars rect.bar')
    await page.locator('.bars rect.bar').nth(2).click()
    await page.waitForURL(`**${DAY_PAGE}`)
  })
})

describe.skipIf(!browser)('both pages', () => {
  test.each([375, 1280])('fit a screen of %i pixels and are readable to everybody', async (width) => {
    await context.close()
    await open(width)
    await logIn('officer', '/open')
    for (const [path, ready] of [
      ['/open', '.stacked tbody tr'],
      [DAY_PAGE, 'h2:text-is("版本记录")'],
    ] as const) {
      await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`)
      await page.waitForSelector(ready)
      await page.waitForTimeout(300)
      if (process.env.SHOTS)
        await page.screenshot({ path: `${process.env.SHOTS}/${path.split('/').at(-1)}-${width}.png`, fullPage: true })
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), path).toBe(true)
      await page.evaluate(axe.source)
      const found = (await page.evaluate('axe.run()')) as { violations: { id: string }[] }
      expect(
        found.violations.map(({ id }) => id),
        path,
      ).toEqual([])
    }
  })
})
