import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addDays } from '../../domain/calendar.ts'
import { create as assessPerformance } from '../../functions/assess-performance.ts'
import { stationId } from '../a-county.ts'
import { delivered, rowsOf } from '../functions/settling.ts'
import { aDeviceDay, aFinalDay } from '../performance.ts'
import { COUNTY, day } from '../registry.ts'
import { launchBrowser } from './browser.ts'
import { PASSWORD, type ServedCounty, serveCounty } from './served-county.ts'

/** The performance pages as built, in a real browser, over ten days of a county in which one station made half of its peers. */

const browser: Browser | undefined = await launchBrowser()
const SHOTS = process.env.SHOTS

let served: ServedCounty
let context: BrowserContext
let page: Page
let wrong: string[]

beforeAll(async () => {
  served = await serveCounty(12)
  const { tables } = served
  const stations = await rowsOf(tables.stations.queryIndex('byCounty', { partition: COUNTY }))
  const registered = await rowsOf(tables.devices.queryIndex('byCounty', { partition: COUNTY }))
  const installed = Map.groupBy(registered, (device) => device.stationId)
  for (const on of Array.from({ length: 10 }, (_, at) => addDays(day('2026-11-12'), at))) {
    for (const { stationId: id, dcCapacityW } of stations) {
      const devices = (installed.get(id) ?? []).map(({ deviceId }) => aDeviceDay({ deviceId }))
      const energyWh = dcCapacityW * (id === stationId(3) ? 2 : 4)
      await tables.generation.put(aFinalDay({ stationId: id, countyCode: COUNTY, day: on, energyWh, devices, version: 9 }))
    }
    await assessPerformance(served.deps)(delivered({ countyCode: COUNTY, day: on }))
  }
})
afterAll(async () => {
  await browser?.close()
  await served.close()
})
beforeEach(async () => {
  if (!browser) return
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN', acceptDownloads: true })
  page = await context.newPage()
  wrong = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(`console: ${message.text()}`)
  })
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

describe.skipIf(!browser)('the performance pages', () => {
  test('rank the county, the worst first, and lead to what its grade stands on', async () => {
    await logIn('officer', '/performance?month=2026-11')
    await page.waitForSelector('tbody tr')
    const first = (await page.locator('tbody tr').first().innerText()).replaceAll(/\s+/g, ' ')
    expect(first).toContain('50.0%')
    expect(first).toContain('原因不明 10 天')
    expect(await main()).toContain('估算损失电量')
    await page.click('tbody tr a')
    await page.waitForSelector('h2:has-text("评级依据")')
    expect(await main()).toContain('为同县中位的')
    expect(await main()).toContain('可能是积雪、遮挡、灰尘')
    expect(await main()).toContain('年度计划收益')
  })

  test('keep what is searched for in the address, and say when nothing matches', async () => {
    await logIn('officer', '/performance?month=2026-11&cause=stopped')
    await page.waitForSelector('button:has-text("清除条件")')
    await page.click('button:has-text("清除条件")')
    await page.waitForSelector('tbody tr')
    await page.selectOption('label:has-text("原因") select', 'unexplained')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
    expect(page.url()).toContain('cause=unexplained')
  })

  test('say of a month that was not assessed that it was not', async () => {
    await logIn('officer', '/performance?month=2026-02')
    await page.waitForSelector('.empty')
    expect(await main()).toContain('还没有评估')
  })

  test('hand out the list as a file', async () => {
    await logIn('officer', '/performance?month=2026-11')
    await page.waitForSelector('tbody tr')
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('button:has-text("下载表格")')])
    expect(file.suggestedFilename()).toBe('发电评估-示范县-2026-11.csv')
  })

  test('show an operator kWh and no yuan', async () => {
    await logIn('operator', '/performance?month=2026-11')
    await page.waitForSelector('tbody tr')
    expect(await main()).not.toContain('元')
    await page.click('tbody tr a')
    await page.waitForSelector('h2:has-text("评级依据")')
    expect(await main()).not.toMatch(/\d 元|年度计划收益/)
  })

  test('let an officer set limits of the county, looked at once more, and an operator only see them', async () => {
    await logIn('officer', '/performance/limits')
    await page.waitForSelector('[name=ordinaryBp0]')
    expect(await page.inputValue('[name=ordinaryBp0]')).toBe('90.00')
    await page.fill('[name=ordinaryBp0]', '120')
    await page.click('button:text-is("下一步：核对")')
    expect(await main()).toContain('“达到同县中位的此比例不算损失”须在 50.00 – 100.00 之间。')
    await page.fill('[name=ordinaryBp0]', '85')
    await page.fill('[name=yieldBp1]', '95')
    await page.click('button:text-is("下一步：核对")')
    expect(await main()).toContain('要由严到宽')
    await page.fill('[name=yieldBp1]', '80')
    await page.click('button:text-is("下一步：核对")')
    await page.waitForSelector('.confirm')
    expect(await main()).toContain('达到同县中位的此比例不算损失：90.00 % → 85.00 %')
    await page.click('.confirm .primary')
    await page.waitForSelector('.form-done')
    expect((await served.tables.performanceLimits.get({ countyCode: COUNTY }))?.row.limits.ordinaryBp).toBe(8_500)
    await page.click('button:text-is("退出")')
    await logIn('operator', '/performance/limits')
    await page.waitForSelector('td:text-is("85.00 %")')
    expect(await main()).toContain('只有县级管理人员可以修改')
    expect(await page.locator('main input').count()).toBe(0)
  })

  test('are in English too', async () => {
    await logIn('officer', '/performance?month=2026-11')
    await page.click('button:has-text("English")')
    await page.waitForSelector('th:has-text("Of peer median")')
    expect(await main()).toContain('Unexplained 10 d')
  })

  test.each([
    [375, '/performance?month=2026-11', 'tbody tr'],
    [1280, '/performance?month=2026-11', 'tbody tr'],
    [375, `/stations/${stationId(3)}/performance?month=2026-11`, 'tbody tr'],
    [1280, `/stations/${stationId(3)}/performance?month=2026-11`, 'tbody tr'],
    [375, '/performance/limits', 'tbody tr'],
    [1280, '/performance/limits', 'tbody tr'],
  ] as const)('fit %i px at %s, with nothing a screen reader stumbles over', async (width, path, ready) => {
    await page.setViewportSize({ width, height: 900 })
    await logIn('officer', path)
    await page.waitForSelector(ready)
    if (SHOTS !== undefined) {
      await page.waitForTimeout(500)
      await page.screenshot({ path: `${SHOTS}/${width}-${path.split(/[/?]/).slice(1, 3).join('-')}.png`, fullPage: true })
    }
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    await page.evaluate(axe.source)
    const { violations } = (await page.evaluate('axe.run()')) as {
      violations: { id: string; impact: string; nodes: { html: string }[] }[]
    }
    const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
  })
})
