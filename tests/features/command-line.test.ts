import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoCounty } from '../../devices/demo-county.ts'
import type { ChinaDay } from '../../domain/calendar.ts'

/** The command line as a person at the keyboard meets it, in processes of its own. */

const root = mkdtempSync(join(tmpdir(), 'yangguang-cli-'))
const dataDir = join(root, 'data')
const files = demoCounty({ stations: 5, today: '2026-11-01' as ChinaDay })

const folderOf = (name: string, content: Record<string, string>): string => {
  const folder = join(root, name)
  mkdirSync(folder)
  for (const [file, text] of Object.entries(content)) writeFileSync(join(folder, file), text)
  return folder
}

type Ended = { code: number | null; out: string; err: string }
const launch = (...argv: string[]): ChildProcess & { ended: Promise<Ended> } => {
  const child = spawn(process.execPath, ['local/yangguang.ts', '--data', dataDir, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { out: '', err: '' }
  child.stdout?.on('data', (chunk: Buffer) => (text.out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (text.err += chunk.toString()))
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, ...text }))
  })
  return Object.assign(child, { ended })
}
const run = async (...argv: string[]): Promise<Ended> => launch(...argv).ended

/** Waits until what a process printed matches. */
const printed = (child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> =>
  new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const found = pattern.exec(text)
      if (found) resolve(found)
    })
    child.on('close', () => reject(new Error(`it ended and never printed ${pattern}: ${text.slice(-500)}`)))
  })

let good: string
beforeAll(() => {
  mkdirSync(dataDir)
  good = folderOf('good', files)
})
afterAll(() => rmSync(root, { recursive: true }))

describe('yangguang import', () => {
  test('checks and writes nothing unless told to', async () => {
    const { code, out } = await run('import', good)
    expect(code).toBe(0)
    expect(out).toMatch(/stations\s+6/)
    expect(out).toContain('a dry run, nothing was written')
    expect((await run('statement', '341623105220', '2026-10')).err).toContain('no such thing')
  })

  test('names file, line and what to do for every bad row, and ends with a failure', async () => {
    const stations = (files['stations.csv'] ?? '').replace('187.2', 'plenty')
    const { code, out, err } = await run('import', folderOf('bad', { ...files, 'stations.csv': stations }), '--write')
    expect(code).toBe(1)
    expect(out).toMatch(/stations\.csv:\d+ dc_capacity_kw: .+/)
    expect(err).toContain('nothing was written')
  })

  test('and other commands keep their own meaning of a region, which is none of AWS', async () => {
    const { out } = await run('user', 'invented', '--role', 'operator', '--region', '341623000000')
    expect(out).toContain('"regionCode":"341623000000"')
  })

  test.each([
    ['a folder that is not there', ['import', join(root, 'nowhere')], 'cannot be read'],
    ['a folder without files', ['import', dataDir], 'no .csv file'],
    ['a month that is none', ['statement', '341623105220', '2026-13'], 'is no month'],
    ['a function that is not scheduled', ['run', 'settle-village'], 'choose one of'],
    ['an instant that is none', ['run', 'watch-offline', '--at', 'soon'], 'is no instant'],
    ['a fault that is none', ['simulate', '--from', '2026-10-01', '--to', '2026-10-02', '--fault', 'rain'], 'rain'],
    ['a profile without a deployment', ['status', '--profile', 'county'], 'add --aws'],
    ['a command that is none', ['improt'], 'Did you mean import'],
  ])('%s is refused in one clear line', async (_what, argv, message) => {
    const { code, err } = await run(...argv)
    expect(code).toBe(1)
    expect(err).toContain(message)
    expect(err).not.toContain('    at ')
  })

  test('takes one workbook, of which it writes the template', async () => {
    const template = join(root, 'template.xlsx')
    expect((await run('template', template)).code).toBe(0)
    expect((await run('template', template)).err).toContain('is there already')
    const { code, out } = await run('import', template)
    expect(code).toBe(0)
    expect(out).toMatch(/stations\s+0[^]*a dry run/)
    expect((await run('import', join(root, 'none.xlsx'))).err).toContain('cannot be read')
  })
})

describe('yangguang paper', () => {
  test('writes a paper as a file, and never over one that is there', async () => {
    const data = join(root, 'papers')
    mkdirSync(data)
    const there = async (...argv: string[]) => run(...argv, '--data', data)
    expect((await there('import', good, '--write')).code).toBe(0)
    const [sheet, pdf] = [join(root, 'stations.xlsx'), join(root, 'month.pdf')]
    expect(await there('paper', 'stations', '341623000000', '--format', 'xlsx', '--out', sheet)).toMatchObject({
      code: 0,
      out: `${sheet}\n`,
    })
    expect((await there('paper', 'village-month', '341623105220', '2026-10', '--out', pdf)).code).toBe(0)
    expect([readFileSync(sheet).subarray(0, 2).toString(), readFileSync(pdf).subarray(0, 5).toString()]).toEqual(['PK', '%PDF-'])
    expect((await there('paper', 'village-month', '341623105220', '2026-10', '--out', pdf)).err).toContain('is there already')
  }, 120_000)

  test.each([
    ['nothing that is none', ['paper', 'letter', '341623105220'], 'is no paper'],
    ['no days of what is no notice', ['paper', 'statement', '341623105220', '2026-10', '--days', '3'], 'belongs to a notice'],
  ])('makes %s', async (_what, argv, message) => expect((await run(...argv)).err).toContain(message))
})

describe('yangguang user', () => {
  test('says what it would do, the region included', async () => {
    const { code, out } = await run('user', 'an-officer', '--role', 'town_officer', '--region', '341623105000')
    expect([code, out]).toEqual([0, expect.stringContaining('"role":"town_officer","regionCode":"341623105000"')])
  })
})

describe('yangguang start', () => {
  test('runs the empty platform, commands go through it, and SIGTERM ends it cleanly', async () => {
    const server = launch('start', '--no-simulator', '--port', '0', '--mqtt-port', '0')
    const [, password] = await printed(server, /admin \/ (\S+)/)
    expect(password).toMatch(/^[\w-]{20}$/)
    expect((await run('import', good, '--write')).out).toContain('written')
    expect((await run('gateway', 'add', 'GW-ZL1')).out).toContain('a dry run')
    expect(JSON.parse((await run('status')).out)).toMatchObject({ isReady: true, counts: { stored: 0 } })
    const second = await run('start', '--no-simulator', '--port', '0', '--mqtt-port', '0')
    expect([second.code, second.err]).toEqual([1, expect.stringContaining('is in use by')])
    expect(second.err).not.toContain('    at ')
    const before = performance.now()
    server.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
    expect(performance.now() - before).toBeLessThan(10_000)
  }, 60_000)

  test('says in one line which port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { code, err } = await run('start', '--no-simulator', '--port', String(port), '--mqtt-port', '0')
    taken.close()
    expect([code, err]).toEqual([
      1,
      `yangguang: 127.0.0.1:${port} is taken by another program: give another --port or --mqtt-port\n`,
    ])
  })

  test('does not put a demonstration into a registry of its own', async () => {
    const { code, err } = await run('start', '--port', '0', '--mqtt-port', '0')
    expect(code).toBe(1)
    expect(err).toContain('--no-simulator')
  })
})
