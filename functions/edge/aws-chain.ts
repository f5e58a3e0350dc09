import newChain from '@middy/core'
import type { BatchOutcome, Log } from '../entry.ts'
import type { HandlerOf, LambdaContext, LambdaHandler, TriggerKind } from './aws.ts'
import { failedOf } from './aws-batch.ts'
import { openDeps } from './aws-deps.ts'
import { failuresOf, inboundMessagesOf, scheduledAtMsOf, workMessagesOf } from './aws-events.ts'
import { requestOf, resultOf, SERVER_ERROR } from './aws-http.ts'

/** The middy chain of each kind of trigger: unpack, log, count, pack. Rules live in the functions, which run elsewhere too. */

/** Opens what the environment grants, creates the function and puts the chain of its kind around it. */
export const openChain = async <Kind extends TriggerKind>(
  kind: Kind,
  create: (deps: never) => HandlerOf[Kind],
): Promise<LambdaHandler> => {
  const { deps, nameRequest, publishCounts } = await openDeps(process.env)
  // The deployed environment holds what the manifest grants, and `entry` makes the compiler compare that with `create`.
  const handle = create(deps as never)
  const chain = newChain()
    .before(({ context }) => nameRequest(context.awsRequestId))
    .after(publishCounts)
    .onError((request) => {
      publishCounts()
      // No more of an error than this: the SDK hangs requests and rows on its own.
      deps.log.error({ errorName: request.error?.name, stack: request.error?.stack }, 'the invocation failed')
      // Lambda tries again whatever fails elsewhere; a person gets an answer.
      if (kind === 'http') request.response = SERVER_ERROR
    })
    .handler(doors[kind](handle, deps.log))
  return async (event, context) => chain(event, context)
}

type Unpack<Message> = (event: unknown, log: Log) => { messages: Message[]; unreadable: string[] }
type BatchHandler<Message> = (input: { messages: readonly Message[] }) => Promise<BatchOutcome>

/** A record that cannot be read is tried again and dead-lettered like one that failed; the others do not wait for it. */
const inBatches =
  <Message extends { messageId: string }>(unpack: Unpack<Message>) =>
  (handle: BatchHandler<Message>, log: Log) =>
  async (event: unknown, context: LambdaContext): Promise<unknown> => {
    const { messages, unreadable } = unpack(event, log)
    const remainingMs = () => context.getRemainingTimeInMillis()
    const failed = messages.length > 0 ? await failedOf(messages, { handle, log, remainingMs }) : []
    return failuresOf([...unreadable, ...failed])
  }

/** How each kind turns a Lambda event into the function's input, and its outcome into Lambda's answer. */
type Door<Kind extends TriggerKind> = (
  handle: HandlerOf[Kind],
  log: Log,
) => (event: unknown, context: LambdaContext) => Promise<unknown>
const doors: { [Kind in TriggerKind]: Door<Kind> } = {
  mqtt: inBatches(inboundMessagesOf),
  queue: inBatches(workMessagesOf),
  schedule: (handle) => async (event) => handle({ atMs: scheduledAtMsOf(event) }),
  http: (handle) => async (event) => resultOf(await handle(requestOf(event))),
}
