import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChinaMonth } from '../../domain/calendar.ts'
import { type Content, type StationStatement, sumFen } from '../../domain/income.ts'
import { fenOfMonth } from '../../domain/money.ts'
import type { AmountIncome, RegionDeduction } from '../../domain/registry.ts'
import { type CountyTerms, type StationMonth, settleStationMonth } from '../../domain/settlement.ts'
import { energyOfLine } from '../../domain/trace.ts'
import { aStation, day } from '../registry.ts'
import {
  aDeduction,
  anIncome,
  aPrice,
  aRegionDeduction,
  aShare,
  aStationDay,
  aVatRule,
  month,
  someStationDays,
  someVillageCodes,
} from '../settlement.ts'
import { aSlip } from '../slips.ts'

/** What decides a station's month beside prices and its own deductions. October of 700 kWh a day at 0.3844: 8,341.48 yuan. */

const GROSS_FEN = 834_148
const OCTOBER = month('2026-10')

const terms = (over: Partial<CountyTerms> = {}): CountyTerms => ({
  deductions: [],
  fleet: [],
  vat: [],
  earlierSalesFen: new Map<ChinaMonth, number>(),
  ...over,
})
const settled = (over: Partial<StationMonth> = {}): Content<StationStatement> => {
  const outcome = settleStationMonth({
    station: aStation(),
    month: OCTOBER,
    days: someStationDays('2026-10', 700_000),
    slips: [],
    prices: [aPrice()],
    deductions: [],
    shares: [],
    ...over,
  })
  if (outcome.kind === 'rejected') throw new Error(outcome.detail)
  expect(sumFen(outcome.statement.lines)).toBe(outcome.statement.netFen)
  expect(sumFen(outcome.statement.villages.flatMap(({ parts }) => parts))).toBe(outcome.statement.netFen)
  return outcome.statement
}
const joint = (over: Partial<StationMonth> = {}) =>
  settled({
    station: aStation({ stationId: 'KT', kind: 'joint', villageCode: undefined }),
    shares: someVillageCodes(2).map((villageCode) => aShare({ villageCode, weight: 1 })),
    ...over,
  })
const after = ({ lines }: Content<StationStatement>) =>
  lines.slice(1).map(({ kind, from, to, amountFen }) => [kind, from.slice(8), to.slice(8), amountFen])

