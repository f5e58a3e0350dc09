import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Allocation, AllocationLine } from '../../domain/allocation-run.ts'
import {
  adjustmentsOf,
  BLOCKER_CODES,
  causesBetween,
  closingText,
  isForceable,
  openMonthAfter,
  type RestatedStatement,
} from '../../domain/closing.ts'
import type { StatementLine, StationStatement } from '../../domain/income.ts'
import type { AdjustmentLine, VillageStatement } from '../../domain/village-statement.ts'
import { COUNTY, day, VILLAGE } from '../registry.ts'
import { month } from '../settlement.ts'

const SEPTEMBER = month('2026-09')
const OTHER = '341623105221'

const aLine = (over: Partial<StatementLine> = {}): StatementLine => ({
  stationId: 'ZL1',
  kind: 'benchmark',
  from: day('2026-09-01'),
  to: day('2026-09-30'),
  energyWh: 10_000,
  priceE4YuanPerKwh: 3_844,
  amountFen: 384,
  document: '示范价1号',
  ...over,
})
const rent = (amountFen: number): StatementLine => {
  const { energyWh: _, priceE4YuanPerKwh: __, ...line } = aLine({ kind: 'land_rent', amountFen, document: '示范租1号' })
  return line
}
const statementOf = (lines: StatementLine[], version = 1, stationId = 'ZL1'): RestatedStatement => ({
  stations: [{ stationId, version, lines, netFen: 0, provisional: false }],
})

describe('the open month', () => {
  test.each<[string, Parameters<typeof openMonthAfter>[0], string | undefined]>([
    ['is unknown while nothing is closed', [], undefined],
    ['is not that behind one that was only asked for', [{ month: SEPTEMBER, state: 'requested' }], undefined],
    [
      'is the one behind the last closed',
      [
        { month: SEPTEMBER, state: 'closed' },
        { month: month('2026-08'), state: 'closed' },
      ],
      '2026-10',
    ],
    ['is the one behind that which is closing', [{ month: SEPTEMBER, state: 'closing' }], '2026-10'],
    ['is the first of a year behind a December', [{ month: month('2026-12'), state: 'closed' }], '2027-01'],
  ])('%s', (_, closings, expected) => expect(openMonthAfter(closings)).toBe(expected))
})

test('a month is closed over what two persons may answer for, and over nothing else', () => {
  const forceable = BLOCKER_CODES.filter((code) => isForceable({ code, count: 1, examples: [] }))
  expect(forceable).toEqual([
    'statement_missing',
    'statement_outdated',
    'provisional',
    'days_stale',
    'months_stale',
    'messages_waiting',
    'energy_differs',
  ])
})

describe('what a month is hashed by', () => {
  const statement = {
    villageCode: VILLAGE,
    version: 3,
    computedAtMs: 5,
    closing: { sha256: 'x' },
    netFen: 7,
  } as unknown as VillageStatement
  const allocation = { runId: 'R', computedAtMs: 6, closedAtMs: 8, potFen: 7 } as unknown as Allocation
  const lines = [{ lineId: 'L2' }, { lineId: 'L1' }] as AllocationLine[]
  test('is all it says, lines by id, and nothing of when', () => {
    expect(JSON.parse(closingText(statement, allocation, lines))).toEqual({
      statement: { villageCode: VILLAGE, netFen: 7 },
      allocation: { runId: 'R', potFen: 7 },
      lines: [{ lineId: 'L1' }, { lineId: 'L2' }],
    })
    expect(closingText(statement, allocation, lines.toReversed())).toBe(closingText(statement, allocation, lines))
    expect(JSON.parse(closingText(statement, undefined, []))).toMatchObject({ allocation: null, lines: [] })
  })
})

