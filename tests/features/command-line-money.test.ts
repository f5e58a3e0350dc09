import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoCounty } from '../../devices/demo-county.ts'
import type { ChinaDay } from '../../domain/calendar.ts'

/** Shares and money at the keyboard, on the data folder of one machine. */

const root = mkdtempSync(join(tmpdir(), 'yangguang-money-'))
const COUNTY = '341623000000'
const ZHANGLOU = '341623105220'
const [FIRST, SECOND] = ['341623181200', '341623181201']

type Ended = { code: number; out: string; err: string }
const run = (...argv: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const all = ['local/yangguang.ts', '--data', join(root, 'data'), ...argv]
    execFile(process.execPath, all, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })

beforeAll(async () => {
  const folder = join(root, 'registry')
  mkdirSync(folder)
  mkdirSync(join(root, 'data'))
  const files = demoCounty({ stations: 5, today: '2026-11-01' as ChinaDay })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  expect((await run('import', folder, '--write')).out).toContain('written')
}, 60_000)
afterAll(() => rmSync(root, { recursive: true }))

describe('at the keyboard', () => {
  const merger = ['shares', 'change', '--from', FIRST ?? '', '--on', '2026-12-01', '--document', '示范']

  test('villages that merge are shown with their parts, and refused while these are no whole', async () => {
    const { out, code } = await run(...merger, '--to', SECOND ?? '')
    expect([code, out]).toEqual([0, expect.stringMatching(/174 villages from 2026-12-01 on[^]*1\/175 +–[^]*2\/175[^]*a dry run/)])
    expect(await run(...merger, '--to', `${SECOND}=1/3`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('1/3: 2/3 is missing'),
    })
    expect(await run(...merger, '--to', 'x')).toMatchObject({ code: 1, err: expect.stringContaining('12-digit village code') })
  }, 60_000)

  test('opening balances, a lump and a transfer are recorded, twice said is once, and shown where they are', async () => {
    const file = join(root, 'openings.csv')
    const columns =
      'village_code,station_id,stream,month,accrued_yuan,county_received_yuan,village_received_yuan,received_on,document'
    writeFileSync(file, `${columns}\n${ZHANGLOU},ZL1,subsidy,2019-12,1000,0,0,,示范\n`)
    expect((await run('money', 'openings', COUNTY, file, '--write')).out).toMatch(/1 new lines, 1,000.00 yuan[^]*written/)
    const entry = ['--on', '2026-10-20', '--amount', '600.50', '--document', '示范凭证', '--write']
    const receive = ['money', 'receive', COUNTY, '--stream', 'subsidy', ...entry]
    expect((await run(...receive)).out).toMatch(/ZL1[^]*600.50[^]*written/)
    expect((await run(...receive)).out).toContain('counts once')
    const { out } = await run('money', 'pass', ZHANGLOU, ...entry)
    const recordId = /编号 (\S+)/.exec(out)?.[1] ?? ''
    expect((await run('money', 'village', ZHANGLOU, '--as-of', '2026-10-31')).out).toMatch(
      /1,000.00 +600.50 +600.50 +0.00 +399.50 +0.00/,
    )
    expect((await run('money', 'reverse', ZHANGLOU, recordId, '--document', '示范更正', '--write')).out).toContain('taken back')
    expect((await run('money', 'county', COUNTY)).out).toMatch(
      /逾期：张楼村 2019 年补贴应于 2020-03-31 前到村，未到 399.50，在县 600.50/,
    )
  }, 120_000)

  test('what is no amount, no stream or no file is refused in one line', async () => {
    const entry = ['--on', '2026-10-20', '--document', '示范']
    expect((await run('money', 'receive', COUNTY, ...entry, '--amount', '1.234', '--stream', 'subsidy')).err).toContain(
      'is no amount',
    )
    expect((await run('money', 'receive', COUNTY, ...entry, '--amount', '1')).err).toContain('--stream')
    expect((await run('money', 'openings', COUNTY, join(root, 'none.csv'))).err).toContain('cannot be read')
  }, 60_000)
})