describe('income that is an amount', () => {
  const earned = (...incomes: AmountIncome[]) => after(settled({ incomes }))

  test('comes by the month, by the days it holds, and is income without energy', () => {
    const statement = settled({ incomes: [anIncome({ amountFenPerYear: 12 * 31_000, validFrom: day('2026-10-11') })] })
    expect(after(statement)).toEqual([['farming', '11', '31', 21_000]])
    expect(statement).toMatchObject({ grossFen: GROSS_FEN + 21_000, deductionFen: 0, energyWh: 21_700_000 })
    expect(statement.lines[1]).toStrictEqual({
      stationId: 'ZL1',
      kind: 'farming',
      from: day('2026-10-11'),
      to: day('2026-10-31'),
      amountFen: 21_000,
      document: '示范种养〔2016〕1号',
    })
  })

  test('twelve months of it sum to the year', () => {
    const months = Array.from({ length: 12 }, (_, at) => `2026-${String(at + 1).padStart(2, '0')}`)
    const fen = months.map((of) => {
      const incomes = [anIncome({ amountFenPerYear: 100_007 })]
      return settled({ month: month(of), days: someStationDays(of, 1), incomes }).lines[1]?.amountFen ?? 0
    })
    expect(fen.reduce((sum, each) => sum + each, 0)).toBe(100_007)
  })

  test('once is whole on its day, and nothing in another month or out of service', () => {
    const once = (on: string) => anIncome({ stream: 'sundry', validFrom: day(on), amountFenOnce: 12_345 })
    expect(earned(once('2026-10-31'), once('2026-10-01'))).toEqual([
      ['sundry', '01', '01', 12_345],
      ['sundry', '31', '31', 12_345],
    ])
    expect(earned(once('2026-09-30'), once('2026-11-01'))).toEqual([])
    const station = aStation({ commissionedOn: day('2026-10-10') })
    expect(after(settled({ station, incomes: [once('2026-10-09')] }))).toEqual([])
  })

  test('yearly ends where the next of its stream begins, and what comes once ends nothing', () => {
    const old = anIncome({ amountFenPerYear: 12 * 31_000 })
    const next = anIncome({ amountFenPerYear: 12 * 62_000, validFrom: day('2026-10-31') })
    const once = anIncome({ amountFenOnce: 5, validFrom: day('2026-10-15') })
    expect(earned(next, once, old)).toEqual([
      ['farming', '01', '30', 30_000],
      ['farming', '31', '31', 2_000],
      ['farming', '15', '15', 5],
    ])
  })

  test('belongs to whoever has a part on its days', () => {
    const [first = '', second = ''] = someVillageCodes(2)
    const shares = [aShare({ villageCode: first }), aShare({ villageCode: second, validFrom: day('2026-10-16') })]
    const incomes = [
      anIncome({ amountFenPerYear: 12 * 31_000 }),
      anIncome({ stream: 'sundry', amountFenOnce: 7, validFrom: day('2026-10-16') }),
    ]
    const { lines, villages } = joint({ shares, incomes })
    const ofSecond = villages
      .find(({ villageCode }) => villageCode === second)
      ?.parts.map(({ line, amountFen }) => [lines[line]?.kind, amountFen])
    expect(ofSecond?.slice(1)).toEqual([
      ['farming', 16_000],
      ['sundry', 7],
    ])
  })

  test('is no base of a rate, which is of what energy earned', () => {
    const deductions = [aDeduction({ kind: 'operation', rateBp: 1_000 })]
    const [, , operation] = settled({ deductions, incomes: [anIncome({ amountFenPerYear: 12_000_000 })] }).lines
    expect(operation?.amountFen).toBe(-83_415)
  })
})

test('a rate of a month the station is in service for a part of is of all that energy earned', () => {
  const station = aStation({ commissionedOn: day('2026-10-22') })
  const statement = settled({ station, deductions: [aDeduction({ rateBp: 1_000, validFrom: day('2016-01-01') })] })
  expect(statement.lines.map(({ amountFen }) => amountFen)).toEqual([269_080, -26_908])
})

describe('a price that ends', () => {
  test('leaves the days from its end on without that stream', () => {
    const subsidy = aPrice({ stream: 'subsidy', validTo: day('2026-10-11'), priceE4YuanPerKwh: 10_000 })
    expect(after(settled({ prices: [aPrice(), subsidy] }))).toEqual([['subsidy', '01', '10', 700_000]])
  })

  test('is not followed by the one before it', () => {
    const old = aPrice({ stream: 'subsidy', priceE4YuanPerKwh: 20_000 })
    const short = aPrice({
      stream: 'subsidy',
      validFrom: day('2026-10-02'),
      validTo: day('2026-10-04'),
      priceE4YuanPerKwh: 10_000,
    })
    expect(after(settled({ prices: [aPrice(), old, short] }))).toEqual([
      ['subsidy', '01', '01', 140_000],
      ['subsidy', '02', '03', 140_000],
    ])
  })
})

