import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readServerFile } from '../../local/owner.ts'
import { type Runtime, startRuntime } from '../../local/run.ts'
import { aStationLine, asFiles, someLines } from '../registry-files.ts'

/** Names, passwords, secrets and tokens go in by every door, rightly and wrongly; none of them may come out in the log. */

const NAME = '示范金丝雀'
const PASSWORD = 'canary password 1'
let dataDir: string
let runtime: Runtime
const lines: string[] = []
const note = (fields: Record<string, unknown>, message: string) => void lines.push(JSON.stringify([message, fields]))

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'yangguang-private-'))
  runtime = await startRuntime({
    dataDir,
    httpPort: 0,
    mqttPort: 0,
    schedules: false,
    log: { info: note, warn: note, error: note },
  })
})
afterAll(async () => {
  await runtime.close()
  rmSync(dataDir, { recursive: true })
})

const send = async (method: string, path: string, bearer: string, body?: object) => {
  const response = await fetch(`${runtime.httpUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const registry = (over: Parameters<typeof aStationLine>[0] = {}): Record<string, string> => {
  const county = someLines()
  const [, joint = {}] = county['stations.csv']
  return asFiles({
    ...county,
    'stations.csv': [aStationLine({ carer: `${NAME}丙`, ...over }), joint],
    'households.csv': county['households.csv'].map((household) => ({ ...household, head_name: `${NAME}甲` })),
    'persons.csv': county['persons.csv'].map((person) => ({ ...person, name: `${NAME}乙` })),
  })
}

test('no log line holds a name, a password, a secret or a token', async () => {
  const local = readServerFile(dataDir)?.token ?? ''
  const owner = String((await send('POST', '/local/session', local)).body['token'])
  const post = (path: string, body?: object, bearer = owner) => send('POST', path, bearer, body)

  expect((await post('/api/registry/import', { dryRun: false, files: registry() })).body).toMatchObject({ written: true })
  expect((await post('/api/registry/import', { dryRun: false, files: registry({ dc_capacity_kw: NAME }) })).body).toMatchObject({
    written: false,
  })
  const user = { userName: `${NAME}丁`, role: 'county_officer', regionCode: '341623000000', password: PASSWORD }
  expect((await post('/api/registry/users', user)).status).toBe(201)
  expect((await post('/api/registry/users', user)).status).toBe(409)
  const logIn = (userName: string, password: string) => post('/api/session', { userName, password })
  const session = await logIn(user.userName, PASSWORD)
  expect(session.status).toBe(200)
  expect((await logIn(user.userName, `${PASSWORD} wrong`)).status).toBe(401)
  expect((await logIn(`${NAME}戊`, PASSWORD)).status).toBe(401)
  const token = String(session.body['token'])
  for (const path of [
    `/api/stations/${NAME}`,
    `/api/villages/${NAME}`,
    `/api/stations?q=${NAME}`,
    `/api/${NAME}`,
    `/local/${NAME}`,
  ]) {
    expect((await send('GET', encodeURI(path), token)).status).toBeLessThan(500)
  }

  const { secret } = (await post('/api/registry/gateways/GW-ZL1/secret', {})).body as { secret: string }
  const as = { clientId: 'GW-ZL1', username: 'GW-ZL1', protocolVersion: 4 as const, reconnectPeriod: 0 }
  await expect(connectAsync(runtime.mqttUrl, { ...as, password: `${secret}x` })).rejects.toThrow()
  await expect(connectAsync(runtime.mqttUrl, { ...as, clientId: NAME, username: NAME, password: secret })).rejects.toThrow()
  const gateway = await connectAsync(runtime.mqttUrl, { ...as, password: secret })
  const publish = (payload: string) => gateway.publishAsync('pv/GW-ZL1/readings', payload, { qos: 1 })
  await publish(NAME)
  await publish(
    JSON.stringify({
      v: 1,
      readings: [
        { deviceId: NAME, atMs: 1 },
        { deviceId: 'ZL1-INV-1', atMs: 1, state: NAME },
      ],
    }),
  )
  await gateway.endAsync()
  await runtime.quiesce()
  for (const name of ['sweep-generation', 'sweep-settlement', 'watch-offline']) await runtime.run(name)

  const log = lines.join('\n')
  expect(log).toContain('registry imported')
  expect(log).toContain('"why":"credentials"')
  for (const hidden of [NAME, PASSWORD, secret, token, owner, local]) {
    expect(hidden).toMatch(/.{5}/u)
    expect([log.includes(hidden), log.includes(encodeURI(hidden))], hidden).toEqual([false, false])
  }
})
