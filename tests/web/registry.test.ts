import { describe, expect, test } from 'vitest'
import { registryTemplate } from '../../papers/registry-template.ts'
import { asFiles, filesWith, someLines, someTerms } from '../registry-files.ts'
import { hasBrowser, visiting } from './visiting.ts'

/** The registry comes in through a real browser: checked, counted, and written when the reader says so. */

const visit = visiting(2)

const choose = (files: Record<string, string>) =>
  visit.page.setInputFiles(
    '[name=registry]',
    Object.entries(files).map(([name, text]) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })),
  )

describe.skipIf(!hasBrowser)('the page where the registry is imported', () => {
  test('names every mistake by sheet, line and heading, in Chinese, and writes nothing', async () => {
    await visit.logIn('administrator', '/registry')
    await choose(filesWith('stations.csv', 0, { commissioned_on: '2026-02-29', latitude_deg: '116.2' }))
    await visit.page.waitForSelector('.form-error li')
    const said = await visit.main()
    expect(said).toContain('有 2 处要改，什么也没有写入')
    expect(said).toContain('电站 第 2 行 “并网日期”：请填真实的日期')
    expect(said).toContain('“纬度（度）”：请填 3 到 54 之间的数')
    expect(await visit.page.locator('button:text-is("写入台账")').count()).toBe(0)
    await visit.expectFit(1280, 'registry-errors')
    await visit.page.click('text=English')
    await visit.page.waitForSelector('.form-error:has-text("stations.csv line 2 commissioned_on: Write a real day")')
  })

  test('shows what a good one holds, and writes it once it is confirmed', async () => {
    await visit.logIn('administrator', '/registry')
    await choose(asFiles({ ...someLines(), ...someTerms() }))
    await visit.page.waitForSelector('.confirm')
    expect(await visit.main()).toContain('统筹与村级扣除 2')
    expect(await visit.served.tables.regionDeductions.query({ partition: '341623000000' })).toMatchObject({ rows: [] })
    for (const width of [1280, 375]) {
      await visit.page.setViewportSize({ width, height: 900 })
      await visit.expectFit(width, 'registry')
    }
    await visit.page.click('button:text-is("写入台账")')
    await visit.page.waitForSelector('.form-done:has-text("已写入")')
    expect((await visit.served.tables.regionDeductions.query({ partition: '341623000000' })).rows).toHaveLength(1)
    expect(await visit.page.locator('.confirm').count()).toBe(0)
  })

  test('takes a workbook, and says what is no registry', async () => {
    await visit.logIn('administrator', '/registry')
    const mimeType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
    await visit.page.setInputFiles('[name=registry]', {
      name: '台账.xlsx',
      mimeType,
      buffer: Buffer.from(await registryTemplate()),
    })
    await visit.page.waitForSelector('.empty:has-text("文件里没有内容")')
    await visit.page.setInputFiles('[name=registry]', { name: '台账.xlsx', mimeType, buffer: Buffer.from('no workbook') })
    await visit.page.waitForSelector('.form-error:has-text("这不是 .xlsx 工作簿")')
    await visit.page.setInputFiles('[name=registry]', [
      { name: 'a.xlsx', mimeType, buffer: Buffer.from('x') },
      { name: 'stations.csv', mimeType: 'text/csv', buffer: Buffer.from('x') },
    ])
    await visit.page.waitForSelector('.form-error:has-text("不要混选")')
  })

  test('hands over the empty template', async () => {
    await visit.logIn('administrator', '/registry')
    const [file] = await Promise.all([visit.page.waitForEvent('download'), visit.page.click('button:has-text("空白模板")')])
    expect(file.suggestedFilename()).toBe('台账导入模板.xlsx')
  })

  test('is for administrators', async () => {
    await visit.logIn('officer', '/registry')
    expect(await visit.main()).toContain('只有管理员可以导入台账')
    expect(await visit.page.locator('nav a:text-is("台账")').count()).toBe(0)
  })
})
