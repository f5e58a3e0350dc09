import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChinaMonth } from '../../domain/calendar.ts'
import type { Item } from '../../domain/receipt-items.ts'
import { awaitedFen, heldFen, type ItemLife, type Ledger, ledgerOf, sumOf } from '../../domain/receipt-ledger.ts'
import type { MoneyRecord, Receipt, Transfer } from '../../domain/receipt.ts'
import { aReceipt, aReversal, aTransfer, anItem, anOpening, COUNTY } from '../receipts.ts'
import { VILLAGE } from '../registry.ts'
import { dayNamed } from './sunny.ts'

const OTHER = '341623105221'
const END = dayNamed('2026-12-31')

const ledger = (items: readonly Item[], records: readonly MoneyRecord[], asOf = END) => ledgerOf(items, records, asOf)
/** Per item: accrued, received by the county, by the village, withheld. */
const stages = ({ items }: Ledger) =>
  items.map(({ accruedFen, county, village, withheld }) => [accruedFen, sumOf(county), sumOf(village), sumOf(withheld)])
const unapplied = ({ unapplied: all }: Ledger) => Object.fromEntries(all.map(({ recordId, amountFen }) => [recordId, amountFen]))

describe('money the county receives', () => {
  const months = ['2026-03', '2026-01', '2026-02'].map((month) => anItem({ month }))

  test('settles the oldest month first, and a month in part', () => {
    const { items } = ledger(months, [aReceipt({ amountFen: 15_000 })])
    expect(items.map(({ month, county }) => [month, sumOf(county)])).toEqual([
      ['2026-01', 10_000],
      ['2026-02', 5_000],
      ['2026-03', 0],
    ])
    expect(items[1]?.county).toEqual([{ recordId: 'R1', on: '2026-04-10', amountFen: 5_000 }])
    expect(items.map(awaitedFen)).toEqual([0, 5_000, 10_000])
  })

  test('beyond what is due stays unapplied, and does not settle months after its own', () => {
    const later = [...months, anItem({ month: '2026-04' })]
    const settled = ledger(later, [aReceipt({ amountFen: 31_000 })])
    expect(stages(settled).map(([, county]) => county)).toEqual([10_000, 10_000, 10_000, 0])
    expect(settled.unapplied).toEqual([
      { recordId: 'R1', kind: 'receipt', placeCode: COUNTY, on: '2026-04-10', amountFen: 1_000 },
    ])
  })

  test('for named months leaves the others alone', () => {
    const settled = ledger(months, [aReceipt({ amountFen: 20_000, fromMonth: '2026-02', toMonth: '2026-02' })])
    expect(stages(settled).map(([, county]) => county)).toEqual([0, 10_000, 0])
    expect(unapplied(settled)).toEqual({ R1: 10_000 })
  })

  test('of one stream and station settles no other', () => {
    const items = [anItem(), anItem({ stream: 'subsidy' }), anItem({ stationId: 'ZL2' })]
    const settled = ledger(items, [aReceipt({ amountFen: 30_000, stream: 'subsidy' })])
    expect(settled.items.map(({ stationId, stream, county }) => [stationId, stream, sumOf(county)])).toEqual([
      ['ZL1', 'benchmark', 0],
      ['ZL1', 'subsidy', 10_000],
      ['ZL2', 'benchmark', 0],
    ])
    expect(unapplied(settled)).toEqual({ R1: 20_000 })
  })

  test('as one lump settles stations and years, and what no station is named for is unapplied', () => {
    const items = ['2019-06', '2020-06'].flatMap((month) =>
      ['ZL1', 'ZL2'].map((stationId) => anItem({ month, stationId, stream: 'subsidy' })),
    )
    const parts = [
      { stationId: 'ZL1', amountFen: 20_000 },
      { stationId: 'ZL2', amountFen: 12_000 },
      { stationId: 'ZL9', amountFen: 1_000 },
    ]
    const settled = ledger(items, [aReceipt({ stream: 'subsidy', amountFen: 35_000, parts })])
    expect(settled.items.map(({ county }) => sumOf(county))).toEqual([10_000, 10_000, 10_000, 2_000])
    expect(unapplied(settled)).toEqual({ R1: 3_000 })
  })

  test('for a joint station is divided by what each village still awaits, to the fen', () => {
    const items = [anItem({ stationId: 'KT', accruedFen: 1 }), anItem({ stationId: 'KT', villageCode: OTHER, accruedFen: 2 })]
    const part = (amountFen: number) => [{ stationId: 'KT', amountFen }]
    const receipts = [1, 2].map((at) => aReceipt({ recordId: `R${at}`, amountFen: at, parts: part(at) }))
    expect(stages(ledger(items, receipts.slice(0, 1))).map(([, county]) => county)).toEqual([0, 1])
    const both = ledger(items, receipts)
    expect(stages(both).map(([, county]) => county)).toEqual([1, 2])
    expect(both.items[0]?.county).toEqual([{ recordId: 'R2', on: '2026-04-10', amountFen: 1 }])
    expect(both.unapplied).toEqual([])
  })

  test('paid to the village itself is received by both on the same day, and passes on no more', () => {
    const settled = ledger([anItem()], [aReceipt({ direct: true, amountFen: 6_000 }), aTransfer()])
    expect(settled.items[0]?.village).toEqual([{ recordId: 'R1', on: '2026-04-10', amountFen: 6_000, direct: true }])
    expect(unapplied(settled)).toEqual({ T1: 10_000 })
  })
})

