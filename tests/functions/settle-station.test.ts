import { beforeEach, describe, expect, test } from 'vitest'
import type { StationStatement } from '../../domain/income.ts'
import type { SlipEntry } from '../../domain/slip.ts'
import { create } from '../../functions/settle-station.ts'
import { aStation, day, VILLAGE } from '../registry.ts'
import {
  anIncome,
  aPrice,
  aRegionDeduction,
  aShare,
  aStationDay,
  aVatRule,
  someStationDays,
  someVillageCodes,
} from '../settlement.ts'
import { aSlip, aWithdrawal } from '../slips.ts'
import {
  aMonthMark,
  aSettling,
  computed,
  delivered,
  NOW_MS,
  rowsOf,
  type Settling,
  staleMonthsOf,
  stationWork,
  villageWork,
} from './settling.ts'

let settling: Settling

const depsOf = (over: object = {}) => ({ ...settling.tables, ...settling.ambient, ...over })
const settle = (...bodies: unknown[]) => create(depsOf())(delivered(...bodies))
const statements = (stationId = 'ZL1') => rowsOf(settling.tables.stationStatements.query({ partition: stationId }))
const DONE = { kind: 'done', failed: [] }

beforeEach(async () => {
  settling = aSettling()
  const { tables } = settling
  await tables.stations.putBatch([aStation()])
  await tables.prices.putBatch([aPrice()])
  await tables.generation.putBatch(someStationDays('2026-10', 700_000))
  return () => tables.close()
})

describe('a station-month', () => {
  test('that changes marks the month a quarter’s tax is due with, and the next one of a subsidy that ends, if they have statements', async () => {
    const { tables } = settling
    await tables.vatRules.put(aVatRule({ stationKind: 'joint', per: 'quarter', exemptUpToFen: 0 }))
    await tables.stations.put({ ...aStation({ kind: 'joint', subsidisedWhMax: 1 }), villageCode: undefined })
    await tables.shares.put(aShare({ stationId: 'ZL1' }))
    await settle(stationWork('ZL1', '2026-10'))
    expect(await staleMonthsOf(tables)).toEqual([])
    const [october] = await statements()
    for (const of of ['2026-11', '2026-12'])
      await tables.stationStatements.put({ ...(october as StationStatement), month: stationWork('ZL1', of).month })
    await settle(stationWork('ZL1', '2026-10'))
    expect(await staleMonthsOf(tables)).toEqual([])
    await tables.generation.put(aStationDay({ day: day('2026-10-09'), version: 2, energyWh: 800_000 }))
    await settle(stationWork('ZL1', '2026-10'))
    expect(await staleMonthsOf(tables)).toEqual(['ZL1 2026-11', 'ZL1 2026-12'])
  })

  test('takes its part of what the county deducts for all of its stations, and its own subsidy that is left', async () => {
    const { tables } = settling
    await tables.stations.putBatch([
      aStation({ subsidisedWhMax: 1_000, subsidisedWhBefore: 100 }),
      aStation({ stationId: 'ZL2' }),
      aStation({ stationId: 'FAR', countyCode: '341622000000' }),
    ])
    await tables.prices.put(aPrice({ stream: 'subsidy', priceE4YuanPerKwh: 100_000 }))
    await tables.regionDeductions.put(aRegionDeduction({ amountFenPerYear: 2_400 }))
    await tables.incomes.put(anIncome({ amountFenPerYear: 1_200 }))
    const september = { ...aStationDay({ day: day('2026-09-30'), energyWh: 300 }) }
    await tables.generation.put(september)
    await settle(stationWork('ZL1', '2026-09'))
    await settle(stationWork())
    const [, october] = await statements()
    expect(october?.lines.map(({ kind, amountFen }) => [kind, amountFen])).toEqual([
      ['benchmark', 834_148],
      ['subsidy', 600],
      ['farming', 100],
      ['insurance', -100],
    ])
  })

  test('gets a statement, and its village hears of it', async () => {
    expect(await settle(stationWork())).toEqual(DONE)
    expect(await statements()).toMatchObject([{ version: 1, computedAtMs: NOW_MS, netFen: 834_148, provisional: false }])
    expect(settling.sent['settle-village']).toEqual([villageWork()])
  })

  test('gets no second version while nothing changes, but its village hears of it again', async () => {
    await settle(stationWork(), stationWork())
    await settle(stationWork())
    expect(await statements()).toHaveLength(1)
    expect(settling.sent['settle-village']).toEqual([villageWork(), villageWork(), villageWork()])
  })

  test('gets a new version from a late station-day, and the old one stays as it was', async () => {
    await settle(stationWork())
    const [before] = await statements()
    await settling.tables.generation.put(aStationDay({ day: day('2026-10-09'), version: 2, energyWh: 800_000 }))
    await settle(stationWork())
    const [old, late] = await statements()
    expect(old).toEqual(before)
    expect(late).toMatchObject({ version: 2, energyWh: 21_800_000 })
    expect(late?.days[8]).toMatchObject({ version: 2 })
  })

  test('leaves other months and their statements alone', async () => {
    await settling.tables.generation.putBatch(someStationDays('2026-11', 100_000))
    await settle(stationWork(), stationWork('ZL1', '2026-11'))
    expect((await statements()).map(({ month, version, energyWh }) => [month, version, energyWh])).toEqual([
      ['2026-10', 1, 21_700_000],
      ['2026-11', 1, 3_000_000],
    ])
  })

  test('settled five times at once has one statement', async () => {
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => settle(stationWork())))
    expect(outcomes.flatMap(({ failed }) => failed)).toEqual([])
    expect(await statements()).toHaveLength(1)
  })

  test('is looked at again when another writer gets in between, so the last version stands on the latest days', async () => {
    let interrupted = false
    const generation = {
      ...settling.tables.generation,
      query: async (range: { partition: string }) => {
        const page = await settling.tables.generation.query(range)
        if (interrupted) return page
        interrupted = true
        await settling.tables.generation.put(aStationDay({ day: day('2026-10-09'), version: 2, energyWh: 800_000 }))
        await settle(stationWork())
        return page
      },
    }
    expect(await create(depsOf({ generation }))(delivered(stationWork()))).toEqual(DONE)
    expect((await statements()).map(({ version, energyWh }) => [version, energyWh])).toEqual([[1, 21_800_000]])
  })

  test('is left to the queue when others get in between again and again', async () => {
    const stationStatements = { ...settling.tables.stationStatements, put: async () => 'conflict' as const }
    const outcome = await create(depsOf({ stationStatements }))(delivered(stationWork()))
    expect(outcome).toEqual({ kind: 'done', failed: ['m1'] })
  })

  test('whose villages did not hear of it fails, and they hear of it at the next try', async () => {
    const queues = { 'settle-village': { send: () => Promise.reject(new Error('the queue is down')) } }
    expect(await create(depsOf({ queues }))(delivered(stationWork()))).toEqual({ kind: 'done', failed: ['m1'] })
    expect(await settle(stationWork())).toEqual(DONE)
    expect(await statements()).toHaveLength(1)
    expect(settling.sent['settle-village']).toEqual([villageWork()])
  })
})

