import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A server before InfluxDB that does what networks and busy servers do, once each when told to, and takes note of every request.
 * Given a `token` it stands for 2.x: writes by `/api/v2/write` alone, nothing without the token. Without an InfluxDB behind it
 * takes every write and has nothing to answer.
 */
export type InfluxGate = {
  url: string
  requests: Seen[]
  /** Connections made so far. */
  connections: () => number
  /** What becomes of the next requests for this path, one after another. */
  next: (path: string, ...mishaps: Mishap[]) => void
  close: () => Promise<void>
}

export type Seen = { path: string; query: Record<string, string>; headers: IncomingMessage['headers']; body: string }

export type Mishap =
  /** Answered here, in these words. */
  | { status: number; body?: string; headers?: Record<string, string> }
  /** The connection ends before InfluxDB sees the request, or after it has carried it out. */
  | 'lost before'
  | 'lost after'
  /** InfluxDB gets the first half of the lines, and the client is told so. */
  | 'half written'
  /** The answer ends after its first line: in good order, or with the connection. */
  | 'cut short'
  | 'torn'
  /** Nothing, until the client has enough of it. */
  | 'silence'

export type GateOptions = { upstream?: string; token?: string }

type Reply = { status: number; body: string; headers?: Record<string, string> }

const UNAUTHORIZED: Reply = { status: 401, body: '{"code":"unauthorized","message":"unauthorized access"}' }
const NOTHING = '{"results":[{"statement_id":0}]}\n'

const isWrite = ({ path }: Seen): boolean => path.endsWith('/write')

const forward = async ({ path, query, headers, body }: Seen, upstream: string | undefined): Promise<Reply> => {
  if (upstream === undefined)
    return isWrite({ path, query, headers, body }) ? { status: 204, body: '' } : { status: 200, body: NOTHING }
  const { bucket, org: _, ...rest } = query
  const asked = new URLSearchParams({ ...rest, ...(bucket !== undefined && { db: bucket }) })
  const response = await fetch(`${upstream}${path.replace('/api/v2/', '/')}?${asked.toString()}`, {
    method: 'POST',
    headers: { 'content-type': headers['content-type'] ?? '' },
    body,
  })
  return { status: response.status, body: await response.text() }
}

const firstHalf = (lines: string): string => {
  const all = lines.split('\n')
  return all.slice(0, Math.ceil(all.length / 2)).join('\n')
}

const send = (response: ServerResponse, { status, body, headers = {} }: Reply): void => {
  response.writeHead(status, headers).end(body)
}

export const startInfluxGate = async ({ upstream, token }: GateOptions = {}): Promise<InfluxGate> => {
  const requests: Seen[] = []
  const mishaps = new Map<string, Mishap[]>()
  let connections = 0

  const regular = (seen: Seen): Promise<Reply> | Reply => {
    if (token !== undefined && seen.headers.authorization !== `Token ${token}`) return UNAUTHORIZED
    if (token !== undefined && seen.path === '/write') return { status: 404, body: '{"code":"not found"}' }
    return forward(seen, upstream)
  }

  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1')
    const body = Buffer.concat(await request.toArray()).toString()
    const seen = { path: url.pathname, query: Object.fromEntries(url.searchParams), headers: request.headers, body }
    requests.push(seen)
    const mishap = mishaps.get(seen.path)?.shift()
    if (mishap === undefined) return send(response, await regular(seen))
    if (mishap === 'silence') return
    if (typeof mishap === 'object') return send(response, { body: '', ...mishap })
    if (mishap === 'half written') {
      await regular({ ...seen, body: firstHalf(body) })
      return send(response, { status: 400, body: '{"error":"partial write: as ordered dropped=1"}' })
    }
    if (mishap !== 'lost before') {
      const whole = await regular(seen)
      const [firstLine = ''] = whole.body.split('\n')
      if (mishap === 'cut short') return send(response, { ...whole, body: `${firstLine}\n` })
      if (mishap === 'torn') {
        response.writeHead(whole.status)
        response.write(`${firstLine}\n`)
        // The client has the first line before the connection ends.
        await new Promise((written) => response.write('', written))
      }
    }
    response.destroy()
  }

  const server = createServer((request, response) => {
    reply(request, response).catch((error: Error) => response.destroy(error))
  })
  server.on('connection', () => (connections += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
    next: (path, ...more) => mishaps.set(path, [...(mishaps.get(path) ?? []), ...more]),
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
