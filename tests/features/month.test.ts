import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { incomeFen } from '../../domain/money.ts'
import { startWorld, type World } from '../world.ts'
import {
  AFTER_MS,
  county,
  figuresOf,
  incomeOf,
  monthOf,
  playInOrder,
  playScrambled,
  resultOf,
  settle,
  villageOf,
  ZHANGLOU,
} from './a-month.ts'

/**
 * The main job, end to end: a month of the demonstration county through MQTT, and what its villages and households get through HTTP.
 * The same month shuffled and doubled must come to the same fen. On AWS: month-on-aws.test.ts.
 */

let inOrder: World
let scrambled: World

beforeAll(async () => {
  const messages = monthOf(county)
  const now = () => AFTER_MS
  ;[inOrder, scrambled] = await Promise.all([startWorld({ now }), startWorld({ now })])
  await Promise.all([inOrder, scrambled].map((world) => world.importRegistry(county.files, county.fleet.gatewayIds)))
  await playInOrder(inOrder, messages)
  await playScrambled(scrambled, messages)
}, 240_000)
afterAll(async () => {
  await Promise.all([inOrder.close(), scrambled.close()])
})

describe('a month of the demonstration county', () => {
  test.each(county.villages)('gives %s a statement and an allocation that add up to the fen', async (code) => {
    const { statement, allocation } = await villageOf(inOrder, code)
    expect(statement?.netFen).toBeGreaterThan(0)
    const lines = statement?.stations.flatMap((station) => station.lines) ?? []
    const deducted = statement?.deductions.reduce((sum, { amountFen }) => sum + amountFen, 0) ?? 0
    expect(lines.reduce((sum, { amountFen }) => sum + amountFen, 0) + deducted).toBe(statement?.netFen)
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
    const { villages: all, netFen } = await incomeOf(inOrder)
    expect(all.filter((village) => village.netFen !== null).length).toBeGreaterThanOrEqual(175)
    expect(all.reduce((sum, village) => sum + (village.netFen ?? 0), 0)).toBe(netFen)
  })

  test.each(county.villages)('shuffled, doubled and settled halfway through, is the same for %s to the fen', async (code) => {
    const [first, second] = await Promise.all([villageOf(inOrder, code), villageOf(scrambled, code)])
    expect(resultOf(second)).toEqual(resultOf(first))
  })

  test('counts every reading that came twice as a duplicate and stores it once', async () => {
    const { stored } = await inOrder.counts()
    const again = await scrambled.counts()
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
