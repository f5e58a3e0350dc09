import { beforeEach, describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../domain/calendar.ts'
import type { StationDay } from '../../domain/energy.ts'
import { approve, close, force, listed, reproduced, withdraw } from '../../functions/edge/closing-desk.ts'
import { create as sweepClosings } from '../../functions/sweep-closings.ts'
import { type Books, daysOf, openBooks } from '../books.ts'
import { aStation, COUNTY, day, someRegions, VILLAGE } from '../registry.ts'
import { aPlan, aPrice, month, somePlanLines } from '../settlement.ts'
import { rowsOf } from './settling.ts'

/** Closing a county's month: what stands in the way, who may, and that nothing of it changes afterwards. */

const [SEPTEMBER, OCTOBER, NOVEMBER] = ['2026-09', '2026-10', '2026-11'].map(month) as [
  ReturnType<typeof month>,
  ReturnType<typeof month>,
  ReturnType<typeof month>,
]
const SECOND = '341623105221'

let books: Books
beforeEach(async () => {
  books = openBooks()
  const { tables } = books
  await tables.regions.putBatch(someRegions)
  await tables.stations.putBatch([aStation(), aStation({ stationId: 'ZL2', villageCode: SECOND })])
  await tables.prices.putBatch([aPrice(), aPrice({ stationId: 'ZL2' })])
  await tables.plans.putBatch([aPlan({ lines: somePlanLines(7) }), aPlan({ villageCode: SECOND })])
  await settled(OCTOBER)
  return () => tables.close()
})

const settled = async (of: typeof OCTOBER): Promise<void> => {
  await books.tables.generation.putBatch(['ZL1', 'ZL2'].flatMap((stationId) => daysOf(stationId, of, (at) => 700_000 + at)))
  books.after(of)
  await books.settle(['ZL1', 'ZL2'], [of])
}
const asked = (of = OCTOBER, by = 'an-officer') => ({ countyCode: COUNTY, month: of, by })
/** Every byte of what a village's month says. */
const bytesOf = async (of = OCTOBER, villageCode = VILLAGE): Promise<string> => {
  const statements = await rowsOf(books.tables.villageStatements.query({ partition: villageCode, from: `${of}#`, to: `${of}#~` }))
  const allocation = (await books.tables.allocations.get({ villageCode, month: of }))?.row
  return JSON.stringify([statements, allocation])
}
const late = async (energyWh: number, version = 2): Promise<void> => {
  const [row] = daysOf('ZL1', OCTOBER, () => energyWh)
  if (row) await books.tables.generation.put({ ...row, version })
  await books.settle(['ZL1'], [OCTOBER])
}
const codes = (refused: Awaited<ReturnType<typeof close>>): string[] =>
  refused.kind === 'rejected' ? [...refused.detail.matchAll(/([a-z_]+): \d/g)].map(([, code]) => code ?? '') : []

describe('the report of a closed month', () => {
  const deliveries = () => rowsOf(books.tables.deliveries.queryIndex('byCounty', { partition: COUNTY }))

  test('is sent to every village it closes, once, and what was read stays read', async () => {
    expect(await deliveries()).toEqual([])
    await close(books.deps, asked())
    const sent = await deliveries()
    expect(sent.map(({ villageCode, month: of }) => [villageCode, of])).toEqual([
      [VILLAGE, OCTOBER],
      [SECOND, OCTOBER],
    ])
    const [first] = sent
    if (!first) throw new Error('a report was sent')
    await books.tables.deliveries.put({ ...first, readBy: 'an-accountant', readAtMs: 5 })
    await close(books.deps, asked())
    await sweepClosings(books.deps)({ atMs: 0 })
    expect(await deliveries()).toEqual([{ ...first, readBy: 'an-accountant', readAtMs: 5 }, sent[1]])
  })
})

describe('a month with nothing in its way', () => {
  test('is closed, village by village, with a hash of each and one of all', async () => {
    const done = await close(books.deps, asked())
    expect(done).toMatchObject({ closing: { state: 'closed', villages: 2, requestedBy: 'an-officer', blockers: [] } })
    const statements = await rowsOf(books.tables.villageStatements.query({ partition: VILLAGE }))
    expect(statements.map(({ version, closing }) => [version, closing?.ofVersion])).toEqual([
      [1, undefined],
      [2, 1],
    ])
    expect(statements[1]?.closing?.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(statements[1]?.netFen).toBe(statements[0]?.netFen)
  })

  test('is closed once: closing it again answers what there is, and nobody can ask to close it over anything', async () => {
    const first = await close(books.deps, asked())
    const bytes = await bytesOf()
    expect(await close(books.deps, asked(OCTOBER, 'somebody-else'))).toEqual(first)
    expect(await force(books.deps, { ...asked(), reason: '重开' })).toMatchObject({ kind: 'rejected', code: 'conflict' })
    expect(await approve(books.deps, asked())).toMatchObject({ kind: 'rejected' })
    expect(await withdraw(books.deps, asked())).toMatchObject({ kind: 'rejected' })
    expect(await bytesOf()).toBe(bytes)
  })

  test('comes out of what it names again, to the byte; what was tampered with does not', async () => {
    await close(books.deps, asked())
    expect(await reproduced(books.deps, { villageCode: VILLAGE, month: OCTOBER })).toMatchObject({ isSame: true, version: 2 })
    expect(await reproduced(books.deps, { villageCode: VILLAGE, month: NOVEMBER })).toBeUndefined()
    await late(812_345)
    expect(await reproduced(books.deps, { villageCode: VILLAGE, month: OCTOBER })).toMatchObject({ isSame: true })
    const [line] = await rowsOf(books.tables.allocationLines.query({ partition: `${VILLAGE}#${OCTOBER}` }))
    if (line) await books.tables.allocationLines.put({ ...line, amountFen: line.amountFen + 1 })
    expect(await reproduced(books.deps, { villageCode: VILLAGE, month: OCTOBER })).toMatchObject({ isSame: false })
  })
})

describe('a closed month that changes', () => {
  test('keeps every byte; the open month settles the difference, naming month, station, cause and versions', async () => {
    await close(books.deps, asked())
    const bytes = await bytesOf()
    await settled(NOVEMBER)
    await late(712_346)
    expect(await bytesOf()).toBe(bytes)
    const [statement] = (await rowsOf(books.tables.villageStatements.query({ partition: VILLAGE }))).toReversed()
    expect(statement).toMatchObject({
      month: NOVEMBER,
      adjustments: [
        {
          ofMonth: OCTOBER,
          stationId: 'ZL1',
          kind: 'benchmark',
          energyWh: 12_345,
          fromVersion: 1,
          toVersion: 2,
          causes: ['energy'],
        },
      ],
    })
    const own = statement?.stations.reduce((sum, { netFen }) => sum + netFen, 0) ?? 0
    expect(statement?.netFen).toBe(own + (statement?.adjustments?.[0]?.amountFen ?? 0))
    const allocation = (await books.tables.allocations.get({ villageCode: VILLAGE, month: NOVEMBER }))?.row
    expect(allocation?.potFen).toBe(statement?.netFen)
    expect(allocation?.adjustments).toMatchObject([{ ofMonth: OCTOBER, potFen: statement?.adjustments?.[0]?.amountFen }])
  })

  test('and back again leaves no adjustment', async () => {
    await close(books.deps, asked())
    await settled(NOVEMBER)
    await late(712_346)
    await late(700_001, 3)
    const [statement] = (await rowsOf(books.tables.villageStatements.query({ partition: VILLAGE }))).toReversed()
    expect(statement?.adjustments).toBeUndefined()
    expect((await books.tables.allocations.get({ villageCode: VILLAGE, month: NOVEMBER }))?.row.adjustments).toBeUndefined()
  })

  test('waits for the open month to be over, and is settled then', async () => {
    await close(books.deps, asked())
    await late(712_346)
    expect(await rowsOf(books.tables.villageStatements.query({ partition: VILLAGE, from: `${NOVEMBER}#` }))).toEqual([])
    await settled(NOVEMBER)
    const [statement] = (await rowsOf(books.tables.villageStatements.query({ partition: VILLAGE }))).toReversed()
    expect(statement?.adjustments).toHaveLength(1)
  })

  test('settles it also for a village that has no station any more', async () => {
    await close(books.deps, asked())
    await books.tables.stations.put(aStation({ stationId: 'ZL2', villageCode: SECOND, decommissionedOn: day('2026-11-01') }))
    await settled(NOVEMBER)
    const [row] = daysOf('ZL2', OCTOBER, () => 0)
    if (row) await books.tables.generation.put({ ...row, version: 2 })
    await books.settle(['ZL2'], [OCTOBER])
    const [statement] = (await rowsOf(books.tables.villageStatements.query({ partition: SECOND }))).toReversed()
    expect(statement).toMatchObject({ month: NOVEMBER, stations: [], adjustments: [{ energyWh: -700_001 }] })
  })
})

describe('a village that has no station any more', () => {
  test('whose closed month changed before the open one was over is settled all the same, and the month can be closed', async () => {
    await close(books.deps, asked())
    const [row] = daysOf('ZL2', OCTOBER, () => 0)
    if (row) await books.tables.generation.put({ ...row, version: 2 })
    await books.settle(['ZL2'], [OCTOBER])
    await books.tables.stations.put(aStation({ stationId: 'ZL2', villageCode: SECOND, decommissionedOn: day('2026-11-01') }))
    await settled(NOVEMBER)
    expect(codes(await close(books.deps, asked(NOVEMBER)))).toEqual(['adjustments_pending'])
    // What the sweep does with every settled month of a station once a day.
    await books.settle(['ZL2'], [OCTOBER])
    expect(await close(books.deps, asked(NOVEMBER))).toMatchObject({ kind: 'done', closing: { state: 'closed', villages: 2 } })
  })
})

describe('a month with something in its way', () => {
  test.each([
    ['it is not over', async () => books.after(SEPTEMBER), ['month_not_over']],
    [
      'a day is stale',
      async () => books.tables.staleDays.put({ countyCode: COUNTY, stationId: 'ZL1', day: day('2026-10-31'), markedAtMs: 1 }),
      ['days_stale'],
    ],
    [
      'a month waits to be settled',
      async () => books.tables.staleMonths.put({ countyCode: COUNTY, stationId: 'ZL1', month: OCTOBER, markedAtMs: 1 }),
      ['months_stale'],
    ],
    [
      'an earlier month is open',
      async () => {
        await settled(SEPTEMBER)
        books.after(OCTOBER)
      },
      ['earlier_month_open'],
    ],
    ['a station has no statement', async () => books.tables.stations.put(aStation({ stationId: 'ZL9' })), ['statement_missing']],
    [
      'a day is missing',
      async () => {
        await books.tables.generation.put({
          ...(daysOf('ZL1', OCTOBER, () => 0)[0] as StationDay),
          energyWh: null,
          meterWh: null,
          quality: 'missing',
          version: 2,
        })
        await books.settle(['ZL1'], [OCTOBER])
      },
      ['provisional'],
    ],
    [
      'inverters and meter do not agree',
      async () => {
        const more = daysOf('ZL1', OCTOBER, (at) => 700_000 + at)
        await books.tables.generation.putBatch(more.map((row) => ({ ...row, inverterWh: 800_000, version: 2 })))
        await books.settle(['ZL1'], [OCTOBER])
      },
      ['energy_differs'],
    ],
    [
      'a message waits',
      async () =>
        books.tables.quarantine.put({ countyCode: COUNTY, receivedAtMs: 1, messageId: 'M1', index: 0 } as Parameters<
          typeof books.tables.quarantine.put
        >[0]),
      ['messages_waiting'],
    ],
  ] as const)('is refused when %s, which is told', async (_, happens, expected) => {
    await happens()
    expect(codes(await close(books.deps, asked()))).toEqual(expected)
    expect(await books.tables.closings.get({ countyCode: COUNTY, month: OCTOBER })).toBeUndefined()
  })

  const stale = () => books.tables.staleDays.put({ countyCode: COUNTY, stationId: 'ZL1', day: day('2026-10-31'), markedAtMs: 1 })

  test('is closed over it by two persons with a reason, and says so for ever', async () => {
    await stale()
    expect(await force(books.deps, { ...asked(), reason: '采集器损坏，无法补数' })).toMatchObject({
      closing: { state: 'requested' },
    })
    expect(await approve(books.deps, asked())).toMatchObject({ kind: 'rejected', code: 'forbidden' })
    const done = await approve(books.deps, asked(OCTOBER, 'second-officer'))
    expect(done).toMatchObject({
      closing: {
        state: 'closed',
        requestedBy: 'an-officer',
        approvedBy: 'second-officer',
        reason: '采集器损坏，无法补数',
        blockers: [{ code: 'days_stale', count: 1 }],
      },
    })
  })

  test('is closed over energy that does not agree, with a reason', async () => {
    const more = daysOf('ZL1', OCTOBER, (at) => 700_000 + at)
    await books.tables.generation.putBatch(more.map((row) => ({ ...row, inverterWh: 800_000, version: 2 })))
    await books.settle(['ZL1'], [OCTOBER])
    const { next } = await listed(books.deps, COUNTY)
    expect(next?.blockers).toMatchObject([
      { code: 'energy_differs', count: 1, isForceable: true, examples: ['ZL1 month_sum_check 24800000 ≠ 21700496 Wh'] },
    ])
    await force(books.deps, { ...asked(), reason: '互感器待更换' })
    expect(await approve(books.deps, asked(OCTOBER, 'second-officer'))).toMatchObject({ closing: { state: 'closed' } })
  })

  test('is not closed over what nobody saw when it was asked for, nor over a month that is not over', async () => {
    await stale()
    await force(books.deps, { ...asked(), reason: '采集器损坏' })
    await books.tables.stations.put(aStation({ stationId: 'ZL9' }))
    expect(codes(await approve(books.deps, asked(OCTOBER, 'second-officer')))).toEqual(['statement_missing'])
    books.after(SEPTEMBER)
    expect(codes(await force(books.deps, { ...asked(), reason: '提前' }))).toEqual(['month_not_over'])
  })

  test('is asked for by one at a time, and may be withdrawn', async () => {
    await stale()
    await force(books.deps, { ...asked(), reason: '采集器损坏' })
    expect(await force(books.deps, { ...asked(OCTOBER, 'second-officer'), reason: '别的' })).toMatchObject({ kind: 'rejected' })
    expect(await withdraw(books.deps, asked())).toMatchObject({ kind: 'done' })
    expect(await books.tables.closings.get({ countyCode: COUNTY, month: OCTOBER })).toBeUndefined()
  })

  test('is listed with it, the next month to close only', async () => {
    await stale()
    const { months, next } = await listed(books.deps, COUNTY)
    expect(months.map(({ month: of, state }) => [of, state])).toEqual([[OCTOBER, 'open']])
    expect(next).toMatchObject({ month: OCTOBER, blockers: [{ code: 'days_stale', count: 1, isForceable: true }] })
  })
})

describe('closing that is interrupted', () => {
  test.each([1, 2, 3, 4, 5])('after %i writes is gone on with by the clock, and comes to the same', async (writes) => {
    let left = writes
    const dying = <Wrapped extends { put: (...args: never[]) => Promise<unknown> }>(table: Wrapped): Wrapped => ({
      ...table,
      put: async (...args: never[]) => {
        if (left === 0) throw new Error('killed')
        left -= 1
        return table.put(...args)
      },
    })
    const { closings, villageStatements, allocations } = books.tables
    const deps = {
      ...books.deps,
      closings: dying(closings),
      villageStatements: dying(villageStatements),
      allocations: dying(allocations),
    }
    await expect(close(deps, asked())).rejects.toThrow('killed')
    expect(await sweepClosings(books.deps)({ atMs: books.deps.now() })).toMatchObject({ did: 1 })
    expect((await closings.get({ countyCode: COUNTY, month: OCTOBER }))?.row).toMatchObject({ state: 'closed', villages: 2 })
    for (const villageCode of [VILLAGE, SECOND]) {
      expect(await reproduced(books.deps, { villageCode, month: OCTOBER })).toMatchObject({ isSame: true })
    }
    expect(await sweepClosings(books.deps)({ atMs: books.deps.now() + 2 * HOUR_MS })).toMatchObject({ did: 0 })
  })

  test('by a settlement of a village leaves that one until it is settled, and closes what it says then', async () => {
    const { allocations } = books.tables
    let isRaced = false
    const racing = {
      ...allocations,
      put: async (...args: Parameters<typeof allocations.put>) => {
        const written = await allocations.put(...args)
        if (isRaced || args[0].villageCode !== VILLAGE) return written
        isRaced = true
        const latest = (await rowsOf(books.tables.villageStatements.query({ partition: VILLAGE }))).at(-1)
        if (latest) await books.tables.villageStatements.put({ ...latest, version: 2, computedAtMs: 9 })
        return written
      },
    }
    expect(await close({ ...books.deps, allocations: racing }, asked())).toMatchObject({ closing: { state: 'closing' } })
    expect((await allocations.get({ villageCode: VILLAGE, month: OCTOBER }))?.row.closedAtMs).toBeUndefined()
    await books.settleVillages([])
    await sweepClosings(books.deps)({ atMs: books.deps.now() })
    expect(await reproduced(books.deps, { villageCode: VILLAGE, month: OCTOBER })).toMatchObject({ isSame: true, version: 3 })
  })
})
