import { describe, expect, test } from 'vitest'
import type { Allocation, AllocationLine } from '../../domain/allocation-run.ts'
import type { StationStatement } from '../../domain/income.ts'
import { auditStation, auditVillage, type VillageBooks } from '../../domain/ledger-audit.ts'
import type { VillageStatement } from '../../domain/village-statement.ts'
import { COUNTY, day, VILLAGE } from '../registry.ts'
import { month } from '../settlement.ts'

/** What an audit says of single rows, figure by figure; that it finds what was tampered with is a test of its function. */

const OCTOBER = month('2026-10')
const FIRST = day('2026-10-01')

const income = {
  stationId: 'ZL1',
  kind: 'benchmark' as const,
  from: FIRST,
  to: FIRST,
  energyWh: 10_000,
  priceE4YuanPerKwh: 4_000,
  amountFen: 400,
  document: '示范价〔2016〕1号',
}
const aStatement = (over: Partial<StationStatement> = {}): StationStatement => ({
  stationId: 'ZL1',
  countyCode: COUNTY,
  month: OCTOBER,
  version: 2,
  computedAtMs: 1,
  days: [{ day: FIRST, version: 3, energyWh: 10_000, quality: 'measured', basis: 'meter' }],
  energyWh: 10_000,
  lines: [income],
  grossFen: 400,
  deductionFen: 0,
  netFen: 400,
  provisional: false,
  villages: [{ villageCode: VILLAGE, parts: [{ line: 0, energyWh: 10_000, amountFen: 400 }], netFen: 400 }],
  ...over,
})
const ROW = 'station-statements ZL1 2026-10 v2'

describe("a station's month", () => {
  const audited = (over: Partial<StationStatement> = {}, energyWh: number | null = 10_000) =>
    auditStation(aStatement(over), (of, version) => (of === FIRST && version === 3 ? { energyWh } : undefined))

  test('that adds up is no finding', () => expect(audited()).toEqual([]))

  test('says of a day what it counts and what its station-day has', () => {
    expect(audited({}, 9_999)).toEqual([{ rule: 'day_energy', row: `${ROW} 2026-10-01 v3`, says: 10_000, ought: 9_999 }])
  })

  test('is believed of days a slip decides, but their station-days must be there', () => {
    const onSlip = { day: FIRST, version: 3, energyWh: 10_000, quality: 'measured', basis: 'slip' } as const
    expect(audited({ days: [onSlip] }, 1)).toEqual([])
    expect(audited({ days: [{ ...onSlip, version: 4 }] })).toEqual([
      { rule: 'day_gone', row: `${ROW} 2026-10-01 v4`, says: 10_000, ought: null },
    ])
  })

  test('has nothing to show for a day without a final figure', () => {
    const running = { day: day('2026-10-02'), version: 0, energyWh: null, quality: 'missing' } as const
    expect(audited({ days: [...aStatement().days, running] })).toEqual([])
  })

  test('has every line shared out whole, also one of which nobody has a part', () => {
    expect(audited({ villages: [] })).toEqual([{ rule: 'station_shares', row: `${ROW} line 0`, says: 0, ought: 400 }])
    const short = [{ villageCode: VILLAGE, parts: [{ line: 0, energyWh: 10_000, amountFen: 399 }], netFen: 399 }]
    expect(audited({ villages: short })).toMatchObject([{ rule: 'station_shares', says: 399, ought: 400 }])
  })
})

const aVillage = (over: Partial<VillageStatement> = {}): VillageStatement => ({
  villageCode: VILLAGE,
  countyCode: COUNTY,
  month: OCTOBER,
  version: 4,
  computedAtMs: 1,
  stations: [{ stationId: 'ZL1', version: 2, lines: [income], netFen: 400, provisional: false }],
  netFen: 400,
  provisional: false,
  ...over,
})
const anAllocation = (over: Partial<Allocation> = {}): Allocation => ({
  villageCode: VILLAGE,
  countyCode: COUNTY,
  month: OCTOBER,
  runId: 'R',
  computedAtMs: 1,
  statementVersion: 4,
  planVersion: 1,
  potFen: 400,
  reserveFen: 100,
  distributedFen: 250,
  undistributedFen: 50,
  payees: 1,
  ...over,
})
const aLine: AllocationLine = {
  villageCode: VILLAGE,
  month: OCTOBER,
  runId: 'R',
  lineId: 'L',
  personId: 'P',
  householdId: 'H',
  kind: 'post',
  post: '保洁员',
  weight: 1,
  amountFen: 250,
}
const closing = { closedAtMs: 2, ofVersion: 3, sha256: 'as-closed' }
const RUN = `allocations ${VILLAGE} 2026-10 R`
const OWN = `village-statements ${VILLAGE} 2026-10 v4`

