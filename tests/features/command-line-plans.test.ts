import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { demoCounty } from '../../devices/demo-county.ts'
import type { ChinaDay } from '../../domain/calendar.ts'

/** `yangguang plan` as a person at the keyboard meets it, in processes of its own. */

const ZHANGLOU = '341623105220'
const root = mkdtempSync(join(tmpdir(), 'yangguang-cli-plans-'))

const run = (...argv: string[]): Promise<{ code: number | null; out: string; err: string }> =>
  new Promise((resolve) => {
    const data = ['local/yangguang.ts', '--data', join(root, 'data')]
    const child = spawn(process.execPath, [...data, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
    const text = { out: '', err: '' }
    child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()))
    child.on('close', (code) => resolve({ code, ...text }))
  })
const fileOf = (name: string, content: string): string => {
  writeFileSync(join(root, name), content)
  return join(root, name)
}

beforeAll(async () => {
  mkdirSync(join(root, 'data'))
  mkdirSync(join(root, 'registry'))
  const files = demoCounty({ stations: 5, today: '2026-11-01' as ChinaDay })
  for (const [name, content] of Object.entries(files)) fileOf(join('registry', name), content)
  const { code, err } = await run('import', join(root, 'registry'), '--write')
  expect([code, err]).toEqual([0, ''])
}, 120_000)
afterAll(() => rmSync(root, { recursive: true }))

test('a plan is listed, shown with masked names, drafted from a file and passed, and approved by nobody at the keyboard', async () => {
  const list = await run('plan', 'list', '341623000000', '2026')
  expect(list.out).toMatch(/341623105220.*张楼村.*执行/)
  const shown = await run('plan', 'show', ZHANGLOU, '2026')
  expect(shown.out).toContain('年方案第 1 版：执行；第 1 版生效')
  expect(shown.out).toMatch(/1\. import /)
  expect(shown.out).not.toMatch(/示范0\d/)

  const bad = fileOf('bad.csv', 'line_id,person_id,kind,post,weight_yuan\nL1,P9,post,保洁员,500\n')
  const refused = await run('plan', 'draft', ZHANGLOU, '2027', bad, '--document', '示范方案')
  expect([refused.code, refused.out]).toEqual([1, expect.stringContaining('plan-lines.csv:2 person_id: No person')])
  const good = fileOf('good.csv', `line_id,person_id,kind,post,weight_yuan\nL1,P-${ZHANGLOU}-01-1,post,保洁员,500\n`)
  const draft = ['plan', 'draft', ZHANGLOU, '2027', good, '--document', '示范方案', '--reserve', '2.5']
  expect((await run(...draft)).out).toContain('a dry run')
  expect((await run(...draft, '--write')).out).toContain('1 lines, version 1: written')

  const meeting = ['meetingOn=2026-01-10', 'entitled=30', 'present=24', 'inFavour=20', 'against=2', 'document=决议']
  const pass = ['plan', 'act', ZHANGLOU, '2027', 'pass', ...meeting]
  expect((await run(...pass)).out).toContain('a dry run: version 1, drafted')
  expect((await run(...pass, '--write')).out).toContain('entry 2: the plan is now passed')
  const notice = ['from=2026-01-12', 'to=2026-01-21', 'place=公开栏', 'document=公示']
  await run('plan', 'act', ZHANGLOU, '2027', 'notice', ...notice, '--write')
  const review = await run('plan', 'act', ZHANGLOU, '2027', 'review', 'remark=一致', '--write')
  expect([review.code, review.err]).toEqual([1, 'yangguang: This is for an officer of the town.\n'])
  expect((await run('plan', 'act', ZHANGLOU, '2027', 'review', 'remark')).err).toContain('is no fact')
}, 240_000)
