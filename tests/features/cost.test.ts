import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

/** `yangguang cost` as a person at the keyboard meets it. */

const folder = mkdtempSync(join(tmpdir(), 'yangguang-cost-'))
afterAll(() => rmSync(folder, { recursive: true }))

const cost = (...argv: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['local/yangguang.ts', 'cost', ...argv], { encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}
const fileOf = (name: string, content: unknown): string => {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const ownList = () => JSON.parse(readFileSync('local/prices/us-east-1.json', 'utf8')) as object

describe('yangguang cost', () => {
  test('prints the bill of a fleet by service and per station', () => {
    const { code, out } = cost('--stations', '1000', '--inverters', '4', '--every', '5m', '--region', 'us-east-1')
    expect(code).toBe(0)
    expect(out).toMatch(/^1,000 stations of 4 inverters and a meter, a round every 5 min, 14 hours a day/)
    expect(out).toMatch(/^DynamoDB {2,}[\d,.]+$/m)
    expect(out).toMatch(/^total a month {2,}[\d,.]+$/m)
    expect(out).toMatch(/USD a station, [\d.]+ USD a million readings/)
  })

  test('takes the prices of the user for a region of China, in its currency', () => {
    const path = fileOf('cn.json', { ...ownList(), region: 'cn-northwest-1', currency: 'CNY' })
    const { code, out } = cost('--stations', '10', '--prices', path, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ region: 'cn-northwest-1', currency: 'CNY' })
  })

  test.each<[string, string[], string]>([
    ['a region without prices', ['--region', 'cn-northwest-1'], 'copy local/prices/us-east-1.json'],
    ['a file that is no list', ['--prices', fileOf('bad.json', '{"region":"us-east-1"}')], 'is no price list: currency'],
    ['a list of another region', ['--prices', fileOf('own.json', ownList()), '--region', 'eu-west-1'], 'leave --region out'],
    ['a price of a store that is not chosen', ['--influx-instance', '0.12'], 'is for --store influxdb'],
  ])('%s is refused in one clear line', (_what, argv, message) => {
    const { code, err } = cost(...argv)
    expect(code).toBe(1)
    expect(err).toContain(message)
    expect(err).not.toContain('    at ')
  })
})
