import { RemovalPolicy, type Stack } from 'aws-cdk-lib'
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Settings } from './settings.ts'

/** One HTTP API in front of all `http` functions; who may ask what is decided inside them. */
export type SystemHttp = { api: HttpApi; url: string; route: (name: string, path: string, target: IFunction) => void }

/** Requests per second over all callers: far above what a county's offices need, and a bound on guessing and on the bill. */
const REQUESTS_PER_SECOND = 100
const REQUESTS_BURST = 200

/** Which route was asked and how it went. Not who asked, and not for what: paths and queries name villages and persons. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  method: '$context.httpMethod',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  responseBytes: '$context.responseLength',
  integrationError: '$context.integrationErrorMessage',
}

export const addHttpApi = (stack: Stack, { logRetentionDays }: Settings): SystemHttp => {
  const log = new LogGroup(stack, 'log-http-api', { retention: logRetentionDays, removalPolicy: RemovalPolicy.RETAIN })
  const api = new HttpApi(stack, 'http-api', { createDefaultStage: false })
  const stage = new HttpStage(stack, 'http-stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    accessLogSettings: {
      destination: new LogGroupLogDestination(log),
      format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
    },
    throttle: { rateLimit: REQUESTS_PER_SECOND, burstLimit: REQUESTS_BURST },
  })
  const route: SystemHttp['route'] = (name, path, target) => {
    const integration = new HttpLambdaIntegration(`integration-${name}`, target)
    for (const below of [path, `${path}/{proxy+}`]) api.addRoutes({ path: below, methods: [HttpMethod.ANY], integration })
  }
  return { api, url: stage.url, route }
}