describe('money passed on to a village', () => {
  const items = ['2026-01', '2026-02'].flatMap((month) => [anItem({ month }), anItem({ month, stream: 'subsidy' })])
  const received = [
    aReceipt({ recordId: 'R1', amountFen: 20_000 }),
    aReceipt({ recordId: 'R2', amountFen: 5_000, stream: 'subsidy' }),
  ]

  test('settles the oldest amounts the county has received, and no more of any', () => {
    const settled = ledger(items, [...received, aTransfer({ amountFen: 18_000 })])
    expect(stages(settled)).toEqual([
      [10_000, 10_000, 10_000, 0],
      [10_000, 5_000, 5_000, 0],
      [10_000, 10_000, 3_000, 0],
      [10_000, 0, 0, 0],
    ])
    expect(settled.items.map(heldFen)).toEqual([0, 0, 7_000, 0])
  })

  test('before the county has received anything is an advance, and becomes a transfer once it has', () => {
    const early = aTransfer({ on: '2026-03-01', amountFen: 9_000 })
    expect(unapplied(ledger(items, [early]))).toEqual({ T1: 9_000 })
    expect(unapplied(ledger(items, [early, ...received]))).toEqual({})
  })

  test('kept back with a paper is neither held nor passed on', () => {
    const kept = aTransfer({ recordId: 'W1', kind: 'withholding', amountFen: 2_000 })
    const settled = ledger(items, [...received, kept, aTransfer({ amountFen: 50_000 })])
    expect(stages(settled)[0]).toEqual([10_000, 10_000, 10_000, 0])
    expect(settled.items.map(({ withheld }) => sumOf(withheld))).toEqual([0, 0, 0, 0])
    expect(unapplied(settled)).toEqual({ T1: 25_000, W1: 2_000 })
    const first = { ...kept, on: dayNamed('2026-04-19') }
    const turned = ledger(items, [...received, first, aTransfer({ amountFen: 23_000 })])
    expect(turned.items[0]?.withheld).toEqual([{ recordId: 'W1', on: '2026-04-19', amountFen: 2_000 }])
    expect(sumOf(turned.items.map((item) => ({ amountFen: heldFen(item) })))).toBe(0)
    expect(unapplied(turned)).toEqual({})
  })

  test('for one stream, station and months settles only those', () => {
    const over = { amountFen: 30_000, stream: 'benchmark' as const, stationId: 'ZL1', fromMonth: '2026-02', toMonth: '2026-02' }
    expect(stages(ledger(items, [...received, aTransfer(over)])).map(([, , village]) => village)).toEqual([0, 0, 10_000, 0])
    expect(unapplied(ledger(items, [...received, aTransfer({ ...over, stationId: 'ZL2' })]))).toEqual({ T1: 30_000 })
    expect(unapplied(ledger(items, [...received, aTransfer({ placeCode: OTHER })]))).toEqual({ T1: 10_000 })
  })
})

