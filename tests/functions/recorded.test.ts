import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { httpEvent, schedulerEvent, sqsEvent } from './event-shapes.ts'
import { recorded } from './recorded.ts'

/** The recorded events are what AWS documents, to the field. */

test.each(['sqs-from-iot-rule', 'sqs-work'] as const)('%s is an event of SQS, its digests right', (name) => {
  const { Records } = sqsEvent.parse(recorded(name))
  for (const { body, md5OfBody } of Records) expect(createHash('md5').update(body).digest('hex')).toBe(md5OfBody)
})

test('the publishes among them came by both doors, and one is not JSON', () => {
  const Output = z.strictObject({ payload: z.base64(), topic: z.string(), clientId: z.string(), receivedAtMs: z.int() })
  const outputs = sqsEvent.parse(recorded('sqs-from-iot-rule')).Records.map(({ body }) => Output.parse(JSON.parse(body)))
  expect(outputs.map(({ topic }) => topic.startsWith('$aws/rules/'))).toEqual([false, true, false])
  expect(() => JSON.parse(Buffer.from(outputs[2]?.payload ?? '', 'base64').toString())).toThrow(SyntaxError)
})

test('the run is the input of our schedules, filled in', () => {
  expect(schedulerEvent.parse(recorded('scheduler'))).toEqual({ time: '2025-11-22T00:05:00Z' })
})

test('the request is in payload format 2.0, query and body the same in all their places', () => {
  const { rawQueryString, queryStringParameters, rawPath, requestContext, headers, body } = httpEvent.parse(recorded('http-api'))
  const query = new URLSearchParams(rawQueryString)
  expect(queryStringParameters).toEqual(
    Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')])),
  )
  expect(requestContext.http.path).toBe(rawPath)
  expect(requestContext.domainName).toBe(headers['host'])
  expect(Buffer.from(body ?? '', 'base64').byteLength).toBe(Number(headers['content-length']))
  expect(Date.parse(requestContext.time.replace(/^(\d+)\/(\w+)\/(\d+):/, '$1 $2 $3 '))).toBe(requestContext.timeEpoch)
})
