import { readFile } from 'node:fs/promises'
import { readXlsx } from 'hucre/xlsx'
import { beforeAll, describe, expect, test } from 'vitest'
import { create as settleStation } from '../../functions/settle-station.ts'
import { villageCode } from '../a-county.ts'
import { delivered, stationWork } from '../functions/settling.ts'
import { textOfPdf } from '../papers/pdf-text.ts'
import { aPrice, someStationDays } from '../settlement.ts'
import { hasBrowser, visiting } from './visiting.ts'

/** Ledgers of a year in a real browser: found among the papers, seen, printed and kept. */

const VILLAGE = villageCode(1)
const visit = visiting(2)
let netFen: number

beforeAll(async () => {
  const { tables, deps } = visit.served
  await tables.prices.put(aPrice())
  await tables.generation.putBatch(someStationDays('2026-10', 700_000, { version: 9 }))
  const queues = { 'settle-village': { send: async () => {} } }
  await settleStation({ ...tables, ...deps, queues })(delivered(stationWork()))
  netFen = (await tables.stationStatements.query({ partition: 'ZL1' })).rows.at(-1)?.row.netFen ?? 0
})

const kept = async (button: string) => {
  const [download] = await Promise.all([visit.page.waitForEvent('download'), visit.page.click(button)])
  return { name: download.suggestedFilename(), bytes: new Uint8Array(await readFile(await download.path())) }
}

describe.skipIf(!hasBrowser)('the ledgers of a year', () => {
  test('of the stations are found among the papers of their village, and printed across', async () => {
    expect(netFen).toBeGreaterThan(0)
    await visit.logIn('officer', `/villages/${VILLAGE}/papers/stations?month=2026-10`)
    const { page } = visit
    await page.waitForSelector('main a[href="/stations/KT/ledger?year=2026"]')
    for (const width of [1280, 375]) {
      await page.setViewportSize({ width, height: 900 })
      await visit.expectFit(width, 'ledgers')
    }
    await page.click('main a[href="/stations/ZL1/ledger?year=2026"]')
    await page.waitForSelector('.paper')
    const shown = await visit.main()
    expect(shown).toMatch(/2026年台账（暂估）.*登记信息.*各月情况.*2026年10月.*关口表 31 天.*已结算 未结账.*各月分项/)
    for (const width of [1280, 375]) {
      await page.setViewportSize({ width, height: 900 })
      await visit.expectFit(width, 'station-ledger')
    }
    await page.emulateMedia({ media: 'print' })
    for (const hidden of ['header.top', '.page-head', '.paper-tools']) {
      expect(await page.locator(hidden).isVisible(), hidden).toBe(false)
    }
    const printed = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
    expect(printed).toMatch(/\/MediaBox \[0 0 84[12][.\d]* 59[45][.\d]*\]/)
  })

  test('are kept with the figures of the books', async () => {
    await visit.logIn('officer', '/stations/ZL1/ledger?year=2026')
    await visit.page.waitForSelector('.paper')
    const sheet = await kept('.paper-tools button:has-text("Excel")')
    expect(sheet.name).toMatch(/2026-电站年度台账\.xlsx$/)
    expect((await readXlsx(sheet.bytes)).sheets[2]?.rows.flat()).toContain(netFen / 100)
    expect(textOfPdf((await kept('.paper-tools button:has-text("PDF")')).bytes).drawn).toContain('各月分项')
  })

  test('say of a year with nothing that there is nothing', async () => {
    await visit.logIn('officer', '/stations/ZL1/ledger?year=2026')
    await visit.page.waitForSelector('.paper')
    await visit.page.selectOption('.picker select', '2016')
    await visit.page.waitForURL(/year=2016/)
    await visit.page.waitForSelector('.paper h1:has-text("2016年台账")')
    expect(await visit.main()).toContain('本年度还没有结算的月份。')
  })

  test('lead from the slips of a station too, and are named in English', async () => {
    await visit.logIn('officer', '/stations/ZL1/slips')
    await visit.page.click('a:text-is("查看与打印年度台账")')
    await visit.page.waitForSelector('.paper')
    await visit.page.click('header button:text-is("English")')
    await visit.page.waitForSelector('h1:text-is("Station’s ledger of the year")')
    expect(await visit.page.getAttribute('.paper', 'lang')).toBe('zh-CN')
  })

  test('of a joint station are no accountant’s of one village to see', async () => {
    await visit.logIn('accountant', `/villages/${VILLAGE}/papers/stations?month=2026-10`)
    await visit.page.waitForSelector('main a[href="/stations/ZL1/ledger?year=2026"]')
    expect(await visit.main()).toContain('联建电站的台账由县、乡查看。')
    expect(await visit.page.locator('main a[href*="/KT/ledger"]').count()).toBe(0)
  })

  test('of the households are shown with masked names and sums', async () => {
    await visit.logIn('accountant', `/villages/${VILLAGE}/papers/households?month=2026-10`)
    await visit.page.waitForSelector('.paper')
    const shown = await visit.main()
    expect(shown).toMatch(/农户收益分配台账（暂估）.*甲\*\*.*合计（6 户）.*计入已分配的月份：2026年10月。/)
    expect(shown).not.toContain('甲某某')
    for (const width of [1280, 375]) {
      await visit.page.setViewportSize({ width, height: 900 })
      await visit.expectFit(width, 'household-ledger')
    }
  })
})
