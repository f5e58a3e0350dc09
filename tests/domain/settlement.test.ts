import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChinaDay } from '../../domain/calendar.ts'
import { type Content, linesOfVillage, type StationStatement } from '../../domain/income.ts'
import { formatYuan } from '../../domain/money.ts'
import type { Deduction } from '../../domain/registry.ts'
import { type StationMonth, settleStationMonth } from '../../domain/settlement.ts'
import { aStation, day, VILLAGE } from '../registry.ts'
import { aSlip } from '../slips.ts'
import { aDeduction, aPrice, aShare, aStationDay, month, someStationDays, someVillageCodes } from '../settlement.ts'

const anInput = (over: Partial<StationMonth> = {}): StationMonth => ({
  station: aStation(),
  month: month('2026-10'),
  days: someStationDays('2026-10', 700_000),
  slips: [],
  prices: [aPrice()],
  deductions: [],
  shares: [],
  ...over,
})
const settled = (over: Partial<StationMonth> = {}): Content<StationStatement> => {
  const outcome = settleStationMonth(anInput(over))
  if (outcome.kind === 'rejected') throw new Error(outcome.detail)
  return outcome.statement
}
const shown = ({ lines }: Pick<StationStatement, 'lines'>) =>
  lines.map(({ kind, from, to, energyWh, amountFen }) => [kind, from.slice(8), to.slice(8), energyWh, amountFen])
/** All of a month's energy on its first day. */
const energyOf = (energyWh: number) => someStationDays('2026-10', [energyWh])
const aJointStation = (over = {}) => aStation({ stationId: 'KT', kind: 'joint', villageCode: undefined, ...over })