describe("a village's month", () => {
  const audited = (over: Partial<VillageBooks> = {}) =>
    auditVillage({
      statement: aVillage(),
      stationOf: (stationId, version) => (stationId === 'ZL1' && version === 2 ? aStatement() : undefined),
      allocation: anAllocation(),
      lines: [aLine],
      carriedFen: undefined,
      hash: undefined,
      ...over,
    })

  test('that adds up is no finding, divided or not', () => {
    expect(audited()).toEqual([])
    expect(audited({ allocation: undefined, lines: [] })).toEqual([])
  })

  test('stands on a station’s statement that is there', () => {
    expect(audited({ stationOf: () => undefined })).toEqual([
      { rule: 'village_parts', row: `${OWN} ZL1 v2`, says: 400, ought: null },
    ])
    const other = aStatement({ lines: [{ ...income, amountFen: 401 }], villages: [] })
    expect(audited({ stationOf: () => other })).toMatchObject([{ rule: 'village_parts', says: 400, ought: 0 }])
  })

  test('has a pot that is its net, once it has been divided by what it says now', () => {
    const allocation = anAllocation({ potFen: 399, undistributedFen: 49 })
    expect(audited({ allocation })).toEqual([{ rule: 'pot_net', row: RUN, says: 399, ought: 400 }])
    expect(audited({ allocation: { ...allocation, statementVersion: 3 } })).toEqual([])
  })

  test('once closed is divided by the version it repeats', () => {
    const closed = { statement: aVillage({ closing }), hash: 'as-closed' }
    const run = { closedAtMs: 2, potFen: 399, undistributedFen: 49 }
    expect(audited({ ...closed, allocation: anAllocation({ ...run, statementVersion: 3 }) })).toMatchObject([
      { rule: 'pot_net', says: 399, ought: 400 },
    ])
    expect(audited({ ...closed, allocation: anAllocation({ ...run, statementVersion: 4 }) })).toEqual([])
  })

  test.each<[string, Partial<Allocation>, number | undefined, object[]]>([
    ['as it was', { carriedInFen: 30, carriedOutFen: 80 }, 30, []],
    ['as another sum', { carriedInFen: 30, carriedOutFen: 80 }, 31, [{ rule: 'carried_on', row: RUN, says: 30, ought: 31 }]],
    ['where nobody knows what was', { carriedInFen: 30, carriedOutFen: 80 }, undefined, []],
    ['nowhere, by a plan that carries nothing on', {}, 30, []],
    ['in, but not on', { carriedInFen: 30 }, 31, []],
    ['on, but not in', { carriedOutFen: 80 }, 31, []],
  ])('takes over what months before it carry on: %s', (_, over, carriedFen, findings) => {
    expect(audited({ allocation: anAllocation(over), carriedFen })).toEqual(findings)
  })

  test('once closed has a closed run and the hash it was closed with', () => {
    const statement = aVillage({ closing })
    const run = anAllocation({ closedAtMs: 2, statementVersion: 3 })
    expect(audited({ statement, allocation: run, hash: 'as-closed' })).toEqual([])
    expect(audited({ statement, allocation: run, hash: 'another' })).toEqual([
      { rule: 'closed_hash', row: OWN, says: 'as-closed', ought: 'another' },
    ])
    expect(audited({ statement, allocation: run, hash: undefined })).toMatchObject([{ rule: 'closed_hash', ought: null }])
    const open = { rule: 'closed_open_run', row: OWN, says: 'open', ought: 'closed' }
    expect(audited({ statement, allocation: { ...run, closedAtMs: undefined as never }, hash: 'as-closed' })).toEqual([open])
    expect(audited({ statement, allocation: undefined, lines: [], hash: 'as-closed' })).toEqual([open])
  })
})
