import { describe, expect, test } from 'vitest'
import type { StatementLine } from '../../domain/income.ts'
import type { PlanEvent } from '../../domain/plan-events.ts'
import { cashCheck } from '../../domain/policy.ts'
import { POLICY_KINDS, type PolicyRule, policyProblem, RATE_KINDS, ruleOn } from '../../domain/policy-rules.ts'
import { booksOf, type Judged, judgeVillage, type VillageBooks } from '../../domain/policy-verdicts.ts'
import { SOME_ACTS, someEvents } from '../a-plan-life.ts'
import { COUNTY, day } from '../registry.ts'
import { aPlan, aPlanLine, somePlanLines, aDueRule } from '../settlement.ts'

const BASE = { countyCode: COUNTY, validFrom: day('2022-01-01'), clause: '第八条', document: '示范办法〔2022〕1号' }
const aRule = (over: Partial<PolicyRule> = {}): PolicyRule => ({
  ...BASE,
  kind: 'minimum_labour_share',
  rateBp: 6_000,
  base: 'net',
  numerator: 'posts_and_works',
  ...over,
})
const aCount = (kind: PolicyRule['kind'], count: number): PolicyRule => ({ ...BASE, kind, count })
const aRate = (kind: PolicyRule['kind'], rateBp: number, over: Partial<PolicyRule> = {}): PolicyRule => ({
  ...BASE,
  kind,
  rateBp,
  ...over,
})

type Given = Omit<Partial<Judged>, 'books'> & { books?: Partial<VillageBooks> }
const judge = (rules: readonly PolicyRule[], { books, ...over }: Given = {}) => {
  const none = { grossFen: 0, operationFen: 0, netFen: 0, paidFen: { post: 0, works: 0, reward: 0 } }
  return judgeVillage(rules, { events: [], on: day('2026-12-31'), plan: aPlan(), ...over, books: { ...none, ...books } })
}
const only = (rule: PolicyRule, given?: Given) => {
  const [verdict] = judge([rule], given)
  return { verdict: verdict?.verdict, ...verdict?.figures }
}
const paid = (post: number, works = 0, reward = 0) => ({ paidFen: { post, works, reward } })

describe('a rule is in force', () => {
  const older = aRule({ validFrom: day('2020-01-01'), rateBp: 8_000 })
  const ended = aRule({ validTo: day('2024-01-01') })

  test.each([
    ['2019-12-31', undefined],
    ['2020-01-01', 8_000],
    ['2021-12-31', 8_000],
    ['2022-01-01', 6_000],
    ['2023-12-31', 6_000],
    // One that ended leaves none: the one before it does not come back.
    ['2024-01-01', undefined],
  ])('on %s at %s', (on, rateBp) => {
    for (const rules of [
      [older, ended],
      [ended, older],
    ]) {
      expect(ruleOn(rules, 'minimum_labour_share', day(on))?.rateBp).toBe(rateBp)
    }
  })

  test('for its own kind, and a kind without a rule demands nothing and has no verdict', () => {
    expect(ruleOn([older], 'notice_days', day('2026-01-01'))).toBeUndefined()
    expect(judge([aCount('notice_days', 10)]).map(({ kind }) => kind)).toEqual(['notice_days'])
    expect(judge([])).toEqual([])
  })

  test('and its verdict names clause, document and the figures', () => {
    expect(judge([aRule()], { books: { netFen: 10_000, ...paid(5_999) } })).toEqual([
      {
        kind: 'minimum_labour_share',
        validFrom: '2022-01-01',
        clause: '第八条',
        document: '示范办法〔2022〕1号',
        verdict: 'broken',
        figures: { rateBp: 6_000, baseFen: 10_000, labourFen: 5_999, minimumFen: 6_000, shareBp: 5_999 },
      },
    ])
  })

  test('on the last day of the months looked at', () => {
    const rules = [aRule({ rateBp: 8_000 }), aRule({ validFrom: day('2026-12-01'), rateBp: 6_000 })]
    const books = { netFen: 100, ...paid(70) }
    expect(judge(rules, { books })[0]?.verdict).toBe('holds')
    expect(judge(rules, { books, on: day('2026-11-30') })[0]?.verdict).toBe('broken')
  })
})

