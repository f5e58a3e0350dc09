import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asFiles, someLines } from '../registry-files.ts'

/** The commands of docs/operate.md as an operator meets them, in processes of their own. */

const root = mkdtempSync(join(tmpdir(), 'yangguang-operate-'))
const [home, away, move] = ['home', 'away', 'move'].map((name) => join(root, name)) as [string, string, string]
const COUNTY = '341623000000'

type Ended = { code: number | null; out: string; err: string }
const run = (data: string, ...argv: string[]): Promise<Ended> => {
  const child = spawn(process.execPath, ['local/yangguang.ts', '--data', data, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...text })))
}

beforeAll(async () => {
  const registry = join(root, 'registry')
  mkdirSync(registry)
  for (const [file, text] of Object.entries(asFiles(someLines()))) writeFileSync(join(registry, file), text)
  expect((await run(home, 'import', registry, '--write')).out).toContain('written')
}, 60_000)
afterAll(() => rmSync(root, { recursive: true }))

describe('yangguang export and restore', () => {
  test('move a county: looked at first, then taken in, and told that it holds names', async () => {
    const exported = await run(home, 'export', move)
    expect([exported.code, exported.err]).toEqual([0, ''])
    expect(exported.out).toMatch(/stations\s+2\n/)
    expect(exported.out).toContain('readable by you alone. It holds names of households')
    const looked = await run(away, 'restore', move)
    expect(looked.out).toContain('a dry run, nothing was written')
    expect(looked.out).toMatch(/stations\s+2\s+0\s+0\s+0\n/)
    expect((await run(away, 'restore', move, '--write')).out).toContain('written and looked up again')
    expect((await run(away, 'restore', move)).out).toMatch(/stations\s+0\s+2\s+0\s+0\n/)
  }, 60_000)
})

describe('yangguang', () => {
  test.each([
    ['backfill', ['backfill', '--from', '2026-10-01', '--to', '2026-10-03', '--station', 'ZL1'], 'a dry run: 3 station-days'],
    [
      'backfill --write',
      ['backfill', '--from', '2026-10-01', '--to', '2026-10-03', '--station', 'ZL1', '--write'],
      '3 station-days computed anew, 3 of them with another figure',
    ],
    ['quarantine release', ['quarantine', 'release', COUNTY, '--reason', 'schema'], 'a dry run: 0 would be put back'],
    ['quarantine release --write', ['quarantine', 'release', COUNTY, '--from', '2026-10-01', '--write'], '0 put back'],
    ['dead-letters redrive', ['dead-letters', 'redrive'], 'a dry run'],
    ['dead-letters redrive --write', ['dead-letters', 'redrive', 'ingest-readings', '--write'], 'ingest-readings: 0 back'],
  ])('%s says what it did', async (_what, argv, message) => {
    const { code, out, err } = await run(home, ...argv)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(message)
  })

  test.each([
    ['an export of a county that is not there', ['export', join(root, 'x'), '--county', '999999000000'], 'there is no county'],
    ['an export of what is no county', ['export', join(root, 'x'), '--county', '../x'], 'county: Invalid string'],
    ['a restore of nothing', ['restore', join(root, 'nowhere')], 'it holds no finished export'],
    ['a span that ends before it begins', ['backfill', '--from', '2026-10-02', '--to', '2026-10-01'], 'not be before'],
    ['a day that is none', ['backfill', '--from', '2026-10-32', '--to', '2026-11-01'], 'a day, e.g.'],
    ['a station that is not there', ['backfill', '--from', '2026-10-01', '--to', '2026-10-01', '--station', 'N'], 'no station N'],
    ['a reason that is none', ['quarantine', 'release', COUNTY, '--reason', 'bad'], 'reason'],
    ['dead letters of nothing', ['dead-letters', 'redrive', 'nothing', '--write'], 'nothing takes dead letters'],
  ])('refuses %s in one clear line', async (_what, argv, message) => {
    const { code, err } = await run(home, ...argv)
    expect(code).toBe(1)
    expect(err).toContain(message)
    expect(err).not.toContain('    at ')
  })
})
