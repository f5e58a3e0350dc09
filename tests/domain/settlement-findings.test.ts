import { describe, expect, test } from 'vitest'
import { type ChinaDay, daysBetween } from '../../domain/calendar.ts'
import type { DeviceDay, StationDay } from '../../domain/energy.ts'
import { finalDays } from '../../domain/income.ts'
import { spreadSlip } from '../../domain/settled-energy.ts'
import { type PriceOn, settlementFindings, type SettlementLimits } from '../../domain/settlement-findings.ts'
import type { Slip } from '../../domain/slip.ts'
import { day } from '../registry.ts'
import { aStationDay } from '../settlement.ts'
import { aSlip } from '../slips.ts'

const DAYS = daysBetween(day('2026-10-01'), day('2026-10-10'))
const [FROM, TO] = ['2026-10-01', '2026-10-10']
const daysOf = (over: Partial<StationDay>): StationDay[] => DAYS.map((each) => aStationDay({ day: each, ...over }))
const noPrice: PriceOn = () => undefined

type Given = {
  days?: StationDay[]
  slips?: Slip[]
  priceOn?: PriceOn
  limits?: SettlementLimits
  isInService?: (of: ChinaDay) => boolean
}
const found = ({ days = [], slips = [], priceOn = noPrice, limits, isInService = () => true }: Given) => {
  const finals = finalDays(days)
  const spreads = slips.map((slip) => ({ slip, byDay: spreadSlip(slip, isInService, finals) }))
  return settlementFindings({ inService: DAYS, finals, spreads, priceOn, ...(limits && { limits }) })
}
const slipOf = (energyWh: number, over: Partial<Slip> = {}) => aSlip({ from: day(FROM), to: day(TO), energyWh, ...over })

/** Ten days of these, each. */
const month = (inverterWh: number | null, meterWh: number | null) => found({ days: daysOf({ inverterWh, meterWh }) })

describe('inverters against the meter over a month', () => {
  test.each([
    ['worked example 19: 2.8 % above', 1_000_000, 972_000, 0],
    ['5 % above', 1_000_000, 950_000, 0],
    ['more than 5 % above', 1_000_000, 949_999, 1],
    ['1 % below', 1_000_000, 1_010_000, 0],
    ['more than 1 % below', 1_000_000, 1_010_001, 1],
    ['equal', 1_000_000, 1_000_000, 0],
    ['nothing beside something', 0, 2_000, 1],
    ['both below 20 kWh together', 1_999, 1_000, 0],
    ['20 kWh together', 2_000, 1_000, 1],
    ['a meter of 20 kWh together', 1_000, 2_000, 1],
    ['both nothing', 0, 0, 0],
  ])('%s: as many findings as that is worth', (_, inverterWh, meterWh, count) => {
    expect(month(inverterWh, meterWh)).toHaveLength(count)
  })

  test('are told with their sums, and how many days are estimated', () => {
    const days = daysOf({ inverterWh: 1_000_000, meterWh: 900_000 })
    days[3] = aStationDay({ day: day('2026-10-04'), inverterWh: 1_000_000, meterWh: 900_000, quality: 'estimated' })
    expect(found({ days })).toEqual([
      { code: 'month_sum_check', from: FROM, to: TO, ofWh: 10_000_000, toWh: 9_000_000, estimatedDays: 1 },
    ])
  })

  test.each<[string, Partial<StationDay> | undefined]>([
    ['has no meter figure', { meterWh: null }],
    ['has no inverter figure', { inverterWh: null }],
    ['was never computed', undefined],
    ['lacks an inverter', { devices: [aDeviceDay({ energyWh: null, quality: 'missing' })] }],
  ])('are not compared when one day %s', (_, over) => {
    const days = daysOf({ inverterWh: 1_000_000, meterWh: 900_000 }).slice(1)
    if (over) days.push(aStationDay({ day: day(FROM), inverterWh: 1_000_000, meterWh: 900_000, ...over }))
    expect(found({ days })).toEqual([])
  })

  test('are compared when every inverter is known, and when only a meter is not', () => {
    const devices = [aDeviceDay({}), aDeviceDay({ kind: 'meter', energyWh: null, quality: 'missing' })]
    expect(found({ days: daysOf({ inverterWh: 1_000_000, meterWh: 900_000, devices }) })).toHaveLength(1)
  })

  test('are not compared in a month without a day in service', () => {
    expect(settlementFindings({ inService: [], finals: new Map(), spreads: [], priceOn: noPrice })).toEqual([])
  })
})

function aDeviceDay(over: Partial<DeviceDay>): DeviceDay {
  return {
    deviceId: 'ZL1-INV-1',
    kind: 'inverter',
    energyWh: 1,
    quality: 'measured',
    coveragePermille: 1_000,
    readings: 1,
    findings: [],
    ...over,
  }
}

