import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addMonths, type ChinaMonth } from '../../domain/calendar.ts'
import type { StationDay } from '../../domain/energy.ts'
import type { AmountIncome, Plan, Price, RegionDeduction, Share } from '../../domain/registry.ts'
import type { CountyVatRule } from '../../domain/vat.ts'
import { type Books, daysOf, openBooks, settledOf } from '../books.ts'
import { aStation, COUNTY, day, VILLAGE } from '../registry.ts'
import { aDeduction, anIncome, aPlan, aPrice, aRegionDeduction, aShare, aVatRule, month, somePlanLines } from '../settlement.ts'
import { reproduced } from '../../functions/edge/closing-desk.ts'
import { rowsOf } from '../functions/settling.ts'

/**
 * A county closes its months as they go, while readings come late, meters are replaced, prices and plans corrected and villages
 * merged. Its closed months and their adjustments must come to the fen, line by line and payee by payee, to what a system says that
 * knew everything from the start.
 */

const [MERGED, OTHER] = ['341623105221', '341623105222'] as const
const VILLAGES = [VILLAGE, MERGED, OTHER]
const STATIONS = ['ZL1', 'ZL2', 'KT']
const MONTHS = Array.from({ length: 12 }, (_, at) => addMonths(month('2026-01'), at))
const FIRST_DAY = day('2016-11-01')

/** What may happen to a month after it was first settled. */
type Event =
  | { kind: 'day'; row: StationDay }
  | { kind: 'price'; row: Price }
  | { kind: 'shares'; rows: Share[] }
  | { kind: 'plan'; row: Plan }
  | { kind: 'income'; row: AmountIncome }
  | { kind: 'regionDeduction'; row: RegionDeduction }
  | { kind: 'vat'; row: CountyVatRule }

const shares = (validFrom: string, weights: readonly number[]): Share[] =>
  VILLAGES.map((villageCode, at) =>
    aShare({
      villageCode,
      validFrom: day(validFrom),
      weight: weights[at] ?? 0,
      weightTotal: weights.reduce((sum, each) => sum + each, 0),
    }),
  )

const plansOf = (version: number, count: number): Record<string, Plan> => ({
  [VILLAGE]: aPlan({ villageCode: VILLAGE, version, collectiveReserveBp: 1_000, lines: somePlanLines(count, 50_000) }),
  [MERGED]: aPlan({
    villageCode: MERGED,
    version,
    basis: 'wages',
    collectiveReserveBp: 500,
    lines: somePlanLines(count, 90_000),
  }),
  [OTHER]: aPlan({ villageCode: OTHER, version, lines: somePlanLines(count + 1, 60_000) }),
})

const begin = async ({ tables }: Books): Promise<void> => {
  await tables.stations.putBatch([
    aStation(),
    // Its subsidy ends in summer, and some of its energy is used on the spot.
    aStation({ stationId: 'ZL2', villageCode: MERGED, feedIn: 'surplus', subsidisedWhMax: 150_000_000, subsidisedWhBefore: 1 }),
    { ...aStation({ stationId: 'KT', kind: 'joint' }), villageCode: undefined },
  ])
  await tables.incomes.put(anIncome({ stationId: 'KT', amountFenPerYear: 1_234_567 }))
  await tables.regionDeductions.putBatch([
    aRegionDeduction({ amountFenPerYear: 777_777 }),
    aRegionDeduction({ kind: 'other', rateBp: 37 }),
    aRegionDeduction({ regionCode: VILLAGE, amountFenPerYear: 10_001 }),
    aRegionDeduction({ regionCode: OTHER, kind: 'other', rateBp: 111 }),
  ])
  await tables.vatRules.putBatch([
    aVatRule({ per: 'quarter', exemptUpToFen: 5_000_000 }),
    aVatRule({ stationKind: 'joint', per: 'quarter', exemptUpToFen: 0, rateBp: 300 }),
  ])
  for (const stationId of STATIONS) {
    await tables.prices.putBatch([
      aPrice({ stationId }),
      aPrice({ stationId, stream: 'subsidy', priceE4YuanPerKwh: 4_656 }),
      aPrice({ stationId, stream: 'own_use', priceE4YuanPerKwh: 5_500 }),
    ])
    await tables.deductions.putBatch([
      aDeduction({ stationId, kind: 'land_rent', amountFenPerYear: 360_000 }),
      aDeduction({ stationId, kind: 'operation', rateBp: 290 }),
    ])
  }
  await tables.shares.putBatch(shares(FIRST_DAY, [4, 3, 2]))
  await tables.plans.putBatch(Object.values(plansOf(1, 3)))
}

