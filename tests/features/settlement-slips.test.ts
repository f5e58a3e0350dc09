import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fleetOf } from '../../devices/fleet.ts'
import { rounds } from '../../devices/rounds.ts'
import { type ChinaMonth, DAY_MS, HOUR_MS, monthEndMs, monthStartMs } from '../../domain/calendar.ts'
import { incomeFen } from '../../domain/money.ts'
import { parseRegistry } from '../../domain/registry-import.ts'
import type { VillageView } from '../../functions/api-types.ts'
import type { SettledMonth, SlipImport, SlipRecorded, SlipsView, StationSlips } from '../../functions/api-types-slips.ts'
import { startWorld, type World } from '../world.ts'
import { oneStation, resultOf, ZHANGLOU } from './a-month.ts'

/**
 * What settles, end to end: two months of a station through MQTT, slips of the grid company through HTTP, and what the village and its
 * households get for it, to the fen.
 */

const MONTHS = ['2026-09', '2026-10'] as ChinaMonth[]
const AFTER_MS = monthEndMs('2026-10' as ChinaMonth) + 6 * HOUR_MS
const { files } = oneStation
const registry = parseRegistry(files).rows
const station = registry.stations.find(({ stationId }) => stationId === 'ZL1')
const ACCOUNT = station?.billingAccount ?? ''
const PATH = '/api/slips/stations/ZL1'

let world: World
const twoMonths = [
  ...rounds({
    fleet: fleetOf(registry),
    seed: 5,
    fromMs: monthStartMs('2026-09' as ChinaMonth),
    toMs: monthEndMs('2026-10' as ChinaMonth),
    everyMs: HOUR_MS,
  }),
]
/** What comes late: the afternoon of the slip's last day and the morning after, so that the gap crosses its end. */
const LATE_FROM_MS = Date.parse('2026-10-25T09:30:00+08:00')
const isLate = ({ atMs }: { atMs: number }) => atMs >= LATE_FROM_MS && atMs < LATE_FROM_MS + DAY_MS
const messagesOf = (some: typeof twoMonths) => some.flatMap((round) => round.messages)

