import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays, daysBetween } from '../../domain/calendar.ts'
import {
  DOCUMENT_PATTERN,
  gapsBetween,
  monthsOfSlip,
  overlaps,
  recordSlip,
  type SlipAsk,
  type SlipEntry,
  slipsInForce,
  withdrawSlip,
} from '../../domain/slip.ts'
import { aStation, COUNTY, day } from '../registry.ts'
import { aLedger, anAsk, aRecording, aSlip, aWithdrawal } from '../slips.ts'

const record = (
  ask: Partial<SlipAsk> = {},
  entries: readonly SlipEntry[] = [],
  over: Partial<Parameters<typeof recordSlip>[0]> = {},
) => recordSlip({ station: aStation(), neighbours: [aStation()], entries, ...over }, anAsk(ask), aRecording)
const reasonOf = (decided: ReturnType<typeof record> | ReturnType<typeof withdrawSlip>) =>
  decided.kind === 'rejected' ? [decided.code, decided.reason, decided.about] : decided.kind

const september = { document: '示范结2026-09', from: day('2026-08-26'), to: day('2026-09-25') }
const october = { document: '示范结2026-10', from: day('2026-09-26'), to: day('2026-10-25') }
const november = { document: '示范结2026-11', from: day('2026-10-26'), to: day('2026-11-25') }

