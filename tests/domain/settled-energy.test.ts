import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays, type ChinaDay, daysBetween } from '../../domain/calendar.ts'
import type { StationDay } from '../../domain/energy.ts'
import {
  type FinalDays,
  isSpreadOutdated,
  type Spread,
  spreadSlip,
  standingDays,
  standingSlips,
} from '../../domain/settled-energy.ts'
import type { Slip } from '../../domain/slip.ts'
import { day } from '../registry.ts'
import { aStationDay, month } from '../settlement.ts'
import { aSlip } from '../slips.ts'

const FIRST = day('2026-09-29')
/** Final days from 29 September on; null is a day computed without anything known, undefined one never computed. */
const finalsOf = (...energies: (number | null | undefined)[]): FinalDays => {
  const days = energies.flatMap((energyWh, at): StationDay[] => {
    const of = addDays(FIRST, at)
    const quality = energyWh === null ? 'missing' : 'measured'
    return energyWh === undefined ? [] : [aStationDay({ day: of, version: at + 1, energyWh, quality })]
  })
  return new Map(days.map((each) => [each.day, each]))
}
/** A slip from 29 September on. */
const slipOf = (days: number, energyWh: number, over: Partial<Slip> = {}): Slip =>
  aSlip({ from: FIRST, to: addDays(FIRST, days - 1), energyWh, ...over })
const always = () => true
const spread = (energyWh: number, ...energies: (number | null | undefined)[]): number[] => [
  ...spreadSlip(slipOf(energies.length, energyWh), always, finalsOf(...energies)).values(),
]

describe("a slip's energy", () => {
  test.each<[string, number, (number | null | undefined)[], number[]]>([
    ['in proportion to what was measured', 900, [100, 200, 0], [300, 600, 0]],
    ['to the Wh, by largest remainder', 100, [1, 1, 1], [34, 33, 33]],
    ['a day of unknown energy weighs as much as the known ones on average', 900, [100, null, 200], [200, 300, 400]],
    ['as does one never computed', 900, [100, undefined, 200], [200, 300, 400]],
    ['evenly when nothing is known', 100, [null, undefined, null], [34, 33, 33]],
    ['evenly over the unknown days when the known ones made nothing', 100, [0, null, null], [0, 50, 50]],
    ['evenly when every day is known to have made nothing', 101, [0, 0], [51, 50]],
    ['nothing, as nothing to each', 0, [5, null], [0, 0]],
  ])('goes to its days %s', (_, energyWh, energies, parts) => {
    expect(spread(energyWh, ...energies)).toEqual(parts)
  })

  test('goes only to days on which the station is in service', () => {
    const until = (last: ChinaDay) => (of: ChinaDay) => of <= last
    const finals = finalsOf(100, 100, 100)
    expect([...spreadSlip(slipOf(3, 100), until(day('2026-09-30')), finals)]).toEqual([
      ['2026-09-29', 50],
      ['2026-09-30', 50],
    ])
    expect(spreadSlip(slipOf(3, 100), until(day('2026-09-28')), finals).size).toBe(0)
  })

  test('sums to the slip to the Wh and follows what was measured within 1 Wh, whatever is known', () => {
    const energies = fc.array(fc.option(fc.integer({ min: 0, max: 2_000_000_000 })), { minLength: 1, maxLength: 366 })
    fc.assert(
      fc.property(energies, fc.integer({ min: 0, max: 1e12 }), (known, energyWh) => {
        const parts = spread(energyWh, ...known)
        expect(parts).toHaveLength(known.length)
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(energyWh)
        expect(parts.every((part) => Number.isSafeInteger(part) && part >= 0)).toBe(true)
        const total = known.reduce<number>((sum, each) => sum + (each ?? 0), 0)
        if (known.includes(null) || total === 0) return
        for (const [at, part] of parts.entries()) {
          const quota = (BigInt(energyWh) * BigInt(known[at] ?? 0)) / BigInt(total)
          expect([quota, quota + 1n]).toContain(BigInt(part))
        }
      }),
    )
  })

  test('is the same in whatever order the days are known', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6]), (order) => {
        const finals = [...finalsOf(7, 7, 7, null, 7, 7, 7)]
        const shuffled = new Map([...order.map((at) => finals[at]), ...finals].filter((each) => each !== undefined))
        expect([...spreadSlip(slipOf(7, 1_000), always, shuffled)]).toEqual([
          ...spreadSlip(slipOf(7, 1_000), always, new Map(finals)),
        ])
      }),
    )
  })
})

const spreadOf = (slip: Slip, finals: FinalDays): Spread => ({ slip, byDay: spreadSlip(slip, always, finals) })

describe('the days a month stands on', () => {
  const october = daysBetween(day('2026-10-01'), day('2026-10-04'))

  test('are their part of a slip where one covers them, else what telemetry says', () => {
    const finals = finalsOf(100, 100, 100, null, 300)
    const slip = slipOf(4, 4_000)
    expect(standingDays(october, { finals, spreads: [spreadOf(slip, finals)] })).toEqual([
      { day: '2026-10-01', version: 3, energyWh: 1_000, quality: 'measured', basis: 'slip' },
      { day: '2026-10-02', version: 4, energyWh: 1_000, quality: 'measured', basis: 'slip' },
      { day: '2026-10-03', version: 5, energyWh: 300, quality: 'measured', basis: 'meter' },
      { day: '2026-10-04', version: 0, energyWh: null, quality: 'missing', basis: 'none' },
    ])
  })

  test('name the slips, what of each falls into the month, and the days beside it', () => {
    const finals = finalsOf(100, undefined, 100)
    const crossing = slipOf(3, 3_001, { amounts: [{ stream: 'benchmark', amountFen: 1 }] })
    const inside = aSlip({ document: '示范结2', from: day('2026-10-02'), to: day('2026-10-02'), energyWh: 7 })
    const later = aSlip({ document: '示范结3', from: day('2026-11-01'), to: day('2026-11-02'), energyWh: 7 })
    const named = standingSlips(
      month('2026-10'),
      finals,
      [crossing, inside, later].map((slip) => spreadOf(slip, finals)),
    )
    const account = '3400000000001'
    expect(named).toEqual([
      {
        billingAccount: account,
        document: '示范结2026-10',
        from: '2026-09-29',
        to: '2026-10-01',
        energyWh: 3_001,
        monthWh: 1_000,
        beside: [
          { day: '2026-09-29', version: 1 },
          { day: '2026-09-30', version: 0 },
        ],
      },
      { billingAccount: account, document: '示范结2', from: '2026-10-02', to: '2026-10-02', energyWh: 7, monthWh: 7, beside: [] },
    ])
  })

  test('are out of date for another month when a day beside it has another version since', () => {
    const before = finalsOf(100, undefined, 100)
    const slips = standingSlips(month('2026-10'), before, [spreadOf(slipOf(3, 3_000), before)])
    const outdated = (of: string, finals: FinalDays) => isSpreadOutdated(slips, month(of), finals)
    expect(outdated('2026-09', before)).toBe(false)
    expect(outdated('2026-09', finalsOf(100, 100, 100))).toBe(true)
    expect(outdated('2026-09', new Map([[FIRST, aStationDay({ day: FIRST, version: 2 })]]))).toBe(true)
    expect(outdated('2026-09', new Map())).toBe(true)
    expect(outdated('2026-10', new Map())).toBe(false)
    expect(isSpreadOutdated([], month('2026-09'), before)).toBe(false)
  })
})