describe('a station-month', () => {
  test('has one line per stream, in fen, and names the days it stands on', () => {
    const statement = settled({ prices: [aPrice(), aPrice({ stream: 'subsidy', priceE4YuanPerKwh: 4_656 })] })
    expect(shown(statement)).toEqual([
      ['benchmark', '01', '31', 21_700_000, 834_148],
      ['subsidy', '01', '31', 21_700_000, 1_010_352],
    ])
    expect(statement).toMatchObject({ energyWh: 21_700_000, grossFen: 1_844_500, deductionFen: 0, netFen: 1_844_500 })
    expect(statement.days).toHaveLength(31)
    expect(statement.days[0]).toEqual({ day: '2026-10-01', version: 1, energyWh: 700_000, quality: 'measured', basis: 'meter' })
    expect(statement.provisional).toBe(false)
  })

  test('worked example 11: Lingtai has no subsidy receivable while it is not in the catalogue', () => {
    const prices = [aPrice({ priceE4YuanPerKwh: 3_078 }), aPrice({ stream: 'subsidy', priceE4YuanPerKwh: 4_422 })]
    const of = (catalogueListed: boolean) =>
      settled({ station: aStation({ catalogueListed }), days: energyOf(236_000_000), prices })
    expect(formatYuan(of(false).netFen)).toBe('72,640.80')
    expect(formatYuan(of(true).netFen)).toBe('177,000.00')
  })

  test('[M6] with a price change inside has two lines, cut at midnight, whose energy sums to the month', () => {
    const prices = [aPrice(), aPrice({ validFrom: day('2026-10-10'), priceE4YuanPerKwh: 3_500, document: '示范价〔2026〕2号' })]
    const statement = settled({ prices })
    expect(shown(statement)).toEqual([
      ['benchmark', '01', '09', 6_300_000, 242_172],
      ['benchmark', '10', '31', 15_400_000, 539_000],
    ])
    expect(statement.lines.map(({ document }) => document)).toEqual(['示范价〔2016〕1号', '示范价〔2026〕2号'])
  })

  test('takes a stream from the day it begins', () => {
    const market = aPrice({ stream: 'market', validFrom: day('2026-10-31'), priceE4YuanPerKwh: 100 })
    expect(shown(settled({ prices: [aPrice(), market] }))[1]).toEqual(['market', '31', '31', 700_000, 700])
  })

  test('is left alone by rows that begin after it', () => {
    const input = anInput({ station: aJointStation(), shares: [aShare()], deductions: [aDeduction({ rateBp: 290 })] })
    const later = day('2026-11-11')
    const known = {
      prices: [...input.prices, aPrice({ validFrom: later }), aPrice({ stream: 'market', validFrom: later })],
      shares: [...input.shares, aShare({ validFrom: later })],
      deductions: [
        ...input.deductions,
        aDeduction({ validFrom: later, rateBp: 310 }),
        aDeduction({ kind: 'tax', validFrom: later, rateBp: 300 }),
      ],
    }
    expect(settleStationMonth({ ...input, ...known })).toEqual({ kind: 'settled', statement: settled(input) })
    expect(shown(settled(input)).map((line) => line.slice(0, 3))).toEqual([
      ['benchmark', '01', '31'],
      ['land_rent', '01', '31'],
    ])
  })

  test('of a village station is not cut by shares, which it has none of', () => {
    const strays = [aShare({ stationId: 'ZL1' }), aShare({ stationId: 'ZL1', validFrom: day('2026-10-15') })]
    expect(settled({ shares: strays })).toEqual(settled())
  })

  test('counts the latest version of a day and no other month', () => {
    const late = aStationDay({ day: day('2026-10-05'), version: 2, energyWh: 800_000 })
    const other = aStationDay({ day: day('2026-11-01') })
    const days = [late, other, ...someStationDays('2026-10', 700_000)]
    expect(settled({ days }).energyWh).toBe(21_800_000)
    expect(settled({ days }).days[4]).toMatchObject({ version: 2, energyWh: 800_000 })
  })

  test.each([
    ['has no station-day', undefined, 0],
    ['is only a running figure', { version: 0 }, 0],
    ['is missing', { energyWh: null, quality: 'missing', basis: 'none' }, 0],
    ['is estimated', { quality: 'estimated' }, 700_000],
    ['rests on the inverters', { basis: 'inverters' }, 700_000],
  ] as const)('is provisional while a day %s', (_, over, energyWh) => {
    const days = someStationDays('2026-10', 700_000).filter(({ day }) => day !== '2026-10-07')
    const changed = over ? [aStationDay({ day: day('2026-10-07'), ...over })] : []
    const statement = settled({ days: [...days, ...changed] })
    expect(statement.provisional).toBe(true)
    expect(statement.energyWh).toBe(30 * 700_000 + energyWh)
    expect(statement.days[6]?.energyWh).toBe(energyWh === 0 ? null : energyWh)
  })

  test('counts only the days in service', () => {
    const station = aStation({ commissionedOn: day('2026-10-10'), decommissionedOn: day('2026-10-20') })
    const statement = settled({ station })
    expect(statement.days.map((each) => each.day)).toEqual(
      someStationDays('2026-10', 0)
        .slice(9, 19)
        .map((each) => each.day),
    )
    expect(shown(statement)).toEqual([['benchmark', '10', '19', 7_000_000, 269_080]])
    expect(statement.provisional).toBe(false)
  })

  test('is the same in whatever order its rows come', () => {
    const input = anInput({
      prices: [aPrice(), aPrice({ validFrom: day('2026-10-10'), priceE4YuanPerKwh: 3_500 })],
      deductions: [
        aDeduction({ amountFenPerYear: 360_000 }),
        aDeduction({ validFrom: day('2026-10-03'), amountFenPerYear: 100 }),
      ],
    })
    const { days, prices, deductions } = input
    const turned = { days: days.toReversed(), prices: prices.toReversed(), deductions: deductions.toReversed() }
    expect(settleStationMonth({ ...input, ...turned })).toEqual(settleStationMonth(input))
  })

  test.each([
    ['not in service', { month: month('2016-10') }, 'ZL1 is not in service in 2016-10'],
    [
      'without a price at its first day',
      { prices: [aPrice({ validFrom: day('2026-10-02') })] },
      'ZL1 has no price on 2026-10-01',
    ],
    ['without any price', { prices: [] }, 'ZL1 has no price on 2026-10-01'],
    [
      'with a subsidy price alone and not in the catalogue',
      { station: aStation({ catalogueListed: false }), prices: [aPrice({ stream: 'subsidy' })] },
      'ZL1 has no price on 2026-10-01',
    ],
    [
      'of a village station without a village',
      { station: aStation({ villageCode: undefined }) },
      'ZL1 has no village to share with on 2026-10-01',
    ],
    ['of a joint station without shares', { station: aJointStation() }, 'KT has no village to share with on 2026-10-01'],
    [
      'of a joint station whose shares weigh nothing',
      { station: aJointStation(), shares: [aShare({ weight: 0 })] },
      'KT has no village to share with on 2026-10-01',
    ],
    [
      'of a joint station of whose shares some are not written yet',
      { station: aJointStation(), shares: [aShare({ weight: 1, weightTotal: 3 })] },
      'KT has no village to share with on 2026-10-01',
    ],
    [
      'of a joint station whose shares begin too late',
      { station: aJointStation(), shares: [aShare({ validFrom: day('2026-10-02') })] },
      'KT has no village to share with on 2026-10-01',
    ],
  ] as const)('%s is rejected', (_, over, detail) => {
    expect(settleStationMonth(anInput(over))).toEqual({ kind: 'rejected', code: 'conflict', detail })
  })
})

