import type { Stack } from 'aws-cdk-lib'
import { HttpApi, HttpMethod, HttpStage } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'

/** One HTTP API in front of all `http` functions; who may ask what is decided inside them. */
export type SystemHttp = { url: string; route: (name: string, path: string, target: IFunction) => void }

/** Requests per second over all callers: far above what a county's offices need, and a bound on guessing and on the bill. */
const REQUESTS_PER_SECOND = 100
const REQUESTS_BURST = 200

export const addHttpApi = (stack: Stack): SystemHttp => {
  const api = new HttpApi(stack, 'http-api', { createDefaultStage: false })
  const stage = new HttpStage(stack, 'http-stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: { rateLimit: REQUESTS_PER_SECOND, burstLimit: REQUESTS_BURST },
  })
  const route: SystemHttp['route'] = (name, path, target) => {
    const integration = new HttpLambdaIntegration(`integration-${name}`, target)
    for (const below of [path, `${path}/{proxy+}`]) api.addRoutes({ path: below, methods: [HttpMethod.ANY], integration })
  }
  return { url: stage.url, route }
}
