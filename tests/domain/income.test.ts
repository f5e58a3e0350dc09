import { describe, expect, test } from 'vitest'
import type { ChinaDay } from '../../domain/calendar.ts'
import type { StationDay } from '../../domain/energy.ts'
import { linesOfVillage, type StationStatement, saysTheSame, statesTheSame, sumFen } from '../../domain/income.ts'
import { composeVillageMonth } from '../../domain/village-statement.ts'
import { isAnythingKnown, monthsToSettle, stationMonthWork, villageMonthWork } from '../../domain/settlement-work.ts'
import type { Slip } from '../../domain/slip.ts'
import { aStation, COUNTY, day, VILLAGE } from '../registry.ts'
import { aStationDay, month, someStationDays } from '../settlement.ts'
import { aSlip, aSlipContent } from '../slips.ts'

const aStatement = (over: Partial<StationStatement> = {}): StationStatement => ({
  stationId: 'ZL1',
  countyCode: COUNTY,
  month: month('2026-10'),
  version: 1,
  computedAtMs: 1,
  days: [],
  energyWh: 1_000,
  lines: [
    {
      stationId: 'ZL1',
      kind: 'benchmark',
      from: day('2026-10-01'),
      to: day('2026-10-31'),
      energyWh: 1_000,
      priceE4YuanPerKwh: 10_000,
      amountFen: 100,
      document: '示范价〔2016〕1号',
    },
  ],
  grossFen: 100,
  deductionFen: 0,
  netFen: 100,
  provisional: false,
  villages: [{ villageCode: VILLAGE, parts: [{ line: 0, energyWh: 334, amountFen: 34 }], netFen: 34 }],
  ...over,
})

describe("a village's month", () => {
  const compose = (statements: StationStatement[], complete = true) =>
    composeVillageMonth({ villageCode: VILLAGE, countyCode: COUNTY, month: month('2026-10'), statements, complete })

  test('has its part of every station, by station id, and names the versions it stands on', () => {
    const composed = compose([aStatement({ stationId: 'ZL2', version: 3 }), aStatement(), aStatement({ stationId: 'ZL3' })])
    expect(composed.stations.map(({ stationId, version, netFen }) => [stationId, version, netFen])).toEqual([
      ['ZL1', 1, 34],
      ['ZL2', 3, 34],
      ['ZL3', 1, 34],
    ])
    expect(composed.stations[0]?.lines[0]).toMatchObject({ energyWh: 334, amountFen: 34, priceE4YuanPerKwh: 10_000 })
    expect(composed).toMatchObject({ netFen: 102, provisional: false })
  })

  test('leaves out a station in which it has no part', () => {
    expect(compose([aStatement({ villages: [] })])).toMatchObject({ stations: [], netFen: 0 })
  })

  test.each([
    ['a station of it is', [aStatement(), aStatement({ stationId: 'ZL2', provisional: true })], true],
    ['a station has no statement yet', [aStatement()], false],
  ])('is provisional while %s', (_, statements, complete) => {
    expect(compose(statements, complete).provisional).toBe(true)
  })
})

test('a part of a line the statement does not have is refused', () => {
  const villages = [{ villageCode: VILLAGE, parts: [{ line: 1, amountFen: 34 }], netFen: 34 }]
  expect(() => linesOfVillage(aStatement({ villages }), VILLAGE)).toThrow(new RangeError('no line 1 to have a part of'))
})

test('a sum is never given where it may be a fen off', () => {
  const largest = { amountFen: Number.MAX_SAFE_INTEGER }
  expect(sumFen([largest, { amountFen: -1 }, { amountFen: 1 }])).toBe(Number.MAX_SAFE_INTEGER)
  expect(() => sumFen([largest, { amountFen: 1 }])).toThrow(new RangeError('a sum beyond the safe integers: 9007199254740992'))
})

describe('two versions of a statement', () => {
  const { version: _, computedAtMs: __, ...content } = aStatement()

  test('say the same whatever their version, time and order of keys', () => {
    const turned = Object.fromEntries(Object.entries(content).toReversed()) as typeof content
    expect(saysTheSame(aStatement({ version: 7, computedAtMs: 9 }), turned)).toBe(true)
  })

  test('say something else when any figure differs', () => {
    expect(saysTheSame(aStatement({ netFen: 101 }), content)).toBe(false)
    expect(saysTheSame(aStatement({ villages: [] }), content)).toBe(false)
  })
})