describe('a deduction', () => {
  const deducted = (deductions: Deduction[], of = '2026-10') =>
    shown(settled({ month: month(of), days: someStationDays(of, 700_000), deductions })).slice(1)

  test('of a yearly amount takes twelve months that sum to the year', () => {
    const months = Array.from({ length: 12 }, (_, at) => `2026-${String(at + 1).padStart(2, '0')}`)
    const taken = months.map((of) => Number(deducted([aDeduction({ amountFenPerYear: 100_007 })], of)[0]?.[4]))
    expect(taken.reduce((sum, fen) => sum + fen, 0)).toBe(-100_007)
    expect(Math.min(...taken)).toBe(-8_334)
  })

  test('counts by the days it is in force, its last day exclusive', () => {
    const begun = aDeduction({ validFrom: day('2026-10-11'), validTo: day('2026-10-21'), amountFenPerYear: 12 * 31_000 })
    expect(deducted([begun])).toEqual([['land_rent', '11', '20', undefined, -10_000]])
  })

  test.each([
    ['on the first day', '2026-10-01', '2026-10-02', ['01', '01', -1_000]],
    ['in the middle', '2026-10-09', '2026-10-10', ['09', '09', -1_000]],
    ['on the last day', '2026-10-31', '2026-11-01', ['31', '31', -1_000]],
  ])('may be in force for a single day, %s', (_, validFrom, validTo, line) => {
    const single = aDeduction({ validFrom: day(validFrom), validTo: day(validTo), amountFenPerYear: 12 * 31_000 })
    expect(deducted([single]).map(([, from, to, , amountFen]) => [from, to, amountFen])).toEqual([line])
  })

  test.each([
    ['the last day, which then is not counted', '2026-10-31', ['01', '30', -30_000]],
    ['the first of the next month', '2026-11-01', ['01', '31', -31_000]],
    ['a day far ahead', '2026-12-06', ['01', '31', -31_000]],
  ])('that ends on %s takes its days of this month', (_, validTo, line) => {
    const ending = aDeduction({ validTo: day(validTo), amountFenPerYear: 12 * 31_000 })
    expect(deducted([ending]).map(([, from, to, , amountFen]) => [from, to, amountFen])).toEqual([line])
  })

  test('by rate counts by the days it is in force too', () => {
    expect(deducted([aDeduction({ kind: 'operation', validFrom: day('2026-10-17'), rateBp: 1_000 })])).toEqual([
      // 10 % of 8,341.48 yuan is 83,415 fen, of which the first 16 of 31 days would take 43,052.
      ['operation', '17', '31', undefined, -40_363],
    ])
  })

  test('shows its rate and its document, or only its document where it is a yearly amount', () => {
    const rows = [
      aDeduction({ amountFenPerYear: 120_000 }),
      aDeduction({ kind: 'tax', rateBp: 300, document: '示范税〔2016〕2号' }),
    ]
    const span = { stationId: 'ZL1', from: day('2026-10-01'), to: day('2026-10-31') }
    expect(settled({ deductions: rows }).lines.slice(1)).toStrictEqual([
      { ...span, kind: 'land_rent', amountFen: -10_000, document: '示范租〔2016〕1号' },
      { ...span, kind: 'tax', rateBp: 300, amountFen: -25_024, document: '示范税〔2016〕2号' },
    ])
  })

  test('ends where the next of its kind begins, and both together take what one would', () => {
    const old = aDeduction({ amountFenPerYear: 100_007 })
    const next = aDeduction({ validFrom: day('2026-10-18'), amountFenPerYear: 100_007 })
    const lines = deducted([old, next])
    expect(lines.map((line) => line.slice(0, 3))).toEqual([
      ['land_rent', '01', '17'],
      ['land_rent', '18', '31'],
    ])
    expect(lines.reduce((sum, line) => sum + Number(line[4]), 0)).toBe(Number(deducted([old])[0]?.[4]))
  })

  test.each([
    ['is over', { validTo: day('2026-10-01') }],
    ['is yet to begin', { validFrom: day('2026-11-01') }],
    ['is empty', { validFrom: day('2026-10-09'), validTo: day('2026-10-09') }],
  ])('that %s takes nothing', (_, over) => {
    expect(deducted([aDeduction({ amountFenPerYear: 100_000, ...over })])).toEqual([])
  })

  test('of nothing is a plain zero', () => {
    const [line] = deducted([aDeduction({ amountFenPerYear: 0 })])
    expect(Object.is(line?.[4], 0)).toBe(true)
  })

  test('may exceed the income: the net is negative then', () => {
    expect(settled({ deductions: [aDeduction({ amountFenPerYear: 12 * 1_000_000 })] }).netFen).toBe(834_148 - 1_000_000)
  })
})