describe('a slip', () => {
  test('is recorded as the next entry of its station, with who and when', () => {
    const decided = record({ ...october }, aLedger(aSlip(september)))
    expect(decided).toEqual({
      kind: 'new',
      slip: {
        kind: 'slip',
        stationId: 'ZL1',
        countyCode: COUNTY,
        entry: 2,
        billingAccount: '3400000000001',
        ...october,
        energyWh: 21_000_000,
        amounts: [],
        ...aRecording,
      },
    })
  })

  test('that is in force already is there, in whatever order its amounts stand', () => {
    const amounts = [
      { stream: 'benchmark' as const, amountFen: 807_240 },
      { stream: 'subsidy' as const, amountFen: 977_760 },
    ]
    const entries = aLedger(aSlip({ amounts }))
    expect(record({ amounts: amounts.toReversed() }, entries)).toEqual({ kind: 'there', slip: entries[0] })
    expect(record({ amounts }, [])).toMatchObject({ slip: { amounts } })
    expect(record({ amounts: amounts.toReversed() }, [])).toMatchObject({ slip: { amounts } })
  })

  test.each<[string, Partial<SlipAsk>, string]>([
    ['for another account', { billingAccount: '3400000000002' }, 'wrong_account'],
    ['that ends before it begins', { from: day('2026-10-26') }, 'days_reversed'],
    ['of more than a year', { from: day('2025-10-24') }, 'too_long'],
    ['whose last day is today', { to: day('2026-11-26') }, 'not_over'],
    ['from before the station', { from: day('2016-10-31'), to: day('2016-11-30') }, 'not_in_service'],
    ['in kWh where Wh belong', { energyWh: 187_200 * 24 * 30 + 1 }, 'too_much'],
    [
      'with two amounts of a stream',
      {
        amounts: [
          { stream: 'market', amountFen: 1 },
          { stream: 'market', amountFen: 2 },
        ],
      },
      'two_amounts',
    ],
  ])('%s is refused', (_, ask, reason) => {
    expect(reasonOf(record(ask))).toEqual(['bad_request', reason, undefined])
  })

  test.each<[string, Partial<SlipAsk>]>([
    ['of a single day', { from: day('2026-10-25'), energyWh: 700_000 }],
    ['of a year', { from: day('2025-10-25') }],
    ['until yesterday', { to: day('2026-11-25') }],
    ['from the first day of the station', { from: day('2016-11-01'), to: day('2016-11-30') }],
    ['of all the station can make', { energyWh: 187_200 * 24 * 30 }],
    ['of nothing', { energyWh: 0 }],
  ])('%s is taken', (_, ask) => {
    expect(reasonOf(record(ask))).toBe('new')
  })

  test('is bounded by the larger of the two ratings', () => {
    const station = aStation({ dcCapacityW: 100, acCapacityW: 200 })
    expect(reasonOf(record({ energyWh: 200 * 24 * 30 }, [], { station }))).toBe('new')
  })

  test('is taken until the day before the station ends, and not on that day', () => {
    const until = (decommissionedOn: string) =>
      reasonOf(record({}, [], { station: aStation({ decommissionedOn: day(decommissionedOn) }) }))
    expect(until('2026-10-26')).toBe('new')
    expect(until('2026-10-25')).toEqual(['bad_request', 'not_in_service', undefined])
  })

  test('of an account that other stations share is refused, naming those of the same town', () => {
    const neighbours = [
      aStation(),
      aStation({ stationId: 'ZL3' }),
      aStation({ stationId: 'ZL2' }),
      aStation({ stationId: 'ZL4', billingAccount: '3400000000004' }),
    ]
    expect(reasonOf(record({}, [], { neighbours }))).toEqual(['bad_request', 'shared_account', 'ZL2, ZL3'])
    const elsewhere = [aStation({ stationId: 'FG1', townCode: '341623106000' })]
    expect(reasonOf(record({}, [], { neighbours: elsewhere }))).toEqual(['bad_request', 'shared_account', '…'])
  })

  test.each([
    ['ended before its first day', { decommissionedOn: day('2026-09-26') }, 'new'],
    ['ended on its second', { decommissionedOn: day('2026-09-27') }, 'rejected'],
    ['began on its last', { commissionedOn: day('2026-10-25') }, 'rejected'],
    ['began after it', { commissionedOn: day('2026-10-26') }, 'new'],
  ])('of an account whose other station %s: %s', (_, over, kind) => {
    expect(record({}, [], { neighbours: [aStation({ stationId: 'ZL9', ...over })] }).kind).toBe(kind)
  })

  test('that has a day in common with another is refused, naming that one', () => {
    const entries = aLedger(aSlip(october))
    const about = '示范结2026-10, 2026-09-26..2026-10-25'
    expect(reasonOf(record({ ...november, from: day('2026-10-25') }, entries))).toEqual(['conflict', 'overlap', about])
    expect(reasonOf(record({ ...september, to: day('2026-09-26') }, entries))).toEqual(['conflict', 'overlap', about])
    expect(record({ ...november }, entries).kind).toBe('new')
    expect(record({ ...september }, entries).kind).toBe('new')
  })

  test('with the number of another is refused, naming that one', () => {
    const decided = record({ ...november, document: october.document }, aLedger(aSlip(october)))
    expect(reasonOf(decided)).toEqual(['conflict', 'document_taken', '示范结2026-10, 2026-09-26..2026-10-25'])
    expect(decided).toMatchObject({ detail: expect.stringContaining('(示范结2026-10, 2026-09-26..2026-10-25)') })
  })

  test('is refused in words that say what to do', () => {
    expect(record({ from: day('2026-10-26') })).toStrictEqual({
      kind: 'rejected',
      code: 'bad_request',
      reason: 'days_reversed',
      detail: 'The last day is before the first.',
    })
  })
})

test('slips in force stand by their first day, in whatever order they were recorded', () => {
  const of = (...entries: SlipEntry[]) => slipsInForce(aLedger(...entries)).map(({ document }) => document)
  const wanted = [september.document, october.document, november.document]
  expect(of(aSlip(november), aSlip(september), aSlip(october))).toEqual(wanted)
  expect(of(aSlip(september), aSlip(october), aSlip(november))).toEqual(wanted)
})

