import * as z from 'zod'
import type { Send } from '../administrator.ts'
import { httpEvent } from '../functions/event-shapes.ts'
import { type FunctionName, manifest } from '../../functions/manifest.ts'
import type { Deployed } from './deployed.ts'
import type { SimulatedLambda } from './simulated-lambda.ts'

/** API Gateway's HTTP API, simulated: a request by the routes of the template to the function behind, in payload format 2.0. */

const Route = z.object({ RouteKey: z.string(), Target: z.string() })
const Integration = z.object({ IntegrationUri: z.string(), PayloadFormatVersion: z.literal('2.0') })
const Result = z.object({ statusCode: z.int(), body: z.string(), isBase64Encoded: z.boolean() })

const HOST = 'a1b2c3d4e5.execute-api.local.amazonaws.com'

/** Routes as patterns of paths, each with its key and its function. */
const routesOf = ({ stack, resolve }: Deployed) => {
  const names = new Map(
    (Object.keys(manifest) as FunctionName[]).map((name) => [stack.idOf('AWS::Lambda::Function', name), name]),
  )
  const integrations = new Map(stack.ofType('AWS::ApiGatewayV2::Integration'))
  return stack.ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => {
    const { RouteKey, Target } = Route.parse(resolve(Properties))
    const integration = integrations.get(Target.replace('integrations/', ''))
    const name = names.get(Integration.parse(resolve(integration?.Properties)).IntegrationUri)
    const [method, path = ''] = RouteKey.split(' ')
    if (!name || method !== 'ANY') throw new Error(`not understood: ${RouteKey}`)
    return { RouteKey, name, pattern: new RegExp(`^${path.replace('{proxy+}', '.+')}$`) }
  })
}

export const httpApiOf = (deployed: Deployed, lambda: SimulatedLambda): Send => {
  const routes = routesOf(deployed)
  return async (method, path, headers, body) => {
    const url = new URL(path, `https://${HOST}`)
    const route = routes.find(({ pattern }) => pattern.test(url.pathname))
    if (!route) return { status: 404, body: { message: 'Not Found' } }
    const event = httpEvent.parse({
      version: '2.0',
      routeKey: route.RouteKey,
      rawPath: url.pathname,
      rawQueryString: url.search.slice(1),
      headers: { host: HOST, ...headers },
      queryStringParameters: Object.fromEntries(url.searchParams),
      requestContext: {
        accountId: '123456789012',
        apiId: 'a1b2c3d4e5',
        domainName: HOST,
        domainPrefix: 'a1b2c3d4e5',
        http: { method, path: url.pathname, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'simulated' },
        requestId: 'simulated',
        routeKey: route.RouteKey,
        stage: '$default',
        time: '01/Nov/2026:00:00:00 +0000',
        timeEpoch: Date.UTC(2026, 10, 1),
      },
      ...(body !== undefined && { body: Buffer.from(body).toString('base64') }),
      isBase64Encoded: body !== undefined,
    })
    const result = Result.parse(await lambda.invoke(route.name, event))
    return {
      status: result.statusCode,
      body: JSON.parse(Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8').toString()),
    }
  }
}
