import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shuffled } from '../../devices/chance.ts'
import { type GatewayMessage, rounds } from '../../devices/rounds.ts'
import { type ChinaDay, DAY_MS, dayStartMs, HOUR_MS, MINUTE_MS } from '../../domain/calendar.ts'
import { type AwsWorld, startAwsWorld } from '../aws-world.ts'
import { storesHere } from '../infra/readings-stand-in.ts'
import { type Platform, startWorld } from '../world.ts'
import { AFTER_MS, oneStation, resultOf, settle, villageOf, ZHANGLOU } from './a-month.ts'

/**
 * A gateway that could not send for 20 days: a thousand readings of a day long settled, through the built bundles into each store,
 * in no order and twice. None is lost, none is stored double, and the day and the money change as they do on one machine.
 */

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const LATE_DAY = '2026-10-12' as ChinaDay
const LATE_FROM_MS = dayStartMs(LATE_DAY) + 8 * HOUR_MS
/** Every minute of two devices, by day. */
const LATE = { fromMs: LATE_FROM_MS, toMs: LATE_FROM_MS + 500 * MINUTE_MS, everyMs: MINUTE_MS }
/** The month's last days, within the memory store of Timestream, came when they should. */
const IN_TIME = { fromMs: AFTER_MS - 6 * DAY_MS, toMs: AFTER_MS, everyMs: HOUR_MS }

const { files, fleet } = oneStation
const deviceIds = fleet.devices.map(({ deviceId }) => deviceId)
const messagesOf = (span: typeof LATE): GatewayMessage[] =>
  [...rounds({ fleet, seed: 7, ...span, batched: true })].flatMap(({ messages }) => messages)
const readingsIn = (messages: readonly GatewayMessage[]): number => messages.reduce((sum, { readings }) => sum + readings, 0)
const inTime = messagesOf(IN_TIME)
const late = messagesOf(LATE)

/** What Zhanglou gets before and after the late readings. */
const play = async (platform: Platform, comesLate: readonly GatewayMessage[]) => {
  await platform.importRegistry(files, fleet.gatewayIds)
  await platform.publish(inTime)
  await settle(platform)
  const before = resultOf(await villageOf(platform, ZHANGLOU))
  await platform.publish(comesLate)
  await settle(platform)
  return { before, after: resultOf(await villageOf(platform, ZHANGLOU)) }
}

let local: Platform
let expected: Awaited<ReturnType<typeof play>>
beforeAll(async () => {
  process.stderr.write(`SEED=${SEED}\n`)
  local = await startWorld({ now: () => AFTER_MS })
  expected = await play(local, late)
}, 120_000)
afterAll(async () => local.close())

test('a thousand late readings change what the village is paid', () => {
  expect(readingsIn(late)).toBe(1_000)
  expect(expected.after.statement.netFen).toBeGreaterThan(expected.before.statement.netFen)
})

describe.each(storesHere)('a thousand readings 20 days late on AWS with %s', (store) => {
  let aws: AwsWorld
  let played: Awaited<ReturnType<typeof play>>
  beforeAll(async () => {
    aws = await startAwsWorld({ store, startMs: AFTER_MS, seed: SEED })
    played = await play(aws, shuffled(SEED, 'late', [...late, ...late]))
  }, 240_000)
  afterAll(async () => aws.close())

  test('are stored, each once', async () => {
    const { store: stored } = aws.deployed.readings
    const span = { deviceIds, fromMs: LATE.fromMs, toMs: LATE.toMs }
    const identities = (await stored.list(span, 10_000)).map(({ deviceId, atMs }) => `${deviceId} ${atMs}`)
    expect([identities.length, new Set(identities).size], `SEED=${SEED}`).toEqual([1_000, 1_000])
    expect(await stored.conflicts(span)).toEqual([])
  })

  test('are counted, and none is buried', async () => {
    const { stored, duplicate, ...others } = await aws.counts()
    expect(others, `SEED=${SEED}`).toEqual({ conflict: 0, quarantined: 0, dead_lettered: 0 })
    expect(stored + duplicate).toBeGreaterThanOrEqual(readingsIn(inTime) + 2_000)
    // Two instances that take in the same at the same moment may both count it; what is stored is exact.
    expect(stored, `SEED=${SEED}`).toBeGreaterThanOrEqual(readingsIn(inTime) + 1_000)
  })

  test('change the day and the money as on one machine, to the fen', () => {
    expect(played, `SEED=${SEED}`).toEqual(expected)
  })
})