describe('a correction', () => {
  const entries = aLedger(aSlip(september), aSlip(october))
  const ask = { ...october, energyWh: 20_000_000, corrects: october.document }

  test('takes the place of the slip it names, which is kept', () => {
    const decided = record(ask, entries)
    expect(decided).toMatchObject({ kind: 'new', slip: { entry: 3, corrects: 2, energyWh: 20_000_000 }, corrected: { entry: 2 } })
    if (decided.kind !== 'new') throw new Error('refused')
    expect(slipsInForce([...entries, decided.slip]).map(({ entry }) => entry)).toEqual([1, 3])
  })

  test('said again is there, with the slip it took the place of: the months of both may wait for their mark', () => {
    const there = aSlip({ ...october, energyWh: 20_000_000, entry: 3, corrects: 2 })
    expect(record(ask, [...entries, there])).toEqual({ kind: 'there', slip: there, corrected: entries[1] })
  })

  test('may keep the account of the slip it corrects, when the station has another one by now', () => {
    const moved = { station: aStation({ billingAccount: '3400000000009' }), neighbours: [aStation({ stationId: 'ZL2' })] }
    const shared = { ...moved, neighbours: [aStation({ stationId: 'ZL2', billingAccount: '3400000000009' })] }
    expect(record(ask, entries, shared).kind).toBe('new')
    expect(reasonOf(record({ ...ask, billingAccount: '3400000000009' }, entries, shared))).toEqual([
      'bad_request',
      'shared_account',
      'ZL2',
    ])
    expect(record(ask, entries, moved)).toMatchObject({ kind: 'new', slip: { entry: 3, billingAccount: '3400000000001' } })
    expect(record({ ...ask, billingAccount: '3400000000009' }, entries, moved).kind).toBe('new')
    const other = { ...ask, billingAccount: '3400000000003' }
    expect(reasonOf(record(other, entries, moved))).toEqual(['bad_request', 'wrong_account', undefined])
    const uncorrecting = { ...november, billingAccount: '3400000000001' }
    expect(reasonOf(record(uncorrecting, entries, moved))).toEqual(['bad_request', 'wrong_account', undefined])
    const elsewhere = { ...ask, corrects: september.document, billingAccount: '3400000000003' }
    expect(reasonOf(record(elsewhere, entries, moved))).toEqual(['bad_request', 'wrong_account', undefined])
  })

  test('may have other days, which still overlap with no third slip', () => {
    expect(record({ ...ask, to: day('2026-10-26') }, entries).kind).toBe('new')
    expect(reasonOf(record({ ...ask, from: day('2026-09-25') }, entries))).toMatchObject(['conflict', 'overlap', {}])
  })

  test('of nothing in force is refused', () => {
    const wanted = ['conflict', 'nothing_to_correct', undefined]
    expect(reasonOf(record({ ...ask, corrects: 'X-1' }, entries))).toEqual(wanted)
    expect(reasonOf(record(ask, [...entries, aWithdrawal({ entry: 3, withdraws: 2 })]))).toEqual(wanted)
  })

  test('that is withdrawn does not bring back what it corrected', () => {
    const ledger = aLedger(aSlip(october), aSlip({ ...october, energyWh: 1, corrects: 1 }), aWithdrawal({ withdraws: 2 }))
    expect(slipsInForce(ledger)).toEqual([])
    expect(record({ ...october }, ledger).kind).toBe('new')
  })
})

