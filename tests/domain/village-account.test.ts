import { describe, expect, test } from 'vitest'
import type { Allocation, AllocationLine } from '../../domain/allocation-run.ts'
import type { StatementLine } from '../../domain/income.ts'
import type { VillageStatement } from '../../domain/village-statement.ts'
import { maskedLines, monthOfDays, shareOf, statementSums } from '../../domain/village-account.ts'
import { COUNTY, day, VILLAGE } from '../registry.ts'
import { aShare, aStationDay, month } from '../settlement.ts'

const base = { stationId: 'ZL1', from: day('2026-10-01'), to: day('2026-10-31'), document: '示范价〔2016〕1号' }
const income = (amountFen: number): StatementLine => ({
  ...base,
  kind: 'benchmark',
  energyWh: 1,
  priceE4YuanPerKwh: 1,
  amountFen,
})
const deduction = (amountFen: number): StatementLine => ({ ...base, kind: 'land_rent', amountFen })

const aStatement = (over: Partial<VillageStatement> = {}): VillageStatement => ({
  villageCode: VILLAGE,
  countyCode: COUNTY,
  month: month('2026-10'),
  version: 1,
  computedAtMs: 1,
  stations: [
    { stationId: 'ZL1', version: 1, lines: [income(1_000), income(-30), deduction(-101)], netFen: 869, provisional: false },
    { stationId: 'KT', version: 1, lines: [income(7)], netFen: 7, provisional: true },
  ],
  netFen: 876,
  provisional: true,
  ...over,
})

describe('a statement', () => {
  test('shows sums that are those of its lines, per station and in all', () => {
    const sums = statementSums(aStatement())
    expect(sums).toMatchObject({ grossFen: 977, deductionFen: -101, netFen: 876 })
    expect(sums.stations[0]).toMatchObject({ grossFen: 970, deductionFen: -101, netFen: 869 })
  })

  test.each([
    ['the village by a fen', aStatement({ netFen: 877 })],
    [
      'a station by a fen',
      aStatement({ stations: [{ stationId: 'ZL1', version: 1, lines: [income(5)], netFen: 6, provisional: false }], netFen: 6 }),
    ],
  ])('that misses %s is not shown at all', (_, statement) => {
    expect(() => statementSums(statement)).toThrow('is not')
  })
})

const anAllocation = (over: Partial<Allocation> = {}): Allocation => ({
  villageCode: VILLAGE,
  countyCode: COUNTY,
  month: month('2026-10'),
  runId: 'R1',
  computedAtMs: 1,
  statementVersion: 1,
  planVersion: 1,
  potFen: 100,
  reserveFen: 20,
  distributedFen: 75,
  undistributedFen: 5,
  payees: 2,
  ...over,
})
const aLine = (personId: string, amountFen: number): AllocationLine => ({
  villageCode: VILLAGE,
  month: month('2026-10'),
  runId: 'R1',
  lineId: `L-${personId}`,
  personId,
  householdId: 'H1',
  kind: 'post',
  post: '保洁员',
  weight: 1,
  amountFen,
})
const persons = [{ personId: 'P1', householdId: 'H1', villageCode: VILLAGE, name: '甲某某' }]

describe('an allocation', () => {
  test('shows masked names and nothing that leads to a person', () => {
    const lines = maskedLines(anAllocation(), [aLine('P1', 40), aLine('P2', 35)], persons)
    expect(lines.map(({ payee }) => payee)).toEqual(['甲**', '**'])
    expect(JSON.stringify(lines)).not.toMatch(/某|H1|personId/)
  })

  test.each([
    ['lines that miss what was distributed', anAllocation(), [aLine('P1', 40), aLine('P2', 34)]],
    ['a pot that is not its parts', anAllocation({ potFen: 101 }), [aLine('P1', 40), aLine('P2', 35)]],
  ])('with %s is not shown at all', (_, allocation, lines) => {
    expect(() => maskedLines(allocation, lines, persons)).toThrow('is not')
  })
})

describe('a month', () => {
  test('counts days nobody computed as missing', () => {
    const days = [
      aStationDay({ energyWh: 5 }),
      aStationDay({ energyWh: null, quality: 'missing' }),
      aStationDay({ energyWh: 2, quality: 'estimated' }),
    ]
    expect(monthOfDays(days, 31)).toEqual({
      energyWh: 7,
      days: { measured: 1, estimated: 1, missing: 29 },
      standsOn: { slip: 0, meter: 3, inverters: 0, none: 28 },
    })
  })

  test('counts what its days stand on, those nobody computed as on nothing', () => {
    const days = (['slip', 'slip', 'meter', 'inverters', 'none'] as const).map((basis) => ({ ...aStationDay(), basis }))
    expect(monthOfDays(days, 31).standsOn).toEqual({ slip: 2, meter: 1, inverters: 1, none: 27 })
    const { basis: _basis, ...older } = aStationDay()
    expect([_basis, monthOfDays([...days, older], 31).standsOn]).toEqual(['meter', null])
  })

  test('takes the newest shares that have begun', () => {
    const shares = [
      aShare({ weight: 1 }),
      aShare({ weight: 2, villageCode: 'other' }),
      aShare({ weight: 3, validFrom: day('2026-10-15') }),
      aShare({ weight: 9, villageCode: 'other', validFrom: day('2026-10-15') }),
      aShare({ weight: 5, validFrom: day('2026-11-01') }),
    ]
    expect(shareOf(shares, VILLAGE, day('2026-09-30'))).toEqual({ weight: 1, of: 3 })
    expect(shareOf(shares, VILLAGE, day('2026-10-31'))).toEqual({ weight: 3, of: 12 })
    expect(shareOf(shares, 'nobody', day('2026-10-31'))).toBeUndefined()
  })
})