describe('a corrected statement', () => {
  const records = [aReceipt({ amountFen: 20_000 }), aTransfer({ amountFen: 20_000 })]
  const before = [anItem(), anItem({ month: '2026-02' })]

  test('that says less leaves what is over unapplied', () => {
    const settled = ledger([anItem({ accruedFen: 8_500 }), anItem({ month: '2026-02' })], records)
    expect(stages(settled)).toEqual([
      [8_500, 8_500, 8_500, 0],
      [10_000, 10_000, 10_000, 0],
    ])
    expect(unapplied(settled)).toEqual({ R1: 1_500, T1: 1_500 })
  })

  test('that says more leaves the difference outstanding, and rewrites no record', () => {
    const kept = structuredClone(records)
    const settled = ledger([anItem({ accruedFen: 12_000 }), anItem({ month: '2026-02' })], records)
    expect(settled.items.map(awaitedFen)).toEqual([0, 2_000])
    expect(records).toEqual(kept)
    expect(unapplied(ledger(before, records))).toEqual({})
  })

  test('that turns an amount negative is never settled and stays outstanding as it is', () => {
    const settled = ledger([anItem({ accruedFen: -300 })], records)
    expect(settled.items.map(awaitedFen)).toEqual([-300])
    expect(stages(settled)).toEqual([[-300, 0, 0, 0]])
    expect(unapplied(settled)).toEqual({ R1: 20_000, T1: 20_000 })
  })
})

describe('an opening balance', () => {
  test('is an amount due with what had been received of it', () => {
    const settled = ledger([], [anOpening()])
    expect(stages(settled)).toEqual([[10_000, 6_000, 4_000, 0]])
    expect(settled.items[0]).toMatchObject({
      month: '2019-12',
      stream: 'subsidy',
      county: [{ recordId: 'O1', on: '2025-12-31' }],
    })
    expect(settled.unapplied).toEqual([])
  })

  test('is settled by later receipts and transfers like any other', () => {
    const receipt = aReceipt({ stream: 'subsidy', amountFen: 4_000 })
    const settled = ledger([], [anOpening(), receipt, aTransfer({ amountFen: 6_000 })])
    expect(stages(settled)).toEqual([[10_000, 10_000, 10_000, 0]])
    expect(settled.unapplied).toEqual([])
  })

  test('gives way to a statement of the same amount; what was received counts, and what is over stays visible', () => {
    const stated = anItem({ month: '2019-12', stream: 'subsidy', accruedFen: 5_000 })
    const settled = ledger([stated], [anOpening()])
    expect(stages(settled)).toEqual([[5_000, 5_000, 4_000, 0]])
    expect(settled.unapplied).toEqual([{ recordId: 'O1', kind: 'opening', placeCode: 'ZL1', on: '2025-12-31', amountFen: 1_000 }])
    const less = anItem({ month: '2019-12', stream: 'subsidy', accruedFen: 3_000 })
    expect(stages(ledger([less], [anOpening()]))).toEqual([[3_000, 3_000, 3_000, 0]])
  })

  test('is due from its month on, and received from the day it was', () => {
    const opening = anOpening({ on: '2026-06-30' })
    expect(stages(ledger([], [opening], dayNamed('2019-12-30')))).toEqual([])
    expect(stages(ledger([], [opening], dayNamed('2019-12-31')))).toEqual([[10_000, 0, 0, 0]])
    expect(stages(ledger([], [opening], dayNamed('2026-06-29')))).toEqual([[10_000, 0, 0, 0]])
    expect(stages(ledger([], [opening], dayNamed('2026-06-30')))).toEqual([[10_000, 6_000, 4_000, 0]])
  })

  test('of nothing received has no parts', () => {
    const { items } = ledger([], [anOpening({ countyFen: 0, villageFen: 0 })])
    expect(items[0]).toMatchObject({ county: [], village: [] })
  })
})