describe('a slip in a file that comes again', () => {
  const again = (ask: Partial<SlipAsk>, entries: readonly SlipEntry[]) => record(ask, entries, { fromFile: true })
  const wrong = aSlip(october)
  const right = aSlip({ ...october, energyWh: 20_000_000, corrects: 1 })
  const correction = { ...october, energyWh: 20_000_000, corrects: october.document }

  test('is there when a correction has ended it, whatever became of the correction and of its days', () => {
    const corrected = aLedger(wrong, { ...right, from: day('2026-10-26'), to: day('2026-11-24') })
    expect(again({ ...october }, corrected)).toEqual({ kind: 'there', slip: corrected[0] })
    const both = aLedger(wrong, right, aWithdrawal({ withdraws: 2 }))
    expect(again({ ...october }, both)).toEqual({ kind: 'there', slip: both[0] })
    const chain = aLedger(wrong, right, aSlip({ ...october, energyWh: 1, corrects: 2 }))
    expect(again(correction, chain)).toEqual({ kind: 'there', slip: chain[1], corrected: chain[0] })
    expect(again({ ...october, energyWh: 20_000_000 }, chain)).toEqual({ kind: 'there', slip: chain[1], corrected: chain[0] })
  })

  test('is refused when it was withdrawn, be it a correction or not; by hand it may be recorded again', () => {
    const withdrawn = aLedger(wrong, aWithdrawal({ withdraws: 1 }))
    expect(reasonOf(again({ ...october }, withdrawn))).toEqual(['conflict', 'withdrawn', '示范结2026-10, 2026-09-26..2026-10-25'])
    expect(record({ ...october }, withdrawn).kind).toBe('new')
    const both = aLedger(wrong, right, aWithdrawal({ withdraws: 2 }))
    expect(reasonOf(again(correction, both))).toMatchObject(['conflict', 'withdrawn', {}])
  })

  test('follows the newest of those that said the same', () => {
    const byHand = aLedger(wrong, aWithdrawal({ withdraws: 1 }), wrong)
    expect(again({ ...october }, byHand)).toEqual({ kind: 'there', slip: byHand[2] })
    const ended = [...byHand, aSlip({ ...october, entry: 4, energyWh: 1, corrects: 3 })]
    expect(again({ ...october }, ended)).toEqual({ kind: 'there', slip: byHand[2] })
    const gone = [...byHand, aWithdrawal({ entry: 4, withdraws: 3 })]
    expect(reasonOf(again({ ...october }, gone))).toMatchObject(['conflict', 'withdrawn', {}])
  })

  test('is new when it says anything else, or corrects back to what was', () => {
    expect(again({ ...october, energyWh: 1 }, aLedger(wrong, aWithdrawal())).kind).toBe('new')
    const renamed = aLedger(wrong, { ...right, document: '示范结2026-10改' })
    const back = again({ ...october, corrects: '示范结2026-10改' }, renamed)
    expect(back).toMatchObject({ kind: 'new', slip: { entry: 3, corrects: 2 } })
  })

  test('is there whatever the registry says by now', () => {
    const station = aStation({ billingAccount: '3400000000009', decommissionedOn: day('2026-10-01') })
    expect(record({ ...october }, aLedger(wrong), { station, fromFile: true }).kind).toBe('there')
  })
})

describe('a withdrawal', () => {
  const withdraw = (withdraws: number, entries: readonly SlipEntry[]) =>
    withdrawSlip(entries, { withdraws, reason: '录错了电站' }, aRecording)

  test('ends a slip and is an entry of its own', () => {
    const entries = aLedger(aSlip(september), aSlip(october))
    const decided = withdraw(1, entries)
    expect(decided).toEqual({
      kind: 'new',
      slip: entries[0],
      withdrawal: {
        kind: 'withdrawal',
        stationId: 'ZL1',
        countyCode: COUNTY,
        entry: 3,
        withdraws: 1,
        reason: '录错了电站',
        ...aRecording,
      },
    })
    if (decided.kind !== 'new') throw new Error('refused')
    expect(slipsInForce([...entries, decided.withdrawal]).map(({ entry }) => entry)).toEqual([2])
  })

  test('done before is there, with its first reason', () => {
    const entries = aLedger(aSlip(), aWithdrawal({ reason: '重复' }))
    expect(withdraw(1, entries)).toEqual({ kind: 'there', slip: entries[0], withdrawal: entries[1] })
  })

  test('of what is no slip, or corrected already, is refused', () => {
    const entries = aLedger(aSlip(), aWithdrawal(), aSlip(), aSlip({ corrects: 3 }))
    for (const none of [0, 2, 5]) expect(reasonOf(withdraw(none, entries))).toEqual(['conflict', 'no_such_slip', undefined])
    expect(reasonOf(withdraw(3, entries))).toEqual(['conflict', 'corrected', undefined])
    expect(withdraw(4, entries).kind).toBe('new')
  })
})