describe('adjustments', () => {
  const adjusted = (closed: RestatedStatement, restated: RestatedStatement, earlier: AdjustmentLine[] = []) =>
    adjustmentsOf({ month: SEPTEMBER, closed, restated, earlier }, (stationId) =>
      stationId === undefined ? ['deduction'] : ['energy'],
    )

  test('are a line for each station and kind that differs, with versions, document and cause', () => {
    const closed = statementOf([aLine(), aLine({ kind: 'subsidy', amountFen: 466 }), rent(-100)])
    const restated = statementOf(
      [aLine({ energyWh: 12_000, amountFen: 461 }), aLine({ kind: 'subsidy', amountFen: 466 }), rent(-90)],
      2,
    )
    const of = { ofMonth: SEPTEMBER, stationId: 'ZL1', fromVersion: 1, toVersion: 2, causes: ['energy'] }
    expect(adjusted(closed, restated)).toEqual([
      { ...of, kind: 'land_rent', amountFen: 10, document: '示范租1号' },
      { ...of, kind: 'benchmark', energyWh: 2_000, amountFen: 77, document: '示范价1号' },
    ])
  })

  test.each<[string, RestatedStatement, RestatedStatement, Partial<AdjustmentLine>[]]>([
    ['nothing where nothing differs', statementOf([aLine()]), statementOf([aLine()], 2), []],
    [
      'nothing where a line was only cut in two',
      statementOf([aLine()]),
      statementOf([aLine({ energyWh: 4_000, amountFen: 154 }), aLine({ energyWh: 6_000, amountFen: 230 })], 2),
      [],
    ],
    [
      'energy alone, where rounding hides it',
      statementOf([aLine()]),
      statementOf([aLine({ energyWh: 10_001 })], 2),
      [{ energyWh: 1, amountFen: 0 }],
    ],
    [
      'all of a month that had nothing',
      { stations: [] },
      statementOf([aLine()]),
      [{ fromVersion: null, toVersion: 1, amountFen: 384 }],
    ],
    [
      'all back of a station that is no longer the village’s',
      statementOf([aLine()]),
      { stations: [] },
      [{ fromVersion: 1, toVersion: null, energyWh: -10_000, amountFen: -384, document: '示范价1号' }],
    ],
    [
      'income and deduction of one name apart',
      statementOf([aLine({ kind: 'other' })]),
      statementOf([aLine({ kind: 'other' }), { ...rent(-5), kind: 'other' }], 2),
      [{ kind: 'other', amountFen: -5 }],
    ],
    [
      'what the village deducts, of no station',
      { stations: [] },
      {
        stations: [],
        deductions: [
          {
            kind: 'insurance',
            from: day('2026-09-01'),
            to: day('2026-09-30'),
            amountFen: -9,
            document: '示范保1号',
          },
        ],
      },
      [{ kind: 'insurance', amountFen: -9, causes: ['deduction'], document: '示范保1号', fromVersion: null, toVersion: null }],
    ],
  ])('are %s', (_, closed, restated, expected) => {
    const found = adjusted(closed, restated)
    expect(found).toHaveLength(expected.length)
    expect(found).toMatchObject(expected)
    for (const line of found) if (line.kind === 'insurance') expect(line).not.toHaveProperty('stationId')
  })

  test('name the versions of their own station, and nothing they do not know', () => {
    const both = (fen: number, version: number): RestatedStatement => ({
      stations: [
        { stationId: 'A', version: 7, lines: [aLine({ stationId: 'A' })], netFen: 0, provisional: false },
        {
          stationId: 'B',
          version,
          lines: [aLine({ stationId: 'B', amountFen: fen }), rent(-fen)],
          netFen: 0,
          provisional: false,
        },
      ],
    })
    expect(adjusted(both(5, 1), both(6, 2))).toEqual([
      {
        ofMonth: SEPTEMBER,
        stationId: 'B',
        kind: 'land_rent',
        amountFen: -1,
        fromVersion: 1,
        toVersion: 2,
        causes: ['energy'],
        document: '示范租1号',
      },
      {
        ofMonth: SEPTEMBER,
        stationId: 'B',
        kind: 'benchmark',
        energyWh: 0,
        amountFen: 1,
        fromVersion: 1,
        toVersion: 2,
        causes: ['energy'],
        document: '示范价1号',
      },
    ])
    const [known] = adjusted(statementOf([rent(-5)]), statementOf([rent(-6)], 2))
    expect(Object.keys(known ?? {})).not.toContain('energyWh')
    const deducted = (amountFen: number): RestatedStatement => ({
      stations: [],
      deductions: [{ kind: 'insurance', from: day('2026-09-01'), to: day('2026-09-30'), amountFen, document: '示范保1号' }],
    })
    const settled = adjusted(deducted(-5), deducted(-9))
    expect(adjusted(deducted(-5), deducted(-9), settled)).toEqual([])
    expect(adjusted(deducted(-5), { stations: [] })).toMatchObject([{ amountFen: 5, document: '示范保1号' }])
    const gone = adjusted({ stations: [] }, { stations: [] }, [{ ...(settled[0] as AdjustmentLine), stationId: 'GONE' }])
    expect(gone).toMatchObject([{ stationId: 'GONE', document: '', fromVersion: null, toVersion: null }])
  })

  test('are less by what closed months have settled already, of a correction of a correction too', () => {
    const closed = statementOf([aLine()])
    const first = adjusted(closed, statementOf([aLine({ energyWh: 12_000, amountFen: 461 })], 2))
    const second = adjusted(closed, statementOf([aLine({ energyWh: 9_000, amountFen: 346 })], 3), first)
    expect(second).toMatchObject([{ energyWh: -3_000, amountFen: -115, fromVersion: 1, toVersion: 3 }])
    expect(adjusted(closed, statementOf([aLine()], 4), [...first, ...second])).toMatchObject([{ energyWh: 1_000, amountFen: 38 }])
  })

  test('and what was closed come to what is true, whatever happened', () => {
    const lines = fc.array(
      fc
        .record({
          kind: fc.constantFrom('benchmark' as const, 'subsidy' as const, 'other' as const),
          energyWh: fc.nat(99),
          amountFen: fc.integer({ min: -99, max: 99 }),
        })
        .map((of) => aLine(of)),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(fc.array(lines, { minLength: 2, maxLength: 5 }), (states) => {
        const [closed = [], ...later] = states
        const earlier: AdjustmentLine[] = []
        for (const [at, state] of later.entries())
          earlier.push(...adjusted(statementOf(closed), statementOf(state, at + 2), earlier))
        const sum = (all: readonly { kind: string; amountFen: number; energyWh?: number }[], kind: string) =>
          all
            .filter((line) => line.kind === kind)
            .reduce((total, { amountFen, energyWh = 0 }) => [(total[0] ?? 0) + amountFen, (total[1] ?? 0) + energyWh], [0, 0])
        for (const kind of ['benchmark', 'subsidy', 'other'])
          expect(sum([...closed, ...earlier], kind)).toEqual(sum(later.at(-1) ?? [], kind))
      }),
    )
  })
})

