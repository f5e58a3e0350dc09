import { once } from 'node:events'
import { createServer, type IncomingMessage, request as requestOf, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A service that works, but for requests it is told to refuse: it stands before the real stand-in and passes on the rest. */
export type FailingEndpoint = {
  url: string
  /** Decides on every request from now on, in place of what decided before. */
  refuse: (refusal: (request: Asked) => Refusal | undefined) => void
  close: () => Promise<void>
}

/** A request as it came over the wire. */
export type Asked = { path: string; target: string; body: string }
export type Refusal = { status: number; body: string }

export const startFailingEndpoint = async (upstream: string): Promise<FailingEndpoint> => {
  let refusal: (request: Asked) => Refusal | undefined = () => undefined

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = Buffer.concat(await request.toArray())
    const { url = '/', method, headers } = request
    const refused = refusal({ path: url, target: String(headers['x-amz-target']), body: bytes.toString() })
    if (refused) {
      // Whoever asks how long to wait is told: not at all.
      const said = { 'content-type': headers['content-type'] ?? 'application/json', 'retry-after': '0' }
      response.writeHead(refused.status, said).end(refused.body)
      return
    }
    const { host: _, ...passed } = headers
    const onward = requestOf(new URL(url, upstream), { method, headers: passed }).end(bytes)
    const [answered] = (await once(onward, 'response')) as [IncomingMessage]
    response.writeHead(answered.statusCode ?? 502, answered.headers)
    answered.pipe(response)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refuse: (decide) => {
      refusal = decide
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