const monthDays = (of: ChinaMonth): StationDay[] =>
  STATIONS.flatMap((stationId, nth) => daysOf(stationId, of, (at) => 500_000 + ((at * 7_919 + nth * 104_729) % 400_000))).map(
    (row) =>
      // What is made is more than what the meter sees, by what is used.
      ({ ...row, inverterWh: (row.inverterWh ?? 0) + 20_000 }),
  )

const happen = async ({ tables }: Books, event: Event): Promise<void> => {
  if (event.kind === 'day') {
    const { stationId, day: on } = event.row
    const known = await rowsOf(tables.generation.query({ partition: stationId, from: `${on}#`, to: `${on}#~` }))
    await tables.generation.put({ ...event.row, version: known.length + 1 })
  }
  if (event.kind === 'price') await tables.prices.put(event.row)
  if (event.kind === 'shares') await tables.shares.putBatch(event.rows)
  if (event.kind === 'plan') await tables.plans.put(event.row)
  if (event.kind === 'income') await tables.incomes.put(event.row)
  if (event.kind === 'regionDeduction') await tables.regionDeductions.put(event.row)
  if (event.kind === 'vat') await tables.vatRules.put(event.row)
}

type Happening = { after: number; event: Event }
type History = { happenings: readonly Happening[]; closedUpTo: number }

/** Months settled and closed one by one, each happening in its time. */
const asTheyGo = async ({ happenings, closedUpTo }: History): Promise<Books> => {
  const books = openBooks()
  await begin(books)
  for (const [at, of] of MONTHS.entries()) {
    await books.tables.generation.putBatch(monthDays(of))
    books.after(of)
    await books.settle(STATIONS, [of])
    const now = happenings.filter(({ after }) => after === at)
    for (const { event } of now) await happen(books, event)
    if (now.length > 0) await books.settle(STATIONS, MONTHS.slice(0, at + 1))
    if (now.length > 0)
      for (const each of MONTHS.slice(0, at + 1)) {
        await books.settleVillages(VILLAGES.map((villageCode) => ({ villageCode, month: each })))
      }
    const toClose = MONTHS[at - 1]
    if (toClose && at - 1 < closedUpTo)
      expect(await books.close(toClose)).toMatchObject({ kind: 'done', closing: { state: 'closed' } })
  }
  return books
}

/** Books that knew everything from the start, and closed nothing. */
const knowingAll = async ({ happenings }: History): Promise<Books> => {
  const books = openBooks()
  await begin(books)
  for (const of of MONTHS) await books.tables.generation.putBatch(monthDays(of))
  for (const { event } of happenings.toSorted((a, b) => a.after - b.after)) await happen(books, event)
  books.after(MONTHS.at(-1) ?? month('2026-12'))
  await books.settle(STATIONS, MONTHS)
  return books
}

const expectTheSame = async (history: History): Promise<Books> => {
  const [closed, fresh] = [await asTheyGo(history), await knowingAll(history)]
  for (const village of VILLAGES) {
    expect(await settledOf(closed, village), village).toEqual(await settledOf(fresh, village))
    const lastOf = async ({ tables }: Books) =>
      (await rowsOf(tables.allocations.query({ partition: village, reverse: true, limit: 1 })))[0]?.carriedOutFen ?? 0
    expect(await lastOf(closed), `carried by ${village}`).toBe(await lastOf(fresh))
  }
  fresh.tables.close()
  return closed
}

