import { inboundBody } from '../functions/edge/inbound.ts'
import type { Queue } from '../functions/entry.ts'
import type { InboundLog } from './inbound-log.ts'
import type { Publish } from './inbound-block.ts'

/** The inbound log as a queue that functions send to: what is put back through ingest takes the way of everything that comes in. */
export const inboundQueue = ({ append }: Pick<InboundLog, 'append'>): Queue => ({
  send: async (bodies) => {
    await Promise.all(bodies.map((body) => committed(append, publishOf(body))))
  },
})

const publishOf = (body: object): Publish => {
  const { payload, topic, clientId, receivedAtMs } = inboundBody.parse(body)
  return { topic, clientId, receivedAtMs, payload: new Uint8Array(Buffer.from(payload, 'base64')) }
}

const committed = (append: InboundLog['append'], message: Publish): Promise<void> =>
  new Promise((resolve, reject) => {
    append(message, (error) => (error ? reject(error) : resolve()))
  })