const settle = async (): Promise<void> => {
  for (let run = 0; run < 10 && (await world.run('sweep-generation', AFTER_MS)) > 0; run += 1);
  // A month that another one's days have marked is for the next run.
  for (let run = 0; run < 10 && (await world.run('sweep-settlement', AFTER_MS + run * HOUR_MS)) > 0; run += 1);
}
const call = async <View>(method: 'GET' | 'POST', path: string, body?: object): Promise<View> => {
  const answer = await world.call(method, path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
  return answer.body as View
}
const villageOf = (month: string) => call<VillageView>('GET', `/api/villages/${ZHANGLOU}?month=${month}`)
const settledOf = async (month: string): Promise<SettledMonth> => {
  const { settled } = await call<StationSlips>('GET', `${PATH}?month=${month}`)
  if (!settled) throw new Error(`${month} is not settled`)
  return settled
}
/** Months as people and the books see them, without the numbers of versions. */
const books = async () => Promise.all(MONTHS.map(async (month) => resultOf(await villageOf(month))))

const slip = (over: object = {}) => ({
  billingAccount: ACCOUNT,
  document: '示范结2026-10',
  from: '2026-09-26',
  to: '2026-10-25',
  energyWh: 6_000_001,
  ...over,
})

let before: Awaited<ReturnType<typeof books>>
beforeAll(async () => {
  world = await startWorld({ now: () => AFTER_MS })
  await world.importRegistry(files, oneStation.fleet.gatewayIds)
  await world.publish(messagesOf(twoMonths.filter((round) => !isLate(round))))
  await settle()
  before = await books()
}, 240_000)
afterAll(async () => world.close())

const basesOf = ({ days }: SettledMonth) =>
  Object.fromEntries([...Map.groupBy(days, ({ basis }) => basis ?? 'none')].map(([name, of]) => [name, of.length]))
/** What falls into each month of the slip that crosses from one to the other. */
const partsOf = async (): Promise<[number, number]> => {
  const [inSeptember = 0, inOctober = 0] = await Promise.all(
    MONTHS.map(async (month) => (await settledOf(month)).slips.find(({ from }) => from === '2026-09-26')?.monthWh),
  )
  return [inSeptember, inOctober]
}
const withdrawAll = async (): Promise<void> => {
  const { slips } = await call<StationSlips>('GET', PATH)
  for (const { entry, state } of slips) {
    if (state === 'in_force') await call('POST', `${PATH}/withdrawals`, { withdraws: entry, reason: '录错了电站' })
  }
}

describe('a slip that crosses the end of a month', () => {
  test('changes both months to the fen, down to the households, and each day says what it stands on', async () => {
    expect(basesOf(await settledOf('2026-09'))).toEqual({ meter: 30 })
    const recorded = await call<SlipRecorded>('POST', PATH, slip())
    expect(recorded.months).toEqual(MONTHS)
    await settle()
    expect([basesOf(await settledOf('2026-09')), basesOf(await settledOf('2026-10'))]).toEqual([
      { meter: 25, slip: 5 },
      { slip: 25, meter: 6 },
    ])
    const [inSeptember, inOctober] = await partsOf()
    expect(inSeptember + inOctober).toBe(6_000_001)
    for (const [at, month] of MONTHS.entries()) {
      const { statement, allocation } = await villageOf(month)
      const { energyWh } = await settledOf(month)
      const [line] = statement?.stations[0]?.lines ?? []
      expect(line?.energyWh).toBe(energyWh)
      expect(line?.amountFen).toBe(incomeFen({ energyWh, priceE4YuanPerKwh: line?.priceE4YuanPerKwh ?? 0 }))
      expect(allocation?.potFen).toBe(statement?.netFen)
      expect(allocation?.lines.reduce((sum, { amountFen }) => sum + amountFen, 0)).toBe(allocation?.distributedFen)
      expect(statement?.netFen).not.toBe(before[at].statement.netFen)
      expect(allocation?.lines).not.toEqual(before[at].allocation.lines)
    }
  })

  test('far from what the meter counted is found, and nothing is scaled to it', async () => {
    const { findings } = await settledOf('2026-10')
    expect(findings.map(({ code }) => code)).toEqual(['slip_meter', 'slip_inverters'])
  })

  test('withdrawn gives back the same figures, to village and household', async () => {
    await withdrawAll()
    await settle()
    expect(await books()).toEqual(before)
    expect((await settledOf('2026-10')).slips).toEqual([])
  })
})

describe('slips from a file', () => {
  const lineOf = ({ document, from, to, energyWh }: ReturnType<typeof slip>) =>
    [ACCOUNT, document, from, to, `${Math.floor(energyWh / 1_000)}.${String(energyWh % 1_000).padStart(3, '0')}`].join(',')
  const two = [
    slip({ energyWh: 20_000_123 }),
    slip({ document: '示范结2026-09', from: '2026-08-26', to: '2026-09-25', energyWh: 19_000_456 }),
  ]
  const text = ['\uFEFF户号,结算单号,起始日期,截止日期,上网电量(kWh)', ...two.map(lineOf)].join('\r\n')
  const importing = (dryRun: boolean) => call<SlipImport>('POST', '/api/slips/import', { county: '341623000000', dryRun, text })

  test('are checked, then written, and the list tells what they cover', async () => {
    expect(await importing(true)).toMatchObject({ written: false, errorCount: 0 })
    expect(await books()).toEqual(before)
    expect(await importing(false)).toMatchObject({ written: true, slips: [{ isNew: true }, { isNew: true }] })
    await settle()
    const { stations } = await call<SlipsView>('GET', '/api/slips?county=341623000000&month=2026-09')
    expect(stations.find(({ stationId }) => stationId === 'ZL1')?.days).toEqual({ covered: 30, of: 30 })
    expect(basesOf(await settledOf('2026-09'))).toEqual({ slip: 30 })
    expect((await villageOf('2026-09')).statement?.stations[0]?.provisional).toBe(false)
  })

  test('follow a day that changes late in the other month, still to the Wh', async () => {
    const [inSeptember, inOctober] = await partsOf()
    expect((await settledOf('2026-10')).provisional).toBe(true)
    await world.publish(messagesOf(twoMonths.filter(isLate)))
    await settle()
    const [septemberNow, octoberNow] = await partsOf()
    expect([septemberNow + octoberNow, inSeptember + inOctober]).toEqual([20_000_123, 20_000_123])
    expect(septemberNow).not.toBe(inSeptember)
    expect((await settledOf('2026-10')).provisional).toBe(false)
  })

  test('recorded one by one in the other order come to the same books', async () => {
    const wanted = await books()
    await withdrawAll()
    await settle()
    expect(await books()).not.toEqual(wanted)
    for (const each of two.toReversed()) {
      await call('POST', PATH, each)
      await settle()
    }
    expect(await books()).toEqual(wanted)
  })

  test('survive a restart', async () => {
    const wanted = await books()
    await world.restart()
    expect(await books()).toEqual(wanted)
    expect((await call<StationSlips>('GET', PATH)).slips.filter(({ state }) => state === 'in_force')).toHaveLength(2)
  })
})