describe('a subsidy with a limit', () => {
  const prices = [aPrice(), aPrice({ stream: 'subsidy', priceE4YuanPerKwh: 10_000 })]
  const limited = (leftWh: number, more: Partial<StationMonth> = {}) =>
    settled({
      prices,
      station: aStation({ subsidisedWhMax: 1_000_000 + leftWh, subsidisedWhBefore: 400_000 }),
      earlierSubsidisedWh: 600_000,
      ...more,
    })

  test.each([
    ['is whole below it', 21_700_001, [21_700_000, undefined, 2_170_000]],
    ['is whole when it is just reached', 21_700_000, [21_700_000, undefined, 2_170_000]],
    ['ends at it', 21_699_999, [21_699_999, 1, 2_170_000]],
    ['ends within the month', 700_000, [700_000, 21_000_000, 70_000]],
    ['is none of energy beyond it', 0, [0, 21_700_000, 0]],
    ['is none where more had it than the limit', -1, [0, 21_700_000, 0]],
  ])('%s', (_, leftWh, [energyWh, beyondCapWh, amountFen]) => {
    const statement = limited(leftWh)
    expect(statement.lines[1]).toMatchObject({ energyWh, amountFen })
    expect(statement.lines[1]?.beyondCapWh).toBe(beyondCapWh)
    expect(statement.lines[0]).toMatchObject({ energyWh: 21_700_000, amountFen: GROSS_FEN })
    for (const line of statement.lines) expect(energyOfLine(statement, line)).toBe(line.energyWh)
  })

  test('goes to the first days, at their price', () => {
    const cheaper = aPrice({ stream: 'subsidy', validFrom: day('2026-10-02'), priceE4YuanPerKwh: 5_000 })
    const { lines } = limited(1_000_000, { prices: [...prices, cheaper] })
    expect(lines.slice(1).map(({ energyWh, beyondCapWh, amountFen }) => [energyWh, beyondCapWh, amountFen])).toEqual([
      [700_000, undefined, 70_000],
      [300_000, 20_700_000, 15_000],
    ])
  })
})

describe('a station whose energy is used on the spot', () => {
  const station = aStation({ feedIn: 'surplus' })
  const streams = ['benchmark', 'subsidy', 'own_use'] as const
  const prices = streams.map((stream, at) => aPrice({ stream, priceE4YuanPerKwh: (at + 1) * 1_000 }))
  const days = someStationDays('2026-10', 700_000, { inverterWh: 1_000_000 })
  const energies = ({ lines }: Content<StationStatement>) => lines.map(({ kind, energyWh }) => [kind, energyWh])

  test('is paid for what it feeds in, for what is used, and a subsidy for both', () => {
    const statement = settled({ station, prices, days })
    expect(energies(statement)).toEqual([
      ['benchmark', 21_700_000],
      ['subsidy', 31_000_000],
      ['own_use', 9_300_000],
    ])
    expect(statement).toMatchObject({ energyWh: 21_700_000, provisional: false, findings: [] })
    expect(statement.days[0]).toMatchObject({ energyWh: 700_000, generatedWh: 1_000_000 })
    for (const line of statement.lines) expect(energyOfLine(statement, line)).toBe(line.energyWh)
  })

  test('used nothing where the meter shows more than the inverters', () => {
    const more = someStationDays('2026-10', 700_000, { inverterWh: 699_000 })
    expect(energies(settled({ station, prices, days: more }))).toEqual([
      ['benchmark', 21_700_000],
      ['subsidy', 21_700_000],
      ['own_use', 0],
    ])
  })

  test('is provisional while what it made on a day is not known, and pays no own use of it', () => {
    const unknown = {
      deviceId: 'I',
      kind: 'inverter' as const,
      energyWh: null,
      quality: 'missing' as const,
      coveragePermille: 0,
      readings: 0,
      findings: [],
    }
    const [first, ...rest] = days
    const statement = settled({ station, prices, days: [aStationDay({ ...first, devices: [unknown] }), ...rest] })
    expect(statement.provisional).toBe(true)
    expect(statement.days[0]?.generatedWh).toBeNull()
    expect(energies(statement)[2]).toEqual(['own_use', 9_000_000])
    expect(settled({ station, prices, days: rest }).days[0]).toMatchObject({ energyWh: null, generatedWh: null })
  })

  test('goes by the slip for what was fed in, and has no finding for what was used', () => {
    const slip = aSlip({
      from: day('2026-10-01'),
      to: day('2026-10-31'),
      energyWh: 21_700_000,
      amounts: [{ stream: 'subsidy', amountFen: 620_000 }],
    })
    const statement = settled({ station, prices, days, slips: [slip] })
    expect(statement.findings).toEqual([])
    expect(energies(statement)[2]).toEqual(['own_use', 9_300_000])
    const low = someStationDays('2026-10', 700_000, { inverterWh: 600_000 })
    expect(settled({ station, prices, days: low }).findings).toMatchObject([{ code: 'month_sum_check' }])
  })

  test('has no own use where all is fed in, whatever price there is', () => {
    expect(energies(settled({ prices, days })).map(([kind]) => kind)).toEqual(['benchmark', 'subsidy'])
  })
})

