import * as z from 'zod'

/** API Gateway HTTP API (payload format 2.0) to and from the web's own Request and Response. */

const HttpEvent = z.object({
  rawPath: z.string().startsWith('/'),
  rawQueryString: z.string(),
  headers: z.record(z.string(), z.string()),
  cookies: z.array(z.string()).optional(),
  requestContext: z.object({ domainName: z.string(), http: z.object({ method: z.string() }) }),
  body: z.string().optional(),
  isBase64Encoded: z.boolean(),
})

export type HttpResult = {
  statusCode: number
  headers: Record<string, string>
  cookies: string[]
  body: string
  isBase64Encoded: boolean
}

/** The request as the caller made it. */
export const requestOf = (event: unknown): Request => {
  const { rawPath, rawQueryString, headers, cookies, requestContext, body, isBase64Encoded } = HttpEvent.parse(event)
  const { method } = requestContext.http
  const url = new URL(`https://${requestContext.domainName}`)
  url.pathname = rawPath
  url.search = rawQueryString
  const request = new Request(url, {
    method,
    headers,
    ...(body !== undefined &&
      method !== 'GET' &&
      method !== 'HEAD' && { body: isBase64Encoded ? Buffer.from(body, 'base64') : body }),
  })
  if (cookies) request.headers.set('cookie', cookies.join('; '))
  return request
}

/** What is text goes out as it is, all else as base64; each cookie on a line of its own. */
export const resultOf = async (response: Response): Promise<HttpResult> => {
  const { 'set-cookie': _, ...headers } = Object.fromEntries(response.headers)
  const isText = /^text\/|[/+]json\b/.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined
  const body = Buffer.from(await response.arrayBuffer())
  return {
    statusCode: response.status,
    headers,
    cookies: response.headers.getSetCookie(),
    body: body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  }
}

/** Something failed on our side: problem details (RFC 9457) that say no more than that. */
export const SERVER_ERROR: HttpResult = {
  statusCode: 500,
  headers: { 'content-type': 'application/problem+json' },
  cookies: [],
  body: JSON.stringify({ type: 'about:blank', title: 'Internal Server Error', status: 500, code: 'internal' }),
  isBase64Encoded: false,
}
