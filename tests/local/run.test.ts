import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readServerFile } from '../../local/owner.ts'
import { startRuntime } from '../../local/run.ts'
import { gatewayIdOf } from '../gateways.ts'
import { quietLog, type Running, startRunning } from '../running.ts'

const GATEWAY = gatewayIdOf(0)
const MANIFEST_URL = new URL('./every-trigger.ts', import.meta.url)

describe('the one-machine runtime', () => {
  let world: Running
  let webDir: string
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${world.runtime.httpUrl}${path}`, init)
  const asOwner = (path: string, method = 'GET'): Promise<Response> =>
    ask(path, { method, headers: { authorization: `Bearer ${readServerFile(world.dataDir)?.token}` } })
  const marks = async (): Promise<string[]> => (await ask('/api/probe')).json() as Promise<string[]>

  beforeAll(async () => {
    webDir = mkdtempSync(join(tmpdir(), 'yangguang-web-'))
    mkdirSync(join(webDir, 'assets'))
    writeFileSync(join(webDir, 'index.html'), '<!doctype html><title>阳光</title>')
    writeFileSync(join(webDir, 'assets/main-abc.js'), 'export {}')
    writeFileSync(join(webDir, '../yangguang-secret.txt'), 'outside the folder')
    world = await startRunning({ over: { manifestUrl: MANIFEST_URL, webDir } })
  })
  afterAll(async () => {
    await world.end()
    rmSync(webDir, { recursive: true })
    rmSync(join(webDir, '../yangguang-secret.txt'))
  })

  test('fires every trigger kind of its manifest', async () => {
    const client = await world.connect(GATEWAY)
    await client.publishAsync(`pv/${GATEWAY}/readings`, 'hello', { qos: 1 })
    await client.endAsync()
    await world.runtime.quiesce()
    expect(await world.runtime.run('sweep-probe', 7_000)).toEqual({ did: 2 })
    expect(await marks()).toEqual(['GW-0-hello', 'WORK-7000', 'WORK-7001'])
    expect(world.runtime.status()).toMatchObject({
      isReady: true,
      counts: { stored: 1 },
      queues: { 'settle-village': { ready: 0 } },
    })
  })

  test('grants a function the stores its manifest entry names, and of those it reads the reading side only', async () => {
    const granted = (await (await ask('/api/probe/abilities')).json()) as Record<string, string[]>
    expect(granted).toEqual({
      now: [],
      count: [],
      log: ['error', 'info', 'warn'],
      queues: [],
      staleDays: ['get', 'query', 'queryIndex'],
      readings: ['conflicts', 'firstAfter', 'lastBefore', 'list', 'series', 'sparesReadings', 'summaries'],
    })
  })

  test('reaches the readings of the other thread', async () => {
    expect(await (await ask('/api/probe/series')).json()).toEqual([])
  })

  test('takes a poison message aside and digests those around it', async () => {
    const client = await world.connect(GATEWAY)
    await Promise.all(['a', 'poison', 'b'].map((text) => client.publishAsync(`pv/${GATEWAY}/readings`, text, { qos: 1 })))
    await client.endAsync()
    await world.runtime.quiesce()
    expect(await marks()).toEqual(expect.arrayContaining(['GW-0-a', 'GW-0-b']))
    expect(world.runtime.status().inbound).toMatchObject({ undrained: 0, retrying: 1, deadLetters: 0 })
  })

  test('answers a failing function with 500 and not a word of why', async () => {
    const response = await ask('/api/probe/broken')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
  })

  test('answers a function that outlasts its timeout with 500', async () => {
    expect((await ask('/api/probe/slow')).status).toBe(500)
  })

  test('refuses a body of more than 4 MiB', async () => {
    const post = (bytes: number) => ask('/api/probe/body', { method: 'POST', body: new Uint8Array(bytes) })
    expect(await (await post(4 * 2 ** 20)).json()).toEqual({ bytes: 4 * 2 ** 20 })
    expect((await post(4 * 2 ** 20 + 1)).status).toBe(413)
  })

  test.each(['/api/nothing', '/api', '/api/probes', '/local/nothing'])('has nothing at %s', async (path) => {
    expect((await asOwner(path)).status).toBe(404)
  })

  test.each([
    ['GET', '/local/status'],
    ['GET', '/local/dead-letters'],
    ['POST', '/local/quiesce'],
    ['POST', '/local/session'],
    ['POST', '/local/run/sweep-probe'],
  ])('keeps %s %s for whoever may read its server file', async (method, path) => {
    expect((await ask(path, { method })).status).toBe(401)
    expect((await ask(path, { method, headers: { authorization: 'Bearer guess' } })).status).toBe(401)
    expect((await asOwner(path, method)).status).toBe(200)
  })

  test('fires a schedule function for an instant over /local, and refuses what is none', async () => {
    expect(await (await asOwner('/local/run/sweep-probe?at=1970-01-01T00:00:09Z', 'POST')).json()).toEqual({ did: 2 })
    expect(await marks()).toContain('WORK-9001')
    expect((await asOwner('/local/run/sweep-probe?at=tomorrow', 'POST')).status).toBe(400)
    expect((await asOwner('/local/run/take-in', 'POST')).status).toBe(404)
  })

  test.each([
    ['/', 200, 'text/html; charset=utf-8', 'no-cache'],
    ['/villages/341623105220', 200, 'text/html; charset=utf-8', 'no-cache'],
    ['/assets/main-abc.js', 200, 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['/assets/missing.js', 404, 'application/problem+json', null],
    ['/..%2fyangguang-secret.txt', 404, 'application/problem+json', null],
    ['/%2e%2e/yangguang-secret.txt', 404, 'application/problem+json', null],
  ])('serves %s of the dashboard with %i', async (path, status, contentType, cacheControl) => {
    const response = await ask(path)
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
      status,
      contentType,
      cacheControl,
    ])
  })

  test.each(['/', '/api/probe', '/nothing.js'])('sends headers that keep strangers out with %s', async (path) => {
    const { headers } = await ask(path)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe-inline')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    if (path.startsWith('/api')) expect(headers.get('cache-control')).toBe('no-store')
  })

  test('puts dead letters back by name, and says of which functions there are any', async () => {
    expect(await (await asOwner('/local/dead-letters/redrive', 'POST')).json()).toEqual({ 'take-in': 0, 'settle-village': 0 })
    expect(await (await asOwner('/local/dead-letters/redrive?of=take-in', 'POST')).json()).toEqual({ 'take-in': 0 })
    expect(await (await asOwner('/local/dead-letters/redrive?of=nothing', 'POST')).json()).toEqual({})
    expect((await ask('/local/dead-letters/redrive', { method: 'POST' })).status).toBe(401)
  })

  test('answers a request handed over directly as its port does', async () => {
    const response = await world.runtime.request(new Request('http://localhost/api/probe'))
    expect(await response.json()).toEqual(await marks())
  })
})

describe('a data folder', () => {
  test('has one owner at a time, who says where it is reached and leaves nothing behind', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'yangguang-owner-'))
    const options = { dataDir, httpPort: 0, mqttPort: 0, schedules: false, log: quietLog, manifestUrl: MANIFEST_URL }
    const runtime = await startRuntime(options)
    const file = join(dataDir, 'server.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      pid: process.pid,
      httpUrl: runtime.httpUrl,
      mqttUrl: runtime.mqttUrl,
      token: expect.stringMatching(/^[\w-]{43}$/),
    })
    await expect(startRuntime(options)).rejects.toThrow(`is in use by process ${process.pid} (${runtime.httpUrl})`)
    await runtime.close()
    expect(existsSync(file)).toBe(false)
    const next = await startRuntime(options)
    await next.close()
    rmSync(dataDir, { recursive: true })
  })

  test('is free again when the start failed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'yangguang-owner-'))
    const options = { httpPort: 0, mqttPort: 0, schedules: false, log: quietLog, manifestUrl: MANIFEST_URL }
    const first = await startRuntime({ ...options, dataDir: join(folder, 'first') })
    const takenPort = Number(new URL(first.mqttUrl).port)
    const second = { ...options, dataDir: join(folder, 'second') }
    await expect(startRuntime({ ...second, mqttPort: takenPort })).rejects.toThrow('EADDRINUSE')
    await first.close()
    const runtime = await startRuntime(second)
    await runtime.close()
    rmSync(folder, { recursive: true })
  })
})