describe('as of a day', () => {
  const items = [anItem({ month: '2026-01' }), anItem({ month: '2026-02' })]

  test('a month counts once it is over, and money once it has moved', () => {
    const records = [aReceipt({ amountFen: 4_000 }), aTransfer({ amountFen: 4_000 })]
    expect(stages(ledger(items, records, dayNamed('2026-01-30')))).toEqual([])
    expect(stages(ledger(items, records, dayNamed('2026-01-31')))).toEqual([[10_000, 0, 0, 0]])
    expect(stages(ledger(items, records, dayNamed('2026-04-09')))).toHaveLength(2)
    expect(stages(ledger(items, records, dayNamed('2026-04-09')))[0]).toEqual([10_000, 0, 0, 0])
    expect(stages(ledger(items, records, dayNamed('2026-04-10')))[0]).toEqual([10_000, 4_000, 0, 0])
    expect(stages(ledger(items, records, dayNamed('2026-04-20')))[0]).toEqual([10_000, 4_000, 4_000, 0])
  })
})

describe('a reversed record', () => {
  test('counts for nothing on any day, and the one recorded anew counts', () => {
    const wrong = aReceipt({ amountFen: 9_000 })
    const right = aReceipt({ recordId: 'R2', amountFen: 900 })
    expect(stages(ledger([anItem()], [wrong, aReversal(wrong), right]))[0]?.[1]).toBe(900)
    expect(stages(ledger([anItem()], [wrong, aReversal(wrong)], dayNamed('2026-05-01')))[0]?.[1]).toBe(0)
  })

  test('is reversed where it was recorded, and not its namesake elsewhere', () => {
    const here = aTransfer({ amountFen: 1_000 })
    const there = aTransfer({ amountFen: 1_000, placeCode: OTHER })
    const items = [anItem(), anItem({ villageCode: OTHER })]
    const settled = ledger(items, [aReceipt({ amountFen: 20_000 }), here, there, aReversal(there)])
    expect(stages(settled).map(([, , village]) => village)).toEqual([1_000, 0])
  })
})

/** Villages, stations, months and streams few enough to meet often. */
const anyItem = fc
  .record({
    villageCode: fc.constantFrom(VILLAGE, OTHER, '341623105222'),
    stationId: fc.constantFrom('ZL1', 'KT'),
    month: fc.constantFrom('2025-11', '2025-12', '2026-01', '2026-02'),
    stream: fc.constantFrom('benchmark' as const, 'subsidy' as const),
    accruedFen: fc.integer({ min: -500, max: 100_000 }),
  })
  .map(anItem)
const someItems = fc.uniqueArray(anyItem, {
  maxLength: 30,
  selector: ({ villageCode, stationId, month, stream }) => [villageCode, stationId, month, stream].join('#'),
})
const anyDay = fc.integer({ min: 1, max: 28 }).map((day) => `2026-03-${String(day).padStart(2, '0')}`)
const anyMonth = fc.constantFrom('2025-11', '2025-12', '2026-01', '2026-02')
const anyReceipt = fc
  .record({
    on: anyDay,
    stream: fc.constantFrom('benchmark' as const, 'subsidy' as const),
    direct: fc.boolean(),
    fromMonth: anyMonth,
    toMonth: anyMonth,
    fens: fc.tuple(fc.nat(90_000), fc.nat(90_000), fc.nat(500)),
  })
  .map(({ fens: [one, joint, over], ...rest }) =>
    aReceipt({
      ...rest,
      amountFen: one + joint + over + 1,
      parts: [
        { stationId: 'ZL1', amountFen: one },
        { stationId: 'KT', amountFen: joint },
      ],
    }),
  )