describe('why a closed month has changed', () => {
  const aStatement = (over: Partial<StationStatement> = {}): StationStatement => ({
    stationId: 'KT',
    countyCode: COUNTY,
    month: SEPTEMBER,
    version: 1,
    computedAtMs: 1,
    days: [],
    energyWh: 10_000,
    lines: [aLine(), rent(-100)],
    grossFen: 384,
    deductionFen: -100,
    netFen: 284,
    provisional: false,
    slips: [],
    villages: [
      {
        villageCode: VILLAGE,
        parts: [
          { line: 0, energyWh: 4_000, amountFen: 154 },
          { line: 1, amountFen: -40 },
        ],
        netFen: 114,
      },
      {
        villageCode: OTHER,
        parts: [
          { line: 0, energyWh: 6_000, amountFen: 230 },
          { line: 1, amountFen: -60 },
        ],
        netFen: 170,
      },
    ],
    ...over,
  })
  const shared = (partWh: number): StationStatement['villages'] => [
    { villageCode: VILLAGE, parts: [{ line: 0, energyWh: partWh, amountFen: 1 }], netFen: 1 },
    { villageCode: OTHER, parts: [{ line: 0, energyWh: 10_000 - partWh, amountFen: 1 }], netFen: 1 },
  ]
  const farming = (amountFen: number): StatementLine => ({ ...rent(amountFen), kind: 'farming' })
  const aSlip = [{ document: '示范结1' }] as unknown as NonNullable<StationStatement['slips']>

  test.each<[string, StationStatement | undefined, StationStatement | undefined, string[]]>([
    ['nothing has', aStatement(), aStatement({ version: 2 }), []],
    ['its energy', aStatement(), aStatement({ energyWh: 10_001, lines: [aLine({ energyWh: 10_001 }), rent(-100)] }), ['energy']],
    ['a slip, which tells of its energy too', aStatement(), aStatement({ slips: aSlip, energyWh: 12_000 }), ['slip']],
    ['a price', aStatement(), aStatement({ lines: [aLine({ priceE4YuanPerKwh: 3_900 }), rent(-100)] }), ['price']],
    ['a price from a day on', aStatement(), aStatement({ lines: [aLine({ to: day('2026-09-10') }), rent(-100)] }), ['price']],
    ['income that is an amount', aStatement(), aStatement({ lines: [aLine(), farming(5), rent(-100)] }), ['income']],
    ['an amount deducted', aStatement(), aStatement({ lines: [aLine(), rent(-120)] }), ['deduction']],
    [
      'the document of a deduction',
      aStatement(),
      aStatement({ lines: [aLine(), { ...rent(-100), document: '示范租2号' }] }),
      ['deduction'],
    ],
    [
      'no deduction by rate, though its amount follows the income',
      aStatement({ lines: [aLine(), { ...rent(-11), rateBp: 290 }] }),
      aStatement({ lines: [aLine(), { ...rent(-13), rateBp: 290 }] }),
      [],
    ],
    ['a share', aStatement(), aStatement({ villages: shared(5_000) }), ['share']],
    ['a smaller share', aStatement(), aStatement({ villages: shared(3_000) }), ['share']],
    [
      'until when something is deducted',
      aStatement(),
      aStatement({ lines: [aLine(), { ...rent(-100), to: day('2026-09-10') }] }),
      ['deduction'],
    ],
    ['no share, though a part is another by rounding', aStatement(), aStatement({ villages: shared(4_001) }), []],
    [
      'that the village lost its part',
      aStatement(),
      aStatement({ villages: [{ villageCode: OTHER, parts: [], netFen: 0 }] }),
      ['share'],
    ],
    ['that the village got a part', aStatement({ villages: [] }), aStatement(), ['share']],
    ['that nothing was known of it', undefined, aStatement(), ['energy']],
    ['that nothing is known of it any more', aStatement(), undefined, ['energy']],
    [
      'several things, the most telling first',
      aStatement(),
      aStatement({ energyWh: 9, lines: [aLine({ energyWh: 9, priceE4YuanPerKwh: 1 }), rent(-1)] }),
      ['energy', 'price', 'deduction'],
    ],
  ])('is %s', (_, before, after, causes) => {
    const known = causesBetween(before, after, VILLAGE)
    expect(known.filter((cause) => causes.includes(cause))).toEqual(causes)
    // A line that lost most of its energy has other shares of it; nothing else is told beside.
    expect(known.filter((cause) => !causes.includes(cause) && cause !== 'share')).toEqual([])
    if (!causes.includes('energy') || before === undefined || after === undefined) expect(known).toEqual(causes)
  })
})