describe("a station's statement of the time before slips", () => {
  const days = someStationDays('2026-10', 1_000).map(({ day: of, version, energyWh, quality }) => ({
    day: of,
    version,
    energyWh,
    quality,
  }))
  const older = aStatement({ days })
  const { version: _, computedAtMs: __, ...content } = { ...older, slips: [], findings: [] }
  const now = { ...content, days: days.map((each) => ({ ...each, basis: 'meter' as const })) }
  const aFinding = {
    code: 'month_sum_check' as const,
    from: day('2026-10-01'),
    to: day('2026-10-31'),
    ofWh: 2,
    toWh: 1,
    estimatedDays: 0,
  }
  const aStandingSlip = { ...aSlipContent(), monthWh: 1, beside: [] }

  test('is not repeated to say what its days stand on, nor for a finding', () => {
    expect(statesTheSame(older, now)).toBe(true)
    expect(statesTheSame(older, { ...now, findings: [aFinding] })).toBe(true)
  })

  test('is repeated when a figure changes or a slip comes', () => {
    expect(statesTheSame(older, { ...now, netFen: 99 })).toBe(false)
    expect(statesTheSame(older, { ...now, slips: [aStandingSlip] })).toBe(false)
  })

  test('once followed by a newer one, is compared in full', () => {
    const newer = { ...older, ...now, version: 2, computedAtMs: 2 }
    expect(statesTheSame(newer, now)).toBe(true)
    expect(statesTheSame(newer, { ...now, findings: [aFinding] })).toBe(false)
    expect(statesTheSame(newer, { ...now, days: content.days })).toBe(false)
    expect(statesTheSame({ ...newer, slips: [aStandingSlip] }, now)).toBe(false)
  })
})

describe('the months to settle', () => {
  test('are the last fourteen that are over, three hours of grace included', () => {
    const months = monthsToSettle(Date.parse('2026-11-01T03:00:00+08:00'))
    expect([months.length, months[0], months.at(-1)]).toEqual([14, '2026-10', '2025-09'])
    expect(monthsToSettle(Date.parse('2026-11-01T02:59:59+08:00'))[0]).toBe('2026-09')
  })
})

describe('of a station-month something is known', () => {
  const days = someStationDays('2026-10', 700_000)
  const isKnown = (over: { days?: StationDay[]; commissionedOn?: ChinaDay; slips?: Slip[] } = {}) =>
    isAnythingKnown({
      station: aStation({ commissionedOn: over.commissionedOn ?? day('2016-11-01') }),
      month: month('2026-10'),
      days: over.days ?? days,
      slips: over.slips ?? [],
    })

  test('from the first known energy on', () => {
    expect(isKnown()).toBe(true)
    expect(isKnown({ days: days.slice(0, 1) })).toBe(true)
  })

  test('not by days that are missing or running', () => {
    expect(isKnown({ days: [] })).toBe(false)
    expect(isKnown({ days: [aStationDay({ energyWh: null, quality: 'missing' })] })).toBe(false)
    expect(isKnown({ days: [aStationDay({ version: 0 })] })).toBe(false)
  })

  test('by a slip that has one of its days in service', () => {
    const ending = (to: string) => [aSlip({ from: day('2026-09-16'), to: day(to) })]
    expect(isKnown({ days: [], slips: ending('2026-10-01') })).toBe(true)
    expect(isKnown({ days: [], slips: ending('2026-09-30') })).toBe(false)
    expect(isKnown({ days: [], slips: ending('2026-10-01'), commissionedOn: day('2026-10-02') })).toBe(false)
    expect(isKnown({ days: [], slips: [aSlip({ from: day('2026-10-31'), to: day('2026-11-30') })] })).toBe(true)
    expect(isKnown({ days: [], slips: [aSlip({ from: day('2026-11-01'), to: day('2026-11-30') })] })).toBe(false)
  })

  test('not before the station was commissioned', () => {
    expect(isKnown({ commissionedOn: day('2026-11-01') })).toBe(false)
  })
})

describe('work', () => {
  test.each([
    ['no body', undefined],
    ['no month', { stationId: 'ZL1' }],
    ['a month that is none', { stationId: 'ZL1', month: '2026-13' }],
    ['a month that is a number', { stationId: 'ZL1', month: 202_610 }],
    ['an id that is none', { stationId: 'ZL1#', month: '2026-10' }],
  ])('for a station is refused with %s', (_, body) => {
    expect(stationMonthWork.safeParse(body).success).toBe(false)
  })

  test('for a village is refused with a code that is not of twelve digits', () => {
    expect(villageMonthWork.safeParse({ villageCode: '34162310522', month: '2026-10' }).success).toBe(false)
    expect(villageMonthWork.safeParse({ villageCode: VILLAGE, month: '2026-10' }).success).toBe(true)
  })
})
