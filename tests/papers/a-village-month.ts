import * as fc from 'fast-check'
import { type ChinaMonth, daysOfMonth } from '../../domain/calendar.ts'
import type { StatementLine } from '../../domain/income.ts'
import { AMOUNT_STREAMS, BENEFIT_KINDS, DEDUCTION_KINDS, ENERGY_STREAMS } from '../../domain/registry.ts'
import { statementSums } from '../../domain/village-account.ts'
import type { AllocationFigures, StationFigures, StatementFigures, VillageMonth } from '../../papers/village.ts'

/** Months of invented villages, of every shape a statement and an allocation can have. */

export const MONTH = '2026-10' as ChinaMonth
const AS_OF_MS = Date.UTC(2026, 10, 22, 4, 2)
const [FIRST, LAST] = [daysOfMonth(MONTH)[0], daysOfMonth(MONTH).at(-1)]

const aName = fc.oneof(
  fc.constantFrom(
    '示范村一号电站',
    '=HYPERLINK("http://x","y")',
    '@SUM(1)',
    '-5+3',
    '𠮷村',
    '340000000000000018',
    '007',
    '\u202e倒写',
    '',
  ),
  fc.string({ unit: 'grapheme', maxLength: 64 }),
)
const anAmount = fc.integer({ min: -2_000_000_000, max: 2_000_000_000 })

const anIncomeLine = fc.record({
  kind: fc.constantFrom(...ENERGY_STREAMS),
  energyWh: fc.integer({ min: 0, max: 50_000_000_000 }),
  priceE4YuanPerKwh: fc.integer({ min: 0, max: 15_000 }),
  amountFen: anAmount,
})
const anAmountLine = fc.record({ kind: fc.constantFrom(...AMOUNT_STREAMS), amountFen: anAmount })
const aDeductionLine = fc.record({ kind: fc.constantFrom(...DEDUCTION_KINDS), amountFen: anAmount })

const lines = fc
  .tuple(fc.array(fc.oneof(anIncomeLine, anAmountLine), { maxLength: 4 }), fc.array(aDeductionLine, { maxLength: 4 }), aName)
  .map(([income, deductions, document]): StatementLine[] =>
    [...income, ...deductions].map((of) => ({ stationId: 'ZL1', from: FIRST as never, to: LAST as never, document, ...of })),
  )

const anAdjustment = fc.tuple(fc.oneof(anIncomeLine, anAmountLine, aDeductionLine), aName).map(([of, stationName]) => ({
  ...('energyWh' in of ? { energyWh: of.energyWh } : {}),
  kind: of.kind,
  amountFen: of.amountFen,
  ofMonth: '2026-08' as never,
  stationId: 'ZL1',
  stationName,
  fromVersion: 1,
  toVersion: 2,
  causes: ['price' as const],
  document: stationName,
}))

const aStatement: fc.Arbitrary<StatementFigures> = fc
  .tuple(
    fc.array(fc.record({ name: aName, lines, provisional: fc.boolean() }), { maxLength: 3 }),
    fc.array(fc.tuple(aDeductionLine, aName), { maxLength: 2 }),
    fc.array(anAdjustment, { maxLength: 2 }),
  )
  .map(([parts, taken, adjustments]) => {
    const deductions = taken.map(([of, document]) => ({ ...of, from: FIRST as never, to: LAST as never, document }))
    const stations = parts.map(({ name, lines: of, provisional }, at) => ({
      stationId: `ZL${at}`,
      version: 1,
      name,
      lines: of,
      provisional,
      netFen: of.reduce((sum, { amountFen }) => sum + amountFen, 0),
    }))
    const after = [...deductions, ...adjustments].map(({ amountFen }) => amountFen)
    const netFen = [...stations.map((station) => station.netFen), ...after].reduce((sum, fen) => sum + fen, 0)
    const provisional = stations.some((station) => station.provisional)
    const base = { villageCode: '341623105201', countyCode: '341623000000', month: MONTH, version: 2, computedAtMs: AS_OF_MS }
    const { stations: summed, ...sums } = statementSums({ ...base, stations, deductions, adjustments, netFen, provisional })
    const named = summed.map((station, at) => ({ ...station, name: stations[at]?.name ?? '' }))
    return { version: 2, computedAtMs: AS_OF_MS, provisional, stations: named, deductions, adjustments, ...sums }
  })