describe('a station that has moved to another village', () => {
  const other = `${VILLAGE.slice(0, -1)}9`
  const move = () => settling.tables.stations.put(aStation({ villageCode: other }))

  test('is heard of by both villages', async () => {
    await settle(stationWork())
    await move()
    settling.sent['settle-village'].length = 0
    await settle(stationWork())
    expect(settling.sent['settle-village']).toEqual([villageWork(), villageWork(other)])
  })

  test('is heard of by the former one although the first try ended between its statement and its message', async () => {
    await settle(stationWork())
    await move()
    const queues = { 'settle-village': { send: () => Promise.reject(new Error('killed')) } }
    expect(await create(depsOf({ queues }))(delivered(stationWork()))).toEqual({ kind: 'done', failed: ['m1'] })
    settling.sent['settle-village'].length = 0
    await settle(stationWork())
    expect((await statements()).map(({ version }) => version)).toEqual([1, 2])
    expect(settling.sent['settle-village']).toEqual([villageWork(), villageWork(other)])
  })
})

test('villages with a part in a month in which the station, as now known, was not in service hear of it', async () => {
  await settle(stationWork())
  await settling.tables.stations.put(aStation({ decommissionedOn: day('2026-09-01') }))
  settling.sent['settle-village'].length = 0
  expect(await settle(stationWork())).toEqual(DONE)
  expect(settling.sent['settle-village']).toEqual([villageWork()])
})