describe('what the county deducts for all of its stations', () => {
  const pooled = (
    rows: RegionDeduction[],
    over: Partial<StationMonth> = {},
    fleet = [aStation(), aStation({ stationId: 'ZL2' })],
  ) => settled({ county: terms({ deductions: rows, fleet }), ...over })

  test('by rate is of each station, and marked', () => {
    const statement = pooled([aRegionDeduction({ rateBp: 1_000 })])
    expect(statement.lines[1]).toStrictEqual({
      stationId: 'ZL1',
      kind: 'insurance',
      from: day('2026-10-01'),
      to: day('2026-10-31'),
      rateBp: 1_000,
      amountFen: -83_415,
      document: '示范统筹〔2016〕1号',
      isPooled: true,
    })
  })

  test('stands beside what the station pays itself under the same name', () => {
    const own = aDeduction({ kind: 'insurance', amountFenPerYear: 1_200 })
    const lines = pooled([aRegionDeduction({ amountFenPerYear: 2_400 })], { deductions: [own] }).lines.slice(1)
    expect(lines.map(({ amountFen, isPooled }) => [amountFen, isPooled])).toEqual([
      [-100, undefined],
      [-100, true],
    ])
  })

  test('by amount is divided by capacity and days in service, in force or not', () => {
    const fleet = [
      aStation({ dcCapacityW: 100_000 }),
      aStation({ stationId: 'ZL2', dcCapacityW: 200_000, commissionedOn: day('2026-10-17') }),
      aStation({ stationId: 'ZL3', dcCapacityW: 900_000, decommissionedOn: day('2026-10-01') }),
    ]
    const [own, other] = fleet
    // 31 days of 100 kW and 15 of 200 kW: 31 to 30.
    const rows = [aRegionDeduction({ amountFenPerYear: 12 * 6_100 })]
    expect(after(pooled(rows, { ...(own && { station: own }) }, fleet))).toEqual([['insurance', '01', '31', -3_100]])
    expect(after(pooled(rows, { ...(other && { station: other }) }, fleet))).toEqual([['insurance', '17', '31', -3_000]])
    const begun = [aRegionDeduction({ amountFenPerYear: 12 * 3_100, validFrom: day('2026-10-30') })]
    expect(after(pooled(begun, {}, fleet))).toEqual([['insurance', '30', '31', -67]])
  })

  test('ends where the next row of its kind begins, be one a rate and the other an amount', () => {
    const rows = [
      aRegionDeduction({ rateBp: 310 }),
      aRegionDeduction({ amountFenPerYear: 12 * 62_000, validFrom: day('2026-10-31') }),
    ]
    // 3.1 % of 8,341.48 over 30 of 31 days; a day of 620.00 for two stations.
    expect(after(pooled(rows))).toEqual([
      ['insurance', '01', '30', -25_024],
      ['insurance', '31', '31', -1_000],
    ])
  })

  test('takes nothing on days before the station is in service', () => {
    const station = aStation({ commissionedOn: day('2026-10-17') })
    const rows = [
      aRegionDeduction({ amountFenPerYear: 12_000, validTo: day('2026-10-17') }),
      aRegionDeduction({ kind: 'other', rateBp: 100, validTo: day('2026-10-17') }),
    ]
    expect(after(pooled(rows, { station }, [station, aStation({ stationId: 'ZL2' })]))).toEqual([])
  })

  test('takes nothing of a station that is none of the county’s', () => {
    expect(after(pooled([aRegionDeduction({ amountFenPerYear: 1_200 })], {}, [aStation({ stationId: 'ZL2' })]))).toEqual([])
  })

  test('by amount is the same fen in all, however many stations, capacities and days', () => {
    const member = fc.record({
      dcCapacityW: fc.integer({ min: 1, max: 40_000_000 }),
      commissionedOn: fc.constantFrom(day('2016-11-20'), day('2026-10-01'), day('2026-10-13'), day('2026-10-31')),
    })
    fc.assert(
      fc.property(
        fc.array(member, { minLength: 1, maxLength: 12 }),
        fc.nat(10_000_000),
        fc.nat(30),
        (members, amountFenPerYear, from) => {
          const fleet = members.map((of, at) => aStation({ stationId: `S${at}`, ...of }))
          const validFrom = day(`2026-10-${String(from + 1).padStart(2, '0')}`)
          const county = terms({ deductions: [aRegionDeduction({ amountFenPerYear, validFrom })], fleet })
          const fen = fleet.map((station) =>
            settled({ station, county })
              .lines.slice(1)
              .reduce((sum, line) => sum + line.amountFen, 0),
          )
          const monthFen = fenOfMonth({ amountFenPerYear, month: 10 })
          const before = Math.floor((monthFen * from) / 31)
          const isAnyThere = members.some(({ commissionedOn }) => commissionedOn <= day('2026-10-31'))
          expect(0 - fen.reduce((sum, each) => sum + each, 0)).toBe(isAnyThere ? monthFen - before : 0)
        },
      ),
    )
  })

  test('is shared among villages by their parts on its days', () => {
    const [first = '', second = ''] = someVillageCodes(2)
    const shares = [aShare({ villageCode: first }), aShare({ villageCode: second, validFrom: day('2026-10-16') })]
    const station = aStation({ stationId: 'KT', kind: 'joint', villageCode: undefined })
    const county = terms({ deductions: [aRegionDeduction({ amountFenPerYear: 12 * 31_000 })], fleet: [station] })
    const { villages, lines } = joint({ shares, county })
    const insurance = villages.map(({ parts }) =>
      parts.filter(({ line }) => lines[line]?.kind === 'insurance').map(({ amountFen }) => amountFen),
    )
    expect(insurance).toEqual([[-15_000], [-16_000]])
  })
})