describe('the parts of the villages', () => {
  test("are every line whole for a village's own station", () => {
    const statement = settled({ deductions: [aDeduction({ amountFenPerYear: 120_000 })] })
    expect(statement.villages.map(({ villageCode }) => villageCode)).toEqual([VILLAGE])
    expect(linesOfVillage(statement, VILLAGE)).toEqual(statement.lines)
    expect(linesOfVillage(statement, '341623105999')).toEqual([])
  })

  const joint = (over: Partial<StationMonth>) => settled({ station: aJointStation(), ...over })
  const [first = '', second = '', third = ''] = someVillageCodes(3)

  test('[M5] are 34, 33 and 33 of 100 fen for three villages, by their codes', () => {
    const shares = [third, first, second].map((villageCode) => aShare({ villageCode, weight: 1 }))
    const { villages } = joint({ days: energyOf(1_000), prices: [aPrice({ priceE4YuanPerKwh: 10_000 })], shares })
    expect(villages).toEqual([
      { villageCode: first, parts: [{ line: 0, energyWh: 334, amountFen: 34 }], netFen: 34 },
      { villageCode: second, parts: [{ line: 0, energyWh: 333, amountFen: 33 }], netFen: 33 },
      { villageCode: third, parts: [{ line: 0, energyWh: 333, amountFen: 33 }], netFen: 33 },
    ])
  })

  test('follow the share set in force on the first day of each line, so lines are cut where it changes', () => {
    const shares = [
      aShare({ villageCode: first, weight: 3 }),
      aShare({ villageCode: second, weight: 1 }),
      aShare({ villageCode: second, weight: 1, validFrom: day('2026-10-21') }),
      aShare({ villageCode: third, weight: 1, validFrom: day('2026-10-21') }),
    ]
    const deductions = [aDeduction({ amountFenPerYear: 12 * 3_100 })]
    const statement = joint({ shares, deductions, prices: [aPrice({ priceE4YuanPerKwh: 10_000 })] })
    expect(shown(statement)).toEqual([
      ['benchmark', '01', '20', 14_000_000, 1_400_000],
      ['benchmark', '21', '31', 7_700_000, 770_000],
      ['land_rent', '01', '20', undefined, -2_000],
      ['land_rent', '21', '31', undefined, -1_100],
    ])
    expect(statement.villages.map(({ villageCode, netFen }) => [villageCode, netFen])).toEqual([
      [first, 1_050_000 - 1_500],
      [second, 350_000 + 385_000 - 500 - 550],
      [third, 385_000 - 550],
    ])
  })

  test('are none for a village that weighs nothing', () => {
    const shares = [aShare({ villageCode: first, weight: 0 }), aShare({ villageCode: second })]
    expect(joint({ shares }).villages.map(({ villageCode }) => villageCode)).toEqual([second])
  })

  test('of a county of 175 villages fit one row', () => {
    const shares = [day('2016-11-01'), day('2026-10-16')].flatMap((validFrom: ChinaDay) =>
      someVillageCodes(175).map((villageCode) => aShare({ villageCode, validFrom })),
    )
    const streams = ['benchmark', 'subsidy'] as const
    const kinds = ['land_rent', 'operation', 'insurance', 'tax', 'reserve', 'other'] as const
    const statement = joint({
      shares,
      prices: streams.flatMap((stream) => [aPrice({ stream }), aPrice({ stream, validFrom: day('2026-10-10') })]),
      deductions: kinds.map((kind) => aDeduction({ kind, rateBp: 100 })),
    })
    expect(Buffer.byteLength(JSON.stringify(statement))).toBeLessThan(256 * 1024)
  })

  test('invariant 11: sum to the station line by line, in fen and in Wh', () => {
    const villageWeights = fc.array(fc.nat(200_000), { minLength: 1, maxLength: 12 })
    const energies = fc.array(fc.nat(2_000_000), { minLength: 31, maxLength: 31 })
    fc.assert(
      fc.property(villageWeights, villageWeights, energies, fc.nat(9_999), fc.nat(3_000), (weights, later, wh, price, rateBp) => {
        fc.pre(weights.some((weight) => weight > 0) && later.some((weight) => weight > 0))
        const codes = someVillageCodes(12)
        const setOf = (set: readonly number[], validFrom: ChinaDay) =>
          set.map((weight, at) => aShare({ villageCode: codes[at] ?? '', weight, validFrom }))
        const statement = joint({
          days: someStationDays('2026-10', wh),
          shares: [...setOf(weights, day('2016-11-01')), ...setOf(later, day('2026-10-14'))],
          prices: [aPrice(), aPrice({ validFrom: day('2026-10-20'), priceE4YuanPerKwh: price })],
          deductions: [aDeduction({ rateBp }), aDeduction({ kind: 'insurance', amountFenPerYear: price })],
        })
        for (const [at, line] of statement.lines.entries()) {
          const parts = statement.villages.flatMap(({ parts }) => parts.filter((part) => part.line === at))
          expect(parts.reduce((sum, { amountFen }) => sum + amountFen, 0)).toBe(line.amountFen)
          expect(parts.reduce((sum, { energyWh }) => sum + (energyWh ?? 0), 0)).toBe(line.energyWh ?? 0)
        }
        expect(statement.villages.reduce((sum, { netFen }) => sum + netFen, 0)).toBe(statement.netFen)
        expect(statement.grossFen + statement.deductionFen).toBe(statement.netFen)
        const energyOfLines = statement.lines.reduce((sum, { energyWh }) => sum + (energyWh ?? 0), 0)
        expect(energyOfLines).toBe(wh.reduce((sum, each) => sum + each, 0))
      }),
      { numRuns: 60 },
    )
  })
})

