import * as z from 'zod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CountName } from '../../functions/entry.ts'
import { recorded } from '../functions/recorded.ts'
import { aPayload } from '../readings.ts'
import { aDevice, aGateway, aStation, someRegions } from '../registry.ts'
import { countsIn } from './counted.ts'
import { type Deployed, startDeployed } from './deployed.ts'
import { type FailingEndpoint, startFailingEndpoint } from './failing-endpoint.ts'
import { type LambdaInstance, startLambda } from './lambda.ts'
import { storesHere } from './readings-stand-in.ts'

/**
 * A batch of ten through the built bundle of ingest, on every store that can be had here: one message is poison, one meets a store
 * that fails it for a while. Exactly those two are reported; the rest is stored once, however often the batch comes.
 */

const NOW_MS = Date.UTC(2025, 10, 22, 4)
const POISONED = 3
const UNLUCKY = 7
const MESSAGES = Array.from({ length: 10 }, (_, at) => at)
const deviceIdOf = (at: number): string => `BATCH-${at}-INV`
const gatewayIdOf = (at: number): string => `BATCH-${at}`
const idOf = (at: number): string => `message-${at}`

type Output = { payload: string; topic: string; clientId: string; receivedAtMs: number }

/** What the rule makes of one reading of one gateway. */
const outputOf = (at: number, { atMs, receivedAtMs }: { atMs: number; receivedAtMs: number }): Output => ({
  payload: Buffer.from(aPayload([{ deviceId: deviceIdOf(at), atMs, acPowerW: 1_000 + at }])).toString('base64'),
  topic: `pv/${gatewayIdOf(at)}/readings`,
  clientId: gatewayIdOf(at),
  receivedAtMs,
})

const eventOf = (bodies: ReadonlyMap<number, string>) => ({
  Records: [...bodies].map(([at, body]) => ({ ...recorded('sqs-from-iot-rule').Records[0], messageId: idOf(at), body })),
})

/** Ways in which a message can never be taken in. The store's refusal is a failing endpoint's; the others are true to life. */
const POISONS = {
  'a record that is not the output of the rule': () => ({ topic: 'pv/BATCH-3/readings', clientId: 'BATCH-3' }),
  'a reading from a year without a calendar, by all clocks': () => {
    const atMs = Date.UTC(2201, 0, 1)
    return outputOf(POISONED, { atMs, receivedAtMs: atMs })
  },
  'a reading the store refuses for good': (atMs: number) => outputOf(POISONED, { atMs, receivedAtMs: NOW_MS }),
} satisfies Record<string, (atMs: number) => object>

const Answer = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) })

describe.each(storesHere)('a batch of ten on %s', (store) => {
  let deployed: Deployed
  let endpoint: FailingEndpoint
  let lambda: LambdaInstance

  const start = async (): Promise<void> => {
    const { readings, bundleOf, environmentOf } = deployed
    const env = { ...environmentOf('ingest-readings'), ...readings.environmentAt(endpoint.url) }
    lambda = await startLambda(bundleOf('ingest-readings'), env, {
      clockShiftMs: NOW_MS - Date.now(),
      timeoutMs: 60_000,
    })
  }
  /** Ends the instance and answers what it counted; the next invocation is a cold start. */
  const counted = async (): Promise<Record<CountName, number>> => {
    const sums = countsIn(await lambda.end())
    await start()
    return sums
  }
  const failedOf = async (bodies: ReadonlyMap<number, string>): Promise<string[]> => {
    const { batchItemFailures } = Answer.parse(await lambda.invoke(eventOf(bodies)))
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).toSorted()
  }
  const stored = (atMs: number) => {
    const span = { deviceIds: MESSAGES.map(deviceIdOf), fromMs: atMs, toMs: atMs + 1 }
    return deployed.readings.store.list(span, 100)
  }

  beforeAll(async () => {
    deployed = await startDeployed({ store, now: () => NOW_MS })
    endpoint = await startFailingEndpoint(deployed.readings.url)
    const { regions, stations, gateways, devices } = deployed.tables
    await regions.putBatch(someRegions)
    await stations.put(aStation())
    await gateways.putBatch(MESSAGES.map((at) => aGateway({ gatewayId: gatewayIdOf(at) })))
    await devices.putBatch(MESSAGES.map((at) => aDevice({ deviceId: deviceIdOf(at), gatewayId: gatewayIdOf(at) })))
    await start()
  })
  afterAll(async () => {
    await lambda.end()
    await endpoint.close()
    await deployed.close()
  })

  /** The store refuses what is poison for good and, while it is `down` for it, what is unlucky. */
  const failing = (poison: string, down: boolean): void => {
    const refused = poison === 'a reading the store refuses for good' ? deviceIdOf(POISONED) : undefined
    endpoint.refuse((request) => {
      if (!deployed.readings.isWrite(request)) return undefined
      if (refused !== undefined && request.body.includes(refused))
        return { status: 400, body: '{"__type":"ValidationException","message":"as ordered"}' }
      if (down && request.body.includes(deviceIdOf(UNLUCKY)))
        return { status: 500, body: '{"__type":"InternalServerError","message":"as ordered"}' }
      return undefined
    })
  }

  test.each(Object.entries(POISONS))('with %s reports that one and the unlucky one alone', async (poison, poisonOf) => {
    const atMs = NOW_MS - 60_000 * (1 + Object.keys(POISONS).indexOf(poison))
    // Each gateway publishes by itself, so no two messages were received in the same millisecond.
    const bodies = new Map(MESSAGES.map((at) => [at, JSON.stringify(outputOf(at, { atMs, receivedAtMs: NOW_MS + at }))] as const))
    bodies.set(POISONED, JSON.stringify(poisonOf(atMs)))
    const good = MESSAGES.filter((at) => at !== POISONED && at !== UNLUCKY).map(deviceIdOf)

    failing(poison, true)
    expect(await failedOf(bodies)).toEqual([POISONED, UNLUCKY].map(idOf))
    expect((await stored(atMs)).map(({ deviceId }) => deviceId)).toEqual(good)

    const first = await counted()

    // The store is well again. The two alone, to an instance that remembers nothing: one is stored, one is still poison.
    failing(poison, false)
    const two = new Map([...bodies].filter(([at]) => at === POISONED || at === UNLUCKY))
    expect(await failedOf(two)).toEqual([idOf(POISONED)])
    const all = await stored(atMs)
    expect(all.map(({ deviceId }) => deviceId)).toEqual([...good, deviceIdOf(UNLUCKY)].toSorted())
    const second = await counted()

    // The whole batch once more, as when an answer was lost: nothing changes.
    expect(await failedOf(bodies)).toEqual([idOf(POISONED)])
    expect(await stored(atMs)).toEqual(all)
    const third = await counted()
    // What an attempt stored before it failed is a duplicate to the next, so of the first two only the sum is certain.
    expect([first, second].map((counts) => counts.stored + counts.duplicate)).toEqual([8, 1])
    expect(third).toMatchObject({ stored: 0, duplicate: 9 })
    expect([first, second, third].map(({ conflict, quarantined }) => conflict + quarantined)).toEqual([0, 0, 0])
  })
})
