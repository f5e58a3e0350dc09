import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readConnectionFile } from '../../local/cli/connection-file.ts'
import { type RunningDeployment, startDeployment } from '../cloud/a-running-deployment.ts'
import { noSuchStack } from '../cloud/simulated-aws.ts'
import { POLICY, simulatedIot } from '../cloud/simulated-iot.ts'
import { simulatedSqs } from '../cloud/simulated-sqs.ts'
import { asFiles, someLines } from '../registry-files.ts'

/** The command line with `--aws`, in processes of its own: tables and API are real, the control plane is simulated. */

const iot = simulatedIot()
const sqs = simulatedSqs()
let deployment: RunningDeployment
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'yangguang-aws-'))
  deployment = await startDeployment(
    (call) => (call.body['StackName'] === 'nowhere' ? noSuchStack('nowhere') : (iot.answer(call) ?? sqs.answer(call))),
    { GatewayPolicy: POLICY },
  )
})
afterAll(async () => {
  await deployment.close()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const run = (...argv: string[]): Promise<{ code: number | null; out: string; err: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['local/yangguang.ts', '--data', join(folder, 'data'), ...argv], {
      env: { ...process.env },
    })
    const text = { out: '', err: '' }
    child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()))
    child.on('close', (code) => resolve({ code, ...text }))
  })

test('a registry is imported, a gateway let in and shut out again, and this machine left alone', async () => {
  const registry = join(folder, 'registry')
  mkdirSync(registry)
  for (const [name, text] of Object.entries(asFiles(someLines()))) writeFileSync(join(registry, name), text)
  expect((await run('import', registry, '--aws', '--write')).out).toContain('written')
  expect((await deployment.tables.gateways.get({ gatewayId: 'GW-ZL1' }))?.version).toBe(1)

  const out = join(folder, 'gw.json')
  expect((await run('gateway', 'add', 'GW-ZL1', '--aws', '--out', out)).out).toContain('a dry run')
  expect(iot.letsIn('GW-ZL1')).toBe(false)
  const added = await run('gateway', 'add', 'GW-ZL1', '--aws', '--out', out, '--write')
  expect([added.code, added.err]).toEqual([0, ''])
  expect(added.out).not.toContain('an invented key')
  expect(statSync(out).mode & 0o777).toBe(0o600)
  expect(await readConnectionFile(out)).toMatchObject({ kind: 'certificate', clientId: 'GW-ZL1', port: 8883 })
  expect(iot.letsIn('GW-ZL1')).toBe(true)
  expect((await run('gateway', 'revoke', 'GW-ZL1', '--aws', '--delete', '--write')).out).toContain('deleted')
  expect(iot.letsIn('GW-ZL1')).toBe(false)
  expect(existsSync(join(folder, 'data'))).toBe(false)
}, 60_000)

test('dead letters are shown without what they say, and sent again', async () => {
  sqs.put('dead-settle-station', JSON.stringify({ stationId: 'ZL1', month: '2026-10', note: '示范村民甲' }))
  const { out } = await run('dead-letters', '--aws')
  expect(out).toMatch(/settle-station\s+1\n/)
  expect(out).toMatch(/2026-11-02.*ZL1 2026-10/)
  expect(out).not.toContain('示范')
  expect((await run('dead-letters', 'redrive', '--aws')).out).toContain('a dry run')
  expect((await run('dead-letters', 'redrive', '--aws', '--write')).out).toContain('settle-station: 1 sent again')
  expect(sqs.bodiesIn('work-settle-station')).toHaveLength(1)
}, 60_000)

test.each([
  ['a command of one machine', ['simulate', '--from', '2026-10-01', '--to', '2026-10-02'], 'works on one machine only'],
  ['a gateway nobody registered', ['gateway', 'add', 'GW-NONE', '--write'], 'the registry has no gateway "GW-NONE"'],
  ['a region without it', ['dead-letters', '--stack', 'nowhere'], 'there is no stack "nowhere" in eu-central-1'],
])('%s is refused in one clear line', async (_what, argv, words) => {
  const { code, err } = await run(...argv, '--aws')
  expect(code).toBe(1)
  expect(err).toMatch(new RegExp(`^yangguang: .*(${words})`))
  expect(err).not.toContain('    at ')
})
