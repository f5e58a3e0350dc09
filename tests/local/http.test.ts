import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Log } from '../../functions/entry.ts'
import { readServerFile } from '../../local/owner.ts'
import { startRuntime } from '../../local/run.ts'
import { quietLog, type Running, startRunning } from '../running.ts'

/** The loopback server as somebody meets it who is not to be let in: another page in the browser, another user of the machine. */

const SECRET = 'lies beside the dashboard, not in it'
let folder: string
let running: Running
let token: string
const logged: object[] = []
const log: Log = {
  info: () => undefined,
  warn: (fields) => void logged.push(fields),
  error: (fields) => void logged.push(fields),
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'yangguang-web-'))
  mkdirSync(join(folder, 'web', 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.txt'), SECRET)
  writeFileSync(join(folder, 'web', 'index.html'), '<title>the dashboard</title>')
  running = await startRunning({ over: { webDir: join(folder, 'web'), log } })
  token = readServerFile(running.dataDir)?.token ?? ''
})
afterAll(async () => {
  await running.end()
  rmSync(folder, { recursive: true })
})

type Asked = { method?: string; path: string; headers?: Record<string, string>; body?: Buffer | string }
type Told = { status: number; headers: IncomingHttpHeaders; text: string }

/** Sends just what it is told, a Host of another name and a path of any shape included. */
const ask = async ({ method = 'GET', path, headers = {}, body }: Asked): Promise<Told> => {
  const { port } = new URL(running.runtime.httpUrl)
  const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false })
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  // Before an answer an error rejects; after it, the server may hang up on what is still being sent.
  request.on('error', () => undefined)
  request.end(body)
  const [response] = await answered
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }
}

const owner = () => ({ authorization: `Bearer ${token}` })

describe('a page whose name was pointed at this machine', () => {
  const PATHS = ['/', '/index.html', '/api/county', '/local/status']

  test.each(PATHS)('gets nothing of %s, not even with the token', async (path) => {
    for (const host of ['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', 'localhost.evil.example', '169.254.1.1']) {
      const { status, text } = await ask({ path, headers: { host, ...owner() } })
      expect([status, JSON.parse(text)]).toMatchObject([421, { status: 421, title: 'Misdirected Request' }])
    }
    expect((await ask({ path: `http://evil.example${path}`, headers: owner() })).status).toBe(421)
  })

  test.each(['127.0.0.1', 'localhost', '[::1]'])('is not %s, which is this machine', async (host) => {
    const { port } = new URL(running.runtime.httpUrl)
    for (const named of [host, `${host}:${port}`, host.toUpperCase()]) {
      expect((await ask({ path: '/local/status', headers: { host: named, ...owner() } })).status).toBe(200)
    }
  })
})