const aDay = (stationId: string, on: string, energyWh: number): Event => ({
  kind: 'day',
  row: { ...(daysOf(stationId, on.slice(0, 7) as ChinaMonth, () => energyWh)[Number(on.slice(8)) - 1] as StationDay) },
})

describe('a year of closed months', () => {
  test('with late data, a replaced meter, a tariff change, a merger and three corrections comes to what is true', async () => {
    const replaced = Array.from({ length: 10 }, (_, at) => aDay('ZL2', `2026-04-${String(at + 11)}`, 610_000 + at))
    const history: History = {
      closedUpTo: 11,
      happenings: [
        { after: 3, event: aDay('ZL1', '2026-01-09', 812_345) },
        ...replaced.map((event) => ({ after: 5, event })),
        { after: 5, event: { kind: 'price', row: aPrice({ validFrom: day('2026-03-15'), priceE4YuanPerKwh: 3_500 }) } },
        { after: 6, event: { kind: 'shares', rows: shares('2026-05-01', [7, 0, 2]) } },
        { after: 7, event: aDay('ZL1', '2026-01-09', 790_000) },
        { after: 8, event: aDay('ZL1', '2026-01-09', 700_001) },
        { after: 9, event: { kind: 'plan', row: plansOf(2, 4)[MERGED] as Plan } },
        { after: 9, event: { kind: 'plan', row: plansOf(2, 5)[VILLAGE] as Plan } },
        {
          after: 8,
          event: { kind: 'income', row: anIncome({ stationId: 'ZL1', validFrom: day('2026-02-11'), amountFenPerYear: 120_003 }) },
        },
        {
          after: 9,
          event: { kind: 'regionDeduction', row: aRegionDeduction({ validFrom: day('2026-03-10'), amountFenPerYear: 900_001 }) },
        },
        { after: 10, event: { kind: 'vat', row: aVatRule({ validFrom: day('2026-04-01'), exemptUpToFen: 0 }) } },
        { after: 10, event: aDay('KT', '2026-02-02', 0) },
      ],
    }
    const books = await expectTheSame(history)
    const ofZhanglou = await rowsOf(books.tables.villageStatements.query({ partition: VILLAGE, from: '2026-03#' }))
    const settled = ofZhanglou.flatMap(({ month: of, adjustments = [], closing }) =>
      closing ? adjustments.map((line) => ({ of, ...line })) : [],
    )
    const ofThatDay = settled.filter(({ ofMonth, kind }) => ofMonth === '2026-01' && kind === 'benchmark')
    expect(ofThatDay.map(({ of, causes, fromVersion, toVersion }) => [of, causes, fromVersion, toVersion])).toEqual([
      ['2026-03', ['energy'], 1, 2],
      ['2026-07', ['energy'], 1, 3],
      ['2026-08', ['energy'], 1, 4],
    ])
    expect(settled.filter(({ ofMonth }) => ofMonth === '2026-05').some(({ causes }) => causes.includes('share'))).toBe(true)
    expect(settled.filter(({ ofMonth }) => ofMonth === '2026-03').some(({ causes }) => causes.includes('price'))).toBe(true)
    const kindsOf = async (village: string) => {
      const statements = await rowsOf(books.tables.villageStatements.query({ partition: village }))
      const lines = statements.flatMap(({ stations, deductions = [], adjustments = [] }) => [
        ...stations.flatMap((station) => station.lines),
        ...deductions,
        ...adjustments,
      ])
      return new Set(lines.filter(({ amountFen }) => amountFen !== 0).map(({ kind }) => kind))
    }
    expect([...(await kindsOf(MERGED))].toSorted()).toEqual([
      'benchmark',
      'farming',
      'insurance',
      'land_rent',
      'operation',
      'other',
      'own_use',
      'subsidy',
      'tax',
    ])
    const ofZl2 = await rowsOf(books.tables.stationStatements.query({ partition: 'ZL2' }))
    expect(ofZl2.flatMap(({ lines }) => lines.map(({ beyondCapWh = 0 }) => beyondCapWh)).some((wh) => wh > 0)).toBe(true)
    for (const villageCode of VILLAGES)
      for (const of of MONTHS.slice(0, 10)) {
        expect(await reproduced(books.tables, { villageCode, month: of }), of).toMatchObject({ isSame: true })
      }
    books.tables.close()
  }, 60_000)

  test('of random events comes to what is true', async () => {
    /** Nothing is known of a day before its month has begun. */
    const eventIn = (after: number): fc.Arbitrary<Event> => {
      const monthIn = fc.nat(after).map((at) => MONTHS[at] ?? month('2026-01'))
      return fc.oneof(
        fc
          .tuple(fc.constantFrom(...STATIONS), monthIn, fc.integer({ min: 10, max: 28 }), fc.nat(900_000))
          .map(([stationId, of, on, wh]) => aDay(stationId, `${of}-${on}`, wh)),
        fc.tuple(fc.constantFrom(...STATIONS), monthIn, fc.integer({ min: 1_000, max: 9_000 })).map(
          ([stationId, of, priceE4YuanPerKwh]): Event => ({
            kind: 'price',
            row: aPrice({ stationId, validFrom: day(`${of}-11`), priceE4YuanPerKwh }),
          }),
        ),
        fc.tuple(fc.constantFrom(...STATIONS), monthIn, fc.nat(1_000_000)).map(
          ([stationId, of, amountFenPerYear]): Event => ({
            kind: 'income',
            row: anIncome({ stationId, validFrom: day(`${of}-07`), amountFenPerYear }),
          }),
        ),
        fc.tuple(fc.constantFrom(COUNTY, ...VILLAGES), monthIn, fc.nat(1_000_000)).map(
          ([regionCode, of, amountFenPerYear]): Event => ({
            kind: 'regionDeduction',
            row: aRegionDeduction({ regionCode, validFrom: day(`${of}-21`), amountFenPerYear }),
          }),
        ),
        fc.tuple(fc.constantFrom('village', 'joint'), fc.constantFrom('month', 'quarter'), monthIn, fc.nat(500)).map(
          ([stationKind, per, of, rateBp]): Event => ({
            kind: 'vat',
            row: aVatRule({ stationKind, per, validFrom: day(`${of}-01`), rateBp, exemptUpToFen: 0 }),
          }),
        ),
        fc
          .tuple(monthIn, fc.tuple(fc.nat(9), fc.nat(9), fc.integer({ min: 1, max: 9 })))
          .map(([of, weights]): Event => ({ kind: 'shares', rows: shares(`${of}-01`, weights) })),
        fc
          .tuple(fc.constantFrom(...VILLAGES), fc.integer({ min: 2, max: 4 }), fc.integer({ min: 1, max: 5 }))
          .map(([village, version, count]): Event => ({ kind: 'plan', row: plansOf(version, count)[village] as Plan })),
      )
    }
    const happening = fc
      .integer({ min: 1, max: 11 })
      .chain((after) => eventIn(after).map((event): Happening => ({ after, event })))
    const history = fc.record({
      closedUpTo: fc.integer({ min: 1, max: 11 }),
      happenings: fc.array(happening, { minLength: 1, maxLength: 6 }),
    })
    await fc.assert(
      fc.asyncProperty(history, async (each) => {
        const books = await expectTheSame(each)
        books.tables.close()
      }),
      { numRuns: Number(process.env.RUNS ?? 4) },
    )
  }, 240_000)
})