const anAllocation: fc.Arbitrary<AllocationFigures> = fc
  .record({
    payees: fc.array(
      fc.record({ payee: aName, kind: fc.constantFrom(...BENEFIT_KINDS), post: aName, amountFen: fc.nat(10_000_000) }),
      { maxLength: 12 },
    ),
    reserveFen: fc.nat(10_000_000),
    undistributedFen: fc.oneof(fc.constant(0), anAmount),
    shortFen: fc.option(fc.nat(1_000_000)),
  })
  .map(({ payees, reserveFen, undistributedFen, shortFen }) => {
    const distributedFen = payees.reduce((sum, { amountFen }) => sum + amountFen, 0)
    return {
      statementVersion: 2,
      planVersion: payees.length === 0 ? null : 1,
      potFen: reserveFen + distributedFen + undistributedFen,
      reserveFen,
      distributedFen,
      undistributedFen,
      undistributed: undistributedFen === 0 ? null : 'no_beneficiaries',
      ...(shortFen !== null && { claimedFen: distributedFen + shortFen * payees.length }),
      lines: payees.map((payee, at) => ({
        ...payee,
        lineId: `L${at}`,
        weight: 1,
        ...(shortFen !== null && { claimFen: payee.amountFen + shortFen }),
      })),
    }
  })

const aStation: fc.Arbitrary<StationFigures> = fc.record({
  stationId: fc.constantFrom('ZL0', 'ZL1', 'KT'),
  name: aName,
  kind: fc.constantFrom('village', 'joint'),
  share: fc.option(fc.integer({ min: 1, max: 175 }).map((weight) => ({ weight, of: 175 }))),
  energyWh: fc.option(fc.nat(50_000_000)),
  days: fc.record({ measured: fc.nat(31), estimated: fc.nat(31), missing: fc.nat(31) }),
})

export const someVillageMonth: fc.Arbitrary<VillageMonth> = fc.record({
  village: fc.record({ code: fc.constant('341623105201'), name: aName }),
  townName: fc.option(aName),
  countyName: fc.option(aName),
  asOfMs: fc.constant(AS_OF_MS),
  month: fc.constant(MONTH),
  generation: fc.array(aStation, { maxLength: 4 }),
  statement: fc.option(aStatement),
  allocation: fc.option(anAllocation),
})

const income = (
  stationId: string,
  kind: 'benchmark' | 'subsidy',
  priceE4YuanPerKwh: number,
  amountFen: number,
): StatementLine => ({
  stationId,
  kind,
  from: FIRST as never,
  to: LAST as never,
  energyWh: 17_160_000,
  priceE4YuanPerKwh,
  amountFen,
  document: '示范价〔2016〕1号',
})

/** 187.2 kW, one month of worked example 9: 17,160 kWh at 0.3844 and 0.4656, rent and operation taken. */
export const aVillageMonth = (overrides: Partial<VillageMonth> = {}): VillageMonth => {
  const own: StatementLine[] = [
    income('ZL1', 'benchmark', 3_844, 659_630),
    income('ZL1', 'subsidy', 4_656, 798_970),
    {
      stationId: 'ZL1',
      kind: 'land_rent',
      from: FIRST as never,
      to: LAST as never,
      amountFen: -30_000,
      document: '示范租〔2016〕1号',
    },
    {
      stationId: 'ZL1',
      kind: 'operation',
      from: FIRST as never,
      to: LAST as never,
      rateBp: 290,
      amountFen: -42_299,
      document: '运维合同',
    },
  ]
  const sums = { grossFen: 1_458_600, deductionFen: -72_299, netFen: 1_386_301 }
  return {
    village: { code: '341623105201', name: '示范村' },
    townName: '示范镇',
    countyName: '示范县',
    asOfMs: AS_OF_MS,
    month: MONTH,
    generation: [
      {
        stationId: 'ZL1',
        name: '示范村光伏帮扶电站',
        kind: 'village',
        share: null,
        energyWh: 17_160_000,
        days: { measured: 31, estimated: 0, missing: 0 },
      },
    ],
    statement: {
      version: 1,
      computedAtMs: AS_OF_MS,
      provisional: false,
      deductions: [],
      adjustments: [],
      stations: [{ stationId: 'ZL1', name: '示范村光伏帮扶电站', provisional: false, lines: own, ...sums }],
      ...sums,
    },
    allocation: {
      statementVersion: 1,
      planVersion: 1,
      potFen: 1_386_301,
      reserveFen: 386_301,
      distributedFen: 1_000_000,
      undistributedFen: 0,
      undistributed: null,
      lines: [
        { lineId: 'L1', payee: '甲**', kind: 'post', post: '保洁员', weight: 1, amountFen: 600_000 },
        { lineId: 'L2', payee: '乙**', kind: 'reward', post: '', weight: 1, amountFen: 400_000 },
      ],
    },
    ...overrides,
  }
}