describe('a joint station', () => {
  const codes = someVillageCodes(3)

  beforeEach(async () => {
    await settling.tables.stations.put(aStation({ stationId: 'KT', kind: 'joint', villageCode: undefined }))
    await settling.tables.prices.put(aPrice({ stationId: 'KT' }))
    await settling.tables.generation.putBatch(someStationDays('2026-10', 700_000, { stationId: 'KT' }))
  })

  test('is divided among its villages, and each hears of it', async () => {
    await settling.tables.shares.putBatch(codes.map((villageCode) => aShare({ villageCode })))
    await settle(stationWork('KT'))
    const [statement] = await statements('KT')
    expect(statement?.villages.map(({ netFen }) => netFen)).toEqual([278_050, 278_049, 278_049])
    expect(settling.sent['settle-village']).toEqual(codes.map((villageCode) => villageWork(villageCode)))
  })

  test('is heard of by a village that lost its part, too', async () => {
    await settling.tables.shares.putBatch(codes.map((villageCode) => aShare({ villageCode })))
    await settle(stationWork('KT'))
    const [lost = ''] = codes
    await settling.tables.shares.put(aShare({ villageCode: lost, weight: 0 }))
    settling.sent['settle-village'].length = 0
    await settle(stationWork('KT'))
    expect((await statements('KT')).map(({ villages }) => villages.length)).toEqual([3, 2])
    expect(settling.sent['settle-village']).toContainEqual(villageWork(lost))
  })

  test('without shares has no statement until it has shares', async () => {
    expect(await settle(stationWork('KT'))).toEqual(DONE)
    expect(await statements('KT')).toEqual([])
    expect(settling.sent['settle-village']).toEqual([])
    expect(settling.said).toMatchObject([{ level: 'warn', fields: { detail: 'KT has no village to share with on 2026-10-01' } }])
    await settling.tables.shares.put(aShare())
    await settle(stationWork('KT'))
    expect(await statements('KT')).toMatchObject([{ version: 1, villages: [{ villageCode: VILLAGE }] }])
  })
})

describe('the mark of a month', () => {
  const pending = () => staleMonthsOf(settling.tables)
  const AGAIN = ['ZL1 2026-10']
  beforeEach(() => computed(settling.tables, someStationDays('2026-10', 700_000)))
  const late = () => computed(settling.tables, [aStationDay({ day: day('2026-10-09'), version: 2, energyWh: 800_000 })])

  test('is settled and kept, so that its versions only grow', async () => {
    await settle(stationWork())
    expect(await pending()).toEqual([])
    expect(await settling.tables.staleMonths.get(aMonthMark())).toEqual({
      row: { ...aMonthMark(), settledAtMs: NOW_MS },
      version: 2,
    })
    await late()
    expect(await pending()).toEqual(AGAIN)
    expect((await settling.tables.staleMonths.get(aMonthMark()))?.version).toBe(3)
  })

  test('is settled although the statement stays, and only once', async () => {
    await settle(stationWork())
    await settling.tables.staleMonths.put(aMonthMark())
    await settle(stationWork(), stationWork())
    expect(await pending()).toEqual([])
    expect(await statements()).toHaveLength(1)
    expect((await settling.tables.staleMonths.get(aMonthMark()))?.version).toBe(4)
  })

  test.each([
    ['has no price', () => settling.tables.prices.delete(aPrice())],
    ['has no village to share with', () => settling.tables.stations.put(aStation({ kind: 'joint' }))],
  ])('stays while the month %s', async (_why, make) => {
    await make()
    expect(await settle(stationWork())).toEqual(DONE)
    expect(await pending()).toEqual(AGAIN)
  })

  test('stays while the registry does not know the station', async () => {
    await settling.tables.staleMonths.put(aMonthMark({ stationId: 'ZL9' }))
    expect(await settle(stationWork('ZL9'), stationWork())).toEqual(DONE)
    expect(await pending()).toEqual(['ZL9 2026-10'])
  })

  test('stays when the villages did not hear of the statement', async () => {
    const queues = { 'settle-village': { send: () => Promise.reject(new Error('the queue is down')) } }
    await create(depsOf({ queues }))(delivered(stationWork()))
    expect(await statements()).toHaveLength(1)
    expect(await pending()).toEqual(AGAIN)
  })

  test('is settled when nothing is known of the month, and there is no statement', async () => {
    const unknown = aStationDay({ stationId: 'ZL2', energyWh: null, quality: 'missing', basis: 'none' })
    await settling.tables.stations.put(aStation({ stationId: 'ZL2' }))
    await computed(settling.tables, [unknown])
    await settle(stationWork(), stationWork('ZL2'))
    expect(await pending()).toEqual([])
    expect(await statements('ZL2')).toEqual([])
    expect(settling.said).toEqual([])
  })

  test('of a day that is missing now, after a statement counted it, leads to a version that says so', async () => {
    await settle(stationWork())
    await computed(settling.tables, [aStationDay({ version: 2, energyWh: null, quality: 'missing', basis: 'none' })])
    await settle(stationWork())
    expect((await statements()).at(-1)).toMatchObject({ version: 2, energyWh: 21_000_000, provisional: true })
    expect(await pending()).toEqual([])
  })

  /** Lets something happen once, right after a table answered. */
  const afterReading = (name: 'generation' | 'prices', meanwhile: () => Promise<unknown>) => {
    let happened = false
    const query = async (range: { partition: string }) => {
      const page = await settling.tables[name].query(range)
      if (!happened) await meanwhile()
      happened = true
      return page
    }
    return { [name]: { ...settling.tables[name], query } }
  }
  const interleavings: [string, () => object][] = [
    ['while the month was loaded', () => afterReading('generation', late)],
    [
      'after another settlement had settled the one that was seen',
      () =>
        afterReading('prices', async () => {
          await settle(stationWork())
          await late()
        }),
    ],
  ]
  test.each(interleavings)('made anew %s stays, though the clock shows the same', async (_, over) => {
    // A statement that stays the same is not written, so no conflict of versions makes this settlement look again.
    await settle(stationWork())
    await settling.tables.staleMonths.put(aMonthMark())
    expect(await create(depsOf(over()))(delivered(stationWork()))).toEqual(DONE)
    expect(await pending()).toEqual(AGAIN)
    await settle(stationWork())
    expect((await statements()).at(-1)).toMatchObject({ energyWh: 21_800_000 })
    expect(await pending()).toEqual([])
  })

  test('made anew at the very moment of settling stays', async () => {
    const settlings: string[] = []
    const staleMonths = {
      ...settling.tables.staleMonths,
      put: async (...args: Parameters<typeof settling.tables.staleMonths.put>) => {
        await late()
        const outcome = await settling.tables.staleMonths.put(...args)
        settlings.push(outcome)
        return outcome
      },
    }
    expect(await create(depsOf({ staleMonths }))(delivered(stationWork()))).toEqual(DONE)
    expect(settlings).toEqual(['conflict'])
    expect(await pending()).toEqual(AGAIN)
  })
})

