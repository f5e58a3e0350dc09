import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'

/**
 * A simulated S3 on the loopback: PutObject, GetObject and ListObjectsV2 of one bucket by path, as documented. A body that is not
 * what its checksum says is refused, a checksum kept is sent back on request, keys are listed in byte order, 1,000 at most.
 */
export type SimulatedS3 = {
  endpoint: string
  bucket: string
  /** The objects, to look at and to damage. */
  objects: Map<string, { bytes: Buffer; sha256: string }>
  /** Requests since the start, as `PUT key`. */
  requests: string[]
  close: () => Promise<void>
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const errorXml = (code: string): string => `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64')

export const startSimulatedS3 = async (bucket = 'archive'): Promise<SimulatedS3> => {
  const objects: SimulatedS3['objects'] = new Map()
  const requests: string[] = []
  const refuse = (response: ServerResponse, status: number, code: string): void => {
    response.writeHead(status, { 'content-type': 'application/xml' }).end(errorXml(code))
  }

  const put = async (request: IncomingMessage, response: ServerResponse, key: string): Promise<void> => {
    const bytes = await buffer(request)
    const claimed = request.headers['x-amz-checksum-sha256']
    if (typeof claimed !== 'string') return refuse(response, 400, 'InvalidRequest')
    if (claimed !== sha256(bytes)) return refuse(response, 400, 'BadDigest')
    objects.set(key, { bytes, sha256: claimed })
    response.writeHead(200, { etag: '"simulated"', 'x-amz-checksum-sha256': claimed }).end()
  }
  const get = (request: IncomingMessage, response: ServerResponse, key: string): void => {
    const found = objects.get(key)
    if (!found) return refuse(response, 404, 'NoSuchKey')
    const isAsked = request.headers['x-amz-checksum-mode'] === 'ENABLED'
    response.writeHead(200, {
      'content-length': found.bytes.length,
      ...(isAsked && { 'x-amz-checksum-sha256': found.sha256, 'x-amz-checksum-type': 'FULL_OBJECT' }),
    })
    response.end(found.bytes)
  }
  const list = (response: ServerResponse, query: URLSearchParams): void => {
    const [prefix, after] = [query.get('prefix') ?? '', query.get('start-after') ?? '']
    const limit = Math.min(1_000, Number(query.get('max-keys') ?? 1_000))
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
    const contents = keys.slice(0, limit).map((key) => `<Contents><Key>${escaped(key)}</Key></Contents>`)
    const isTruncated = keys.length > limit
    response.writeHead(200, { 'content-type': 'application/xml' }).end(
      `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Name>${bucket}</Name><IsTruncated>${isTruncated}</IsTruncated>${contents.join('')}</ListBucketResult>`,
    )
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const [, of, ...rest] = url.pathname.split('/')
    const key = rest.map(decodeURIComponent).join('/')
    requests.push(`${request.method} ${key}`)
    if (of !== bucket) return refuse(response, 404, 'NoSuchBucket')
    if (request.method === 'PUT') return void put(request, response, key)
    return key === '' ? list(response, url.searchParams) : get(request, response, key)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    objects,
    requests,
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