const anyTransfer = fc
  .record({
    on: anyDay,
    kind: fc.constantFrom('transfer' as const, 'withholding' as const),
    placeCode: fc.constantFrom(VILLAGE, OTHER),
    amountFen: fc.integer({ min: 1, max: 90_000 }),
    toMonth: anyMonth,
  })
  .map(aTransfer)
const anyOpening = fc
  .record({ villageCode: fc.constantFrom(VILLAGE, OTHER), month: anyMonth, countyFen: fc.integer({ min: 4_000, max: 9_000 }) })
  .map(anOpening)
const someRecords = fc
  .array(fc.oneof(anyReceipt, anyTransfer, anyOpening), { maxLength: 12 })
  .map((records) => records.map((record, at): MoneyRecord => ({ ...record, recordId: `X${at}` })))

const appliedOf = ({ items }: Ledger, { kind, recordId }: Receipt | Transfer): number => {
  const side = kind === 'receipt' ? 'county' : kind === 'transfer' ? 'village' : 'withheld'
  return sumOf(items.flatMap((item) => item[side].filter((part) => part.recordId === recordId)))
}
const positive = (parts: ItemLife['county']): boolean => parts.every(({ amountFen }) => amountFen > 0)

describe('whatever is due and whatever is recorded', () => {
  test('at each joint what came and what is outstanding make up what was due, and nothing is settled twice', () => {
    fc.assert(
      fc.property(someItems, someRecords, (items, records) => {
        const settled = ledger(items, records)
        for (const item of settled.items) {
          const { accruedFen, county, village, withheld } = item
          expect(accruedFen).toBe(sumOf(county) + awaitedFen(item))
          expect(sumOf(county)).toBe(sumOf(village) + sumOf(withheld) + heldFen(item))
          expect(awaitedFen(item)).toBeGreaterThanOrEqual(Math.min(0, accruedFen))
          expect(heldFen(item)).toBeGreaterThanOrEqual(0)
          expect([county, village, withheld].every(positive)).toBe(true)
        }
      }),
    )
  })

  test('every fen of a record settles something or is unapplied', () => {
    fc.assert(
      fc.property(someItems, someRecords, (items, records) => {
        const settled = ledger(items, records)
        const left = unapplied(settled)
        for (const record of records) {
          if (record.kind !== 'receipt' && record.kind !== 'transfer' && record.kind !== 'withholding') continue
          expect(record.amountFen).toBe(appliedOf(settled, record) + (left[record.recordId] ?? 0))
        }
      }),
    )
  })

  test('the order in which statements and records came changes nothing', () => {
    const both = fc.tuple(someItems, someRecords)
    fc.assert(
      fc.property(both, fc.func(fc.integer()), ([items, records], rank) => {
        const shuffled = <Of>(all: readonly Of[]): Of[] => all.toSorted((a, b) => rank(a) - rank(b))
        expect(ledger(shuffled(items), shuffled(records))).toEqual(ledger(items, records))
      }),
    )
  })

  test('with enough received and passed on nothing is outstanding', () => {
    fc.assert(
      fc.property(someItems, (items) => {
        const parts = ['ZL1', 'KT'].map((stationId) => ({ stationId, amountFen: 10_000_000 }))
        const lumps = (['benchmark', 'subsidy'] as const).map((stream) =>
          aReceipt({ recordId: stream, stream, amountFen: 20_000_000, parts }),
        )
        const passed = [VILLAGE, OTHER, '341623105222'].map((placeCode) => aTransfer({ placeCode, amountFen: 20_000_000 }))
        const settled = ledger(items, [...lumps, ...passed])
        expect(settled.items.every((item) => awaitedFen(item) <= 0 && heldFen(item) === 0)).toBe(true)
      }),
    )
  })

  test('months of one day and another are whole months', () => {
    expect(ledger([anItem({ month: '2024-02' })], [], dayNamed('2024-02-28')).items.length).toBe(0)
    expect(
      ledger([anItem({ month: '2024-02' })], [], dayNamed('2024-02-29')).items.map(({ month }): ChinaMonth => month),
    ).toEqual(['2024-02'])
  })
})
