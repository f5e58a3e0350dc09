import { describe, expect, test } from 'vitest'
import type { StationStatement } from '../../domain/income.ts'
import { composeVillageMonth } from '../../domain/village-statement.ts'
import { deductionFenOf, itemsOfStation, itemsOfVillage, withOpenings } from '../../domain/receipt-items.ts'
import { settleStationMonth } from '../../domain/settlement.ts'
import { anItem, anOpening, COUNTY } from '../receipts.ts'
import { aStation, VILLAGE } from '../registry.ts'
import { aDeduction, anIncome, aPrice, aShare, month, someStationDays } from '../settlement.ts'
import { dayNamed } from './sunny.ts'

const OTHER = '341623105221'

/** A joint station's month with a price that changes in it, a subsidy, and deductions one of which is called other. */
const statement = (): StationStatement => {
  const { villageCode: _, ...station } = aStation({ stationId: 'KT', kind: 'joint', countyCode: COUNTY })
  const settled = settleStationMonth({
    station,
    month: month('2026-10'),
    slips: [],
    days: someStationDays('2026-10', 1_234_567, { stationId: 'KT' }),
    prices: [
      aPrice({ stationId: 'KT' }),
      aPrice({ stationId: 'KT', validFrom: dayNamed('2026-10-10'), priceE4YuanPerKwh: 3_500 }),
      aPrice({ stationId: 'KT', stream: 'subsidy', priceE4YuanPerKwh: 4_656 }),
      aPrice({ stationId: 'KT', stream: 'other', priceE4YuanPerKwh: 100 }),
    ],
    deductions: [
      aDeduction({ stationId: 'KT', amountFenPerYear: 360_000 }),
      aDeduction({ stationId: 'KT', kind: 'other', rateBp: 200 }),
    ],
    incomes: [anIncome({ stationId: 'KT', amountFenPerYear: 120_001 })],
    shares: [aShare({ weight: 1 }), aShare({ villageCode: OTHER, weight: 2 })],
  })
  if (settled.kind === 'rejected') throw new Error(settled.detail)
  return { ...settled.statement, version: 1, computedAtMs: 0 }
}
const village = (villageCode: string) => ({
  ...composeVillageMonth({ villageCode, countyCode: COUNTY, month: month('2026-10'), statements: [statement()], complete: true }),
  version: 1,
  computedAtMs: 0,
})

describe('amounts due', () => {
  test('are one per village and stream of a station’s month, and together the gross income', () => {
    const items = itemsOfStation(statement())
    expect(items.map(({ villageCode, stream }) => `${villageCode} ${stream}`).toSorted()).toEqual(
      [VILLAGE, OTHER].flatMap((code) => ['benchmark', 'farming', 'other', 'subsidy'].map((stream) => `${code} ${stream}`)),
    )
    expect(items.reduce((sum, { accruedFen }) => sum + accruedFen, 0)).toBe(statement().grossFen)
    expect(items.every(({ stationId, month: of }) => stationId === 'KT' && of === '2026-10')).toBe(true)
  })

  test('are the same from the villages’ statements as from the station’s', () => {
    const ofVillages = [VILLAGE, OTHER].flatMap((code) => itemsOfVillage(village(code)))
    expect(new Set(ofVillages)).toEqual(new Set(itemsOfStation(statement())))
  })

  test('are gross: what was taken before sharing is told apart', () => {
    const deducted = [VILLAGE, OTHER].map((code) => deductionFenOf(village(code)))
    expect(deducted[0]).toBeLessThan(0)
    expect((deducted[0] ?? 0) + (deducted[1] ?? 0)).toBe(statement().deductionFen)
  })
})

describe('opening balances', () => {
  test('stand where no statement speaks of the same amount', () => {
    const stated = anItem({ month: '2019-12', stream: 'subsidy', accruedFen: 1 })
    expect(withOpenings([], [anOpening()])).toEqual([anItem({ month: '2019-12', stream: 'subsidy' })])
    expect(withOpenings([stated], [anOpening()])).toEqual([stated])
    expect(withOpenings([stated], [anOpening({ month: '2019-11' })])).toHaveLength(2)
    expect(withOpenings([stated], [anOpening({ stream: 'benchmark' })])).toHaveLength(2)
    expect(withOpenings([stated], [anOpening({ stationId: 'ZL2' })])).toHaveLength(2)
    expect(withOpenings([stated], [anOpening({ villageCode: OTHER })])).toHaveLength(2)
  })
})
