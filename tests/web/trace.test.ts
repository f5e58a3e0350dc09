import { describe, expect, test } from 'vitest'
import { addMonths, monthOf } from '../../domain/calendar.ts'
import { NOW_MS, villageCode } from '../a-county.ts'
import { hasBrowser, visiting } from './visiting.ts'

/** From a payee's yuan on the village's page down to the readings, in a real browser. */

const MONTH = addMonths(monthOf(NOW_MS), -1)
const visit = visiting(4)

const traced = async (width: number): Promise<void> => {
  await visit.page.setViewportSize({ width, height: 900 })
  await visit.logIn('accountant', `/villages/${villageCode(1)}?month=${MONTH}`)
  await visit.page.waitForSelector('.payees tbody a')
  await visit.page.locator('.payees tbody a').first().click()
  await visit.page.waitForSelector('.verdicts li')
}

describe.skipIf(!hasBrowser)('the way from a fen to a reading', () => {
  test('begins at an amount of the village, and tells how every joint was made', async () => {
    await traced(1280)
    const shown = await visit.main()
    expect(shown).toContain('从一分钱到一次读数')
    expect(shown).toContain('分到人')
    expect(shown).toContain('最大余数法')
    expect(shown).toContain('可分配收益')
    expect(shown).toContain('村结算单')
    await visit.page.click('button:has-text("English")')
    await visit.page.waitForSelector('h1:has-text("from a fen to a reading")')
  })

  test('keeps its address: loaded again, it shows the same line', async () => {
    await traced(1280)
    const before = await visit.main()
    await visit.page.reload()
    await visit.page.waitForSelector('.verdicts li')
    expect(await visit.main()).toBe(before)
  })

  test.each([375, 1280])('fits %i px, with nothing a screen reader stumbles over', async (width) => {
    await traced(width)
    await visit.expectFit(width, 'trace')
  })
})