describe('work', () => {
  test('with a bad body is dropped, its content unlogged, and the rest is done', async () => {
    expect(await settle({ stationId: '../secret' }, 7, stationWork())).toEqual(DONE)
    expect(await statements()).toHaveLength(1)
    expect(settling.said.map(({ level }) => level)).toEqual(['warn', 'warn'])
    expect(JSON.stringify(settling.said)).not.toContain('secret')
  })

  test('for a station nobody knows is dropped', async () => {
    expect(await settle(stationWork('ZL9'))).toEqual(DONE)
    expect(settling.said).toMatchObject([{ level: 'warn', fields: { stationId: 'ZL9' } }])
  })

  test('that throws is the only one of its batch to be tried again', async () => {
    const prices = {
      ...settling.tables.prices,
      query: (range: { partition: string }) =>
        range.partition === 'ZL2' ? Promise.reject(new Error('disk full')) : settling.tables.prices.query(range),
    }
    await settling.tables.stations.put(aStation({ stationId: 'ZL2' }))
    const outcome = await create(depsOf({ prices }))(delivered(stationWork('ZL2'), stationWork()))
    expect(outcome).toEqual({ kind: 'done', failed: ['m1'] })
    expect(await statements()).toHaveLength(1)
  })
})

describe('a station-month with a slip', () => {
  const october = someStationDays('2026-10', 700_000)
  const entriesOf = () => settling.tables.slips.query({ partition: 'ZL1' })
  const put = async (...entries: SlipEntry[]) => {
    const { length } = (await entriesOf()).rows
    await settling.tables.slips.putBatch(entries.map((each, at) => ({ ...each, entry: length + at + 1 })))
  }
  const contentOf = (statement: StationStatement | undefined) => ({ ...statement, version: 0, computedAtMs: 0 })
  const latest = async (of: string) => (await statements()).filter(({ month }) => month === of).at(-1)

  beforeEach(async () => {
    await settling.tables.generation.putBatch(someStationDays('2026-09', 700_000))
  })

  test('that crosses into it stands on station-days of the other month too', async () => {
    await put(aSlip({ energyWh: 24_000_000 }))
    await settle(stationWork(), stationWork('ZL1', '2026-09'))
    expect(await latest('2026-10')).toMatchObject({ energyWh: 25 * 800_000 + 6 * 700_000, slips: [{ monthWh: 20_000_000 }] })
    expect(await latest('2026-09')).toMatchObject({ energyWh: 5 * 800_000 + 25 * 700_000, slips: [{ monthWh: 4_000_000 }] })
  })

  test('that is withdrawn has the same content as before', async () => {
    await settle(stationWork())
    const [before] = await statements()
    await put(aSlip())
    await settle(stationWork())
    await put(aWithdrawal())
    await settle(stationWork())
    const [, withSlip, after] = await statements()
    expect([withSlip?.version, withSlip?.energyWh, after?.version]).toEqual([2, 17_500_000 + 6 * 700_000, 3])
    expect(contentOf(after)).toEqual(contentOf(before))
  })

  test('marks the other month of the slip when a day of its own has changed since that one was settled', async () => {
    await put(aSlip({ energyWh: 24_000_000 }))
    await settle(stationWork('ZL1', '2026-09'), stationWork())
    expect(await staleMonthsOf(settling.tables)).toEqual([])
    await computed(settling.tables, [aStationDay({ day: day('2026-10-09'), version: 2, energyWh: 800_000 })])
    await settle(stationWork())
    expect(await staleMonthsOf(settling.tables)).toEqual(['ZL1 2026-09'])
    await settle(stationWork('ZL1', '2026-09'))
    expect(await staleMonthsOf(settling.tables)).toEqual([])
    const [ofSeptember, ofOctober] = [await latest('2026-09'), await latest('2026-10')]
    expect([ofSeptember?.version, ofOctober?.version]).toEqual([2, 2])
    expect((ofSeptember?.slips?.[0]?.monthWh ?? 0) + (ofOctober?.slips?.[0]?.monthWh ?? 0)).toBe(24_000_000)
    await settle(stationWork('ZL1', '2026-09'), stationWork())
    expect(await staleMonthsOf(settling.tables)).toEqual([])
    expect(await statements()).toHaveLength(4)
  })

  test('marks the other month also when the try before ended between its statement and the mark', async () => {
    await put(aSlip())
    await settle(stationWork('ZL1', '2026-09'), stationWork())
    await computed(settling.tables, [aStationDay({ day: day('2026-10-09'), version: 2, energyWh: 800_000 })])
    const staleMonths = { ...settling.tables.staleMonths, put: () => Promise.reject(new Error('killed')) }
    expect(await create(depsOf({ staleMonths }))(delivered(stationWork()))).toEqual({ kind: 'done', failed: ['m1'] })
    await settle(stationWork())
    expect(await staleMonthsOf(settling.tables)).toEqual(['ZL1 2026-09'])
  })

  test('marks no month for a day beyond the slip, nor one that has no statement', async () => {
    await put(aSlip())
    await settle(stationWork())
    await computed(settling.tables, [aStationDay({ day: day('2026-10-09'), version: 2, energyWh: 800_000 })])
    await settle(stationWork())
    await settle(stationWork('ZL1', '2026-09'))
    await computed(settling.tables, [aStationDay({ day: day('2026-10-31'), version: 2, energyWh: 800_000 })])
    await settle(stationWork())
    expect(await staleMonthsOf(settling.tables)).toEqual([])
  })

  test('and nothing else known of it has a statement all the same', async () => {
    for (const row of october) await settling.tables.generation.delete(row)
    await settle(stationWork())
    expect(await statements()).toEqual([])
    await put(aSlip())
    await settle(stationWork())
    expect(await statements()).toMatchObject([{ version: 1, provisional: true, slips: [{ document: '示范结2026-10' }] }])
  })

  test('recorded while it is settled keeps its mark, so that it is settled again', async () => {
    await settling.tables.staleMonths.put(aMonthMark())
    const slips = {
      ...settling.tables.slips,
      query: async (range: { partition: string }) => {
        const page = await settling.tables.slips.query(range)
        await put(aSlip())
        await settling.tables.staleMonths.put(aMonthMark())
        return page
      },
    }
    await create(depsOf({ slips }))(delivered(stationWork()))
    expect(await staleMonthsOf(settling.tables)).toEqual(['ZL1 2026-10'])
  })
})
