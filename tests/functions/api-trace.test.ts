import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { create as apiTrace } from '../../functions/api-trace.ts'
import type { Trace } from '../../functions/api-types-trace.ts'
import { openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { type Books, daysOf, openBooks } from '../books.ts'
import type { Principal } from '../../domain/access.ts'
import { bearerOf } from '../api.ts'
import { aStation, COUNTY, day, someRegions, TOWN, VILLAGE } from '../registry.ts'
import { aDeduction, aPlan, aPrice, aShare, month, somePlanLines } from '../settlement.ts'
import { rowsOf } from './settling.ts'

/** Where a payee's fen comes from: every joint worked out again, and what it says when a row on the way was tampered with. */

const OCTOBER = month('2026-10')
const OTHER = '341623105221'
const folder = mkdtempSync(join(tmpdir(), 'yangguang-trace-'))
const readings = await openReadingStore(join(folder, 'readings.duckdb'))
afterAll(async () => {
  await readings.close()
  rmSync(folder, { recursive: true })
})

let books: Books
let answer: ReturnType<typeof apiTrace>
beforeEach(async () => {
  books = openBooks()
  const { tables } = books
  await tables.regions.putBatch([...someRegions, { code: OTHER, name: '示范002村', level: 'village', parentCode: TOWN }])
  await tables.stations.putBatch([aStation(), { ...aStation({ stationId: 'KT', kind: 'joint' }), villageCode: undefined }])
  await tables.shares.putBatch([aShare({ weight: 2, weightTotal: 5 }), aShare({ villageCode: OTHER, weight: 3, weightTotal: 5 })])
  await tables.prices.putBatch(['ZL1', 'KT'].map((stationId) => aPrice({ stationId })))
  await tables.deductions.put(aDeduction({ kind: 'operation', rateBp: 290 }))
  await tables.plans.putBatch([aPlan({ lines: somePlanLines(7) }), aPlan({ villageCode: OTHER, basis: 'wages' })])
  await tables.persons.put({ villageCode: VILLAGE, personId: 'P001', householdId: 'H001', name: '示范人甲' })
  await tables.generation.putBatch(['ZL1', 'KT'].flatMap((stationId) => daysOf(stationId, OCTOBER, (at) => 700_000 + at * 7)))
  books.after(OCTOBER)
  await books.settle(['ZL1', 'KT'], [OCTOBER])
  answer = apiTrace({ ...books.deps, readings })
  return () => tables.close()
})

type Who = Pick<Principal, 'role' | 'regionCode'>
const ask = async (line: string, who: Who = { role: 'county_officer', regionCode: COUNTY }) => {
  const headers = await bearerOf(books.tables, { userName: 'somebody', ...who }, books.deps.now())
  const response = await answer(new Request(`http://localhost/api/trace/${line}`, { headers }))
  return { status: response.status, trace: (await response.json()) as Trace }
}
const LINE = `${VILLAGE}.${OCTOBER}.L001`
const kinds = ({ steps }: Trace): string[] => [...new Set(steps.map(({ kind }) => kind))]
const broken = ({ steps }: Trace): string[] => steps.filter(({ isSame }) => isSame === false).map(({ kind }) => kind)

describe('a line', () => {
  test('is followed to pot, statement, shares, prices and days, and comes out the same to the fen', async () => {
    const { status, trace } = await ask(LINE)
    expect(status).toBe(200)
    expect(trace).toMatchObject({ payee: '示**', isCounted: true, stationId: 'KT' })
    expect(kinds(trace)).toEqual(['payee', 'pot', 'statement', 'part', 'income', 'station', 'day'])
    // The days of this test stand on no readings.
    expect(broken(trace)).toEqual(['day'])
    expect(trace.steps[0]?.figures).toMatchObject({ weight: 50_000, weightSum: 350_000, partFen: trace.amountFen })
    expect(trace.days).toHaveLength(31)
  })

  test('by wages too', async () => {
    const { trace } = await ask(`${OTHER}.${OCTOBER}.L002`)
    expect(broken(trace)).toEqual(['day'])
    expect(trace.steps[0]?.figures).toMatchObject({ weight: 50_000 })
  })

  test('goes down to the station and day asked for', async () => {
    const { trace } = await ask(`${LINE}?station=ZL1&day=2026-10-09`)
    expect([trace.stationId, trace.day?.day]).toEqual(['ZL1', '2026-10-09'])
  })

  test.each<[string, (books: Books) => Promise<unknown>, string[]]>([
    [
      'a line of its run',
      async ({ tables }) => {
        const [line] = await rowsOf(tables.allocationLines.query({ partition: `${VILLAGE}#${OCTOBER}` }))
        if (line) await tables.allocationLines.put({ ...line, amountFen: line.amountFen + 1 })
      },
      ['payee', 'pot'],
    ],
    [
      'the pot',
      async ({ tables }) => {
        const row = (await tables.allocations.get({ villageCode: VILLAGE, month: OCTOBER }))?.row
        if (row) await tables.allocations.put({ ...row, potFen: row.potFen + 1 })
      },
      ['pot'],
    ],
    [
      'the statement',
      async ({ tables }) => {
        const [row] = await rowsOf(tables.villageStatements.query({ partition: VILLAGE }))
        if (row) await tables.villageStatements.put({ ...row, netFen: row.netFen - 1 })
      },
      ['pot', 'statement'],
    ],
    [
      'a share',
      async ({ tables }) =>
        tables.shares.putBatch([
          aShare({ weight: 1, weightTotal: 4 }),
          aShare({ villageCode: OTHER, weight: 3, weightTotal: 4 }),
        ]),
      ['part', 'station'],
    ],
    ['a price', async ({ tables }) => tables.prices.put(aPrice({ priceE4YuanPerKwh: 3_845 })), ['station']],
    [
      'a day',
      async ({ tables }) => {
        const row = (await tables.generation.get({ stationId: 'ZL1', day: day('2026-10-05'), version: 1 }))?.row
        if (row) await tables.generation.put({ ...row, energyWh: 1 })
      },
      ['station'],
    ],
    [
      'a line of the station',
      async ({ tables }) => {
        const [row] = await rowsOf(tables.stationStatements.query({ partition: 'ZL1' }))
        const [first, ...rest] = row?.lines ?? []
        if (row && first)
          await tables.stationStatements.put({ ...row, lines: [{ ...first, amountFen: first.amountFen + 100 }, ...rest] })
      },
      ['part', 'income', 'station'],
    ],
  ])('says which joint does not come out when %s is another', async (_, tamper, expected) => {
    await tamper(books)
    const { trace } = await ask(LINE)
    expect([...new Set(broken(trace).filter((kind) => kind !== 'day'))]).toEqual(expected)
    expect(trace.isSame).toBe(false)
  })

  test('that settles a closed month is what that month would give today less what it gave', async () => {
    await books.close(OCTOBER)
    const NOVEMBER = month('2026-11')
    await books.tables.generation.putBatch(['ZL1', 'KT'].flatMap((stationId) => daysOf(stationId, NOVEMBER, () => 600_000)))
    books.after(NOVEMBER)
    await books.settle(['ZL1', 'KT'], [NOVEMBER])
    const [first] = daysOf('ZL1', OCTOBER, () => 900_000)
    if (first) await books.tables.generation.put({ ...first, version: 2 })
    await books.settle(['ZL1'], [OCTOBER])
    const { status, trace } = await ask(`${VILLAGE}.${NOVEMBER}.${encodeURIComponent(`L001@${OCTOBER}`)}`)
    expect(status).toBe(200)
    expect(trace.steps[0]).toMatchObject({ kind: 'adjustment', isSame: true, figures: { amountFen: trace.amountFen } })
    expect(broken(trace)).toEqual(['day'])
  })
})

describe('what is not there', () => {
  test.each([
    ['a line nobody has', `${VILLAGE}.${OCTOBER}.NOBODY`],
    ['another month', `${VILLAGE}.2026-09.L001`],
    ['no month', `${VILLAGE}.2026-13.L001`],
    ['a village that is nowhere', `999999999999.${OCTOBER}.L001`],
    ['a county', `${COUNTY}.${OCTOBER}.L001`],
    ['no line at all', 'nonsense'],
    ['another run', `${LINE}?run=nothing`],
  ])('%s answers as everything that is not there', async (_, line) => expect((await ask(line)).status).toBe(404))

  test.each<[string, Who, number]>([
    ['another village’s accountant', { role: 'village_accountant', regionCode: OTHER }, 404],
    ['an operator', { role: 'operator', regionCode: COUNTY }, 404],
    ['the cashier', { role: 'carry_over_cashier', regionCode: COUNTY }, 404],
    ['its own accountant', { role: 'village_accountant', regionCode: VILLAGE }, 200],
  ])('is asked by %s', async (_, who, status) => expect((await ask(LINE, who)).status).toBe(status))

  test.each(['day=2026-02-30', 'station=a b', 'more=1', 'run='])('%s is a bad question', async (query) =>
    expect((await ask(`${LINE}?${query}`)).status).toBe(400),
  )
})
