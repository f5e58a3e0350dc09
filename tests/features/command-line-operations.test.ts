import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RESET_COLUMNS } from '../../domain/reset-file.ts'
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
  const line = 'ZL1,ZL1-INV-1,2026-10-02 10:00,reset,115.5,5,雷击,示范修1号'
  writeFileSync(join(root, 'resets.csv'), `${RESET_COLUMNS.join(',')}\n${line}\n`)
  writeFileSync(join(root, 'wrong.csv'), `${RESET_COLUMNS.join(',')}\n${line}\n,${line}\n${line.replace('ZL1-INV-1', 'M')}\n`)
  writeFileSync(join(root, 'withdrawn.csv'), `${RESET_COLUMNS.join(',')}\n${line.replace('10:00', '09:30')}\n`)
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

const aReset = ['ZL1', 'ZL1-INV-1', '--at', '2026-10-02T09:30']
const A_RECORD = ['--final-kwh', '115.5', '--start-kwh', '5', '--kind', 'reset', '--reason', '雷击', '--document', '示范修1号']

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
    ['reset open', ['reset', 'open', COUNTY], 'nothing waits for a person'],
    ['reset record --write', ['reset', 'record', ...aReset, ...A_RECORD, '--write'], 'written; the days are computed anew'],
    ['audit', ['audit', 'ZL1', '2026-10-02'], 'to be computed anew: reset recorded, ZL1-INV-1, by'],
    ['reset withdraw --write', ['reset', 'withdraw', ...aReset, '--reason', '记错', '--write'], 'written'],
    ['reset list', ['reset', 'list', 'ZL1'], ': 记错'],
    ['reset import --write', ['reset', 'import', join(root, 'resets.csv'), '--write'], '1 records written'],
    ['dead-letters redrive', ['dead-letters', 'redrive'], 'a dry run'],
    ['dead-letters redrive --write', ['dead-letters', 'redrive', 'ingest-readings', '--write'], 'ingest-readings: 0 back'],
  ])('%s says what it did', async (_what, argv, message) => {
    const { code, out, err } = await run(home, ...argv)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(message)
  })

  test.each([
    ['a file of resets with errors', ['reset', 'import', join(root, 'wrong.csv'), '--write'], '2 errors: mend the lines above'],
    ['a file with what was withdrawn', ['reset', 'import', join(root, 'withdrawn.csv'), '--write'], '1 errors: mend the lines'],
    ['a reset of a day', ['reset', 'withdraw', 'ZL1', 'M', '--at', '2026-10-02', '--reason', 'x'], 'day and time in China'],
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
