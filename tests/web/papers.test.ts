import { readFile } from 'node:fs/promises'
import axe from 'axe-core'
import { readXlsx } from 'hucre/xlsx'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { formatYuan } from '../../domain/money.ts'
import { statementOf, villageCode } from '../a-county.ts'
import { textOfPdf } from '../papers/pdf-text.ts'
import { aPng } from '../photos.ts'
import { launchBrowser } from './browser.ts'
import { PASSWORD, type ServedCounty, serveCounty } from './served-county.ts'

/** Papers as people get them: seen before they are printed, and kept as files. */

const browser: Browser | undefined = await launchBrowser()
let served: ServedCounty
let context: BrowserContext
let page: Page
let wrong: string[]

beforeAll(async () => {
  served = await serveCounty(8)
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
}

/** Presses a button and reads the file the browser keeps. */
const kept = async (button: string): Promise<{ name: string; bytes: Uint8Array }> => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)])
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
}

const VILLAGE = villageCode(1)

describe.runIf(browser)('papers on the dashboard', () => {
  test('a photo of the posted notice is kept with it, and seen by officers', async () => {
    await logIn('accountant', `/villages/${VILLAGE}/papers/notice?month=2026-10`)
    await page.setInputFiles('[name=noticePhoto]', { name: '公示.png', mimeType: 'image/png', buffer: aPng() })
    await page.waitForSelector('figure img')
    await page.goto(served.url)
    await page.click('button:text-is("退出")')
    await logIn('officer', `/villages/${VILLAGE}/papers/notice?month=2026-10`)
    await page.waitForSelector('figure img')
    expect(await page.evaluate("document.querySelector('figure img').naturalWidth")).toBe(1)
    expect(await page.locator('figcaption').innerText()).toMatch(/^accountant 2026-\d\d-\d\d .*存档/)
  })

  test("a village's statement is kept as a spreadsheet and as PDF, with the figures of the page", async () => {
    await logIn('officer', `/villages/${VILLAGE}`)
    await page.waitForSelector('.ledger')
    const net = statementOf(1).netFen
    const sheet = await kept('[aria-label="导出收益明细"] button:has-text("Excel")')
    expect(sheet.name).toBe('示范001村-2026-10-光伏收益明细表.xlsx')
    expect((await readXlsx(sheet.bytes)).sheets[0]?.rows.flat()).toContain(net / 100)
    const pdf = await kept('[aria-label="导出收益明细"] button:has-text("PDF")')
    expect(textOfPdf(pdf.bytes).drawn).toContain(formatYuan(net))
  })

  test.each([
    ['/stations', '导出电站台账', '示范县-光伏帮扶电站台账.xlsx'],
    ['/villages', '导出村账汇总表', '示范县-2026-10-村集体光伏收益汇总表.xlsx'],
    ['/', '导出光伏帮扶电站月报', '示范县-2026-10-光伏帮扶电站月报.xlsx'],
  ])('the list of %s is kept as a spreadsheet', async (path, label, name) => {
    await logIn('officer', path)
    await page.waitForSelector(`[aria-label="${label}"]`)
    expect((await kept(`[aria-label="${label}"] button:has-text("Excel")`)).name).toBe(name)
  })

  test('a notice is filled in, seen as it will hang, and printed on A4 without the furniture of the screen', async () => {
    await logIn('accountant', `/villages/${VILLAGE}/papers/notice?month=2026-10`)
    await page.waitForSelector('.paper')
    expect(await page.textContent('.paper')).toContain('＿＿＿')
    for (const [name, value] of [
      ['from', '2026-11-20'],
      ['contacts', '示范镇 0558-1234567'],
      ['url', 'https://example.org/public'],
    ] as const) {
      await page.fill(`[name=${name}]`, value)
      await page.locator(`[name=${name}]`).blur()
    }
    await page.waitForSelector('.paper-qr svg')
    const paper = (await page.textContent('.paper')) ?? ''
    expect(paper).toContain('2026年11月20日至2026年11月29日，共 10 天')
    expect(paper).toContain('示范镇 0558-1234567')
    expect(paper).toContain('甲**')
    await page.emulateMedia({ media: 'print' })
    for (const hidden of ['header.top', '.tabs', '.notice-form', '.paper-tools']) {
      expect(await page.locator(hidden).isVisible(), hidden).toBe(false)
    }
    const printed = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
    expect(printed).toMatch(/\/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]/)
  })

  test('wide papers print on A4 across', async () => {
    await logIn('officer', `/villages/${VILLAGE}/papers/statement?month=2026-10`)
    await page.waitForSelector('.paper')
    await page.emulateMedia({ media: 'print' })
    const printed = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
    expect(printed).toMatch(/\/MediaBox \[0 0 84[12][.\d]* 59[45][.\d]*\]/)
    // No sheet of another shape, such as a blank one before it.
    expect(printed).not.toMatch(/\/MediaBox \[0 0 59[45]/)
  })

  test.each(['month', 'statement', 'allocation', 'notice', 'vouchers', 'year', 'households'])(
    '%s can be read with a screen reader and on a telephone',
    async (kind) => {
      await page.setViewportSize({ width: 375, height: 812 })
      await logIn('officer', `/villages/${VILLAGE}/papers/${kind}?month=2026-10`)
      await page.waitForSelector('.paper')
      const width = await page.evaluate('document.documentElement.scrollWidth')
      expect(width).toBeLessThanOrEqual(375)
      const tooSmall = `[...document.querySelectorAll('button, input, select, nav a, .button')]
        .map((element) => element.getBoundingClientRect()).filter(({ width, height }) => height < 44 || width < 44).length`
      expect(await page.evaluate(tooSmall)).toBe(0)
      await page.evaluate(axe.source)
      const { violations } = (await page.evaluate('axe.run()')) as {
        violations: { id: string; impact: string; nodes: { html: string }[] }[]
      }
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)).toEqual([])
    },
  )

  test('a paper that cannot be made says what to do', async () => {
    await logIn('officer', `/villages/${VILLAGE}/papers/month?month=2026-10`)
    await page.waitForSelector('.paper')
    served.outage(true)
    await page.click('.paper-tools button:has-text("PDF")')
    await page.waitForSelector('.exports [role=alert]')
    served.outage(false)
    expect(await page.textContent('.exports [role=alert]')).toContain('文件没有生成')
    wrong = wrong.filter((line) => !line.includes('503'))
  })
})
