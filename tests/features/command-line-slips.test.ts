import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoCounty } from '../../devices/demo-county.ts'
import { addDays, dayOf, monthOfDay } from '../../domain/calendar.ts'
import { startRuntime, type Runtime } from '../../local/run.ts'
import { anAdministrator, callsOf, importRegistry } from '../administrator.ts'
import { openTables } from '../../stores/sqlite/table.ts'

/** `yangguang slips` as a person at the keyboard meets it, beside a running server. */

const dataDir = mkdtempSync(join(tmpdir(), 'yangguang-slips-'))
const TODAY = dayOf(Date.now())
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
let runtime: Runtime

beforeAll(async () => {
  const tables = openTables(join(dataDir, 'tables.db'))
  await tables.users.put(await anAdministrator())
  tables.close()
  runtime = await startRuntime({ dataDir, httpPort: 0, mqttPort: 0, schedules: false, log: quiet })
  const call = callsOf(async (method, path, headers, body) => {
    const response = await fetch(`${runtime.httpUrl}${path}`, { method, headers, ...(body !== undefined && { body }) })
    return { status: response.status, body: await response.json() }
  })
  await importRegistry(call, demoCounty({ stations: 5, today: TODAY }))
}, 60_000)
afterAll(async () => {
  await runtime.close()
  rmSync(dataDir, { recursive: true })
})

type Ended = { code: number | null; out: string; err: string }
const slips = (...argv: string[]): Promise<Ended> => {
  const child = spawn(process.execPath, ['local/yangguang.ts', '--data', dataDir, 'slips', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()))
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, ...text }))
  })
}
const HEADER = 'billing_account,document,from,to,energy_kwh'
const [from, to] = [addDays(TODAY, -40), addDays(TODAY, -11)]
const fileOf = (...lines: string[]): string => {
  const path = join(dataDir, 'slips.csv')
  writeFileSync(path, `${[HEADER, ...lines].join('\n')}\n`)
  return path
}
const line = `示范户号-0001,GD-1,${from},${to},5000.25`

describe('yangguang slips', () => {
  test('checks a file and writes nothing unless told to; then lists and withdraws', async () => {
    const file = fileOf(line)
    expect((await slips('import', file)).out).toContain('a dry run, nothing was written')
    expect((await slips('list', '--station', 'ZL1')).out).toContain('no slip is recorded')
    expect((await slips('import', file, '--write')).out).toContain('written; the months are settled again')
    expect((await slips('import', file, '--write')).out).toContain('there already')
    const listed = await slips('list', '--month', monthOfDay(to))
    expect(listed.out).toMatch(/ZL1\s+GD-1\s+\d{4}-\d\d-\d\d\s+\d{4}-\d\d-\d\d\s+5000\.250\s+in force/)
    expect(listed.out).toContain('0 of 6 stations stand on slips for all of the month')
    expect((await slips('withdraw', 'ZL1', 'GD-1', '--reason', '录错了电站')).out).toContain('a dry run')
    expect((await slips('withdraw', 'ZL1', 'GD-1', '--reason', '录错了电站', '--write')).out).toContain('withdrawn: GD-1')
    expect((await slips('list', '--station', 'ZL1')).out).toMatch(/withdrawn/)
  }, 60_000)

  test('tells line and column of what is wrong, and ends with a failure', async () => {
    const wrong = await slips('import', fileOf(line.replace('5000.25', 'x'), line.replace('0001', '9999')), '--write')
    expect(wrong.code).toBe(1)
    expect(wrong.out).toMatch(/line 2 energy_kwh: .+\nline 3 billing_account: .+/)
    expect(wrong.err).toContain('2 errors: mend the lines above and import again')
    expect((await slips('import', join(dataDir, 'nowhere.csv'))).err).toContain('cannot be read')
    expect((await slips('withdraw', 'ZL1', 'GD-9', '--reason', '录错了', '--write')).err).toContain('no slip GD-9 in force')
  }, 60_000)
})