describe('a page of another origin', () => {
  test('is granted nothing by CORS, asked for or not', async () => {
    const origin = { origin: 'http://evil.example' }
    const preflight = { ...origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
    const answers = await Promise.all(
      ['/', '/api/session', '/api/county', '/local/status', '/local/session'].flatMap((path) => [
        ask({ path, headers: origin }),
        ask({ method: 'OPTIONS', path, headers: preflight }),
      ]),
    )
    for (const { headers } of answers) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
      expect(headers['set-cookie']).toBeUndefined()
    }
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', undefined])(
    'cannot try a password without being asked for leave first: a body of %s is refused unread',
    async (type) => {
      const body = '{"userName":"nobody-here","password":"example only 1"}'
      const headers = { ...(type && { 'content-type': type }) }
      expect((await ask({ method: 'POST', path: '/api/session', headers, body })).status).toBe(400)
    },
  )
})

describe('whoever has no token', () => {
  test.each([
    ['GET', '/local/status'],
    ['GET', '/local/dead-letters'],
    ['POST', '/local/dead-letters/redrive'],
    ['GET', '/local/jobs'],
    ['POST', '/local/jobs/export'],
    ['POST', '/local/session'],
    ['POST', '/local/quiesce'],
    ['POST', '/local/run/sweep-generation'],
    ['GET', '/local/nothing'],
    ['GET', '/local'],
    ['GET', '/api/../local/status'],
    ['GET', '/LOCAL/status'],
    ['GET', '/%6cocal/status'],
  ])('%s %s tells nothing of the server', async (method, path) => {
    const attempts: Record<string, string>[] = [
      {},
      { authorization: 'Bearer ' },
      { authorization: `Bearer ${token}x` },
      { authorization: token },
    ]
    for (const headers of attempts) {
      const { status, text } = await ask({ method, path, headers })
      expect(status === 401 || status === 404 || text.includes('the dashboard'), `${status} ${text}`).toBe(true)
    }
  })
})

test('a job that is asked for with what is no JSON is refused, and the log does not repeat it', async () => {
  logged.length = 0
  const asked = await ask({ method: 'POST', path: '/local/jobs/export', headers: owner(), body: '{"folder": 示范户甲' })
  expect(asked.status).toBe(400)
  expect(logged).toEqual([])
})

describe('the files of the dashboard', () => {
  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '//secret.txt',
    '/%00/../secret.txt',
    '/.../secret.txt',
    '/%252e%252e/secret.txt',
  ])('end at their folder: %s', async (path) => {
    const { status, text } = await ask({ path })
    expect([404, 400]).toContain(status)
    expect(text).not.toContain(SECRET)
  })

  test('are only read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect((await ask({ method, path: '/index.html' })).status).toBe(404)
    }
    expect(readFileSync(join(folder, 'web', 'index.html'), 'utf8')).toContain('the dashboard')
  })

  test('are served with a policy that runs no script of elsewhere and in no frame', async () => {
    const { headers } = await ask({ path: '/stations/ZL1' })
    const policy = String(headers['content-security-policy'])
    for (const rule of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(rule)
    }
    expect(policy).not.toMatch(/unsafe-|\*/)
    expect([headers['x-content-type-options'], headers['x-frame-options'], headers['referrer-policy']]).toEqual([
      'nosniff',
      'DENY',
      'no-referrer',
    ])
  })
})

test.each([
  ['said to be so', { 'content-length': String(5 * 1024 * 1024) }],
  ['of no said length', { 'transfer-encoding': 'chunked' }],
])('a body too large, %s, is refused before anybody is asked who sends it', async (_, length) => {
  const body = Buffer.alloc(5 * 1024 * 1024, ' ')
  const asked = ask({ method: 'POST', path: '/api/session', headers: { 'content-type': 'application/json', ...length }, body })
  // The server may close the connection while the rest is still being sent.
  const status = await asked.then((told) => told.status).catch((error: NodeJS.ErrnoException) => error.code)
  expect([413, 'ECONNRESET', 'EPIPE']).toContain(status)
})

test.each(['content-length: 60000', 'transfer-encoding: chunked'])(
  'whoever hangs up in the middle of a body (%s) leaves no line in the log',
  async (length) => {
    logged.length = 0
    const { port } = new URL(running.runtime.httpUrl)
    const head = `POST /api/session HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n${length}\r\n\r\n2\r\n{"\r\n`
    for (let at = 0; at < 10; at++) {
      const socket = connect(Number(port), '127.0.0.1')
      socket.end(head)
      await once(socket.resume(), 'close')
    }
    await ask({ path: '/local/status', headers: owner() })
    expect(logged).toEqual([])
  },
)

test('what the server keeps is for its owner alone, in a folder that was there and open to all', async () => {
  const open = mkdtempSync(join(tmpdir(), 'yangguang-open-'))
  const dataDir = join(open, 'data')
  mkdirSync(dataDir, { mode: 0o755 })
  const runtime = await startRuntime({ dataDir, httpPort: 0, mqttPort: 0, schedules: false, log: quietLog })
  const readable = ['tables.db', 'inbound.db', 'queues.db', 'progress.db', 'readings.duckdb', 'server.json', 'owner.lock'].filter(
    (name) => (statSync(join(dataDir, name)).mode & 0o077) !== 0,
  )
  await runtime.close()
  rmSync(open, { recursive: true })
  expect(readable).toEqual([])
})
