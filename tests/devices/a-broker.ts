import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { Aedes } from 'aedes'

/** What the broker took in, in order; `payload` is text. */
export type Taken = { clientId: string; topic: string; payload: string }
export type TestBroker = AsyncDisposable & {
  url: string
  taken: Taken[]
  /** Cuts every connection, as a failing network does. */
  cut: () => void
}

/**
 * A broker of its own on a free port, which refuses any password but 'secret' and answers `onPublish` before it acknowledges.
 * Close it with `await using`.
 */
export const aBroker = async (onPublish: (count: number) => 'take' | 'cut' = () => 'take'): Promise<TestBroker> => {
  const taken: Taken[] = []
  const sockets = new Set<Socket>()
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  let count = 0
  const broker = await Aedes.createBroker({
    authenticate: (client, username, password, done) => {
      const known = client.id === username && password?.toString() === 'secret'
      done(known ? null : Object.assign(new Error('unknown'), { returnCode: 5 }), known)
    },
    authorizePublish: (client, packet, done) => {
      count += 1
      if (onPublish(count) === 'cut') {
        cut()
        return
      }
      taken.push({ clientId: client?.id ?? '', topic: packet.topic, payload: packet.payload.toString() })
      done(null)
    },
  })
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    broker.handle(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `mqtt://127.0.0.1:${port}`,
    taken,
    cut,
    [Symbol.asyncDispose]: async () => {
      cut()
      await new Promise<void>((resolve) => broker.close(() => resolve()))
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
