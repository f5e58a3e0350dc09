import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { aClient } from './dynamodb-server.ts'

/** A request as it went out and what DynamoDB says it consumed. */
export type Sent = { command: string; input: Readonly<Record<string, unknown>>; units: number }

export type WatchedClient = {
  client: DynamoDBClient
  sent: Sent[]
  failNext: (matches: Matches, times: number, how: Failure) => void
  /** Lets every request of that kind wait first. */
  holdBefore: (command: string, wait: () => Promise<void>) => void
  /** Lets an answer be another one than DynamoDB gave. */
  answerNext: (command: string, change: (output: Record<string, unknown>) => void) => void
}

type Matches = (sent: Pick<Sent, 'command' | 'input'>) => boolean
/** Requests that meet an outage and lost answers are tried again by the SDK, broken ones are not; only the lost ones have been carried out. */
type Failure = 'unavailable' | 'broken' | 'lost'

const unavailable = (): Error =>
  Object.assign(new Error('as ordered'), { name: 'ServiceUnavailable', $fault: 'server', $metadata: { httpStatusCode: 503 } })
const timedOut = (): Error => Object.assign(new Error('the answer is lost, as ordered'), { name: 'TimeoutError' })

/** A client of its own on an endpoint, which keeps count of what it asks. */
export const watchedClient = (endpoint: string): WatchedClient => {
  const client = aClient(endpoint)
  const sent: Sent[] = []
  let failing: { matches: Matches; left: number; how: Failure } | undefined
  let changing: { command: string; change: (output: Record<string, unknown>) => void } | undefined

  let holding: { command: string; wait: () => Promise<void> } | undefined

  client.middlewareStack.add(
    (next) => (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' })
      return next(args)
    },
    { step: 'initialize' },
  )
  // Nearest to the wire: what fails here is tried again by the SDK.
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const command = (context.commandName ?? '').replace('Command', '')
      const input: Record<string, unknown> = { ...args.input }
      if (holding?.command === command) await holding.wait()
      const fails = failing && failing.left > 0 && failing.matches({ command, input }) ? failing : undefined
      if (fails) fails.left -= 1
      if (fails?.how === 'unavailable') throw unavailable()
      if (fails?.how === 'broken') throw new Error('as ordered')
      const answer = await next(args)
      const output: Record<string, unknown> = { ...answer.output }
      sent.push({ command, input, units: unitsOf(output['ConsumedCapacity']) })
      if (fails) throw timedOut()
      if (changing?.command === command) {
        changing.change(output)
        changing = undefined
        Object.assign(answer.output ?? {}, output)
      }
      return answer
    },
    { step: 'deserialize', priority: 'high' },
  )
  return {
    client,
    sent,
    failNext: (matches, left, how) => {
      failing = { matches, left, how }
    },
    holdBefore: (command, wait) => {
      holding = { command, wait }
    },
    answerNext: (command, change) => {
      changing = { command, change }
    },
  }
}

type Capacity = { CapacityUnits?: number }
const unitsOf = (consumed: unknown): number =>
  [consumed ?? []].flat().reduce((sum: number, each) => sum + ((each as Capacity).CapacityUnits ?? 0), 0)