describe('value-added tax of a joint station', () => {
  const rule = aVatRule({ stationKind: 'joint', exemptUpToFen: 100_000 })

  test('is a deduction of the month, of what energy earned, with its rate and paper', () => {
    const statement = joint({
      county: terms({ vat: [rule] }),
      incomes: [anIncome({ stationId: 'KT', amountFenPerYear: 12_000 })],
    })
    // 8,341.48 - 8,341.48 / 1.01
    expect(statement.lines.at(-1)).toMatchObject({ kind: 'tax', vatBp: 100, amountFen: -8_259, document: rule.document })
  })

  test('is none up to the threshold, and none of a station that belongs to a village', () => {
    expect(after(joint({ county: terms({ vat: [{ ...rule, exemptUpToFen: GROSS_FEN }] }) }))).toEqual([])
    expect(after(settled({ county: terms({ vat: [rule, aVatRule({ exemptUpToFen: 0 })] }) }))).toEqual([])
    expect(after(joint({ county: terms({ vat: [aVatRule({ exemptUpToFen: 0 })] }) }))).toEqual([])
  })

  test('by the quarter is due with its last month, on what all three sold', () => {
    const quarterly = { ...rule, per: 'quarter' as const, exemptUpToFen: 1_000_000 }
    const earlierSalesFen = new Map([
      [month('2026-08'), 999_999_999],
      [month('2026-10'), 100_000],
      [month('2026-11'), 84_148],
    ])
    const of = (text: string) => {
      const days = someStationDays(text, text === '2026-10' ? 700_000 : 0).map((each, at) =>
        at === 0 ? { ...each, energyWh: 21_700_000 } : each,
      )
      return after(joint({ month: month(text), days, county: terms({ vat: [quarterly], earlierSalesFen }) }))
    }
    expect(of('2026-10')).toEqual([])
    expect(of('2026-11')).toEqual([])
    // 10,182.96 - 10,182.96 / 1.01
    expect(of('2026-12')).toEqual([['tax', '01', '31', -10_082]])
  })
})
