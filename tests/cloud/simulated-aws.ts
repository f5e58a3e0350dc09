import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { vi } from 'vitest'

/**
 * A stand-in for the AWS control planes that commands talk to: one HTTP server on loopback that the real SDK is pointed at. What a
 * service would answer is given by the test; this file knows only the protocols (query and XML, JSON by target, REST).
 */
export type SimulatedAws = {
  endpoint: string
  /** Every call in order, by its name: the action, the target, or the method and path. */
  calls: string[]
  /** What the SDK reads, for a process of its own. */
  environment: Record<string, string>
  close: () => Promise<void>
}

export type Call = {
  /** `DescribeStacks`, `AmazonSQS.ReceiveMessage`, `POST /keys-and-certificate`. */
  name: string
  path: string
  query: URLSearchParams
  /** Parameters of the query protocol, or the fields of a JSON body. */
  body: Record<string, unknown>
  text: string
  headers: IncomingMessage['headers']
}
/** An answer: text as it is, an object as JSON, or a failure of a service. */
export type Answer = string | object | Failure
export class Failure {
  status: number
  code: string
  message: string
  constructor(status: number, code: string, message: string) {
    this.status = status
    this.code = code
    this.message = message
  }
}

const parseBody = (text: string, type: string): Record<string, unknown> => {
  if (type.includes('form-urlencoded')) return Object.fromEntries(new URLSearchParams(text))
  return type.includes('json') && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {}
}

const callOf = async (request: IncomingMessage): Promise<Call> => {
  const text = Buffer.concat(await request.toArray()).toString()
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://simulated')
  const body = parseBody(text, request.headers['content-type'] ?? '')
  const target = request.headers['x-amz-target']
  const name = typeof target === 'string' ? target : typeof body['Action'] === 'string' ? body['Action'] : ''
  const path = decodeURIComponent(pathname)
  return { name: name || `${request.method} ${path}`, path, query: searchParams, body, text, headers: request.headers }
}

const failureText = ({ code, message }: Failure, isQuery: boolean): string =>
  isQuery
    ? `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
    : JSON.stringify({ __type: code, message })

/** Starts it and points the SDK at it: credentials, region and every endpoint, until `vi.unstubAllEnvs()`. */
export const startSimulatedAws = async (
  answer: (call: Call) => Answer,
  over: Record<string, string> = {},
): Promise<SimulatedAws> => {
  const calls: string[] = []
  const server = createServer((request, response) => {
    void callOf(request).then((call) => {
      calls.push(call.name)
      const isQuery = call.body['Action'] !== undefined
      const given = answer(call)
      const type = isQuery ? 'text/xml' : 'application/json'
      if (given instanceof Failure) {
        response.writeHead(given.status, { 'content-type': type, 'x-amzn-errortype': given.code })
        return response.end(failureText(given, isQuery))
      }
      response.writeHead(200, { 'content-type': type })
      return response.end(typeof given === 'string' ? given : JSON.stringify(given))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'simulated',
    AWS_SECRET_ACCESS_KEY: 'simulated',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nowhere/config',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials',
    ...over,
  }
  vi.stubEnv('AWS_PROFILE', undefined)
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  return { endpoint, calls, environment, close }
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

/** DescribeStacks' answer about one stack. */
export const describedStack = (given: { name: string; status?: string; outputs?: Record<string, string> }): string => {
  const outputs = Object.entries(given.outputs ?? {}).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${escaped(value)}</OutputValue></member>`,
  )
  return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>${given.name}</StackName>
    <CreationTime>2026-11-01T00:00:00Z</CreationTime><StackStatus>${given.status ?? 'CREATE_COMPLETE'}</StackStatus>
    <Outputs>${outputs.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
}

/** As CloudFormation says it. */
export const noSuchStack = (name: string): Failure => new Failure(400, 'ValidationError', `Stack with id ${name} does not exist`)
