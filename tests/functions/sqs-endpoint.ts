import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'

/** A stand-in for SQS that takes SendMessageBatch, keeps what it took and fails what it is told to fail. */
export type SqsEndpoint = {
  endpoint: string
  /** Bodies taken, by the last part of the queue's URL. */
  taken: Map<string, unknown[]>
  /** Bodies per request, in order of arrival. */
  requests: string[][]
  close: () => Promise<void>
}

/** What becomes of an entry instead of being taken; `attempt` counts requests from 1. */
export type Failing = (body: string, attempt: number) => { SenderFault: boolean; Code: string } | undefined

const Batch = z.object({ QueueUrl: z.string(), Entries: z.array(z.object({ Id: z.string(), MessageBody: z.string() })) })

export const startSqs = async (failing: Failing = () => undefined): Promise<SqsEndpoint> => {
  const taken: SqsEndpoint['taken'] = new Map()
  const requests: string[][] = []
  const answer = (payload: string) => {
    const { QueueUrl, Entries } = Batch.parse(JSON.parse(payload))
    requests.push(Entries.map(({ MessageBody }) => MessageBody))
    const queue = QueueUrl.split('/').at(-1) ?? ''
    const [Successful, Failed]: object[][] = [[], []]
    for (const { Id, MessageBody } of Entries) {
      const failure = failing(MessageBody, requests.length)
      if (failure) {
        Failed?.push({ Id, ...failure })
        continue
      }
      taken.set(queue, [...(taken.get(queue) ?? []), JSON.parse(MessageBody)])
      Successful?.push({ Id, MessageId: `m-${Id}`, MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') })
    }
    return { Successful, Failed }
  }
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const isBatch = request.headers['x-amz-target'] === 'AmazonSQS.SendMessageBatch'
    const payload = Buffer.concat(await request.toArray()).toString()
    response.writeHead(isBatch ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' })
    response.end(JSON.stringify(isBatch ? answer(payload) : { __type: 'UnsupportedOperation' }))
  }
  const server = createServer((request, response) => {
    reply(request, response).catch((error: Error) => response.destroy(error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken, requests, close }
}
