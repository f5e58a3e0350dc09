import { describe, expect, test } from 'vitest'
import { requestOf, resultOf } from '../../../functions/edge/aws-http.ts'
import { recorded } from '../recorded.ts'

const anEvent = (rest: object = {}) => ({ ...recorded('http-api'), ...rest })
const withMethod = (method: string) => ({ requestContext: { domainName: 'api.example.cn', http: { method } } })

describe('a request through API Gateway', () => {
  test('is the request the caller made', async () => {
    const request = requestOf(anEvent())
    expect(request.method).toBe('POST')
    expect(request.url).toBe(
      'https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/api/session?lang=zh-CN&from=2025-11-01&from=2025-11-02',
    )
    expect(request.headers.get('accept-language')).toBe('zh-CN,zh;q=0.9')
    expect(request.headers.get('cookie')).toBe('theme=dark; lang=zh')
    expect(await request.json()).toEqual({ userName: 'nobody', password: 'not-a-word' })
  })

  test('has its text body when that came as text', async () => {
    expect(await requestOf(anEvent({ body: '{"村":"阳光"}', isBase64Encoded: false })).json()).toEqual({ 村: '阳光' })
  })

  test('keeps binary bodies byte by byte', async () => {
    const bytes = Buffer.from([0, 255, 128, 10])
    const request = requestOf(anEvent({ body: bytes.toString('base64'), isBase64Encoded: true }))
    expect(Buffer.from(await request.arrayBuffer())).toEqual(bytes)
  })

  test.each(['GET', 'HEAD'])('%s has no body', (method) => {
    const request = requestOf(anEvent({ ...withMethod(method), body: 'x', isBase64Encoded: false }))
    expect([request.method, request.body]).toEqual([method, null])
  })

  test('without a body or cookies is fine', async () => {
    const request = requestOf(anEvent({ ...withMethod('DELETE'), body: undefined, cookies: undefined, isBase64Encoded: false }))
    expect([await request.text(), request.headers.get('cookie')]).toEqual(['', null])
  })

  test.each([
    ['//evil.example/api', 'https://api.example.cn//evil.example/api'],
    ['/api/stations/一号站', 'https://api.example.cn/api/stations/%E4%B8%80%E5%8F%B7%E7%AB%99'],
    ['/api/a b?c#d', 'https://api.example.cn/api/a%20b%3Fc%23d'],
  ])('stays on its host and path: %s', (rawPath, url) => {
    expect(requestOf(anEvent({ ...withMethod('GET'), rawPath, rawQueryString: '' })).url).toBe(url)
  })

  test('of another shape is an error', () => {
    expect(() => requestOf({ httpMethod: 'GET', path: '/' })).toThrow()
  })
})

describe('a response through API Gateway', () => {
  test('of text goes out as text, each cookie by itself', async () => {
    const response = Response.json({ name: '阳光' }, { status: 201, headers: { 'x-page': '2' } })
    response.headers.append('set-cookie', 'a=1; Path=/')
    response.headers.append('set-cookie', 'b=2')
    expect(await resultOf(response)).toEqual({
      statusCode: 201,
      headers: { 'content-type': 'application/json', 'x-page': '2' },
      cookies: ['a=1; Path=/', 'b=2'],
      body: '{"name":"阳光"}',
      isBase64Encoded: false,
    })
  })

  test.each([
    ['application/octet-stream', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
    ['application/vnd.ms-excel', {}],
  ])('of %s goes out byte by byte', async (type, headers) => {
    const result = await resultOf(new Response(new Uint8Array([0, 255, 128]), { headers: { 'content-type': type, ...headers } }))
    expect(result).toMatchObject({ body: 'AP+A', isBase64Encoded: true })
  })

  test.each(['application/problem+json', 'text/csv; charset=utf-8'])('of %s is text', async (type) => {
    const result = await resultOf(new Response('a', { headers: { 'content-type': type } }))
    expect(result).toMatchObject({ body: 'a', isBase64Encoded: false })
  })

  test('without a body is empty', async () => {
    expect(await resultOf(new Response(null, { status: 204 }))).toMatchObject({ statusCode: 204, body: '' })
  })
})