describe('a slip', () => {
  const codes = (days: StationDay[], energyWh: number) => found({ days, slips: [slipOf(energyWh)] }).map(({ code }) => code)

  test.each([
    ['1 % above', 9_900_991, []],
    ['more than 1 % above', 9_900_990, ['slip_meter']],
    ['1 % below', 10_101_010, []],
    ['more than 1 % below', 10_101_011, ['slip_meter']],
    ['equal', 10_000_000, []],
  ])('is compared with a meter that is %s', (_, energyWh, wanted) => {
    expect(codes(daysOf({ meterWh: 1_000_000, inverterWh: null }), energyWh)).toEqual(wanted)
  })

  test.each([
    ['5 % above', 9_500_000, []],
    ['more than 5 % above', 9_499_999, ['slip_inverters']],
    ['1 % below', 10_100_000, []],
    ['more than 1 % below', 10_100_001, ['slip_inverters']],
  ])('is compared with inverters that are %s', (_, energyWh, wanted) => {
    expect(codes(daysOf({ meterWh: null, inverterWh: 1_000_000 }), energyWh)).toEqual(wanted)
  })

  test('is told with both sums', () => {
    const days = daysOf({ meterWh: 1_000_000, inverterWh: 1_020_000, quality: 'estimated' })
    expect(found({ days, slips: [slipOf(5_000_000)] })).toEqual([
      {
        code: 'slip_meter',
        document: '示范结2026-10',
        from: FROM,
        to: TO,
        ofWh: 10_000_000,
        toWh: 5_000_000,
        estimatedDays: 10,
      },
      {
        code: 'slip_inverters',
        document: '示范结2026-10',
        from: FROM,
        to: TO,
        ofWh: 10_200_000,
        toWh: 5_000_000,
        estimatedDays: 10,
      },
    ])
  })

  test('of nothing is no match for a meter that counted', () => {
    expect(codes(daysOf({ meterWh: 1_000_000, inverterWh: null }), 0)).toEqual(['slip_meter'])
  })

  test('is compared with nothing when a day is unknown, or out of service', () => {
    expect(codes(daysOf({ meterWh: 1_000_000, inverterWh: null }).slice(1), 5_000_000)).toEqual([])
    const days = daysOf({ meterWh: 1_000_000, inverterWh: null })
    expect(found({ days, slips: [slipOf(5_000_000)], isInService: (of) => of !== DAYS[0] })).toEqual([])
  })

  test('below 20 kWh is compared with nothing as small', () => {
    expect(codes(daysOf({ meterWh: 1_999, inverterWh: null }), 10_000)).toEqual([])
    expect(codes(daysOf({ meterWh: 2_000, inverterWh: null }), 10_000)).toEqual(['slip_meter'])
  })

  test('is held to the limits that are given', () => {
    const limits = { inverterOverBp: 10_000, inverterUnderBp: 10_000, slipMeterBp: 10_000, comparedFromWh: 0 }
    const days = daysOf({ meterWh: 1_000_000, inverterWh: 1_500_000 })
    expect(found({ days, slips: [slipOf(5_000_000)], limits })).toEqual([])
    expect(found({ days, slips: [slipOf(5_000_000)], limits: { ...limits, slipMeterBp: 9_999 } })).toHaveLength(1)
  })
})

describe('a printed amount', () => {
  const printed = (amountFen: number, priceOn: PriceOn, energyWh = 10_000_000) =>
    found({ slips: [slipOf(energyWh, { amounts: [{ stream: 'benchmark', amountFen }] })], priceOn })
  const flat: PriceOn = (stream) => (stream === 'benchmark' ? 3_844 : undefined)
  const changing: PriceOn = (_, of) => (of < '2026-10-06' ? 3_844 : 3_500)

  test.each([
    ['what the price gives', 384_400, 0],
    ['a fen more', 384_401, 0],
    ['a fen less', 384_399, 0],
    ['two fen more', 384_402, 1],
    ['two fen less', 384_398, 1],
  ])('that is %s: as many findings as that is worth', (_, amountFen, count) => {
    expect(printed(amountFen, flat)).toHaveLength(count)
  })

  test('is expected by each price on its own days, a fen for each', () => {
    const expected = 192_200 + 175_000
    expect(printed(expected + 2, changing)).toEqual([])
    expect(printed(expected + 3, changing)).toEqual([
      {
        code: 'slip_amount',
        document: '示范结2026-10',
        from: FROM,
        to: TO,
        stream: 'benchmark',
        printedFen: expected + 3,
        expectedFen: expected,
      },
    ])
  })

  test('of a stream without a price on one of the days has nothing to be compared with', () => {
    const late: PriceOn = (_, of) => (of < '2026-10-02' ? undefined : 3_844)
    expect(printed(384_400, noPrice)).toMatchObject([{ code: 'slip_amount', expectedFen: null }])
    expect(printed(384_400, late)).toMatchObject([{ expectedFen: null }])
    expect(printed(0, noPrice)).toMatchObject([{ printedFen: 0, expectedFen: null }])
  })
})