describe('a rule says', () => {
  const whole: PolicyRule[] = [
    aRule(),
    aRate('operation_ceiling', 500, { base: 'gross' }),
    aRate('meeting_presence', 6_667),
    aCount('notice_days', 10),
    aCount('review_months', 12),
    aCount('benefits_per_person', 1),
  ]
  test('all it needs, for every kind', () => {
    expect(whole.map(({ kind }) => kind)).toEqual(POLICY_KINDS)
    expect(whole.map(policyProblem)).toEqual(whole.map(() => undefined))
    expect(RATE_KINDS).toEqual(['minimum_labour_share', 'operation_ceiling', 'meeting_presence'])
  })

  test.each([
    [{ kind: 'minimum_labour_share', base: 'net', numerator: 'posts' }, 'This kind is a rate: give a percentage and no count.'],
    [{ ...aRule(), count: 1 }, 'This kind is a rate: give a percentage and no count.'],
    [{ kind: 'notice_days' }, 'This kind is a count: give no percentage.'],
    [{ kind: 'notice_days', count: 1, rateBp: 1 }, 'This kind is a count: give no percentage.'],
    [{ kind: 'operation_ceiling', rateBp: 1 }, 'Say of what: gross or net.'],
    [{ kind: 'minimum_labour_share', rateBp: 1, numerator: 'posts' }, 'Say of what: gross or net.'],
    [{ kind: 'notice_days', count: 1, base: 'net' }, 'This kind has no base.'],
    [{ kind: 'minimum_labour_share', rateBp: 1, base: 'net' }, 'Say what counts as labour: posts or posts_and_works.'],
    [{ kind: 'operation_ceiling', rateBp: 1, base: 'net', numerator: 'posts' }, 'This kind has no numerator.'],
  ] as const)('not %j', (rule, problem) => {
    expect(policyProblem(rule)).toBe(problem)
  })
})

describe('the minimum labour share', () => {
  test('counts posts alone, or posts and small works, never rewards; of gross or of net', () => {
    const books = { grossFen: 1_000, netFen: 500, ...paid(290, 20, 700) }
    expect(only(aRule({ numerator: 'posts' }), { books })).toMatchObject({ labourFen: 290, baseFen: 500, verdict: 'broken' })
    expect(only(aRule(), { books })).toMatchObject({ labourFen: 310, baseFen: 500, verdict: 'holds' })
    expect(only(aRule({ base: 'gross' }), { books })).toMatchObject({ labourFen: 310, baseFen: 1_000, verdict: 'broken' })
  })

  /** Worked examples 13, 14 and 16: what was published about three villages, in yuan. */
  const share = (rateBp: number, base: 'gross' | 'net', books: { gross: number; costs: number; posts: number; works?: number }) =>
    only(aRule({ rateBp, base }), {
      books: {
        grossFen: Math.round(books.gross * 100),
        netFen: Math.round((books.gross - books.costs) * 100),
        ...paid(Math.round(books.posts * 100), (books.works ?? 0) * 100),
      },
    })

  test('worked example 13: 267,400 of 345,500 yuan → passes 60 % of net, fails 80 % of gross, passes of net from 11,250 of costs on', () => {
    const books = { gross: 345_500, posts: 267_400 }
    expect(share(8_000, 'gross', { ...books, costs: 0 })).toMatchObject({
      verdict: 'broken',
      shareBp: 7_740,
      minimumFen: 27_640_000,
    })
    for (const costs of [0, 11_250, 100_000]) expect(share(6_000, 'net', { ...books, costs }).verdict).toBe('holds')
    expect(share(8_000, 'net', { ...books, costs: 11_250 }).verdict).toBe('holds')
    expect(share(8_000, 'net', { ...books, costs: 11_249.99 }).verdict).toBe('broken')
  })

  test('worked example 14: 67,700 of posts and 6,050 of aid → posts are 91.8 % of what was used, above 80 %', () => {
    expect(share(8_000, 'gross', { gross: 73_750, costs: 0, posts: 67_700 })).toMatchObject({ verdict: 'holds', shareBp: 9_180 })
  })

  test('worked example 16: 124,700 yuan less 12,000 → posts of at least 67,620.00', () => {
    const found = share(6_000, 'net', { gross: 124_700, costs: 12_000, posts: 67_620 })
    expect(found).toMatchObject({ verdict: 'holds', minimumFen: 6_762_000 })
    expect(share(6_000, 'net', { gross: 124_700, costs: 12_000, posts: 67_619.99 }).verdict).toBe('broken')
  })
})

describe('the operation ceiling', () => {
  const ceiling = aRate('operation_ceiling', 290, { base: 'gross' })

  test.each([
    [507_592, 'holds'],
    [507_593, 'broken'],
  ])('is rounded down to the fen: %i of 175,032.00 yuan at 2.9 %% %s', (operationFen, verdict) => {
    expect(only(ceiling, { books: { grossFen: 17_503_200, operationFen } })).toEqual({
      verdict,
      rateBp: 290,
      baseFen: 17_503_200,
      operationFen,
      ceilingFen: 507_592,
      shareBp: 290,
    })
  })

  test('is of net where the rule says so, and allows nothing of a loss', () => {
    const ofNet = aRate('operation_ceiling', 1_000, { base: 'net' })
    expect(only(ofNet, { books: { grossFen: 9_999, netFen: 1_000, operationFen: 100 } })).toMatchObject({
      ceilingFen: 100,
      verdict: 'holds',
    })
    const loss = only(ofNet, { books: { netFen: -1_000, operationFen: 1 } })
    expect(loss).toMatchObject({ verdict: 'broken', ceilingFen: 0, baseFen: 0, shareBp: null })
    expect(only(ofNet, { books: { netFen: -1_000 } }).verdict).toBe('holds')
  })

  test('of more than everything binds nobody', () => {
    expect(only(aRate('operation_ceiling', 10_001, { base: 'net' }), { books: { netFen: 10, operationFen: 10 } })).toMatchObject({
      ceilingFen: 10,
      verdict: 'holds',
    })
  })
})

