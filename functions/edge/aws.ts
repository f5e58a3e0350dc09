import type { Handler, HttpTrigger, MqttTrigger, QueueTrigger, ScheduleTrigger } from '../entry.ts'

/**
 * The door to AWS Lambda. This file and the `aws-*` beside it are the only ones that know Lambda events, middy and environment
 * variables. All of it is loaded at the first invocation, so that a function imported elsewhere brings none of it along.
 */

/** What `create` returns for each kind of trigger. */
export type HandlerOf = {
  mqtt: Handler<MqttTrigger>
  queue: Handler<QueueTrigger>
  schedule: Handler<ScheduleTrigger>
  http: Handler<HttpTrigger>
}
export type TriggerKind = keyof HandlerOf

export type LambdaContext = { awsRequestId: string; getRemainingTimeInMillis: () => number }
export type LambdaHandler = (event: unknown, context: LambdaContext) => Promise<unknown>

/**
 * The Lambda handler of a function. At the first invocation it reads the environment, opens the granted stores and creates the
 * function, once per instance. Throws what the function throws, so that Lambda tries again; over HTTP that is a 500 without detail.
 */
export const onAws = <Kind extends TriggerKind>(kind: Kind, create: (deps: never) => HandlerOf[Kind]): LambdaHandler => {
  let opened: Promise<LambdaHandler> | undefined
  return async (event, context) => {
    opened ??= import('./aws-chain.ts').then(({ openChain }) => openChain(kind, create))
    // What could not be opened is opened anew at the next invocation, as long as this instance lives.
    opened.catch(() => (opened = undefined))
    return (await opened)(event, context)
  }
}
