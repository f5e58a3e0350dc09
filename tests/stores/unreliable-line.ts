import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chance } from '../../devices/chance.ts'

/** A line to a server on the loopback that loses some requests before the server sees them and some answers of those it has seen. */
export type UnreliableLine = { url: string; close: () => Promise<void> }

export const startUnreliableLine = async (
  upstream: string,
  { seed, lostShare }: { seed: number; lostShare: number },
): Promise<UnreliableLine> => {
  let requests = 0
  const carry = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const lot = chance(seed, (requests += 1)) / lostShare
    const body = Buffer.concat(await request.toArray())
    if (lot < 0.5) return void response.destroy()
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers
    const answer = await fetch(new URL(request.url ?? '', upstream), {
      method: request.method ?? 'POST',
      headers: headers as Record<string, string>,
      body,
    })
    const answered = Buffer.from(await answer.arrayBuffer())
    if (lot < 1) return void response.destroy()
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(answered)
  }
  const server = createServer((request, response) => {
    carry(request, response).catch((error: Error) => response.destroy(error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