describe('of a plan', () => {
  const { pass, notice } = SOME_ACTS
  const events: PlanEvent[] = someEvents([pass, 'passed'], [notice, 'noticed'])

  test.each([
    [8_000, 'holds'],
    [8_001, 'broken'],
  ])('24 of 30 at the meeting against a minimum of %i hundredths of a percent: it %s', (rateBp, verdict) => {
    expect(only(aRate('meeting_presence', rateBp), { events })).toEqual({ verdict, rateBp, present: 24, entitled: 30 })
  })

  test.each([
    [10, 'holds'],
    [11, 'broken'],
  ])('ten days of notice against %i: it %s', (count, verdict) => {
    const figures = { minimumDays: count, days: 10, from: '2026-01-12', to: '2026-01-21' }
    expect(only(aCount('notice_days', count), { events })).toEqual({ verdict, ...figures })
  })

  test.each([
    ['2026-01-10', 0, 'holds'],
    ['2026-12-31', 11, 'holds'],
    ['2027-01-09', 11, 'holds'],
    ['2027-01-10', 12, 'broken'],
    ['2028-03-01', 25, 'broken'],
  ])('looked at on %s, its meeting was %i months ago: a yearly review %s', (on, months, verdict) => {
    const figures = { maximumMonths: 12, months, meetingOn: '2026-01-10' }
    expect(only(aCount('review_months', 12), { events, on: day(on) })).toEqual({ verdict, ...figures })
  })

  test('nothing is known when nobody has written it down', () => {
    expect(only(aRate('meeting_presence', 1))).toEqual({ verdict: 'unknown', rateBp: 1, present: null, entitled: null })
    expect(only(aCount('notice_days', 10))).toEqual({ verdict: 'unknown', minimumDays: 10, days: null })
    expect(only(aCount('review_months', 12))).toEqual({ verdict: 'unknown', maximumMonths: 12, months: null })
    expect(only(aCount('benefits_per_person', 1), { plan: undefined })).toEqual({ verdict: 'unknown', maximum: 1, persons: null })
  })

  test('one benefit per person counts lines that weigh anything, and names the lines and not the person', () => {
    const rule = aCount('benefits_per_person', 1)
    const second = aPlanLine({ lineId: 'A9', kind: 'reward', post: '' })
    const plan = aPlan({ lines: [...somePlanLines(3), second, aPlanLine({ lineId: 'Z', personId: 'P002', weight: 0 })] })
    const [verdict] = judge([rule], { plan })
    expect(verdict).toMatchObject({ verdict: 'broken', figures: { maximum: 1, persons: 1 }, lineIds: ['A9', 'L001'] })
    expect(judge([aCount('benefits_per_person', 2)], { plan })[0]).not.toHaveProperty('lineIds')
    expect(only(aCount('benefits_per_person', 2), { plan })).toEqual({ verdict: 'holds', maximum: 2, persons: 0 })
  })
})

test('the books of some months are the sums of their lines and of what was paid', () => {
  const line = (kind: StatementLine['kind'], amountFen: number, energyWh?: number): StatementLine => ({
    stationId: 'ZL1',
    kind,
    from: day('2026-10-01'),
    to: day('2026-10-31'),
    amountFen,
    document: 'D',
    ...(energyWh !== undefined && { energyWh }),
  })
  const lines = [line('benchmark', 700, 1), line('other', 100, 1), line('operation', -30), line('other', -5)]
  const station = { stationId: 'ZL1', version: 1, lines, netFen: 765, provisional: false }
  const statements = [
    { stations: [station], netFen: 765 },
    { stations: [station, station], netFen: 1_530 },
  ]
  const allocations = [{ byKindFen: { post: 5, works: 3, reward: 1 } }, {}, { byKindFen: { post: 10, works: 20, reward: 30 } }]
  expect(booksOf(statements, allocations)).toEqual({
    grossFen: 2_400,
    operationFen: 90,
    netFen: 2_295,
    paidFen: { post: 15, works: 23, reward: 31 },
  })
  expect(booksOf([], [])).toEqual({ grossFen: 0, operationFen: 0, netFen: 0, paidFen: { post: 0, works: 0, reward: 0 } })
})

describe('the cash check', () => {
  const lines = [
    { kind: 'benchmark', energyWh: 1_000, amountFen: 700 },
    { kind: 'subsidy', energyWh: 1_000, amountFen: 900 },
  ] as const
  test('is against what is accrued within the year until receipts are kept, and says so', () => {
    expect(cashCheck({ source: 'accrued', lines, year: 2026, rules: [aDueRule()] }, 701)).toEqual({
      source: 'accrued',
      arrivesFen: 700,
      shortFen: 1,
      holds: false,
    })
  })
  test.each([
    [500, 0, true],
    [501, 1, false],
  ])('is against receipts where they are kept: %i fen of wages', (wagesFen, shortFen, holds) => {
    const arrivals = { source: 'receipts', receivedFen: 500 } as const
    expect(cashCheck(arrivals, wagesFen)).toEqual({ source: 'receipts', arrivesFen: 500, shortFen, holds })
  })
})
