import { describe, expect, test } from 'vitest'
import { NOW_MS, villageCode } from '../a-county.ts'
import { COUNTY } from '../registry.ts'
import { month } from '../settlement.ts'
import { hasBrowser, visiting } from './visiting.ts'

/** What the audit of the books found, in a real browser. */

const visit = visiting(2)

const audited = (findings: number) => ({
  month: month('2026-10'),
  auditedAtMs: NOW_MS,
  stations: 3,
  villages: 2,
  lines: 9,
  findings,
})

describe.skipIf(!hasBrowser)('the page of the audit', () => {
  test('says before the first one that there is none, and what will be checked', async () => {
    await visit.logIn('officer', '/closings')
    await visit.page.click('a:text-is("账目核对")')
    await visit.page.waitForSelector('.empty')
    expect(await visit.main()).toContain('还没有核对过')
    expect(await visit.page.locator('main li').count()).toBe(14)
  })

  test('says that everything added up, month by month', async () => {
    const later = { ...audited(0), month: month('2026-11') }
    await visit.served.tables.audits.put({ countyCode: COUNTY, day: '2026-11-20', months: [audited(0), later], findings: [] })
    await visit.logIn('officer', '/closings/audit')
    await visit.page.waitForSelector('.form-done')
    expect(await visit.main()).toContain('2026-11-20 核对无误')
    expect(await visit.page.locator('tbody th').allInnerTexts()).toEqual(['2026年11月', '2026年10月'])
  })

  test('shows stations whose energy does not agree, which is no wrong row', async () => {
    const differences = [
      { stationId: 'ZL1', month: month('2026-10'), code: 'month_sum_check' as const, ofWh: 1_000_000, toWh: 900_000 },
    ]
    await visit.served.tables.audits.put({
      countyCode: COUNTY,
      day: '2026-11-20',
      months: [audited(0)],
      findings: [],
      differences,
    })
    await visit.logIn('officer', '/closings/audit')
    await visit.page.waitForSelector('h2:has-text("电量对不上")')
    expect(await visit.main()).toMatch(/核对无误.*ZL1 2026年10月 逆变器合计与关口表 1,000\.0 kWh 900\.0 kWh 100\.0 kWh/)
  })

  test('names what does not, with both figures and the way there', async () => {
    const row = `allocations ${villageCode(1)} 2026-10 s1-p1-0f`
    const finding = { rule: 'pot_net' as const, row, says: 5, ought: 6, month: month('2026-10') }
    await visit.served.tables.audits.put({ countyCode: COUNTY, day: '2026-11-21', months: [audited(1)], findings: [finding] })
    await visit.logIn('officer', '/closings/audit')
    await visit.page.waitForSelector('.form-error')
    expect(await visit.main()).toMatch(/有 1 处对不上.*可分配收益等于村集体净收入.*allocations.*0\.05 元.*0\.06 元/)
    for (const width of [1280, 375]) {
      await visit.page.setViewportSize({ width, height: 900 })
      await visit.expectFit(width, 'audit')
    }
    await visit.page.click('a:text-is("查看")')
    await visit.page.waitForURL(new RegExp(`/villages/${villageCode(1)}\\?month=2026-10`))
  })
})
