import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { deadLetterDesk } from '../../cloud/dead-letters.ts'
import { inboundMessagesOf } from '../../functions/edge/aws-events.ts'
import { quietLog } from '../running.ts'
import { someOutputs } from './a-deployment.ts'
import { Failure, type SimulatedAws, startSimulatedAws } from './simulated-aws.ts'
import { SENT_MS, type SimulatedSqs, simulatedSqs } from './simulated-sqs.ts'

let aws: SimulatedAws
let sqs: SimulatedSqs
let failing: string | undefined
beforeAll(async () => {
  aws = await startSimulatedAws(
    (call) => (call.name === failing ? undefined : sqs.answer(call)) ?? new Failure(500, 'InternalError', `${call.name} broke`),
    { AWS_MAX_ATTEMPTS: '1' },
  )
})
afterAll(async () => {
  await aws.close()
  vi.unstubAllEnvs()
})
beforeEach(() => {
  sqs = simulatedSqs()
  failing = undefined
  aws.calls.length = 0
})

const queueUrl = (name: string) => `${aws.endpoint}/000000000000/${name}`
const desk = () => {
  const queues = ['ingest-readings', 'settle-station'].map((name) => [
    name,
    { url: queueUrl(`work-${name}`), deadUrl: queueUrl(`dead-${name}`) },
  ])
  const outputs = someOutputs({ Queues: Object.fromEntries(queues), RuleErrorsUrl: queueUrl('errors') })
  return deadLetterDesk({ outputs })
}
const aRuleError = (over: object = {}): string =>
  JSON.stringify({
    ruleName: 'yangguang_ingest_readings',
    topic: '$aws/rules/yangguang_ingest_readings/pv/GW-1/readings',
    cloudwatchTraceId: 'invented',
    clientId: 'GW-1',
    base64OriginalPayload: Buffer.from('{"v":1}').toString('base64'),
    failures: [{ failedAction: 'SqsAction', failedResource: 'invented', errorMessage: 'no such queue' }],
    ...over,
  })

describe('dead letters are listed', () => {
  test('by queue and count, the first few by what names no person, and none is taken away', async () => {
    const inbound = { payload: 'an invented payload', topic: 'pv/GW-1/readings', clientId: 'GW-1', receivedAtMs: 1 }
    sqs.put('dead-ingest-readings', JSON.stringify(inbound), 'not JSON')
    sqs.put('dead-settle-station', JSON.stringify({ stationId: 'ZL1', month: '2026-10', note: '示范村民甲' }))
    const found = await desk().list()
    expect(found.map(({ name, count }) => [name, count])).toEqual([
      ['ingest-readings', 2],
      ['settle-station', 1],
      ['rule-errors', 0],
    ])
    expect(found[0]?.some.map(({ about, queuedAtMs }) => [about, queuedAtMs])).toEqual([
      ['GW-1', SENT_MS],
      ['', SENT_MS],
    ])
    expect(found[1]?.some[0]?.about).toBe('ZL1 2026-10')
    expect(JSON.stringify(found)).not.toMatch(/payload|示范/)
    expect(await desk().list()).toEqual(found)
  })
})

describe('dead letters that are sent again', () => {
  test.each(['whole', 'never'] as const)(
    'go to their own queue, all of them, whether SQS moves them itself: %s',
    async (moves) => {
      sqs.moves = moves
      const bodies = Array.from({ length: 23 }, (_, at) => JSON.stringify({ at }))
      sqs.put('dead-settle-station', ...bodies)
      expect(await desk().redrive('settle-station')).toEqual(['settle-station: 23 sent again'])
      expect(sqs.bodiesIn('work-settle-station')).toEqual(bodies)
      expect(sqs.bodiesIn('dead-settle-station')).toEqual([])
      expect(sqs.bodiesIn('work-ingest-readings')).toEqual([])
    },
  )

  test.each(['AmazonSQS.SendMessage', 'AmazonSQS.DeleteMessageBatch'])('are lost by no failure: %s', async (name) => {
    sqs.moves = 'never'
    sqs.put('dead-settle-station', 'one', 'two')
    failing = name
    await expect(desk().redrive('settle-station')).rejects.toThrow('broke')
    expect(sqs.bodiesIn('dead-settle-station')).toEqual(['one', 'two'])
  })

  test('and that SQS stops moving are said to be so', async () => {
    sqs.moves = 'fails'
    sqs.put('dead-settle-station', 'one')
    await expect(desk().redrive('settle-station')).rejects.toThrow('SQS stopped moving messages: AccessDenied')
  })

  test('of every queue go at one word, and of none there is nothing to ask for', async () => {
    sqs.put('dead-settle-station', 'one')
    sqs.put('errors', aRuleError())
    expect(await desk().redrive('all')).toEqual([
      'ingest-readings: 0 sent again',
      'settle-station: 1 sent again',
      'rule-errors: 1 sent again',
    ])
    expect(aws.calls.filter((call) => call.endsWith('StartMessageMoveTask'))).toHaveLength(1)
    await expect(desk().redrive('settle')).rejects.toThrow('choose one of ingest-readings, settle-station, rule-errors, all')
  })
})

describe('what a rule could not deliver', () => {
  test('reaches ingest as the publish it was, received when the error was queued', async () => {
    sqs.put('errors', aRuleError())
    await desk().redrive('rule-errors')
    const Records = sqs.bodiesIn('work-ingest-readings').map((body) => ({ messageId: 'm', body }))
    const { messages, unreadable } = inboundMessagesOf({ Records }, quietLog)
    expect(unreadable).toEqual([])
    expect(messages).toEqual([
      {
        messageId: 'm',
        clientId: 'GW-1',
        topic: 'pv/GW-1/readings',
        payload: new Uint8Array(Buffer.from('{"v":1}')),
        receivedAtMs: SENT_MS,
      },
    ])
    expect(sqs.bodiesIn('errors')).toEqual([])
  })

  test.each([
    ['another rule', aRuleError({ ruleName: 'somebody_elses' })],
    ['another form', '{"ruleName":"yangguang_ingest_readings"}'],
    ['no form at all', 'not JSON'],
  ])('for %s stays where it is', async (_what, body) => {
    sqs.put('errors', body, aRuleError())
    expect(await desk().redrive('rule-errors')).toEqual([
      'rule-errors: 1 sent again',
      '1 of them are of no rule of this deployment: they stay',
    ])
    expect(sqs.bodiesIn('errors')).toEqual([body])
  })
})
