import { beforeAll, describe, expect, test } from 'vitest'
import { addMonths, monthOf } from '../../domain/calendar.ts'
import { NOW_MS, villageCode } from '../a-county.ts'
import { COUNTY, day } from '../registry.ts'
import { hasBrowser, visiting } from './visiting.ts'

/** Closing a month in a real browser: what stands in the way, over it by two persons, and then at once. */

const CLOSED = addMonths(monthOf(NOW_MS), -1)
const visit = visiting(4)

beforeAll(async () => {
  await visit.served.tables.staleDays.put({ countyCode: COUNTY, stationId: 'ZL1', day: day(`${CLOSED}-28`), markedAtMs: 1 })
})

describe.skipIf(!hasBrowser)('the page where months are closed', () => {
  test('tells what stands in the way of the next month', async () => {
    await visit.logIn('officer', '/closings')
    await visit.page.waitForSelector('h2')
    expect(await visit.main()).toContain('月度结账')
    expect(await visit.main()).toContain('电站日电量待重算')
  })

  test('closes it over that by two officers with a reason, and keeps what stood in the way', async () => {
    await visit.logIn('officer', '/closings')
    await visit.page.click('button:text-is("仍要结账")')
    await visit.page.click('.confirm .primary')
    expect(await visit.main()).toContain('请写明原因。')
    await visit.page.fill('[name=reason]', '采集器损坏，无法补数')
    await visit.page.click('.confirm .primary')
    await visit.page.waitForSelector('.form-done')
    await visit.page.waitForSelector('button:text-is("撤回申请")')
    expect(await visit.main()).toContain('须由另一位管理人员同意')
    expect(await visit.page.locator('button:text-is("同意结账")').count()).toBe(0)
    await visit.page.click('button:text-is("退出")')
    await visit.logIn('second-officer', '/closings')
    await visit.page.waitForSelector('button:text-is("同意结账")')
    expect(await visit.main()).toContain('采集器损坏，无法补数')
    await visit.page.click('button:text-is("同意结账")')
    await visit.page.waitForSelector('.form-done')
    await visit.page.waitForSelector('.stamp:text-is("已结账")')
    const shown = await visit.main()
    expect(shown).toContain('second-officer 同意')
    expect(shown).toContain('电站日电量待重算 1 项')
    expect(shown).toMatch(/[0-9a-f]{64}/)
    expect((await visit.served.tables.closings.get({ countyCode: COUNTY, month: CLOSED }))?.row.state).toBe('closed')
  })

  test('closed a month of a village for good, which its page says with the hash', async () => {
    await visit.logIn('accountant', `/villages/${villageCode(1)}?month=${CLOSED}`)
    await visit.page.waitForSelector('.stamp:text-is("已结账")')
    expect(await visit.main()).toMatch(/不再变动.*[0-9a-f]{64}/)
  })

  test('sends its report to the village, unread until it is opened, which officers see', async () => {
    await visit.logIn('accountant', '/inbox')
    await visit.page.waitForSelector('nav .unread:text-is("1")')
    expect(await visit.main()).toContain('未读')
    await visit.page.click('.inbox a')
    await visit.page.waitForURL(/papers\/month/)
    await visit.page.waitForSelector('nav .unread', { state: 'detached' })
    await visit.page.click('nav a[href="/inbox"]')
    await visit.page.waitForSelector('.inbox li')
    expect(await visit.main()).toMatch(/accountant .*已读/)
    await visit.page.click('button:text-is("退出")')
    await visit.logIn('officer', '/closings/deliveries')
    await visit.page.waitForSelector('tbody tr')
    expect(await visit.main()).toMatch(/4 个村，送达 \d 个，已读 1 个。/)
  })

  test.each([
    ['accountant', '/inbox', 375],
    ['accountant', '/inbox', 1280],
    ['officer', '/closings/deliveries', 375],
    ['officer', '/closings/deliveries', 1280],
  ])('shows %s its %s within %i px', async (who, path, width) => {
    await visit.page.setViewportSize({ width, height: 900 })
    await visit.logIn(who, path)
    await visit.page.waitForSelector('main li, tbody tr')
    await visit.expectFit(width, `${path.split('/').at(-1)}`)
  })

  test.each([375, 1280])('fits %i px, with nothing a screen reader stumbles over', async (width) => {
    await visit.page.setViewportSize({ width, height: 900 })
    await visit.logIn('officer', '/closings')
    await visit.page.waitForSelector('tbody tr')
    await visit.expectFit(width, 'closings')
  })
})
