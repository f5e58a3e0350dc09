import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shuffled } from '../../devices/chance.ts'
import { demoCounty } from '../../devices/demo-county.ts'
import { fleetOf } from '../../devices/fleet.ts'
import { parseFault } from '../../devices/fault-syntax.ts'
import { type GatewayMessage, rounds } from '../../devices/rounds.ts'
import { type ChinaDay, type ChinaMonth, monthEndMs, monthStartMs } from '../../domain/calendar.ts'
import { incomeFen } from '../../domain/money.ts'
import { parseRegistry } from '../../domain/registry-import.ts'
import type { VillageView } from '../../functions/api-types.ts'
import { startWorld, type World } from '../world.ts'

/**
 * The main job, end to end: a month of the demonstration county through MQTT, and what its villages and households get through HTTP.
 * The same month shuffled and doubled must come to the same fen.
 */

const MONTH = '2026-10' as ChinaMonth
const SEED = 7
const ZHANGLOU = '341623105220'
const AFTER_MS = monthEndMs(MONTH) + 6 * 3_600_000
const SWEEPS_MAX = 10
const files = demoCounty({ stations: 5, today: '2026-11-01' as ChinaDay })
const registry = parseRegistry(files).rows
const fleet = fleetOf(registry)

const monthOfMessages = (): GatewayMessage[] => {
  const span = { fromMs: monthStartMs(MONTH), toMs: monthEndMs(MONTH) }
  const faults = [
    parseFault('inverter-offline:ZL1-INV-1@2026-10-07T10:00/PT5H'),
    parseFault('counter-dip:WL1-INV-1@2026-10-12T11:00/PT30M'),
  ]
  const messages: GatewayMessage[] = []
  const every = rounds({ fleet, seed: SEED, ...span, everyMs: 60 * 60_000, faults, batched: true })
  for (const round of every) messages.push(...round.messages)
  return messages
}

const settle = async (world: World): Promise<void> => {
  // A day may find out about another one; by the clock the next minute's run takes that up.
  for (let run = 0; run < SWEEPS_MAX && (await world.run('sweep-generation', AFTER_MS)) > 0; run += 1);
  await world.run('sweep-settlement', AFTER_MS)
}

const villageOf = async (world: World, code: string): Promise<VillageView> => {
  const { status, body } = await world.call('GET', `/api/villages/${code}?month=${MONTH}`)
  expect(status).toBe(200)
  return body as VillageView
}

/** What people rely on, without the instants of computing. */
const figuresOf = ({ generation, statement, allocation }: VillageView) =>
  JSON.parse(
    JSON.stringify({ generation, statement, allocation }, (key, value: unknown) => (key === 'computedAtMs' ? undefined : value)),
  )

const villages = [ZHANGLOU, '341623105001', registry.shares[0]?.villageCode ?? '']
let inOrder: World
let scrambled: World

beforeAll(async () => {
  const messages = monthOfMessages()
  const now = () => AFTER_MS
  ;[inOrder, scrambled] = await Promise.all([startWorld({ now }), startWorld({ now })])
  await Promise.all([inOrder, scrambled].map((world) => world.importRegistry(files, fleet.gatewayIds)))
  await inOrder.publish(messages)
  await settle(inOrder)
  // Half of it arrives, is computed and settled; then everything comes again in any order, and once more.
  await scrambled.publish(shuffled(SEED, 'first half', messages.slice(0, messages.length / 2)))
  await settle(scrambled)
  await scrambled.publish(shuffled(SEED, 'all of it, twice', [...messages, ...messages]))
  await settle(scrambled)
}, 240_000)
afterAll(async () => {
  await Promise.all([inOrder.close(), scrambled.close()])
})

describe('a month of the demonstration county', () => {
  test.each(villages)('gives %s a statement and an allocation that add up to the fen', async (code) => {
    const { statement, allocation } = await villageOf(inOrder, code)
    expect(statement?.netFen).toBeGreaterThan(0)
    const lines = statement?.stations.flatMap((station) => station.lines) ?? []
    expect(lines.reduce((sum, { amountFen }) => sum + amountFen, 0)).toBe(statement?.netFen)
    expect(statement?.grossFen).toBe((statement?.netFen ?? 0) - (statement?.deductionFen ?? 0))
    expect(allocation?.potFen).toBe(statement?.netFen)
    const paid = allocation?.lines.reduce((sum, { amountFen }) => sum + amountFen, 0)
    expect(paid).toBe(allocation?.distributedFen)
    expect(paid).toBeGreaterThan(0)
    const { reserveFen, distributedFen, undistributedFen, potFen } = allocation ?? {
      potFen: 0,
      reserveFen: 0,
      distributedFen: 0,
      undistributedFen: 1,
    }
    expect(reserveFen + distributedFen + undistributedFen).toBe(potFen)
  })

  test("prices what the village's own meters measured, line by line", async () => {
    const { statement } = await villageOf(inOrder, ZHANGLOU)
    for (const { energyWh, priceE4YuanPerKwh, amountFen } of statement?.stations.flatMap(({ lines }) => lines) ?? []) {
      if (energyWh === undefined || priceE4YuanPerKwh === undefined) continue
      expect(amountFen).toBe(incomeFen({ energyWh, priceE4YuanPerKwh }))
    }
  })

  test('divides the joint station so that its 175 villages sum to its statement', async () => {
    const { body } = await inOrder.call('GET', `/api/villages?county=341623000000&month=${MONTH}`)
    const { villages: all, netFen } = body as { villages: { netFen: number | null }[]; netFen: number | null }
    expect(all.filter((village) => village.netFen !== null).length).toBeGreaterThanOrEqual(175)
    expect(all.reduce((sum, village) => sum + (village.netFen ?? 0), 0)).toBe(netFen)
  })

  test.each(villages)('shuffled, doubled and settled halfway through, is the same for %s to the fen', async (code) => {
    const [first, second] = await Promise.all([villageOf(inOrder, code), villageOf(scrambled, code)])
    const withoutVersion = (view: VillageView) =>
      JSON.stringify(figuresOf(view), (key, value: unknown) => (/version/i.test(key) ? undefined : value))
    expect(withoutVersion(second)).toBe(withoutVersion(first))
  })

  test('counts every reading that came twice as a duplicate and stores it once', () => {
    const { stored } = inOrder.runtime.status().counts
    const again = scrambled.runtime.status().counts
    expect(again.stored).toBe(stored)
    expect(again.duplicate).toBeGreaterThanOrEqual(stored)
    expect(again.conflict + again.quarantined + again.dead_lettered).toBe(0)
  })

  test('computed once more changes nothing', async () => {
    const before = figuresOf(await villageOf(inOrder, ZHANGLOU))
    await settle(inOrder)
    expect(figuresOf(await villageOf(inOrder, ZHANGLOU))).toEqual(before)
  })

  test('survives a restart', async () => {
    const before = figuresOf(await villageOf(inOrder, ZHANGLOU))
    await inOrder.restart()
    expect(figuresOf(await villageOf(inOrder, ZHANGLOU))).toEqual(before)
  })
})
