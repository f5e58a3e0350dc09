import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planSlips, type SlipGround } from '../../domain/slip-import.ts'
import type { SlipLine } from '../../domain/slip-csv.ts'
import type { SlipAsk } from '../../domain/slip.ts'
import { aStation, day } from '../registry.ts'
import { aLedger, anAsk, aRecording, aSlip, aWithdrawal } from '../slips.ts'

const ZL2 = aStation({ stationId: 'ZL2', billingAccount: '3400000000002' })
const ground: SlipGround = { stations: [aStation(), ZL2], neighbours: [aStation(), ZL2], ledgers: new Map() }
const lineOf = (line: number, ask: Partial<SlipAsk> = {}, stationId?: string): SlipLine => ({
  line,
  ask: anAsk(ask),
  ...(stationId !== undefined && { stationId }),
})
const plan = (lines: SlipLine[], over: Partial<SlipGround> = {}) => planSlips(lines, { ...ground, ...over }, aRecording)

const september = { document: '示范结2026-09', from: day('2026-08-26'), to: day('2026-09-25') }

describe('a file of slips', () => {
  test('finds each station by its account, or by its id', () => {
    const { slips, errors } = plan([lineOf(2, { billingAccount: '3400000000002' }), lineOf(3, {}, 'ZL1')])
    expect(errors).toEqual([])
    expect(slips.map(({ line, stationId, isNew, slip }) => [line, stationId, isNew, slip.entry])).toEqual([
      [2, 'ZL2', true, 1],
      [3, 'ZL1', true, 1],
    ])
  })

  test('numbers the slips of one station one after another, after those recorded', () => {
    const ledgers = new Map([['ZL1', aLedger(aSlip({ document: 'X', from: day('2026-07-01'), to: day('2026-07-31') }))]])
    const { slips } = plan([lineOf(2), lineOf(3, september)], { ledgers })
    expect(slips.map(({ slip }) => slip.entry)).toEqual([2, 3])
    expect(ledgers.get('ZL1')).toHaveLength(1)
  })

  test('with a slip that is recorded finds it there', () => {
    const ledgers = new Map([['ZL1', aLedger(aSlip())]])
    expect(plan([lineOf(2)], { ledgers }).slips).toMatchObject([{ isNew: false, slip: { entry: 1 } }])
    expect(plan([lineOf(2), lineOf(3)]).slips.map(({ isNew }) => isNew)).toEqual([true, false])
    expect(plan([lineOf(2), lineOf(3, september)], { ledgers }).slips.map(({ slip }) => slip.entry)).toEqual([1, 2])
  })

  test.each<[string, SlipLine, string, string]>([
    ['an account nobody has', lineOf(2, { billingAccount: '9' }), 'billing_account', 'unknown_station'],
    ['a station that is not there', lineOf(2, {}, 'ZL9'), 'station_id', 'unknown_station'],
    ['the account of another station', lineOf(2, {}, 'ZL2'), 'billing_account', 'wrong_account'],
    ['days in the wrong order', lineOf(2, { from: day('2026-10-26') }), 'to', 'days_reversed'],
    ['too many days', lineOf(2, { from: day('2025-01-01') }), 'to', 'too_long'],
    ['days to come', lineOf(2, { to: day('2026-11-26') }), 'to', 'not_over'],
    ['days before the station', lineOf(2, { from: day('2016-10-01'), to: day('2016-11-30') }), 'from', 'not_in_service'],
    ['too much energy', lineOf(2, { energyWh: 1e12 }), 'energy_kwh', 'too_much'],
    ['a correction of nothing', lineOf(2, { corrects: 'X' }), 'corrects', 'nothing_to_correct'],
  ])('with %s tells its line and column', (_, line, column, reason) => {
    expect(plan([line])).toMatchObject({ slips: [], errors: [{ line: 2, column, reason }] })
    expect(Object.keys(plan([line]).errors[0] ?? {})).not.toContain('about')
    expect(plan([line]).errors[0]?.message).toMatch(/^[A-Z]/)
  })

  test('with an account that two stations share tells it, with the other', () => {
    const neighbours = [...ground.neighbours, aStation({ stationId: 'ZL3' })]
    const error = { line: 2, column: 'billing_account', reason: 'shared_account', about: 'ZL3' }
    expect(plan([lineOf(2)], { neighbours }).errors).toMatchObject([error])
  })

  test('with two slips for one day tells the later line, and which slip is in the way', () => {
    const { slips, errors } = plan([lineOf(2), lineOf(3, { ...september, to: day('2026-09-26') })])
    expect(slips.map(({ line }) => line)).toEqual([2])
    const about = '示范结2026-10, 2026-09-26..2026-10-25'
    expect(errors).toMatchObject([{ line: 3, column: 'from', reason: 'overlap', about }])
    expect(plan([lineOf(2), lineOf(3, { ...september, document: '示范结2026-10' })]).errors).toMatchObject([
      { line: 3, column: 'document', reason: 'document_taken' },
    ])
  })

  test('may hold a correction before what it corrects, and answers in order of lines', () => {
    const correction = lineOf(2, { energyWh: 1_000, corrects: '示范结2026-10', document: '示范结2026-10改' })
    const { slips, errors } = plan([correction, lineOf(3), lineOf(5, { billingAccount: '9' }), lineOf(4, {}, 'ZL9')])
    expect(slips.map(({ line, slip }) => [line, slip.entry, slip.corrects])).toEqual([
      [2, 2, 1],
      [3, 1, undefined],
    ])
    expect(errors.map(({ line }) => line)).toEqual([4, 5])
  })

  test('that comes again brings nothing back that was corrected or withdrawn', () => {
    const right = aSlip({ energyWh: 1_000, corrects: 1, from: day('2026-09-28') })
    expect(plan([lineOf(2)], { ledgers: new Map([['ZL1', aLedger(aSlip(), right)]]) })).toMatchObject({
      slips: [{ line: 2, isNew: false, slip: { entry: 1 } }],
      errors: [],
    })
    expect(plan([lineOf(2)], { ledgers: new Map([['ZL1', aLedger(aSlip(), aWithdrawal())]]) })).toMatchObject({
      slips: [],
      errors: [{ line: 2, column: 'document', reason: 'withdrawn', message: expect.stringContaining('record it by hand') }],
    })
  })

  test('plans the same slips in whatever order its lines stand', () => {
    const lines = [7, 8, 9, 10].map((month, at) =>
      lineOf(at + 2, {
        document: `示范结${month}`,
        from: day(`2026-${String(month).padStart(2, '0')}-01`),
        to: day(`2026-${String(month).padStart(2, '0')}-28`),
      }),
    )
    const contentOf = (order: SlipLine[]) => plan(order).slips.map(({ slip }) => ({ ...slip, entry: 0 }))
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: 4 }), (order) => {
        expect(contentOf(order)).toEqual(contentOf(lines))
      }),
    )
  })
})