describe('spans of days', () => {
  test('overlap when they have a day in common', () => {
    const span = (from: string, to: string) => ({ from: day(from), to: day(to) })
    const middle = span('2026-10-10', '2026-10-20')
    expect(overlaps(middle, span('2026-10-01', '2026-10-10'))).toBe(true)
    expect(overlaps(middle, span('2026-10-20', '2026-10-31'))).toBe(true)
    expect(overlaps(middle, span('2026-10-01', '2026-10-09'))).toBe(false)
    expect(overlaps(middle, span('2026-10-21', '2026-10-31'))).toBe(false)
  })

  test('between slips that no slip settles are told, and none between neighbours', () => {
    expect(gapsBetween([])).toEqual([])
    expect(gapsBetween([september, october])).toEqual([])
    expect(gapsBetween([september, november])).toEqual([{ from: '2026-09-26', to: '2026-10-25' }])
    expect(gapsBetween([september, { ...october, from: day('2026-09-27') }, november])).toEqual([
      { from: '2026-09-26', to: '2026-09-26' },
    ])
  })

  test('have their months in order', () => {
    expect(monthsOfSlip(october)).toEqual(['2026-09', '2026-10'])
    expect(monthsOfSlip({ from: day('2026-12-31'), to: day('2027-01-01') })).toEqual(['2026-12', '2027-01'])
    expect(monthsOfSlip({ from: day('2026-12-31'), to: day('2026-12-31') })).toEqual(['2026-12'])
  })
})

test.each([
  ['GD-2026/10_1.2', true],
  ['皖电结〔2026〕10号（第1次）', true],
  ['=1+1', false],
  ['+86', false],
  ['-1', false],
  ['@SUM', false],
  ['', false],
  ['A\n', false],
  ['A'.repeat(64), true],
  ['A'.repeat(65), false],
])('%j as a number of a document: %s', (text, isOne) => {
  expect(DOCUMENT_PATTERN.test(text)).toBe(isOne)
})

test('whatever is asked in whatever order, no day is ever on two slips in force', () => {
  const asked = fc.array(
    fc.record({
      first: fc.integer({ min: 0, max: 60 }),
      days: fc.integer({ min: 1, max: 40 }),
      document: fc.constantFrom('A', 'B', 'C', 'D'),
      corrects: fc.option(fc.constantFrom('A', 'B', 'C', 'D'), { nil: undefined }),
      withdraws: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
    }),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(asked, (asks) => {
      const entries: SlipEntry[] = []
      for (const { first, days, document, corrects, withdraws } of asks) {
        const from = addDays(day('2026-06-01'), first)
        const ask = { document, from, to: addDays(from, days - 1), ...(corrects !== undefined && { corrects }) }
        const recorded = record(ask, entries)
        if (recorded.kind === 'new') entries.push(recorded.slip)
        if (withdraws === undefined) continue
        const withdrawn = withdrawSlip(entries, { withdraws, reason: '重复' }, aRecording)
        if (withdrawn.kind === 'new') entries.push(withdrawn.withdrawal)
      }
      const inForce = slipsInForce(entries)
      const days = inForce.flatMap(({ from, to }) => daysBetween(from, to))
      expect(new Set(days).size).toBe(days.length)
      expect(new Set(inForce.map(({ document }) => document)).size).toBe(inForce.length)
      expect(entries.map(({ entry }) => entry)).toEqual(entries.map((_, at) => at + 1))
    }),
  )
})
