import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { create as settleStation } from '../../functions/settle-station.ts'
import { accountOf, stationId, villageCode } from '../a-county.ts'
import { delivered, stationWork } from '../functions/settling.ts'
import { aPrice, someStationDays } from '../settlement.ts'
import { launchBrowser } from './browser.ts'
import { PASSWORD, type ServedCounty, serveCounty } from './served-county.ts'

/** Settlement slips as an officer records them, in a real browser. */

const browser: Browser | undefined = await launchBrowser()
const SLIPS = `/stations/${stationId(1)}/slips`

let served: ServedCounty
let context: BrowserContext
let page: Page
let wrong: string[]

beforeAll(async () => {
  served = await serveCounty(4)
  const { tables, deps } = served
  await tables.prices.put(aPrice())
  await tables.generation.putBatch(someStationDays('2026-10', 700_000, { version: 9 }))
  const queues = { 'settle-village': { send: async () => {} } }
  await settleStation({ ...tables, ...deps, queues })(delivered(stationWork()))
})
afterAll(async () => {
  await browser?.close()
  await served.close()
})
beforeEach(async () => {
  for (const { row } of (await served.tables.slips.query({ partition: 'ZL1' })).rows) await served.tables.slips.delete(row)
  if (!browser) return
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN', timezoneId: 'America/New_York' })
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
const textOf = async (selector: string): Promise<string> =>
  (await page.locator(selector).first().innerText()).replaceAll(/\s+/g, ' ').trim()
const fill = async (given: { document: string; from: string; to: string; energy: string }) => {
  for (const [name, value] of Object.entries(given)) await page.fill(`.slip-form [name=${name}]`, value)
  await page.click('.slip-form .primary')
}
const OCTOBER = { document: '示范结2026-10', from: '2026-09-26', to: '2026-10-25', energy: '17500.125' }
const slipsOf = async () => (await served.tables.slips.query({ partition: 'ZL1' })).rows.map(({ row }) => row)

describe.skipIf(!browser)('the slips of a station', () => {
  test('are recorded once looked at again, corrected and withdrawn with a reason', async () => {
    await logIn('officer', SLIPS)
    await page.waitForSelector('.empty')
    expect(await textOf('.empty')).toContain('还没有结算单')
    await fill(OCTOBER)
    await page.waitForSelector('.confirm')
    expect(await textOf('.confirm')).toContain('示范结2026-10：30 天，17,500.125 kWh')
    expect(await slipsOf()).toEqual([])
    await page.click('.confirm .primary')
    await page.waitForSelector('.form-done')
    expect(await textOf('.form-done')).toBe('已保存，2026年9月、2026年10月正在重新结算。')
    await page.waitForSelector('.stacked tbody tr')
    expect(await textOf('.stacked tbody tr')).toContain('有效')
    expect(await slipsOf()).toMatchObject([{ energyWh: 17_500_125, billingAccount: accountOf(1), amounts: [] }])

    await page.click('.row-actions button:text-is("更正")')
    await page.waitForSelector('h2:text-is("更正结算单 示范结2026-10")')
    await page.fill('.slip-form [name=energy]', '17000')
    await page.click('.slip-form .primary')
    await page.click('.confirm .primary')
    await page.waitForSelector('tr.ended')
    expect(await textOf('tr.ended')).toContain('已更正')

    await page.click('.row-actions button:text-is("撤回")')
    await page.click('.confirm .primary')
    expect(await textOf('.confirm [role=alert]')).toContain('请写明原因')
    await page.fill('[name=reason]', '录错了电站')
    await page.click('.confirm .primary')
    await page.waitForSelector('tr.ended:has-text("撤回：录错了电站")')
    expect(await slipsOf()).toHaveLength(3)
  })

  test('may give money back, and correct with the account they print when the station has another by now', async () => {
    await logIn('officer', SLIPS)
    await page.waitForSelector('.slip-form')
    await page.click('.slip-form summary')
    await page.fill('.slip-form [name=market]', '-5.50')
    await fill(OCTOBER)
    await page.waitForSelector('.confirm')
    expect(await textOf('.confirm')).toContain('市场化交易（元） -5.50')
    await page.click('.confirm .primary')
    await page.waitForSelector('.stacked tbody tr')
    const found = await served.tables.stations.get({ stationId: 'ZL1' })
    if (!found) throw new Error('there is no ZL1')
    await served.tables.stations.put({ ...found.row, billingAccount: '3499999999999' })
    await page.reload()
    await page.click('.row-actions button:text-is("更正")')
    expect(await page.inputValue('.slip-form [name=market]')).toBe('-5.50')
    await page.fill('.slip-form [name=energy]', '17000')
    await page.click('.slip-form .primary')
    await page.click('.confirm .primary')
    await page.waitForSelector('tr.ended')
    await served.tables.stations.put(found.row)
    expect(await slipsOf()).toMatchObject([
      { entry: 1 },
      { corrects: 1, billingAccount: accountOf(1), amounts: [{ amountFen: -550 }] },
    ])
  })

  test('that are refused say why, in the words of the reader, and which slip is in the way', async () => {
    await logIn('officer', SLIPS)
    await page.waitForSelector('.slip-form')
    await fill({ ...OCTOBER, energy: '1,000' })
    expect(await textOf('.slip-form [role=alert]')).toContain('最多三位小数')
    await fill(OCTOBER)
    await page.click('.confirm .primary')
    await page.waitForSelector('.stacked tbody tr')
    await fill({ ...OCTOBER, document: '示范结2', from: '2026-10-25', to: '2026-11-01', energy: '1' })
    await page.click('.confirm .primary')
    await page.waitForSelector('.slip-form [role=alert]')
    expect(await textOf('.slip-form [role=alert]')).toBe(
      '有些日期已在另一张结算单上，请更正或撤回那一张。（示范结2026-10, 2026-09-26..2026-10-25）',
    )
    await page.click('.top-tools button[lang=en]')
    expect(await textOf('h1')).toContain('Settlement slips')
  })

  test('come from a file that is checked first and written when told to', async () => {
    const header = '户号,结算单号,起始日期,截止日期,上网电量（kWh）'
    const choose = async (...lines: string[]) => {
      const path = join(tmpdir(), 'yangguang-slips.csv')
      writeFileSync(path, `\uFEFF${[header, ...lines].join('\r\n')}\r\n`)
      await page.setInputFiles('[name=slips]', path)
    }
    await logIn('officer', SLIPS)
    await page.waitForSelector('[name=slips]')
    await choose(`${accountOf(1)},A,2026-09-26,2026-10-25,x`, '9,B,2026-09-26,2026-10-25,1')
    await page.waitForSelector('.form-error li')
    expect(await textOf('.form-error')).toBe(
      '有 2 处错误，没有写入。请修改文件后重新选择。 第 2 行“上网电量”：请填数字，最多三位小数，不带千分位。 第 3 行“户号”：本区域没有这个户号或电站，请核对，或先登记电站。',
    )
    await choose(`${accountOf(1)},A,2026-09-26,2026-10-25,17500`, `${accountOf(2)},A,2026-09-26,2026-10-25,17500`)
    await page.waitForSelector('button:text-is("确认导入 2 张")')
    expect(await slipsOf()).toEqual([])
    await page.click('button:text-is("确认导入 2 张")')
    await page.waitForSelector('.form-done')
    expect(await slipsOf()).toHaveLength(1)
  })

  test('are for accountants to read, and not for operators', async () => {
    await logIn('accountant', SLIPS)
    await page.waitForSelector('.empty')
    expect(await page.locator('.slip-form').count()).toBe(0)
    await page.click('.top-tools button[title]')
    await logIn('operator', SLIPS)
    await page.waitForSelector('.failure')
    await page.goto(`${served.url}/stations/${stationId(1)}`)
    await page.waitForSelector('.bars svg')
    expect(await page.locator('.settled-by').count()).toBe(0)
  })
})

describe.skipIf(!browser)('what a month stands on', () => {
  test('is said at the station, at its slips and at the village', async () => {
    await logIn('officer', `/stations/${stationId(1)}`)
    await page.waitForSelector('.settled-by')
    await page.selectOption('.month-picker select', '2026-10')
    await page.waitForSelector('.settled-by:has-text("关口表 31 天")')
    await page.click('.settled-by a')
    await page.waitForSelector('.stamp-firm')
    expect(await textOf('.card')).toContain('结算电量 21,700.000 kWh，第 1 版')
    await page.goto(`${served.url}/villages/${villageCode(1)}`)
    await page.waitForSelector('[data-label=依据]')
    expect(await textOf('[data-label=依据]')).toMatch(/关口表 \d+ 天/)
  })
})

describe.skipIf(!browser)('every size of screen', () => {
  test.each([375, 1280])('%i px shows the page whole, with nothing a screen reader stumbles over', async (width) => {
    await page.setViewportSize({ width, height: 900 })
    await logIn('officer', SLIPS)
    await page.waitForSelector('.slip-form')
    await fill(OCTOBER)
    await page.click('.confirm .primary')
    await page.waitForSelector('.stacked tbody tr')
    await page.click('.row-actions button:text-is("撤回")')
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0)
    await page.evaluate(axe.source)
    const { violations } = (await page.evaluate('axe.run()')) as {
      violations: { id: string; impact: string; nodes: { html: string }[] }[]
    }
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
  })
})