describe('a slip', () => {
  const september = someStationDays('2026-09', 700_000)
  const days = [...september, ...someStationDays('2026-10', 700_000)]
  const crossing = aSlip({ energyWh: 24_000_001 })
  const basesOf = ({ days: standing }: Pick<StationStatement, 'days'>) =>
    Map.groupBy(standing, ({ basis }) => basis)
      .entries()
      .map(([basis, of]) => [basis, of.length])
      .toArray()

  test('decides its days, and the meter the others; each day says what it stands on', () => {
    const statement = settled({ days, slips: [crossing] })
    expect(basesOf(statement)).toEqual([
      ['slip', 25],
      ['meter', 6],
    ])
    expect(statement.energyWh).toBe(25 * 800_000 + 6 * 700_000)
    expect(statement.slips).toEqual([
      {
        billingAccount: '3400000000001',
        document: '示范结2026-10',
        from: '2026-09-26',
        to: '2026-10-25',
        energyWh: 24_000_001,
        monthWh: 20_000_000,
        beside: ['26', '27', '28', '29', '30'].map((of) => ({ day: `2026-09-${of}`, version: 1 })),
      },
    ])
  })

  test('that crosses a month gives each its days, and both together the slip to the Wh', () => {
    const of = (each: string) => settled({ month: month(each), days, slips: [crossing] }).slips?.[0]?.monthWh
    expect([of('2026-09'), of('2026-10')]).toEqual([4_000_001, 20_000_000])
  })

  test('makes firm what was estimated, missing or rested on inverters, exactly for the days it covers', () => {
    const whole = aSlip({ from: day('2026-10-01'), to: day('2026-10-31') })
    const weak = [
      ...someStationDays('2026-10', 700_000).slice(0, 20),
      aStationDay({ day: day('2026-10-21'), quality: 'estimated' }),
      aStationDay({ day: day('2026-10-22'), basis: 'inverters' }),
      aStationDay({ day: day('2026-10-23'), energyWh: null, quality: 'missing', basis: 'none' }),
    ]
    expect(settled({ days: weak, slips: [whole] })).toMatchObject({ provisional: false, energyWh: 21_000_000 })
    expect(settled({ days: [], slips: [whole] })).toMatchObject({ provisional: false, energyWh: 21_000_000 })
    expect(settled({ days: weak, slips: [] }).provisional).toBe(true)
    const until = (to: string) => settled({ days: weak, slips: [aSlip({ from: day('2026-10-21'), to: day(to) })] })
    expect(until('2026-10-31').provisional).toBe(false)
    expect(until('2026-10-30').provisional).toBe(true)
  })

  test('of another month changes nothing, not even by a day', () => {
    const around = [
      aSlip({ from: day('2026-09-01'), to: day('2026-09-30'), energyWh: 1_000_000 }),
      aSlip({ from: day('2026-11-01'), to: day('2026-11-30'), document: 'X' }),
    ]
    expect(settled({ days, slips: around })).toEqual(settled({ days, slips: [] }))
  })

  test('is not spread over days out of service', () => {
    const station = aStation({ commissionedOn: day('2026-10-01') })
    expect(settled({ station, days, slips: [crossing] }).slips).toMatchObject([{ monthWh: 24_000_001, beside: [] }])
  })

  test('five of them in any order give the same bytes', () => {
    const five = [1, 2, 3, 4, 5].map((at) =>
      aSlip({
        entry: at,
        document: `示范结${at}`,
        from: day(`2026-10-${String(at * 5).padStart(2, '0')}`),
        to: day(`2026-10-${String(at * 5 + 4).padStart(2, '0')}`),
        energyWh: 3_000_000 + at,
      }),
    )
    const wanted = JSON.stringify(settled({ days, slips: five }))
    expect(settled({ days, slips: five.toReversed() }).slips?.map(({ document }) => document)).toEqual(
      five.map(({ document }) => document),
    )
    fc.assert(
      fc.property(
        fc.shuffledSubarray(five, { minLength: 5 }),
        fc.shuffledSubarray(days, { minLength: 61 }),
        (slips, shuffled) => {
          expect(JSON.stringify(settled({ days: shuffled, slips }))).toBe(wanted)
        },
      ),
    )
  })

  test('is priced like any energy, cut where the price changes', () => {
    const prices = [aPrice(), aPrice({ validFrom: day('2026-10-10'), priceE4YuanPerKwh: 3_500 })]
    const whole = aSlip({ from: day('2026-10-01'), to: day('2026-10-31'), energyWh: 31_000_000 })
    expect(shown(settled({ days, prices, slips: [whole] }))).toEqual([
      ['benchmark', '01', '09', 9_000_000, 345_960],
      ['benchmark', '10', '31', 22_000_000, 770_000],
    ])
  })

  test('that prints another amount than the prices give is found, and income keeps to the prices', () => {
    const amounts = [
      { stream: 'benchmark' as const, amountFen: 1 },
      { stream: 'subsidy' as const, amountFen: 2 },
    ]
    const whole = aSlip({ from: day('2026-10-01'), to: day('2026-10-31'), energyWh: 21_700_000, amounts })
    const prices = [aPrice(), aPrice({ stream: 'subsidy', priceE4YuanPerKwh: 4_656 })]
    const of = (catalogueListed: boolean) => settled({ station: aStation({ catalogueListed }), days, prices, slips: [whole] })
    expect(of(true).findings).toMatchObject([
      { code: 'slip_amount', stream: 'benchmark', printedFen: 1, expectedFen: 834_148 },
      { code: 'slip_amount', stream: 'subsidy', printedFen: 2, expectedFen: 1_010_352 },
    ])
    expect(of(false).findings).toMatchObject([{}, { stream: 'subsidy', expectedFen: null }])
    expect(of(true).netFen).toBe(834_148 + 1_010_352)
  })

  test('far from the meter is found in every month it touches, by the limits that are given', () => {
    const far = aSlip({ energyWh: 12_000_000 })
    const codes = (each: string, over: Partial<StationMonth> = {}) =>
      settled({ month: month(each), days, slips: [far], ...over }).findings?.map(({ code }) => code)
    expect(codes('2026-09')).toEqual(['slip_meter', 'slip_inverters'])
    expect(codes('2026-10')).toEqual(['slip_meter', 'slip_inverters'])
    const limits = { inverterOverBp: 10_000, inverterUnderBp: 10_000, slipMeterBp: 10_000, comparedFromWh: 0 }
    expect(codes('2026-10', { limits })).toEqual([])
  })

  test('worked example 19: inverters 1,000.0 kWh, meter 972.0 kWh: income by the meter, 826.20 yuan at 0.85, and no finding', () => {
    const one = { day: day('2026-10-01'), inverterWh: 1_000_000, meterWh: 972_000, energyWh: 972_000 }
    const rest = someStationDays('2026-10', 0, { inverterWh: 0, meterWh: 0 }).slice(1)
    const statement = settled({ days: [aStationDay(one), ...rest], prices: [aPrice({ priceE4YuanPerKwh: 8_500 })] })
    expect([formatYuan(statement.netFen), statement.findings]).toEqual(['826.20', []])
  })
})
