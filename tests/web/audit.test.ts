import { describe, expect, test } from 'vitest'
import { addMonths } from '../../domain/calendar.ts'
import { NOW_MS, villageCode } from '../a-county.ts'
import { COUNTY } from '../registry.ts'
import { month } from '../settlement.ts'
import { hasBrowser, visiting } from './visiting.ts'

/** What the audit of the books found, in a real browser. */

const visit = visiting(2)

const audited = (findings: number, of = '2026-10') => ({
  month: month(of),
  auditedAtMs: NOW_MS,
  stations: 3,
  villages: 2,
  lines: 9,
  findings,
})

/** The fourteen months of an audit. */
const MONTHS = Array.from({ length: 14 }, (_, ago) => addMonths(month('2026-11'), 0 - ago))

describe.skipIf(!hasBrowser)('the page of the audit', () => {
  test('says before the first one that there is none, and what will be checked', async () => {
    await visit.logIn('officer', '/closings')
    await visit.page.click('a:text-is("账目核对")')
    await visit.page.waitForSelector('.empty')
    expect(await visit.main()).toContain('还没有核对过')
    expect(await visit.page.locator('main li').count()).toBe(14)
  })

  test('says that everything added up, month by month', async () => {
    await visit.served.tables.audits.put({
      countyCode: COUNTY,
      day: '2026-11-20',
      months: MONTHS.map((of) => audited(0, of)),
      findings: [],
    })
    await visit.logIn('officer', '/closings/audit')
    await visit.page.waitForSelector('.form-done')
    expect(await visit.main()).toContain('2026-11-20 核对无误')
    expect(await visit.main()).toContain('最近一次核对：2026-11-22 12:02，2025年10月至2026年11月，共 14 个月。')
    const shown = await visit.page.locator('tbody th').allInnerTexts()
    expect([shown.length, shown[0], shown.at(-1)]).toEqual([14, '2026年11月', '2025年10月'])
    for (const width of [1280, 375]) {
      await visit.page.setViewportSize({ width, height: 900 })
      await visit.expectFit(width, 'audit-fine')
    }
    await visit.page.click('header button:text-is("English")')
    await visit.page.waitForSelector('.form-done:has-text("Everything added up on 2026-11-20")')
    expect(await visit.main()).toContain('A closed month still has its hash')
  })

  test('of which some months are still to be gone through says so, and not that all is well', async () => {
    await visit.served.tables.audits.put({ countyCode: COUNTY, day: '2026-11-20', months: [audited(0)], findings: [] })
    await visit.logIn('officer', '/closings/audit')
    await visit.page.waitForSelector('.form-note:has-text("已核对 1 个月，共 14 个月")')
    expect(await visit.page.locator('.form-done').count()).toBe(0)
    expect(await visit.main()).not.toContain('核对无误')
  })

  test('shows stations whose energy does not agree, which is no wrong row', async () => {
    const differences = [
      { stationId: 'ZL1', month: month('2026-10'), code: 'month_sum_check' as const, ofWh: 1_000_000, toWh: 900_000 },
    ]
    await visit.served.tables.audits.put({
      countyCode: COUNTY,
      day: '2026-11-20',
      months: MONTHS.map((of) => audited(0, of)),
      findings: [],
      differences,
    })
    await visit.logIn('officer', '/closings/audit')
    await visit.page.waitForSelector('h2:has-text("电量对不上")')
    expect(await visit.main()).toMatch(
      /核对无误.*示范001村光伏帮扶电站 2026年10月 逆变器合计与关口表 1,000\.0 kWh 900\.0 kWh 100\.0 kWh/,
    )
  })

  test('names what does not, with both figures and the way there', async () => {
    const row = `allocations ${villageCode(1)} 2026-10 s1-p1-0f`
    const finding = { rule: 'pot_net' as const, row, says: 5, ought: 6, month: month('2026-10') }
    const ofStation = {
      rule: 'line_energy' as const,
      row: 'station-statements ZL1 2026-09 v3 line 0',
      says: 1_000,
      ought: null,
      month: month('2026-09'),
    }
    await visit.served.tables.audits.put({
      countyCode: COUNTY,
      day: '2026-11-21',
      months: [audited(2)],
      findings: [finding, ofStation],
    })
    await visit.logIn('officer', '/closings/audit')
    await visit.page.waitForSelector('.form-error')
    expect(await visit.main()).toMatch(
      /有 2 处对不上.*可分配收益等于村集体净收入 示范001村 2026年10月 查看 allocations.*0\.05 元 0\.06 元.*示范001村光伏帮扶电站 2026年9月 查看.*1\.000 kWh 无/,
    )
    for (const width of [1280, 375]) {
      await visit.page.setViewportSize({ width, height: 900 })
      await visit.expectFit(width, 'audit')
    }
    await visit.page.locator('a:text-is("查看")').last().click()
    await visit.page.waitForURL(/\/stations\/ZL1\/slips\?month=2026-09/)
    await visit.page.waitForSelector('h2:has-text("2026年9月结算依据")')
    await visit.page.goBack()
    await visit.page.locator('a:text-is("查看")').first().click()
    await visit.page.waitForURL(new RegExp(`/villages/${villageCode(1)}\\?month=2026-10`))
  })
})
